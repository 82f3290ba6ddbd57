/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices are led to a PAC file, by what, and what only looks like it?
 */
#include "tests/support/facts.h"

#define WPAD "wpad.school.example"
#define URL "http://wpad.school.example/wpad.dat"

static int begin(void **state)
{
    static struct facts facts;
    facts_begin(&facts);
    facts_host(&facts, DEVICE);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static struct fact_lease *lease(struct facts *facts, const char *url, int64_t at)
{
    struct fact_lease *row = &facts_add(facts, FACT_LEASE)->as.lease;
    *row = (struct fact_lease){.source = LEASE_DHCPV4,
                               .address = facts_address(DEVICE),
                               .server = facts_address(GATEWAY),
                               .autoconfig_url = url,
                               .first_time = facts_time(at),
                               .first_packet = facts_packet(facts),
                               .answered = true,
                               .answer_time = facts_time(at + 10),
                               .answer_packet = facts_packet(facts)};
    return row;
}

static struct fact_http *fetch(struct facts *facts, const char *host, const char *path,
                               uint16_t status, int64_t at)
{
    struct fact_flow *flow = facts_answered(facts, DEVICE, "203.0.113.80", 80, at);
    struct fact_http *http = &facts_add(facts, FACT_HTTP)->as.http;
    *http = (struct fact_http){.flow = flow->id,
                               .client = flow->client,
                               .server = flow->server,
                               .purpose = HTTP_AUTOCONFIG,
                               .request_time = facts_time(at + 30),
                               .request_packet = facts_packet(facts),
                               .method = "GET",
                               .host = host,
                               .path = path,
                               .answered = status != 0,
                               .answer_time = status != 0 ? facts_time(at + 60) : TIMESTAMP_NONE,
                               .answer_packet = status != 0 ? facts_packet(facts) : PACKET_NONE,
                               .status = status,
                               .content_length = -1};
    return http;
}

static const struct finding *assert_autoconfig(struct facts *facts, const char *how)
{
    const struct finding *finding = facts_only_finding(facts, "proxy-autoconfig", SEVERITY_WARNING);
    assert_null(finding->host);
    assert_null(finding->category);
    assert_detail(finding, "how", how);
    assert_devices(finding, DEVICE);
    return finding;
}

static void offered_by_dhcp(void **state)
{
    struct facts *facts = *state;
    lease(facts, URL, 1000);
    const struct finding *finding = assert_autoconfig(facts, "dhcp");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_culprit(finding, CULPRIT_SERVER, GATEWAY);
    assert_detail(finding, "url", URL);
    assert_int_equal(finding->evidence_count, 2);
    assert_string_equal(finding->names[0], WPAD);
}

static void one_host_is_one_cause(void **state)
{
    struct facts *facts = *state;
    lease(facts, URL, 1000);
    facts_resolved(facts, DEVICE, RESOLVER, WPAD, "10.0.0.3", 2000);
    fetch(facts, WPAD, "/wpad.dat", 200, 3000);
    const struct finding *finding = assert_autoconfig(facts, "dhcp");
    assert_detail(finding, "fetch", "answered");
    assert_int_equal(finding->evidence_count, 6);
}

static void fetched(void **state)
{
    struct facts *facts = *state;
    fetch(facts, WPAD, "/wpad.dat", 200, 3000);
    const struct finding *finding = assert_autoconfig(facts, "fetched");
    assert_culprit(finding, CULPRIT_SERVER, "203.0.113.80");
    assert_detail(finding, "url", URL);
}

static void configured_and_unreachable(void **state)
{
    struct facts *facts = *state;
    fetch(facts, "files.school.example", "/proxy.pac", 503, 3000);
    const struct finding *finding = assert_autoconfig(facts, "fetched");
    assert_detail(finding, "fetch", "answer: 503");
}

static void a_name_that_exists(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, WPAD, "10.0.0.3", 2000);
    const struct finding *finding = assert_autoconfig(facts, "wpad-name");
    assert_int_equal(finding->confidence, CONFIDENCE_POSSIBLE);
    assert_culprit(finding, CULPRIT_RESOLVER, RESOLVER);
}

/* Devices look for a file; where nobody promised one, finding none is health. */
static void looked_for_in_vain(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, WPAD, "10.0.0.3", 2000);
    fetch(facts, WPAD, "/wpad.dat", 404, 3000);
    facts_no_finding(facts);
}

static void what_is_no_autoconfiguration(void **state)
{
    struct facts *facts = *state;
    lease(facts, NULL, 1000);
    lease(facts, "\\x0a", 1000); /* "do not look any further" */
    lease(facts, URL, 1000)->answered = false;
    facts_reply(facts, DEVICE, RESOLVER, WPAD, 1, 3, 2000);
    facts_resolved(facts, DEVICE, RESOLVER, WPAD, "0.0.0.0", 2000);
    facts_resolved(facts, DEVICE, RESOLVER, "wpadding.example", "10.0.0.3", 2000);
    fetch(facts, "cdn.example", "/level1.pac", 200, 3000);
    fetch(facts, WPAD, "/wpad.dat", 200, 4000)->content_type = "text/html";
    fetch(facts, "x.example", "/proxy.pac", 200, 5000)->user_agent =
        "WinHttp-Autoproxy-Service/5.1";
    fetch(facts, "x.example", "/proxy.pac", 200, 5000)->purpose = HTTP_OTHER;
    facts_no_finding(facts);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(offered_by_dhcp),
        CASE(one_host_is_one_cause),
        CASE(fetched),
        CASE(configured_and_unreachable),
        CASE(a_name_that_exists),
        CASE(looked_for_in_vain),
        CASE(what_is_no_autoconfiguration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
