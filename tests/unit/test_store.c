/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do runs share a database without meeting, does the last state of a flow win, and
 * what is left of a run that did not end?
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
#include <sys/wait.h>
#include <unistd.h>

#include "storage/facts.h"

#define BATCH 20000 /* facts that are committed together */

struct fixture {
    char folder[64];
    char path[80];
};

static int set_up(void **state)
{
    static struct fixture fixture;

    strcpy(fixture.folder, "/tmp/applepath-test-XXXXXX");
    if (mkdtemp(fixture.folder) == NULL)
        return -1;
    snprintf(fixture.path, sizeof fixture.path, "%s/a.db", fixture.folder);
    *state = &fixture;
    return 0;
}

/* Fails when a test has left more than its one file. */
static int tear_down(void **state)
{
    const struct fixture *fixture = *state;

    unlink(fixture->path);
    return rmdir(fixture->folder);
}

static struct store *open_store(const char *path)
{
    struct problem problem = {""};
    struct store *store = store_open(path, &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(store);
    return store;
}

static void begin(struct store *store)
{
    struct problem problem = {""};

    assert_true(store_begin_run(store, "0.1.0", 1, &problem));
}

static void finish(struct store *store)
{
    struct problem problem = {""};

    assert_true(store_finish_run(store, &problem));
}

static bool take(struct store *store, const struct fact *fact)
{
    struct fact_sink sink = store_sink(store);

    return sink.take(sink.owner, fact);
}

static struct fact fact_of(enum fact_kind kind)
{
    struct fact fact;

    memset(&fact, 0, sizeof fact);
    fact.kind = kind;
    return fact;
}

static struct fact flow_of(uint64_t id, uint64_t packets)
{
    struct fact fact = fact_of(FACT_FLOW);

    fact.as.flow.id = id;
    fact.as.flow.first_time = (int64_t)id;
    fact.as.flow.client_packets = packets;
    fact.as.flow.first_packet = packet_identity(2, 77);
    return fact;
}

/* The last fact of a walk, and how many there were. */
struct seen {
    struct fact last;
    size_t count;
};

static bool remember(void *owner, const struct fact *fact)
{
    struct seen *seen = owner;

    seen->last = *fact;
    seen->count++;
    return true;
}

static struct seen read_all(struct store *store, enum fact_kind kind)
{
    struct problem problem = {""};
    struct seen seen;

    memset(&seen, 0, sizeof seen);
    assert_true(facts_read(store, kind, NULL, remember, &seen, &problem));
    return seen;
}

static void write_one_of_each(struct store *store)
{
    struct fact facts[FACT_TOTALS + 1];

    for (unsigned i = 0; i <= FACT_TOTALS; i++)
        facts[i] = fact_of((enum fact_kind)i);
    facts[FACT_SOURCE].as.source.id = 2;
    facts[FACT_FLOW] = flow_of(3, 1);
    facts[FACT_EVENT].as.event.flow = 3;
    facts[FACT_EVENT].as.event.packet = packet_identity(1, 5);
    facts[FACT_TLS].as.tls.flow = 3;
    facts[FACT_NTP].as.ntp.flow = 3;
    facts[FACT_DNS].as.dns.id = 4;
    facts[FACT_TOTALS].as.totals.packets = 9;
    facts[FACT_CERTIFICATE].as.certificate.sha256 = "00";
    facts[FACT_APNS].as.apns.flow = 3;
    facts[FACT_LAYER].as.layer.name = "ESP";
    for (unsigned i = 0; i <= FACT_TOTALS; i++)
        assert_true(take(store, &facts[i]));
}

static void test_two_runs_in_one_database(void **state)
{
    const struct fixture *fixture = *state;
    struct store *store = open_store(fixture->path);
    struct seen seen;

    begin(store);
    write_one_of_each(store);
    finish(store);
    store_close(store);
    store = open_store(fixture->path); /* with its indexes */
    begin(store);
    write_one_of_each(store);
    finish(store);
    for (unsigned kind = FACT_SOURCE; kind <= FACT_TOTALS; kind++) /* a place is no run's */
        assert_int_equal(read_all(store, (enum fact_kind)kind).count, kind == FACT_PLACE ? 1 : 2);
    assert_int_equal(read_all(store, FACT_SOURCE).last.as.source.id, 4);
    seen = read_all(store, FACT_FLOW);
    assert_int_equal(seen.last.as.flow.id, 6);
    assert_true(seen.last.as.flow.first_packet == packet_identity(4, 77));
    seen = read_all(store, FACT_EVENT);
    assert_int_equal(seen.last.as.event.flow, 6);
    assert_true(seen.last.as.event.packet == packet_identity(3, 5));
    assert_int_equal(read_all(store, FACT_TLS).last.as.tls.flow, 6);
    assert_int_equal(read_all(store, FACT_NTP).last.as.ntp.flow, 6);
    assert_int_equal(read_all(store, FACT_DNS).last.as.dns.id, 8);
    store_close(store);
}

static void test_the_last_state_wins(void **state)
{
    struct store *store = open_store(NULL);
    struct fact flow = flow_of(1, 1), host = fact_of(FACT_HOST), tls = fact_of(FACT_TLS);
    struct fact resolver = fact_of(FACT_RESOLVER), source = fact_of(FACT_SOURCE);

    (void)state;
    source.as.source.id = 1;
    tls.as.tls.flow = 1;
    begin(store);
    for (unsigned i = 1; i <= 2; i++) {
        flow.as.flow.client_packets = host.as.host.packets_sent = resolver.as.resolver.queries = i;
        source.as.source.packets = tls.as.tls.client_data_records = i;
        assert_true(take(store, &flow) && take(store, &host) && take(store, &resolver) &&
                    take(store, &source) && take(store, &tls));
    }
    finish(store);
    for (unsigned kind = FACT_SOURCE; kind <= FACT_FLOW; kind++)
        assert_int_equal(read_all(store, (enum fact_kind)kind).count, 1);
    assert_int_equal(read_all(store, FACT_FLOW).last.as.flow.client_packets, 2);
    assert_int_equal(read_all(store, FACT_HOST).last.as.host.packets_sent, 2);
    assert_int_equal(read_all(store, FACT_RESOLVER).last.as.resolver.queries, 2);
    assert_int_equal(read_all(store, FACT_SOURCE).last.as.source.packets, 2);
    assert_int_equal(read_all(store, FACT_TLS).last.as.tls.client_data_records, 2);
    assert_int_equal(read_all(store, FACT_TLS).count, 1);
    store_close(store);
}

/* Full batches stay, the rest goes; and the next run does not take the numbers that
 * the facts left behind still use. */
static void test_unfinished_run(void **state)
{
    const struct fixture *fixture = *state;
    struct store *store = open_store(fixture->path);
    struct fact event = fact_of(FACT_EVENT), flow = flow_of(1, 1);

    event.as.event.flow = 50000; /* its flow is never told */
    event.as.event.packet = packet_identity(9, 1);
    begin(store);
    for (unsigned i = 0; i < BATCH + 5; i++)
        assert_true(take(store, &event));
    store_close(store);
    store = open_store(fixture->path);
    assert_int_equal(facts_unfinished_runs(store), 1);
    assert_int_equal(read_all(store, FACT_EVENT).count, BATCH);
    begin(store);
    assert_true(take(store, &flow));
    assert_int_equal(facts_unfinished_runs(store), 1); /* its own is still going on */
    finish(store);
    assert_int_equal(read_all(store, FACT_FLOW).last.as.flow.id, 50001);
    assert_int_equal(packet_source(read_all(store, FACT_FLOW).last.as.flow.first_packet), 11);
    assert_int_equal(facts_unfinished_runs(store), 1);
    store_close(store);
}

static void commit_snapshot(struct store *store)
{
    struct problem problem = {""};

    assert_true(store_commit_snapshot(store, &problem));
}

static struct store *open_beside(const struct store *writer)
{
    struct problem problem = {""};
    struct store *reader = store_open_beside(writer, &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(reader);
    return reader;
}

static void refresh(struct store *reader)
{
    struct problem problem = {""};

    assert_true(store_refresh(reader, &problem));
}

/* What a snapshot told is there for readers until the next one, and is not left behind
 * by flows that end otherwise, or turn out to be of no interest. */
static void test_snapshots(void **state)
{
    const struct fixture *fixture = *state;
    struct store *writer = open_store(fixture->path), *reader;
    struct problem problem = {""};
    struct fact open_flow = flow_of(1, 1), doubtful = flow_of(2, 1), ended = flow_of(3, 1);
    struct fact ntp = fact_of(FACT_NTP), host = fact_of(FACT_HOST);

    begin(writer);
    assert_true(store_go_live(writer, &problem));
    reader = open_beside(writer);
    assert_true(take(writer, &ended));
    for (int i = 0; i < 3; i++) { /* more than a batch would not be seen either */
        refresh(reader);
        assert_int_equal(read_all(reader, FACT_FLOW).count, 0);
    }
    store_begin_snapshot(writer);
    host.as.host.packets_sent = 1;
    assert_true(take(writer, &open_flow) && take(writer, &doubtful) && take(writer, &ntp) &&
                take(writer, &host));
    commit_snapshot(writer);
    assert_int_equal(read_all(reader, FACT_FLOW).count, 0); /* the state of its last look */
    refresh(reader);
    assert_int_equal(read_all(reader, FACT_FLOW).count, 3);
    assert_int_equal(read_all(reader, FACT_NTP).count, 1);
    assert_int_equal(facts_unfinished_runs(reader), 0);
    /* The first flow ends, of the second nothing more is told, the request is answered. */
    open_flow.as.flow.client_packets = 9;
    ntp.as.ntp.answered = true;
    assert_true(take(writer, &open_flow) && take(writer, &ntp));
    refresh(reader);
    assert_int_equal(read_all(reader, FACT_FLOW).count, 3);
    store_begin_snapshot(writer);
    host.as.host.packets_sent = 2;
    assert_true(take(writer, &host));
    commit_snapshot(writer);
    refresh(reader);
    assert_int_equal(read_all(reader, FACT_FLOW).count, 2);
    assert_int_equal(read_all(reader, FACT_NTP).count, 1);
    assert_true(read_all(reader, FACT_NTP).last.as.ntp.answered);
    assert_int_equal(read_all(reader, FACT_HOST).count, 1);
    assert_int_equal(read_all(reader, FACT_HOST).last.as.host.packets_sent, 2);
    finish(writer);
    refresh(reader);
    assert_int_equal(read_all(reader, FACT_FLOW).count, 2);
    assert_int_equal(read_all(reader, FACT_FLOW).last.as.flow.id, 3);
    store_close(reader);
    store_close(writer);
}

/* Killed after a snapshot: what it told is what is known. */
static void test_last_snapshot_stays(void **state)
{
    const struct fixture *fixture = *state;
    struct store *store = open_store(fixture->path);
    struct problem problem = {""};
    struct fact flow = flow_of(1, 1), later = flow_of(2, 1);

    begin(store);
    assert_true(store_go_live(store, &problem));
    store_begin_snapshot(store);
    assert_true(take(store, &flow));
    commit_snapshot(store);
    assert_true(take(store, &later));
    store_close(store);
    store = open_store(fixture->path);
    assert_int_equal(read_all(store, FACT_FLOW).count, 1);
    assert_int_equal(read_all(store, FACT_FLOW).last.as.flow.id, 1);
    assert_int_equal(facts_unfinished_runs(store), 1);
    store_close(store);
}

static off_t log_size(const struct fixture *fixture)
{
    char name[96];
    struct stat status;

    snprintf(name, sizeof name, "%s-wal", fixture->path);
    return stat(name, &status) == 0 ? status.st_size : 0;
}

/* Who looks at an older state all the time keeps the log from beginning anew; who rests in
 * between does not. */
static void test_the_log_begins_anew(void **state)
{
    const struct fixture *fixture = *state;
    struct store *writer = open_store(fixture->path), *reader;
    struct problem problem = {""};
    off_t most[2] = {0, 0};
    bool held[2] = {false, false};

    begin(writer);
    assert_true(store_go_live(writer, &problem));
    reader = open_beside(writer);
    for (int rests = 1; rests >= 0; rests--) {
        for (unsigned i = 0; i < 60; i++) {
            assert_true(!rests || store_rest(reader, &problem));
            store_begin_snapshot(writer);
            for (unsigned flow = 1; flow <= 3000; flow++) {
                struct fact fact = flow_of(flow, i);

                assert_true(take(writer, &fact));
            }
            commit_snapshot(writer);
            held[rests] = held[rests] || store_log_is_held(writer);
            refresh(reader);
            assert_int_equal(read_all(reader, FACT_FLOW).count, 3000);
            if (log_size(fixture) > most[rests])
                most[rests] = log_size(fixture);
        }
    }
    assert_true(store_rest(reader, &problem) && store_rest(reader, &problem));
    /* Where nobody rests, there must be more to see, or this proves nothing. */
    assert_in_range(most[1], 1, 8 << 20);
    assert_in_range(most[0], 2 * most[1], 256 << 20);
    assert_true(held[0] && !held[1]);
    finish(writer);
    store_close(reader);
    store_close(writer);
}

static void test_too_many_sources(void **state)
{
    struct store *store = open_store(NULL);
    struct fact source = fact_of(FACT_SOURCE);
    struct problem problem = {""};

    (void)state;
    source.as.source.id = PACKET_SOURCE_LIMIT;
    begin(store);
    assert_true(take(store, &source));
    assert_string_equal(store_problem(store)->text, "");
    finish(store);
    begin(store);
    source.as.source.id = 1;
    assert_false(take(store, &source));
    assert_non_null(strstr(store_problem(store)->text, "is full"));
    assert_non_null(strstr(store_problem(store)->text, "; name another file"));
    /* From now on it takes nothing, and the run cannot end well. */
    assert_false(take(store, &(struct fact){.kind = FACT_TOTALS}));
    assert_false(store_finish_run(store, &problem));
    assert_string_equal(problem.text, store_problem(store)->text);
    assert_int_equal(facts_unfinished_runs(store), 1);
    assert_int_equal(read_all(store, FACT_SOURCE).count, 1);
    store_close(store);
}

/* A reader sees what was committed when it opened, and the writer goes on. */
static void test_reading_while_a_run_is_written(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem = {""};
    struct store *writer = open_store(fixture->path), *reader;
    struct fact flow;

    begin(writer);
    for (uint64_t id = 1; id <= BATCH + 10; id++) {
        flow = flow_of(id, 1);
        assert_true(take(writer, &flow));
    }
    reader = store_open_readonly(fixture->path, &problem);
    assert_string_equal(problem.text, "");
    assert_int_equal(read_all(reader, FACT_FLOW).count, BATCH);
    assert_int_equal(facts_unfinished_runs(reader), 1);
    finish(writer);
    assert_int_equal(read_all(reader, FACT_FLOW).count, BATCH);
    store_close(reader);
    reader = store_open_readonly(fixture->path, &problem);
    assert_int_equal(read_all(reader, FACT_FLOW).count, BATCH + 10);
    assert_int_equal(facts_unfinished_runs(reader), 0);
    store_close(reader);
    store_close(writer);
}

/* Two readers in one process, of what is complete: not of memory, nor of half a batch. */
static void test_a_reader_beside(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem = {""};
    struct store *store = open_store(NULL);

    assert_null(store_beside(store));
    store_close(store);
    store = open_store(fixture->path);
    begin(store);
    assert_null(store_beside(store));
    write_one_of_each(store);
    finish(store);
    struct store *beside = store_beside(store);
    assert_non_null(beside);
    assert_ptr_equal(store_beside(store), beside);
    assert_int_equal(read_all(beside, FACT_FLOW).count, 1);
    store_close(store); /* a single file is left, or tear_down fails */
    store = store_open_readonly(fixture->path, &problem);
    beside = store_beside(store);
    assert_non_null(beside);
    assert_int_equal(read_all(store, FACT_FLOW).count, 1);
    assert_int_equal(read_all(beside, FACT_FLOW).count, 1);
    store_close(store);
}

/* Whoever else writes could show a second reader more than the first: there is none. */
static void test_no_reader_beside_a_writer(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem = {""};
    struct store *store = open_store(fixture->path);
    int ready[2], done[2];
    char byte = 0;
    pid_t child;

    begin(store);
    finish(store);
    store_close(store);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *writer = store_open(fixture->path, &problem);
        bool told = writer != NULL && write(ready[1], "w", 1) == 1 && read(done[0], &byte, 1) == 1;
        store_close(writer);
        _exit(told ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    store = store_open_readonly(fixture->path, &problem);
    assert_non_null(store);
    assert_null(store_beside(store));
    store_close(store);
    assert_int_equal(write(done[1], "d", 1), 1);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    store = store_open_readonly(fixture->path, &problem);
    assert_non_null(store_beside(store));
    store_close(store);
    for (size_t i = 0; i < 2; i++) {
        close(ready[i]);
        close(done[i]);
    }
}

static bool note_totals(void *owner, const struct fact *fact)
{
    *(struct fact_totals *)owner = fact->as.totals;
    return true;
}

static bool count_facts(void *owner, const struct fact *fact)
{
    (void)fact;
    ++*(uint64_t *)owner;
    return true;
}

/* What finds no room in memory is counted, and what tells of the whole run still kept. */
static void test_memory_has_a_limit(void **state)
{
    (void)state;
    struct store *store = open_store(NULL);
    struct fact host = fact_of(FACT_HOST), totals = fact_of(FACT_TOTALS);
    struct fact_totals seen = {0};
    struct problem problem = {""};
    uint64_t flows = 0, hosts = 0;

    store_limit_memory(store, 1);
    begin(store);
    for (uint64_t i = 1; i <= BATCH + 100; i++) {
        struct fact flow = flow_of(i, 1);
        assert_true(take(store, &flow));
    }
    host.as.host.first_time = host.as.host.last_time = 1;
    assert_true(take(store, &host));
    assert_true(take(store, &totals));
    finish(store);
    assert_true(facts_read(store, FACT_FLOW, NULL, count_facts, &flows, &problem));
    assert_true(facts_read(store, FACT_HOST, NULL, count_facts, &hosts, &problem));
    assert_true(facts_read(store, FACT_TOTALS, NULL, note_totals, &seen, &problem));
    assert_int_equal(flows, BATCH);
    assert_int_equal(hosts, 1);
    assert_int_equal(seen.facts_dropped, 100);
    store_close(store);
}

static void test_closing_nothing(void **state)
{
    (void)state;
    store_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_runs_in_one_database, set_up, tear_down),
        cmocka_unit_test(test_the_last_state_wins),
        cmocka_unit_test(test_memory_has_a_limit),
        cmocka_unit_test_setup_teardown(test_unfinished_run, set_up, tear_down),
        cmocka_unit_test(test_too_many_sources),
        cmocka_unit_test_setup_teardown(test_snapshots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_last_snapshot_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_log_begins_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reading_while_a_run_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_reader_beside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_reader_beside_a_writer, set_up, tear_down),
        cmocka_unit_test(test_closing_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
