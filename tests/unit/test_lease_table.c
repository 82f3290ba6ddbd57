/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/lease_table.c keep exchanges apart, tell each once, and hold no
 * more than it may?
 */
#include "tests/support/messages.h"

#include <stdio.h>

#include "dissectors/lease_table.h"

static int begin(void **state)
{
    static struct messages messages;
    messages_begin(&messages, &message_dissector_dhcp); /* its state is such a table */
    *state = &messages;
    return 0;
}

static int end(void **state)
{
    messages_end(*state);
    return 0;
}

static struct lease_key key_of(const struct messages *messages, const char *identity)
{
    return lease_table_key(messages->common, bytes_of(identity, strlen(identity)));
}

static struct lease *message(struct messages *messages, const char *identity, uint32_t transaction,
                             bool from_device, bool follows, int64_t milliseconds)
{
    struct packet packet = messages_packet("10.0.0.1", "10.0.0.2", 1, milliseconds);
    return lease_table_message(messages->common, &messages->observation, &packet,
                               key_of(messages, identity), transaction, from_device, follows);
}

static void keys(void **state)
{
    struct messages *messages = *state;
    struct lease_key one = key_of(messages, "one");
    struct lease_key again = key_of(messages, "one");
    struct lease_key two = key_of(messages, "two");
    struct lease_key none = lease_table_key(messages->common, bytes_of(NULL, 0));
    struct lease_key zero = lease_table_key(messages->common, bytes_of("\0", 1));
    assert_memory_equal(&one, &again, sizeof one);
    assert_memory_not_equal(&one, &two, sizeof one);
    assert_memory_not_equal(&none, &zero, sizeof none);
}

static void an_exchange_and_the_next(void **state)
{
    struct messages *messages = *state;
    struct lease *lease = message(messages, "one", 1, true, false, 0);
    assert_non_null(lease);
    assert_ptr_equal(message(messages, "one", 1, false, false, 1), lease);
    lease->offered = true;
    assert_ptr_equal(message(messages, "one", 2, true, true, 2), lease);
    assert_null(message(messages, "one", 1, false, false, 3)); /* too late */
    assert_int_equal(messages->count, 0);
    assert_non_null(message(messages, "one", 3, true, false, 4));
    assert_int_equal(messages->count, 1); /* the one before is told */
    assert_non_null(message(messages, "two", 3, true, false, 4));
    messages_finish(messages);
    messages_finish(messages);
    assert_int_equal(messages->count, 3);
}

static void what_is_told_is_over(void **state)
{
    struct messages *messages = *state;
    struct lease *lease = message(messages, "one", 1, true, false, 0);
    lease->answered = true;
    lease->answer_time = MESSAGES_EPOCH;
    lease_table_complete(messages->common, &messages->observation, key_of(messages, "one"), lease);
    assert_int_equal(messages->count, 1);
    assert_null(message(messages, "one", 1, true, false, 500)); /* a copy */
    assert_null(message(messages, "one", 1, false, false, 1500));
    lease = message(messages, "one", 1, true, false, 1500); /* a client of few numbers */
    assert_non_null(lease);
    lease->answered = true;
    lease_table_complete(messages->common, &messages->observation, key_of(messages, "one"), lease);
    assert_int_equal(messages->count, 1); /* the same again */
}

/* Everybody is told, if not at the end, then when the place is needed; up to the
 * limit of facts. */
static void everybody_is_told(void **state)
{
    struct messages *messages = *state;
    struct observation counting = {{NULL, NULL}, .sink_failed = true};
    char name[16];
    for (int i = 0; i < 10000; i++) {
        struct packet packet = messages_packet("10.0.0.1", "10.0.0.2", 1, i);
        snprintf(name, sizeof name, "%d", i);
        assert_non_null(lease_table_message(messages->common, &counting, &packet,
                                            key_of(messages, name), 1, true, false));
    }
    assert_non_null(message(messages, "9999", 1, false, false, 1));
    lease_table_finish(messages->common, &counting);
}

static bool count(void *owner, const struct fact *fact)
{
    size_t *told = owner;
    assert_int_equal(fact->kind, FACT_LEASE);
    (*told)++;
    return true;
}

/* Of a thousand who ask and are not answered no more are kept than there is memory for; the
 * others are told at once. */
static void as_many_as_there_is_memory_for(void **state)
{
    struct messages *messages = *state;
    size_t told = 0;
    struct observation counting = {.sink = {.take = count, .owner = &told}, .lease_limit = 64};
    struct packet packet = messages_packet("10.0.0.1", "10.0.0.2", 1, 0);
    for (int i = 0; i < 1000; i++) {
        char identity[16];
        snprintf(identity, sizeof identity, "%d", i);
        assert_non_null(lease_table_message(messages->common, &counting, &packet,
                                            key_of(messages, identity), 1, true, false));
    }
    assert_in_range(told, 1000 - 64, 999);
    lease_table_finish(messages->common, &counting);
    assert_int_equal(told, 1000);
}

static bool take_time(void *owner, const struct fact *fact)
{
    int64_t *last = owner;
    assert_int_equal(fact->kind, FACT_LEASE);
    assert_true(fact->as.lease.first_time > *last);
    *last = fact->as.lease.first_time;
    return true;
}

/* In the order in which they came, wherever a key has put them: two runs number alike. */
static void at_the_end_in_their_order(void **state)
{
    struct messages *messages = *state;
    int64_t last = INT64_MIN;
    struct observation observation = {.sink = {.take = take_time, .owner = &last}};
    for (int i = 0; i < 100; i++) {
        struct packet packet = messages_packet("10.0.0.1", "10.0.0.2", 1, i);
        char identity[16];
        snprintf(identity, sizeof identity, "%d", i);
        assert_non_null(lease_table_message(messages->common, &observation, &packet,
                                            key_of(messages, identity), 1, true, false));
    }
    lease_table_finish(messages->common, &observation);
    assert_int_equal(last, MESSAGES_EPOCH + 99 * NANOSECONDS_PER_MILLISECOND);
}

/* No more are told than a run keeps; who watches tells half as many again after an hour. */
static void more_are_told_after_an_hour(void **state)
{
    struct messages *messages = *state;
    size_t told = 0;
    struct observation counting = {.sink = {.take = count, .owner = &told}};
    struct packet packet = messages_packet("10.0.0.1", "10.0.0.2", 1, 0);
    for (int i = 0; i < 200000; i++) {
        char identity[8];
        snprintf(identity, sizeof identity, "%d", i);
        assert_non_null(lease_table_message(messages->common, &counting, &packet,
                                            key_of(messages, identity), 1, true, false));
        if (i == 100000)
            assert_int_equal(told, 65536);
        if (i == 100000)
            counting.renewals++;
    }
    assert_int_equal(told, 65536 + 32768);
    assert_in_range(counting.totals.leases_untold, 200000 - 65536 - 32768 - 4096,
                    200000 - 65536 - 32768);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(keys),
        CASE(an_exchange_and_the_next),
        CASE(what_is_told_is_over),
        CASE(everybody_is_told),
        CASE(as_many_as_there_is_memory_for),
        CASE(at_the_end_in_their_order),
        CASE(more_are_told_after_an_hour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
