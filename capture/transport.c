/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the transport header say?  TCP (RFC 9293 section 3.1), UDP (RFC 768),
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) headers go in, the packet view is completed;
 * and the packet that an ICMP error quotes.
 */
#include "capture/layers.h"

static enum decapsulation finish(struct layer_state *state)
{
    struct packet *packet = state->packet;

    packet->payload = state->rest;
    packet->payload_length = (uint32_t)(state->rest.length + state->missing);
    return DECAPSULATED;
}

/* Skips the options. Where the snapshot length cut them the payload is empty,
 * though its length is known. */
static enum decapsulation strip_tcp_options(struct layer_state *state, size_t length)
{
    if (length > state->rest.length + state->missing)
        return DECAPSULATED_INVALID;
    state->packet->tcp_options = bytes_first(state->rest, length);
    if (!bytes_skip(&state->rest, length)) {
        state->missing -= length - state->rest.length;
        state->rest = bytes_first(state->rest, 0);
    }
    return finish(state);
}

enum decapsulation transport_tcp(struct layer_state *state)
{
    struct packet *packet = state->packet;
    struct bytes first, second;
    uint8_t offset;

    if (!bytes_take(&state->rest, 8, &first) || !bytes_read_u16(&first, &packet->source_port) ||
        !bytes_read_u16(&first, &packet->destination_port) ||
        !bytes_read_u32(&first, &packet->sequence))
        return layers_cut(state);
    if (state->quoted) /* no more is promised (RFC 792) */
        return finish(state);
    if (!bytes_take(&state->rest, 12, &second) ||
        !bytes_read_u32(&second, &packet->acknowledgment) || !bytes_read_u8(&second, &offset) ||
        !bytes_read_u8(&second, &packet->tcp_flags) || !bytes_read_u16(&second, &packet->window))
        return layers_cut(state);
    if (offset >> 4 < 5)
        return DECAPSULATED_INVALID;
    return strip_tcp_options(state, (size_t)(offset >> 4) * 4 - 20);
}

enum decapsulation transport_udp(struct layer_state *state)
{
    struct packet *packet = state->packet;
    struct bytes header;
    uint16_t length;

    if (!bytes_take(&state->rest, 8, &header) || !bytes_read_u16(&header, &packet->source_port) ||
        !bytes_read_u16(&header, &packet->destination_port) || !bytes_read_u16(&header, &length))
        return layers_cut(state);
    if (state->quoted)
        return finish(state);
    if (length < 8 || length - 8u > state->rest.length + state->missing)
        return DECAPSULATED_INVALID;
    layers_limit(state, length - 8u);
    return tunnels_select_udp(state) ? DECAPSULATED : finish(state);
}

enum decapsulation transport_icmp(struct layer_state *state)
{
    struct packet *packet = state->packet;
    struct bytes header;

    if (!bytes_take(&state->rest, 4, &header) || !bytes_read_u8(&header, &packet->icmp_type) ||
        !bytes_read_u8(&header, &packet->icmp_code))
        return layers_cut(state);
    return finish(state);
}

enum decapsulation transport_other(struct layer_state *state)
{
    return finish(state);
}

/* RFC 792: unreachable, source quench, redirect, time exceeded, parameter
 * problem. RFC 4443 section 2.1: errors have types below 128. */
static bool quotes_a_packet(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_ICMPV6)
        return packet->icmp_type < 128;
    if (packet->transport != TRANSPORT_ICMP)
        return false;
    switch (packet->icmp_type) {
    case 3:
    case 4:
    case 5:
    case 11:
    case 12:
        return true;
    default:
        return false;
    }
}

bool decapsulate_quoted(const struct packet *packet, struct packet *quoted)
{
    struct layer_state state = {
        .rest = bytes_from(packet->payload, 4), .packet = quoted, .quoted = true, .next = host_raw};

    if (!quotes_a_packet(packet))
        return false;
    memset(quoted, 0, sizeof *quoted);
    quoted->identity = packet->identity;
    quoted->time = packet->time;
    quoted->vlan = packet->vlan;
    quoted->tunnel = packet->tunnel;
    return layers_run(&state) == DECAPSULATED;
}
