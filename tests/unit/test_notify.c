/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a service manager hear what it should, and is nobody bothered where there is none?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "program/notify.h"

static void forget_environment(void)
{
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

static void test_told(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char folder[] = "/tmp/applepath-test-XXXXXX", text[64] = "", pid[32];
    struct notify notify;
    (void)state;
    forget_environment();
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_true(manager >= 0);
    assert_int_equal(bind(manager, (const struct sockaddr *)&address, sizeof address), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    setenv("WATCHDOG_USEC", "3000000", 1);
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    notify_open(&notify);
    assert_true(notify.watchdog == 3 * NANOSECONDS_PER_SECOND);
    notify_tell(&notify, "READY=1");
    assert_int_equal(recv(manager, text, sizeof text - 1, 0), 7);
    assert_string_equal(text, "READY=1");
    notify_close(&notify);
    setenv("WATCHDOG_PID", "1", 1); /* meant for another process */
    notify_open(&notify);
    assert_true(notify.watchdog == 0);
    close(manager);
    notify_tell(&notify, "WATCHDOG=1"); /* to nobody */
    notify_close(&notify);
    unlink(address.sun_path);
    rmdir(folder);
}

static void test_nobody_to_tell(void **state)
{
    static const char *const names[] = {"", "relative", "/nowhere/at/all", "@applepath-no-such"};
    char longest[300];
    struct notify notify;
    (void)state;
    forget_environment();
    notify_open(&notify);
    assert_int_equal(notify.descriptor, -1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        notify_open(&notify);
        assert_int_equal(notify.descriptor, -1);
        notify_tell(&notify, "READY=1");
        notify_close(&notify);
    }
    memset(longest, '/', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    setenv("NOTIFY_SOCKET", longest, 1);
    notify_open(&notify);
    assert_int_equal(notify.descriptor, -1);
    forget_environment();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_nobody_to_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
