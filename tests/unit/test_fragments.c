/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/fragments.c: datagrams come back whole whatever the order of their
 * fragments; overlaps, floods and datagrams without an end stay bounded and counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "capture/fragments.h"

static int create(void **state)
{
    *state = fragments_create();
    return *state == NULL;
}

static int release(void **state)
{
    fragments_release(*state);
    return 0;
}

static struct fragment make(bool ipv6, uint32_t offset, bool more, const char *text)
{
    struct fragment fragment = {.identification = 7,
                                .ipv6 = ipv6,
                                .protocol = 17,
                                .more = more,
                                .offset = offset,
                                .time = NANOSECONDS_PER_SECOND,
                                .data = bytes_of(text, strlen(text))};

    fragment.source.octets[15] = 1;
    fragment.destination.octets[15] = 2;
    return fragment;
}

/* Adds a copy of exactly the fragment's size. */
static enum fragment_answer add(struct fragments *fragments, struct fragment fragment,
                                struct bytes *whole)
{
    size_t length = fragment.data.length;
    uint8_t *copy = malloc(length > 0 ? length : 1), protocol = 0;
    enum fragment_answer answer;

    assert_non_null(copy);
    if (length > 0)
        memcpy(copy, fragment.data.data, length);
    fragment.data.data = copy;
    answer = fragments_add(fragments, &fragment, whole, &protocol);
    if (answer == FRAGMENT_COMPLETE)
        assert_int_equal(protocol, 17);
    free(copy);
    return answer;
}

static void expect_text(struct bytes whole, const char *text)
{
    assert_int_equal(whole.length, strlen(text));
    assert_memory_equal(whole.data, text, whole.length);
}

static void test_every_order(void **state)
{
    static const size_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct bytes whole;

    for (int ipv6 = 0; ipv6 < 2; ipv6++)
        for (size_t i = 0; i < 6; i++) {
            const struct fragment pieces[] = {make(ipv6, 0, true, "01234567"),
                                              make(ipv6, 8, true, "89abcdefghijklmn"),
                                              make(ipv6, 24, false, "xyz")};

            assert_int_equal(add(*state, pieces[orders[i][0]], &whole), FRAGMENT_KEPT);
            assert_int_equal(add(*state, pieces[orders[i][1]], &whole), FRAGMENT_KEPT);
            assert_int_equal(add(*state, pieces[orders[i][2]], &whole), FRAGMENT_COMPLETE);
            expect_text(whole, "0123456789abcdefghijklmnxyz");
        }
    assert_int_equal(fragments_dropped(*state), 0);
}

static void test_duplicates_do_no_harm(void **state)
{
    struct bytes whole;

    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        assert_int_equal(add(*state, make(ipv6, 0, true, "01234567"), &whole), FRAGMENT_KEPT);
        assert_int_equal(add(*state, make(ipv6, 0, true, "01234567"), &whole), FRAGMENT_KEPT);
        assert_int_equal(add(*state, make(ipv6, 16, false, "xyz"), &whole), FRAGMENT_KEPT);
        assert_int_equal(add(*state, make(ipv6, 16, false, "xyz"), &whole), FRAGMENT_KEPT);
        assert_int_equal(add(*state, make(ipv6, 8, true, "89abcdef"), &whole), FRAGMENT_COMPLETE);
        expect_text(whole, "0123456789abcdefxyz");
    }
}

static void test_first_copy_wins_in_ipv4(void **state)
{
    struct bytes whole;

    assert_int_equal(add(*state, make(false, 8, true, "89abcdef"), &whole), FRAGMENT_KEPT);
    assert_int_equal(add(*state, make(false, 0, true, "01234567XXXXXXXX"), &whole), FRAGMENT_KEPT);
    assert_int_equal(add(*state, make(false, 8, false, "YYYYYYYYxyz"), &whole), FRAGMENT_COMPLETE);
    expect_text(whole, "0123456789abcdefxyz");
}

static void test_overlap_drops_an_ipv6_datagram(void **state)
{
    struct bytes whole;

    assert_int_equal(add(*state, make(true, 0, true, "0123456789abcdef"), &whole), FRAGMENT_KEPT);
    assert_int_equal(add(*state, make(true, 8, true, "XXXXXXXXghijklmn"), &whole),
                     FRAGMENT_REFUSED);
    assert_int_equal(fragments_dropped(*state), 2);
    /* What comes later of it is refused too, even if it would complete it. */
    assert_int_equal(add(*state, make(true, 16, false, "xyz"), &whole), FRAGMENT_REFUSED);
    assert_int_equal(fragments_dropped(*state), 3);
}

static void test_partial_overlap_of_equal_bytes_is_one_too(void **state)
{
    struct bytes whole;

    assert_int_equal(add(*state, make(true, 0, true, "0123456789abcdef"), &whole), FRAGMENT_KEPT);
    assert_int_equal(add(*state, make(true, 8, false, "89abcdefxyz"), &whole), FRAGMENT_REFUSED);
}

static void test_datagrams_are_kept_apart(void **state)
{
    struct fragment others[6];
    struct bytes whole;

    for (size_t i = 0; i < 6; i++)
        others[i] = make(false, 8, false, "other");
    others[0].identification = 8;
    others[1].source.octets[15] = 9;
    others[2].destination.octets[15] = 9;
    others[3].vlan = 9;
    others[4].ipv6 = true;
    others[5].protocol = 6;
    assert_int_equal(add(*state, make(false, 0, true, "01234567"), &whole), FRAGMENT_KEPT);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(add(*state, others[i], &whole), FRAGMENT_KEPT);
    assert_int_equal(add(*state, make(false, 8, false, "mine"), &whole), FRAGMENT_COMPLETE);
    expect_text(whole, "01234567mine");
}

static void test_time_runs_out(void **state)
{
    struct fragment late = make(false, 8, false, "late");
    struct bytes whole;

    assert_int_equal(add(*state, make(false, 0, true, "01234567"), &whole), FRAGMENT_KEPT);
    late.time += FRAGMENTS_TIMEOUT_SECONDS * NANOSECONDS_PER_SECOND + 1;
    assert_int_equal(add(*state, late, &whole), FRAGMENT_KEPT);
    assert_int_equal(fragments_dropped(*state), 1);
    /* A clock that steps back, and times at the ends of the scale. */
    late.time = INT64_MIN + 1;
    assert_int_equal(add(*state, late, &whole), FRAGMENT_KEPT);
    late.time = INT64_MAX;
    assert_int_equal(add(*state, late, &whole), FRAGMENT_KEPT);
    assert_int_equal(fragments_dropped(*state), 3);
}

static void test_contradictions(void **state)
{
    static const uint8_t large[8] = {0};
    struct fragment ping_of_death = make(false, 65528, false, "12345678");
    struct fragment huge = make(false, 0, false, "");
    struct bytes whole;

    huge.data = bytes_of(large, 0);
    assert_int_equal(add(*state, huge, &whole), FRAGMENT_REFUSED);
    assert_int_equal(add(*state, ping_of_death, &whole), FRAGMENT_REFUSED);
    assert_int_equal(add(*state, make(false, 0, true, "1234567"), &whole), FRAGMENT_REFUSED);
    assert_int_equal(fragments_dropped(*state), 3);
    /* Two ends; data behind the end; an end before what has come. */
    assert_int_equal(add(*state, make(false, 16, false, "end"), &whole), FRAGMENT_KEPT);
    assert_int_equal(add(*state, make(false, 16, false, "end!"), &whole), FRAGMENT_REFUSED);
    assert_int_equal(add(*state, make(false, 16, true, "12345678"), &whole), FRAGMENT_REFUSED);
    assert_int_equal(add(*state, make(false, 8, false, "end"), &whole), FRAGMENT_REFUSED);
    assert_int_equal(add(*state, make(false, 0, true, "0123456789abcdef"), &whole),
                     FRAGMENT_COMPLETE);
    expect_text(whole, "0123456789abcdefend");
}

static void test_largest_datagram(void **state)
{
    enum { PIECE = 1480, TOTAL = 65535 };
    uint8_t *content = malloc(TOTAL);
    struct bytes whole = {NULL, 0};

    assert_non_null(content);
    for (size_t i = 0; i < TOTAL; i++)
        content[i] = (uint8_t)(i * 7 + i / 256);
    for (uint32_t offset = 0; offset < TOTAL; offset += PIECE) {
        struct fragment fragment = make(false, offset, offset + PIECE < TOTAL, "");

        fragment.data = bytes_first(bytes_of(content + offset, TOTAL - offset), PIECE);
        assert_int_equal(add(*state, fragment, &whole),
                         fragment.more ? FRAGMENT_KEPT : FRAGMENT_COMPLETE);
    }
    assert_int_equal(whole.length, TOTAL);
    assert_memory_equal(whole.data, content, TOTAL);
    free(content);
}

static void test_flood_of_datagrams(void **state)
{
    struct bytes whole;

    for (uint32_t i = 0; i < 10000; i++) {
        struct fragment fragment = make(false, 0, true, "01234567");

        fragment.identification = 100 + i;
        fragment.time += i;
        assert_int_equal(add(*state, fragment, &whole), FRAGMENT_KEPT);
    }
    assert_int_equal(fragments_dropped(*state), 10000 - FRAGMENTS_DATAGRAM_LIMIT);
    /* The newest are still there. */
    for (uint32_t i = 10000 - FRAGMENTS_DATAGRAM_LIMIT; i < 10000; i++) {
        struct fragment fragment = make(false, 8, false, "x");

        fragment.identification = 100 + i;
        assert_int_equal(add(*state, fragment, &whole), FRAGMENT_COMPLETE);
    }
}

static void test_flood_of_memory(void **state)
{
    struct bytes whole;

    /* Each claims a datagram's whole length with its last 8 bytes. */
    for (uint32_t i = 0; i < 200; i++) {
        struct fragment fragment = make(false, 65520, true, "01234567");

        fragment.identification = 100 + i;
        fragment.time += i;
        assert_int_equal(add(*state, fragment, &whole), FRAGMENT_KEPT);
    }
    assert_in_range(fragments_dropped(*state), 200 - FRAGMENTS_MEMORY_LIMIT / 65536, 199);
    assert_int_equal(add(*state, make(false, 0, true, "01234567"), &whole), FRAGMENT_KEPT);
    assert_int_equal(add(*state, make(false, 8, false, "x"), &whole), FRAGMENT_COMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_order, create, release),
        cmocka_unit_test_setup_teardown(test_duplicates_do_no_harm, create, release),
        cmocka_unit_test_setup_teardown(test_first_copy_wins_in_ipv4, create, release),
        cmocka_unit_test_setup_teardown(test_overlap_drops_an_ipv6_datagram, create, release),
        cmocka_unit_test_setup_teardown(test_partial_overlap_of_equal_bytes_is_one_too, create,
                                        release),
        cmocka_unit_test_setup_teardown(test_datagrams_are_kept_apart, create, release),
        cmocka_unit_test_setup_teardown(test_time_runs_out, create, release),
        cmocka_unit_test_setup_teardown(test_contradictions, create, release),
        cmocka_unit_test_setup_teardown(test_largest_datagram, create, release),
        cmocka_unit_test_setup_teardown(test_flood_of_datagrams, create, release),
        cmocka_unit_test_setup_teardown(test_flood_of_memory, create, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
