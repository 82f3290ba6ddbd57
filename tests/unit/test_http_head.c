/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/http_head.c read requests and answers, as clients, servers, proxies
 * and attackers write them?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dissectors/http_head.h"

static uint8_t *exact(const char *text, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

static bool request(const char *text, struct http_request *value)
{
    uint8_t *copy = exact(text, strlen(text));
    bool read = http_request_read(bytes_of(copy, strlen(text)), value);
    free(copy);
    return read;
}

static bool answer(const char *text, struct http_answer *value)
{
    uint8_t *copy = exact(text, strlen(text));
    bool read = http_answer_read(bytes_of(copy, strlen(text)), value);
    free(copy);
    return read;
}

static void one_head_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *head;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"GET / HTTP/1.1\nHost: a\n\nrest", "GET / HTTP/1.1\nHost: a\n\n"},
        {"\r\n\nGET / HTTP/1.1\r\n\nrest", "GET / HTTP/1.1\r\n\n"},
        {"HTTP/1.1 200\n\r\nrest", "HTTP/1.1 200\n\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t whole = strlen(cases[i].text) - 4;
        for (size_t length = 0; length <= whole; length++) {
            uint8_t *copy = exact(cases[i].text, length);
            struct bytes available = bytes_of(copy, length), head;
            enum http_head_result result = http_head_take(&available, &head);
            assert_int_equal(result, length < whole ? HTTP_HEAD_MORE : HTTP_HEAD_WHOLE);
            if (length == whole) {
                assert_int_equal(head.length, strlen(cases[i].head));
                assert_memory_equal(head.data, cases[i].head, head.length);
            }
            free(copy);
        }
    }
}

static void a_head_has_a_limit(void **state)
{
    (void)state;
    char *text = malloc(HTTP_HEAD_LIMIT);
    assert_non_null(text);
    memset(text, 'a', HTTP_HEAD_LIMIT);
    struct bytes available = bytes_of(text, HTTP_HEAD_LIMIT), head;
    assert_int_equal(http_head_take(&available, &head), HTTP_HEAD_TOO_LONG);
    available = bytes_of(text, HTTP_HEAD_LIMIT - 1);
    assert_int_equal(http_head_take(&available, &head), HTTP_HEAD_MORE);
    free(text);
}

static void requests_begin_with_a_method(void **state)
{
    (void)state;
    static const char *const good[] = {"G",    "GET",    "GET /x", "CONNECT ",
                                       "CONN", "POST /", "PATCH "};
    static const char *const bad[] = {"PRI * HTTP/2.0", "get /", "\x16\x03\x01", "GETS ", "XYZ"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(http_is_request(bytes_of(good[i], strlen(good[i]))));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(http_is_request(bytes_of(bad[i], strlen(bad[i]))));
}

static void a_request(void **state)
{
    (void)state;
    struct http_request value;
    assert_true(request("POST /a/b?secret=1 HTTP/1.1\r\nHOST:  Captive.Apple.com:8080 \r\n"
                        "user-AGENT: CaptiveNetworkSupport\r\n\t(wispr)\r\nContent-Length: 12\r\n"
                        "Proxy-Authorization: Basic c2VjcmV0\r\n\r\n",
                        &value));
    assert_string_equal(value.method, "POST");
    assert_int_equal(value.target, HTTP_TARGET_PATH);
    assert_string_equal(value.host, "captive.apple.com");
    assert_int_equal(value.port, 8080);
    assert_string_equal(value.path, "/a/b");
    assert_string_equal(value.user_agent, "CaptiveNetworkSupport (wispr)");
    assert_int_equal(value.content_length, 12);
    assert_true(value.proxy_credentials);
    assert_false(value.chunked);
}

static void targets(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *host;
        uint16_t port;
        const char *path;
    } cases[] = {
        {"GET http://captive.apple.com HTTP/1.1", "captive.apple.com", 0, "/"},
        {"GET http://u:p@Captive.apple.com.:80/x#y HTTP/1.0", "captive.apple.com", 80, "/x"},
        {"GET http://[2620:149:a44::1]:81?q HTTP/1.1", "2620:149:a44::1", 81, "/"},
        {"GET http://[2620:149:a44::1] HTTP/1.1", "2620:149:a44::1", 0, "/"},
        {"GET http://a.apple.com: HTTP/1.1", "a.apple.com", 0, "/"},
        {"CONNECT [::1]:5223 HTTP/1.1", "::1", 5223, ""},
        {"GET /with blank HTTP/1.1", "", 0, "/with blank"},
        {"OPTIONS * HTTP/1.1", "", 0, "*"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request value;
        char text[128] = "";
        strcat(strcat(text, cases[i].line), "\r\n\r\n");
        assert_true(request(text, &value));
        assert_string_equal(value.host, cases[i].host);
        assert_int_equal(value.port, cases[i].port);
        assert_string_equal(value.path, cases[i].path);
    }
}

static void what_is_no_request(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        "GET apple.com HTTP/1.1\r\n\r\n",
        "GET http:/x HTTP/1.1\r\n\r\n",
        "GET http:// HTTP/1.1\r\n\r\n",
        "GET http://a:99999/ HTTP/1.1\r\n\r\n",
        "CONNECT gs.apple.com HTTP/1.1\r\n\r\n",
        "CONNECT gs.apple.com:0 HTTP/1.1\r\n\r\n",
        "CONNECT :443 HTTP/1.1\r\n\r\n",
        "CONNECT gs\001apple.com:443 HTTP/1.1\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct http_request value;
        assert_false(request(broken[i], &value));
    }
}

static void hostile_bytes_are_escaped(void **state)
{
    (void)state;
    struct http_request value;
    assert_true(request(
        "GET /\x1b[31m\\ HTTP/1.1\r\nHost: a\x80\"b\r\nUser-Agent: \xe2\x82\xac\r\n\r\n", &value));
    assert_string_equal(value.path, "/\\x1b[31m\\x5c");
    assert_string_equal(value.host, "a\\x80\"b");
    assert_string_equal(value.user_agent, "\\xe2\\x82\\xac");
    char text[2048] = "GET / HTTP/1.1\r\nUser-Agent: ";
    memset(text + strlen(text), '\x01', 1000);
    strcat(text, "\r\n\r\n");
    assert_true(request(text, &value));
    assert_int_equal(strlen(value.user_agent), 256 / 4 * 4);
}

static void an_answer(void **state)
{
    (void)state;
    struct http_answer value;
    assert_true(
        answer("HTTP/1.0 302 Found\r\nLocation: http://portal.example/login?mac=1\r\n"
               "Server: squid\r\nVia: 1.1 x\r\nContent-Type: text/html\r\n"
               "Content-Length: 99999999999999999999\r\nTransfer-Encoding: gzip, Chunked\r\n"
               "Content-Encoding: gzip\r\n no colon here\r\nthis one neither\r\n\r\n",
               &value));
    assert_int_equal(value.status, 302);
    assert_string_equal(value.location, "http://portal.example/login?mac=1");
    assert_string_equal(value.software, "squid");
    assert_string_equal(value.via, "1.1 x");
    assert_string_equal(value.content_type, "text/html");
    assert_int_equal(value.content_length, -1);
    assert_true(value.chunked);
    assert_true(value.encoded);
    assert_true(answer("HTTP/1.1 204\r\n\r\n", &value));
    assert_int_equal(value.status, 204);
}

static void what_is_no_answer(void **state)
{
    (void)state;
    static const char *const broken[] = {"HTTP/1.1\r\n\r\n",       "HTTP/1.1 2x0 OK\r\n\r\n",
                                         "HTTP/1.1 20\r\n",        "HTTP/2 200\r\n\r\n",
                                         "HTTP/1.1 099 X\r\n\r\n", "ICY 200 OK\r\n\r\n"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct http_answer value;
        assert_false(answer(broken[i], &value));
    }
}

static void schemes_without_their_blobs(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        const char *schemes;
    } cases[] = {
        {"Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n", "Negotiate,NTLM"},
        {"proxy-authenticate: NTLM TlRMTVNTUAACAAAA==\r\n", "NTLM"},
        {"Proxy-Authenticate: Basic realm=\"a, Digest b\", Digest realm=\"c\", "
         "nonce=\"d\\\",e\"\r\n",
         "Basic,Digest"},
        {"Proxy-Authenticate: Basic realm = \"x\" , charset = \"UTF-8\"\r\n", "Basic"},
        {"Proxy-Authenticate: \r\nProxy-Authenticate: , ,\r\n", ""},
        {"WWW-Authenticate: Bearer\r\n", "Bearer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_answer value;
        char text[256] = "HTTP/1.1 407 No\r\n";
        strcat(strcat(text, cases[i].fields), "\r\n");
        assert_true(answer(text, &value));
        assert_string_equal(value.authenticate, cases[i].schemes);
    }
    char many[12000] = "HTTP/1.1 407 No\r\n";
    for (int i = 0; i < 300; i++)
        strcat(many, "Proxy-Authenticate: \x01\x02\x03x\r\n");
    struct http_answer value;
    assert_true(answer(strcat(many, "\r\n"), &value));
    assert_true(strlen(value.authenticate) < HTTP_TEXT_SIZE);
}

/* Cut heads are read or not, but never past their end. */
static void cut_everywhere(void **state)
{
    (void)state;
    static const char *const heads[] = {"GET http://u@captive.apple.com:80/a?b HTTP/1.1\r\nHost: "
                                        "[::1]:8\r\nUser-Agent: x\r\n y\r\n\r\n",
                                        "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic "
                                        "realm=\"x\\\"\", NTLM a\r\nLocation: /\r\n\r\n"};
    for (size_t i = 0; i < 2; i++)
        for (size_t length = 0; length < strlen(heads[i]); length++) {
            uint8_t *copy = exact(heads[i], length);
            struct http_request asked;
            struct http_answer answered;
            bool is_request = http_request_read(bytes_of(copy, length), &asked);
            bool is_answer = http_answer_read(bytes_of(copy, length), &answered);
            assert_false(is_request && is_answer);
            free(copy);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_head_is_taken),
        cmocka_unit_test(a_head_has_a_limit),
        cmocka_unit_test(requests_begin_with_a_method),
        cmocka_unit_test(a_request),
        cmocka_unit_test(targets),
        cmocka_unit_test(what_is_no_request),
        cmocka_unit_test(hostile_bytes_are_escaped),
        cmocka_unit_test(an_answer),
        cmocka_unit_test(what_is_no_answer),
        cmocka_unit_test(schemes_without_their_blobs),
        cmocka_unit_test(cut_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
