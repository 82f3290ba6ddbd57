/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fact as one line: its kind, the packet that began it, who talked to whom,
 * and every field that is set.
 */
#include "golden.h"

#include <string.h>

#include "golden_line.h"

static const char *const outcome_words[] = {
    [OUTCOME_UNKNOWN] = "unknown",   [OUTCOME_SILENT] = "silent",
    [OUTCOME_REFUSED] = "refused",   [OUTCOME_REJECTED] = "rejected",
    [OUTCOME_ANSWERED] = "answered", [OUTCOME_CLOSED] = "closed",
    [OUTCOME_RESET] = "reset",
};

static const char *const stage_words[] = {
    [RESET_STAGE_NONE] = NULL,
    [RESET_STAGE_SYN] = "syn",
    [RESET_STAGE_OPENED] = "opened",
    [RESET_STAGE_AFTER_CLIENT_HELLO] = "after-client-hello",
    [RESET_STAGE_HANDSHAKE] = "handshake",
    [RESET_STAGE_ESTABLISHED] = "established",
    [RESET_STAGE_CLOSING] = "closing",
};

static const char *const party_words[] = {
    [PARTY_NONE] = NULL,
    [PARTY_CLIENT] = "client",
    [PARTY_SERVER] = "server",
    [PARTY_OTHER] = "other",
};

static const char *const event_words[] = {
    [EVENT_SYN] = "syn",         [EVENT_SYN_ACK] = "syn-ack", [EVENT_REQUEST] = "request",
    [EVENT_RESET] = "reset",     [EVENT_ICMP_ERROR] = "icmp-error",
    [EVENT_TUNNEL_REQUEST] = "tunnel-request", [EVENT_TUNNEL_ANSWER] = "tunnel-answer",
};

static void add_transport(struct text *line, uint8_t transport)
{
    if (transport == TRANSPORT_TCP || transport == TRANSPORT_UDP)
        text_add(line, transport == TRANSPORT_TCP ? " tcp" : " udp");
    else
        text_add_format(line, " ip-%u", transport);
}

static void add_endpoints(struct text *line, const struct endpoint *client,
                          const struct endpoint *server)
{
    char from[ENDPOINT_TEXT_SIZE], to[ENDPOINT_TEXT_SIZE];
    text_add_format(line, " %s > %s", endpoint_print(client, from), endpoint_print(server, to));
}

static void begin(struct text *line, const char *kind, uint64_t packet)
{
    text_add_format(line, "%s ", kind);
    line_add_packet(line, packet);
}

static void add_flow(struct text *line, const struct golden_survey *survey, uint64_t number)
{
    if (number == 0 || number >= survey->flow_count ||
        survey->flows[number].first_packet == PACKET_NONE) {
        text_add(line, " (a flow without a fact)");
        return;
    }
    const struct golden_flow *flow = &survey->flows[number];
    add_transport(line, flow->transport);
    add_endpoints(line, &flow->client, &flow->server);
    line_packet(line, "flow", flow->first_packet);
}

static void add_source(struct text *line, int64_t origin, const struct fact_source *source)
{
    text_add_format(line, "source %u", (unsigned)source->id);
    line_text(line, "link_type", source->link_type);
    line_number(line, "packets", source->packets);
    line_number(line, "bytes", source->bytes);
    line_time(line, "first", source->first_time, origin);
    line_time(line, "last", source->last_time, origin);
    line_number(line, "undecoded", source->undecoded_packets);
    line_number(line, "truncated", source->truncated_packets);
    line_number(line, "duplicates", source->duplicate_packets);
    if (source->dropped_packets >= 0)
        text_add_format(line, " dropped=%" PRId64, source->dropped_packets);
    line_flag(line, "cut_short", source->cut_short);
}

static void add_host(struct text *line, int64_t origin, const struct fact_host *host)
{
    char printed[ADDRESS_TEXT_SIZE];
    text_add_format(line, "host %s", address_print(&host->address, printed));
    if (host->has_mac)
        line_text(line, "mac", mac_print(&host->mac, printed));
    line_time(line, "first", host->first_time, origin);
    line_time(line, "last", host->last_time, origin);
    line_time(line, "last_received", host->last_received_time, origin);
    line_number(line, "sent", host->packets_sent);
    line_number(line, "received", host->packets_received);
    line_number(line, "other_tcp_opened", host->other_tcp_opened);
    line_number(line, "other_tcp_answered", host->other_tcp_answered);
    line_number(line, "other_tcp_silent", host->other_tcp_silent);
    line_number(line, "other_tcp_refused", host->other_tcp_refused);
    line_number(line, "one_sided_sent", host->one_sided_sent);
    line_number(line, "one_sided_received", host->one_sided_received);
    line_number(line, "unread_errors", host->unread_errors);
}

static void add_resolver(struct text *line, int64_t origin, const struct fact_resolver *resolver)
{
    char client[ADDRESS_TEXT_SIZE], server[ADDRESS_TEXT_SIZE];
    begin(line, "resolver", resolver->first_packet);
    text_add_format(line, " %s > %s", address_print(&resolver->client, client),
                    address_print(&resolver->resolver, server));
    line_number(line, "queries", resolver->queries);
    line_number(line, "answered", resolver->answered);
    line_number(line, "retransmitted", resolver->retransmitted);
    line_time(line, "first", resolver->first_time, origin);
    line_time(line, "last", resolver->last_time, origin);
    line_time(line, "last_answer", resolver->last_answer_time, origin);
}

static void add_flow_packets(struct text *line, int64_t origin, const struct fact_flow *flow)
{
    line_packet(line, "last_packet", flow->last_packet);
    line_time(line, "first", flow->first_time, origin);
    line_time(line, "last", flow->last_time, origin);
    line_number(line, "client_packets", flow->client_packets);
    line_number(line, "server_packets", flow->server_packets);
    line_number(line, "client_bytes", flow->client_bytes);
    line_number(line, "server_bytes", flow->server_bytes);
    line_time(line, "client_last", flow->client_last_time, origin);
    line_time(line, "server_last", flow->server_last_time, origin);
    line_number(line, "client_retransmissions", flow->client_retransmissions);
    line_number(line, "server_retransmissions", flow->server_retransmissions);
    line_number(line, "client_ttl", flow->client_ttl);
    line_number(line, "server_ttl", flow->server_ttl);
}

static void add_flow_end(struct text *line, int64_t origin, const struct fact_flow *flow)
{
    line_text(line, "reset_by", party_words[flow->reset_by]);
    line_text(line, "reset_stage", stage_words[flow->reset_stage]);
    line_time(line, "reset", flow->reset_time, origin);
    line_packet(line, "reset_packet", flow->reset_packet);
    line_number(line, "reset_ttl", flow->reset_ttl);
    line_flag(line, "server_after_reset", flow->server_after_reset);
    if (!flow->has_icmp)
        return;
    text_add_format(line, " icmp=%u/%u", flow->icmp_type, flow->icmp_code);
    line_address(line, "icmp_sender", &flow->icmp_sender);
    line_number(line, "icmp_ttl", flow->icmp_ttl);
    line_time(line, "icmp_time", flow->icmp_time, origin);
    line_packet(line, "icmp_packet", flow->icmp_packet);
}

/* nDPI's words differ from version to version; those of our own dissectors do not. */
static const char *own_protocol(const char *protocol)
{
    static const char *const own[] = {"dns", "http", "tls", "ntp"};
    for (size_t i = 0; protocol != NULL && i < sizeof own / sizeof own[0]; i++)
        if (strcmp(protocol, own[i]) == 0)
            return protocol;
    return NULL;
}

static void add_whole_flow(struct text *line, int64_t origin, const struct fact_flow *flow)
{
    begin(line, "flow", flow->first_packet);
    add_transport(line, flow->transport);
    add_endpoints(line, &flow->client, &flow->server);
    line_text(line, "outcome", outcome_words[flow->outcome]);
    line_flag(line, "midstream", flow->midstream);
    line_text(line, "server_name", flow->server_name);
    line_text(line, "resolved_name", flow->resolved_name);
    line_text(line, "protocol", own_protocol(flow->protocol));
    line_number(line, "tunnel_port", flow->tunnel_port);
    line_number(line, "tunnel_status", flow->tunnel_status);
    if (flow->history[0] != '\0')
        line_text(line, "history", flow->history);
    line_number(line, "vlan", flow->vlan);
    line_number(line, "syns", flow->syns);
    line_time(line, "first_syn", flow->first_syn_time, origin);
    line_time(line, "last_syn", flow->last_syn_time, origin);
    line_time(line, "syn_ack", flow->syn_ack_time, origin);
    add_flow_packets(line, origin, flow);
    add_flow_end(line, origin, flow);
}

static void add_event(struct text *line, const struct golden_survey *survey,
                      const struct fact_event *event)
{
    begin(line, "event", event->packet);
    text_add_format(line, " %s", event_words[event->kind]);
    add_flow(line, survey, event->flow);
    line_text(line, "from", party_words[event->from]);
    line_address(line, "sender", &event->sender);
    line_time(line, "at", event->time, survey->origin);
    line_number(line, "ttl", event->ttl);
    line_number(line, "ip_id", event->ip_identification);
    line_number(line, "seq", event->sequence);
    line_number(line, "ack", event->acknowledgment);
    line_number(line, "window", event->window);
    if (event->kind == EVENT_ICMP_ERROR)
        text_add_format(line, " icmp=%u/%u", event->icmp_type, event->icmp_code);
}

static void add_record(struct text *line, const struct dns_record *record)
{
    static const char *const sections[] = {
        [DNS_ANSWER] = "answer", [DNS_AUTHORITY] = "authority", [DNS_ADDITIONAL] = "additional"};
    struct text owner = {0};
    text_add_printable(&owner, record->owner);
    text_add_format(line, " %s[%s type=%u ttl=%" PRIu32, sections[record->section],
                    text_content(&owner), record->type, record->ttl);
    text_release(&owner);
    line_text(line, "data", record->data);
    line_address(line, "address", &record->address);
    text_add(line, "]");
}

static void add_dns(struct text *line, int64_t origin, const struct fact_dns *dns)
{
    begin(line, "dns", dns->query_packet != PACKET_NONE ? dns->query_packet : dns->answer_packet);
    add_transport(line, dns->transport);
    add_endpoints(line, &dns->client, &dns->resolver);
    line_text(line, "name", dns->name);
    line_number(line, "type", dns->type);
    line_time(line, "query", dns->query_time, origin);
    line_number(line, "queries", dns->queries);
    line_time(line, "last_query", dns->last_query_time, origin);
    line_packet(line, "last_query_packet", dns->last_query_packet);
    if (!dns->answered)
        return;
    line_packet(line, "answer_packet", dns->answer_packet);
    line_time(line, "answer", dns->answer_time, origin);
    line_number(line, "answer_ttl", dns->answer_ttl);
    text_add_format(line, " rcode=%u", dns->rcode);
    line_flag(line, "authoritative", dns->authoritative);
    line_flag(line, "truncated", dns->truncated);
    line_flag(line, "malformed", dns->malformed);
    for (size_t i = 0; i < dns->record_count; i++)
        add_record(line, &dns->records[i]);
}

static void add_version(struct text *line, const char *name, uint16_t value)
{
    if (value != 0)
        text_add_format(line, " %s=0x%04x", name, value);
}

static void add_tls(struct text *line, const struct golden_survey *survey,
                    const struct fact_tls *tls)
{
    begin(line, "tls", tls->client_hello_packet);
    add_flow(line, survey, tls->flow);
    line_time(line, "client_hello", tls->client_hello_time, survey->origin);
    line_text(line, "server_name", tls->server_name);
    line_text(line, "client_alpn", tls->client_alpn);
    add_version(line, "client_version", tls->client_version);
    line_number(line, "client_hello_bytes", tls->client_hello_bytes);
    line_packet(line, "server_hello_packet", tls->server_hello_packet);
    line_time(line, "server_hello", tls->server_hello_time, survey->origin);
    add_version(line, "server_version", tls->server_version);
    add_version(line, "cipher", tls->cipher);
    line_text(line, "server_alpn", tls->server_alpn);
    if (tls->alert_from != PARTY_NONE) {
        text_add_format(line, " alert=%u", tls->alert);
        line_text(line, "alert_from", party_words[tls->alert_from]);
        line_packet(line, "alert_packet", tls->alert_packet);
        line_time(line, "alert_time", tls->alert_time, survey->origin);
    }
    line_number(line, "client_data_records", tls->client_data_records);
    line_number(line, "server_data_records", tls->server_data_records);
}

static void add_ntp(struct text *line, int64_t origin, const struct fact_ntp *ntp)
{
    begin(line, "ntp",
          ntp->request_packet != PACKET_NONE ? ntp->request_packet : ntp->answer_packet);
    add_endpoints(line, &ntp->client, &ntp->server);
    line_time(line, "request", ntp->request_time, origin);
    line_number(line, "version", ntp->version);
    if (!ntp->answered)
        return;
    line_packet(line, "answer_packet", ntp->answer_packet);
    line_time(line, "answer", ntp->answer_time, origin);
    text_add_format(line, " leap=%u stratum=%u reference=%02x%02x%02x%02x", ntp->leap, ntp->stratum,
                    ntp->reference[0], ntp->reference[1], ntp->reference[2], ntp->reference[3]);
    line_time(line, "server_receive", ntp->server_receive_time, origin);
    line_time(line, "server_transmit", ntp->server_transmit_time, origin);
}

static void add_totals(struct text *line, const struct fact_totals *totals)
{
    text_add(line, "totals");
    line_number(line, "packets", totals->packets);
    line_number(line, "flows", totals->flows);
    line_number(line, "apple_flows", totals->apple_flows);
    line_number(line, "midstream_flows", totals->midstream_flows);
    line_number(line, "evicted_flows", totals->evicted_flows);
    line_number(line, "two_sided_tcp", totals->two_sided_tcp);
    line_number(line, "client_only_tcp", totals->client_only_tcp);
    line_number(line, "server_only_tcp", totals->server_only_tcp);
    line_number(line, "fragments_dropped", totals->fragments_dropped);
    line_number(line, "stream_gaps", totals->stream_gaps);
    line_number(line, "unread_packets", totals->unread_packets);
}

void golden_fact(struct text *line, const struct golden_survey *survey, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_SOURCE:
        add_source(line, survey->origin, &fact->as.source);
        break;
    case FACT_HOST:
        add_host(line, survey->origin, &fact->as.host);
        break;
    case FACT_RESOLVER:
        add_resolver(line, survey->origin, &fact->as.resolver);
        break;
    case FACT_FLOW:
        add_whole_flow(line, survey->origin, &fact->as.flow);
        break;
    case FACT_EVENT:
        add_event(line, survey, &fact->as.event);
        break;
    case FACT_DNS:
        add_dns(line, survey->origin, &fact->as.dns);
        break;
    case FACT_TLS:
        add_tls(line, survey, &fact->as.tls);
        break;
    case FACT_NTP:
        add_ntp(line, survey->origin, &fact->as.ntp);
        break;
    case FACT_TOTALS:
        add_totals(line, &fact->as.totals);
        break;
    }
}
