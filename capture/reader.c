/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which format has a file?  Its first four bytes tell; each format has a reader of
 * its own.  What is no capture is refused in one sentence that says what it is and
 * what to do.
 */
#include "capture/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/reader_formats.h"

#define MAGIC_LENGTH 8
#define NAMES_LIMIT 2048u /* bytes, of all interfaces' */
#define NAME_LIMIT 256u
#define COMMENT_LIMIT 1024u

#define PCAP pcap_reader_begin
#define PCAPNG pcapng_reader_begin

/* In both byte orders: microseconds, nanoseconds, and as Kuznetzov's patch writes. */
static const struct {
    const char *magic;
    bool (*begin)(struct reader *reader);
} formats[] = {
    {"\xa1\xb2\xc3\xd4", PCAP},   {"\xd4\xc3\xb2\xa1", PCAP}, {"\xa1\xb2\x3c\x4d", PCAP},
    {"\x4d\x3c\xb2\xa1", PCAP},   {"\xa1\xb2\xcd\x34", PCAP}, {"\x34\xcd\xb2\xa1", PCAP},
    {"\x0a\x0d\x0d\x0a", PCAPNG},
};

/* Beginnings of files that people take for captures. */
static const struct {
    const char *magic;
    size_t length;
    const char *what;
    const char *unpack; /* the command; NULL: editcap converts it */
} foreign_formats[] = {
    {"\x1f\x8b", 2, "is compressed twice", "gzip -dc"},
    {"\x28\xb5\x2f\xfd", 4, "is compressed twice", "zstd -dc"},
    {"\xfd\x37\x7a\x58\x5a", 5, "is compressed", "xz -dc"},
    {"BZh", 3, "is compressed", "bzip2 -dc"},
    {"\x04\x22\x4d\x18", 4, "is compressed", "lz4 -dc"},
    {"PK\x03\x04", 4, "is a zip archive", "unzip -p"},
    {"GMBU", 4, "is a Microsoft Network Monitor capture", NULL},
    {"RTSS", 4, "is a Microsoft Network Monitor capture", NULL},
    {"snoop\0\0", 8, "is a Solaris snoop capture", NULL},
};

static bool explain_foreign(const char *name, size_t format, bool pipe, struct problem *problem)
{
    const char *what = foreign_formats[format].what;
    const char *unpack = foreign_formats[format].unpack;

    if (pipe)
        return problem_set(problem, "%s: %s; unpack or convert it before it comes here", name,
                           what);
    if (unpack == NULL)
        return problem_set(problem, "%s: %s; convert it with 'editcap -F pcapng %s NEW'", name,
                           what, name);
    return problem_set(problem, "%s: %s; unpack it first, e.g. '%s %s | applepath read -'", name,
                       what, unpack, name);
}

static bool explain_refusal(const struct input *input, const char *name, struct bytes magic,
                            struct problem *problem)
{
    for (size_t i = 0; i < sizeof foreign_formats / sizeof foreign_formats[0]; i++)
        if (magic.length >= foreign_formats[i].length &&
            memcmp(magic.data, foreign_formats[i].magic, foreign_formats[i].length) == 0)
            return explain_foreign(name, i, !input_is_regular(input), problem);
    return problem_set(problem,
                       "%s: is not a pcap or pcapng capture; save it as one, e.g. with "
                       "'tcpdump -w FILE' or Wireshark's \"Save As\"",
                       name);
}

static bool explain_memory(const char *name, struct problem *problem)
{
    return problem_set(problem, "%s: " INPUT_MEMORY_OUT "; read fewer files at once", name);
}

static bool begin(struct reader *reader, const char *name, struct problem *problem)
{
    struct bytes magic;

    if (!input_want(reader->input, MAGIC_LENGTH, &magic))
        magic = bytes_of(reader->input->buffer + reader->input->begin, input_left(reader->input));
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (magic.length < 4 || memcmp(magic.data, formats[i].magic, 4) != 0)
            continue;
        if (formats[i].begin(reader))
            return true;
        if (strcmp(reader->reason, INPUT_MEMORY_OUT) == 0)
            return explain_memory(name, problem);
        return problem_set(problem,
                           "%s: is damaged (%s); capture again, or try to save it anew "
                           "with 'editcap -F pcap'",
                           name, reader->reason);
    }
    return explain_refusal(reader->input, name, magic, problem);
}

struct reader *reader_open(struct input *input, const char *name, struct reader_notes *notes,
                           struct problem *problem)
{
    static const uint16_t order = 1;
    struct reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL) {
        explain_memory(name, problem);
        return NULL;
    }
    reader_notes_clear(notes);
    reader->input = input;
    reader->notes = notes;
    reader->machine_big = *(const uint8_t *)&order == 0;
    if (begin(reader, name, problem))
        return reader;
    reader_close(reader);
    return NULL;
}

void reader_close(struct reader *reader)
{
    if (reader == NULL)
        return;
    pcapng_section_release(reader->section);
    free(reader);
}

enum reader_answer reader_next(struct reader *reader, struct frame *frame)
{
    return reader->next(reader, frame);
}

const char *reader_reason(const struct reader *reader)
{
    return reader->reason;
}

void reader_notes_clear(struct reader_notes *notes)
{
    text_release(&notes->interfaces);
    text_release(&notes->comment);
    notes->link_type_count = 0;
    notes->dropped_packets = -1;
}

enum reader_answer reader_break(struct reader *reader, const char *format, ...)
{
    const char *reason = input_reason(reader->input);
    va_list arguments;

    va_start(arguments, format);
    if (reason[0] != '\0')
        snprintf(reader->reason, sizeof reader->reason, "%s", reason);
    else
        vsnprintf(reader->reason, sizeof reader->reason, format, arguments);
    va_end(arguments);
    return READER_BROKEN;
}

void reader_note_link_type(struct reader *reader, int link_type)
{
    struct reader_notes *notes = reader->notes;

    for (size_t i = 0; i < notes->link_type_count; i++)
        if (notes->link_types[i] == link_type)
            return;
    if (notes->link_type_count < READER_LINK_TYPE_LIMIT)
        notes->link_types[notes->link_type_count++] = link_type;
}

/* Foreign text, up to a terminator that some writers leave in. */
static void add_foreign(struct text *text, struct bytes foreign, size_t limit)
{
    char copy[COMMENT_LIMIT];
    size_t length = foreign.length < limit ? foreign.length : limit - 1;

    memcpy(copy, foreign.data, length);
    copy[length] = '\0';
    text_add_printable(text, copy);
}

/* Is `name` one of the names in `list`? */
static bool is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

void reader_note_interface(struct reader *reader, struct bytes name)
{
    struct text *list = &reader->notes->interfaces, printable = {0};

    if (bytes_empty(name) || list->length > NAMES_LIMIT)
        return;
    add_foreign(&printable, name, NAME_LIMIT);
    if (printable.length > 0 && !is_listed(text_content(list), text_content(&printable)))
        text_add_format(list, "%s%s", list->length > 0 ? ", " : "", text_content(&printable));
    list->failed = list->failed || printable.failed;
    text_release(&printable);
}

void reader_note_comment(struct reader *reader, struct bytes comment)
{
    if (reader->notes->comment.length == 0 && !bytes_empty(comment))
        add_foreign(&reader->notes->comment, comment, COMMENT_LIMIT);
}

/* linux/netfilter/nfnetlink_log.h: four bytes in network order, then attributes. */
void reader_turn_nflog(struct reader *reader, struct bytes data)
{
    struct bytes rest = bytes_from(data, 4);
    uint16_t length;

    while (rest.length >= 4) {
        uint8_t *attribute = reader->input->buffer + (rest.data - reader->input->buffer);
        struct bytes header = rest;

        if (!reader_u16(reader, &header, &length) || length < 4)
            return;
        for (size_t i = 0; i < 4; i += 2) {
            uint8_t kept = attribute[i];
            attribute[i] = attribute[i + 1];
            attribute[i + 1] = kept;
        }
        rest = bytes_from(rest, (length + 3u) & ~3u);
    }
}
