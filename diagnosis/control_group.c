/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The marks of time of each host, by address: looked up, and judged where they are wholly
 * within the time asked for.
 */
#include "diagnosis/control_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

bool control_group_take(struct ledger *ledger, const struct fact_host *host)
{
    if (host->other_times == NULL || host->other_span == 0 || host->other_span > INT64_MAX / 2 ||
        host->other_start < 0)
        return true;
    struct other_run *runs = array_grow(ledger->other_runs, ledger->other_run_count,
                                        &ledger->other_run_capacity, sizeof *runs);
    if (runs == NULL)
        return false;
    ledger->other_runs = runs;
    runs[ledger->other_run_count++] =
        (struct other_run){.host = host->address,
                           .start = host->other_start,
                           .span = (int64_t)host->other_span,
                           .marks = arena_copy(ledger->arena, host->other_times)};
    return true;
}

static int compare_runs(const void *left, const void *right)
{
    const struct other_run *one = left, *two = right;
    int order = address_compare(&one->host, &two->host);
    return order != 0 ? order : (one->start > two->start) - (one->start < two->start);
}

void control_group_sort(struct ledger *ledger)
{
    if (ledger->other_run_count > 1)
        qsort(ledger->other_runs, ledger->other_run_count, sizeof *ledger->other_runs,
              compare_runs);
}

static int compare_run_to_host(const void *run, const void *host)
{
    return address_compare(&((const struct other_run *)run)->host, host);
}

/* The first run of that host, or where it would be. */
static size_t host_begin(const struct ledger *ledger, const struct address *host)
{
    return array_first(ledger->other_runs, ledger->other_run_count, sizeof *ledger->other_runs,
                       compare_run_to_host, host);
}

/* What one run adds; a mark that reaches beyond the time may be of what was outside. */
static void run_judge(const struct other_run *run, int64_t first, int64_t last, bool *within,
                      bool *touching, bool *failed)
{
    int64_t start = run->start;
    for (const char *mark = run->marks; *mark != '\0'; mark++) {
        int64_t end = start > INT64_MAX - run->span ? INT64_MAX : start + run->span;
        bool answered = *mark == OTHER_ANSWERED || *mark == OTHER_BOTH;
        if (start <= last && end > first) {
            *touching = *touching || answered;
            *failed = *failed || *mark == OTHER_FAILED || *mark == OTHER_BOTH;
            *within = *within || (answered && start >= first && end <= last);
        }
        start = end;
    }
}

enum others others_between(const struct ledger *ledger, const struct address *client, int64_t first,
                           int64_t last)
{
    bool within = false, touching = false, failed = false;
    for (size_t i = host_begin(ledger, client);
         i < ledger->other_run_count && address_equal(&ledger->other_runs[i].host, client); i++)
        if (ledger->other_runs[i].marks != NULL)
            run_judge(&ledger->other_runs[i], first, last, &within, &touching, &failed);
    if (within)
        return OTHERS_ANSWERED;
    return failed && !touching ? OTHERS_FAILED : OTHERS_UNKNOWN;
}
