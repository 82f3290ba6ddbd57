/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do flows come one and all, in their order, with a thread as without one, and does the
 * reading end when the taker has enough?
 */
#include <stdio.h>

#include "diagnosis/flow_batches.h"
#include "tests/support/facts.h"

#define FLOWS 1000u

struct taken {
    uint64_t count;
    uint64_t limit; /* flows after which no more are wanted */
    int64_t last_time;
};

static bool take(void *owner, const struct fact_flow *flows, size_t count)
{
    struct taken *taken = owner;

    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        taken->count++;
        snprintf(name, sizeof name, "gs%u.apple.com", (unsigned)taken->count);
        assert_string_equal(flows[i].server_name, name);
        assert_true(flows[i].first_time >= taken->last_time);
        taken->last_time = flows[i].first_time;
        if (taken->count % 3 != 0)
            assert_int_equal(strlen(flows[i].resolved_name), 4096);
        else
            assert_null(flows[i].resolved_name);
    }
    return taken->count < taken->limit;
}

/* Two of three flows have a name of the longest kind there is, so that batches end early. */
static struct store *store_of_flows(void)
{
    static char long_name[4097];
    struct problem problem = {""};
    struct store *store = store_open(NULL, &problem);
    assert_non_null(store);
    assert_true(store_begin_run(store, "test", FACTS_EPOCH, &problem));
    struct fact_sink sink = store_sink(store);
    memset(long_name, 'x', sizeof long_name - 1);
    for (unsigned i = 1; i <= FLOWS; i++) {
        char name[32];
        struct fact fact = {.kind = FACT_FLOW};
        struct fact_flow *flow = &fact.as.flow;
        snprintf(name, sizeof name, "gs%u.apple.com", i);
        flow->id = FLOWS + 1 - i; /* the order is that of times */
        flow->client.address = facts_address(DEVICE);
        flow->server.address = facts_address(COURIER);
        flow->transport = 6;
        flow->first_time = flow->last_time = facts_time(i);
        flow->server_name = name;
        flow->resolved_name = i % 3 != 0 ? long_name : NULL;
        flow->client_last_time = flow->server_last_time = TIMESTAMP_NONE;
        flow->first_syn_time = flow->last_syn_time = flow->syn_ack_time = TIMESTAMP_NONE;
        assert_true(sink.take(sink.owner, &fact));
    }
    assert_true(store_finish_run(store, &problem));
    return store;
}

static struct taken read_flows(struct store *store, bool in_thread, uint64_t limit)
{
    struct taken taken = {.limit = limit, .last_time = INT64_MIN};
    struct problem problem = {""};
    assert_true(flow_batches_read(store, NULL, in_thread, take, &taken, &problem));
    return taken;
}

static void all_of_them_in_order(void **state)
{
    (void)state;
    struct store *store = store_of_flows();
    assert_int_equal(read_flows(store, false, UINT64_MAX).count, FLOWS);
    assert_int_equal(read_flows(store, true, UINT64_MAX).count, FLOWS);
    assert_int_equal(read_flows(store, true, UINT64_MAX).count, FLOWS); /* and again */
    store_close(store);
}

static void who_has_enough_ends_it(void **state)
{
    (void)state;
    struct store *store = store_of_flows();
    for (unsigned in_thread = 0; in_thread < 2; in_thread++) {
        assert_in_range(read_flows(store, in_thread != 0, 1).count, 1, FLOWS / 2);
        assert_in_range(read_flows(store, in_thread != 0, FLOWS / 2).count, FLOWS / 2, FLOWS - 1);
    }
    assert_int_equal(read_flows(store, true, UINT64_MAX).count, FLOWS);
    store_close(store);
}

static void none_are_no_batch(void **state)
{
    (void)state;
    struct problem problem = {""};
    struct store *store = store_open(NULL, &problem);
    assert_int_equal(read_flows(store, false, UINT64_MAX).count, 0);
    assert_int_equal(read_flows(store, true, UINT64_MAX).count, 0);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them_in_order),
        cmocka_unit_test(who_has_enough_ends_it),
        cmocka_unit_test(none_are_no_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
