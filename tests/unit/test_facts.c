/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does each kind of fact come back as it was written, field by field, and does a
 * selection give what it names?  Every field of a sample has a value of its own, so
 * that two columns that changed places would show.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/facts.h"
#include "storage/store_private.h"

#define START INT64_C(1795161600000000000) /* 2026-11-20T08:00:00Z */
#define SECOND NANOSECONDS_PER_SECOND

static struct store *new_store(void)
{
    struct problem problem = {""};
    struct store *store = store_open(NULL, &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(store);
    assert_true(store_begin_run(store, "0.1.0", START, &problem));
    return store;
}

static void write_fact(struct store *store, const struct fact *fact)
{
    struct fact_sink sink = store_sink(store);

    assert_true(sink.take(sink.owner, fact));
}

static void finish(struct store *store)
{
    struct problem problem = {""};

    assert_true(store_finish_run(store, &problem));
}

static struct address address_of(const char *text)
{
    struct address address = {{0}};

    assert_true(address_parse(text, &address));
    return address;
}

static struct endpoint endpoint_of(const char *text, uint16_t port)
{
    struct endpoint endpoint = {address_of(text), port};

    return endpoint;
}

static struct fact fact_of(enum fact_kind kind)
{
    struct fact fact;

    memset(&fact, 0, sizeof fact);
    fact.kind = kind;
    return fact;
}

#define SAME(field) assert_true(read->field == wrote->field)
#define SAME_TEXT(field) assert_text(read->field, wrote->field)
#define SAME_BYTES(field) assert_memory_equal(&read->field, &wrote->field, sizeof read->field)
#define SAME_ENDPOINT(field) assert_true(endpoint_equal(&read->field, &wrote->field))

static void assert_text(const char *read, const char *wrote)
{
    assert_int_equal(read == NULL, wrote == NULL);
    if (wrote != NULL)
        assert_string_equal(read, wrote);
}

static void assert_same_source(const struct fact_source *read, const struct fact_source *wrote)
{
    SAME(id);
    SAME_TEXT(name);
    SAME_TEXT(link_type);
    SAME(packets);
    SAME(bytes);
    SAME(first_time);
    SAME(last_time);
    SAME(undecoded_packets);
    SAME(truncated_packets);
    SAME(duplicate_packets);
    SAME(dropped_packets);
    SAME(cut_short);
}

static void assert_same_host(const struct fact_host *read, const struct fact_host *wrote)
{
    SAME_BYTES(address);
    SAME_BYTES(mac);
    SAME(has_mac);
    SAME(first_time);
    SAME(last_time);
    SAME(packets_sent);
    SAME(packets_received);
    SAME(other_tcp_opened);
    SAME(other_tcp_answered);
    SAME(other_tcp_silent);
    SAME(other_tcp_refused);
    SAME(one_sided_sent);
    SAME(one_sided_received);
    SAME(last_received_time);
    SAME(unread_errors);
}

static void assert_same_resolver(const struct fact_resolver *read,
                                 const struct fact_resolver *wrote)
{
    SAME_BYTES(client);
    SAME_BYTES(resolver);
    SAME(queries);
    SAME(answered);
    SAME(retransmitted);
    SAME(first_time);
    SAME(last_time);
    SAME(last_answer_time);
    SAME(first_packet);
}

static void assert_same_flow(const struct fact_flow *read, const struct fact_flow *wrote)
{
    SAME(id);
    SAME_ENDPOINT(client);
    SAME_ENDPOINT(server);
    SAME(transport);
    SAME(vlan);
    SAME(first_time);
    SAME(last_time);
    SAME(first_packet);
    SAME(last_packet);
    SAME(client_packets);
    SAME(server_packets);
    SAME(client_bytes);
    SAME(server_bytes);
    SAME_TEXT(server_name);
    SAME_TEXT(resolved_name);
    SAME_TEXT(protocol);
    SAME(tunnel_port);
    SAME(tunnel_status);
    SAME(outcome);
    SAME(midstream);
    SAME_TEXT(history);
    SAME(syns);
    SAME(first_syn_time);
    SAME(last_syn_time);
    SAME(syn_ack_time);
    SAME(client_last_time);
    SAME(server_last_time);
    SAME(client_retransmissions);
    SAME(server_retransmissions);
    SAME(client_ttl);
    SAME(server_ttl);
    SAME(reset_by);
    SAME(reset_stage);
    SAME(reset_time);
    SAME(reset_packet);
    SAME(reset_ttl);
    SAME(server_after_reset);
    SAME(has_icmp);
    SAME(icmp_type);
    SAME(icmp_code);
    SAME_BYTES(icmp_sender);
    SAME(icmp_ttl);
    SAME(icmp_time);
    SAME(icmp_packet);
}

static void assert_same_event(const struct fact_event *read, const struct fact_event *wrote)
{
    SAME(flow);
    SAME(kind);
    SAME(time);
    SAME(packet);
    SAME(from);
    SAME_BYTES(sender);
    SAME(ttl);
    SAME(ip_identification);
    SAME(sequence);
    SAME(acknowledgment);
    SAME(window);
    SAME(icmp_type);
    SAME(icmp_code);
}

static void assert_same_record(const struct dns_record *read, const struct dns_record *wrote)
{
    SAME(section);
    SAME_TEXT(owner);
    SAME(type);
    SAME(ttl);
    SAME_TEXT(data);
    SAME_BYTES(address);
}

static void assert_same_dns(const struct fact_dns *read, const struct fact_dns *wrote)
{
    SAME(id);
    SAME_ENDPOINT(client);
    SAME_ENDPOINT(resolver);
    SAME(transport);
    SAME_TEXT(name);
    SAME(type);
    SAME(query_time);
    SAME(query_packet);
    SAME(queries);
    SAME(last_query_time);
    SAME(last_query_packet);
    SAME(answered);
    SAME(answer_time);
    SAME(answer_packet);
    SAME(answer_ttl);
    SAME(rcode);
    SAME(authoritative);
    SAME(truncated);
    SAME(malformed);
    SAME(record_count);
    for (size_t i = 0; i < wrote->record_count; i++)
        assert_same_record(&read->records[i], &wrote->records[i]);
}

static void assert_same_tls(const struct fact_tls *read, const struct fact_tls *wrote)
{
    SAME(flow);
    SAME(client_hello_time);
    SAME(client_hello_packet);
    SAME_TEXT(server_name);
    SAME_TEXT(client_alpn);
    SAME(client_version);
    SAME(client_hello_bytes);
    SAME(server_hello_time);
    SAME(server_hello_packet);
    SAME(server_version);
    SAME(cipher);
    SAME_TEXT(server_alpn);
    SAME(alert_from);
    SAME(alert);
    SAME(alert_packet);
    SAME(alert_time);
    SAME(client_data_records);
    SAME(server_data_records);
}

static void assert_same_ntp(const struct fact_ntp *read, const struct fact_ntp *wrote)
{
    SAME(flow);
    SAME_ENDPOINT(client);
    SAME_ENDPOINT(server);
    SAME(request_time);
    SAME(request_packet);
    SAME(version);
    SAME(answered);
    SAME(answer_time);
    SAME(answer_packet);
    SAME(leap);
    SAME(stratum);
    SAME_BYTES(reference);
    SAME(server_receive_time);
    SAME(server_transmit_time);
}

static void assert_same_totals(const struct fact_totals *read, const struct fact_totals *wrote)
{
    SAME(packets);
    SAME(flows);
    SAME(apple_flows);
    SAME(midstream_flows);
    SAME(evicted_flows);
    SAME(two_sided_tcp);
    SAME(client_only_tcp);
    SAME(server_only_tcp);
    SAME(fragments_dropped);
    SAME(stream_gaps);
    SAME(unread_packets);
}

static void assert_same(const struct fact *read, const struct fact *wrote)
{
    assert_int_equal(read->kind, wrote->kind);
    switch (wrote->kind) {
    case FACT_SOURCE:
        assert_same_source(&read->as.source, &wrote->as.source);
        break;
    case FACT_HOST:
        assert_same_host(&read->as.host, &wrote->as.host);
        break;
    case FACT_RESOLVER:
        assert_same_resolver(&read->as.resolver, &wrote->as.resolver);
        break;
    case FACT_FLOW:
        assert_same_flow(&read->as.flow, &wrote->as.flow);
        break;
    case FACT_EVENT:
        assert_same_event(&read->as.event, &wrote->as.event);
        break;
    case FACT_DNS:
        assert_same_dns(&read->as.dns, &wrote->as.dns);
        break;
    case FACT_TLS:
        assert_same_tls(&read->as.tls, &wrote->as.tls);
        break;
    case FACT_NTP:
        assert_same_ntp(&read->as.ntp, &wrote->as.ntp);
        break;
    case FACT_TOTALS:
        assert_same_totals(&read->as.totals, &wrote->as.totals);
        break;
    }
}

/* What is expected next of a walk. */
struct expectation {
    const struct fact *facts;
    size_t count;
    size_t seen;
};

static bool expect_fact(void *owner, const struct fact *fact)
{
    struct expectation *expected = owner;

    assert_true(expected->seen < expected->count);
    assert_same(fact, &expected->facts[expected->seen++]);
    return true;
}

/* The walk must give these facts, in this order, and no others. */
static void assert_reads(struct store *store, const struct fact *facts, size_t count,
                         enum fact_kind kind, const struct fact_selection *selection)
{
    struct expectation expected = {facts, count, 0};
    struct problem problem = {""};

    assert_true(facts_read(store, kind, selection, expect_fact, &expected, &problem));
    assert_int_equal(expected.seen, count);
}

static void assert_round_trip(const struct fact *facts, size_t count)
{
    struct store *store = new_store();

    for (size_t i = 0; i < count; i++)
        write_fact(store, &facts[i]);
    assert_reads(store, facts, count, facts->kind, NULL); /* not committed yet, no index */
    finish(store);
    assert_reads(store, facts, count, facts->kind, NULL);
    store_close(store);
}

static void test_source(void **state)
{
    struct fact facts[2] = {fact_of(FACT_SOURCE), fact_of(FACT_SOURCE)};
    const struct fact_source full = {
        1, "a \"b\"; '.pcapng", "EN10MB", 11, 12, START, START + 13, 14, 15, 16, 17, true};
    const struct fact_source bare = {2, NULL, NULL, INT64_MAX, 0,    TIMESTAMP_NONE, TIMESTAMP_NONE,
                                     0, 0,    0,    -1,        false};

    (void)state;
    facts[0].as.source = full;
    facts[1].as.source = bare;
    assert_round_trip(facts, 2);
}

static void test_host(void **state)
{
    struct fact facts[2] = {fact_of(FACT_HOST), fact_of(FACT_HOST)};
    const struct fact_host full = {address_of("10.0.0.20"),
                                   {{2, 3, 4, 5, 6, 0xff}},
                                   true,
                                   START + 1,
                                   START + 2,
                                   3,
                                   4,
                                   5,
                                   6,
                                   7,
                                   8,
                                   9,
                                   10,
                                   START + 11,
                                   12};
    const struct fact_host bare = {.address = address_of("fe80::1"),
                                   .first_time = TIMESTAMP_NONE,
                                   .last_time = TIMESTAMP_NONE,
                                   .last_received_time = TIMESTAMP_NONE};

    (void)state;
    facts[0].as.host = full;
    facts[1].as.host = bare;
    assert_round_trip(facts, 2);
}

static void test_resolver(void **state)
{
    struct fact facts[2] = {fact_of(FACT_RESOLVER), fact_of(FACT_RESOLVER)};
    const struct fact_resolver full = {
        address_of("10.0.0.20"), address_of("10.0.0.53"), 1, 2, 3, START + 4, START + 5, START + 6,
        packet_identity(7, 8)};
    const struct fact_resolver bare = {.client = address_of("2001:db8::20"),
                                       .first_time = -1,
                                       .last_time = TIMESTAMP_NONE,
                                       .last_answer_time = TIMESTAMP_NONE};

    (void)state;
    facts[0].as.resolver = full;
    facts[1].as.resolver = bare; /* a resolver of no address: the key stays usable */
    assert_round_trip(facts, 2);
}

static struct fact full_flow(uint64_t id)
{
    struct fact fact = fact_of(FACT_FLOW);
    const struct fact_flow flow = {id,
                                   endpoint_of("10.0.0.20", 49152),
                                   endpoint_of("17.57.144.10", 5223),
                                   TRANSPORT_TCP,
                                   100,
                                   START + (int64_t)id,
                                   START + 30 * SECOND,
                                   packet_identity(1, 5),
                                   packet_identity(2, 6),
                                   7,
                                   8,
                                   9,
                                   10,
                                   "courier.push.apple.com",
                                   "1-courier.push.apple.com",
                                   "tls",
                                   5223,
                                   407,
                                   OUTCOME_RESET,
                                   true,
                                   "ShADR",
                                   2,
                                   START + 11,
                                   START + 12,
                                   START + 13,
                                   START + 14,
                                   START + 15,
                                   16,
                                   17,
                                   64,
                                   52,
                                   PARTY_SERVER,
                                   RESET_STAGE_AFTER_CLIENT_HELLO,
                                   START + 18,
                                   packet_identity(1, 19),
                                   250,
                                   true,
                                   true,
                                   3,
                                   0,
                                   address_of("10.0.0.1"),
                                   255,
                                   START + 20,
                                   packet_identity(65535, 21)};

    fact.as.flow = flow;
    return fact;
}

/* As the flow table leaves one of which nothing is known. */
static struct fact bare_flow(uint64_t id, int64_t time)
{
    struct fact fact = fact_of(FACT_FLOW);
    const struct fact_flow flow = {.id = id,
                                   .client = endpoint_of("2001:db8::20", 0),
                                   .server = endpoint_of("::ffff:0:1", 65535),
                                   .transport = TRANSPORT_UDP,
                                   .first_time = time,
                                   .last_time = time,
                                   .first_syn_time = TIMESTAMP_NONE,
                                   .last_syn_time = TIMESTAMP_NONE,
                                   .syn_ack_time = TIMESTAMP_NONE,
                                   .client_last_time = TIMESTAMP_NONE,
                                   .server_last_time = TIMESTAMP_NONE,
                                   .reset_time = TIMESTAMP_NONE,
                                   .icmp_time = TIMESTAMP_NONE};

    fact.as.flow = flow;
    return fact;
}

static void test_flow(void **state)
{
    struct fact facts[3] = {bare_flow(2, TIMESTAMP_NONE), full_flow(1), full_flow(3)};

    (void)state;
    facts[2].as.flow.first_packet = PACKET_NONE; /* the row's source is then the last packet's */
    facts[2].as.flow.server_name = "";
    facts[2].as.flow.transport = 132;
    assert_round_trip(facts, 3);
}

static void test_flow_words(void **state)
{
    struct fact facts[7];

    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        facts[i] = full_flow(i + 1);
        facts[i].as.flow.outcome = (enum flow_outcome)i;
        facts[i].as.flow.reset_stage = (enum reset_stage)i;
        facts[i].as.flow.reset_by = (enum party)(i % 4);
    }
    assert_round_trip(facts, 7);
}

static struct fact event_of(uint64_t flow, enum event_kind kind, int64_t time)
{
    struct fact fact = fact_of(FACT_EVENT);
    const struct fact_event event = {flow,
                                     kind,
                                     time,
                                     packet_identity(1, 2),
                                     PARTY_OTHER,
                                     address_of("192.0.2.1"),
                                     3,
                                     0xffff,
                                     UINT32_MAX,
                                     6,
                                     7,
                                     0,
                                     0};

    fact.as.event = event;
    return fact;
}

static void test_event(void **state)
{
    struct fact facts[6];

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        facts[i] = event_of(i + 1, (enum event_kind)i, START + (int64_t)i);
        facts[i].as.event.from = (enum party)(i % 4);
    }
    facts[EVENT_ICMP_ERROR].as.event.icmp_type = 3;
    facts[EVENT_ICMP_ERROR].as.event.icmp_code = 13;
    facts[5] = fact_of(FACT_EVENT);
    facts[5].as.event.time = START + 9;
    assert_round_trip(facts, 6);
}

static const struct dns_record chain[] = {
    {DNS_ANSWER, "courier.push.apple.com", 5, 300, "courier.push-apple.com.akadns.net", {{0}}},
    {DNS_ANSWER,
     "courier.push-apple.com.akadns.net",
     1,
     UINT32_MAX,
     "17.57.144.10",
     {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 17, 57, 144, 10}}},
    {DNS_AUTHORITY, "apple.com", 2, 0, "a.ns.apple.com", {{0}}},
    {DNS_ADDITIONAL, NULL, 41, 0, NULL, {{0}}},
};

static struct fact full_dns(uint64_t id, int64_t time)
{
    struct fact fact = fact_of(FACT_DNS);
    const struct fact_dns dns = {id,
                                 endpoint_of("10.0.0.20", 5353),
                                 endpoint_of("10.0.0.53", 53),
                                 TRANSPORT_UDP,
                                 "courier.push.apple.com",
                                 1,
                                 time,
                                 packet_identity(1, 2),
                                 3,
                                 time + 4,
                                 packet_identity(1, 5),
                                 true,
                                 time + 6,
                                 packet_identity(2, 7),
                                 8,
                                 3,
                                 true,
                                 true,
                                 true,
                                 chain,
                                 sizeof chain / sizeof chain[0]};

    fact.as.dns = dns;
    return fact;
}

static struct fact unanswered_dns(uint64_t id, int64_t time)
{
    struct fact fact = full_dns(id, time);
    struct fact_dns *dns = &fact.as.dns;

    dns->client.address = address_of("10.0.0.21");
    dns->answered = dns->authoritative = dns->truncated = dns->malformed = false;
    dns->answer_time = TIMESTAMP_NONE;
    dns->answer_packet = PACKET_NONE;
    dns->answer_ttl = dns->rcode = 0;
    dns->records = NULL;
    dns->record_count = 0;
    return fact;
}

static void test_dns(void **state)
{
    struct fact facts[3] = {full_dns(2, START), unanswered_dns(1, START + 1),
                            full_dns(3, START + 2)};

    (void)state;
    /* The query was not captured: the answer gives the row its time and source. */
    facts[2].as.dns.query_time = facts[2].as.dns.last_query_time = TIMESTAMP_NONE;
    facts[2].as.dns.query_packet = facts[2].as.dns.last_query_packet = PACKET_NONE;
    facts[2].as.dns.name = NULL;
    facts[2].as.dns.transport = TRANSPORT_TCP;
    facts[2].as.dns.record_count = 1;
    assert_round_trip(facts, 3);
}

static void test_dns_records_are_bounded_and_replaced(void **state)
{
    struct store *store = new_store();
    struct fact fact = full_dns(1, START);
    struct dns_record *many = calloc(DNS_RECORD_LIMIT + 10, sizeof *many);

    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < DNS_RECORD_LIMIT + 10; i++)
        many[i] = chain[i % 3];
    fact.as.dns.records = many;
    fact.as.dns.record_count = DNS_RECORD_LIMIT + 10;
    write_fact(store, &fact);
    fact.as.dns.record_count = DNS_RECORD_LIMIT;
    assert_reads(store, &fact, 1, FACT_DNS, NULL);
    /* The same transaction again, with fewer. */
    fact.as.dns.record_count = 2;
    write_fact(store, &fact);
    assert_reads(store, &fact, 1, FACT_DNS, NULL);
    free(many);
    store_close(store);
}

static struct fact full_tls(uint64_t flow)
{
    struct fact fact = fact_of(FACT_TLS);
    const struct fact_tls tls = {flow,
                                 START + 1,
                                 packet_identity(1, 2),
                                 "gateway.icloud.com",
                                 "h2,http/1.1",
                                 0x0304,
                                 517,
                                 START + 3,
                                 packet_identity(2, 4),
                                 0x0303,
                                 0x1301,
                                 "h2",
                                 PARTY_CLIENT,
                                 0,
                                 packet_identity(3, 5),
                                 START + 6,
                                 7,
                                 8};

    fact.as.tls = tls;
    return fact;
}

static void test_tls(void **state)
{
    struct fact facts[2] = {full_tls(1), fact_of(FACT_TLS)};
    struct fact_tls *bare = &facts[1].as.tls;

    (void)state;
    bare->flow = 2;
    bare->client_hello_time = bare->server_hello_time = bare->alert_time = TIMESTAMP_NONE;
    assert_round_trip(facts, 2);
    facts[0].as.tls.alert_from = PARTY_SERVER;
    facts[0].as.tls.alert = 48;
    facts[1].as.tls.server_hello_packet = packet_identity(9, 1); /* only the server's side */
    assert_round_trip(facts, 2);
}

static void test_ntp(void **state)
{
    struct fact facts[2] = {fact_of(FACT_NTP), fact_of(FACT_NTP)};
    const struct fact_ntp full = {1,
                                  endpoint_of("10.0.0.20", 123),
                                  endpoint_of("17.253.34.123", 123),
                                  START,
                                  packet_identity(1, 2),
                                  4,
                                  true,
                                  START + 3,
                                  packet_identity(1, 4),
                                  3,
                                  0,
                                  {'R', 'A', 0xff, 0},
                                  START + 5,
                                  START + 6};
    const struct fact_ntp bare = {.flow = 2,
                                  .request_time = START + 1,
                                  .answer_time = TIMESTAMP_NONE,
                                  .server_receive_time = TIMESTAMP_NONE,
                                  .server_transmit_time = TIMESTAMP_NONE};

    (void)state;
    facts[0].as.ntp = full;
    facts[1].as.ntp = bare;
    assert_round_trip(facts, 2);
}

static void test_totals(void **state)
{
    struct fact fact = fact_of(FACT_TOTALS);
    const struct fact_totals totals = {1, 2, 3, 4, 5, 6, 7, 8, 9, INT64_MAX, 11};

    (void)state;
    fact.as.totals = totals;
    assert_round_trip(&fact, 1);
}

static bool count_fact(void *owner, const struct fact *fact)
{
    (void)fact;
    ++*(size_t *)owner;
    return true;
}

static size_t count(struct store *store, enum fact_kind kind, int64_t since, int64_t until,
                    const struct address *device)
{
    const struct fact_selection selection = {since, until, device};
    struct problem problem = {""};
    size_t seen = 0;

    assert_true(facts_read(store, kind, &selection, count_fact, &seen, &problem));
    return seen;
}

/* Flow 1 of 10.0.0.20 lasts from 0 to 30 s, flow 2 of 2001:db8::20 is at 60 s. */
static struct store *store_for_selections(void)
{
    struct store *store = new_store();
    struct fact facts[] = {full_flow(1),
                           bare_flow(2, START + 60 * SECOND),
                           event_of(1, EVENT_SYN, START),
                           event_of(2, EVENT_REQUEST, START + 60 * SECOND),
                           event_of(3, EVENT_SYN, START + 90 * SECOND), /* its flow is missing */
                           full_tls(1),
                           full_dns(1, START),
                           unanswered_dns(2, START + 60 * SECOND)};
    struct fact host = fact_of(FACT_HOST), source = fact_of(FACT_SOURCE);

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        write_fact(store, &facts[i]);
    host.as.host.address = address_of("10.0.0.20");
    host.as.host.first_time = START;
    host.as.host.last_time = START + 60 * SECOND;
    write_fact(store, &host);
    source.as.source.id = 1;
    source.as.source.name = "office.pcapng";
    write_fact(store, &source);
    finish(store);
    return store;
}

static void test_times_select(void **state)
{
    struct store *store = store_for_selections();
    const int64_t none = TIMESTAMP_NONE;

    (void)state;
    assert_int_equal(count(store, FACT_FLOW, none, none, NULL), 2);
    assert_int_equal(count(store, FACT_FLOW, START + 30 * SECOND, none, NULL), 2);
    assert_int_equal(count(store, FACT_FLOW, START + 30 * SECOND + 1, none, NULL), 1);
    assert_int_equal(count(store, FACT_FLOW, none, START, NULL), 0); /* it begins 1 ns later */
    assert_int_equal(count(store, FACT_FLOW, none, START + 1, NULL), 1);
    assert_int_equal(count(store, FACT_FLOW, START + SECOND, START + 2 * SECOND, NULL), 1);
    assert_int_equal(count(store, FACT_EVENT, none, none, NULL), 3);
    assert_int_equal(count(store, FACT_EVENT, START + 40 * SECOND, none, NULL), 1);
    assert_int_equal(count(store, FACT_TLS, START + 40 * SECOND, none, NULL), 0);
    assert_int_equal(count(store, FACT_TLS, none, START + 40 * SECOND, NULL), 1);
    assert_int_equal(count(store, FACT_DNS, START + 1, none, NULL), 1);
    assert_int_equal(count(store, FACT_HOST, START + 61 * SECOND, none, NULL), 0);
    assert_int_equal(count(store, FACT_SOURCE, START + 1000 * SECOND, none, NULL), 1);
    store_close(store);
}

static void test_device_selects(void **state)
{
    struct store *store = store_for_selections();
    const struct address device = address_of("10.0.0.20"), other = address_of("2001:db8::20");
    const int64_t none = TIMESTAMP_NONE;

    (void)state;
    assert_int_equal(count(store, FACT_FLOW, none, none, &device), 1);
    assert_int_equal(count(store, FACT_FLOW, none, none, &other), 1);
    assert_int_equal(count(store, FACT_EVENT, none, none, &device), 1);
    assert_int_equal(count(store, FACT_TLS, none, none, &other), 0);
    assert_int_equal(count(store, FACT_DNS, none, none, &device), 1);
    assert_int_equal(count(store, FACT_HOST, none, none, &device), 1);
    assert_int_equal(count(store, FACT_HOST, none, none, &other), 0);
    assert_int_equal(count(store, FACT_SOURCE, none, none, &other), 1);
    assert_int_equal(count(store, FACT_FLOW, START + 31 * SECOND, none, &device), 0);
    store_close(store);
}

static void test_events_of_a_flow(void **state)
{
    struct store *store = new_store();
    struct problem problem = {""};
    struct fact late = event_of(7, EVENT_RESET, START + 2), early = event_of(7, EVENT_SYN, START);
    struct fact other = event_of(8, EVENT_SYN, START + 1);
    struct fact wanted[2] = {early, late};
    struct expectation expected = {wanted, 2, 0};

    (void)state;
    write_fact(store, &late);
    write_fact(store, &other);
    write_fact(store, &early);
    assert_true(facts_read_events_of(store, 7, expect_fact, &expected, &problem));
    assert_int_equal(expected.seen, 2);
    store_close(store);
}

static void test_source_names(void **state)
{
    struct store *store = store_for_selections();
    char name[7];

    (void)state;
    facts_source_name(store, 1, name, sizeof name);
    assert_string_equal(name, "office");
    facts_source_name(store, 2, name, sizeof name);
    assert_string_equal(name, "?");
    store_close(store);
}

/* A rule may ask for more while it walks, of the same kind even. */
static bool count_within(void *owner, const struct fact *fact)
{
    struct store *store = owner;
    struct problem problem = {""};
    size_t seen = 0;

    assert_true(facts_read(store, fact->kind, NULL, count_fact, &seen, &problem));
    assert_int_equal(seen, 2);
    if (fact->kind == FACT_DNS && fact->as.dns.record_count > 0)
        assert_string_equal(fact->as.dns.records[1].data, "17.57.144.10");
    return true;
}

static bool stop_at_once(void *owner, const struct fact *fact)
{
    count_fact(owner, fact);
    return false;
}

static void test_walks_within_walks(void **state)
{
    struct store *store = store_for_selections();
    struct problem problem = {""};
    size_t seen = 0;

    (void)state;
    assert_true(facts_read(store, FACT_FLOW, NULL, count_within, store, &problem));
    assert_true(facts_read(store, FACT_DNS, NULL, count_within, store, &problem));
    assert_true(facts_read(store, FACT_DNS, NULL, stop_at_once, &seen, &problem));
    assert_int_equal(seen, 1);
    assert_int_equal(count(store, FACT_DNS, TIMESTAMP_NONE, TIMESTAMP_NONE, NULL), 2);
    store_close(store);
}

/* The first row of a query as "a|b|c". */
static void assert_query(struct store *store, const char *sql, const char *wanted)
{
    sqlite3_stmt *statement;
    char row[512] = "";

    assert_int_equal(sqlite3_prepare_v2(store->connection.database, sql, -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const unsigned char *value = sqlite3_column_text(statement, i);
        size_t used = strlen(row);
        snprintf(row + used, sizeof row - used, "%s%s", i == 0 ? "" : "|",
                 value != NULL ? (const char *)value : "");
    }
    sqlite3_finalize(statement);
    assert_string_equal(row, wanted);
}

/* What README shows to people who ask the database themselves. */
static void test_queries_for_people(void **state)
{
    struct store *store = store_for_selections();
    struct fact silent = bare_flow(5, START);

    (void)state;
    silent.as.flow.transport = TRANSPORT_TCP;
    silent.as.flow.server.port = 5223;
    silent.as.flow.outcome = OUTCOME_SILENT;
    silent.as.flow.resolved_name = "1-courier.push.apple.com";
    assert_true(store_begin_run(store, "0.1.0", START, &(struct problem){""}));
    write_fact(store, &silent);
    finish(store);
    assert_query(store,
                 "SELECT device, port, count(*) AS connections, min(first) AS since,"
                 " group_concat(DISTINCT name) AS names FROM flows"
                 " WHERE transport = 'tcp' AND outcome = 'silent'"
                 " GROUP BY device, port ORDER BY connections DESC",
                 "2001:db8::20|5223|1|2026-11-20T08:00:00.000Z|1-courier.push.apple.com");
    assert_query(store,
                 "SELECT resolver, question, group_concat(type || ' ' || data, ' -> ') AS chain"
                 " FROM (SELECT * FROM dns_records WHERE section = 'answer'"
                 " AND question LIKE '%courier.push.apple.com' ORDER BY dns, position)"
                 " GROUP BY dns",
                 "10.0.0.53|courier.push.apple.com|"
                 "CNAME courier.push-apple.com.akadns.net -> A 17.57.144.10");
    assert_query(store,
                 "SELECT reset_at, device, server, port, name, reset_by, reset_stage, reset_ttl,"
                 " server_ttl, capture, reset_packet FROM flows WHERE outcome = 'reset'"
                 " ORDER BY reset_at",
                 "2026-11-20T08:00:00.000Z|10.0.0.20|17.57.144.10|5223|courier.push.apple.com|"
                 "server|after-client-hello|250|52|office.pcapng|19");
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_resolver),
        cmocka_unit_test(test_flow),
        cmocka_unit_test(test_flow_words),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_dns),
        cmocka_unit_test(test_dns_records_are_bounded_and_replaced),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_ntp),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_times_select),
        cmocka_unit_test(test_device_selects),
        cmocka_unit_test(test_events_of_a_flow),
        cmocka_unit_test(test_source_names),
        cmocka_unit_test(test_walks_within_walks),
        cmocka_unit_test(test_queries_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
