/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where frames come from: capture files, or directories full of them, delivered as
 * one stream in the order of their times, each frame with its number within its own
 * file.
 */
#ifndef APPLEPATH_CAPTURE_SOURCE_H
#define APPLEPATH_CAPTURE_SOURCE_H

#include "base/fact.h"
#include "base/problem.h"
#include "capture/buffers.h"
#include "capture/packet.h"

struct source_set;

/* Opens every file ("-": standard input; a directory: the captures in it) and reads
 * each one's first frame, so that what cannot be read is refused before anything is
 * written. `filter` is a BPF expression or NULL. NULL and a problem when any of them
 * cannot be read; of a directory's files, when none can. */
struct source_set *source_set_open(const char *const *names, size_t count, const char *filter,
                                   struct problem *problem);
void source_set_close(struct source_set *set);

/* Before the first frame: those of the set's files that are marked will not be read, and
 * the others are numbered anew. */
void source_set_leave_out(struct source_set *set, const bool *left_out);

/* The next frame of all files; it and its data are good until the next call. NULL when
 * all files are read. A file that breaks off ends there, marked `cut_short`. Frames that
 * the filter refuses are numbered but not delivered. */
const struct frame *source_set_next(struct source_set *set);

/* The buffers that frames lie in. Once it keeps what is retired, a frame is good until
 * what was retired after its delivery is given back. */
struct buffer_pool *source_set_buffers(struct source_set *set);

/* How far reading is, in bytes of the files; total 0 where it is not known. */
void source_set_progress(const struct source_set *set, uint64_t *bytes_read, uint64_t *bytes_total);

size_t source_set_count(const struct source_set *set);

/* Is the file at `path` one of those that are read? */
bool source_set_reads(const struct source_set *set, const char *path);

/* Will source_set_next open files? Where there are more than may be open at once. */
bool source_set_opens_files(const struct source_set *set);

/* What is known of source `index` (from 0): id, name, path, link types, interfaces,
 * comment, packets, bytes, times, cut_short, content once it was read to its end, its
 * truncated and dropped frames, and as undecoded those of link types that are not
 * supported; the counters that later stages own are 0. Borrowed from the set. */
void source_set_describe(const struct source_set *set, size_t index, struct fact_source *fact);

/* Why source `index` broke off; "" where it did not. */
const char *source_set_break_reason(const struct source_set *set, size_t index);

/* Did one break off only because there was no memory? */
bool source_set_memory_out(const struct source_set *set);

/* What was passed over so far, one sentence each that begins with a file's name. */
size_t source_set_warning_count(const struct source_set *set);
const char *source_set_warning(const struct source_set *set, size_t index);

#endif
