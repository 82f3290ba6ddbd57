/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows/flow_slots.c: what was put in is found until it is taken out, whatever else comes
 * and goes; hashes that share their first slot, and the end of the slots, are no trouble.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flows/flow_slots.h"

#define COUNT 16u

static bool is_there(const struct flow_slots *slots, uint32_t flow, uint32_t hash)
{
    for (uint32_t at = flow_slots_first(slots, hash); slots->at[at].flow != NO_FLOW;
         at = flow_slots_next(slots, at))
        if (slots->at[at].flow == flow && slots->at[at].hash == hash)
            return true;
    return false;
}

static void test_holes_are_closed(void **state)
{
    (void)state;
    struct flow_slots slots;
    assert_true(flow_slots_create(&slots, COUNT));
    /* Of any twelve hashes, which share slots and go round the end, any one is taken out. */
    for (uint32_t seed = 1; seed < 200; seed++) {
        uint32_t hashes[12];
        for (uint32_t i = 0; i < 12; i++) {
            hashes[i] = (seed * 2654435761u >> (i * 2 & 15)) + (i % 3) * 13;
            flow_slots_insert(&slots, i, hashes[i]);
        }
        for (uint32_t gone = 0; gone < 12; gone++) {
            uint32_t out = (gone * 5 + seed) % 12;
            flow_slots_remove(&slots, out, hashes[out]);
            assert_false(is_there(&slots, out, hashes[out]));
            for (uint32_t later = gone + 1; later < 12; later++) {
                uint32_t kept = (later * 5 + seed) % 12;
                assert_true(is_there(&slots, kept, hashes[kept]));
            }
        }
        for (uint32_t at = 0; at < COUNT; at++)
            assert_int_equal(slots.at[at].flow, NO_FLOW);
    }
    flow_slots_release(&slots);
}

static void test_grows_when_three_quarters_are_used(void **state)
{
    (void)state;
    struct flow_slots slots;
    bool grown;
    assert_true(flow_slots_create(&slots, COUNT));
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t before = slots.mask + 1;
        assert_true(flow_slots_reserve(&slots, i, &grown));
        assert_int_equal(grown, i * 4 >= before * 3);
        assert_int_equal(slots.mask + 1, grown ? before * 2 : before);
        flow_slots_insert(&slots, i, i * 7919 + 1);
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_true(is_there(&slots, i, i * 7919 + 1));
    flow_slots_release(&slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holes_are_closed),
        cmocka_unit_test(test_grows_when_three_quarters_are_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
