/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows/flow_trouble.c: are the times of SYN, SYN/ACK and RST what was noted, to the
 * nanosecond, whatever came before and after, and is memory only taken where they do not
 * follow from others?
 */
#include "flows/flow_trouble.h"

#include "tests/support/packets.h"

#define FIRST (PACKETS_EPOCH + 123456789)
#define SECOND NANOSECONDS_PER_SECOND
#define ROUNDS 20000

struct bench {
    uint64_t owned;
    struct observation observation;
    struct flow flow;
};

static int begin(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->observation.owned = &bench->owned;
    bench->flow = (struct flow){.transport = TRANSPORT_TCP, .first_time = FIRST};
    *state = bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(flow_trouble_release(&bench->flow), bench->owned);
    assert_int_equal(flow_trouble_release(&bench->flow), 0);
    free(bench);
    return 0;
}

static void test_a_usual_connection(void **state)
{
    struct bench *bench = *state;
    struct flow *flow = &bench->flow;
    assert_int_equal(flow_last_syn_time(flow), TIMESTAMP_NONE);
    assert_int_equal(flow_syn_ack_time(flow), TIMESTAMP_NONE);
    assert_int_equal(flow_reset_time(flow), TIMESTAMP_NONE);
    flow_note_syn(&bench->observation, flow, FIRST);
    flow_note_syn_ack(&bench->observation, flow, FIRST + 1);
    flow_note_time(&bench->observation, flow, SIDE_SERVER, FIRST + 7 * SECOND);
    flow_note_reset(&bench->observation, flow, SIDE_SERVER, RESET_STAGE_ESTABLISHED,
                    FIRST + 7 * SECOND);
    assert_int_equal(flow->syns, 1);
    assert_int_equal(flow_last_syn_time(flow), FIRST);
    assert_int_equal(flow_syn_ack_time(flow), FIRST + 1);
    assert_int_equal(flow_reset_time(flow), FIRST + 7 * SECOND);
    assert_int_equal(flow_reset_by(flow), PARTY_SERVER);
    assert_int_equal(flow->reset_stage, RESET_STAGE_ESTABLISHED);
    assert_null(flow->trouble);
    assert_null(flow_missing(flow));
}

static void test_a_syn_again(void **state)
{
    struct bench *bench = *state;
    struct flow *flow = &bench->flow;
    flow_note_syn(&bench->observation, flow, FIRST);
    flow_note_syn(&bench->observation, flow, FIRST); /* as clocks of microseconds have it */
    assert_null(flow->trouble);
    flow_note_syn(&bench->observation, flow, FIRST + SECOND);
    assert_int_equal(flow_last_syn_time(flow), FIRST + SECOND);
    assert_int_equal(bench->owned, sizeof(struct flow_trouble));
    flow_note_syn(&bench->observation, flow, FIRST); /* the last one counts, not the latest */
    assert_int_equal(flow_last_syn_time(flow), FIRST);
    flow_note_syn(&bench->observation, flow, FIRST - 1);
    assert_int_equal(flow_last_syn_time(flow), FIRST - 1);
    assert_int_equal(flow->syns, 5);
    flow->syns = UINT16_MAX;
    flow_note_syn(&bench->observation, flow, FIRST);
    assert_int_equal(flow->syns, UINT16_MAX);
}

/* Around all that is written in another way. */
static void test_a_syn_ack_at_any_time(void **state)
{
    struct bench *bench = *state;
    static const int64_t after[] = {0,
                                    1,
                                    (INT64_C(1) << 31) - 4,
                                    (INT64_C(1) << 31) - 3,
                                    (INT64_C(1) << 31) - 2,
                                    (INT64_C(1) << 31) - 1,
                                    INT64_C(1) << 31,
                                    INT64_C(1) << 62,
                                    -1,
                                    -FIRST};
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
        struct flow flow = {.transport = TRANSPORT_TCP, .first_time = FIRST};
        flow_note_syn_ack(&bench->observation, &flow, FIRST + after[i]);
        assert_int_equal(flow_syn_ack_time(&flow), FIRST + after[i]);
        flow_note_syn_ack(&bench->observation, &flow, FIRST + 5); /* not the first one */
        assert_int_equal(flow_syn_ack_time(&flow), FIRST + after[i]);
        bool written = after[i] < 0 || after[i] > (INT64_C(1) << 31) - 3;
        assert_int_equal(flow.trouble != NULL, written);
        bench->owned -= flow_trouble_release(&flow);
    }
}

static void test_who_resets_goes_on(void **state)
{
    struct bench *bench = *state;
    struct flow *flow = &bench->flow;
    flow_note_time(&bench->observation, flow, SIDE_CLIENT, FIRST + 10);
    flow_note_time(&bench->observation, flow, SIDE_SERVER, FIRST + 20);
    flow_note_reset(&bench->observation, flow, SIDE_CLIENT, RESET_STAGE_SYN, FIRST + 10);
    flow_note_time(&bench->observation, flow, SIDE_SERVER, FIRST + 30);
    assert_int_equal(flow_reset_time(flow), FIRST + 10);
    assert_null(flow->trouble); /* the other side tells nothing of it */
    flow_note_time(&bench->observation, flow, SIDE_CLIENT, FIRST + 40);
    flow_note_time(&bench->observation, flow, SIDE_CLIENT, FIRST + 50);
    assert_int_equal(flow_reset_time(flow), FIRST + 10);
    assert_int_equal(flow->sides[SIDE_CLIENT].last_time, FIRST + 50);
    /* Another one counts instead. */
    flow_note_reset(&bench->observation, flow, SIDE_CLIENT, RESET_STAGE_OPENED, FIRST + 50);
    assert_int_equal(flow_reset_time(flow), FIRST + 50);
    flow_note_reset(&bench->observation, flow, SIDE_SERVER, RESET_STAGE_OPENED, FIRST + 25);
    assert_int_equal(flow_reset_time(flow), FIRST + 25); /* it came late */
    assert_int_equal(flow_reset_by(flow), PARTY_SERVER);
    flow_forget_reset(flow);
    assert_int_equal(flow_reset_time(flow), TIMESTAMP_NONE);
    assert_int_equal(flow_reset_by(flow), PARTY_NONE);
    assert_int_equal(flow->reset_stage, RESET_STAGE_NONE);
}

static void test_missing_is_counted(void **state)
{
    struct bench *bench = *state;
    struct flow *flow = &bench->flow;
    struct missing_segments *missing = flow_missing_make(&bench->observation, flow);
    assert_non_null(missing);
    assert_int_equal(missing->hole_count[SIDE_CLIENT], 0);
    assert_ptr_equal(flow_missing_make(&bench->observation, flow), missing);
    assert_ptr_equal(flow_missing(flow), missing);
    assert_int_equal(bench->owned, sizeof(struct flow_trouble) + sizeof *missing);
    flow_note_syn(&bench->observation, flow, FIRST);
    assert_int_equal(flow_last_syn_time(flow), FIRST);
    assert_int_equal(flow_syn_ack_time(flow), TIMESTAMP_NONE);
}

/* Each time as it was noted, beside a flow that has them all. */
static void test_any_order(void **state)
{
    struct bench *bench = *state;
    struct flow *flow = &bench->flow;
    uint64_t seed = 20261122;
    int64_t syn = TIMESTAMP_NONE, syn_ack = TIMESTAMP_NONE, reset = TIMESTAMP_NONE;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t time = FIRST + (int64_t)packets_random(&seed, 12) * SECOND - 2 * SECOND;
        int side = (int)packets_random(&seed, SIDE_COUNT);
        if (packets_random(&seed, 100) == 0) {
            bench->owned -= flow_trouble_release(flow);
            *flow = (struct flow){.transport = TRANSPORT_TCP, .first_time = FIRST};
            syn = syn_ack = reset = TIMESTAMP_NONE;
        }
        if (flow->sides[side].packets++ == 0 || time > flow->sides[side].last_time)
            flow_note_time(&bench->observation, flow, side, time);
        switch (packets_random(&seed, 6)) {
        case 0:
            flow_note_syn(&bench->observation, flow, syn = time);
            break;
        case 1:
            flow_note_syn_ack(&bench->observation, flow, time);
            syn_ack = syn_ack == TIMESTAMP_NONE ? time : syn_ack;
            break;
        case 2:
            flow_note_reset(&bench->observation, flow, side, RESET_STAGE_OPENED, reset = time);
            break;
        case 3:
            flow_forget_reset(flow);
            reset = TIMESTAMP_NONE;
            break;
        }
        assert_int_equal(flow_last_syn_time(flow), syn);
        assert_int_equal(flow_syn_ack_time(flow), syn_ack);
        assert_int_equal(flow_reset_time(flow), reset);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_usual_connection),    TEST(test_a_syn_again),
        TEST(test_a_syn_ack_at_any_time), TEST(test_who_resets_goes_on),
        TEST(test_missing_is_counted),    TEST(test_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
