/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies below IP?  Frame headers go in, the network layer's number comes out:
 * Ethernet with IEEE 802.2 LLC and RFC 1042 SNAP, VLAN tags (IEEE 802.1Q), Linux
 * cooked, raw and loopback captures (libpcap's LINKTYPE_ descriptions).
 */
#include "capture/layers.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ARP_REPLY 2
#define ETHERTYPE_LOWEST 0x0600 /* below: a length (IEEE 802.3 section 3.2.6) */
#define LENGTH_HIGHEST 1500
#define SNAP_HEADER 0xaaaa03u /* LLC: both SAPs SNAP, unnumbered information */
#define SNAP_RFC1042 0x000000u
#define SNAP_BRIDGE_TUNNEL 0x0000f8u
#define COOKED_HARDWARE_NETLINK 824
#define COOKED_PROTOCOL_LLC 4

static enum decapsulation continue_with_type(struct layer_state *state, uint16_t type)
{
    if (layers_select(state, LAYER_ETHERTYPE, type))
        return DECAPSULATED;
    return DECAPSULATED_NOT_IP;
}

/* IEEE 802.2: IP is there only behind SNAP; spanning tree and the like are not
 * for us. */
static enum decapsulation decode_llc(struct layer_state *state)
{
    uint32_t header, organisation;
    uint16_t type;

    if (!bytes_read_u24(&state->rest, &header))
        return layers_cut(state);
    if (header != SNAP_HEADER)
        return DECAPSULATED_NOT_IP;
    if (!bytes_read_u24(&state->rest, &organisation) || !bytes_read_u16(&state->rest, &type))
        return layers_cut(state);
    if (organisation != SNAP_RFC1042 && organisation != SNAP_BRIDGE_TUNNEL)
        return DECAPSULATED_NOT_IP;
    return continue_with_type(state, type);
}

static enum decapsulation continue_with_type_or_length(struct layer_state *state, uint16_t value)
{
    if (value >= ETHERTYPE_LOWEST)
        return continue_with_type(state, value);
    if (value > LENGTH_HIGHEST)
        return DECAPSULATED_NOT_IP;
    layers_limit(state, value);
    return decode_llc(state);
}

enum decapsulation link_ethernet(struct layer_state *state)
{
    struct packet *packet = state->packet;
    struct bytes header, destination, source;
    uint16_t value;

    if (!bytes_take(&state->rest, 14, &header) || !bytes_take(&header, 6, &destination) ||
        !bytes_take(&header, 6, &source) || !bytes_read_u16(&header, &value))
        return layers_cut(state);
    memcpy(packet->destination_mac.octets, destination.data, 6);
    memcpy(packet->source_mac.octets, source.data, 6);
    packet->has_macs = true;
    return continue_with_type_or_length(state, value);
}

enum decapsulation link_vlan(struct layer_state *state)
{
    uint16_t tag, value;

    if (!bytes_read_u16(&state->rest, &tag) || !bytes_read_u16(&state->rest, &value))
        return layers_cut(state);
    /* Identifier 0 only carries a priority (IEEE 802.1Q table 9-2). */
    if ((tag & 0x0fff) != 0)
        state->packet->vlan = tag & 0x0fff;
    return continue_with_type_or_length(state, value);
}

/* RFC 826. Only replies matter here: one that reaches a host shows that the capture
 * sees what is sent to it. */
enum decapsulation link_arp(struct layer_state *state)
{
    struct bytes header, sender, target;
    uint16_t hardware, protocol, operation;
    uint8_t hardware_length, protocol_length;

    if (!bytes_take(&state->rest, 28, &header))
        return layers_cut(state);
    if (!bytes_read_u16(&header, &hardware) || !bytes_read_u16(&header, &protocol) ||
        !bytes_read_u8(&header, &hardware_length) || !bytes_read_u8(&header, &protocol_length) ||
        !bytes_read_u16(&header, &operation) || !bytes_skip(&header, 6) ||
        !bytes_take(&header, 4, &sender) || !bytes_skip(&header, 6) ||
        !bytes_take(&header, 4, &target))
        return DECAPSULATED_INVALID;
    if (protocol != ETHERTYPE_IPV4 || hardware_length != 6 || protocol_length != 4 ||
        operation != ARP_REPLY)
        return DECAPSULATED_NOT_IP;
    state->packet->source = address_from_ipv4(sender.data);
    state->packet->destination = address_from_ipv4(target.data);
    return DECAPSULATED_ARP_REPLY;
}

/* Both cooked headers carry the sender's hardware address alone, which may be
 * the capturing machine's own: no MACs are taken from them. */
static enum decapsulation continue_cooked(struct layer_state *state, uint16_t hardware,
                                          uint16_t protocol)
{
    if (hardware == COOKED_HARDWARE_NETLINK)
        return DECAPSULATED_NOT_IP;
    if (protocol == COOKED_PROTOCOL_LLC)
        return decode_llc(state);
    if (protocol < ETHERTYPE_LOWEST)
        return DECAPSULATED_NOT_IP;
    return continue_with_type(state, protocol);
}

/* LINKTYPE_LINUX_SLL: packet type, hardware type, address length, address (8),
 * protocol. */
enum decapsulation link_cooked(struct layer_state *state)
{
    struct bytes header;
    uint16_t hardware, protocol;

    if (!bytes_take(&state->rest, 16, &header) || !bytes_skip(&header, 2) ||
        !bytes_read_u16(&header, &hardware) || !bytes_skip(&header, 10) ||
        !bytes_read_u16(&header, &protocol))
        return layers_cut(state);
    return continue_cooked(state, hardware, protocol);
}

/* LINKTYPE_LINUX_SLL2: protocol, reserved (2), interface (4), hardware type,
 * packet type, address length, address (8). */
enum decapsulation link_cooked2(struct layer_state *state)
{
    struct bytes header;
    uint16_t hardware, protocol;

    if (!bytes_take(&state->rest, 20, &header) || !bytes_read_u16(&header, &protocol) ||
        !bytes_skip(&header, 6) || !bytes_read_u16(&header, &hardware))
        return layers_cut(state);
    return continue_cooked(state, hardware, protocol);
}

enum decapsulation link_raw(struct layer_state *state)
{
    uint8_t first;

    if (!bytes_peek_u8(state->rest, 0, &first))
        return layers_cut(state);
    if (first >> 4 == 4)
        return continue_with_type(state, ETHERTYPE_IPV4);
    if (first >> 4 == 6)
        return continue_with_type(state, ETHERTYPE_IPV6);
    return DECAPSULATED_INVALID;
}

/* AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 23 on Windows, 24 on NetBSD
 * and OpenBSD, 28 on FreeBSD, 30 on macOS.  0: neither. */
static uint16_t type_of_family(uint32_t family)
{
    switch (family) {
    case 2:
        return ETHERTYPE_IPV4;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
        return ETHERTYPE_IPV6;
    default:
        return 0;
    }
}

/* LINKTYPE_NULL: the address family in the byte order of the machine that
 * captured, which the file does not tell. */
enum decapsulation link_null(struct layer_state *state)
{
    struct bytes again = state->rest;
    uint32_t big, little;
    uint16_t type;

    if (!bytes_read_u32(&state->rest, &big) || !bytes_read_little_u32(&again, &little))
        return layers_cut(state);
    type = type_of_family(big);
    if (type == 0)
        type = type_of_family(little);
    return continue_with_type(state, type);
}

enum decapsulation link_loop(struct layer_state *state)
{
    uint32_t family;

    if (!bytes_read_u32(&state->rest, &family))
        return layers_cut(state);
    return continue_with_type(state, type_of_family(family));
}
