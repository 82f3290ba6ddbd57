/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates that were shown, in the order of client, name and time.
 */
#include "diagnosis/chain_times.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

bool chain_times_note(struct chain_times *times, const struct chain_time *seen)
{
    struct chain_time *list = array_grow(times->list, times->count, &times->capacity, sizeof *list);
    if (list == NULL)
        return false;
    times->list = list;
    list[times->count++] = *seen;
    return true;
}

/* By what makes them comparable: a filter may exempt one name of a row and not another. */
static int compare_kin(const struct chain_time *one, const struct chain_time *two)
{
    int order = address_compare(&one->client, &two->client);
    if (order == 0)
        order = (one->row > two->row) - (one->row < two->row);
    if (order == 0 && (one->name == NULL || two->name == NULL))
        return (one->name != NULL) - (two->name != NULL);
    return order != 0 ? order : strcmp(one->name, two->name);
}

static int compare_times(const void *left, const void *right)
{
    const struct chain_time *one = left, *two = right;
    int order = compare_kin(one, two);
    return order != 0 ? order : (one->time > two->time) - (one->time < two->time);
}

/* From `first` up to `end` all is of one client and name. */
static void kin_settle(struct builder *builder, const struct chain_time *first,
                       const struct chain_time *end)
{
    bool genuine = false;
    for (const struct chain_time *each = first; each < end; each++)
        genuine = genuine || each->draft == NULL;
    for (const struct chain_time *each = first; each < end && genuine;) {
        const struct chain_time *next = each;
        while (next < end && next->draft == each->draft)
            next++;
        struct period period = {each->time, next[-1].time, next < end};
        if (each->draft != NULL)
            draft_period(builder, each->draft, &period);
        each = next;
    }
}

void chain_times_settle(struct chain_times *times, struct builder *builder)
{
    if (times->count > 1)
        qsort(times->list, times->count, sizeof *times->list, compare_times);
    for (size_t i = 0, next; i < times->count; i = next) {
        for (next = i;
             next < times->count && compare_kin(&times->list[i], &times->list[next]) == 0;)
            next++;
        kin_settle(builder, &times->list[i], &times->list[next]);
    }
}
