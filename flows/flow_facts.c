/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a flow: its one row at the end, and the few packets along the
 * way that a verdict may have to show (SYNs, RSTs, ICMP errors).
 */
#include "flows/flow_facts.h"

#include "catalog/encrypted_resolvers.h"
#include "flows/apns_life.h"
#include "flows/fact_limits.h"
#include "flows/flow_history.h"
#include "flows/flow_trouble.h"
#include "flows/icmp_outcome.h"

/* Enough for a verdict's evidence; a flow of a thousand RSTs adds no more. */
#define FLOW_EVENT_LIMIT 24

int64_t flow_last_time(const struct flow *flow)
{
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    if (client->packets == 0)
        return server->last_time;
    if (server->packets == 0)
        return client->last_time;
    return client->last_time > server->last_time ? client->last_time : server->last_time;
}

bool flow_only_seen_from(const struct flow *flow, int side)
{
    const struct flow_side *seen = &flow->sides[side];
    const struct flow_side *other = &flow->sides[side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT];
    return flow->transport == TRANSPORT_TCP && other->packets == 0 && seen->heard;
}

/* Without a name in clear, what the client had resolved tells what the flow is for. */
static enum name_privacy privacy_of(const struct flow_detail *detail)
{
    if (detail->name_privacy == NAMES_OPEN && detail->server_name == NULL &&
        detail->resolved_name != NULL)
        return encrypted_resolver_find(detail->resolved_name);
    return (enum name_privacy)detail->name_privacy;
}

/* `history` is of FLOW_HISTORY_SIZE, and borrowed. */
static void flow_facts_fill_tcp(const struct flow *flow, struct fact_flow *fact, char *history)
{
    fact->history = flow_history_print(flow, history);
    fact->syns = flow->syns;
    fact->first_syn_time = flow->syns > 0 ? flow->first_time : TIMESTAMP_NONE;
    fact->last_syn_time = flow_last_syn_time(flow);
    fact->syn_ack_time = flow_syn_ack_time(flow);
    fact->begins_with_syn = flow->detail->begins_with_syn;
    fact->syn_ack_packet = flow->detail->syn_ack_packet;
    fact->reset_by = flow_reset_by(flow);
    fact->reset_stage = (enum reset_stage)flow->reset_stage;
    fact->reset_time = flow_reset_time(flow);
    fact->server_after_reset = flow->detail->server_after_reset;
}

static void flow_facts_fill_reset(const struct flow *flow, struct fact_flow *fact)
{
    const struct flow_reset *reset = &flow->detail->reset;
    fact->reset_gap = fact->reset_offset = DIFFERENCE_NONE;
    if (flow_reset_by(flow) == PARTY_NONE)
        return;
    fact->reset_packet = flow->detail->reset_packet;
    fact->reset_ttl = flow->detail->reset_ttl;
    fact->reset_identification = reset->identification;
    fact->reset_window = reset->window;
    fact->resets = reset->count[flow_side_that_resets(flow)];
    fact->reset_foreign_mac = reset->foreign_mac;
    fact->reset_gap = reset->gap;
    fact->reset_offset = reset->offset;
}

static void flow_facts_fill_sides(const struct flow *flow, struct fact_flow *fact)
{
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    fact->client_packets = client->packets;
    fact->server_packets = server->packets;
    fact->client_bytes = client->bytes;
    fact->server_bytes = server->bytes;
    fact->client_last_time = client->packets > 0 ? client->last_time : TIMESTAMP_NONE;
    fact->server_last_time = server->packets > 0 ? server->last_time : TIMESTAMP_NONE;
    fact->client_retransmissions = client->retransmissions;
    fact->server_retransmissions = server->retransmissions;
    fact->client_ttl = client->first_ttl;
    fact->server_ttl = server->first_ttl;
}

static void flow_facts_fill_icmp(const struct flow_detail *detail, struct fact_flow *fact)
{
    fact->has_icmp = detail->has_icmp;
    fact->icmp_type = detail->icmp_type;
    fact->icmp_code = detail->icmp_code;
    fact->icmp_sender = detail->icmp_sender;
    fact->icmp_ttl = detail->icmp_ttl;
    fact->icmp_time = detail->has_icmp ? detail->icmp_time : TIMESTAMP_NONE;
    fact->icmp_packet = detail->icmp_packet;
    fact->path_mtu = detail->path_mtu;
    fact->path_mtu_sender = detail->path_mtu_sender;
    fact->path_mtu_packet = detail->path_mtu_packet;
    fact->path_mtu_time = detail->path_mtu != 0 ? detail->path_mtu_time : TIMESTAMP_NONE;
}

static void flow_facts_fill_missing(const struct missing_segments *missing, struct fact_flow *fact)
{
    fact->missing_time = TIMESTAMP_NONE;
    if (missing == NULL || missing->segments[SIDE_CLIENT] + missing->segments[SIDE_SERVER] == 0)
        return;
    fact->client_missing = missing->segments[SIDE_CLIENT];
    fact->server_missing = missing->segments[SIDE_SERVER];
    fact->missing_time = missing->first_time;
    fact->missing_packet = missing->first_packet;
}

static const char *flow_process(const struct flow *flow)
{
    return flow->detail->process[0] != '\0' ? flow->detail->process : NULL;
}

static void first_event_emit(struct observation *observation, struct flow *flow)
{
    struct flow_detail *detail = flow->detail;
    if (!detail->first_waits)
        return;
    detail->first_waits = false;
    struct fact fact = {.kind = FACT_EVENT, .as.event = detail->first_event};
    if (fact.as.event.from == PARTY_CLIENT)
        fact.as.event.process = flow_process(flow);
    observation_emit(observation, &fact);
}

static void flow_row_emit(struct observation *observation, struct flow *flow)
{
    struct fact fact = {.kind = FACT_FLOW};
    struct fact_flow *row = &fact.as.flow;
    char history[FLOW_HISTORY_SIZE];
    char client_options[SENDER_OPTIONS_TEXT_SIZE], server_options[SENDER_OPTIONS_TEXT_SIZE];
    row->id = observation_flow_identity(observation, flow);
    row->client = flow->client;
    row->server = flow->server;
    row->transport = flow->transport;
    row->vlan = flow->vlan;
    row->process = flow_process(flow);
    row->first_time = flow->first_time;
    row->last_time = flow_last_time(flow);
    row->first_packet = flow->first_packet;
    row->last_packet = flow->detail->last_packet;
    row->server_name = flow->detail->server_name;
    row->resolved_name = flow->detail->resolved_name;
    row->protocol = flow->detail->protocol[0] != '\0' ? flow->detail->protocol : NULL;
    row->tunnel_port = flow->detail->tunnel_port;
    row->tunnel_status = flow->detail->tunnel_status;
    row->name_privacy = privacy_of(flow->detail);
    row->outcome = (enum flow_outcome)flow->outcome;
    row->midstream = flow->midstream;
    row->history = "";
    row->first_syn_time = row->last_syn_time = row->syn_ack_time = TIMESTAMP_NONE;
    row->reset_time = row->path_mtu_time = TIMESTAMP_NONE;
    flow_facts_fill_sides(flow, row);
    if (flow->transport == TRANSPORT_TCP)
        flow_facts_fill_tcp(flow, row, history);
    flow_facts_fill_reset(flow, row);
    flow_facts_fill_icmp(flow->detail, row);
    flow_facts_fill_missing(flow_missing(flow), row);
    sender_record_marks(&flow->detail->senders[SIDE_CLIENT], client_options, &row->client_marks);
    sender_record_marks(&flow->detail->senders[SIDE_SERVER], server_options, &row->server_marks);
    observation_emit(observation, &fact);
}

void flow_facts_emit(struct observation *observation, struct flow *flow)
{
    first_event_emit(observation, flow);
    flow_row_emit(observation, flow);
    apns_life_emit(observation, flow);
}

void flow_facts_stand(struct observation *observation, struct flow *flow)
{
    flow_row_emit(observation, flow);
    apns_life_stand(observation, flow);
}

static uint64_t flow_packets(const struct flow *flow)
{
    return (uint64_t)flow->sides[SIDE_CLIENT].packets + flow->sides[SIDE_SERVER].packets;
}

static bool flow_came_to_nothing(const struct flow *flow)
{
    switch ((enum flow_outcome)flow->outcome) {
    case OUTCOME_SILENT:
    case OUTCOME_REFUSED:
    case OUTCOME_REJECTED:
        return true;
    case OUTCOME_UNKNOWN:
    case OUTCOME_ANSWERED:
    case OUTCOME_CLOSED:
    case OUTCOME_RESET:
        break;
    }
    return flow_packets(flow) <= 1;
}

bool flow_is_lone_packet(const struct flow *flow)
{
    return flow_packets(flow) <= 1 && (flow->detail == NULL || flow->detail->events <= 1);
}

bool flow_is_lone_syn(const struct flow *flow)
{
    return flow->transport == TRANSPORT_TCP && flow->syns == 1 && !flow->midstream &&
           flow_is_lone_packet(flow);
}

bool flow_is_stray_reset(const struct flow *flow)
{
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    return flow->transport == TRANSPORT_TCP && flow->midstream && (client->rst || server->rst) &&
           !client->has_sequence && !server->has_sequence;
}

/* Its beginning was seen, and not a byte of one side: that side said nothing, or the capture
 * does not have it. */
static bool flow_only_opened(const struct flow *flow)
{
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    return flow->transport == TRANSPORT_TCP && flow->outcome == OUTCOME_ANSWERED &&
           !flow->midstream && (client->syn || server->syn) &&
           (client->bytes == 0 || server->bytes == 0);
}

/* Once a flow is admitted, or not, that stays so while it has come to nothing. */
static bool flow_is_admitted(const struct observation *observation, const struct flow *flow)
{
    struct flow_detail *detail = flow->detail;
    bool opened = flow_only_opened(flow);
    if (!opened && !flow_came_to_nothing(flow))
        return true;
    if (detail != NULL && detail->admission != ADMISSION_OPEN)
        return detail->admission == ADMISSION_GRANTED;
    enum fact_limit limit = opened                      ? FACT_LIMIT_OPENED_FLOW
                            : flow_is_lone_packet(flow) ? FACT_LIMIT_LONE_PACKET
                                                        : FACT_LIMIT_FAILED_FLOW;
    bool told = fact_limits_take(observation->limits, &flow->client.address, limit);
    if (detail != NULL)
        detail->admission = told ? ADMISSION_GRANTED : ADMISSION_DENIED;
    return told;
}

bool flow_facts_admit_early(const struct observation *observation, const struct flow *flow)
{
    /* What is not kept takes nobody's share. */
    return !observation_keeps(observation, flow) || flow_is_lone_packet(flow) ||
           flow_is_admitted(observation, flow);
}

void flow_facts_crowd(struct observation *observation, struct flow *flow)
{
    flow->crowded = true;
    observation->totals.flows_untold++;
}

void flow_facts_admit(struct observation *observation, struct flow *flow)
{
    if (observation_keeps(observation, flow) && !flow_is_admitted(observation, flow))
        flow_facts_crowd(observation, flow);
}

bool flow_facts_would_stand(const struct observation *observation, const struct flow *flow)
{
    return flow->detail != NULL && observation_keeps(observation, flow) &&
           flow->detail->admission != ADMISSION_DENIED &&
           (observation->limits == NULL || !flow_is_lone_packet(flow));
}

/* An answer is told of every client that has a place among the limits; one more failure only
 * within its client's share. */
static bool event_is_told(struct observation *observation, struct flow *flow, enum event_kind kind)
{
    struct flow_detail *detail = flow->detail;
    if (kind == EVENT_SYN_ACK) {
        bool told =
            fact_limits_take(observation->limits, &flow->client.address, FACT_LIMIT_OPENING);
        observation->totals.answers_untold += !told;
        return told;
    }
    if (!flow_came_to_nothing(flow))
        return true;
    if (detail->admission == ADMISSION_OPEN)
        detail->admission =
            fact_limits_take(observation->limits, &flow->client.address, FACT_LIMIT_FAILED_FLOW)
                ? ADMISSION_GRANTED
                : ADMISSION_DENIED;
    return detail->admission == ADMISSION_GRANTED;
}

/* Does the flow's row say all that there is to say of this packet? So it is with the SYN that
 * a flow begins with, and with the SYN/ACK that a server begins with. */
static bool row_tells(struct flow *flow, enum event_kind kind, enum party from,
                      const struct packet *packet)
{
    struct flow_detail *detail = flow->detail;
    bool begins = kind == EVENT_SYN && packet->identity == flow->first_packet;
    bool answers = kind == EVENT_SYN_ACK && from == PARTY_SERVER &&
                   flow->sides[SIDE_SERVER].packets == 1 && flow_syn_ack_time(flow) == packet->time;
    detail->begins_with_syn = detail->begins_with_syn || begins;
    if (answers)
        detail->syn_ack_packet = packet->identity;
    return begins || answers;
}

void flow_facts_event(struct observation *observation, struct flow *flow, enum event_kind kind,
                      enum party from, const struct packet *packet)
{
    if (flow->detail == NULL || !observation_keeps(observation, flow) ||
        flow->detail->events >= FLOW_EVENT_LIMIT)
        return;
    if (row_tells(flow, kind, from, packet)) {
        flow->detail->events++;
        return;
    }
    /* Most of a flood comes to nothing after its first packet: that waits for a second. */
    bool waits = flow->detail->events == 0 && observation->limits != NULL;
    if (!waits && !event_is_told(observation, flow, kind))
        return;
    flow->detail->events++;
    struct fact_event seen = {0}, *event = &seen;
    event->flow = observation_flow_identity(observation, flow);
    event->kind = kind;
    event->time = packet->time;
    event->packet = packet->identity;
    event->from = from;
    event->sender = packet->source;
    event->ttl = packet->ttl;
    event->ip_identification = packet->ip_identification;
    event->sequence = packet->sequence;
    event->acknowledgment = packet->acknowledgment;
    event->window = packet->window;
    event->icmp_type = packet->icmp_type;
    event->icmp_code = packet->icmp_code;
    event->mtu = icmp_mtu(packet);
    if (from == PARTY_CLIENT)
        event->process = flow_process(flow);
    if (waits) {
        flow->detail->first_waits = true;
        flow->detail->first_event = seen;
        return;
    }
    first_event_emit(observation, flow);
    observation_emit(observation, &(struct fact){.kind = FACT_EVENT, .as.event = seen});
}
