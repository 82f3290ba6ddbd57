/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose detail gives way (flows/idle_list.c)?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flows/idle_list.h"

#define FLOWS 4

struct flows {
    struct idle_list list;
    struct flow flows[FLOWS];
    struct flow_detail details[FLOWS];
};

/* Connections to Apple that are open and were at work at the times 1, 2, ... */
static void begin(struct flows *all)
{
    memset(all, 0, sizeof *all);
    idle_list_limit(&all->list, 4 * FLOWS);
    for (int i = 0; i < FLOWS; i++) {
        struct flow *flow = &all->flows[i];
        flow->transport = TRANSPORT_TCP;
        flow->outcome = OUTCOME_ANSWERED;
        flow->of_interest = true;
        flow->syns = 1;
        flow->sides[SIDE_CLIENT] = (struct flow_side){.packets = 5, .last_time = i + 1};
        flow->detail = &all->details[i];
        all->details[i].flow = flow;
        idle_list_append(&all->list, &all->details[i]);
    }
}

static void check(struct flows *all, int chosen, bool regained)
{
    bool is_regained = !regained;
    assert_ptr_equal(idle_list_choose(&all->list, &is_regained), &all->flows[chosen]);
    assert_int_equal(is_regained, regained);
}

static void test_the_longest_idle(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    check(&all, 0, false);
}

static void test_what_is_over_first(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    all.flows[2].outcome = OUTCOME_CLOSED;
    check(&all, 2, false);
}

static void test_what_is_of_no_interest_first(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    all.flows[1].of_interest = all.flows[3].of_interest = false;
    all.flows[1].sides[SIDE_CLIENT].last_time = 9; /* at work since */
    check(&all, 3, false);
}

/* Makes it one of which a SYN is all that is known, by an event or by its row. */
static void make_lone(struct flows *all, int which, bool by_row)
{
    struct flow *flow = &all->flows[which];
    idle_list_remove(&all->list, flow->detail);
    flow->outcome = OUTCOME_SILENT;
    flow->sides[SIDE_CLIENT].packets = 1;
    flow->detail->events = 1;
    flow->detail->begins_with_syn = by_row;
    idle_list_append(&all->list, flow->detail);
}

static void test_one_syn_gets_it_again(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    make_lone(&all, 3, false);
    check(&all, 0, false); /* of its first packet an event was told */
    begin(&all);
    make_lone(&all, 3, true);
    check(&all, 3, true);
}

static void test_one_that_went_on_is_of_the_rest(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    make_lone(&all, 2, true);
    make_lone(&all, 3, true);
    all.flows[2].syns = 2;
    assert_int_equal(all.list.lone_count, 2);
    assert_ptr_equal(idle_list_lone(&all.list), &all.flows[3]);
    assert_int_equal(all.list.lone_count, 1);
    idle_list_remove(&all.list, &all.details[3]);
    assert_null(idle_list_lone(&all.list));
    assert_ptr_equal(all.list.rest.shortest, &all.details[2]);
}

/* A SYN may have brought bytes, which the dispatcher has in a list of its own. */
static void test_one_that_keeps_bytes_does_not(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    make_lone(&all, 3, true);
    all.details[3].keeps = true;
    assert_null(idle_list_lone(&all.list));
    check(&all, 0, false);
}

/* ... or some that nobody reads (TCP Fast Open): when it goes on it gets no detail again, and
 * what becomes of it would be told without its packets (flows/observation.c). */
static void test_one_that_is_read_no_more_does_not(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    make_lone(&all, 3, true);
    all.flows[3].dissection_over = true;
    assert_null(idle_list_lone(&all.list));
    check(&all, 0, false);
}

static void test_too_many_lone_ones(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    idle_list_limit(&all.list, 8); /* two lone ones */
    make_lone(&all, 1, true);
    make_lone(&all, 0, true);
    assert_null(idle_list_surplus(&all.list, &all.flows[0]));
    make_lone(&all, 3, true);
    assert_ptr_equal(idle_list_surplus(&all.list, &all.flows[3]), &all.flows[1]);
    idle_list_limit(&all.list, 3);
    idle_list_remove(&all.list, &all.details[1]);
    idle_list_remove(&all.list, &all.details[0]);
    assert_null(idle_list_surplus(&all.list, &all.flows[3]));
}

static void test_removal(void **state)
{
    (void)state;
    struct flows all;
    begin(&all);
    for (int i = FLOWS - 1; i > 0; i--)
        idle_list_remove(&all.list, &all.details[i]);
    check(&all, 0, false);
    idle_list_remove(&all.list, &all.details[0]);
    assert_null(all.list.rest.longest);
    assert_null(all.list.rest.shortest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_idle),
        cmocka_unit_test(test_what_is_over_first),
        cmocka_unit_test(test_what_is_of_no_interest_first),
        cmocka_unit_test(test_one_syn_gets_it_again),
        cmocka_unit_test(test_one_that_went_on_is_of_the_rest),
        cmocka_unit_test(test_one_that_keeps_bytes_does_not),
        cmocka_unit_test(test_one_that_is_read_no_more_does_not),
        cmocka_unit_test(test_too_many_lone_ones),
        cmocka_unit_test(test_removal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
