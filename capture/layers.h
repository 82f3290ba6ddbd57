/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to capture/: how the layer decoders and the loop of decapsulate.c
 * work together.  A decoder takes its header off `rest`, notes what it learnt in
 * `packet` and names the next decoder.  A new layer is one such function here
 * and one line in the table of decapsulate.c.
 */
#ifndef APPLEPATH_CAPTURE_LAYERS_H
#define APPLEPATH_CAPTURE_LAYERS_H

#include "capture/decapsulate.h"
#include "capture/fragments.h"
#include "capture/unread_layers.h"

/* What the numbers in the table of layers count. */
enum layer_family {
    LAYER_LINK_TYPE, /* DLT_ values */
    LAYER_ETHERTYPE,
    LAYER_PROTOCOL, /* IP protocol and IPv6 next header numbers */
    LAYER_GRE, /* protocol types of GRE that are no EtherTypes, or mean more there */
    LAYER_PPP, /* PPP protocol numbers */
    LAYER_UDP, /* destination ports */
    LAYER_UDP_ANSWER /* source ports of what comes back from such a port */
};

/* Kinds of layers whose identifier tells networks apart. */
enum tunnel_kind {
    TUNNEL_MPLS = 1, /* the label at the bottom */
    TUNNEL_PPPOE,
    TUNNEL_BACKBONE, /* IEEE 802.1ah service instance */
    TUNNEL_GRE,
    TUNNEL_ERSPAN,
    TUNNEL_IP,
    TUNNEL_VXLAN,
    TUNNEL_GENEVE,
    TUNNEL_GTP,
    TUNNEL_TZSP,
    TUNNEL_CAPWAP
};

/* What lasts longer than one frame. */
struct decapsulator {
    struct fragments *fragments;
    struct unread_layers unread;
    uint16_t vxlan_ports[DECAPSULATOR_PORT_LIMIT];
    size_t vxlan_port_count;
    struct bytes subframes; /* of an A-MSDU, not decoded yet */
    size_t subframes_missing;
    struct packet subframes_packet; /* as it was before the first of them */
};

struct layer_state {
    struct bytes rest; /* not decoded yet */
    size_t missing; /* bytes behind `rest` that the capture cut off */
    struct packet *packet; /* filled as the layers are passed */
    struct decapsulator *home; /* NULL where `quoted` */
    const char *unread; /* where the answer is DECAPSULATED_UNREAD: what */
    uint32_t unread_number; /* of its kind, or UNREAD_WITHOUT_NUMBER */
    uint8_t ip_version; /* of the innermost IP header so far; 0: none */
    bool quoted; /* in an ICMP error: lengths lie, the end is missing */
    bool padded; /* 802.11 headers are filled up to 4 bytes */
    enum decapsulation (*next)(struct layer_state *state);
};

/* Sets `next` to the decoder for this number; false when the table has none. */
bool layers_select(struct layer_state *state, enum layer_family family, uint32_t number);

/* Has the table a decoder for this number? */
bool layers_know(enum layer_family family, uint32_t number);

/* decapsulate, without the short way that plain.h has for most frames. */
enum decapsulation layers_frame(struct decapsulator *decapsulator, const struct frame *frame,
                                struct packet *packet);

/* Calls `next` until a decoder names no other, or an answer other than
 * DECAPSULATED ends it, or there are too many layers. */
enum decapsulation layers_run(struct layer_state *state);

/* What follows is of this network, one of several on the same wire. */
void layers_note_network(struct layer_state *state, enum tunnel_kind kind, uint64_t identifier);

/* The same, and what was learnt so far is about the tunnel's ends and not about those
 * who talk within it. */
void layers_enter_tunnel(struct layer_state *state, enum tunnel_kind kind, uint64_t identifier);

/* The answer where a header does not fit into what is left. */
static inline enum decapsulation layers_cut(const struct layer_state *state)
{
    return state->missing > 0 ? DECAPSULATED_TRUNCATED : DECAPSULATED_INVALID;
}

/* The answer where what follows may be IP, and nobody here can read it. `what` is
 * never freed. */
static inline enum decapsulation layers_unread_number(struct layer_state *state, const char *what,
                                                      uint32_t number)
{
    state->unread = what;
    state->unread_number = number;
    return DECAPSULATED_UNREAD;
}

static inline enum decapsulation layers_unread(struct layer_state *state, const char *what)
{
    return layers_unread_number(state, what, UNREAD_WITHOUT_NUMBER);
}

/* Holds the rest to the length that a header claims: what lies behind it is
 * padding, and what is not there was cut. */
static inline void layers_limit(struct layer_state *state, size_t length)
{
    state->missing = length > state->rest.length ? length - state->rest.length : 0;
    state->rest = bytes_first(state->rest, length);
}

/* Goes on with what this EtherType says. */
enum decapsulation layers_ethertype(struct layer_state *state, uint16_t type);

/* Does an Ethernet frame stand there whose type or length makes sense? */
bool link_looks_like_ethernet(struct bytes from);

/* May a UDP datagram with these ports carry a tunnel? */
bool tunnels_know_udp(const struct decapsulator *home, const struct packet *packet);

/* Sets `next` where this UDP datagram carries a tunnel. */
bool tunnels_select_udp(struct layer_state *state);

/* The decoders.  Each returns DECAPSULATED with `next` set to go on, or with
 * `next` NULL when the packet is complete, or why it ends here. */
enum decapsulation link_ethernet(struct layer_state *state);
enum decapsulation link_vlan(struct layer_state *state);
enum decapsulation link_arp(struct layer_state *state);
enum decapsulation link_llc(struct layer_state *state);
enum decapsulation link_silent(struct layer_state *state);
enum decapsulation link_backbone(struct layer_state *state);
enum decapsulation link_vntag(struct layer_state *state);
enum decapsulation link_metadata(struct layer_state *state);
enum decapsulation link_macsec(struct layer_state *state);

enum decapsulation host_cooked(struct layer_state *state);
enum decapsulation host_cooked2(struct layer_state *state);
enum decapsulation host_raw(struct layer_state *state);
enum decapsulation host_null(struct layer_state *state);
enum decapsulation host_loop(struct layer_state *state);
enum decapsulation host_nflog(struct layer_state *state);
enum decapsulation host_pflog(struct layer_state *state);
enum decapsulation host_enc(struct layer_state *state);
enum decapsulation host_firewire(struct layer_state *state);

enum decapsulation pktap_record(struct layer_state *state);

enum decapsulation ppp_frame(struct layer_state *state);
enum decapsulation ppp_serial(struct layer_state *state);
enum decapsulation ppp_cisco(struct layer_state *state);
enum decapsulation ppp_session(struct layer_state *state);
enum decapsulation ppp_ipv4(struct layer_state *state);
enum decapsulation ppp_ipv6(struct layer_state *state);

enum decapsulation mpls_stack(struct layer_state *state);

enum decapsulation wifi_frame(struct layer_state *state);
enum decapsulation wifi_subframe(struct layer_state *state);
enum decapsulation wifi_radiotap(struct layer_state *state);
enum decapsulation wifi_ppi(struct layer_state *state);
enum decapsulation wifi_prism(struct layer_state *state);

enum decapsulation ip_version4(struct layer_state *state);
enum decapsulation ip_version6(struct layer_state *state);
enum decapsulation ip_extension(struct layer_state *state);
enum decapsulation ip_authentication(struct layer_state *state);
enum decapsulation ip_fragment(struct layer_state *state);
enum decapsulation ip_unread(struct layer_state *state);

enum decapsulation tunnels_ipv4(struct layer_state *state);
enum decapsulation tunnels_ipv6(struct layer_state *state);
enum decapsulation tunnels_mpls(struct layer_state *state);
enum decapsulation tunnels_etherip(struct layer_state *state);
enum decapsulation tunnels_gre(struct layer_state *state);
enum decapsulation tunnels_bridged(struct layer_state *state);
enum decapsulation tunnels_redirected(struct layer_state *state);
enum decapsulation tunnels_erspan(struct layer_state *state);
enum decapsulation tunnels_erspan3(struct layer_state *state);
enum decapsulation tunnels_vxlan(struct layer_state *state);
enum decapsulation tunnels_vxlan_gpe(struct layer_state *state);
enum decapsulation tunnels_geneve(struct layer_state *state);
enum decapsulation tunnels_gtp(struct layer_state *state);
enum decapsulation tunnels_tzsp(struct layer_state *state);
enum decapsulation tunnels_capwap(struct layer_state *state);

enum decapsulation transport_tcp(struct layer_state *state);
enum decapsulation transport_udp(struct layer_state *state);
enum decapsulation transport_icmp(struct layer_state *state);
enum decapsulation transport_other(struct layer_state *state);

#endif
