/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the verdict, does the order of facts matter, and what does a selection
 * leave?
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

static void assert_verdict(struct facts *facts, enum verdict verdict, const char *sentence)
{
    facts_diagnose(facts);
    assert_string_equal(verdict_word(facts->diagnosis->verdict), verdict_word(verdict));
    assert_string_equal(facts->diagnosis->verdict_sentence, sentence);
}

static void block_push(struct facts *facts, const char *device)
{
    facts_host(facts, device);
    facts_silent(facts, device, COURIER, 5223, 3, 1000)->resolved_name = "4-courier.push.apple.com";
}

static void blocked(void **state)
{
    struct facts *facts = *state;
    block_push(facts, DEVICE);
    assert_verdict(facts, VERDICT_BLOCKED, "1 device cannot use Apple push (APNs) as it must.");
}

static void blocked_for_many(void **state)
{
    struct facts *facts = *state;
    block_push(facts, DEVICE);
    block_push(facts, OTHER_DEVICE);
    assert_verdict(facts, VERDICT_BLOCKED, "2 devices cannot use Apple push (APNs) as they must.");
}

static void impaired(void **state)
{
    struct facts *facts = *state;
    block_push(facts, DEVICE);
    facts_answered(facts, DEVICE, COURIER, 443, 9000)->server_name = "courier.push.apple.com";
    assert_verdict(facts, VERDICT_IMPAIRED,
                   "Something hinders Apple push (APNs) for 1 device, though it stops nothing.");
}

static void healthy(void **state)
{
    struct facts *facts = *state;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    assert_verdict(facts, VERDICT_HEALTHY,
                   "The connections to Apple's services that were seen work; none failed in a way "
                   "that this version can see.");
}

static void notes_leave_it_healthy(void **state)
{
    struct facts *facts = *state;
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_silent(facts, DEVICE, "17.188.1.1", 2195, 3, 0);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->finding_count, 1);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void nothing_of_apples(void **state)
{
    struct facts *facts = *state;
    facts_answered(facts, DEVICE, "203.0.113.5", 443, 0)->server_name = "www.example.net";
    assert_verdict(facts, VERDICT_INCONCLUSIVE,
                   "No connection to Apple's services is in this capture.");
}

static void nothing_answered(void **state)
{
    struct facts *facts = *state;
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 0);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

static void an_empty_store(void **state)
{
    struct facts *facts = *state;
    facts->count = 0;
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
    assert_int_equal(facts->diagnosis->finding_count, 0);
    assert_int_equal(facts->diagnosis->device_count, 0);
    assert_int_equal(facts->diagnosis->source_count, 0);
    assert_int_equal(facts->diagnosis->coverage_count, catalog_count(facts->catalog));
}

/* Every sort of finding at once. */
static void many_faults(struct facts *facts)
{
    block_push(facts, DEVICE);
    block_push(facts, OTHER_DEVICE);
    facts_source(facts)->duplicate_packets = 500;
    facts_resolver(facts, DEVICE, RESOLVER, 20, 18);
    facts_resolver(facts, DEVICE, OTHER_RESOLVER, 20, 0);
    facts_query(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", 1, 2, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "courier.push.apple.com", 1, 3, 2000);
    facts_reply(facts, DEVICE, RESOLVER, "courier.push.apple.com", 28, 2, 2000);
    facts_reply(facts, DEVICE, RESOLVER, "albert.apple.com", 1, 5, 2000);
    facts_reply(facts, DEVICE, RESOLVER, "albert.apple.com", 28, 5, 2000);
    facts_rejected(facts, DEVICE, "17.1.1.1", 443, GATEWAY, 3, 13, 3000)->resolved_name =
        "gs.apple.com";
    facts_rejected(facts, DEVICE, "17.1.1.2", 443, "10.9.9.9", 3, 13, 3000)->resolved_name =
        "gs.apple.com";
    facts_reset(facts, OTHER_DEVICE, "17.1.1.3", 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER,
                63, 4000)
        ->server_name = "gg.apple.com";
    facts_silent(facts, DEVICE, "17.188.1.1", 2195, 3, 5000);
    facts_udp_silent(facts, DEVICE, "17.1.1.5", 443, 4, 6000)->server_name = "probe.icloud.com";
    facts_answered(facts, DEVICE, "17.1.1.5", 443, 7000)->server_name = "probe.icloud.com";
    for (int64_t i = 0; i < 3; i++)
        facts_udp_silent(facts, DEVICE, "17.1.1.9", 123, 1, 8000 + i * 3000)->resolved_name =
            "time.apple.com";
}

static void assert_same_finding(const struct finding *one, const struct finding *two)
{
    assert_string_equal(one->id, two->id);
    assert_string_equal(one->kind, two->kind);
    assert_int_equal(one->severity, two->severity);
    assert_int_equal(one->confidence, two->confidence);
    assert_string_equal(one->summary, two->summary);
    assert_string_equal(one->explanation, two->explanation);
    assert_string_equal(one->remedy, two->remedy);
    assert_int_equal(one->count, two->count);
    assert_int_equal(one->first_seen, two->first_seen);
    assert_int_equal(one->last_seen, two->last_seen);
    assert_int_equal(one->evidence_count, two->evidence_count);
    for (size_t i = 0; i < one->evidence_count; i++) {
        assert_int_equal(one->evidence[i].packet, two->evidence[i].packet);
        assert_string_equal(one->evidence[i].note, two->evidence[i].note);
    }
    assert_int_equal(one->detail_count, two->detail_count);
    for (size_t i = 0; i < one->detail_count; i++)
        assert_detail(two, one->details[i].name, one->details[i].text);
}

static void the_order_of_facts_does_not_matter(void **state)
{
    struct facts *facts = *state;
    many_faults(facts);
    facts_diagnose(facts);
    struct diagnosis *forwards = facts->diagnosis;
    facts->diagnosis = NULL;
    facts_diagnose_in_order(facts, true);
    assert_int_equal(forwards->finding_count, 11);
    assert_int_equal(facts->diagnosis->finding_count, forwards->finding_count);
    for (size_t i = 0; i < forwards->finding_count; i++)
        assert_same_finding(&forwards->findings[i], &facts->diagnosis->findings[i]);
    for (size_t i = 0; i < forwards->coverage_count; i++)
        assert_int_equal(forwards->coverage[i].status, facts->diagnosis->coverage[i].status);
    diagnosis_release(forwards);
}

/* Whatever the finding, somebody has to be able to act on it. */
static void every_finding_speaks(void **state)
{
    struct facts *facts = *state;
    many_faults(facts);
    facts_diagnose(facts);
    for (size_t i = 0; i < facts->diagnosis->finding_count; i++) {
        const struct finding *finding = &facts->diagnosis->findings[i];
        const char *const texts[] = {finding->summary, finding->explanation, finding->remedy};
        for (size_t j = 0; j < 3; j++) {
            assert_true(strlen(texts[j]) > 20);
            assert_null(strstr(texts[j], "(null)"));
            assert_null(strstr(texts[j], "  "));
            assert_null(strstr(texts[j], "1 devices"));
            assert_null(strstr(texts[j], ".."));
            assert_int_equal(texts[j][strlen(texts[j]) - 1], '.');
        }
        assert_true(finding->count > 0);
        assert_true(finding->first_seen <= finding->last_seen);
    }
}

static void sources_without_their_folders(void **state)
{
    struct facts *facts = *state;
    facts_diagnose(facts);
    assert_string_equal(facts->diagnosis->sources[0].name, "site.pcap");
    struct fact_source *second = &facts_add(facts, FACT_SOURCE)->as.source;
    *second = *facts_source(facts);
    second->id = 2;
    second->name = "/elsewhere/site.pcap";
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->source_count, 2);
    assert_string_equal(facts->diagnosis->sources[0].name, "/captures/site.pcap");
    assert_string_equal(facts->diagnosis->sources[1].name, "/elsewhere/site.pcap");
}

static void one_device_alone(void **state)
{
    struct facts *facts = *state;
    struct address other = facts_address(OTHER_DEVICE);
    struct fact_selection selection = {TIMESTAMP_NONE, TIMESTAMP_NONE, &other};
    block_push(facts, DEVICE);
    facts_host(facts, OTHER_DEVICE);
    facts_answered(facts, OTHER_DEVICE, COURIER, 5223, 0);
    facts_store(facts, false);
    struct diagnosis_settings settings = {.catalog = facts->catalog, .selection = &selection};
    facts->diagnosis = diagnose(facts->store, &settings, &facts->problem);
    assert_non_null(facts->diagnosis);
    assert_int_equal(facts->diagnosis->finding_count, 0);
    assert_int_equal(facts->diagnosis->device_count, 1);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void one_time_alone(void **state)
{
    struct facts *facts = *state;
    struct fact_selection selection = {facts_time(100000), TIMESTAMP_NONE, NULL};
    block_push(facts, DEVICE);
    facts_answered(facts, DEVICE, OTHER_COURIER, 5223, 200000);
    facts_store(facts, false);
    struct diagnosis_settings settings = {.catalog = facts->catalog, .selection = &selection};
    facts->diagnosis = diagnose(facts->store, &settings, &facts->problem);
    assert_non_null(facts->diagnosis);
    assert_int_equal(facts->diagnosis->finding_count, 0);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(blocked),
        CASE(blocked_for_many),
        CASE(impaired),
        CASE(healthy),
        CASE(notes_leave_it_healthy),
        CASE(nothing_of_apples),
        CASE(nothing_answered),
        CASE(an_empty_store),
        CASE(the_order_of_facts_does_not_matter),
        CASE(every_finding_speaks),
        CASE(sources_without_their_folders),
        CASE(one_device_alone),
        CASE(one_time_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
