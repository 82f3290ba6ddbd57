/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did the devices ask their resolvers over TCP, and what came back?  The
 * bytes of a connection come in, messages go to dissectors/dns_exchange.h (RFC
 * 1035 section 4.2.2: two bytes of length before each; RFC 7766 section 6.2.1.1:
 * many queries at once, answers in any order).
 *
 * A query is unanswered only where the capture has all that the resolver sent:
 * where bytes of it are missing, what is open is in doubt and not told.
 */
#include "dissectors/dns_exchange.h"
#include "dissectors/registry.h"

#define OPEN_LIMIT 32 /* queries of one connection; further ones are in doubt at once */
#define MESSAGE_LIMIT 32768u /* bytes that are read of a message; the rest is stepped over */

struct dns_tcp_state {
    uint64_t open[OPEN_LIMIT]; /* transactions' serials: the latest */
    uint32_t open_count;
    uint32_t skip[SIDE_COUNT]; /* bytes of the message before that were not read */
    bool answers_lost;
};

static bool dns_tcp_claims(const struct flow *flow, struct bytes payload)
{
    uint16_t length, id, flags;
    if ((flow->server.port != DNS_PORT && flow->client.port != DNS_PORT) ||
        !bytes_read_u16(&payload, &length) || length < DNS_HEADER_LENGTH)
        return false;
    if (payload.length >= DNS_HEADER_LENGTH)
        return dns_message_plausible(payload);
    return bytes_read_u16(&payload, &id) && bytes_read_u16(&payload, &flags) &&
           dns_flags_plausible(flags);
}

/* Whatever is open on this connection may have been answered unseen. */
static void answers_lose(const struct dissector_call *call)
{
    struct dns_run *run = call->common;
    struct dns_tcp_state *state = call->state;
    state->answers_lost = true;
    for (uint32_t i = 0; i < state->open_count; i++) {
        struct dns_transaction *transaction =
            dns_transactions_at(&run->transactions, state->open[i]);
        if (transaction != NULL)
            dns_exchange_doubt(run, transaction);
    }
    state->open_count = 0;
}

/* Forgets those that are answered or too old. */
static void open_tidy(const struct dissector_call *call)
{
    struct dns_run *run = call->common;
    struct dns_tcp_state *state = call->state;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < state->open_count; i++) {
        const struct dns_transaction *transaction =
            dns_transactions_at(&run->transactions, state->open[i]);
        if (transaction != NULL && !transaction->answered)
            state->open[kept++] = state->open[i];
    }
    state->open_count = kept;
}

/* Could the answer to a query that comes now be followed? Not where only packets of
 * one direction are captured: its acknowledgments speak of the other's. Nor, for
 * certain, midstream: the other direction may begin within a message. */
static bool answer_is_doubtful(const struct dissector_call *call)
{
    const struct dns_tcp_state *state = call->state;
    const struct flow *flow = call->flow;
    int other = call->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    bool one_way = flow->sides[other].packets == 0 && flow->sides[call->side].heard;
    return state->answers_lost || flow->detail->reading_lost || flow->midstream || one_way ||
           state->open_count == OPEN_LIMIT;
}

static bool message_seen(const struct dissector_call *call, struct bytes content)
{
    struct dns_tcp_state *state = call->state;
    const struct dns_transaction *opened;
    if (state->open_count == OPEN_LIMIT)
        open_tidy(call);
    bool doubtful = answer_is_doubtful(call);
    if (!dns_exchange_read(call, content, doubtful, &opened))
        return false;
    if (opened != NULL && !doubtful)
        state->open[state->open_count++] = opened->serial;
    return true;
}

/* Takes what is left of a message that was too long; false: not all of it is there. */
static bool skip_rest(struct dns_tcp_state *state, int side, struct bytes *available)
{
    struct bytes skipped = bytes_first(*available, state->skip[side]);
    state->skip[side] -= (uint32_t)skipped.length;
    *available = bytes_from(*available, skipped.length);
    return state->skip[side] == 0;
}

static enum dissector_answer dns_stream(const struct dissector_call *call, struct bytes *available)
{
    struct dns_tcp_state *state = call->state;
    while (skip_rest(state, call->side, available)) {
        struct bytes cursor = *available, content;
        uint16_t length;
        if (!bytes_read_u16(&cursor, &length))
            return DISSECTOR_MORE;
        uint32_t kept = length < MESSAGE_LIMIT ? length : MESSAGE_LIMIT;
        if (!bytes_take(&cursor, kept, &content))
            return DISSECTOR_MORE;
        *available = cursor;
        state->skip[call->side] = length - kept;
        if (!message_seen(call, content)) {
            answers_lose(call);
            return DISSECTOR_MALFORMED;
        }
    }
    return DISSECTOR_MORE;
}

static void dns_stream_lost(const struct dissector_call *call)
{
    answers_lose(call);
}

static void dns_flow_end(const struct dissector_call *call)
{
    if (call->flow->detail->reading_lost)
        answers_lose(call);
}

const struct dissector dissector_dns_tcp = {
    .name = "dns",
    .transport = TRANSPORT_TCP,
    .state_size = sizeof(struct dns_tcp_state),
    .partner = &dissector_dns_udp,
    .claims = dns_tcp_claims,
    .stream = dns_stream,
    .stream_lost = dns_stream_lost,
    .flow_end = dns_flow_end,
};
