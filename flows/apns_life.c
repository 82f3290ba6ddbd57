/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a connection to Apple's push service live, and what ends it?  Packets
 * come in, one fact goes out at the flow's end.
 *
 * What a side sends (data, or a keep-alive probe, RFC 9293 section 3.8.4) is
 * pending until the other side acknowledges it.  That the acknowledgment comes
 * proves that the path still knew the connection after the quiet before it; that
 * it never comes, though the client repeats itself, proves the contrary.  Packets
 * with no long quiet between them are one burst; an answered burst is an exchange,
 * and a small one that the client began is what APNs' own keep-alives look like.
 */
#include "flows/apns_life.h"

#include <stdlib.h>
#include <string.h>

#include "flows/apns_sign.h"
#include "flows/flow_facts.h"

#define QUIET (2 * NANOSECONDS_PER_SECOND) /* divides bursts */
#define INTERVAL_LIMIT 32u
#define INTERVALS_NEEDED 3u
#define KEEP_ALIVE_BYTES 256u /* of either side; measured ones have less than 100 */
#define UNANSWERED_PACKETS 3u
#define UNANSWERED_TIME NANOSECONDS_PER_SECOND

/* The first of the packets of one side that the other has not acknowledged: what
 * TCP repeats (RFC 9293 section 3.8.1). */
struct apns_pending {
    int64_t time;
    int64_t last_time; /* of the newest repetition */
    int64_t idle; /* the quiet before it */
    uint64_t packet;
    uint32_t sequence_end; /* what acknowledges it */
    uint16_t packets; /* it and its repetitions; 0: nothing is pending */
};

struct apns_burst {
    int64_t time;
    uint64_t bytes[SIDE_COUNT];
    int begun_by;
    bool answered;
    bool after_opening;
    bool ending; /* a FIN or RST is in it */
};

struct apns_life {
    int64_t last_time; /* of the newest packet */
    int64_t opened_time;
    int64_t last_exchange_time;
    int64_t last_keep_alive; /* when the last exchange began; TIMESTAMP_NONE if it was no such */
    int64_t intervals[INTERVAL_LIMIT]; /* between keep-alives; the last ones, in a ring */
    int64_t shortest;
    int64_t longest;
    int64_t idle_survived;
    int64_t idle_at_end;
    int64_t end_time;
    uint64_t end_packet;
    struct apns_pending pending[SIDE_COUNT];
    struct apns_burst burst;
    uint32_t interval_count;
    uint32_t exchanges;
    uint32_t keep_alives;
    uint8_t end; /* enum apns_end */
    bool spoke[SIDE_COUNT]; /* application data */
};

static struct apns_life *life_create(const struct packet *packet)
{
    struct apns_life *life = calloc(1, sizeof *life);
    if (life == NULL)
        return NULL;
    life->last_time = life->burst.time = packet->time;
    life->opened_time = life->last_exchange_time = life->last_keep_alive = TIMESTAMP_NONE;
    life->idle_at_end = DIFFERENCE_NONE;
    life->end_time = TIMESTAMP_NONE;
    return life;
}

static void interval_note(struct apns_life *life, int64_t interval)
{
    if (life->interval_count == 0 || interval < life->shortest)
        life->shortest = interval;
    if (life->interval_count == 0 || interval > life->longest)
        life->longest = interval;
    life->intervals[life->interval_count++ % INTERVAL_LIMIT] = interval;
}

static bool burst_is_keep_alive(const struct apns_burst *burst)
{
    return burst->begun_by == SIDE_CLIENT && !burst->ending && burst->bytes[SIDE_CLIENT] > 0 &&
           burst->bytes[SIDE_CLIENT] <= KEEP_ALIVE_BYTES && burst->bytes[SIDE_SERVER] > 0 &&
           burst->bytes[SIDE_SERVER] <= KEEP_ALIVE_BYTES;
}

/* The burst is over. Between two keep-alives with something else in between lies
 * no interval of the device's: it counts from the last traffic. */
static void burst_end(struct apns_life *life)
{
    const struct apns_burst *burst = &life->burst;
    if (!burst->answered || !burst->after_opening)
        return;
    bool keep_alive = burst_is_keep_alive(burst);
    if (keep_alive) {
        life->keep_alives++;
        if (life->last_keep_alive != TIMESTAMP_NONE)
            interval_note(life, burst->time - life->last_keep_alive);
    }
    life->last_keep_alive = keep_alive ? burst->time : TIMESTAMP_NONE;
}

static void burst_begin(struct apns_life *life, int side, const struct packet *packet)
{
    burst_end(life);
    life->burst = (struct apns_burst){.time = packet->time,
                                      .begun_by = side,
                                      .after_opening = life->opened_time != TIMESTAMP_NONE};
}

/* One byte or none, just before what comes next: RFC 9293 section 3.8.4. */
static bool packet_is_probe(const struct flow_side *sender, const struct packet *packet)
{
    return packet->payload_length <= 1 && sender->has_sequence &&
           (packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK &&
           packet->sequence + 1 == sender->next_sequence;
}

static void pending_note(struct apns_pending *pending, int64_t idle, const struct packet *packet)
{
    if (pending->packets == 0)
        *pending = (struct apns_pending){.time = packet->time,
                                         .idle = idle,
                                         .packet = packet->identity,
                                         .sequence_end = packet->sequence + packet->payload_length};
    else if ((int32_t)(packet->sequence - pending->sequence_end) >= 0 && packet->payload_length > 1)
        return; /* more of the same breath, and nothing repeated */
    pending->last_time = packet->time;
    pending->packets = (uint16_t)(pending->packets + (pending->packets < UINT16_MAX));
}

/* The other side has had what was pending: the connection works. */
static void pending_settle(struct apns_life *life, int side, const struct packet *packet)
{
    struct apns_pending *pending = &life->pending[!side];
    if (pending->packets == 0 || !(packet->tcp_flags & TCP_ACK) ||
        (int32_t)(packet->acknowledgment - pending->sequence_end) < 0)
        return;
    if (life->burst.after_opening) {
        if (pending->idle > life->idle_survived)
            life->idle_survived = pending->idle;
        life->exchanges += !life->burst.answered;
    }
    life->burst.answered = true;
    life->last_exchange_time = packet->time;
    pending->packets = 0;
}

/* It was said again and again to nobody. */
static bool is_unanswered(const struct apns_pending *pending)
{
    return pending->packets >= UNANSWERED_PACKETS &&
           pending->last_time - pending->time >= UNANSWERED_TIME;
}

static bool client_unanswered(const struct apns_life *life)
{
    return is_unanswered(&life->pending[SIDE_CLIENT]);
}

/* The server had said it again and again to a client that was not there: a device asleep, or
 * gone. What comes of the connection afterwards tells nothing of the way. */
static bool client_was_away(const struct apns_life *life)
{
    return is_unanswered(&life->pending[SIDE_SERVER]);
}

static void life_end(struct apns_life *life, enum apns_end end, int64_t idle, int64_t time,
                     uint64_t packet)
{
    life->end = (uint8_t)end;
    life->idle_at_end = client_was_away(life) ? DIFFERENCE_NONE : idle;
    life->end_time = time;
    life->end_packet = packet;
}

/* A side ends it. What it ends after is the quiet before the other side's words, or
 * its own, that nobody has answered; else the quiet before this very packet. */
static void life_ends_by(struct apns_life *life, int side, int64_t idle,
                         const struct packet *packet)
{
    static const enum apns_end resets[] = {APNS_RESET_BY_CLIENT, APNS_RESET_BY_SERVER};
    static const enum apns_end closes[] = {APNS_CLOSED_BY_CLIENT, APNS_CLOSED_BY_SERVER};
    const struct apns_pending *client = &life->pending[SIDE_CLIENT];
    life->burst.ending = true;
    if (side == SIDE_CLIENT && client_unanswered(life)) {
        life_end(life, APNS_UNANSWERED, client->idle, client->time, client->packet);
        return;
    }
    for (int i = 0; i < SIDE_COUNT; i++)
        if (life->pending[i].packets > 0 && life->pending[i].idle > idle)
            idle = life->pending[i].idle;
    life_end(life, packet->tcp_flags & TCP_RST ? resets[side] : closes[side], idle, packet->time,
             packet->identity);
}

/* Is what is sent now past the handshake, as far as it can be known? */
static bool is_application_data(const struct flow *flow)
{
    const struct flow_detail *detail = flow->detail;
    if (detail->tls_handshake_complete || flow->midstream)
        return true;
    return detail->tls_started && detail->reading_lost && flow->dissection_over;
}

static void data_seen(struct apns_life *life, const struct flow *flow, int side,
                      const struct packet *packet)
{
    life->burst.bytes[side] += packet->payload_length;
    if (life->opened_time != TIMESTAMP_NONE || !is_application_data(flow))
        return;
    life->spoke[side] = true;
    if (life->spoke[SIDE_CLIENT] && life->spoke[SIDE_SERVER])
        life->opened_time = packet->time;
}

static void life_packet(struct apns_life *life, const struct flow *flow, int side,
                        const struct packet *packet)
{
    int64_t idle = packet->time > life->last_time ? packet->time - life->last_time : 0;
    bool probe = packet_is_probe(&flow->sides[side], packet);
    bool speaks = packet->payload_length > 0 || probe || (packet->tcp_flags & TCP_FIN);
    bool waiting = life->pending[SIDE_CLIENT].packets > 0 || life->pending[SIDE_SERVER].packets > 0;
    if (life->end != APNS_OPEN || (packet->tcp_flags & TCP_SYN))
        return;
    if (packet->tcp_flags & TCP_RST) {
        life_ends_by(life, side, idle, packet);
        return;
    }
    pending_settle(life, side, packet);
    if (speaks && idle > QUIET && !waiting)
        burst_begin(life, side, packet);
    if (speaks && !(packet->tcp_flags & TCP_FIN))
        pending_note(&life->pending[side], idle, packet);
    if (packet->payload_length > 0 && !probe)
        data_seen(life, flow, side, packet);
    if (packet->tcp_flags & TCP_FIN)
        life_ends_by(life, side, idle, packet);
    life->last_time = packet->time; /* also where a clock was set back */
}

size_t apns_life_size(void)
{
    return sizeof(struct apns_life);
}

void apns_life_see(struct observation *observation, struct flow *flow, int side,
                   const struct packet *packet)
{
    struct flow_detail *detail = flow->detail;
    if (detail->push == NULL) {
        if (!apns_sign_changed(flow) || !apns_sign_of(observation->catalog, flow, NULL))
            return;
        detail->push = life_create(packet);
        if (detail->push == NULL) {
            observation->memory_out = true;
            return;
        }
        observation_owned(observation, apns_life_size());
    }
    life_packet(detail->push, flow, side, packet);
}

static int compare_intervals(const void *left, const void *right)
{
    const int64_t *one = left, *other = right;
    return (*one > *other) - (*one < *other);
}

static void rhythm_fill(const struct apns_life *life, struct fact_apns *fact)
{
    int64_t sorted[INTERVAL_LIMIT];
    size_t count = life->interval_count < INTERVAL_LIMIT ? life->interval_count : INTERVAL_LIMIT;
    fact->keep_alive_interval = fact->keep_alive_shortest = fact->keep_alive_longest =
        DIFFERENCE_NONE;
    if (count < INTERVALS_NEEDED)
        return;
    memcpy(sorted, life->intervals, sizeof sorted);
    qsort(sorted, count, sizeof sorted[0], compare_intervals);
    fact->keep_alive_interval = sorted[count / 2];
    fact->keep_alive_shortest = life->shortest;
    fact->keep_alive_longest = life->longest;
}

/* Nothing more comes: decides what was left open. */
static void life_finish(struct apns_life *life, const struct flow *flow)
{
    const struct apns_pending *client = &life->pending[SIDE_CLIENT];
    burst_end(life);
    if (life->opened_time == TIMESTAMP_NONE && !flow->midstream) {
        life->end = APNS_NEVER_OPENED;
        life->idle_at_end = DIFFERENCE_NONE;
    } else if (life->end == APNS_OPEN && client_unanswered(life)) {
        life_end(life, APNS_UNANSWERED, client->idle, client->time, client->packet);
    }
}

static void life_emit(struct observation *observation, struct flow *flow,
                      const struct apns_life *life, const struct apns_sign_found *found)
{
    struct fact fact = {.kind = FACT_APNS};
    struct fact_apns *apns = &fact.as.apns;
    apns->flow = observation_flow_identity(observation, flow);
    apns->client = flow->client;
    apns->server = flow->server;
    apns->role = found->role;
    apns->sign = found->sign;
    apns->first_time = flow->first_time;
    apns->opened_time = life->opened_time;
    apns->last_exchange_time = life->last_exchange_time;
    apns->exchanges = life->exchanges;
    apns->keep_alives = life->keep_alives;
    rhythm_fill(life, apns);
    apns->idle_survived = life->idle_survived;
    apns->idle_at_end = life->idle_at_end;
    apns->end = (enum apns_end)life->end;
    apns->end_time = life->end_time;
    apns->end_packet = life->end_packet;
    observation_emit(observation, &fact);
}

void apns_life_emit(struct observation *observation, struct flow *flow)
{
    struct apns_life *life = flow->detail->push;
    struct apns_sign_found found;
    /* The name in the ClientHello may have told that it is something else. */
    if (life == NULL || !apns_sign_of(observation->catalog, flow, &found))
        return;
    life_finish(life, flow);
    life_emit(observation, flow, life, &found);
}

void apns_life_stand(struct observation *observation, struct flow *flow)
{
    struct apns_life life;
    struct apns_sign_found found;
    if (flow->detail->push == NULL || !apns_sign_of(observation->catalog, flow, &found))
        return;
    life = *flow->detail->push;
    /* An answer may still come, for a while. */
    const struct apns_pending *client = &life.pending[SIDE_CLIENT];
    if (life.opened_time == TIMESTAMP_NONE ||
        (client_unanswered(&life) && observation_is_settled(observation, client->time)))
        life_finish(&life, flow);
    life_emit(observation, flow, &life, &found);
}
