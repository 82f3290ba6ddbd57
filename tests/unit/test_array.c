/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does base/array.c make room without losing what is there, and refuse what no
 * memory can hold?
 */
#include "base/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void elements_survive_growth(void **state)
{
    uint32_t *array = NULL;
    size_t capacity = 0;

    (void)state;
    for (uint32_t count = 0; count < 10000; count++) {
        uint32_t *grown = array_grow(array, count, &capacity, sizeof *grown);
        assert_non_null(grown);
        assert_true(capacity > count);
        array = grown;
        array[count] = count;
    }
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(array[i], i);
    free(array);
}

static void room_is_not_made_twice(void **state)
{
    size_t capacity = 0;
    uint8_t *array = array_grow(NULL, 0, &capacity, 1);
    size_t first = capacity;

    (void)state;
    assert_non_null(array);
    assert_ptr_equal(array_grow(array, first - 1, &capacity, 1), array);
    assert_int_equal(capacity, first);
    free(array);
}

static void what_cannot_be_is_refused(void **state)
{
    size_t capacity = SIZE_MAX / 2 + 1;

    (void)state;
    assert_null(array_grow(NULL, capacity, &capacity, 1));
    assert_int_equal(capacity, SIZE_MAX / 2 + 1);
    capacity = SIZE_MAX / 16;
    assert_null(array_grow(NULL, capacity, &capacity, 16));
    assert_int_equal(capacity, SIZE_MAX / 16);
}

static int compare_numbers(const void *element, const void *key)
{
    int one = *(const int *)element;
    int two = *(const int *)key;
    return (one > two) - (one < two);
}

static size_t first_of(const int *list, size_t count, int number)
{
    return array_first(list, count, sizeof *list, compare_numbers, &number);
}

static void the_first_of_those_that_are_alike(void **state)
{
    static const int list[] = {1, 3, 3, 3, 7};
    (void)state;
    assert_int_equal(first_of(list, 5, 0), 0);
    assert_int_equal(first_of(list, 5, 1), 0);
    assert_int_equal(first_of(list, 5, 2), 1);
    assert_int_equal(first_of(list, 5, 3), 1);
    assert_int_equal(first_of(list, 5, 7), 4);
    assert_int_equal(first_of(list, 5, 8), 5);
    assert_int_equal(first_of(NULL, 0, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_those_that_are_alike),
        cmocka_unit_test(elements_survive_growth),
        cmocka_unit_test(room_is_not_made_twice),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
