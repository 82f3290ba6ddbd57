/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the flow table: which flow was looked at longest ago, to see whether it is
 * over?  Two lists through the flows: of connections, which may be over in seconds, and of
 * what may be quiet for a minute and more, which is looked at as seldom.
 */
#ifndef APPLEPATH_FLOWS_FLOW_AGES_H
#define APPLEPATH_FLOWS_FLOW_AGES_H

#include "flows/flow_blocks.h"
#include "flows/flow_life.h"

enum flow_age { AGE_SECONDS, AGE_MINUTES, AGE_COUNT };

/* Indexes of flows in the table; NO_FLOW: none. */
struct flow_age_list {
    uint32_t oldest; /* looked at longest ago .. most recently */
    uint32_t newest;
    uint32_t since, rest; /* nothing is due for so many ticks (flow_life.h) from then on */
    uint32_t pause; /* ticks, from one look at a flow to the next */
};

struct flow_ages {
    const struct flow_blocks *blocks; /* the table's */
    struct flow_age_list lists[AGE_COUNT];
};

void flow_ages_begin(struct flow_ages *ages, const struct flow_blocks *blocks);

/* A flow that is in no list becomes the newest of one, as it was looked at. */
void flow_ages_append(struct flow_ages *ages, uint32_t index, enum flow_age age);
void flow_ages_remove(struct flow_ages *ages, uint32_t index);

/* The oldest of this list, if it is time to look at it; NO_FLOW: not yet, or none. */
uint32_t flow_ages_due(struct flow_ages *ages, enum flow_age age, int64_t now);

static inline bool flow_age_list_rests(const struct flow_age_list *list, uint32_t ticks)
{
    return ticks - list->since < list->rest;
}

/* Is surely nothing due, of either list? */
static inline bool flow_ages_rest(const struct flow_ages *ages, int64_t now)
{
    uint32_t ticks = flow_life_ticks(now);
    return flow_age_list_rests(&ages->lists[AGE_SECONDS], ticks) &&
           flow_age_list_rests(&ages->lists[AGE_MINUTES], ticks);
}

/* All flows, the one looked at longest ago first: `at` begins with flow_ages_first, and
 * flow_ages_next takes the one it answers out of it. NO_FLOW: there are no more. */
struct flow_ages_at {
    uint32_t next[AGE_COUNT];
};
struct flow_ages_at flow_ages_first(const struct flow_ages *ages);
uint32_t flow_ages_next(const struct flow_ages *ages, struct flow_ages_at *at);

/* Of a flow that is in a list. */
uint32_t flow_ages_index(const struct flow_ages *ages, const struct flow *flow);

static inline enum flow_age flow_age_of(const struct flow *flow)
{
    return flow->seldom ? AGE_MINUTES : AGE_SECONDS;
}

#endif
