/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread sleeps until a snapshot is there, moves its connection's view of the
 * database on to it, diagnoses, and leaves lines and a view behind for the other
 * thread to take.  A diagnosis that takes longer than the interval delays the next one.
 */
#include "program/watch_reporter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "diagnosis/diagnose.h"
#include "program/announcements.h"
#include "program/memory.h"
#include "program/thread.h"

struct watch_reporter {
    struct store *store;
    const struct preparation *preparation;
    int64_t window;
    struct announcements *announcements; /* the thread's own */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t asked;
    /* Under the lock. */
    bool due;
    bool busy;
    bool end;
    bool news;
    struct text lines;
    struct watch_view view;
};

struct watch_reporter *watch_reporter_create(const struct store *writer,
                                             const struct preparation *preparation, int64_t window,
                                             struct problem *problem)
{
    struct watch_reporter *reporter = calloc(1, sizeof *reporter);
    if (reporter == NULL) {
        problem_set(problem, "memory is out; end other programs");
        return NULL;
    }
    reporter->preparation = preparation;
    reporter->window = window;
    pthread_mutex_init(&reporter->lock, NULL);
    pthread_cond_init(&reporter->asked, NULL);
    reporter->announcements = announcements_create();
    if (reporter->announcements == NULL)
        problem_set(problem, "memory is out; end other programs");
    else
        reporter->store = store_open_beside(writer, problem);
    if (reporter->store != NULL && store_rest(reporter->store, problem))
        return reporter;
    watch_reporter_release(reporter);
    return NULL;
}

/* The worse of two rows of one category; what was not seen says nothing. */
static enum coverage_status status_of_both(enum coverage_status one, enum coverage_status other)
{
    if (one == COVERAGE_UNSEEN)
        return other;
    if (other == COVERAGE_UNSEEN || one == other)
        return one;
    return COVERAGE_PARTIAL;
}

static struct watch_category *category_find(struct watch_view *view, const char *name)
{
    for (size_t i = 0; i < view->category_count; i++)
        if (strcmp(view->categories[i].name, name) == 0)
            return &view->categories[i];
    if (view->category_count == WATCH_CATEGORY_LIMIT)
        return NULL;
    struct watch_category *category = &view->categories[view->category_count++];
    *category = (struct watch_category){.status = COVERAGE_UNSEEN};
    strncpy(category->name, name, sizeof category->name - 1);
    return category;
}

static void view_categories(struct watch_view *view, const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->coverage_count; i++) {
        const struct coverage *row = &diagnosis->coverage[i];
        struct watch_category *category = category_find(view, row->category);
        if (category == NULL || row->retired)
            continue;
        category->status = status_of_both(category->status, row->status);
        category->attempts += row->attempts;
        category->successes += row->successes;
    }
}

static void view_finding(struct watch_view *view, const struct finding *finding)
{
    struct text text = {0};
    if (view->finding_count == WATCH_FINDING_LIMIT)
        return;
    struct watch_finding *shown = &view->findings[view->finding_count++];
    *shown = (struct watch_finding){.severity = finding->severity,
                                    .ongoing = finding->ongoing != ONGOING_NO,
                                    .devices = finding_devices(finding),
                                    .last_seen = finding->last_seen};
    text_add_format(&text, "%s: ", finding->kind);
    text_add_printable(&text, finding->summary != NULL ? finding->summary : "");
    strncpy(shown->text, text_content(&text), sizeof shown->text - 1);
    text_release(&text);
}

static void view_fill(struct watch_view *view, const struct diagnosis *diagnosis,
                      const struct announcements *announcements)
{
    *view = (struct watch_view){.known = true, .finding_total = diagnosis->finding_count};
    view->has_verdict = announcements_verdict(announcements, &view->verdict);
    view->devices = diagnosis->device_count;
    view_categories(view, diagnosis);
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (diagnosis->findings[i].ongoing != ONGOING_NO)
            view_finding(view, &diagnosis->findings[i]);
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (diagnosis->findings[i].ongoing == ONGOING_NO)
            view_finding(view, &diagnosis->findings[i]);
}

/* A problem is told as a line: the capture goes on, and the next diagnosis may succeed. */
static void diagnose_once(struct watch_reporter *reporter)
{
    struct problem problem = {""};
    struct watch_view view = {.known = false};
    struct text lines = {0};
    int64_t now = (int64_t)time(NULL) * NANOSECONDS_PER_SECOND;
    struct fact_selection selection = {now - reporter->window, TIMESTAMP_NONE, NULL};
    struct diagnosis_settings settings = {.catalog = reporter->preparation->catalog,
                                          .selection = &selection,
                                          .places = reporter->preparation->places,
                                          .trust = reporter->preparation->trust};
    struct diagnosis *diagnosis = NULL;
    if (store_refresh(reporter->store, &problem))
        diagnosis = diagnose(reporter->store, &settings, &problem);
    if (diagnosis != NULL &&
        !analysis_anonymize(reporter->preparation, reporter->store, diagnosis, &problem)) {
        diagnosis_release(diagnosis);
        diagnosis = NULL;
    }
    if (!store_rest(reporter->store, &problem)) {
        diagnosis_release(diagnosis);
        diagnosis = NULL;
    }
    if (diagnosis != NULL) {
        announcements_take(reporter->announcements, diagnosis, now, &lines);
        view_fill(&view, diagnosis, reporter->announcements);
        diagnosis_release(diagnosis);
    } else {
        text_add_format(&lines, "no diagnosis this time: %s\n", problem.text);
    }
    pthread_mutex_lock(&reporter->lock);
    text_add(&reporter->lines, text_content(&lines));
    if (view.known)
        reporter->view = view;
    reporter->news = true;
    pthread_mutex_unlock(&reporter->lock);
    text_release(&lines);
}

static void *run_reporter(void *owner)
{
    struct watch_reporter *reporter = owner;
    pthread_mutex_lock(&reporter->lock);
    while (!reporter->end) {
        if (!reporter->due) {
            pthread_cond_wait(&reporter->asked, &reporter->lock);
            continue;
        }
        reporter->due = false;
        reporter->busy = true;
        pthread_mutex_unlock(&reporter->lock);
        diagnose_once(reporter);
        memory_give_back(); /* pages that a few allocations hold add up, in days */
        pthread_mutex_lock(&reporter->lock);
        reporter->busy = false;
    }
    pthread_mutex_unlock(&reporter->lock);
    return NULL;
}

bool watch_reporter_start(struct watch_reporter *reporter, struct problem *problem)
{
    reporter->started = thread_start(&reporter->thread, run_reporter, reporter);
    return reporter->started ||
           problem_set(problem, "no thread can be made; raise the limit of threads");
}

void watch_reporter_ask(struct watch_reporter *reporter)
{
    pthread_mutex_lock(&reporter->lock);
    reporter->due = true;
    pthread_cond_signal(&reporter->asked);
    pthread_mutex_unlock(&reporter->lock);
}

bool watch_reporter_is_busy(struct watch_reporter *reporter)
{
    pthread_mutex_lock(&reporter->lock);
    bool busy = reporter->due || reporter->busy;
    pthread_mutex_unlock(&reporter->lock);
    return busy;
}

bool watch_reporter_collect(struct watch_reporter *reporter, struct text *lines,
                            struct watch_view *view)
{
    pthread_mutex_lock(&reporter->lock);
    bool news = reporter->news;
    if (news) {
        text_add(lines, text_content(&reporter->lines));
        text_clear(&reporter->lines);
        *view = reporter->view;
        reporter->news = false;
    }
    pthread_mutex_unlock(&reporter->lock);
    return news;
}

void watch_reporter_release(struct watch_reporter *reporter)
{
    if (reporter == NULL)
        return;
    if (reporter->started) {
        pthread_mutex_lock(&reporter->lock);
        reporter->end = true;
        pthread_cond_signal(&reporter->asked);
        pthread_mutex_unlock(&reporter->lock);
        pthread_join(reporter->thread, NULL);
    }
    store_close(reporter->store);
    announcements_release(reporter->announcements);
    text_release(&reporter->lines);
    pthread_cond_destroy(&reporter->asked);
    pthread_mutex_destroy(&reporter->lock);
    free(reporter);
}
