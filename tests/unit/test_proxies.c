/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which answers to CONNECT stop a service, and which are how proxies work?
 */
#include "tests/support/facts.h"

#define PLACEHOLDER "courier.push.apple.com"
#define REQUEST_BYTES 170

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

/* CONNECT and the proxy's last answer to it; 0: none. */
static struct fact_flow *tunnel(struct facts *facts, const char *client, const char *name,
                                uint16_t port, uint16_t status, int64_t at)
{
    struct fact_flow *flow = facts_answered(facts, client, PROXY, 3128, at);
    flow->server_name = name;
    flow->tunnel_port = port;
    flow->tunnel_status = status;
    struct fact_event *event = facts_event(facts, flow, EVENT_TUNNEL_REQUEST, facts_time(at + 1));
    event->sequence = UINT32_MAX - 9; /* sequences wrap */
    if (status == 0) {
        flow->outcome = OUTCOME_ANSWERED;
        flow->server_bytes = 0;
        flow->last_time = flow->client_last_time = facts_time(at + 6000);
    } else {
        event = facts_event(facts, flow, EVENT_TUNNEL_ANSWER, facts_time(at + 2));
        event->from = PARTY_SERVER;
        event->sender = flow->server.address;
        event->acknowledgment = REQUEST_BYTES - 10;
    }
    if (status < 200 || status >= 300)
        flow->client_bytes = REQUEST_BYTES;
    return flow;
}

static const struct finding *assert_proxy(struct facts *facts, const char *kind,
                                          enum severity severity, const char *host)
{
    const struct finding *finding = facts_only_finding(facts, kind, severity);
    assert_string_equal(finding->host, host);
    assert_culprit(finding, CULPRIT_PROXY, PROXY);
    assert_devices(finding, DEVICE);
    assert_int_equal(finding->address_count, 0);
    return finding;
}

static double status_of(const struct finding *finding)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, "status") == 0)
            return finding->details[i].number;
    return -1;
}

static void a_refusal(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 403, 1000);
    const struct finding *finding =
        assert_proxy(facts, "proxy-refused", SEVERITY_CRITICAL, "gs.apple.com");
    assert_int_equal(finding->port, 443);
    assert_int_equal((int)status_of(finding), 403);
    assert_int_equal(finding->evidence_count, 2);
    assert_non_null(strstr(finding->summary, "status 403"));
    const struct coverage *row =
        &facts->diagnosis->coverage[facts_row(facts, "gs.apple.com", 443, TRANSPORT_TCP)];
    assert_int_equal(row->attempts, 1);
    assert_int_equal(row->status, COVERAGE_FAILING);
}

static void a_refusal_that_passes(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 403, 1000);
    tunnel(facts, DEVICE, "gs.apple.com", 443, 503, 2000);
    tunnel(facts, DEVICE, "gs.apple.com", 443, 200, 3000);
    facts_no_finding(facts);
}

static void what_worked_before(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 200, 1000);
    tunnel(facts, DEVICE, "gs.apple.com", 443, 403, 3000);
    facts_no_finding(facts);
    tunnel(facts, DEVICE, "gs.apple.com", 443, 403, 9000);
    assert_int_equal(
        assert_proxy(facts, "proxy-refused", SEVERITY_CRITICAL, "gs.apple.com")->confidence,
        CONFIDENCE_LIKELY);
}

static void one_failure_of_the_proxys_own(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 503, 1000);
    facts_no_finding(facts);
    tunnel(facts, DEVICE, "gs.apple.com", 443, 503, 3000);
    assert_proxy(facts, "proxy-refused", SEVERITY_CRITICAL, "gs.apple.com");
}

static void what_is_not_apples(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "www.example.net", 443, 403, 1000);
    tunnel(facts, DEVICE, "mask.icloud.com", 443, 403, 2000);
    facts_no_finding(facts);
}

static void one_port_of_two(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "7-courier.push.apple.com", 5223, 403, 1000);
    tunnel(facts, DEVICE, "9-courier.push.apple.com", 443, 200, 2000);
    const struct finding *finding =
        assert_proxy(facts, "proxy-refused", SEVERITY_WARNING, "*.push.apple.com");
    assert_int_equal(finding->port, 5223);
}

static void past_the_proxy_it_works(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 403, 1000);
    facts_answered(facts, DEVICE, "17.188.22.70", 443, 2000)->server_name = "gs.apple.com";
    assert_proxy(facts, "proxy-refused", SEVERITY_WARNING, "gs.apple.com");
}

static void silence(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 0, 1000);
    facts_no_finding(facts);
    tunnel(facts, DEVICE, "gs.apple.com", 443, 0, 9000);
    const struct finding *finding =
        assert_proxy(facts, "proxy-refused", SEVERITY_CRITICAL, "gs.apple.com");
    assert_detail(finding, "how", "no-answer");
    assert_int_equal((int)status_of(finding), -1);
}

static void silence_that_says_nothing(void **state)
{
    struct facts *facts = *state;
    /* Given up soon; answers that the capture lacks. */
    for (int64_t at = 1000; at < 9000; at += 2000)
        tunnel(facts, DEVICE, "gs.apple.com", 443, 0, at)->last_time = facts_time(at + 900);
    for (int64_t at = 1000; at < 30000; at += 9000)
        tunnel(facts, OTHER_DEVICE, "gs.apple.com", 443, 0, at)->server_bytes = 5000;
    facts_no_finding(facts);
    facts_totals(facts)->client_only_tcp = 80;
    tunnel(facts, DEVICE, "albert.apple.com", 443, 0, 1000);
    tunnel(facts, DEVICE, "albert.apple.com", 443, 0, 9000);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "proxy-refused"), 0);
}

static void authentication_that_never_comes(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "albert.apple.com", 443, 407, 1000);
    facts_no_finding(facts);
    tunnel(facts, DEVICE, "albert.apple.com", 443, 407, 3000);
    assert_proxy(facts, "proxy-authentication", SEVERITY_CRITICAL, "albert.apple.com");
}

static void another_device_has_the_password(void **state)
{
    struct facts *facts = *state;
    for (int64_t at = 1000; at < 9000; at += 2000) {
        tunnel(facts, DEVICE, "albert.apple.com", 443, 407, at);
        tunnel(facts, OTHER_DEVICE, "albert.apple.com", 443, 200, at);
    }
    assert_proxy(facts, "proxy-authentication", SEVERITY_CRITICAL, "albert.apple.com");
}

static void authentication_that_works(void **state)
{
    struct facts *facts = *state;
    for (int64_t at = 1000; at < 7000; at += 2000)
        tunnel(facts, DEVICE, "albert.apple.com", 443, 407, at);
    tunnel(facts, DEVICE, "albert.apple.com", 443, 200, 9000);
    tunnel(facts, DEVICE, "albert.apple.com", 443, 407, 11000);
    facts_no_finding(facts);
}

/* The capture may end between the rounds, or while connections are opened at once. */
static void rounds_of_one_authentication(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "albert.apple.com", 443, 407, 1000);
    struct fact_flow *second = tunnel(facts, DEVICE, "albert.apple.com", 443, 407, 1500);
    second->client_bytes = REQUEST_BYTES + 90;
    facts->list[facts->count - 1].as.event.acknowledgment = REQUEST_BYTES + 80;
    for (int64_t i = 0; i < 4; i++)
        tunnel(facts, OTHER_DEVICE, "albert.apple.com", 443, 407, 1000 + i);
    facts_no_finding(facts);
}

/* The second answer, a 200, is not in the capture; what the client says next is. */
static void a_client_that_goes_on_got_through(void **state)
{
    struct facts *facts = *state;
    for (int64_t at = 1000; at < 9000; at += 2000)
        tunnel(facts, DEVICE, "albert.apple.com", 443, 407, at)->client_bytes = 1200;
    facts_no_finding(facts);
    tunnel(facts, OTHER_DEVICE, "albert.apple.com", 443, 407, 1000);
    tunnel(facts, OTHER_DEVICE, "albert.apple.com", 443, 407, 3000);
    struct fact_flow *unread = tunnel(facts, OTHER_DEVICE, "albert.apple.com", 443, 0, 5000);
    unread->client_bytes = 1200;
    unread->server_bytes = 5000;
    facts_no_finding(facts);
}

static void the_placeholder(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, OTHER_DEVICE, "gs.apple.com", 443, 200, 1000);
    tunnel(facts, DEVICE, PLACEHOLDER, 443, 502, 2000);
    tunnel(facts, DEVICE, PLACEHOLDER, 443, 502, 3000);
    const struct finding *finding =
        assert_proxy(facts, "cname-squashed", SEVERITY_CRITICAL, "*.push.apple.com");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal((int)status_of(finding), 502);
    assert_string_equal(finding->names[0], PLACEHOLDER);
    assert_int_equal(finding->count, 2);
}

static void the_placeholder_while_push_works(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "7-courier.push.apple.com", 443, 200, 1000);
    tunnel(facts, DEVICE, PLACEHOLDER, 443, 500, 2000);
    assert_proxy(facts, "cname-squashed", SEVERITY_WARNING, "*.push.apple.com");
}

static void a_proxy_that_serves_nobody(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, PLACEHOLDER, 443, 503, 2000);
    facts_no_finding(facts);
    tunnel(facts, DEVICE, PLACEHOLDER, 443, 503, 3000);
    assert_proxy(facts, "proxy-refused", SEVERITY_CRITICAL, "*.push.apple.com");
}

static void all_couriers_are_refused(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 200, 1000);
    tunnel(facts, DEVICE, PLACEHOLDER, 443, 403, 2000);
    tunnel(facts, DEVICE, "7-courier.push.apple.com", 443, 403, 3000);
    assert_int_equal(
        assert_proxy(facts, "proxy-refused", SEVERITY_CRITICAL, "*.push.apple.com")->count, 2);
}

static void hosts_that_shun_proxies(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "mesu.apple.com", 443, 200, 1000);
    tunnel(facts, DEVICE, "mesu.apple.com", 443, 200, 5000);
    const struct finding *finding =
        assert_proxy(facts, "proxy-unsupported", SEVERITY_WARNING, "mesu.apple.com");
    assert_int_equal(finding->count, 2);
}

static void hosts_that_work_through_proxies(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "albert.apple.com", 443, 200, 1000);
    tunnel(facts, DEVICE, "7-courier.push.apple.com", 443, 200, 2000);
    tunnel(facts, DEVICE, PLACEHOLDER, 443, 200, 3000);
    facts_answered(facts, DEVICE, "17.188.22.70", 443, 4000)->server_name = "mesu.apple.com";
    facts_no_finding(facts);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* 403 for half an hour, and 200 before and after: a rule with a timetable. */
static void a_refusal_that_comes_and_goes(void **state)
{
    struct facts *facts = *state;
    for (int64_t day = 0; day < 3; day++) {
        int64_t at = day * 86400000;
        tunnel(facts, DEVICE, "gs.apple.com", 443, 200, at);
        for (int64_t i = 1; i <= 3; i++)
            tunnel(facts, DEVICE, "gs.apple.com", 443, 403, at + i * 600000);
        tunnel(facts, DEVICE, "gs.apple.com", 443, 200, at + 3000000);
    }
    const struct finding *finding =
        assert_proxy(facts, "proxy-refused", SEVERITY_WARNING, "gs.apple.com");
    assert_int_equal(finding->count, 9);
    assert_int_equal(finding->period_count, 3);
    assert_int_equal(finding->periods[2].first, facts_time(2 * 86400000 + 600000));
    assert_true(finding->periods[2].over);
    assert_int_equal(finding->ongoing, ONGOING_NO);
}

/* The same with 407, and with silence. */
static void assert_comes_and_goes(struct facts *facts, uint16_t status, const char *kind)
{
    tunnel(facts, DEVICE, "gs.apple.com", 443, 200, 0);
    for (int64_t i = 1; i <= 3; i++)
        tunnel(facts, DEVICE, "gs.apple.com", 443, status, i * 60000);
    tunnel(facts, DEVICE, "gs.apple.com", 443, 200, 300000);
    const struct finding *finding = assert_proxy(facts, kind, SEVERITY_WARNING, "gs.apple.com");
    assert_int_equal(finding->count, 3);
    assert_int_equal(finding->period_count, 1);
    assert_int_equal(finding->periods[0].first, facts_time(60000));
    assert_true(finding->periods[0].over);
    assert_int_equal(finding->ongoing, ONGOING_NO);
}

static void a_407_that_comes_and_goes(void **state)
{
    assert_comes_and_goes(*state, 407, "proxy-authentication");
}

static void silence_that_comes_and_goes(void **state)
{
    assert_comes_and_goes(*state, 0, "proxy-refused");
}

static void errors_that_come_and_go(void **state)
{
    assert_comes_and_goes(*state, 503, "proxy-refused");
}

/* A logon that was right before is right no more. */
static void a_407_from_now_on(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 200, 0);
    for (int64_t i = 1; i <= 3; i++)
        tunnel(facts, DEVICE, "gs.apple.com", 443, 407, i * 600000);
    const struct finding *finding =
        assert_proxy(facts, "proxy-authentication", SEVERITY_CRITICAL, "gs.apple.com");
    assert_int_equal(finding->ongoing, ONGOING_YES);
    assert_false(finding->periods[0].over);
}

/* The twin: what another try overcomes within a minute. */
static void a_proxy_out_of_breath(void **state)
{
    static const uint16_t statuses[] = {0, 407, 503};
    struct facts *facts = *state;
    for (size_t each = 0; each < 3; each++) {
        int64_t at = (int64_t)each * 100000;
        tunnel(facts, DEVICE, "gs.apple.com", 443, 200, at);
        for (int64_t i = 1; i <= 3; i++)
            tunnel(facts, DEVICE, "gs.apple.com", 443, statuses[each], at + i * 10000);
        tunnel(facts, DEVICE, "gs.apple.com", 443, 200, at + 50000);
    }
    facts_no_finding(facts);
}

/* The twin: one refusal between successes. */
static void one_refusal_is_no_timetable(void **state)
{
    struct facts *facts = *state;
    for (int64_t day = 0; day < 3; day++) {
        tunnel(facts, DEVICE, "gs.apple.com", 443, 200, day * 86400000);
        tunnel(facts, DEVICE, "gs.apple.com", 443, 403, day * 86400000 + 60000);
        tunnel(facts, DEVICE, "gs.apple.com", 443, 200, day * 86400000 + 90000);
    }
    facts_no_finding(facts);
}

/* Both sides of the proxy: it was given the CNAME. */
static void the_proxys_own_lookup_proves_it(void **state)
{
    struct facts *facts = *state;
    tunnel(facts, DEVICE, "gs.apple.com", 443, 200, 1000);
    tunnel(facts, DEVICE, PLACEHOLDER, 443, 503, 2000);
    const struct finding *finding =
        assert_proxy(facts, "cname-squashed", SEVERITY_CRITICAL, "*.push.apple.com");
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    struct fact_dns *dns = facts_reply(facts, PROXY, RESOLVER, PLACEHOLDER, 1, 0, 2010);
    facts_record(facts, dns, DNS_ANSWER, PLACEHOLDER, 5, "courier-push-apple.com.akadns.net");
    finding = assert_proxy(facts, "cname-squashed", SEVERITY_CRITICAL, "*.push.apple.com");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_detail(finding, "proof", "upstream-had-it");
    assert_non_null(strstr(finding->explanation, "own question"));
}

/* The proxy says 503 since the firewall drops what it sends: one finding, and not the proxy's. */
static void the_proxys_way_out_is_blocked(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, PROXY);
    for (int64_t at = 1000; at < 9000; at += 3000) {
        facts_silent(facts, PROXY, "17.1.1.1", 443, 3, at + 100)->server_name = "gs.apple.com";
        tunnel(facts, DEVICE, "gs.apple.com", 443, 503, at);
    }
    tunnel(facts, OTHER_DEVICE, "gs.apple.com", 443, 503, 12000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_devices(finding, PROXY " " DEVICE " " OTHER_DEVICE);
    assert_non_null(strstr(finding->summary, "3 devices"));
}

/* apsd goes directly first: what is silent there is a warning where the proxy lets it through. */
static void a_network_with_no_way_but_the_proxy(void **state)
{
    struct facts *facts = *state;
    for (int64_t at = 0; at < 2; at++) {
        facts_silent(facts, DEVICE, COURIER, 5223, 3, at * 20000)->resolved_name =
            "4-courier.push.apple.com";
        facts_silent(facts, DEVICE, COURIER, 443, 3, at * 20000 + 5000)->resolved_name =
            "4-courier.push.apple.com";
        tunnel(facts, DEVICE, "4-courier.push.apple.com", 443, 200, at * 20000 + 9000);
    }
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), 2);
    for (size_t i = 0; i < facts->diagnosis->finding_count; i++)
        assert_int_equal(facts->diagnosis->findings[i].severity, SEVERITY_WARNING);
    assert_non_null(strstr(facts->diagnosis->findings[1].summary, "through a proxy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_refusal),
        CASE(a_refusal_that_passes),
        CASE(what_worked_before),
        CASE(one_failure_of_the_proxys_own),
        CASE(what_is_not_apples),
        CASE(one_port_of_two),
        CASE(past_the_proxy_it_works),
        CASE(silence),
        CASE(silence_that_says_nothing),
        CASE(authentication_that_never_comes),
        CASE(another_device_has_the_password),
        CASE(authentication_that_works),
        CASE(rounds_of_one_authentication),
        CASE(a_client_that_goes_on_got_through),
        CASE(the_placeholder),
        CASE(the_placeholder_while_push_works),
        CASE(a_proxy_that_serves_nobody),
        CASE(all_couriers_are_refused),
        CASE(hosts_that_shun_proxies),
        CASE(hosts_that_work_through_proxies),
        CASE(a_refusal_that_comes_and_goes),
        CASE(a_407_that_comes_and_goes),
        CASE(silence_that_comes_and_goes),
        CASE(errors_that_come_and_go),
        CASE(a_407_from_now_on),
        CASE(a_proxy_out_of_breath),
        CASE(one_refusal_is_no_timetable),
        CASE(the_proxys_own_lookup_proves_it),
        CASE(the_proxys_way_out_is_blocked),
        CASE(a_network_with_no_way_but_the_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
