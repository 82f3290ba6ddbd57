/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two doubly linked rows.  Who has been at work since it was last looked at, or matters,
 * goes to the end instead of giving way, but only a few at each choice.
 */
#include "flows/idle_list.h"

#include <assert.h>

#include "base/fetch.h"
#include "flows/flow_facts.h"

#define CHOICE_LOOKS 8
#define LONE_LIMIT 16384u /* and no more than a quarter of all */

void idle_list_limit(struct idle_list *list, uint32_t details)
{
    list->lone_limit = details / 4 < LONE_LIMIT ? details / 4 : LONE_LIMIT;
}

static void row_append(struct idle_row *row, struct flow_detail *detail)
{
    detail->longer_idle = row->shortest;
    detail->shorter_idle = NULL;
    detail->considered = flow_last_time(detail->flow);
    if (row->shortest != NULL)
        row->shortest->shorter_idle = detail;
    else
        row->longest = detail;
    row->shortest = detail;
}

static void row_remove(struct idle_row *row, struct flow_detail *detail)
{
    if (detail->longer_idle != NULL)
        detail->longer_idle->shorter_idle = detail->shorter_idle;
    else
        row->longest = detail->shorter_idle;
    if (detail->shorter_idle != NULL)
        detail->shorter_idle->longer_idle = detail->longer_idle;
    else
        row->shortest = detail->longer_idle;
}

void idle_list_append(struct idle_list *list, struct flow_detail *detail)
{
    const struct flow *flow = detail->flow;
    detail->comes_lone = flow->transport == TRANSPORT_TCP && !flow->midstream &&
                         flow->sides[SIDE_CLIENT].packets <= 1 &&
                         flow->sides[SIDE_SERVER].packets == 0;
    list->lone_count += detail->comes_lone;
    row_append(detail->comes_lone ? &list->lone : &list->rest, detail);
}

void idle_list_remove(struct idle_list *list, struct flow_detail *detail)
{
    list->lone_count -= detail->comes_lone;
    row_remove(detail->comes_lone ? &list->lone : &list->rest, detail);
}

/* One SYN, of which nothing has been told, and no bytes that wait for more: all that matters
 * is in the flow itself. One whose bytes nobody reads gets no other. */
static bool detail_is_regained(const struct flow *flow)
{
    return flow->dissector == 0 && !flow->dissection_over && !flow->detail->keeps &&
           flow_is_lone_syn(flow) && flow->detail->begins_with_syn;
}

/* One that is over, not of interest, or a datagram that nothing came of. */
static bool flow_matters_less(const struct flow *flow)
{
    bool lone = flow->transport == TRANSPORT_UDP && flow_is_lone_packet(flow);
    return lone || flow->crowded || !flow->of_interest || flow->outcome == OUTCOME_CLOSED ||
           flow->outcome == OUTCOME_RESET || flow->outcome == OUTCOME_REFUSED;
}

/* What has gone on since it came goes to the rest; `newest` is about to begin. */
static struct flow *lone_before(struct idle_list *list, const struct flow *newest)
{
    for (int i = 0; i < CHOICE_LOOKS && list->lone.longest != NULL; i++) {
        struct flow_detail *detail = list->lone.longest;
        if (detail->flow == newest)
            return NULL;
        if (detail_is_regained(detail->flow))
            return detail->flow;
        idle_list_remove(list, detail);
        detail->comes_lone = false;
        row_append(&list->rest, detail);
    }
    return NULL;
}

struct flow *idle_list_lone(struct idle_list *list)
{
    return lone_before(list, NULL);
}

struct flow *idle_list_surplus(struct idle_list *list, const struct flow *newest)
{
    return list->lone_count > list->lone_limit ? lone_before(list, newest) : NULL;
}

/* The one behind this, and its flow, have come when the next has to give way. */
static struct flow *chosen(const struct flow_detail *detail)
{
    const struct flow_detail *next = detail->shorter_idle;
    if (next != NULL) {
        fetch_to_write(next->flow, sizeof *next->flow);
        if (next->shorter_idle != NULL)
            fetch_to_write(next->shorter_idle, sizeof *next);
    }
    return detail->flow;
}

struct flow *idle_list_choose(struct idle_list *list, bool *regained)
{
    struct flow *lone = idle_list_lone(list);
    *regained = lone != NULL;
    if (lone != NULL)
        return lone;
    assert(list->rest.longest != NULL);
    for (int i = 0; i < CHOICE_LOOKS; i++) {
        struct flow_detail *detail = list->rest.longest;
        struct flow *flow = detail->flow;
        if (flow_matters_less(flow) && flow_last_time(flow) <= detail->considered)
            return chosen(detail);
        row_remove(&list->rest, detail);
        row_append(&list->rest, detail);
    }
    return chosen(list->rest.longest);
}
