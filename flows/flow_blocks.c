/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each packet has the processor fetch a whole flow, which begins with a cache line so that
 * these are as few as can be.
 */
#include "flows/flow_blocks.h"

#include <assert.h>
#include <stdlib.h>

#include "base/fetch.h"
#include "base/large_pages.h"

static_assert(BLOCKS_TOGETHER *BLOCK_SIZE % LARGE_PAGE == 0, "no room is left over");

/* So many are taken from memory together where there are `count` already. */
static uint32_t blocks_with(uint32_t count)
{
    return count < BLOCKS_ALONE ? 1 : BLOCKS_TOGETHER;
}

bool flow_blocks_create(struct flow_blocks *blocks, uint32_t limit)
{
    *blocks = (struct flow_blocks){.most = limit / BLOCK_FLOWS + 1, .unused = NO_FLOW};
    blocks->at = calloc(blocks->most, sizeof(struct flow *));
    return blocks->at != NULL;
}

void flow_blocks_release(struct flow_blocks *blocks)
{
    for (uint32_t i = 0; i < blocks->count; i += blocks_with(i))
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without blocks the count is 0 */
        free(blocks->at[i]);
    free(blocks->at);
}

static bool blocks_add(struct flow_blocks *blocks)
{
    const uint32_t count = blocks_with(blocks->count);
    if (blocks->count == blocks->most)
        return false;
    struct flow *flows = aligned_alloc(count == 1 ? CACHE_LINE : LARGE_PAGE, count * BLOCK_SIZE);
    if (flows == NULL)
        return false;
    large_pages_hint(flows, count * BLOCK_SIZE);
    for (uint32_t i = 0; i < count && blocks->count < blocks->most; i++)
        blocks->at[blocks->count++] = flows + (size_t)i * BLOCK_FLOWS;
    return true;
}

uint32_t flow_blocks_take(struct flow_blocks *blocks)
{
    uint32_t index = blocks->unused;
    if (index != NO_FLOW) {
        blocks->unused = flow_at(blocks, index)->next;
        return index;
    }
    if (blocks->fresh == blocks->count * BLOCK_FLOWS && !blocks_add(blocks))
        return NO_FLOW;
    return blocks->fresh++;
}

void flow_blocks_give_back(struct flow_blocks *blocks, uint32_t index)
{
    flow_at(blocks, index)->next = blocks->unused;
    blocks->unused = index;
}
