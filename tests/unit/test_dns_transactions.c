/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_transactions.c find what it keeps, forget what is too old or
 * too much, and tell of what stayed unanswered?
 */
#include "tests/support/dissection.h"

#include "dissectors/dns_transactions.h"

static struct dns_transactions transactions; /* too large for the stack */
static struct dns_message message;

struct run {
    struct dissection dissection; /* for its sink and catalogue */
    struct packet packet;
    struct dns_exchange exchange;
};

static void run_begin(struct run *run)
{
    dns_transactions_release(&transactions);
    memset(&transactions, 0, sizeof transactions);
    memset(&message, 0, sizeof message);
    dissection_begin(&run->dissection, &dissector_dns_udp, 53);
    run->packet = dissection_packet(1, 0);
    message.name = "gs.apple.com";
    message.type = DNS_TYPE_A;
    message.id = 7;
    run->exchange = (struct dns_exchange){.observation = &run->dissection.observation,
                                          .message = &message,
                                          .packet = &run->packet,
                                          .client = run->dissection.flow.client,
                                          .resolver = run->dissection.flow.server,
                                          .transport = TRANSPORT_UDP};
}

static struct dns_transaction *open_one(struct run *run)
{
    return dns_transactions_open(&transactions, &run->exchange,
                                 dns_exchange_hash(&transactions, &run->exchange));
}

static struct dns_transaction *find(struct run *run)
{
    return dns_transactions_find(&transactions, &run->exchange);
}

static void test_find(void **state)
{
    (void)state;
    struct run run;
    run_begin(&run);
    assert_null(find(&run));
    struct dns_transaction *one = open_one(&run);
    assert_ptr_equal(find(&run), one);
    run.exchange.client.port++;
    assert_null(find(&run));
    dns_transaction_add(one, &run.exchange);
    assert_ptr_equal(find(&run), one);
    assert_int_equal(one->queries, 2);
    message.id++;
    assert_null(find(&run));
    message.id--;
    message.type = DNS_TYPE_AAAA;
    assert_null(find(&run));
    message.type = DNS_TYPE_A;
    run.exchange.transport = TRANSPORT_TCP;
    assert_null(find(&run));
    run.exchange.transport = TRANSPORT_UDP;
    message.name = NULL; /* an error without its question */
    assert_ptr_equal(find(&run), one);
    message.id++;
    assert_null(find(&run));
    dissection_end(&run.dissection);
}

static void test_newest_first(void **state)
{
    (void)state;
    struct run run;
    run_begin(&run);
    struct dns_transaction *old = open_one(&run), *young = open_one(&run);
    uint64_t hash = dns_exchange_hash(&transactions, &run.exchange);
    uint32_t left = 2;
    assert_ptr_equal(dns_transactions_newest(&transactions, hash, &left), young);
    assert_ptr_equal(dns_transactions_older(&transactions, young, &left), old);
    assert_int_equal(left, 0);
    assert_null(dns_transactions_newest(&transactions, hash, &left));
    left = 1;
    assert_null(dns_transactions_older(&transactions, old, &left));
    dissection_end(&run.dissection);
}

static void test_expiry(void **state)
{
    (void)state;
    struct run run;
    run_begin(&run);
    uint64_t serial = open_one(&run)->serial;
    run.packet = dissection_packet(2, 30000);
    dns_transactions_expire(&transactions, &run.exchange);
    assert_non_null(dns_transactions_at(&transactions, serial));
    assert_int_equal(run.dissection.fact_count, 0);
    run.packet = dissection_packet(3, 30001);
    dns_transactions_expire(&transactions, &run.exchange);
    assert_null(dns_transactions_at(&transactions, serial));
    assert_null(find(&run));
    const struct fact_dns *dns = &dissection_last(&run.dissection, FACT_DNS)->as.dns;
    assert_false(dns->answered);
    assert_string_equal(dns->name, "gs.apple.com");
    assert_int_equal(dns->transport, TRANSPORT_UDP);
    assert_int_equal(dns->query_packet, packet_identity(1, 1));
    dissection_end(&run.dissection);
}

/* Answered, doubtful, and of no interest: nothing is told of these. */
static void test_what_is_not_told(void **state)
{
    (void)state;
    struct run run;
    run_begin(&run);
    open_one(&run)->answered = true;
    open_one(&run)->doubtful = true;
    message.name = "gs.example.com";
    assert_false(open_one(&run)->wanted);
    dns_transactions_finish(&transactions, &run.dissection.observation);
    assert_int_equal(run.dissection.fact_count, 0);
    assert_int_equal(transactions.oldest, 3);
    dns_transactions_finish(&transactions, &run.dissection.observation);
    dissection_end(&run.dissection);
}

/* The ring goes round: the oldest makes room, and old links lead nowhere. */
static void test_ring_is_full(void **state)
{
    (void)state;
    struct run run;
    run_begin(&run);
    struct dns_transaction *first = open_one(&run);
    uint64_t serial = first->serial;
    message.name = "other.example.com";
    for (unsigned i = 1; i < DNS_TRANSACTION_LIMIT; i++)
        open_one(&run);
    assert_ptr_equal(dns_transactions_at(&transactions, serial), first);
    assert_int_equal(run.dissection.fact_count, 0);
    assert_ptr_equal(open_one(&run), first);
    assert_int_equal(run.dissection.fact_count, 1);
    assert_null(dns_transactions_at(&transactions, serial));
    message.name = "gs.apple.com";
    assert_null(find(&run));
    dissection_end(&run.dissection);
}

/* After months of it serials no longer fit what links keep of them. */
static void test_many_serials(void **state)
{
    (void)state;
    struct run run;
    run_begin(&run);
    transactions.oldest = transactions.next = (UINT64_C(1) << 32) - 3;
    struct dns_transaction *kept[6];
    for (size_t i = 0; i < 6; i++)
        kept[i] = open_one(&run);
    assert_true(kept[5]->serial > UINT32_MAX && kept[0]->serial < UINT32_MAX);
    uint64_t hash = dns_exchange_hash(&transactions, &run.exchange);
    uint32_t left = DNS_SEARCH_LIMIT;
    struct dns_transaction *at = dns_transactions_newest(&transactions, hash, &left);
    for (size_t i = 6; i-- > 0; at = dns_transactions_older(&transactions, at, &left)) {
        assert_ptr_equal(at, kept[i]);
        dns_transactions_fetch(&transactions, hash, true, i % 2 == 0);
    }
    assert_null(at);
    message.name = "other.example.com"; /* its bucket is empty, as serial 0 looks */
    assert_null(find(&run));
    dns_transactions_finish(&transactions, &run.dissection.observation);
    message.name = "gs.apple.com";
    assert_null(find(&run));
    dissection_end(&run.dissection);
}

/* More ways to ask than are kept: the latest count. */
static void test_attempts_are_bounded(void **state)
{
    (void)state;
    struct run run;
    run_begin(&run);
    struct dns_transaction *one = open_one(&run);
    for (uint16_t i = 0; i < 100; i++) {
        message.id = (uint16_t)(1000 + i);
        dns_transaction_add(one, &run.exchange);
    }
    assert_int_equal(one->queries, 101);
    assert_non_null(dns_transaction_attempt(one, &run.exchange));
    message.id = 7;
    assert_null(dns_transaction_attempt(one, &run.exchange));
    dissection_end(&run.dissection);
}

/* What is not short is found as what is, and told in full up to what is kept. */
static void test_long_names(void **state)
{
    (void)state;
    struct run run;
    char name[2 * DNS_KEPT_NAME_SIZE];
    for (size_t length = DNS_SHORT_NAME_SIZE - 2; length < sizeof name; length++) {
        run_begin(&run);
        memset(name, 'a', length);
        memcpy(name + length, "", 1);
        message.name = name;
        struct dns_transaction *one = open_one(&run);
        size_t kept = length < DNS_KEPT_NAME_SIZE ? length : DNS_KEPT_NAME_SIZE - 1;
        assert_int_equal(strlen(dns_transaction_name(one)), kept);
        message.id++;
        dns_transaction_add(one, &run.exchange);
        assert_int_equal(strlen(dns_transaction_name(one)), kept);
        assert_ptr_equal(find(&run), one);
        message.id--;
        assert_ptr_equal(find(&run), one);
        name[length - 1] = 'b';
        assert_null(find(&run));
        dissection_end(&run.dissection);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_newest_first),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_what_is_not_told),
        cmocka_unit_test(test_ring_is_full),
        cmocka_unit_test(test_many_serials),
        cmocka_unit_test(test_attempts_are_bounded),
        cmocka_unit_test(test_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
