/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory that frames lie in.  A reader that must not overwrite what it delivered
 * retires a full buffer and takes another; who has done with the frames gives the
 * retired ones back.  A pool has one user at a time; retired buffers may change hands.
 */
#ifndef APPLEPATH_CAPTURE_BUFFERS_H
#define APPLEPATH_CAPTURE_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    struct buffer *next;
    size_t size;
    uint8_t bytes[];
};

/* Begins as zeros. */
struct buffer_pool {
    bool keeps; /* what is retired stays until it is given back; else it is freed */
    struct buffer *idle;
    size_t idle_bytes;
    struct buffer *retired; /* since buffers_hand_over */
    size_t retired_bytes;
};

/* A buffer of `size` bytes or more; NULL when there is no memory. */
struct buffer *buffers_take(struct buffer_pool *pool, size_t size);

/* Nothing is put into this buffer any more. NULL is passed over. */
void buffers_retire(struct buffer_pool *pool, struct buffer *buffer);

/* All that are retired, chained; NULL: none. */
struct buffer *buffers_hand_over(struct buffer_pool *pool);

/* Nobody looks at what is in these buffers any more. */
void buffers_give_back(struct buffer_pool *pool, struct buffer *chain);

/* Frees all but those that were handed over. */
void buffers_release(struct buffer_pool *pool);

#endif
