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

static void test_only_what_is_harmless_stays(void **state)
{
    static const char *const forgotten[] = {"TMPDIR",
                                            "SQLITE_TMPDIR",
                                            "SSL_CERT_FILE",
                                            "SSL_CERT_DIR",
                                            "OPENSSL_CONF",
                                            "OPENSSL_MODULES",
                                            "OPENSSL_ENGINES",
                                            "HOME",
                                            "PATH",
                                            "TZ",
                                            "LOCPATH",
                                            "GCONV_PATH",
                                            "HOSTALIASES",
                                            "RES_OPTIONS",
                                            "DBUS_SYSTEM_BUS_ADDRESS",
                                            "RDMAV_DRIVERS",
                                            "TERMINAL",
                                            "NO_COLORS",
                                            "NOBODY_KNOWS"};
    static const char *const kept[] = {"NO_COLOR", "TERM",          "SOURCE_DATE_EPOCH",
                                       "LC_ALL",   "NOTIFY_SOCKET", "WATCHDOG_USEC"};
    const size_t bad = sizeof forgotten / sizeof forgotten[0], good = sizeof kept / sizeof kept[0];

    (void)state;
    for (size_t i = 0; i < bad; i++)
        assert_int_equal(setenv(forgotten[i], "/strange", 1), 0);
    for (size_t i = 0; i < good; i++)
        assert_int_equal(setenv(kept[i], "/strange", 1), 0);
    environment_forget();
    for (size_t i = 0; i < bad; i++)
        assert_null(getenv(forgotten[i]));
    for (size_t i = 0; i < good; i++)
        assert_string_equal(getenv(kept[i]), "/strange");
    environment_forget(); /* again: nothing more goes */
    assert_string_equal(getenv("TERM"), "/strange");
    assert_int_equal(setenv("LATER", "1", 1), 0);
    assert_string_equal(getenv("LATER"), "1");
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
        cmocka_unit_test(test_only_what_is_harmless_stays),
        cmocka_unit_test(test_root_believes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
