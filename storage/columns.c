/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which column of which table holds which field of a fact?  The tables of
 * storage/columns.h, column by column, and the words of their enums.
 */
#include "storage/columns.h"

#include <assert.h>
#include <string.h>

#include "base/fact.h"

static_assert((unsigned)TABLE_SOURCE == (unsigned)FACT_SOURCE &&
                  (unsigned)TABLE_TOTALS == (unsigned)FACT_TOTALS,
              "a fact's kind is its table");

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define SIZE_OF(type, member) sizeof(((struct type *)0)->member)

/* A column of the row itself. */
#define ROW(name, kind)                                                                            \
    {                                                                                              \
        name, kind, 0, 0, 0, false, NULL                                                           \
    }
/* Always written. */
#define FIELD(name, kind, type, member)                                                            \
    {                                                                                              \
        name, kind, offsetof(struct type, member), 0, 0, false, NULL                               \
    }
/* 0 means unknown or none: NULL. */
#define NONZERO(name, kind, type, member)                                                          \
    {                                                                                              \
        name, kind, offsetof(struct type, member), offsetof(struct type, member),                  \
            SIZE_OF(type, member), false, NULL                                                     \
    }
/* NULL unless another field, `needed`, is set. */
#define WITH(name, kind, type, member, needed)                                                     \
    {                                                                                              \
        name, kind, offsetof(struct type, member), offsetof(struct type, needed),                  \
            SIZE_OF(type, needed), false, NULL                                                     \
    }
/* The bool `shown` has no column of its own: it is true where this one has a value. */
#define SHOWS(name, kind, type, member, shown)                                                     \
    {                                                                                              \
        name, kind, offsetof(struct type, member), offsetof(struct type, shown),                   \
            SIZE_OF(type, shown), true, NULL                                                       \
    }
#define WORD(name, type, member, list)                                                             \
    {                                                                                              \
        name, COLUMN_WORD, offsetof(struct type, member), 0, 0, false, &(list)                     \
    }
/* A packet that is not the row's first. */
#define LATER_PACKET(name, type, member)                                                           \
    FIELD(name, COLUMN_PACKET, type, member),                                                      \
        FIELD(name "_source", COLUMN_PACKET_SOURCE, type, member)

static const char *const outcome_names[] = {
    [OUTCOME_UNKNOWN] = "unknown",   [OUTCOME_SILENT] = "silent",     [OUTCOME_REFUSED] = "refused",
    [OUTCOME_REJECTED] = "rejected", [OUTCOME_ANSWERED] = "answered", [OUTCOME_CLOSED] = "closed",
    [OUTCOME_RESET] = "reset",
};
static const char *const stage_names[] = {
    [RESET_STAGE_NONE] = NULL,
    [RESET_STAGE_SYN] = "syn",
    [RESET_STAGE_OPENED] = "opened",
    [RESET_STAGE_AFTER_CLIENT_HELLO] = "after-client-hello",
    [RESET_STAGE_HANDSHAKE] = "handshake",
    [RESET_STAGE_ESTABLISHED] = "established",
    [RESET_STAGE_CLOSING] = "closing",
};
static const char *const party_names[] = {
    [PARTY_NONE] = NULL,
    [PARTY_CLIENT] = "client",
    [PARTY_SERVER] = "server",
    [PARTY_OTHER] = "other",
};
static const char *const event_names[] = {
    [EVENT_SYN] = "syn",
    [EVENT_SYN_ACK] = "syn-ack",
    [EVENT_REQUEST] = "request",
    [EVENT_RESET] = "reset",
    [EVENT_ICMP_ERROR] = "icmp-error",
    [EVENT_TUNNEL_REQUEST] = "tunnel-request",
    [EVENT_TUNNEL_ANSWER] = "tunnel-answer",
};
static const char *const section_names[] = {
    [DNS_ANSWER] = "answer",
    [DNS_AUTHORITY] = "authority",
    [DNS_ADDITIONAL] = "additional",
};

static const struct words outcomes = {outcome_names, COUNT_OF(outcome_names), OUTCOME_UNKNOWN};
static const struct words stages = {stage_names, COUNT_OF(stage_names), RESET_STAGE_NONE};
static const struct words parties = {party_names, COUNT_OF(party_names), PARTY_NONE};
/* These two have no value for "unknown": the one that proves least stands in. */
static const struct words events = {event_names, COUNT_OF(event_names), EVENT_REQUEST};
static const struct words sections = {section_names, COUNT_OF(section_names), DNS_ADDITIONAL};

static const struct column source_columns[] = {
    FIELD("id", COLUMN_SOURCE_NUMBER, fact_source, id),
    ROW("run", COLUMN_RUN),
    FIELD("name", COLUMN_TEXT, fact_source, name),
    FIELD("link_type", COLUMN_TEXT, fact_source, link_type),
    FIELD("packets", COLUMN_U64, fact_source, packets),
    FIELD("bytes", COLUMN_U64, fact_source, bytes),
    FIELD("first_time", COLUMN_TIME, fact_source, first_time),
    FIELD("last_time", COLUMN_TIME, fact_source, last_time),
    FIELD("undecoded_packets", COLUMN_U64, fact_source, undecoded_packets),
    FIELD("truncated_packets", COLUMN_U64, fact_source, truncated_packets),
    FIELD("duplicate_packets", COLUMN_U64, fact_source, duplicate_packets),
    FIELD("dropped_packets", COLUMN_COUNT_OR_UNKNOWN, fact_source, dropped_packets),
    FIELD("cut_short", COLUMN_BOOL, fact_source, cut_short),
};

static const struct column host_columns[] = {
    ROW("run", COLUMN_RUN),
    FIELD("address", COLUMN_KEY_ADDRESS, fact_host, address),
    SHOWS("mac", COLUMN_MAC, fact_host, mac, has_mac),
    FIELD("first_time", COLUMN_TIME, fact_host, first_time),
    FIELD("last_time", COLUMN_TIME, fact_host, last_time),
    FIELD("packets_sent", COLUMN_U64, fact_host, packets_sent),
    FIELD("packets_received", COLUMN_U64, fact_host, packets_received),
    FIELD("other_tcp_opened", COLUMN_U64, fact_host, other_tcp_opened),
    FIELD("other_tcp_answered", COLUMN_U64, fact_host, other_tcp_answered),
    FIELD("other_tcp_silent", COLUMN_U64, fact_host, other_tcp_silent),
    FIELD("other_tcp_refused", COLUMN_U64, fact_host, other_tcp_refused),
    FIELD("one_sided_sent", COLUMN_U64, fact_host, one_sided_sent),
    FIELD("one_sided_received", COLUMN_U64, fact_host, one_sided_received),
    FIELD("last_received_time", COLUMN_TIME, fact_host, last_received_time),
    FIELD("unread_errors", COLUMN_U64, fact_host, unread_errors),
};

static const struct column resolver_columns[] = {
    ROW("run", COLUMN_RUN),
    FIELD("client_address", COLUMN_KEY_ADDRESS, fact_resolver, client),
    FIELD("resolver_address", COLUMN_KEY_ADDRESS, fact_resolver, resolver),
    FIELD("queries", COLUMN_U64, fact_resolver, queries),
    FIELD("answered", COLUMN_U64, fact_resolver, answered),
    FIELD("retransmitted", COLUMN_U64, fact_resolver, retransmitted),
    FIELD("first_time", COLUMN_TIME, fact_resolver, first_time),
    FIELD("last_time", COLUMN_TIME, fact_resolver, last_time),
    FIELD("last_answer_time", COLUMN_TIME, fact_resolver, last_answer_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_resolver, first_packet),
    FIELD("first_packet", COLUMN_PACKET, fact_resolver, first_packet),
};

static const struct column flow_columns[] = {
    FIELD("id", COLUMN_FLOW_NUMBER, fact_flow, id),
    ROW("run", COLUMN_RUN),
    FIELD("client_address", COLUMN_ADDRESS, fact_flow, client.address),
    FIELD("client_port", COLUMN_U16, fact_flow, client.port),
    FIELD("server_address", COLUMN_ADDRESS, fact_flow, server.address),
    FIELD("server_port", COLUMN_U16, fact_flow, server.port),
    FIELD("transport", COLUMN_TRANSPORT, fact_flow, transport),
    NONZERO("vlan", COLUMN_U16, fact_flow, vlan),
    FIELD("server_name", COLUMN_TEXT, fact_flow, server_name),
    FIELD("resolved_name", COLUMN_TEXT, fact_flow, resolved_name),
    FIELD("protocol", COLUMN_TEXT, fact_flow, protocol),
    NONZERO("tunnel_port", COLUMN_U16, fact_flow, tunnel_port),
    NONZERO("tunnel_status", COLUMN_U16, fact_flow, tunnel_status),
    FIELD("first_time", COLUMN_TIME, fact_flow, first_time),
    FIELD("last_time", COLUMN_TIME, fact_flow, last_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_flow, first_packet),
    FIELD("first_packet", COLUMN_PACKET, fact_flow, first_packet),
    LATER_PACKET("last_packet", fact_flow, last_packet),
    FIELD("client_packets", COLUMN_U64, fact_flow, client_packets),
    FIELD("server_packets", COLUMN_U64, fact_flow, server_packets),
    FIELD("client_bytes", COLUMN_U64, fact_flow, client_bytes),
    FIELD("server_bytes", COLUMN_U64, fact_flow, server_bytes),
    FIELD("client_last_time", COLUMN_TIME, fact_flow, client_last_time),
    FIELD("server_last_time", COLUMN_TIME, fact_flow, server_last_time),
    FIELD("client_retransmissions", COLUMN_U32, fact_flow, client_retransmissions),
    FIELD("server_retransmissions", COLUMN_U32, fact_flow, server_retransmissions),
    NONZERO("client_ttl", COLUMN_U8, fact_flow, client_ttl),
    NONZERO("server_ttl", COLUMN_U8, fact_flow, server_ttl),
    WORD("outcome", fact_flow, outcome, outcomes),
    FIELD("midstream", COLUMN_BOOL, fact_flow, midstream),
    FIELD("history", COLUMN_TEXT, fact_flow, history),
    FIELD("syns", COLUMN_U32, fact_flow, syns),
    FIELD("first_syn_time", COLUMN_TIME, fact_flow, first_syn_time),
    FIELD("last_syn_time", COLUMN_TIME, fact_flow, last_syn_time),
    FIELD("syn_ack_time", COLUMN_TIME, fact_flow, syn_ack_time),
    WORD("reset_by", fact_flow, reset_by, parties),
    WORD("reset_stage", fact_flow, reset_stage, stages),
    FIELD("reset_time", COLUMN_TIME, fact_flow, reset_time),
    LATER_PACKET("reset_packet", fact_flow, reset_packet),
    NONZERO("reset_ttl", COLUMN_U8, fact_flow, reset_ttl),
    FIELD("server_after_reset", COLUMN_BOOL, fact_flow, server_after_reset),
    SHOWS("icmp_type", COLUMN_U8, fact_flow, icmp_type, has_icmp),
    WITH("icmp_code", COLUMN_U8, fact_flow, icmp_code, has_icmp),
    FIELD("icmp_sender", COLUMN_ADDRESS, fact_flow, icmp_sender),
    NONZERO("icmp_ttl", COLUMN_U8, fact_flow, icmp_ttl),
    FIELD("icmp_time", COLUMN_TIME, fact_flow, icmp_time),
    LATER_PACKET("icmp_packet", fact_flow, icmp_packet),
};

static const struct column event_columns[] = {
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_event, flow),
    WORD("kind", fact_event, kind, events),
    FIELD("packet_time", COLUMN_TIME, fact_event, time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_event, packet),
    FIELD("packet", COLUMN_PACKET, fact_event, packet),
    WORD("sent_by", fact_event, from, parties),
    FIELD("sender_address", COLUMN_ADDRESS, fact_event, sender),
    NONZERO("ttl", COLUMN_U8, fact_event, ttl),
    FIELD("ip_identification", COLUMN_U16, fact_event, ip_identification),
    FIELD("tcp_sequence", COLUMN_U32, fact_event, sequence),
    FIELD("tcp_acknowledgment", COLUMN_U32, fact_event, acknowledgment),
    FIELD("tcp_window", COLUMN_U16, fact_event, window),
    NONZERO("icmp_type", COLUMN_U8, fact_event, icmp_type),
    NONZERO("icmp_code", COLUMN_U8, fact_event, icmp_code),
};

static const struct column dns_columns[] = {
    FIELD("id", COLUMN_DNS_NUMBER, fact_dns, id),
    ROW("run", COLUMN_RUN),
    FIELD("client_address", COLUMN_ADDRESS, fact_dns, client.address),
    FIELD("client_port", COLUMN_U16, fact_dns, client.port),
    FIELD("resolver_address", COLUMN_ADDRESS, fact_dns, resolver.address),
    FIELD("resolver_port", COLUMN_U16, fact_dns, resolver.port),
    FIELD("transport", COLUMN_TRANSPORT, fact_dns, transport),
    FIELD("name", COLUMN_TEXT, fact_dns, name),
    FIELD("type", COLUMN_U16, fact_dns, type),
    FIELD("query_time", COLUMN_TIME, fact_dns, query_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_dns, query_packet),
    FIELD("query_packet", COLUMN_PACKET, fact_dns, query_packet),
    FIELD("queries", COLUMN_U32, fact_dns, queries),
    FIELD("last_query_time", COLUMN_TIME, fact_dns, last_query_time),
    LATER_PACKET("last_query_packet", fact_dns, last_query_packet),
    FIELD("answered", COLUMN_BOOL, fact_dns, answered),
    FIELD("answer_time", COLUMN_TIME, fact_dns, answer_time),
    LATER_PACKET("answer_packet", fact_dns, answer_packet),
    NONZERO("answer_ttl", COLUMN_U8, fact_dns, answer_ttl),
    WITH("rcode", COLUMN_U8, fact_dns, rcode, answered),
    WITH("authoritative", COLUMN_BOOL, fact_dns, authoritative, answered),
    WITH("truncated", COLUMN_BOOL, fact_dns, truncated, answered),
    WITH("malformed", COLUMN_BOOL, fact_dns, malformed, answered),
};

static const struct column dns_record_columns[] = {
    ROW("dns", COLUMN_RECORD_DNS),
    ROW("position", COLUMN_RECORD_POSITION),
    WORD("section", dns_record, section, sections),
    FIELD("owner", COLUMN_TEXT, dns_record, owner),
    FIELD("type", COLUMN_U16, dns_record, type),
    FIELD("ttl", COLUMN_U32, dns_record, ttl),
    FIELD("data", COLUMN_TEXT, dns_record, data),
    FIELD("address", COLUMN_ADDRESS, dns_record, address),
};

static const struct column tls_columns[] = {
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_tls, flow),
    FIELD("client_hello_time", COLUMN_TIME, fact_tls, client_hello_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_tls, client_hello_packet),
    FIELD("client_hello_packet", COLUMN_PACKET, fact_tls, client_hello_packet),
    FIELD("server_name", COLUMN_TEXT, fact_tls, server_name),
    FIELD("client_alpn", COLUMN_TEXT, fact_tls, client_alpn),
    NONZERO("client_version", COLUMN_U16, fact_tls, client_version),
    FIELD("client_hello_bytes", COLUMN_U32, fact_tls, client_hello_bytes),
    FIELD("server_hello_time", COLUMN_TIME, fact_tls, server_hello_time),
    LATER_PACKET("server_hello_packet", fact_tls, server_hello_packet),
    NONZERO("server_version", COLUMN_U16, fact_tls, server_version),
    NONZERO("cipher", COLUMN_U16, fact_tls, cipher),
    FIELD("server_alpn", COLUMN_TEXT, fact_tls, server_alpn),
    WORD("alert_from", fact_tls, alert_from, parties),
    WITH("alert", COLUMN_U8, fact_tls, alert, alert_from), /* 0 is close_notify */
    LATER_PACKET("alert_packet", fact_tls, alert_packet),
    FIELD("alert_time", COLUMN_TIME, fact_tls, alert_time),
    FIELD("client_data_records", COLUMN_U64, fact_tls, client_data_records),
    FIELD("server_data_records", COLUMN_U64, fact_tls, server_data_records),
};

static const struct column ntp_columns[] = {
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_ntp, flow),
    FIELD("client_address", COLUMN_ADDRESS, fact_ntp, client.address),
    FIELD("client_port", COLUMN_U16, fact_ntp, client.port),
    FIELD("server_address", COLUMN_ADDRESS, fact_ntp, server.address),
    FIELD("server_port", COLUMN_U16, fact_ntp, server.port),
    FIELD("request_time", COLUMN_TIME, fact_ntp, request_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_ntp, request_packet),
    FIELD("request_packet", COLUMN_PACKET, fact_ntp, request_packet),
    FIELD("version", COLUMN_U8, fact_ntp, version),
    FIELD("answered", COLUMN_BOOL, fact_ntp, answered),
    FIELD("answer_time", COLUMN_TIME, fact_ntp, answer_time),
    LATER_PACKET("answer_packet", fact_ntp, answer_packet),
    WITH("leap", COLUMN_U8, fact_ntp, leap, answered),
    WITH("stratum", COLUMN_U8, fact_ntp, stratum, answered),
    WITH("reference", COLUMN_REFERENCE, fact_ntp, reference, answered),
    FIELD("server_receive_time", COLUMN_TIME, fact_ntp, server_receive_time),
    FIELD("server_transmit_time", COLUMN_TIME, fact_ntp, server_transmit_time),
};

static const struct column totals_columns[] = {
    ROW("run", COLUMN_RUN),
    FIELD("packets", COLUMN_U64, fact_totals, packets),
    FIELD("flows", COLUMN_U64, fact_totals, flows),
    FIELD("apple_flows", COLUMN_U64, fact_totals, apple_flows),
    FIELD("midstream_flows", COLUMN_U64, fact_totals, midstream_flows),
    FIELD("evicted_flows", COLUMN_U64, fact_totals, evicted_flows),
    FIELD("two_sided_tcp", COLUMN_U64, fact_totals, two_sided_tcp),
    FIELD("client_only_tcp", COLUMN_U64, fact_totals, client_only_tcp),
    FIELD("server_only_tcp", COLUMN_U64, fact_totals, server_only_tcp),
    FIELD("fragments_dropped", COLUMN_U64, fact_totals, fragments_dropped),
    FIELD("stream_gaps", COLUMN_U64, fact_totals, stream_gaps),
    FIELD("unread_packets", COLUMN_U64, fact_totals, unread_packets),
};

#define TABLE(name, columns)                                                                       \
    {                                                                                              \
        name, columns, COUNT_OF(columns)                                                           \
    }

static const struct table_columns tables[TABLE_COUNT] = {
    [TABLE_SOURCE] = TABLE("source", source_columns),
    [TABLE_HOST] = TABLE("host", host_columns),
    [TABLE_RESOLVER] = TABLE("resolver", resolver_columns),
    [TABLE_FLOW] = TABLE("flow", flow_columns),
    [TABLE_EVENT] = TABLE("event", event_columns),
    [TABLE_DNS] = TABLE("dns", dns_columns),
    [TABLE_TLS] = TABLE("tls", tls_columns),
    [TABLE_NTP] = TABLE("ntp", ntp_columns),
    [TABLE_TOTALS] = TABLE("totals", totals_columns),
    [TABLE_DNS_RECORD] = TABLE("dns_record", dns_record_columns),
};

const struct table_columns *table_columns(enum table table)
{
    return &tables[table];
}

const char *words_name(const struct words *words, unsigned value)
{
    return words->names[value < words->count ? value : words->fallback];
}

unsigned words_value(const struct words *words, const char *name)
{
    for (unsigned value = 0; name != NULL && value < words->count; value++) {
        if (words->names[value] != NULL && strcmp(words->names[value], name) == 0)
            return value;
    }
    return words->fallback;
}

static const struct transport_word {
    uint8_t transport;
    const char *name;
} transport_words[] = {
    {TRANSPORT_TCP, "tcp"},
    {TRANSPORT_UDP, "udp"},
    {TRANSPORT_ICMP, "icmp"},
    {TRANSPORT_ICMPV6, "icmpv6"},
};

const char *transport_name(uint8_t transport)
{
    for (size_t i = 0; i < COUNT_OF(transport_words); i++) {
        if (transport_words[i].transport == transport)
            return transport_words[i].name;
    }
    return NULL;
}

uint8_t transport_value(const char *name)
{
    unsigned value = 0;

    for (size_t i = 0; i < COUNT_OF(transport_words); i++) {
        if (strcmp(transport_words[i].name, name) == 0)
            return transport_words[i].transport;
    }
    for (const char *digit = name; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || value > UINT8_MAX)
            return 0;
        value = value * 10 + (unsigned)(*digit - '0');
    }
    return value <= UINT8_MAX ? (uint8_t)value : 0;
}
