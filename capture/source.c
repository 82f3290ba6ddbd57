/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do capture files become one stream of frames?  libpcap reads each file and
 * runs the filter; a heap over the files' next frames picks the earliest, so that
 * no file is reordered within itself.  What cannot be read is said in one sentence
 * with what to do about it.
 */
#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/decapsulate.h"

#define SOURCE_LIMIT 4096u
#define BUFFERS_TOTAL (4u << 20) /* bytes for reading, shared by the files */
#define BUFFER_HIGHEST (256u << 10)
#define BUFFER_LOWEST (8u << 10)
#define MAGIC_LENGTH 8
/* Times beyond this are a damaged file's; held here, they can be subtracted from
 * each other without overflow. */
#define SECONDS_LIMIT INT64_C(4600000000)

struct source {
    pcap_t *capture; /* NULL when the end has been reached */
    FILE *file; /* belongs to `capture` once that is set */
    char *buffer; /* of `file` */
    char *name;
    bool standard_input;
    int link_type;
    bool filtered;
    struct bpf_program filter;
    uint64_t size; /* bytes; 0 where it is not known */
    uint64_t bytes_read; /* where the file cannot tell, and after its end */
    uint64_t number; /* of the frame read last */
    struct frame head; /* the next to deliver */
    struct fact_source fact;
    char break_reason[PCAP_ERRBUF_SIZE];
};

struct source_set {
    struct source *sources;
    size_t count;
    struct source **waiting; /* a heap: the one with the earliest head first */
    size_t waiting_count;
    bool delivered; /* the first one's head is in the caller's hands */
};

/* Beginnings of files that people take for captures. */
static const struct {
    const char *magic;
    size_t length;
    const char *what;
    const char *unpack; /* the command; NULL: editcap converts it */
} foreign_formats[] = {
    {"\x1f\x8b", 2, "is compressed", "gzip -dc"},
    {"\x28\xb5\x2f\xfd", 4, "is compressed", "zstd -dc"},
    {"\xfd\x37\x7a\x58\x5a", 5, "is compressed", "xz -dc"},
    {"BZh", 3, "is compressed", "bzip2 -dc"},
    {"\x04\x22\x4d\x18", 4, "is compressed", "lz4 -dc"},
    {"PK\x03\x04", 4, "is a zip archive", "unzip -p"},
    {"GMBU", 4, "is a Microsoft Network Monitor capture", NULL},
    {"RTSS", 4, "is a Microsoft Network Monitor capture", NULL},
    {"snoop\0\0", 8, "is a Solaris snoop capture", NULL},
};

/* The first four bytes of what libpcap reads, in both byte orders: pcap with
 * microseconds, nanoseconds, and as Kuznetzov's patch writes it; pcapng. */
static bool is_capture_magic(const unsigned char *magic, size_t length)
{
    static const unsigned char known[][4] = {{0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1},
                                             {0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1},
                                             {0xa1, 0xb2, 0xcd, 0x34}, {0x34, 0xcd, 0xb2, 0xa1},
                                             {0x0a, 0x0d, 0x0d, 0x0a}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (length >= 4 && memcmp(magic, known[i], 4) == 0)
            return true;
    return false;
}

/* The file's first bytes, which stay unread; of a pipe only one can be had. */
static size_t peek_magic(FILE *file, unsigned char magic[MAGIC_LENGTH])
{
    off_t position = lseek(fileno(file), 0, SEEK_CUR);
    int first;

    if (position >= 0) {
        ssize_t length = pread(fileno(file), magic, MAGIC_LENGTH, position);

        return length > 0 ? (size_t)length : 0;
    }
    first = getc(file);
    if (first == EOF)
        return 0;
    ungetc(first, file);
    magic[0] = (unsigned char)first;
    return 1;
}

static bool begins_like(const unsigned char *magic, size_t length, size_t format)
{
    size_t wanted = foreign_formats[format].length;

    /* A lone byte convinces unless a text could begin with it. */
    if (length == 1 && (magic[0] < 0x1f || (magic[0] >= ' ' && magic[0] <= '~')))
        return false;
    if (length > 1 && length < wanted)
        return false;
    return memcmp(magic, foreign_formats[format].magic, length < wanted ? length : wanted) == 0;
}

static bool explain_foreign(const char *name, const char *what, const char *unpack, bool pipe,
                            struct problem *problem)
{
    if (pipe)
        return problem_set(problem, "%s: %s; unpack or convert it before it comes here", name,
                           what);
    if (unpack == NULL)
        return problem_set(problem, "%s: %s; convert it with 'editcap -F pcapng %s NEW'", name,
                           what, name);
    return problem_set(problem, "%s: %s; unpack it first, e.g. '%s %s | applepath read -'", name,
                       what, unpack, name);
}

/* libpcap has refused the file with `reason`: says why, as the user needs it. */
static bool explain_refusal(const struct source *source, const unsigned char *magic, size_t length,
                            const char *reason, struct problem *problem)
{
    for (size_t i = 0; i < sizeof foreign_formats / sizeof foreign_formats[0]; i++)
        if (begins_like(magic, length, i))
            return explain_foreign(source->name, foreign_formats[i].what, foreign_formats[i].unpack,
                                   source->standard_input, problem);
    if (is_capture_magic(magic, length))
        return problem_set(problem,
                           "%s: is damaged (%s); capture again, or try to save it anew "
                           "with 'editcap -F pcap'",
                           source->name, reason);
    return problem_set(problem,
                       "%s: is not a pcap or pcapng capture; save it as one, e.g. with "
                       "'tcpdump -w FILE' or Wireshark's \"Save As\"",
                       source->name);
}

static bool explain_open(const char *name, int error, struct problem *problem)
{
    switch (error) {
    case ENOENT:
        return problem_set(problem, "%s: there is no such file; check its name and folder", name);
    case EACCES:
    case EPERM:
        return problem_set(problem,
                           "%s: may not be read; change its permissions, or read it as a "
                           "user who may",
                           name);
    case EMFILE:
    case ENFILE:
        return problem_set(problem,
                           "%s: too many files are open; raise the limit with 'ulimit "
                           "-n', or join the captures with mergecap",
                           name);
    default:
        return problem_set(problem, "%s: cannot be opened (%s); check the file and its disk", name,
                           strerror(error));
    }
}

/* Opens the file and sees that it is one that can hold a capture. */
static bool open_file(struct source *source, const char *name, struct problem *problem)
{
    struct stat status;
    int descriptor;

    /* A duplicate: libpcap closes what it has read. */
    descriptor = source->standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                        : open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return explain_open(source->name, errno, problem);
    source->file = fdopen(descriptor, "rb");
    if (source->file == NULL || fstat(descriptor, &status) != 0) {
        explain_open(source->name, errno, problem);
        if (source->file == NULL)
            close(descriptor);
        return false;
    }
    if (S_ISDIR(status.st_mode))
        return problem_set(problem, "%s: is a directory; name the capture files in it",
                           source->name);
    if (isatty(descriptor))
        return problem_set(problem,
                           "%s: is a terminal; name a capture file, or send one through a "
                           "pipe: 'tcpdump -w - | applepath read -'",
                           source->name);
    if (S_ISREG(status.st_mode))
        source->size = (uint64_t)status.st_size;
    return true;
}

static bool open_capture(struct source *source, size_t buffer_size, struct problem *problem)
{
    unsigned char magic[MAGIC_LENGTH] = {0};
    char reason[PCAP_ERRBUF_SIZE] = "";
    size_t length;

    source->buffer = malloc(buffer_size);
    if (source->buffer != NULL)
        setvbuf(source->file, source->buffer, _IOFBF, buffer_size);
    length = peek_magic(source->file, magic);
    if (length == 0)
        return problem_set(problem, "%s: is empty; the capture never wrote anything", source->name);
    source->capture =
        pcap_fopen_offline_with_tstamp_precision(source->file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (source->capture == NULL)
        return explain_refusal(source, magic, length, reason, problem);
    return true;
}

static bool check_link_type(struct source *source, struct problem *problem)
{
    const char *name = pcap_datalink_val_to_name(pcap_datalink(source->capture));
    char number[16];

    source->link_type = pcap_datalink(source->capture);
    snprintf(number, sizeof number, "%d", source->link_type);
    /* libpcap's names are constants that outlive the capture. */
    source->fact.link_type = name != NULL ? name : "unknown";
    if (decapsulate_knows_link_type(source->link_type))
        return true;
    return problem_set(problem,
                       "%s: has link type %s, which is not supported; capture where the "
                       "packets are Ethernet frames, e.g. at the switch's mirror port or "
                       "the router",
                       source->name, name != NULL ? name : number);
}

static bool compile_filter(struct source *source, const char *filter, struct problem *problem)
{
    if (filter == NULL)
        return true;
    if (pcap_compile(source->capture, &source->filter, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return problem_set(problem, "%s: the filter '%s' is not valid: %s; see pcap-filter(7)",
                           source->name, filter, pcap_geterr(source->capture));
    source->filtered = true;
    return true;
}

static void close_source(struct source *source)
{
    off_t position = source->file != NULL ? ftello(source->file) : -1;

    if (position >= 0)
        source->bytes_read = (uint64_t)position;
    if (source->filtered)
        pcap_freecode(&source->filter);
    if (source->capture != NULL)
        pcap_close(source->capture);
    else if (source->file != NULL)
        fclose(source->file);
    free(source->buffer);
    source->filtered = false;
    source->capture = NULL;
    source->file = NULL;
    source->buffer = NULL;
}

static int64_t time_of(const struct pcap_pkthdr *header)
{
    int64_t seconds = header->ts.tv_sec;

    if (seconds > SECONDS_LIMIT)
        seconds = SECONDS_LIMIT;
    if (seconds < -SECONDS_LIMIT)
        seconds = -SECONDS_LIMIT;
    /* Nanoseconds: the precision that the file was opened with. */
    return seconds * NANOSECONDS_PER_SECOND + header->ts.tv_usec;
}

/* Reads up to the next frame that the filter lets through; false, and the file
 * closed, at its end or where it breaks off. */
static bool read_head(struct source *source)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    int status;

    while ((status = pcap_next_ex(source->capture, &header, &data)) == 1) {
        source->number++;
        source->bytes_read += 16u + header->caplen;
        if (source->filtered && pcap_offline_filter(&source->filter, header, data) == 0)
            continue;
        source->head.packet = packet_identity(source->fact.id, source->number);
        source->head.time = time_of(header);
        source->head.link_type = source->link_type;
        source->head.wire_length = header->len > header->caplen ? header->len : header->caplen;
        source->head.data = bytes_of(data, header->caplen);
        return true;
    }
    if (status == PCAP_ERROR) {
        source->fact.cut_short = true;
        snprintf(source->break_reason, sizeof source->break_reason, "%s",
                 pcap_geterr(source->capture));
    }
    close_source(source);
    return false;
}

/* A pcapng file of several interfaces that libpcap does not read is no capture
 * that broke off: it says so before the first frame. */
static bool check_interfaces(const struct source *source, struct problem *problem)
{
    if (source->number > 0 || strstr(source->break_reason, "different from the ") == NULL)
        return true;
    if (strstr(source->break_reason, "snapshot length") != NULL)
        return problem_set(problem, "%s: %s; make it one with 'editcap -F pcap %s NEW'",
                           source->name, source->break_reason, source->name);
    return problem_set(problem,
                       "%s: %s; take one Ethernet interface out, e.g. number 0 with "
                       "\"tshark -r %s -Y 'frame.interface_id == 0' -w - | "
                       "editcap -F pcap -T ether - NEW\"",
                       source->name, source->break_reason, source->name);
}

static bool source_open(struct source *source, const char *name, size_t buffer_size,
                        const char *filter, struct problem *problem)
{
    source->standard_input = strcmp(name, "-") == 0;
    source->name = strdup(source->standard_input ? "standard input" : name);
    if (source->name == NULL)
        return problem_set(problem, "%s: memory is out; read fewer files at once", name);
    source->fact.name = source->name;
    source->fact.first_time = TIMESTAMP_NONE;
    source->fact.last_time = TIMESTAMP_NONE;
    source->fact.dropped_packets = -1;
    if (!open_file(source, name, problem) || !open_capture(source, buffer_size, problem) ||
        !check_link_type(source, problem) || !compile_filter(source, filter, problem))
        return false;
    return read_head(source) || check_interfaces(source, problem);
}

static bool is_earlier(const struct source *one, const struct source *other)
{
    if (one->head.time != other->head.time)
        return one->head.time < other->head.time;
    return one->fact.id < other->fact.id;
}

/* Moves the source at `place` down to where the heap wants it. */
static void sink(struct source_set *set, size_t place)
{
    struct source **waiting = set->waiting;
    struct source *moved;

    for (;;) {
        size_t child = 2 * place + 1;

        if (child >= set->waiting_count)
            return;
        if (child + 1 < set->waiting_count && is_earlier(waiting[child + 1], waiting[child]))
            child++;
        if (!is_earlier(waiting[child], waiting[place]))
            return;
        moved = waiting[place];
        waiting[place] = waiting[child];
        waiting[child] = moved;
        place = child;
    }
}

static bool open_all(struct source_set *set, const char *const *names, const char *filter,
                     struct problem *problem)
{
    size_t buffer_size = BUFFERS_TOTAL / set->count;

    if (buffer_size > BUFFER_HIGHEST)
        buffer_size = BUFFER_HIGHEST;
    if (buffer_size < BUFFER_LOWEST)
        buffer_size = BUFFER_LOWEST;
    for (size_t i = 0; i < set->count; i++) {
        struct source *source = &set->sources[i];

        source->fact.id = (uint32_t)i + 1;
        if (!source_open(source, names[i], buffer_size, filter, problem))
            return false;
        if (source->capture != NULL)
            set->waiting[set->waiting_count++] = source;
    }
    for (size_t place = set->waiting_count / 2; place-- > 0;)
        sink(set, place);
    return true;
}

struct source_set *source_set_open(const char *const *names, size_t count, const char *filter,
                                   struct problem *problem)
{
    struct source_set *set;

    if (count == 0 || count > SOURCE_LIMIT) {
        problem_set(problem, "%zu captures were named; name 1 to %u, or join them with mergecap",
                    count, SOURCE_LIMIT);
        return NULL;
    }
    set = calloc(1, sizeof *set);
    if (set != NULL) {
        set->count = count;
        set->sources = calloc(count, sizeof *set->sources);
        set->waiting = calloc(count, sizeof(struct source *));
    }
    if (set == NULL || set->sources == NULL || set->waiting == NULL)
        problem_set(problem, "memory is out; read fewer files at once");
    else if (open_all(set, names, filter, problem))
        return set;
    source_set_close(set);
    return NULL;
}

void source_set_close(struct source_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; set->sources != NULL && i < set->count; i++) {
        close_source(&set->sources[i]);
        free(set->sources[i].name);
    }
    free(set->sources);
    free(set->waiting);
    free(set);
}

static void count_frame(struct fact_source *fact, const struct frame *frame)
{
    fact->packets++;
    fact->bytes += frame->wire_length;
    if (frame->data.length < frame->wire_length)
        fact->truncated_packets++;
    if (fact->first_time == TIMESTAMP_NONE || frame->time < fact->first_time)
        fact->first_time = frame->time;
    if (fact->last_time == TIMESTAMP_NONE || frame->time > fact->last_time)
        fact->last_time = frame->time;
}

enum source_answer source_set_next(struct source_set *set, struct frame *frame)
{
    struct source *source;

    if (set->delivered) {
        if (!read_head(set->waiting[0]))
            set->waiting[0] = set->waiting[--set->waiting_count];
        sink(set, 0);
        set->delivered = false;
    }
    if (set->waiting_count == 0)
        return SOURCE_END;
    source = set->waiting[0];
    count_frame(&source->fact, &source->head);
    *frame = source->head;
    set->delivered = true;
    return SOURCE_FRAME;
}

void source_set_progress(const struct source_set *set, uint64_t *bytes_read, uint64_t *bytes_total)
{
    bool known = true;

    *bytes_read = 0;
    *bytes_total = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct source *source = &set->sources[i];
        off_t position = source->file != NULL ? ftello(source->file) : -1;

        *bytes_read += position >= 0 ? (uint64_t)position : source->bytes_read;
        *bytes_total += source->size;
        known = known && source->size > 0;
    }
    if (!known)
        *bytes_total = 0;
}

size_t source_set_count(const struct source_set *set)
{
    return set->count;
}

void source_set_describe(const struct source_set *set, size_t index, struct fact_source *fact)
{
    *fact = set->sources[index].fact;
}

const char *source_set_break_reason(const struct source_set *set, size_t index)
{
    return set->sources[index].break_reason;
}
