/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a PPP frame carry?  PPP (RFC 1661) as captured on serial lines with
 * HDLC-like framing (RFC 1662), in PPPoE sessions (RFC 2516) and in GRE; Cisco's HDLC.
 * The network layer's number comes out.
 */
#include "capture/layers.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ADDRESS_ALL 0xff
#define CONTROL_UNNUMBERED 0x03
#define CISCO_UNICAST 0x0f
#define CISCO_MULTICAST 0x8f
#define CONTROL_PROTOCOLS 0x8000 /* from there on: they agree on the link */
#define PPPOE_VERSION_AND_TYPE 0x11
#define PPPOE_SESSION_DATA 0

/* A field of one byte is odd (RFC 1661 section 2). */
static enum decapsulation continue_with_protocol(struct layer_state *state)
{
    uint16_t protocol;
    uint8_t first, second;

    if (!bytes_read_u8(&state->rest, &first))
        return layers_cut(state);
    protocol = first;
    if ((first & 1) == 0) {
        if (!bytes_read_u8(&state->rest, &second))
            return layers_cut(state);
        protocol = (uint16_t)((unsigned)first << 8 | second);
    }
    if (layers_select(state, LAYER_PPP, protocol))
        return DECAPSULATED;
    if (protocol >= CONTROL_PROTOCOLS)
        return DECAPSULATED_NOT_IP;
    return layers_unread_number(state, "PPP protocol", protocol);
}

/* Address and control may be left out (RFC 1661 section 6.6). pppd's captures have the
 * direction, 0 or 1, in the address' place. */
enum decapsulation ppp_frame(struct layer_state *state)
{
    uint8_t address, control;

    if (!bytes_peek_u8(state->rest, 0, &address) || !bytes_peek_u8(state->rest, 1, &control))
        return layers_cut(state);
    if ((address == ADDRESS_ALL || address <= 1) && control == CONTROL_UNNUMBERED &&
        !bytes_skip(&state->rest, 2))
        return layers_cut(state);
    return continue_with_protocol(state);
}

/* LINKTYPE_PPP_HDLC: PPP, or Cisco's HDLC by the address. */
enum decapsulation ppp_serial(struct layer_state *state)
{
    uint8_t address;

    if (!bytes_peek_u8(state->rest, 0, &address))
        return layers_cut(state);
    if (address == CISCO_UNICAST || address == CISCO_MULTICAST)
        return ppp_cisco(state);
    return ppp_frame(state);
}

/* Address, control, EtherType. */
enum decapsulation ppp_cisco(struct layer_state *state)
{
    uint16_t type;

    if (!bytes_skip(&state->rest, 2) || !bytes_read_u16(&state->rest, &type))
        return layers_cut(state);
    return layers_ethertype(state, type);
}

/* RFC 2516 section 4: version and type, code, session, length. */
enum decapsulation ppp_session(struct layer_state *state)
{
    uint16_t session, length;
    uint8_t version, code;

    if (!bytes_read_u8(&state->rest, &version) || !bytes_read_u8(&state->rest, &code) ||
        !bytes_read_u16(&state->rest, &session) || !bytes_read_u16(&state->rest, &length))
        return layers_cut(state);
    if (version != PPPOE_VERSION_AND_TYPE)
        return DECAPSULATED_INVALID;
    if (code != PPPOE_SESSION_DATA)
        return DECAPSULATED_NOT_IP;
    layers_limit(state, length);
    layers_note_network(state, TUNNEL_PPPOE, session);
    return continue_with_protocol(state);
}

enum decapsulation ppp_ipv4(struct layer_state *state)
{
    return layers_ethertype(state, ETHERTYPE_IPV4);
}

enum decapsulation ppp_ipv6(struct layer_state *state)
{
    return layers_ethertype(state, ETHERTYPE_IPV6);
}
