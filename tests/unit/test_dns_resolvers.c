/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_resolvers.c keep one total per pair, and no more than it may?
 */
#include "tests/support/dissection.h"

#include "dissectors/dns_question.h"
#include "dissectors/dns_resolvers.h"

static struct dns_resolvers resolvers; /* too large for the stack */
static size_t told;

static bool take(void *owner, const struct fact *fact)
{
    (void)owner;
    assert_int_equal(fact->kind, FACT_RESOLVER);
    told++;
    return true;
}

static struct fact_resolver *find(const char *client, const char *resolver)
{
    struct hash_key key = {{1, 2}};
    struct endpoint one = dissection_endpoint(client, 0), two = dissection_endpoint(resolver, 0);
    return dns_resolvers_find(&resolvers, dns_pair_hash(&key, &one.address, &two.address),
                              &one.address, &two.address);
}

static void test_pairs(void **state)
{
    (void)state;
    struct fact_resolver *one = find("192.0.2.1", "192.0.2.53");
    assert_non_null(one);
    assert_int_equal(one->fastest_answer, DIFFERENCE_NONE);
    assert_int_equal(one->first_time, TIMESTAMP_NONE);
    assert_ptr_equal(find("192.0.2.1", "192.0.2.53"), one);
    assert_ptr_not_equal(find("192.0.2.2", "192.0.2.53"), one);
    assert_ptr_not_equal(find("192.0.2.53", "192.0.2.1"), one);
    assert_int_equal(resolvers.count, 3);
}

static void test_limit_and_telling(void **state)
{
    (void)state;
    struct hash_key key = {{1, 2}};
    struct endpoint client = dissection_endpoint("10.0.0.1", 0);
    struct endpoint resolver = dissection_endpoint("10.0.0.2", 0);
    for (unsigned i = 0; i < DNS_RESOLVER_LIMIT + 10; i++) {
        client.address.octets[14] = (uint8_t)(i >> 8);
        client.address.octets[15] = (uint8_t)i;
        (void)dns_resolvers_find(&resolvers,
                                 dns_pair_hash(&key, &client.address, &resolver.address),
                                 &client.address, &resolver.address);
    }
    assert_int_equal(resolvers.count, DNS_RESOLVER_LIMIT);
    assert_null(find("192.0.2.9", "192.0.2.53"));
    assert_non_null(find("192.0.2.1", "192.0.2.53"));
    struct observation observation = {.sink = {take, NULL}};
    dns_resolvers_tell(&resolvers, &observation);
    assert_int_equal(told, DNS_RESOLVER_LIMIT);
    dns_resolvers_tell(&resolvers, &observation);
    assert_int_equal(told, 2 * DNS_RESOLVER_LIMIT);
}

/* Who watches for long counts new pairs where old ones are quiet. */
static void test_the_quiet_make_room(void **state)
{
    (void)state;
    struct hash_key key = {{1, 2}};
    struct endpoint client = dissection_endpoint("10.0.0.1", 0);
    struct endpoint resolver = dissection_endpoint("10.0.0.2", 0);
    memset(&resolvers, 0, sizeof resolvers);
    for (unsigned i = 0; i < 3 * DNS_RESOLVER_LIMIT; i++) {
        if (i >= DNS_RESOLVER_LIMIT)
            resolvers.forget_before = i - DNS_RESOLVER_LIMIT + 10;
        client.address.octets[14] = (uint8_t)(i >> 8);
        client.address.octets[15] = (uint8_t)i;
        struct fact_resolver *counts =
            dns_resolvers_find(&resolvers, dns_pair_hash(&key, &client.address, &resolver.address),
                               &client.address, &resolver.address);
        assert_non_null(counts);
        assert_int_equal(counts->queries, 0);
        counts->queries = 1;
        counts->first_time = counts->last_time = i + 1;
    }
    /* The latest are there, each once, and the first are not. */
    for (unsigned i = 0; i < 3 * DNS_RESOLVER_LIMIT; i++) {
        resolvers.forget_before = 0;
        client.address.octets[14] = (uint8_t)(i >> 8);
        client.address.octets[15] = (uint8_t)i;
        const struct fact_resolver *counts =
            dns_resolvers_find(&resolvers, dns_pair_hash(&key, &client.address, &resolver.address),
                               &client.address, &resolver.address);
        assert_int_equal(counts != NULL, i >= 2 * DNS_RESOLVER_LIMIT);
        assert_true(counts == NULL || counts->last_time == i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_limit_and_telling),
        cmocka_unit_test(test_the_quiet_make_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
