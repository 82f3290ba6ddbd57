/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which decoder reads which layer, and in which order are they called?  In
 * comes a captured frame, out goes the view of its innermost packet.  The table
 * is THE list of layers; numbers as IANA, the IEEE and libpcap assign them.
 */
#include "capture/decapsulate.h"

#include <stdlib.h>

#include "capture/layers.h"
#include "capture/plain.h"

#define LAYER_LIMIT 16

#ifdef __OpenBSD__
#define DECODER_OF_12 host_loop /* its DLT_LOOP */
#else
#define DECODER_OF_12 host_raw
#endif

/* clang-format off */

/* Family, number, decoder. Small numbers are looked up, of the others the compiler makes
 * a search tree; it warns of a number that stands here twice. */
#define LINK_TYPES(LAYER)                                                                          \
    LAYER(LINK_TYPE, 0, host_null)                                                                 \
    LAYER(LINK_TYPE, 1, link_ethernet)                                                             \
    LAYER(LINK_TYPE, 9, ppp_frame)                                                                 \
    LAYER(LINK_TYPE, 12, DECODER_OF_12)                                                            \
    LAYER(LINK_TYPE, 14, host_raw)                                                                 \
    LAYER(LINK_TYPE, 50, ppp_serial)                                                               \
    LAYER(LINK_TYPE, 51, ppp_session)                                                              \
    LAYER(LINK_TYPE, 101, host_raw)                                                                \
    LAYER(LINK_TYPE, 104, ppp_cisco)                                                               \
    LAYER(LINK_TYPE, 105, wifi_frame)                                                              \
    LAYER(LINK_TYPE, 108, host_loop)                                                               \
    LAYER(LINK_TYPE, 109, host_enc)                                                                \
    LAYER(LINK_TYPE, 113, host_cooked)                                                             \
    LAYER(LINK_TYPE, 117, host_pflog)                                                              \
    LAYER(LINK_TYPE, 119, wifi_prism)                                                              \
    LAYER(LINK_TYPE, 127, wifi_radiotap)                                                           \
    LAYER(LINK_TYPE, 138, host_firewire)                                                           \
    LAYER(LINK_TYPE, 149, pktap_record) /* DLT_USER2, as which Apple's tcpdump writes it */        \
    LAYER(LINK_TYPE, 163, wifi_prism) /* AVS: the header tells which of the two it is */           \
    LAYER(LINK_TYPE, 166, ppp_frame) /* its direction stands where the address does */             \
    LAYER(LINK_TYPE, 192, wifi_ppi)                                                                \
    LAYER(LINK_TYPE, 228, host_raw)                                                                \
    LAYER(LINK_TYPE, 229, host_raw)                                                                \
    LAYER(LINK_TYPE, 239, host_nflog)                                                              \
    LAYER(LINK_TYPE, 258, pktap_record)                                                            \
    LAYER(LINK_TYPE, 276, host_cooked2)

#define PROTOCOLS(LAYER)                                                                           \
    LAYER(PROTOCOL, 0, ip_extension) /* hop-by-hop options */                                      \
    LAYER(PROTOCOL, TRANSPORT_ICMP, transport_icmp)                                                \
    LAYER(PROTOCOL, 4, tunnels_ipv4)                                                               \
    LAYER(PROTOCOL, TRANSPORT_TCP, transport_tcp)                                                  \
    LAYER(PROTOCOL, TRANSPORT_UDP, transport_udp)                                                  \
    LAYER(PROTOCOL, 41, tunnels_ipv6)                                                              \
    LAYER(PROTOCOL, 43, ip_extension) /* routing */                                                \
    LAYER(PROTOCOL, 44, ip_fragment)                                                               \
    LAYER(PROTOCOL, 47, tunnels_gre)                                                               \
    LAYER(PROTOCOL, 50, ip_unread)                                                                 \
    LAYER(PROTOCOL, 51, ip_authentication)                                                         \
    LAYER(PROTOCOL, TRANSPORT_ICMPV6, transport_icmp)                                              \
    LAYER(PROTOCOL, 60, ip_extension) /* destination options */                                    \
    LAYER(PROTOCOL, 97, tunnels_etherip)                                                           \
    LAYER(PROTOCOL, 108, ip_unread)                                                                \
    LAYER(PROTOCOL, 115, ip_unread)                                                                \
    LAYER(PROTOCOL, 137, tunnels_mpls)

#define TYPES_AND_PORTS(LAYER)                                                                     \
    LAYER(ETHERTYPE, 0x0800, ip_version4)                                                          \
    LAYER(ETHERTYPE, 0x86dd, ip_version6)                                                          \
    LAYER(ETHERTYPE, 0x0806, link_arp)                                                             \
    LAYER(ETHERTYPE, 0x8100, link_vlan)                                                            \
    LAYER(ETHERTYPE, 0x88a8, link_vlan) /* 802.1ad, and the older tags of stacked VLANs */         \
    LAYER(ETHERTYPE, 0x9100, link_vlan)                                                            \
    LAYER(ETHERTYPE, 0x9200, link_vlan)                                                            \
    LAYER(ETHERTYPE, 0x9300, link_vlan)                                                            \
    LAYER(ETHERTYPE, 0x8847, mpls_stack)                                                           \
    LAYER(ETHERTYPE, 0x8848, mpls_stack)                                                           \
    LAYER(ETHERTYPE, 0x8864, ppp_session)                                                          \
    LAYER(ETHERTYPE, 0x88e7, link_backbone)                                                        \
    LAYER(ETHERTYPE, 0x8926, link_vntag)                                                           \
    LAYER(ETHERTYPE, 0x8909, link_metadata)                                                        \
    LAYER(ETHERTYPE, 0x88e5, link_macsec)                                                          \
    LAYER(ETHERTYPE, 0x6558, link_ethernet)                                                        \
    /* Those of which it is known that they carry no IP. */                                        \
    LAYER(ETHERTYPE, 0x0842, link_silent) /* wake on LAN */                                        \
    LAYER(ETHERTYPE, 0x2000, link_silent) /* Cisco Discovery Protocol */                           \
    LAYER(ETHERTYPE, 0x8035, link_silent) /* RARP */                                               \
    LAYER(ETHERTYPE, 0x809b, link_silent) /* AppleTalk */                                          \
    LAYER(ETHERTYPE, 0x80f3, link_silent) /* its address resolution */                             \
    LAYER(ETHERTYPE, 0x8137, link_silent) /* IPX */                                                \
    LAYER(ETHERTYPE, 0x8808, link_silent) /* pause */                                              \
    LAYER(ETHERTYPE, 0x8809, link_silent) /* link aggregation */                                   \
    LAYER(ETHERTYPE, 0x8863, link_silent) /* PPPoE discovery */                                    \
    LAYER(ETHERTYPE, 0x886c, link_silent) /* HomePNA */                                            \
    LAYER(ETHERTYPE, 0x8874, link_silent) /* switches' loop detection */                           \
    LAYER(ETHERTYPE, 0x888e, link_silent) /* EAPOL */                                              \
    LAYER(ETHERTYPE, 0x8899, link_silent) /* switches' loop detection */                           \
    LAYER(ETHERTYPE, 0x88c7, link_silent) /* RSN preauthentication */                              \
    LAYER(ETHERTYPE, 0x88cc, link_silent) /* LLDP */                                               \
    LAYER(ETHERTYPE, 0x88e1, link_silent) /* HomePlug */                                           \
    LAYER(ETHERTYPE, 0x88f5, link_silent) /* MVRP */                                               \
    LAYER(ETHERTYPE, 0x88f7, link_silent) /* PTP */                                                \
    LAYER(ETHERTYPE, 0x8902, link_silent) /* 802.1ag */                                            \
    LAYER(ETHERTYPE, 0x890d, link_silent) /* 802.11z */                                            \
    LAYER(ETHERTYPE, 0x8912, link_silent) /* HomePlug */                                           \
    LAYER(ETHERTYPE, 0x893a, link_silent) /* IEEE 1905.1 */                                        \
    LAYER(ETHERTYPE, 0x9000, link_silent) /* loopback test */                                      \
    LAYER(GRE, 0x6558, tunnels_bridged)                                                            \
    LAYER(GRE, 0x880b, ppp_frame)                                                                  \
    LAYER(GRE, 0x883e, tunnels_redirected) /* WCCP */                                              \
    LAYER(GRE, 0x88be, tunnels_erspan)                                                             \
    LAYER(GRE, 0x22eb, tunnels_erspan3)                                                            \
    LAYER(PPP, 0x0021, ppp_ipv4)                                                                   \
    LAYER(PPP, 0x0057, ppp_ipv6)                                                                   \
    LAYER(PPP, 0x0281, mpls_stack)                                                                 \
    LAYER(PPP, 0x0283, mpls_stack)                                                                 \
    LAYER(UDP, 2152, tunnels_gtp)                                                                  \
    LAYER(UDP, 4789, tunnels_vxlan)                                                                \
    LAYER(UDP, 4790, tunnels_vxlan_gpe)                                                            \
    LAYER(UDP, 5247, tunnels_capwap)                                                               \
    LAYER(UDP, 6081, tunnels_geneve)                                                               \
    LAYER(UDP, 8472, tunnels_vxlan) /* Linux before IANA had given a port */                       \
    LAYER(UDP, 37008, tunnels_tzsp)                                                                \
    LAYER(UDP_ANSWER, 5247, tunnels_capwap)

/* clang-format on */

typedef enum decapsulation layer_decoder(struct layer_state *state);

/* NOLINTNEXTLINE(bugprone-macro-parentheses): a designator takes none */
#define ENTRY(FAMILY, NUMBER, DECODER) [NUMBER] = DECODER,
static layer_decoder *const link_types[] = {LINK_TYPES(ENTRY)};
static layer_decoder *const protocols[] = {PROTOCOLS(ENTRY)};
#undef ENTRY

static layer_decoder *find_type_or_port(uint32_t family, uint32_t number)
{
    if (number > 0xffff)
        return NULL;
    switch (family << 16 | number) {
#define CASE(FAMILY, NUMBER, DECODER)                                                              \
    case (uint32_t)LAYER_##FAMILY << 16 | (NUMBER):                                                \
        return DECODER;
        TYPES_AND_PORTS(CASE)
#undef CASE
    default:
        return NULL;
    }
}

static layer_decoder *find_layer(enum layer_family family, uint32_t number)
{
    if (family == LAYER_PROTOCOL)
        return number < sizeof protocols / sizeof protocols[0] ? protocols[number] : NULL;
    if (family == LAYER_LINK_TYPE)
        return number < sizeof link_types / sizeof link_types[0] ? link_types[number] : NULL;
    return find_type_or_port((uint32_t)family, number);
}

bool layers_know(enum layer_family family, uint32_t number)
{
    return find_layer(family, number) != NULL;
}

bool layers_select(struct layer_state *state, enum layer_family family, uint32_t number)
{
    layer_decoder *decode = find_layer(family, number);

    if (decode == NULL)
        return false;
    state->next = decode;
    return true;
}

enum decapsulation layers_ethertype(struct layer_state *state, uint16_t type)
{
    if (layers_select(state, LAYER_ETHERTYPE, type))
        return DECAPSULATED;
    return layers_unread_number(state, "EtherType", type);
}

enum decapsulation layers_run(struct layer_state *state)
{
    for (int depth = 0; depth < LAYER_LIMIT; depth++) {
        layer_decoder *decode = state->next;
        enum decapsulation answer;

        state->next = NULL;
        answer = decode(state);
        if (answer != DECAPSULATED || state->next == NULL)
            return answer;
    }
    state->unread = "layers within layers, more than 16 deep";
    state->unread_number = UNREAD_WITHOUT_NUMBER;
    return DECAPSULATED_INVALID;
}

static const char *const tunnel_names[] = {
    [TUNNEL_MPLS] = "MPLS",   [TUNNEL_PPPOE] = "PPPoE",   [TUNNEL_BACKBONE] = "802.1ah",
    [TUNNEL_GRE] = "GRE",     [TUNNEL_ERSPAN] = "ERSPAN", [TUNNEL_IP] = "IP in IP",
    [TUNNEL_VXLAN] = "VXLAN", [TUNNEL_GENEVE] = "Geneve", [TUNNEL_GTP] = "GTP-U",
    [TUNNEL_TZSP] = "TZSP",   [TUNNEL_CAPWAP] = "CAPWAP",
};

/* Multiplication by an odd constant spreads upwards, the shift brings it down again. */
void layers_note_network(struct layer_state *state, enum tunnel_kind kind, uint64_t identifier)
{
    uint64_t mixed = ((uint64_t)state->packet->tunnel << 8 | kind) ^ identifier << 20;

    mixed *= UINT64_C(0x9e6c63d0876a9a47);
    state->packet->tunnel = (uint32_t)(mixed >> 32 ^ mixed);
    state->packet->tunnel_name = tunnel_names[kind];
}

void layers_enter_tunnel(struct layer_state *state, enum tunnel_kind kind, uint64_t identifier)
{
    struct packet *packet = state->packet;

    layers_note_network(state, kind, identifier);
    packet->has_macs = false;
    packet->vlan = 0;
    packet->reassembled = false;
    packet->source_port = packet->destination_port = 0;
    state->ip_version = 0;
}

struct decapsulator *decapsulator_create(void)
{
    struct decapsulator *decapsulator = calloc(1, sizeof *decapsulator);

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

bool decapsulator_add_vxlan_port(struct decapsulator *decapsulator, uint16_t port)
{
    if (decapsulator->vxlan_port_count == DECAPSULATOR_PORT_LIMIT)
        return false;
    decapsulator->vxlan_ports[decapsulator->vxlan_port_count++] = port;
    return true;
}

static enum decapsulation run_counted(struct decapsulator *decapsulator, struct layer_state *state)
{
    struct packet *packet = state->packet;
    enum decapsulation answer = layers_run(state);

    packet->truncated = state->missing > 0;
    if (state->unread != NULL)
        unread_layers_count(&decapsulator->unread, state->unread, state->unread_number,
                            packet->time, packet->identity);
    return answer;
}

enum decapsulation layers_frame(struct decapsulator *decapsulator, const struct frame *frame,
                                struct packet *packet)
{
    struct layer_state state = {.rest = frame->data, .packet = packet, .home = decapsulator};

    if (frame->wire_length > frame->data.length)
        state.missing = frame->wire_length - frame->data.length;
    memset(packet, 0, sizeof *packet);
    packet->identity = frame->packet;
    packet->time = frame->time;
    packet->wire_length = frame->wire_length;
    if (!layers_select(&state, LAYER_LINK_TYPE, (uint32_t)frame->link_type))
        return DECAPSULATED_NOT_IP;
    return run_counted(decapsulator, &state);
}

enum decapsulation decapsulate(struct decapsulator *decapsulator, const struct frame *frame,
                               struct packet *packet)
{
    decapsulator->subframes = bytes_of(NULL, 0);
    if (plain_frame(decapsulator, frame, packet))
        return DECAPSULATED;
    return layers_frame(decapsulator, frame, packet);
}

static enum decapsulation next_subframe(struct decapsulator *decapsulator, struct packet *packet)
{
    struct layer_state state = {.rest = decapsulator->subframes,
                                .missing = decapsulator->subframes_missing,
                                .packet = packet,
                                .home = decapsulator,
                                .next = wifi_subframe};

    decapsulator->subframes = bytes_of(NULL, 0);
    *packet = decapsulator->subframes_packet;
    return run_counted(decapsulator, &state);
}

bool decapsulator_has_more(const struct decapsulator *decapsulator)
{
    return !bytes_empty(decapsulator->subframes);
}

bool decapsulate_next(struct decapsulator *decapsulator, struct packet *packet,
                      enum decapsulation *answer)
{
    if (!decapsulator_has_more(decapsulator))
        return false;
    *answer = next_subframe(decapsulator, packet);
    return true;
}

bool decapsulate_knows_link_type(int link_type)
{
    return link_type >= 0 && layers_know(LAYER_LINK_TYPE, (uint32_t)link_type);
}

uint64_t decapsulator_fragments_dropped(const struct decapsulator *decapsulator)
{
    return fragments_dropped(decapsulator->fragments);
}

bool decapsulator_memory_out(const struct decapsulator *decapsulator)
{
    return fragments_memory_out(decapsulator->fragments);
}

const struct unread_layers *decapsulator_unread(const struct decapsulator *decapsulator)
{
    return &decapsulator->unread;
}
