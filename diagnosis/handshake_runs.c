/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failures of handshakes, joined into runs by what worked between them.
 */
#include "diagnosis/handshake_runs.h"

#include <stdlib.h>

#include "diagnosis/outages.h"

/* Where the client itself refuses, it may be one program among several. */
#define REFUSALS_NEEDED 3
#define REFUSALS_SPAN (60 * NANOSECONDS_PER_SECOND)
#define STALLS_NEEDED_ALONE 3 /* where nothing else of Apple's was tried meanwhile */

static bool is_kin(const struct handshake_group *one, const struct handshake_group *two)
{
    return address_equal(&one->client, &two->client) && one->row == two->row &&
           one->port == two->port && one->end == two->end && one->alert == two->alert &&
           one->alert_from == two->alert_from && handshake_same_name(one->name, two->name);
}

static int compare_failures(const void *left, const void *right)
{
    const struct handshake_failure *one = left, *two = right;
    return (one->time > two->time) - (one->time < two->time);
}

/* The failures of the group and its kin, in order of time; the groups of one client lie
 * together. NULL: memory is out. */
static struct handshake_failure *failures_gather(const struct handshake_results *results,
                                                 const struct handshake_group *group, size_t *count)
{
    size_t begin = (size_t)(group - results->groups), total = 0;
    while (begin > 0 && address_equal(&results->groups[begin - 1].client, &group->client))
        begin--;
    size_t end = begin;
    for (;
         end < results->group_count && address_equal(&results->groups[end].client, &group->client);
         end++)
        total += is_kin(&results->groups[end], group) ? results->groups[end].count : 0;
    struct handshake_failure *list = calloc(total + 1, sizeof *list); /* never of nothing */
    *count = 0;
    for (size_t i = begin; i < end && list != NULL; i++)
        for (size_t each = 0; is_kin(&results->groups[i], group) && each < results->groups[i].count;
             each++)
            list[(*count)++] = results->failures[results->groups[i].first_failure + each];
    if (list != NULL)
        qsort(list, *count, sizeof *list, compare_failures);
    return list;
}

static bool is_between(int64_t time, int64_t first, int64_t last)
{
    return time != TIMESTAMP_NONE && time >= first && time < last;
}

/* The failures from `at` up to the next success are one run. */
static size_t run_fill(struct handshake_run *run, const struct handshake_group *group,
                       const struct handshake_failure *list, size_t at, size_t count)
{
    *run = (struct handshake_run){.first_time = list[at].time, .one_program = true};
    bool over = false;
    for (; at < count && !over; at++) {
        const struct handshake_failure *next = at + 1 < count ? &list[at + 1] : NULL;
        run->count++;
        run->last_time = list[at].time;
        run->one_program = run->one_program && list[at].program == group->program;
        over = list[at].next_success != TIMESTAMP_NONE &&
               (next == NULL || list[at].next_success < next->time);
        if (!over && next != NULL)
            run->others_worked =
                run->others_worked || is_between(list[at].next_other, list[at].time, next->time);
    }
    run->over = over;
    return at;
}

bool handshake_runs_read(struct handshake_runs *runs, const struct handshake_results *results,
                         const struct handshake_group *group)
{
    size_t count;
    struct handshake_failure *list = failures_gather(results, group, &count);
    *runs = (struct handshake_runs){0};
    if (list == NULL)
        return false;
    runs->list = calloc(count + 1, sizeof *runs->list);
    bool worked = is_between(group->first_completed, INT64_MIN, list[0].time);
    for (size_t at = 0; runs->list != NULL && at < count;) {
        struct handshake_run *run = &runs->list[runs->count++];
        at = run_fill(run, group, list, at, count);
        run->worked_before = worked;
        worked = worked || run->over;
    }
    free(list);
    return runs->list != NULL;
}

bool handshake_run_lasts(const struct handshake_run *run, const struct handshake_group *group)
{
    if (!outage_lasts(run->count, run->first_time, run->last_time))
        return false;
    if (group->end == HANDSHAKE_STALLED)
        return run->others_worked || run->count >= STALLS_NEEDED_ALONE;
    if (group->alert_from != PARTY_CLIENT)
        return run->worked_before || run->over;
    return run->one_program && group->same_program && run->count >= REFUSALS_NEEDED &&
           run->last_time - run->first_time >= REFUSALS_SPAN;
}

bool handshake_run_part(const struct handshake_results *results,
                        const struct handshake_group *group, const struct handshake_run *run,
                        struct handshake_group *part)
{
    *part = *group;
    part->count = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct handshake_failure *failure = &results->failures[group->first_failure + i];
        if (failure->time < run->first_time || failure->time > run->last_time)
            continue;
        if (part->count == 0)
            part->first_time = failure->time;
        if (part->count < HANDSHAKE_EXAMPLES)
            part->examples[part->count] = failure->example;
        part->last_time = failure->example.last_time;
        part->count++;
    }
    part->completed = 0;
    part->served = group->served || run->over;
    return part->count > 0;
}
