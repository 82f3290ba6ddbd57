/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/address.c: are addresses, prefixes and MACs parsed as a whole or not at
 * all, printed as people write them, and sorted into the right classes?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/address.h"

static struct address parse(const char *text)
{
    struct address address = {{0}};

    assert_true(address_parse(text, &address));
    return address;
}

static void assert_prints(const char *text, const char *expected)
{
    struct address address = parse(text);
    char printed[ADDRESS_TEXT_SIZE];

    assert_string_equal(address_print(&address, printed), expected);
}

static void test_parse_and_print(void **state)
{
    (void)state;
    assert_prints("17.57.144.36", "17.57.144.36");
    assert_prints("::ffff:17.57.144.36", "17.57.144.36");
    assert_prints("2620:0149:0A44::5", "2620:149:a44::5");
    assert_prints("64:ff9b::1139:9024", "64:ff9b::1139:9024");
    assert_prints("::", "::");
    assert_prints("0.0.0.0", "0.0.0.0");
    assert_prints("9.10.99.100", "9.10.99.100");
    assert_prints("199.200.249.255", "199.200.249.255");
    assert_prints("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

/* Wherever zeros stand, and however many digits the others have, the C library agrees. */
static void test_prints_as_the_library(void **state)
{
    static const uint16_t words[] = {0x1, 0x12, 0x123, 0x1234, 0x10, 0x100, 0x1000, 0xffff};
    char expected[ADDRESS_TEXT_SIZE], printed[ADDRESS_TEXT_SIZE];

    (void)state;
    for (unsigned pattern = 0; pattern < 256 * 8; pattern++) {
        struct address address = {{0}};
        for (unsigned i = 0; i < 8; i++) {
            uint16_t word = pattern >> i & 1 ? words[(i + pattern / 256) % 8] : 0;
            address.octets[2 * i] = (uint8_t)(word >> 8);
            address.octets[2 * i + 1] = (uint8_t)word;
        }
        if (address_is_ipv4(&address))
            continue;
        assert_non_null(inet_ntop(AF_INET6, address.octets, expected, sizeof expected));
        assert_string_equal(address_print(&address, printed), expected);
    }
    for (unsigned octet = 0; octet < 256; octet++) {
        struct address address =
            address_from_ipv4((uint8_t[]){(uint8_t)octet, 0, (uint8_t)(255 - octet), 10});
        assert_non_null(inet_ntop(AF_INET, address.octets + 12, expected, sizeof expected));
        assert_string_equal(address_print(&address, printed), expected);
    }
}

static void test_parse_refuses(void **state)
{
    static const char *const wrong[] = {
        "",          " 1.2.3.4",   "1.2.3.4 ", "1.2.3",      "1.2.3.256",  "1.2.3.4.5",
        "1.2.3.04",  "1.2.3.0004", "1..3.4",   "1.2.3.",     "+1.2.3.4",   "1.2.3.1000",
        "apple.com", "1.2.3.4/8",  ":::",      "2620::1::2", "fe80::1%en0"};
    struct address address = {{7}};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(address_parse(wrong[i], &address));
    assert_int_equal(address.octets[0], 7);
}

static void test_from_bytes(void **state)
{
    static const uint8_t ipv4[4] = {17, 1, 2, 3};
    static const uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 17, 1, 2, 3};
    struct address left = address_from_ipv4(ipv4);
    struct address right = address_from_ipv6(mapped);

    (void)state;
    assert_true(address_equal(&left, &right));
    assert_true(address_is_ipv4(&right));
    right.octets[15]++;
    assert_true(address_compare(&left, &right) < 0);
}

static void test_classes(void **state)
{
    static const struct {
        const char *text;
        bool unspecified, loopback, multicast, private;
    } cases[] = {
        {"0.0.0.0", true, false, false, false},
        {"::", true, false, false, false},
        {"0.0.0.1", false, false, false, false},
        {"127.0.0.53", false, true, false, false},
        {"::1", false, true, false, false},
        {"::2", false, false, false, false},
        {"224.0.0.251", false, false, true, false},
        {"239.255.255.250", false, false, true, false},
        {"240.0.0.1", false, false, false, false},
        {"255.255.255.255", false, false, true, false},
        {"ff02::fb", false, false, true, false},
        {"10.255.0.1", false, false, false, true},
        {"172.16.0.1", false, false, false, true},
        {"172.31.255.255", false, false, false, true},
        {"172.32.0.1", false, false, false, false},
        {"192.168.4.5", false, false, false, true},
        {"100.64.0.1", false, false, false, true},
        {"100.127.255.255", false, false, false, true},
        {"100.128.0.1", false, false, false, false},
        {"169.254.9.9", false, false, false, true},
        {"fe80::1", false, false, false, true},
        {"febf::1", false, false, false, true},
        {"fec0::1", false, false, false, false},
        {"fd00::1", false, false, false, true},
        {"17.57.144.36", false, false, false, false},
        {"2620:149:a44::5", false, false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct address address = parse(cases[i].text);
        assert_int_equal(address_is_unspecified(&address), cases[i].unspecified);
        assert_int_equal(address_is_loopback(&address), cases[i].loopback);
        assert_int_equal(address_is_multicast(&address), cases[i].multicast);
        assert_int_equal(address_is_private(&address), cases[i].private);
    }
}

static void test_none(void **state)
{
    struct address none = {{0}}, zero = parse("0.0.0.0");

    (void)state;
    assert_true(address_is_none(&none));
    assert_false(address_is_none(&zero));
    assert_false(address_is_ipv4(&none));
}

static bool contains(const char *prefix_text, const char *address_text)
{
    struct prefix prefix;
    struct address address = parse(address_text);

    assert_true(prefix_parse(prefix_text, &prefix));
    return prefix_contains(&prefix, &address);
}

static void test_prefix(void **state)
{
    struct prefix prefix;
    char printed[ADDRESS_TEXT_SIZE];

    (void)state;
    assert_true(prefix_parse("17.1.2.3/8", &prefix));
    assert_int_equal(prefix.bits, 104);
    assert_string_equal(address_print(&prefix.address, printed), "17.0.0.0");
    assert_true(contains("17.0.0.0/8", "17.255.255.255"));
    assert_false(contains("17.0.0.0/8", "18.0.0.0"));
    assert_false(contains("17.0.0.0/8", "1100::1"));
    assert_true(contains("17.57.144.0/22", "17.57.147.255"));
    assert_false(contains("17.57.144.0/22", "17.57.148.0"));
    assert_true(contains("17.57.144.36/32", "17.57.144.36"));
    assert_false(contains("17.57.144.36/32", "17.57.144.37"));
    assert_true(contains("2620:149:a44::/48", "2620:149:a44:ffff::1"));
    assert_false(contains("2620:149:a44::/48", "2620:149:a45::1"));
    assert_true(contains("64:ff9b::1100:0/104", "64:ff9b::1139:9024"));
    assert_false(contains("64:ff9b::1100:0/104", "64:ff9b::1239:9024"));
    assert_true(contains("0.0.0.0/0", "8.8.8.8"));
    assert_false(contains("0.0.0.0/0", "2001:db8::1"));
    assert_true(contains("::/0", "2001:db8::1"));
}

static void test_prefix_refuses(void **state)
{
    static const char *const wrong[] = {"17.0.0.0",    "17.0.0.0/",   "17.0.0.0/33", "17.0.0.0/8 ",
                                        "17.0.0.0/-1", "17.0.0.0/+8", "/8",          "x/8",
                                        "2620::/129",  "2620::/0048", "17.0.0.0/8/8"};
    struct prefix prefix = {{{0}}, 9};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(prefix_parse(wrong[i], &prefix));
    assert_int_equal(prefix.bits, 9);
}

static void test_endpoint(void **state)
{
    struct endpoint endpoint = {parse("17.57.144.36"), 5223};
    struct endpoint other = endpoint;
    char printed[ENDPOINT_TEXT_SIZE];

    (void)state;
    assert_true(endpoint_equal(&endpoint, &other));
    other.port = 443;
    assert_false(endpoint_equal(&endpoint, &other));
    assert_string_equal(endpoint_print(&endpoint, printed), "17.57.144.36:5223");
    endpoint.address = parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    endpoint.port = 65535;
    assert_string_equal(endpoint_print(&endpoint, printed),
                        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void test_mac(void **state)
{
    static const char *const wrong[] = {"",
                                        "02:00:5e:10:00",
                                        "02:00:5e:10:00:0g",
                                        "02:00:5e-10:00:01",
                                        "02:00:5e:10:00:01:",
                                        "02005e100001"};
    struct mac mac = {{0}};
    char printed[MAC_TEXT_SIZE];

    (void)state;
    assert_true(mac_is_none(&mac));
    assert_true(mac_parse("02:00:5E:10:00:0f", &mac));
    assert_false(mac_is_none(&mac));
    assert_true(mac_is_private(&mac));
    assert_string_equal(mac_print(&mac, printed), "02:00:5e:10:00:0f");
    assert_true(mac_parse("a4:83:e7:00:00:01", &mac));
    assert_false(mac_is_private(&mac));
    assert_true(mac_parse("33:33:00:00:00:01", &mac)); /* multicast */
    assert_false(mac_is_private(&mac));
    assert_true(mac_parse("02-00-5e-10-00-01", &mac));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(mac_parse(wrong[i], &mac));
    assert_string_equal(mac_print(&mac, printed), "02:00:5e:10:00:01");
}

static void test_through_nat64(void **state)
{
    struct address through, plain;

    (void)state;
    assert_true(address_parse("64:ff9b::1139:9124", &through));
    assert_true(address_parse("17.57.145.36", &plain));
    through = address_through_nat64(&through);
    assert_true(address_equal(&through, &plain));
    through = address_through_nat64(&plain);
    assert_true(address_equal(&through, &plain));
    assert_true(address_parse("64:ff9b:1::1139:9124", &plain)); /* RFC 8215: not it */
    through = address_through_nat64(&plain);
    assert_true(address_equal(&through, &plain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_and_print),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_from_bytes),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_through_nat64),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_prefix_refuses),
        cmocka_unit_test(test_endpoint),
        cmocka_unit_test(test_mac),
        cmocka_unit_test(test_prints_as_the_library),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
