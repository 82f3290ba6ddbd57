/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls_facts.c fill the fact from both hellos, the same for TCP and QUIC?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/tls_facts.h"
#include "tests/support/tls_hellos.h"

#define BODY(array) bytes_from(bytes_of(array, sizeof array), TLS_HELLOS_HEADERS)

static void test_client(void **state)
{
    struct tls_client_hello hello;
    struct fact_tls fact = {.client_hello_bytes = 7};
    assert_true(tls_client_hello_read(BODY(mesu_client_hello), &hello));
    tls_facts_client_hello(*state, &hello, TLS_OVER_TCP, &fact);
    assert_string_equal(fact.server_name, "mesu.apple.com");
    assert_string_equal(fact.client_alpn, "h2,http/1.1");
    assert_string_equal(fact.client_groups, "x25519,secp256r1,secp384r1,secp521r1");
    assert_string_equal(fact.client_shares, "x25519");
    assert_int_equal(fact.client_version, TLS_VERSION_1_3);
    assert_false(fact.encrypted_hello);
    assert_false(fact.resumption_offered);
    assert_false(fact.early_data);
    assert_string_equal(fact.ja3, "6fa3244afc6bb6f9fad207b6b52af26b");
    assert_string_equal(fact.ja4, "t13d2613h2_2802a3db6c62_845d286b0d67");
    assert_int_equal(fact.client_hello_bytes, 7);
    tls_facts_client_hello(*state, &hello, TLS_OVER_QUIC, &fact);
    assert_int_equal(fact.ja4[0], 'q');
}

static void test_client_without_extensions(void **state)
{
    uint8_t body[2 + 32 + 1 + 4 + 2] = {3, 1};
    struct tls_client_hello hello;
    struct fact_tls fact = {.flow = 1};
    body[36] = 2;
    body[38] = 5;
    body[39] = 1;
    assert_true(tls_client_hello_read(bytes_of(body, sizeof body), &hello));
    tls_facts_client_hello(*state, &hello, TLS_OVER_TCP, &fact);
    assert_null(fact.server_name);
    assert_null(fact.client_alpn);
    assert_null(fact.client_groups);
    assert_null(fact.client_shares);
    assert_string_equal(fact.ja4 + 10, "_1ed8eb363bcd_000000000000");
}

static void test_server(void **state)
{
    struct tls_server_hello hello;
    struct fact_tls fact = {.flow = 1};
    assert_true(tls_server_hello_read(BODY(mesu_server_hello), &hello));
    tls_facts_server_hello(*state, &hello, &fact);
    assert_int_equal(fact.server_version, TLS_VERSION_1_3);
    assert_int_equal(fact.cipher, 0x1301);
    assert_int_equal(fact.group, 0x001d);
    assert_null(fact.server_alpn);
    assert_false(fact.resumed);
    assert_string_equal(fact.ja3s, "f4febc55ea12b31ae17cfb7e614afda8");
    hello.pre_shared_key = true;
    tls_facts_server_hello(*state, &hello, &fact);
    assert_true(fact.resumed);
    assert_true(tls_server_hello_read(BODY(courier_server_hello), &hello));
    tls_facts_server_hello(*state, &hello, &fact);
    assert_string_equal(fact.server_alpn, "apns-pack-v1:4096:4096");
    assert_int_equal(fact.group, 0);
    assert_false(fact.resumed);
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
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_client_without_extensions),
        cmocka_unit_test(test_server),
    };
    return cmocka_run_group_tests(tests, fingerprinter_make, fingerprinter_end);
}
