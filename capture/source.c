/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do capture files become one stream of frames?  A heap over the files' next
 * frames picks the earliest, so that no file is reordered within itself.  A file that
 * has not begun stands there with the time of its first frame.
 */
#include "capture/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/array.h"
#include "capture/folder.h"
#include "capture/link_types.h"
#include "capture/source_file.h"

#define BUFFERS_TOTAL ((size_t)64 << 20) /* bytes for reading, shared by the files */
#define BUFFER_HIGHEST ((size_t)256 << 10)
#define BUFFER_LOWEST ((size_t)16 << 10)
#define DESCRIPTORS_SPARED 64u /* for the database, the report and libraries */
#define SKIPPED_NAMED 10 /* of a directory's files that are no captures */

struct source_set {
    struct source_file **files;
    size_t count, capacity;
    struct filter *filter; /* NULL: none */
    struct input_settings settings;
    struct buffer_pool pool;
    struct source_file **waiting; /* a heap: the one with the earliest head first */
    size_t waiting_count;
    bool delivered; /* the first one's head is in the caller's hands */
    char **warnings;
    size_t warning_count, warning_capacity;
};

static void warn(struct source_set *set, const char *text)
{
    char **grown =
        array_grow(set->warnings, set->warning_count, &set->warning_capacity, sizeof *grown);
    char *copy = grown != NULL ? strdup(text) : NULL;

    if (grown != NULL)
        set->warnings = grown;
    if (copy != NULL)
        set->warnings[set->warning_count++] = copy;
}

/* A file has ended: what it had that was not read. */
static void warn_of_link_types(struct source_set *set, const struct source_file *file)
{
    char text[512];

    for (size_t i = 0; i < file->counted; i++) {
        if (file->counts[i].supported)
            continue;
        snprintf(text, sizeof text,
                 "%s: warning: packets of link type %s (%" PRIu64 ") are left out, as it is not "
                 "supported",
                 file->name, link_type_name(file->counts[i].link_type), file->counts[i].packets);
        warn(set, text);
    }
    for (size_t i = 0; set->filter != NULL && i < file->notes.link_type_count; i++) {
        if (filter_fits(set->filter, file->notes.link_types[i], NULL))
            continue;
        snprintf(text, sizeof text,
                 "%s: warning: packets of link type %s are left out, as the filter does not fit "
                 "them",
                 file->name, link_type_name(file->notes.link_types[i]));
        warn(set, text);
    }
}

static bool is_earlier(const struct source_file *one, const struct source_file *other)
{
    if (one->head.time != other->head.time)
        return one->head.time < other->head.time;
    return one->fact.id < other->fact.id;
}

/* Moves the source at `place` down to where the heap wants it. */
static void sink(struct source_set *set, size_t place)
{
    struct source_file **waiting = set->waiting;
    struct source_file *moved;

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

/* Adds a capture to the set; false and a problem when it is not to be read. */
static bool add_file(struct source_set *set, const char *name, bool alone, struct problem *problem)
{
    struct source_file **grown =
        array_grow(set->files, set->count, &set->capacity, sizeof *set->files);
    struct source_file *file = grown != NULL ? calloc(1, sizeof *file) : NULL;

    if (grown != NULL)
        set->files = grown;
    if (file == NULL)
        return problem_set(problem, "%s: memory is out; read fewer files at once", name);
    if (!source_file_open(file, name, set->settings, set->filter, problem)) {
        source_file_close(file);
        free(file);
        return false;
    }
    if (!alone && !source_file_ended(file))
        source_file_suspend(file);
    set->files[set->count++] = file;
    return true;
}

/* By time, then by name; those without a packet last. */
static int compare_files(const void *first, const void *second)
{
    const struct source_file *const *one = first, *const *other = second;

    if (source_file_ended(*one) != source_file_ended(*other))
        return source_file_ended(*one) ? 1 : -1;
    if (!source_file_ended(*one) && (*one)->head.time != (*other)->head.time)
        return (*one)->head.time < (*other)->head.time ? -1 : 1;
    return strcmp((*one)->name, (*other)->name);
}

static void warn_of_skipped(struct source_set *set, const char *name, const struct text *skipped,
                            size_t count, const char *reason)
{
    struct text text = {0};

    text_add_format(&text, "%s: warning: files that cannot be read are skipped (%zu): %s", name,
                    count, text_content(skipped));
    if (count > SKIPPED_NAMED)
        text_add_format(&text, " and %zu more", count - SKIPPED_NAMED);
    text_add_format(&text, " (%s)", reason);
    warn(set, text_content(&text));
    text_release(&text);
}

/* Adds the captures of a directory; what else is in it is skipped. */
static bool add_files(struct source_set *set, const char *name, const struct folder *folder,
                      struct problem *problem)
{
    struct text skipped = {0};
    struct problem first = {""};
    size_t before = set->count, skips = 0;

    for (size_t i = 0; i < folder->count; i++) {
        const char *file = strrchr(folder->paths[i], '/') + 1;

        struct problem why = {""};

        if (add_file(set, folder->paths[i], false, &why))
            continue;
        if (strstr(why.text, INPUT_MEMORY_OUT) != NULL) {
            problem_set(problem, "%s", why.text);
            break;
        }
        problem_set(&first, "%s", why.text);
        if (++skips <= SKIPPED_NAMED) {
            text_add(&skipped, skips > 1 ? ", " : "");
            text_add_printable(&skipped, file);
        }
    }
    /* Unless it is set already. */
    if (set->count == before && skips > 0)
        problem_set(problem, "%s: is a directory of which no file can be read; the first: %s", name,
                    first.text);
    else if (set->count == before)
        problem_set(problem, "%s: is a directory without captures; name one that has some", name);
    else if (skips > 0)
        warn_of_skipped(set, name, &skipped, skips, first.text);
    text_release(&skipped);
    if (set->count > before)
        qsort(set->files + before, set->count - before, sizeof *set->files, compare_files);
    return problem->text[0] == '\0';
}

static bool add_operand(struct source_set *set, const char *name, bool alone,
                        struct problem *problem)
{
    struct folder folder;
    bool ok;

    if (strcmp(name, "-") == 0 || !folder_is_one(name))
        return add_file(set, name, alone, problem);
    ok = folder_list(name, PACKET_SOURCE_LIMIT, &folder, problem) &&
         add_files(set, name, &folder, problem);
    folder_release(&folder);
    return ok;
}

/* May so many files be open at once? The limit is raised as far as that is allowed. */
static bool may_open(rlim_t files)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || files <= limit.rlim_cur)
        return true;
    limit.rlim_cur = files < limit.rlim_max ? files : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 && files <= limit.rlim_cur;
}

/* How many files there will be, and so how they are to be read. */
static void settle(struct source_set *set, const char *const *names, size_t count)
{
    size_t files = 0, size;

    for (size_t i = 0; i < count; i++) {
        struct problem ignored = {""};
        struct folder folder;

        if (strcmp(names[i], "-") == 0 || !folder_is_one(names[i])) {
            files++;
            continue;
        }
        folder_list(names[i], PACKET_SOURCE_LIMIT, &folder, &ignored);
        files += folder.count;
        folder_release(&folder);
    }
    size = BUFFERS_TOTAL / (files > 0 ? files : 1);
    set->settings.buffer_size = size > BUFFER_HIGHEST ? BUFFER_HIGHEST : size;
    if (set->settings.buffer_size < BUFFER_LOWEST)
        set->settings.buffer_size = BUFFER_LOWEST;
    set->settings.pool = &set->pool;
    set->settings.sparing = !may_open(files + DESCRIPTORS_SPARED);
}

/* Numbers the files, and has those that have frames wait for their turns. */
static void fill_heap(struct source_set *set)
{
    set->waiting_count = 0;
    for (size_t i = 0; i < set->count; i++) {
        set->files[i]->fact.id = (uint32_t)i + 1;
        if (!source_file_ended(set->files[i]))
            set->waiting[set->waiting_count++] = set->files[i];
    }
    for (size_t place = set->waiting_count / 2; place-- > 0;)
        sink(set, place);
}

static bool prepare_heap(struct source_set *set, struct problem *problem)
{
    if (set->count > PACKET_SOURCE_LIMIT)
        return problem_set(problem,
                           "there are %zu captures; name at most %u, or join them with "
                           "mergecap",
                           set->count, PACKET_SOURCE_LIMIT);
    set->waiting = calloc(set->count + 1, sizeof(struct source_file *));
    if (set->waiting == NULL)
        return problem_set(problem, "memory is out; read fewer files at once");
    fill_heap(set);
    return true;
}

void source_set_leave_out(struct source_set *set, const bool *left_out)
{
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++) {
        if (!left_out[i]) {
            set->files[kept++] = set->files[i];
            continue;
        }
        source_file_close(set->files[i]);
        free(set->files[i]);
    }
    set->count = kept;
    fill_heap(set);
}

struct source_set *source_set_open(const char *const *names, size_t count, const char *filter,
                                   struct problem *problem)
{
    struct source_set *set;
    bool ok = true;

    if (count == 0) {
        problem_set(problem, "0 captures were named; name one, or a directory of them");
        return NULL;
    }
    set = calloc(1, sizeof *set);
    if (set != NULL && filter != NULL)
        set->filter = filter_create(filter);
    if (set == NULL || (filter != NULL && set->filter == NULL)) {
        problem_set(problem, "memory is out; read fewer files at once");
        ok = false;
    } else {
        settle(set, names, count);
    }
    for (size_t i = 0; ok && i < count; i++)
        ok = add_operand(set, names[i], count == 1, problem);
    if (ok && prepare_heap(set, problem))
        return set;
    source_set_close(set);
    return NULL;
}

void source_set_close(struct source_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++) {
        source_file_close(set->files[i]);
        free(set->files[i]);
    }
    for (size_t i = 0; i < set->warning_count; i++)
        free(set->warnings[i]);
    buffers_release(&set->pool);
    filter_release(set->filter);
    free(set->files);
    free(set->waiting);
    free(set->warnings);
    free(set);
}

/* Moves the earliest file to its next frame and gives it its new place. */
static void advance(struct source_set *set)
{
    struct source_file *file = set->waiting[0];

    if (!source_file_advance(file, set->filter)) {
        warn_of_link_types(set, file);
        set->waiting[0] = set->waiting[--set->waiting_count];
    }
    if (set->waiting_count > 1)
        sink(set, 0);
}

const struct frame *source_set_next(struct source_set *set)
{
    struct source_file *file;

    if (set->delivered)
        advance(set);
    set->delivered = false;
    while (set->waiting_count > 0 && !set->waiting[0]->begun)
        advance(set);
    if (set->waiting_count == 0)
        return NULL;
    file = set->waiting[0];
    source_file_count(file);
    set->delivered = true;
    return &file->head;
}

struct buffer_pool *source_set_buffers(struct source_set *set)
{
    return &set->pool;
}

void source_set_progress(const struct source_set *set, uint64_t *bytes_read, uint64_t *bytes_total)
{
    bool known = true;

    *bytes_read = 0;
    *bytes_total = 0;
    for (size_t i = 0; i < set->count; i++) {
        *bytes_read += source_file_position(set->files[i]);
        *bytes_total += set->files[i]->size;
        known = known && set->files[i]->size > 0;
    }
    if (!known)
        *bytes_total = 0;
}

size_t source_set_count(const struct source_set *set)
{
    return set->count;
}

bool source_set_reads(const struct source_set *set, const char *path)
{
    struct stat wanted, found;

    if (stat(path, &wanted) != 0)
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (set->files[i]->path != NULL && stat(set->files[i]->path, &found) == 0 &&
            found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino)
            return true;
    return false;
}

bool source_set_opens_files(const struct source_set *set)
{
    return set->settings.sparing;
}

void source_set_describe(const struct source_set *set, size_t index, struct fact_source *fact)
{
    source_file_describe(set->files[index], fact);
}

bool source_set_memory_out(const struct source_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (strstr(set->files[i]->break_reason, INPUT_MEMORY_OUT) != NULL)
            return true;
    return false;
}

const char *source_set_break_reason(const struct source_set *set, size_t index)
{
    return set->files[index]->break_reason;
}

size_t source_set_warning_count(const struct source_set *set)
{
    return set->warning_count;
}

const char *source_set_warning(const struct source_set *set, size_t index)
{
    return set->warnings[index];
}
