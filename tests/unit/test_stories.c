/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a device's activation told as it went: what it reached, what it tried in vain?
 */
#include "diagnosis/stories.h"
#include "tests/support/facts.h"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    facts_give_mac(facts_host(&facts, DEVICE), "a4:83:e7:00:00:01");
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static struct fact_tls *connects(struct facts *facts, const char *name, int64_t at)
{
    struct fact_flow *flow = facts_answered(facts, DEVICE, "17.171.47.86", 443, at);
    flow->server_name = name;
    struct fact_tls *tls = facts_tls(facts, flow, PARTY_NONE, 0);
    tls->server_hello_time = tls->client_hello_time + FACTS_MILLISECOND;
    return tls;
}

static const struct story *story_of_the_device(struct facts *facts)
{
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 1);
    return facts->diagnosis->devices[0].story;
}

static void activation_that_ends_at_push(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 9, 9)->no_errors = 9;
    connects(facts, "albert.apple.com", 1000)->handshake_complete = true;
    connects(facts, "humb.apple.com", 2000)->handshake_complete = true;
    struct fact_flow *push = facts_silent(facts, DEVICE, COURIER, 5223, 3, 3000);
    push->resolved_name = "4-courier.push.apple.com";
    struct fact_apns *apns = &facts_add(facts, FACT_APNS)->as.apns;
    apns->flow = push->id;
    apns->client = push->client;
    apns->server = push->server;
    apns->first_time = push->first_time;
    apns->opened_time = apns->last_exchange_time = TIMESTAMP_NONE;
    apns->end = APNS_NEVER_OPENED;
    const struct story *story = story_of_the_device(facts);
    assert_non_null(story);
    assert_int_equal(story->steps[STEP_NAMES].state, STORY_REACHED);
    assert_int_equal(story->steps[STEP_ACTIVATION].state, STORY_REACHED);
    assert_int_equal(story->steps[STEP_ACTIVATION].tried_time, facts_time(1000));
    assert_int_equal(story->steps[STEP_PUSH].state, STORY_TRIED);
    assert_int_equal(story->steps[STEP_STORE].state, STORY_UNSEEN);
    assert_int_equal(story->last_reached, STEP_ATTESTATION);
    assert_int_equal(story->first_missing, STEP_PUSH);
    assert_int_equal(story->steps[STEP_PUSH].finding_count, 1);
    assert_string_equal(story->steps[STEP_PUSH].findings[0], "F1");
    const struct push_story *by = facts->diagnosis->devices[0].push;
    assert_int_equal(by->ways[PUSH_BY_5223].state, STORY_TRIED);
    assert_int_equal(by->connected_by, PUSH_WAY_COUNT);
    assert_false(by->fell_back);
}

static void push_falls_back_to_443(void **state)
{
    struct facts *facts = *state;
    for (size_t i = 0; i < 2; i++) {
        uint16_t port = i == 0 ? 5223 : 443;
        struct fact_flow *push = i == 0 ? facts_silent(facts, DEVICE, COURIER, port, 3, 1000)
                                        : facts_answered(facts, DEVICE, COURIER, port, 5000);
        push->resolved_name = "4-courier.push.apple.com";
        struct fact_apns *apns = &facts_add(facts, FACT_APNS)->as.apns;
        apns->flow = push->id;
        apns->client = push->client;
        apns->server = push->server;
        apns->first_time = push->first_time;
        apns->opened_time = i == 0 ? TIMESTAMP_NONE : facts_time(5200);
        apns->last_exchange_time = apns->opened_time;
        apns->end = i == 0 ? APNS_NEVER_OPENED : APNS_OPEN;
    }
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_non_null(strstr(finding->summary, "afterwards push connected on port 443"));
    const struct push_story *by = facts->diagnosis->devices[0].push;
    assert_non_null(by);
    assert_int_equal(by->connected_by, PUSH_BY_443);
    assert_true(by->fell_back);
    assert_int_equal(by->ways[PUSH_BY_5223].tried_time, facts_time(1000));
}

/* The port opens, but the device refuses what it is shown, again and again. */
static void an_open_port_is_no_success(void **state)
{
    struct facts *facts = *state;
    for (int64_t at = 1000; at < 9000; at += 4000) {
        struct fact_tls *tls = connects(facts, "albert.apple.com", at);
        tls->alert_from = PARTY_CLIENT;
        tls->alert = 48; /* unknown_ca */
        tls->alert_time = facts_time(at + 60);
        tls->alert_packet = facts_packet(facts);
        tls->server_version = 0x0304;
        tls->client_refused = true;
    }
    const struct story *story = story_of_the_device(facts);
    assert_non_null(story);
    assert_int_equal(story->steps[STEP_ACTIVATION].state, STORY_TRIED);
    assert_int_equal(story->last_reached, STORY_STEP_COUNT);
    assert_int_equal(story->first_missing, STEP_ACTIVATION);
    assert_string_equal(story->steps[STEP_ACTIVATION].findings[0], "F1");
}

/* A connection whose end the capture does not have: nothing is known to be missing. */
static void what_no_finding_explains_is_not_missing(void **state)
{
    struct facts *facts = *state;
    connects(facts, "albert.apple.com", 1000);
    const struct story *story = story_of_the_device(facts);
    assert_non_null(story);
    assert_int_equal(story->steps[STEP_ACTIVATION].state, STORY_TRIED);
    assert_int_equal(story->first_missing, STORY_STEP_COUNT);
}

/* Who gets no address for a name does not come to connect. */
static void a_name_that_does_not_resolve_is_a_step_that_was_tried(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 20, 20)->no_errors = 18;
    facts_reply(facts, DEVICE, RESOLVER, "albert.apple.com", 1, 3, 1000);
    const struct story *story = story_of_the_device(facts);
    assert_non_null(story);
    assert_int_equal(story->first_missing, STEP_ACTIVATION);
    assert_int_equal(story->steps[STEP_ACTIVATION].tried_time, facts_time(1000));
}

static void quic_is_a_way_as_well(void **state)
{
    struct facts *facts = *state;
    connects(facts, "albert.apple.com", 1000)->handshake_complete = true;
    struct fact_flow *flow = facts_udp_answered(facts, DEVICE, "17.253.1.1", 443, 2000);
    flow->server_name = "gdmf.apple.com";
    flow->client_packets = flow->server_packets = 12;
    const struct story *story = story_of_the_device(facts);
    assert_int_equal(story->steps[STEP_UPDATES].state, STORY_REACHED);
}

static void a_device_at_work_has_no_story(void **state)
{
    struct facts *facts = *state;
    connects(facts, "gdmf.apple.com", 1000)->handshake_complete = true;
    assert_null(story_of_the_device(facts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(activation_that_ends_at_push, begin, end),
        cmocka_unit_test_setup_teardown(push_falls_back_to_443, begin, end),
        cmocka_unit_test_setup_teardown(an_open_port_is_no_success, begin, end),
        cmocka_unit_test_setup_teardown(what_no_finding_explains_is_not_missing, begin, end),
        cmocka_unit_test_setup_teardown(a_name_that_does_not_resolve_is_a_step_that_was_tried,
                                        begin, end),
        cmocka_unit_test_setup_teardown(quic_is_a_way_as_well, begin, end),
        cmocka_unit_test_setup_teardown(a_device_at_work_has_no_story, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
