/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/hash.c: every bit of the message and of the key reaches every bit of the hash, and
 * what lies side by side (addresses, ports) falls into slots as chance would have it.  The
 * product is held against one made digit by digit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

static const struct hash_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};

/* In digits of 16 bits, as on paper. */
static uint64_t folded_on_paper(uint64_t one, uint64_t other)
{
    uint32_t digits[8] = {0};
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4 || carry > 0; j++) {
            uint64_t product = j < 4 ? (one >> 16 * i & 0xffff) * (other >> 16 * j & 0xffff) : 0;
            carry += digits[i + j] + product;
            digits[i + j] = carry & 0xffff;
            carry >>= 16;
        }
    }
    uint64_t folded = 0;
    for (int i = 0; i < 4; i++)
        folded |= (uint64_t)(digits[i] ^ digits[i + 4]) << 16 * i;
    return folded;
}

static void test_both_halves_of_the_product_count(void **state)
{
    (void)state;
    uint64_t one = 1, other = 3;
    assert_true(hash_fold(UINT64_MAX, UINT64_MAX) == UINT64_MAX);
    assert_true(hash_fold(UINT64_C(1) << 63, 2) == 1);
    for (int i = 0; i < 10000; i++) {
        one = one * UINT64_C(6364136223846793005) + 1;
        other = other * UINT64_C(2862933555777941757) + 3037000493;
        assert_true(hash_fold(one, other) == folded_on_paper(one, other));
    }
}

/* A bit of the message turns each bit of the hash in about half of all cases. */
static void test_bits_spread(void **state)
{
    (void)state;
    unsigned turned[64] = {0}, cases = 0;
    for (uint64_t message = 0; message < 100; message++) {
        uint64_t words[2] = {message << 16 | 443, message * 7};
        uint64_t plain = hash_words(&key, words, 2);
        for (unsigned bit = 0; bit < 128; bit++, cases++) {
            words[bit / 64] ^= UINT64_C(1) << (bit % 64);
            uint64_t difference = plain ^ hash_words(&key, words, 2);
            words[bit / 64] ^= UINT64_C(1) << (bit % 64);
            for (unsigned at = 0; at < 64; at++)
                turned[at] += (unsigned)(difference >> at & 1);
        }
    }
    for (unsigned at = 0; at < 64; at++)
        assert_in_range(turned[at], cases * 45 / 100, cases * 55 / 100);
}

#define SLOTS 65536u

/* How full is the fullest slot, when as many keys as there are slots come? */
static unsigned fullest(uint64_t (*word)(uint64_t number), unsigned shift)
{
    static uint16_t slots[SLOTS];
    unsigned most = 0;
    memset(slots, 0, sizeof slots);
    for (uint64_t i = 0; i < SLOTS; i++) {
        uint64_t words[1] = {word(i)};
        uint64_t slot = hash_words(&key, words, 1) >> shift & (SLOTS - 1);
        most = ++slots[slot] > most ? slots[slot] : most;
    }
    return most;
}

static uint64_t next_port(uint64_t number)
{
    return UINT64_C(0x0a010203) << 16 | number;
}

static uint64_t next_address(uint64_t number)
{
    return number << 16 | 443;
}

static uint64_t next_high_bits(uint64_t number)
{
    return number << 48;
}

/* By chance it is 8 or 9, and more than 11 once in 10,000 times. */
static void test_neighbours_fall_apart(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift <= 48; shift += 16) {
        assert_in_range(fullest(next_port, shift), 1, 11);
        assert_in_range(fullest(next_address, shift), 1, 11);
        assert_in_range(fullest(next_high_bits, shift), 1, 11);
    }
}

static void test_key_and_every_bit_matter(void **state)
{
    (void)state;
    uint64_t words[2] = {1, 2};
    uint64_t plain = hash_words(&key, words, 2);
    for (unsigned bit = 0; bit < 128; bit++) {
        struct hash_key other = key;
        other.words[bit / 64] ^= UINT64_C(1) << (bit % 64);
        assert_true(hash_words(&other, words, 2) != plain);
        words[bit / 64] ^= UINT64_C(1) << (bit % 64);
        assert_true(hash_words(&key, words, 2) != plain);
        words[bit / 64] ^= UINT64_C(1) << (bit % 64);
    }
    assert_true(hash_words(&key, words, 1) != plain);
}

static void test_random_keys_differ(void **state)
{
    (void)state;
    struct hash_key one = hash_key_random(), two = hash_key_random();
    assert_true(one.words[0] != 0 || one.words[1] != 0);
    assert_memory_not_equal(&one, &two, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_halves_of_the_product_count),
        cmocka_unit_test(test_bits_spread),
        cmocka_unit_test(test_neighbours_fall_apart),
        cmocka_unit_test(test_key_and_every_bit_matter),
        cmocka_unit_test(test_random_keys_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
