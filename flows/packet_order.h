/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was this packet captured before one that it follows?  Network cards with several
 * queues, and captures that are merged, show a SYN/ACK before its SYN and an ICMP
 * error before the packet it quotes.  Such packets wait for what they follow, as
 * sequence numbers tell, and go on behind it; what comes in order never waits.
 */
#ifndef APPLEPATH_FLOWS_PACKET_ORDER_H
#define APPLEPATH_FLOWS_PACKET_ORDER_H

#include "capture/packet.h"
#include "flows/flow_table.h"

#define PACKET_ORDER_PATIENCE (100 * NANOSECONDS_PER_MILLISECOND) /* of the capture's time */
#define PACKET_ORDER_LIMIT 512u /* packets that wait at once */
#define PACKET_ORDER_BYTES (4u << 20) /* and what they hold */

struct packet_order;

/* Where packets go on. `ends` has the ends of the packet's flow: the packet itself,
 * or what an ICMP error quotes. `flow` and `side` are theirs; NULL: there is none yet. */
typedef void packet_order_next(void *owner, const struct packet *packet, const struct packet *ends,
                               struct flow *flow, int side);

/* NULL when there is no memory. The table must outlive it. */
struct packet_order *packet_order_create(struct flow_table *flows, packet_order_next *next,
                                         void *owner);
void packet_order_release(struct packet_order *order);

/* Hands on what has waited long enough at `now`. */
void packet_order_expire(struct packet_order *order, int64_t now);

/* A flow whose packets waited for nothing so often is believed. */
#define PACKET_ORDER_VAIN_LIMIT 4
/* Beyond so many bytes from its server a flow is a download, of which few packets matter. */
#define PACKET_ORDER_MUCH (1u << 20)

/* Does the order of this flow's packets matter? Not to a download under way. */
static inline bool packet_order_matters(const struct flow *flow, const struct packet *packet)
{
    if (flow->transport != TRANSPORT_TCP || flow->waited_in_vain >= PACKET_ORDER_VAIN_LIMIT)
        return false;
    if (!flow->dissection_over)
        return true;
    return flow->detail != NULL && (flow->sides[SIDE_SERVER].bytes < PACKET_ORDER_MUCH ||
                                    (packet->tcp_flags & TCP_RST) != 0 || flow->awaiting);
}

/* Hands the packet on, and what waited for it, or lets it wait. `flow` and `side` are those of
 * `ends`, as for packet_order_next. A packet of its own flow needs not come here where no
 * other awaits it, and its order does not matter. */
void packet_order_packet(struct packet_order *order, const struct packet *packet,
                         const struct packet *ends, struct flow *flow, int side);

/* Was there ever no memory for a packet that should have waited? */
bool packet_order_memory_out(const struct packet_order *order);

/* Packets so far that the capture shows after their acknowledgment. */
uint64_t packet_order_overtaken(const struct packet_order *order);

/* Hands on all that waits: nothing more comes. */
void packet_order_finish(struct packet_order *order);

#endif
