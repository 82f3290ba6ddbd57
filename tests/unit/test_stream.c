/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/stream.c hand on exactly the bytes that were sent, whatever the
 * network did to the segments, and never keep more than it may?
 */
#include "tests/support/packets.h"

#include "flows/stream.h"

#define SENT_LIMIT 40000
#define BLOCK_SEGMENTS 8
#define UNREAD_LIMIT 8000

/* What was sent, what of it has been delivered, and how far the reader is. */
struct transfer {
    struct stream stream;
    uint32_t first_sequence;
    uint8_t sent[SENT_LIMIT];
    bool delivered[SENT_LIMIT];
    uint32_t length;
    uint32_t read;
    uint32_t offered;
    uint64_t seed;
};

/* Leaves a random number of bytes for later, as one who waits for a record does. */
static size_t read_some(void *owner, struct bytes available)
{
    struct transfer *transfer = owner;
    assert_true(transfer->read + available.length <= transfer->length);
    assert_memory_equal(available.data, transfer->sent + transfer->read, available.length);
    assert_true(transfer->read + available.length > transfer->offered);
    transfer->offered = transfer->read + (uint32_t)available.length;
    uint32_t keep = packets_random(&transfer->seed, UNREAD_LIMIT);
    size_t used = available.length > keep ? available.length - keep : 0;
    transfer->read += (uint32_t)used;
    return used;
}

/* Bytes that came before come again changed: the first copy must win. */
static void deliver(struct transfer *transfer, uint32_t start, uint32_t end)
{
    uint8_t *copy = malloc(end - start);
    assert_non_null(copy);
    for (uint32_t i = start; i < end; i++) {
        copy[i - start] = (uint8_t)(transfer->sent[i] ^ (transfer->delivered[i] ? 0x5a : 0));
        transfer->delivered[i] = true;
    }
    assert_true(stream_add(&transfer->stream, transfer->first_sequence + start,
                           bytes_of(copy, end - start), 0, read_some, transfer));
    assert_true(transfer->stream.capacity <= STREAM_LIMIT);
    free(copy);
}

/* A few segments in any order, some of them again, or others that overlap. */
static uint32_t deliver_block(struct transfer *transfer, uint32_t start)
{
    uint32_t cuts[BLOCK_SEGMENTS + 1] = {start};
    uint64_t *seed = &transfer->seed;
    unsigned count = 0;
    while (count < BLOCK_SEGMENTS && cuts[count] < transfer->length) {
        uint32_t left = transfer->length - cuts[count];
        uint32_t size = 1 + packets_random(seed, packets_random(seed, 4) == 0 ? 3 : 1460);
        cuts[count + 1] = cuts[count] + (size < left ? size : left);
        count++;
    }
    bool done[BLOCK_SEGMENTS] = {false};
    for (unsigned left = count; left > 0; left--) {
        unsigned pick = packets_random(seed, left), at = 0;
        while (done[at] || pick > 0)
            pick -= !done[at++];
        done[at] = true;
        deliver(transfer, cuts[at], cuts[at + 1]);
        if (left % 3 == 0) {
            uint32_t from = packets_random(seed, cuts[count]);
            uint32_t size = 1 + packets_random(seed, 3000);
            deliver(transfer, from, from + size < cuts[count] ? from + size : cuts[count]);
        }
    }
    return cuts[count];
}

static void test_any_order_any_overlap(void **state)
{
    (void)state;
    struct transfer *transfer = malloc(sizeof *transfer);
    assert_non_null(transfer);
    for (uint64_t round = 1; round <= 400; round++) {
        memset(transfer, 0, sizeof *transfer);
        transfer->seed = round * UINT64_C(0x9e3779b97f4a7c15);
        transfer->length = 1 + packets_random(&transfer->seed, SENT_LIMIT);
        for (uint32_t i = 0; i < transfer->length; i++)
            transfer->sent[i] = (uint8_t)packets_random(&transfer->seed, 256);
        /* Half of them pass 2^32 on the way. */
        transfer->first_sequence = round % 2 == 0
                                       ? packets_random(&transfer->seed, UINT32_MAX)
                                       : 0 - packets_random(&transfer->seed, transfer->length);
        stream_start(&transfer->stream, transfer->first_sequence);
        for (uint32_t at = 0; at < transfer->length;)
            at = deliver_block(transfer, at);
        assert_int_equal(transfer->offered, transfer->length);
        assert_int_equal(transfer->stream.early_count, 0);
        assert_int_equal(transfer->stream.kept, transfer->length - transfer->read);
        stream_release(&transfer->stream);
    }
    free(transfer);
}

/* A reader that takes all, or nothing, and counts. */
struct counter {
    size_t offered;
    unsigned calls;
    bool refuses;
};

static size_t read_all(void *owner, struct bytes available)
{
    struct counter *counter = owner;
    counter->calls++;
    counter->offered = available.length;
    return counter->refuses ? 0 : available.length;
}

/* So many bytes at this sequence number, in memory of exactly their size. */
static bool add_lossy(struct stream *stream, struct counter *counter, uint32_t sequence,
                      size_t length, uint32_t lost)
{
    uint8_t *payload = calloc(length > 0 ? length : 1, 1);
    assert_non_null(payload);
    bool sound = stream_add(stream, sequence, bytes_of(payload, length), lost, read_all, counter);
    free(payload);
    return sound;
}

static bool add(struct stream *stream, struct counter *counter, uint32_t sequence, size_t length)
{
    return add_lossy(stream, counter, sequence, length, 0);
}

static void check_gap(struct stream *stream, struct counter *counter)
{
    assert_true(stream->gap);
    assert_null(stream->buffer);
    unsigned calls = counter->calls;
    assert_false(add(stream, counter, stream->sequence, 10));
    assert_int_equal(counter->calls, calls);
    assert_null(stream->buffer);
}

static void test_in_order_is_not_copied(void **state)
{
    (void)state;
    struct stream stream = {0};
    struct counter counter = {0};
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(add(&stream, &counter, UINT32_MAX - 5000 + i * 100, 100));
        assert_null(stream.buffer);
        assert_int_equal(counter.calls, i + 1);
    }
}

static void test_start_is_set_once(void **state)
{
    (void)state;
    struct stream stream = {0};
    struct counter counter = {0};
    stream_start(&stream, 1000);
    stream_start(&stream, 2000);
    assert_true(add(&stream, &counter, 1010, 10));
    assert_int_equal(counter.calls, 0);
    assert_true(add(&stream, &counter, 1000, 10));
    assert_int_equal(counter.offered, 20);
    assert_null(stream.buffer);
}

static void test_limit_of_early_bytes(void **state)
{
    (void)state;
    struct counter counter = {0};
    struct stream fits = {0}, beyond = {0}, far = {0};
    stream_start(&fits, 0);
    assert_true(add(&fits, &counter, STREAM_LIMIT - 100, 100));
    assert_int_equal(fits.capacity, STREAM_LIMIT);
    assert_true(add(&fits, &counter, 0, STREAM_LIMIT - 100));
    assert_int_equal(counter.offered, STREAM_LIMIT);
    stream_start(&beyond, 0);
    assert_true(add(&beyond, &counter, 10, 10));
    assert_false(add(&beyond, &counter, STREAM_LIMIT - 100, 101));
    check_gap(&beyond, &counter);
    stream_start(&far, 0);
    assert_false(add(&far, &counter, INT32_MAX, 1));
    check_gap(&far, &counter);
}

static void test_limit_of_early_ranges(void **state)
{
    (void)state;
    struct counter counter = {0};
    struct stream stream = {0};
    stream_start(&stream, 0);
    for (uint32_t i = 1; i <= STREAM_EARLY_RANGES; i++)
        assert_true(add(&stream, &counter, i * 20, 10));
    /* One that touches a range, or joins two, needs no new one. */
    assert_true(add(&stream, &counter, 30, 5));
    assert_true(add(&stream, &counter, 45, 20));
    assert_int_equal(stream.early_count, STREAM_EARLY_RANGES - 1);
    assert_true(add(&stream, &counter, 500, 1));
    assert_false(add(&stream, &counter, 600, 1));
    check_gap(&stream, &counter);
}

static void test_limit_of_unread_bytes(void **state)
{
    (void)state;
    struct counter counter = {.refuses = true};
    struct stream stream = {0};
    for (uint32_t i = 0; i < STREAM_LIMIT / 1024; i++)
        assert_true(add(&stream, &counter, i * 1024, 1024));
    assert_int_equal(counter.offered, STREAM_LIMIT);
    assert_int_equal(stream.capacity, STREAM_LIMIT);
    assert_false(add(&stream, &counter, STREAM_LIMIT, 1));
    check_gap(&stream, &counter);
    struct stream large = {0};
    assert_false(add(&large, &counter, 0, STREAM_LIMIT + 1));
    check_gap(&large, &counter);
}

static void test_lost_on_wire(void **state)
{
    (void)state;
    struct counter counter = {0};
    struct stream cut = {0}, old = {0}, partly = {0}, early = {0};
    assert_false(add_lossy(&cut, &counter, 0, 50, 1));
    assert_int_equal(counter.offered, 50); /* what is there is read before the gap */
    check_gap(&cut, &counter);
    assert_true(add(&old, &counter, 0, 100));
    assert_true(add_lossy(&old, &counter, 0, 50, 50));
    assert_false(old.gap);
    assert_true(add(&partly, &counter, 0, 100));
    assert_false(add_lossy(&partly, &counter, 0, 50, 51));
    check_gap(&partly, &counter);
    /* The rest of an early one may still come in a whole copy. */
    stream_start(&early, 0);
    assert_true(add_lossy(&early, &counter, 100, 10, 90));
    assert_true(add(&early, &counter, 0, 100));
    assert_int_equal(counter.offered, 110);
    assert_true(add(&early, &counter, 100, 100));
    assert_int_equal(counter.offered, 90);
    assert_null(early.buffer);
}

static void test_acknowledged_but_unseen(void **state)
{
    (void)state;
    struct counter counter = {0};
    struct stream stream = {0};
    assert_false(stream_acknowledged(&stream, 1000)); /* not begun: nothing is missing */
    stream_start(&stream, UINT32_MAX - 99);
    assert_true(add(&stream, &counter, UINT32_MAX - 99, 100));
    for (int i = 0; i < 20; i++)
        assert_false(stream_acknowledged(&stream, 0));
    for (int i = 0; i < 3; i++)
        assert_false(stream_acknowledged(&stream, 50));
    /* A SPAN had only put the acknowledgments before their data. */
    assert_true(add(&stream, &counter, 0, 50));
    for (int i = 0; i < 3; i++)
        assert_false(stream_acknowledged(&stream, 60));
    assert_true(stream_acknowledged(&stream, 60));
    check_gap(&stream, &counter);
    assert_false(stream_acknowledged(&stream, 60)); /* told once */
}

/* Old bytes, again and again, are no reason to wait longer. */
static void test_old_segments_change_nothing(void **state)
{
    (void)state;
    struct counter counter = {0};
    struct stream stream = {0};
    assert_true(add(&stream, &counter, 5000, 100));
    assert_true(add(&stream, &counter, 5000, 100));
    assert_true(add(&stream, &counter, 5099, 1)); /* a keep-alive */
    assert_true(add(&stream, &counter, 4000, 1000));
    assert_true(add(&stream, &counter, 5100, 0));
    assert_int_equal(counter.calls, 1);
    assert_true(add(&stream, &counter, 4950, 200));
    assert_int_equal(counter.calls, 2);
    assert_int_equal(counter.offered, 50);
    assert_null(stream.buffer);
}

/* Leaves all the first time, takes all the second. */
static size_t read_later(void *owner, struct bytes available)
{
    struct counter *counter = owner;
    counter->offered = (uint32_t)available.length;
    return counter->calls++ == 0 ? 0 : available.length;
}

static void test_what_is_left_is_offered_again(void **state)
{
    (void)state;
    static const uint8_t payload[100];
    struct counter counter = {0};
    struct stream stream = {0};
    stream_offer(&stream, read_later, &counter);
    assert_int_equal(counter.calls, 0);
    assert_true(stream_add(&stream, 5000, bytes_of(payload, 100), 0, read_later, &counter));
    assert_true(stream_add(&stream, 5150, bytes_of(payload, 10), 0, read_later, &counter));
    assert_int_equal(stream.kept, 100);
    stream_offer(&stream, read_later, &counter);
    assert_int_equal(counter.offered, 100); /* not the early bytes behind the hole */
    assert_int_equal(stream.kept, 0);
    assert_int_equal(stream.sequence, 5100);
    assert_true(stream_add(&stream, 5100, bytes_of(payload, 50), 0, read_later, &counter));
    assert_int_equal(counter.offered, 60);
    assert_null(stream.buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order_any_overlap),
        cmocka_unit_test(test_in_order_is_not_copied),
        cmocka_unit_test(test_start_is_set_once),
        cmocka_unit_test(test_limit_of_early_bytes),
        cmocka_unit_test(test_limit_of_early_ranges),
        cmocka_unit_test(test_limit_of_unread_bytes),
        cmocka_unit_test(test_lost_on_wire),
        cmocka_unit_test(test_acknowledged_but_unseen),
        cmocka_unit_test(test_old_segments_change_nothing),
        cmocka_unit_test(test_what_is_left_is_offered_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
