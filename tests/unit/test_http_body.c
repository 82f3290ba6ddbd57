/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/http_body.c find where a body ends, wherever the segments are cut?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dissectors/http_body.h"

/* Feeds `text` in segments of `step` bytes, each in memory of exactly its size; the
 * content goes to `content`. Returns the last result, `left`: the bytes not taken. */
static enum http_body_result feed(struct http_body *body, const char *text, size_t step,
                                  char content[64], size_t *left)
{
    enum http_body_result result = HTTP_BODY_MORE;
    size_t length = 0;
    size_t all = strlen(text);
    *left = 0;
    for (size_t at = 0; at < all && result == HTTP_BODY_MORE; at += step) {
        size_t size = all - at < step ? all - at : step;
        uint8_t *copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, text + at, size);
        struct bytes available = bytes_of(copy, size), piece;
        while ((result = http_body_pass(body, &available, &piece)) == HTTP_BODY_PIECE) {
            assert_true(length + piece.length < 64);
            memcpy(content + length, piece.data, piece.length);
            length += piece.length;
        }
        if (result != HTTP_BODY_MORE)
            *left = available.length + (all - at - size);
        free(copy);
    }
    content[length] = '\0';
    return result;
}

static void assert_body(int64_t told, bool chunked, const char *text, const char *expected,
                        enum http_body_result end, size_t expected_left)
{
    for (size_t step = 1; step <= strlen(text); step++) {
        struct http_body body;
        char content[64];
        size_t left;
        http_body_begin(&body, told, chunked, true);
        assert_int_equal(feed(&body, text, step, content, &left), end);
        assert_string_equal(content, expected);
        assert_int_equal(left, expected_left);
    }
}

static void by_length(void **state)
{
    (void)state;
    assert_body(5, false, "helloHTTP", "hello", HTTP_BODY_DONE, 4);
    assert_body(5, false, "hell", "hell", HTTP_BODY_MORE, 0);
    assert_body(0, false, "HTTP", "", HTTP_BODY_DONE, 4);
}

static void by_chunks(void **state)
{
    (void)state;
    assert_body(-1, true, "5\r\nhello\r\n6;x=\"y\"\r\n world\r\n0\r\n\r\nHTTP", "hello world",
                HTTP_BODY_DONE, 4);
    assert_body(-1, true, "00A\nhellohello\n0\nExpires: x\r\nY: z\n\nHTTP", "hellohello",
                HTTP_BODY_DONE, 4);
    assert_body(3, true, "1\r\na\r\n0\r\n\r\n", "a", HTTP_BODY_DONE,
                0); /* a length is overridden */
    assert_body(-1, true, "5\r\nhel", "hel", HTTP_BODY_MORE, 0);
}

static void until_the_end(void **state)
{
    (void)state;
    assert_body(-1, false, "hello\r\n\r\n", "hello\r\n\r\n", HTTP_BODY_MORE, 0);
}

static void a_request_without_length_has_none(void **state)
{
    (void)state;
    struct http_body body;
    struct bytes available = bytes_of("GET ", 4), piece;
    http_body_begin(&body, -1, false, false);
    assert_int_equal(http_body_pass(&body, &available, &piece), HTTP_BODY_DONE);
    assert_int_equal(available.length, 4);
}

static void broken_chunks(void **state)
{
    (void)state;
    static const char *const broken[] = {"\r\n", "x\r\n", "1\r\nab", "1234567890123456\r\n",
                                         "1\r\na\r\n\r\n"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct http_body body;
        char content[64];
        size_t left;
        http_body_begin(&body, -1, true, true);
        assert_int_equal(feed(&body, broken[i], 1, content, &left), HTTP_BODY_BROKEN);
    }
}

static void endless_lines(void **state)
{
    (void)state;
    char filler[256];
    memset(filler, ' ', sizeof filler);
    static const char *const begun[] = {"5;", "0\r\nX: "};
    for (size_t i = 0; i < 2; i++) {
        struct http_body body;
        char content[64];
        size_t left;
        http_body_begin(&body, -1, true, true);
        assert_int_equal(feed(&body, begun[i], 9, content, &left), HTTP_BODY_MORE);
        enum http_body_result result = HTTP_BODY_MORE;
        for (int round = 0; round < 100 && result == HTTP_BODY_MORE; round++) {
            struct bytes available = bytes_of(filler, sizeof filler), piece;
            result = http_body_pass(&body, &available, &piece);
        }
        assert_int_equal(result, HTTP_BODY_BROKEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_length),     cmocka_unit_test(by_chunks),
        cmocka_unit_test(until_the_end), cmocka_unit_test(a_request_without_length_has_none),
        cmocka_unit_test(broken_chunks), cmocka_unit_test(endless_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
