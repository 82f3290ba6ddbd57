/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each packet has the processor fetch a whole flow, which begins with a cache line so that
 * these are as few as can be.
 */
#include "flows/flow_blocks.h"

#include <stdlib.h>

#include "base/fetch.h"

bool flow_blocks_create(struct flow_blocks *blocks, uint32_t limit)
{
    *blocks = (struct flow_blocks){.most = limit / BLOCK_FLOWS + 1, .unused = NO_FLOW};
    blocks->at = calloc(blocks->most, sizeof(struct flow *));
    return blocks->at != NULL;
}

void flow_blocks_release(struct flow_blocks *blocks)
{
    for (uint32_t i = 0; i < blocks->count; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without blocks the count is 0 */
        free(blocks->at[i]);
    free(blocks->at);
}

static bool block_add(struct flow_blocks *blocks)
{
    if (blocks->count == blocks->most)
        return false;
    struct flow *block = aligned_alloc(CACHE_LINE, BLOCK_SIZE);
    if (block == NULL)
        return false;
    blocks->at[blocks->count++] = block;
    return true;
}

uint32_t flow_blocks_take(struct flow_blocks *blocks)
{
    uint32_t index = blocks->unused;
    if (index != NO_FLOW) {
        blocks->unused = flow_at(blocks, index)->next;
        return index;
    }
    if (blocks->fresh == blocks->count * BLOCK_FLOWS && !block_add(blocks))
        return NO_FLOW;
    return blocks->fresh++;
}

void flow_blocks_give_back(struct flow_blocks *blocks, uint32_t index)
{
    flow_at(blocks, index)->next = blocks->unused;
    blocks->unused = index;
}
