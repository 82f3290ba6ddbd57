/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sends an IP packet to whom, and where does its transport header begin?
 * IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200), the Authentication
 * Header (RFC 4302).  Fragments go through fragments.h and come back whole.
 */
#include "capture/layers.h"

#define NEXT_HEADER_HOP_BY_HOP 0
#define FRAGMENT_OFFSET_MASK 0x1fffu
#define FRAGMENT_MORE_IPV4 0x2000u
#define FRAGMENT_MORE_IPV6 0x0001u

static enum decapsulation continue_with_protocol(struct layer_state *state, uint8_t protocol)
{
    state->packet->transport = protocol;
    if (layers_select(state, LAYER_PROTOCOL, protocol))
        return DECAPSULATED;
    return transport_other(state);
}

/* `fragment` has its offset, identification, protocol and `more` set. */
static enum decapsulation reassemble(struct layer_state *state, struct fragment *fragment)
{
    struct packet *packet = state->packet;
    struct bytes whole;
    uint8_t protocol;

    if (state->quoted)
        return fragment->offset == 0 ? continue_with_protocol(state, fragment->protocol)
                                     : DECAPSULATED_FRAGMENT;
    if (state->missing > 0)
        return DECAPSULATED_TRUNCATED;
    fragment->tunnel = packet->tunnel;
    fragment->source = packet->source;
    fragment->destination = packet->destination;
    fragment->vlan = packet->vlan;
    fragment->ipv6 = state->ip_version == 6;
    fragment->time = packet->time;
    fragment->data = state->rest;
    switch (fragments_add(state->home->fragments, fragment, &whole, &protocol)) {
    case FRAGMENT_COMPLETE:
        packet->reassembled = packet->lent = true;
        state->rest = whole;
        return continue_with_protocol(state, protocol);
    case FRAGMENT_KEPT:
        return DECAPSULATED_FRAGMENT;
    case FRAGMENT_REFUSED:
        break;
    }
    return DECAPSULATED_INVALID;
}

/* Checks the lengths of an IPv4 header, notes the packet's extent and skips the
 * options; DECAPSULATED when `rest` is the payload. */
static enum decapsulation strip_ipv4(struct layer_state *state, struct bytes whole, uint8_t first,
                                     uint16_t total_length)
{
    size_t header_length = (size_t)(first & 0x0f) * 4;

    if (first >> 4 != 4 || header_length < 20)
        return DECAPSULATED_INVALID;
    /* 0: the network card was to cut the segment up and write the length
     * (segmentation offload).  An error's quote may have been written by a
     * stack that had changed the length already (RFC 1122 section 3.2.2). */
    if (total_length != 0 && !state->quoted) {
        if (total_length < header_length)
            return DECAPSULATED_INVALID;
        layers_limit(state, total_length - 20u);
    }
    state->packet->network = bytes_first(whole, 20 + state->rest.length);
    if (header_length > 20 && !bytes_skip(&state->rest, header_length - 20))
        return layers_cut(state);
    return DECAPSULATED;
}

enum decapsulation ip_version4(struct layer_state *state)
{
    struct packet *packet = state->packet;
    struct bytes whole = state->rest, header, source, destination;
    struct fragment fragment;
    uint16_t total_length, identification, fragmentation;
    uint8_t first, service, protocol;
    enum decapsulation answer;

    if (!bytes_take(&state->rest, 20, &header) || !bytes_read_u8(&header, &first) ||
        !bytes_read_u8(&header, &service) || !bytes_read_u16(&header, &total_length) ||
        !bytes_read_u16(&header, &identification) || !bytes_read_u16(&header, &fragmentation) ||
        !bytes_read_u8(&header, &packet->ttl) || !bytes_read_u8(&header, &protocol) ||
        !bytes_skip(&header, 2) || !bytes_take(&header, 4, &source) ||
        !bytes_take(&header, 4, &destination))
        return layers_cut(state);
    state->ip_version = 4;
    answer = strip_ipv4(state, whole, first, total_length);
    if (answer != DECAPSULATED)
        return answer;
    packet->ip_identification = identification;
    packet->dscp = service >> 2;
    packet->source = address_from_ipv4(source.data);
    packet->destination = address_from_ipv4(destination.data);
    if ((fragmentation & (FRAGMENT_MORE_IPV4 | FRAGMENT_OFFSET_MASK)) == 0)
        return continue_with_protocol(state, protocol);
    fragment.identification = identification;
    fragment.protocol = protocol;
    fragment.offset = (fragmentation & FRAGMENT_OFFSET_MASK) * 8u;
    fragment.more = (fragmentation & FRAGMENT_MORE_IPV4) != 0;
    return reassemble(state, &fragment);
}

enum decapsulation ip_version6(struct layer_state *state)
{
    struct packet *packet = state->packet;
    struct bytes whole = state->rest, header, source, destination;
    uint32_t first;
    uint16_t payload_length;
    uint8_t next_header;

    if (!bytes_take(&state->rest, 40, &header) || !bytes_read_u32(&header, &first) ||
        !bytes_read_u16(&header, &payload_length) || !bytes_read_u8(&header, &next_header) ||
        !bytes_read_u8(&header, &packet->ttl) || !bytes_take(&header, 16, &source) ||
        !bytes_take(&header, 16, &destination))
        return layers_cut(state);
    if (first >> 28 != 6)
        return DECAPSULATED_INVALID;
    /* A length of 0 before hop-by-hop options is a jumbogram (RFC 2675 section
     * 2); before anything else it is segmentation offload, as in IPv4. */
    if (payload_length == 0 && next_header == NEXT_HEADER_HOP_BY_HOP)
        return DECAPSULATED_INVALID;
    if (payload_length != 0 && !state->quoted)
        layers_limit(state, payload_length);
    state->ip_version = 6;
    packet->network = bytes_first(whole, 40 + state->rest.length);
    packet->ip_identification = 0;
    packet->dscp = (uint8_t)(first >> 22 & 0x3f);
    packet->source = address_from_ipv6(source.data);
    packet->destination = address_from_ipv6(destination.data);
    return continue_with_protocol(state, next_header);
}

/* Hop-by-hop, routing and destination options begin alike: the next header and
 * the length in units of 8 bytes beyond the first 8 (RFC 8200 section 4). */
enum decapsulation ip_extension(struct layer_state *state)
{
    uint8_t next_header, length;

    if (state->ip_version != 6)
        return transport_other(state);
    if (!bytes_read_u8(&state->rest, &next_header) || !bytes_read_u8(&state->rest, &length) ||
        !bytes_skip(&state->rest, (size_t)length * 8 + 6))
        return layers_cut(state);
    return continue_with_protocol(state, next_header);
}

/* Signed, not enciphered. Length in units of 4 bytes, less 2 (RFC 4302 2.2). */
enum decapsulation ip_authentication(struct layer_state *state)
{
    uint8_t next_header, length;

    if (!bytes_read_u8(&state->rest, &next_header) || !bytes_read_u8(&state->rest, &length) ||
        !bytes_skip(&state->rest, (size_t)length * 4 + 6))
        return layers_cut(state);
    return continue_with_protocol(state, next_header);
}

enum decapsulation ip_fragment(struct layer_state *state)
{
    struct fragment fragment;
    struct bytes header;
    uint16_t fragmentation;

    if (state->ip_version != 6)
        return transport_other(state);
    if (!bytes_take(&state->rest, 8, &header) || !bytes_read_u8(&header, &fragment.protocol) ||
        !bytes_skip(&header, 1) || !bytes_read_u16(&header, &fragmentation) ||
        !bytes_read_u32(&header, &fragment.identification))
        return layers_cut(state);
    fragment.offset = fragmentation & 0xfff8u;
    fragment.more = (fragmentation & FRAGMENT_MORE_IPV6) != 0;
    /* Whole in one "atomic" fragment: never mixed with others (RFC 6946). */
    if (fragment.offset == 0 && !fragment.more)
        return continue_with_protocol(state, fragment.protocol);
    return reassemble(state, &fragment);
}

/* Enciphered or compressed: RFC 4303, RFC 3173; or sessions that only their ends can
 * take apart (RFC 3931). */
enum decapsulation ip_unread(struct layer_state *state)
{
    if (state->quoted)
        return transport_other(state);
    switch (state->packet->transport) {
    case 50:
        return layers_unread(state, "IPsec ESP");
    case 108:
        return layers_unread(state, "IPComp");
    default:
        return layers_unread(state, "L2TPv3");
    }
}
