/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it said how much of a capture nobody could look into, and what to do about it?
 */
#include "tests/support/facts.h"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static void add_layer(struct facts *facts, const char *name, uint64_t packets)
{
    facts_add(facts, FACT_LAYER)->as.layer = (struct fact_layer){
        .name = name, .packets = packets, .first_time = facts_time(5), .first_packet = 3};
    facts_totals(facts)->unread_packets += packets;
}

static bool has_condition(const struct facts *facts, bool serious, const char *part)
{
    const struct diagnosis *diagnosis = facts->diagnosis;
    for (size_t i = 0; i < diagnosis->condition_count; i++)
        if (diagnosis->conditions[i].serious == serious &&
            strstr(diagnosis->conditions[i].sentence, part) != NULL)
            return true;
    return false;
}

static void a_part_that_counts(void **state)
{
    struct facts *facts = *state;
    add_layer(facts, "EtherType 0x8903", 9);
    add_layer(facts, "802.11 protected", 370);
    add_layer(facts, "VPN of some kind", 10);
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    const struct diagnosis *diagnosis = facts->diagnosis;
    assert_int_equal(diagnosis->layer_count, 3);
    assert_string_equal(diagnosis->layers[0].name, "802.11 protected");
    assert_int_equal(diagnosis->layers[0].packets, 370);
    assert_int_equal(diagnosis->layers[0].first_time, facts_time(5));
    assert_string_equal(diagnosis->layers[1].name, "VPN of some kind");
    assert_int_equal(diagnosis->condition_count, 2);
    assert_true(has_condition(facts, false, "37 % of the packets (370) are Wi-Fi frames"));
    assert_true(has_condition(facts, false, "(VPN of some kind)"));
    assert_int_equal(diagnosis->verdict, VERDICT_HEALTHY);
}

static void nearly_all(void **state)
{
    struct facts *facts = *state;
    add_layer(facts, "802.11 protected", 900);
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->condition_count, 1);
    assert_true(has_condition(facts, true, "capture behind the access point"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

static void nothing_but_other_protocols(void **state)
{
    struct facts *facts = *state;
    facts_totals(facts)->unread_packets = 990;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->layer_count, 0);
    assert_true(has_condition(facts, true, "990 of 1000 packets are not IP"));
}

static void many_kinds(void **state)
{
    struct facts *facts = *state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                        "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add_layer(facts, names[i], 40);
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->layer_count, DIAGNOSIS_LAYER_LIMIT);
    assert_int_equal(facts->diagnosis->condition_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_part_that_counts, begin, end),
        cmocka_unit_test_setup_teardown(nearly_all, begin, end),
        cmocka_unit_test_setup_teardown(nothing_but_other_protocols, begin, end),
        cmocka_unit_test_setup_teardown(many_kinds, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
