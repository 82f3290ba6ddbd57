/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/buffers.c: what is retired stays as long as it is kept, and is used again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "capture/buffers.h"

static void test_without_keeping(void **state)
{
    struct buffer_pool pool = {.keeps = false};
    struct buffer *buffer = buffers_take(&pool, 10);

    (void)state;
    assert_non_null(buffer);
    assert_true(buffer->size >= 10);
    buffers_retire(&pool, buffer);
    buffers_retire(&pool, NULL);
    assert_null(buffers_hand_over(&pool));
    buffers_release(&pool);
}

static void test_kept(void **state)
{
    struct buffer_pool pool = {.keeps = true};
    struct buffer *first = buffers_take(&pool, 100), *second = buffers_take(&pool, 200), *chain;

    (void)state;
    memset(first->bytes, 1, 100);
    buffers_retire(&pool, first);
    buffers_retire(&pool, second);
    assert_int_equal(pool.retired_bytes, first->size + second->size);
    chain = buffers_hand_over(&pool);
    assert_int_equal(pool.retired_bytes, 0);
    assert_null(buffers_hand_over(&pool));
    assert_int_equal(first->bytes[99], 1);
    buffers_give_back(&pool, chain);
    /* The one that is large enough is taken, then another is made. */
    assert_ptr_equal(buffers_take(&pool, 150), second);
    chain = buffers_take(&pool, 150);
    assert_ptr_not_equal(chain, first);
    assert_ptr_equal(buffers_take(&pool, 100), first);
    buffers_retire(&pool, first);
    buffers_retire(&pool, second);
    buffers_retire(&pool, chain);
    buffers_release(&pool);
}

/* What a capture with one huge packet after the other needed is not held for ever. */
static void test_idle_is_bounded(void **state)
{
    struct buffer_pool pool = {.keeps = true};

    (void)state;
    for (int i = 0; i < 20; i++)
        buffers_retire(&pool, buffers_take(&pool, (size_t)1 << 20));
    buffers_give_back(&pool, buffers_hand_over(&pool));
    assert_true(pool.idle_bytes > (size_t)1 << 20);
    assert_true(pool.idle_bytes <= (size_t)8 << 20);
    buffers_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_keeping),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_idle_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
