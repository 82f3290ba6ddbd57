/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before a packet that was captured inside a host, where there is no wire
 * and no frame?  Linux cooked captures and its netfilter log, raw IP, the address
 * families of the BSDs and macOS and their firewall logs (libpcap's LINKTYPE_
 * descriptions).  The network layer comes out.
 */
#include "capture/layers.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_LOWEST 0x0600
#define COOKED_PROTOCOL_LLC 4
#define NFLOG_PAYLOAD 9 /* NFULA_PAYLOAD */
#define NFLOG_TYPE_MASK 0x7fff
#define NFLOG_TYPE_HIGHEST 0xff

/* ARPHRD_ values of Linux under which the protocol is no EtherType, or frames begin. */
enum cooked_hardware {
    COOKED_WIFI = 801,
    COOKED_WIFI_PRISM = 802,
    COOKED_WIFI_RADIOTAP = 803,
    COOKED_GRE = 778,
    COOKED_GRE6 = 823,
    COOKED_NETLINK = 824
};

/* The link type of what follows the cooked header; -1: the protocol says. */
static int link_type_of(uint16_t hardware)
{
    switch (hardware) {
    case COOKED_WIFI:
        return 105;
    case COOKED_WIFI_PRISM:
        return 119;
    case COOKED_WIFI_RADIOTAP:
        return 127;
    default:
        return -1;
    }
}

/* Both cooked headers carry the sender's hardware address alone, which may be
 * the capturing machine's own: no MACs are taken from them. */
static enum decapsulation continue_cooked(struct layer_state *state, uint16_t hardware,
                                          uint16_t protocol)
{
    int link_type = link_type_of(hardware);

    if (hardware == COOKED_NETLINK)
        return DECAPSULATED_NOT_IP;
    if (link_type >= 0)
        return layers_select(state, LAYER_LINK_TYPE, (uint32_t)link_type) ? DECAPSULATED
                                                                          : DECAPSULATED_NOT_IP;
    if ((hardware == COOKED_GRE || hardware == COOKED_GRE6) &&
        layers_select(state, LAYER_GRE, protocol))
        return DECAPSULATED;
    if (protocol == COOKED_PROTOCOL_LLC)
        return link_llc(state);
    if (protocol < ETHERTYPE_LOWEST)
        return DECAPSULATED_NOT_IP;
    return layers_ethertype(state, protocol);
}

/* LINKTYPE_LINUX_SLL: packet type, hardware type, address length, address (8),
 * protocol. */
enum decapsulation host_cooked(struct layer_state *state)
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
enum decapsulation host_cooked2(struct layer_state *state)
{
    struct bytes header;
    uint16_t hardware, protocol;

    if (!bytes_take(&state->rest, 20, &header) || !bytes_read_u16(&header, &protocol) ||
        !bytes_skip(&header, 6) || !bytes_read_u16(&header, &hardware))
        return layers_cut(state);
    return continue_cooked(state, hardware, protocol);
}

enum decapsulation host_raw(struct layer_state *state)
{
    uint8_t first;

    if (!bytes_peek_u8(state->rest, 0, &first))
        return layers_cut(state);
    if (first >> 4 == 4)
        return layers_ethertype(state, ETHERTYPE_IPV4);
    if (first >> 4 == 6)
        return layers_ethertype(state, ETHERTYPE_IPV6);
    return DECAPSULATED_INVALID;
}

/* AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 23 on Windows, 24 on NetBSD
 * and OpenBSD, 28 on FreeBSD, 30 on macOS. Some tunnel drivers write the EtherType.
 * 0: none of them. */
static uint16_t type_of_family(uint32_t family)
{
    switch (family) {
    case 2:
    case ETHERTYPE_IPV4:
        return ETHERTYPE_IPV4;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
    case ETHERTYPE_IPV6:
        return ETHERTYPE_IPV6;
    default:
        return 0;
    }
}

static enum decapsulation continue_with_family(struct layer_state *state, uint16_t type)
{
    return type == 0 ? DECAPSULATED_NOT_IP : layers_ethertype(state, type);
}

/* LINKTYPE_NULL: the address family in the byte order of the machine that
 * captured, which the file does not tell. */
enum decapsulation host_null(struct layer_state *state)
{
    struct bytes again = state->rest;
    uint32_t big, little;
    uint16_t type;

    if (!bytes_read_u32(&state->rest, &big) || !bytes_read_little_u32(&again, &little))
        return layers_cut(state);
    type = type_of_family(big);
    if (type == 0)
        type = type_of_family(little);
    /* Some write the EtherType behind two bytes of their own. */
    if (type == 0 && ((big & 0xffff) == ETHERTYPE_IPV4 || (big & 0xffff) == ETHERTYPE_IPV6))
        type = (uint16_t)big;
    return continue_with_family(state, type);
}

enum decapsulation host_loop(struct layer_state *state)
{
    uint32_t family;

    if (!bytes_read_u32(&state->rest, &family))
        return layers_cut(state);
    return continue_with_family(state, type_of_family(family));
}

/* Reads the next attribute's type and its claimed length.  Its numbers are in the byte
 * order of the machine that captured: where one makes no sense, it is the other. */
static bool read_attribute(struct bytes *from, uint16_t *type, uint16_t *length)
{
    struct bytes little = *from;
    uint16_t type_of_big, length_of_big;

    if (!bytes_read_little_u16(&little, length) || !bytes_read_little_u16(&little, type) ||
        !bytes_read_u16(from, &length_of_big) || !bytes_read_u16(from, &type_of_big))
        return false;
    if (*length < 4 || (*type & NFLOG_TYPE_MASK) > NFLOG_TYPE_HIGHEST) {
        *length = length_of_big;
        *type = type_of_big;
    }
    *type &= NFLOG_TYPE_MASK;
    *length = (uint16_t)(*length - 4);
    return *length <= UINT16_MAX - 4;
}

/* LINKTYPE_NFLOG: address family, version, resource; then attributes, each filled up to
 * 4 bytes, the last of which is the packet from its network layer on. */
enum decapsulation host_nflog(struct layer_state *state)
{
    uint16_t type, length;

    if (!bytes_skip(&state->rest, 4))
        return layers_cut(state);
    while (!bytes_empty(state->rest) || state->missing > 0) {
        struct bytes attribute = state->rest;

        if (attribute.length < 4)
            return layers_cut(state);
        if (!read_attribute(&attribute, &type, &length))
            return DECAPSULATED_INVALID;
        state->rest = attribute;
        if (type == NFLOG_PAYLOAD) {
            layers_limit(state, length);
            return host_raw(state);
        }
        if (!bytes_skip(&state->rest, (length + 3u) & ~3u))
            return layers_cut(state);
    }
    return DECAPSULATED_NOT_IP;
}

/* LINKTYPE_PFLOG: its header begins with its length, which is filled up to 4 bytes. */
enum decapsulation host_pflog(struct layer_state *state)
{
    uint8_t length;

    if (!bytes_peek_u8(state->rest, 0, &length) ||
        !bytes_skip(&state->rest, (length + 3u) & ~(size_t)3))
        return layers_cut(state);
    return host_raw(state);
}

/* LINKTYPE_ENC: address family, security parameters, flags; then what IPsec had
 * deciphered, or is yet to encipher. */
enum decapsulation host_enc(struct layer_state *state)
{
    if (!bytes_skip(&state->rest, 12))
        return layers_cut(state);
    return host_raw(state);
}

/* LINKTYPE_APPLE_IP_OVER_IEEE1394: two addresses of 8 bytes, EtherType. */
enum decapsulation host_firewire(struct layer_state *state)
{
    uint16_t type;

    if (!bytes_skip(&state->rest, 16) || !bytes_read_u16(&state->rest, &type))
        return layers_cut(state);
    return layers_ethertype(state, type);
}
