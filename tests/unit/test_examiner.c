/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program/examiner.c: what is a copy does not depend on the keys that flows and questions are
 * found by, which are others in each run; not even where packets drive each other out of the
 * filter of copies.
 */
#include "program/examiner.h"

#include "tests/support/frames.h"

#define PACKETS 6000
#define BEHIND 1500 /* packets, until the copy comes */

/* Ethernet, IPv4, and what is not known without its ends: a RST, or an ICMP echo request. */
static const uint8_t reset[54] = {
    [12] = 0x08, [14] = 0x45, [17] = 40,  [22] = 64,   [23] = TRANSPORT_TCP, [26] = 10,
    [30] = 17,   [36] = 1,    [37] = 187, [46] = 0x50, [47] = TCP_RST};
static const uint8_t echo[42] = {[12] = 0x08,           [14] = 0x45, [17] = 28, [22] = 64,
                                 [23] = TRANSPORT_ICMP, [26] = 10,   [30] = 17, [34] = 8};

struct made {
    uint8_t data[sizeof reset];
    size_t length;
};

/* Packet `number` of these; that many are different. */
static struct made make(const uint8_t *like, size_t length, uint32_t number)
{
    struct made made = {.length = length};
    memcpy(made.data, like, length);
    made.data[18] = made.data[28] = (uint8_t)(number >> 8);
    made.data[19] = made.data[29] = (uint8_t)number;
    return made;
}

static enum duplicate_form form_of(struct examiner *examiner, const struct made *made, int64_t time)
{
    struct examined examined;
    struct frame frame = frames_make(LINK_ETHERNET, made->data, made->length, made->length);
    frame.time = time;
    assert_false(examiner_frame(examiner, &frame, &examined));
    assert_int_equal(examined.answer, DECAPSULATED);
    examiner_sign(examiner, &examined);
    examiner_compare(examiner, &examined);
    return examined.copy;
}

/* Marks which copies were met; how many. */
static size_t look(uint64_t seed, const uint8_t *like, size_t length, bool met[PACKETS])
{
    const struct hash_key flows = {{seed, ~seed}}, questions = {{~seed, seed}};
    struct examiner *examiner = examiner_create(NULL, 0, flows, questions);
    size_t count = 0;
    assert_non_null(examiner);
    for (uint32_t i = 0; i < PACKETS + BEHIND; i++) {
        int64_t time = NANOSECONDS_PER_SECOND + i;
        struct made next = make(like, length, i);
        if (i < PACKETS)
            assert_int_equal(form_of(examiner, &next, time), DUPLICATE_NONE);
        if (i < BEHIND)
            continue;
        struct made copy = make(like, length, i - BEHIND);
        met[i - BEHIND] = form_of(examiner, &copy, time) == DUPLICATE_SAME;
        count += met[i - BEHIND];
    }
    examiner_release(examiner);
    return count;
}

static void same_whatever_the_key(const uint8_t *like, size_t length)
{
    static bool first[PACKETS], second[PACKETS];
    size_t count = look(UINT64_C(0x0123456789abcdef), like, length, first);
    assert_in_range(count, PACKETS / 4, PACKETS * 9 / 10); /* some were driven out */
    assert_int_equal(look(UINT64_C(0x5deece66d1ce4e5b), like, length, second), count);
    assert_memory_equal(first, second, sizeof first);
}

static void test_copies_do_not_depend_on_the_key(void **state)
{
    (void)state;
    same_whatever_the_key(reset, sizeof reset);
    same_whatever_the_key(echo, sizeof echo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_do_not_depend_on_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
