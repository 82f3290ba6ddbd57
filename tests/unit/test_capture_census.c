/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is counted of packets, and that the tables are bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "program/capture_census.h"
#include "program/interface_facts.h"

static struct packet packet_between(const char *source, const char *destination)
{
    static const uint8_t bytes[1500];
    struct packet packet = {.transport = TRANSPORT_TCP,
                            .network = {.data = bytes, .length = sizeof bytes}};
    assert_true(address_parse(source, &packet.source));
    assert_true(address_parse(destination, &packet.destination));
    return packet;
}

static void count(struct capture_census *census, const struct packet *packet, int64_t time)
{
    struct frame frame = {.time = time,
                          .wire_length = packet != NULL ? 14 + 1500u : 60,
                          .data = {.length = packet != NULL ? 14 + 1500u : 60}};
    capture_census_frame(census, &frame, packet, NULL);
}

static void strangers_are_told_from_own_packets(void **state)
{
    struct capture_census census = {.own_count = 1};
    struct packet strangers = packet_between("10.0.0.20", "17.57.144.36");
    struct packet own = packet_between("10.0.0.9", "17.57.144.36");
    struct packet to_own = packet_between("17.57.144.36", "10.0.0.9");
    struct packet multicast = packet_between("10.0.0.20", "224.0.0.251");
    struct packet broadcast = packet_between("10.0.0.20", "10.0.0.255");
    (void)state;
    assert_true(address_parse("10.0.0.9", &census.own[0]));
    broadcast.has_macs = true;
    memset(broadcast.destination_mac.octets, 0xff, sizeof broadcast.destination_mac.octets);
    count(&census, &strangers, 1);
    count(&census, &own, 2);
    count(&census, &to_own, 3);
    count(&census, &multicast, 4);
    count(&census, &broadcast, 5);
    assert_int_equal(census.counts.packets, 5);
    assert_int_equal(census.counts.strangers, 1);
}

static void this_machine_has_a_loopback(void **state)
{
    struct capture_census census = {.own_count = 0};
    (void)state;
    capture_census_know_own(&census);
    bool found = census.own_count == 0; /* where the system tells nothing */
    for (size_t i = 0; i < census.own_count; i++)
        found = found || address_is_loopback(&census.own[i]);
    assert_true(found);
}

static void vlans_and_tunnels_are_bounded(void **state)
{
    struct capture_census census = {.own_count = 0};
    struct packet packet = packet_between("10.0.0.20", "17.57.144.36");
    (void)state;
    for (uint16_t vlan = 1; vlan <= FITNESS_VLAN_LIMIT + 3; vlan++) {
        packet.vlan = vlan;
        count(&census, &packet, vlan);
    }
    packet.vlan = 1;
    packet.tunnel_name = "VXLAN";
    count(&census, &packet, 1);
    count(&census, &packet, 1);
    packet.tunnel_name = "GRE";
    count(&census, &packet, 1);
    assert_int_equal(census.counts.vlan_count, FITNESS_VLAN_LIMIT);
    assert_int_equal(census.counts.vlan_packets_left_out, 3);
    assert_int_equal(census.counts.vlans[0].packets, 4);
    assert_int_equal(census.counts.tunnel_count, 2);
    assert_int_equal(census.counts.tunnels[0].packets, 2);
    assert_string_equal(census.counts.tunnels[1].name, "GRE");
}

static void sizes_are_held_against_the_mtu(void **state)
{
    struct capture_census census = {.mtu = 1400};
    struct packet packet = packet_between("10.0.0.20", "17.57.144.36");
    (void)state;
    count(&census, &packet, 1);
    assert_int_equal(census.counts.oversized, 1);
    assert_int_equal(census.counts.largest, 1500);
    census.mtu = 1500;
    count(&census, &packet, 1);
    assert_int_equal(census.counts.oversized, 1);
    /* What a snapshot length cut was on the wire all the same. */
    struct frame frame = {.wire_length = 9014, .data = {.length = 1514}};
    capture_census_frame(&census, &frame, &packet, NULL);
    assert_int_equal(census.counts.largest, 9000);
    assert_int_equal(census.counts.oversized, 2);
}

static void precision_is_the_finest_seen(void **state)
{
    struct capture_census census = {.own_count = 0};
    (void)state;
    count(&census, NULL, 5 * NANOSECONDS_PER_SECOND);
    assert_int_equal(census.counts.precision, NANOSECONDS_PER_SECOND);
    count(&census, NULL, 1002000000);
    assert_int_equal(census.counts.precision, NANOSECONDS_PER_MILLISECOND);
    count(&census, NULL, -1002003000);
    assert_int_equal(census.counts.precision, 1000);
    count(&census, NULL, 7);
    count(&census, NULL, 1000000000);
    assert_int_equal(census.counts.precision, 1);
    assert_int_equal(census.counts.packets, 0);
}

static void the_smallest_difference_of_clocks_counts(void **state)
{
    struct capture_census census = {.own_count = 0};
    (void)state;
    capture_census_clock(&census, 1000, 6000);
    assert_true(census.counts.has_clock);
    assert_int_equal(census.counts.clock_ahead, -5000);
    capture_census_clock(&census, 9000, 6000);
    assert_int_equal(census.counts.clock_ahead, 3000);
    capture_census_clock(&census, 1000, 6000);
    assert_int_equal(census.counts.clock_ahead, 3000);
}

static void an_interface_that_is_not_there(void **state)
{
    struct fitness_interface interface;
    (void)state;
    interface_facts_read(&interface, "nowhere0");
    assert_string_equal(interface.name, "nowhere0");
    assert_false(interface.has_state);
    assert_false(interface.has_offloads);
    assert_int_equal(interface.mtu, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_told_from_own_packets),
        cmocka_unit_test(this_machine_has_a_loopback),
        cmocka_unit_test(vlans_and_tunnels_are_bounded),
        cmocka_unit_test(sizes_are_held_against_the_mtu),
        cmocka_unit_test(precision_is_the_finest_seen),
        cmocka_unit_test(the_smallest_difference_of_clocks_counts),
        cmocka_unit_test(an_interface_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
