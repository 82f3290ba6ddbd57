/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the capture itself lack, and is it said?
 */
#include <stdio.h>
#include <unistd.h>

#include "diagnosis/quality.h"
#include "storage/retention.h"
#include "tests/support/facts.h"

#define HOURS_LATER (5 * 3600 * NANOSECONDS_PER_SECOND)

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

static void packets_on_several_interfaces(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = 480;
    facts_source(facts)->interfaces = "en0, bridge100";
    facts_no_finding(facts);
}

static void packets_on_one_interface(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = 480;
    facts_source(facts)->interfaces = "en0";
    facts_only_finding(facts, "capture-duplicated", SEVERITY_NOTE);
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

/* A capture that lost `count` segments of a hundred times as many, all in one flow. */
static struct fact_flow *lose(struct facts *facts, uint64_t count)
{
    struct fact_totals *totals = facts_totals(facts);
    struct fact_flow *flow = facts_answered(facts, DEVICE, COURIER, 5223, 0);
    flow->server_missing = (uint32_t)count;
    flow->missing_time = facts_time(1000);
    flow->missing_packet = facts_packet(facts);
    totals->data_segments = 100 * count;
    totals->missing_segments = count;
    totals->missing_flows = 1;
    totals->missing_first_time = facts_time(1000);
    totals->missing_last_time = facts_time(9000);
    totals->missing_packet = flow->missing_packet;
    return flow;
}

static double number_of(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].number;
    return -1;
}

static void segments_that_are_missing(void **state)
{
    struct facts *facts = *state;
    const struct fact_flow *flow = lose(facts, 12);
    const struct finding *finding = facts_only_finding(facts, "capture-loss", SEVERITY_NOTE);
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->count, 12);
    assert_int_equal(finding->device_count, 1);
    assert_int_equal(finding->first_seen, facts_time(1000));
    assert_int_equal(finding->last_seen, facts_time(9000));
    assert_int_equal(finding->evidence_count, 1);
    assert_int_equal(finding->evidence[0].packet, packet_number(flow->missing_packet));
    assert_int_equal((int)number_of(finding, "segments"), 12);
    assert_int_equal((int)(number_of(finding, "share") * 100 + 0.5), 99);
    assert_null(finding->culprit);
    /* One in a hundred hides nothing for long. */
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void few_segments_are_missing(void **state)
{
    struct facts *facts = *state;
    (void)lose(facts, 1);
    assert_int_equal(facts_only_finding(facts, "capture-loss", SEVERITY_NOTE)->confidence,
                     CONFIDENCE_POSSIBLE);
}

static void one_segment_of_very_many(void **state)
{
    struct facts *facts = *state;
    (void)lose(facts, 3);
    facts_totals(facts)->data_segments = 4000;
    facts_no_finding(facts);
}

static void a_fifth_is_missing(void **state)
{
    struct facts *facts = *state;
    (void)lose(facts, 20);
    facts_totals(facts)->data_segments = 80;
    facts_only_finding(facts, "capture-loss", SEVERITY_NOTE);
    assert_true(has_condition(facts, true, "20 % of the TCP segments"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

/* Only flows about others are affected: the totals know a packet. */
static void missing_elsewhere(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = lose(facts, 5);
    flow->server_missing = 0;
    flow->missing_time = TIMESTAMP_NONE;
    flow->missing_packet = PACKET_NONE;
    const struct finding *finding = facts_only_finding(facts, "capture-loss", SEVERITY_NOTE);
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    assert_int_equal(finding->device_count, 0);
    assert_int_equal(finding->evidence_count, 1);
}

static void the_kernel_dropped_packets(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->dropped_packets = 40;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    const struct finding *finding = facts_only_finding(facts, "capture-loss", SEVERITY_NOTE);
    assert_int_equal(finding->count, 40);
    assert_int_equal((int)number_of(finding, "dropped"), 40);
    assert_non_null(strstr(finding->summary, "lost 40 packets"));
}

/* A live capture tells when; then only those minutes count. */
static void the_kernel_dropped_packets_by_the_minute(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->dropped_packets = 99;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    for (int i = 0; i < 3; i++)
        facts_add(facts, FACT_MINUTE)->as.minute =
            (struct fact_minute){.source = 1,
                                 .time = FACTS_EPOCH + i * 60 * NANOSECONDS_PER_SECOND,
                                 .packets = 100,
                                 .dropped = i == 1 ? 50 : 0};
    const struct finding *finding = facts_only_finding(facts, "capture-loss", SEVERITY_NOTE);
    assert_int_equal(finding->count, 50);
    assert_true(finding->first_seen == FACTS_EPOCH + 60 * NANOSECONDS_PER_SECOND);
    assert_true(has_condition(facts, true, "dropped 50 packets, 14.3 %"));
}

static void the_kernel_dropped_nothing(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->dropped_packets = 0;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
}

static void expect_form(struct facts *facts, const char *form)
{
    const struct finding *finding = facts_only_finding(facts, "capture-duplicated", SEVERITY_NOTE);
    assert_int_equal(finding->detail_count, 1);
    assert_string_equal(finding->details[0].name, "form");
    assert_string_equal(finding->details[0].text, form);
}

static void the_same_twice(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = 480;
    facts_source(facts)->duplicates_tagged = 8;
    expect_form(facts, "same");
}

static void twins_in_two_vlans(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = facts_source(facts)->duplicates_tagged = 480;
    expect_form(facts, "vlan");
}

static void before_and_behind_a_nat(void **state)
{
    struct facts *facts = *state;
    facts_source(facts)->duplicate_packets = 480;
    facts_source(facts)->duplicates_routed = 200;
    facts_source(facts)->duplicates_translated = 280;
    expect_form(facts, "routed,translated");
}

static void some_devices_in_one_direction(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_host(facts, OTHER_DEVICE)->one_sided_sent = 3;
    facts_totals(facts)->client_only_tcp = 3;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_true(has_condition(facts, false, "Connections of " OTHER_DEVICE " were"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void what_the_capture_cannot_tell(void **state)
{
    struct facts *facts = *state;
    struct fact_totals *totals = facts_totals(facts);
    totals->data_segments = 1000;
    totals->overtaken_segments = 40;
    totals->merged_segments = 1;
    totals->unfinished_checksums = 2;
    totals->clock_jumps = 1;
    totals->clock_jump = -7200 * NANOSECONDS_PER_SECOND;
    totals->clock_jump_packet = packet_identity(1, 77);
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_true(has_condition(facts, false, "40 TCP segments stand behind"));
    assert_true(has_condition(facts, false, "1 segment is larger"));
    assert_true(has_condition(facts, false, "2 SYNs had checksums"));
    assert_true(has_condition(facts, false, "by 2 hours at packet 77 of site.pcap"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void a_little_of_it(void **state)
{
    struct facts *facts = *state;
    facts_totals(facts)->data_segments = 1000;
    facts_totals(facts)->overtaken_segments = 4;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->condition_count, 0);
}

static void hosts_beyond_the_limit(void **state)
{
    struct facts *facts = *state;
    facts_totals(facts)->hosts_dropped = 9;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_true(has_condition(facts, true, "More hosts"));
}

/* What was only counted is said. */
static void beyond_other_limits(void **state)
{
    struct facts *facts = *state;
    struct fact_totals *totals = facts_totals(facts);
    totals->facts_dropped = 9;
    totals->flows_untold = 1;
    totals->questions_untold = 2;
    totals->streams_dropped = 3;
    totals->certificates_dropped = 4;
    totals->leases_untold = 5;
    totals->resolvers_dropped = 6;
    totals->answers_untold = 7;
    totals->requests_untold = 1;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_no_finding(facts);
    assert_true(has_condition(facts, true, "9 facts found no room in memory"));
    assert_true(has_condition(facts, false, "1 more connection that came to nothing, or of which"));
    assert_true(has_condition(facts, false, "2 more questions to resolvers were only counted"));
    assert_true(has_condition(facts, false, "3 connections were not read to the end"));
    assert_true(has_condition(facts, false, "4 certificates were not kept"));
    assert_true(has_condition(facts, false, "5 DHCP exchanges were not kept"));
    assert_true(has_condition(facts, false, "6 messages of DNS were not added"));
    assert_true(has_condition(facts, false, "7 answers to SYNs were not kept"));
    assert_true(has_condition(facts, false, "1 HTTP request was only counted"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* A database that is kept small says what it lacks. */
static void removed_facts(void **state)
{
    struct facts *facts = *state;
    const struct retention_limits limits = {.keep = 1};
    struct facts_bench bench;
    bool more = true;

    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_bench_begin(facts, &bench);
    struct retention *retention = retention_create(facts->store, &limits, &facts->problem);
    assert_non_null(retention);
    while (more)
        assert_true(
            retention_run(retention, facts_time(0) + HOURS_LATER, 0, &more, &facts->problem));
    retention_release(retention);
    quality_conditions(&bench.builder);
    bool said = false;
    for (size_t i = 0; i < bench.diagnosis.condition_count; i++)
        said |= strstr(bench.diagnosis.conditions[i].sentence, "was removed") != NULL &&
                strstr(bench.diagnosis.conditions[i].sentence, "(1 connection, ") != NULL &&
                !bench.diagnosis.conditions[i].serious;
    assert_true(said);
    facts_bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_sound_capture),
        CASE(removed_facts),
        CASE(only_one_direction),
        CASE(only_the_other_direction),
        CASE(partly_one_direction),
        CASE(packets_that_were_cut),
        CASE(packets_that_came_twice),
        CASE(packets_on_any_interface),
        CASE(packets_on_several_interfaces),
        CASE(packets_on_one_interface),
        CASE(two_sources_with_one_defect),
        CASE(files_that_break_off),
        CASE(files_without_packets),
        CASE(flows_that_were_given_up),
        CASE(runs_that_did_not_end),
        CASE(conditions_have_a_limit),
        CASE(segments_that_are_missing),
        CASE(few_segments_are_missing),
        CASE(one_segment_of_very_many),
        CASE(a_fifth_is_missing),
        CASE(missing_elsewhere),
        CASE(the_kernel_dropped_packets),
        CASE(the_kernel_dropped_packets_by_the_minute),
        CASE(the_kernel_dropped_nothing),
        CASE(the_same_twice),
        CASE(twins_in_two_vlans),
        CASE(before_and_behind_a_nat),
        CASE(some_devices_in_one_direction),
        CASE(what_the_capture_cannot_tell),
        CASE(a_little_of_it),
        CASE(hosts_beyond_the_limit),
        CASE(beyond_other_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
