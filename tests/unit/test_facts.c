/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does each kind of fact come back as it was written, field by field, and does a
 * selection give what it names?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/answer_records.h"
#include "storage/facts.h"
#include "storage/store_private.h"
#include "tests/support/fact_samples.h"

#define START SAMPLE_START
#define SAMPLES 12 /* more than any enum has words */
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

static void assert_same_record(const struct dns_record *read, const struct dns_record *wrote)
{
    assert_int_equal(read->section, wrote->section);
    assert_int_equal(read->type, wrote->type);
    assert_true(read->ttl == wrote->ttl);
    assert_string_equal(read->owner != NULL ? read->owner : "-",
                        wrote->owner != NULL ? wrote->owner : "-");
    assert_string_equal(read->data != NULL ? read->data : "-",
                        wrote->data != NULL ? wrote->data : "-");
    assert_true(address_equal(&read->address, &wrote->address));
}

static void assert_same(const struct fact *read, const struct fact *wrote)
{
    assert_int_equal(read->kind, wrote->kind);
    sample_assert_same((enum table)wrote->kind, &read->as, &wrote->as);
    if (wrote->kind != FACT_DNS)
        return;
    assert_int_equal(read->as.dns.record_count, wrote->as.dns.record_count);
    for (size_t i = 0; i < wrote->as.dns.record_count; i++)
        assert_same_record(&read->as.dns.records[i], &wrote->as.dns.records[i]);
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

/* What the walks sort by stands apart from the other values. */
static void set_place(struct fact *fact, unsigned place)
{
    int64_t time = START + (int64_t)place;
    switch (fact->kind) {
    case FACT_FLOW:
        fact->as.flow.first_time = time;
        break;
    case FACT_EVENT:
        fact->as.event.time = time;
        break;
    case FACT_DNS:
        fact->as.dns.query_time = time;
        break;
    case FACT_HTTP:
        fact->as.http.request_time = time;
        break;
    case FACT_NTP:
        fact->as.ntp.request_time = time;
        break;
    case FACT_LEASE:
        fact->as.lease.first_time = time;
        break;
    case FACT_MINUTE:
        fact->as.minute.time = time;
        break;
    case FACT_CERTIFICATE: /* the key */
        fact->as.certificate.sha256 = "00";
        break;
    case FACT_LAYER: /* the key */
        fact->as.layer.name = "ESP";
        break;
    case FACT_SOURCE:
    case FACT_HOST:
    case FACT_RESOLVER:
    case FACT_TLS:
    case FACT_APNS:
    case FACT_PLACE:
    case FACT_TOTALS:
        break;
    }
}

/* Of every kind: facts in which all is known, with each word of each enum, and one in
 * which nothing is. */
static void test_every_kind(void **state)
{
    static struct sample_texts texts[SAMPLES];
    struct fact facts[SAMPLES];

    (void)state;
    for (int kind = FACT_SOURCE; kind <= FACT_TOTALS; kind++) {
        for (unsigned i = 0; i < SAMPLES; i++) {
            struct store *store = new_store();
            facts[i] = fact_of((enum fact_kind)kind);
            sample_bare((enum table)kind, &facts[i].as);
            if (i > 0)
                sample_full((enum table)kind, i * 7, &facts[i].as, &texts[i]);
            set_place(&facts[i], i);
            write_fact(store, &facts[i]);
            assert_reads(store, &facts[i], 1, facts[i].kind, NULL); /* no index yet */
            finish(store);
            assert_reads(store, &facts[i], 1, facts[i].kind, NULL);
            store_close(store);
        }
    }
}

static struct fact full_flow(uint64_t id)
{
    struct fact fact = fact_of(FACT_FLOW);
    struct fact_flow *flow = &fact.as.flow;

    sample_bare(TABLE_FLOW, flow);
    flow->id = id;
    flow->client = endpoint_of("10.0.0.20", 49152);
    flow->server = endpoint_of("17.57.144.10", 5223);
    flow->transport = TRANSPORT_TCP;
    flow->first_time = START + (int64_t)id;
    flow->last_time = START + 30 * SECOND;
    flow->first_packet = packet_identity(1, 5);
    flow->last_packet = packet_identity(2, 6);
    flow->server_name = "courier.push.apple.com";
    flow->history = "ShADR";
    flow->has_icmp = true; /* of type and code 0 */
    flow->icmp_packet = packet_identity(65535, 21);
    flow->outcome = OUTCOME_RESET;
    flow->reset_by = PARTY_SERVER;
    flow->reset_stage = RESET_STAGE_AFTER_CLIENT_HELLO;
    flow->reset_packet = packet_identity(1, 19);
    flow->reset_time = START;
    flow->reset_ttl = 250;
    flow->server_ttl = 52;
    return fact;
}

/* As the flow table leaves one of which nothing is known. */
static struct fact bare_flow(uint64_t id, int64_t time)
{
    struct fact fact = fact_of(FACT_FLOW);

    sample_bare(TABLE_FLOW, &fact.as.flow);
    fact.as.flow.id = id;
    fact.as.flow.client = endpoint_of("2001:db8::20", 0);
    fact.as.flow.server = endpoint_of("::ffff:0:1", 65535);
    fact.as.flow.transport = TRANSPORT_UDP;
    fact.as.flow.first_time = fact.as.flow.last_time = time;
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

static struct fact event_of(uint64_t flow, enum event_kind kind, int64_t time)
{
    struct fact fact = fact_of(FACT_EVENT);

    fact.as.event.flow = flow;
    fact.as.event.kind = kind;
    fact.as.event.time = time;
    fact.as.event.packet = packet_identity(1, 2);
    fact.as.event.sender = address_of("192.0.2.1");
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
    struct fact_dns *dns = &fact.as.dns;

    sample_bare(TABLE_DNS, dns);
    dns->id = id;
    dns->client = endpoint_of("10.0.0.20", 5353);
    dns->resolver = endpoint_of("10.0.0.53", 53);
    dns->transport = TRANSPORT_UDP;
    dns->name = "courier.push.apple.com";
    dns->type = 1;
    dns->query_time = time;
    dns->query_packet = packet_identity(1, 2);
    dns->queries = 3;
    dns->last_query_time = time + 4;
    dns->last_query_packet = packet_identity(1, 5);
    dns->answered = dns->authoritative = dns->truncated = dns->malformed = true;
    dns->answer_time = time + 6;
    dns->answer_packet = packet_identity(2, 7);
    dns->answer_ttl = 8;
    dns->rcode = 3;
    dns->records = chain;
    dns->record_count = sizeof chain / sizeof chain[0];
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
    struct dns_record *many = calloc(ANSWER_RECORD_LIMIT + 10, sizeof *many);

    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < ANSWER_RECORD_LIMIT + 10; i++)
        many[i] = chain[i % 3];
    fact.as.dns.records = many;
    fact.as.dns.record_count = ANSWER_RECORD_LIMIT + 10;
    write_fact(store, &fact);
    fact.as.dns.record_count = ANSWER_RECORD_LIMIT;
    assert_reads(store, &fact, 1, FACT_DNS, NULL);
    /* The same transaction again, with fewer. */
    fact.as.dns.record_count = 2;
    write_fact(store, &fact);
    assert_reads(store, &fact, 1, FACT_DNS, NULL);
    free(many);
    store_close(store);
}

/* The longest that can be told, in a row whose other texts are as long as they can be: it is
 * stored, and what comes after it. */
static void test_the_longest_answer_is_stored(void **state)
{
    static char longest[TEXT_LIMIT + 1];
    static struct dns_record many[ANSWER_RECORD_LIMIT];
    struct store *store = new_store();
    struct fact fact = full_dns(1, START);

    (void)state;
    memset(longest, '\x80', TEXT_LIMIT);
    /* So that the whole comes close to the limit: few of the texts are long. */
    for (size_t last = 1; last <= 24; last++) {
        for (size_t i = 0; i < ANSWER_RECORD_LIMIT; i++)
            many[i] = (struct dns_record){.section = DNS_ADDITIONAL,
                                          .owner = i < last ? longest : "a",
                                          .data = i < last ? longest : "b"};
        fact.as.dns.id = last;
        fact.as.dns.name = fact.as.dns.extended_text = longest;
        fact.as.dns.records = many;
        fact.as.dns.record_count = ANSWER_RECORD_LIMIT;
        write_fact(store, &fact);
    }
    finish(store);
    store_close(store);
}

static struct fact full_tls(uint64_t flow)
{
    struct fact fact = fact_of(FACT_TLS);

    sample_bare(TABLE_TLS, &fact.as.tls);
    fact.as.tls.flow = flow;
    fact.as.tls.client_hello_time = START + 1;
    fact.as.tls.client_hello_packet = packet_identity(1, 2);
    fact.as.tls.server_hello_packet = packet_identity(2, 4);
    fact.as.tls.alert_from = PARTY_CLIENT; /* close_notify, which is alert 0 */
    fact.as.tls.alert_packet = packet_identity(3, 5);
    return fact;
}

static void test_tls(void **state)
{
    struct fact facts[2] = {full_tls(1), fact_of(FACT_TLS)};
    struct fact_tls *bare = &facts[1].as.tls;

    (void)state;
    sample_bare(TABLE_TLS, bare);
    bare->flow = 2;
    assert_round_trip(facts, 2);
    facts[0].as.tls.alert_from = PARTY_SERVER;
    facts[0].as.tls.alert = 48;
    facts[1].as.tls.server_hello_packet = packet_identity(9, 1); /* only the server's side */
    assert_round_trip(facts, 2);
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

static size_t count_share(struct store *store, enum fact_share share)
{
    struct problem problem = {""};
    size_t seen = 0;

    assert_true(facts_read_share(store, share, NULL, count_fact, &seen, &problem));
    return seen;
}

static bool keep_reset_flow(void *owner, const struct fact *fact)
{
    *(struct fact *)owner = *fact;
    return fact->as.flow.outcome != OUTCOME_RESET;
}

static void test_shares_of_flows(void **state)
{
    struct store *store = new_store();
    struct problem problem = {""};
    struct fact flows[6], apns = fact_of(FACT_APNS), tls = full_tls(1), short_flow;

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        flows[i] = bare_flow(i + 1, START + (int64_t)i);
    flows[0] = full_flow(1); /* reset */
    flows[1].as.flow.tunnel_port = 443;
    flows[3].as.flow.name_privacy = NAMES_DOT;
    flows[4].as.flow.server_missing = 1;
    flows[5].as.flow.resolved_name = "gs.apple.com";
    for (unsigned i = 0; i < 6; i++)
        write_fact(store, &flows[i]);
    sample_bare(TABLE_APNS, &apns.as.apns);
    apns.as.apns.flow = 2;
    apns.as.apns.idle_at_end = 60 * SECOND;
    write_fact(store, &apns);
    tls.as.tls.chain = "00";
    write_fact(store, &tls);
    finish(store);
    assert_int_equal(count_share(store, SHARE_FLOWS_IN_SHORT), 6);
    assert_int_equal(count_share(store, SHARE_FLOWS_RESET), 1);
    assert_int_equal(count_share(store, SHARE_FLOWS_TUNNELLED), 1);
    assert_int_equal(count_share(store, SHARE_FLOWS_HIDING_NAMES), 1);
    assert_int_equal(count_share(store, SHARE_FLOWS_OF_IDLE_PUSH), 1);
    assert_int_equal(count_share(store, SHARE_FLOWS_LOSSY), 1);
    assert_int_equal(count_share(store, SHARE_FLOWS_WITH_CHAIN), 1);
    assert_int_equal(count_share(store, SHARE_FLOWS_WITHOUT_DATA), 1);
    assert_int_equal(count_share(store, SHARE_TLS_WITH_CHAIN), 1);
    assert_int_equal(count_share(store, SHARE_TLS_WITHOUT_DATA), 1);
    /* In short: no packets, but what decides of the outcome. */
    assert_true(facts_read_share(store, SHARE_FLOWS_IN_SHORT, NULL, keep_reset_flow, &short_flow,
                                 &problem));
    assert_int_equal(short_flow.as.flow.outcome, OUTCOME_RESET);
    assert_int_equal(short_flow.as.flow.reset_ttl, 250);
    assert_true(short_flow.as.flow.has_icmp);
    assert_int_equal(short_flow.as.flow.first_packet, PACKET_NONE);
    store_close(store);
}

static void test_shares_of_names(void **state)
{
    struct store *store = new_store();
    struct fact dns[4];
    const char *const names[] = {"wpad.example.org", "mask.icloud.com", "push.apple.com",
                                 "wpadx.example.org"};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        dns[i] = full_dns(i + 1, START + (int64_t)i);
        dns[i].as.dns.name = names[i];
        dns[i].as.dns.type = i == 2 ? 16 : 1;
        write_fact(store, &dns[i]);
    }
    finish(store);
    assert_int_equal(count_share(store, SHARE_DNS_OF_WPAD), 1);
    assert_int_equal(count_share(store, SHARE_DNS_OF_RELAY), 1);
    assert_int_equal(count_share(store, SHARE_DNS_OF_PUSH), 1);
    store_close(store);
}

#define LISTED_SIZE 512

/* What a walk in short over transactions gives: for each its identity, how many
 * records, and the last one's address. */
static bool list_records(void *owner, const struct fact *fact)
{
    char *text = (char *)owner + strlen(owner);
    const struct fact_dns *dns = &fact->as.dns;
    char address[ADDRESS_TEXT_SIZE] = "-";

    if (dns->record_count > 0)
        address_print(&dns->records[dns->record_count - 1].address, address);
    snprintf(text, LISTED_SIZE - (size_t)(text - (char *)owner), "%u:%zu:%s ", (unsigned)dns->id,
             dns->record_count, address);
    return true;
}

static void assert_records(struct store *store, const struct fact_selection *selection,
                           const char *wanted)
{
    struct problem problem = {""};
    char listed[LISTED_SIZE] = "";

    assert_true(
        facts_read_share(store, SHARE_DNS_IN_SHORT, selection, list_records, listed, &problem));
    assert_string_equal(listed, wanted);
}

/* Transactions without records lie between, and one whose records are something else. */
static void test_records_go_with_their_transactions(void **state)
{
    static const unsigned counts[] = {2, 0, 1, 300, 2};
    static const uint64_t ids[] = {9, 2, 5, 7, 4}; /* not in the order of their times */
    static struct dns_record records[300];
    static char texts[300][16];
    const struct fact_selection late = {START + 3, TIMESTAMP_NONE, NULL};
    struct store *store = new_store();

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        records[i] = (struct dns_record){.section = DNS_ANSWER, .owner = "gs.apple.com", .type = 1};
        snprintf(texts[i], sizeof texts[i], "17.57.144.%u", i & 0xff);
        records[i].data = texts[i];
    }
    for (unsigned i = 0; i < 5; i++) {
        struct fact dns = full_dns(ids[i], START + (int64_t)i);
        dns.as.dns.records = records;
        dns.as.dns.record_count = counts[i];
        write_fact(store, &dns);
    }
    finish(store);
    assert_records(store, NULL,
                   "2:0:- 4:2:17.57.144.1 5:1:17.57.144.0 7:256:17.57.144.255 9:2:17.57.144.1 ");
    assert_records(store, NULL, /* and from the beginning once more */
                   "2:0:- 4:2:17.57.144.1 5:1:17.57.144.0 7:256:17.57.144.255 9:2:17.57.144.1 ");
    assert_records(store, &late, "4:2:17.57.144.1 7:256:17.57.144.255 ");
    assert_int_equal(sqlite3_exec(store->connection.database,
                                  "DELETE FROM dns WHERE id = 5 OR id = 9;"
                                  "UPDATE dns SET records = '[[]]' WHERE id = 4",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_records(store, NULL, "2:0:- 4:0:- 7:256:17.57.144.255 ");
    store_close(store);
}

static bool keep_tls(void *owner, const struct fact *fact)
{
    *(struct fact_tls *)owner = fact->as.tls;
    return true;
}

static void test_tls_in_short_of_a_flow(void **state)
{
    struct store *store = new_store();
    struct problem problem = {""};
    struct fact tls = fact_of(FACT_TLS);
    struct fact_tls read = {0};

    (void)state;
    sample_bare(TABLE_TLS, &tls.as.tls);
    for (uint64_t flow = 1; flow <= 2; flow++) {
        tls.as.tls.flow = flow;
        tls.as.tls.server_data_records = flow * 10;
        write_fact(store, &tls);
    }
    assert_true(facts_read_tls_in_short_of(store, 2, keep_tls, &read, &problem));
    assert_int_equal(read.flow, 2);
    assert_int_equal(read.server_data_records, 20);
    read.flow = 0;
    assert_true(facts_read_tls_in_short_of(store, 3, keep_tls, &read, &problem));
    assert_int_equal(read.flow, 0);
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

/* What it opened with is told by its row alone, and comes first. */
static void test_opening_of_a_flow(void **state)
{
    struct store *store = new_store();
    struct problem problem = {""};
    struct fact flow = {.kind = FACT_FLOW}, late = event_of(7, EVENT_RESET, START + 2);
    struct fact syn = {.kind = FACT_EVENT}, answer = {.kind = FACT_EVENT};
    struct fact wanted[3];
    struct expectation expected = {wanted, 3, 0};

    (void)state;
    sample_bare(TABLE_FLOW, &flow.as);
    flow.as.flow.id = 7;
    flow.as.flow.first_packet = packet_identity(1, 3);
    flow.as.flow.first_time = flow.as.flow.first_syn_time = flow.as.flow.syn_ack_time = START;
    flow.as.flow.begins_with_syn = true;
    flow.as.flow.syn_ack_packet = packet_identity(2, 4);
    flow.as.flow.client_ttl = 64;
    flow.as.flow.server_ttl = 50;
    address_parse("192.0.2.1", &flow.as.flow.client.address);
    address_parse("17.0.0.1", &flow.as.flow.server.address);
    syn.as.event = (struct fact_event){.flow = 7,
                                       .kind = EVENT_SYN,
                                       .time = START,
                                       .packet = packet_identity(1, 3),
                                       .from = PARTY_CLIENT,
                                       .sender = flow.as.flow.client.address,
                                       .ttl = 64};
    answer.as.event = (struct fact_event){.flow = 7,
                                          .kind = EVENT_SYN_ACK,
                                          .time = START,
                                          .packet = packet_identity(2, 4),
                                          .from = PARTY_SERVER,
                                          .sender = flow.as.flow.server.address,
                                          .ttl = 50};
    wanted[0] = syn;
    wanted[1] = answer;
    wanted[2] = late;
    write_fact(store, &late);
    write_fact(store, &flow);
    assert_true(facts_read_events_of(store, 7, expect_fact, &expected, &problem));
    assert_int_equal(expected.seen, 3);
    store_close(store);
}

/* One handshake by its flow, while another walk goes on; none where there is none. */
static void test_tls_of_a_flow(void **state)
{
    struct store *store = new_store();
    struct problem problem = {""};
    struct fact wanted = {.kind = FACT_TLS}, other = {.kind = FACT_TLS};
    struct expectation expected = {&wanted, 1, 0};

    (void)state;
    sample_bare(TABLE_TLS, &wanted.as);
    sample_bare(TABLE_TLS, &other.as);
    wanted.as.tls.flow = 7;
    other.as.tls.flow = 8;
    write_fact(store, &other);
    write_fact(store, &wanted);
    assert_true(facts_read_tls_of(store, 7, expect_fact, &expected, &problem));
    assert_int_equal(expected.seen, 1);
    assert_true(facts_read_tls_of(store, 9, expect_fact, &expected, &problem));
    assert_int_equal(expected.seen, 1);
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
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_shares_of_flows),
        cmocka_unit_test(test_shares_of_names),
        cmocka_unit_test(test_flow),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_dns),
        cmocka_unit_test(test_dns_records_are_bounded_and_replaced),
        cmocka_unit_test(test_the_longest_answer_is_stored),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_times_select),
        cmocka_unit_test(test_device_selects),
        cmocka_unit_test(test_records_go_with_their_transactions),
        cmocka_unit_test(test_tls_in_short_of_a_flow),
        cmocka_unit_test(test_tls_of_a_flow),
        cmocka_unit_test(test_events_of_a_flow),
        cmocka_unit_test(test_opening_of_a_flow),
        cmocka_unit_test(test_walks_within_walks),
        cmocka_unit_test(test_queries_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
