/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the fingerprints of dissectors/tls_fingerprint.c those that others make?  The
 * expected JA3 and JA3S are Wireshark's for the same hellos.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/tls_fingerprint.h"
#include "tests/support/tls_hellos.h"

#define BODY(array) bytes_from(bytes_of(array, sizeof array), TLS_HELLOS_HEADERS)
#define MADE_LIMIT 4096

/* A hello of these ciphers and extensions; version 1.2, no session. */
struct made {
    uint8_t body[MADE_LIMIT];
    struct tls_client_hello hello;
    char ja3[TLS_MD5_SIZE];
    char ja4[TLS_JA4_SIZE];
};

static void make(struct tls_fingerprinter *fingerprinter, struct made *made, struct bytes ciphers,
                 struct bytes extensions)
{
    size_t used = 35;
    memset(made, 0, sizeof *made);
    made->body[0] = made->body[1] = 3;
    made->body[used++] = (uint8_t)(ciphers.length >> 8);
    made->body[used++] = (uint8_t)ciphers.length;
    memcpy(made->body + used, ciphers.data, ciphers.length);
    used += ciphers.length;
    made->body[used++] = 1;
    made->body[used++] = 0;
    made->body[used++] = (uint8_t)(extensions.length >> 8);
    made->body[used++] = (uint8_t)extensions.length;
    memcpy(made->body + used, extensions.data, extensions.length);
    used += extensions.length;
    assert_true(tls_client_hello_read(bytes_of(made->body, used), &made->hello));
    tls_fingerprint_ja3(fingerprinter, &made->hello, made->ja3);
    tls_fingerprint_ja4(fingerprinter, &made->hello, 't', made->ja4);
}

#define TEXT(literal) bytes_of(literal, sizeof literal - 1)

static void test_courier(void **state)
{
    struct tls_fingerprinter *fingerprinter = *state;
    struct tls_client_hello client;
    struct tls_server_hello server;
    char ja3[TLS_MD5_SIZE], ja4[TLS_JA4_SIZE], ja3s[TLS_MD5_SIZE];
    assert_true(tls_client_hello_read(BODY(courier_client_hello), &client));
    assert_true(tls_server_hello_read(BODY(courier_server_hello), &server));
    tls_fingerprint_ja3(fingerprinter, &client, ja3);
    tls_fingerprint_ja3s(fingerprinter, &server, ja3s);
    tls_fingerprint_ja4(fingerprinter, &client, 't', ja4);
    assert_string_equal(ja3, "f1c5cf087b959cec31bd6285407f689a");
    assert_string_equal(ja3s, "be0e6dc1a27b402b13eb48b86f139e96");
    assert_string_equal(ja4, "t12d2209a3_0d4ca5d4ec72_2cdefc264be7");
}

static void test_mesu(void **state)
{
    struct tls_fingerprinter *fingerprinter = *state;
    struct tls_client_hello client;
    struct tls_server_hello server;
    char ja3[TLS_MD5_SIZE], ja4[TLS_JA4_SIZE], ja3s[TLS_MD5_SIZE];
    assert_true(tls_client_hello_read(BODY(mesu_client_hello), &client));
    assert_true(tls_server_hello_read(BODY(mesu_server_hello), &server));
    tls_fingerprint_ja3(fingerprinter, &client, ja3);
    tls_fingerprint_ja3s(fingerprinter, &server, ja3s);
    tls_fingerprint_ja4(fingerprinter, &client, 'q', ja4);
    assert_string_equal(ja3, "6fa3244afc6bb6f9fad207b6b52af26b");
    assert_string_equal(ja3s, "f4febc55ea12b31ae17cfb7e614afda8");
    assert_string_equal(ja4, "q13d2613h2_2802a3db6c62_845d286b0d67");
}

/* Clients shuffle their extensions and add GREASE: JA4 does not care, JA3 cares for
 * the order. */
static void test_order_and_grease(void **state)
{
    struct tls_fingerprinter *fingerprinter = *state;
    struct made plain, shuffled;
    make(fingerprinter, &plain, TEXT("\x13\1\x13\2"),
         TEXT("\0\x17\0\0\0\x0d\0\4\0\2\4\3\0\x12\0\0"));
    make(fingerprinter, &shuffled, TEXT("\x0a\x0a\x13\2\x13\1"),
         TEXT("\x1a\x1a\0\0\0\x12\0\0\0\x17\0\0\0\x0d\0\6\0\4\x2a\x2a\4\3"));
    assert_string_equal(plain.ja4, shuffled.ja4);
    assert_memory_equal(plain.ja4, "t12i020300_", 11);
    assert_string_not_equal(plain.ja3, shuffled.ja3);
}

static void test_letters_of_protocol(void **state)
{
    struct tls_fingerprinter *fingerprinter = *state;
    struct made made;
    make(fingerprinter, &made, TEXT("\x13\1"), TEXT("\0\x10\0\5\0\3\2h2"));
    assert_memory_equal(made.ja4, "t12i0101h2_", 11);
    make(fingerprinter, &made, TEXT("\x13\1"), TEXT("\0\x10\0\4\0\2\1x"));
    assert_memory_equal(made.ja4, "t12i0101xx_", 11);
    make(fingerprinter, &made, TEXT("\x13\1"), TEXT("\0\x10\0\5\0\3\2\xab\xcd"));
    assert_memory_equal(made.ja4, "t12i0101ad_", 11);
    make(fingerprinter, &made, TEXT("\x13\1"), TEXT("\0\x10\0\6\0\4\3h2-"));
    assert_memory_equal(made.ja4, "t12i01016d_", 11);
}

static void test_empty_lists(void **state)
{
    struct tls_fingerprinter *fingerprinter = *state;
    struct made made;
    make(fingerprinter, &made, TEXT("\x0a\x0a"), TEXT("\x0a\x0a\0\0"));
    assert_string_equal(made.ja4, "t12i000000_000000000000_000000000000");
    /* MD5 of "771,,,," */
    assert_string_equal(made.ja3, "bddda940f9963577c41d7c28b1a5f65f");
}

/* More than a hundred are counted as 99; more than any software sends are not hashed. */
static void test_many(void **state)
{
    struct tls_fingerprinter *fingerprinter = *state;
    static uint8_t ciphers[2 * 513];
    struct made made;
    memset(ciphers, 1, sizeof ciphers);
    make(fingerprinter, &made, bytes_of(ciphers, 2 * 512), TEXT("\0\x17\0\0"));
    assert_memory_equal(made.ja4, "t12i990100_", 11);
    assert_int_equal(strlen(made.ja3), 32);
    make(fingerprinter, &made, bytes_of(ciphers, 2 * 513), TEXT("\0\x17\0\0"));
    assert_string_equal(made.ja4, "");
    assert_string_equal(made.ja3, "");
}

/* A list that is longer than usual is put in order all the same. */
static void test_order_of_long_list(void **state)
{
    struct tls_fingerprinter *fingerprinter = *state;
    static uint8_t rising[2 * 40], falling[2 * 40];
    struct made plain, turned;
    for (unsigned i = 0; i < 40; i++) {
        rising[2 * i] = falling[2 * (39 - i)] = (uint8_t)(0xc0 + i / 16);
        rising[2 * i + 1] = falling[2 * (39 - i) + 1] = (uint8_t)i;
    }
    make(fingerprinter, &plain, bytes_of(rising, sizeof rising), TEXT("\0\x17\0\0"));
    make(fingerprinter, &turned, bytes_of(falling, sizeof falling), TEXT("\0\x17\0\0"));
    assert_memory_equal(plain.ja4, "t12i400100_", 11);
    assert_string_equal(plain.ja4, turned.ja4);
    assert_string_not_equal(plain.ja3, turned.ja3);
}

static int fingerprinter_make(void **state)
{
    *state = tls_fingerprinter_create();
    return *state != NULL ? 0 : -1;
}

static int fingerprinter_end(void **state)
{
    tls_fingerprinter_release(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_courier),
        cmocka_unit_test(test_mesu),
        cmocka_unit_test(test_order_and_grease),
        cmocka_unit_test(test_letters_of_protocol),
        cmocka_unit_test(test_empty_lists),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_order_of_long_list),
    };
    return cmocka_run_group_tests(tests, fingerprinter_make, fingerprinter_end);
}
