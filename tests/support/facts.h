/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the explaining half make of these facts?  For the unit tests of
 * diagnosis/: facts by hand, each with what a real one would have, a store in
 * memory, and the diagnosis of it.  Times are milliseconds from one epoch.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_FACTS_H
#define APPLEPATH_TESTS_SUPPORT_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "diagnosis/builder.h"
#include "diagnosis/diagnose.h"
#include "diagnosis/networks.h"
#include "diagnosis/finding.h"
#include "storage/store.h"

#ifndef FACTS_LIMIT
#define FACTS_LIMIT 600
#endif
#define FACTS_EPOCH (INT64_C(1763625600) * NANOSECONDS_PER_SECOND)
#define FACTS_MILLISECOND INT64_C(1000000)

/* One network that most tests live in. */
#define DEVICE "10.0.0.20"
#define OTHER_DEVICE "10.0.0.21"
#define RESOLVER "10.0.0.2"
#define OTHER_RESOLVER "10.0.0.3"
#define GATEWAY "10.0.0.1"
#define PROXY "10.0.0.8"
#define COURIER "17.57.144.36"
#define OTHER_COURIER "17.57.144.37"

struct facts {
    struct fact *list; /* owned; totals and one source come first */
    size_t count;
    struct arena arena;
    struct catalog *catalog;
    const struct places *places; /* NULL: the built-in table */
    struct trust_store *trust; /* borrowed; NULL: no roots */
    struct store *store; /* while there is a diagnosis */
    struct diagnosis *diagnosis; /* NULL until facts_diagnose */
    struct problem problem;
    uint64_t next_packet, next_flow, next_dns;
};

static inline int64_t facts_time(int64_t milliseconds)
{
    return FACTS_EPOCH + milliseconds * FACTS_MILLISECOND;
}

static inline struct address facts_address(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

static inline uint64_t facts_packet(struct facts *facts)
{
    return packet_identity(1, ++facts->next_packet);
}

static inline struct fact *facts_add(struct facts *facts, enum fact_kind kind)
{
    assert_true(facts->count < FACTS_LIMIT);
    struct fact *fact = &facts->list[facts->count++];
    memset(fact, 0, sizeof *fact);
    fact->kind = kind;
    return fact;
}

/* A capture with both directions in it. */
static inline void facts_begin(struct facts *facts)
{
    memset(facts, 0, sizeof *facts);
    facts->list = calloc(FACTS_LIMIT, sizeof *facts->list);
    facts->catalog = catalog_load(NULL, 0, &facts->problem);
    assert_non_null(facts->list);
    assert_non_null(facts->catalog);
    facts_add(facts, FACT_TOTALS)->as.totals =
        (struct fact_totals){.packets = 1000, .flows = 100, .two_sided_tcp = 90};
    facts_add(facts, FACT_SOURCE)->as.source = (struct fact_source){.id = 1,
                                                                    .name = "/captures/site.pcap",
                                                                    .link_type = "EN10MB",
                                                                    .packets = 1000,
                                                                    .bytes = 100000,
                                                                    .first_time = facts_time(0),
                                                                    .last_time = facts_time(600000),
                                                                    .dropped_packets = -1};
}

static inline struct fact_totals *facts_totals(struct facts *facts)
{
    return &facts->list[0].as.totals;
}

static inline struct fact_source *facts_source(struct facts *facts)
{
    return &facts->list[1].as.source;
}

/* A client that the capture shows to receive packets all the time. */
static inline struct fact_host *facts_host(struct facts *facts, const char *address)
{
    struct fact_host *host = &facts_add(facts, FACT_HOST)->as.host;
    *host = (struct fact_host){.address = facts_address(address),
                               .first_time = facts_time(0),
                               .last_time = facts_time(600000),
                               .packets_sent = 50,
                               .packets_received = 50,
                               .other_tcp_opened = 4,
                               .other_tcp_answered = 4,
                               .first_received_time = facts_time(0),
                               .last_received_time = facts_time(600000)};
    return host;
}

static inline void facts_give_mac(struct fact_host *host, const char *mac)
{
    host->has_mac = true;
    assert_true(mac_parse(mac, &host->mac));
}

static inline struct fact_event *facts_event(struct facts *facts, const struct fact_flow *flow,
                                             enum event_kind kind, int64_t time)
{
    struct fact_event *event = &facts_add(facts, FACT_EVENT)->as.event;
    event->flow = flow->id;
    event->kind = kind;
    event->time = time;
    event->packet = facts_packet(facts);
    event->from = PARTY_CLIENT;
    event->sender = flow->client.address;
    event->ttl = 64;
    return event;
}

/* A flow of which nothing is known but its ends; `at` in milliseconds. */
static inline struct fact_flow *facts_flow(struct facts *facts, const char *client,
                                           const char *server, uint16_t port, uint8_t transport,
                                           int64_t at)
{
    struct fact_flow *flow = &facts_add(facts, FACT_FLOW)->as.flow;
    flow->id = ++facts->next_flow;
    flow->client.address = facts_address(client);
    flow->client.port = (uint16_t)(50000 + flow->id % 10000);
    flow->server.address = facts_address(server);
    flow->server.port = port;
    flow->transport = transport;
    flow->first_time = flow->last_time = flow->client_last_time = facts_time(at);
    flow->first_packet = flow->last_packet = facts_packet(facts);
    flow->client_packets = 1;
    flow->first_syn_time = flow->last_syn_time = flow->syn_ack_time = TIMESTAMP_NONE;
    flow->server_last_time = flow->reset_time = flow->icmp_time = TIMESTAMP_NONE;
    flow->reset_gap = flow->reset_offset = DIFFERENCE_NONE;
    flow->history = "";
    flow->client_ttl = 64;
    return flow;
}

/* SYNs a second apart, and nothing back. */
static inline struct fact_flow *facts_silent(struct facts *facts, const char *client,
                                             const char *server, uint16_t port, uint32_t syns,
                                             int64_t at)
{
    struct fact_flow *flow = facts_flow(facts, client, server, port, TRANSPORT_TCP, at);
    flow->outcome = OUTCOME_SILENT;
    flow->syns = syns;
    flow->client_packets = syns;
    flow->first_syn_time = facts_time(at);
    flow->last_syn_time = flow->last_time = flow->client_last_time =
        facts_time(at + ((int64_t)syns - 1) * 1000);
    for (uint32_t i = 0; i < syns; i++)
        facts_event(facts, flow, EVENT_SYN, facts_time(at + (int64_t)i * 1000));
    return flow;
}

/* A connection that did its work and was closed by FINs. */
static inline struct fact_flow *facts_answered(struct facts *facts, const char *client,
                                               const char *server, uint16_t port, int64_t at)
{
    struct fact_flow *flow = facts_flow(facts, client, server, port, TRANSPORT_TCP, at);
    flow->outcome = OUTCOME_CLOSED;
    flow->syns = 1;
    flow->first_syn_time = flow->last_syn_time = facts_time(at);
    flow->syn_ack_time = facts_time(at + 20);
    flow->client_packets = 8;
    flow->server_packets = 7;
    flow->client_bytes = 900;
    flow->server_bytes = 5000;
    flow->server_ttl = 52;
    flow->last_time = flow->client_last_time = flow->server_last_time = facts_time(at + 400);
    return flow;
}

/* RST to the SYN. */
static inline struct fact_flow *facts_refused(struct facts *facts, const char *client,
                                              const char *server, uint16_t port, int64_t at)
{
    struct fact_flow *flow = facts_silent(facts, client, server, port, 1, at);
    flow->outcome = OUTCOME_REFUSED;
    flow->server_packets = 1;
    flow->last_time = flow->server_last_time = flow->reset_time = facts_time(at + 2);
    flow->reset_by = PARTY_SERVER;
    flow->reset_stage = RESET_STAGE_SYN;
    flow->reset_ttl = 63;
    flow->reset_packet = facts_packet(facts);
    return flow;
}

/* An ICMP error (ICMPv6 where the sender is such) in answer to the first packet. */
static inline void facts_reject(struct facts *facts, struct fact_flow *flow, const char *sender,
                                uint8_t type, uint8_t code)
{
    flow->outcome = OUTCOME_REJECTED;
    flow->has_icmp = true;
    flow->icmp_type = type;
    flow->icmp_code = code;
    flow->icmp_sender = facts_address(sender);
    flow->icmp_ttl = 64;
    flow->icmp_time = flow->first_time + 2 * FACTS_MILLISECOND;
    struct fact_event *event = facts_event(facts, flow, EVENT_ICMP_ERROR, flow->icmp_time);
    event->from = PARTY_OTHER;
    event->sender = flow->icmp_sender;
    event->icmp_type = type;
    event->icmp_code = code;
    flow->icmp_packet = event->packet;
}

static inline struct fact_flow *facts_rejected(struct facts *facts, const char *client,
                                               const char *server, uint16_t port,
                                               const char *sender, uint8_t type, uint8_t code,
                                               int64_t at)
{
    struct fact_flow *flow = facts_silent(facts, client, server, port, 1, at);
    facts_reject(facts, flow, sender, type, code);
    return flow;
}

/* Opened, and ended by RST at that stage. The server's packets had a TTL of 52. */
static inline struct fact_flow *facts_reset(struct facts *facts, const char *client,
                                            const char *server, uint16_t port,
                                            enum reset_stage stage, enum party by,
                                            uint8_t reset_ttl, int64_t at)
{
    struct fact_flow *flow = facts_answered(facts, client, server, port, at);
    flow->outcome = stage == RESET_STAGE_CLOSING ? OUTCOME_CLOSED : OUTCOME_RESET;
    flow->reset_by = by;
    flow->reset_stage = stage;
    flow->reset_ttl = reset_ttl;
    flow->reset_time = facts_time(at + 300);
    flow->client_last_time = facts_time(at + 290);
    flow->server_bytes = stage < RESET_STAGE_HANDSHAKE ? 0 : 5000;
    struct fact_event *event = facts_event(facts, flow, EVENT_RESET, flow->reset_time);
    event->from = by;
    event->sender = by == PARTY_CLIENT ? flow->client.address : flow->server.address;
    event->ttl = reset_ttl;
    flow->reset_packet = event->packet;
    return flow;
}

/* The TLS of a flow, ended by an alert in clear; `from` PARTY_NONE: without one. */
static inline struct fact_tls *facts_tls(struct facts *facts, const struct fact_flow *flow,
                                         enum party from, uint8_t alert)
{
    struct fact_tls *tls = &facts_add(facts, FACT_TLS)->as.tls;
    tls->flow = flow->id;
    tls->server_name = flow->server_name;
    tls->client_hello_time = flow->first_time + 30 * FACTS_MILLISECOND;
    tls->client_hello_packet = facts_packet(facts);
    tls->client_version = 0x0304;
    tls->server_hello_time = tls->alert_time = tls->retry_time = TIMESTAMP_NONE;
    tls->certificate_time = tls->client_reply_time = TIMESTAMP_NONE;
    tls->alert_from = from;
    tls->alert = alert;
    if (from != PARTY_NONE) {
        tls->alert_time = flow->first_time + 60 * FACTS_MILLISECOND;
        tls->alert_packet = facts_packet(facts);
    }
    return tls;
}

/* The flow goes through a proxy, which was asked for that port of `name`. */
static inline void facts_through_proxy(struct fact_flow *flow, const char *name, uint16_t port,
                                       uint16_t status)
{
    flow->server_name = name;
    flow->tunnel_port = port;
    flow->tunnel_status = status;
}

/* `requests` of one port, a second apart. */
static inline struct fact_flow *facts_udp_silent(struct facts *facts, const char *client,
                                                 const char *server, uint16_t port,
                                                 uint64_t requests, int64_t at)
{
    struct fact_flow *flow = facts_flow(facts, client, server, port, TRANSPORT_UDP, at);
    flow->outcome = OUTCOME_SILENT;
    flow->client_packets = requests;
    flow->last_time = flow->client_last_time = facts_time(at + ((int64_t)requests - 1) * 1000);
    facts_event(facts, flow, EVENT_REQUEST, facts_time(at));
    return flow;
}

static inline struct fact_flow *facts_udp_answered(struct facts *facts, const char *client,
                                                   const char *server, uint16_t port, int64_t at)
{
    struct fact_flow *flow = facts_flow(facts, client, server, port, TRANSPORT_UDP, at);
    flow->outcome = OUTCOME_ANSWERED;
    flow->server_packets = 1;
    flow->last_time = flow->server_last_time = facts_time(at + 20);
    return flow;
}

/* A query without an answer; asked again after a second where `queries` is more. */
static inline struct fact_dns *facts_query(struct facts *facts, const char *client,
                                           const char *resolver, const char *name, uint16_t type,
                                           uint32_t queries, int64_t at)
{
    struct fact_dns *dns = &facts_add(facts, FACT_DNS)->as.dns;
    dns->id = ++facts->next_dns;
    dns->client.address = facts_address(client);
    dns->client.port = 51000;
    dns->resolver.address = facts_address(resolver);
    dns->resolver.port = 53;
    dns->transport = TRANSPORT_UDP;
    dns->name = name;
    dns->type = type;
    dns->queries = queries;
    dns->query_time = facts_time(at);
    dns->last_query_time = facts_time(at + ((int64_t)queries - 1) * 1000);
    dns->query_packet = facts_packet(facts);
    dns->last_query_packet = queries > 1 ? facts_packet(facts) : dns->query_packet;
    dns->answer_time = TIMESTAMP_NONE;
    return dns;
}

static inline struct fact_dns *facts_reply(struct facts *facts, const char *client,
                                           const char *resolver, const char *name, uint16_t type,
                                           uint8_t rcode, int64_t at)
{
    struct fact_dns *dns = facts_query(facts, client, resolver, name, type, 1, at);
    dns->answered = true;
    dns->rcode = rcode;
    dns->answer_time = facts_time(at + 15);
    dns->answer_packet = facts_packet(facts);
    dns->answer_ttl = 64;
    return dns;
}

/* Adds a record to an answer; A and AAAA get their address from the text. */
static inline void facts_record(struct facts *facts, struct fact_dns *dns, enum dns_section section,
                                const char *owner, uint16_t type, const char *data)
{
    size_t size = (dns->record_count + 1) * sizeof(struct dns_record);
    struct dns_record *records = arena_allocate(&facts->arena, size);
    assert_non_null(records);
    if (dns->record_count > 0)
        memcpy(records, dns->records, dns->record_count * sizeof *records);
    struct dns_record *record = &records[dns->record_count++];
    *record = (struct dns_record){
        .section = section, .owner = owner, .type = type, .ttl = 60, .data = data};
    if (type == 1 || type == 28)
        record->address = facts_address(data);
    dns->records = records;
}

static inline void facts_cname(struct facts *facts, struct fact_dns *dns, const char *target)
{
    facts_record(facts, dns, DNS_ANSWER, dns->name, 5, target);
}

static inline void facts_soa(struct facts *facts, struct fact_dns *dns, const char *zone,
                             const char *servers)
{
    facts_record(facts, dns, DNS_AUTHORITY, zone, 6, servers);
}

/* Resolved as it should be. */
static inline struct fact_dns *facts_resolved(struct facts *facts, const char *client,
                                              const char *resolver, const char *name,
                                              const char *address, int64_t at)
{
    uint16_t type = strchr(address, ':') != NULL ? 28 : 1;
    struct fact_dns *dns = facts_reply(facts, client, resolver, name, type, 0, at);
    facts_record(facts, dns, DNS_ANSWER, name, type, address);
    return dns;
}

/* All that a client asked a resolver, over the whole capture. */
static inline struct fact_resolver *facts_resolver(struct facts *facts, const char *client,
                                                   const char *resolver, uint64_t queries,
                                                   uint64_t answered)
{
    struct fact_resolver *row = &facts_add(facts, FACT_RESOLVER)->as.resolver;
    row->client = facts_address(client);
    row->resolver = facts_address(resolver);
    row->queries = row->apple_queries = queries;
    row->answered = answered;
    row->first_time = facts_time(0);
    row->last_time = facts_time(500000);
    row->last_answer_time = answered > 0 ? facts_time(500000) : TIMESTAMP_NONE;
    row->first_packet = facts_packet(facts);
    return row;
}

static inline void facts_write_run(struct facts *facts, bool backwards)
{
    struct fact_sink sink = store_sink(facts->store);
    assert_true(store_begin_run(facts->store, "0.1.0", FACTS_EPOCH, &facts->problem));
    for (size_t i = 0; i < facts->count; i++)
        assert_true(sink.take(sink.owner, &facts->list[backwards ? facts->count - 1 - i : i]));
    assert_true(store_finish_run(facts->store, &facts->problem));
}

/* Stores the facts, in a new store, as one run. */
static inline void facts_store(struct facts *facts, bool backwards)
{
    diagnosis_release(facts->diagnosis);
    store_close(facts->store);
    facts->diagnosis = NULL;
    facts->store = store_open(NULL, &facts->problem);
    assert_non_null(facts->store);
    facts_write_run(facts, backwards);
}

static inline const struct diagnosis *facts_diagnose_in_order(struct facts *facts, bool backwards)
{
    facts_store(facts, backwards);
    struct diagnosis_settings settings = {
        .catalog = facts->catalog, .places = facts->places, .trust = facts->trust};
    facts->diagnosis = diagnose(facts->store, &settings, &facts->problem);
    assert_string_equal(facts->problem.text, "");
    assert_non_null(facts->diagnosis);
    return facts->diagnosis;
}

static inline const struct diagnosis *facts_diagnose(struct facts *facts)
{
    return facts_diagnose_in_order(facts, false);
}

/* May be called again. */
static inline void facts_end(struct facts *facts)
{
    diagnosis_release(facts->diagnosis);
    store_close(facts->store);
    catalog_release(facts->catalog);
    arena_release(&facts->arena);
    free(facts->list);
    memset(facts, 0, sizeof *facts);
}

/* A ledger and a builder over the stored facts, for tests of one part alone. */
struct facts_bench {
    struct diagnosis diagnosis;
    struct networks networks;
    struct ledger ledger;
    struct builder builder;
};

static inline void facts_bench_begin(struct facts *facts, struct facts_bench *bench)
{
    memset(bench, 0, sizeof *bench);
    facts_store(facts, false);
    bench->ledger.store = facts->store;
    bench->ledger.catalog = facts->catalog;
    bench->ledger.arena = &bench->diagnosis.arena;
    bench->networks.catalog = facts->catalog;
    bench->networks.places = facts->places;
    assert_true(networks_load(&bench->networks, facts->store, &facts->problem));
    bench->ledger.networks = &bench->networks;
    bench->builder.diagnosis = &bench->diagnosis;
    bench->builder.ledger = &bench->ledger;
    bench->builder.problem = &facts->problem;
    assert_true(ledger_load(&bench->ledger, &facts->problem));
}

static inline void facts_bench_end(struct facts_bench *bench)
{
    ledger_release(&bench->ledger);
    networks_release(&bench->networks);
    arena_release(&bench->diagnosis.arena);
}

/* The row of the catalogue with that host, port and transport. */
static inline size_t facts_row(const struct facts *facts, const char *host, uint16_t port,
                               uint8_t transport)
{
    for (size_t i = 0; i < catalog_count(facts->catalog); i++) {
        const struct service *service = catalog_service(facts->catalog, i);
        if (strcmp(service->host, host) == 0 && service->port == port &&
            service->transport == transport)
            return i;
    }
    fail_msg("no row %s %u", host, port);
    return CATALOG_NO_SERVICE;
}

static inline size_t facts_findings(const struct facts *facts, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < facts->diagnosis->finding_count; i++)
        count += kind == NULL || strcmp(facts->diagnosis->findings[i].kind, kind) == 0;
    return count;
}

/* Diagnoses; the one finding that there is must be of this kind and severity. */
static inline const struct finding *facts_only_finding(struct facts *facts, const char *kind,
                                                       enum severity severity)
{
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->finding_count, 1);
    const struct finding *finding = &facts->diagnosis->findings[0];
    assert_string_equal(finding->kind, kind);
    assert_string_equal(severity_word(finding->severity), severity_word(severity));
    assert_string_not_equal(finding->summary, "");
    assert_string_not_equal(finding->explanation, "");
    assert_string_not_equal(finding->remedy, "");
    return finding;
}

static inline void facts_no_finding(struct facts *facts)
{
    facts_diagnose(facts);
    for (size_t i = 0; i < facts->diagnosis->finding_count; i++)
        fail_msg("%s: %s", facts->diagnosis->findings[i].kind,
                 facts->diagnosis->findings[i].summary);
}

static inline void assert_address(const struct address *address, const char *expected)
{
    char text[ADDRESS_TEXT_SIZE];
    assert_string_equal(address_print(address, text), expected);
}

/* `expected`: text of the sorted list, with blanks between. */
static inline void assert_addresses(const struct address *list, size_t count, const char *expected)
{
    char all[1024] = "";
    for (size_t i = 0; i < count; i++) {
        char text[ADDRESS_TEXT_SIZE];
        assert_true(strlen(all) + ADDRESS_TEXT_SIZE + 1 < sizeof all);
        if (i > 0)
            strcat(all, " ");
        strcat(all, address_print(&list[i], text));
    }
    assert_string_equal(all, expected);
}

static inline void assert_devices(const struct finding *finding, const char *expected)
{
    assert_addresses(finding->devices, finding->device_count, expected);
}

/* `address`: NULL where none may be named. */
static inline void assert_culprit(const struct finding *finding, enum culprit_role role,
                                  const char *address)
{
    assert_non_null(finding->culprit);
    assert_string_equal(culprit_role_word(finding->culprit->role), culprit_role_word(role));
    assert_int_equal(finding->culprit->has_address, address != NULL);
    if (address != NULL)
        assert_address(&finding->culprit->address, address);
}

static inline void assert_detail(const struct finding *finding, const char *name, const char *text)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0) {
            assert_string_equal(finding->details[i].text, text);
            return;
        }
    fail_msg("no detail %s", name);
}

#endif
