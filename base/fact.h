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
    FACT_NTP,
    FACT_TOTALS
};

/* Transport numbers as IANA assigns them. */
enum transport { TRANSPORT_ICMP = 1, TRANSPORT_TCP = 6, TRANSPORT_UDP = 17, TRANSPORT_ICMPV6 = 58 };

/* Who did it: the flow's client, its server, or somebody else on the path. */
enum party { PARTY_NONE, PARTY_CLIENT, PARTY_SERVER, PARTY_OTHER };

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
    const char *link_type; /* libpcap's name, as EN10MB */
    uint64_t packets;
    uint64_t bytes; /* on the wire, before any snapshot length */
    int64_t first_time;
    int64_t last_time;
    uint64_t undecoded_packets;
    uint64_t truncated_packets;
    uint64_t duplicate_packets;
    int64_t dropped_packets; /* -1: not known */
    bool cut_short; /* the file ends in the middle of a packet */
};

/* A host that opened connections or asked a resolver.  `other_*` counts what
 * has nothing to do with Apple: the control group. */
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
    int64_t last_received_time;
    uint64_t unread_errors; /* ICMP errors to it whose quotation the capture cut */
};

/* All that one client asked one resolver, Apple's names or not. */
struct fact_resolver {
    struct address client;
    struct address resolver;
    uint64_t queries; /* distinct transactions */
    uint64_t answered;
    uint64_t retransmitted;
    int64_t first_time;
    int64_t last_time; /* of the last query */
    int64_t last_answer_time;
    uint64_t first_packet;
};

/* One TCP connection or UDP conversation. */
struct fact_flow {
    uint64_t id; /* from 1 within the run */
    struct endpoint client;
    struct endpoint server;
    uint8_t transport; /* enum transport */
    uint16_t vlan; /* 0: none */
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
    int64_t client_last_time; /* last packet of each side */
    int64_t server_last_time;
    uint32_t client_retransmissions;
    uint32_t server_retransmissions;
    uint8_t client_ttl; /* of the side's first packet; 0: none seen */
    uint8_t server_ttl;
    enum party reset_by; /* by the RST's source address */
    enum reset_stage reset_stage;
    int64_t reset_time;
    uint64_t reset_packet;
    uint8_t reset_ttl;
    bool server_after_reset; /* the server went on sending after a RST in its name */
    bool has_icmp; /* an ICMP error quoted a packet of the client's */
    uint8_t icmp_type;
    uint8_t icmp_code;
    struct address icmp_sender;
    uint8_t icmp_ttl;
    int64_t icmp_time;
    uint64_t icmp_packet;
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
};

enum dns_section { DNS_ANSWER = 1, DNS_AUTHORITY = 2, DNS_ADDITIONAL = 3 };

/* RFC 1035 section 3.2.1; names in lower case without the last dot. */
struct dns_record {
    enum dns_section section;
    const char *owner;
    uint16_t type;
    uint32_t ttl;
    const char *data; /* text: an address, a target name, SOA's mname and rname, ... */
    struct address address; /* of A and AAAA; none otherwise */
};

/* One DNS transaction: a query, its retransmissions, and its answer if any. */
struct fact_dns {
    uint64_t id; /* from 1 within the run */
    struct endpoint client;
    struct endpoint resolver;
    uint8_t transport;
    const char *name; /* as asked, lower case */
    uint16_t type;
    int64_t query_time; /* TIMESTAMP_NONE: the query was not captured */
    uint64_t query_packet;
    uint32_t queries; /* retransmissions included */
    int64_t last_query_time;
    uint64_t last_query_packet;
    bool answered;
    int64_t answer_time;
    uint64_t answer_packet;
    uint8_t answer_ttl; /* the IP header's */
    uint8_t rcode;
    bool authoritative;
    bool truncated;
    bool malformed; /* the answer broke off or lied about its lengths */
    const struct dns_record *records;
    size_t record_count;
};

/* One TLS handshake as far as it is in clear. */
struct fact_tls {
    uint64_t flow;
    int64_t client_hello_time;
    uint64_t client_hello_packet; /* the packet that completed it */
    const char *server_name;
    const char *client_alpn; /* offered, comma-separated */
    uint16_t client_version; /* the highest offered */
    uint32_t client_hello_bytes;
    int64_t server_hello_time;
    uint64_t server_hello_packet;
    uint16_t server_version; /* negotiated; 0: no ServerHello seen */
    uint16_t cipher;
    const char *server_alpn;
    enum party alert_from; /* an alert in clear */
    uint8_t alert;
    uint64_t alert_packet;
    int64_t alert_time;
    uint64_t client_data_records; /* application data after the handshake, as far as followed */
    uint64_t server_data_records;
};

/* One NTP request and its answer if any (RFC 5905). */
struct fact_ntp {
    uint64_t flow;
    struct endpoint client;
    struct endpoint server;
    int64_t request_time;
    uint64_t request_packet;
    uint8_t version;
    bool answered;
    int64_t answer_time;
    uint64_t answer_packet;
    uint8_t leap;
    uint8_t stratum;
    uint8_t reference[4]; /* kiss code where the stratum is 0 */
    int64_t server_receive_time; /* as the server says, same epoch as packets */
    int64_t server_transmit_time;
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
        struct fact_ntp ntp;
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
