/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When did what work?  The time of the captures is cut into equal buckets of a round
 * length; attempts come in one by one and are counted by bucket and category.  Times
 * between captures, which nothing covers, are kept as gaps.
 */
#include "diagnosis/timeline.h"

#include <stdlib.h>
#include <string.h>

#define GAP_SHORTEST NANOSECONDS_PER_SECOND /* between files of one capture there is some */

/* Lengths of a bucket that people think in. */
static const int64_t bucket_milliseconds[] = {
    10,      20,      50,       100,      200,      500,      1000,      2000,      5000,
    10000,   15000,   30000,    60000,    120000,   300000,   600000,    900000,    1800000,
    3600000, 7200000, 14400000, 21600000, 43200000, 86400000, 172800000, 604800000, 2592000000};

static int64_t bucket_length(int64_t span)
{
    size_t count = sizeof bucket_milliseconds / sizeof bucket_milliseconds[0];
    for (size_t i = 0; i < count; i++) {
        int64_t length = bucket_milliseconds[i] * NANOSECONDS_PER_MILLISECOND;
        if (span / length < TIMELINE_BUCKET_LIMIT - 1)
            return length;
    }
    return span / (TIMELINE_BUCKET_LIMIT - 1) + 1;
}

static bool source_has_times(const struct fact_source *source)
{
    return source->packets > 0 && source->first_time != TIMESTAMP_NONE &&
           source->last_time != TIMESTAMP_NONE && source->last_time >= source->first_time;
}

static int compare_sources(const void *left, const void *right)
{
    const struct fact_source *one = *(const struct fact_source *const *)left;
    const struct fact_source *two = *(const struct fact_source *const *)right;
    if (one->first_time != two->first_time)
        return one->first_time < two->first_time ? -1 : 1;
    return one->last_time < two->last_time ? -1 : one->last_time > two->last_time;
}

static void timeline_add_gap(struct timeline *timeline, int64_t first, int64_t last)
{
    if (last - first < GAP_SHORTEST)
        return;
    if (timeline->gap_count == TIMELINE_GAP_LIMIT) {
        timeline->gaps_left_out++;
        return;
    }
    timeline->gaps[timeline->gap_count++] = (struct timeline_gap){first, last};
}

/* Begin and end of all captures, and the times between them. */
static bool timeline_span(struct diagnosis *diagnosis, int64_t *first, int64_t *last)
{
    struct timeline *timeline = &diagnosis->timeline;
    const struct fact_source **order = arena_allocate(
        &diagnosis->arena, (diagnosis->source_count + 1) * sizeof(const struct fact_source *));
    size_t count = 0;
    if (order == NULL)
        return false;
    for (size_t i = 0; i < diagnosis->source_count; i++)
        if (source_has_times(&diagnosis->sources[i]))
            order[count++] = &diagnosis->sources[i];
    if (count == 0)
        return false;
    qsort(order, count, sizeof *order, compare_sources);
    *first = order[0]->first_time;
    *last = order[0]->last_time;
    for (size_t i = 1; i < count; i++) {
        if (order[i]->first_time > *last)
            timeline_add_gap(timeline, *last, order[i]->first_time);
        if (order[i]->last_time > *last)
            *last = order[i]->last_time;
    }
    return true;
}

/* One row for each category, in the catalogue's order; the last one takes what is too many. */
static void timeline_rows(struct timeline_tally *tally, const struct catalog *catalog)
{
    struct timeline *timeline = tally->timeline;
    for (size_t i = 0; i < tally->row_of_count; i++) {
        const char *category = catalog_service(catalog, i)->category;
        size_t row = 0;
        while (row < timeline->row_count && strcmp(timeline->rows[row].category, category) != 0)
            row++;
        if (row == TIMELINE_ROW_LIMIT) {
            row--;
            timeline->rows[row].category = "others";
        } else if (row == timeline->row_count) {
            timeline->rows[timeline->row_count++].category = category;
        }
        tally->row_of[i] = (uint8_t)row;
    }
}

void timeline_begin(struct diagnosis *diagnosis, struct ledger *ledger)
{
    struct timeline *timeline = &diagnosis->timeline;
    struct arena *arena = &diagnosis->arena;
    const struct fact_selection *selection = ledger->selection;
    int64_t first, last;
    if (!timeline_span(diagnosis, &first, &last))
        return;
    if (selection != NULL && selection->since != TIMESTAMP_NONE && selection->since > first)
        first = selection->since;
    if (selection != NULL && selection->until != TIMESTAMP_NONE && selection->until < last)
        last = selection->until;
    struct timeline_tally *tally = arena_allocate(arena, sizeof *tally);
    size_t services = catalog_count(ledger->catalog);
    uint8_t *row_of = arena_allocate(arena, services + 1);
    timeline->rows = arena_allocate(arena, TIMELINE_ROW_LIMIT * sizeof *timeline->rows);
    if (last < first || tally == NULL || row_of == NULL || timeline->rows == NULL)
        return;
    *tally = (struct timeline_tally){timeline, row_of, services};
    timeline_rows(tally, ledger->catalog);
    timeline->step = bucket_length(last - first);
    timeline->first = first - ((first % timeline->step) + timeline->step) % timeline->step;
    timeline->bucket_count = (size_t)((last - timeline->first) / timeline->step) + 1;
    if (timeline->bucket_count > TIMELINE_BUCKET_LIMIT)
        timeline->bucket_count = TIMELINE_BUCKET_LIMIT;
    ledger->times = tally;
}

void timeline_note(const struct ledger *ledger, size_t row, int64_t time, enum attempt attempt)
{
    const struct timeline_tally *tally = ledger->times;
    if (tally == NULL || row >= tally->row_of_count || attempt == ATTEMPT_UNDECIDED ||
        time < tally->timeline->first)
        return;
    size_t bucket = (size_t)((time - tally->timeline->first) / tally->timeline->step);
    if (bucket >= tally->timeline->bucket_count)
        return;
    struct timeline_row *to = &tally->timeline->rows[tally->row_of[row]];
    bool good = attempt == ATTEMPT_SUCCESS;
    uint32_t *count = good ? &to->successes[bucket] : &to->failures[bucket];
    *count += *count < UINT32_MAX;
    to->success_count += good;
    to->failure_count += !good;
}

void timeline_finish(struct diagnosis *diagnosis)
{
    struct timeline *timeline = &diagnosis->timeline;
    size_t kept = 0;
    for (size_t i = 0; i < timeline->row_count; i++)
        if (timeline->rows[i].success_count + timeline->rows[i].failure_count > 0)
            timeline->rows[kept++] = timeline->rows[i];
    timeline->row_count = kept;
}
