/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of results: by client, name, resolver and time.  Time is linear in the
 * results of all clients, so that a million of them need no sorting as a whole.
 */
#ifndef APPLEPATH_DIAGNOSIS_NAME_ORDER_H
#define APPLEPATH_DIAGNOSIS_NAME_ORDER_H

#include "diagnosis/name_results.h"

/* False, and the list as it was, when memory is out. */
bool name_order(struct result *list, size_t count);

/* Orders pointers to the right ones of a list in that order by client, resolver and time;
 * `good` has room for all. Returns how many there are. */
size_t name_order_good(const struct result *list, size_t count, const struct result **good);

/* <0, 0, >0: by client, resolver and time. */
int name_order_compare_good(const struct result *one, const struct result *two);

#endif
