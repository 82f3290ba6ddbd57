/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls_hello.c read what both hellos say?  Two real pairs (a
 * courier over TLS 1.2, mesu.apple.com over 1.3) and hellos made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/tls_hello.h"
#include "tests/support/tls_hellos.h"

#define HEADERS TLS_HELLOS_HEADERS

static bool read_client(const uint8_t *body, size_t length, struct tls_client_hello *hello)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, body, length);
    memset(hello, 0xa5, sizeof *hello);
    bool good = tls_client_hello_read(bytes_of(copy, length), hello);
    tls_client_hello_name_groups(hello);
    free(copy);
    return good;
}

static bool read_server(const uint8_t *body, size_t length, struct tls_server_hello *hello)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, body, length);
    memset(hello, 0xa5, sizeof *hello);
    bool good = tls_server_hello_read(bytes_of(copy, length), hello);
    free(copy);
    return good;
}

/* A ClientHello of TLS 1.2 with the given extensions. */
static bool read_made(const char *extensions, size_t length, struct tls_client_hello *hello)
{
    static const uint8_t tail[] = {0, 0, 2, 0x13, 0x01, 1, 0};
    uint8_t body[1024] = {3, 3};
    size_t used = 34;
    memcpy(body + used, tail, sizeof tail);
    used += sizeof tail;
    body[used++] = (uint8_t)(length >> 8);
    body[used++] = (uint8_t)length;
    assert_true(used + length <= sizeof body);
    memcpy(body + used, extensions, length);
    return read_client(body, used + length, hello);
}

#define READ_MADE(literal, hello) read_made(literal, sizeof literal - 1, hello)

static void test_courier(void **state)
{
    (void)state;
    struct tls_client_hello client;
    struct tls_server_hello server;
    assert_true(read_client(courier_client_hello + HEADERS, sizeof courier_client_hello - HEADERS,
                            &client));
    assert_string_equal(client.server_name, "courier.push.apple.com");
    assert_string_equal(client.alpn, "apns-security-v3,apns-pack-v1");
    assert_int_equal(client.version, TLS_VERSION_1_2);
    assert_true(read_server(courier_server_hello + HEADERS, sizeof courier_server_hello - HEADERS,
                            &server));
    assert_int_equal(server.version, TLS_VERSION_1_2);
    assert_int_equal(server.cipher, 0xc009);
    assert_string_equal(server.alpn, "apns-pack-v1:4096:4096");
    assert_false(server.tls13);
    assert_false(server.retry_request);
}

static void test_mesu(void **state)
{
    (void)state;
    struct tls_client_hello client;
    struct tls_server_hello server;
    assert_true(
        read_client(mesu_client_hello + HEADERS, sizeof mesu_client_hello - HEADERS, &client));
    assert_string_equal(client.server_name, "mesu.apple.com");
    assert_string_equal(client.alpn, "h2,http/1.1");
    assert_int_equal(client.version, TLS_VERSION_1_3);
    assert_true(
        read_server(mesu_server_hello + HEADERS, sizeof mesu_server_hello - HEADERS, &server));
    assert_int_equal(server.version, TLS_VERSION_1_3);
    assert_int_equal(server.cipher, 0x1301);
    assert_true(server.tls13);
    assert_string_equal(server.alpn, "");
}

/* A cut that leaves no extensions at all is a hello of old (RFC 5246). */
static void test_cut_at_every_length(void **state)
{
    (void)state;
    struct tls_client_hello client;
    struct tls_server_hello server;
    for (size_t length = 0; length < sizeof mesu_client_hello - HEADERS; length++)
        assert_int_equal(read_client(mesu_client_hello + HEADERS, length, &client), length == 123);
    for (size_t length = 0; length < sizeof courier_client_hello - HEADERS; length++) {
        assert_int_equal(read_client(courier_client_hello + HEADERS, length, &client),
                         length == 83);
        /* Of a list of extensions that is cut nothing is read. */
        assert_string_equal(client.server_name, "");
    }
    for (size_t length = 0; length < sizeof mesu_server_hello - HEADERS; length++)
        assert_int_equal(read_server(mesu_server_hello + HEADERS, length, &server), length == 70);
}

static void test_hello_retry_request(void **state)
{
    (void)state;
    struct tls_server_hello hello;
    assert_true(read_server(retry_request + HEADERS, sizeof retry_request - HEADERS, &hello));
    assert_true(hello.retry_request);
    assert_true(hello.tls13);
    assert_int_equal(hello.group, 0x0017);
}

static void test_groups(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    /* GREASE, X25519MLKEM768, x25519, one without a name; shares of the first three. */
    assert_true(READ_MADE("\0\x0a\0\x0a\0\x08\x2a\x2a\x11\xec\0\x1d\x12\x34"
                          "\0\x33\0\x10\0\x0e\x2a\x2a\0\1\0\x11\xec\0\0\0\x1d\0\1\1",
                          &hello));
    assert_string_equal(hello.groups, "X25519MLKEM768,x25519,0x1234");
    assert_string_equal(hello.shares, "X25519MLKEM768,x25519");
    /* Broken lists are none, and nothing else is lost. */
    assert_true(READ_MADE("\0\x0a\0\3\0\1\0"
                          "\0\x0a\0\0"
                          "\0\x33\0\2\0\7"
                          "\0\x10\0\5\0\3\2h2",
                          &hello));
    assert_string_equal(hello.groups, "");
    assert_string_equal(hello.shares, "");
    assert_string_equal(hello.alpn, "h2");
    /* Of two lists the first counts that names something; a share that is cut ends them. */
    assert_true(READ_MADE("\0\x0a\0\4\0\2\x2a\x2a"
                          "\0\x0a\0\4\0\2\0\x1d"
                          "\0\x0a\0\4\0\2\0\x17"
                          "\0\x33\0\7\0\5\x2a\x2a\0\1\0"
                          "\0\x33\0\x0b\0\x09\0\x1d\0\1\1\0\x17\0\2"
                          "\0\x33\0\7\0\5\0\x18\0\1\1",
                          &hello));
    assert_string_equal(hello.groups, "x25519");
    assert_string_equal(hello.shares, "x25519");
}

static void test_many_groups(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    char extension[6 + 400] = "\0\x0a\1\x92\1\x90";
    for (size_t i = 6; i < sizeof extension; i += 2)
        memcpy(extension + i, "\x11\xec", 2);
    assert_true(read_made(extension, sizeof extension, &hello));
    assert_int_equal(strlen(hello.groups), 34 * 15 - 1); /* whole names only */
}

static void test_resumption(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    assert_true(READ_MADE("\0\x23\0\0", &hello));
    assert_false(hello.resumption_offered);
    assert_true(READ_MADE("\0\x23\0\1t", &hello));
    assert_true(hello.resumption_offered);
    assert_false(hello.early_data);
    assert_true(READ_MADE("\0\x2a\0\0\0\x29\0\1p", &hello));
    assert_true(hello.resumption_offered);
    assert_true(hello.early_data);
    /* A session identifier counts only where 1.3 is not offered. */
    assert_true(
        read_client(mesu_client_hello + HEADERS, sizeof mesu_client_hello - HEADERS, &hello));
    assert_int_equal(hello.session.length, 32);
    assert_false(hello.resumption_offered);
    static const uint8_t with_session[] = {
        3,  3,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13,   14, 15, 16, 17,   18, 19,
        20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 1,  0x55, 0,  2,  0,  0x2f, 1,  0};
    assert_true(read_client(with_session, sizeof with_session, &hello));
    assert_true(hello.resumption_offered);
}

static void test_encrypted_hello(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    assert_true(READ_MADE("\xfe\x0d\0\1\1", &hello)); /* the inner one: nobody sees it */
    assert_false(hello.encrypted_hello);
    assert_true(READ_MADE("\xfe\x0d\0\4\0\0\1\0", &hello));
    assert_true(hello.encrypted_hello);
}

static void test_downgrade(void **state)
{
    (void)state;
    struct tls_server_hello hello;
    uint8_t body[sizeof mesu_server_hello];
    size_t length = sizeof courier_server_hello - HEADERS;
    memcpy(body, courier_server_hello + HEADERS, length);
    memcpy(body + 26, "DOWNGRD\x01", 8);
    assert_true(read_server(body, length, &hello));
    assert_int_equal(hello.downgrade, 1);
    body[33] = 0;
    assert_true(read_server(body, length, &hello));
    assert_int_equal(hello.downgrade, 2);
    body[33] = 2;
    assert_true(read_server(body, length, &hello));
    assert_int_equal(hello.downgrade, 0);
    length = sizeof mesu_server_hello - HEADERS; /* 1.3 was chosen: nothing was lost */
    memcpy(body, mesu_server_hello + HEADERS, length);
    memcpy(body + 26, "DOWNGRD\x01", 8);
    assert_true(read_server(body, length, &hello));
    assert_int_equal(hello.downgrade, 0);
    assert_int_equal(hello.group, 0x001d);
    assert_false(hello.pre_shared_key);
}

static void test_names(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    assert_true(READ_MADE("\0\0\0\x0c\0\x0a\0\0\7A_b-C.d", &hello));
    assert_string_equal(hello.server_name, "a_b-c.d");
    assert_true(READ_MADE("\0\0\0\x08\0\x06\0\0\3ab.", &hello));
    assert_string_equal(hello.server_name, "ab");
    assert_true(READ_MADE("\0\0\0\x0a\0\x08\0\0\5\x1b[\xff\0\\", &hello));
    assert_string_equal(hello.server_name, "\\x1b\\x5b\\xff\\x00\\x5c");
    assert_true(READ_MADE("\0\0\0\x0d\0\x0b\0\0\x08"
                          "17.0.0.1",
                          &hello));
    assert_string_equal(hello.server_name, "17.0.0.1");
    assert_true(READ_MADE("\0\0\0\x10\0\x0e\0\0\x0b"
                          "2620:149::1",
                          &hello));
    assert_string_equal(hello.server_name, "2620:149::1");
    /* A name of a type that nobody knows is passed over. */
    assert_true(READ_MADE("\0\0\0\x0c\0\x0a\7\0\2zz\0\0\2ab", &hello));
    assert_string_equal(hello.server_name, "ab");
    assert_true(READ_MADE("\0\0\0\x06\0\x04\0\0\1.", &hello));
    assert_string_equal(hello.server_name, "");
    assert_true(READ_MADE("\0\x17\0\0", &hello));
    assert_string_equal(hello.server_name, "");
}

static void test_names_that_are_none(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    assert_false(READ_MADE("\0\0\0\0", &hello));
    assert_false(READ_MADE("\0\0\0\2\0\0", &hello));
    assert_false(READ_MADE("\0\0\0\5\0\3\0\0\0", &hello));
    assert_false(READ_MADE("\0\0\0\6\0\4\0\0\2a", &hello));
    assert_false(READ_MADE("\0\0\0\7\0\4\0\0\1ab", &hello));
    char extension[9 + 256] = "\0\0\1\5\1\3\0\1\0";
    memset(extension + 9, 'a', 256);
    assert_false(read_made(extension, sizeof extension, &hello));
    assert_string_equal(hello.server_name, "");
    extension[3] = 4;
    extension[5] = 2;
    extension[7] = 0;
    extension[8] = (char)255;
    memset(extension + 9, 1, 255);
    assert_true(read_made(extension, sizeof extension - 1, &hello));
    assert_int_equal(strlen(hello.server_name), 4 * 255);
}

/* RFC 8701: values that only test whether unknown ones are ignored. */
static void test_grease(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    assert_true(READ_MADE("\x0a\x0a\0\0"
                          "\0\x2b\0\x07\x06\xfa\xfa\3\4\3\3"
                          "\0\x10\0\x08\0\x06\2\x5a\x5a\2h2"
                          "\xda\xda\0\1\0",
                          &hello));
    assert_int_equal(hello.version, TLS_VERSION_1_3);
    assert_string_equal(hello.alpn, "h2");
}

static void test_alpn(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    assert_true(READ_MADE("\0\x10\0\x08\0\x06\5a,\\ \x80", &hello));
    assert_string_equal(hello.alpn, "a\\x2c\\x5c\\x20\\x80");
    assert_false(READ_MADE("\0\x10\0\2\0\0", &hello));
    assert_false(READ_MADE("\0\x10\0\3\0\1\0", &hello));
    char extension[6 + 300] = "\0\x10\1\x2e\1\x2c";
    for (size_t i = 6; i < sizeof extension; i += 10)
        memcpy(extension + i,
               "\x09"
               "abcdefghi",
               10);
    assert_true(read_made(extension, sizeof extension, &hello));
    assert_int_equal(strlen(hello.alpn), 255);
}

/* What was read before the fault still counts. */
static void test_fault_after_name(void **state)
{
    (void)state;
    struct tls_client_hello hello;
    assert_false(READ_MADE("\0\0\0\7\0\5\0\0\2ab\0\x10\0\xff", &hello));
    assert_string_equal(hello.server_name, "ab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_courier),
        cmocka_unit_test(test_mesu),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_hello_retry_request),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_many_groups),
        cmocka_unit_test(test_resumption),
        cmocka_unit_test(test_encrypted_hello),
        cmocka_unit_test(test_downgrade),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_grease),
        cmocka_unit_test(test_alpn),
        cmocka_unit_test(test_fault_after_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
