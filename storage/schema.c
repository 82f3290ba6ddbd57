/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the database look like?  Tables and views as SQL text, for people
 * with the sqlite3 shell as much as for this program, and the list of upgrades.
 * A comment inside a statement is kept by SQLite: `.schema flow` shows it.
 */
#include "storage/schema.h"

#include <stdbool.h>
#include <stddef.h>

#define TABLES_WANTED 11

static const char tables_capture[] =
    "CREATE TABLE run (\n"
    "  -- One reading of captures by `applepath read`.\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  tool_version TEXT,\n"
    "  -- Every *_time is nanoseconds since 1970-01-01T00:00:00Z; the views show text.\n"
    "  begun_time INTEGER,\n"
    "  finished INTEGER NOT NULL DEFAULT 0, -- 0: it was stopped, and what it left is not all\n"
    "  -- The highest numbers it used, so that a later run's do not meet them.\n"
    "  highest_source INTEGER NOT NULL DEFAULT 0,\n"
    "  highest_flow INTEGER NOT NULL DEFAULT 0,\n"
    "  highest_dns INTEGER NOT NULL DEFAULT 0\n"
    ");\n"
    "CREATE TABLE source (\n"
    "  -- One capture file or interface.\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run INTEGER NOT NULL, -- run.id\n"
    "  name TEXT, link_type TEXT,\n"
    "  packets INTEGER, bytes INTEGER,\n"
    "  first_time INTEGER, last_time INTEGER,\n"
    "  -- What the capture itself lacks.\n"
    "  undecoded_packets INTEGER, truncated_packets INTEGER, duplicate_packets INTEGER,\n"
    "  dropped_packets INTEGER, -- NULL: not known\n"
    "  cut_short INTEGER -- the file ends in the middle of a packet\n"
    ");\n"
    "CREATE TABLE host (\n"
    "  -- A device that opened connections or asked a resolver.\n"
    "  run INTEGER NOT NULL, -- run.id\n"
    "  address TEXT NOT NULL, mac TEXT,\n"
    "  first_time INTEGER, last_time INTEGER,\n"
    "  packets_sent INTEGER, packets_received INTEGER,\n"
    "  -- Its TCP connections that have nothing to do with Apple, to compare with.\n"
    "  other_tcp_opened INTEGER, other_tcp_answered INTEGER,\n"
    "  other_tcp_silent INTEGER, other_tcp_refused INTEGER,\n"
    "  -- Connections of which the capture has one direction only.\n"
    "  one_sided_sent INTEGER, one_sided_received INTEGER,\n"
    "  last_received_time INTEGER,\n"
    "  unread_errors INTEGER, -- ICMP errors to it that the capture cut\n"
    "  PRIMARY KEY (run, address)\n"
    ") WITHOUT ROWID;\n"
    "CREATE TABLE resolver (\n"
    "  -- All that one device asked one DNS resolver.\n"
    "  run INTEGER NOT NULL, -- run.id\n"
    "  client_address TEXT NOT NULL, resolver_address TEXT NOT NULL,\n"
    "  queries INTEGER, answered INTEGER, retransmitted INTEGER,\n"
    "  first_time INTEGER, last_time INTEGER, last_answer_time INTEGER,\n"
    "  source INTEGER, first_packet INTEGER,\n"
    "  PRIMARY KEY (run, client_address, resolver_address)\n"
    ") WITHOUT ROWID;\n"
    "CREATE TABLE totals (\n"
    "  -- What a run saw altogether.\n"
    "  run INTEGER PRIMARY KEY, -- run.id\n"
    "  packets INTEGER, flows INTEGER, apple_flows INTEGER,\n"
    "  midstream_flows INTEGER, evicted_flows INTEGER,\n"
    "  two_sided_tcp INTEGER, client_only_tcp INTEGER, server_only_tcp INTEGER,\n"
    "  fragments_dropped INTEGER, stream_gaps INTEGER,\n"
    "  unread_packets INTEGER -- not IP, or IP in a tunnel that is not read\n"
    ");\n";

static const char tables_flow[] =
    "CREATE TABLE flow (\n"
    "  -- One TCP connection or UDP conversation.\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run INTEGER NOT NULL, -- run.id\n"
    "  client_address TEXT, client_port INTEGER,\n"
    "  server_address TEXT, server_port INTEGER,\n"
    "  transport TEXT, -- 'tcp', 'udp', ... or a number\n"
    "  vlan INTEGER,\n"
    "  server_name TEXT,   -- what the client named in clear\n"
    "  resolved_name TEXT, -- what it had asked a resolver for to get the address\n"
    "  protocol TEXT,\n"
    "  -- Through a proxy: the port that CONNECT named, and the proxy's last answer.\n"
    "  tunnel_port INTEGER, tunnel_status INTEGER,\n"
    "  first_time INTEGER, last_time INTEGER,\n"
    "  -- Packets are numbered as in Wireshark, within the capture source.id.  A\n"
    "  -- *_packet_source is NULL where that packet is of the same source.\n"
    "  source INTEGER, first_packet INTEGER,\n"
    "  last_packet INTEGER, last_packet_source INTEGER,\n"
    "  client_packets INTEGER, server_packets INTEGER,\n"
    "  client_bytes INTEGER, server_bytes INTEGER, -- payload, without retransmissions\n"
    "  client_last_time INTEGER, server_last_time INTEGER,\n"
    "  client_retransmissions INTEGER, server_retransmissions INTEGER,\n"
    "  client_ttl INTEGER, server_ttl INTEGER, -- of each side's first packet\n"
    "  -- 'silent', 'refused', 'rejected', 'answered', 'closed', 'reset', 'unknown'\n"
    "  outcome TEXT,\n"
    "  midstream INTEGER, -- the capture has not its beginning\n"
    "  history TEXT,      -- letters as in Zeek's conn.log\n"
    "  syns INTEGER, first_syn_time INTEGER, last_syn_time INTEGER, syn_ack_time INTEGER,\n"
    "  -- The TCP reset that ended it; reset_by is whose address it bore.\n"
    "  reset_by TEXT,    -- 'client', 'server', 'other'\n"
    "  -- 'syn', 'opened', 'after-client-hello', 'handshake', 'established', 'closing'\n"
    "  reset_stage TEXT,\n"
    "  reset_time INTEGER, reset_packet INTEGER, reset_packet_source INTEGER,\n"
    "  reset_ttl INTEGER,\n"
    "  server_after_reset INTEGER, -- the server sent more: the reset was not its own\n"
    "  -- The ICMP error that answered it.\n"
    "  icmp_type INTEGER, icmp_code INTEGER, icmp_sender TEXT, icmp_ttl INTEGER,\n"
    "  icmp_time INTEGER, icmp_packet INTEGER, icmp_packet_source INTEGER\n"
    ");\n"
    "CREATE TABLE event (\n"
    "  -- One packet of a flow that a verdict may have to show.\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  flow INTEGER, -- flow.id\n"
    "  kind TEXT,    -- 'syn', 'syn-ack', 'request', 'reset', 'icmp-error', 'tunnel-request', ...\n"
    "  packet_time INTEGER, source INTEGER, packet INTEGER,\n"
    "  sent_by TEXT, -- 'client', 'server', 'other'\n"
    "  sender_address TEXT, ttl INTEGER, ip_identification INTEGER,\n"
    "  tcp_sequence INTEGER, tcp_acknowledgment INTEGER, tcp_window INTEGER,\n"
    "  icmp_type INTEGER, icmp_code INTEGER\n"
    ");\n";

static const char tables_protocol[] =
    "CREATE TABLE dns (\n"
    "  -- One DNS transaction: a query, its retransmissions, its answer if any.\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run INTEGER NOT NULL, -- run.id\n"
    "  client_address TEXT, client_port INTEGER,\n"
    "  resolver_address TEXT, resolver_port INTEGER,\n"
    "  transport TEXT,\n"
    "  name TEXT, type INTEGER, -- 1 A, 28 AAAA, 65 HTTPS, ...: the view has the words\n"
    "  query_time INTEGER, source INTEGER, query_packet INTEGER,\n"
    "  queries INTEGER, -- retransmissions included\n"
    "  last_query_time INTEGER, last_query_packet INTEGER, last_query_packet_source INTEGER,\n"
    "  -- NULL from here on where no answer was seen.\n"
    "  answered INTEGER,\n"
    "  answer_time INTEGER, answer_packet INTEGER, answer_packet_source INTEGER,\n"
    "  answer_ttl INTEGER, -- of the IP header\n"
    "  rcode INTEGER, authoritative INTEGER, truncated INTEGER, malformed INTEGER\n"
    ");\n"
    "CREATE TABLE dns_record (\n"
    "  -- The records of an answer, in its order.\n"
    "  dns INTEGER NOT NULL, -- dns.id\n"
    "  position INTEGER NOT NULL,\n"
    "  section TEXT, -- 'answer', 'authority', 'additional'\n"
    "  owner TEXT, type INTEGER, ttl INTEGER, data TEXT,\n"
    "  address TEXT, -- of A and AAAA\n"
    "  PRIMARY KEY (dns, position)\n"
    ") WITHOUT ROWID;\n"
    "CREATE TABLE tls (\n"
    "  -- A TLS handshake as far as it is in clear.\n"
    "  flow INTEGER PRIMARY KEY, -- flow.id\n"
    "  client_hello_time INTEGER, source INTEGER, client_hello_packet INTEGER,\n"
    "  server_name TEXT, client_alpn TEXT,\n"
    "  client_version INTEGER, -- the highest offered; 771 is TLS 1.2, 772 is TLS 1.3\n"
    "  client_hello_bytes INTEGER,\n"
    "  server_hello_time INTEGER,\n"
    "  server_hello_packet INTEGER, server_hello_packet_source INTEGER,\n"
    "  server_version INTEGER, cipher INTEGER, server_alpn TEXT,\n"
    "  -- An alert in clear.\n"
    "  alert_from TEXT, alert INTEGER,\n"
    "  alert_packet INTEGER, alert_packet_source INTEGER, alert_time INTEGER,\n"
    "  client_data_records INTEGER, server_data_records INTEGER\n"
    ");\n"
    "CREATE TABLE ntp (\n"
    "  -- One NTP request and its answer if any.\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  flow INTEGER, -- flow.id\n"
    "  client_address TEXT, client_port INTEGER, server_address TEXT, server_port INTEGER,\n"
    "  request_time INTEGER, source INTEGER, request_packet INTEGER,\n"
    "  version INTEGER,\n"
    "  answered INTEGER,\n"
    "  answer_time INTEGER, answer_packet INTEGER, answer_packet_source INTEGER,\n"
    "  leap INTEGER, stratum INTEGER,\n"
    "  reference TEXT, -- four bytes in hexadecimal; '52415445' is the kiss code RATE\n"
    "  server_receive_time INTEGER, server_transmit_time INTEGER -- as the server says\n"
    ");\n";

/* Milliseconds are enough for the eye; the tables have the nanoseconds. */
/* Cut to milliseconds and not rounded, as reports do, so that a row is found again. */
#define UTC(column)                                                                                \
    "strftime('%Y-%m-%dT%H:%M:%S', " column                                                        \
    " / 1000000000, 'unixepoch') || printf('.%03dZ', " column " / 1000000 % 1000)"
#define SECONDS(earlier, later) "round((" later " - " earlier ") / 1e9, 6)"
#define CAPTURE(row) "(SELECT name FROM source WHERE id = " row ".source) AS capture"
/* The registry of RFC 6895, as far as people meet it; RFC 3597 for the rest. */
#define DNS_TYPE(column)                                                                           \
    "CASE " column " WHEN 1 THEN 'A' WHEN 2 THEN 'NS' WHEN 5 THEN 'CNAME' WHEN 6 THEN 'SOA'"       \
    " WHEN 12 THEN 'PTR' WHEN 15 THEN 'MX' WHEN 16 THEN 'TXT' WHEN 28 THEN 'AAAA'"                 \
    " WHEN 33 THEN 'SRV' WHEN 41 THEN 'OPT' WHEN 64 THEN 'SVCB' WHEN 65 THEN 'HTTPS'"              \
    " ELSE 'TYPE' || " column " END"
#define TLS_VERSION(column)                                                                        \
    "CASE " column " WHEN 768 THEN 'SSL 3.0' WHEN 769 THEN 'TLS 1.0' WHEN 770 THEN 'TLS 1.1'"      \
    " WHEN 771 THEN 'TLS 1.2' WHEN 772 THEN 'TLS 1.3' ELSE " column " END"

static const char
    views
        [] =
            "CREATE VIEW runs AS SELECT id AS run, " UTC(
                "begun_time") " AS begun, tool_version, finished,"
                              " (SELECT count(*) FROM source WHERE run = run.id) AS captures,"
                              " (SELECT packets FROM totals WHERE run = run.id) AS packets,"
                              " (SELECT flows FROM totals WHERE run = run.id) AS flows FROM run;\n"
                              "CREATE VIEW sources AS SELECT id AS source, run, name, link_type, "
                              "packets, bytes,"
                              " " UTC("first_time") " AS first, " UTC(
                                  "last_time") " AS last,"
                                               " undecoded_packets, truncated_packets, "
                                               "duplicate_packets, dropped_packets, cut_short"
                                               " FROM source;\n"
                                               "CREATE VIEW hosts AS SELECT run, address AS "
                                               "device, mac,"
                                               " " UTC("first_time") " AS first, " UTC("last_time") " AS last, packets_sent, packets_received,"
                                                                                                    " other_tcp_opened, other_tcp_answered, other_tcp_silent, other_tcp_refused,"
                                                                                                    " one_sided_sent, one_sided_received FROM host;\n"
                                                                                                    "CREATE VIEW resolvers AS SELECT run, client_address AS device, resolver_address AS resolver,"
                                                                                                    " queries, answered, retransmitted,"
                                                                                                    " " UTC("first_time") " AS first, " UTC("last_time") " AS last,"
                                                                                                                                                         " " UTC("last_answer_time") " AS last_answer FROM resolver;\n"
                                                                                                                                                                                     "CREATE VIEW flows AS SELECT id AS flow, run, " UTC("first_time") " AS first,"
                                                                                                                                                                                                                                                       " " SECONDS("first_time", "last_time") " AS seconds,"
                                                                                                                                                                                                                                                                                              " client_address AS device, client_port AS device_port,"
                                                                                                                                                                                                                                                                                              " server_address AS server, server_port AS port, transport,"
                                                                                                                                                                                                                                                                                              " coalesce(server_name, resolved_name) AS name, protocol, outcome, history,"
                                                                                                                                                                                                                                                                                              " client_packets, server_packets, client_bytes, server_bytes, syns, client_ttl, server_ttl,"
                                                                                                                                                                                                                                                                                              " " SECONDS(
                                                                                                                                                                                                                                                                                                  "first_syn_time",
                                                                                                                                                                                                                                                                                                  "syn_ack_time") " AS opened_after,"
                                                                                                                                                                                                                                                                                                                  " reset_by, reset_stage, " UTC("reset_time") " AS reset_at, reset_ttl, server_after_reset,"
                                                                                                                                                                                                                                                                                                                                                               " icmp_sender, icmp_type, icmp_code, " UTC("icmp_time") " AS icmp_at, midstream, vlan,"
                                                                                                                                                                                                                                                                                                                                                                                                                       " " CAPTURE(
                                                                                                                                                                                                                                                                                                                                                                                                                           "flow") ", first_packet, reset_packet, icmp_packet FROM flow;\n"
                                                                                                                                                                                                                                                                                                                                                                                                                                   "CREATE VIEW flow_events AS SELECT event.flow,"
                                                                                                                                                                                                                                                                                                                                                                                                                                   " " UTC(
                                                                                                                                                                                                                                                                                                                                                                                                                                       "event.packet_time") " AS time, event.kind,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                            " event.sent_by, event.sender_address AS sender, event.ttl, event.ip_identification,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                            " event.tcp_sequence, event.tcp_acknowledgment, event.tcp_window, event.icmp_type,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                            " CASE WHEN event.kind = 'icmp-error' THEN coalesce(event.icmp_code, 0) END AS icmp_code,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                            " flow.client_address AS device, flow.server_address AS server, flow.server_port AS port,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                            " coalesce(flow.server_name, flow.resolved_name) AS name,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                            " " CAPTURE("event") ", event.packet"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 " FROM event LEFT JOIN flow ON flow.id = event.flow;\n"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "CREATE VIEW dns_transactions AS SELECT id AS dns, run, " UTC(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     "query_time") " AS asked,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   " " SECONDS("query_time",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "answer_time") " AS seconds,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              " client_address AS device, resolver_address AS resolver, transport,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              " name, " DNS_TYPE("type") " AS type, queries, answered,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         " CASE rcode WHEN 0 THEN 'NOERROR' WHEN 1 THEN 'FORMERR' WHEN 2 THEN 'SERVFAIL'"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         " WHEN 3 THEN 'NXDOMAIN' WHEN 4 THEN 'NOTIMP' WHEN 5 THEN 'REFUSED' ELSE rcode END AS rcode,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         " (SELECT group_concat(data, ', ') FROM (SELECT data FROM dns_record"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "  WHERE dns_record.dns = dns.id AND section = 'answer' ORDER BY position)) AS answer,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         " authoritative, truncated, malformed, answer_ttl,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         " " CAPTURE(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             "dns") ", query_packet, answer_packet FROM dns;\n"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "CREATE VIEW dns_records AS SELECT dns_record.dns, " UTC(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "dns.answer_time") " AS answered,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           " dns.client_address AS device, dns.resolver_address AS resolver, dns.name AS question,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           " dns_record.position, dns_record.section, dns_record.owner,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           " " DNS_TYPE(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "dns_record.type") " AS type, dns_record.ttl, dns_record.data"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  " FROM dns_record JOIN dns ON dns.id = dns_record.dns;\n"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  "CREATE VIEW tls_handshakes AS SELECT tls.flow,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  " " UTC("tls.client_hello_time") " AS client_hello,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   " " SECONDS("tls.client_hello_time",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "tls.server_hello_time") " AS server_hello_after,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        " flow.client_address AS device, flow.server_address AS server, flow.server_port AS port,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        " tls.server_name, tls.client_alpn, " TLS_VERSION(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            "tls.client_version") " AS client_version,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  " tls.client_hello_bytes, " TLS_VERSION("tls.server_version") " AS server_version,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                " CASE WHEN tls.cipher > 0 THEN printf('0x%04x', tls.cipher) END AS cipher,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                " tls.server_alpn, tls.alert_from, tls.alert,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                " tls.client_data_records, tls.server_data_records, flow.outcome, flow.reset_stage,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                " " CAPTURE(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "tls") ", tls.client_hello_packet, tls.server_hello_packet"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           " FROM tls LEFT JOIN flow ON flow.id = tls.flow;\n"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           "CREATE VIEW ntp_exchanges AS SELECT flow, " UTC("request_time") " AS asked,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            " " SECONDS(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "request_time",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "answer_time") " AS seconds,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               " client_address AS device, server_address AS server, version, answered, stratum,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               " CASE WHEN stratum = 0 THEN CASE reference WHEN '52415445' THEN 'RATE'"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               " WHEN '44454e59' THEN 'DENY' WHEN '52535452' THEN 'RSTR' ELSE reference END END AS kiss,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               " " SECONDS(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   "answer_time", "server_transmit_time") " AS server_ahead,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          " " CAPTURE(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              "ntp") ", request_packet, answer_packet FROM ntp;\n";

/* What the reads sort by, so that a million rows need no sorting. */
static const char indexes[] =
    "CREATE INDEX IF NOT EXISTS flow_by_time ON flow (first_time);\n"
    "CREATE INDEX IF NOT EXISTS event_by_time ON event (packet_time);\n"
    "CREATE INDEX IF NOT EXISTS event_by_flow ON event (flow, packet_time);\n"
    "CREATE INDEX IF NOT EXISTS dns_by_time ON dns (coalesce(query_time, answer_time));\n"
    "CREATE INDEX IF NOT EXISTS ntp_by_time ON ntp (coalesce(request_time, answer_time));\n";

static const char version_1_marks[] = "PRAGMA application_id = 1095782476;\n"
                                      "PRAGMA user_version = 1;\n";

/* upgrades[n] turns schema n into schema n + 1, and ends by saying so. */
static const struct upgrade {
    const char *steps[5];
} upgrades[SCHEMA_VERSION] = {
    {{tables_capture, tables_flow, tables_protocol, views, version_1_marks}},
};

/* The first column of the first row as a number. */
static int query_number(sqlite3 *database, const char *sql, int *number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);

    if (code != SQLITE_OK)
        return code;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *number = sqlite3_column_int(statement, 0);
    return sqlite3_finalize(statement);
}

int schema_inspect(sqlite3 *database, enum schema_state *state, int *version)
{
    int application = 0, objects = 0, tables = 0, code;

    *version = 0;
    if ((code = query_number(database, "PRAGMA application_id", &application)) != SQLITE_OK ||
        (code = query_number(database, "PRAGMA user_version", version)) != SQLITE_OK ||
        (code = query_number(database, "SELECT count(*) FROM sqlite_master", &objects)) !=
            SQLITE_OK)
        return code;
    /* Views and virtual tables by our names would run what a stranger wrote. */
    code = query_number(database,
                        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
                        " AND name IN ('run', 'source', 'host', 'resolver', 'totals', 'flow',"
                        " 'event', 'dns', 'dns_record', 'tls', 'ntp')",
                        &tables);
    if (application == 0 && *version == 0 && objects == 0)
        *state = SCHEMA_EMPTY;
    else if (application != SCHEMA_APPLICATION_ID)
        *state = SCHEMA_FOREIGN;
    else if (*version > SCHEMA_VERSION)
        *state = SCHEMA_NEWER;
    else if (*version < 1 || tables != TABLES_WANTED)
        *state = SCHEMA_DAMAGED;
    else
        *state = SCHEMA_OURS;
    return code;
}

static int run_upgrade(sqlite3 *database, const struct upgrade *upgrade)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < sizeof upgrade->steps / sizeof upgrade->steps[0]; i++) {
        if (code == SQLITE_OK && upgrade->steps[i] != NULL)
            code = sqlite3_exec(database, upgrade->steps[i], NULL, NULL, NULL);
    }
    return code;
}

int schema_upgrade(sqlite3 *database)
{
    int version = 0;
    int code = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    if (code != SQLITE_OK)
        return code;
    code = query_number(database, "PRAGMA user_version", &version);
    for (; code == SQLITE_OK && version >= 0 && version < SCHEMA_VERSION; version++)
        code = run_upgrade(database, &upgrades[version]);
    if (code == SQLITE_OK)
        code = sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK && !sqlite3_get_autocommit(database))
        sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

int schema_make_indexes(sqlite3 *database)
{
    return sqlite3_exec(database, indexes, NULL, NULL, NULL);
}
