/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One series of files per interface, "applepath-eth1-20261122T014204Z.pcapng" by its
 * first packet's time, each an eighth of the size; before one is begun, the oldest of
 * all series go until there is room for it.  draft-ietf-opsawg-pcapng.
 */
#include "program/ring_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/pcapng_writer.h"
#include "program/evidence_ring.h"

#define NAME_START "applepath-"
#define NAME_END ".pcapng"
#define MOMENT_DIGITS 16 /* 20261122T014204Z */
#define SAME_MOMENT_LIMIT 1000 /* files of one interface begun in one second */
#define INTERFACE_NAME_SIZE 64

struct series {
    char interface[INTERFACE_NAME_SIZE];
    char file[NAME_MAX + 1]; /* the one that is written to; "" where there is none */
    struct pcapng_writer *writer;
    uint32_t index; /* the interface's in it */
    int link_type;
};

struct ring_files {
    char *folder;
    uint64_t size;
    size_t series_count;
    struct series series[EVIDENCE_RING_SOURCE_LIMIT];
};

/* A file that was found: by its moment, then its name. */
struct found {
    char name[NAME_MAX + 1];
    const char *moment; /* within the name */
    uint64_t bytes;
};

static bool memory_problem(struct problem *problem)
{
    return problem_set(problem, "memory has run out; end other programs");
}

static bool folder_problem(const char *folder, struct problem *problem)
{
    return problem_set(problem, "%s: %s; name a folder that you may write for -w", folder,
                       strerror(errno));
}

/* A name in a file name: nothing but letters, digits, points, and what interfaces have. */
static void name_series(struct series *series, const char *name)
{
    size_t length = 0;

    for (; *name != '\0' && length + 1 < sizeof series->interface; name++) {
        unsigned char byte = (unsigned char)*name;
        bool plain = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');

        series->interface[length++] = plain || strchr("._@:", byte) != NULL ? (char)byte : '_';
    }
    series->interface[length] = '\0';
}

struct ring_files *ring_files_open(const char *folder, uint64_t size, const char *const *names,
                                   size_t name_count, struct problem *problem)
{
    struct ring_files *files = calloc(1, sizeof *files);

    if (files == NULL) {
        memory_problem(problem);
        return NULL;
    }
    files->size = size;
    files->series_count =
        name_count < EVIDENCE_RING_SOURCE_LIMIT ? name_count : EVIDENCE_RING_SOURCE_LIMIT;
    for (size_t i = 0; i < files->series_count; i++)
        name_series(&files->series[i], names[i]);
    if ((mkdir(folder, 0700) != 0 && errno != EEXIST) ||
        (files->folder = realpath(folder, NULL)) == NULL ||
        access(files->folder, R_OK | W_OK | X_OK) != 0) {
        folder_problem(folder, problem);
        free(files->folder);
        free(files);
        return NULL;
    }
    return files;
}

const char *ring_files_folder(const struct ring_files *files)
{
    return files->folder;
}

/* Where in a name that this program made its moment stands; NULL: another's file. */
static const char *moment_of(const char *name)
{
    static const char form[] = "ddddddddTddddddZ";
    size_t length = strlen(name), start = strlen(NAME_START), end = strlen(NAME_END);
    const char *at;

    if (length < start + end || length > NAME_MAX || strncmp(name, NAME_START, start) != 0 ||
        strcmp(name + length - end, NAME_END) != 0)
        return NULL;
    at = strrchr(name, '-');
    if (at != NULL && strlen(at) < MOMENT_DIGITS + end) /* the count of one moment */
        for (at--; at > name && *at != '-';)
            at--;
    if (at == NULL || at <= name || strlen(at + 1) < MOMENT_DIGITS + end)
        return NULL;
    for (size_t i = 0; i < MOMENT_DIGITS; i++) {
        bool digit = at[1 + i] >= '0' && at[1 + i] <= '9';

        if (form[i] == 'd' ? !digit : at[1 + i] != form[i])
            return NULL;
    }
    return at + 1;
}

static bool is_open(const struct ring_files *files, const char *name)
{
    for (size_t i = 0; i < files->series_count; i++)
        if (strcmp(files->series[i].file, name) == 0)
            return true;
    return false;
}

/* The oldest file that is not open; adds up the bytes of all. False: there is none. */
static bool find_oldest(const struct ring_files *files, struct found *oldest, uint64_t *sum)
{
    DIR *folder = opendir(files->folder);
    struct dirent *entry;
    bool found = false;

    *sum = 0;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        const char *moment = moment_of(entry->d_name);
        struct stat status;

        if (moment == NULL ||
            fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        *sum += (uint64_t)status.st_size;
        if (is_open(files, entry->d_name) || (found && strcmp(moment, oldest->moment) >= 0))
            continue;
        found = true;
        snprintf(oldest->name, sizeof oldest->name, "%s", entry->d_name);
        oldest->moment = oldest->name + (moment - entry->d_name);
        oldest->bytes = (uint64_t)status.st_size;
    }
    if (folder != NULL)
        closedir(folder);
    return found;
}

static uint64_t file_limit(const struct ring_files *files)
{
    return files->size / EVIDENCE_RING_FILES;
}

static bool join(const struct ring_files *files, const char *name, char path[PATH_MAX])
{
    return snprintf(path, PATH_MAX, "%s/%s", files->folder, name) < PATH_MAX;
}

/* What is open may yet grow to its limit. */
static void make_room(const struct ring_files *files)
{
    struct found oldest;
    uint64_t sum, wanted = file_limit(files);
    char path[PATH_MAX];

    for (size_t i = 0; i < files->series_count; i++)
        if (files->series[i].writer != NULL &&
            pcapng_writer_bytes(files->series[i].writer) < file_limit(files))
            wanted += file_limit(files) - pcapng_writer_bytes(files->series[i].writer);
    while (find_oldest(files, &oldest, &sum) && sum + wanted > files->size)
        if (!join(files, oldest.name, path) || unlink(path) != 0)
            return;
}

/* A file of that moment that was not there. */
static FILE *make_file(const struct ring_files *files, struct series *series, int64_t time,
                       struct problem *problem)
{
    time_t seconds = (time_t)(time / NANOSECONDS_PER_SECOND);
    struct tm parts;
    char moment[32] = "", path[PATH_MAX];

    if (gmtime_r(&seconds, &parts) == NULL || parts.tm_year < 0 || parts.tm_year > 8099 ||
        strftime(moment, sizeof moment, "%Y%m%dT%H%M%SZ", &parts) != MOMENT_DIGITS)
        snprintf(moment, sizeof moment, "19700101T000000Z");
    for (int again = 0; again < SAME_MOMENT_LIMIT; again++) {
        char count[16] = "";
        int descriptor;

        if (again > 0)
            snprintf(count, sizeof count, "-%d", again);
        snprintf(series->file, sizeof series->file, NAME_START "%s-%s%s" NAME_END,
                 series->interface, moment, count);
        if (!join(files, series->file, path))
            break;
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (descriptor >= 0)
            return fdopen(descriptor, "wb");
        if (errno != EEXIST)
            break;
    }
    series->file[0] = '\0';
    folder_problem(files->folder, problem);
    return NULL;
}

static bool begin_file(struct ring_files *files, struct series *series, const struct frame *frame,
                       struct problem *problem)
{
    const struct pcapng_interface interface = {.name = series->interface,
                                               .link_type = frame->link_type};
    FILE *file;

    make_room(files);
    file = make_file(files, series, frame->time, problem);
    if (file == NULL)
        return false;
    series->writer = pcapng_writer_create(file, "applepath", problem);
    if (series->writer == NULL)
        return false;
    series->link_type = frame->link_type;
    return pcapng_writer_interface(series->writer, &interface, &series->index);
}

static bool end_file(struct series *series, struct problem *problem)
{
    struct pcapng_writer *writer = series->writer;

    series->writer = NULL;
    series->file[0] = '\0';
    return writer == NULL || pcapng_writer_close(writer, problem);
}

/* What the writer says when it is closed. */
static bool give_up(struct ring_files *files, struct series *series, struct problem *problem)
{
    if (end_file(series, problem) && problem->text[0] == '\0')
        problem_set(problem, "%s: packets cannot be written; free some space", files->folder);
    return false;
}

bool ring_files_write(struct ring_files *files, const struct frame *frame, struct problem *problem)
{
    size_t source = packet_source(frame->packet);
    struct series *series;

    if (source == 0 || source > files->series_count)
        return true;
    series = &files->series[source - 1];
    if (series->writer != NULL &&
        (pcapng_writer_bytes(series->writer) >= file_limit(files) ||
         series->link_type != frame->link_type) &&
        !end_file(series, problem))
        return false;
    if (series->writer == NULL && !begin_file(files, series, frame, problem))
        return give_up(files, series, problem);
    return pcapng_writer_packet(series->writer, series->index, frame, NULL,
                                packet_number(frame->packet)) ||
           give_up(files, series, problem);
}

bool ring_files_flush(struct ring_files *files, struct problem *problem)
{
    for (size_t i = 0; i < files->series_count; i++)
        if (files->series[i].writer != NULL && !pcapng_writer_flush(files->series[i].writer))
            return give_up(files, &files->series[i], problem);
    return true;
}

bool ring_files_close(struct ring_files *files, struct problem *problem)
{
    bool written = true;

    for (size_t i = 0; i < files->series_count; i++)
        written = end_file(&files->series[i], problem) && written;
    free(files->folder);
    free(files);
    return written;
}
