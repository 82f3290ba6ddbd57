/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sums of many judgements: counted by kind, printed as tables; and the list of
 * what failed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge.h"

struct tally_row *tally_row(struct tally *tally, const char *kind)
{
    for (size_t i = 0; i < tally->row_count; i++)
        if (strncmp(tally->rows[i].kind, kind, TALLY_KIND_SIZE - 1) == 0)
            return &tally->rows[i];
    if (tally->row_count == TALLY_KINDS)
        return &tally->rows[TALLY_KINDS - 1];
    struct tally_row *row = &tally->rows[tally->row_count++];
    snprintf(row->kind, sizeof row->kind, "%s", kind);
    return row;
}

struct tally_row tally_sum(const struct tally *tally)
{
    struct tally_row sum = {0};
    for (size_t i = 0; i < tally->row_count; i++) {
        const struct tally_row *row = &tally->rows[i];
        sum.labelled += row->labelled;
        sum.found += row->found;
        sum.accused += row->accused;
        for (int group = 0; group < JUDGE_GROUPS; group++) {
            sum.asked[group] += row->asked[group];
            sum.right[group] += row->right[group];
        }
    }
    return sum;
}

static void print_share(unsigned part, unsigned whole, int width)
{
    char text[32] = "-";
    if (whole > 0)
        snprintf(text, sizeof text, "%u/%u", part, whole);
    printf(" %*s", width, text);
}

static void print_numbers(const struct tally_row *row)
{
    print_share(row->found, row->labelled, 9);
    printf(" %5u", row->accused);
    for (int group = 0; group < JUDGE_GROUPS; group++)
        print_share(row->right[group], row->asked[group], 9);
}

static void print_row(const char *name, const struct tally_row *row)
{
    printf("%-27s", name);
    print_numbers(row);
    putchar('\n');
}

static int compare_rows(const void *left, const void *right)
{
    return strcmp(((const struct tally_row *)left)->kind, ((const struct tally_row *)right)->kind);
}

void tally_print(const struct tally *tally, size_t captures)
{
    struct tally sorted = *tally;
    qsort(sorted.rows, sorted.row_count, sizeof *sorted.rows, compare_rows);
    printf("\n%-27s %9s %5s %9s %9s %9s %9s %9s\n", "finding", "found", "false", "culprit",
           "devices", "detail", "names", "severity");
    for (size_t i = 0; i < sorted.row_count; i++)
        print_row(sorted.rows[i].kind, &sorted.rows[i]);
    struct tally_row sum = tally_sum(tally);
    print_row("all", &sum);
    printf("verdicts right: %u of %u; captures: %zu\n", tally->verdicts_right, tally->verdicts,
           captures);
}

void tally_print_variant(const char *variant, const struct tally *tally)
{
    if (tally == NULL) {
        printf("\n%-19s %8s %9s %5s %9s %9s %9s %9s %9s\n", variant, "verdicts", "found", "false",
               "culprit", "devices", "detail", "names", "severity");
        return;
    }
    struct tally_row sum = tally_sum(tally);
    printf("%-19s", variant);
    print_share(tally->verdicts_right, tally->verdicts, 8);
    print_numbers(&sum);
    putchar('\n');
}

void failures_release(struct failures *failures)
{
    for (size_t i = 0; i < failures->count; i++)
        free(failures->list[i].text);
    free(failures->list);
    memset(failures, 0, sizeof *failures);
}

static bool add_failure(struct failures *failures, char *text, bool accuses)
{
    for (size_t i = 0; i < failures->count; i++)
        if (strcmp(failures->list[i].text, text) == 0)
            return false;
    struct failure *list = realloc(failures->list, (failures->count + 1) * sizeof *list);
    if (list == NULL) {
        failures->failed = true;
        return false;
    }
    list[failures->count++] = (struct failure){text, accuses};
    failures->list = list;
    return true;
}

void failures_add(struct failures *failures, const char *subject, bool accuses, const char *format,
                  ...)
{
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    struct text text = {0};
    text_add_format(&text, "%s %s", subject, what);
    failures->failed = failures->failed || text.failed;
    if (text.failed || !add_failure(failures, text.data, accuses))
        text_release(&text);
}
