/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what could lead a privileged process astray forgotten, and nothing else?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "program/environment.h"

static void test_what_chooses_files_and_code_is_forgotten(void **state)
{
    static const char *const forgotten[] = {"TMPDIR",       "SQLITE_TMPDIR",    "SSL_CERT_FILE",
                                            "SSL_CERT_DIR", "OPENSSL_CONF",     "OPENSSL_MODULES",
                                            "NO_COLOR",     "SOURCE_DATE_EPOCH"};
    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(setenv(forgotten[i], "/strange", 1), 0);
    environment_forget();
    for (size_t i = 0; i < 6; i++)
        assert_null(getenv(forgotten[i]));
    for (size_t i = 6; i < 8; i++)
        assert_string_equal(getenv(forgotten[i]), "/strange");
}

static void test_root_believes_nothing(void **state)
{
    (void)state;
    if (geteuid() == 0)
        assert_true(environment_is_foreign());
    else if (geteuid() == getuid() && getegid() == getgid())
        assert_false(environment_is_foreign());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_chooses_files_and_code_is_forgotten),
        cmocka_unit_test(test_root_believes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
