/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in a packet that carries packets?  IP in IP (RFC 2003, RFC 4213, RFC 2473),
 * EtherIP (RFC 3378), MPLS in IP (RFC 4023), GRE (RFC 2784, RFC 2890, RFC 2637) and the
 * mirrors that come in GRE (ERSPAN types I to III, draft-foschiano-erspan).  Those over
 * UDP are in tunnels_udp.c.
 */
#include "capture/layers.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERIP_VERSION 0x3000
#define GRE_CHECKSUM 0x8000u
#define GRE_ROUTING 0x4000u
#define GRE_KEY 0x2000u
#define GRE_SEQUENCE 0x1000u
#define GRE_ACKNOWLEDGMENT 0x0080u /* version 1 only (RFC 2637 section 4.1) */
#define GRE_VERSION 0x0007u
#define ERSPAN_SESSION 0x03ffu
#define ERSPAN_MORE 0x0001u /* type III: a header of its platform follows */
#define ERSPAN_FRAME_TYPE 0x7c00u /* type III: 0 Ethernet, 2 IP */
#define ERSPAN_FRAME_IP 0x0800u

/* For tunnels without a number of their own: the pair of their ends, the same both ways. */
static uint64_t pair_of_ends(const struct packet *packet)
{
    uint64_t source = 0, destination = 0;

    for (size_t i = 0; i < sizeof packet->source.octets; i++) {
        source = source * 31 + packet->source.octets[i];
        destination = destination * 31 + packet->destination.octets[i];
    }
    return source ^ destination;
}

/* An error's quotation is not followed into a tunnel: it is about the outside. */
static enum decapsulation enter_ip(struct layer_state *state, uint16_t type)
{
    if (state->quoted)
        return transport_other(state);
    layers_enter_tunnel(state, TUNNEL_IP, pair_of_ends(state->packet));
    return layers_ethertype(state, type);
}

enum decapsulation tunnels_ipv4(struct layer_state *state)
{
    return enter_ip(state, ETHERTYPE_IPV4);
}

enum decapsulation tunnels_ipv6(struct layer_state *state)
{
    return enter_ip(state, ETHERTYPE_IPV6);
}

enum decapsulation tunnels_mpls(struct layer_state *state)
{
    if (state->quoted)
        return transport_other(state);
    layers_enter_tunnel(state, TUNNEL_IP, 0); /* the label tells the network */
    return mpls_stack(state);
}

enum decapsulation tunnels_etherip(struct layer_state *state)
{
    uint16_t version;

    if (state->quoted)
        return transport_other(state);
    if (!bytes_read_u16(&state->rest, &version))
        return layers_cut(state);
    if (version != ETHERIP_VERSION)
        return DECAPSULATED_INVALID;
    layers_enter_tunnel(state, TUNNEL_IP, pair_of_ends(state->packet));
    return link_ethernet(state);
}

/* Checksum, key and sequence number are there by their flags, in this order. */
static bool strip_gre_fields(struct layer_state *state, uint16_t flags, uint64_t *identifier)
{
    uint32_t key;

    if ((flags & GRE_CHECKSUM) != 0 && !bytes_skip(&state->rest, 4))
        return false;
    if ((flags & GRE_KEY) != 0) {
        if (!bytes_read_u32(&state->rest, &key))
            return false;
        /* In version 1 its first half is a length, and each direction has its own call. */
        *identifier = (flags & GRE_VERSION) == 1 ? *identifier : key;
    }
    if ((flags & GRE_SEQUENCE) != 0 && !bytes_skip(&state->rest, 4))
        return false;
    if ((flags & GRE_VERSION) == 1 && (flags & GRE_ACKNOWLEDGMENT) != 0)
        return bytes_skip(&state->rest, 4);
    return true;
}

enum decapsulation tunnels_gre(struct layer_state *state)
{
    uint64_t identifier = pair_of_ends(state->packet);
    uint16_t flags, type;

    if (state->quoted)
        return transport_other(state);
    if (!bytes_read_u16(&state->rest, &flags) || !bytes_read_u16(&state->rest, &type))
        return layers_cut(state);
    if ((flags & GRE_VERSION) > 1)
        return DECAPSULATED_INVALID;
    if ((flags & GRE_ROUTING) != 0)
        return layers_unread(state, "GRE with routing");
    if (!strip_gre_fields(state, flags, &identifier))
        return layers_cut(state);
    /* A keep-alive is a header without a packet. */
    if (bytes_empty(state->rest) && state->missing == 0)
        return DECAPSULATED_NOT_IP;
    layers_enter_tunnel(state, TUNNEL_GRE, identifier);
    /* ERSPAN's first type is a frame at once, and known by the number that is missing. */
    if (type == 0x88be && (flags & GRE_SEQUENCE) == 0)
        return link_ethernet(state);
    if (layers_select(state, LAYER_GRE, type))
        return DECAPSULATED;
    return layers_ethertype(state, type);
}

enum decapsulation tunnels_bridged(struct layer_state *state)
{
    return link_ethernet(state);
}

/* WCCP: IP, or a header of 4 bytes before it whose first is no IP version. */
enum decapsulation tunnels_redirected(struct layer_state *state)
{
    uint8_t first;

    if (bytes_peek_u8(state->rest, 0, &first) && first >> 4 != 4 && first >> 4 != 6 &&
        !bytes_skip(&state->rest, 4))
        return layers_cut(state);
    return host_raw(state);
}

/* Version (4 bits), VLAN (12), class, encapsulation, truncation, session (10). */
static void note_session(struct layer_state *state, uint16_t vlan, uint16_t session)
{
    layers_enter_tunnel(state, TUNNEL_ERSPAN, session & ERSPAN_SESSION);
    state->packet->vlan = vlan & 0x0fff;
}

/* Type II, known by version 1; index (4 bytes). */
enum decapsulation tunnels_erspan(struct layer_state *state)
{
    struct bytes header = state->rest;
    uint16_t vlan, session;

    if (!bytes_read_u16(&header, &vlan) || !bytes_read_u16(&header, &session))
        return layers_cut(state);
    if (vlan >> 12 == 2)
        return tunnels_erspan3(state);
    if (vlan >> 12 != 1)
        return layers_unread_number(state, "ERSPAN version", vlan >> 12);
    if (!bytes_skip(&state->rest, 8))
        return layers_cut(state);
    note_session(state, vlan, session);
    return link_ethernet(state);
}

/* Type III, version 2; timestamp (4), security group (2), frame type and flags (2). */
enum decapsulation tunnels_erspan3(struct layer_state *state)
{
    struct bytes header;
    uint16_t vlan, session, flags;

    if (!bytes_take(&state->rest, 12, &header) || !bytes_read_u16(&header, &vlan) ||
        !bytes_read_u16(&header, &session) || !bytes_skip(&header, 6) ||
        !bytes_read_u16(&header, &flags))
        return layers_cut(state);
    if (vlan >> 12 != 2)
        return layers_unread_number(state, "ERSPAN version", vlan >> 12);
    if ((flags & ERSPAN_MORE) != 0 && !bytes_skip(&state->rest, 8))
        return layers_cut(state);
    note_session(state, vlan, session);
    return (flags & ERSPAN_FRAME_TYPE) == ERSPAN_FRAME_IP ? host_raw(state) : link_ethernet(state);
}
