/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flow's detail is missed least?  All details in the order in which their flows
 * were last looked at; out comes the one that gives way where there are too many.
 */
#ifndef APPLEPATH_FLOWS_IDLE_LIST_H
#define APPLEPATH_FLOWS_IDLE_LIST_H

#include "flows/flow.h"

/* Begins with all bytes zero; linked through the details. */
struct idle_list {
    struct flow_detail *longest; /* idle, as was seen when they were looked at */
    struct flow_detail *shortest;
};

void idle_list_append(struct idle_list *list, struct flow_detail *detail);
void idle_list_remove(struct idle_list *list, struct flow_detail *detail);

/* The flow whose detail gives way: one of a single SYN (`regained`: it gets another when
 * it goes on), one that is over or not of interest, else the idle. The list has some. */
struct flow *idle_list_choose(struct idle_list *list, bool *regained);

#endif
