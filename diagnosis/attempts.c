/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one stored flow to the name, port and row that it was meant for, and to what
 * became of the attempt.
 */
#include "diagnosis/attempts.h"

#include <string.h>

#include "diagnosis/resets.h"

const char *attempt_name(const struct fact_flow *flow)
{
    if (flow->server_name == NULL)
        return flow->resolved_name;
    /* What the client says is nearer to the truth than what it had resolved, as
     * addresses are shared; but couriers share one SNI (domain facts: N-courier). */
    bool courier = flow->resolved_name != NULL &&
                   catalog_courier_name(flow->server_name) != COURIER_NONE &&
                   catalog_courier_name(flow->resolved_name) != COURIER_NONE;
    return courier ? flow->resolved_name : flow->server_name;
}

uint16_t attempt_port(const struct fact_flow *flow)
{
    return flow->tunnel_port != 0 ? flow->tunnel_port : flow->server.port;
}

bool attempt_is_through(const struct fact_flow *flow)
{
    return flow->tunnel_port == 0 || (flow->tunnel_status >= 200 && flow->tunnel_status < 300);
}

void attempt_match(const struct catalog *catalog, const struct fact_flow *flow,
                   struct catalog_match *match)
{
    /* Through a proxy the address is the proxy's; only the name tells. */
    const struct address *address = flow->tunnel_port != 0 ? NULL : &flow->server.address;
    catalog_match(catalog, attempt_name(flow), address, attempt_port(flow), flow->transport, match);
    if (match->primary == CATALOG_NO_SERVICE || catalog_service(catalog, match->primary)->port != 0)
        return;
    /* A row for any port says less than one that knows this port as retired. */
    for (size_t i = 0; i < match->count; i++)
        if (catalog_service(catalog, match->services[i])->retired)
            match->primary = match->services[i];
}

/* One SYN proves nothing: the race of address families drops losers. Two at once
 * are one that the capture saw twice. */
static bool flow_was_retried(const struct fact_flow *flow)
{
    if (flow->transport != TRANSPORT_TCP)
        return flow->client_packets >= 2 && flow->last_time - flow->first_time >= RETRY_SPAN;
    return flow->syns >= 2 &&
           (flow->last_syn_time == TIMESTAMP_NONE || flow->first_syn_time == TIMESTAMP_NONE ||
            flow->last_syn_time - flow->first_syn_time >= RETRY_SPAN);
}

enum attempt attempt_judge(const struct fact_flow *flow)
{
    return attempt_judge_short(flow, reset_tears_down(flow));
}

enum attempt attempt_judge_short(const struct fact_flow *flow, bool torn)
{
    bool tcp = flow->transport == TRANSPORT_TCP;
    /* That the proxy is reached says nothing of the host until it says so. */
    if (!attempt_is_through(flow))
        return ATTEMPT_UNDECIDED;
    switch (flow->outcome) {
    case OUTCOME_ANSWERED:
    case OUTCOME_CLOSED:
    case OUTCOME_RESET:
        if (torn)
            return ATTEMPT_TORN_DOWN;
        return !tcp || flow->syn_ack_time != TIMESTAMP_NONE || flow->server_bytes > 0
                   ? ATTEMPT_SUCCESS
                   : ATTEMPT_UNDECIDED;
    case OUTCOME_SILENT:
        return !flow->midstream && flow_was_retried(flow) ? ATTEMPT_SILENT : ATTEMPT_UNDECIDED;
    case OUTCOME_REFUSED:
        return ATTEMPT_REFUSED;
    case OUTCOME_REJECTED:
        return flow->has_icmp ? ATTEMPT_REJECTED : ATTEMPT_UNDECIDED;
    case OUTCOME_UNKNOWN:
        break;
    }
    return ATTEMPT_UNDECIDED;
}
