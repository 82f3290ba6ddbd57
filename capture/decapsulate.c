/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which decoder reads which layer, and in which order are they called?  In
 * comes a captured frame, out goes the view of its innermost packet.  The table
 * is THE list of layers; numbers as IANA, the IEEE and libpcap assign them.
 */
#include "capture/decapsulate.h"

#include <stdlib.h>

#include "capture/layers.h"

#define LAYER_LIMIT 16

struct decapsulator {
    struct fragments *fragments;
};

struct layer {
    enum layer_family family;
    uint32_t number;
    enum decapsulation (*decode)(struct layer_state *state);
};

/* Searched from the top for every layer of every packet: frequent ones first. */
static const struct layer layers[] = {
    {LAYER_LINK_TYPE, 1, link_ethernet},
    {LAYER_ETHERTYPE, 0x0800, ip_version4},
    {LAYER_PROTOCOL, TRANSPORT_TCP, transport_tcp},
    {LAYER_PROTOCOL, TRANSPORT_UDP, transport_udp},
    {LAYER_ETHERTYPE, 0x86dd, ip_version6},
    {LAYER_ETHERTYPE, 0x0806, link_arp},
    {LAYER_ETHERTYPE, 0x8100, link_vlan},
    {LAYER_PROTOCOL, TRANSPORT_ICMP, transport_icmp},
    {LAYER_PROTOCOL, TRANSPORT_ICMPV6, transport_icmp},
    {LAYER_PROTOCOL, 0, ip_extension}, /* hop-by-hop options */
    {LAYER_PROTOCOL, 43, ip_extension}, /* routing */
    {LAYER_PROTOCOL, 44, ip_fragment},
    {LAYER_PROTOCOL, 51, ip_authentication},
    {LAYER_PROTOCOL, 60, ip_extension}, /* destination options */
    {LAYER_ETHERTYPE, 0x88a8, link_vlan}, /* 802.1ad, and the older tags of stacked VLANs */
    {LAYER_ETHERTYPE, 0x9100, link_vlan},
    {LAYER_ETHERTYPE, 0x9200, link_vlan},
    {LAYER_ETHERTYPE, 0x9300, link_vlan},
    {LAYER_LINK_TYPE, 0, link_null},
#ifdef __OpenBSD__
    {LAYER_LINK_TYPE, 12, link_loop}, /* its DLT_LOOP; DLT_RAW everywhere else */
#else
    {LAYER_LINK_TYPE, 12, link_raw},
#endif
    {LAYER_LINK_TYPE, 14, link_raw},
    {LAYER_LINK_TYPE, 101, link_raw},
    {LAYER_LINK_TYPE, 108, link_loop},
    {LAYER_LINK_TYPE, 113, link_cooked},
    {LAYER_LINK_TYPE, 228, link_raw},
    {LAYER_LINK_TYPE, 229, link_raw},
    {LAYER_LINK_TYPE, 276, link_cooked2},
};

static const struct layer *find_layer(enum layer_family family, uint32_t number)
{
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        if (layers[i].number == number && layers[i].family == family)
            return &layers[i];
    return NULL;
}

bool layers_select(struct layer_state *state, enum layer_family family, uint32_t number)
{
    const struct layer *layer = find_layer(family, number);

    if (layer == NULL)
        return false;
    state->next = layer->decode;
    return true;
}

enum decapsulation layers_run(struct layer_state *state)
{
    for (int depth = 0; depth < LAYER_LIMIT; depth++) {
        enum decapsulation (*decode)(struct layer_state *) = state->next;
        enum decapsulation answer;

        state->next = NULL;
        answer = decode(state);
        if (answer != DECAPSULATED || state->next == NULL)
            return answer;
    }
    return DECAPSULATED_INVALID;
}

struct decapsulator *decapsulator_create(void)
{
    struct decapsulator *decapsulator = malloc(sizeof *decapsulator);

    if (decapsulator == NULL)
        return NULL;
    decapsulator->fragments = fragments_create();
    if (decapsulator->fragments == NULL) {
        free(decapsulator);
        return NULL;
    }
    return decapsulator;
}

void decapsulator_release(struct decapsulator *decapsulator)
{
    if (decapsulator == NULL)
        return;
    fragments_release(decapsulator->fragments);
    free(decapsulator);
}

enum decapsulation decapsulate(struct decapsulator *decapsulator, const struct frame *frame,
                               struct packet *packet)
{
    struct layer_state state = {
        .rest = frame->data, .packet = packet, .fragments = decapsulator->fragments};
    enum decapsulation answer;

    if (frame->wire_length > frame->data.length)
        state.missing = frame->wire_length - frame->data.length;
    memset(packet, 0, sizeof *packet);
    packet->identity = frame->packet;
    packet->time = frame->time;
    packet->wire_length = frame->wire_length;
    if (!layers_select(&state, LAYER_LINK_TYPE, (uint32_t)frame->link_type))
        return DECAPSULATED_NOT_IP;
    answer = layers_run(&state);
    packet->truncated = state.missing > 0;
    return answer;
}

bool decapsulate_knows_link_type(int link_type)
{
    return link_type >= 0 && find_layer(LAYER_LINK_TYPE, (uint32_t)link_type) != NULL;
}

uint64_t decapsulator_fragments_dropped(const struct decapsulator *decapsulator)
{
    return fragments_dropped(decapsulator->fragments);
}
