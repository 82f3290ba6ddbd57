/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would watching have cried wolf?  Captures come in; each is taken as if it came live,
 * with a snapshot and a diagnosis every so many seconds of its time.  What would have been
 * announced, and is no finding once the capture is whole, was a false alarm: one FAIL:
 * line for each such capture.
 *   announce SECONDS FACTOR CAPTURE...
 * FACTOR: so many times as slow as it was, as the lab is faster than life; the whole
 * capture is judged at the same pace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/diagnose.h"
#include "program/announcements.h"
#include "program/pipeline.h"
#include "storage/store.h"

#define STEPS_IN_A_PAUSE 40 /* what a longer one adds is nothing new */
#define ALARM_LIMIT 256
#define QUIET (40 * NANOSECONDS_PER_SECOND) /* after the last frame */

struct alarm {
    char kind[64];
    char summary[400];
};

struct rehearsal {
    const struct catalog *catalog;
    struct store *store;
    struct pipeline *pipeline;
    struct announcements *announcements;
    struct fact_source source;
    struct alarm alarms[ALARM_LIMIT];
    size_t alarm_count;
    struct problem problem;
};

static struct diagnosis *look(struct rehearsal *rehearsal)
{
    static const struct fact_selection all = {TIMESTAMP_NONE, TIMESTAMP_NONE, NULL};
    struct diagnosis_settings settings = {.catalog = rehearsal->catalog, .selection = &all};
    return diagnose(rehearsal->store, &settings, &rehearsal->problem);
}

/* Lines as watching prints them: "TIME found SEVERITY KIND (CONFIDENCE): SUMMARY". */
static void note_alarms(struct rehearsal *rehearsal, char *lines)
{
    for (char *line = strtok(lines, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        struct alarm alarm;
        char word[16], severity[16];
        int taken = 0;
        if (sscanf(line, "%*s %15s %15s %63s %*s %n", word, severity, alarm.kind, &taken) != 3 ||
            (strcmp(word, "found") != 0 && strcmp(word, "passed") != 0) ||
            strcmp(severity, "note") == 0 || rehearsal->alarm_count == ALARM_LIMIT)
            continue;
        snprintf(alarm.summary, sizeof alarm.summary, "%s", line + taken);
        rehearsal->alarms[rehearsal->alarm_count++] = alarm;
    }
}

static bool snapshot(struct rehearsal *rehearsal, int64_t now)
{
    struct text lines = {0};
    bool ok = pipeline_tick(rehearsal->pipeline, now);
    store_begin_snapshot(rehearsal->store);
    ok = ok && pipeline_snapshot(rehearsal->pipeline, &rehearsal->source, 1);
    /* Before the commit: this connection would see the snapshot taken back. */
    struct diagnosis *diagnosis = ok ? look(rehearsal) : NULL;
    if (diagnosis != NULL) {
        announcements_take(rehearsal->announcements, diagnosis, now, &lines);
        if (lines.data != NULL)
            note_alarms(rehearsal, lines.data);
        diagnosis_release(diagnosis);
    }
    text_release(&lines);
    return store_commit_snapshot(rehearsal->store, &rehearsal->problem) && diagnosis != NULL;
}

static bool play(struct rehearsal *rehearsal, struct source_set *sources, int64_t interval,
                 int factor)
{
    const struct frame *read;
    int64_t next = 0, first = 0;
    bool ok = true, begun = false;
    while (ok && (read = source_set_next(sources)) != NULL) {
        struct frame frame = *read;
        if (!begun) {
            first = frame.time;
            next = first + interval;
        }
        begun = true;
        frame.time = first + (frame.time - first) * factor;
        for (int i = 0; ok && frame.time >= next && i < STEPS_IN_A_PAUSE; i++, next += interval)
            ok = snapshot(rehearsal, next);
        if (frame.time >= next)
            next = frame.time + interval;
        ok = ok && pipeline_frame(rehearsal->pipeline, &frame);
        source_set_describe(sources, 0, &rehearsal->source);
        rehearsal->source.last_time = frame.time;
    }
    /* It stays quiet for a while. */
    for (int64_t quiet = 0; ok && begun && quiet < QUIET; quiet += interval, next += interval)
        ok = snapshot(rehearsal, next);
    return ok;
}

static bool is_in(const struct alarm *alarm, const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (strcmp(diagnosis->findings[i].kind, alarm->kind) == 0)
            return true;
    return false;
}

static bool judge(struct rehearsal *rehearsal, const char *name)
{
    struct diagnosis *diagnosis = look(rehearsal);
    bool fine = diagnosis != NULL;
    for (size_t i = 0; fine && i < rehearsal->alarm_count; i++) {
        const struct alarm *alarm = &rehearsal->alarms[i];
        if (is_in(alarm, diagnosis))
            continue;
        printf("FAIL: announce/%s: %s: %s\n", name, alarm->kind, alarm->summary);
        fine = false;
    }
    diagnosis_release(diagnosis);
    return fine;
}

static bool rehearse(const struct catalog *catalog, const char *name, int64_t interval, int factor,
                     size_t *announced)
{
    struct rehearsal *rehearsal = calloc(1, sizeof *rehearsal);
    struct source_set *sources = NULL;
    const char *slash = strrchr(name, '/');
    bool fine = false;
    if (rehearsal == NULL)
        return false;
    struct problem *problem = &rehearsal->problem;
    struct pipeline_settings settings = {.catalog = catalog};
    rehearsal->catalog = catalog;
    sources = source_set_open(&name, 1, NULL, problem);
    rehearsal->store = store_open(NULL, problem);
    rehearsal->announcements = announcements_create();
    if (sources != NULL && rehearsal->store != NULL && rehearsal->announcements != NULL &&
        store_begin_run(rehearsal->store, "test", 0, problem) &&
        store_go_live(rehearsal->store, problem))
        rehearsal->pipeline = pipeline_create(&settings, store_sink(rehearsal->store), 1, problem);
    if (rehearsal->pipeline != NULL) {
        source_set_describe(sources, 0, &rehearsal->source);
        fine = play(rehearsal, sources, interval, factor) &&
               pipeline_finish(rehearsal->pipeline, &rehearsal->source, 1) &&
               store_finish_run(rehearsal->store, problem) &&
               judge(rehearsal, slash != NULL ? slash + 1 : name);
    }
    if (problem->text[0] != '\0')
        printf("FAIL: announce/%s: %s\n", name, problem->text);
    *announced += rehearsal->alarm_count;
    pipeline_release(rehearsal->pipeline);
    announcements_release(rehearsal->announcements);
    store_close(rehearsal->store);
    source_set_close(sources);
    free(rehearsal);
    return fine;
}

int main(int argc, char **argv)
{
    struct problem problem = {""};
    size_t failed = 0, announced = 0;
    if (argc < 4)
        return 2;
    int factor = atoi(argv[2]);
    struct catalog *catalog = catalog_load(NULL, 0, &problem);
    if (catalog == NULL)
        return 2;
    for (int i = 3; i < argc; i++)
        failed +=
            !rehearse(catalog, argv[i], atoi(argv[1]) * NANOSECONDS_PER_SECOND, factor, &announced);
    if (failed == 0)
        printf(
            "PASS: announce: %d captures, %d times as slow: %zu findings announced at %s seconds, "
            "none falsely\n",
            argc - 3, factor, announced, argv[1]);
    catalog_release(catalog);
    return failed != 0;
}
