/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed between two diagnoses, all in all, and in the coverage of Apple's list?
 * Findings: comparison_findings.c; devices: comparison_devices.c.
 */
#include "diagnosis/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "diagnosis/comparison_private.h"

const char *change_word(enum change change)
{
    static const char *const words[CHANGE_COUNT] = {[CHANGE_NOT_COMPARABLE] = "not-comparable",
                                                    [CHANGE_SAME] = "unchanged",
                                                    [CHANGE_MENDED] = "mended",
                                                    [CHANGE_BETTER] = "better",
                                                    [CHANGE_WORSE] = "worse",
                                                    [CHANGE_NEW] = "new"};
    return words[change];
}

static bool same_row(const struct coverage *left, const struct coverage *right)
{
    return left->port == right->port && left->transport == right->transport &&
           strcmp(left->host, right->host) == 0 && strcmp(left->category, right->category) == 0;
}

static bool fails(const struct coverage *row)
{
    return row->status == COVERAGE_FAILING || row->status == COVERAGE_PARTIAL;
}

static enum change judge_row(struct coverage_change *change)
{
    const struct coverage *before = change->before;
    const struct coverage *after = change->after;
    if (before == NULL || after == NULL) {
        change->reason = before == NULL ? "Not in the list before." : "Not in the list afterwards.";
        return CHANGE_NOT_COMPARABLE;
    }
    if (before->status == COVERAGE_UNSEEN || after->status == COVERAGE_UNSEEN) {
        change->reason = before->status == after->status     ? "Not contacted on either side."
                         : before->status == COVERAGE_UNSEEN ? "Not contacted before."
                                                             : "Not contacted afterwards.";
        return CHANGE_NOT_COMPARABLE;
    }
    if (before->status == after->status)
        return CHANGE_SAME;
    if (!fails(after))
        return CHANGE_MENDED;
    if (!fails(before))
        return CHANGE_NEW;
    return after->status == COVERAGE_FAILING ? CHANGE_WORSE : CHANGE_BETTER;
}

static void add_row(struct comparison *comparison, const struct coverage *before,
                    const struct coverage *after)
{
    struct coverage_change *change = &comparison->coverage[comparison->coverage_count++];
    change->before = before;
    change->after = after;
    change->change = judge_row(change);
}

/* Both lists are nearly always the same one: the row is looked for where it would be. */
static const struct coverage *row_on(const struct diagnosis *side, const struct coverage *row,
                                     size_t guess)
{
    if (guess < side->coverage_count && same_row(&side->coverage[guess], row))
        return &side->coverage[guess];
    for (size_t i = 0; i < side->coverage_count; i++)
        if (same_row(&side->coverage[i], row))
            return &side->coverage[i];
    return NULL;
}

static void compare_coverage(struct comparison *comparison)
{
    const struct diagnosis *before = comparison->before;
    const struct diagnosis *after = comparison->after;
    size_t count = before->coverage_count + after->coverage_count;
    comparison->coverage =
        arena_allocate(&comparison->arena, (count + 1) * sizeof *comparison->coverage);
    if (comparison->coverage == NULL)
        return;
    for (size_t i = 0; i < before->coverage_count; i++)
        add_row(comparison, &before->coverage[i], row_on(after, &before->coverage[i], i));
    for (size_t i = 0; i < after->coverage_count; i++)
        if (row_on(before, &after->coverage[i], i) == NULL)
            add_row(comparison, NULL, &after->coverage[i]);
}

/* Changes of one kind among warnings and worse; notes are about captures. */
static size_t count_serious(const struct comparison *comparison, enum change change)
{
    size_t count = 0;
    for (size_t i = 0; i < comparison->finding_count; i++) {
        const struct finding_change *one = &comparison->findings[i];
        count +=
            one->change == change && finding_counts(one->after != NULL ? one->after : one->before);
    }
    return count;
}

static void add_count(struct text *sentence, size_t count, const char *words)
{
    if (count == 0)
        return;
    text_add_format(sentence, "%s%zu %s", sentence->length > 0 ? ", " : "", count, words);
}

static void conclude(struct comparison *comparison)
{
    size_t counts[CHANGE_COUNT];
    struct text sentence = {0};
    for (int change = 0; change < CHANGE_COUNT; change++)
        counts[change] = count_serious(comparison, (enum change)change);
    if (counts[CHANGE_NEW] + counts[CHANGE_WORSE] > 0)
        comparison->outcome = CHANGE_WORSE;
    else if (counts[CHANGE_MENDED] + counts[CHANGE_BETTER] > 0)
        comparison->outcome =
            counts[CHANGE_BETTER] + counts[CHANGE_SAME] + counts[CHANGE_NOT_COMPARABLE] > 0
                ? CHANGE_BETTER
                : CHANGE_MENDED;
    else if (counts[CHANGE_NOT_COMPARABLE] > 0 ||
             comparison->before->verdict == VERDICT_INCONCLUSIVE ||
             comparison->after->verdict == VERDICT_INCONCLUSIVE)
        comparison->outcome = CHANGE_NOT_COMPARABLE;
    else
        comparison->outcome = CHANGE_SAME;
    add_count(&sentence, counts[CHANGE_NEW], "new");
    add_count(&sentence, counts[CHANGE_WORSE], "worse");
    add_count(&sentence, counts[CHANGE_MENDED], "mended");
    add_count(&sentence, counts[CHANGE_BETTER], "better");
    add_count(&sentence, counts[CHANGE_SAME], "unchanged");
    add_count(&sentence, counts[CHANGE_NOT_COMPARABLE], "not comparable");
    comparison->sentence = arena_format(
        &comparison->arena, "%s before, %s afterwards. %s%s.",
        verdict_word(comparison->before->verdict), verdict_word(comparison->after->verdict),
        sentence.length > 0 ? "Findings: " : "No findings on either side", text_content(&sentence));
    comparison->arena.failed = comparison->arena.failed || sentence.failed;
    text_release(&sentence);
}

struct comparison *comparison_make(const struct diagnosis *before, const struct diagnosis *after)
{
    struct comparison *comparison = calloc(1, sizeof *comparison);
    if (comparison == NULL)
        return NULL;
    comparison->before = before;
    comparison->after = after;
    comparison_match_twins(comparison);
    if (!comparison->arena.failed)
        comparison_match_findings(comparison);
    compare_coverage(comparison);
    if (!comparison->arena.failed)
        comparison_match_devices(comparison);
    conclude(comparison);
    if (!comparison->arena.failed)
        return comparison;
    comparison_release(comparison);
    return NULL;
}

void comparison_release(struct comparison *comparison)
{
    if (comparison == NULL)
        return;
    arena_release(&comparison->arena);
    free(comparison);
}

size_t comparison_findings(const struct comparison *comparison, enum change change)
{
    size_t count = 0;
    for (size_t i = 0; i < comparison->finding_count; i++)
        count += comparison->findings[i].change == change;
    return count;
}

size_t comparison_rows(const struct comparison *comparison, enum change change)
{
    size_t count = 0;
    for (size_t i = 0; i < comparison->coverage_count; i++)
        count += comparison->coverage[i].change == change;
    return count;
}

size_t comparison_devices(const struct comparison *comparison, enum change change)
{
    size_t count = 0;
    for (size_t i = 0; i < comparison->device_count; i++)
        count += comparison->devices[i].change == change;
    return count;
}
