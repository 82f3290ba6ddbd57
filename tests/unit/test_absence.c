/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silence in a capture that lost packets: how sure is what rests on it?
 */
#include "tests/support/facts.h"

static struct fact_host *device;

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    device = facts_host(&facts, DEVICE);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static void drop(struct facts *facts, size_t times)
{
    for (size_t i = 0; i < times; i++)
        facts_silent(facts, DEVICE, COURIER, 5223, 3, 1000 + (int64_t)i * 20000)->resolved_name =
            "4-courier.push.apple.com";
}

static const struct finding *blocked(struct facts *facts)
{
    return facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
}

static void a_capture_without_losses(void **state)
{
    struct facts *facts = *state;
    drop(facts, 2);
    const struct finding *finding = blocked(facts);
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->detail_count, 1);
    assert_null(finding->doubt);
}

static void a_lossy_capture(void **state)
{
    struct facts *facts = *state;
    drop(facts, 2);
    device->missing_segments = 5; /* beside 100 packets */
    const struct finding *finding = blocked(facts);
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    assert_string_equal(finding->details[1].name, "capture_loss_percent");
    assert_true(finding->details[1].number == 4.8);
    assert_non_null(strstr(finding->explanation, "4.8 %"));
    assert_non_null(strstr(finding->doubt, "the capture lost packets"));
}

/* 5 % of all packets do not take away four answers, one after the other. */
static void so_many_are_not_lost(void **state)
{
    struct facts *facts = *state;
    drop(facts, 4);
    device->missing_segments = 5;
    assert_int_equal(blocked(facts)->confidence, CONFIDENCE_CERTAIN);
}

/* Losses come in bursts: of half the packets nothing is beyond belief. */
static void half_of_it_is_missing(void **state)
{
    struct facts *facts = *state;
    drop(facts, 9);
    device->missing_segments = 100;
    assert_int_equal(blocked(facts)->confidence, CONFIDENCE_LIKELY);
}

/* What is there needs no answer. */
static void a_refusal_is_no_silence(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++)
        facts_refused(facts, DEVICE, COURIER, 5223, 1000 + i * 20000)->resolved_name =
            "4-courier.push.apple.com";
    device->missing_segments = 50;
    assert_int_equal(blocked(facts)->confidence, CONFIDENCE_CERTAIN);
}

/* One device is seen whole: what is blocked for it is blocked. */
static void one_device_is_seen_well(void **state)
{
    struct facts *facts = *state;
    drop(facts, 2);
    device->missing_segments = 50;
    facts_host(facts, OTHER_DEVICE);
    for (int64_t i = 0; i < 2; i++)
        facts_silent(facts, OTHER_DEVICE, COURIER, 5223, 3, 1000 + i * 20000)->resolved_name =
            "4-courier.push.apple.com";
    assert_int_equal(blocked(facts)->confidence, CONFIDENCE_CERTAIN);
}

static void the_kernel_dropped_some(void **state)
{
    struct facts *facts = *state;
    drop(facts, 2);
    struct fact_source *source = facts_source(facts);
    source->dropped_packets = (int64_t)source->packets; /* half of them */
    facts_diagnose(facts);
    for (size_t i = 0; i < facts->diagnosis->finding_count; i++)
        if (strcmp(facts->diagnosis->findings[i].kind, "port-blocked") == 0)
            assert_int_equal(facts->diagnosis->findings[i].confidence, CONFIDENCE_LIKELY);
    assert_int_equal(facts_findings(facts, "port-blocked"), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_capture_without_losses), CASE(a_lossy_capture),
        CASE(so_many_are_not_lost),     CASE(half_of_it_is_missing),
        CASE(a_refusal_is_no_silence),  CASE(one_device_is_seen_well),
        CASE(the_kernel_dropped_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
