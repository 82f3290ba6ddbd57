/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of each CONNECT (RFC 9110 section 9.3.6)?  From the flows that begin
 * with one, and the packets that the proxy's answers came in.
 */
#include "diagnosis/tunnels.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define STATUS_AUTHENTICATE 407 /* RFC 9110 section 15.5.8 */

/* Clients wait half a minute and more; who gives up sooner may have changed its mind. */
#define SILENCE_SPAN (5 * NANOSECONDS_PER_SECOND)

/* Where the client's bytes begin, and how far the proxy's last answer had read. */
struct answer_place {
    uint32_t begin;
    uint32_t answered;
    bool has_begin;
    bool has_answer;
};

static bool take_answer_place(void *owner, const struct fact *fact)
{
    struct answer_place *place = owner;
    const struct fact_event *event = &fact->as.event;
    if (event->kind == EVENT_TUNNEL_REQUEST && !place->has_begin) {
        place->begin = event->sequence;
        place->has_begin = true;
    } else if (event->kind == EVENT_TUNNEL_ANSWER) {
        place->answered = event->acknowledgment;
        place->has_answer = true;
    }
    return true;
}

/* A client that says more after the answer has got another one, which the capture
 * lacks. */
static bool answer_was_last(struct tunnels *tunnels, const struct fact_flow *flow)
{
    struct answer_place place = {0};
    tunnels->ok =
        tunnels->ok && facts_read_events_of(tunnels->builder->ledger->store, flow->id,
                                            take_answer_place, &place, tunnels->builder->problem);
    return !place.has_begin || !place.has_answer ||
           flow->client_bytes <= (uint32_t)(place.answered - place.begin);
}

/* The proxy took the request and said nothing: for long, or it hung up. */
static bool proxy_is_silent(const struct ledger *ledger, const struct fact_flow *flow)
{
    if (flow->midstream || flow->syn_ack_time == TIMESTAMP_NONE || flow->server_packets < 2 ||
        flow->server_bytes > 0 || flow->client_bytes == 0)
        return false;
    bool hung_up = flow->outcome == OUTCOME_RESET && flow->reset_by == PARTY_SERVER;
    return (hung_up || flow->last_time - flow->first_time >= SILENCE_SPAN) &&
           ledger_sees_answers_to(ledger, &flow->client.address, flow->first_time);
}

static enum tunnel_result tunnel_judge(struct tunnels *tunnels, const struct fact_flow *flow)
{
    if (attempt_is_through(flow))
        return TUNNEL_OPEN;
    if (flow->tunnel_status == 0)
        return proxy_is_silent(tunnels->builder->ledger, flow) ? TUNNEL_SILENT : TUNNEL_UNKNOWN;
    if (flow->tunnel_status == STATUS_AUTHENTICATE)
        return !attempt_began_unseen(flow) && answer_was_last(tunnels, flow) ? TUNNEL_UNAUTHORIZED
                                                                             : TUNNEL_UNKNOWN;
    return answer_was_last(tunnels, flow) ? TUNNEL_REFUSED : TUNNEL_UNKNOWN;
}

static bool tunnels_grow(struct tunnels *tunnels)
{
    struct tunnel *list =
        array_grow(tunnels->list, tunnels->count, &tunnels->capacity, sizeof *list);
    if (list == NULL)
        return problem_set(tunnels->builder->problem,
                           "memory is out; limit the report with --since or --device");
    tunnels->list = list;
    return true;
}

static bool take_tunnel(void *owner, const struct fact *fact)
{
    struct tunnels *tunnels = owner;
    const struct fact_flow *flow = &fact->as.flow;
    if (flow->tunnel_port == 0 || flow->server_name == NULL)
        return true;
    if (!tunnels_grow(tunnels)) {
        tunnels->ok = false;
        return false;
    }
    struct catalog_match match;
    attempt_match(tunnels->builder->ledger->catalog, flow, &match);
    const char *name = arena_copy(&tunnels->builder->diagnosis->arena, flow->server_name);
    if (name == NULL)
        return true; /* the arena remembers */
    bool numbered = catalog_courier_name(name) == COURIER_NUMBERED;
    tunnels->list[tunnels->count++] = (struct tunnel){
        .proxy = flow->server.address,
        .client = flow->client.address,
        .group = numbered ? "N-courier" : name,
        .name = name,
        .row = match.primary,
        .flow = flow->id,
        .client_bytes = flow->client_bytes,
        .time = flow->first_time,
        .last_time = flow->last_time,
        .port = flow->tunnel_port,
        .status = flow->tunnel_status,
        .result = tunnel_judge(tunnels, flow),
    };
    return tunnels->ok;
}

int tunnels_compare_groups(const struct tunnel *one, const struct tunnel *two)
{
    int order = address_compare(&one->proxy, &two->proxy);
    if (order == 0)
        order = address_compare(&one->client, &two->client);
    if (order == 0)
        order = strcmp(one->group, two->group);
    return order != 0 ? order : (one->port > two->port) - (one->port < two->port);
}

static int compare_tunnels(const void *left, const void *right)
{
    const struct tunnel *one = left;
    const struct tunnel *two = right;
    int order = tunnels_compare_groups(one, two);
    if (order == 0)
        order = (one->time > two->time) - (one->time < two->time);
    return order != 0 ? order : (one->flow > two->flow) - (one->flow < two->flow);
}

bool tunnels_load(struct tunnels *tunnels)
{
    const struct ledger *ledger = tunnels->builder->ledger;
    tunnels->ok = true;
    bool ok = facts_read_share(ledger->store, SHARE_FLOWS_TUNNELLED, ledger->selection, take_tunnel,
                               tunnels, tunnels->builder->problem);
    if (tunnels->count > 0)
        qsort(tunnels->list, tunnels->count, sizeof *tunnels->list, compare_tunnels);
    return ok && tunnels->ok;
}
