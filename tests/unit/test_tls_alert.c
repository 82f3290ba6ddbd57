/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are alerts called as the specifications call them (base/tls_alert.c)?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/tls_alert.h"

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(tls_alert_name(0), "close_notify");
    assert_string_equal(tls_alert_name(42), "bad_certificate");
    assert_string_equal(tls_alert_name(90), "user_canceled");
    assert_string_equal(tls_alert_name(120), "no_application_protocol");
    assert_null(tls_alert_name(1));
    assert_null(tls_alert_name(255));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
