/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/http.c match requests with their answers, tell those that matter, and
 * hand tunnels on?  Requests as Apple's clients and curl write them.
 */
#include "dissectors/http_early.h"
#include "flows/fact_limits.h"
#include "tests/support/dissection.h"

#define TEXT(text) bytes_of(text, sizeof(text) - 1)
#define ASK_COURIER "CONNECT 7-courier.push.apple.com:5223 HTTP/1.1\r\nHost: x\r\n\r\n"
#define ESTABLISHED "HTTP/1.1 200 Connection established\r\n\r\n"
#define AUTHENTICATE "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nhello"

static int begin(void **state)
{
    struct dissection *dissection = malloc(sizeof *dissection);
    assert_non_null(dissection);
    dissection_begin(dissection, &dissector_http, 3128);
    *state = dissection;
    return 0;
}

static int end(void **state)
{
    dissection_end(*state);
    free(*state);
    return 0;
}

static enum dissector_answer say(struct dissection *dissection, int side, const char *text)
{
    return dissection_segment(dissection, side, 1, bytes_of(text, strlen(text)));
}

static void test_claims(void **state)
{
    struct dissection *dissection = *state;
    assert_true(dissector_http.claims(&dissection->flow, TEXT(ASK_COURIER)));
    assert_true(dissector_http.claims(&dissection->flow, TEXT("GET / HTTP/1.1\r\n\r\n")));
    assert_false(dissector_http.claims(&dissection->flow, TEXT("PRI * HTTP/2.0\r\n\r\n")));
    assert_true(dissector_http.claims(&dissection->flow, TEXT("HTTP/1.1 200 OK\r\n\r\n")));
    assert_false(dissector_http.claims(&dissection->flow, TEXT("SSH-2.0-OpenSSH")));
    for (size_t length = 0; length < 8; length++)
        assert_int_equal(dissector_http.claims(&dissection->flow, bytes_of("CONNECT ", length)),
                         length >= 6);
}

static const struct fact_http *told(const struct dissection *dissection, size_t index)
{
    for (size_t i = 0; i < dissection->fact_count; i++)
        if (dissection->facts[i].kind == FACT_HTTP && index-- == 0)
            return &dissection->facts[i].as.http;
    fail_msg("no such fact");
    return NULL;
}

static void test_tunnel(void **state)
{
    struct dissection *dissection = *state;
    assert_int_equal(say(dissection, SIDE_CLIENT, ASK_COURIER), DISSECTOR_MORE);
    assert_string_equal(dissection->detail.server_name, "7-courier.push.apple.com");
    assert_int_equal(dissection->detail.tunnel_port, 5223);
    assert_int_equal(dissection->detail.tunnel_status, 0);
    assert_true(dissection->flow.of_interest);
    assert_int_equal(say(dissection, SIDE_SERVER, ESTABLISHED "rest"), DISSECTOR_HAND_OVER);
    assert_int_equal(dissection->detail.tunnel_status, 200);
    assert_int_equal(dissection->unread[SIDE_SERVER].length, 4);
}

/* The name inside the tunnel does not replace the one that was asked for. */
static void test_server_name_inside(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, ASK_COURIER);
    say(dissection, SIDE_SERVER, ESTABLISHED);
    observation_name_flow(&dissection->observation, &dissection->flow, "courier.push.apple.com");
    assert_string_equal(dissection->detail.server_name, "7-courier.push.apple.com");
}

static void test_authentication_that_succeeds(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, ASK_COURIER);
    assert_int_equal(say(dissection, SIDE_SERVER, AUTHENTICATE), DISSECTOR_MORE);
    assert_int_equal(dissection->detail.tunnel_status, 407);
    assert_int_equal(say(dissection, SIDE_CLIENT, ASK_COURIER), DISSECTOR_MORE);
    assert_int_equal(say(dissection, SIDE_SERVER, ESTABLISHED), DISSECTOR_HAND_OVER);
    assert_int_equal(dissection->detail.tunnel_status, 200);
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 2);
    const struct fact_http *first = told(dissection, 0);
    assert_int_equal(first->purpose, HTTP_CONNECT);
    assert_string_equal(first->method, "CONNECT");
    assert_string_equal(first->host, "7-courier.push.apple.com");
    assert_int_equal(first->port, 5223);
    assert_null(first->path);
    assert_true(first->answered);
    assert_int_equal(first->status, 407);
    assert_int_equal(told(dissection, 1)->status, 200);
}

/* NTLM: three rounds on one connection (RFC 4559 says why that binds them). */
static void test_credentials_and_schemes(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT,
        "CONNECT gs.apple.com:443 HTTP/1.1\r\nUser-Agent: apsd/1.0\r\n\r\n");
    say(dissection, SIDE_SERVER,
        "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
        "Content-Length: 0\r\n\r\n");
    say(dissection, SIDE_CLIENT,
        "CONNECT gs.apple.com:443 HTTP/1.1\r\nProxy-Authorization: NTLM TlRMTVNT\r\n\r\n");
    say(dissection, SIDE_SERVER,
        "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM TlRMTVNTUAACAAAA\r\n"
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    say(dissection, SIDE_CLIENT,
        "CONNECT gs.apple.com:443 HTTP/1.1\r\nProxy-Authorization: NTLM TlRMTVNU\r\n\r\n");
    assert_int_equal(say(dissection, SIDE_SERVER, ESTABLISHED), DISSECTOR_HAND_OVER);
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 3);
    assert_string_equal(told(dissection, 0)->authenticate, "NTLM,Basic");
    assert_string_equal(told(dissection, 0)->user_agent, "apsd/1.0");
    assert_false(told(dissection, 0)->proxy_credentials);
    assert_string_equal(told(dissection, 1)->authenticate, "NTLM");
    assert_true(told(dissection, 1)->proxy_credentials);
    assert_null(told(dissection, 2)->authenticate);
}

/* A ClientHello that the capture shows before the proxy's answer waits for it. */
static void test_early_hello(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, ASK_COURIER);
    assert_int_equal(say(dissection, SIDE_CLIENT, "\x16\x03\x01"), DISSECTOR_MORE);
    assert_int_equal(dissection->unread[SIDE_CLIENT].length, 3);
    assert_int_equal(say(dissection, SIDE_SERVER, ESTABLISHED), DISSECTOR_HAND_OVER);
}

static void test_unanswered(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, ASK_COURIER);
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 0);
    dissection_finish(dissection);
    const struct fact_http *fact = told(dissection, 0);
    assert_false(fact->answered);
    assert_int_equal(fact->status, 0);
    assert_int_equal(fact->answer_time, TIMESTAMP_NONE);
    assert_int_equal(fact->request_packet, packet_identity(1, 1));
}

#define PAGE "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
#define PROBE                                                                                      \
    "GET /hotspot-detect.html HTTP/1.0\r\nHost: captive.apple.com\r\n"                             \
    "User-Agent: CaptiveNetworkSupport-355.30.1 wispr\r\n\r\n"

/* Answers a probe in segments of every size; the flow's end tells what is open. */
static void assert_probe(void **state, const char *answer, uint16_t status, bool success,
                         const char *body)
{
    for (size_t step = 1; step <= strlen(answer); step += step < 8 ? 1 : 7) {
        struct dissection *dissection = *state;
        say(dissection, SIDE_CLIENT, PROBE);
        for (size_t at = 0; at < strlen(answer); at += step) {
            size_t size = strlen(answer) - at < step ? strlen(answer) - at : step;
            dissection_segment(dissection, SIDE_SERVER, 2 + at, bytes_of(answer + at, size));
        }
        dissection_finish(dissection);
        assert_int_equal(dissection_count(dissection, FACT_HTTP), 1);
        const struct fact_http *fact = told(dissection, 0);
        assert_int_equal(fact->purpose, HTTP_CAPTIVE_PROBE);
        assert_string_equal(fact->host, "captive.apple.com");
        assert_string_equal(fact->path, "/hotspot-detect.html");
        assert_string_equal(fact->user_agent, "CaptiveNetworkSupport-355.30.1 wispr");
        assert_int_equal(fact->status, status);
        assert_int_equal(fact->probe_success, success);
        if (body == NULL)
            assert_null(fact->body);
        else
            assert_string_equal(fact->body, body);
        assert_true(dissection->flow.of_interest);
        assert_string_equal(dissection->detail.server_name, "captive.apple.com");
        end(state);
        begin(state);
    }
}

static void test_probe_success(void **state)
{
    assert_probe(state, "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n" PAGE, 200, true, PAGE);
    assert_probe(state, "HTTP/1.1 200 OK\r\nContent-Length: 69\r\n\r\n" PAGE "\n", 200, true,
                 PAGE " ");
    assert_probe(state, "HTTP/1.0 200 OK\nX-Cache: a\nVia: 1.1 b\n\n" PAGE, 200, true, PAGE);
    assert_probe(state,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "20\r\n<HTML><HEAD><TITLE>Success</TITL\r\n"
                 "24\r\nE></HEAD><BODY>Success</BODY></HTML>\r\n0\r\n\r\n",
                 200, true, PAGE);
    assert_probe(state,
                 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n" PAGE,
                 200, true, PAGE);
}

static void test_probe_gets_something_else(void **state)
{
    assert_probe(state, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<html>login\n", 200, false,
                 "<html>login ");
    assert_probe(state, "HTTP/1.0 200 OK\r\n\r\n<html>login\x1b[2J", 200, false,
                 "<html>login\\x1b[2J");
    assert_probe(state, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, false, "");
    assert_probe(state, "HTTP/1.1 302 Found\r\nContent-Length: 68\r\n\r\n" PAGE, 302, false, PAGE);
    assert_probe(state, "HTTP/1.1 204 No Content\r\n\r\n", 204, false, NULL);
    /* Bytes are missing, or cannot be read: nothing is decided. */
    assert_probe(state, "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n<HTML><HEAD>", 200, false,
                 NULL);
    assert_probe(state, "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n", 200, false, NULL);
    assert_probe(
        state, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
        200, false, NULL);
}

static void test_a_long_page(void **state)
{
    struct dissection *dissection = *state;
    char text[2048] = "HTTP/1.1 302 Found\r\nLocation: http://portal.example/?a=b\r\n"
                      "Server: lighttpd\r\nContent-Type: text/html\r\n\r\n";
    memset(text + strlen(text), 'x', 1000);
    say(dissection, SIDE_CLIENT, PROBE);
    say(dissection, SIDE_SERVER, text);
    const struct fact_http *fact = told(dissection, 0);
    assert_int_equal(strlen(fact->body), 256);
    assert_string_equal(fact->location, "http://portal.example/?a=b");
    assert_string_equal(fact->software, "lighttpd");
    assert_string_equal(fact->content_type, "text/html");
    assert_int_equal(fact->content_length, -1);
}

static void test_pipelined_requests(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT,
        "GET /a HTTP/1.1\r\nHost: static.ess.apple.com\r\n\r\n"
        "HEAD /b HTTP/1.1\r\nHost: static.ess.apple.com\r\n\r\n"
        "POST /c HTTP/1.1\r\nHost: static.ess.apple.com\r\nContent-Length: 4\r\n\r\nGET "
        "GET /d HTTP/1.1\r\nHost: static.ess.apple.com\r\n\r\n");
    say(dissection, SIDE_SERVER,
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
        "HTTP/1.1 201 OK\r\nContent-Length: 3\r\n\r\n"
        "HTTP/1.1 304 No\r\nContent-Length: 3\r\n\r\n"
        "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nabc");
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 4);
    static const uint16_t statuses[] = {200, 201, 304, 404};
    static const char *const paths[] = {"/a", "/b", "/c", "/d"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(told(dissection, i)->path, paths[i]);
        assert_int_equal(told(dissection, i)->status, statuses[i]);
        assert_int_equal(told(dissection, i)->purpose, HTTP_OTHER);
    }
}

static void test_what_nobody_cares_for(void **state)
{
    struct dissection *dissection = *state;
    assert_int_equal(say(dissection, SIDE_CLIENT, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"),
                     DISSECTOR_DONE);
    assert_false(dissection->flow.of_interest);
    assert_false(dissection->flow.noted);
    dissection_finish(dissection);
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 0);
}

static void test_a_download_ends_the_reading(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, "GET /x.ipsw HTTP/1.1\r\nHost: updates.cdn-apple.com\r\n\r\n");
    assert_int_equal(
        say(dissection, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n"),
        DISSECTOR_DONE);
    assert_int_equal(told(dissection, 0)->content_length, 2000000000);
}

static void test_asked_of_a_proxy(void **state)
{
    struct dissection *dissection = *state;
    assert_int_equal(say(dissection, SIDE_CLIENT,
                         "GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n"),
                     DISSECTOR_MORE);
    say(dissection, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    say(dissection, SIDE_CLIENT,
        "GET http://mesu.apple.com/assets/a.xml?q HTTP/1.1\r\nHost: ignored\r\n\r\n");
    say(dissection, SIDE_SERVER,
        "HTTP/1.1 403 Forbidden\r\nVia: 1.1 proxy\r\nContent-Length: 3\r\n\r\nabc");
    say(dissection, SIDE_CLIENT, "GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n");
    say(dissection, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 1);
    const struct fact_http *fact = told(dissection, 0);
    assert_int_equal(fact->purpose, HTTP_FORWARD);
    assert_string_equal(fact->host, "mesu.apple.com");
    assert_string_equal(fact->path, "/assets/a.xml");
    assert_string_equal(fact->via, "1.1 proxy");
    assert_int_equal(fact->status, 403);
    assert_true(dissection->flow.of_interest);
    assert_string_equal(dissection->detail.server_name, "mesu.apple.com");
}

static void test_pac_files(void **state)
{
    static const char *const requests[] = {
        "GET /wpad.dat HTTP/1.1\r\nHost: wpad.school.example\r\n\r\n",
        "GET /x/proxy.pac?a=b HTTP/1.1\r\nHost: 10.0.0.1:8080\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: wpad\r\n\r\n",
        "GET /proxyconfig HTTP/1.1\r\nHost: x.example\r\n\r\n"};
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct dissection *dissection = *state;
        assert_int_equal(say(dissection, SIDE_CLIENT, requests[i]), DISSECTOR_MORE);
        say(dissection, SIDE_SERVER,
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ns-proxy-autoconfig\r\n"
            "Content-Length: 1\r\n\r\nx");
        assert_int_equal(told(dissection, 0)->purpose, HTTP_AUTOCONFIG);
        assert_true(dissection->flow.noted);
        assert_false(dissection->flow.of_interest);
        end(state);
        begin(state);
    }
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, requests[3]);
    assert_int_equal(
        say(dissection, SIDE_SERVER,
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx"),
        DISSECTOR_DONE);
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 0);
    assert_false(dissection->flow.noted);
}

static void test_certificate_checks(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT,
        "GET /ocsp03-wwdr04/ME4wTKADAgEAMEUwQzBBMAkGBSsOAwIaBQAEFADrDMz0 HTTP/1.1\r\n"
        "Host: ocsp.apple.com\r\n\r\n");
    say(dissection, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    say(dissection, SIDE_CLIENT, "GET /root.crl HTTP/1.1\r\nHost: crl.apple.com\r\n\r\n");
    say(dissection, SIDE_SERVER, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    say(dissection, SIDE_CLIENT, "GET /bag HTTP/1.1\r\nHost: init-p01st.push.apple.com\r\n\r\n");
    say(dissection, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(told(dissection, 0)->purpose, HTTP_OCSP);
    assert_string_equal(told(dissection, 0)->path, "/ocsp03-wwdr04/");
    assert_int_equal(told(dissection, 1)->purpose, HTTP_CRL);
    assert_int_equal(told(dissection, 1)->status, 403);
    assert_int_equal(told(dissection, 2)->purpose, HTTP_PUSH_BAG);
}

static void test_another_protocol_follows(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, "GET / HTTP/1.1\r\nHost: gs.apple.com\r\nUpgrade: x\r\n\r\n");
    assert_int_equal(say(dissection, SIDE_CLIENT, "\x01\x02\x03"), DISSECTOR_MORE);
    assert_int_equal(say(dissection, SIDE_SERVER, "HTTP/1.1 101 Switching\r\n\r\nxx"),
                     DISSECTOR_DONE);
    assert_int_equal(told(dissection, 0)->status, 101);
}

/* A SPAN port that merges two directions may show an answer before its request. */
static void test_answers_before_requests(void **state)
{
    struct dissection *dissection = *state;
    assert_int_equal(say(dissection, SIDE_SERVER, ESTABLISHED), DISSECTOR_MORE);
    assert_int_equal(say(dissection, SIDE_CLIENT, ASK_COURIER), DISSECTOR_HAND_OVER);
    assert_int_equal(told(dissection, 0)->status, 200);
    assert_int_equal(dissection->detail.tunnel_status, 200);
    end(state);
    begin(state);
    dissection = *state;
    dissection_segment(dissection, SIDE_SERVER, 7, TEXT("HTTP/1.1 302 No\r\nLocation: /x\r\n"));
    dissection_segment(dissection, SIDE_SERVER, 8, TEXT("Content-Length: 1\r\n\r\nx"));
    assert_int_equal(say(dissection, SIDE_CLIENT, PROBE), DISSECTOR_MORE);
    assert_int_equal(told(dissection, 0)->status, 302);
    assert_string_equal(told(dissection, 0)->location, "/x");
    assert_int_equal(told(dissection, 0)->answer_packet, packet_identity(1, 7));
    assert_int_equal(told(dissection, 0)->answer_time,
                     DISSECTION_EPOCH + 7 * NANOSECONDS_PER_MILLISECOND);
}

/* It answers something else: too long ago, or too long. */
static void test_answers_without_requests(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_SERVER, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
    dissection_segment(dissection, SIDE_CLIENT, 2000, TEXT(PROBE));
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 0);
    say(dissection, SIDE_SERVER, "HTTP/1.1 302 No\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(told(dissection, 0)->status, 302);
    end(state);
    begin(state);
    dissection = *state;
    char filler[1024] = "HTTP/1.1 200 OK\r\n\r\n";
    enum dissector_answer answer = DISSECTOR_MORE;
    for (int i = 0; i < 5 && answer == DISSECTOR_MORE; i++)
        answer = dissection_segment(dissection, SIDE_SERVER, 1, bytes_of(filler, sizeof filler));
    assert_int_equal(answer, DISSECTOR_DONE);
}

/* As many answers without requests, of other connections, as there is room for. */
static void others_come(struct dissection *dissection)
{
    uint8_t kept[2048];
    const size_t size = dissector_http.state_size;
    void *flow_state = dissection->detail.dissector_state;
    assert_in_range(size, 1, sizeof kept);
    memcpy(kept, flow_state, size);
    for (unsigned i = 0; i < EARLY_LIMIT; i++) {
        memset(flow_state, 0, size);
        say(dissection, SIDE_SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    memcpy(flow_state, kept, size);
}

/* An answer that gave way leaves no request that seems to be without one, and none that seems
 * to have the next one's. */
static void test_answers_that_give_way(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_SERVER, "HTTP/1.1 204 No\r\n\r\n");
    others_come(dissection);
    assert_int_equal(say(dissection, SIDE_CLIENT, PROBE), DISSECTOR_DONE);
    dissection_finish(dissection);
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 0);
    end(state);
    begin(state);
    dissection = *state;
    say(dissection, SIDE_SERVER, "HTTP/1.1 204 No\r\n\r\n");
    others_come(dissection);
    assert_int_equal(say(dissection, SIDE_SERVER, "HTTP/1.1 302 No\r\nLocation: /x\r\n\r\n"),
                     DISSECTOR_DONE);
    assert_true(dissection->detail.reading_lost);
    assert_int_equal(dissection->observation.totals.streams_dropped, 1);
}

/* However many requests: no more than a bound, and no end without an answer.  Of those alike
 * the first two are told, the others counted. */
static void test_floods(void **state)
{
    struct dissection *dissection = *state;
    enum dissector_answer answer = DISSECTOR_MORE;
    int asked = 0;
    for (; asked < 100 && answer == DISSECTOR_MORE; asked++)
        answer = say(dissection, SIDE_CLIENT, "GET /a HTTP/1.1\r\nHost: gs.apple.com\r\n\r\n");
    assert_int_equal(answer, DISSECTOR_DONE);
    assert_int_equal(asked, 17);
    dissection_finish(dissection);
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 2);
    assert_int_equal(dissection->observation.totals.requests_untold, 14);
}

/* A connection of which nothing will be told, since its client has had its share, tells nothing
 * before it ends either: its requests would stand without it. */
static void test_no_requests_without_their_flow(void **state)
{
    struct dissection *dissection = *state;
    struct flow *flow = &dissection->flow;
    struct fact_limits *limits = fact_limits_create();
    assert_non_null(limits);
    dissection->observation.limits = limits;
    while (fact_limits_take(limits, &flow->client.address, FACT_LIMIT_OPENED_FLOW))
        continue;
    flow->outcome = OUTCOME_ANSWERED;
    flow->sides[SIDE_CLIENT].syn = true;
    flow->sides[SIDE_CLIENT].packets = 2;
    flow->sides[SIDE_CLIENT].bytes = 50;
    say(dissection, SIDE_CLIENT, "GET /a HTTP/1.1\r\nHost: gs.apple.com\r\n\r\n");
    dissection_finish(dissection);
    assert_int_equal(dissection_count(dissection, FACT_HTTP), 0);
    dissection->observation.limits = NULL;
    fact_limits_release(limits);
}

static void test_body_in_pieces(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, ASK_COURIER);
    say(dissection, SIDE_SERVER, "HTTP/1.0 503 Service Unavailable\r\n\r\n<html>");
    /* Nobody has asked again: this belongs to the body. */
    assert_int_equal(say(dissection, SIDE_SERVER, "HTTP/1.1 200 OK\r\n\r\n"), DISSECTOR_MORE);
    assert_int_equal(dissection->detail.tunnel_status, 503);
    say(dissection, SIDE_CLIENT, ASK_COURIER);
    say(dissection, SIDE_SERVER, "HTTP/1.1 403 No\r\ncontent-LENGTH: 40\r\n\r\n0123456789");
    assert_int_equal(say(dissection, SIDE_SERVER, "0123456789"), DISSECTOR_MORE);
    say(dissection, SIDE_CLIENT, ASK_COURIER);
    assert_int_equal(say(dissection, SIDE_SERVER, "01234567890123456789" ESTABLISHED),
                     DISSECTOR_HAND_OVER);
}

static void test_interim_answer(void **state)
{
    struct dissection *dissection = *state;
    say(dissection, SIDE_CLIENT, ASK_COURIER);
    assert_int_equal(say(dissection, SIDE_SERVER, "HTTP/1.1 100 Continue\r\n\r\n"), DISSECTOR_MORE);
    assert_int_equal(dissection->detail.tunnel_status, 0);
    assert_int_equal(say(dissection, SIDE_SERVER, ESTABLISHED), DISSECTOR_HAND_OVER);
}

static void test_host_of_no_interest(void **state)
{
    struct dissection *dissection = *state;
    assert_int_equal(say(dissection, SIDE_CLIENT, "CONNECT www.example.org:443 HTTP/1.1\r\n\r\n"),
                     DISSECTOR_DONE);
    assert_false(dissection->flow.of_interest);
}

static void test_targets(void **state)
{
    struct dissection *dissection = *state;
    static const char *const broken[] = {
        "CONNECT gs.apple.com HTTP/1.1\r\n\r\n",       "CONNECT gs.apple.com:0 HTTP/1.1\r\n\r\n",
        "CONNECT gs.apple.com:65536 HTTP/1.1\r\n\r\n", "CONNECT :443 HTTP/1.1\r\n\r\n",
        "CONNECT gs.apple.com:4x3 HTTP/1.1\r\n\r\n",   "CONNECT gs.apple.com:443\r\n\r\n",
        "CONNECT gs\001apple.com:443 HTTP/1.1\r\n\r\n"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        assert_int_equal(say(dissection, SIDE_CLIENT, broken[i]), DISSECTOR_MALFORMED);
        dissection_free_unread(dissection, SIDE_CLIENT);
    }
    assert_int_equal(say(dissection, SIDE_CLIENT, "CONNECT GS.Apple.COM.:443 HTTP/1.1\r\n\r\n"),
                     DISSECTOR_MORE);
    assert_string_equal(dissection->detail.server_name, "gs.apple.com");
    assert_int_equal(
        say(dissection, SIDE_CLIENT, "CONNECT [2620:149:a44::1]:5223 HTTP/1.1\r\n\r\n"),
        DISSECTOR_DONE);
}

static void test_head_without_end(void **state)
{
    struct dissection *dissection = *state;
    char filler[1024];
    memset(filler, 'a', sizeof filler);
    assert_int_equal(say(dissection, SIDE_CLIENT, "CONNECT gs.apple.com:443 HTTP/1.1\r\nX: "),
                     DISSECTOR_MORE);
    enum dissector_answer answer = DISSECTOR_MORE;
    for (int i = 0; i < 17 && answer == DISSECTOR_MORE; i++)
        answer = dissection_segment(dissection, SIDE_CLIENT, 2, bytes_of(filler, sizeof filler));
    assert_int_equal(answer, DISSECTOR_MALFORMED);
}

/* Byte by byte it is the same, and no cut reads past its end. */
static void test_cut_everywhere(void **state)
{
    struct dissection *dissection = *state;
    for (size_t i = 0; i < sizeof ASK_COURIER - 1; i++)
        assert_int_equal(
            dissection_segment(dissection, SIDE_CLIENT, 1, bytes_of(&ASK_COURIER[i], 1)),
            DISSECTOR_MORE);
    enum dissector_answer answer = DISSECTOR_MORE;
    for (size_t i = 0; i < sizeof ESTABLISHED - 1; i++) {
        assert_int_equal(answer, DISSECTOR_MORE);
        answer = dissection_segment(dissection, SIDE_SERVER, 1, bytes_of(&ESTABLISHED[i], 1));
    }
    assert_int_equal(answer, DISSECTOR_HAND_OVER);
    assert_string_equal(dissection->detail.server_name, "7-courier.push.apple.com");
    assert_int_equal(dissection->detail.tunnel_status, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_claims),
        TEST(test_tunnel),
        TEST(test_server_name_inside),
        TEST(test_authentication_that_succeeds),
        TEST(test_body_in_pieces),
        TEST(test_interim_answer),
        TEST(test_host_of_no_interest),
        TEST(test_targets),
        TEST(test_head_without_end),
        TEST(test_cut_everywhere),
        TEST(test_credentials_and_schemes),
        TEST(test_early_hello),
        TEST(test_unanswered),
        TEST(test_probe_success),
        TEST(test_probe_gets_something_else),
        TEST(test_a_long_page),
        TEST(test_pipelined_requests),
        TEST(test_what_nobody_cares_for),
        TEST(test_a_download_ends_the_reading),
        TEST(test_asked_of_a_proxy),
        TEST(test_pac_files),
        TEST(test_certificate_checks),
        TEST(test_another_protocol_follows),
        TEST(test_answers_before_requests),
        TEST(test_answers_without_requests),
        TEST(test_answers_that_give_way),
        TEST(test_floods),
        TEST(test_no_requests_without_their_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
