/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/duplicates.c: copies that a mirror makes are recognised, whatever a router
 * changed; packets that merely resemble each other are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/duplicates.h"

static const uint8_t content[201] = {1, 2, 3, 4};

static int create(void **state)
{
    *state = duplicate_filter_create();
    return *state == NULL;
}

static int release(void **state)
{
    duplicate_filter_release(*state);
    return 0;
}

static struct packet make(uint8_t transport, size_t payload_length)
{
    struct packet packet = {.time = NANOSECONDS_PER_SECOND,
                            .ttl = 64,
                            .ip_identification = 0x1234,
                            .transport = transport,
                            .source_port = 50000,
                            .destination_port = 5223,
                            .payload = {content, payload_length},
                            .payload_length = (uint32_t)payload_length};

    packet.source.octets[15] = 1;
    packet.destination.octets[15] = 2;
    if (transport == TRANSPORT_TCP) {
        packet.sequence = 1000;
        packet.acknowledgment = 2000;
        packet.tcp_flags = TCP_ACK;
        packet.window = 512;
    }
    return packet;
}

static enum duplicate_form form(void **state, struct packet packet)
{
    return duplicate_filter_seen(*state, &packet, duplicate_filter_sign(*state, &packet));
}

static bool seen(void **state, struct packet packet)
{
    return form(state, packet) != DUPLICATE_NONE;
}

static void test_a_copy_is_seen(void **state)
{
    static const uint8_t transports[] = {TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_ICMP,
                                         TRANSPORT_ICMPV6, 47};

    for (size_t i = 0; i < sizeof transports; i++)
        for (size_t length = 0; length < sizeof content; length++) {
            struct packet packet = make(transports[i], length);

            assert_false(seen(state, packet));
            assert_true(seen(state, packet));
            /* Before and after a router. */
            packet.time += 5 * NANOSECONDS_PER_MILLISECOND;
            packet.ttl--;
            packet.vlan = 12;
            packet.source_mac.octets[5] = 9;
            packet.identity = 99;
            packet.wire_length = 4;
            assert_true(seen(state, packet));
        }
}

static void test_window_of_time(void **state)
{
    const int64_t window = DUPLICATES_WINDOW_MILLISECONDS * NANOSECONDS_PER_MILLISECOND;
    struct packet packet = make(TRANSPORT_UDP, 20);

    assert_false(seen(state, packet));
    packet.time += window + 1;
    assert_false(seen(state, packet));
    packet.time += window;
    assert_true(seen(state, packet));
    packet.time -= window;
    assert_true(seen(state, packet));
    packet.time -= window + 1;
    assert_false(seen(state, packet));
    packet.time = INT64_MAX;
    assert_false(seen(state, packet));
    packet.time = INT64_MIN;
    assert_false(seen(state, packet));
}

/* Two packets in turn are different packets. */
static void expect_different(void **state, struct packet one, struct packet other)
{
    (void)seen(state, one);
    assert_false(seen(state, other));
}

static void test_tcp_differences(void **state)
{
    static const uint8_t end[200] = {1, 2, 3, 4, [199] = 1};
    static const uint8_t options[] = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    const struct packet packet = make(TRANSPORT_TCP, 200);
    struct packet others[13];

    for (size_t i = 0; i < 13; i++)
        others[i] = packet;
    others[0].source.octets[15]++;
    others[1].destination.octets[0]++;
    others[2].source_port++;
    others[3].destination_port++;
    others[4].ip_identification++;
    others[5].sequence++;
    others[6].acknowledgment++;
    others[7].tcp_flags |= TCP_PSH;
    others[8].window++;
    others[9].payload_length++;
    others[10].payload.data = end;
    others[11].payload.data = content + 1;
    others[12].tcp_options = bytes_of(options, sizeof options);
    for (size_t i = 0; i < 13; i++)
        expect_different(state, packet, others[i]);
}

static void test_other_differences(void **state)
{
    const struct packet udp = make(TRANSPORT_UDP, 100), icmp = make(TRANSPORT_ICMP, 100);
    struct packet other = udp;
    uint8_t changed[100];

    /* An application that asks again gets a new identification. */
    other.ip_identification++;
    expect_different(state, udp, other);
    memcpy(changed, content, sizeof changed);
    changed[63] = 1;
    other = udp;
    other.payload.data = changed;
    expect_different(state, udp, other);
    other = icmp;
    other.icmp_type = 3;
    expect_different(state, icmp, other);
    other = icmp;
    other.icmp_code = 3;
    expect_different(state, icmp, other);
    other = udp;
    other.transport = TRANSPORT_TCP;
    expect_different(state, udp, other);
}

static void test_what_tcp_repeats(void **state)
{
    struct packet packet = make(TRANSPORT_TCP, 0);

    packet.ip_identification = 0;
    assert_false(seen(state, packet));
    assert_false(seen(state, packet));
    packet.tcp_flags = TCP_RST;
    assert_false(seen(state, packet));
    assert_false(seen(state, packet));
    /* A SYN is sent again after a second only; data has its timestamps. */
    packet.tcp_flags = TCP_SYN;
    assert_false(seen(state, packet));
    assert_true(seen(state, packet));
    packet = make(TRANSPORT_TCP, 10);
    packet.ip_identification = 0;
    assert_false(seen(state, packet));
    assert_true(seen(state, packet));
}

static void test_a_router_changes_what_a_syn_offers(void **state)
{
    static const uint8_t before[] = {2, 4, 0x05, 0xb4}, after[] = {2, 4, 0x05, 0xac};
    struct packet packet = make(TRANSPORT_TCP, 0);

    packet.tcp_flags = TCP_SYN;
    packet.tcp_options = bytes_of(before, sizeof before);
    assert_false(seen(state, packet));
    packet.tcp_options = bytes_of(after, sizeof after);
    assert_true(seen(state, packet));
}

static void test_many_packets(void **state)
{
    struct packet packet = make(TRANSPORT_TCP, 100);
    unsigned copies = 0;

    for (uint32_t i = 0; i < 200000; i++) {
        packet.sequence += 100;
        packet.ip_identification++;
        assert_false(seen(state, packet));
        copies += seen(state, packet);
    }
    assert_int_equal(copies, 200000);
}

static void test_forms(void **state)
{
    struct packet packet = make(TRANSPORT_TCP, 100), copy = packet;

    assert_int_equal(form(state, packet), DUPLICATE_NONE);
    assert_int_equal(form(state, packet), DUPLICATE_SAME);
    copy.source_mac.octets[5] = 9;
    assert_int_equal(form(state, copy), DUPLICATE_SAME);
    copy.vlan = 20;
    assert_int_equal(form(state, copy), DUPLICATE_TAGGED);
    copy.ttl--;
    assert_int_equal(form(state, copy), DUPLICATE_ROUTED);
}

/* What TCP repeats stays in its VLAN; the twin in the other one is a copy each time. */
static void test_repetitions_in_two_vlans(void **state)
{
    struct packet packet = make(TRANSPORT_TCP, 0), twin;

    packet.ip_identification = 0;
    twin = packet;
    twin.vlan = 20;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(form(state, packet), DUPLICATE_NONE);
        assert_int_equal(form(state, twin), DUPLICATE_TAGGED);
    }
}

/* The packet as it looks behind a NAT that rewrites its client's end. */
static struct packet outside(struct packet packet, bool from_client)
{
    struct address *address = from_client ? &packet.source : &packet.destination;

    address->octets[15] = 99;
    *(from_client ? &packet.source_port : &packet.destination_port) = 61000;
    packet.ttl = (uint8_t)(packet.ttl + (from_client ? -1 : 1));
    return packet;
}

static struct packet reply(struct packet packet)
{
    struct address swap = packet.source;

    packet.source = packet.destination;
    packet.destination = swap;
    packet.source_port = 5223;
    packet.destination_port = 50000;
    packet.ip_identification += 77;
    packet.sequence += 5;
    return packet;
}

static void test_a_translation(void **state)
{
    static const uint8_t transports[] = {TRANSPORT_TCP, TRANSPORT_UDP};

    for (size_t i = 0; i < sizeof transports; i++) {
        struct packet packet = make(transports[i], 40), back = reply(packet);

        packet.source_port = back.destination_port = (uint16_t)(50000 + i);
        assert_int_equal(form(state, packet), DUPLICATE_NONE);
        assert_int_equal(form(state, outside(packet, true)), DUPLICATE_TRANSLATED);
        /* What comes back is seen outside first; the device's view is kept. */
        assert_int_equal(form(state, outside(back, false)), DUPLICATE_TRANSLATED);
        assert_int_equal(form(state, back), DUPLICATE_NONE);
        /* Without its twin, too. */
        back.ip_identification++;
        assert_int_equal(form(state, outside(back, false)), DUPLICATE_TRANSLATED);
        /* Long after it is somebody else's. */
        back.ip_identification++;
        back.time += 200 * NANOSECONDS_PER_SECOND;
        assert_int_equal(form(state, outside(back, false)), DUPLICATE_NONE);
    }
}

/* Behind one NAT, to two services of one server: connections to the one are seen inside and
 * outside, those to the other outside only, and stay. */
static void two_services(void **state, uint8_t server)
{
    struct packet inside = make(TRANSPORT_TCP, 40), twin, alone;

    inside.destination.octets[15] = server;
    inside.destination_port = 443;
    inside.sequence = (uint32_t)server << 24;
    for (uint16_t i = 0; i < 1000; i++) {
        inside.source_port = (uint16_t)(50000 + i);
        inside.sequence++;
        twin = outside(inside, true);
        twin.source_port = (uint16_t)(20000 + i);
        assert_int_equal(form(state, inside), DUPLICATE_NONE);
        assert_int_equal(form(state, twin), DUPLICATE_TRANSLATED);
    }
    alone = outside(inside, true);
    alone.destination_port = 80;
    for (uint16_t i = 0; i < 4000; i++) {
        alone.source_port = (uint16_t)(18500 + i);
        alone.sequence++;
        assert_int_equal(form(state, alone), DUPLICATE_NONE);
    }
}

static void test_a_translation_is_of_one_connection(void **state)
{
    for (uint8_t server = 2; server < 18; server++)
        two_services(state, server);
}

/* A NAT that numbers the packets anew: what opens the connection meets its twin, and all that
 * follows is known by its ends. */
static void test_a_translation_with_other_identifications(void **state)
{
    struct packet syn = make(TRANSPORT_TCP, 0), twin = outside(syn, true), back, next;

    syn.tcp_flags = twin.tcp_flags = TCP_SYN;
    twin.ip_identification = 777;
    assert_int_equal(form(state, syn), DUPLICATE_NONE);
    assert_int_equal(form(state, twin), DUPLICATE_TRANSLATED);
    back = reply(syn);
    back.tcp_flags = TCP_SYN | TCP_ACK;
    next = outside(back, false);
    next.ip_identification = 778;
    assert_int_equal(form(state, next), DUPLICATE_TRANSLATED);
    assert_int_equal(form(state, back), DUPLICATE_NONE);
    /* For as long as it goes on. */
    next.tcp_flags = TCP_ACK;
    for (int i = 0; i < 4; i++) {
        next.time += 100 * NANOSECONDS_PER_SECOND;
        next.sequence += 100;
        assert_int_equal(form(state, next), DUPLICATE_TRANSLATED);
    }
    /* Another connection from that port has no twin inside. */
    twin.time = next.time + NANOSECONDS_PER_SECOND;
    twin.sequence += 4711;
    assert_int_equal(form(state, twin), DUPLICATE_NONE);
    next.time = twin.time + 1;
    next.sequence++;
    assert_int_equal(form(state, next), DUPLICATE_NONE);
}

static void test_a_question_with_another_identification(void **state)
{
    struct packet query = make(TRANSPORT_UDP, 40), twin, again;

    query.destination_port = 53;
    twin = outside(query, true);
    twin.ip_identification += 9;
    assert_int_equal(form(state, query), DUPLICATE_NONE);
    assert_int_equal(form(state, twin), DUPLICATE_TRANSLATED);
    /* The same words twice from the same ends are two packets. */
    query.time += NANOSECONDS_PER_SECOND;
    again = query;
    again.ip_identification++;
    assert_int_equal(form(state, query), DUPLICATE_NONE);
    assert_int_equal(form(state, again), DUPLICATE_NONE);
}

/* A firewall that diverts to a proxy rewrites the server's end: kept is what the client
 * believes. */
static void test_a_diversion(void **state)
{
    struct packet packet = make(TRANSPORT_TCP, 40), diverted = packet;

    diverted.destination.octets[15] = 8;
    diverted.destination_port = 3129;
    diverted.ttl--;
    assert_int_equal(form(state, packet), DUPLICATE_NONE);
    assert_int_equal(form(state, diverted), DUPLICATE_TRANSLATED);
}

static void test_no_translations(void **state)
{
    const struct packet packet = make(TRANSPORT_TCP, 40);
    struct packet others[5];

    for (size_t i = 0; i < 5; i++)
        others[i] = outside(packet, true);
    others[0].ttl = packet.ttl; /* one that asks two servers from one port */
    others[1].ttl = (uint8_t)(packet.ttl - 2);
    others[2].destination.octets[15]++; /* a proxy: both ends are others */
    others[3].time += 20 * NANOSECONDS_PER_MILLISECOND;
    others[4].ip_identification++;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(form(state, packet) == DUPLICATE_TRANSLATED, 0);
        assert_int_equal(form(state, others[i]), DUPLICATE_NONE);
    }
    /* Two devices that ask the same, without an identification. */
    struct packet query = make(TRANSPORT_UDP, 40);
    query.ip_identification = 0;
    assert_int_equal(form(state, query), DUPLICATE_NONE);
    assert_int_equal(form(state, outside(query, true)), DUPLICATE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_copy_is_seen, create, release),
        cmocka_unit_test_setup_teardown(test_window_of_time, create, release),
        cmocka_unit_test_setup_teardown(test_tcp_differences, create, release),
        cmocka_unit_test_setup_teardown(test_other_differences, create, release),
        cmocka_unit_test_setup_teardown(test_what_tcp_repeats, create, release),
        cmocka_unit_test_setup_teardown(test_a_router_changes_what_a_syn_offers, create, release),
        cmocka_unit_test_setup_teardown(test_many_packets, create, release),
        cmocka_unit_test_setup_teardown(test_forms, create, release),
        cmocka_unit_test_setup_teardown(test_repetitions_in_two_vlans, create, release),
        cmocka_unit_test_setup_teardown(test_a_translation, create, release),
        cmocka_unit_test_setup_teardown(test_a_translation_is_of_one_connection, create, release),
        cmocka_unit_test_setup_teardown(test_a_translation_with_other_identifications, create,
                                        release),
        cmocka_unit_test_setup_teardown(test_a_question_with_another_identification, create,
                                        release),
        cmocka_unit_test_setup_teardown(test_a_diversion, create, release),
        cmocka_unit_test_setup_teardown(test_no_translations, create, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
