/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which columns of a table does a reading in short have?  Lists of their names.
 */
#include "storage/short_forms.h"

#include <stdbool.h>
#include <string.h>

/* What the ledger adds up: who, to whom, and what became of it. */
static const char *const flow_in_short[] = {
    "id",
    "client_address",
    "client_port",
    "server_address",
    "server_port",
    "transport",
    "server_name",
    "resolved_name",
    "tunnel_port",
    "tunnel_status",
    "first_time",
    "last_time",
    "client_packets",
    "server_packets",
    "server_bytes",
    "client_ttl",
    "server_ttl",
    "outcome",
    "midstream",
    "syns",
    "first_syn_time",
    "last_syn_time",
    "syn_ack_time",
    "reset_stage",
    "reset_ttl",
    "icmp_type",
    "icmp_code",
    "icmp_sender",
    "icmp_ttl",
    NULL,
};

/* How the handshake ended. */
static const char *const tls_in_short[] = {
    "flow",
    "server_hello_time",
    "server_version",
    "alert_from",
    "alert",
    "client_data_records",
    "server_data_records",
    "handshake_complete",
    "client_refused",
    "client_reply_time",
    NULL,
};

/* Who asked whom for what, and how it went. */
static const char *const http_in_short[] = {
    "flow", "client_address", "server_address", "server_port", "purpose", "request_time",
    "host", "user_agent",     "answered",       "answer_time", "status",  "probe_success",
    NULL,
};

/* What was asked, and what the answer says. */
static const char *const dns_in_short[] = {
    "id",
    "client_address",
    "resolver_address",
    "transport",
    "name",
    "type",
    "query_time",
    "source",
    "query_packet",
    "queries",
    "last_query_time",
    "last_query_packet",
    "last_query_packet_source",
    "answered",
    "answer_time",
    "answer_packet",
    "answer_packet_source",
    "answer_ttl",
    "rcode",
    "authoritative",
    "truncated",
    "malformed",
    "recursion_available",
    "earlier",
    "extended_error",
    "extended_text",
    "records",
    NULL,
};

const char *const *table_in_short(enum table table)
{
    static const char *const *const lists[TABLE_COUNT] = {
        [TABLE_FLOW] = flow_in_short,
        [TABLE_TLS] = tls_in_short,
        [TABLE_HTTP] = http_in_short,
        [TABLE_DNS] = dns_in_short,
    };

    return lists[table];
}

static bool is_listed(const char *const *names, const char *name)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

struct short_form table_short_form(enum table table)
{
    const struct table_columns *of = table_columns(table);
    const char *const *names = table_in_short(table);
    struct short_form form = {0};

    for (size_t i = 0; i < of->count && names != NULL && form.count < SHORT_LIMIT; i++)
        if (is_listed(names, of->columns[i].name))
            form.columns[form.count++] = (unsigned char)i;
    return form;
}
