/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flow's detail is missed least?  All details in the order in which their flows
 * were last looked at; out comes the one that gives way where there are too many.
 */
#ifndef APPLEPATH_FLOWS_IDLE_LIST_H
#define APPLEPATH_FLOWS_IDLE_LIST_H

#include "flows/flow.h"

struct idle_row {
    struct flow_detail *longest; /* idle, as was seen when they were looked at */
    struct flow_detail *shortest;
};

/* Begins with all bytes zero; linked through the details. */
struct idle_list {
    struct idle_row rest;
    struct idle_row lone; /* of one packet when they came: looked at before the rest */
    uint32_t lone_count;
    uint32_t lone_limit;
};

/* There may be so many details at all. To be called first. */
void idle_list_limit(struct idle_list *list, uint32_t details);

void idle_list_append(struct idle_list *list, struct flow_detail *detail);
void idle_list_remove(struct idle_list *list, struct flow_detail *detail);

/* The flow of a single SYN whose detail may give way, as it gets another when it goes on; NULL
 * where none of the oldest few is such a one any more. */
struct flow *idle_list_lone(struct idle_list *list);

/* Such a one where there are too many of them; never `newest`. */
struct flow *idle_list_surplus(struct idle_list *list, const struct flow *newest);

/* The flow whose detail gives way: one of a single SYN (`regained`: it gets another when
 * it goes on), one that is over or not of interest, else the idle. The list has some. */
struct flow *idle_list_choose(struct idle_list *list, bool *regained);

#endif
