/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idle buffers are kept up to a limit, so that a reader goes round among a few that the
 * caches know.
 */
#include "capture/buffers.h"

#include <stdlib.h>

#define IDLE_LIMIT ((size_t)8 << 20) /* bytes */

struct buffer *buffers_take(struct buffer_pool *pool, size_t size)
{
    struct buffer **link = &pool->idle, *buffer;

    while (*link != NULL && (*link)->size < size)
        link = &(*link)->next;
    buffer = *link;
    if (buffer != NULL) {
        *link = buffer->next;
        pool->idle_bytes -= buffer->size;
        return buffer;
    }
    buffer = malloc(sizeof *buffer + size);
    if (buffer != NULL)
        buffer->size = size;
    return buffer;
}

void buffers_retire(struct buffer_pool *pool, struct buffer *buffer)
{
    if (buffer == NULL)
        return;
    if (!pool->keeps) {
        free(buffer);
        return;
    }
    buffer->next = pool->retired;
    pool->retired = buffer;
    pool->retired_bytes += buffer->size;
}

struct buffer *buffers_hand_over(struct buffer_pool *pool)
{
    struct buffer *chain = pool->retired;

    pool->retired = NULL;
    pool->retired_bytes = 0;
    return chain;
}

void buffers_give_back(struct buffer_pool *pool, struct buffer *chain)
{
    while (chain != NULL) {
        struct buffer *buffer = chain;

        chain = chain->next;
        if (pool->idle_bytes + buffer->size > IDLE_LIMIT) {
            free(buffer);
            continue;
        }
        buffer->next = pool->idle;
        pool->idle = buffer;
        pool->idle_bytes += buffer->size;
    }
}

static void free_chain(struct buffer *chain)
{
    while (chain != NULL) {
        struct buffer *next = chain->next;

        free(chain);
        chain = next;
    }
}

void buffers_release(struct buffer_pool *pool)
{
    free_chain(pool->idle);
    free_chain(buffers_hand_over(pool));
    pool->idle = NULL;
    pool->idle_bytes = 0;
}
