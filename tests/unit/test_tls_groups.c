/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls_groups.c name groups as IANA does, and never beyond its room?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/tls_groups.h"

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(tls_group_name(0x0017), "secp256r1");
    assert_string_equal(tls_group_name(0x001d), "x25519");
    assert_string_equal(tls_group_name(0x11ec), "X25519MLKEM768");
    assert_string_equal(tls_group_name(0x0001), "sect163k1");
    assert_string_equal(tls_group_name(0xff02), "arbitrary_explicit_char2_curves");
    assert_null(tls_group_name(0x0a0a));
    assert_null(tls_group_name(0x0000));
    assert_null(tls_group_name(0xffff));
    unsigned named = 0; /* a row that is out of order would not be found */
    for (unsigned group = 0; group <= UINT16_MAX; group++)
        named += tls_group_name((uint16_t)group) != NULL;
    assert_int_equal(named, 49);
}

static void test_list(void **state)
{
    (void)state;
    char text[18] = "";
    tls_group_list(text, sizeof text, 0x001d);
    tls_group_list(text, sizeof text, 0x0017);
    assert_string_equal(text, "x25519,secp256r1");
    tls_group_list(text, sizeof text, 0x0001);
    assert_string_equal(text, "x25519,secp256r1");
    text[0] = '\0';
    tls_group_list(text, sizeof text, 0xabcd);
    assert_string_equal(text, "0xabcd");
    char small[16] = "";
    tls_group_list(small, sizeof small, 0x001d);
    tls_group_list(small, sizeof small, 0x0017);
    assert_string_equal(small, "x25519");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
