/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns.c make one fact of a query, its retransmissions and its
 * answer, and count the rest right?  Messages go in by hand, facts come out.
 */
#include "tests/support/dissection.h"

#include "dissectors/dns_message.h"

static const uint8_t courier_query[] = {
    0x50, 0x23, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0x31,
    0x2d, 0x63, 0x6f, 0x75, 0x72, 0x69, 0x65, 0x72, 0x04, 0x70, 0x75, 0x73, 0x68, 0x05,
    0x61, 0x70, 0x70, 0x6c, 0x65, 0x03, 0x63, 0x6f, 0x6d, 0x00, 0x00, 0x01, 0x00, 0x01};

static const uint8_t courier_answer[] = {
    0x50, 0x23, 0x85, 0x80, 0x00, 0x01, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x09, 0x31, 0x2d, 0x63,
    0x6f, 0x75, 0x72, 0x69, 0x65, 0x72, 0x04, 0x70, 0x75, 0x73, 0x68, 0x05, 0x61, 0x70, 0x70, 0x6c,
    0x65, 0x03, 0x63, 0x6f, 0x6d, 0x00, 0x00, 0x01, 0x00, 0x01, 0xc0, 0x0c, 0x00, 0x05, 0x00, 0x01,
    0x00, 0x00, 0x70, 0x80, 0x00, 0x25, 0x01, 0x31, 0x12, 0x63, 0x6f, 0x75, 0x72, 0x69, 0x65, 0x72,
    0x2d, 0x70, 0x75, 0x73, 0x68, 0x2d, 0x61, 0x70, 0x70, 0x6c, 0x65, 0x03, 0x63, 0x6f, 0x6d, 0x06,
    0x61, 0x6b, 0x61, 0x64, 0x6e, 0x73, 0x03, 0x6e, 0x65, 0x74, 0x00, 0xc0, 0x36, 0x00, 0x05, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x22, 0x00, 0x19, 0x0b, 0x73, 0x6a, 0x63, 0x2d, 0x63, 0x6f, 0x75, 0x72,
    0x69, 0x65, 0x72, 0x0a, 0x70, 0x75, 0x73, 0x68, 0x2d, 0x61, 0x70, 0x70, 0x6c, 0x65, 0xc0, 0x4b,
    0xc0, 0x67, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x12, 0x00, 0x04, 0x11, 0xf9, 0x0c, 0x9f};

#define QUERY bytes_of(courier_query, sizeof courier_query)
#define ANSWER bytes_of(courier_answer, sizeof courier_answer)

static int begin(void **state)
{
    struct dissection *dissection = malloc(sizeof *dissection);
    assert_non_null(dissection);
    dissection_begin(dissection, &dissector_dns_udp, 53);
    *state = dissection;
    return 0;
}

static int end(void **state)
{
    dissection_end(*state);
    free(*state);
    return 0;
}

static void query(struct dissection *dissection, uint64_t number, int64_t milliseconds)
{
    assert_int_equal(dissection_datagram(dissection, SIDE_CLIENT, number, milliseconds, QUERY),
                     DISSECTOR_MORE);
}

static void answer(struct dissection *dissection, uint64_t number, int64_t milliseconds)
{
    assert_int_equal(dissection_datagram(dissection, SIDE_SERVER, number, milliseconds, ANSWER),
                     DISSECTOR_MORE);
}

/* The courier's message with another identifier, flags and query type. */
static void changed_message(struct dissection *dissection, int side, uint64_t number,
                            int64_t milliseconds, uint16_t id, uint8_t rcode)
{
    uint8_t changed[sizeof courier_answer];
    size_t length = side == SIDE_CLIENT ? sizeof courier_query : sizeof courier_answer;
    memcpy(changed, side == SIDE_CLIENT ? courier_query : courier_answer, length);
    changed[0] = (uint8_t)(id >> 8);
    changed[1] = (uint8_t)id;
    changed[3] |= rcode;
    dissection_datagram(dissection, side, number, milliseconds, bytes_of(changed, length));
}

static const char *name_of(struct dissection *dissection, const char *server)
{
    struct endpoint endpoint = dissection_endpoint(server, 0);
    return resolved_names_find(dissection->observation.names, &dissection->flow.client.address,
                               &endpoint.address);
}

static int64_t at(int64_t milliseconds)
{
    return DISSECTION_EPOCH + milliseconds * NANOSECONDS_PER_MILLISECOND;
}

static void check_resolver(struct dissection *dissection, uint64_t queries, uint64_t answered,
                           uint64_t retransmitted)
{
    dissection_finish(dissection);
    assert_int_equal(dissection_count(dissection, FACT_RESOLVER), 1);
    const struct fact_resolver *counts = &dissection_last(dissection, FACT_RESOLVER)->as.resolver;
    assert_int_equal(counts->queries, queries);
    assert_int_equal(counts->answered, answered);
    assert_int_equal(counts->retransmitted, retransmitted);
    assert_true(address_equal(&counts->resolver, &dissection->flow.server.address));
}

static void test_claims(void **state)
{
    struct dissection *dissection = *state;
    assert_true(dissector_dns_udp.claims(&dissection->flow, QUERY));
    assert_true(dissector_dns_udp.claims(&dissection->flow, ANSWER));
    assert_false(dissector_dns_udp.claims(&dissection->flow, bytes_first(QUERY, 11)));
    dissection->flow.server.port = 5353;
    assert_false(dissector_dns_udp.claims(&dissection->flow, QUERY));
    dissection->flow.client.port = 53;
    assert_true(dissector_dns_udp.claims(&dissection->flow, ANSWER));
}

static void test_query_and_answer(void **state)
{
    struct dissection *dissection = *state;
    query(dissection, 1, 0);
    assert_int_equal(dissection->fact_count, 0);
    answer(dissection, 2, 12);
    assert_int_equal(dissection->fact_count, 1);
    const struct fact_dns *dns = &dissection_last(dissection, FACT_DNS)->as.dns;
    assert_int_equal(dns->id, 1);
    assert_int_equal(dns->client.port, 50000);
    assert_int_equal(dns->resolver.port, 53);
    assert_int_equal(dns->transport, TRANSPORT_UDP);
    assert_string_equal(dns->name, "1-courier.push.apple.com");
    assert_int_equal(dns->type, DNS_TYPE_A);
    assert_int_equal(dns->query_time, at(0));
    assert_int_equal(dns->query_packet, packet_identity(1, 1));
    assert_int_equal(dns->queries, 1);
    assert_true(dns->answered);
    assert_int_equal(dns->answer_time, at(12));
    assert_int_equal(dns->answer_packet, packet_identity(1, 2));
    assert_int_equal(dns->answer_ttl, 57);
    assert_true(dns->authoritative);
    assert_false(dns->malformed);
    assert_int_equal(dns->record_count, 3);
    assert_string_equal(dns->records[2].data, "17.249.12.159");
    assert_string_equal(name_of(dissection, "17.249.12.159"), "1-courier.push.apple.com");
    check_resolver(dissection, 1, 1, 0);
    const struct fact_resolver *counts = &dissection_last(dissection, FACT_RESOLVER)->as.resolver;
    assert_int_equal(counts->first_time, at(0));
    assert_int_equal(counts->last_answer_time, at(12));
    assert_int_equal(counts->first_packet, packet_identity(1, 1));
}

/* The answer comes in the case of the query (draft "0x20"), whatever that was. */
static void test_letter_case(void **state)
{
    struct dissection *dissection = *state;
    uint8_t mixed[sizeof courier_query];
    memcpy(mixed, courier_query, sizeof mixed);
    mixed[16] = 'O';
    mixed[28] = 'A';
    dissection_datagram(dissection, SIDE_CLIENT, 1, 0, bytes_of(mixed, sizeof mixed));
    answer(dissection, 2, 5);
    assert_int_equal(dissection->fact_count, 1);
    assert_int_equal(dissection->facts[0].as.dns.queries, 1);
    assert_string_equal(dissection->facts[0].as.dns.name, "1-courier.push.apple.com");
}

static void test_retransmission_from_same_port(void **state)
{
    struct dissection *dissection = *state;
    query(dissection, 1, 0);
    query(dissection, 2, 1000);
    query(dissection, 3, 3000);
    answer(dissection, 4, 3010);
    query(dissection, 5, 3020); /* late: the answer was on its way */
    const struct fact_dns *dns = &dissection_last(dissection, FACT_DNS)->as.dns;
    assert_int_equal(dns->queries, 3);
    assert_int_equal(dns->query_packet, packet_identity(1, 1));
    assert_int_equal(dns->last_query_packet, packet_identity(1, 3));
    assert_int_equal(dns->last_query_time, at(3000));
    check_resolver(dissection, 1, 1, 3);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 1);
}

/* Either query may be the one that is answered. */
static void test_retry_from_new_port(void **state)
{
    struct dissection *dissection = *state;
    for (int answered = 0; answered < 2; answered++) {
        int64_t start = answered * 100000;
        dissection->flow.client.port = 50000;
        changed_message(dissection, SIDE_CLIENT, 1, start, 7, 0);
        dissection->flow.client.port = 50001;
        changed_message(dissection, SIDE_CLIENT, 2, start + 1000, 8, 0);
        dissection->flow.client.port = answered == 0 ? 50000 : 50001;
        changed_message(dissection, SIDE_SERVER, 3, start + 2000, answered == 0 ? 7 : 8, 0);
        const struct fact_dns *dns = &dissection_last(dissection, FACT_DNS)->as.dns;
        assert_true(dns->answered);
        assert_int_equal(dns->queries, 2);
        assert_int_equal(dns->client.port, 50000);
    }
    check_resolver(dissection, 2, 2, 2);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 2);
}

/* Once answered, the same question from a new port is a new transaction. */
static void test_question_asked_again(void **state)
{
    struct dissection *dissection = *state;
    query(dissection, 1, 0);
    answer(dissection, 2, 10);
    dissection->flow.client.port = 50001;
    query(dissection, 3, 5000);
    answer(dissection, 4, 5010);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 2);
    check_resolver(dissection, 2, 2, 0);
}

static void test_unanswered(void **state)
{
    struct dissection *dissection = *state;
    query(dissection, 1, 0);
    changed_message(dissection, SIDE_CLIENT, 2, 29000, 9, 0);
    assert_int_equal(dissection->fact_count, 0);
    changed_message(dissection, SIDE_CLIENT, 3, 31000, 10, 0); /* tells of the first */
    assert_int_equal(dissection->fact_count, 1);
    const struct fact_dns *dns = &dissection->facts[0].as.dns;
    assert_false(dns->answered);
    assert_int_equal(dns->answer_time, TIMESTAMP_NONE);
    assert_int_equal(dns->queries, 2);
    assert_string_equal(dns->name, "1-courier.push.apple.com");
    assert_int_equal(dns->record_count, 0);
    check_resolver(dissection, 2, 0, 1);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 2);
}

/* RFC 5452 section 9.1: nothing but the right identifier, port and question. */
static void test_answers_that_do_not_match(void **state)
{
    struct dissection *dissection = *state;
    query(dissection, 1, 0);
    changed_message(dissection, SIDE_SERVER, 2, 10, 0x9999, 0);
    dissection->flow.client.port = 50001;
    answer(dissection, 3, 20);
    dissection->flow.client.port = 50000;
    dissection->flow.server = dissection_endpoint("192.0.2.54", 53);
    answer(dissection, 4, 30);
    dissection->flow.server = dissection_endpoint("192.0.2.53", 53);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct fact_dns *dns = &dissection->facts[i].as.dns;
        assert_true(dns->answered);
        assert_int_equal(dns->query_time, TIMESTAMP_NONE);
        assert_int_equal(dns->query_packet, PACKET_NONE);
        assert_int_equal(dns->queries, 0);
        assert_string_equal(dns->name, "1-courier.push.apple.com");
    }
    answer(dissection, 5, 40);
    assert_int_equal(dissection->facts[3].as.dns.query_time, at(0));
    check_resolver(dissection, 1, 1, 0);
}

/* Where a SPAN merges two directions the answer may come first. */
static void test_answer_that_overtakes_its_query(void **state)
{
    struct dissection *dissection = *state;
    answer(dissection, 1, 0);
    query(dissection, 2, 1);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 1);
    check_resolver(dissection, 1, 1, 0);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 1);
}

/* Forged and late: told once more, counted once, and its copies are nothing new. */
static void test_second_answer(void **state)
{
    struct dissection *dissection = *state;
    query(dissection, 1, 0);
    changed_message(dissection, SIDE_SERVER, 2, 5, 0x5023, 3);
    answer(dissection, 3, 30);
    answer(dissection, 4, 31);
    assert_int_equal(dissection->facts[0].as.dns.rcode, 3);
    assert_int_equal(dissection->facts[0].as.dns.earlier, 0);
    assert_int_equal(dissection->facts[1].as.dns.rcode, 0);
    assert_int_equal(dissection->facts[1].as.dns.earlier, dissection->facts[0].as.dns.id);
    check_resolver(dissection, 1, 1, 0);
}

/* A capture that begins with the answer has the resolver as the flow's client. */
static void test_swapped_sides(void **state)
{
    struct dissection *dissection = *state;
    struct endpoint client = dissection->flow.client;
    dissection->flow.client = dissection->flow.server;
    dissection->flow.server = client;
    dissection_datagram(dissection, SIDE_CLIENT, 1, 0, ANSWER);
    dissection_datagram(dissection, SIDE_SERVER, 2, 2010, QUERY);
    dissection_datagram(dissection, SIDE_CLIENT, 3, 2020, ANSWER);
    assert_int_equal(dissection->fact_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(dissection->facts[i].as.dns.client.port, 50000);
        assert_int_equal(dissection->facts[i].as.dns.resolver.port, 53);
    }
    assert_int_equal(dissection->facts[1].as.dns.query_time, at(2010));
}

/* What is not about Apple is counted and not told, unless all is wanted. */
static void test_other_names(void **state)
{
    struct dissection *dissection = *state;
    static const uint8_t other[] = {0,   1,   1,   0,   0,   1,   0,   0, 0,   0,
                                    0,   0,   4,   'n', 'o', 'n', 'e', 7, 'e', 'x',
                                    'a', 'm', 'p', 'l', 'e', 0,   0,   1, 0,   1};
    uint8_t reply[sizeof other];
    memcpy(reply, other, sizeof reply);
    reply[2] = 0x81;
    for (int all = 0; all < 2; all++) {
        dissection->observation.all_flows = all == 1;
        dissection->flow.client.port++;
        dissection_datagram(dissection, SIDE_CLIENT, 1, 0, bytes_of(other, sizeof other));
        dissection_datagram(dissection, SIDE_SERVER, 2, 1, bytes_of(reply, sizeof reply));
        assert_int_equal(dissection->fact_count, all);
    }
    check_resolver(dissection, 2, 2, 0);
}

/* Records of a chain in reverse order, with an address that is not of it. */
static void test_chain_in_any_order(void **state)
{
    struct dissection *dissection = *state;
    static const uint8_t head[] = {0x50, 0x23, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0};
    static const uint8_t tail[] = {
        1,    'b',  0, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 203, 0, 113, 1, /* b A */
        1,    'z',  0, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 203, 0, 113, 2, /* z A */
        0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 0, 5, 0, 3, 1, 'b', 0}; /* name CNAME b */
    uint8_t reply[sizeof head + 30 + sizeof tail];
    memcpy(reply, head, sizeof head);
    memcpy(reply + sizeof head, courier_query + sizeof head, 30);
    memcpy(reply + sizeof head + 30, tail, sizeof tail);
    query(dissection, 1, 0);
    dissection_datagram(dissection, SIDE_SERVER, 2, 1, bytes_of(reply, sizeof reply));
    assert_string_equal(name_of(dissection, "203.0.113.1"), "1-courier.push.apple.com");
    assert_null(name_of(dissection, "203.0.113.2"));
    /* With the chain broken every address counts. */
    reply[sizeof reply - 2] = 'c';
    dissection_datagram(dissection, SIDE_SERVER, 3, 2, bytes_of(reply, sizeof reply));
    assert_string_equal(name_of(dissection, "203.0.113.2"), "1-courier.push.apple.com");
}

static void test_chain_that_is_a_circle(void **state)
{
    struct dissection *dissection = *state;
    uint8_t reply[12 + 30 + 14] = {0x50, 0x23, 0x81, 0x80, 0, 1, 0, 1};
    static const uint8_t alias[] = {0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 0, 5, 0, 2, 0xc0, 0x0c};
    memcpy(reply + 12, courier_query + 12, 30);
    memcpy(reply + 42, alias, sizeof alias);
    query(dissection, 1, 0);
    dissection_datagram(dissection, SIDE_SERVER, 2, 1, bytes_of(reply, sizeof reply));
    assert_int_equal(dissection_last(dissection, FACT_DNS)->as.dns.record_count, 1);
}

/* A name that stood for Apple no longer does when something else has it. */
static void test_address_of_no_interest(void **state)
{
    struct dissection *dissection = *state;
    query(dissection, 1, 0);
    answer(dissection, 2, 1);
    assert_non_null(name_of(dissection, "17.249.12.159"));
    uint8_t other_query[sizeof courier_query], other_answer[sizeof courier_answer];
    memcpy(other_query, courier_query, sizeof other_query);
    memcpy(other_answer, courier_answer, sizeof other_answer);
    memcpy(other_query + 28, "zzzzz\3org", 9); /* 1-courier.push.zzzzz.org */
    memcpy(other_answer + 28, "zzzzz\3org", 9);
    dissection_datagram(dissection, SIDE_CLIENT, 3, 2, bytes_of(other_query, sizeof other_query));
    dissection_datagram(dissection, SIDE_SERVER, 4, 3, bytes_of(other_answer, sizeof other_answer));
    assert_null(name_of(dissection, "17.249.12.159"));
}

static void test_answer_cut_at_every_length(void **state)
{
    struct dissection *dissection = *state;
    for (size_t length = 0; length <= sizeof courier_answer; length++) {
        dissection->fact_count = 0;
        int64_t start = (int64_t)length * 60000;
        query(dissection, 1, start);
        dissection->fact_count = 0; /* of what was unanswered before */
        dissection_datagram(dissection, SIDE_SERVER, 2, start + 5, bytes_first(ANSWER, length));
        assert_int_equal(dissection->fact_count, length >= DNS_HEADER_LENGTH);
        if (dissection->fact_count == 0)
            continue;
        const struct fact_dns *dns = &dissection->facts[0].as.dns;
        assert_true(dns->answered);
        assert_string_equal(dns->name, "1-courier.push.apple.com");
        assert_int_equal(dns->malformed, length < sizeof courier_answer);
    }
    for (size_t length = 0; length < sizeof courier_query; length++)
        dissection_datagram(dissection, SIDE_CLIENT, 9, 0, bytes_first(QUERY, length));
}

/* More open transactions than there is room for: the oldest is told and goes. */
static void test_transactions_are_bounded(void **state)
{
    struct dissection *dissection = *state;
    uint8_t flood[sizeof courier_query];
    memcpy(flood, courier_query, sizeof flood);
    query(dissection, 1, 0);
    memcpy(flood + 13, "aaaa", 4);
    memcpy(flood + 28, "zzzzz\3org", 9);
    for (unsigned i = 0; i < 65535; i++) {
        flood[13] = (uint8_t)('a' + i % 16);
        flood[14] = (uint8_t)('a' + i / 16 % 16);
        flood[15] = (uint8_t)('a' + i / 256 % 16);
        flood[16] = (uint8_t)('a' + i / 4096);
        dissection_datagram(dissection, SIDE_CLIENT, 2 + i, 1, bytes_of(flood, sizeof flood));
    }
    assert_int_equal(dissection->fact_count, 0);
    flood[17] = 'z';
    dissection_datagram(dissection, SIDE_CLIENT, 20000, 1, bytes_of(flood, sizeof flood));
    /* The oldest is pushed out, and might still be answered. */
    assert_int_equal(dissection->fact_count, 0);
    assert_int_equal(dissection->observation.totals.questions_untold, 1);
    check_resolver(dissection, 65536, 0, 0);
}

/* More resolvers than there is room for: the rest is not counted. */
static void test_resolvers_are_bounded(void **state)
{
    struct dissection *dissection = *state;
    for (unsigned i = 0; i < 8300; i++) {
        dissection->flow.server.address.octets[15] = (uint8_t)i;
        dissection->flow.server.address.octets[14] = (uint8_t)(i >> 8);
        dissection->flow.server.address.octets[13] = 9;
        query(dissection, 1 + i, 0);
        answer(dissection, 1 + i, 1);
        dissection->fact_count = 0;
        arena_release(&dissection->arena);
    }
    dissection->observation.sink_failed = true; /* more facts than a test can hold */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_claims),
        TEST(test_query_and_answer),
        TEST(test_letter_case),
        TEST(test_retransmission_from_same_port),
        TEST(test_retry_from_new_port),
        TEST(test_question_asked_again),
        TEST(test_unanswered),
        TEST(test_answers_that_do_not_match),
        TEST(test_answer_that_overtakes_its_query),
        TEST(test_second_answer),
        TEST(test_swapped_sides),
        TEST(test_other_names),
        TEST(test_chain_in_any_order),
        TEST(test_chain_that_is_a_circle),
        TEST(test_address_of_no_interest),
        TEST(test_answer_cut_at_every_length),
        TEST(test_transactions_are_bounded),
        TEST(test_resolvers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
