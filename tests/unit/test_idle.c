/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a timer found that cuts quiet push connections, and is none made up where
 * connections end as they may?
 */
#include "tests/support/facts.h"

#define SECONDS(count) ((int64_t)(count)*1000) /* the facts count in milliseconds */
#define QUIET(count) ((int64_t)(count)*NANOSECONDS_PER_SECOND)

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    facts_host(&facts, DEVICE);
    facts_host(&facts, OTHER_DEVICE);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

/* A connection to a courier that opened at this second and last worked at that one. */
static struct fact_apns *life(struct facts *facts, const char *device, uint16_t port,
                              int64_t opened, int64_t last_exchange, int64_t survived)
{
    struct fact_flow *flow = facts_answered(facts, device, COURIER, port, SECONDS(opened));
    flow->server_name = "courier.push.apple.com";
    struct fact_apns *apns = &facts_add(facts, FACT_APNS)->as.apns;
    *apns = (struct fact_apns){.flow = flow->id,
                               .client = flow->client,
                               .server = flow->server,
                               .role = APNS_DEVICE,
                               .sign = APNS_BY_NAME,
                               .first_time = facts_time(SECONDS(opened)),
                               .opened_time = facts_time(SECONDS(opened)),
                               .last_exchange_time = facts_time(SECONDS(last_exchange)),
                               .keep_alive_interval = DIFFERENCE_NONE,
                               .keep_alive_shortest = DIFFERENCE_NONE,
                               .keep_alive_longest = DIFFERENCE_NONE,
                               .idle_survived = QUIET(survived),
                               .idle_at_end = DIFFERENCE_NONE,
                               .end = APNS_OPEN,
                               .end_time = TIMESTAMP_NONE};
    return apns;
}

/* One that ends like this at a second, after a quiet. */
static struct fact_apns *death(struct facts *facts, const char *device, enum apns_end end,
                               int64_t at, int64_t quiet)
{
    struct fact_apns *apns = life(facts, device, 5223, at - quiet - 1, at - quiet, 0);
    apns->end = end;
    apns->idle_at_end = QUIET(quiet);
    apns->end_time = facts_time(SECONDS(at));
    apns->end_packet = facts_packet(facts);
    return apns;
}

static void assert_number(const struct finding *finding, size_t index, const char *name,
                          double number)
{
    assert_string_equal(finding->details[index].name, name);
    assert_true(finding->details[index].number == number);
}

static void a_timer_is_found(void **state)
{
    struct facts *facts = *state;
    life(facts, DEVICE, 5223, 0, 5000, 280);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 1000, 305);
    death(facts, OTHER_DEVICE, APNS_UNANSWERED, 2000, 420);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 3000, 310);
    const struct finding *finding = facts_only_finding(facts, "idle-timeout", SEVERITY_WARNING);
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_int_equal(finding->port, 5223);
    assert_int_equal(finding->count, 3);
    assert_int_equal(finding->device_count, 2);
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    assert_number(finding, 0, "idle_seconds", 300); /* the customary value between the two */
    assert_number(finding, 1, "idle_seconds_min", 280);
    assert_number(finding, 2, "idle_seconds_max", 305);
    assert_culprit(finding, CULPRIT_FIREWALL, NULL);
    assert_int_equal(finding->evidence_count, 3);
    assert_string_equal(finding->evidence[0].note, "RST after 305.0 s of quiet");
    assert_int_equal(finding->first_seen, facts_time(SECONDS(1000)));
    assert_int_equal(finding->last_seen, facts_time(SECONDS(3000)));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_IMPAIRED);
}

/* No customary value lies between, or several do. */
static void the_middle_is_taken(void **state)
{
    struct facts *facts = *state;
    life(facts, DEVICE, 5223, 0, 5000, 40);
    death(facts, DEVICE, APNS_UNANSWERED, 1000, 50);
    death(facts, DEVICE, APNS_UNANSWERED, 2000, 50);
    const struct finding *finding = facts_only_finding(facts, "idle-timeout", SEVERITY_WARNING);
    assert_number(finding, 0, "idle_seconds", 45);
    assert_int_equal(finding->confidence, CONFIDENCE_POSSIBLE);
}

static void one_death_is_none(void **state)
{
    struct facts *facts = *state;
    life(facts, DEVICE, 5223, 0, 5000, 280);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 1000, 305);
    facts_no_finding(facts);
}

/* Somebody was quiet for longer and lived: there is no such timer. */
static void longer_quiets_were_survived(void **state)
{
    struct facts *facts = *state;
    life(facts, OTHER_DEVICE, 5223, 0, 5000, 320);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 1000, 305);
    death(facts, DEVICE, APNS_UNANSWERED, 2000, 310);
    death(facts, DEVICE, APNS_UNANSWERED, 3000, 400);
    facts_no_finding(facts);
}

/* Nothing was survived at all: perhaps nothing works, quiet or not. */
static void no_quiet_was_survived(void **state)
{
    struct facts *facts = *state;
    life(facts, DEVICE, 5223, 0, 5000, 0);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 1000, 305);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 2000, 305);
    facts_no_finding(facts);
}

static void ends_that_are_nobodys_fault(void **state)
{
    static const enum apns_end ends[] = {APNS_OPEN, APNS_CLOSED_BY_CLIENT, APNS_CLOSED_BY_SERVER,
                                         APNS_RESET_BY_CLIENT};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        life(facts, DEVICE, 5223, 0, 5000, 280);
        death(facts, DEVICE, ends[i], 1000, 305);
        death(facts, DEVICE, ends[i], 2000, 305);
        facts_no_finding(facts);
    }
}

/* An hour is what Apple asks for; servers end what was quiet for a night by themselves. */
static void long_quiets_are_no_fault(void **state)
{
    struct facts *facts = *state;
    life(facts, DEVICE, 5223, 0, 9000, 3600);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 5000, 4000);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 10000, 4000);
    facts_no_finding(facts);
    facts_end(facts);
    begin(state);
    life(facts, DEVICE, 5223, 0, 90000, 900);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 30000, 28800);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 80000, 28800);
    facts_no_finding(facts);
}

/* A server or a firewall that starts anew takes all with it. */
static void all_end_at_one_moment(void **state)
{
    struct facts *facts = *state;
    life(facts, DEVICE, 5223, 0, 1500, 280);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 2000, 305);
    death(facts, OTHER_DEVICE, APNS_RESET_BY_SERVER, 2030, 600);
    facts_no_finding(facts);
    facts_end(facts);
    begin(state);
    /* Where one that was open before lives on, it was not that. */
    life(facts, DEVICE, 5223, 0, 2500, 280);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 2000, 305);
    death(facts, OTHER_DEVICE, APNS_RESET_BY_SERVER, 2030, 600);
    facts_only_finding(facts, "idle-timeout", SEVERITY_WARNING);
}

/* Ports may have timers of their own; providers' connections are another matter. */
static void ports_are_kept_apart(void **state)
{
    struct facts *facts = *state;
    life(facts, DEVICE, 443, 0, 5000, 900);
    life(facts, DEVICE, 5223, 0, 5000, 280);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 1000, 305);
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 2000, 305);
    facts_only_finding(facts, "idle-timeout", SEVERITY_WARNING);
    facts_end(facts);
    begin(state);
    life(facts, DEVICE, 5223, 0, 5000, 280)->role = APNS_PROVIDER;
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 1000, 305)->role = APNS_PROVIDER;
    death(facts, DEVICE, APNS_RESET_BY_SERVER, 2000, 305)->role = APNS_PROVIDER;
    facts_no_finding(facts);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_timer_is_found),         TEST(the_middle_is_taken),
        TEST(one_death_is_none),        TEST(longer_quiets_were_survived),
        TEST(no_quiet_was_survived),    TEST(ends_that_are_nobodys_fault),
        TEST(all_end_at_one_moment),    TEST(ports_are_kept_apart),
        TEST(long_quiets_are_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
