/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did the time server answer, and what time does it say it is?  Datagrams of
 * port 123 come in, one fact per request goes out (RFC 5905 section 7.3), with
 * the server's clock held against the capture's (section 8).  Control and
 * private messages (modes 6 and 7) are not read.
 */
#include <string.h>

#include "dissectors/ntp_fields.h"
#include "dissectors/registry.h"
#include "flows/fact_limits.h"
#include "flows/flow_facts.h"

#define NTP_PORT 123
#define PENDING_LIMIT 8
#define SECONDS_1900_TO_1970 INT64_C(2208988800)
#define ERA_SECONDS (INT64_C(1) << 32)
#define SECONDS_LIMIT INT64_C(9000000000) /* what nanoseconds can hold, with room */
/* Whoever answers later answers somebody who has stopped listening. */
#define PATIENCE (16 * NANOSECONDS_PER_SECOND)

struct ntp_request {
    uint64_t transmit; /* the answer repeats it as its origin */
    uint64_t receive; /* an interleaved answer repeats this (RFC 9769 section 2) */
    int64_t time;
    uint64_t packet;
    uint8_t version;
    bool nts;
    bool repeated; /* sent more than once: no telling which one was answered */
};

/* Begins with all bytes zero. Requests in the order they were sent. */
struct ntp_state {
    struct ntp_request pending[PENDING_LIMIT];
    uint8_t count;
};

/* What an answer is held against. */
struct ntp_match {
    unsigned index; /* in `pending`; its count if nothing fits */
    bool ambiguous; /* another request may be the one that was answered */
    bool interleaved; /* the transmit timestamp is of the answer before this one */
};

static bool ntp_claims(const struct flow *flow, struct bytes payload)
{
    struct ntp_fields message;
    return flow->server.port == NTP_PORT && ntp_fields_read(payload, &message);
}

/* The packet's own time tells the era: the nearest one is meant (RFC 5905 section
 * 6), before or after 2036.  TIMESTAMP_NONE: blank, or beyond what can be told. */
static int64_t ntp_time(uint64_t timestamp, int64_t now)
{
    if (timestamp == 0)
        return TIMESTAMP_NONE;
    int64_t seconds = (int64_t)(timestamp >> 32) - SECONDS_1900_TO_1970;
    int64_t distance = now / NANOSECONDS_PER_SECOND - seconds;
    int64_t eras = distance >= 0 ? (distance + ERA_SECONDS / 2) / ERA_SECONDS
                                 : (distance - ERA_SECONDS / 2) / ERA_SECONDS;
    seconds += eras * ERA_SECONDS;
    if (seconds > SECONDS_LIMIT || seconds < -SECONDS_LIMIT)
        return TIMESTAMP_NONE;
    uint64_t fraction = timestamp & UINT32_MAX;
    return seconds * NANOSECONDS_PER_SECOND +
           (int64_t)(fraction * (uint64_t)NANOSECONDS_PER_SECOND >> 32);
}

/* Seconds in 16 bits and a fraction in 16 (RFC 5905 section 6). */
static int64_t ntp_short_time(uint32_t value)
{
    return (int64_t)((uint64_t)value * (uint64_t)NANOSECONDS_PER_SECOND >> 16);
}

/* RFC 5905 section 8, with T1 and T4 by the capture's clock. A kiss code's times are
 * not the server's (section 7.4). */
static void clock_compare(struct fact_ntp *ntp)
{
    int64_t sent = ntp->request_time, received = ntp->answer_time;
    int64_t arrival = ntp->server_receive_time, departure = ntp->server_transmit_time;
    if (ntp->stratum == 0 || arrival == TIMESTAMP_NONE || departure == TIMESTAMP_NONE ||
        received < sent || (uint64_t)received - (uint64_t)sent > (uint64_t)PATIENCE)
        return;
    ntp->offset = ((arrival - sent) + (departure - received)) / 2;
    ntp->delay = (received - sent) - (departure - arrival);
}

static void answer_fill(const struct dissector_call *call, const struct ntp_request *request,
                        const struct ntp_match *match, const struct ntp_fields *answer,
                        struct fact_ntp *ntp)
{
    int64_t now = call->packet->time;
    ntp->answered = true;
    ntp->answer_time = now;
    ntp->answer_packet = call->packet->identity;
    ntp->answer_ttl = call->packet->ttl;
    ntp->leap = answer->leap;
    ntp->stratum = answer->stratum;
    memcpy(ntp->reference, answer->reference, sizeof ntp->reference);
    ntp->root_delay = ntp_short_time(answer->root_delay);
    ntp->root_dispersion = ntp_short_time(answer->root_dispersion);
    ntp->reference_time = ntp_time(answer->reference_time, now);
    ntp->server_receive_time = ntp_time(answer->receive, now);
    if (!match->interleaved)
        ntp->server_transmit_time = ntp_time(answer->transmit, now);
    ntp->nts = ntp->nts || answer->nts;
    if (!match->ambiguous && !request->repeated)
        clock_compare(ntp);
}

/* Tells of a request. `answer` NULL: there is none. */
static void request_tell(const struct dissector_call *call, const struct ntp_request *request,
                         const struct ntp_match *match, const struct ntp_fields *answer)
{
    if (!observation_keeps(call->observation, call->flow))
        return;
    struct fact fact = {.kind = FACT_NTP};
    struct fact_ntp *ntp = &fact.as.ntp;
    ntp->flow = observation_flow_identity(call->observation, call->flow);
    ntp->client = call->flow->client;
    ntp->server = call->flow->server;
    ntp->request_time = request->time;
    ntp->request_packet = request->packet;
    ntp->version = request->version;
    ntp->client_transmit_time = ntp_time(request->transmit, request->time);
    ntp->nts = request->nts;
    ntp->answer_time = TIMESTAMP_NONE;
    ntp->server_receive_time = ntp->server_transmit_time = TIMESTAMP_NONE;
    ntp->reference_time = TIMESTAMP_NONE;
    ntp->offset = ntp->delay = DIFFERENCE_NONE;
    ntp->root_delay = ntp->root_dispersion = DIFFERENCE_NONE;
    if (answer != NULL)
        answer_fill(call, request, match, answer, ntp);
    observation_emit(call->observation, &fact);
}

/* Tells of the request at `match`, if its client has not had its share, and forgets it. */
static void request_emit(const struct dissector_call *call, const struct ntp_match *match,
                         const struct ntp_fields *answer)
{
    struct ntp_state *state = call->state;
    const struct ntp_request request = state->pending[match->index];
    state->count--;
    memmove(&state->pending[match->index], &state->pending[match->index + 1],
            (state->count - match->index) * sizeof state->pending[0]);
    struct observation *observation = call->observation;
    if (!observation_keeps(observation, call->flow))
        return;
    if (fact_limits_take(observation->limits, &call->flow->client.address, FACT_LIMIT_TIME))
        request_tell(call, &request, match, answer);
    else
        flow_facts_crowd(observation, call->flow);
}

/* The newest request that sent this timestamp, or received it if `interleaved`. A
 * blank one (RFC 4330 section 5: clients may) fits every blank request. */
static struct ntp_match request_find(const struct ntp_state *state, uint64_t origin, int64_t now,
                                     bool interleaved)
{
    struct ntp_match match = {.index = state->count, .interleaved = interleaved};
    for (unsigned i = state->count; i-- > 0;) {
        const struct ntp_request *request = &state->pending[i];
        if ((interleaved ? request->receive : request->transmit) != origin)
            continue;
        if (origin == 0 && now >= request->time &&
            (uint64_t)now - (uint64_t)request->time > (uint64_t)PATIENCE)
            continue;
        if (match.index < state->count)
            match.ambiguous = true;
        else
            match.index = i;
    }
    return match;
}

static void request_seen(const struct dissector_call *call, const struct ntp_fields *message)
{
    static const struct ntp_match oldest = {.index = 0};
    struct ntp_state *state = call->state;
    struct ntp_match same = request_find(state, message->transmit, call->packet->time, false);
    if (same.index < state->count && message->transmit != 0) {
        state->pending[same.index].repeated = true;
        return;
    }
    if (state->count == PENDING_LIMIT)
        request_emit(call, &oldest, NULL);
    state->pending[state->count++] = (struct ntp_request){.transmit = message->transmit,
                                                          .receive = message->receive,
                                                          .time = call->packet->time,
                                                          .packet = call->packet->identity,
                                                          .version = message->version,
                                                          .nts = message->nts};
}

/* RFC 5905 section 8: an answer whose origin is not what was sent is bogus. */
static void answer_seen(const struct dissector_call *call, const struct ntp_fields *message)
{
    struct ntp_state *state = call->state;
    struct ntp_match match = request_find(state, message->origin, call->packet->time, false);
    if (match.index == state->count && message->origin != 0)
        match = request_find(state, message->origin, call->packet->time, true);
    if (match.index < state->count)
        request_emit(call, &match, message);
}

static enum dissector_answer ntp_datagram(const struct dissector_call *call, struct bytes payload)
{
    struct ntp_fields message;
    if (!ntp_fields_read(payload, &message))
        return DISSECTOR_MORE;
    bool symmetric = message.mode == NTP_SYMMETRIC_ACTIVE;
    if (call->side == SIDE_CLIENT && (message.mode == NTP_CLIENT || symmetric))
        request_seen(call, &message);
    else if (call->side == SIDE_SERVER && message.mode != NTP_CLIENT)
        answer_seen(call, &message);
    return DISSECTOR_MORE;
}

static void ntp_flow_end(const struct dissector_call *call)
{
    struct ntp_state *state = call->state;
    static const struct ntp_match oldest = {.index = 0};
    while (state->count > 0)
        request_emit(call, &oldest, NULL);
}

static void ntp_flow_stand(const struct dissector_call *call)
{
    static const struct ntp_match none = {.index = 0};
    const struct ntp_state *state = call->state;
    for (unsigned i = 0; i < state->count; i++)
        if (observation_is_settled(call->observation, state->pending[i].time))
            request_tell(call, &state->pending[i], &none, NULL);
}

const struct dissector dissector_ntp = {
    .name = "ntp",
    .transport = TRANSPORT_UDP,
    .state_size = sizeof(struct ntp_state),
    .claims = ntp_claims,
    .datagram = ntp_datagram,
    .flow_end = ntp_flow_end,
    .flow_stand = ntp_flow_stand,
};
