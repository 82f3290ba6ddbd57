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
    facts_resolver(facts, DEVICE, RESOLVER, 1, 1);
    facts_resolver(facts, OTHER_DEVICE, RESOLVER, 1, 1)->apple_queries = 0;
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 1);
    assert_int_equal(device_of(facts, DEVICE)->apple_flows, 0);
}

/* What a resolver asks on behalf of others is not its own. */
static void resolvers_are_no_devices(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 5, 5);
    /* answers nobody */
    facts_resolver(facts, OTHER_DEVICE, OTHER_RESOLVER, 5, 0)->apple_queries = 0;
    facts_resolver(facts, RESOLVER, "9.9.9.9", 5, 5);
    facts_resolver(facts, OTHER_RESOLVER, "9.9.9.9", 5, 5);
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
    assert_int_equal(facts->diagnosis->device_count, 1);
    assert_true(device_of(facts, DEVICE)->has_mac);
    assert_int_equal(device_of(facts, DEVICE)->address_count, 3);
    assert_int_equal(device_of(facts, DEVICE)->apple_flows, 2);
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

static struct fact_lease *lease(struct facts *facts, const char *mac, const char *address,
                                const char *name, int64_t at)
{
    struct fact_lease *lease = &facts_add(facts, FACT_LEASE)->as.lease;
    *lease = (struct fact_lease){.has_mac = true,
                                 .address = facts_address(address),
                                 .client_name = name,
                                 .messages = "request,ack",
                                 .first_time = facts_time(at),
                                 .first_packet = facts_packet(facts),
                                 .answered = true,
                                 .answer_time = facts_time(at + 1),
                                 .answer_packet = facts_packet(facts)};
    assert_true(mac_parse(mac, &lease->mac));
    return lease;
}

static struct fact_host *host_between(struct facts *facts, const char *address, const char *mac,
                                      int64_t first, int64_t last)
{
    struct fact_host *host = facts_host(facts, address);
    host->first_time = facts_time(first);
    host->last_time = facts_time(last);
    facts_give_mac(host, mac);
    return host;
}

/* A device that leaves an address and takes another, next to the capture. */
static void one_address_after_the_other(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    host_between(facts, DEVICE, MAC_ONE, 0, 1000);
    host_between(facts, OTHER_DEVICE, MAC_ONE, 2000, 3000);
    host_between(facts, "2001:db8::20", MAC_ONE, 0, 3000);
    facts_answered(facts, DEVICE, COURIER, 5223, 0)->client_ttl = 64;
    facts_answered(facts, OTHER_DEVICE, COURIER, 5223, 2000)->client_ttl = 64;
    facts_bench_begin(facts, &bench);
    assert_int_equal(same(&bench, DEVICE), 3);
    assert_int_equal(same(&bench, OTHER_DEVICE), 3);
    facts_bench_end(&bench);
}

/* The same through a router, whose MAC it then is. */
static void one_after_the_other_from_far(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    host_between(facts, DEVICE, MAC_ONE, 0, 1000);
    host_between(facts, OTHER_DEVICE, MAC_ONE, 2000, 3000);
    facts_answered(facts, DEVICE, COURIER, 5223, 0)->client_ttl = 63;
    facts_answered(facts, OTHER_DEVICE, COURIER, 5223, 2000)->client_ttl = 63;
    host_between(facts, "10.0.0.30", MAC_TWO, 0, 1000);
    host_between(facts, "2001:db8::30", MAC_TWO, 0, 1000);
    facts_answered(facts, "10.0.0.30", COURIER, 5223, 0)->client_ttl = 64;
    facts_answered(facts, "2001:db8::30", COURIER, 5223, 0)->client_ttl = 63;
    facts_bench_begin(facts, &bench);
    assert_int_equal(same(&bench, DEVICE), 0);
    assert_int_equal(same(&bench, OTHER_DEVICE), 0);
    assert_int_equal(same(&bench, "10.0.0.30"), 0);
    assert_int_equal(same(&bench, "2001:db8::30"), 0);
    facts_bench_end(&bench);
}

/* Nothing tells whether a router stands between: then nothing is joined. */
static void one_after_the_other_from_nobody_knows_where(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    host_between(facts, DEVICE, MAC_ONE, 0, 1000);
    host_between(facts, OTHER_DEVICE, MAC_ONE, 2000, 3000);
    facts_bench_begin(facts, &bench);
    assert_int_equal(same(&bench, DEVICE), 0);
    facts_bench_end(&bench);
}

/* Leases tell devices apart behind a router's MAC, and join what each was given. */
static void leases_behind_a_router(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    const char *router = "00:11:22:33:44:55";
    host_between(facts, DEVICE, router, 0, 3000);
    host_between(facts, OTHER_DEVICE, router, 0, 3000);
    host_between(facts, "10.0.0.22", router, 0, 3000);
    host_between(facts, "10.0.0.23", router, 0, 3000);
    host_between(facts, "10.0.0.24", router, 0, 3000);
    lease(facts, MAC_ONE, DEVICE, "iPad", 0);
    lease(facts, MAC_ONE, OTHER_DEVICE, "iPad", 2000);
    lease(facts, MAC_TWO, "10.0.0.22", NULL, 0);
    lease(facts, MAC_ONE, "10.0.0.23", NULL, 0); /* one device's, then another's */
    lease(facts, MAC_TWO, "10.0.0.23", NULL, 2000);
    lease(facts, MAC_TWO, "10.0.0.24", NULL, 0)->answered = false;
    facts_bench_begin(facts, &bench);
    assert_int_equal(same(&bench, DEVICE), 2);
    assert_int_equal(same(&bench, OTHER_DEVICE), 2);
    assert_int_equal(same(&bench, "10.0.0.22"), 1);
    assert_int_equal(same(&bench, "10.0.0.23"), 0);
    assert_int_equal(same(&bench, "10.0.0.24"), 0);
    facts_bench_end(&bench);
}

/* A device that shares its network (a router with a lease of its own). */
static void a_router_with_a_lease(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    host_between(facts, DEVICE, MAC_ONE, 0, 3000);
    host_between(facts, OTHER_DEVICE, MAC_ONE, 0, 3000);
    host_between(facts, "2001:db8::20", MAC_ONE, 0, 3000);
    lease(facts, MAC_ONE, DEVICE, "iPad", 0);
    facts_bench_begin(facts, &bench);
    assert_int_equal(same(&bench, DEVICE), 1);
    assert_int_equal(same(&bench, OTHER_DEVICE), 0);
    assert_int_equal(same(&bench, "2001:db8::20"), 0);
    facts_bench_end(&bench);
}

static void names_of_devices(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    struct mac mac;
    facts_host(facts, DEVICE);
    lease(facts, MAC_ONE, "10.9.9.9", "older", 0);
    lease(facts, MAC_ONE, DEVICE, "newer", 2000);
    lease(facts, MAC_ONE, DEVICE, NULL, 3000);
    facts_bench_begin(facts, &bench);
    assert_true(mac_parse(MAC_ONE, &mac));
    assert_string_equal(devices_name(&bench.ledger, &mac), "newer");
    assert_true(mac_parse(MAC_TWO, &mac));
    assert_null(devices_name(&bench.ledger, &mac));
    facts_bench_end(&bench);
}

/* One device of the report, with both its addresses; a finding counts it once. */
static void two_families_are_one_device(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, DEVICE), "a6:83:e7:00:00:01");
    facts_give_mac(facts_host(facts, "2001:db8::20"), "a6:83:e7:00:00:01");
    lease(facts, "a6:83:e7:00:00:01", DEVICE, "iPad-Cart-07", 0);
    for (int i = 0; i < 4; i++) {
        facts_silent(facts, DEVICE, COURIER, 5223, 4, i * 1000)->server_name =
            "1-courier.push.apple.com";
        facts_silent(facts, "2001:db8::20", "2620:149:a44::1", 5223, 4, i * 1000)->server_name =
            "1-courier.push.apple.com";
    }
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 1);
    const struct device *device = &facts->diagnosis->devices[0];
    assert_address(&device->address, DEVICE);
    assert_int_equal(device->address_count, 2);
    assert_address(&device->addresses[0], DEVICE);
    assert_address(&device->addresses[1], "2001:db8::20");
    assert_string_equal(device->name, "iPad-Cart-07");
    assert_true(device->private_mac);
    assert_null(device->vendor);
    assert_int_equal(device->apple_flows, 8);
    bool both = false;
    for (size_t i = 0; i < facts->diagnosis->finding_count; i++) {
        const struct finding *finding = &facts->diagnosis->findings[i];
        assert_int_equal(finding_devices(finding), 1);
        assert_null(strstr(finding->summary, "2 devices"));
        both = both || finding->device_count == 2;
    }
    assert_true(both);
    assert_null(strstr(facts->diagnosis->verdict_sentence, "2 devices"));
}

/* A capture on a cooked interface, or in a tunnel: no MACs, and one host of each family. */
static void one_of_each_family_without_macs(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_host(facts, "2001:db8::20");
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_answered(facts, "2001:db8::20", "2620:149:a44::1", 5223, 0);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 1);
    assert_int_equal(facts->diagnosis->devices[0].address_count, 2);
    assert_false(facts->diagnosis->devices[0].has_mac);
}

/* Of three nobody knows which two belong together; nor where one shows its MAC. */
static void three_without_macs(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_host(facts, OTHER_DEVICE);
    facts_host(facts, "2001:db8::20");
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_answered(facts, "2001:db8::20", "2620:149:a44::1", 5223, 0);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 2);
}

static void one_mac_is_known(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, DEVICE), MAC_ONE);
    facts_host(facts, "2001:db8::20");
    facts_answered(facts, DEVICE, COURIER, 5223, 0);
    facts_answered(facts, "2001:db8::20", "2620:149:a44::1", 5223, 0);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->device_count, 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(clients_that_dealt_with_apple),
        CASE(clients_that_only_asked),
        CASE(one_of_each_family_without_macs),
        CASE(three_without_macs),
        CASE(one_mac_is_known),
        CASE(resolvers_are_no_devices),
        CASE(mdm_servers),
        CASE(the_mac_of_a_router),
        CASE(the_mac_of_two_families),
        CASE(addresses_of_one_device),
        CASE(a_router_of_ipv6_alone),
        CASE(one_address_after_the_other),
        CASE(one_after_the_other_from_far),
        CASE(one_after_the_other_from_nobody_knows_where),
        CASE(leases_behind_a_router),
        CASE(a_router_with_a_lease),
        CASE(names_of_devices),
        CASE(two_families_are_one_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
