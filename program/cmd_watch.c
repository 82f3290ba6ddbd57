/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main job, live: interfaces in, news out, a verdict at the end.  One thread takes
 * frames, runs the pipeline and writes; every few seconds it commits how things stand,
 * and the reporter's thread (program/watch_reporter.h) diagnoses that.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/live.h"
#include "program/analysis.h"
#include "program/apple_filter.h"
#include "program/capture_loop.h"
#include "program/minutes.h"
#include "program/places_sink.h"
#include "program/notify.h"
#include "program/screen.h"
#include "program/watch_limits.h"
#include "program/watch_reporter.h"
#include "program/watch_signals.h"
#include "storage/facts.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

#define WAIT_MILLISECONDS 200
#define FRAMES_BETWEEN_LOOKS 1024 /* at the clock */
#define LATEST_FRAME NANOSECONDS_PER_SECOND /* none comes later than so */
#define HELD_LOG_PATIENCE 4 /* intervals, while somebody reads what was for long */
#define UNCOMMITTED_LIMIT 200000 /* facts: then a snapshot is made at once */

struct watch {
    const struct options *options;
    struct preparation *preparation;
    struct problem *problem;
    struct text filter;
    struct text title; /* of the screen */
    struct live_set *live;
    struct store *store;
    struct places_sink *places;
    struct pipeline *pipeline;
    struct watch_reporter *reporter;
    struct watch_limits limits;
    struct notify notify;
    struct screen screen;
    FILE *news; /* where lines go while there is no screen */
    struct minutes minutes[LIVE_INTERFACE_LIMIT];
    struct fact_source sources[LIVE_INTERFACE_LIMIT];
    struct watch_view view;
    struct watch_counters counters;
    char message[512]; /* the newest, for the screen */
    int64_t began; /* monotonic, as the next three */
    int64_t looked;
    int64_t committed;
    int64_t barked;
    int64_t commit_took; /* the latest */
    int64_t run_began; /* by the clock of the frames */
    bool stopping;
};

/* A message of the moment: on the screen, or on standard error. */
static void say(struct watch *watch, const char *text)
{
    snprintf(watch->message, sizeof watch->message, "%s", text);
    if (!watch->screen.shown)
        fprintf(stderr, "applepath: %s\n", text);
}

static bool check_options(const struct options *options, struct problem *problem)
{
    if (options->interface_count == 0)
        return problem_set(problem,
                           "watch needs an interface; name one: applepath watch -i eth1 -d DB");
    if (options->database == NULL)
        return problem_set(problem,
                           "watch needs a database to keep what it sees; name a file: "
                           "applepath watch -i %s -d DB",
                           options->interfaces[0]);
    for (size_t i = 0; i < options->interface_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(options->interfaces[i], options->interfaces[j]) == 0)
                return problem_set(problem, "%s was named twice; name each interface once",
                                   options->interfaces[i]);
    return true;
}

static bool open_capture(struct watch *watch)
{
    const struct options *options = watch->options;
    struct live_settings settings = {
        .interfaces = options->interfaces,
        .interface_count = options->interface_count,
        .filter = options->filter,
        .threads = options->threads > 0 ? options->threads : 1,
        .buffer_mebibytes =
            options->buffer_mebibytes > 0 ? options->buffer_mebibytes : LIVE_BUFFER_MEBIBYTES,
    };
    if (options->apple_only) {
        apple_filter_write(&watch->filter, watch->preparation->catalog, options->filter);
        settings.filter = text_content(&watch->filter);
    }
    watch->live = live_open(&settings, watch->problem);
    return watch->live != NULL;
}

/* Everything that needs a file, a socket or a right is opened here, what may be refused
 * soonest first. */
static bool open_all(struct watch *watch)
{
    const struct options *options = watch->options;
    struct preparation *preparation = watch->preparation;
    struct problem *problem = watch->problem;
    /* Before there is anything that must be ended in order. */
    watch_signals_catch();
    notify_open(&watch->notify);
    if (!watch_limits_choose(&watch->limits, options, problem) || !open_capture(watch) ||
        !watch_limits_become(&watch->limits, options, problem) ||
        !output_open(&preparation->output, options->output, problem))
        return false;
    watch->store = store_open(options->database, problem);
    if (watch->store == NULL)
        return false;
    watch->run_began = timestamp_now();
    if (!store_begin_run(watch->store, PACKAGE_VERSION, watch->run_began, problem) ||
        !store_go_live(watch->store, problem) ||
        !watch_limits_open(&watch->limits, options, watch->store, problem))
        return false;
    watch->places =
        places_sink_create(preparation->places, preparation->catalog, store_sink(watch->store));
    if (watch->places == NULL)
        return problem_set(problem, "memory is out; end other programs");
    struct pipeline_settings settings = {.catalog = preparation->catalog,
                                         .all_flows = options->all_flows,
                                         .vxlan_ports = options->vxlan_ports,
                                         .vxlan_port_count = options->vxlan_port_count,
                                         .max_memory = options->max_memory};
    if (watch->limits.ring != NULL) {
        settings.looked_at = evidence_ring_frame;
        settings.looked_at_owner = watch->limits.ring;
    }
    watch->pipeline =
        pipeline_create(&settings, places_sink_of(watch->places), live_count(watch->live), problem);
    if (watch->pipeline == NULL)
        return false;
    watch->reporter = watch_reporter_create(watch->store, preparation, options->window, problem);
    return watch->reporter != NULL;
}

/* Here nothing has been parsed yet, and all is open: the place to give up rights, before
 * the threads are made, which inherit what is given up. */
static bool start_all(struct watch *watch)
{
    struct problem notice = {""};
    if (!watch_limits_keeps_rights(watch->options))
        live_forbid_reopening(watch->live);
    if (!watch_limits_enter(&watch->limits, watch->options, &watch->preparation->output, &notice,
                            watch->problem))
        return false;
    if (notice.text[0] != '\0')
        say(watch, notice.text);
    if (!watch_reporter_start(watch->reporter, watch->problem) ||
        !live_start(watch->live, watch->problem))
        return false;
    /* Lines for people, or for a log; not into a report that a program reads. */
    bool plain = watch->options->output != NULL || strcmp(watch->options->format, "text") == 0;
    watch->news = plain ? stdout : stderr;
    for (size_t i = 0; i < watch->options->interface_count; i++)
        text_add_format(&watch->title, "%s%s", i == 0 ? "" : ", ", watch->options->interfaces[i]);
    if (plain)
        screen_open(&watch->screen, text_content(&watch->title));
    watch->began = watch->looked = watch->committed = watch->barked = timestamp_monotonic();
    notify_tell(&watch->notify, "READY=1");
    return true;
}

static bool store_failed(struct watch *watch)
{
    return problem_set(watch->problem, "%s", store_problem(watch->store)->text);
}

static bool tell_minute(struct watch *watch, const struct fact_minute *minute)
{
    struct fact fact = {.kind = FACT_MINUTE, .as.minute = *minute};
    struct fact_sink sink = store_sink(watch->store);
    return sink.take(sink.owner, &fact);
}

static void count_rates(struct watch *watch, int64_t span)
{
    struct watch_counters *counters = &watch->counters;
    uint64_t packets = 0, bytes = 0, dropped = 0;
    for (size_t i = 0; i < live_count(watch->live); i++) {
        packets += watch->sources[i].packets;
        bytes += watch->sources[i].bytes;
        dropped += (uint64_t)watch->sources[i].dropped_packets;
    }
    double seconds = (double)span / (double)NANOSECONDS_PER_SECOND;
    if (seconds > 0) {
        counters->packets_per_second = (double)(packets - counters->packets) / seconds;
        counters->bits_per_second = 8 * (double)(bytes - counters->bytes) / seconds;
    }
    counters->packets = packets;
    counters->bytes = bytes;
    counters->dropped = dropped;
    counters->open_flows = pipeline_open_flows(watch->pipeline);
}

static bool look_at_sources(struct watch *watch, int64_t now)
{
    struct fact_minute ended;
    int64_t wall = timestamp_now();
    bool ok = true;
    live_count_drops(watch->live);
    for (size_t i = 0; i < live_count(watch->live); i++) {
        live_describe(watch->live, i, &watch->sources[i]);
        if (watch->limits.ring != NULL)
            watch->sources[i].evidence_folder = evidence_ring_folder(watch->limits.ring);
        if (minutes_look(&watch->minutes[i], &watch->sources[i], wall, &ended))
            ok = ok && tell_minute(watch, &ended);
    }
    count_rates(watch, now - watch->looked);
    return ok && pipeline_tick(watch->pipeline, wall - LATEST_FRAME);
}

/* Age, size, and packets that are kept. */
static bool keep_limits(struct watch *watch)
{
    struct problem notice = {""};
    bool kept = watch_limits_keep(&watch->limits, timestamp_now(), &notice, watch->problem);
    if (notice.text[0] != '\0')
        say(watch, notice.text);
    return kept;
}

static bool tell_minutes(struct watch *watch)
{
    for (size_t i = 0; i < live_count(watch->live); i++)
        if (watch->minutes[i].minute.time != 0 && !tell_minute(watch, &watch->minutes[i].minute))
            return false;
    return true;
}

/* What is known now becomes visible to readers, as a whole.  Where diagnoses take longer
 * than the interval, one always looks at what was, and the log would never begin anew: then
 * one is passed over, and the next commit finds nobody there. */
static bool commit(struct watch *watch, int64_t now)
{
    bool was_busy = watch_reporter_is_busy(watch->reporter);

    watch->committed = now;
    store_begin_snapshot(watch->store);
    if (!tell_minutes(watch) ||
        !pipeline_snapshot(watch->pipeline, watch->sources, live_count(watch->live)))
        return store_failed(watch);
    if (!store_commit_snapshot(watch->store, watch->problem))
        return false;
    watch->commit_took = timestamp_monotonic() - now;
    if (!was_busy || !store_log_is_held(watch->store))
        watch_reporter_ask(watch->reporter);
    return true;
}

static void show_news(struct watch *watch)
{
    struct text lines = {0};
    if (watch_reporter_collect(watch->reporter, &lines, &watch->view) && lines.length > 0) {
        if (!watch->screen.shown) {
            fputs(text_content(&lines), watch->news);
            fflush(watch->news);
        }
    }
    text_release(&lines);
}

static void show_counters(struct watch *watch)
{
    char line[sizeof watch->message];
    snprintf(line, sizeof line,
             "%llu packets, %llu bytes, %llu dropped, %.0f packets/s, %u flows open, %zu facts not "
             "committed, last commit took %lld ms",
             (unsigned long long)watch->counters.packets, (unsigned long long)watch->counters.bytes,
             (unsigned long long)watch->counters.dropped, watch->counters.packets_per_second,
             watch->counters.open_flows, store_uncommitted(watch->store),
             (long long)(watch->commit_took / NANOSECONDS_PER_MILLISECOND));
    say(watch, line);
}

static void answer_signals(struct watch *watch)
{
    if (watch_signals_take_counters())
        show_counters(watch);
    if (watch_signals_take_reopen()) {
        bool may = watch_limits_keeps_rights(watch->options);
        say(watch, may ? "the interfaces are opened again"
                       : "the interfaces cannot be opened again, as the right to was given up; "
                         "start the program again");
        live_reopen(watch->live);
    }
    struct problem notice = {""};
    while (live_take_notice(watch->live, &notice)) {
        say(watch, notice.text);
        notice.text[0] = '\0';
    }
}

static void look_whether_to_stop(struct watch *watch, int64_t now)
{
    const struct options *options = watch->options;
    bool enough =
        (options->duration > 0 && now - watch->began >= options->duration) || watch_signals_end();
    if (!enough || watch->stopping)
        return;
    watch->stopping = true;
    notify_tell(&watch->notify, "STOPPING=1");
    live_stop(watch->live);
}

/* Once in a while: what does not come from frames. */
static bool look_around(void *owner, const struct frame *frame)
{
    struct watch *watch = owner;
    (void)frame;
    int64_t now = timestamp_monotonic();
    look_whether_to_stop(watch, now);
    if (now - watch->looked >= NANOSECONDS_PER_SECOND) {
        if (!look_at_sources(watch, now))
            return store_failed(watch);
        if (!keep_limits(watch))
            return false;
        watch->looked = now;
        watch->counters.running = now - watch->began;
        answer_signals(watch);
        show_news(watch);
        screen_draw(&watch->screen, &watch->view, &watch->counters, watch->message);
    }
    if (watch->notify.watchdog > 0 && now - watch->barked >= watch->notify.watchdog / 3) {
        watch->barked = now;
        notify_tell(&watch->notify, "WATCHDOG=1");
    }
    int64_t interval = watch->options->interval;
    if (store_log_is_held(watch->store))
        interval *= HELD_LOG_PATIENCE;
    if (!watch->stopping && (now - watch->committed >= interval ||
                             store_uncommitted(watch->store) >= UNCOMMITTED_LIMIT))
        return commit(watch, now);
    return true;
}

static bool watch_frames(struct watch *watch)
{
    struct capture_loop loop = {.live = watch->live,
                                .pipeline = watch->pipeline,
                                .packet_limit = watch->options->packet_limit,
                                .wait_milliseconds = WAIT_MILLISECONDS,
                                .frames_between_looks = FRAMES_BETWEEN_LOOKS,
                                .look = look_around,
                                .owner = watch};
    return capture_loop_run(&loop) ||
           (store_problem(watch->store)->text[0] != '\0' && store_failed(watch));
}

/* All that was seen is told and committed. */
static bool conclude(struct watch *watch)
{
    live_stop(watch->live);
    if (!look_at_sources(watch, timestamp_monotonic()) || !tell_minutes(watch) ||
        !pipeline_finish(watch->pipeline, watch->sources, live_count(watch->live)))
        return store_failed(watch);
    return store_finish_run(watch->store, watch->problem);
}

static void close_all(struct watch *watch)
{
    screen_close(&watch->screen);
    watch_reporter_release(watch->reporter);
    live_close(watch->live);
    pipeline_release(watch->pipeline);
    watch_limits_close(&watch->limits);
    places_sink_release(watch->places);
    store_close(watch->store);
    notify_close(&watch->notify);
    text_release(&watch->filter);
    text_release(&watch->title);
}

static bool note_earliest(void *owner, const struct fact *fact)
{
    int64_t *earliest = owner, first = fact->as.source.first_time;
    if (first != TIMESTAMP_NONE && (*earliest == TIMESTAMP_NONE || first < *earliest))
        *earliest = first;
    return true;
}

/* The report at the end is of the window too, where the database reaches further back. */
static enum exit_status report_at_end(struct watch *watch)
{
    struct options options = *watch->options;
    int64_t since = timestamp_now() - options.window, earliest = TIMESTAMP_NONE;
    if (!facts_read(watch->store, FACT_SOURCE, NULL, note_earliest, &earliest, watch->problem))
        return EXIT_UNABLE;
    if (earliest != TIMESTAMP_NONE && earliest < since)
        options.since = since;
    return analysis_report(watch->preparation, watch->store, &options, watch->problem);
}

static enum exit_status watch_into_report(struct watch *watch)
{
    if (!open_all(watch) || !start_all(watch))
        return EXIT_UNABLE;
    bool whole = watch_frames(watch);
    screen_close(&watch->screen);
    show_news(watch);
    watch_reporter_release(watch->reporter);
    watch->reporter = NULL;
    if (!whole || !conclude(watch))
        return EXIT_UNABLE;
    enum exit_status status = report_at_end(watch);
    const char *lost = live_lost(watch->live);
    if (lost == NULL || watch->stopping)
        return status;
    problem_set(watch->problem,
                "%s: is gone, and this process may not open it again; start it again once it is "
                "back",
                lost);
    return EXIT_UNABLE;
}

enum exit_status cmd_watch(const struct options *options, struct problem *problem)
{
    struct preparation preparation;
    enum exit_status status = EXIT_UNABLE;
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        problem_set(problem, "memory is out; end other programs");
        return EXIT_UNABLE;
    }
    *watch = (struct watch){.options = options,
                            .preparation = &preparation,
                            .problem = problem,
                            .notify = {.descriptor = -1}};
    if (!check_options(options, problem)) {
        free(watch);
        return EXIT_UNABLE;
    }
    if (preparation_make(&preparation, options, problem) &&
        preparation_anonymize(&preparation, options, options->database, true, problem))
        status = watch_into_report(watch);
    close_all(watch);
    preparation_release(&preparation);
    free(watch);
    return status;
}
