/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does one flow say about the service that it was meant for?
 */
#ifndef APPLEPATH_DIAGNOSIS_ATTEMPTS_H
#define APPLEPATH_DIAGNOSIS_ATTEMPTS_H

#include "base/fact.h"
#include "catalog/hosts.h"

/* What one flow says about the row it was meant for. */
enum attempt {
    ATTEMPT_UNDECIDED, /* one SYN, or picked up midstream: nothing to conclude */
    ATTEMPT_SUCCESS,
    ATTEMPT_TORN_DOWN, /* opened, and did not do its work: a RST, an alert, silence */
    ATTEMPT_SILENT,
    ATTEMPT_REFUSED,
    ATTEMPT_REJECTED,
    ATTEMPT_COUNT
};

/* A client that asks again waits longer than this; what comes sooner is a copy of
 * the packet, or a question about something else. */
#define RETRY_SPAN (3 * (NANOSECONDS_PER_SECOND / 10))

/* What a flow was meant for: the name that its client gave or had resolved. */
const char *attempt_name(const struct fact_flow *flow);

/* The port that the client wants to reach: the server's, or behind a proxy the one
 * that it named in its CONNECT. */
uint16_t attempt_port(const struct fact_flow *flow);

/* False while a proxy stands between and has not let the client through. */
bool attempt_is_through(const struct fact_flow *flow);

/* Does the capture begin in the middle of it? Not where only its SYN is missing, and the
 * client's other packets are there. */
static inline bool attempt_began_unseen(const struct fact_flow *flow)
{
    return flow->midstream && (flow->syn_ack_time == TIMESTAMP_NONE || flow->client_packets == 0);
}

/* The primary row for a flow or query; CATALOG_NO_SERVICE if none. */
void attempt_match(const struct catalog *catalog, const struct fact_flow *flow,
                   struct catalog_match *match);

/* Of a flow with all its fields. */
enum attempt attempt_judge(const struct fact_flow *flow);

/* The same of one in short, of which it is known whether a RST tore it down. */
enum attempt attempt_judge_short(const struct fact_flow *flow, bool torn);

#endif
