/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/http.c read which host a client asks its proxy for, and what the
 * proxy says to that?  Requests as Apple's clients and curl write them.
 */
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
    assert_false(dissector_http.claims(&dissection->flow, TEXT("GET / HTTP/1.1\r\n\r\n")));
    for (size_t length = 0; length < 8; length++)
        assert_false(dissector_http.claims(&dissection->flow, bytes_of("CONNECT ", length)));
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
    for (int i = 0; i < 9 && answer == DISSECTOR_MORE; i++)
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
