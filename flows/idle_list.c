/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A doubly linked list.  Who has been at work since it was last looked at, or matters,
 * goes to its end instead of giving way, but only a few at each choice.
 */
#include "flows/idle_list.h"

#include <assert.h>

#include "flows/flow_facts.h"

#define CHOICE_LOOKS 8

void idle_list_append(struct idle_list *list, struct flow_detail *detail)
{
    detail->longer_idle = list->shortest;
    detail->shorter_idle = NULL;
    detail->considered = flow_last_time(detail->flow);
    if (list->shortest != NULL)
        list->shortest->shorter_idle = detail;
    else
        list->longest = detail;
    list->shortest = detail;
}

void idle_list_remove(struct idle_list *list, struct flow_detail *detail)
{
    if (detail->longer_idle != NULL)
        detail->longer_idle->shorter_idle = detail->shorter_idle;
    else
        list->longest = detail->shorter_idle;
    if (detail->shorter_idle != NULL)
        detail->shorter_idle->longer_idle = detail->longer_idle;
    else
        list->shortest = detail->longer_idle;
}

/* One SYN, of which nothing has been told: all that matters is in the flow itself. */
static bool detail_is_regained(const struct flow *flow)
{
    return flow->dissector == 0 && flow_is_lone_syn(flow) && flow->detail->begins_with_syn;
}

static bool flow_matters_less(const struct flow *flow)
{
    return flow->crowded || !flow->of_interest || flow->outcome == OUTCOME_CLOSED ||
           flow->outcome == OUTCOME_RESET || flow->outcome == OUTCOME_REFUSED;
}

struct flow *idle_list_choose(struct idle_list *list, bool *regained)
{
    assert(list->longest != NULL);
    for (int i = 0; i < CHOICE_LOOKS; i++) {
        struct flow_detail *detail = list->longest;
        struct flow *flow = detail->flow;
        *regained = detail_is_regained(flow);
        if (*regained || (flow_matters_less(flow) && flow_last_time(flow) <= detail->considered))
            return flow;
        idle_list_remove(list, detail);
        idle_list_append(list, detail);
    }
    *regained = false;
    return list->longest->flow;
}
