/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer is found by its number until as many others have come, and holds its first bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/http_early.h"

static void test_bytes_of_two_packets(void **state)
{
    (void)state;
    static const uint8_t text[] = "HTTP/1.1 200 OK";
    static uint8_t much[EARLY_SIZE];
    struct http_early_answers answers = {0};
    struct packet packet = {.time = 7, .payload = bytes_of(text, sizeof text)};
    struct bytes first = bytes_of(text, 8), second = bytes_of(text + 8, 7);
    assert_null(http_early_find(&answers, 0));
    assert_null(http_early_find(&answers, 1));
    uint64_t number = http_early_begin(&answers, &packet);
    struct http_early *early = http_early_find(&answers, number);
    assert_non_null(early);
    http_early_add(early, &first);
    http_early_add(early, &second);
    assert_true(bytes_empty(first) && bytes_empty(second));
    assert_int_equal(early->length, 15);
    assert_memory_equal(early->bytes, text, 15);
    assert_int_equal(early->packet.time, 7);
    assert_true(bytes_empty(early->packet.payload));
    struct bytes rest = bytes_of(much, sizeof much);
    http_early_add(early, &rest);
    assert_int_equal(early->length, EARLY_SIZE);
    assert_int_equal(rest.length, 15);
    http_early_release(&answers);
}

static void test_the_oldest_gives_way(void **state)
{
    (void)state;
    struct http_early_answers answers = {0};
    struct packet packet = {.time = 7};
    uint64_t first = http_early_begin(&answers, &packet);
    for (unsigned i = 1; i < EARLY_LIMIT; i++)
        assert_int_not_equal(http_early_begin(&answers, &packet), first);
    assert_non_null(http_early_find(&answers, first));
    uint64_t last = http_early_begin(&answers, &packet);
    assert_null(http_early_find(&answers, first));
    assert_non_null(http_early_find(&answers, first + 1));
    assert_int_equal(http_early_find(&answers, last)->length, 0);
    http_early_release(&answers);
}

/* Two answers in one place: what is behind the first, which is read, begins another that takes
 * this place. */
static void test_one_takes_the_place_it_is_read_from(void **state)
{
    (void)state;
    static const uint8_t text[] = "0123456789HTTP/1.1 200 OK";
    struct http_early_answers answers = {0};
    struct packet packet = {.time = 7};
    uint64_t first = http_early_begin(&answers, &packet);
    struct bytes both = bytes_of(text, sizeof text);
    http_early_add(http_early_find(&answers, first), &both);
    for (unsigned i = 1; i < EARLY_LIMIT; i++)
        http_early_begin(&answers, &packet);
    struct http_early *early = http_early_find(&answers, first);
    struct bytes rest = bytes_of(early->bytes + 10, sizeof text - 10);
    assert_ptr_equal(http_early_find(&answers, http_early_begin(&answers, &early->packet)), early);
    http_early_add(early, &rest);
    assert_string_equal((const char *)early->bytes, "HTTP/1.1 200 OK");
    assert_int_equal(early->packet.time, 7);
    http_early_release(&answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_of_two_packets),
        cmocka_unit_test(test_the_oldest_gives_way),
        cmocka_unit_test(test_one_takes_the_place_it_is_read_from),
    };
    return cmocka_run_group_tests_name("http_early", tests, NULL, NULL);
}
