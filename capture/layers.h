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

/* What the numbers in the table of layers count. */
enum layer_family {
    LAYER_LINK_TYPE, /* DLT_ values */
    LAYER_ETHERTYPE,
    LAYER_PROTOCOL /* IP protocol and IPv6 next header numbers */
};

struct layer_state {
    struct bytes rest; /* not decoded yet */
    size_t missing; /* bytes behind `rest` that the capture cut off */
    struct packet *packet; /* filled as the layers are passed */
    struct fragments *fragments; /* NULL where `quoted` */
    uint8_t ip_version; /* of the innermost IP header so far; 0: none */
    bool quoted; /* in an ICMP error: lengths lie, the end is missing */
    enum decapsulation (*next)(struct layer_state *state);
};

/* Sets `next` to the decoder for this number; false when the table has none. */
bool layers_select(struct layer_state *state, enum layer_family family, uint32_t number);

/* Calls `next` until a decoder names no other, or an answer other than
 * DECAPSULATED ends it, or there are too many layers. */
enum decapsulation layers_run(struct layer_state *state);

/* The answer where a header does not fit into what is left. */
static inline enum decapsulation layers_cut(const struct layer_state *state)
{
    return state->missing > 0 ? DECAPSULATED_TRUNCATED : DECAPSULATED_INVALID;
}

/* Holds the rest to the length that a header claims: what lies behind it is
 * padding, and what is not there was cut. */
static inline void layers_limit(struct layer_state *state, size_t length)
{
    state->missing = length > state->rest.length ? length - state->rest.length : 0;
    state->rest = bytes_first(state->rest, length);
}

/* The decoders.  Each returns DECAPSULATED with `next` set to go on, or with
 * `next` NULL when the packet is complete, or why it ends here. */
enum decapsulation link_ethernet(struct layer_state *state);
enum decapsulation link_vlan(struct layer_state *state);
enum decapsulation link_arp(struct layer_state *state);
enum decapsulation link_cooked(struct layer_state *state);
enum decapsulation link_cooked2(struct layer_state *state);
enum decapsulation link_raw(struct layer_state *state);
enum decapsulation link_null(struct layer_state *state);
enum decapsulation link_loop(struct layer_state *state);

enum decapsulation ip_version4(struct layer_state *state);
enum decapsulation ip_version6(struct layer_state *state);
enum decapsulation ip_extension(struct layer_state *state);
enum decapsulation ip_authentication(struct layer_state *state);
enum decapsulation ip_fragment(struct layer_state *state);

enum decapsulation transport_tcp(struct layer_state *state);
enum decapsulation transport_udp(struct layer_state *state);
enum decapsulation transport_icmp(struct layer_state *state);
enum decapsulation transport_other(struct layer_state *state);

#endif
