/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As program/cmd_watch.c, but for seconds: interfaces are opened with all rights, and what
 * the system tells of them is asked; then rights are given up, and packets are read into
 * a database in memory.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/doctor_watch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program/capture_loop.h"
#include "program/interface_facts.h"
#include "program/watch_limits.h"
#include "program/watch_signals.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

#define WAIT_MILLISECONDS 100
#define FRAMES_BETWEEN_LOOKS 256 /* at the clock */
#define DURATION (10 * NANOSECONDS_PER_SECOND) /* unless another is asked for */

/* What is open while it is watched. */
struct session {
    const struct options *options;
    struct doctor_watch *watch;
    struct live_set *live;
    struct pipeline *pipeline;
    struct watch_limits limits;
    int64_t began; /* monotonic */
    int64_t duration;
    bool stopping;
};

static bool open_interfaces(struct session *session, struct problem *problem)
{
    const struct options *options = session->options;
    struct doctor_watch *watch = session->watch;
    struct live_settings settings = {
        .interfaces = options->interfaces,
        .interface_count = options->interface_count,
        .filter = options->filter,
        .threads = 1,
        .buffer_mebibytes =
            options->buffer_mebibytes > 0 ? options->buffer_mebibytes : LIVE_BUFFER_MEBIBYTES,
    };
    session->live = live_open(&settings, problem);
    if (session->live == NULL)
        return false;
    watch->interface_count = options->interface_count;
    for (size_t i = 0; i < watch->interface_count; i++) {
        interface_facts_read(&watch->interfaces[i], options->interfaces[i]);
        watch->interfaces[i].buffer_mebibytes = settings.buffer_mebibytes;
        if (watch->interfaces[i].mtu > watch->census.mtu)
            watch->census.mtu = watch->interfaces[i].mtu;
    }
    capture_census_know_own(&watch->census);
    return true;
}

static bool open_all(struct session *session, struct preparation *preparation,
                     struct problem *problem)
{
    const struct options *options = session->options;
    struct doctor_watch *watch = session->watch;
    watch_signals_catch();
    if (!watch_limits_choose(&session->limits, options, problem) ||
        !open_interfaces(session, problem) ||
        !output_open(&preparation->output, options->output, problem))
        return false;
    watch->store = store_open(NULL, problem);
    if (watch->store == NULL ||
        !store_begin_run(watch->store, PACKAGE_VERSION, timestamp_now(), problem))
        return false;
    struct pipeline_settings settings = {.catalog = preparation->catalog,
                                         .vxlan_ports = options->vxlan_ports,
                                         .vxlan_port_count = options->vxlan_port_count,
                                         .looked_at = capture_census_frame,
                                         .looked_at_owner = &watch->census};
    session->pipeline =
        pipeline_create(&settings, store_sink(watch->store), watch->interface_count, problem);
    return session->pipeline != NULL;
}

/* All is open and nothing has been parsed: the place to give up rights. */
static bool start(struct session *session, struct preparation *preparation, struct problem *problem)
{
    const struct options *options = session->options;
    struct problem notice = {""};
    if (watch_limits_keeps_rights(options))
        session->limits.dropped = true;
    else
        live_forbid_reopening(session->live);
    if (!watch_limits_enter(&session->limits, options, &preparation->output, &notice, problem))
        return false;
    if (notice.text[0] != '\0')
        fprintf(stderr, "applepath: %s\n", notice.text);
    return live_start(session->live, problem);
}

static void show_notices(struct session *session)
{
    struct problem notice = {""};
    while (live_take_notice(session->live, &notice)) {
        fprintf(stderr, "applepath: %s\n", notice.text);
        notice.text[0] = '\0';
    }
}

/* Once in a while; the longest wait is for a network where nothing happens. */
static bool look_around(void *owner, const struct frame *frame)
{
    struct session *session = owner;
    if (frame != NULL)
        capture_census_clock(&session->watch->census, frame->time, timestamp_now());
    show_notices(session);
    if (!session->stopping &&
        (watch_signals_end() || timestamp_monotonic() - session->began >= session->duration)) {
        session->stopping = true;
        live_stop(session->live);
    }
    return true;
}

static bool take_frames(struct session *session)
{
    struct capture_loop loop = {.live = session->live,
                                .pipeline = session->pipeline,
                                .packet_limit = session->options->packet_limit,
                                .wait_milliseconds = WAIT_MILLISECONDS,
                                .frames_between_looks = FRAMES_BETWEEN_LOOKS,
                                .look = look_around,
                                .owner = session};
    return capture_loop_run(&loop);
}

static bool watch_for_a_while(struct session *session, struct problem *problem)
{
    struct doctor_watch *watch = session->watch;
    struct fact_source sources[LIVE_INTERFACE_LIMIT];
    bool told = isatty(STDERR_FILENO) == 1;
    if (told)
        fprintf(stderr, "looking for %lld s ... ",
                (long long)(session->duration / NANOSECONDS_PER_SECOND));
    session->began = timestamp_monotonic();
    bool ok = take_frames(session);
    if (told)
        fprintf(stderr, "\r\033[K");
    watch->watched = timestamp_monotonic() - session->began;
    live_stop(session->live);
    live_count_drops(session->live);
    for (size_t i = 0; i < watch->interface_count; i++)
        live_describe(session->live, i, &sources[i]);
    if (!ok || !pipeline_finish(session->pipeline, sources, watch->interface_count))
        return problem_set(problem, "%s", store_problem(watch->store)->text);
    return store_finish_run(watch->store, problem);
}

bool doctor_watch_run(struct doctor_watch *watch, struct preparation *preparation,
                      const struct options *options, struct problem *problem)
{
    struct session session = {.options = options,
                              .watch = watch,
                              .duration = options->duration > 0 ? options->duration : DURATION};
    bool ok = open_all(&session, preparation, problem) && start(&session, preparation, problem) &&
              watch_for_a_while(&session, problem);
    live_close(session.live);
    pipeline_release(session.pipeline);
    watch_limits_close(&session.limits);
    return ok;
}
