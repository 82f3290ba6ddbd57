/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the flow table: where flows lie.  They come in blocks that never move, and
 * have numbers that are shorter than pointers.
 */
#ifndef APPLEPATH_FLOWS_FLOW_BLOCKS_H
#define APPLEPATH_FLOWS_FLOW_BLOCKS_H

#include "flows/flow.h"

#define NO_FLOW UINT32_MAX

#define BLOCK_FLOWS 1024u
#define BLOCK_SIZE (BLOCK_FLOWS * sizeof(struct flow)) /* bytes */

#define BLOCKS_ALONE 8u /* taken from memory one by one; later ones together */
#define BLOCKS_TOGETHER 32u /* in whole large pages */

struct flow_blocks {
    struct flow **at;
    uint32_t count;
    uint32_t most;
    uint32_t fresh; /* flows from here on were never in use */
    uint32_t unused; /* chain through `next`, of those that were; NO_FLOW: none */
};

/* Of an index that flow_blocks_take has answered. */
static inline struct flow *flow_at(const struct flow_blocks *blocks, uint32_t index)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): an index is of a block that is there */
    return &blocks->at[index / BLOCK_FLOWS][index % BLOCK_FLOWS];
}

/* For `limit` flows at most. False when there is no memory. Released by
 * flow_blocks_release, also then. */
bool flow_blocks_create(struct flow_blocks *blocks, uint32_t limit);
void flow_blocks_release(struct flow_blocks *blocks);

/* A flow that is not in use, whose bytes say nothing; NO_FLOW without memory, or where the
 * limit is reached. It is given back by its index. */
uint32_t flow_blocks_take(struct flow_blocks *blocks);
void flow_blocks_give_back(struct flow_blocks *blocks, uint32_t index);

#endif
