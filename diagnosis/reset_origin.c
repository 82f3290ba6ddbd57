/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did the end that a RST names make it?  One flow comes in; the tests that can be made
 * of it go out.  Every test has a condition under which normal networks fail it too:
 * there it stays silent (Weaver, Sommer, Paxson, "Detecting Forged TCP Reset Packets",
 * NDSS 2009, prefer a miss to a false alarm, and so does this).
 */
#include "diagnosis/reset_origin.h"

#include "diagnosis/builder.h"

/* Routers that share the load differ by one hop: that is no other sender. */
#define TTL_TOLERANCE 1
/* Shorter ones say nothing: a busy capture is as late itself. */
#define ROUND_TRIP_LEAST (4 * (NANOSECONDS_PER_SECOND / 1000))

bool reset_end_ttls(const struct fact_flow *flow, uint8_t *lowest, uint8_t *highest)
{
    bool server = flow->reset_by == PARTY_SERVER;
    const struct sender_marks *marks = server ? &flow->server_marks : &flow->client_marks;
    *lowest = marks->ttl_lowest;
    *highest = marks->ttl_highest;
    if (*lowest == 0)
        *lowest = *highest = server ? flow->server_ttl : flow->client_ttl;
    return *lowest != 0;
}

static int initial_ttl(uint8_t ttl)
{
    return ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

/* Begun with another TTL, but from as far away: what balances the load before the server
 * answers like that. */
static bool is_at_the_same_place(uint8_t one, uint8_t two)
{
    int distance = initial_ttl(one) - one - (initial_ttl(two) - two);
    return initial_ttl(one) != initial_ttl(two) && distance >= -TTL_TOLERANCE &&
           distance <= TTL_TOLERANCE;
}

/* A firewall next door answers SYNs for servers (SYN cookies); what comes from further
 * away afterwards may be the server itself. */
static bool may_be_syn_proxied(const struct fact_flow *flow, uint8_t highest)
{
    return flow->reset_by == PARTY_SERVER && flow->server_bytes == 0 &&
           hops_from_ttl(highest) == 1 && hops_from_ttl(flow->reset_ttl) > 1;
}

static bool ttl_can_tell(const struct fact_flow *flow, uint8_t *lowest, uint8_t *highest)
{
    /* Ends that are seen at several distances prove nothing. */
    return flow->reset_ttl != 0 && reset_end_ttls(flow, lowest, highest) &&
           *highest - *lowest <= 2 * TTL_TOLERANCE;
}

static bool ttl_fits(const struct fact_flow *flow, uint8_t lowest, uint8_t highest)
{
    return flow->reset_ttl + TTL_TOLERANCE >= lowest && flow->reset_ttl <= highest + TTL_TOLERANCE;
}

static bool ttl_speaks(const struct fact_flow *flow)
{
    uint8_t lowest, highest;
    return ttl_can_tell(flow, &lowest, &highest) && !ttl_fits(flow, lowest, highest) &&
           !is_at_the_same_place(flow->reset_ttl, highest) && !may_be_syn_proxied(flow, highest);
}

/* Only an end that numbers all its packets 0 can be told: counters jump on busy hosts, and
 * many number at random (RFC 6864). */
static bool identification_speaks(const struct fact_flow *flow)
{
    const struct sender_marks *marks =
        flow->reset_by == PARTY_SERVER ? &flow->server_marks : &flow->client_marks;
    return marks->identification == IDENTIFICATION_ZERO && flow->reset_identification != 0;
}

/* While the server has sent nothing, the capture can have missed nothing of it (RFC 5961
 * section 3.2: a receiver acts on the exact number only). */
static bool sequence_can_tell(const struct fact_flow *flow)
{
    return flow->reset_by == PARTY_SERVER && flow->server_bytes == 0 &&
           flow->syn_ack_time != TIMESTAMP_NONE && flow->reset_offset != DIFFERENCE_NONE;
}

/* One packet before it says nothing: pairs of routers share the work. */
static bool station_can_tell(const struct fact_flow *flow)
{
    uint64_t packets = flow->reset_by == PARTY_SERVER ? flow->server_packets : flow->client_packets;
    return packets >= (uint64_t)flow->resets + 2;
}

int64_t reset_round_trip(const struct fact_flow *flow)
{
    if (flow->syn_ack_time == TIMESTAMP_NONE || flow->last_syn_time == TIMESTAMP_NONE ||
        flow->syn_ack_time < flow->last_syn_time)
        return DIFFERENCE_NONE;
    return flow->syn_ack_time - flow->last_syn_time;
}

/* A server that refuses as soon as it has accepted needs the whole way back and forth
 * after its SYN/ACK, whenever the ClientHello came; one that got data with the SYN (RFC
 * 7413) does not. */
static bool timing_can_tell(const struct fact_flow *flow, const struct reset_context *context)
{
    return flow->reset_by == PARTY_SERVER && flow->reset_stage == RESET_STAGE_AFTER_CLIENT_HELLO &&
           flow->tunnel_port == 0 && context->hello_time != TIMESTAMP_NONE &&
           flow->syn_ack_time != TIMESTAMP_NONE && context->hello_time >= flow->syn_ack_time &&
           flow->reset_time >= context->hello_time && context->round_trip != DIFFERENCE_NONE &&
           context->round_trip >= ROUND_TRIP_LEAST;
}

static bool timing_speaks(const struct fact_flow *flow, const struct reset_context *context)
{
    return timing_can_tell(flow, context) &&
           flow->reset_time - flow->syn_ack_time < context->round_trip / 2;
}

bool reset_timing_is_missed(const struct fact_flow *flow, const struct reset_context *context)
{
    return flow->reset_stage == RESET_STAGE_AFTER_CLIENT_HELLO && !timing_can_tell(flow, context);
}

unsigned reset_tests(const struct fact_flow *flow, const struct reset_context *context)
{
    unsigned tests = 0;
    if (flow->reset_by != PARTY_SERVER && flow->reset_by != PARTY_CLIENT)
        return 0;
    if (flow->reset_by == PARTY_SERVER && flow->server_after_reset)
        tests |= RESET_TEST_WENT_ON;
    if (ttl_speaks(flow))
        tests |= RESET_TEST_TTL;
    if (identification_speaks(flow))
        tests |= RESET_TEST_IDENTIFICATION;
    if (sequence_can_tell(flow) && flow->reset_offset != 0)
        tests |= RESET_TEST_SEQUENCE;
    if (flow->reset_foreign_mac && station_can_tell(flow))
        tests |= RESET_TEST_STATION;
    if (context != NULL && context->both_ways)
        tests |= RESET_TEST_BOTH_WAYS;
    if (context != NULL && timing_speaks(flow, context))
        tests |= RESET_TEST_TIMING;
    return tests;
}

unsigned reset_agreements(const struct fact_flow *flow)
{
    unsigned tests = 0;
    uint8_t lowest, highest;
    if (ttl_can_tell(flow, &lowest, &highest) && ttl_fits(flow, lowest, highest))
        tests |= RESET_TEST_TTL;
    if (sequence_can_tell(flow) && flow->reset_offset == 0)
        tests |= RESET_TEST_SEQUENCE;
    return tests;
}

unsigned reset_tests_count(unsigned tests)
{
    unsigned count = 0;
    for (; tests != 0; tests &= tests - 1)
        count++;
    return count;
}

bool reset_tests_suffice(unsigned tests)
{
    return (tests & (RESET_TEST_WENT_ON | RESET_TEST_TTL)) != 0 || reset_tests_count(tests) >= 2;
}
