/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/arena.c: is every piece zeroed, aligned and its own, and does memory
 * that runs out show in `failed` and nowhere else?
 */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"

static void test_pieces(void **state)
{
    static const size_t sizes[] = {1, 7, 16, 100, 4000, 5000, 16384, 70000, 3, 0};
    enum { ROUNDS = 40, SIZES = sizeof sizes / sizeof sizes[0] };
    unsigned char *pieces[ROUNDS * SIZES];
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < ROUNDS * SIZES; i++) {
        size_t size = sizes[i % SIZES];
        pieces[i] = arena_allocate(&arena, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)(i & 0xff), size);
    }
    for (size_t i = 0; i < ROUNDS * SIZES; i++) {
        for (size_t j = 0; j < sizes[i % SIZES]; j++)
            assert_int_equal(pieces[i][j], i & 0xff);
    }
    assert_false(arena.failed);
    arena_release(&arena);
    assert_null(arena.blocks);
}

static void test_large_piece_keeps_the_block(void **state)
{
    struct arena arena = {0};
    unsigned char *first = arena_allocate(&arena, 16);
    unsigned char *second;

    (void)state;
    assert_non_null(arena_allocate(&arena, 100000));
    second = arena_allocate(&arena, 16);
    assert_ptr_equal(second, first + 16);
    arena_release(&arena);
}

static void test_text(void **state)
{
    struct arena arena = {0};
    char original[] = "courier";
    char long_text[20000];
    const char *copy = arena_copy(&arena, original);

    (void)state;
    original[0] = 'x';
    assert_string_equal(copy, "courier");
    assert_null(arena_copy(&arena, NULL));
    assert_string_equal(arena_copy(&arena, ""), "");
    assert_string_equal(arena_format(&arena, "%s:%u", "17.0.0.1", 5223u), "17.0.0.1:5223");
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(strlen(arena_format(&arena, "%s!", long_text)), sizeof long_text);
    arena_release(&arena);
}

static void test_out_of_memory(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_null(arena_allocate(&arena, SIZE_MAX));
    assert_true(arena.failed);
    assert_null(arena_allocate(&arena, SIZE_MAX - 32));
    assert_string_equal(arena_copy(&arena, "still works"), "still works");
    assert_true(arena.failed);
    arena_release(&arena);
    assert_false(arena.failed);
}

/* Pieces of both stay where they are, whichever had none. */
static void test_adopting(void **state)
{
    struct arena arena = {0}, other = {0}, empty = {0};

    (void)state;
    const char *one = arena_copy(&arena, "one");
    const char *two = arena_copy(&other, "two");
    arena_adopt(&arena, &empty);
    arena_adopt(&arena, &other);
    arena_adopt(&empty, &arena);
    assert_null(arena.blocks);
    assert_null(other.blocks);
    assert_string_equal(one, "one");
    assert_string_equal(two, "two");
    assert_string_equal(arena_copy(&empty, "three"), "three");
    assert_null(arena_allocate(&other, SIZE_MAX));
    arena_adopt(&empty, &other);
    assert_true(empty.failed);
    assert_false(other.failed);
    arena_release(&empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),   cmocka_unit_test(test_large_piece_keeps_the_block),
        cmocka_unit_test(test_text),     cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_adopting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
