/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the program know of networks without a database?  The lines of
 * catalog/places.tsv come in once; then an address or a number comes in, and its row
 * goes out.  A few hundred rows, read from the start each time.
 */
#include "catalog/places_table.h"

#include <stdlib.h>
#include <string.h>

static const char *const lines[] = {
#include "catalog/places.inc"
};

#define LINE_COUNT (sizeof lines / sizeof lines[0])
#define FIELD_COUNT 5u

/* Cuts the line at its tabs, in place; false unless all fields are there. */
static bool split(char *line, char *fields[FIELD_COUNT])
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        fields[i] = line;
        char *tab = strchr(line, '\t');
        if (tab == NULL)
            return i + 1 == FIELD_COUNT;
        *tab = '\0';
        line = tab + 1;
    }
    return false;
}

static bool read_owner(const char *word, enum place_owner *owner)
{
    static const char *const words[] = {[PLACE_OTHER] = "",
                                        [PLACE_APPLE] = "apple",
                                        [PLACE_CDN] = "cdn",
                                        [PLACE_BLOCK_PAGE] = "block-page"};
    for (size_t i = PLACE_APPLE; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) != 0)
            continue;
        *owner = (enum place_owner)i;
        return true;
    }
    return false;
}

static bool read_prefix(const char *text, struct prefix *prefix)
{
    memset(prefix, 0, sizeof *prefix);
    return strcmp(text, "number") == 0 || prefix_parse(text, prefix);
}

static bool read_row(char *line, struct place_row *row)
{
    char *fields[FIELD_COUNT];
    if (!split(line, fields) || !read_prefix(fields[0], &row->prefix) ||
        !read_owner(fields[1], &row->owner))
        return false;
    row->asn = (uint32_t)strtoul(fields[2], NULL, 10);
    row->organisation = fields[3];
    row->country = fields[4];
    return true;
}

bool place_table_load(struct place_table *table, struct problem *problem)
{
    size_t size = 0;
    for (size_t i = 0; i < LINE_COUNT; i++)
        size += strlen(lines[i]) + 1;
    table->count = 0;
    table->text = malloc(size);
    table->rows = calloc(LINE_COUNT, sizeof *table->rows);
    if (table->text == NULL || table->rows == NULL)
        return problem_set(problem, "memory is out; free some and start again");
    char *at = table->text;
    for (size_t i = 0; i < LINE_COUNT; i++) {
        size_t length = strlen(lines[i]) + 1;
        memcpy(at, lines[i], length);
        if (!read_row(at, &table->rows[i]))
            return problem_set(problem, "built-in networks: \"%.40s\" is no row; build it again",
                               lines[i]);
        at += length;
        table->count++;
    }
    return true;
}

void place_table_release(struct place_table *table)
{
    free(table->rows);
    free(table->text);
}

const struct place_row *place_table_find(const struct place_table *table,
                                         const struct address *address)
{
    const struct place_row *best = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct place_row *row = &table->rows[i];
        if (row->prefix.bits != 0 && prefix_contains(&row->prefix, address) &&
            (best == NULL || row->prefix.bits > best->prefix.bits))
            best = row;
    }
    return best;
}

const struct place_row *place_table_find_number(const struct place_table *table, uint32_t asn)
{
    for (size_t i = 0; asn != 0 && i < table->count; i++)
        if (table->rows[i].asn == asn)
            return &table->rows[i];
    return NULL;
}
