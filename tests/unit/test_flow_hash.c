/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/flow_hash.c give both directions of a flow one number, and other flows,
 * and other keys, another?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flows/flow_hash.h"

static const struct hash_key key = {{0x0123456789abcdef, 0xfedcba9876543210}};

static struct address address(const char *text)
{
    struct address parsed;
    assert_true(address_parse(text, &parsed));
    return parsed;
}

/* Of the flow between these two, asked in both directions. */
static uint32_t hash_of(const char *one, uint16_t one_port, const char *two, uint16_t two_port,
                        uint8_t transport)
{
    struct address first = address(one), second = address(two);
    uint32_t hash = flow_hash(&key, &first, one_port, &second, two_port, transport);
    assert_int_equal(flow_hash(&key, &second, two_port, &first, one_port, transport), hash);
    assert_int_not_equal(hash, 0);
    return hash;
}

static void differ_in_everything(const char *one, const char *two, const char *other)
{
    uint32_t hash = hash_of(one, 50000, two, 443, 6);
    assert_int_equal(hash_of(two, 443, one, 50000, 6), hash);
    assert_int_not_equal(hash_of(one, 443, two, 50000, 6), hash);
    assert_int_not_equal(hash_of(one, 50001, two, 443, 6), hash);
    assert_int_not_equal(hash_of(one, 50000, two, 444, 6), hash);
    assert_int_not_equal(hash_of(one, 50000, two, 443, 17), hash);
    assert_int_not_equal(hash_of(other, 50000, two, 443, 6), hash);
    assert_int_not_equal(hash_of(one, 50000, other, 443, 6), hash);
}

static void test_both_directions(void **state)
{
    (void)state;
    differ_in_everything("192.0.2.1", "17.57.144.20", "192.0.2.2");
    differ_in_everything("17.57.144.20", "192.0.2.1", "18.57.144.20");
    differ_in_everything("2001:db8::1", "2620:149:a44::1", "2001:db8::2");
    differ_in_everything("2001:db8::1", "2001:db8:1::1", "2001:db8:2::1");
    differ_in_everything("192.0.2.1", "2001:db8::1", "2001:db8::2");
}

/* The same address at both ends: the ports alone tell who is who. */
static void test_one_address(void **state)
{
    (void)state;
    (void)hash_of("127.0.0.1", 50000, "127.0.0.1", 443, 6);
    (void)hash_of("::1", 443, "::1", 443, 6);
}

/* How many of so many hashes came before. */
static unsigned again(uint32_t hash, uint32_t *seen, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (seen[i] == hash)
            return 1;
    seen[count] = hash;
    return 0;
}

/* What a stranger may choose: ports whose sum is always the same, between two ends and at
 * one; prefixes and ports that differ in the same bits. By chance one of a thousand may be
 * as another. */
static void nothing_makes_up_for_another(const struct hash_key *with)
{
    static const char *const others[] = {"2001:db8::1", "2001:db8::2", "2001:db8:1::1"};
    struct address one = address("2001:db8::1");
    uint32_t seen[1000];
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct address other = address(others[i]);
        unsigned same = 0;
        for (uint16_t port = 0; port < 1000; port++)
            same += again(flow_hash(with, &one, port, &other, 2000 - port, 6), seen, port - same);
        assert_in_range(same, 0, 1);
    }
    for (size_t octet = 0; octet < 16; octet++) {
        struct address other = one;
        unsigned same = 0;
        for (uint16_t port = 0; port < 256; port++) {
            other.octets[octet] = (uint8_t)(one.octets[octet] ^ port);
            same += again(flow_hash(with, &other, port, &one, 443, 6), seen, port - same);
        }
        assert_in_range(same, 0, 1);
    }
}

static void test_nothing_makes_up_for_another(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 60; i++) {
        struct hash_key other = {
            {key.words[0] + i * HASH_SPREADING, key.words[1] ^ i * UINT64_C(0xd1342543de82ef95)}};
        nothing_makes_up_for_another(&other);
    }
}

static void test_key(void **state)
{
    (void)state;
    struct hash_key other = key;
    struct address one = address("192.0.2.1"), two = address("192.0.2.2");
    other.words[1]++;
    assert_int_not_equal(flow_hash(&key, &one, 1, &two, 2, 6),
                         flow_hash(&other, &one, 1, &two, 2, 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_directions),
        cmocka_unit_test(test_one_address),
        cmocka_unit_test(test_nothing_makes_up_for_another),
        cmocka_unit_test(test_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
