/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts as Zeek's logs conn, dns, ssl, x509, http and ntp, with the columns that Zeek
 * 7 gives them and the Community ID, JA3 and JA4 that its usual packages add.  What
 * passive facts do not hold is unset; doc/export.md says which.
 */
#include <stdio.h>
#include <string.h>

#include "reports/community_id.h"
#include "reports/export.h"
#include "reports/export_words.h"
#include "reports/tls_suites.h"
#include "reports/zeek_row.h"

#define LIST_LIMIT 256
#define FIELD_COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))
#define CONNECTION_FIELDS                                                                          \
    {"ts", "time"}, {"uid", "string"}, {"id.orig_h", "addr"}, {"id.orig_p", "port"},               \
        {"id.resp_h", "addr"},                                                                     \
    {                                                                                              \
        "id.resp_p", "port"                                                                        \
    }

/* clang-format off */
static const struct zeek_field conn_fields[] = {
    CONNECTION_FIELDS, {"proto", "enum"}, {"service", "string"}, {"duration", "interval"},
    {"orig_bytes", "count"}, {"resp_bytes", "count"}, {"conn_state", "string"},
    {"local_orig", "bool"}, {"local_resp", "bool"}, {"missed_bytes", "count"},
    {"history", "string"}, {"orig_pkts", "count"}, {"orig_ip_bytes", "count"},
    {"resp_pkts", "count"}, {"resp_ip_bytes", "count"}, {"tunnel_parents", "set[string]"},
    {"ip_proto", "count"}, {"vlan", "int"}, {"community_id", "string"},
};

static const struct zeek_field dns_fields[] = {
    CONNECTION_FIELDS, {"proto", "enum"}, {"trans_id", "count"}, {"rtt", "interval"},
    {"query", "string"}, {"qclass", "count"}, {"qclass_name", "string"}, {"qtype", "count"},
    {"qtype_name", "string"}, {"rcode", "count"}, {"rcode_name", "string"}, {"AA", "bool"},
    {"TC", "bool"}, {"RD", "bool"}, {"RA", "bool"}, {"Z", "count"},
    {"answers", "vector[string]"}, {"TTLs", "vector[interval]"}, {"rejected", "bool"},
};

static const struct zeek_field ssl_fields[] = {
    CONNECTION_FIELDS, {"version", "string"}, {"cipher", "string"}, {"curve", "string"},
    {"server_name", "string"}, {"resumed", "bool"}, {"last_alert", "string"},
    {"next_protocol", "string"}, {"established", "bool"}, {"ssl_history", "string"},
    {"cert_chain_fps", "vector[string]"}, {"client_cert_chain_fps", "vector[string]"},
    {"sni_matches_cert", "bool"}, {"ja3", "string"}, {"ja3s", "string"}, {"ja4", "string"},
};

static const struct zeek_field x509_fields[] = {
    {"ts", "time"}, {"fingerprint", "string"}, {"certificate.version", "count"},
    {"certificate.serial", "string"}, {"certificate.subject", "string"},
    {"certificate.issuer", "string"}, {"certificate.not_valid_before", "time"},
    {"certificate.not_valid_after", "time"}, {"certificate.key_alg", "string"},
    {"certificate.sig_alg", "string"}, {"certificate.key_type", "string"},
    {"certificate.key_length", "count"}, {"certificate.exponent", "string"},
    {"certificate.curve", "string"}, {"san.dns", "vector[string]"}, {"san.uri", "vector[string]"},
    {"san.email", "vector[string]"}, {"san.ip", "vector[addr]"},
    {"basic_constraints.ca", "bool"}, {"basic_constraints.path_len", "count"},
    {"host_cert", "bool"}, {"client_cert", "bool"},
};

static const struct zeek_field http_fields[] = {
    CONNECTION_FIELDS, {"trans_depth", "count"}, {"method", "string"}, {"host", "string"},
    {"uri", "string"}, {"referrer", "string"}, {"version", "string"}, {"user_agent", "string"},
    {"origin", "string"}, {"request_body_len", "count"}, {"response_body_len", "count"},
    {"status_code", "count"}, {"status_msg", "string"}, {"info_code", "count"},
    {"info_msg", "string"}, {"tags", "set[enum]"}, {"username", "string"},
    {"password", "string"}, {"proxied", "set[string]"}, {"orig_fuids", "vector[string]"},
    {"orig_filenames", "vector[string]"}, {"orig_mime_types", "vector[string]"},
    {"resp_fuids", "vector[string]"}, {"resp_filenames", "vector[string]"},
    {"resp_mime_types", "vector[string]"},
};

static const struct zeek_field ntp_fields[] = {
    CONNECTION_FIELDS, {"version", "count"}, {"mode", "count"}, {"stratum", "count"},
    {"poll", "interval"}, {"precision", "interval"}, {"root_delay", "interval"},
    {"root_disp", "interval"}, {"ref_id", "string"}, {"ref_time", "time"}, {"org_time", "time"},
    {"rec_time", "time"}, {"xmt_time", "time"}, {"num_exts", "count"},
};
/* clang-format on */

static void put_connection(struct zeek_row *row, const struct export_run *run, int64_t time,
                           uint64_t flow, const struct endpoint *client,
                           const struct endpoint *server)
{
    char uid[EXPORT_UID_SIZE];
    zeek_time(row, time);
    zeek_text(row, flow != 0 ? export_uid(run->identity, flow, uid) : NULL);
    zeek_address(row, &client->address);
    zeek_count(row, client->port);
    zeek_address(row, &server->address);
    zeek_count(row, server->port);
}

static void put_history(struct zeek_row *row, const struct fact_flow *flow)
{
    const char *history = flow->history;
    if (flow->transport == TRANSPORT_UDP)
        history = flow->server_packets == 0 ? "D" : flow->client_packets == 0 ? "d" : "Dd";
    zeek_text(row, history != NULL && history[0] != '\0' ? history : NULL);
}

/* What went to and fro, and how it ended. */
static void put_conduct(struct zeek_row *row, const struct fact_flow *flow)
{
    bool lasted = flow->last_time > flow->first_time;
    if (lasted) {
        zeek_interval(row, flow->last_time - flow->first_time);
        zeek_count(row, flow->client_bytes);
        zeek_count(row, flow->server_bytes);
    } else {
        zeek_unset(row, 3);
    }
    zeek_text(row, export_connection_state(flow));
    zeek_bool(row, address_is_private(&flow->client.address));
    zeek_bool(row, address_is_private(&flow->server.address));
    zeek_unset(row, 1);
    put_history(row, flow);
    zeek_count(row, flow->client_packets);
    zeek_unset(row, 1);
    zeek_count(row, flow->server_packets);
    zeek_unset(row, 2);
}

static void put_conn(struct zeek_row *row, const struct export_run *run,
                     const struct export_record *record)
{
    const struct fact_flow *flow = &record->fact->as.flow;
    char word[EXPORT_WORD_SIZE], community[COMMUNITY_ID_SIZE];
    struct community_tuple tuple = {flow->client, flow->server, flow->transport};
    put_connection(row, run, flow->first_time, flow->id, &flow->client, &flow->server);
    zeek_text(row, export_transport(flow->transport, word));
    zeek_text(row, export_service(flow->protocol));
    put_conduct(row, flow);
    zeek_count(row, flow->transport);
    if (flow->vlan != 0)
        zeek_count(row, flow->vlan);
    else
        zeek_unset(row, 1);
    zeek_text(row, community_id_print(&tuple, run->seed, community));
}

static void put_answers(struct zeek_row *row, const struct fact_dns *dns)
{
    const char *answers[LIST_LIMIT];
    uint32_t times[LIST_LIMIT];
    size_t count = 0;
    for (size_t i = 0; i < dns->record_count && count < LIST_LIMIT; i++) {
        if (dns->records[i].section != DNS_ANSWER || dns->records[i].data == NULL)
            continue;
        answers[count] = dns->records[i].data;
        times[count++] = dns->records[i].ttl;
    }
    if (count == 0) {
        zeek_unset(row, 2);
        return;
    }
    zeek_list(row, answers, count);
    zeek_seconds_list(row, times, count);
}

static void put_dns_answer(struct zeek_row *row, const struct fact_dns *dns)
{
    char word[EXPORT_WORD_SIZE];
    if (!dns->answered) {
        zeek_unset(row, 9);
        zeek_bool(row, false);
        return;
    }
    zeek_count(row, dns->rcode);
    zeek_text(row, export_dns_rcode(dns->rcode, word));
    zeek_bool(row, dns->authoritative);
    zeek_bool(row, dns->truncated);
    zeek_unset(row, 1);
    zeek_bool(row, dns->recursion_available);
    zeek_unset(row, 1);
    put_answers(row, dns);
    /* An error, and nobody to ask instead. */
    zeek_bool(row, dns->rcode != 0 && dns->record_count == 0);
}

static void put_dns(struct zeek_row *row, const struct export_run *run,
                    const struct export_record *record)
{
    const struct fact_dns *dns = &record->fact->as.dns;
    char word[EXPORT_WORD_SIZE];
    bool asked = dns->query_time != TIMESTAMP_NONE;
    put_connection(row, run, asked ? dns->query_time : dns->answer_time, dns->flow, &dns->client,
                   &dns->resolver);
    zeek_text(row, export_transport(dns->transport, word));
    zeek_unset(row, 1);
    if (asked && dns->answered && dns->answer_time >= dns->query_time)
        zeek_interval(row, dns->answer_time - dns->query_time);
    else
        zeek_unset(row, 1);
    if (dns->name == NULL) {
        zeek_unset(row, 5);
    } else {
        zeek_text(row, dns->name[0] != '\0' ? dns->name : ".");
        zeek_count(row, 1);
        zeek_text(row, "C_INTERNET");
        zeek_count(row, dns->type);
        zeek_text(row, export_dns_type(dns->type, word));
    }
    put_dns_answer(row, dns);
}

static void put_chain(struct zeek_row *row, const char *chain)
{
    char fingerprints[16][EXPORT_SHA256_SIZE];
    const char *items[16];
    size_t count = 0;
    while (chain != NULL && count < FIELD_COUNT(items) &&
           export_chain_item(chain, count, fingerprints[count])) {
        items[count] = fingerprints[count];
        count++;
    }
    if (count > 0)
        zeek_list(row, items, count);
    else
        zeek_unset(row, 1);
}

static void put_ssl(struct zeek_row *row, const struct export_run *run,
                    const struct export_record *record)
{
    const struct fact_tls *tls = &record->fact->as.tls;
    const struct fact_flow *flow = record->flow;
    char suite[TLS_SUITE_SIZE];
    int64_t time =
        tls->client_hello_time != TIMESTAMP_NONE ? tls->client_hello_time : flow->first_time;
    bool chosen = tls->server_version != 0;
    put_connection(row, run, time, flow->id, &flow->client, &flow->server);
    zeek_text(row, export_tls_version(tls->server_version));
    zeek_text(row, chosen ? tls_suite_name(tls->cipher, suite) : NULL);
    zeek_text(row, tls->group != 0 ? export_tls_group(tls->group) : NULL);
    zeek_text(row, tls->server_name);
    zeek_bool(row, tls->resumed);
    zeek_text(row, tls->alert_from != PARTY_NONE ? export_tls_alert(tls->alert) : NULL);
    zeek_text(row, tls->server_alpn);
    zeek_bool(row, tls->handshake_complete || tls->server_data_records > 0);
    zeek_unset(row, 1);
    put_chain(row, tls->chain);
    zeek_unset(row, 2);
    zeek_text(row, tls->ja3);
    zeek_text(row, tls->ja3s);
    zeek_text(row, tls->ja4);
}

/* "RSA 2048", "EC prime256v1" */
static void put_key(struct zeek_row *row, const char *key)
{
    uint64_t length = 0;
    if (key != NULL && strncmp(key, "RSA ", 4) == 0) {
        for (const char *digit = key + 4; *digit >= '0' && *digit <= '9' && length < 100000;)
            length = length * 10 + (uint64_t)(*digit++ - '0');
        zeek_text(row, "rsa");
        zeek_count(row, length);
        zeek_unset(row, 2);
    } else if (key != NULL && strncmp(key, "EC ", 3) == 0) {
        zeek_text(row, "ecdsa");
        zeek_unset(row, 2);
        zeek_text(row, key + 3);
    } else {
        zeek_text(row, key);
        zeek_unset(row, 3);
    }
}

/* Cuts a copy of the comma-separated names apart. */
static void put_names(struct zeek_row *row, const char *names)
{
    char copy[4097];
    const char *items[LIST_LIMIT];
    size_t count = 0;
    if (names == NULL || names[0] == '\0') {
        zeek_unset(row, 1);
        return;
    }
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = copy; name != NULL && count < LIST_LIMIT;) {
        char *comma = strchr(name, ',');
        if (comma != NULL)
            *comma++ = '\0';
        items[count++] = name;
        name = comma;
    }
    zeek_list(row, items, count);
}

static void put_x509(struct zeek_row *row, const struct export_run *run,
                     const struct export_record *record)
{
    const struct fact_certificate *certificate = &record->fact->as.certificate;
    (void)run;
    zeek_time(row, certificate->first_time);
    zeek_text(row, certificate->sha256);
    zeek_unset(row, 1);
    zeek_text(row, certificate->serial);
    zeek_text(row, certificate->subject);
    zeek_text(row, certificate->issuer);
    zeek_time(row, certificate->not_before);
    zeek_time(row, certificate->not_after);
    zeek_unset(row, 2);
    put_key(row, certificate->key);
    put_names(row, certificate->names);
    zeek_unset(row, 3);
    zeek_bool(row, certificate->authority);
    zeek_unset(row, 1);
    zeek_bool(row, !certificate->authority);
    zeek_bool(row, false);
}

static void put_http(struct zeek_row *row, const struct export_run *run,
                     const struct export_record *record)
{
    const struct fact_http *http = &record->fact->as.http;
    bool asked = http->request_time != TIMESTAMP_NONE;
    put_connection(row, run, asked ? http->request_time : http->answer_time, http->flow,
                   &http->client, &http->server);
    zeek_unset(row, 1);
    zeek_text(row, http->method);
    zeek_text(row, http->host);
    zeek_text(row, http->path);
    zeek_unset(row, 2);
    zeek_text(row, http->user_agent);
    zeek_unset(row, 2);
    if (http->answered && http->content_length >= 0)
        zeek_count(row, (uint64_t)http->content_length);
    else
        zeek_unset(row, 1);
    if (http->answered)
        zeek_count(row, http->status);
    else
        zeek_unset(row, 1);
    zeek_unset(row, 10);
    if (http->content_type != NULL) {
        zeek_unset(row, 2);
        zeek_list(row, &http->content_type, 1);
    }
}

/* The reference as Zeek shows it: letters where it is a code, else an address. */
static const char *reference_text(const struct fact_ntp *ntp, char text[16])
{
    const uint8_t *reference = ntp->reference;
    snprintf(text, 16, "%u.%u.%u.%u", reference[0], reference[1], reference[2], reference[3]);
    size_t length = 0;
    while (length < 4 && reference[length] > ' ' && reference[length] < 0x7f)
        length++;
    bool letters = length > 0;
    for (size_t i = length; i < 4; i++)
        letters = letters && reference[i] == 0;
    if (ntp->stratum > 1 || !letters)
        return text;
    memcpy(text, reference, length);
    text[length] = '\0';
    return text;
}

static void ntp_row(struct text *out, const struct export_run *run, const struct fact_ntp *ntp,
                    bool answer, bool json)
{
    struct zeek_row row;
    char reference[16];
    zeek_begin(&row, out, ntp_fields, FIELD_COUNT(ntp_fields), json);
    put_connection(&row, run, answer ? ntp->answer_time : ntp->request_time, ntp->flow,
                   &ntp->client, &ntp->server);
    zeek_count(&row, ntp->version);
    zeek_count(&row, answer ? 4 : 3); /* modes server and client, RFC 5905 section 3 */
    if (answer) {
        zeek_count(&row, ntp->stratum);
        zeek_unset(&row, 2);
        zeek_interval(&row, ntp->root_delay);
        zeek_interval(&row, ntp->root_dispersion);
        zeek_text(&row, reference_text(ntp, reference));
        zeek_time(&row, ntp->reference_time);
        zeek_time(&row, ntp->client_transmit_time);
        zeek_time(&row, ntp->server_receive_time);
        zeek_time(&row, ntp->server_transmit_time);
    } else {
        zeek_unset(&row, 9);
        zeek_time(&row, ntp->client_transmit_time);
    }
    zeek_end(&row);
}

static void ntp_rows(struct text *out, const struct export_run *run,
                     const struct export_record *record, bool json)
{
    const struct fact_ntp *ntp = &record->fact->as.ntp;
    if (ntp->request_time != TIMESTAMP_NONE)
        ntp_row(out, run, ntp, false, json);
    if (ntp->answered)
        ntp_row(out, run, ntp, true, json);
}

static void ntp_write(struct text *out, const struct export_run *run,
                      const struct export_record *record)
{
    ntp_rows(out, run, record, false);
}

static void ntp_json_write(struct text *out, const struct export_run *run,
                           const struct export_record *record)
{
    ntp_rows(out, run, record, true);
}

static void end_write(struct text *out, const struct export_run *run)
{
    zeek_footer(out, run->opened);
}

/* The functions of a log: header, a row of tabs, a row of JSON. */
#define HEADER(log)                                                                                \
    static void log##_begin(struct text *out, const struct export_run *run)                        \
    {                                                                                              \
        zeek_header(out, #log, log##_fields, FIELD_COUNT(log##_fields), run->opened);              \
    }
#define ROW(name, log, json)                                                                       \
    static void name(struct text *out, const struct export_run *run,                               \
                     const struct export_record *record)                                           \
    {                                                                                              \
        struct zeek_row row;                                                                       \
        zeek_begin(&row, out, log##_fields, FIELD_COUNT(log##_fields), json);                      \
        put_##log(&row, run, record);                                                              \
        zeek_end(&row);                                                                            \
    }
#define LOG(log) HEADER(log) ROW(log##_write, log, false) ROW(log##_json_write, log, true)

LOG(conn)
LOG(dns)
LOG(ssl)
LOG(x509)
LOG(http)
HEADER(ntp)

static const struct export_log tab_logs[] = {
    {"conn.log", FACT_FLOW, conn_write, conn_begin, end_write},
    {"dns.log", FACT_DNS, dns_write, dns_begin, end_write},
    {"ssl.log", FACT_TLS, ssl_write, ssl_begin, end_write},
    {"x509.log", FACT_CERTIFICATE, x509_write, x509_begin, end_write},
    {"http.log", FACT_HTTP, http_write, http_begin, end_write},
    {"ntp.log", FACT_NTP, ntp_write, ntp_begin, end_write},
};

static const struct export_log json_logs[] = {
    {"conn.log", FACT_FLOW, conn_json_write, NULL, NULL},
    {"dns.log", FACT_DNS, dns_json_write, NULL, NULL},
    {"ssl.log", FACT_TLS, ssl_json_write, NULL, NULL},
    {"x509.log", FACT_CERTIFICATE, x509_json_write, NULL, NULL},
    {"http.log", FACT_HTTP, http_json_write, NULL, NULL},
    {"ntp.log", FACT_NTP, ntp_json_write, NULL, NULL},
};

const struct export_format export_zeek = {"zeek", true, tab_logs, FIELD_COUNT(tab_logs), NULL};
const struct export_format export_zeek_json = {"zeek-json", true, json_logs, FIELD_COUNT(json_logs),
                                               NULL};
