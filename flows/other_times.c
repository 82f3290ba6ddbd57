/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks on a line of time that grows at either end, and is folded in two when it is full.
 */
#include "flows/other_times.h"

#include <string.h>

#include "base/timestamp.h"

#define SPAN_LEAST (15 * 60 * NANOSECONDS_PER_SECOND)
#define REACH_LIMIT (INT64_MAX / 2)

#define MARK_ANSWERED 1
#define MARK_FAILED 2

static void times_fold(struct other_times *times)
{
    uint8_t folded[OTHER_TIMES_LIMIT] = {0};
    int64_t span = times->span * 2;
    int64_t start = times->start - times->start % span;
    size_t offset = start < times->start ? 1 : 0;
    for (size_t i = 0; i < OTHER_TIMES_LIMIT; i++)
        if (times->marks[i] != 0) /* the last one, moved on, has its place: (95 + 1) / 2 */
            folded[(i + offset) / 2] |= times->marks[i];
    memcpy(times->marks, folded, sizeof folded);
    times->start = start;
    times->span = span;
}

static size_t times_used(const struct other_times *times)
{
    size_t used = OTHER_TIMES_LIMIT;
    while (used > 0 && times->marks[used - 1] == 0)
        used--;
    return used;
}

/* Makes room before the first mark, if there is enough behind the last. */
static bool times_move(struct other_times *times, int64_t time)
{
    int64_t missing = (times->start - time + times->span - 1) / times->span;
    size_t used = times_used(times);
    if (missing > (int64_t)(OTHER_TIMES_LIMIT - used))
        return false;
    memmove(times->marks + missing, times->marks, used);
    memset(times->marks, 0, (size_t)missing);
    times->start -= missing * times->span;
    return true;
}

void other_times_note(struct other_times *times, int64_t time, bool answered)
{
    if (time < 0)
        return;
    if (times->span == 0) {
        times->span = SPAN_LEAST;
        times->start = time - time % SPAN_LEAST;
    }
    if (time - times->start > REACH_LIMIT || times->start - time > REACH_LIMIT)
        return;
    while (time < times->start && !times_move(times, time))
        times_fold(times);
    while ((time - times->start) / times->span >= OTHER_TIMES_LIMIT)
        times_fold(times);
    times->marks[(time - times->start) / times->span] |= answered ? MARK_ANSWERED : MARK_FAILED;
}

void other_times_print(const struct other_times *times, char text[OTHER_TIMES_LIMIT + 1])
{
    static const char words[] = {OTHER_NONE, OTHER_ANSWERED, OTHER_FAILED, OTHER_BOTH};
    size_t used = times_used(times);
    for (size_t i = 0; i < used; i++)
        text[i] = words[times->marks[i]];
    text[used] = '\0';
}
