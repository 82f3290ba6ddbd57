/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures are read and their frames examined in batches; ahead, by whoever of a crew has
 * time for it, else whenever a batch is wanted.  Frames go in, examined packets come out
 * in their order, the same either way.
 */
#ifndef APPLEPATH_PROGRAM_READ_AHEAD_H
#define APPLEPATH_PROGRAM_READ_AHEAD_H

#include "capture/source.h"
#include "program/crew.h"
#include "program/examiner.h"

#define READ_AHEAD_PACKETS 256u /* of a batch; fewer where one thread does all */
#define READ_AHEAD_BYTES ((size_t)512 << 10) /* about what a batch's buffers may hold */

struct batch {
    size_t count;
    struct buffer *buffers; /* retired while it was filled; its packets may lie in them */
    struct examined packets[READ_AHEAD_PACKETS];
    struct frame *frames; /* that each is in, where they are kept; NULL otherwise */
};

struct read_ahead_settings {
    struct source_set *sources; /* nobody else's until the end */
    struct examiner *examiner; /* likewise */
    struct crew *crew; /* who reads ahead; NULL: nobody */
    bool keeps_frames;

    /* Called every `progress_packets` frames, where they are read; may be NULL. */
    void (*progress)(void *owner, const struct source_set *sources, uint64_t packets);
    void *progress_owner;
    uint64_t progress_packets;
};

struct read_ahead;

/* NULL when there is no memory. */
struct read_ahead *read_ahead_begin(const struct read_ahead_settings *settings);

/* The next batch, good until the next call; NULL when all is read. */
const struct batch *read_ahead_next(struct read_ahead *ahead);

/* Stops reading, whether all is read or not. False when memory was out for a packet. */
bool read_ahead_end(struct read_ahead *ahead);

#endif
