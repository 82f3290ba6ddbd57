/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does this UDP datagram carry a packet?  VXLAN (RFC 7348, RFC 9512's GPE), Geneve
 * (RFC 8926), GTP-U (3GPP TS 29.281), TZSP, CAPWAP data (RFC 5415).  Ports alone tell
 * little, as clients may have them too: a header that does not fit makes it a plain
 * datagram again.
 */
#include "capture/layers.h"

#define ETHERTYPE_ETHERNET 0x6558
#define PORT_OF_SERVICES 1024 /* below: an answer to somebody's client */
#define VXLAN_NETWORK 0x08
#define VXLAN_RESERVED 0x77 /* the eighth bit is the group policy's */
#define GPE_RESERVED 0xf2
#define GPE_PROTOCOL 0x04
#define GENEVE_CONTROL 0x80
#define GENEVE_RESERVED 0x3f
#define GTP_VERSION_MASK 0xf8
#define GTP_VERSION 0x30
#define GTP_OPTIONS 0x07 /* extension, sequence, N-PDU: one of them, and all are there */
#define GTP_EXTENSION 0x04
#define GTP_PACKET 0xff
#define EXTENSIONS_HIGHEST 8
#define TAGS_HIGHEST 32
#define TZSP_PADDING 0
#define TZSP_END 1
#define CAPWAP_ENCRYPTED 0x01
#define CAPWAP_NATIVE 0x0100u
#define CAPWAP_FRAGMENT 0x0080u
#define CAPWAP_LAST 0x0040u
#define CAPWAP_KEEP_ALIVE 0x0008u
#define CAPWAP_WIFI 1u
#define CAPWAP_DATAGRAM 0x10000u /* no IP identification is as large */

static bool is_vxlan_port(const struct decapsulator *home, uint16_t port)
{
    for (size_t i = 0; i < home->vxlan_port_count; i++)
        if (home->vxlan_ports[i] == port)
            return true;
    return false;
}

static bool ports_are_high(const struct packet *packet)
{
    return packet->source_port >= PORT_OF_SERVICES && packet->destination_port >= PORT_OF_SERVICES;
}

bool tunnels_know_udp(const struct decapsulator *home, const struct packet *packet)
{
    return ports_are_high(packet) && (layers_know(LAYER_UDP, packet->destination_port) ||
                                      layers_know(LAYER_UDP_ANSWER, packet->source_port) ||
                                      is_vxlan_port(home, packet->destination_port));
}

bool tunnels_select_udp(struct layer_state *state)
{
    const struct packet *packet = state->packet;

    if (!ports_are_high(packet))
        return false;
    if (layers_select(state, LAYER_UDP, packet->destination_port) ||
        layers_select(state, LAYER_UDP_ANSWER, packet->source_port))
        return true;
    if (!is_vxlan_port(state->home, packet->destination_port))
        return false;
    state->next = tunnels_vxlan;
    return true;
}

/* The header does not fit what the port says. */
static enum decapsulation plain_datagram(struct layer_state *state)
{
    return state->missing > 0 && state->rest.length < 16 ? DECAPSULATED_TRUNCATED
                                                         : transport_other(state);
}

/* Flags, group policy, network (24 bits), reserved. */
enum decapsulation tunnels_vxlan(struct layer_state *state)
{
    struct bytes header = state->rest;
    uint32_t network;
    uint8_t flags, reserved;

    if (!bytes_read_u8(&header, &flags) || !bytes_skip(&header, 3) ||
        !bytes_read_u24(&header, &network) || !bytes_read_u8(&header, &reserved) ||
        (flags & (VXLAN_NETWORK | VXLAN_RESERVED)) != VXLAN_NETWORK || reserved != 0)
        return plain_datagram(state);
    state->rest = header;
    layers_enter_tunnel(state, TUNNEL_VXLAN, network);
    return link_ethernet(state);
}

/* The fourth byte tells what follows: IPv4, IPv6, Ethernet. */
enum decapsulation tunnels_vxlan_gpe(struct layer_state *state)
{
    struct bytes header = state->rest;
    uint32_t network;
    uint8_t flags, protocol;

    if (!bytes_read_u8(&header, &flags) || !bytes_skip(&header, 2) ||
        !bytes_read_u8(&header, &protocol) || !bytes_read_u24(&header, &network) ||
        !bytes_skip(&header, 1) || (flags & GPE_RESERVED) != 0 || (flags & VXLAN_NETWORK) == 0)
        return plain_datagram(state);
    state->rest = header;
    layers_enter_tunnel(state, TUNNEL_VXLAN, network);
    if ((flags & GPE_PROTOCOL) == 0 || protocol == 3)
        return link_ethernet(state);
    if (protocol == 1 || protocol == 2)
        return host_raw(state);
    return layers_unread_number(state, "VXLAN-GPE protocol", protocol);
}

/* Version and length of options in 4 bytes, flags, EtherType, network (24), reserved. */
enum decapsulation tunnels_geneve(struct layer_state *state)
{
    struct bytes header = state->rest;
    uint32_t network;
    uint16_t type;
    uint8_t options, flags, reserved;

    if (!bytes_read_u8(&header, &options) || !bytes_read_u8(&header, &flags) ||
        !bytes_read_u16(&header, &type) || !bytes_read_u24(&header, &network) ||
        !bytes_read_u8(&header, &reserved) || options >> 6 != 0 || (flags & GENEVE_RESERVED) != 0 ||
        reserved != 0)
        return plain_datagram(state);
    if ((flags & GENEVE_CONTROL) != 0)
        return DECAPSULATED_NOT_IP;
    state->rest = header;
    if (!bytes_skip(&state->rest, (size_t)(options & 0x3f) * 4))
        return layers_cut(state);
    layers_enter_tunnel(state, TUNNEL_GENEVE, network);
    return type == ETHERTYPE_ETHERNET ? link_ethernet(state) : layers_ethertype(state, type);
}

/* Each extension header begins with its length in 4 bytes and ends with the next one's
 * type (TS 29.281 section 5.2.1). */
static bool strip_gtp_extensions(struct bytes *from, uint8_t type)
{
    struct bytes extension;
    uint8_t length;

    for (int i = 0; type != 0; i++) {
        if (i == EXTENSIONS_HIGHEST || !bytes_peek_u8(*from, 0, &length) || length == 0 ||
            !bytes_take(from, (size_t)length * 4, &extension) ||
            !bytes_peek_u8(extension, extension.length - 1, &type))
            return false;
    }
    return true;
}

/* Flags, message, length, endpoint; sequence, N-PDU, first extension. Only user data is
 * a tunnel; each direction has its own endpoint. */
enum decapsulation tunnels_gtp(struct layer_state *state)
{
    struct bytes header = state->rest;
    uint32_t endpoint;
    uint16_t length;
    uint8_t flags, message, extension = 0;

    if (!bytes_read_u8(&header, &flags) || !bytes_read_u8(&header, &message) ||
        !bytes_read_u16(&header, &length) || !bytes_read_u32(&header, &endpoint) ||
        (flags & GTP_VERSION_MASK) != GTP_VERSION || message != GTP_PACKET ||
        length > header.length + state->missing)
        return plain_datagram(state);
    state->rest = header;
    layers_limit(state, length);
    if ((flags & GTP_OPTIONS) != 0 &&
        (!bytes_skip(&state->rest, 3) || !bytes_read_u8(&state->rest, &extension)))
        return layers_cut(state);
    if ((flags & GTP_EXTENSION) != 0 && !strip_gtp_extensions(&state->rest, extension))
        return layers_cut(state);
    layers_enter_tunnel(state, TUNNEL_GTP, endpoint);
    return host_raw(state);
}

static bool strip_tzsp_tags(struct bytes *from)
{
    uint8_t tag, length;

    for (int i = 0; i < TAGS_HIGHEST; i++) {
        if (!bytes_read_u8(from, &tag))
            return false;
        if (tag == TZSP_END)
            return true;
        if (tag != TZSP_PADDING && (!bytes_read_u8(from, &length) || !bytes_skip(from, length)))
            return false;
    }
    return false;
}

/* The link types of TZSP's encapsulations; 0: not one of them. */
static uint32_t link_type_of_tzsp(uint16_t encapsulation)
{
    switch (encapsulation) {
    case 1:
        return 1;
    case 18:
        return 105;
    case 119:
        return 119;
    case 127:
        return 163;
    default:
        return 0;
    }
}

/* Version 1, type 0 (received) or 1 (sent), encapsulation, tags. */
enum decapsulation tunnels_tzsp(struct layer_state *state)
{
    struct bytes header = state->rest;
    uint32_t link_type;
    uint16_t encapsulation;
    uint8_t version, type;

    if (!bytes_read_u8(&header, &version) || !bytes_read_u8(&header, &type) ||
        !bytes_read_u16(&header, &encapsulation) || version != 1 || type > 1)
        return plain_datagram(state);
    link_type = link_type_of_tzsp(encapsulation);
    if (link_type == 0)
        return layers_unread_number(state, "TZSP encapsulation", encapsulation);
    if (!strip_tzsp_tags(&header))
        return layers_cut(state);
    state->rest = header;
    layers_enter_tunnel(state, TUNNEL_TZSP, 0);
    return layers_select(state, LAYER_LINK_TYPE, link_type) ? DECAPSULATED : DECAPSULATED_INVALID;
}

/* Pieces of one frame have a number of their own, besides what IP may do to each. */
static enum decapsulation join_capwap(struct layer_state *state, uint16_t flags, uint16_t number,
                                      uint16_t offset)
{
    struct packet *packet = state->packet;
    struct fragment fragment = {.source = packet->source,
                                .destination = packet->destination,
                                .identification = CAPWAP_DATAGRAM | number,
                                .vlan = packet->vlan,
                                .tunnel = packet->tunnel,
                                .protocol = TRANSPORT_UDP,
                                .more = (flags & CAPWAP_LAST) == 0,
                                .offset = offset & 0xfff8u,
                                .time = packet->time,
                                .data = state->rest};
    uint8_t protocol;

    if (state->missing > 0)
        return DECAPSULATED_TRUNCATED;
    switch (fragments_add(state->home->fragments, &fragment, &state->rest, &protocol)) {
    case FRAGMENT_COMPLETE:
        packet->lent = true;
        return DECAPSULATED;
    case FRAGMENT_KEPT:
        return DECAPSULATED_FRAGMENT;
    case FRAGMENT_REFUSED:
        break;
    }
    return DECAPSULATED_INVALID;
}

/* RFC 5415 section 4.3: version and type; length (5 bits, in 4 bytes), radio (5), binding
 * (5), flags; fragment's number and offset. All of it may be in DTLS (section 4.2). */
enum decapsulation tunnels_capwap(struct layer_state *state)
{
    struct bytes header = state->rest;
    uint32_t fields;
    uint16_t number, offset;
    uint8_t preamble;
    enum decapsulation answer = DECAPSULATED;

    if (!bytes_read_u8(&header, &preamble) || !bytes_read_u24(&header, &fields) ||
        !bytes_read_u16(&header, &number) || !bytes_read_u16(&header, &offset))
        return plain_datagram(state);
    if (preamble == CAPWAP_ENCRYPTED)
        return fields == 0 ? layers_unread(state, "CAPWAP with DTLS") : plain_datagram(state);
    size_t length = (size_t)(fields >> 19) * 4;
    if (preamble != 0 || length < 8 || (offset & 7) != 0)
        return plain_datagram(state);
    if ((fields & CAPWAP_KEEP_ALIVE) != 0)
        return DECAPSULATED_NOT_IP;
    if (!bytes_skip(&state->rest, length))
        return layers_cut(state);
    if ((fields & CAPWAP_FRAGMENT) != 0)
        answer = join_capwap(state, (uint16_t)fields, number, offset);
    if (answer != DECAPSULATED)
        return answer;
    layers_enter_tunnel(state, TUNNEL_CAPWAP, 0);
    if ((fields & CAPWAP_NATIVE) == 0)
        return link_ethernet(state);
    if ((fields >> 9 & 0x1f) != CAPWAP_WIFI)
        return layers_unread(state, "CAPWAP of another radio");
    return wifi_frame(state);
}
