/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The observing half as a whole: the same facts in the same order every time,
 * nothing shared between two of them, and its limits.
 */
#include "tests/support/scratch.h"

#include "program/pipeline.h"
#include "tests/support/golden.h"
#include "tests/support/quic_packets.h"

static struct scratch scratch;
static struct catalog *catalog;
static char example[512];

/* Collects facts as text; in its first one it runs `inner`, if there is one. */
struct collector {
    struct text text;
    size_t facts;
    size_t refuse_at; /* 0: never */
    struct collector *inner;
    uint64_t evicted;
    uint64_t flows;
    uint64_t unread_errors; /* of all hosts */
};

static bool run(struct collector *collector, const char *name, bool all_flows);

static bool collect(void *owner, const struct fact *fact)
{
    static const struct golden_survey no_survey = {.origin = 0};
    struct collector *collector = owner;
    if (collector->inner != NULL && collector->facts == 0)
        assert_true(run(collector->inner, example, true));
    collector->facts++;
    if (fact->kind == FACT_FLOW)
        text_add_format(&collector->text, "%llu ", (unsigned long long)fact->as.flow.id);
    if (fact->kind == FACT_HOST)
        collector->unread_errors += fact->as.host.unread_errors;
    if (fact->kind == FACT_TOTALS) {
        collector->evicted = fact->as.totals.evicted_flows;
        collector->flows = fact->as.totals.flows;
    }
    golden_fact(&collector->text, &no_survey, fact);
    text_add(&collector->text, "\n");
    return collector->facts != collector->refuse_at;
}

static bool run_with(struct collector *collector, const char *name,
                     struct pipeline_settings settings)
{
    struct problem problem = {""};
    struct source_set *sources = source_set_open(&name, 1, NULL, &problem);
    assert_non_null(sources);
    settings.catalog = catalog;
    bool ok = pipeline_run(sources, &settings, (struct fact_sink){collect, collector}, &problem);
    source_set_close(sources);
    return ok;
}

static bool run(struct collector *collector, const char *name, bool all_flows)
{
    return run_with(collector, name, (struct pipeline_settings){.all_flows = all_flows});
}

static int begin(void **state)
{
    (void)state;
    struct problem problem = {""};
    scratch_begin(&scratch);
    catalog = catalog_load(NULL, 0, &problem);
    return catalog == NULL;
}

static int end(void **state)
{
    (void)state;
    catalog_release(catalog);
    scratch_end(&scratch);
    return 0;
}

static void need_example(void)
{
    if (scratch_source(example, sizeof example, "tests/golden/courier-squashed.pcap") == NULL)
        skip();
}

static void test_two_runs_say_the_same(void **state)
{
    (void)state;
    need_example();
    struct collector first = {.refuse_at = 0}, second = {.refuse_at = 0};
    assert_true(run(&first, example, true));
    assert_true(run(&second, example, true));
    assert_true(first.facts > 50);
    assert_string_equal(text_content(&first.text), text_content(&second.text));
    text_release(&first.text);
    text_release(&second.text);
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    need_example();
    struct collector first = {.refuse_at = 0}, second = {.refuse_at = 0};
    assert_true(run_with(&first, example, (struct pipeline_settings){.all_flows = true}));
    struct crew *crew = crew_begin(1);
    assert_non_null(crew);
    const struct pipeline_settings shared = {.all_flows = true, .crew = crew};
    assert_true(run_with(&second, example, shared));
    assert_true(first.facts > 50);
    assert_string_equal(text_content(&first.text), text_content(&second.text));
    text_release(&first.text);
    text_release(&second.text);
    /* A sink that refuses ends both sides. */
    for (size_t at = 1; at < 40; at += 13) {
        struct collector refusing = {.refuse_at = at};
        assert_false(run_with(&refusing, example, shared));
        assert_int_equal(refusing.facts, at);
        text_release(&refusing.text);
    }
    crew_end(crew);
}

/* Facts that a snapshot tells: counted, and forgotten. */
struct snapshot_sink {
    struct collector *collector;
    bool in_snapshot;
    size_t flows; /* told by snapshots */
    size_t sources;
};

static bool collect_between(void *owner, const struct fact *fact)
{
    struct snapshot_sink *sink = owner;
    if (!sink->in_snapshot)
        return collect(sink->collector, fact);
    sink->flows += fact->kind == FACT_FLOW;
    sink->sources += fact->kind == FACT_SOURCE;
    return true;
}

static void run_with_snapshots(struct snapshot_sink *sink, const char *name)
{
    struct problem problem = {""};
    struct pipeline_settings settings = {.catalog = catalog, .all_flows = true};
    struct source_set *sources = source_set_open(&name, 1, NULL, &problem);
    assert_non_null(sources);
    struct pipeline *pipeline =
        pipeline_create(&settings, (struct fact_sink){collect_between, sink}, 1, &problem);
    assert_non_null(pipeline);
    struct fact_source source;
    const struct frame *frame;
    while ((frame = source_set_next(sources)) != NULL) {
        assert_true(pipeline_frame(pipeline, frame));
        source_set_describe(sources, 0, &source);
        sink->in_snapshot = true;
        assert_true(pipeline_snapshot(pipeline, &source, 1));
        sink->in_snapshot = false;
        assert_true(pipeline_tick(pipeline, frame->time)); /* time that is no news */
    }
    source_set_describe(sources, 0, &source);
    assert_true(pipeline_finish(pipeline, &source, 1));
    assert_int_equal(sink->sources, pipeline_packets(pipeline));
    pipeline_release(pipeline);
    source_set_close(sources);
}

static void test_snapshots_change_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {
        "tests/golden/courier-squashed.pcap",
        "tests/golden/courier-healthy.pcap",
    };
    size_t found = 0, told = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[512];
        if (scratch_source(name, sizeof name, names[i]) == NULL)
            continue;
        struct collector plain = {.refuse_at = 0}, interrupted = {.refuse_at = 0};
        struct snapshot_sink sink = {.collector = &interrupted};
        found++;
        assert_true(run(&plain, name, true));
        run_with_snapshots(&sink, name);
        assert_string_equal(text_content(&plain.text), text_content(&interrupted.text));
        told += sink.flows;
        text_release(&plain.text);
        text_release(&interrupted.text);
    }
    if (found == 0)
        skip();
    assert_true(told > 0);
}

/* The sample Initial, to a server that is not Apple's; it cannot be opened where `damage`,
 * which goes into its last byte, is not 0. */
static void write_initial(FILE *file, uint32_t seconds, uint8_t damage)
{
    static const uint8_t ip[20] = {0x45, 0, 0x04, 0xcc, 0, 0, 0,   0, 64, 17,
                                   0,    0, 10,   0,    0, 1, 192, 0, 2,  1};
    static const uint8_t udp[8] = {0xc0, 0, 1, 187, 0x04, 0xb8, 0, 0};
    uint8_t packet[sizeof ip + sizeof udp + QUIC_SAMPLE_CLIENT_SIZE];
    uint8_t *payload = packet + sizeof ip + sizeof udp;
    memcpy(packet, ip, sizeof ip);
    memcpy(packet + sizeof ip, udp, sizeof udp);
    memcpy(payload, quic_sample_v1_client, QUIC_SAMPLE_CLIENT_SIZE);
    payload[QUIC_SAMPLE_CLIENT_SIZE - 1] ^= damage;
    scratch_capture_packet(file, seconds * 1000000, packet, sizeof packet);
}

/* The numbers of the flow that is told, and of the connection in it. */
struct numbers {
    size_t flows, connections;
    uint64_t flow, of_connection;
};

static bool take_numbers(void *owner, const struct fact *fact)
{
    struct numbers *numbers = owner;
    if (fact->kind == FACT_FLOW) {
        numbers->flows++;
        numbers->flow = fact->as.flow.id;
    } else if (fact->kind == FACT_TLS) {
        numbers->connections++;
        numbers->of_connection = fact->as.tls.flow;
    }
    return true;
}

static void one_number_told(const struct numbers *numbers)
{
    assert_int_equal(numbers->flows, 1);
    assert_int_equal(numbers->connections, 1);
    assert_true(numbers->flow != 0);
    assert_int_equal(numbers->of_connection, numbers->flow);
}

static struct catalog *catalog_with(const char *host)
{
    char content[128];
    struct problem problem = {""};
    snprintf(content, sizeof content, "category\thost\tports\nsite\t%s\tany\n", host);
    scratch_write(&scratch, "hosts.tsv", content);
    const char *name = scratch_path(&scratch, "hosts.tsv");
    struct catalog *with = catalog_load(&name, 1, &problem);
    assert_string_equal(problem.text, "");
    assert_non_null(with);
    scratch_remove(&scratch, "hosts.tsv");
    return with;
}

/* The requests that are told of a UDP flow give it its number. Here they were over before it
 * was known as wanted: a snapshot, or the end, is the first to ask for the number. */
static void test_a_flow_known_late_has_one_number(void **state)
{
    (void)state;
    struct problem problem = {""};
    struct catalog *site = catalog_with("example.com");
    struct pipeline_settings settings = {.catalog = site};
    struct numbers numbers = {0};
    FILE *file = scratch_capture_begin(&scratch, "late.pcap");
    for (uint8_t i = 1; i <= 8; i++) /* tcp_outcome.c tells of fewer */
        write_initial(file, i, i);
    write_initial(file, 12, 0);
    assert_int_equal(fclose(file), 0);
    const char *name = scratch_path(&scratch, "late.pcap");
    struct source_set *sources = source_set_open(&name, 1, NULL, &problem);
    assert_non_null(sources);
    struct pipeline *pipeline =
        pipeline_create(&settings, (struct fact_sink){take_numbers, &numbers}, 1, &problem);
    const struct frame *frame;
    assert_non_null(pipeline);
    while ((frame = source_set_next(sources)) != NULL) {
        assert_int_equal(numbers.flows + numbers.connections, 0);
        assert_true(pipeline_frame(pipeline, frame));
    }
    for (int i = 0; i < 2; i++) {
        numbers = (struct numbers){0};
        assert_true(pipeline_snapshot(pipeline, NULL, 0));
        one_number_told(&numbers);
    }
    uint64_t told = numbers.flow;
    numbers = (struct numbers){0};
    assert_true(pipeline_finish(pipeline, NULL, 0));
    one_number_told(&numbers);
    assert_int_equal(numbers.flow, told);
    pipeline_release(pipeline);
    source_set_close(sources);
    catalog_release(site);
    scratch_remove(&scratch, "late.pcap");
}

/* A frame of a silent SYN, then nothing but time. */
static void test_time_ends_flows(void **state)
{
    (void)state;
    need_example();
    struct collector collector = {.refuse_at = 0};
    struct problem problem = {""};
    struct pipeline_settings settings = {.catalog = catalog, .all_flows = true};
    const char *name = example;
    struct source_set *sources = source_set_open(&name, 1, NULL, &problem);
    struct pipeline *pipeline =
        pipeline_create(&settings, (struct fact_sink){collect, &collector}, 1, &problem);
    const struct frame *frame;
    int64_t last = 0;
    assert_non_null(pipeline);
    while ((frame = source_set_next(sources)) != NULL) {
        assert_true(pipeline_frame(pipeline, frame));
        last = frame->time;
    }
    assert_true(pipeline_open_flows(pipeline) > 0);
    for (int hour = 1; hour <= 3; hour++)
        assert_true(pipeline_tick(pipeline, last + hour * 3600 * NANOSECONDS_PER_SECOND));
    assert_int_equal(pipeline_open_flows(pipeline), 0);
    assert_true(pipeline_finish(pipeline, NULL, 0));
    pipeline_release(pipeline);
    source_set_close(sources);
    text_release(&collector.text);
}

/* What a watch tells when its clock is set back by an hour after `jump_after` frames. */
struct told {
    size_t flows;
    struct fact_totals totals;
};

static bool count_told(void *owner, const struct fact *fact)
{
    struct told *told = owner;
    told->flows += fact->kind == FACT_FLOW;
    if (fact->kind == FACT_TOTALS)
        told->totals = fact->as.totals;
    return true;
}

static struct told watch_with_jump(size_t jump_after)
{
    struct told told = {0};
    struct problem problem = {""};
    struct pipeline_settings settings = {.catalog = catalog, .all_flows = true};
    const char *name = example;
    struct source_set *sources = source_set_open(&name, 1, NULL, &problem);
    struct pipeline *pipeline =
        pipeline_create(&settings, (struct fact_sink){count_told, &told}, 1, &problem);
    const struct frame *next;
    assert_non_null(pipeline);
    for (size_t i = 0; (next = source_set_next(sources)) != NULL; i++) {
        struct frame frame = *next;
        if (i >= jump_after)
            frame.time -= 3600 * NANOSECONDS_PER_SECOND;
        assert_true(pipeline_tick(pipeline, frame.time));
        assert_true(pipeline_frame(pipeline, &frame));
    }
    assert_true(pipeline_finish(pipeline, NULL, 0));
    pipeline_release(pipeline);
    source_set_close(sources);
    return told;
}

/* Wherever it happens, nothing is lost, and it is told once. */
static void test_a_clock_set_back_while_watching(void **state)
{
    (void)state;
    need_example();
    struct told steady = watch_with_jump(SIZE_MAX);
    assert_true(steady.flows > 10);
    assert_int_equal(steady.totals.clock_jumps, 0);
    for (size_t after = 1; after < 92; after += 7) {
        struct told jumped = watch_with_jump(after);
        assert_int_equal(jumped.totals.packets, steady.totals.packets);
        assert_int_equal(jumped.totals.clock_jumps, 1);
        assert_true(jumped.totals.clock_jump < -3500 * NANOSECONDS_PER_SECOND);
        assert_true(jumped.flows >= steady.flows);
        assert_true(jumped.flows <= steady.flows + 3);
    }
}

static void test_two_at_once_share_nothing(void **state)
{
    (void)state;
    need_example();
    struct collector alone = {.refuse_at = 0}, inner = {.refuse_at = 0};
    struct collector outer = {.inner = &inner};
    assert_true(run(&alone, example, true));
    assert_true(run(&outer, example, true));
    assert_string_equal(text_content(&alone.text), text_content(&outer.text));
    assert_string_equal(text_content(&alone.text), text_content(&inner.text));
    text_release(&alone.text);
    text_release(&inner.text);
    text_release(&outer.text);
}

static void test_a_sink_that_refuses_ends_it(void **state)
{
    (void)state;
    need_example();
    struct collector all = {.refuse_at = 0};
    assert_true(run(&all, example, true));
    for (size_t i = 1; i <= all.facts; i++) {
        struct collector collector = {.refuse_at = i};
        assert_false(run(&collector, example, true));
        assert_int_equal(collector.facts, i);
        text_release(&collector.text);
    }
    text_release(&all.text);
}

static void test_few_flows_are_part_of_all(void **state)
{
    (void)state;
    need_example();
    struct collector few = {.refuse_at = 0}, all = {.refuse_at = 0};
    assert_true(run(&few, example, false));
    assert_true(run(&all, example, true));
    assert_true(few.facts > 0 && few.facts < all.facts);
    assert_int_equal(few.flows, all.flows);
    text_release(&few.text);
    text_release(&all.text);
}

static const char *write_syns(uint16_t count)
{
    FILE *file = scratch_capture_begin(&scratch, "syns.pcap");
    for (uint16_t i = 0; i < count; i++)
        scratch_capture_syn(file, i * 10u, (uint16_t)(1024 + i));
    assert_int_equal(fclose(file), 0);
    return scratch_path(&scratch, "syns.pcap");
}

static void test_the_flow_limit_holds_and_is_told(void **state)
{
    (void)state;
    struct collector collector = {.refuse_at = 0};
    assert_true(
        run_with(&collector, write_syns(1000), (struct pipeline_settings){.flow_limit = 100}));
    assert_int_equal(collector.flows, 1000);
    assert_int_equal(collector.evicted, 900);
    text_release(&collector.text);
    scratch_remove(&scratch, "syns.pcap");
}

static void test_no_packets(void **state)
{
    (void)state;
    struct collector collector = {.refuse_at = 0};
    assert_true(run(&collector, write_syns(0), true));
    assert_int_equal(collector.facts, 2);
    assert_non_null(strstr(text_content(&collector.text), "source 1 link_type=RAW"));
    text_release(&collector.text);
    scratch_remove(&scratch, "syns.pcap");
}

static void note_progress(void *owner, const struct source_set *sources, uint64_t packets)
{
    uint64_t read, total;
    uint64_t *last = owner;
    source_set_progress(sources, &read, &total);
    assert_true(packets > *last);
    assert_true(read > 0 && read <= total);
    *last = packets;
}

static void test_progress_is_told(void **state)
{
    (void)state;
    uint64_t last = 0;
    struct collector collector = {.refuse_at = 0};
    assert_true(
        run_with(&collector, write_syns(60000),
                 (struct pipeline_settings){.progress = note_progress, .progress_owner = &last}));
    assert_true(last > 30000 && last <= 60000);
    text_release(&collector.text);
    scratch_remove(&scratch, "syns.pcap");
}

/* A router's ICMP error about the SYN of scratch_capture_syn, of which the capture
 * kept so many bytes: two IPv4 headers, ICMP's, and 8 bytes of TCP are 56. */
static uint64_t unread_errors_of(uint8_t type, uint8_t code, size_t kept)
{
    uint8_t error[68] = {
        0x45, 0, 0, 68,  0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 254, 10, 0, 0, 1, /* IPv4 */
        0,    0, 0, 0,   0, 0, 0, 0, /* ICMP */
        0x45, 0, 0, 40,  0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1,   17, 1, 2, 3, /* quoted */
        0x20, 0, 1, 187, 0, 0, 0, 1};
    struct collector collector = {.refuse_at = 0};
    FILE *file = scratch_capture_begin(&scratch, "error.pcap");
    error[20] = type;
    error[21] = code;
    scratch_capture_syn(file, 0, 0x2000);
    scratch_capture_cut(file, 10, error, kept, sizeof error);
    assert_int_equal(fclose(file), 0);
    assert_true(run(&collector, scratch_path(&scratch, "error.pcap"), true));
    text_release(&collector.text);
    scratch_remove(&scratch, "error.pcap");
    return collector.unread_errors;
}

/* RFC 792: the quotation is promised up to 8 bytes of TCP. */
static void test_errors_cut_in_their_quotation_count(void **state)
{
    (void)state;
    for (size_t kept = 28; kept <= 68; kept++)
        assert_int_equal(unread_errors_of(3, 13, kept), kept < 56);
    assert_int_equal(unread_errors_of(3, 4, 48), 0); /* fragmentation needed */
    assert_int_equal(unread_errors_of(11, 0, 48), 0); /* time exceeded */
}

struct onlooker {
    uint64_t frames, with_flow, wrong;
};

static void look(void *owner, const struct frame *frame, const struct packet *packet,
                 const struct flow *flow)
{
    struct onlooker *onlooker = owner;
    onlooker->frames++;
    onlooker->with_flow += flow != NULL;
    onlooker->wrong += packet == NULL || packet->identity != frame->packet ||
                       packet->time != frame->time || bytes_empty(frame->data);
}

/* Each frame is shown once, with what it became, whoever has read it. */
static void test_frames_are_shown(void **state)
{
    (void)state;
    char name[512];
    if (scratch_source(name, sizeof name, "tests/golden/courier-squashed.pcap") == NULL)
        skip();
    for (unsigned helpers = 0; helpers <= 2; helpers++) {
        struct crew *crew = crew_begin(helpers);
        struct collector collector = {.facts = 0};
        struct onlooker onlooker = {0, 0, 0};
        assert_true(run_with(&collector, name,
                             (struct pipeline_settings){
                                 .crew = crew, .looked_at = look, .looked_at_owner = &onlooker}));
        assert_true(onlooker.frames > 10 && onlooker.with_flow > 10);
        assert_int_equal(onlooker.wrong, 0);
        crew_end(crew);
        text_release(&collector.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_runs_say_the_same, begin, end),
        cmocka_unit_test_setup_teardown(test_threads_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_snapshots_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_a_flow_known_late_has_one_number, begin, end),
        cmocka_unit_test_setup_teardown(test_time_ends_flows, begin, end),
        cmocka_unit_test_setup_teardown(test_a_clock_set_back_while_watching, begin, end),
        cmocka_unit_test_setup_teardown(test_two_at_once_share_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_a_sink_that_refuses_ends_it, begin, end),
        cmocka_unit_test_setup_teardown(test_few_flows_are_part_of_all, begin, end),
        cmocka_unit_test_setup_teardown(test_the_flow_limit_holds_and_is_told, begin, end),
        cmocka_unit_test_setup_teardown(test_no_packets, begin, end),
        cmocka_unit_test_setup_teardown(test_progress_is_told, begin, end),
        cmocka_unit_test_setup_teardown(test_frames_are_shown, begin, end),
        cmocka_unit_test_setup_teardown(test_errors_cut_in_their_quotation_count, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
