/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which answers of time servers are of no use, whose fault is it, and when is it the
 * capture's own clock that is wrong?
 */
#include "tests/support/facts.h"

#define NAME "time-ios.apple.com"
#define SERVER "17.253.14.251"
#define OTHER_SERVER "17.253.16.253"
#define FAR_TTL 52
#define HOUR 3600

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

/* A request and its good answer, 24 ms later; `at` in milliseconds. */
static struct fact_ntp *asked(struct facts *facts, const char *client, const char *server,
                              const char *name, int64_t at)
{
    struct fact_flow *flow = facts_udp_answered(facts, client, server, 123, at);
    flow->resolved_name = name;
    flow->server_ttl = FAR_TTL;
    struct fact_ntp *ntp = &facts_add(facts, FACT_NTP)->as.ntp;
    ntp->flow = flow->id;
    ntp->client = flow->client;
    ntp->server = flow->server;
    ntp->request_time = facts_time(at);
    ntp->request_packet = facts_packet(facts);
    ntp->version = 4;
    ntp->answered = true;
    ntp->answer_time = facts_time(at + 24);
    ntp->answer_packet = facts_packet(facts);
    ntp->stratum = 1;
    memcpy(ntp->reference, "GPSs", 4);
    ntp->server_receive_time = ntp->server_transmit_time = facts_time(at + 12);
    return ntp;
}

static struct fact_ntp *kissed(struct facts *facts, const char *client, const char *server,
                               const char *code, int64_t at)
{
    struct fact_ntp *ntp = asked(facts, client, server, NAME, at);
    ntp->leap = 3;
    ntp->stratum = 0;
    memcpy(ntp->reference, code, 4);
    return ntp;
}

static struct fact_ntp *shifted(struct facts *facts, const char *client, const char *server,
                                int64_t seconds, int64_t at)
{
    struct fact_ntp *ntp = asked(facts, client, server, NAME, at);
    ntp->server_receive_time += seconds * NANOSECONDS_PER_SECOND;
    ntp->server_transmit_time += seconds * NANOSECONDS_PER_SECOND;
    return ntp;
}

/* The answers came from the next hop. */
static void came_from_near(struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->list[i].kind == FACT_FLOW)
            facts->list[i].as.flow.server_ttl = 64;
}

static const struct finding *assert_bad_time(struct facts *facts, const char *how)
{
    const struct finding *finding = facts_only_finding(facts, "ntp-bad-time", SEVERITY_WARNING);
    assert_string_equal(finding->host, NAME);
    assert_int_equal(finding->port, 123);
    assert_int_equal(finding->transport, TRANSPORT_UDP);
    assert_detail(finding, "how", how);
    assert_devices(finding, DEVICE);
    assert_true(finding->evidence_count >= 2);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_IMPAIRED);
    return finding;
}

static void good_time(void **state)
{
    struct facts *facts = *state;
    asked(facts, DEVICE, SERVER, NAME, 1000);
    asked(facts, DEVICE, SERVER, NAME, 5000);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void codes_of_stratum_zero(void **state)
{
    static const struct {
        const char *code;
        const char *how;
    } cases[] = {{"DENY", "kiss-o-death"},     {"RSTR", "kiss-o-death"},
                 {"INIT", "unsynchronised"},   {"STEP", "unsynchronised"},
                 {"\0\0\0", "unsynchronised"}, {"\xff%s\n", "unsynchronised"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        /* The rest of the packet has no meaning then, an hour's offset neither. */
        kissed(facts, DEVICE, SERVER, cases[i].code, 1000)->server_transmit_time +=
            HOUR * NANOSECONDS_PER_SECOND;
        const struct finding *finding = assert_bad_time(facts, cases[i].how);
        assert_culprit(finding, CULPRIT_SERVER, SERVER);
        assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
        assert_int_equal(finding->count, 1);
        if (i < 4)
            assert_detail(finding, "code", cases[i].code);
        else
            assert_int_equal(finding->detail_count, 1);
    }
}

static void leap_and_stratum(void **state)
{
    static const struct {
        uint8_t leap, stratum;
        bool bad;
    } cases[] = {{0, 1, false}, {1, 2, false}, {2, 15, false}, {3, 2, true}, {0, 16, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        struct fact_ntp *ntp = asked(facts, DEVICE, SERVER, NAME, 1000);
        ntp->leap = cases[i].leap;
        ntp->stratum = cases[i].stratum;
        if (cases[i].bad)
            assert_bad_time(facts, "unsynchronised");
        else
            facts_no_finding(facts);
    }
}

static void told_once_to_ask_less(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, SERVER, "RATE", 1000);
    facts_no_finding(facts);
}

static void told_again_to_ask_less(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, SERVER, "RATE", 1000);
    kissed(facts, DEVICE, SERVER, "RATE", 5000);
    const struct finding *finding = assert_bad_time(facts, "kiss-o-death");
    assert_detail(finding, "code", "RATE");
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->first_seen, facts_time(1024));
    assert_int_equal(finding->last_seen, facts_time(5024));
}

/* Its second request was not answered at all. */
static void told_to_ask_less_and_then_nothing(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, SERVER, "RATE", 1000);
    asked(facts, DEVICE, SERVER, NAME, 5000)->answered = false;
    assert_bad_time(facts, "kiss-o-death");
}

static void a_device_that_has_time_all_the_same(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, SERVER, "DENY", 1000);
    kissed(facts, DEVICE, SERVER, "INIT", 2000);
    asked(facts, DEVICE, OTHER_SERVER, NAME, 5000);
    facts_no_finding(facts);
}

/* The same device by its MAC: IPv6 had time. */
static void another_address_of_the_device_has_time(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, "10.0.0.60"), "a4:83:e7:00:00:60");
    facts_give_mac(facts_host(facts, "2001:db8:20::60"), "a4:83:e7:00:00:60");
    kissed(facts, "10.0.0.60", SERVER, "DENY", 1000);
    asked(facts, "2001:db8:20::60", "2620:149:a0c::1e7", NAME, 2000);
    facts_no_finding(facts);
}

static void another_row_is_no_excuse(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, SERVER, "DENY", 1000);
    asked(facts, DEVICE, OTHER_SERVER, "time.apple.com", 5000);
    assert_bad_time(facts, "kiss-o-death");
}

static void only_those_that_are_refused(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, SERVER, "DENY", 1000);
    asked(facts, OTHER_DEVICE, SERVER, NAME, 5000);
    assert_bad_time(facts, "kiss-o-death");
}

static void a_server_that_was_only_starting(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, SERVER, "INIT", 1000);
    asked(facts, OTHER_DEVICE, SERVER, NAME, 5000);
    facts_no_finding(facts);
}

static void what_is_not_apples(void **state)
{
    struct facts *facts = *state;
    asked(facts, DEVICE, "203.0.113.9", "ntp.example.net", 1000)->leap = 3;
    facts_no_finding(facts);
}

static void one_server_an_hour_off(void **state)
{
    static const int64_t offsets[] = {HOUR, -HOUR, 11, -11};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        shifted(facts, DEVICE, SERVER, offsets[i], 1000);
        shifted(facts, DEVICE, SERVER, offsets[i], 5000);
        const struct finding *finding = assert_bad_time(facts, "offset");
        assert_culprit(finding, CULPRIT_SERVER, SERVER);
        assert_int_equal(finding->confidence, CONFIDENCE_POSSIBLE);
        assert_string_equal(finding->details[1].name, "offset_seconds");
        assert_true((int64_t)finding->details[1].number == offsets[i]);
        assert_non_null(strstr(finding->summary, offsets[i] > 0 ? "ahead" : "behind"));
    }
}

static void a_few_seconds_off(void **state)
{
    struct facts *facts = *state;
    shifted(facts, DEVICE, SERVER, 9, 1000);
    shifted(facts, OTHER_DEVICE, SERVER, -9, 1000);
    facts_no_finding(facts);
}

/* An answer that took 30 s one way may look 15 s off. */
static void a_very_slow_way(void **state)
{
    struct facts *facts = *state;
    asked(facts, DEVICE, SERVER, NAME, 1000)->answer_time = facts_time(31012);
    facts_no_finding(facts);
}

static void a_time_that_is_not_said(void **state)
{
    struct facts *facts = *state;
    asked(facts, DEVICE, SERVER, NAME, 1000)->server_transmit_time = TIMESTAMP_NONE;
    facts_no_finding(facts);
}

static void times_at_both_ends(void **state)
{
    struct facts *facts = *state;
    struct fact_ntp *ntp = asked(facts, DEVICE, SERVER, NAME, 1000);
    ntp->server_receive_time = ntp->server_transmit_time = INT64_MAX;
    ntp = asked(facts, OTHER_DEVICE, OTHER_SERVER, NAME, 1000);
    ntp->server_receive_time = ntp->server_transmit_time = INT64_MIN + 1;
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "ntp-bad-time"), 1);
}

/* Two servers do not err alike: the capture's clock does. */
static void servers_that_agree_against_the_capture(void **state)
{
    struct facts *facts = *state;
    shifted(facts, DEVICE, SERVER, HOUR, 1000);
    shifted(facts, OTHER_DEVICE, OTHER_SERVER, HOUR + 1, 5000);
    facts_no_finding(facts);
}

static void servers_that_do_not_agree(void **state)
{
    struct facts *facts = *state;
    shifted(facts, DEVICE, SERVER, HOUR, 1000);
    shifted(facts, DEVICE, OTHER_SERVER, -HOUR, 5000);
    const struct finding *finding = assert_bad_time(facts, "offset");
    assert_culprit(finding, CULPRIT_SERVER, NULL);
    assert_int_equal(finding->address_count, 2);
}

static void the_capture_agrees_with_others(void **state)
{
    struct facts *facts = *state;
    asked(facts, OTHER_DEVICE, OTHER_SERVER, NAME, 1000);
    shifted(facts, DEVICE, SERVER, HOUR, 3000);
    asked(facts, OTHER_DEVICE, OTHER_SERVER, NAME, 5000);
    assert_int_equal(assert_bad_time(facts, "offset")->confidence, CONFIDENCE_LIKELY);
}

/* The capturing machine set its clock meanwhile. */
static void a_clock_that_was_set(void **state)
{
    struct facts *facts = *state;
    shifted(facts, DEVICE, SERVER, HOUR, 1000);
    asked(facts, OTHER_DEVICE, SERVER, NAME, 5000);
    facts_no_finding(facts);
}

static void led_to_a_server_near_by(void **state)
{
    struct facts *facts = *state;
    shifted(facts, DEVICE, SERVER, HOUR, 1000);
    shifted(facts, DEVICE, OTHER_SERVER, HOUR, 5000);
    came_from_near(facts);
    const struct finding *finding = assert_bad_time(facts, "offset");
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
    assert_int_equal(finding->culprit->hops, 1);
    assert_non_null(strstr(finding->explanation, "redirected"));
}

static void led_to_a_good_server_near_by(void **state)
{
    struct facts *facts = *state;
    asked(facts, DEVICE, SERVER, NAME, 1000);
    came_from_near(facts);
    facts_no_finding(facts);
}

/* DNS leads there: the address that answers is the server itself. */
static void a_server_of_the_sites_own(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, "10.0.0.9", "INIT", 1000);
    came_from_near(facts);
    assert_culprit(assert_bad_time(facts, "unsynchronised"), CULPRIT_SERVER, "10.0.0.9");
}

static void one_row_is_one_cause(void **state)
{
    struct facts *facts = *state;
    kissed(facts, DEVICE, SERVER, "INIT", 1000);
    kissed(facts, OTHER_DEVICE, OTHER_SERVER, "INIT", 2000);
    const struct finding *finding = facts_only_finding(facts, "ntp-bad-time", SEVERITY_WARNING);
    assert_devices(finding, DEVICE " " OTHER_DEVICE);
    assert_culprit(finding, CULPRIT_SERVER, NULL);
    assert_int_equal(finding->evidence_count, 4);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(good_time),
        CASE(codes_of_stratum_zero),
        CASE(leap_and_stratum),
        CASE(told_once_to_ask_less),
        CASE(told_again_to_ask_less),
        CASE(told_to_ask_less_and_then_nothing),
        CASE(a_device_that_has_time_all_the_same),
        CASE(another_address_of_the_device_has_time),
        CASE(another_row_is_no_excuse),
        CASE(only_those_that_are_refused),
        CASE(a_server_that_was_only_starting),
        CASE(what_is_not_apples),
        CASE(one_server_an_hour_off),
        CASE(a_few_seconds_off),
        CASE(a_very_slow_way),
        CASE(a_time_that_is_not_said),
        CASE(times_at_both_ends),
        CASE(servers_that_agree_against_the_capture),
        CASE(servers_that_do_not_agree),
        CASE(the_capture_agrees_with_others),
        CASE(a_clock_that_was_set),
        CASE(led_to_a_server_near_by),
        CASE(led_to_a_good_server_near_by),
        CASE(a_server_of_the_sites_own),
        CASE(one_row_is_one_cause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
