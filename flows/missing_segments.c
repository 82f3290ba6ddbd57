/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which segments did the capture lose?  A sender that passes over bytes leaves a
 * hole; where the receiver acknowledges them (RFC 9293 section 3.4) they did get
 * there, and a segment that does not come within some milliseconds was never
 * captured.  What the network lost is sent again before it is acknowledged.
 */
#include "flows/missing_segments.h"

#include <string.h>

#include "flows/flow_trouble.h"

/* A merge of two directions, or a card of several queues, shows an acknowledgment
 * this much before its data; retransmissions take longer (RFC 6298 section 2.4). */
#define PATIENCE (100 * NANOSECONDS_PER_MILLISECOND)

/* What was on its way when the capture began is acknowledged within this time. */
#define BEGINNING NANOSECONDS_PER_SECOND

/* A SYN that is answered later than this was sent when the capture ran already. */
#define SYN_PATIENCE (3 * NANOSECONDS_PER_SECOND)

/* Further away it is another connection's sequence space; before a receiver has
 * moved on, its acknowledgment may belong to another SYN/ACK (SYN cookies). */
#define DISTANCE (1 << 20)
#define FIRST_DISTANCE (1 << 16)

#define SEGMENT_BYTES 1200u /* where the side has shown no larger one */

static void hole_remove(struct missing_segments *missing, int side, unsigned at)
{
    struct missing_hole *holes = missing->holes[side];
    missing->hole_count[side]--;
    memmove(&holes[at], &holes[at + 1], (missing->hole_count[side] - at) * sizeof *holes);
}

/* With no room the hole is forgotten: too few are counted then. */
static void hole_add(struct observation *observation, struct flow *flow, int side, uint32_t start,
                     uint32_t end)
{
    struct missing_segments *missing = flow_missing_make(observation, flow);
    if (missing == NULL || missing->hole_count[side] == MISSING_HOLES)
        return;
    missing->holes[side][missing->hole_count[side]++] =
        (struct missing_hole){start, end, TIMESTAMP_NONE, PACKET_NONE};
}

static void holes_forget(struct flow *flow, int side)
{
    struct missing_segments *missing = flow_missing(flow);
    if (missing != NULL)
        missing->hole_count[side] = 0;
}

static void missing_note(struct missing_segments *missing, int side, uint32_t segments,
                         int64_t time, uint64_t packet)
{
    bool first = missing->segments[SIDE_CLIENT] == 0 && missing->segments[SIDE_SERVER] == 0;
    if (first || time < missing->first_time) {
        missing->first_time = time;
        missing->first_packet = packet;
    }
    if (first || time > missing->last_time)
        missing->last_time = time;
    missing->segments[side] += segments;
}

static void holes_settle(const struct flow *flow, struct missing_segments *missing, int side,
                         int64_t now)
{
    uint32_t largest = flow->largest[side];
    uint32_t size = largest > SEGMENT_BYTES ? largest : SEGMENT_BYTES;
    for (unsigned i = missing->hole_count[side]; i-- > 0;) {
        const struct missing_hole *hole = &missing->holes[side][i];
        if (hole->acknowledged_time == TIMESTAMP_NONE || now - hole->acknowledged_time <= PATIENCE)
            continue;
        uint32_t segments = (hole->end - hole->start + size - 1) / size;
        missing_note(missing, side, segments, hole->acknowledged_time, hole->packet);
        hole_remove(missing, side, i);
    }
}

/* Bytes come that were passed over: of a hole that they cut in two, the later part
 * is forgotten. */
static void holes_fill(struct observation *observation, struct missing_segments *missing, int side,
                       uint32_t start, uint32_t end)
{
    for (unsigned i = missing->hole_count[side]; i-- > 0;) {
        struct missing_hole *hole = &missing->holes[side][i];
        if ((int32_t)(hole->end - start) <= 0 || (int32_t)(end - hole->start) <= 0)
            continue;
        observation->totals.overtaken_segments += hole->acknowledged_time != TIMESTAMP_NONE;
        if ((int32_t)(start - hole->start) > 0)
            hole->end = start;
        else if ((int32_t)(hole->end - end) > 0)
            hole->start = end;
        else
            hole_remove(missing, side, i);
    }
}

/* Is what comes now still the tail of what was before the capture? */
static bool is_beginning(const struct flow *flow, const struct packet *packet)
{
    return flow->midstream && !flow->sides[SIDE_SERVER].syn &&
           packet->time - flow->first_time <= BEGINNING;
}

static void side_covers(struct flow_side *side, uint32_t end)
{
    side->covered = end;
    side->has_covered = true;
}

static void side_sends(struct observation *observation, struct flow *flow, int side,
                       const struct packet *packet)
{
    struct flow_side *sender = &flow->sides[side];
    bool syn = (packet->tcp_flags & TCP_SYN) != 0;
    uint32_t start = packet->sequence + syn;
    uint32_t end = start + packet->payload_length + ((packet->tcp_flags & TCP_FIN) != 0);
    if (!syn && end == start && start == sender->covered && sender->has_covered)
        return; /* a pure acknowledgment */
    if (syn && sender->syn && start != sender->first_sequence)
        return; /* not from this connection (RFC 5961 section 4) */
    observation->totals.data_segments += end != start || syn;
    if (packet->payload_length > flow->largest[side])
        flow->largest[side] =
            (uint16_t)(packet->payload_length < UINT16_MAX ? packet->payload_length : UINT16_MAX);
    int32_t ahead = (int32_t)(start - sender->covered);
    if (!sender->has_covered || ahead > DISTANCE || ahead < -DISTANCE) {
        holes_forget(flow, side);
        side_covers(sender, end);
        return;
    }
    if (ahead > 0 && !is_beginning(flow, packet))
        hole_add(observation, flow, side, sender->covered, start);
    else if (ahead < 0 && flow_missing(flow) != NULL)
        holes_fill(observation, flow_missing(flow), side, start, end);
    if ((int32_t)(end - sender->covered) > 0)
        sender->covered = end;
}

static void holes_acknowledge(struct missing_segments *missing, int side,
                              const struct packet *packet)
{
    for (unsigned i = 0; i < missing->hole_count[side]; i++) {
        struct missing_hole *hole = &missing->holes[side][i];
        if (hole->acknowledged_time != TIMESTAMP_NONE ||
            (int32_t)(packet->acknowledgment - hole->end) < 0)
            continue;
        hole->acknowledged_time = packet->time;
        hole->packet = packet->identity;
    }
}

static void side_acknowledges(struct observation *observation, struct flow *flow, int side,
                              const struct packet *packet)
{
    const struct flow_side *receiver = &flow->sides[side];
    struct flow_side *sender = &flow->sides[!side];
    int32_t ahead = (int32_t)(packet->acknowledgment - sender->covered);
    int32_t limit = receiver->heard ? DISTANCE : FIRST_DISTANCE;
    if (!sender->has_covered || (sender->bytes == 0 && (ahead > limit || ahead < -DISTANCE))) {
        side_covers(sender, packet->acknowledgment);
        return;
    }
    if (ahead > limit || ahead < -DISTANCE)
        return;
    if (ahead > 0) {
        if (!is_beginning(flow, packet))
            hole_add(observation, flow, !side, sender->covered, packet->acknowledgment);
        sender->covered = packet->acknowledgment;
    }
    if (flow_missing(flow) != NULL)
        holes_acknowledge(flow_missing(flow), !side, packet);
}

void missing_segments_packet(struct observation *observation, struct flow *flow, int side,
                             const struct packet *packet)
{
    if (packet->tcp_flags & TCP_RST)
        return;
    struct missing_segments *missing = flow_missing(flow);
    if (missing != NULL) {
        holes_settle(flow, missing, SIDE_CLIENT, packet->time);
        holes_settle(flow, missing, SIDE_SERVER, packet->time);
    }
    side_sends(observation, flow, side, packet);
    if (packet->tcp_flags & TCP_ACK)
        side_acknowledges(observation, flow, side, packet);
}

/* One of the two packets that open a connection is missing, and what follows it
 * shows that it was there. */
static int side_without_syn(const struct observation *observation, const struct flow *flow)
{
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    if (client->syn && !server->syn && client->heard && server->has_sequence)
        return SIDE_SERVER;
    if (server->syn && !client->syn && client->has_sequence &&
        flow->first_time - observation->stretch_time > SYN_PATIENCE)
        return SIDE_CLIENT;
    return SIDE_COUNT;
}

/* A side of which next to nothing is seen is not captured at all, which is
 * capture-one-sided; empty acknowledgments alone are what a filter left. */
static bool side_is_visible(const struct flow_side *side, uint32_t missing)
{
    return (side->syn || side->fin || side->bytes > 0) && side->packets * UINT64_C(4) >= missing;
}

static void totals_add(struct fact_totals *totals, const struct missing_segments *missing)
{
    bool first = totals->missing_segments == 0;
    if (first || missing->first_time < totals->missing_first_time) {
        totals->missing_first_time = missing->first_time;
        totals->missing_packet = missing->first_packet;
    }
    if (first || missing->last_time > totals->missing_last_time)
        totals->missing_last_time = missing->last_time;
    totals->missing_segments +=
        (uint64_t)missing->segments[SIDE_CLIENT] + missing->segments[SIDE_SERVER];
    totals->missing_flows++;
}

/* What is known of the flow at `now`; `without_syn`: the side whose SYN is missing. */
static void flow_conclude(struct observation *observation, const struct flow *flow,
                          struct missing_segments *missing, int without_syn, int64_t now)
{
    bool both = flow->sides[SIDE_CLIENT].packets > 0 && flow->sides[SIDE_SERVER].packets > 0 &&
                !flow->torn_apart;
    for (int side = 0; side < SIDE_COUNT; side++) {
        holes_settle(flow, missing, side, now);
        if (side == without_syn)
            missing_note(missing, side, 1, flow->first_time, flow->first_packet);
        if (!both || !side_is_visible(&flow->sides[side], missing->segments[side]))
            missing->segments[side] = 0;
    }
    if (missing->segments[SIDE_CLIENT] + missing->segments[SIDE_SERVER] > 0)
        totals_add(&observation->totals, missing);
}

void missing_segments_end(struct observation *observation, struct flow *flow)
{
    bool both = flow->sides[SIDE_CLIENT].packets > 0 && flow->sides[SIDE_SERVER].packets > 0 &&
                !flow->torn_apart;
    if (flow->transport != TRANSPORT_TCP)
        return;
    int without_syn = both ? side_without_syn(observation, flow) : SIDE_COUNT;
    struct missing_segments *missing =
        without_syn != SIDE_COUNT ? flow_missing_make(observation, flow) : flow_missing(flow);
    if (missing != NULL)
        flow_conclude(observation, flow, missing, without_syn, INT64_MAX);
}

void missing_segments_stand(struct observation *observation, struct flow *flow)
{
    struct missing_segments *missing = flow->transport == TRANSPORT_TCP ? flow_missing(flow) : NULL;
    if (missing != NULL)
        flow_conclude(observation, flow, missing, SIDE_COUNT, observation->clock);
}
