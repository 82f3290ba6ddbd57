/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet to be wrapped in all kinds of layers, and what must be seen of it through
 * each, whole and cut at every length.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_LAYERS_H
#define APPLEPATH_TESTS_SUPPORT_LAYERS_H

#include "tests/support/frames.h"

/* 10.0.0.1:1000 -> 17.0.0.1:53, UDP, payload "hi" */
#define IPV4_UDP                                                                                   \
    0x45, 0, 0, 30, 0x12, 0x34, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 17, 0, 0, 1, 0x03, 0xe8, 0,    \
        53, 0, 10, 0, 0, 'h', 'i'
#define IPV4_UDP_NEEDED 28

/* fe80::1 -> ff02::1, ICMPv6 echo request */
#define IPV6_ICMP                                                                                  \
    0x60, 0, 0, 0, 0, 8, 58, 255, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff,      \
        0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 128, 0, 0, 0, 0, 1, 0, 2
#define IPV6_ICMP_NEEDED 44

#define MACS 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2

static inline void expect_udp(int link_type, const uint8_t *data, size_t length, size_t header,
                              uint16_t vlan)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(link_type, data, length, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, TRANSPORT_UDP);
    assert_int_equal(packet.source_port, 1000);
    assert_int_equal(packet.destination_port, 53);
    assert_int_equal(packet.vlan, vlan);
    assert_int_equal(packet.network.length, 30);
    assert_ptr_equal(packet.network.data, data + header);
    assert_int_equal(packet.payload.length, 2);
    assert_memory_equal(packet.payload.data, "hi", 2);
    frames_cut_everywhere(link_type, data, length, header + IPV4_UDP_NEEDED);
}

static inline void expect_icmp(int link_type, const uint8_t *data, size_t length, size_t header)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(link_type, data, length, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, TRANSPORT_ICMPV6);
    assert_int_equal(packet.icmp_type, 128);
    assert_int_equal(packet.source.octets[0], 0xfe);
    assert_int_equal(packet.network.length, 48);
    frames_cut_everywhere(link_type, data, length, header + IPV6_ICMP_NEEDED);
}

static inline void expect_answer(int link_type, const uint8_t *data, size_t length,
                                 enum decapsulation expected)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(link_type, data, length, &packet), expected);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_not_equal(frames_cut_once(link_type, data, cut, length), DECAPSULATED);
}

/* The same, of the packet in a tunnel or with MACs from another layer than the first. */
static inline void expect_udp_within(int link_type, const uint8_t *data, size_t length,
                                     size_t header, struct packet *packet)
{
    expect_udp(link_type, data, length, header, 0);
    assert_int_equal(frames_decapsulate(link_type, data, length, packet), DECAPSULATED);
}

/* What is not read is counted by this name, once. */
static inline void expect_unread(int link_type, const uint8_t *data, size_t length,
                                 const char *name)
{
    struct decapsulator *decapsulator = decapsulator_create();
    struct frame frame = frames_make(link_type, data, length, length);
    char printed[UNREAD_LAYER_NAME_SIZE];
    struct fact_layer layer;
    struct packet packet;

    assert_non_null(decapsulator);
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED_UNREAD);
    assert_true(unread_layers_describe(decapsulator_unread(decapsulator), 0, printed, &layer));
    assert_string_equal(layer.name, name);
    assert_int_equal(layer.packets, 1);
    assert_true(layer.first_packet == packet_identity(1, 1));
    assert_false(unread_layers_describe(decapsulator_unread(decapsulator), 1, printed, &layer));
    decapsulator_release(decapsulator);
}

#endif
