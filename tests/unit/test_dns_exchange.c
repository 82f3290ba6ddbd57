/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_exchange.c tell a second answer from a copy, keep what the
 * query and the answer say of themselves, and count every answer right?
 */
#include "tests/support/dissection.h"
#include "tests/support/dns_made.h"

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

/* The message as a datagram whose IP header has these marks. */
static void datagram(struct dissection *dissection, int side, uint64_t number, uint8_t ttl,
                     uint16_t identification, const struct made *made)
{
    struct packet packet = dissection_packet(number, (int64_t)number);
    packet.ttl = ttl;
    packet.ip_identification = identification;
    struct dissector_call call = dissection_call(dissection, side, &packet);
    uint8_t *copy = dissection_exact(made_bytes(made));
    dissection->dissector->datagram(&call, bytes_of(copy, made->length));
    free(copy);
}

static void ask(struct dissection *dissection, uint64_t number, uint16_t id)
{
    struct made made;
    made_query(&made, id);
    datagram(dissection, SIDE_CLIENT, number, 64, 0, &made);
}

static void answer(struct dissection *dissection, uint64_t number, uint8_t ttl,
                   uint16_t identification, uint8_t last)
{
    struct made made;
    made_answer(&made, 7, 0);
    made_address(&made, last);
    datagram(dissection, SIDE_SERVER, number, ttl, identification, &made);
}

static const struct fact_dns *dns_at(const struct dissection *dissection, size_t index)
{
    assert_true(index < dissection->fact_count);
    assert_int_equal(dissection->facts[index].kind, FACT_DNS);
    return &dissection->facts[index].as.dns;
}

/* The forged answer is first and the resolver's own comes late. */
static void test_second_answer_with_other_data(void **state)
{
    struct dissection *dissection = *state;
    ask(dissection, 1, 7);
    answer(dissection, 2, 250, 4000, 1);
    answer(dissection, 30, 57, 9, 2);
    assert_int_equal(dissection->fact_count, 2);
    const struct fact_dns *first = dns_at(dissection, 0), *second = dns_at(dissection, 1);
    assert_int_equal(first->earlier, 0);
    assert_int_equal(first->answer_ttl, 250);
    assert_int_equal(first->answer_identification, 4000);
    assert_string_equal(first->records[0].data, "17.32.64.1");
    assert_int_equal(second->earlier, first->id);
    assert_int_not_equal(second->id, first->id);
    assert_int_equal(second->answer_packet, packet_identity(1, 30));
    assert_int_equal(second->answer_ttl, 57);
    assert_int_equal(second->answer_identification, 9);
    assert_string_equal(second->records[0].data, "17.32.64.2");
    assert_string_equal(second->name, "gs.apple.com");
    assert_int_equal(second->query_packet, first->query_packet);
    assert_int_equal(second->query_time, first->query_time);
    assert_int_equal(second->queries, 1);
}

static void test_second_answer_with_other_rcode(void **state)
{
    struct dissection *dissection = *state;
    struct made made;
    ask(dissection, 1, 7);
    made_answer(&made, 7, 3);
    datagram(dissection, SIDE_SERVER, 2, 57, 1, &made);
    answer(dissection, 3, 57, 2, 1);
    assert_int_equal(dissection->fact_count, 2);
    assert_int_equal(dns_at(dissection, 0)->rcode, 3);
    assert_int_equal(dns_at(dissection, 1)->rcode, 0);
    assert_int_equal(dns_at(dissection, 1)->earlier, dns_at(dissection, 0)->id);
}

/* The same words from another distance; the same packet seen on both sides of a
 * router is none. */
static void test_second_answer_from_elsewhere(void **state)
{
    struct dissection *dissection = *state;
    ask(dissection, 1, 7);
    answer(dissection, 2, 57, 100, 1);
    answer(dissection, 3, 56, 100, 1);
    answer(dissection, 4, 57, 100, 1);
    answer(dissection, 5, 57, 101, 1);
    assert_int_equal(dissection->fact_count, 1);
    answer(dissection, 6, 120, 100, 1);
    assert_int_equal(dissection->fact_count, 2);
    answer(dissection, 7, 56, 300, 1);
    assert_int_equal(dissection->fact_count, 3);
    assert_int_equal(dns_at(dissection, 2)->earlier, dns_at(dissection, 0)->id);
}

/* A resolver that turns its records round says the same; times to live run down. */
static void test_records_in_another_order(void **state)
{
    struct dissection *dissection = *state;
    struct made made;
    ask(dissection, 1, 7);
    made_answer(&made, 7, 0);
    made_address(&made, 1);
    made_address(&made, 2);
    datagram(dissection, SIDE_SERVER, 2, 57, 1, &made);
    made_answer(&made, 7, 0);
    made_address(&made, 2);
    made_address(&made, 1);
    made.bytes[made.length - 7] = 4;
    datagram(dissection, SIDE_SERVER, 3, 57, 2, &made);
    assert_int_equal(dissection->fact_count, 1);
}

/* Each copy of a query may be answered, and by another server of a farm. */
static void test_repeated_query_is_answered_twice(void **state)
{
    struct dissection *dissection = *state;
    ask(dissection, 1, 7);
    ask(dissection, 2, 7);
    answer(dissection, 3, 57, 1, 1);
    answer(dissection, 4, 55, 2, 2);
    assert_int_equal(dissection->fact_count, 1);
    ask(dissection, 5, 7); /* sent before the client had its answer */
    answer(dissection, 6, 57, 3, 3);
    assert_int_equal(dissection->fact_count, 1);
    answer(dissection, 7, 57, 4, 4);
    assert_int_equal(dissection->fact_count, 2);
    assert_int_equal(dns_at(dissection, 0)->queries, 2);
}

/* Without the queries nobody can know how often was asked. */
static void test_unasked_answers_are_not_compared(void **state)
{
    struct dissection *dissection = *state;
    answer(dissection, 1, 57, 1, 1);
    answer(dissection, 2, 200, 2, 2);
    for (size_t i = 0; i < dissection->fact_count; i++)
        assert_int_equal(dns_at(dissection, i)->earlier, 0);
    assert_int_equal(dns_at(dissection, 0)->query_packet, PACKET_NONE);
}

static void test_second_answers_are_bounded(void **state)
{
    struct dissection *dissection = *state;
    ask(dissection, 1, 7);
    for (uint8_t i = 0; i < 50; i++)
        answer(dissection, 2u + i, 57, i, i);
    assert_int_equal(dissection->fact_count, 5);
}

/* What a capture cut short says is no evidence of another sender. */
static void test_cut_answers_are_not_compared(void **state)
{
    struct dissection *dissection = *state;
    struct made made;
    ask(dissection, 1, 7);
    answer(dissection, 2, 57, 1, 1);
    made_answer(&made, 7, 0);
    made_address(&made, 2);
    made.length--;
    datagram(dissection, SIDE_SERVER, 3, 57, 2, &made);
    assert_int_equal(dissection->fact_count, 1);
}

static void test_mixed_case(void **state)
{
    struct dissection *dissection = *state;
    for (int kept = 0; kept < 2; kept++) {
        struct made made;
        made_query(&made, (uint16_t)(20 + kept));
        made.bytes[MADE_NAME] = 'G';
        datagram(dissection, SIDE_CLIENT, 1, 64, 0, &made);
        made_answer(&made, (uint16_t)(20 + kept), 0);
        made.bytes[MADE_NAME] = kept ? 'G' : 'g';
        datagram(dissection, SIDE_SERVER, 2, 57, 0, &made);
        assert_string_equal(dns_at(dissection, (size_t)kept)->name, "gs.apple.com");
        assert_true(dns_at(dissection, (size_t)kept)->mixed_case);
        assert_int_equal(dns_at(dissection, (size_t)kept)->case_kept, kept);
    }
    ask(dissection, 3, 7);
    answer(dissection, 4, 57, 0, 1);
    assert_false(dns_at(dissection, 2)->mixed_case);
    assert_false(dns_at(dissection, 2)->case_kept);
}

static void test_edns(void **state)
{
    struct dissection *dissection = *state;
    struct made made;
    made_query(&made, 7);
    made_options(&made, "", 0);
    datagram(dissection, SIDE_CLIENT, 1, 64, 0, &made);
    made_begin(&made, 7, 0x8120); /* authentic data, no recursion */
    made_options(&made,
                 "\0\x0a\0\0\0\x0f\0\7\0\x11"
                 "by\x01"
                 "us"
                 "\0\x0f\0\2\0\x0f",
                 21);
    datagram(dissection, SIDE_SERVER, 2, 57, 0, &made);
    const struct fact_dns *dns = dns_at(dissection, 0);
    assert_true(dns->query_edns);
    assert_int_equal(dns->udp_size, 1232);
    assert_true(dns->answer_edns);
    assert_true(dns->has_extended_error);
    assert_int_equal(dns->extended_error, 17); /* RFC 8914: Filtered; the first of two */
    assert_string_equal(dns->extended_text, "by\\001us");
    assert_true(dns->authenticated);
    assert_false(dns->recursion_available);
    ask(dissection, 3, 8);
    made_answer(&made, 8, 0);
    datagram(dissection, SIDE_SERVER, 4, 57, 0, &made);
    assert_false(dns_at(dissection, 1)->query_edns);
    assert_false(dns_at(dissection, 1)->answer_edns);
    assert_int_equal(dns_at(dissection, 1)->udp_size, 0);
    assert_null(dns_at(dissection, 1)->extended_text);
    assert_true(dns_at(dissection, 1)->recursion_available);
}

/* A client that falls back to a query without EDNS gets an answer without. */
static void test_edns_of_the_attempt_that_was_answered(void **state)
{
    struct dissection *dissection = *state;
    struct made made;
    made_query(&made, 6);
    made_options(&made, "", 0);
    datagram(dissection, SIDE_CLIENT, 1, 64, 0, &made);
    ask(dissection, 2, 7);
    answer(dissection, 3, 57, 0, 1);
    assert_int_equal(dns_at(dissection, 0)->queries, 2);
    assert_false(dns_at(dissection, 0)->query_edns);
}

static void test_totals(void **state)
{
    struct dissection *dissection = *state;
    static const uint8_t rcodes[] = {0, 2, 3, 3, 5, 4, 0};
    for (size_t i = 0; i < sizeof rcodes; i++) {
        struct made made;
        uint16_t id = (uint16_t)(100 + i);
        made_query(&made, id);
        made.bytes[MADE_NAME] = 'x'; /* names that are not Apple's count as well */
        made.bytes[MADE_NAME + 4] = (uint8_t)('a' + i);
        datagram(dissection, SIDE_CLIENT, 100 * i, 64, 0, &made);
        made.bytes[MADE_FLAGS] = 0x81;
        made.bytes[MADE_FLAGS + 1] = (uint8_t)(0x80 | rcodes[i]);
        datagram(dissection, SIDE_SERVER, 100 * i + 20 - i, (uint8_t)(60 + i), 0, &made);
    }
    ask(dissection, 1000, 7);
    ask(dissection, 1900, 7);
    answer(dissection, 1901, 61, 0, 1); /* to which of the two? */
    dissection_finish(dissection);
    const struct fact_resolver *counts = &dissection_last(dissection, FACT_RESOLVER)->as.resolver;
    assert_int_equal(counts->queries, 8);
    assert_int_equal(counts->answered, 8);
    assert_int_equal(counts->retransmitted, 1);
    assert_int_equal(counts->no_errors, 3);
    assert_int_equal(counts->server_failures, 1);
    assert_int_equal(counts->name_errors, 2);
    assert_int_equal(counts->refusals, 1);
    assert_int_equal(counts->other_errors, 1);
    assert_int_equal(counts->fastest_answer, 14 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(counts->ttl_lowest, 60);
    assert_int_equal(counts->ttl_highest, 66);
}

static void test_totals_without_answer(void **state)
{
    struct dissection *dissection = *state;
    ask(dissection, 1, 7);
    dissection_finish(dissection);
    const struct fact_resolver *counts = &dissection_last(dissection, FACT_RESOLVER)->as.resolver;
    assert_int_equal(counts->fastest_answer, DIFFERENCE_NONE);
    assert_int_equal(counts->ttl_lowest, 0);
    assert_int_equal(counts->ttl_highest, 0);
}

/* The same question again and again, each time answered, from ever new ports: the
 * search stays short and nothing is lost of the newest. */
static void test_one_question_very_often(void **state)
{
    struct dissection *dissection = *state;
    struct made made;
    made_query(&made, 7);
    made.bytes[MADE_NAME] = 'x';
    made.bytes[MADE_NAME + 4] = 'x';
    struct made reply = made;
    reply.bytes[MADE_FLAGS] = 0x81;
    for (unsigned i = 0; i < 40000; i++) {
        dissection->flow.client.port = (uint16_t)(1024 + i);
        datagram(dissection, SIDE_CLIENT, 1, 64, 0, &made);
        datagram(dissection, SIDE_SERVER, 2, 57, 0, &reply);
    }
    dissection_finish(dissection);
    const struct fact_resolver *counts = &dissection_last(dissection, FACT_RESOLVER)->as.resolver;
    assert_int_equal(counts->queries, 40000);
    assert_int_equal(counts->answered, 40000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_second_answer_with_other_data),
        TEST(test_second_answer_with_other_rcode),
        TEST(test_second_answer_from_elsewhere),
        TEST(test_records_in_another_order),
        TEST(test_repeated_query_is_answered_twice),
        TEST(test_unasked_answers_are_not_compared),
        TEST(test_second_answers_are_bounded),
        TEST(test_cut_answers_are_not_compared),
        TEST(test_mixed_case),
        TEST(test_edns),
        TEST(test_edns_of_the_attempt_that_was_answered),
        TEST(test_totals),
        TEST(test_totals_without_answer),
        TEST(test_one_question_very_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
