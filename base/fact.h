/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fact: what the observing half (capture, flows, dissectors) tells the
 * explaining half (storage, diagnosis, reports), and all it tells.  Each kind
 * is a plain struct; the same structs are written to and read from storage.
 *
 * Pointers inside a fact are borrowed until the sink returns.  Times are
 * nanoseconds (base/timestamp.h), TIMESTAMP_NONE where there is none; a packet
 * of 0 means none; text that is unknown is NULL.
 */
#ifndef APPLEPATH_BASE_FACT_H
#define APPLEPATH_BASE_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/fact_protocol.h"
#include "base/timestamp.h"

/* A packet's identity: the source it came from (from 1) and its number there
 * (from 1, as Wireshark's frame.number).  16 and 48 bits of one word. */
#define PACKET_NONE UINT64_C(0)
#define PACKET_SOURCE_LIMIT 65535u

static inline uint64_t packet_identity(uint32_t source, uint64_t number)
{
    return (uint64_t)source << 48 | (number & UINT64_C(0xffffffffffff));
}

static inline uint32_t packet_source(uint64_t packet)
{
    return (uint32_t)(packet >> 48);
}

static inline uint64_t packet_number(uint64_t packet)
{
    return packet & UINT64_C(0xffffffffffff);
}

enum fact_kind {
    FACT_SOURCE,
    FACT_HOST,
    FACT_RESOLVER,
    FACT_FLOW,
    FACT_EVENT,
    FACT_DNS,
    FACT_TLS,
    FACT_CERTIFICATE,
    FACT_HTTP,
    FACT_APNS,
    FACT_NTP,
    FACT_LEASE,
    FACT_PLACE,
    FACT_MINUTE,
    FACT_LAYER,
    FACT_TOTALS
};

/* A signed difference (nanoseconds, or bytes where the field says so) that is not
 * known. */
#define DIFFERENCE_NONE TIMESTAMP_NONE

/* Transport numbers as IANA assigns them. */
enum transport { TRANSPORT_ICMP = 1, TRANSPORT_TCP = 6, TRANSPORT_UDP = 17, TRANSPORT_ICMPV6 = 58 };

/* How far a flow came.  TCP and UDP share the words. */
enum flow_outcome {
    OUTCOME_UNKNOWN, /* picked up midstream, and nothing decided it */
    OUTCOME_SILENT, /* the client spoke, nothing came back */
    OUTCOME_REFUSED, /* RST in answer to the SYN */
    OUTCOME_REJECTED, /* an ICMP error in answer to the SYN or the request */
    OUTCOME_ANSWERED, /* SYN/ACK (TCP) or any reply (UDP) seen, and no end */
    OUTCOME_CLOSED, /* FINs of both sides, or of one and an RST of the other */
    OUTCOME_RESET /* opened, then torn down by RST */
};

/* What a TCP connection had come to when a RST ended it. */
enum reset_stage {
    RESET_STAGE_NONE,
    RESET_STAGE_SYN, /* in answer to the SYN */
    RESET_STAGE_OPENED, /* handshake done, the client had sent nothing */
    RESET_STAGE_AFTER_CLIENT_HELLO, /* the client's first data, and nothing of the server's */
    RESET_STAGE_HANDSHAKE, /* both had spoken, TLS was not complete */
    RESET_STAGE_ESTABLISHED, /* TLS complete (or none used), data flowing */
    RESET_STAGE_CLOSING /* a FIN had been seen before */
};

/* One capture file or interface, when it has been read to its end. */
struct fact_source {
    uint32_t id; /* from 1 within the run */
    const char *name;
    const char *path; /* absolute; NULL for standard input */
    /* The same in every copy of the capture: SHA-256 of its first MiB (of what a compressed
     * one holds), ':', and its number of packets, filtered ones included. NULL: not known. */
    const char *content;
    const char *link_type; /* libpcap's name, as EN10MB; or several, with ", " between */
    const char *interfaces; /* names, with ", " between */
    const char *comment; /* of the one who captured */
    uint64_t packets;
    uint64_t bytes; /* on the wire, before any snapshot length */
    int64_t first_time;
    int64_t last_time;
    uint64_t undecoded_packets;
    uint64_t truncated_packets;
    uint64_t duplicate_packets;
    uint64_t duplicates_tagged; /* of them: the copy is in another VLAN, or in one at all */
    uint64_t duplicates_routed; /* it has another TTL: from before or behind a router */
    uint64_t duplicates_translated; /* it has other addresses: from before or behind a NAT */
    int64_t dropped_packets; /* -1: not known */
    bool cut_short; /* the file ends in the middle of a packet */
    const char *evidence_folder; /* of an interface: where packets of it are kept; NULL: nowhere */
};

/* A host that opened connections or asked a resolver.  `other_*` counts what
 * has nothing to do with Apple: the control group. */
#define OTHER_TIMES_LIMIT 96

/* What became of a host's connections to others than Apple that began in one span. */
enum other_mark {
    OTHER_NONE = '.',
    OTHER_ANSWERED = '+',
    OTHER_FAILED = '-', /* no answer, or a refusal */
    OTHER_BOTH = '*'
};

struct fact_host {
    struct address address;
    struct mac mac; /* of the frames that carried its packets; zero if none */
    bool has_mac;
    int64_t first_time;
    int64_t last_time;
    uint64_t packets_sent;
    uint64_t packets_received;
    uint64_t other_tcp_opened; /* connections tried, midstream ones not counted */
    uint64_t other_tcp_answered;
    uint64_t other_tcp_silent; /* two SYNs or more, nothing back */
    uint64_t other_tcp_refused;
    uint64_t one_sided_sent; /* TCP flows that progressed while only its packets were seen */
    uint64_t one_sided_received; /* the same, only packets towards it */
    int64_t first_received_time; /* not before */
    int64_t last_received_time;
    uint64_t unread_errors; /* ICMP errors to it whose quotation the capture cut */
    uint64_t missing_segments; /* of its TCP flows: acknowledged, and not in the capture */
    int64_t other_start; /* of the first mark of other_times; TIMESTAMP_NONE: there is none */
    uint64_t other_span; /* nanoseconds of each */
    const char *other_times; /* enum other_mark, OTHER_TIMES_LIMIT at most; NULL: none */
};

/* All that one client asked one resolver, Apple's names or not. */
struct fact_resolver {
    struct address client;
    struct address resolver;
    uint64_t queries; /* distinct transactions */
    uint64_t apple_queries; /* of them, for names of the catalogue */
    uint64_t answered;
    uint64_t retransmitted;
    int64_t first_time;
    int64_t last_time; /* of the last query */
    int64_t last_answer_time;
    uint64_t first_packet;
    uint64_t no_errors; /* answers by response code (RFC 1035 section 4.1.1) */
    uint64_t name_errors; /* NXDOMAIN */
    uint64_t server_failures; /* SERVFAIL */
    uint64_t refusals; /* REFUSED */
    uint64_t other_errors;
    int64_t fastest_answer; /* nanoseconds; DIFFERENCE_NONE: no answer seen */
    uint8_t ttl_lowest; /* the IP headers' of its answers; 0: none */
    uint8_t ttl_highest;
};

/* How the IP identifications of one sender's packets follow one another. */
enum identification_habit {
    IDENTIFICATION_UNKNOWN, /* IPv6, or too few packets to tell */
    IDENTIFICATION_ZERO,
    IDENTIFICATION_CONSTANT,
    IDENTIFICATION_COUNTING, /* small steps upwards */
    IDENTIFICATION_SCATTERED
};

/* What the packets in one endpoint's name look like: a packet that looks another
 * way was made by somebody else. RSTs are left out, as they are the suspects. */
struct sender_marks {
    uint8_t ttl_lowest; /* 0: no packet */
    uint8_t ttl_highest;
    enum identification_habit identification;
    uint8_t dscp; /* of its first packet (RFC 2474) */
    uint16_t syn_window; /* of its SYN or SYN/ACK; 0: not seen */
    const char *syn_options; /* in their order, as "M1460,N,W6,T,S,E"; NULL: not seen */
};

/* Names that do not go through the resolver's port 53. */
enum name_privacy {
    NAMES_OPEN,
    NAMES_DOT, /* DNS over TLS, RFC 7858 */
    NAMES_DOH, /* DNS over HTTPS, RFC 8484 */
    NAMES_DOQ, /* DNS over QUIC, RFC 9250 */
    NAMES_RELAY /* iCloud Private Relay */
};

/* One TCP connection or UDP conversation. */
struct fact_flow {
    uint64_t id; /* from 1 within the run */
    struct endpoint client;
    struct endpoint server;
    uint8_t transport; /* enum transport */
    uint16_t vlan; /* 0: none */
    const char *process; /* whose socket it was on the capturing machine; NULL: not told */
    int64_t first_time;
    int64_t last_time;
    uint64_t first_packet;
    uint64_t last_packet;
    uint64_t client_packets;
    uint64_t server_packets;
    uint64_t client_bytes; /* transport payload, without retransmissions */
    uint64_t server_bytes;
    const char *server_name; /* what the client named in clear: SNI, CONNECT */
    const char *resolved_name; /* what this client had resolved to reach the address */
    const char *protocol; /* "tls", "dns", ... or nDPI's word */
    uint16_t tunnel_port; /* the client asked a proxy to CONNECT to server_name there; 0: no */
    uint16_t tunnel_status; /* what the proxy answered last (HTTP status); 0: nothing */
    enum flow_outcome outcome;
    bool midstream; /* the capture has not its beginning */
    const char *history; /* letters as in Zeek's conn.log */
    uint32_t syns; /* the client's, retransmissions included */
    int64_t first_syn_time;
    int64_t last_syn_time;
    int64_t syn_ack_time;
    bool begins_with_syn; /* the first packet is the client's */
    uint64_t syn_ack_packet; /* the server's first packet; PACKET_NONE: that is another */
    int64_t client_last_time; /* last packet of each side */
    int64_t server_last_time;
    uint32_t client_retransmissions;
    uint32_t server_retransmissions;
    uint8_t client_ttl; /* of the side's first packet; 0: none seen */
    uint8_t server_ttl;
    struct sender_marks client_marks;
    struct sender_marks server_marks;
    enum name_privacy name_privacy;
    enum party reset_by; /* by the RST's source address */
    enum reset_stage reset_stage;
    int64_t reset_time;
    uint64_t reset_packet;
    uint8_t reset_ttl;
    uint16_t reset_identification; /* its IP identification */
    uint16_t reset_window;
    uint8_t resets; /* RSTs in the name of the same side */
    bool reset_foreign_mac; /* another station sent it than the side's other packets */
    int64_t reset_gap; /* nanoseconds after the packet before it, of either side */
    int64_t reset_offset; /* bytes: its sequence less the one its side would use next */
    bool server_after_reset; /* the server went on after a RST in its name, by bytes beyond
                              * it, or long after it */
    bool has_icmp; /* an ICMP error quoted a packet of the client's */
    uint8_t icmp_type;
    uint8_t icmp_code;
    struct address icmp_sender;
    uint8_t icmp_ttl;
    int64_t icmp_time;
    uint64_t icmp_packet;
    uint32_t path_mtu; /* bytes: the smallest that "too big" messages named; 0: none came */
    struct address path_mtu_sender;
    uint64_t path_mtu_packet;
    int64_t path_mtu_time;
    uint32_t client_missing; /* segments that were acknowledged, and the capture lacks */
    uint32_t server_missing;
    int64_t missing_time; /* of the first acknowledgment of such; TIMESTAMP_NONE: none */
    uint64_t missing_packet;
};

enum event_kind {
    EVENT_SYN,
    EVENT_SYN_ACK,
    EVENT_REQUEST, /* a UDP datagram of the client's, the first few */
    EVENT_RESET,
    EVENT_ICMP_ERROR,
    EVENT_TUNNEL_REQUEST, /* the packet that completed a CONNECT's head */
    EVENT_TUNNEL_ANSWER /* the proxy's, that completed its answer's head */
};

/* One packet of a flow that a verdict may have to show. */
struct fact_event {
    uint64_t flow;
    enum event_kind kind;
    int64_t time;
    uint64_t packet;
    enum party from;
    struct address sender;
    uint8_t ttl;
    uint16_t ip_identification;
    uint32_t sequence; /* TCP, absolute */
    uint32_t acknowledgment;
    uint16_t window;
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint32_t mtu; /* bytes, where the ICMP error names one */
    const char *process; /* the flow's, of the client's packets; NULL: not told */
};

/* A kind of layer that may hide IP packets, and that is not read. */
struct fact_layer {
    const char *name; /* "802.11 protected", "EtherType 0x8903" */
    uint64_t packets;
    int64_t first_time;
    uint64_t first_packet;
};

/* What one source delivered within one minute, and what it could not. */
struct fact_minute {
    uint32_t source;
    int64_t time; /* the minute's beginning */
    uint64_t packets;
    uint64_t bytes; /* on the wire */
    uint64_t dropped; /* by the kernel or the network card, as they say */
};

/* What the whole run saw, for the capture's own condition. */
struct fact_totals {
    uint64_t packets;
    uint64_t flows;
    uint64_t apple_flows;
    uint64_t midstream_flows;
    uint64_t evicted_flows; /* lost to the memory cap before their end */
    uint64_t two_sided_tcp; /* TCP flows in which both sides were seen */
    uint64_t client_only_tcp; /* progressed (more than SYNs), only the client seen */
    uint64_t server_only_tcp;
    uint64_t fragments_dropped;
    uint64_t stream_gaps; /* TCP directions whose bytes the capture lacks */
    uint64_t unread_packets; /* not IP, or IP inside a layer that is not read */
    uint64_t certificates_dropped; /* distinct ones beyond the limit of a run */
    uint64_t hosts_dropped; /* packets and flows of hosts beyond the limit of a run */
    uint64_t flows_untold; /* that came to nothing, beyond their client's share */
    uint64_t questions_untold; /* the same of questions to resolvers, or given up early */
    uint64_t streams_dropped; /* given up with unread bytes, for want of room */
    uint64_t facts_dropped; /* a database in memory was full */
    uint64_t leases_untold; /* DHCP exchanges and advertisements beyond the limit of a run */
    uint64_t resolvers_dropped; /* messages of clients with resolvers that are not counted */
    uint64_t answers_untold; /* packets that answered a SYN: of more clients than have places */
    uint64_t requests_untold; /* of HTTP: repeats of some that had no answer either */
    uint64_t data_segments; /* TCP: with data, SYN or FIN, repeated ones too */
    uint64_t missing_segments; /* of flows with both sides: acknowledged, not captured */
    uint64_t missing_flows; /* that lack any of these */
    int64_t missing_first_time; /* of the acknowledgments; valid where there are any */
    int64_t missing_last_time;
    uint64_t missing_packet; /* the first of them */
    uint64_t overtaken_segments; /* shown after their acknowledgment */
    uint64_t merged_segments; /* larger than their receiver takes: the card joined several */
    uint64_t unfinished_checksums; /* left to the card: captured on the sending machine */
    uint64_t clock_jumps; /* of the capturing clock: backwards, or against both ends' own */
    int64_t clock_jump; /* nanoseconds, the largest; negative: backwards */
    uint64_t clock_jump_packet; /* the first packet after it */
    int64_t one_sided_first_time; /* of the one-sided TCP flows; valid where there are any */
    int64_t one_sided_last_time;
};

struct fact {
    enum fact_kind kind;
    union {
        struct fact_source source;
        struct fact_host host;
        struct fact_resolver resolver;
        struct fact_flow flow;
        struct fact_event event;
        struct fact_dns dns;
        struct fact_tls tls;
        struct fact_certificate certificate;
        struct fact_http http;
        struct fact_apns apns;
        struct fact_ntp ntp;
        struct fact_lease lease;
        struct fact_place place;
        struct fact_minute minute;
        struct fact_layer layer;
        struct fact_totals totals;
    } as;
};

/* Receives facts; false means that it cannot take more (a full disk, say), and
 * the observing half stops. */
struct fact_sink {
    bool (*take)(void *owner, const struct fact *fact);
    void *owner;
};

#endif
