/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is flows/hash.c SipHash-1-3?  It is held against a second implementation that
 * works on bytes, as the paper (Aumasson and Bernstein, 2012) describes it, and
 * which must itself give the paper's value for SipHash-2-4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flows/hash.h"

struct reference {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotated(uint64_t value, int count)
{
    return (value << count) | (value >> (64 - count));
}

/* Section 2.4, figure 2.1: the two halves of each round side by side. */
static void reference_rounds(struct reference *state, int count)
{
    for (; count > 0; count--) {
        state->v0 += state->v1;
        state->v2 += state->v3;
        state->v1 = rotated(state->v1, 13);
        state->v3 = rotated(state->v3, 16);
        state->v1 ^= state->v0;
        state->v3 ^= state->v2;
        state->v0 = rotated(state->v0, 32);
        state->v2 += state->v1;
        state->v0 += state->v3;
        state->v1 = rotated(state->v1, 17);
        state->v3 = rotated(state->v3, 21);
        state->v1 ^= state->v2;
        state->v3 ^= state->v0;
        state->v2 = rotated(state->v2, 32);
    }
}

static uint64_t little_endian(const uint8_t *octets, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value |= (uint64_t)octets[i] << (8 * i);
    return value;
}

static uint64_t reference_hash(int compressions, int finalizations, const uint8_t key[16],
                               const uint8_t *input, size_t length)
{
    uint64_t k0 = little_endian(key, 8), k1 = little_endian(key + 8, 8);
    struct reference state = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                              k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
    for (size_t at = 0; at <= length; at += 8) {
        size_t left = length - at < 8 ? length - at : 8;
        uint64_t block = little_endian(input + at, left);
        if (left < 8)
            block |= (uint64_t)(length & 0xff) << 56;
        state.v3 ^= block;
        reference_rounds(&state, compressions);
        state.v0 ^= block;
    }
    state.v2 ^= 0xff;
    reference_rounds(&state, finalizations);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

static void fill(uint8_t *octets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        octets[i] = (uint8_t)i;
}

/* The paper, appendix A. */
static void test_reference_is_siphash(void **state)
{
    (void)state;
    uint8_t key[16], input[15];
    fill(key, sizeof key);
    fill(input, sizeof input);
    assert_true(reference_hash(2, 4, key, input, sizeof input) == UINT64_C(0xa129ca6149be45e5));
}

static void test_same_as_reference(void **state)
{
    (void)state;
    uint8_t octets[16 + 64 * 8];
    uint64_t words[64];
    fill(octets, sizeof octets);
    for (unsigned round = 0; round < 100; round++) {
        for (size_t i = 0; i < sizeof octets; i++)
            octets[i] = (uint8_t)(octets[i] * 5 + round + i);
        struct hash_key key = {{little_endian(octets, 8), little_endian(octets + 8, 8)}};
        for (size_t i = 0; i < 64; i++)
            words[i] = little_endian(octets + 16 + 8 * i, 8);
        for (size_t count = 0; count <= 64; count++)
            assert_true(hash_words(&key, words, count) ==
                        reference_hash(1, 3, octets, octets + 16, 8 * count));
    }
}

static void test_messages_that_are_no_words(void **state)
{
    (void)state;
    uint8_t octets[16 + 64];
    uint64_t words[8];
    fill(octets, sizeof octets);
    struct hash_key key = {{little_endian(octets, 8), little_endian(octets + 8, 8)}};
    for (size_t i = 0; i < 8; i++)
        words[i] = little_endian(octets + 16 + 8 * i, 8);
    for (size_t length = 0; length < 64; length++) {
        uint64_t last = little_endian(octets + 16 + length / 8 * 8, length % 8);
        assert_true(hash_message(&key, words, length / 8, last | (uint64_t)length << 56) ==
                    reference_hash(1, 3, octets, octets + 16, length));
    }
}

static void test_key_and_every_bit_matter(void **state)
{
    (void)state;
    const struct hash_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
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
        cmocka_unit_test(test_reference_is_siphash),
        cmocka_unit_test(test_same_as_reference),
        cmocka_unit_test(test_messages_that_are_no_words),
        cmocka_unit_test(test_key_and_every_bit_matter),
        cmocka_unit_test(test_random_keys_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
