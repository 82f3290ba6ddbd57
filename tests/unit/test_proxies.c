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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
