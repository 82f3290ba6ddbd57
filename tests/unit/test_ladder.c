/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a finding's ladder show the packets that matter, in their order, with the silence
 * at their end; and the timeline, the path and the rule to paste what belongs to them?
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

static void assert_step(const struct ladder *ladder, size_t index, const char *from, const char *to,
                        const char *label, bool answered)
{
    assert_true(index < ladder->step_count);
    const struct ladder_step *step = &ladder->steps[index];
    assert_string_equal(step->label, label);
    assert_string_equal(ladder->parties[step->from].role, from);
    assert_string_equal(ladder->parties[step->to].role, to);
    assert_int_equal(step->answered, answered);
}

static void syn_after_syn_and_then_nothing(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    const struct ladder *ladder = finding->ladder;
    assert_non_null(ladder);
    assert_int_equal(ladder->party_count, 2);
    assert_string_equal(ladder->parties[0].address, DEVICE);
    assert_string_equal(ladder->parties[1].address, COURIER);
    assert_int_equal(ladder->step_count, 4);
    assert_step(ladder, 0, "device", "server", "SYN", false);
    assert_step(ladder, 1, "device", "server", "SYN again", false);
    assert_step(ladder, 2, "device", "server", "SYN again", false);
    assert_step(ladder, 3, "server", "device", "no answer", false);
    assert_int_equal(ladder->steps[0].time, facts_time(1000));
    assert_string_equal(ladder->steps[0].source, "site.pcap");
    assert_int_equal(ladder->steps[3].packet, 0);
    assert_int_equal(ladder->steps[3].time, TIMESTAMP_NONE);
    assert_true(ladder->steps[3].breaks);
    assert_false(ladder->steps[0].breaks);
}

static void many_packets_leave_their_middle_out(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 40, 1000);
    const struct ladder *ladder =
        facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL)->ladder;
    assert_int_equal(ladder->step_count, LADDER_STEP_LIMIT);
    assert_int_equal(ladder->left_out, 41 - LADDER_STEP_LIMIT);
    assert_int_equal(ladder->left_out_before, LADDER_STEP_LIMIT - 4);
    assert_step(ladder, 0, "device", "server", "SYN", false);
    assert_step(ladder, LADDER_STEP_LIMIT - 1, "server", "device", "no answer", false);
}

static void who_refuses_stands_between(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_rejected(facts, DEVICE, COURIER, 5223, GATEWAY, 3, 13, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    const struct ladder *ladder = finding->ladder;
    assert_int_equal(ladder->party_count, 3);
    assert_string_equal(ladder->parties[1].address, GATEWAY);
    assert_step(ladder, 0, "device", "server", "SYN", true);
    assert_step(ladder, 1, ladder->parties[1].role, "device", "ICMP 3/13, prohibited", true);
    assert_true(ladder->steps[1].breaks);
    assert_int_equal(finding->place, PATH_NETWORK);
    const struct path_node *node = &facts->diagnosis->path[PATH_NETWORK];
    assert_int_equal(node->finding_count, 1);
    assert_string_equal(node->findings[0], "F1");
    assert_int_equal(node->worst, SEVERITY_CRITICAL);
    assert_addresses(node->addresses, node->address_count, GATEWAY);
    assert_int_equal(facts->diagnosis->path[PATH_RESOLVER].finding_count, 0);
    assert_int_equal(finding->prescription_count, 1);
    assert_string_equal(finding->prescriptions[0].at, "the firewall (" GATEWAY ")");
    assert_non_null(strstr(finding->prescriptions[0].text,
                           "allow tcp from " DEVICE " to 17.0.0.0/8 port { 5223, 443 }"));
    assert_null(finding->doubt);
}

static void times_are_counted_by_category(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 1000);
    facts_answered(facts, DEVICE, OTHER_COURIER, 5223, 300000);
    facts_diagnose(facts);
    const struct timeline *timeline = &facts->diagnosis->timeline;
    assert_in_range(timeline->bucket_count, 2, TIMELINE_BUCKET_LIMIT);
    assert_true(timeline->first <= facts_time(0));
    assert_true(timeline->first + (int64_t)timeline->bucket_count * timeline->step >
                facts_time(600000));
    assert_int_equal(timeline->row_count, 1);
    assert_string_equal(timeline->rows[0].category, "apns");
    assert_int_equal(timeline->rows[0].failure_count, 1);
    assert_int_equal(timeline->rows[0].success_count, 1);
    size_t bucket = (size_t)((facts_time(300000) - timeline->first) / timeline->step);
    assert_int_equal(timeline->rows[0].successes[bucket], 1);
    bucket = (size_t)((facts_time(1000) - timeline->first) / timeline->step);
    assert_int_equal(timeline->rows[0].failures[bucket], 1);
    assert_int_equal(timeline->gap_count, 0);
}

static struct fact_source *another_source(struct facts *facts, uint32_t id, int64_t first,
                                          int64_t last)
{
    struct fact_source *source = &facts_add(facts, FACT_SOURCE)->as.source;
    *source = *facts_source(facts);
    source->id = id;
    source->name = "/captures/later.pcap";
    source->first_time = facts_time(first);
    source->last_time = facts_time(last);
    return source;
}

static void what_no_capture_covers_is_a_gap(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    another_source(facts, 3, 500000, 650000); /* overlaps */
    another_source(facts, 2, 900000, 1000000);
    facts_answered(facts, DEVICE, COURIER, 5223, 950000);
    facts_diagnose(facts);
    const struct timeline *timeline = &facts->diagnosis->timeline;
    assert_int_equal(timeline->gap_count, 1);
    assert_int_equal(timeline->gaps[0].first, facts_time(650000));
    assert_int_equal(timeline->gaps[0].last, facts_time(900000));
    assert_int_equal(timeline->rows[0].success_count, 1);
}

static void captures_without_times_have_no_timeline(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->first_time = facts_source(facts)->last_time = TIMESTAMP_NONE;
    facts_host(facts, DEVICE);
    facts_answered(facts, DEVICE, COURIER, 5223, 1000);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->timeline.bucket_count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(syn_after_syn_and_then_nothing),  CASE(many_packets_leave_their_middle_out),
        CASE(who_refuses_stands_between),      CASE(times_are_counted_by_category),
        CASE(what_no_capture_covers_is_a_gap), CASE(captures_without_times_have_no_timeline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
