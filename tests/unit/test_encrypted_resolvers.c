/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names are those of resolvers that are asked in secret?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/encrypted_resolvers.h"

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum name_privacy privacy;
    } cases[] = {
        {"dns.google", NAMES_DOH},
        {"DNS.Google", NAMES_DOH},
        {"dns.google.", NAMES_DOH},
        {"cloudflare-dns.com", NAMES_DOH},
        {"mozilla.cloudflare-dns.com", NAMES_DOH},
        {"abc123.dns.nextdns.io", NAMES_DOH},
        {"doh.dns.apple.com", NAMES_DOH},
        {"mask.icloud.com", NAMES_RELAY},
        {"mask-h2.icloud.com", NAMES_RELAY},
        {"mask-api.icloud.com", NAMES_OPEN}, /* only hands out the configuration */
        {"xmask.icloud.com", NAMES_OPEN},
        {"a.mask.icloud.com", NAMES_OPEN},
        {"evilcloudflare-dns.com", NAMES_OPEN},
        {".cloudflare-dns.com", NAMES_OPEN},
        {"doh.pub", NAMES_DOH}, /* shorter than what is compared first */
        {"DOH.pub.", NAMES_DOH},
        {"oh.pub", NAMES_OPEN},
        {".doh.pub", NAMES_OPEN},
        {"xdoh.pub", NAMES_OPEN},
        {"google", NAMES_OPEN},
        {"dns.google.example.org", NAMES_OPEN},
        {"www.google.com", NAMES_OPEN},
        {"", NAMES_OPEN},
        {".", NAMES_OPEN},
        {NULL, NAMES_OPEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (encrypted_resolver_find(cases[i].name) != cases[i].privacy)
            fail_msg("%s", cases[i].name != NULL ? cases[i].name : "no name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
