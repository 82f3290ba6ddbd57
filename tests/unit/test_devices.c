/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is a device, what is its MAC, and which addresses are one device's?
 */
#include <stdio.h>

#include "diagnosis/devices.h"
#include "tests/support/facts.h"

#define MAC_ONE "a4:83:e7:00:00:01"
#define MAC_TWO "a4:83:e7:00:00:02"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static const struct device *device_of(const struct facts *facts, const char *text)
{
    struct address address = facts_address(text);
    for (size_t i = 0; i < facts->diagnosis->device_count; i++)
        if (address_equal(&facts->diagnosis->devices[i].address, &address))
            return &facts->diagnosis->devices[i];
    return NULL;
}

static void clients_that_dealt_with_apple(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, OTHER_DEVICE);
    facts_host(facts, "10.0.0.99"); /* nothing of Apple's */
    facts_give_mac(facts_host(facts, DEVICE), MAC_ONE);
    facts_answered(facts, OTHER_DEVICE, COURIER, 5223, 0);
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_answered(facts, DEVICE, "17.1.1.1", 443, 0)->server_name = "gs.apple.com";
    facts_answered(facts, "10.0.0.99", "203.0.113.5", 443, 0)->server_name = "www.example.net";
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 2);
    const struct device *device = &facts->diagnosis->devices[0];
    assert_address(&device->address, DEVICE);
    assert_string_equal(device->role, "device");
    assert_null(device->name);
    assert_true(device->has_mac);
    assert_int_equal(device->mac.octets[5], 1);
    assert_int_equal(device->apple_flows, 2);
    assert_address(&facts->diagnosis->devices[1].address, OTHER_DEVICE);
    assert_false(facts->diagnosis->devices[1].has_mac);
}

static void clients_that_only_asked(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", 1, 3, 0);
    facts_reply(facts, OTHER_DEVICE, RESOLVER, "www.example.net", 1, 3, 0);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 1);
    assert_int_equal(device_of(facts, DEVICE)->apple_flows, 0);
}

/* What a resolver asks on behalf of others is not its own. */
static void resolvers_are_no_devices(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 5, 5);
    facts_resolver(facts, OTHER_DEVICE, OTHER_RESOLVER, 5, 0); /* answers nobody */
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.1.1.1", 0);
    facts_resolved(facts, RESOLVER, "9.9.9.9", "gs.apple.com", "17.1.1.1", 0);
    facts_resolved(facts, OTHER_RESOLVER, "9.9.9.9", "gs.apple.com", "17.1.1.1", 0);
    facts_diagnose(facts);
    assert_non_null(device_of(facts, DEVICE));
    assert_null(device_of(facts, RESOLVER));
    assert_non_null(device_of(facts, OTHER_RESOLVER));
    assert_int_equal(facts->diagnosis->device_count, 2);
}

static void mdm_servers(void **state)
{
    struct facts *facts = *state;
    facts_answered(facts, DEVICE, "17.188.1.1", 2197, 0)->server_name = "api.push.apple.com";
    facts_answered(facts, DEVICE, "17.1.1.1", 443, 0)->server_name = "gs.apple.com";
    facts_answered(facts, OTHER_DEVICE, "17.1.1.1", 443, 0)->server_name = "gdmf.apple.com";
    facts_diagnose(facts);
    assert_string_equal(device_of(facts, DEVICE)->role, "mdm-server");
    assert_int_equal(device_of(facts, DEVICE)->apple_flows, 2);
    assert_string_equal(device_of(facts, OTHER_DEVICE)->role, "device");
}

static void the_mac_of_a_router(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, DEVICE), MAC_ONE);
    facts_give_mac(facts_host(facts, OTHER_DEVICE), MAC_ONE);
    facts_give_mac(facts_host(facts, "2001:db8::20"), MAC_ONE);
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_answered(facts, OTHER_DEVICE, COURIER, 5223, 0);
    facts_answered(facts, "2001:db8::20", "2620:149:a44::1", 5223, 0);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_false(facts->diagnosis->devices[i].has_mac);
}

static void the_mac_of_two_families(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, DEVICE), MAC_ONE);
    facts_give_mac(facts_host(facts, "2001:db8::20"), MAC_ONE);
    facts_give_mac(facts_host(facts, "2001:db8::21"), MAC_ONE);
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_answered(facts, "2001:db8::20", "2620:149:a44::1", 5223, 0);
    facts_diagnose(facts);
    assert_true(device_of(facts, DEVICE)->has_mac);
    assert_true(device_of(facts, "2001:db8::20")->has_mac);
}

static size_t same(struct facts_bench *bench, const char *text)
{
    struct address address = facts_address(text);
    size_t count = 99;
    const struct mac_owner *first = devices_same(&bench->ledger, &address, &count);
    assert_int_equal(first != NULL, count > 0);
    for (size_t i = 0; i < count; i++)
        assert_memory_equal(&first[i].mac, &first[0].mac, sizeof first->mac);
    return count;
}

static void addresses_of_one_device(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    facts_give_mac(facts_host(facts, "10.0.0.1"), "00:00:00:00:00:01");
    facts_give_mac(facts_host(facts, DEVICE), MAC_ONE);
    facts_give_mac(facts_host(facts, "2001:db8::20"), MAC_ONE);
    facts_give_mac(facts_host(facts, "2001:db8::21"), MAC_ONE);
    facts_give_mac(facts_host(facts, OTHER_DEVICE), MAC_TWO);
    facts_give_mac(facts_host(facts, "10.0.0.22"), MAC_TWO);
    facts_give_mac(facts_host(facts, "2001:db8::22"), MAC_TWO);
    facts_host(facts, "10.0.0.23");
    facts_bench_begin(facts, &bench);
    assert_int_equal(same(&bench, DEVICE), 3);
    assert_int_equal(same(&bench, "2001:db8::20"), 3);
    assert_int_equal(same(&bench, "2001:db8::21"), 3);
    assert_int_equal(same(&bench, "10.0.0.1"), 1);
    assert_int_equal(same(&bench, OTHER_DEVICE), 0); /* a router's */
    assert_int_equal(same(&bench, "2001:db8::22"), 0);
    assert_int_equal(same(&bench, "10.0.0.23"), 0);
    assert_int_equal(same(&bench, "10.0.0.24"), 0);
    facts_bench_end(&bench);
}

static void a_router_of_ipv6_alone(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    char text[ADDRESS_TEXT_SIZE];
    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof text, "2001:db8::%x", i + 1);
        facts_give_mac(facts_host(facts, text), MAC_ONE);
    }
    facts_bench_begin(facts, &bench);
    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof text, "2001:db8::%x", i + 1);
        assert_int_equal(same(&bench, text), 0);
    }
    facts_bench_end(&bench);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(clients_that_dealt_with_apple), CASE(clients_that_only_asked),
        CASE(resolvers_are_no_devices),      CASE(mdm_servers),
        CASE(the_mac_of_a_router),           CASE(the_mac_of_two_families),
        CASE(addresses_of_one_device),       CASE(a_router_of_ipv6_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
