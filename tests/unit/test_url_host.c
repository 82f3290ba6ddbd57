/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does diagnosis/url_host.c find the host of a URL, and none where there is none?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "diagnosis/url_host.h"

static void hosts(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *host;
    } cases[] = {
        {"http://Portal.School.example/login?x=http://a", "portal.school.example"},
        {"https://10.0.0.1:8443/", "10.0.0.1"},
        {"http://[fe80::1]:80/a", "fe80::1"},
        {"http://user:secret@portal.example", "portal.example"},
        {"//portal.example./x", "portal.example"},
        {"http://portal.example#x", "portal.example"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char host[URL_HOST_SIZE];
        assert_true(url_host(cases[i].url, host));
        assert_string_equal(host, cases[i].host);
    }
}

static void no_hosts(void **state)
{
    (void)state;
    static const char *const urls[] = {"",        "/login",  "\\x0a",      "portal.example",
                                       "http:/x", "http://", "http://:80", "http:///x"};
    char host[URL_HOST_SIZE];
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        assert_false(url_host(urls[i], host));
    char longest[600] = "http://";
    memset(longest + 7, 'a', 500);
    assert_false(url_host(longest, host));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hosts), cmocka_unit_test(no_hosts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
