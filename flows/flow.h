/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow: one TCP connection or UDP conversation, owned by the flow table.
 * Small while nobody cares for it; what a flow about Apple needs beyond that
 * hangs from `detail`.
 */
#ifndef APPLEPATH_FLOWS_FLOW_H
#define APPLEPATH_FLOWS_FLOW_H

#include "base/address.h"
#include "base/fact.h"
#include "flows/sender_marks.h"
#include "flows/stream.h"

struct apns_life; /* flows/apns_life.h */
struct flow_trouble; /* flows/flow_trouble.h */

enum { SIDE_CLIENT, SIDE_SERVER, SIDE_COUNT };

#define CHANNEL_UNSEEN UINT32_MAX
#define FLOW_PROCESS_SIZE 18

#define FLOW_BYTES_MOST ((UINT64_C(1) << 48) - 1)
#define FLOW_RETRANSMISSIONS_MOST ((UINT32_C(1) << 24) - 1)
#define FLOW_DISSECTOR_NDPI 7u /* of flows that nDPI reads; all bits that there are */

/* What one side did. Sequence numbers are absolute, in host byte order. */
struct flow_side {
    int64_t last_time;
    uint64_t bytes : 48; /* no more than FLOW_BYTES_MOST */
    uint64_t letters : 8; /* of the history: flows/flow_history.h */
    uint64_t first_ttl : 8;
    uint32_t packets;
    uint32_t retransmissions : 24; /* no more than FLOW_RETRANSMISSIONS_MOST */
    bool has_sequence : 1;
    bool has_acknowledged : 1;
    bool has_covered : 1;
    bool heard : 1; /* its acknowledgments show that the other side spoke to it */
    bool syn : 1;
    bool fin : 1;
    bool rst : 1;
    bool resets : 1; /* of all RSTs, of both sides, one of its own counts */
    uint32_t first_sequence; /* of its first byte, after the SYN; valid with has_sequence */
    uint32_t next_sequence; /* after the last byte sent; valid with has_sequence */
    uint32_t acknowledged; /* highest acknowledgment sent; valid with has_acknowledged */
    uint32_t covered; /* sent or acknowledged up to here; valid with has_covered */
};

/* Bytes that a later segment overtook; none where both are equal. */
struct flow_hole {
    uint32_t start;
    uint32_t end;
};

/* The RST that counts: what tells who made it. As in base/fact.h. */
struct flow_reset {
    int64_t gap;
    int64_t offset;
    uint16_t identification;
    uint16_t window;
    uint8_t count[SIDE_COUNT]; /* RSTs of each side, all of them */
    bool foreign_mac;
};

/* What one side's own clock said last (RFC 7323). */
struct flow_ticks {
    int64_t time; /* of the packet that said it */
    uint32_t value;
    bool known;
    bool jumped; /* the capture's clock moved on by more than it */
};

/* Are the facts of a flow that has come to nothing so far to be told? */
enum flow_admission { ADMISSION_OPEN, ADMISSION_GRANTED, ADMISSION_DENIED };

/* Present once a flow is dissected or about Apple; owned by the flow. */
struct flow_detail {
    uint64_t identity; /* the facts' flow number; 0 until the first fact needs it; of TCP */
    struct flow *flow; /* whose it is */
    struct flow_detail *longer_idle; /* the table's list of details */
    struct flow_detail *shorter_idle;
    int64_t considered; /* the flow's last time, when the list was last looked at */
    struct flow_detail *kept_before; /* the dispatcher's list of those that keep bytes */
    struct flow_detail *kept_after;
    struct fact_event first_event; /* told with the next one; valid with first_waits */
    struct stream streams[SIDE_COUNT];
    struct flow_hole holes[SIDE_COUNT]; /* the last one of each side */
    void *dissector_state; /* owned; see dissectors/dispatch.c */
    char *server_name; /* owned; what the client named in clear */
    char *resolved_name; /* owned; what the client had asked for; NULL: not known */
    char process[FLOW_PROCESS_SIZE]; /* as the capture says, made printable; "" if not */
    char protocol[24]; /* the dissector's name or nDPI's word; "" if none */
    bool reading_lost; /* bytes were missing: the dissector stopped too early */
    uint16_t tunnel_port; /* of the CONNECT that named the server; 0: none */
    uint16_t tunnel_status; /* the proxy's last answer to it; 0: none */
    uint8_t events; /* facts of FACT_EVENT written so far */
    uint8_t admission; /* enum flow_admission: flows/flow_facts.c */
    bool first_waits;
    bool begins_with_syn; /* of the client's: the first packet is one */
    bool comes_lone; /* it is in the table's list of those that had one packet */
    bool keeps; /* it is in the dispatcher's list */
    bool tls_handshake_complete; /* application data was seen: a dissector says so */
    bool tls_started; /* a ServerHello was seen */
    bool push_alpn; /* the client offered an APNs protocol name */
    uint8_t name_privacy; /* enum name_privacy */
    bool server_after_reset;
    bool has_icmp;
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint8_t icmp_ttl;
    uint8_t reset_ttl;
    struct address icmp_sender;
    int64_t icmp_time;
    uint64_t icmp_packet;
    uint64_t syn_ack_packet; /* its server's first packet; PACKET_NONE: that is another */
    uint64_t reset_packet;
    uint64_t last_packet;
    struct flow_reset reset;
    struct sender_record senders[SIDE_COUNT];
    struct flow_ticks ticks[SIDE_COUNT];
    uint32_t path_mtu; /* 0: no error named one */
    struct address path_mtu_sender;
    uint64_t path_mtu_packet;
    int64_t path_mtu_time; /* valid with path_mtu */
    struct apns_life *push; /* owned; NULL: not a connection to Apple push */
    uint8_t push_signs; /* what apns_life.c has judged it by */
};

/* Three cache lines, as each packet takes all of it: not a bit is spare. The first one has
 * all by which a flow is found. */
struct flow {
    struct endpoint client;
    struct endpoint server;
    uint32_t vlan : 12; /* of its first packet */
    uint32_t transport : 5; /* TRANSPORT_TCP or TRANSPORT_UDP */
    uint32_t client_place : 15; /* a guess: flows/host_table.c */
    uint32_t side_channels[SIDE_COUNT]; /* packet_channel; CHANNEL_UNSEEN: it has not spoken */
    struct flow_side sides[SIDE_COUNT];
    int64_t first_time;
    union {
        struct { /* of TCP */
            uint64_t history : 60; /* flows/flow_history.h */
            uint64_t client_guessed : 1;
            uint64_t reset_stage : 3; /* enum reset_stage */
        };
        uint64_t identity; /* of UDP, whose flows have it without detail: as there */
    };
    uint64_t first_packet;
    struct flow_detail *detail; /* NULL while nobody cares */
    struct flow_trouble *trouble; /* owned; NULL: none */
    uint32_t previous; /* the table's age list, by index */
    uint32_t next;
    uint32_t looked_at; /* when the table last considered its age, in flow_life.h's ticks */
    uint32_t syn_ack_after : 31; /* flow_trouble.h has its time */
    bool seldom : 1; /* looked at every minute, not every few seconds: flows/flow_ages.h */
    uint16_t syns;
    uint8_t outcome : 3; /* enum flow_outcome */
    uint8_t dissector : 3; /* index in the registry + 1; 0: not chosen yet */
    bool awaiting : 1; /* packets of it wait: flows/packet_order.c */
    bool of_interest : 1; /* it is about Apple: facts are kept */
    uint8_t waited_in_vain : 3; /* packets of it, for others, there */
    bool noted : 1; /* not about Apple, but tells of the network: facts are kept */
    bool dissection_over : 1; /* no dissector wants more of it */
    bool midstream : 1;
    bool crowded : 1; /* no facts are kept: of its client there are too many, or too many hosts */
    bool torn_apart : 1; /* a SYN came amid its packets: they are out of order */
    uint16_t largest[SIDE_COUNT]; /* payload of one segment of each side, bytes */
};

/* Is the flow in this channel, on either side? Where its directions come by two, what
 * somebody between the ends sends in the name of one may come by the other's. */
static inline bool flow_is_in(const struct flow *flow, uint32_t channel)
{
    return flow->side_channels[SIDE_CLIENT] == channel ||
           flow->side_channels[SIDE_SERVER] == channel;
}

/* A packet of this side's came in that channel: its first, or it goes on in another. */
static inline void flow_note_channel(struct flow *flow, int side, uint32_t channel)
{
    if (flow->side_channels[side] == CHANNEL_UNSEEN || !flow_is_in(flow, channel))
        flow->side_channels[side] = channel;
}

static inline enum party flow_party(int side)
{
    return side == SIDE_CLIENT ? PARTY_CLIENT : PARTY_SERVER;
}

/* Whose RST is the one that counts? */
static inline enum party flow_reset_by(const struct flow *flow)
{
    return flow->sides[SIDE_CLIENT].resets   ? PARTY_CLIENT
           : flow->sides[SIDE_SERVER].resets ? PARTY_SERVER
                                             : PARTY_NONE;
}

/* Of a flow with such a RST. */
static inline int flow_side_that_resets(const struct flow *flow)
{
    return flow->sides[SIDE_CLIENT].resets ? SIDE_CLIENT : SIDE_SERVER;
}

static inline void flow_side_sends(struct flow_side *side, uint32_t bytes)
{
    side->bytes = bytes < FLOW_BYTES_MOST - side->bytes ? side->bytes + bytes : FLOW_BYTES_MOST;
}

#endif
