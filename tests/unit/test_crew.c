/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program/crew.c: whoever does the steps, each is done once, in its turn, never two of one
 * job at a time; and who waits comes back.
 */
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "program/crew.h"

#define STEPS 20000u

/* A job that has so many steps left as were asked for. */
struct task {
    struct crew_job job;
    enum crew_need need; /* while steps are left */
    unsigned asked, done; /* under the lock */
    atomic_int at_once;
    atomic_uint wrong;
    atomic_uint begun, over; /* steps */
    long pause; /* nanoseconds that a step takes */
};

static enum crew_need task_need(const void *owner)
{
    const struct task *task = owner;
    return task->done < task->asked ? task->need : CREW_NOTHING;
}

static void task_step(void *owner)
{
    struct task *task = owner;
    const struct timespec pause = {0, task->pause};
    atomic_fetch_add(&task->begun, 1);
    if (atomic_fetch_add(&task->at_once, 1) != 0)
        atomic_fetch_add(&task->wrong, 1);
    if (task->pause > 0)
        nanosleep(&pause, NULL);
    atomic_fetch_sub(&task->at_once, 1);
    atomic_fetch_add(&task->over, 1);
}

static void task_stepped(void *owner)
{
    struct task *task = owner;
    task->done++;
}

static bool task_is_done(const void *owner)
{
    const struct task *task = owner;
    return task->done == task->asked;
}

static void task_add(struct crew *crew, struct task *task, enum crew_need need)
{
    task->need = need;
    task->job = (struct crew_job){
        .owner = task, .need = task_need, .step = task_step, .stepped = task_stepped};
    crew_add(crew, &task->job);
}

static void task_ask(struct crew *crew, struct task *task, unsigned steps)
{
    crew_lock(crew);
    task->asked += steps;
    crew_unlock(crew);
}

static void task_await(struct crew *crew, struct task *task)
{
    crew_lock(crew);
    crew_await(crew, task_is_done, task);
    crew_unlock(crew);
}

static void test_each_step_is_done_once(void **state)
{
    (void)state;
    for (unsigned helpers = 0; helpers <= 3; helpers++) {
        struct crew *crew = crew_begin(helpers);
        struct task first = {.pause = 0}, second = {.pause = 0};
        assert_non_null(crew);
        task_add(crew, &first, CREW_WANTED);
        task_add(crew, &second, CREW_USEFUL);
        for (unsigned i = 0; i < STEPS / 100; i++) {
            task_ask(crew, &first, 50);
            task_ask(crew, &second, 50);
            if (i % 3 == 0)
                task_await(crew, &first);
        }
        task_await(crew, &second);
        task_await(crew, &first);
        crew_remove(crew, &first.job);
        crew_remove(crew, &second.job);
        crew_end(crew);
        assert_int_equal(first.done + second.done, STEPS);
        assert_int_equal(first.wrong + second.wrong, 0);
    }
}

/* The caller has nothing to do itself while a helper is at the only job's steps, which take
 * longer than he stays awake. */
static void test_a_caller_that_sleeps_is_woken(void **state)
{
    (void)state;
    struct crew *crew = crew_begin(1);
    struct task task = {.pause = 3000000};
    assert_non_null(crew);
    task_add(crew, &task, CREW_WANTED);
    for (unsigned round = 1; round <= 20; round++) {
        task_ask(crew, &task, 1);
        while (atomic_load(&task.begun) < round)
            sched_yield();
        task_await(crew, &task);
        assert_int_equal(task.over, round);
    }
    crew_remove(crew, &task.job);
    crew_end(crew);
}

/* Who sleeps is woken, by one call; who does not wait need do nothing. */
static void test_helpers_do_what_is_wanted(void **state)
{
    (void)state;
    struct crew *crew = crew_begin(1);
    struct task task = {.pause = 0};
    const struct timespec pause = {0, 2000000};
    assert_non_null(crew);
    task_add(crew, &task, CREW_WANTED);
    for (unsigned round = 1; round <= 20; round++) {
        nanosleep(&pause, NULL); /* the helper has had enough of waiting awake */
        task_ask(crew, &task, 1);
        for (int i = 0; i < 5000 && atomic_load(&task.over) < round; i++)
            nanosleep(&pause, NULL);
        assert_int_equal(task.over, round);
    }
    crew_remove(crew, &task.job);
    crew_end(crew);
}

/* Where two jobs are wanted, one helper that sleeps wakes another. */
static void test_a_second_job_has_a_second_helper(void **state)
{
    (void)state;
    struct crew *crew = crew_begin(2);
    struct task long_one = {.pause = 999999999}, short_one = {.pause = 0};
    const struct timespec pause = {0, 5000000};
    assert_non_null(crew);
    task_add(crew, &long_one, CREW_WANTED);
    task_add(crew, &short_one, CREW_WANTED);
    nanosleep(&pause, NULL);
    crew_lock(crew);
    long_one.asked = short_one.asked = 1;
    crew_unlock(crew);
    while (atomic_load(&short_one.over) == 0 && atomic_load(&long_one.over) == 0)
        sched_yield();
    assert_int_equal(short_one.over, 1);
    assert_int_equal(long_one.over, 0);
    crew_remove(crew, &short_one.job);
    crew_remove(crew, &long_one.job);
    crew_end(crew);
}

/* Of several the most urgent, of equals the first; by one who is alone, all of them. */
static void test_the_most_urgent_goes_first(void **state)
{
    (void)state;
    struct crew *crew = crew_begin(0);
    struct task useful = {.pause = 0}, wanted = {.pause = 0}, other = {.pause = 0},
                urgent = {.pause = 0};
    assert_non_null(crew);
    task_add(crew, &useful, CREW_USEFUL);
    task_add(crew, &wanted, CREW_WANTED);
    task_add(crew, &other, CREW_WANTED);
    task_add(crew, &urgent, CREW_URGENT);
    struct task *const all[] = {&useful, &wanted, &other, &urgent};
    for (size_t i = 0; i < 4; i++)
        task_ask(crew, all[i], 3);
    task_await(crew, &urgent);
    assert_int_equal(useful.done + wanted.done + other.done, 0);
    task_await(crew, &wanted);
    assert_int_equal(useful.done + other.done, 0);
    task_await(crew, &other);
    assert_int_equal(useful.done, 0);
    task_await(crew, &useful);
    assert_int_equal(useful.done, 3);
    for (size_t i = 0; i < 4; i++)
        crew_remove(crew, &all[i]->job);
    crew_end(crew);
}

/* What a job has is not touched any more once it was removed, though much is left to do. */
static void test_removal_waits_for_a_step(void **state)
{
    (void)state;
    struct crew *crew = crew_begin(2);
    assert_non_null(crew);
    for (unsigned i = 0; i < 50; i++) {
        struct task task = {.pause = 500000};
        task_add(crew, &task, CREW_URGENT);
        task_ask(crew, &task, UINT_MAX);
        while (atomic_load(&task.begun) == 0)
            sched_yield();
        crew_remove(crew, &task.job);
        assert_int_equal(task.at_once, 0);
        assert_int_equal(task.begun, task.over);
        assert_int_equal(task.done, task.over);
    }
    crew_end(crew);
    crew_end(NULL);
}

/* A crew may end while its helpers wait awake, sleep, or have not begun. */
static void test_crews_end_at_any_time(void **state)
{
    (void)state;
    for (long pause = 0; pause < 300; pause++) {
        const struct timespec time = {0, pause * 1000};
        struct crew *crew = crew_begin(3);
        assert_non_null(crew);
        nanosleep(&time, NULL);
        crew_end(crew);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_step_is_done_once),
        cmocka_unit_test(test_a_caller_that_sleeps_is_woken),
        cmocka_unit_test(test_helpers_do_what_is_wanted),
        cmocka_unit_test(test_a_second_job_has_a_second_helper),
        cmocka_unit_test(test_the_most_urgent_goes_first),
        cmocka_unit_test(test_removal_waits_for_a_step),
        cmocka_unit_test(test_crews_end_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
