/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet after the other, as a bystander sees them: what each flag does to
 * the flow's outcome (RFC 9293), and to what is told of its sides.
 */
#include "flows/tcp_outcome.h"

#include <string.h>

#include "base/text.h"
#include "flows/apns_life.h"
#include "flows/flow_facts.h"
#include "flows/flow_history.h"
#include "flows/flow_trouble.h"

#define FLOW_REQUEST_EVENTS 4
#define SEQUENCE_DISTANCE (1u << 20)
#define TURNED_LONGEST (20 * NANOSECONDS_PER_MILLISECOND) /* two packets, by any queue */

/* The first packet that says whose socket it is tells it for all. */
static void process_note(struct flow_detail *detail, struct bytes process)
{
    size_t length = 0;
    uint8_t byte;
    if (detail->process[0] != '\0')
        return;
    while (bytes_read_u8(&process, &byte) &&
           text_put_byte(detail->process, sizeof detail->process, &length, byte,
                         byte > ' ' && byte <= '~'))
        continue;
}

static void side_count(struct observation *observation, struct flow *flow, int side,
                       const struct packet *packet)
{
    struct flow_side *sender = &flow->sides[side];
    flow_note_channel(flow, side, packet_channel(packet));
    if (sender->packets++ == 0)
        sender->first_ttl = packet->ttl;
    if (sender->packets == 1 || packet->time > sender->last_time)
        flow_note_time(observation, flow, side, packet->time);
    if (flow->detail == NULL)
        return;
    flow->detail->last_packet = packet->identity;
    if (!bytes_empty(packet->process))
        process_note(flow->detail, packet->process);
}

/* Since the packet before this one, of either side; not known where that is younger. */
static int64_t flow_gap(const struct flow *flow, const struct packet *packet)
{
    if (flow->sides[SIDE_CLIENT].packets == 0 && flow->sides[SIDE_SERVER].packets == 0)
        return DIFFERENCE_NONE;
    int64_t gap = packet->time - flow_last_time(flow);
    return gap < 0 ? DIFFERENCE_NONE : gap;
}

/* How many of these bytes come late, for the first time?  The hole shrinks. */
static uint32_t hole_filled(struct flow *flow, int side, uint32_t start, uint32_t length)
{
    if (flow->detail == NULL || length == 0)
        return 0;
    struct flow_hole *hole = &flow->detail->holes[side];
    uint32_t end = start + length;
    uint32_t from = (int32_t)(start - hole->start) > 0 ? start : hole->start;
    uint32_t to = (int32_t)(end - hole->end) < 0 ? end : hole->end;
    if ((int32_t)(to - from) <= 0)
        return 0;
    if (from == hole->start)
        hole->start = to;
    else
        hole->end = from;
    return to - from;
}

/* Sequence space: new bytes are counted, old ones are retransmissions. */
static void side_sequence(struct flow *flow, int side, const struct packet *packet)
{
    struct flow_side *sender = &flow->sides[side];
    bool syn = (packet->tcp_flags & TCP_SYN) != 0, first_syn = syn && !sender->syn;
    uint32_t start = packet->sequence + syn;
    uint32_t end = start + packet->payload_length + ((packet->tcp_flags & TCP_FIN) != 0);
    if (syn && !first_syn && start != sender->first_sequence)
        return; /* not from this connection (RFC 5961 section 4) */
    if (!sender->has_sequence || first_syn) {
        sender->syn = sender->syn || first_syn;
        sender->has_sequence = true;
        sender->first_sequence = sender->next_sequence = start;
    }
    if (packet->payload_length == 0 && end == sender->next_sequence)
        return; /* a pure acknowledgment, as half of all packets are */
    int32_t advance = (int32_t)(end - sender->next_sequence);
    uint32_t late = hole_filled(flow, side, start, packet->payload_length);
    if (late > 0) {
        flow_side_sends(sender, late);
        flow_history_add(flow, side, HISTORY_DATA);
    } else if (packet->payload_length > 0) {
        /* A keep-alive repeats one byte that was acknowledged (RFC 9293 3.8.4). */
        bool keep_alive = packet->payload_length == 1 && advance == 0 && sender->bytes > 0;
        if (advance <= 0 && !keep_alive) {
            if (sender->retransmissions < FLOW_RETRANSMISSIONS_MOST)
                sender->retransmissions++;
            flow_history_add(flow, side, HISTORY_REPEATED);
        } else if (advance > 0) {
            uint32_t fresh = packet->payload_length < (uint32_t)advance ? packet->payload_length
                                                                        : (uint32_t)advance;
            flow_side_sends(sender, fresh);
            flow_history_add(flow, side, HISTORY_DATA);
        }
    }
    if (flow->detail != NULL && (int32_t)(start - sender->next_sequence) > 0)
        flow->detail->holes[side] = (struct flow_hole){sender->next_sequence, start};
    bool repeated_syn = syn && !first_syn && packet->payload_length == 0;
    if (advance > 0 && !repeated_syn)
        sender->next_sequence = end;
}

/* A server may answer each SYN with another sequence number (SYN cookies): the one
 * that the client acknowledges is the connection's (RFC 9293 section 3.5). */
static void side_settle(struct flow_side *other, uint32_t acknowledgment)
{
    if (other->syn && other->bytes == 0 &&
        acknowledgment - other->first_sequence > SEQUENCE_DISTANCE)
        other->first_sequence = other->next_sequence = acknowledgment;
}

static void side_acknowledges(struct flow *flow, int side, const struct packet *packet)
{
    struct flow_side *sender = &flow->sides[side];
    if (!(packet->tcp_flags & TCP_ACK))
        return;
    side_settle(&flow->sides[!side], packet->acknowledgment);
    bool advanced =
        sender->has_acknowledged && (int32_t)(packet->acknowledgment - sender->acknowledged) > 0;
    /* An acknowledgment that moves on, or the first after one's own SYN, answers
     * something that the other side has sent. */
    if (!sender->heard && (advanced || (sender->syn && !(packet->tcp_flags & TCP_SYN))))
        sender->heard = true;
    if (advanced || !sender->has_acknowledged) {
        sender->acknowledged = packet->acknowledgment;
        sender->has_acknowledged = true;
    }
}

static void syn_seen(struct observation *observation, struct flow *flow, int side,
                     const struct packet *packet)
{
    if (packet->tcp_flags & TCP_ACK) {
        flow_history_add(flow, side, HISTORY_SYN_ACK);
        flow_note_syn_ack(observation, flow, packet->time);
        /* Refused, tried again (Windows does, with the same SYN), and let in: the
         * refusal is over. A SYN/ACK without a new SYN is another matter: then the
         * RST was not the server's. */
        if (flow->outcome == OUTCOME_REFUSED && flow_last_syn_time(flow) > flow_reset_time(flow)) {
            flow_forget_reset(flow);
            flow->outcome = OUTCOME_SILENT;
            if (flow->detail != NULL)
                flow->detail->reset = (struct flow_reset){0};
        }
        flow_facts_event(observation, flow, EVENT_SYN_ACK, flow_party(side), packet);
    } else {
        flow_history_add(flow, side, HISTORY_SYN);
        if (side == SIDE_CLIENT) {
            flow_note_syn(observation, flow, packet->time);
            flow->midstream = false; /* a SYN/ACK may come before it where a SPAN merges */
        }
        flow_facts_event(observation, flow, EVENT_SYN, flow_party(side), packet);
    }
}

/* Had the server said anything? Its bytes, or the client's acknowledgment of some
 * that the capture lacks. */
static bool server_spoke(const struct flow *flow)
{
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    return server->bytes > 0 || (client->has_acknowledged && server->has_sequence &&
                                 (int32_t)(client->acknowledged - server->next_sequence) > 0);
}

/* May a part of the handshake be missing from the capture? */
static bool reading_is_incomplete(const struct flow_detail *detail)
{
    return detail->reading_lost ||
           detail->holes[SIDE_CLIENT].start != detail->holes[SIDE_CLIENT].end ||
           detail->holes[SIDE_SERVER].start != detail->holes[SIDE_SERVER].end;
}

/* Does the RST itself show that bytes before it were not captured?  It acknowledges
 * some of the other side's, or a client leaves room for its own; what is forged in a
 * server's name need not fit. */
static bool reset_shows_loss(const struct flow *flow, int side, const struct packet *packet)
{
    const struct flow_side *sender = &flow->sides[side], *other = &flow->sides[!side];
    uint32_t unseen = packet->acknowledgment - other->next_sequence;
    uint32_t unsent = packet->sequence - sender->next_sequence;
    if ((packet->tcp_flags & TCP_ACK) && other->has_sequence && unseen != 0 &&
        unseen < SEQUENCE_DISTANCE)
        return true;
    return side == SIDE_CLIENT && sender->has_sequence && unsent != 0 && unsent < SEQUENCE_DISTANCE;
}

static enum reset_stage reset_stage_now(const struct flow *flow, int side,
                                        const struct packet *packet)
{
    const struct flow_detail *detail = flow->detail;
    if (flow->sides[SIDE_CLIENT].fin || flow->sides[SIDE_SERVER].fin)
        return RESET_STAGE_CLOSING;
    if (flow_syn_ack_time(flow) == TIMESTAMP_NONE && !flow->midstream &&
        !flow->sides[SIDE_CLIENT].heard && flow->sides[SIDE_SERVER].bytes == 0)
        return RESET_STAGE_SYN;
    if (flow->midstream &&
        (flow_syn_ack_time(flow) == TIMESTAMP_NONE || flow->sides[SIDE_CLIENT].packets == 0))
        return RESET_STAGE_ESTABLISHED;
    if (!server_spoke(flow))
        return flow->sides[SIDE_CLIENT].bytes > 0 ? RESET_STAGE_AFTER_CLIENT_HELLO
                                                  : RESET_STAGE_OPENED;
    if (detail != NULL && detail->tls_started && !detail->tls_handshake_complete &&
        !reading_is_incomplete(detail) && !reset_shows_loss(flow, side, packet))
        return RESET_STAGE_HANDSHAKE;
    return RESET_STAGE_ESTABLISHED;
}

/* RFC 9293 section 3.10.7.3: in answer to a SYN only a RST counts that
 * acknowledges it, with or without the data it carried (RFC 7413). */
static bool reset_refuses_syn(const struct flow *flow, const struct packet *packet)
{
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    return (packet->tcp_flags & TCP_ACK) && client->has_sequence &&
           packet->acknowledgment - client->first_sequence <=
               client->next_sequence - client->first_sequence;
}

/* What tells whether the side itself made the RST; `gap` as in base/fact.h. */
static void reset_note(const struct flow *flow, int side, const struct packet *packet, int64_t gap)
{
    const struct flow_side *sender = &flow->sides[side];
    const struct flow_side *other = &flow->sides[!side];
    struct flow_reset *reset = &flow->detail->reset;
    flow->detail->reset_packet = packet->identity;
    flow->detail->reset_ttl = packet->ttl;
    reset->identification = packet->ip_identification;
    reset->window = packet->window;
    reset->foreign_mac = sender_record_is_foreign(&flow->detail->senders[side], packet);
    reset->gap = gap;
    reset->offset = DIFFERENCE_NONE;
    if (sender->has_sequence)
        reset->offset = (int32_t)(packet->sequence - sender->next_sequence);
    else if (other->has_acknowledged) /* what the other side waits for is as good */
        reset->offset = (int32_t)(packet->sequence - other->acknowledged);
}

/* Does the server go on as if there were no RST in its name? By bytes beyond it, or by an
 * acknowledgment or a SYN/ACK so long after it that no queue on the way has turned the two. */
static bool reset_was_not_known(const struct flow *flow, const struct packet *packet)
{
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    const int64_t offset = flow->detail->reset.offset;
    if (!server->resets)
        return false;
    if ((packet->tcp_flags & TCP_SYN) && flow->reset_stage == RESET_STAGE_SYN)
        return true;
    if (packet->payload_length == 0)
        return !(packet->tcp_flags & TCP_FIN) &&
               packet->time - flow_reset_time(flow) >= TURNED_LONGEST;
    return offset == DIFFERENCE_NONE || !server->has_sequence ||
           (int32_t)(packet->sequence + packet->payload_length - server->next_sequence -
                     (uint32_t)offset) > 0;
}

static void reset_seen(struct observation *observation, struct flow *flow, int side,
                       const struct packet *packet, int64_t gap)
{
    if (flow->detail != NULL && flow->detail->reset.count[side] < UINT8_MAX)
        flow->detail->reset.count[side]++;
    flow_history_add(flow, side, HISTORY_RESET);
    flow_facts_event(observation, flow, EVENT_RESET, flow_party(side), packet);
    flow->sides[side].rst = true;
    /* A client that takes back its SYN may try again: what comes then counts. */
    bool taken_back = flow->sides[SIDE_CLIENT].resets && flow->reset_stage == RESET_STAGE_SYN;
    if (flow_reset_by(flow) != PARTY_NONE && !taken_back)
        return;
    enum reset_stage stage = reset_stage_now(flow, side, packet);
    if (stage == RESET_STAGE_SYN && side == SIDE_SERVER && !reset_refuses_syn(flow, packet))
        return;
    flow_note_reset(observation, flow, side, stage, packet->time);
    if (flow->detail != NULL)
        reset_note(flow, side, packet, gap);
    if (stage == RESET_STAGE_CLOSING)
        flow->outcome = OUTCOME_CLOSED;
    else if (stage != RESET_STAGE_SYN)
        flow->outcome = OUTCOME_RESET;
    else if (side == SIDE_SERVER)
        flow->outcome = OUTCOME_REFUSED;
    /* A client that takes back its SYN leaves it as silent as it was. */
}

static void tcp_outcome_advance(struct flow *flow, int side, const struct packet *packet)
{
    if (packet->tcp_flags & TCP_FIN) {
        flow_history_add(flow, side, HISTORY_FIN);
        flow->sides[side].fin = true;
    }
    enum flow_outcome outcome = (enum flow_outcome)flow->outcome;
    bool open =
        outcome == OUTCOME_UNKNOWN || outcome == OUTCOME_SILENT || outcome == OUTCOME_REJECTED;
    if (!open && !flow->sides[side].fin)
        return; /* it stays as it is */
    bool both = flow->sides[SIDE_CLIENT].packets > 0 && flow->sides[SIDE_SERVER].packets > 0;
    /* Where only one direction is captured, the client's word must do. */
    bool heard = side == SIDE_SERVER || flow->sides[SIDE_CLIENT].heard;
    if (open && heard && (!flow->midstream || both))
        flow->outcome = OUTCOME_ANSWERED;
    else if (outcome == OUTCOME_UNKNOWN && both)
        flow->outcome = OUTCOME_ANSWERED;
    if (flow->sides[SIDE_CLIENT].fin && flow->sides[SIDE_SERVER].fin &&
        flow->outcome == OUTCOME_ANSWERED)
        flow->outcome = OUTCOME_CLOSED;
}

void tcp_outcome_packet(struct observation *observation, struct flow *flow, int side,
                        const struct packet *packet)
{
    bool reset = (packet->tcp_flags & TCP_RST) != 0;
    int64_t gap = reset ? flow_gap(flow, packet) : DIFFERENCE_NONE;
    side_count(observation, flow, side, packet);
    if (flow->detail != NULL)
        apns_life_see(observation, flow, side, packet);
    if (reset) {
        reset_seen(observation, flow, side, packet, gap);
        return;
    }
    if (flow->detail != NULL)
        sender_record_packet(&flow->detail->senders[side], packet);
    if (packet->tcp_flags & TCP_SYN)
        syn_seen(observation, flow, side, packet);
    else if (packet->payload_length == 0 && !(packet->tcp_flags & TCP_FIN))
        flow_history_add(flow, side, HISTORY_ACK);
    if (side == SIDE_SERVER && flow->detail != NULL && reset_was_not_known(flow, packet))
        flow->detail->server_after_reset = true;
    if (packet->window == 0 && !(packet->tcp_flags & TCP_SYN))
        flow_history_add(flow, side, HISTORY_ZERO_WINDOW);
    side_sequence(flow, side, packet);
    side_acknowledges(flow, side, packet);
    tcp_outcome_advance(flow, side, packet);
}

void udp_outcome_packet(struct observation *observation, struct flow *flow, int side,
                        const struct packet *packet)
{
    side_count(observation, flow, side, packet);
    if (flow->detail != NULL)
        sender_record_packet(&flow->detail->senders[side], packet);
    flow_side_sends(&flow->sides[side], packet->payload_length);
    if (side == SIDE_CLIENT && flow->sides[side].packets <= FLOW_REQUEST_EVENTS)
        flow_facts_event(observation, flow, EVENT_REQUEST, PARTY_CLIENT, packet);
    if (side == SIDE_SERVER)
        flow->outcome = OUTCOME_ANSWERED;
    else if (flow->outcome == OUTCOME_UNKNOWN)
        flow->outcome = OUTCOME_SILENT;
}

bool tcp_outcome_is_new_connection(const struct flow *flow, const struct packet *packet)
{
    if ((packet->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
        return false;
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    bool over = flow->outcome == OUTCOME_CLOSED || flow->outcome == OUTCOME_RESET;
    if (!address_equal(&packet->source, &flow->client.address) ||
        packet->source_port != flow->client.port)
        return over;
    /* Picked up midstream: the connection before this one, unless it is this SYN
     * that the server has acknowledged. */
    if (!client->syn)
        return !server->syn || server->acknowledged != packet->sequence + 1;
    if (packet->sequence + 1 == client->first_sequence)
        return over && client->bytes > 0;
    return client->bytes == 0 || flow->outcome != OUTCOME_ANSWERED ||
           packet->time - flow_last_time(flow) > 10 * NANOSECONDS_PER_SECOND;
}

/* Is what the packet acknowledges still to come? */
static bool acknowledges_unseen(const struct flow_side *sender, const struct flow_side *other,
                                bool midstream, const struct packet *packet)
{
    if (!(packet->tcp_flags & TCP_ACK))
        return false;
    if (!other->has_sequence)
        return !midstream && !sender->has_acknowledged;
    uint32_t ahead = packet->acknowledgment - other->next_sequence;
    return ahead != 0 && ahead < SEQUENCE_DISTANCE &&
           (!sender->has_acknowledged ||
            (int32_t)(packet->acknowledgment - sender->acknowledged) > 0);
}

bool tcp_outcome_is_early(const struct flow *flow, int side, const struct packet *packet,
                          bool disordered)
{
    const struct flow_side *sender = &flow->sides[side];
    if (packet->tcp_flags & TCP_SYN)
        return false;
    if (acknowledges_unseen(sender, &flow->sides[!side], flow->midstream, packet))
        return true;
    /* A RST that does not fit may be forged: it tells more where it is. */
    if ((packet->tcp_flags & TCP_RST) && !disordered)
        return false;
    if (!sender->has_sequence)
        return !flow->midstream && !flow->sides[!side].has_acknowledged &&
               !(packet->tcp_flags & TCP_RST);
    uint32_t ahead = packet->sequence - sender->next_sequence;
    return ahead != 0 && ahead < SEQUENCE_DISTANCE;
}
