/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/filter.c: one expression over frames of several link types.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/filter.h"
#include "capture/link_types.h"

#define ETHERNET 1

static struct frame frame_of(int link_type, const void *data, size_t length)
{
    struct frame frame = {
        .link_type = link_type, .wire_length = (uint32_t)length, .data = bytes_of(data, length)};
    return frame;
}

static void test_link_types(void **state)
{
    static const uint8_t udp[] = {0,    0, 0,  0,  0, 0, 0, 0,  0,  0,  0, 0, 8,  0,
                                  0x45, 0, 0,  28, 0, 0, 0, 0,  64, 17, 0, 0, 10, 0,
                                  0,    1, 10, 0,  0, 2, 0, 53, 0,  54, 0, 8, 0,  0};
    int raw = link_type_of_file(101);
    struct filter *filter = filter_create("udp port 53");
    struct frame frames[] = {frame_of(ETHERNET, udp, sizeof udp),
                             frame_of(raw, udp + 14, sizeof udp - 14),
                             frame_of(raw, udp, sizeof udp), frame_of(ETHERNET, udp, 20)};

    (void)state;
    assert_non_null(filter);
    assert_string_equal(filter_expression(filter), "udp port 53");
    for (int i = 0; i < 2; i++) {
        assert_true(filter_passes(filter, &frames[0]));
        assert_true(filter_passes(filter, &frames[1]));
        assert_false(filter_passes(filter, &frames[2]));
        assert_false(filter_passes(filter, &frames[3]));
    }
    filter_release(filter);
}

static void test_what_does_not_fit(void **state)
{
    static const uint8_t data[64];
    char reason[FILTER_REASON_SIZE] = "";
    struct filter *filter = filter_create("ether host 02:00:00:00:00:01");
    int raw = link_type_of_file(101);
    struct frame frame = frame_of(raw, data, sizeof data);

    (void)state;
    assert_true(filter_fits(filter, ETHERNET, reason));
    assert_string_equal(reason, "");
    assert_false(filter_fits(filter, raw, reason));
    assert_string_not_equal(reason, "");
    assert_false(filter_passes(filter, &frame));
    filter_release(filter);
    filter = filter_create("tcp prot 80");
    assert_false(filter_fits(filter, ETHERNET, NULL));
    filter_release(filter);
}

/* More link types than are kept: none of them passes by chance. */
static void test_many(void **state)
{
    static const uint8_t data[64];
    struct filter *filter = filter_create("len > 0");
    char reason[FILTER_REASON_SIZE] = "";
    size_t passed = 0;

    (void)state;
    for (int type = 0; type < 300; type++) {
        struct frame frame = frame_of(type, data, sizeof data);
        passed += filter_passes(filter, &frame);
    }
    assert_in_range(passed, 1, 64);
    assert_false(filter_fits(filter, 1000, reason));
    assert_string_equal(reason, "there are too many link types");
    filter_release(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_types),
        cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
