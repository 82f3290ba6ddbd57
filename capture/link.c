/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does an Ethernet frame carry?  Frame headers go in, the network layer's number
 * comes out: Ethernet with IEEE 802.2 LLC and RFC 1042 SNAP, VLAN tags (IEEE 802.1Q)
 * and the other tags that switches put between the addresses and the EtherType.
 */
#include "capture/layers.h"

#define ETHERTYPE_IPV4 0x0800
#define ARP_REPLY 2
#define ETHERTYPE_LOWEST 0x0600 /* below: a length (IEEE 802.3 section 3.2.6) */
#define LENGTH_HIGHEST 1500
#define SNAP_HEADER 0xaaaa03u /* LLC: both SAPs SNAP, unnumbered information */
#define SNAP_RFC1042 0x000000u
#define SNAP_BRIDGE_TUNNEL 0x0000f8u
#define SERVICE_INSTANCE_MASK 0xffffffu
#define MACSEC_ENCRYPTED 0x0c /* TCI bits E and C (IEEE 802.1AE section 9.5) */
#define MACSEC_CHANNEL 0x20 /* SC: the sender's identifier is there */
#define MACSEC_CHECK_LENGTH 16u /* bytes at the end */

/* IEEE 802.2: IP is there only behind SNAP; spanning tree and the like are not
 * for us. */
enum decapsulation link_llc(struct layer_state *state)
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
    return layers_ethertype(state, type);
}

static enum decapsulation continue_with_type_or_length(struct layer_state *state, uint16_t value)
{
    if (value >= ETHERTYPE_LOWEST)
        return layers_ethertype(state, value);
    if (value > LENGTH_HIGHEST)
        return DECAPSULATED_NOT_IP;
    layers_limit(state, value);
    return link_llc(state);
}

bool link_looks_like_ethernet(struct bytes from)
{
    uint16_t value;

    if (!bytes_skip(&from, 12) || !bytes_read_u16(&from, &value))
        return false;
    if (value >= ETHERTYPE_LOWEST)
        return layers_know(LAYER_ETHERTYPE, value);
    return value <= from.length && value >= 3;
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

enum decapsulation link_silent(struct layer_state *state)
{
    (void)state;
    return DECAPSULATED_NOT_IP;
}

/* IEEE 802.1ah: flags and the service instance, then the customer's whole frame. */
enum decapsulation link_backbone(struct layer_state *state)
{
    uint32_t tag;

    if (!bytes_read_u32(&state->rest, &tag))
        return layers_cut(state);
    state->packet->vlan = 0; /* the backbone's */
    layers_note_network(state, TUNNEL_BACKBONE, tag & SERVICE_INSTANCE_MASK);
    return link_ethernet(state);
}

/* VN-Tag (Cisco; IEEE 802.1BR is like it): interfaces, then the EtherType. */
enum decapsulation link_vntag(struct layer_state *state)
{
    uint16_t value;

    if (!bytes_skip(&state->rest, 4) || !bytes_read_u16(&state->rest, &value))
        return layers_cut(state);
    return continue_with_type_or_length(state, value);
}

/* Cisco metadata with a security group: version, length, option, value. */
enum decapsulation link_metadata(struct layer_state *state)
{
    uint16_t value;
    uint8_t version, length;

    if (!bytes_read_u8(&state->rest, &version) || !bytes_read_u8(&state->rest, &length))
        return layers_cut(state);
    if (version != 1 || length != 1)
        return layers_unread(state, "Cisco metadata");
    if (!bytes_skip(&state->rest, 4) || !bytes_read_u16(&state->rest, &value))
        return layers_cut(state);
    return continue_with_type_or_length(state, value);
}

/* IEEE 802.1AE section 9.3: flags, short length, packet number (4), the sender's
 * identifier (8) if present. Only where it signs and does not encrypt it can be read. */
enum decapsulation link_macsec(struct layer_state *state)
{
    uint8_t flags;
    uint16_t value;
    size_t length;

    if (!bytes_read_u8(&state->rest, &flags))
        return layers_cut(state);
    if ((flags & MACSEC_ENCRYPTED) != 0)
        return layers_unread(state, "MACsec");
    if (!bytes_skip(&state->rest, (flags & MACSEC_CHANNEL) != 0 ? 13 : 5) ||
        !bytes_read_u16(&state->rest, &value))
        return layers_cut(state);
    length = state->rest.length + state->missing;
    if (length < MACSEC_CHECK_LENGTH)
        return DECAPSULATED_INVALID;
    layers_limit(state, length - MACSEC_CHECK_LENGTH);
    return continue_with_type_or_length(state, value);
}
