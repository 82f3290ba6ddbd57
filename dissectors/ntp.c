/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did the time server answer, and what time does it say it is?  Datagrams of
 * port 123 come in, one fact per request goes out (RFC 5905 section 7.3).
 * Control and private messages (modes 6 and 7) are not read.
 */
#include <string.h>

#include "dissectors/registry.h"

#define NTP_PORT 123
#define NTP_LENGTH 48
#define PENDING_LIMIT 8
#define SECONDS_1900_TO_1970 INT64_C(2208988800)

enum ntp_mode {
    NTP_SYMMETRIC_ACTIVE = 1,
    NTP_SYMMETRIC_PASSIVE = 2,
    NTP_CLIENT = 3,
    NTP_SERVER = 4
};

/* Timestamps as on the wire: seconds and 2^32nds. */
struct ntp_message {
    uint8_t leap;
    uint8_t version;
    uint8_t mode;
    uint8_t stratum;
    uint8_t reference[4];
    uint64_t origin;
    uint64_t receive;
    uint64_t transmit;
};

struct ntp_request {
    uint64_t transmit; /* the answer repeats it as its origin */
    int64_t time;
    uint64_t packet;
    uint8_t version;
};

/* Begins with all bytes zero. Requests in the order they were sent. */
struct ntp_state {
    struct ntp_request pending[PENDING_LIMIT];
    uint8_t count;
};

static bool ntp_read(struct bytes from, struct ntp_message *message)
{
    uint8_t first;
    struct bytes reference;
    /* Poll, precision, root delay and dispersion, and the reference timestamp
     * are of no use here. */
    if (from.length < NTP_LENGTH || !bytes_read_u8(&from, &first) ||
        !bytes_read_u8(&from, &message->stratum) || !bytes_skip(&from, 10) ||
        !bytes_take(&from, sizeof message->reference, &reference) || !bytes_skip(&from, 8) ||
        !bytes_read_u64(&from, &message->origin) || !bytes_read_u64(&from, &message->receive) ||
        !bytes_read_u64(&from, &message->transmit))
        return false;
    message->leap = first >> 6;
    message->version = first >> 3 & 7;
    message->mode = first & 7;
    memcpy(message->reference, reference.data, sizeof message->reference);
    return message->version >= 1 && message->version <= 4 &&
           message->mode >= NTP_SYMMETRIC_ACTIVE && message->mode <= NTP_SERVER;
}

static bool ntp_claims(const struct flow *flow, struct bytes payload)
{
    struct ntp_message message;
    return flow->server.port == NTP_PORT && ntp_read(payload, &message);
}

/* RFC 4330 section 3: with the top bit clear the seconds count from 2036. */
static int64_t ntp_time(uint64_t timestamp)
{
    int64_t seconds = (int64_t)(timestamp >> 32);
    uint64_t fraction = timestamp & UINT32_MAX;
    if (timestamp == 0)
        return TIMESTAMP_NONE; /* RFC 5905 section 6: unknown */
    if (timestamp >> 63 == 0)
        seconds += INT64_C(1) << 32;
    return (seconds - SECONDS_1900_TO_1970) * NANOSECONDS_PER_SECOND +
           (int64_t)(fraction * (uint64_t)NANOSECONDS_PER_SECOND >> 32);
}

/* Tells of the request at `index` and forgets it. `answer` NULL: there is none. */
static void request_emit(const struct dissector_call *call, unsigned index,
                         const struct ntp_message *answer)
{
    struct ntp_state *state = call->state;
    const struct ntp_request request = state->pending[index];
    state->count--;
    memmove(&state->pending[index], &state->pending[index + 1],
            (state->count - index) * sizeof state->pending[0]);
    if (!call->flow->of_interest && !call->observation->all_flows)
        return;
    struct fact fact = {.kind = FACT_NTP};
    struct fact_ntp *ntp = &fact.as.ntp;
    ntp->flow = observation_flow_identity(call->observation, call->flow);
    ntp->client = call->flow->client;
    ntp->server = call->flow->server;
    ntp->request_time = request.time;
    ntp->request_packet = request.packet;
    ntp->version = request.version;
    ntp->answer_time = TIMESTAMP_NONE;
    ntp->server_receive_time = TIMESTAMP_NONE;
    ntp->server_transmit_time = TIMESTAMP_NONE;
    if (answer != NULL) {
        ntp->answered = true;
        ntp->answer_time = call->packet->time;
        ntp->answer_packet = call->packet->identity;
        ntp->leap = answer->leap;
        ntp->stratum = answer->stratum;
        memcpy(ntp->reference, answer->reference, sizeof ntp->reference);
        ntp->server_receive_time = ntp_time(answer->receive);
        ntp->server_transmit_time = ntp_time(answer->transmit);
    }
    observation_emit(call->observation, &fact);
}

/* The pending request with this transmit timestamp; `count` if there is none. */
static unsigned request_find(const struct ntp_state *state, uint64_t transmit)
{
    unsigned index = 0;
    while (index < state->count && state->pending[index].transmit != transmit)
        index++;
    return index;
}

static void request_seen(const struct dissector_call *call, const struct ntp_message *message)
{
    struct ntp_state *state = call->state;
    if (request_find(state, message->transmit) < state->count)
        return; /* the same request once more */
    if (state->count == PENDING_LIMIT)
        request_emit(call, 0, NULL);
    state->pending[state->count++] = (struct ntp_request){.transmit = message->transmit,
                                                          .time = call->packet->time,
                                                          .packet = call->packet->identity,
                                                          .version = message->version};
}

/* RFC 5905 section 8: an answer whose origin is not what was sent is bogus. */
static void answer_seen(const struct dissector_call *call, const struct ntp_message *message)
{
    struct ntp_state *state = call->state;
    unsigned index = request_find(state, message->origin);
    if (index < state->count)
        request_emit(call, index, message);
}

static enum dissector_answer ntp_datagram(const struct dissector_call *call, struct bytes payload)
{
    struct ntp_message message;
    if (!ntp_read(payload, &message))
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
    while (state->count > 0)
        request_emit(call, 0, NULL);
}

const struct dissector dissector_ntp = {
    .name = "ntp",
    .transport = TRANSPORT_UDP,
    .state_size = sizeof(struct ntp_state),
    .claims = ntp_claims,
    .datagram = ntp_datagram,
    .flow_end = ntp_flow_end,
};
