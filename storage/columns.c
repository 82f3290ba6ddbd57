/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which column of which table holds which field of a fact?  The tables of
 * storage/columns.h, column by column.
 */
#include "storage/columns.h"

#include <assert.h>

#include "base/fact.h"
#include "storage/enum_words.h"

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

/* Who asked whom. */
#define ENDPOINTS(type)                                                                            \
    FIELD("client_address", COLUMN_ADDRESS, type, client.address),                                 \
        FIELD("client_port", COLUMN_U16, type, client.port),                                       \
        FIELD("server_address", COLUMN_ADDRESS, type, server.address),                             \
        FIELD("server_port", COLUMN_U16, type, server.port)

/* What one side's packets look like. */
#define MARKS(side)                                                                                \
    NONZERO(#side "_ttl_lowest", COLUMN_U8, fact_flow, side##_marks.ttl_lowest),                   \
        NONZERO(#side "_ttl_highest", COLUMN_U8, fact_flow, side##_marks.ttl_highest),             \
        WORD(#side "_identification", fact_flow, side##_marks.identification,                      \
             identification_words),                                                                \
        WITH(#side "_dscp", COLUMN_U8, fact_flow, side##_marks.dscp, side##_marks.ttl_highest),    \
        NONZERO(#side "_syn_window", COLUMN_U16, fact_flow, side##_marks.syn_window),              \
        FIELD(#side "_syn_options", COLUMN_TEXT, fact_flow, side##_marks.syn_options)

static const struct column source_columns[] = {
    FIELD("id", COLUMN_SOURCE_NUMBER, fact_source, id),
    ROW("run", COLUMN_RUN),
    FIELD("name", COLUMN_TEXT, fact_source, name),
    FIELD("path", COLUMN_TEXT, fact_source, path),
    FIELD("content", COLUMN_TEXT, fact_source, content),
    FIELD("link_type", COLUMN_TEXT, fact_source, link_type),
    FIELD("interfaces", COLUMN_TEXT, fact_source, interfaces),
    FIELD("comment", COLUMN_TEXT, fact_source, comment),
    FIELD("packets", COLUMN_U64, fact_source, packets),
    FIELD("bytes", COLUMN_U64, fact_source, bytes),
    FIELD("first_time", COLUMN_TIME, fact_source, first_time),
    FIELD("last_time", COLUMN_TIME, fact_source, last_time),
    FIELD("undecoded_packets", COLUMN_U64, fact_source, undecoded_packets),
    FIELD("truncated_packets", COLUMN_U64, fact_source, truncated_packets),
    FIELD("duplicate_packets", COLUMN_U64, fact_source, duplicate_packets),
    FIELD("duplicates_tagged", COLUMN_U64, fact_source, duplicates_tagged),
    FIELD("duplicates_routed", COLUMN_U64, fact_source, duplicates_routed),
    FIELD("duplicates_translated", COLUMN_U64, fact_source, duplicates_translated),
    FIELD("dropped_packets", COLUMN_COUNT_OR_UNKNOWN, fact_source, dropped_packets),
    FIELD("cut_short", COLUMN_BOOL, fact_source, cut_short),
    FIELD("evidence_folder", COLUMN_TEXT, fact_source, evidence_folder),
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
    FIELD("first_received_time", COLUMN_TIME, fact_host, first_received_time),
    FIELD("last_received_time", COLUMN_TIME, fact_host, last_received_time),
    FIELD("unread_errors", COLUMN_U64, fact_host, unread_errors),
    FIELD("missing_segments", COLUMN_U64, fact_host, missing_segments),
    FIELD("other_start", COLUMN_TIME, fact_host, other_start),
    FIELD("other_span", COLUMN_U64, fact_host, other_span),
    FIELD("other_times", COLUMN_TEXT, fact_host, other_times),
};

static const struct column resolver_columns[] = {
    ROW("run", COLUMN_RUN),
    FIELD("client_address", COLUMN_KEY_ADDRESS, fact_resolver, client),
    FIELD("resolver_address", COLUMN_KEY_ADDRESS, fact_resolver, resolver),
    FIELD("queries", COLUMN_U64, fact_resolver, queries),
    FIELD("apple_queries", COLUMN_U64, fact_resolver, apple_queries),
    FIELD("answered", COLUMN_U64, fact_resolver, answered),
    FIELD("retransmitted", COLUMN_U64, fact_resolver, retransmitted),
    FIELD("first_time", COLUMN_TIME, fact_resolver, first_time),
    FIELD("last_time", COLUMN_TIME, fact_resolver, last_time),
    FIELD("last_answer_time", COLUMN_TIME, fact_resolver, last_answer_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_resolver, first_packet),
    FIELD("first_packet", COLUMN_PACKET, fact_resolver, first_packet),
    FIELD("no_errors", COLUMN_U64, fact_resolver, no_errors),
    FIELD("name_errors", COLUMN_U64, fact_resolver, name_errors),
    FIELD("server_failures", COLUMN_U64, fact_resolver, server_failures),
    FIELD("refusals", COLUMN_U64, fact_resolver, refusals),
    FIELD("other_errors", COLUMN_U64, fact_resolver, other_errors),
    FIELD("fastest_answer", COLUMN_DIFFERENCE, fact_resolver, fastest_answer),
    NONZERO("ttl_lowest", COLUMN_U8, fact_resolver, ttl_lowest),
    NONZERO("ttl_highest", COLUMN_U8, fact_resolver, ttl_highest),
};

static const struct column flow_columns[] = {
    FIELD("id", COLUMN_FLOW_NUMBER, fact_flow, id),
    ROW("run", COLUMN_RUN),
    ENDPOINTS(fact_flow),
    FIELD("transport", COLUMN_TRANSPORT, fact_flow, transport),
    FIELD("server_name", COLUMN_TEXT, fact_flow, server_name),
    FIELD("resolved_name", COLUMN_TEXT, fact_flow, resolved_name),
    NONZERO("tunnel_port", COLUMN_U16, fact_flow, tunnel_port),
    NONZERO("tunnel_status", COLUMN_U16, fact_flow, tunnel_status),
    FIELD("first_time", COLUMN_TIME, fact_flow, first_time),
    FIELD("last_time", COLUMN_TIME, fact_flow, last_time),
    FIELD("client_packets", COLUMN_U64, fact_flow, client_packets),
    FIELD("server_packets", COLUMN_U64, fact_flow, server_packets),
    FIELD("client_bytes", COLUMN_U64, fact_flow, client_bytes),
    FIELD("server_bytes", COLUMN_U64, fact_flow, server_bytes),
    FIELD("client_last_time", COLUMN_TIME, fact_flow, client_last_time),
    NONZERO("client_ttl", COLUMN_U8, fact_flow, client_ttl),
    NONZERO("server_ttl", COLUMN_U8, fact_flow, server_ttl),
    WORD("outcome", fact_flow, outcome, outcome_words),
    FIELD("midstream", COLUMN_BOOL, fact_flow, midstream),
    FIELD("syns", COLUMN_U32, fact_flow, syns),
    FIELD("first_syn_time", COLUMN_TIME, fact_flow, first_syn_time),
    FIELD("last_syn_time", COLUMN_TIME, fact_flow, last_syn_time),
    FIELD("syn_ack_time", COLUMN_TIME, fact_flow, syn_ack_time),
    WORD("reset_by", fact_flow, reset_by, party_words),
    WORD("reset_stage", fact_flow, reset_stage, stage_words),
    FIELD("reset_time", COLUMN_TIME, fact_flow, reset_time),
    NONZERO("reset_ttl", COLUMN_U8, fact_flow, reset_ttl),
    FIELD("server_after_reset", COLUMN_BOOL, fact_flow, server_after_reset),
    SHOWS("icmp_type", COLUMN_U8, fact_flow, icmp_type, has_icmp),
    WITH("icmp_code", COLUMN_U8, fact_flow, icmp_code, has_icmp),
    FIELD("icmp_sender", COLUMN_ADDRESS, fact_flow, icmp_sender),
    NONZERO("icmp_ttl", COLUMN_U8, fact_flow, icmp_ttl),
    FIELD("process", COLUMN_TEXT, fact_flow, process),
    NONZERO("vlan", COLUMN_U16, fact_flow, vlan),
    FIELD("protocol", COLUMN_TEXT, fact_flow, protocol),
    FIELD("source", COLUMN_ROW_SOURCE, fact_flow, first_packet),
    FIELD("first_packet", COLUMN_PACKET, fact_flow, first_packet),
    LATER_PACKET("last_packet", fact_flow, last_packet),
    FIELD("server_last_time", COLUMN_TIME, fact_flow, server_last_time),
    FIELD("client_retransmissions", COLUMN_U32, fact_flow, client_retransmissions),
    FIELD("server_retransmissions", COLUMN_U32, fact_flow, server_retransmissions),
    MARKS(client),
    MARKS(server),
    WORD("name_privacy", fact_flow, name_privacy, privacy_words),
    FIELD("history", COLUMN_TEXT, fact_flow, history),
    FIELD("begins_with_syn", COLUMN_BOOL, fact_flow, begins_with_syn),
    LATER_PACKET("syn_ack_packet", fact_flow, syn_ack_packet),
    LATER_PACKET("reset_packet", fact_flow, reset_packet),
    WITH("reset_identification", COLUMN_U16, fact_flow, reset_identification, reset_packet),
    WITH("reset_window", COLUMN_U16, fact_flow, reset_window, reset_packet),
    FIELD("resets", COLUMN_U8, fact_flow, resets),
    FIELD("reset_foreign_mac", COLUMN_BOOL, fact_flow, reset_foreign_mac),
    FIELD("reset_gap", COLUMN_DIFFERENCE, fact_flow, reset_gap),
    FIELD("reset_offset", COLUMN_DIFFERENCE, fact_flow, reset_offset),
    FIELD("icmp_time", COLUMN_TIME, fact_flow, icmp_time),
    LATER_PACKET("icmp_packet", fact_flow, icmp_packet),
    NONZERO("path_mtu", COLUMN_U32, fact_flow, path_mtu),
    FIELD("path_mtu_sender", COLUMN_ADDRESS, fact_flow, path_mtu_sender),
    LATER_PACKET("path_mtu_packet", fact_flow, path_mtu_packet),
    FIELD("path_mtu_time", COLUMN_TIME, fact_flow, path_mtu_time),
    FIELD("client_missing", COLUMN_U32, fact_flow, client_missing),
    FIELD("server_missing", COLUMN_U32, fact_flow, server_missing),
    FIELD("missing_time", COLUMN_TIME, fact_flow, missing_time),
    LATER_PACKET("missing_packet", fact_flow, missing_packet),
};

static const struct column event_columns[] = {
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_event, flow),
    WORD("kind", fact_event, kind, event_words),
    FIELD("packet_time", COLUMN_TIME, fact_event, time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_event, packet),
    FIELD("packet", COLUMN_PACKET, fact_event, packet),
    WORD("sent_by", fact_event, from, party_words),
    FIELD("sender_address", COLUMN_ADDRESS, fact_event, sender),
    NONZERO("ttl", COLUMN_U8, fact_event, ttl),
    FIELD("ip_identification", COLUMN_U16, fact_event, ip_identification),
    FIELD("tcp_sequence", COLUMN_U32, fact_event, sequence),
    FIELD("tcp_acknowledgment", COLUMN_U32, fact_event, acknowledgment),
    FIELD("tcp_window", COLUMN_U16, fact_event, window),
    NONZERO("icmp_type", COLUMN_U8, fact_event, icmp_type),
    NONZERO("icmp_code", COLUMN_U8, fact_event, icmp_code),
    NONZERO("mtu", COLUMN_U32, fact_event, mtu),
    FIELD("process", COLUMN_TEXT, fact_event, process),
};

static const struct column dns_columns[] = {
    FIELD("id", COLUMN_DNS_NUMBER, fact_dns, id),
    ROW("run", COLUMN_RUN),
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_dns, flow),
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
    WITH("recursion_available", COLUMN_BOOL, fact_dns, recursion_available, answered),
    WITH("authenticated", COLUMN_BOOL, fact_dns, authenticated, answered),
    FIELD("earlier", COLUMN_DNS_NUMBER, fact_dns, earlier),
    FIELD("retry_of", COLUMN_DNS_NUMBER, fact_dns, retry_of),
    FIELD("mixed_case", COLUMN_BOOL, fact_dns, mixed_case),
    WITH("case_kept", COLUMN_BOOL, fact_dns, case_kept, answered),
    FIELD("query_edns", COLUMN_BOOL, fact_dns, query_edns),
    WITH("answer_edns", COLUMN_BOOL, fact_dns, answer_edns, answered),
    NONZERO("udp_size", COLUMN_U16, fact_dns, udp_size),
    SHOWS("extended_error", COLUMN_U16, fact_dns, extended_error, has_extended_error),
    FIELD("extended_text", COLUMN_TEXT, fact_dns, extended_text),
    WITH("answer_identification", COLUMN_U16, fact_dns, answer_identification, answered),
    ROW("records", COLUMN_RECORDS),
};

static const struct column tls_columns[] = {
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_tls, flow),
    FIELD("server_hello_time", COLUMN_TIME, fact_tls, server_hello_time),
    NONZERO("server_version", COLUMN_U16, fact_tls, server_version),
    WORD("alert_from", fact_tls, alert_from, party_words),
    WITH("alert", COLUMN_U8, fact_tls, alert, alert_from), /* 0 is close_notify */
    FIELD("client_data_records", COLUMN_U64, fact_tls, client_data_records),
    FIELD("server_data_records", COLUMN_U64, fact_tls, server_data_records),
    FIELD("handshake_complete", COLUMN_BOOL, fact_tls, handshake_complete),
    FIELD("client_refused", COLUMN_BOOL, fact_tls, client_refused),
    FIELD("client_reply_time", COLUMN_TIME, fact_tls, client_reply_time),
    FIELD("client_hello_time", COLUMN_TIME, fact_tls, client_hello_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_tls, client_hello_packet),
    FIELD("client_hello_packet", COLUMN_PACKET, fact_tls, client_hello_packet),
    FIELD("server_name", COLUMN_TEXT, fact_tls, server_name),
    FIELD("client_alpn", COLUMN_TEXT, fact_tls, client_alpn),
    NONZERO("client_version", COLUMN_U16, fact_tls, client_version),
    FIELD("client_hello_bytes", COLUMN_U32, fact_tls, client_hello_bytes),
    FIELD("client_groups", COLUMN_TEXT, fact_tls, client_groups),
    FIELD("client_shares", COLUMN_TEXT, fact_tls, client_shares),
    FIELD("encrypted_hello", COLUMN_BOOL, fact_tls, encrypted_hello),
    FIELD("resumption_offered", COLUMN_BOOL, fact_tls, resumption_offered),
    FIELD("early_data", COLUMN_BOOL, fact_tls, early_data),
    FIELD("ja3", COLUMN_TEXT, fact_tls, ja3),
    FIELD("ja4", COLUMN_TEXT, fact_tls, ja4),
    FIELD("retry_time", COLUMN_TIME, fact_tls, retry_time),
    LATER_PACKET("retry_packet", fact_tls, retry_packet),
    LATER_PACKET("server_hello_packet", fact_tls, server_hello_packet),
    NONZERO("cipher", COLUMN_U16, fact_tls, cipher),
    FIELD("server_alpn", COLUMN_TEXT, fact_tls, server_alpn),
    NONZERO("server_group", COLUMN_U16, fact_tls, group),
    NONZERO("downgrade", COLUMN_U8, fact_tls, downgrade),
    FIELD("ja3s", COLUMN_TEXT, fact_tls, ja3s),
    FIELD("resumed", COLUMN_BOOL, fact_tls, resumed),
    FIELD("certificate_time", COLUMN_TIME, fact_tls, certificate_time),
    LATER_PACKET("certificate_packet", fact_tls, certificate_packet),
    FIELD("chain", COLUMN_TEXT, fact_tls, chain),
    FIELD("chain_incomplete", COLUMN_BOOL, fact_tls, chain_incomplete),
    FIELD("certificate_requested", COLUMN_BOOL, fact_tls, certificate_requested),
    FIELD("stapled", COLUMN_BOOL, fact_tls, stapled),
    LATER_PACKET("alert_packet", fact_tls, alert_packet),
    FIELD("alert_time", COLUMN_TIME, fact_tls, alert_time),
    FIELD("server_flight_bytes", COLUMN_U32, fact_tls, server_flight_bytes),
    NONZERO("client_reply_length", COLUMN_U16, fact_tls, client_reply_length),
    LATER_PACKET("client_reply_packet", fact_tls, client_reply_packet),
    WORD("closed_by", fact_tls, closed_by, party_words),
    FIELD("records", COLUMN_TEXT, fact_tls, records),
    NONZERO("quic_version", COLUMN_U32, fact_tls, quic_version),
    FIELD("quic_retry", COLUMN_BOOL, fact_tls, quic_retry),
    FIELD("quic_versions", COLUMN_TEXT, fact_tls, quic_versions),
    SHOWS("quic_close", COLUMN_U64, fact_tls, quic_close, has_quic_close),
};

static const struct column certificate_columns[] = {
    ROW("run", COLUMN_RUN),
    FIELD("sha256", COLUMN_TEXT, fact_certificate, sha256),
    FIELD("subject", COLUMN_TEXT, fact_certificate, subject),
    FIELD("issuer", COLUMN_TEXT, fact_certificate, issuer),
    FIELD("serial", COLUMN_TEXT, fact_certificate, serial),
    FIELD("not_before", COLUMN_TIME, fact_certificate, not_before),
    FIELD("not_after", COLUMN_TIME, fact_certificate, not_after),
    FIELD("names", COLUMN_TEXT, fact_certificate, names),
    FIELD("key", COLUMN_TEXT, fact_certificate, key),
    FIELD("markers", COLUMN_TEXT, fact_certificate, markers),
    FIELD("authority", COLUMN_BOOL, fact_certificate, authority),
    FIELD("first_time", COLUMN_TIME, fact_certificate, first_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_certificate, first_packet),
    FIELD("first_packet", COLUMN_PACKET, fact_certificate, first_packet),
    FIELD("der", COLUMN_BLOB, fact_certificate, der),
};

static const struct column http_columns[] = {
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_http, flow),
    ENDPOINTS(fact_http),
    WORD("purpose", fact_http, purpose, purpose_words),
    FIELD("request_time", COLUMN_TIME, fact_http, request_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_http, request_packet),
    FIELD("request_packet", COLUMN_PACKET, fact_http, request_packet),
    FIELD("method", COLUMN_TEXT, fact_http, method),
    FIELD("host", COLUMN_TEXT, fact_http, host),
    NONZERO("port", COLUMN_U16, fact_http, port),
    FIELD("path", COLUMN_TEXT, fact_http, path),
    FIELD("user_agent", COLUMN_TEXT, fact_http, user_agent),
    FIELD("proxy_credentials", COLUMN_BOOL, fact_http, proxy_credentials),
    FIELD("answered", COLUMN_BOOL, fact_http, answered),
    FIELD("answer_time", COLUMN_TIME, fact_http, answer_time),
    LATER_PACKET("answer_packet", fact_http, answer_packet),
    NONZERO("status", COLUMN_U16, fact_http, status),
    FIELD("authenticate", COLUMN_TEXT, fact_http, authenticate),
    FIELD("location", COLUMN_TEXT, fact_http, location),
    FIELD("software", COLUMN_TEXT, fact_http, software),
    FIELD("via", COLUMN_TEXT, fact_http, via),
    FIELD("content_type", COLUMN_TEXT, fact_http, content_type),
    FIELD("content_length", COLUMN_COUNT_OR_UNKNOWN, fact_http, content_length),
    FIELD("body", COLUMN_TEXT, fact_http, body),
    FIELD("probe_success", COLUMN_BOOL, fact_http, probe_success),
};

static const struct column apns_columns[] = {
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_apns, flow),
    ENDPOINTS(fact_apns),
    WORD("role", fact_apns, role, role_words),
    WORD("known_by", fact_apns, sign, sign_words),
    FIELD("first_time", COLUMN_TIME, fact_apns, first_time),
    FIELD("opened_time", COLUMN_TIME, fact_apns, opened_time),
    FIELD("last_exchange_time", COLUMN_TIME, fact_apns, last_exchange_time),
    FIELD("exchanges", COLUMN_U32, fact_apns, exchanges),
    FIELD("keep_alives", COLUMN_U32, fact_apns, keep_alives),
    FIELD("keep_alive_interval", COLUMN_DIFFERENCE, fact_apns, keep_alive_interval),
    FIELD("keep_alive_shortest", COLUMN_DIFFERENCE, fact_apns, keep_alive_shortest),
    FIELD("keep_alive_longest", COLUMN_DIFFERENCE, fact_apns, keep_alive_longest),
    FIELD("idle_survived", COLUMN_DIFFERENCE, fact_apns, idle_survived),
    FIELD("idle_at_end", COLUMN_DIFFERENCE, fact_apns, idle_at_end),
    WORD("ended", fact_apns, end, end_words),
    FIELD("end_time", COLUMN_TIME, fact_apns, end_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_apns, end_packet),
    FIELD("end_packet", COLUMN_PACKET, fact_apns, end_packet),
};

static const struct column ntp_columns[] = {
    FIELD("flow", COLUMN_FLOW_NUMBER, fact_ntp, flow),
    ENDPOINTS(fact_ntp),
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
    FIELD("reference_time", COLUMN_TIME, fact_ntp, reference_time),
    FIELD("client_transmit_time", COLUMN_TIME, fact_ntp, client_transmit_time),
    FIELD("clock_offset", COLUMN_DIFFERENCE, fact_ntp, offset),
    FIELD("delay", COLUMN_DIFFERENCE, fact_ntp, delay),
    FIELD("root_delay", COLUMN_DIFFERENCE, fact_ntp, root_delay),
    FIELD("root_dispersion", COLUMN_DIFFERENCE, fact_ntp, root_dispersion),
    FIELD("nts", COLUMN_BOOL, fact_ntp, nts),
    NONZERO("answer_ttl", COLUMN_U8, fact_ntp, answer_ttl),
};

static const struct column lease_columns[] = {
    ROW("run", COLUMN_RUN),
    WORD("told_by", fact_lease, source, lease_words),
    SHOWS("mac", COLUMN_MAC, fact_lease, mac, has_mac),
    FIELD("address", COLUMN_ADDRESS, fact_lease, address),
    FIELD("server_address", COLUMN_ADDRESS, fact_lease, server),
    FIELD("messages", COLUMN_TEXT, fact_lease, messages),
    FIELD("client_name", COLUMN_TEXT, fact_lease, client_name),
    FIELD("vendor_class", COLUMN_TEXT, fact_lease, vendor_class),
    FIELD("requested", COLUMN_TEXT, fact_lease, requested),
    FIELD("routers", COLUMN_TEXT, fact_lease, routers),
    FIELD("resolvers", COLUMN_TEXT, fact_lease, resolvers),
    FIELD("domain", COLUMN_TEXT, fact_lease, domain),
    FIELD("time_servers", COLUMN_TEXT, fact_lease, time_servers),
    FIELD("captive_url", COLUMN_TEXT, fact_lease, captive_url),
    FIELD("autoconfig_url", COLUMN_TEXT, fact_lease, autoconfig_url),
    FIELD("nat64_prefix", COLUMN_TEXT, fact_lease, nat64_prefix),
    FIELD("lease_seconds", COLUMN_U32, fact_lease, lease_seconds),
    FIELD("first_time", COLUMN_TIME, fact_lease, first_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_lease, first_packet),
    FIELD("first_packet", COLUMN_PACKET, fact_lease, first_packet),
    FIELD("answered", COLUMN_BOOL, fact_lease, answered),
    FIELD("answer_time", COLUMN_TIME, fact_lease, answer_time),
    LATER_PACKET("answer_packet", fact_lease, answer_packet),
};

static const struct column place_columns[] = {
    FIELD("address", COLUMN_KEY_ADDRESS, fact_place, address),
    FIELD("network", COLUMN_TEXT, fact_place, network),
    NONZERO("asn", COLUMN_U32, fact_place, asn),
    FIELD("organisation", COLUMN_TEXT, fact_place, organisation),
    FIELD("country", COLUMN_TEXT, fact_place, country),
    FIELD("city", COLUMN_TEXT, fact_place, city),
    FIELD("told_by", COLUMN_TEXT, fact_place, told_by),
};

static const struct column minute_columns[] = {
    FIELD("source", COLUMN_SOURCE_NUMBER, fact_minute, source),
    FIELD("minute_time", COLUMN_TIME, fact_minute, time),
    FIELD("packets", COLUMN_U64, fact_minute, packets),
    FIELD("bytes", COLUMN_U64, fact_minute, bytes),
    FIELD("dropped", COLUMN_U64, fact_minute, dropped),
};

static const struct column layer_columns[] = {
    ROW("run", COLUMN_RUN),
    FIELD("name", COLUMN_TEXT, fact_layer, name),
    FIELD("packets", COLUMN_U64, fact_layer, packets),
    FIELD("first_time", COLUMN_TIME, fact_layer, first_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_layer, first_packet),
    FIELD("first_packet", COLUMN_PACKET, fact_layer, first_packet),
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
    FIELD("certificates_dropped", COLUMN_U64, fact_totals, certificates_dropped),
    FIELD("hosts_dropped", COLUMN_U64, fact_totals, hosts_dropped),
    FIELD("flows_untold", COLUMN_U64, fact_totals, flows_untold),
    FIELD("questions_untold", COLUMN_U64, fact_totals, questions_untold),
    FIELD("streams_dropped", COLUMN_U64, fact_totals, streams_dropped),
    FIELD("facts_dropped", COLUMN_U64, fact_totals, facts_dropped),
    FIELD("leases_untold", COLUMN_U64, fact_totals, leases_untold),
    FIELD("resolvers_dropped", COLUMN_U64, fact_totals, resolvers_dropped),
    FIELD("answers_untold", COLUMN_U64, fact_totals, answers_untold),
    FIELD("requests_untold", COLUMN_U64, fact_totals, requests_untold),
    FIELD("data_segments", COLUMN_U64, fact_totals, data_segments),
    FIELD("missing_segments", COLUMN_U64, fact_totals, missing_segments),
    FIELD("missing_flows", COLUMN_U64, fact_totals, missing_flows),
    FIELD("missing_first_time", COLUMN_TIME, fact_totals, missing_first_time),
    FIELD("missing_last_time", COLUMN_TIME, fact_totals, missing_last_time),
    FIELD("source", COLUMN_ROW_SOURCE, fact_totals, missing_packet),
    FIELD("missing_packet", COLUMN_PACKET, fact_totals, missing_packet),
    FIELD("overtaken_segments", COLUMN_U64, fact_totals, overtaken_segments),
    FIELD("merged_segments", COLUMN_U64, fact_totals, merged_segments),
    FIELD("unfinished_checksums", COLUMN_U64, fact_totals, unfinished_checksums),
    FIELD("clock_jumps", COLUMN_U64, fact_totals, clock_jumps),
    FIELD("clock_jump", COLUMN_DIFFERENCE, fact_totals, clock_jump),
    LATER_PACKET("clock_jump_packet", fact_totals, clock_jump_packet),
    FIELD("one_sided_first_time", COLUMN_TIME, fact_totals, one_sided_first_time),
    FIELD("one_sided_last_time", COLUMN_TIME, fact_totals, one_sided_last_time),
};

#define TABLE(name, columns, type)                                                                 \
    {                                                                                              \
        name, columns, COUNT_OF(columns), sizeof(struct type)                                      \
    }

static_assert(COUNT_OF(flow_columns) <= COLUMNS_MOST && COUNT_OF(tls_columns) <= COLUMNS_MOST,
              "what was bound last has no place for so many columns: storage/statements.h");

static const struct table_columns tables[TABLE_COUNT] = {
    [TABLE_SOURCE] = TABLE("source", source_columns, fact_source),
    [TABLE_HOST] = TABLE("host", host_columns, fact_host),
    [TABLE_RESOLVER] = TABLE("resolver", resolver_columns, fact_resolver),
    [TABLE_FLOW] = TABLE("flow", flow_columns, fact_flow),
    [TABLE_EVENT] = TABLE("event", event_columns, fact_event),
    [TABLE_DNS] = TABLE("dns", dns_columns, fact_dns),
    [TABLE_TLS] = TABLE("tls", tls_columns, fact_tls),
    [TABLE_CERTIFICATE] = TABLE("certificate", certificate_columns, fact_certificate),
    [TABLE_HTTP] = TABLE("http", http_columns, fact_http),
    [TABLE_APNS] = TABLE("apns", apns_columns, fact_apns),
    [TABLE_NTP] = TABLE("ntp", ntp_columns, fact_ntp),
    [TABLE_LEASE] = TABLE("lease", lease_columns, fact_lease),
    [TABLE_PLACE] = TABLE("place", place_columns, fact_place),
    [TABLE_MINUTE] = TABLE("minute", minute_columns, fact_minute),
    [TABLE_LAYER] = TABLE("layer", layer_columns, fact_layer),
    [TABLE_TOTALS] = TABLE("totals", totals_columns, fact_totals),
};

const struct table_columns *table_columns(enum table table)
{
    return &tables[table];
}
