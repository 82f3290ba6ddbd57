/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to capture/: one capture of a source set.  It is looked at when the set is
 * opened (its first packet's time), laid aside, and read when its turn comes.
 */
#ifndef APPLEPATH_CAPTURE_SOURCE_FILE_H
#define APPLEPATH_CAPTURE_SOURCE_FILE_H

#include "base/fact.h"
#include "capture/content.h"
#include "capture/filter.h"
#include "capture/reader.h"

#define SOURCE_REASON_SIZE 256

struct link_type_count {
    int link_type;
    bool supported;
    uint64_t packets; /* delivered */
};

struct source_file {
    struct fact_source fact; /* without what source_file_describe adds */
    char *name;
    char *path; /* absolute; NULL for standard input */
    struct input *input; /* NULL when the end has been reached */
    struct reader *reader; /* NULL while it is laid aside */
    struct reader_notes notes;
    bool looked; /* `head` is the first frame, and the filter has not seen it */
    bool begun; /* `head` is to be delivered; before: only its time holds */
    struct frame head;
    uint64_t number; /* of the frame read last */
    uint64_t size, bytes_read; /* of the file; 0 where it is not known; after its end */
    struct link_type_count counts[READER_LINK_TYPE_LIMIT];
    size_t counted; /* link types */
    char link_types[READER_LINK_TYPE_LIMIT * 24]; /* their names */
    char content[CONTENT_SIZE];
    char break_reason[SOURCE_REASON_SIZE];
};

/* Opens it and reads up to the first frame. False and a problem when it is not to be
 * read; `file`, zeros before, is to be closed either way. */
bool source_file_open(struct source_file *file, const char *operand, struct input_settings settings,
                      struct filter *filter, struct problem *problem);
void source_file_close(struct source_file *file);

/* Has it nothing more to deliver? */
bool source_file_ended(const struct source_file *file);

/* Lays an opened file aside: only its name, and the time of its first frame, stay. */
void source_file_suspend(struct source_file *file);

/* Moves `head` to the next frame that the filter (or NULL) lets through; false when
 * there is none: the file is closed then, and may be marked `cut_short`. */
bool source_file_advance(struct source_file *file, struct filter *filter);

/* Counts the head, which is being delivered. */
void source_file_count(struct source_file *file);

uint64_t source_file_position(const struct source_file *file);

/* All that is known by now; borrowed from `file`. */
void source_file_describe(struct source_file *file, struct fact_source *fact);

#endif
