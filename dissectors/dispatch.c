/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a payload to its dissector.  TCP goes through the in-order streams
 * of flows/stream.h, UDP goes datagram by datagram; what no dissector claims is
 * shown to nDPI if the flow matters, and is otherwise left unread.
 */
#include "dissectors/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "dissectors/ndpi.h"
#include "dissectors/registry.h"

#define CLAIM_BYTES 6 /* enough for every claim over TCP */
#define NDPI_PACKETS 10 /* nDPI knows by then or not at all */
#define EVICTION_LOOKS 8

struct dispatcher {
    struct observation *observation;
    struct ndpi_guide *ndpi; /* made when the first flow needs it: it starts slowly */
    bool ndpi_tried;
    uint64_t kept; /* bytes that the streams and dissectors of all flows have allocated */
    uint64_t kept_limit;
    struct flow_detail *kept_longest; /* flows with such bytes, by when they began to keep */
    struct flow_detail *kept_shortest;
    void *common[UINT8_MAX - 1]; /* per dissector */
    size_t questions; /* the dissector whose packets are signed ahead */
    void *messages[MESSAGE_DISSECTOR_COUNT]; /* per message dissector */
};

struct dispatcher *dispatcher_create(struct observation *observation)
{
    struct dispatcher *dispatcher = calloc(1, sizeof *dispatcher);
    if (dispatcher == NULL)
        return NULL;
    dispatcher->observation = observation;
    dispatcher->kept_limit = DISPATCH_KEPT_LIMIT;
    for (size_t i = 0; i < dissector_count; i++) {
        if (dissectors[i]->question_key != NULL)
            dispatcher->questions = i;
        if (dissectors[i]->create == NULL)
            continue;
        dispatcher->common[i] = dissectors[i]->create();
        if (dispatcher->common[i] == NULL) {
            dispatcher_release(dispatcher);
            return NULL;
        }
    }
    for (size_t i = 0; i < MESSAGE_DISSECTOR_COUNT; i++) {
        dispatcher->messages[i] = message_dissectors[i]->create();
        if (dispatcher->messages[i] == NULL) {
            dispatcher_release(dispatcher);
            return NULL;
        }
    }
    return dispatcher;
}

void dispatcher_limit_kept(struct dispatcher *dispatcher, uint64_t bytes)
{
    dispatcher->kept_limit = bytes;
}

void dispatcher_release(struct dispatcher *dispatcher)
{
    if (dispatcher == NULL)
        return;
    for (size_t i = 0; i < dissector_count; i++)
        if (dispatcher->common[i] != NULL)
            dissectors[i]->release(dispatcher->common[i]);
    for (size_t i = 0; i < MESSAGE_DISSECTOR_COUNT; i++)
        message_dissectors[i]->release(dispatcher->messages[i]);
    ndpi_guide_release(dispatcher->ndpi);
    free(dispatcher);
}

struct hash_key dispatcher_question_key(const struct dispatcher *dispatcher)
{
    size_t at = dispatcher->questions;
    return dissectors[at]->question_key(dispatcher->common[at]);
}

void dispatch_fetch(const struct dispatcher *dispatcher, const struct packet *packet, bool soon)
{
    size_t at = dispatcher->questions;
    dissectors[at]->fetch(dispatcher->common[at], packet, soon);
}

static bool flow_is_wanted(const struct dispatcher *dispatcher, const struct flow *flow)
{
    return observation_keeps(dispatcher->observation, flow);
}

/* Whose state for the run does this dissector use? */
static size_t state_owner(size_t dissector)
{
    const struct dissector *partner = dissectors[dissector]->partner;
    for (size_t i = 0; partner != NULL && i < dissector_count; i++)
        if (dissectors[i] == partner)
            return i;
    return dissector;
}

static struct dissector_call call_for(struct dispatcher *dispatcher, struct flow *flow, int side,
                                      const struct packet *packet)
{
    struct dissector_call call = {.observation = dispatcher->observation,
                                  .flow = flow,
                                  .packet = packet,
                                  .side = side,
                                  .common = dispatcher->common[state_owner(flow->dissector - 1u)],
                                  .state =
                                      flow->detail != NULL ? flow->detail->dissector_state : NULL};
    return call;
}

/* Bytes of this side will not come, as is known now. */
static void loss_note(struct dispatcher *dispatcher, struct flow *flow, int side,
                      const struct packet *packet)
{
    dispatcher->observation->totals.stream_gaps++;
    flow->detail->reading_lost = true;
    if (flow->dissector == 0 || flow->dissector == FLOW_DISSECTOR_NDPI ||
        dissectors[flow->dissector - 1]->stream_lost == NULL)
        return;
    struct dissector_call call = call_for(dispatcher, flow, side, packet);
    dissectors[flow->dissector - 1]->stream_lost(&call);
}

static void kept_append(struct dispatcher *dispatcher, struct flow_detail *detail)
{
    detail->keeps = true;
    detail->kept_before = dispatcher->kept_shortest;
    detail->kept_after = NULL;
    if (dispatcher->kept_shortest != NULL)
        dispatcher->kept_shortest->kept_after = detail;
    else
        dispatcher->kept_longest = detail;
    dispatcher->kept_shortest = detail;
}

static void kept_remove(struct dispatcher *dispatcher, struct flow_detail *detail)
{
    detail->keeps = false;
    if (detail->kept_before != NULL)
        detail->kept_before->kept_after = detail->kept_after;
    else
        dispatcher->kept_longest = detail->kept_after;
    if (detail->kept_after != NULL)
        detail->kept_after->kept_before = detail->kept_before;
    else
        dispatcher->kept_shortest = detail->kept_before;
}

/* The flow's dissector tells what it knows, and its state goes. */
static void dissector_leave(struct dispatcher *dispatcher, struct flow *flow)
{
    struct flow_detail *detail = flow->detail;
    if (flow->dissector == FLOW_DISSECTOR_NDPI) {
        ndpi_reading_release(detail->dissector_state);
    } else if (flow->dissector != 0) {
        const struct dissector *dissector = dissectors[flow->dissector - 1];
        struct dissector_call call = call_for(dispatcher, flow, SIDE_CLIENT, NULL);
        if (dissector->flow_end != NULL)
            dissector->flow_end(&call);
        free(detail->dissector_state);
    }
    detail->dissector_state = NULL;
}

/* Nobody reads any more of this flow. */
static void reading_end(struct dispatcher *dispatcher, struct flow *flow)
{
    struct flow_detail *detail = flow->detail;
    flow->dissection_over = true;
    if (detail->keeps)
        kept_remove(dispatcher, detail);
    dissector_leave(dispatcher, flow);
    for (int side = 0; side < SIDE_COUNT; side++)
        stream_release(&detail->streams[side]);
}

/* The number of the first dissector that claims the flow, from 1 on; 0: none does. */
static uint8_t dissector_find(const struct flow *flow, struct bytes payload)
{
    for (size_t i = 0; i < dissector_count; i++)
        if (dissectors[i]->transport == flow->transport && dissectors[i]->claims(flow, payload))
            return (uint8_t)(i + 1);
    return 0;
}

/* Gives the flow, which has its detail, to that dissector; false if it cannot be. */
static bool dissector_take(struct observation *observation, struct flow *flow, uint8_t number)
{
    if (number == 0)
        return false;
    const struct dissector *dissector = dissectors[number - 1];
    void *state = NULL;
    if (dissector->state_size > 0 && (state = calloc(1, dissector->state_size)) == NULL)
        return !(observation->memory_out = true);
    flow->detail->dissector_state = state;
    flow->dissector = number & FLOW_DISSECTOR_NDPI;
    memcpy(flow->detail->protocol, dissector->name, strlen(dissector->name) + 1);
    return true;
}

/* Nobody of ours knows this flow: nDPI reads it if it matters. */
static bool ndpi_choose(struct dispatcher *dispatcher, struct flow *flow)
{
    if (!flow_is_wanted(dispatcher, flow))
        return false;
    if (!dispatcher->ndpi_tried) {
        dispatcher->ndpi_tried = true;
        dispatcher->ndpi = ndpi_guide_create(&dispatcher->observation->memory_out);
    }
    if (dispatcher->ndpi == NULL)
        return false;
    flow->detail->dissector_state = ndpi_reading_create(dispatcher->ndpi);
    if (flow->detail->dissector_state == NULL)
        return !(dispatcher->observation->memory_out = true);
    flow->dissector = FLOW_DISSECTOR_NDPI;
    for (int side = 0; side < SIDE_COUNT; side++)
        stream_release(&flow->detail->streams[side]);
    return true;
}

static void ndpi_feed(struct dispatcher *dispatcher, struct flow *flow, const struct packet *packet)
{
    struct ndpi_opinion opinion;
    ndpi_read_packet(dispatcher->ndpi, flow->detail->dissector_state, packet->network, packet->time,
                     &opinion);
    if (opinion.protocol[0] != '\0')
        memcpy(flow->detail->protocol, opinion.protocol, sizeof opinion.protocol);
    if (opinion.server_name[0] != '\0' && flow->detail->server_name == NULL)
        observation_name_flow(dispatcher->observation, flow, opinion.server_name);
    if (opinion.final ||
        flow->sides[SIDE_CLIENT].packets + flow->sides[SIDE_SERVER].packets >= NDPI_PACKETS)
        reading_end(dispatcher, flow);
}

/* What the stream's reader needs to know. */
struct reading {
    struct dispatcher *dispatcher;
    struct flow *flow;
    const struct packet *packet;
    int side;
    bool over; /* the dissector wants no more; said after the stream has returned */
    bool unclaimed;
    bool nested; /* the other side's bytes are being read */
};

static void read_other_side(struct reading *reading);

static size_t read_stream(void *owner, struct bytes available)
{
    struct reading *reading = owner;
    struct flow *flow = reading->flow;
    if (reading->over || reading->unclaimed)
        return available.length;
    if (flow->dissector == 0 &&
        !dissector_take(reading->dispatcher->observation, flow, dissector_find(flow, available))) {
        if (available.length < CLAIM_BYTES)
            return 0;
        reading->unclaimed = true;
        return available.length;
    }
    struct dissector_call call =
        call_for(reading->dispatcher, flow, reading->side, reading->packet);
    struct bytes rest = available;
    enum dissector_answer answer = dissectors[flow->dissector - 1]->stream(&call, &rest);
    size_t used = available.length - rest.length;
    if (answer == DISSECTOR_HAND_OVER) {
        /* A tunnel begins: what is in it goes to whoever claims it. Each hand-over
         * takes bytes off, so that this comes to an end. */
        dissector_leave(reading->dispatcher, flow);
        flow->dissector = 0;
        if (!reading->nested)
            read_other_side(reading);
        return bytes_empty(rest) || used == 0 ? used : used + read_stream(owner, rest);
    }
    reading->over = answer != DISSECTOR_MORE;
    return used;
}

/* A client need not wait for the proxy's word: what it sent into the tunnel before
 * was kept, and comes before what the server says there. */
static void read_other_side(struct reading *reading)
{
    struct reading other = *reading;
    other.side = reading->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    other.nested = true;
    stream_offer(&reading->flow->detail->streams[other.side], read_stream, &other);
    reading->over = other.over;
    reading->unclaimed = other.unclaimed;
}

static void dispatch_tcp(struct dispatcher *dispatcher, struct flow *flow, int side,
                         const struct packet *packet)
{
    struct flow_side *sender = &flow->sides[side];
    struct stream *stream = &flow->detail->streams[side];
    struct reading reading = {dispatcher, flow, packet, side, false, false, false};
    uint32_t sequence = packet->sequence + ((packet->tcp_flags & TCP_SYN) != 0);
    if (sender->syn)
        stream_start(stream, sender->first_sequence);
    bool was_gap = stream->gap;
    bool sound = stream_add(stream, sequence, packet->payload,
                            packet->payload_length - (uint32_t)packet->payload.length, read_stream,
                            &reading);
    if (stream->memory_out)
        dispatcher->observation->memory_out = true;
    if (!sound && !was_gap)
        loss_note(dispatcher, flow, side, packet);
    if (reading.unclaimed) {
        if (ndpi_choose(dispatcher, flow))
            ndpi_feed(dispatcher, flow, packet);
        else
            reading_end(dispatcher, flow);
    } else if (reading.over ||
               (flow->detail->streams[SIDE_CLIENT].gap && flow->detail->streams[SIDE_SERVER].gap)) {
        reading_end(dispatcher, flow);
    }
}

/* Flows of which nothing but messages matters, DNS's, need no detail; there are many. */
static bool flow_is_plain(const struct dispatcher *dispatcher, const struct flow *flow,
                          uint8_t dissector)
{
    return flow->detail == NULL && dissector != 0 && dissector != FLOW_DISSECTOR_NDPI &&
           dissectors[dissector - 1]->plain && !flow_is_wanted(dispatcher, flow);
}

static void dispatch_udp(struct dispatcher *dispatcher, struct flow_table *table, struct flow *flow,
                         int side, const struct packet *packet)
{
    uint8_t found = flow->dissector != 0 ? flow->dissector : dissector_find(flow, packet->payload);
    if (flow_is_plain(dispatcher, flow, found))
        flow->dissector = found & FLOW_DISSECTOR_NDPI;
    else if (flow_table_detail(table, flow) == NULL)
        return;
    if (flow->dissector == FLOW_DISSECTOR_NDPI) {
        ndpi_feed(dispatcher, flow, packet);
        return;
    }
    if (flow->dissector == 0 && !dissector_take(dispatcher->observation, flow, found)) {
        if (ndpi_choose(dispatcher, flow))
            ndpi_feed(dispatcher, flow, packet);
        else
            reading_end(dispatcher, flow);
        return;
    }
    struct dissector_call call = call_for(dispatcher, flow, side, packet);
    enum dissector_answer answer =
        dissectors[flow->dissector - 1]->datagram(&call, packet->payload);
    if (answer == DISSECTOR_DONE || answer == DISSECTOR_NOT_MINE)
        reading_end(dispatcher, flow);
}

static void acknowledgment_seen(struct dispatcher *dispatcher, struct flow *flow, int side,
                                const struct packet *packet)
{
    int other = side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    if (!(packet->tcp_flags & TCP_ACK) || !(flow->sides[other].syn))
        return;
    if (stream_acknowledged(&flow->detail->streams[other], packet->acknowledgment))
        loss_note(dispatcher, flow, other, packet);
}

/* What this flow's dissector holds. */
static uint64_t state_kept(const struct flow *flow)
{
    const void *state = flow->detail->dissector_state;
    if (state == NULL)
        return 0;
    if (flow->dissector == FLOW_DISSECTOR_NDPI)
        return ndpi_reading_size(state);
    const struct dissector *dissector = dissectors[flow->dissector - 1];
    return dissector->state_size + (dissector->held != NULL ? dissector->held(state) : 0);
}

static uint64_t flow_kept(const struct flow *flow)
{
    if (flow->detail == NULL)
        return 0;
    return (uint64_t)flow->detail->streams[SIDE_CLIENT].capacity +
           flow->detail->streams[SIDE_SERVER].capacity + state_kept(flow);
}

static void dispatch_payload(struct dispatcher *dispatcher, struct flow_table *table,
                             struct flow *flow, int side, const struct packet *packet)
{
    if (flow->detail != NULL && flow->transport == TRANSPORT_TCP &&
        flow->dissector != FLOW_DISSECTOR_NDPI)
        acknowledgment_seen(dispatcher, flow, side, packet);
    if (packet->payload_length == 0)
        return;
    if (flow->transport != TRANSPORT_TCP)
        dispatch_udp(dispatcher, table, flow, side, packet);
    else if (flow_table_detail(table, flow) == NULL)
        return;
    else if (flow->dissector == FLOW_DISSECTOR_NDPI)
        ndpi_feed(dispatcher, flow, packet);
    else
        dispatch_tcp(dispatcher, flow, side, packet);
}

/* Many flows may each keep little: one that waits long is given up, rather one that is
 * of no interest. */
static void kept_evict(struct dispatcher *dispatcher, struct flow_table *table)
{
    struct flow_detail *detail = dispatcher->kept_longest;
    for (int i = 1; i < EVICTION_LOOKS && detail->flow->of_interest && !detail->flow->crowded;
         i++) {
        if (detail->kept_after == NULL)
            break;
        detail = detail->kept_after;
    }
    if (detail->flow->of_interest && !detail->flow->crowded)
        detail = dispatcher->kept_longest;
    struct flow *flow = detail->flow;
    dispatcher->observation->totals.streams_dropped++;
    detail->reading_lost = true;
    dispatcher->kept -= flow_kept(flow);
    reading_end(dispatcher, flow);
    if (!flow_is_wanted(dispatcher, flow))
        flow_table_drop_detail(table, flow);
}

void dispatch_packet(struct dispatcher *dispatcher, struct flow_table *table, struct flow *flow,
                     int side, const struct packet *packet)
{
    if (flow->dissection_over)
        return;
    uint64_t before = flow_kept(flow);
    dispatch_payload(dispatcher, table, flow, side, packet);
    uint64_t after = flow_kept(flow);
    dispatcher->kept += after - before;
    if (after > 0 && !flow->detail->keeps)
        kept_append(dispatcher, flow->detail);
    else if (after == 0 && flow->detail != NULL && flow->detail->keeps)
        kept_remove(dispatcher, flow->detail);
    while (dispatcher->kept > dispatcher->kept_limit)
        kept_evict(dispatcher, table);
    if (flow->dissection_over && !flow_is_wanted(dispatcher, flow))
        flow_table_drop_detail(table, flow);
}

void dispatch_message(struct dispatcher *dispatcher, const struct packet *packet)
{
    if (packet->transport == TRANSPORT_TCP) /* no such message comes over it */
        return;
    for (size_t i = 0; i < MESSAGE_DISSECTOR_COUNT; i++)
        if (message_dissectors[i]->claims(packet))
            message_dissectors[i]->message(dispatcher->messages[i], dispatcher->observation,
                                           packet);
}

void dispatch_flow_end(struct dispatcher *dispatcher, struct flow *flow)
{
    if (flow->detail == NULL || flow->dissection_over)
        return;
    dispatcher->kept -= flow_kept(flow);
    reading_end(dispatcher, flow);
}

void dispatch_finish(struct dispatcher *dispatcher)
{
    for (size_t i = 0; i < dissector_count; i++)
        if (dissectors[i]->finish != NULL)
            dissectors[i]->finish(dispatcher->common[i], dispatcher->observation);
    for (size_t i = 0; i < MESSAGE_DISSECTOR_COUNT; i++)
        message_dissectors[i]->finish(dispatcher->messages[i], dispatcher->observation);
}

void dispatch_flow_stand(struct dispatcher *dispatcher, struct flow *flow)
{
    if (flow->detail == NULL || flow->dissection_over || flow->dissector == 0 ||
        flow->dissector == FLOW_DISSECTOR_NDPI ||
        dissectors[flow->dissector - 1]->flow_stand == NULL)
        return;
    struct dissector_call call = call_for(dispatcher, flow, SIDE_CLIENT, NULL);
    dissectors[flow->dissector - 1]->flow_stand(&call);
}

void dispatch_stand(const struct dispatcher *dispatcher)
{
    for (size_t i = 0; i < dissector_count; i++)
        if (dissectors[i]->stand != NULL)
            dissectors[i]->stand(dispatcher->common[i], dispatcher->observation);
    for (size_t i = 0; i < MESSAGE_DISSECTOR_COUNT; i++)
        message_dissectors[i]->stand(dispatcher->messages[i], dispatcher->observation);
}
