/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearly all flows are over when they are looked at first: a connection that took less than
 * the grace has been quiet for long enough by then, and so has a question with its answer.
 */
#include "flows/flow_ages.h"

#include "flows/flow_channels.h"

#define GRACE (2 * NANOSECONDS_PER_SECOND)
#define REST_EMPTY UINT32_MAX /* but for one tick in 78 hours, when it is looked at */

void flow_ages_begin(struct flow_ages *ages, const struct flow_blocks *blocks)
{
    ages->blocks = blocks;
    for (int i = 0; i < AGE_COUNT; i++)
        ages->lists[i] =
            (struct flow_age_list){.oldest = NO_FLOW, .newest = NO_FLOW, .rest = REST_EMPTY};
    ages->lists[AGE_SECONDS].pause = flow_life_ticks(FLOW_QUIET_ENDED + GRACE);
    ages->lists[AGE_MINUTES].pause = flow_life_ticks(FLOW_QUIET_UDP + GRACE);
}

static void oldest_set(struct flow_age_list *list, uint32_t index)
{
    list->oldest = index;
    list->rest = index == NO_FLOW ? REST_EMPTY : 0;
}

void flow_ages_append(struct flow_ages *ages, uint32_t index, enum flow_age age)
{
    struct flow_age_list *list = &ages->lists[age];
    struct flow *flow = flow_at(ages->blocks, index);
    flow->seldom = age == AGE_MINUTES;
    flow->previous = list->newest;
    flow->next = NO_FLOW;
    if (list->newest != NO_FLOW)
        flow_at(ages->blocks, list->newest)->next = index;
    else
        oldest_set(list, index);
    list->newest = index;
}

void flow_ages_remove(struct flow_ages *ages, uint32_t index)
{
    const struct flow *flow = flow_at(ages->blocks, index);
    struct flow_age_list *list = &ages->lists[flow_age_of(flow)];
    if (flow->previous != NO_FLOW)
        flow_at(ages->blocks, flow->previous)->next = flow->next;
    else
        oldest_set(list, flow->next);
    if (flow->next != NO_FLOW)
        flow_at(ages->blocks, flow->next)->previous = flow->previous;
    else
        list->newest = flow->previous;
}

/* A time in the future comes from a clock that was set back: it is as good as long past, and
 * does not stop the list. */
uint32_t flow_ages_due(struct flow_ages *ages, enum flow_age age, int64_t now)
{
    struct flow_age_list *list = &ages->lists[age];
    uint32_t ticks = flow_life_ticks(now);
    if (list->oldest == NO_FLOW || flow_age_list_rests(list, ticks))
        return NO_FLOW;
    list->since = flow_at(ages->blocks, list->oldest)->looked_at;
    list->rest = list->pause;
    return flow_age_list_rests(list, ticks) ? NO_FLOW : list->oldest;
}

struct flow_ages_at flow_ages_first(const struct flow_ages *ages)
{
    return (struct flow_ages_at){
        {ages->lists[AGE_SECONDS].oldest, ages->lists[AGE_MINUTES].oldest}};
}

uint32_t flow_ages_next(const struct flow_ages *ages, struct flow_ages_at *at)
{
    uint32_t one = at->next[AGE_SECONDS], other = at->next[AGE_MINUTES];
    bool takes_other = one == NO_FLOW ||
                       (other != NO_FLOW && (int32_t)(flow_at(ages->blocks, other)->looked_at -
                                                      flow_at(ages->blocks, one)->looked_at) < 0);
    uint32_t index = takes_other ? other : one;
    if (index != NO_FLOW)
        at->next[takes_other ? AGE_MINUTES : AGE_SECONDS] = flow_at(ages->blocks, index)->next;
    return index;
}

uint32_t flow_ages_index(const struct flow_ages *ages, const struct flow *flow)
{
    return flow->previous != NO_FLOW ? flow_at(ages->blocks, flow->previous)->next
                                     : ages->lists[flow_age_of(flow)].oldest;
}
