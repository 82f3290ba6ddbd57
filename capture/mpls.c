/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies below a stack of MPLS labels (RFC 3032)?  Nothing on the wire says: the
 * first four bits tell IP (RFC 4928), a control word tells a pseudo-wire (RFC 4385), and
 * a frame whose type makes sense tells Ethernet (RFC 4448).
 */
#include "capture/layers.h"

#define LABELS_HIGHEST 16
#define BOTTOM_OF_STACK 0x100u
#define ASSOCIATED_CHANNEL 1 /* first four bits; RFC 4385 section 5 */
#define CONTROL_WORD_LENGTH 4u

/* Addresses that begin with 4 or 6 are rarer than IP, but exist. */
static bool looks_like_ip(struct bytes from)
{
    struct bytes length_field = from;
    uint16_t length;
    uint8_t first;

    if (!bytes_peek_u8(from, 0, &first))
        return false;
    if (first >> 4 == 6)
        return true;
    return first >> 4 == 4 && (first & 15) >= 5 && bytes_skip(&length_field, 2) &&
           bytes_read_u16(&length_field, &length) && (length >= 20 || length == 0);
}

static enum decapsulation below_the_labels(struct layer_state *state)
{
    struct bytes behind_control_word = bytes_from(state->rest, CONTROL_WORD_LENGTH);
    uint8_t first;

    if (!bytes_peek_u8(state->rest, 0, &first) || state->rest.length < CONTROL_WORD_LENGTH)
        return layers_cut(state);
    if (looks_like_ip(state->rest))
        return host_raw(state);
    if (first >> 4 == 0 && link_looks_like_ethernet(behind_control_word)) {
        state->rest = behind_control_word;
        return link_ethernet(state);
    }
    if (link_looks_like_ethernet(state->rest))
        return link_ethernet(state);
    if (first >> 4 == ASSOCIATED_CHANNEL)
        return DECAPSULATED_NOT_IP;
    if (state->rest.length < 14 + CONTROL_WORD_LENGTH && state->missing > 0)
        return DECAPSULATED_TRUNCATED;
    return layers_unread(state, "MPLS payload");
}

enum decapsulation mpls_stack(struct layer_state *state)
{
    uint32_t label;

    for (int i = 0; i < LABELS_HIGHEST; i++) {
        if (!bytes_read_u32(&state->rest, &label))
            return layers_cut(state);
        if ((label & BOTTOM_OF_STACK) == 0)
            continue;
        layers_note_network(state, TUNNEL_MPLS, label >> 12);
        return below_the_labels(state);
    }
    return DECAPSULATED_INVALID;
}
