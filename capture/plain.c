/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a frame whose headers all have their usual size?  They are read in one go,
 * without the loop over the layers.  Whatever is unusual in the least is left to the
 * decoders of the layers (link.c, ip.c, transport.c), which know why; what this file says
 * of the rest is the same to the last member (tests/unit/test_plain.c).
 */
#include "capture/plain.h"

#define LINK_TYPE_ETHERNET 1
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define IPV4_WITHOUT_OPTIONS 0x45 /* version, and length in units of 4 bytes */
#define FRAGMENTED 0x3fffu /* more fragments, or an offset */

/* What the frame holds of the IP packet's payload, and how long that is. */
struct inside {
    struct bytes rest;
    size_t length;
};

static inline bool plain_ethernet(struct bytes *rest, uint16_t *type, struct packet *packet)
{
    struct bytes header, destination, source;
    uint16_t tag;

    if (!bytes_take(rest, 14, &header) || !bytes_take(&header, 6, &destination) ||
        !bytes_take(&header, 6, &source) || !bytes_read_u16(&header, type))
        return false;
    memcpy(packet->destination_mac.octets, destination.data, 6);
    memcpy(packet->source_mac.octets, source.data, 6);
    packet->has_macs = true;
    if (*type != ETHERTYPE_VLAN)
        return true;
    if (!bytes_take(rest, 4, &header) || !bytes_read_u16(&header, &tag) ||
        !bytes_read_u16(&header, type))
        return false;
    packet->vlan = tag & 0x0fff;
    return true;
}

/* Lengths of 0 have meanings of their own. */
static inline bool plain_ipv4(struct bytes from, struct inside *inside, struct packet *packet)
{
    struct bytes rest = from, header, source, destination;
    uint16_t total_length, fragmentation;
    uint8_t first, service;

    if (!bytes_take(&rest, 20, &header) || !bytes_read_u8(&header, &first) ||
        !bytes_read_u8(&header, &service) || !bytes_read_u16(&header, &total_length) ||
        !bytes_read_u16(&header, &packet->ip_identification) ||
        !bytes_read_u16(&header, &fragmentation) || !bytes_read_u8(&header, &packet->ttl) ||
        !bytes_read_u8(&header, &packet->transport) || !bytes_skip(&header, 2) ||
        !bytes_take(&header, 4, &source) || !bytes_take(&header, 4, &destination))
        return false;
    if (first != IPV4_WITHOUT_OPTIONS || total_length < 20 || (fragmentation & FRAGMENTED) != 0)
        return false;
    packet->dscp = service >> 2;
    packet->source = address_from_ipv4(source.data);
    packet->destination = address_from_ipv4(destination.data);
    packet->network = bytes_first(from, total_length);
    inside->length = total_length - 20u;
    inside->rest = bytes_first(rest, inside->length);
    return true;
}

static inline bool plain_ipv6(struct bytes from, struct inside *inside, struct packet *packet)
{
    struct bytes rest = from, header, source, destination;
    uint32_t first;
    uint16_t payload_length;

    if (!bytes_take(&rest, 40, &header) || !bytes_read_u32(&header, &first) ||
        !bytes_read_u16(&header, &payload_length) || !bytes_read_u8(&header, &packet->transport) ||
        !bytes_read_u8(&header, &packet->ttl) || !bytes_take(&header, 16, &source) ||
        !bytes_take(&header, 16, &destination))
        return false;
    if (first >> 28 != 6 || payload_length == 0)
        return false;
    packet->dscp = (uint8_t)(first >> 22 & 0x3f);
    packet->source = address_from_ipv6(source.data);
    packet->destination = address_from_ipv6(destination.data);
    packet->network = bytes_first(from, 40u + payload_length);
    inside->length = payload_length;
    inside->rest = bytes_first(rest, payload_length);
    return true;
}

static inline bool plain_tcp(struct inside inside, struct packet *packet)
{
    struct bytes header, *rest = &inside.rest;
    uint8_t offset;
    size_t options;

    if (!bytes_take(rest, 20, &header) || !bytes_read_u16(&header, &packet->source_port) ||
        !bytes_read_u16(&header, &packet->destination_port) ||
        !bytes_read_u32(&header, &packet->sequence) ||
        !bytes_read_u32(&header, &packet->acknowledgment) || !bytes_read_u8(&header, &offset) ||
        !bytes_read_u8(&header, &packet->tcp_flags) || !bytes_read_u16(&header, &packet->window))
        return false;
    if (offset >> 4 < 5)
        return false;
    options = (size_t)(offset >> 4) * 4 - 20;
    if (!bytes_take(rest, options, &packet->tcp_options))
        return false;
    packet->payload = *rest;
    packet->payload_length = (uint32_t)(inside.length - 20 - options);
    return true;
}

static inline bool plain_udp(const struct decapsulator *home, struct inside inside,
                             struct packet *packet)
{
    struct bytes header, *rest = &inside.rest;
    uint16_t length;

    if (!bytes_take(rest, 8, &header) || !bytes_read_u16(&header, &packet->source_port) ||
        !bytes_read_u16(&header, &packet->destination_port) || !bytes_read_u16(&header, &length))
        return false;
    if (length < 8 || length > inside.length || tunnels_know_udp(home, packet))
        return false;
    packet->payload_length = length - 8u;
    packet->payload = bytes_first(*rest, length - 8u);
    return true;
}

bool plain_frame(const struct decapsulator *home, const struct frame *frame, struct packet *packet)
{
    struct bytes rest = frame->data;
    struct inside inside;
    uint16_t type;

    if (frame->link_type != LINK_TYPE_ETHERNET)
        return false;
    memset(packet, 0, sizeof *packet);
    if (!plain_ethernet(&rest, &type, packet))
        return false;
    if (type == ETHERTYPE_IPV4 ? !plain_ipv4(rest, &inside, packet)
                               : type != ETHERTYPE_IPV6 || !plain_ipv6(rest, &inside, packet))
        return false;
    if (packet->transport == TRANSPORT_TCP   ? !plain_tcp(inside, packet)
        : packet->transport == TRANSPORT_UDP ? !plain_udp(home, inside, packet)
                                             : true)
        return false;
    packet->identity = frame->packet;
    packet->time = frame->time;
    packet->wire_length = frame->wire_length;
    packet->truncated = packet->payload.length < packet->payload_length;
    return true;
}
