/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose name does an issuer bear, and whose does it not?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "certificates/issuers.h"

static void test_inspectors(void **state)
{
    (void)state;
    static const struct {
        const char *name, *vendor;
    } cases[] = {
        {"O=mitmproxy,CN=mitmproxy", "mitmproxy"},
        {"CN=FortiGate CA,OU=Certificate Authority,O=Fortinet,C=US", "Fortinet"},
        {"CN=Fortinet_CA_SSL", "Fortinet"},
        {"CN=Zscaler Intermediate Root CA (zscalertwo.net) (t),O=Zscaler Inc.", "Zscaler"},
        {"CN=ZSCALER ROOT CA", "Zscaler"},
        {"CN=ca.eu.goskope.com,O=Acme", "Netskope"},
        {"CN=Charles Proxy CA (1 Jan 2026\\, mac)", "Charles"},
        {"O=XK72 Ltd", "Charles"},
        {"CN=Cisco Umbrella Primary SubCA,O=Cisco", "Cisco Umbrella"},
        {"OU=Created by http://www.fiddler2.com,O=DO_NOT_TRUST,CN=DO_NOT_TRUST_FiddlerRoot",
         "Fiddler"},
        {"C=US+O=Securly Inc", "Securly"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *vendor = issuers_inspector(cases[i].name);
        assert_non_null(vendor);
        assert_string_equal(vendor, cases[i].vendor);
    }
}

/* A part of another word, another attribute, an authority that is genuine. */
static void test_no_inspectors(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "CN",
        "=",
        ",+,\\",
        "CN=Content Filter CA,O=School District 12,C=AU",
        "CN=Apple Public Server RSA CA 12 - G1,O=Apple Inc.,ST=California,C=US",
        "CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US",
        "CN=Symantec Class 3 Secure Server CA - G4,O=Symantec Corporation,C=US",
        "CN=Cloudflare Inc ECC CA-3,O=Cloudflare\\, Inc.,C=US",
        "CN=Fortinets Friends",
        "L=Fortinet",
        "CN=Chekerios",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_null(issuers_inspector(names[i]));
}

static void test_authorities(void **state)
{
    (void)state;
    assert_string_equal(issuers_authority("C=US,O=Apple Inc.,CN=Apple Public Server ECC CA 1 - G1"),
                        "Apple");
    assert_string_equal(issuers_authority("CN=GeoTrust Global CA,O=GeoTrust Inc.,C=US"),
                        "DigiCert");
    assert_string_equal(issuers_authority("CN=AAA Certificate Services,O=Comodo CA Limited,C=GB"),
                        "Sectigo");
    assert_string_equal(issuers_authority("CN=Go Daddy,O=GoDaddy.com\\, Inc."), "GoDaddy");
    assert_null(issuers_authority("CN=Apple Inc."));
    assert_null(issuers_authority("O=mitmproxy,CN=mitmproxy"));
    assert_null(issuers_authority("CN=x,O=Apple Inc. Reseller"));
    assert_null(issuers_authority("CN=x\\,O=Apple Inc.")); /* one value, with a comma */
}

static void test_attributes(void **state)
{
    (void)state;
    char value[ISSUER_VALUE_SIZE];
    assert_true(issuers_attribute("CN=a\\, b\\+c,O=d+OU=e", "CN", value));
    assert_string_equal(value, "a, b+c");
    assert_true(issuers_attribute("CN=a,O=d+OU=e", "OU", value));
    assert_string_equal(value, "e");
    assert_false(issuers_attribute("CN=a", "O", value));
    assert_string_equal(value, "");
    assert_true(issuers_attribute("CN=", "CN", value));
    assert_string_equal(value, "");
    char name[1000] = "O=";
    memset(name + 2, 'x', 900);
    assert_true(issuers_attribute(name, "O", value));
    assert_int_equal(strlen(value), ISSUER_VALUE_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inspectors),
        cmocka_unit_test(test_no_inspectors),
        cmocka_unit_test(test_authorities),
        cmocka_unit_test(test_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
