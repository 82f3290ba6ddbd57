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
}

/* The port opens, but the device refuses what it is shown. */
static void an_open_port_is_no_success(void **state)
{
    struct facts *facts = *state;
    struct fact_tls *tls = connects(facts, "albert.apple.com", 1000);
    tls->client_refused = true;
    const struct story *story = story_of_the_device(facts);
    assert_non_null(story);
    assert_int_equal(story->steps[STEP_ACTIVATION].state, STORY_TRIED);
    assert_int_equal(story->last_reached, STORY_STEP_COUNT);
    assert_int_equal(story->first_missing, STEP_ACTIVATION);
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
        cmocka_unit_test_setup_teardown(an_open_port_is_no_success, begin, end),
        cmocka_unit_test_setup_teardown(a_device_at_work_has_no_story, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
