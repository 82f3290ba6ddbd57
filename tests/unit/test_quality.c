/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the capture itself lack, and is it said?
 */
#include <stdio.h>
#include <unistd.h>

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

static bool has_condition(const struct facts *facts, bool serious, const char *part)
{
    const struct diagnosis *diagnosis = facts->diagnosis;
    for (size_t i = 0; i < diagnosis->condition_count; i++)
        if (diagnosis->conditions[i].serious == serious &&
            strstr(diagnosis->conditions[i].sentence, part) != NULL)
            return true;
    return false;
}

static void a_sound_capture(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = 20; /* two in a hundred */
    facts_source(facts)->truncated_packets = 20; /* nothing was lacking */
    facts_totals(facts)->client_only_tcp = 2;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->condition_count, 0);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void only_one_direction(void **state)
{
    struct facts *facts = *state;
    facts_totals(facts)->two_sided_tcp = 0;
    facts_totals(facts)->client_only_tcp = 40;
    const struct finding *finding = facts_only_finding(facts, "capture-one-sided", SEVERITY_NOTE);
    assert_null(finding->host);
    assert_null(finding->culprit);
    assert_int_equal(finding->port, -1);
    assert_int_equal(finding->count, 40);
    assert_int_equal(finding->first_seen, facts_time(0));
    assert_non_null(strstr(finding->summary, "packets from the devices"));
    assert_true(has_condition(facts, true, "one direction"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

static void only_the_other_direction(void **state)
{
    struct facts *facts = *state;
    facts_totals(facts)->two_sided_tcp = 10;
    facts_totals(facts)->server_only_tcp = 40;
    const struct finding *finding = facts_only_finding(facts, "capture-one-sided", SEVERITY_NOTE);
    assert_non_null(strstr(finding->summary, "packets to the devices"));
    assert_non_null(strstr(finding->summary, "much of the traffic"));
}

static void partly_one_direction(void **state)
{
    struct facts *facts = *state;
    facts_totals(facts)->two_sided_tcp = 50;
    facts_totals(facts)->client_only_tcp = 11;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_true(has_condition(facts, true, "Part of the traffic"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

static void packets_that_were_cut(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->truncated_packets = 300;
    facts_totals(facts)->stream_gaps = 4;
    const struct finding *finding = facts_only_finding(facts, "capture-truncated", SEVERITY_NOTE);
    assert_int_equal(finding->count, 300);
}

static void packets_that_came_twice(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = 480;
    const struct finding *finding = facts_only_finding(facts, "capture-duplicated", SEVERITY_NOTE);
    assert_int_equal(finding->count, 480);
    assert_int_equal(finding->last_seen, facts_time(600000));
}

/* One packet on several interfaces of an any-interface capture is no defect. */
static void packets_on_any_interface(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = 480;
    facts_source(facts)->link_type = "LINUX_SLL2";
    facts_no_finding(facts);
}

static void two_sources_with_one_defect(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = 480;
    struct fact_source *second = &facts_add(facts, FACT_SOURCE)->as.source;
    *second = *facts_source(facts);
    second->id = 2;
    second->name = "/captures/evening.pcap";
    assert_int_equal(facts_only_finding(facts, "capture-duplicated", SEVERITY_NOTE)->count, 960);
}

static void files_that_break_off(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->cut_short = true;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_true(has_condition(facts, false, "site.pcap breaks off"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void files_without_packets(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->packets = 0;
    facts_no_finding(facts);
    assert_true(has_condition(facts, false, "site.pcap holds no packets"));
}

static void flows_that_were_given_up(void **state)
{
    struct facts *facts = *state;
    facts_totals(facts)->evicted_flows = 1;
    facts_totals(facts)->fragments_dropped = 3;
    facts_totals(facts)->midstream_flows = 60;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_true(has_condition(facts, true, "memory"));
    assert_true(has_condition(facts, false, "3 IP fragments"));
    assert_true(has_condition(facts, false, "had begun before"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

/* A process that was killed leaves a run without an end in its file. */
static void runs_that_did_not_end(void **state)
{
    struct facts *facts = *state;
    char folder[] = "/tmp/applepath-test-XXXXXX";
    char path[sizeof folder + 8];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.db", folder);
    facts->store = store_open(path, &facts->problem);
    assert_non_null(facts->store);
    assert_true(store_begin_run(facts->store, "0.1.0", FACTS_EPOCH, &facts->problem));
    store_close(facts->store);
    facts->store = store_open(path, &facts->problem);
    assert_non_null(facts->store);
    struct diagnosis_settings settings = {.catalog = facts->catalog};
    facts->diagnosis = diagnose(facts->store, &settings, &facts->problem);
    store_close(facts->store);
    facts->store = NULL;
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    assert_non_null(facts->diagnosis);
    assert_true(has_condition(facts, true, "not read to its end"));
}

static void conditions_have_a_limit(void **state)
{
    struct facts *facts = *state;
    for (uint32_t i = 0; i < 40; i++) {
        struct fact_source *source = &facts_add(facts, FACT_SOURCE)->as.source;
        *source = *facts_source(facts);
        source->id = i + 2;
        source->cut_short = true;
    }
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->condition_count, DIAGNOSIS_CONDITION_LIMIT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_sound_capture),          CASE(only_one_direction),
        CASE(only_the_other_direction), CASE(partly_one_direction),
        CASE(packets_that_were_cut),    CASE(packets_that_came_twice),
        CASE(packets_on_any_interface), CASE(two_sources_with_one_defect),
        CASE(files_that_break_off),     CASE(files_without_packets),
        CASE(flows_that_were_given_up), CASE(runs_that_did_not_end),
        CASE(conditions_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
