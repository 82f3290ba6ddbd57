/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts as Suricata's eve.json has them: one JSON object a line with an event_type,
 * the flow's ends from client to server, its number and Community ID.  What is ours
 * alone stands in a member "applepath"; doc/export.md lists the members.
 */
#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "reports/community_id.h"
#include "reports/export.h"
#include "reports/export_words.h"
#include "reports/json_line.h"
#include "reports/tls_suites.h"

/* The ends of a record, and the flow that it belongs to (0: not known). */
struct eve_ends {
    uint64_t flow;
    const struct endpoint *client;
    const struct endpoint *server;
    uint8_t transport;
    uint16_t vlan;
};

static void put_upper(struct json_line *line, const char *key, const char *word)
{
    char upper[EXPORT_WORD_SIZE];
    size_t length = 0;
    for (; word[length] != '\0' && length + 1 < sizeof upper; length++)
        upper[length] = (char)toupper((unsigned char)word[length]);
    upper[length] = '\0';
    json_line_text(line, key, upper);
}

static void eve_begin(struct json_line *line, struct text *out, const struct export_run *run,
                      int64_t time, const char *type, const struct eve_ends *ends)
{
    char word[EXPORT_WORD_SIZE], community[COMMUNITY_ID_SIZE];
    struct community_tuple tuple = {*ends->client, *ends->server, ends->transport};
    json_line_begin(line, out);
    json_line_time(line, "timestamp", time);
    if (ends->flow != 0)
        json_line_count(line, "flow_id", export_flow_number(run->identity, ends->flow));
    json_line_text(line, "event_type", type);
    if (ends->vlan != 0) {
        json_line_array(line, "vlan");
        json_line_count(line, NULL, ends->vlan);
        json_line_array_end(line);
    }
    json_line_address(line, "src_ip", &ends->client->address);
    json_line_count(line, "src_port", ends->client->port);
    json_line_address(line, "dest_ip", &ends->server->address);
    json_line_count(line, "dest_port", ends->server->port);
    put_upper(line, "proto", export_transport(ends->transport, word));
    json_line_text(line, "community_id", community_id_print(&tuple, run->seed, community));
}

static const char *outcome_word(enum flow_outcome outcome)
{
    static const char *const words[] = {
        [OUTCOME_UNKNOWN] = "unknown",   [OUTCOME_SILENT] = "silent",
        [OUTCOME_REFUSED] = "refused",   [OUTCOME_REJECTED] = "rejected",
        [OUTCOME_ANSWERED] = "answered", [OUTCOME_CLOSED] = "closed",
        [OUTCOME_RESET] = "reset",
    };
    return (size_t)outcome < sizeof words / sizeof words[0] ? words[outcome] : "unknown";
}

/* Suricata's words for a flow's state. */
static const char *state_word(const struct fact_flow *flow)
{
    if (flow->server_packets == 0 || flow->client_packets == 0)
        return "new";
    if (flow->outcome == OUTCOME_CLOSED || flow->outcome == OUTCOME_RESET ||
        flow->outcome == OUTCOME_REFUSED)
        return "closed";
    return "established";
}

static void put_flow(struct json_line *line, const struct fact_flow *flow)
{
    json_line_object(line, "flow");
    json_line_count(line, "pkts_toserver", flow->client_packets);
    json_line_count(line, "pkts_toclient", flow->server_packets);
    json_line_count(line, "bytes_toserver", flow->client_bytes);
    json_line_count(line, "bytes_toclient", flow->server_bytes);
    json_line_time(line, "start", flow->first_time);
    json_line_time(line, "end", flow->last_time);
    json_line_count(line, "age",
                    flow->last_time > flow->first_time
                        ? (uint64_t)((flow->last_time - flow->first_time) / NANOSECONDS_PER_SECOND)
                        : 0);
    json_line_text(line, "state", state_word(flow));
    json_line_bool(line, "alerted", false);
    json_line_object_end(line);
}

/* What tells more than Suricata's flow record has room for. */
static void put_flow_extras(struct json_line *line, const struct fact_flow *flow)
{
    json_line_object(line, "applepath");
    json_line_text(line, "outcome", outcome_word(flow->outcome));
    json_line_text(line, "conn_state", export_connection_state(flow));
    if (flow->history != NULL && flow->history[0] != '\0')
        json_line_text(line, "history", flow->history);
    json_line_text(line, "server_name", flow->server_name);
    json_line_text(line, "resolved_name", flow->resolved_name);
    json_line_bool(line, "midstream", flow->midstream);
    json_line_count(line, "client_retransmissions", flow->client_retransmissions);
    json_line_count(line, "server_retransmissions", flow->server_retransmissions);
    if (flow->reset_by != PARTY_NONE)
        json_line_text(line, "reset_by",
                       flow->reset_by == PARTY_CLIENT   ? "client"
                       : flow->reset_by == PARTY_SERVER ? "server"
                                                        : "other");
    if (flow->has_icmp) {
        json_line_address(line, "icmp_sender", &flow->icmp_sender);
        json_line_count(line, "icmp_type", flow->icmp_type);
        json_line_count(line, "icmp_code", flow->icmp_code);
    }
    json_line_object_end(line);
}

static struct eve_ends ends_of_flow(const struct fact_flow *flow)
{
    struct eve_ends ends = {flow->id, &flow->client, &flow->server, flow->transport, flow->vlan};
    return ends;
}

static void flow_write(struct text *out, const struct export_run *run,
                       const struct export_record *record)
{
    const struct fact_flow *flow = &record->fact->as.flow;
    struct eve_ends ends = ends_of_flow(flow);
    struct json_line line;
    /* As Suricata does: a flow is told of when it is over. */
    eve_begin(&line, out, run, flow->last_time, "flow", &ends);
    json_line_text(&line, "app_proto", flow->protocol);
    put_flow(&line, flow);
    put_flow_extras(&line, flow);
    json_line_end(&line);
}

static void put_records(struct json_line *line, const struct fact_dns *dns,
                        enum dns_section section, const char *key)
{
    char word[EXPORT_WORD_SIZE];
    bool begun = false;
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section != section)
            continue;
        if (!begun)
            json_line_array(line, key);
        begun = true;
        json_line_object(line, NULL);
        json_line_text(line, "rrname", record->owner);
        json_line_text(line, "rrtype", export_dns_type(record->type, word));
        json_line_count(line, "ttl", record->ttl);
        json_line_text(line, "rdata", record->data);
        json_line_object_end(line);
    }
    if (begun)
        json_line_array_end(line);
}

/* The answers' data by their types, which is what people search by. */
static void put_grouped(struct json_line *line, const struct fact_dns *dns)
{
    static const uint16_t types[] = {1, 28, 5, 16, 15, 2, 12, 33, 65};
    char word[EXPORT_WORD_SIZE];
    json_line_object(line, "grouped");
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        bool begun = false;
        for (size_t i = 0; i < dns->record_count; i++) {
            const struct dns_record *record = &dns->records[i];
            if (record->section != DNS_ANSWER || record->type != types[t] || record->data == NULL)
                continue;
            if (!begun)
                json_line_array(line, export_dns_type(types[t], word));
            begun = true;
            json_line_text(line, NULL, record->data);
        }
        if (begun)
            json_line_array_end(line);
    }
    json_line_object_end(line);
}

static void dns_begin(struct json_line *line, struct text *out, const struct export_run *run,
                      const struct fact_dns *dns, const char *type, int64_t time)
{
    struct eve_ends ends = {dns->flow, &dns->client, &dns->resolver, dns->transport, 0};
    eve_begin(line, out, run, time, "dns", &ends);
    json_line_object(line, "dns");
    json_line_count(line, "version", 2);
    json_line_text(line, "type", type);
}

static void dns_write(struct text *out, const struct export_run *run,
                      const struct export_record *record)
{
    const struct fact_dns *dns = &record->fact->as.dns;
    char word[EXPORT_WORD_SIZE];
    struct json_line line;
    if (dns->query_time != TIMESTAMP_NONE && dns->earlier == 0) {
        dns_begin(&line, out, run, dns, "query", dns->query_time);
        json_line_text(&line, "rrname", dns->name);
        json_line_text(&line, "rrtype", export_dns_type(dns->type, word));
        json_line_count(&line, "queries", dns->queries);
        json_line_object_end(&line);
        json_line_end(&line);
    }
    if (!dns->answered)
        return;
    dns_begin(&line, out, run, dns, "answer", dns->answer_time);
    json_line_bool(&line, "qr", true);
    json_line_bool(&line, "aa", dns->authoritative);
    json_line_bool(&line, "tc", dns->truncated);
    json_line_bool(&line, "ra", dns->recursion_available);
    json_line_text(&line, "rrname", dns->name);
    json_line_text(&line, "rrtype", export_dns_type(dns->type, word));
    json_line_text(&line, "rcode", export_dns_rcode(dns->rcode, word));
    put_records(&line, dns, DNS_ANSWER, "answers");
    put_grouped(&line, dns);
    put_records(&line, dns, DNS_AUTHORITY, "authorities");
    json_line_object_end(&line);
    json_line_end(&line);
}

/* Suricata's words differ from Zeek's. */
static const char *version_word(uint16_t version)
{
    switch (version) {
    case 0x0300:
        return "SSLv3";
    case 0x0301:
        return "TLSv1";
    case 0x0302:
        return "TLS 1.1";
    case 0x0303:
        return "TLS 1.2";
    case 0x0304:
        return "TLS 1.3";
    default:
        return NULL;
    }
}

/* Pairs of digits with colons between them; `upper` as OpenSSL prints serials. */
static void put_colons(struct json_line *line, const char *key, const char *digits, bool upper)
{
    char text[3 * 64];
    size_t length = 0;
    for (size_t i = 0; digits[i] != '\0' && length + 3 < sizeof text; i++) {
        if (i > 0 && i % 2 == 0)
            text[length++] = ':';
        unsigned char digit = (unsigned char)digits[i];
        text[length++] = (char)(upper ? toupper(digit) : tolower(digit));
    }
    text[length] = '\0';
    json_line_text(line, key, text);
}

/* Suricata names certificates by their SHA-1. */
static void put_sha1(struct json_line *line, struct bytes der)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char digits[2 * EVP_MAX_MD_SIZE + 1];
    unsigned int length = 0;
    if (der.length == 0 || EVP_Digest(der.data, der.length, digest, &length, EVP_sha1(), NULL) != 1)
        return;
    text_put_hexadecimal(digits, digest, length);
    put_colons(line, "fingerprint", digits, false);
}

static void put_date(struct json_line *line, const char *key, int64_t time)
{
    char printed[TIMESTAMP_TEXT_SIZE];
    if (time == TIMESTAMP_NONE)
        return;
    timestamp_print(time, printed);
    printed[strcspn(printed, ".Z")] = '\0';
    json_line_text(line, key, printed);
}

static void put_certificate(struct json_line *line, const struct export_run *run, const char *chain)
{
    char sha256[EXPORT_SHA256_SIZE];
    if (chain == NULL || run->certificate == NULL || !export_chain_item(chain, 0, sha256))
        return;
    const struct fact_certificate *leaf = run->certificate(run->certificate_owner, sha256);
    if (leaf == NULL)
        return;
    json_line_text(line, "subject", leaf->subject);
    json_line_text(line, "issuerdn", leaf->issuer);
    if (leaf->serial != NULL)
        put_colons(line, "serial", leaf->serial, true);
    put_sha1(line, leaf->der);
    put_date(line, "notbefore", leaf->not_before);
    put_date(line, "notafter", leaf->not_after);
}

static void put_hash(struct json_line *line, const char *key, const char *hash)
{
    if (hash == NULL)
        return;
    json_line_object(line, key);
    json_line_text(line, "hash", hash);
    json_line_object_end(line);
}

static void put_tls_extras(struct json_line *line, const struct fact_tls *tls)
{
    char suite[TLS_SUITE_SIZE];
    json_line_object(line, "applepath");
    if (tls->server_version != 0)
        json_line_text(line, "cipher", tls_suite_name(tls->cipher, suite));
    json_line_bool(line, "established", tls->handshake_complete || tls->server_data_records > 0);
    if (tls->alert_from != PARTY_NONE) {
        json_line_text(line, "alert", export_tls_alert(tls->alert));
        json_line_text(line, "alert_from", tls->alert_from == PARTY_CLIENT ? "client" : "server");
    }
    json_line_text(line, "cert_chain_sha256", tls->chain);
    json_line_bool(line, "encrypted_client_hello", tls->encrypted_hello);
    json_line_bool(line, "quic", tls->quic_version != 0);
    json_line_object_end(line);
}

static void tls_write(struct text *out, const struct export_run *run,
                      const struct export_record *record)
{
    const struct fact_tls *tls = &record->fact->as.tls;
    struct eve_ends ends = ends_of_flow(record->flow);
    struct json_line line;
    int64_t time = tls->client_hello_time != TIMESTAMP_NONE ? tls->client_hello_time
                                                            : record->flow->first_time;
    eve_begin(&line, out, run, time, "tls", &ends);
    json_line_object(&line, "tls");
    put_certificate(&line, run, tls->chain);
    json_line_text(&line, "sni", tls->server_name);
    json_line_text(&line, "version", version_word(tls->server_version));
    if (tls->resumed)
        json_line_bool(&line, "session_resumed", true);
    put_hash(&line, "ja3", tls->ja3);
    put_hash(&line, "ja3s", tls->ja3s);
    json_line_text(&line, "ja4", tls->ja4);
    json_line_object_end(&line);
    put_tls_extras(&line, tls);
    json_line_end(&line);
}

static void http_write(struct text *out, const struct export_run *run,
                       const struct export_record *record)
{
    const struct fact_http *http = &record->fact->as.http;
    struct eve_ends ends = {http->flow, &http->client, &http->server, TRANSPORT_TCP, 0};
    struct json_line line;
    bool asked = http->request_time != TIMESTAMP_NONE;
    eve_begin(&line, out, run, asked ? http->request_time : http->answer_time, "http", &ends);
    json_line_object(&line, "http");
    json_line_text(&line, "hostname", http->host);
    if (http->port != 0)
        json_line_count(&line, "http_port", http->port);
    json_line_text(&line, "url", http->path);
    json_line_text(&line, "http_user_agent", http->user_agent);
    json_line_text(&line, "http_content_type", http->content_type);
    json_line_text(&line, "http_method", http->method);
    json_line_text(&line, "redirect", http->location);
    if (http->answered) {
        json_line_count(&line, "status", http->status);
        if (http->content_length >= 0)
            json_line_count(&line, "length", (uint64_t)http->content_length);
    }
    json_line_object_end(&line);
    json_line_end(&line);
}

static void ntp_write(struct text *out, const struct export_run *run,
                      const struct export_record *record)
{
    const struct fact_ntp *ntp = &record->fact->as.ntp;
    struct eve_ends ends = {ntp->flow, &ntp->client, &ntp->server, TRANSPORT_UDP, 0};
    struct json_line line;
    bool asked = ntp->request_time != TIMESTAMP_NONE;
    eve_begin(&line, out, run, asked ? ntp->request_time : ntp->answer_time, "ntp", &ends);
    json_line_object(&line, "ntp");
    json_line_count(&line, "version", ntp->version);
    json_line_bool(&line, "answered", ntp->answered);
    if (ntp->answered) {
        json_line_count(&line, "leap", ntp->leap);
        json_line_count(&line, "stratum", ntp->stratum);
        json_line_seconds(&line, "offset", ntp->offset);
        json_line_seconds(&line, "delay", ntp->delay);
    }
    json_line_object_end(&line);
    json_line_end(&line);
}

static void dhcp_write(struct text *out, const struct export_run *run,
                       const struct export_record *record)
{
    const struct fact_lease *lease = &record->fact->as.lease;
    char mac[MAC_TEXT_SIZE];
    struct json_line line;
    (void)run;
    if (lease->source == LEASE_ROUTER)
        return; /* an advertisement, and no DHCP */
    json_line_begin(&line, out);
    json_line_time(&line, "timestamp", lease->first_time);
    json_line_text(&line, "event_type", "dhcp");
    json_line_text(&line, "proto", "UDP");
    json_line_object(&line, "dhcp");
    if (lease->has_mac)
        json_line_text(&line, "client_mac", mac_print(&lease->mac, mac));
    json_line_address(&line, "assigned_ip", &lease->address);
    json_line_address(&line, "dhcp_server", &lease->server);
    json_line_text(&line, "hostname", lease->client_name);
    json_line_text(&line, "vendor_class_identifier", lease->vendor_class);
    json_line_text(&line, "messages", lease->messages);
    json_line_text(&line, "dns_servers", lease->resolvers);
    json_line_text(&line, "routers", lease->routers);
    if (lease->lease_seconds != 0)
        json_line_count(&line, "lease_time", lease->lease_seconds);
    json_line_object_end(&line);
    json_line_end(&line);
}

static void put_texts(struct json_line *line, const char *key, const char *const *texts,
                      size_t count)
{
    json_line_array(line, key);
    for (size_t i = 0; i < count; i++)
        json_line_text(line, NULL, texts[i]);
    json_line_array_end(line);
}

static void put_addresses(struct json_line *line, const char *key, const struct address *addresses,
                          size_t count)
{
    json_line_array(line, key);
    for (size_t i = 0; i < count; i++)
        json_line_address(line, NULL, &addresses[i]);
    json_line_array_end(line);
}

static void put_finding(struct json_line *line, const struct finding *finding)
{
    json_line_object(line, "applepath");
    json_line_text(line, "finding", finding->id);
    json_line_text(line, "kind", finding->kind);
    json_line_text(line, "severity", severity_word(finding->severity));
    json_line_text(line, "confidence", confidence_word(finding->confidence));
    json_line_text(line, "category", finding->category);
    json_line_text(line, "host", finding->host);
    put_texts(line, "names", finding->names, finding->name_count);
    put_addresses(line, "addresses", finding->addresses, finding->address_count);
    put_addresses(line, "devices", finding->devices, finding->device_count);
    if (finding->culprit != NULL) {
        json_line_address(line, "culprit", &finding->culprit->address);
        json_line_text(line, "culprit_role", culprit_role_word(finding->culprit->role));
    }
    json_line_count(line, "count", finding->count);
    json_line_time(line, "first_seen", finding->first_seen);
    json_line_time(line, "last_seen", finding->last_seen);
    json_line_text(line, "remedy", finding->remedy);
    json_line_object_end(line);
}

/* Suricata counts severities from 1, the gravest. */
static uint64_t alert_severity(enum severity severity)
{
    return severity == SEVERITY_CRITICAL ? 1 : severity == SEVERITY_WARNING ? 2 : 3;
}

static void finding_write(struct text *out, const struct export_run *run,
                          const struct finding *finding)
{
    struct json_line line;
    char word[EXPORT_WORD_SIZE];
    int64_t time = finding->first_seen != TIMESTAMP_NONE ? finding->first_seen : run->opened;
    json_line_begin(&line, out);
    json_line_time(&line, "timestamp", time);
    json_line_text(&line, "event_type", "alert");
    if (finding->device_count > 0)
        json_line_address(&line, "src_ip", &finding->devices[0]);
    if (finding->address_count > 0)
        json_line_address(&line, "dest_ip", &finding->addresses[0]);
    if (finding->port > 0)
        json_line_count(&line, "dest_port", (uint64_t)finding->port);
    if (finding->transport != 0)
        put_upper(&line, "proto", export_transport(finding->transport, word));
    json_line_object(&line, "alert");
    json_line_text(&line, "action", "allowed");
    json_line_text(&line, "signature", finding->summary);
    json_line_text(&line, "category", finding->kind);
    json_line_count(&line, "severity", alert_severity(finding->severity));
    json_line_object_end(&line);
    put_finding(&line, finding);
    json_line_end(&line);
}

static const struct export_log logs[] = {
    {NULL, FACT_FLOW, flow_write, NULL, NULL}, {NULL, FACT_TLS, tls_write, NULL, NULL},
    {NULL, FACT_DNS, dns_write, NULL, NULL},   {NULL, FACT_HTTP, http_write, NULL, NULL},
    {NULL, FACT_NTP, ntp_write, NULL, NULL},   {NULL, FACT_LEASE, dhcp_write, NULL, NULL},
};

const struct export_format export_eve = {"ndjson", false, logs, sizeof logs / sizeof logs[0],
                                         finding_write};
