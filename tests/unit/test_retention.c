/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a database stay within its limits while facts keep coming, do the newest survive
 * as a whole, and is what went remembered?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/facts.h"
#include "storage/retention.h"

#define MEBIBYTE (UINT64_C(1) << 20)
#define HOUR (3600 * NANOSECONDS_PER_SECOND)

struct fixture {
    char folder[64];
    char path[80];
    struct store *store;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct problem problem = {""};

    strcpy(fixture.folder, "/tmp/applepath-test-XXXXXX");
    if (mkdtemp(fixture.folder) == NULL)
        return -1;
    snprintf(fixture.path, sizeof fixture.path, "%s/a.db", fixture.folder);
    fixture.store = store_open(fixture.path, &problem);
    *state = &fixture;
    return fixture.store != NULL && store_begin_run(fixture.store, "0.1.0", 1, &problem) &&
                   store_go_live(fixture.store, &problem)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    store_close(fixture->store);
    unlink(fixture->path);
    return rmdir(fixture->folder);
}

static void take(const struct fixture *fixture, const struct fact *fact)
{
    struct fact_sink sink = store_sink(fixture->store);

    assert_true(sink.take(sink.owner, fact));
}

static void commit(const struct fixture *fixture)
{
    struct problem problem = {""};

    store_begin_snapshot(fixture->store);
    assert_true(store_commit_snapshot(fixture->store, &problem));
}

/* A flow with an event, a handshake and a question of the same number and time. */
static void take_story(const struct fixture *fixture, uint64_t number, int64_t first, int64_t last)
{
    static const char name[] = "courier-of-a-name-that-takes-some-space.push.apple.com";
    const struct address address = {.octets = {1, 2, 3, 4}};
    struct fact flow = {.kind = FACT_FLOW}, event = {.kind = FACT_EVENT};
    struct fact tls = {.kind = FACT_TLS}, dns = {.kind = FACT_DNS};
    struct dns_record record = {.data = name};

    flow.as.flow = (struct fact_flow){.id = number,
                                      .first_time = first,
                                      .last_time = last,
                                      .server_name = name,
                                      .server.address = address,
                                      .first_packet = packet_identity(1, number)};
    event.as.event = (struct fact_event){.flow = number, .time = first};
    tls.as.tls.flow = number;
    dns.as.dns = (struct fact_dns){.id = number,
                                   .name = name,
                                   .query_time = first,
                                   .answer_time = TIMESTAMP_NONE,
                                   .records = &record,
                                   .record_count = 1};
    take(fixture, &flow);
    take(fixture, &event);
    take(fixture, &tls);
    take(fixture, &dns);
}

struct seen {
    size_t count;
    uint64_t lowest, highest;
    int64_t oldest;
};

static bool look(void *owner, const struct fact *fact)
{
    struct seen *seen = owner;
    uint64_t number = fact->kind == FACT_FLOW    ? fact->as.flow.id
                      : fact->kind == FACT_EVENT ? fact->as.event.flow
                      : fact->kind == FACT_TLS   ? fact->as.tls.flow
                                                 : fact->as.dns.id;

    if (seen->count++ == 0 || number < seen->lowest)
        seen->lowest = number;
    if (number > seen->highest)
        seen->highest = number;
    return true;
}

static struct seen look_at(const struct fixture *fixture, enum fact_kind kind)
{
    struct problem problem = {""};
    struct seen seen = {0};

    assert_true(facts_read(fixture->store, kind, NULL, look, &seen, &problem));
    return seen;
}

static struct retention *limit(const struct fixture *fixture, int64_t keep, uint64_t most)
{
    struct problem problem = {""};
    const struct retention_limits limits = {keep, most};
    struct retention *retention = retention_create(fixture->store, &limits, &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(retention);
    return retention;
}

static void run_to_the_end(struct retention *retention, int64_t now)
{
    struct problem problem = {""};
    bool more = true;

    for (int i = 0; more && i < 10000; i++)
        assert_true(retention_run(retention, now, 0, &more, &problem));
    assert_false(more);
}

static uint64_t size_of(const struct fixture *fixture)
{
    char log[96];
    struct stat file, beside = {0};

    snprintf(log, sizeof log, "%s-wal", fixture->path);
    assert_int_equal(stat(fixture->path, &file), 0);
    if (stat(log, &beside) != 0)
        beside.st_size = 0;
    return (uint64_t)file.st_size + (uint64_t)beside.st_size;
}

/* All of one number, or nothing of it. */
static void assert_whole(const struct fixture *fixture, uint64_t lowest, uint64_t highest)
{
    static const enum fact_kind kinds[] = {FACT_FLOW, FACT_EVENT, FACT_TLS, FACT_DNS};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct seen seen = look_at(fixture, kinds[i]);

        assert_int_equal(seen.lowest, lowest);
        assert_int_equal(seen.highest, highest);
        assert_int_equal(seen.count, highest - lowest + 1);
    }
}

static void test_age(void **state)
{
    const struct fixture *fixture = *state;
    struct retention *retention = limit(fixture, 24 * HOUR, 0);
    struct removed_facts removed;

    for (uint64_t i = 1; i <= 1000; i++)
        take_story(fixture, i, (int64_t)i * HOUR, (int64_t)i * HOUR + 1);
    run_to_the_end(retention, 24 * HOUR); /* nothing is as old as that */
    assert_whole(fixture, 1, 1000);
    retention_removed(fixture->store, &removed);
    assert_int_equal(removed.before, TIMESTAMP_NONE);

    run_to_the_end(retention, 1000 * HOUR + 2);
    assert_whole(fixture, 977, 1000);
    retention_removed(fixture->store, &removed);
    assert_int_equal(removed.before, 976 * HOUR + 2);
    assert_int_equal(removed.flows, 976);
    assert_int_equal(removed.dns, 976);
    retention_release(retention);
}

static void test_what_lives_on_stays(void **state)
{
    const struct fixture *fixture = *state;
    struct retention *retention = limit(fixture, 24 * HOUR, 0);

    take_story(fixture, 1, 1, 2);
    take_story(fixture, 2, 1, 99 * HOUR); /* began as long ago, and spoke of late */
    take_story(fixture, 3, 99 * HOUR, 99 * HOUR);
    run_to_the_end(retention, 100 * HOUR);
    assert_int_equal(look_at(fixture, FACT_FLOW).lowest, 2);
    assert_int_equal(look_at(fixture, FACT_EVENT).lowest, 2);
    assert_int_equal(look_at(fixture, FACT_TLS).count, 2);
    assert_int_equal(look_at(fixture, FACT_DNS).lowest, 3);
    retention_release(retention);
}

/* Many times as much as there is room for: the file is never larger. */
static void test_size_while_facts_come(void **state)
{
    const struct fixture *fixture = *state;
    const uint64_t most = 4 * MEBIBYTE;
    struct retention *retention = limit(fixture, 0, most);
    struct problem problem = {""};
    struct removed_facts removed;
    uint64_t number = 0, largest = 0;
    bool more;

    for (int second = 0; second < 200; second++) {
        for (int i = 0; i < 200; i++, number++)
            take_story(fixture, number + 1, (int64_t)number, (int64_t)number);
        assert_true(retention_run(retention, 0, 1000, &more, &problem));
        assert_false(more);
        commit(fixture);
        if (size_of(fixture) > largest)
            largest = size_of(fixture);
        assert_in_range(retention_size(retention), 4096, most);
    }
    assert_in_range(largest, most / 2, most);
    assert_whole(fixture, look_at(fixture, FACT_FLOW).lowest, number);
    assert_in_range(look_at(fixture, FACT_FLOW).count, 1000, 20000);
    retention_removed(fixture->store, &removed);
    assert_int_equal(removed.flows + look_at(fixture, FACT_FLOW).count, number);
    retention_release(retention);
}

static void test_space_is_given_back(void **state)
{
    const struct fixture *fixture = *state;
    struct retention *retention = limit(fixture, HOUR, 0);
    uint64_t before;

    for (uint64_t i = 1; i <= 10000; i++)
        take_story(fixture, i, (int64_t)i, (int64_t)i);
    commit(fixture);
    before = retention_size(retention);
    run_to_the_end(retention, 3 * HOUR);
    commit(fixture);
    assert_int_equal(look_at(fixture, FACT_FLOW).count, 0);
    retention_release(retention);
    store_close(fixture->store);
    assert_in_range(size_of(fixture), 4096, before / 8);
    struct problem problem = {""};
    ((struct fixture *)*state)->store = store_open(fixture->path, &problem);
    assert_non_null(fixture->store);
}

/* Flows that live on, more than a step looks at, hide nothing behind them. */
static void test_size_behind_what_lives_on(void **state)
{
    const struct fixture *fixture = *state;
    struct retention *retention = limit(fixture, 0, 4 * MEBIBYTE);
    struct fact flow = {.kind = FACT_FLOW};

    for (uint64_t i = 1; i <= 1000; i++) {
        flow.as.flow = (struct fact_flow){.id = i, .first_time = 1, .last_time = 100 * HOUR};
        take(fixture, &flow);
    }
    for (uint64_t i = 1001; i <= 12000; i++)
        take_story(fixture, i, (int64_t)i, (int64_t)i);
    run_to_the_end(retention, 0);
    commit(fixture);
    assert_in_range(retention_size(retention), 4096, 16 * MEBIBYTE);
    assert_int_equal(look_at(fixture, FACT_FLOW).lowest, 1);
    assert_in_range(look_at(fixture, FACT_EVENT).lowest, 4000, 12000);
    assert_int_equal(look_at(fixture, FACT_EVENT).highest, 12000);
    retention_release(retention);
}

/* What an earlier run left for good goes with its last flow; its numbers stay used. */
static void test_runs_without_anything_go(void **state)
{
    struct fixture *fixture = *state;
    struct problem problem = {""};
    struct fact source = {.kind = FACT_SOURCE}, totals = {.kind = FACT_TOTALS};
    struct seen seen;

    source.as.source = (struct fact_source){.id = 1, .name = "eth1", .last_time = 2};
    take_story(fixture, 7, 1, 2);
    take(fixture, &source);
    take(fixture, &totals);
    assert_true(store_finish_run(fixture->store, &problem));
    assert_true(store_begin_run(fixture->store, "0.1.0", 1, &problem));
    assert_true(store_go_live(fixture->store, &problem));
    source.as.source.last_time = 99 * HOUR;
    take_story(fixture, 1, 99 * HOUR, 99 * HOUR);
    take(fixture, &source);
    take(fixture, &totals);

    struct retention *retention = limit(fixture, 24 * HOUR, 0);
    run_to_the_end(retention, 100 * HOUR);
    retention_release(retention);
    seen = look_at(fixture, FACT_FLOW);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.lowest, 8);
    assert_int_equal(look_at(fixture, FACT_SOURCE).count, 1);
    assert_int_equal(look_at(fixture, FACT_TOTALS).count, 1);
}

static void test_nothing_to_remove(void **state)
{
    const struct fixture *fixture = *state;
    struct retention *retention = limit(fixture, HOUR, MEBIBYTE);

    run_to_the_end(retention, 3 * HOUR);
    retention_release(retention);
    retention_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_age, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_lives_on_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_size_while_facts_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_space_is_given_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_size_behind_what_lives_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_runs_without_anything_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_to_remove, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
