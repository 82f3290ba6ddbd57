/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of an evidence ring: which are there, which goes first, where does the next
 * packet go?
 */
#ifndef APPLEPATH_PROGRAM_RING_FILES_H
#define APPLEPATH_PROGRAM_RING_FILES_H

#include "base/problem.h"
#include "capture/packet.h"

struct ring_files;

/* As evidence_ring_create. */
struct ring_files *ring_files_open(const char *folder, uint64_t size, const char *const *names,
                                   size_t name_count, struct problem *problem);

/* Closes what is open. False and a problem when something was not written. */
bool ring_files_close(struct ring_files *files, struct problem *problem);

/* Appends to the file of the frame's source, or to a new one when that is full. False and
 * a problem when it cannot, and then no further frame is taken. */
bool ring_files_write(struct ring_files *files, const struct frame *frame, struct problem *problem);

/* Hands all that was written to the system. */
bool ring_files_flush(struct ring_files *files, struct problem *problem);

const char *ring_files_folder(const struct ring_files *files);

#endif
