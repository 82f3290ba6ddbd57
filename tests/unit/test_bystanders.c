/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of very many hosts those are told that something is told of, that say something themselves,
 * and enough of each MAC; of few hosts all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "program/bystanders.h"

static unsigned hosts, others;
static struct bystanders *bystanders;
static struct fact_sink entry;

static bool take(void *owner, const struct fact *fact)
{
    (void)owner;
    *(fact->kind == FACT_HOST ? &hosts : &others) += 1;
    return others < 100;
}

static int begin(void **state)
{
    (void)state;
    hosts = others = 0;
    bystanders = bystanders_create((struct fact_sink){take, NULL});
    assert_non_null(bystanders);
    entry = bystanders_sink(bystanders);
    return 0;
}

static int end(void **state)
{
    (void)state;
    bystanders_release(bystanders);
    return 0;
}

static struct address address_of(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

static struct fact host_of(const char *text)
{
    struct fact fact = {.kind = FACT_HOST};
    fact.as.host = (struct fact_host){.address = address_of(text),
                                      .mac = {{2, 0, 0, 0, 0, 9}},
                                      .has_mac = true,
                                      .packets_sent = 1,
                                      .packets_received = 2};
    return fact;
}

/* How many of `count` hosts like this one, each with another address, are told? */
static unsigned told_of(struct fact fact, uint32_t count)
{
    unsigned before = hosts;
    for (uint32_t i = 0; i < count; i++) {
        memcpy(fact.as.host.address.octets + 12, &i, sizeof i);
        assert_true(entry.take(entry.owner, &fact));
    }
    return hosts - before;
}

static bool is_told(const struct fact *fact)
{
    unsigned before = hosts;
    assert_true(entry.take(entry.owner, fact));
    return hosts > before;
}

static void test_few_hosts_are_all_told(void **state)
{
    (void)state;
    assert_int_equal(told_of(host_of("10.0.0.1"), BYSTANDERS_HOSTS), BYSTANDERS_HOSTS);
}

static void test_a_floods_hosts_are_not(void **state)
{
    (void)state;
    struct fact host = host_of("10.0.0.1");
    assert_int_equal(told_of(host, 4 * BYSTANDERS_HOSTS), BYSTANDERS_HOSTS);
    /* Another MAC: enough of its hosts for it to be a router's. */
    host.as.host.mac.octets[5] = 10;
    assert_in_range(told_of(host, 1000), 17, 40);
}

static void test_whom_facts_name_is_told(void **state)
{
    (void)state;
    const struct address client = address_of("2001:db8::1"), server = address_of("2001:db8::2");
    const struct endpoint ends[] = {{client, 50000}, {server, 443}};
    struct fact facts[] = {
        {.kind = FACT_FLOW, .as.flow = {.client = ends[0], .server = ends[1]}},
        {.kind = FACT_DNS, .as.dns = {.client = ends[0], .resolver = ends[1]}},
        {.kind = FACT_RESOLVER, .as.resolver = {.client = client, .resolver = server}},
        {.kind = FACT_HTTP, .as.http = {.client = ends[0], .server = ends[1]}},
        {.kind = FACT_APNS, .as.apns = {.client = ends[0], .server = ends[1]}},
        {.kind = FACT_NTP, .as.ntp = {.client = ends[0], .server = ends[1]}},
        {.kind = FACT_LEASE, .as.lease = {.address = client, .server = server}},
    };
    struct fact one = host_of("2001:db8::1"), two = host_of("2001:db8::2");
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        end(state);
        begin(state);
        (void)told_of(host_of("10.0.0.1"), 2 * BYSTANDERS_HOSTS);
        assert_false(is_told(&one));
        assert_true(entry.take(entry.owner, &facts[i]));
        assert_true(is_told(&one));
        assert_true(is_told(&two));
    }
}

static void test_who_says_something_is_told(void **state)
{
    (void)state;
    struct fact plain = host_of("2001:db8::1");
    (void)told_of(plain, 2 * BYSTANDERS_HOSTS);
    assert_false(is_told(&plain));
    struct fact host = plain;
    host.as.host.packets_received = 8;
    assert_true(is_told(&host));
    host = plain;
    host.as.host.one_sided_sent = 1;
    assert_true(is_told(&host));
    host = plain;
    host.as.host.one_sided_received = 1;
    assert_true(is_told(&host));
    host = plain;
    host.as.host.unread_errors = 1;
    assert_true(is_told(&host));
    host = plain;
    host.as.host.other_tcp_opened = 1;
    assert_true(is_told(&host));
}

static void test_a_refusal_comes_back(void **state)
{
    (void)state;
    const struct fact fact = {.kind = FACT_TOTALS};
    for (int i = 0; i < 99; i++)
        assert_true(entry.take(entry.owner, &fact));
    assert_false(entry.take(entry.owner, &fact));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_few_hosts_are_all_told, begin, end),
        cmocka_unit_test_setup_teardown(test_a_floods_hosts_are_not, begin, end),
        cmocka_unit_test_setup_teardown(test_whom_facts_name_is_told, begin, end),
        cmocka_unit_test_setup_teardown(test_who_says_something_is_told, begin, end),
        cmocka_unit_test_setup_teardown(test_a_refusal_comes_back, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
