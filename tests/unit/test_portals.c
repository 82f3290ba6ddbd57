/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which answers to the captive-network check show a portal, and which are Apple's page,
 * or nothing to judge by?
 */
#include "tests/support/facts.h"

#define APPLE "17.253.144.10"
#define PORTAL "10.0.0.1"
#define LOGIN "http://portal.school.example/login"

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

/* A check that got this status and, with 200, another page. */
static struct fact_http *probe(struct facts *facts, const char *client, const char *server,
                               uint16_t status, int64_t at)
{
    struct fact_flow *flow = facts_answered(facts, client, server, 80, at);
    flow->server_name = "captive.apple.com";
    struct fact_http *http = &facts_add(facts, FACT_HTTP)->as.http;
    *http = (struct fact_http){.flow = flow->id,
                               .client = flow->client,
                               .server = flow->server,
                               .purpose = HTTP_CAPTIVE_PROBE,
                               .request_time = facts_time(at + 30),
                               .request_packet = facts_packet(facts),
                               .method = "GET",
                               .host = "captive.apple.com",
                               .path = "/hotspot-detect.html",
                               .answered = true,
                               .answer_time = facts_time(at + 60),
                               .answer_packet = facts_packet(facts),
                               .status = status,
                               .content_length = -1,
                               .body = "<html>login"};
    return http;
}

static void page(struct facts *facts, const char *client, int64_t at)
{
    struct fact_http *http = probe(facts, client, APPLE, 200, at);
    http->probe_success = true;
    http->body = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>";
}

static const struct finding *assert_portal(struct facts *facts, const char *how)
{
    const struct finding *finding = facts_only_finding(facts, "captive-portal", SEVERITY_WARNING);
    assert_string_equal(finding->host, "captive.apple.com");
    assert_int_equal(finding->port, 80);
    assert_int_equal(finding->transport, TRANSPORT_TCP);
    assert_detail(finding, "how", how);
    return finding;
}

static void a_login_page(void **state)
{
    struct facts *facts = *state;
    probe(facts, DEVICE, APPLE, 200, 1000);
    probe(facts, DEVICE, APPLE, 200, 5000);
    const struct finding *finding = assert_portal(facts, "page");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->evidence_count, 4);
    assert_devices(finding, DEVICE);
    assert_culprit(finding, CULPRIT_NETWORK, NULL); /* it answers in Apple's name */
    assert_detail(finding, "at_end", "captive");
    assert_int_equal(facts->diagnosis->verdict, VERDICT_IMPAIRED);
}

static void a_redirect(void **state)
{
    struct facts *facts = *state;
    probe(facts, DEVICE, APPLE, 302, 1000)->location = LOGIN;
    const struct finding *finding = assert_portal(facts, "redirect");
    assert_detail(finding, "location", LOGIN);
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
    assert_non_null(strstr(finding->summary, LOGIN));
}

static void a_redirect_to_an_address(void **state)
{
    struct facts *facts = *state;
    probe(facts, DEVICE, APPLE, 307, 1000)->location = "http://10.0.0.1:8080/login";
    assert_culprit(assert_portal(facts, "redirect"), CULPRIT_SERVER, PORTAL);
}

static void two_portals_are_two_causes(void **state)
{
    struct facts *facts = *state;
    probe(facts, DEVICE, APPLE, 307, 1000)->location = "http://10.0.0.1/login";
    probe(facts, OTHER_DEVICE, APPLE, 307, 1000)->location = "http://10.0.0.9/login";
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "captive-portal"), 2);
}

static void network_authentication_required(void **state)
{
    struct facts *facts = *state;
    probe(facts, DEVICE, APPLE, 511, 1000);
    probe(facts, OTHER_DEVICE, APPLE, 511, 2000);
    const struct finding *finding = assert_portal(facts, "status");
    assert_devices(finding, DEVICE " " OTHER_DEVICE);
}

static void let_in_after_a_while(void **state)
{
    struct facts *facts = *state;
    probe(facts, DEVICE, APPLE, 302, 1000)->location = LOGIN;
    probe(facts, DEVICE, APPLE, 302, 9000)->location = LOGIN;
    page(facts, DEVICE, 60000);
    const struct finding *finding = assert_portal(facts, "redirect");
    assert_detail(finding, "at_end", "let-in");
    assert_int_equal(finding->last_seen, facts_time(9060));
    assert_int_equal(finding->period_count, 1);
    assert_int_equal(finding->periods[0].first, facts_time(1060));
    assert_int_equal(finding->periods[0].last, facts_time(9060));
    assert_true(finding->periods[0].over);
}

static void one_is_let_in_and_one_is_not(void **state)
{
    struct facts *facts = *state;
    probe(facts, DEVICE, APPLE, 302, 1000)->location = LOGIN;
    probe(facts, OTHER_DEVICE, APPLE, 302, 1000)->location = LOGIN;
    page(facts, OTHER_DEVICE, 60000);
    assert_detail(assert_portal(facts, "redirect"), "at_end", "captive");
}

static void an_error_that_stays(void **state)
{
    struct facts *facts = *state;
    page(facts, DEVICE, 500);
    probe(facts, DEVICE, APPLE, 503, 1000);
    assert_int_equal(assert_portal(facts, "status")->confidence, CONFIDENCE_POSSIBLE);
}

static void what_a_proxy_refuses(void **state)
{
    struct facts *facts = *state;
    struct fact_http *http = probe(facts, DEVICE, PROXY, 403, 1000);
    http->server.port = 3128;
    const struct finding *finding = assert_portal(facts, "status");
    assert_culprit(finding, CULPRIT_PROXY, PROXY);
    assert_int_equal(finding->address_count, 0);
}

static void what_is_no_portal(void **state)
{
    struct facts *facts = *state;
    page(facts, DEVICE, 1000);
    probe(facts, DEVICE, APPLE, 503, 2000); /* a bad moment */
    page(facts, DEVICE, 3000);
    probe(facts, DEVICE, APPLE, 200, 4000)->body = NULL; /* not all of it captured */
    probe(facts, DEVICE, APPLE, 301, 5000)->location = "https://captive.apple.com/";
    probe(facts, DEVICE, APPLE, 304, 6000);
    probe(facts, DEVICE, PROXY, 407, 7000);
    probe(facts, DEVICE, APPLE, 0, 8000)->answered = false;
    probe(facts, DEVICE, APPLE, 200, 9000)->purpose = HTTP_OTHER;
    facts_no_finding(facts);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_login_page),
        CASE(a_redirect),
        CASE(a_redirect_to_an_address),
        CASE(two_portals_are_two_causes),
        CASE(network_authentication_required),
        CASE(let_in_after_a_while),
        CASE(one_is_let_in_and_one_is_not),
        CASE(an_error_that_stays),
        CASE(what_a_proxy_refuses),
        CASE(what_is_no_portal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
