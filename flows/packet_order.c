/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of the packets that wait are in one list, the oldest first, and in buckets
 * by the ends of their flow.  A flow of which packets wait is marked, so that the
 * packets of all others pass with a look at two sequence numbers.
 */
#include "flows/packet_order.h"

#include <stdlib.h>
#include <string.h>

#include "flows/tcp_outcome.h"

#define BUCKETS 256u /* a power of two */
#define CLOCK_STEP NANOSECONDS_PER_SECOND /* a clock that goes back further was set */
#define NTP_PORT 123
#define NTP_MODE_SERVER 4 /* RFC 5905 section 7.3 */

struct waiting {
    struct waiting *next; /* younger, in the list of all */
    struct waiting *previous;
    struct waiting *next_in_bucket; /* younger */
    struct packet packet; /* its bytes are behind this struct */
    struct packet ends; /* without bytes */
    size_t size;
    uint8_t bytes[];
};

struct packet_order {
    struct flow_table *flows;
    packet_order_next *next;
    void *owner;
    struct waiting *oldest;
    struct waiting *newest;
    uint32_t count;
    size_t size;
    bool memory_out;
    uint64_t overtaken; /* packets that the capture shows after their acknowledgment */
    struct waiting *buckets[BUCKETS];
};

struct packet_order *packet_order_create(struct flow_table *flows, packet_order_next *next,
                                         void *owner)
{
    struct packet_order *order = calloc(1, sizeof *order);
    if (order == NULL)
        return NULL;
    order->flows = flows;
    order->next = next;
    order->owner = owner;
    return order;
}

void packet_order_release(struct packet_order *order)
{
    while (order != NULL && order->oldest != NULL) {
        struct waiting *waiting = order->oldest;
        order->oldest = waiting->next;
        free(waiting);
    }
    free(order);
}

/* The same for both directions. */
static struct waiting **bucket_of(struct packet_order *order, const struct packet *ends)
{
    uint32_t hash = (uint32_t)ends->source_port ^ ends->destination_port;
    for (size_t i = 12; i < sizeof ends->source.octets; i++)
        hash = hash * 31 + (uint32_t)(ends->source.octets[i] ^ ends->destination.octets[i]);
    return &order->buckets[(hash ^ hash >> 8) & (BUCKETS - 1)];
}

static bool ends_are_same(const struct packet *one, const struct packet *two)
{
    /* Not the VLAN or tunnel: a mirror may use one for each direction. */
    if (one->transport != two->transport)
        return false;
    bool along = one->source_port == two->source_port;
    if (along && one->destination_port == two->destination_port &&
        address_equal(&one->source, &two->source) &&
        address_equal(&one->destination, &two->destination))
        return true;
    return one->source_port == two->destination_port && one->destination_port == two->source_port &&
           address_equal(&one->source, &two->destination) &&
           address_equal(&one->destination, &two->source);
}

/* A copy of `from` at `at`; it leads into the copy of the network layer where it led
 * into that before. */
static struct bytes bytes_moved(struct bytes from, struct bytes network, uint8_t *copy,
                                size_t *used)
{
    if (bytes_empty(from))
        return bytes_of(NULL, 0);
    uintptr_t start = (uintptr_t)from.data, base = (uintptr_t)network.data;
    if (start >= base && start + from.length <= base + network.length)
        return bytes_of(copy + (start - base), from.length);
    memcpy(copy + *used, from.data, from.length);
    *used += from.length;
    return bytes_of(copy + *used - from.length, from.length);
}

static struct waiting *waiting_make(const struct packet *packet, const struct packet *ends)
{
    size_t most = packet->network.length + packet->payload.length + packet->tcp_options.length +
                  packet->process.length;
    struct waiting *waiting = malloc(sizeof *waiting + most);
    if (waiting == NULL)
        return NULL;
    size_t used = packet->network.length;
    waiting->packet = *packet;
    waiting->ends = *ends;
    if (used > 0)
        memcpy(waiting->bytes, packet->network.data, used);
    waiting->packet.network = bytes_of(waiting->bytes, used);
    waiting->packet.payload = bytes_moved(packet->payload, packet->network, waiting->bytes, &used);
    waiting->packet.tcp_options =
        bytes_moved(packet->tcp_options, packet->network, waiting->bytes, &used);
    waiting->packet.process = bytes_moved(packet->process, packet->network, waiting->bytes, &used);
    waiting->ends.network = waiting->ends.payload = waiting->ends.tcp_options =
        waiting->ends.process = bytes_of(NULL, 0);
    waiting->packet.question = waiting->ends.question = bytes_of(NULL, 0);
    waiting->size = most;
    return waiting;
}

static void waiting_unlink(struct packet_order *order, struct waiting *waiting)
{
    struct waiting **link = bucket_of(order, &waiting->ends);
    while (*link != waiting)
        link = &(*link)->next_in_bucket;
    *link = waiting->next_in_bucket;
    if (waiting->previous != NULL)
        waiting->previous->next = waiting->next;
    else
        order->oldest = waiting->next;
    if (waiting->next != NULL)
        waiting->next->previous = waiting->previous;
    else
        order->newest = waiting->previous;
    order->count--;
    order->size -= waiting->size;
}

static void waiting_link(struct packet_order *order, struct waiting *waiting)
{
    struct waiting **link = bucket_of(order, &waiting->ends);
    while (*link != NULL)
        link = &(*link)->next_in_bucket;
    *link = waiting;
    waiting->next_in_bucket = waiting->next = NULL;
    waiting->previous = order->newest;
    if (order->newest != NULL)
        order->newest->next = waiting;
    else
        order->oldest = waiting;
    order->newest = waiting;
    order->count++;
    order->size += waiting->size;
}

static bool is_error(const struct waiting *waiting)
{
    return waiting->packet.transport != waiting->ends.transport;
}

/* The first packet of a flow that does not begin one: an answer, a segment. */
static bool begins_in_the_middle(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_TCP)
        return (packet->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN;
    uint8_t first;
    if (packet->source_port == NTP_PORT && packet->destination_port == NTP_PORT)
        return bytes_peek_u8(packet->payload, 0, &first) && (first & 7) == NTP_MODE_SERVER;
    return packet->source_port < 1024 && packet->destination_port >= 1024;
}

static bool is_reset(const struct packet *packet)
{
    return packet->transport == TRANSPORT_TCP && (packet->tcp_flags & TCP_RST) != 0;
}

static bool packet_must_wait(const struct packet_order *order, const struct packet *packet,
                             const struct packet *ends, const struct flow *flow, int side)
{
    if (packet != ends)
        return flow == NULL;
    if (flow == NULL)
        return begins_in_the_middle(packet);
    return packet_order_matters(flow, packet) &&
           tcp_outcome_is_early(flow, side, packet, order->overtaken > 0);
}

static void hand_on(struct packet_order *order, struct waiting *waiting)
{
    const struct packet *packet = &waiting->packet;
    const struct packet *ends = is_error(waiting) ? &waiting->ends : packet;
    int side = SIDE_CLIENT;
    struct flow *flow = flow_table_find(order->flows, ends, &side);
    order->next(order->owner, packet, ends, flow, side);
    free(waiting);
}

/* The flow's oldest that waits for nothing more; with `all`, the oldest. A RST does
 * not overtake what was captured before it. */
static struct waiting *take_next(struct packet_order *order, const struct packet *ends, bool all)
{
    bool others_wait = false;
    for (struct waiting *at = *bucket_of(order, ends); at != NULL; at = at->next_in_bucket) {
        if (!ends_are_same(&at->ends, ends))
            continue;
        int side = SIDE_CLIENT;
        const struct packet *packet = &at->packet;
        const struct flow *flow = flow_table_find(order->flows, &at->ends, &side);
        if (!all &&
            ((is_reset(packet) && others_wait) ||
             packet_must_wait(order, packet, is_error(at) ? &at->ends : packet, flow, side))) {
            others_wait = true;
            continue;
        }
        waiting_unlink(order, at);
        return at;
    }
    return NULL;
}

static bool some_wait(struct packet_order *order, const struct packet *ends)
{
    for (struct waiting *at = *bucket_of(order, ends); at != NULL; at = at->next_in_bucket)
        if (ends_are_same(&at->ends, ends))
            return true;
    return false;
}

/* Is there an acknowledgment of what this packet sends for the first time? */
static bool is_overtaken(struct packet_order *order, const struct packet *packet,
                         const struct flow *flow, int side)
{
    uint32_t length = packet->payload_length + ((packet->tcp_flags & (TCP_SYN | TCP_FIN)) != 0);
    if (packet->transport != TRANSPORT_TCP || length == 0 || is_reset(packet))
        return false;
    if (flow != NULL && flow->sides[side].has_sequence &&
        (int32_t)(packet->sequence + length - flow->sides[side].next_sequence) <= 0)
        return false;
    for (struct waiting *at = *bucket_of(order, packet); at != NULL; at = at->next_in_bucket)
        if (!is_error(at) && ends_are_same(&at->packet, packet) &&
            at->packet.source_port == packet->destination_port &&
            address_equal(&at->packet.source, &packet->destination) &&
            (at->packet.tcp_flags & TCP_ACK) &&
            (int32_t)(at->packet.acknowledgment - packet->sequence) > 0)
            return true;
    return false;
}

/* Hands on what the newest packet of this flow lets go; marks whether some is left. */
static void release_flow(struct packet_order *order, const struct packet *ends, bool all)
{
    struct waiting *waiting;
    int side;
    while ((waiting = take_next(order, ends, all)) != NULL)
        hand_on(order, waiting);
    struct flow *flow = flow_table_find(order->flows, ends, &side);
    if (flow != NULL)
        flow->awaiting = some_wait(order, ends);
}

/* What the oldest packet waited for does not come. */
static void give_up_oldest(struct packet_order *order)
{
    struct waiting *waiting = order->oldest;
    struct packet ends = waiting->ends;
    int side;
    waiting_unlink(order, waiting);
    struct flow *flow = flow_table_find(order->flows, &ends, &side);
    if (is_error(waiting) && flow == NULL) {
        free(waiting); /* of a flow that the capture does not have */
        return;
    }
    if (flow != NULL && flow->waited_in_vain < PACKET_ORDER_VAIN_LIMIT)
        flow->waited_in_vain++;
    hand_on(order, waiting);
    release_flow(order, &ends, false);
}

void packet_order_expire(struct packet_order *order, int64_t now)
{
    while (order->oldest != NULL) {
        int64_t waited = now - order->oldest->packet.time;
        if (waited <= PACKET_ORDER_PATIENCE && waited >= -CLOCK_STEP)
            return;
        give_up_oldest(order);
    }
}

static bool wait_begins(struct packet_order *order, const struct packet *packet,
                        const struct packet *ends, struct flow *flow)
{
    struct waiting *waiting = waiting_make(packet, ends);
    if (waiting == NULL) {
        order->memory_out = true;
        return false;
    }
    waiting_link(order, waiting);
    if (flow != NULL)
        flow->awaiting = true;
    while (order->count > PACKET_ORDER_LIMIT || order->size > PACKET_ORDER_BYTES)
        give_up_oldest(order);
    return true;
}

void packet_order_packet(struct packet_order *order, const struct packet *packet,
                         const struct packet *ends, struct flow *flow, int side)
{
    bool others_wait = flow != NULL ? flow->awaiting : order->count > 0 && some_wait(order, ends);
    if ((packet_must_wait(order, packet, ends, flow, side) ||
         (others_wait && flow != NULL && is_reset(packet))) &&
        wait_begins(order, packet, ends, flow))
        return;
    if (others_wait && flow != NULL && packet == ends && packet->transport == TRANSPORT_TCP &&
        tcp_outcome_is_new_connection(flow, packet)) {
        release_flow(order, ends, true);
        flow = flow_table_find(order->flows, ends, &side);
    }
    order->overtaken += others_wait && packet == ends && is_overtaken(order, packet, flow, side);
    order->next(order->owner, packet, ends, flow, side);
    if (others_wait)
        release_flow(order, ends, false);
}

bool packet_order_memory_out(const struct packet_order *order)
{
    return order->memory_out;
}

uint64_t packet_order_overtaken(const struct packet_order *order)
{
    return order->overtaken;
}

void packet_order_finish(struct packet_order *order)
{
    while (order->oldest != NULL)
        give_up_oldest(order);
}
