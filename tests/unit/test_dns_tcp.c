/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_tcp.c find the messages of a connection, however they are cut
 * into segments, and not call unanswered what the capture has lost?
 */
#include "tests/support/dissection.h"
#include "tests/support/dns_made.h"

static int begin(void **state)
{
    struct dissection *dissection = malloc(sizeof *dissection);
    assert_non_null(dissection);
    dissection_begin(dissection, &dissector_dns_tcp, 53);
    dissection->flow.sides[SIDE_CLIENT].heard = true;
    dissection->flow.sides[SIDE_SERVER].packets = 1;
    *state = dissection;
    return 0;
}

static int end(void **state)
{
    dissection_end(*state);
    free(*state);
    return 0;
}

/* Adds a message behind its length. */
static void put(struct made *stream, const struct made *made)
{
    const uint8_t length[2] = {(uint8_t)(made->length >> 8), (uint8_t)made->length};
    made_add(stream, length, sizeof length);
    made_add(stream, made->bytes, made->length);
}

static void put_query(struct made *stream, uint16_t id, uint8_t type)
{
    struct made made;
    made_query(&made, id);
    made.bytes[made.length - 3] = type;
    put(stream, &made);
}

static void put_answer(struct made *stream, uint16_t id, uint8_t type, uint8_t rcode)
{
    struct made made;
    made_answer(&made, id, rcode);
    made.bytes[made.length - 3] = type;
    put(stream, &made);
}

static void send(struct dissection *dissection, int side, uint64_t number,
                 const struct made *stream)
{
    assert_int_equal(dissection_segment(dissection, side, number, made_bytes(stream)),
                     DISSECTOR_MORE);
}

static const struct fact_dns *dns_at(const struct dissection *dissection, size_t index)
{
    assert_true(index < dissection->fact_count);
    assert_int_equal(dissection->facts[index].kind, FACT_DNS);
    return &dissection->facts[index].as.dns;
}

static const struct fact_resolver *totals(struct dissection *dissection)
{
    dissection_finish(dissection);
    return &dissection_last(dissection, FACT_RESOLVER)->as.resolver;
}

static void test_claims(void **state)
{
    struct dissection *dissection = *state;
    struct made stream = {.length = 0};
    put_query(&stream, 7, 1);
    for (size_t length = 0; length <= stream.length; length++) {
        uint8_t *exact = dissection_exact(bytes_first(made_bytes(&stream), length));
        assert_int_equal(dissector_dns_tcp.claims(&dissection->flow, bytes_of(exact, length)),
                         length >= 6);
        free(exact);
    }
    dissection->flow.server.port = 5353;
    assert_false(dissector_dns_tcp.claims(&dissection->flow, made_bytes(&stream)));
    dissection->flow.server.port = 53;
    stream.bytes[2 + MADE_FLAGS] = 0x19; /* no such opcode */
    assert_false(dissector_dns_tcp.claims(&dissection->flow, made_bytes(&stream)));
    assert_false(dissector_dns_tcp.claims(&dissection->flow, bytes_of("\0\x0b\0\0\1\0", 6)));
}

static void test_query_and_answer(void **state)
{
    struct dissection *dissection = *state;
    struct made query = {.length = 0}, answer = {.length = 0}, made;
    put_query(&query, 7, 1);
    made_answer(&made, 7, 0);
    made_address(&made, 9);
    put(&answer, &made);
    send(dissection, SIDE_CLIENT, 1, &query);
    send(dissection, SIDE_SERVER, 5, &answer);
    const struct fact_dns *dns = dns_at(dissection, 0);
    assert_int_equal(dns->transport, TRANSPORT_TCP);
    assert_string_equal(dns->name, "gs.apple.com");
    assert_int_equal(dns->query_packet, packet_identity(1, 1));
    assert_int_equal(dns->answer_packet, packet_identity(1, 5));
    assert_int_equal(dns->client.port, 50000);
    assert_int_equal(dns->resolver.port, 53);
    assert_string_equal(dns->records[0].data, "17.32.64.9");
    assert_int_equal(totals(dissection)->answered, 1);
    assert_int_equal(totals(dissection)->fastest_answer, 4 * NANOSECONDS_PER_MILLISECOND);
}

/* RFC 7766 section 6.2.1.1: answers may come in any order, several a segment. */
static void test_pipelined(void **state)
{
    struct dissection *dissection = *state;
    struct made queries = {.length = 0}, answers = {.length = 0};
    put_query(&queries, 1, 1);
    put_query(&queries, 2, 28);
    put_query(&queries, 3, 65);
    put_answer(&answers, 3, 65, 0);
    put_answer(&answers, 1, 1, 3);
    send(dissection, SIDE_CLIENT, 1, &queries);
    send(dissection, SIDE_SERVER, 2, &answers);
    assert_int_equal(dissection->fact_count, 2);
    assert_int_equal(dns_at(dissection, 0)->type, 65);
    assert_int_equal(dns_at(dissection, 1)->type, 1);
    assert_int_equal(dns_at(dissection, 1)->rcode, 3);
    /* The connection ends with the second one open. */
    const struct fact_resolver *counts = totals(dissection);
    assert_int_equal(counts->queries, 3);
    assert_int_equal(counts->answered, 2);
    assert_int_equal(counts->name_errors, 1);
    assert_false(dns_at(dissection, 2)->answered);
    assert_int_equal(dns_at(dissection, 2)->type, 28);
}

static void test_cut_anywhere(void **state)
{
    struct made queries = {.length = 0}, answers = {.length = 0};
    put_query(&queries, 1, 1);
    put_query(&queries, 2, 28);
    put_answer(&answers, 2, 28, 0);
    put_answer(&answers, 1, 1, 0);
    for (size_t cut = 0; cut <= queries.length; cut++) {
        struct dissection *dissection = *state;
        struct made first = queries, rest = {.length = 0};
        first.length = cut;
        made_add(&rest, queries.bytes + cut, queries.length - cut);
        send(dissection, SIDE_CLIENT, 1, &first);
        send(dissection, SIDE_CLIENT, 2, &rest);
        for (size_t i = 0; i < answers.length; i++) {
            struct made byte = {.length = 0};
            made_add(&byte, answers.bytes + i, 1);
            send(dissection, SIDE_SERVER, 3, &byte);
        }
        assert_int_equal(dissection->fact_count, 2);
        assert_int_equal(dns_at(dissection, 0)->type, 28);
        assert_int_equal(dns_at(dissection, 0)->query_packet,
                         packet_identity(1, cut < queries.length ? 2 : 1));
        assert_int_equal(dns_at(dissection, 1)->answer_packet, packet_identity(1, 3));
        end(state);
        begin(state);
    }
}

/* What an answer cut short says is known as malformed only when all of it came. */
static void test_every_shorter_message(void **state)
{
    struct made made;
    made_answer(&made, 7, 0);
    made_address(&made, 1);
    for (size_t length = 12; length < made.length; length++) {
        struct dissection *dissection = *state;
        struct made query = {.length = 0}, answer = {.length = 0}, cut = made;
        put_query(&query, 7, 1);
        cut.length = length;
        put(&answer, &cut);
        send(dissection, SIDE_CLIENT, 1, &query);
        send(dissection, SIDE_SERVER, 2, &answer);
        assert_int_equal(dissection->fact_count, 1);
        assert_true(dns_at(dissection, 0)->malformed);
        end(state);
        begin(state);
    }
}

/* The framing is lost: nothing more is read, and nothing is said to be missing. */
static void test_garbage_from_the_server(void **state)
{
    struct dissection *dissection = *state;
    struct made query = {.length = 0}, garbage = {.length = 0};
    put_query(&query, 7, 1);
    send(dissection, SIDE_CLIENT, 1, &query);
    MADE_ADD(&garbage, "\0\4abcdefgh");
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 2, made_bytes(&garbage)),
                     DISSECTOR_MALFORMED);
    assert_int_equal(totals(dissection)->queries, 0);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 0);
}

static void test_lost_bytes(void **state)
{
    struct dissection *dissection = *state;
    struct made query = {.length = 0}, later = {.length = 0}, answer = {.length = 0};
    put_query(&query, 7, 1);
    send(dissection, SIDE_CLIENT, 1, &query);
    struct packet packet = dissection_packet(2, 2);
    struct dissector_call call = dissection_call(dissection, SIDE_SERVER, &packet);
    dissector_dns_tcp.stream_lost(&call);
    put_query(&later, 8, 28);
    send(dissection, SIDE_CLIENT, 3, &later);
    /* Should one be answered nevertheless, it is told and counted. */
    put_answer(&answer, 8, 28, 0);
    send(dissection, SIDE_SERVER, 4, &answer);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 1);
    assert_int_equal(totals(dissection)->queries, 1);
    assert_int_equal(totals(dissection)->answered, 1);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 1);
}

static void test_reading_given_up(void **state)
{
    struct dissection *dissection = *state;
    struct made query = {.length = 0};
    put_query(&query, 7, 1);
    send(dissection, SIDE_CLIENT, 1, &query);
    dissection->detail.reading_lost = true;
    assert_int_equal(totals(dissection)->queries, 0);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 0);
}

/* Only the client's packets are captured: its answers came, unseen. */
static void test_one_direction(void **state)
{
    struct dissection *dissection = *state;
    struct made query = {.length = 0};
    dissection->flow.sides[SIDE_SERVER].packets = 0;
    put_query(&query, 7, 1);
    send(dissection, SIDE_CLIENT, 1, &query);
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 0);
}

/* What is answered is told; what is not may be the capture's fault. */
static void test_midstream(void **state)
{
    struct dissection *dissection = *state;
    struct made queries = {.length = 0}, answer = {.length = 0};
    dissection->flow.midstream = true;
    put_query(&queries, 7, 1);
    put_query(&queries, 8, 28);
    put_answer(&answer, 8, 28, 0);
    send(dissection, SIDE_CLIENT, 1, &queries);
    send(dissection, SIDE_SERVER, 2, &answer);
    assert_int_equal(totals(dissection)->queries, 1);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 1);
    assert_int_equal(dns_at(dissection, 0)->query_packet, packet_identity(1, 1));
}

/* Picked up midstream: the resolver counts as the flow's client. */
static void test_swapped_sides(void **state)
{
    struct dissection *dissection = *state;
    struct endpoint client = dissection->flow.client;
    struct made query = {.length = 0}, answer = {.length = 0};
    dissection->flow.client = dissection->flow.server;
    dissection->flow.server = client;
    put_answer(&answer, 6, 1, 0);
    send(dissection, SIDE_CLIENT, 1, &answer);
    put_query(&query, 7, 28);
    send(dissection, SIDE_SERVER, 2, &query);
    answer.length = 0;
    put_answer(&answer, 7, 28, 0);
    send(dissection, SIDE_CLIENT, 3, &answer);
    assert_int_equal(dissection->fact_count, 2);
    assert_int_equal(dns_at(dissection, 0)->query_time, TIMESTAMP_NONE);
    assert_int_equal(dns_at(dissection, 0)->transport, TRANSPORT_TCP);
    assert_int_equal(dns_at(dissection, 1)->query_packet, packet_identity(1, 2));
    assert_int_equal(dns_at(dissection, 1)->client.port, 50000);
}

/* The datagram's answer was cut, and the client asks again over TCP. */
static void test_retry_after_truncation(void **state)
{
    struct dissection *dissection = *state;
    struct made query, answer, stream = {.length = 0}, reply = {.length = 0};
    made_query(&query, 3);
    made_begin(&answer, 3, 0x8380);
    dissection->dissector = &dissector_dns_udp;
    dissection->flow.transport = TRANSPORT_UDP;
    dissection_datagram(dissection, SIDE_CLIENT, 1, 1, made_bytes(&query));
    dissection_datagram(dissection, SIDE_SERVER, 2, 2, made_bytes(&answer));
    assert_true(dns_at(dissection, 0)->truncated);
    assert_int_equal(dns_at(dissection, 0)->retry_of, 0);
    dissection->dissector = &dissector_dns_tcp;
    dissection->flow.transport = TRANSPORT_TCP;
    dissection->flow.client.port = 50001;
    put_query(&stream, 4, 1);
    put_query(&stream, 5, 28);
    send(dissection, SIDE_CLIENT, 3, &stream);
    put_answer(&reply, 5, 28, 0);
    put_answer(&reply, 4, 1, 0);
    send(dissection, SIDE_SERVER, 4, &reply);
    assert_int_equal(dns_at(dissection, 1)->retry_of, 0);
    assert_int_equal(dns_at(dissection, 2)->retry_of, dns_at(dissection, 0)->id);
    assert_int_equal(dns_at(dissection, 2)->queries, 1);
    assert_int_equal(totals(dissection)->retransmitted, 0);
}

/* The same question again on one connection is asked again, not sent again. */
static void test_same_question_twice(void **state)
{
    struct dissection *dissection = *state;
    struct made queries = {.length = 0}, answers = {.length = 0};
    put_query(&queries, 1, 1);
    put_query(&queries, 2, 1);
    put_answer(&answers, 1, 1, 0);
    put_answer(&answers, 2, 1, 3);
    send(dissection, SIDE_CLIENT, 1, &queries);
    send(dissection, SIDE_SERVER, 2, &answers);
    assert_int_equal(dissection->fact_count, 2);
    assert_int_equal(dns_at(dissection, 1)->earlier, 0);
    assert_int_equal(totals(dissection)->queries, 2);
}

/* More open queries than are followed, and a message longer than is read. */
static void test_bounds(void **state)
{
    struct dissection *dissection = *state;
    struct made query = {.length = 0}, answer = {.length = 0};
    for (uint16_t i = 0; i < 40; i++) {
        query.length = 0;
        put_query(&query, i, (uint8_t)(100 + i));
        send(dissection, SIDE_CLIENT, i, &query);
    }
    size_t length = 65535;
    uint8_t *long_answer = calloc(1, length + 2);
    assert_non_null(long_answer);
    put_answer(&answer, 0, 100, 0);
    memcpy(long_answer, answer.bytes, answer.length);
    long_answer[0] = long_answer[1] = 0xff;
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 50, bytes_of(long_answer, 40000)),
                     DISSECTOR_MORE);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 1);
    assert_int_equal(dissection->unread[SIDE_SERVER].length, 0);
    dissection_segment(dissection, SIDE_SERVER, 51,
                       bytes_of(long_answer + 40000, length + 2 - 40000));
    free(long_answer);
    answer.length = 0;
    put_answer(&answer, 1, 101, 0);
    send(dissection, SIDE_SERVER, 52, &answer);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 2);
    /* 32 were followed, of which two are answered; of the others nothing is said. */
    assert_int_equal(totals(dissection)->queries, 32);
    assert_int_equal(dissection_count(dissection, FACT_DNS), 32);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_claims),
        TEST(test_query_and_answer),
        TEST(test_pipelined),
        TEST(test_cut_anywhere),
        TEST(test_every_shorter_message),
        TEST(test_garbage_from_the_server),
        TEST(test_lost_bytes),
        TEST(test_reading_given_up),
        TEST(test_one_direction),
        TEST(test_midstream),
        TEST(test_swapped_sides),
        TEST(test_retry_after_truncation),
        TEST(test_same_question_twice),
        TEST(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
