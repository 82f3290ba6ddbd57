/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the program know of networks without a database?  The lines of
 * catalog/places.tsv come in once; then an address or a number comes in, and its row
 * goes out.  A few hundred rows, in groups by the first octet of their networks.
 */
#include "catalog/places_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const lines[] = {
#include "catalog/places.inc"
};

#define LINE_COUNT (sizeof lines / sizeof lines[0])
#define FIELD_COUNT 5u
#define IPV4_BITS_BEFORE 96u
#define GROUP_BITS 8u /* no network in the list is larger than a group */

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
    if (strcmp(text, "number") == 0)
        return true;
    return prefix_parse(text, prefix) &&
           prefix->bits >= (address_is_ipv4(&prefix->address) ? IPV4_BITS_BEFORE : 0) + GROUP_BITS;
}

static size_t group_of(const struct address *address)
{
    return address_is_ipv4(address) ? 256u + address->octets[12] : address->octets[0];
}

/* The order within a group is that of the list. */
static bool group_rows(struct place_table *table)
{
    static_assert(LINE_COUNT <= UINT16_MAX, "rows are counted in 16 bits");
    uint16_t *starts = table->starts;
    table->grouped = calloc(LINE_COUNT, sizeof *table->grouped);
    if (table->grouped == NULL)
        return false;
    memset(starts, 0, sizeof table->starts);
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].prefix.bits != 0)
            starts[group_of(&table->rows[i].prefix.address) + 1]++;
    for (size_t i = 0; i < PLACE_GROUPS; i++)
        starts[i + 1] = (uint16_t)(starts[i + 1] + starts[i]);
    const uint16_t total = starts[PLACE_GROUPS];
    for (size_t i = table->count; i-- > 0;) /* from the groups' ends, which become starts */
        if (table->rows[i].prefix.bits != 0)
            table->grouped[--starts[group_of(&table->rows[i].prefix.address) + 1]] = (uint16_t)i;
    memmove(starts, starts + 1, PLACE_GROUPS * sizeof *starts);
    starts[PLACE_GROUPS] = total;
    return true;
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
    table->grouped = NULL;
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
    return group_rows(table) || problem_set(problem, "memory is out; free some and start again");
}

void place_table_release(struct place_table *table)
{
    free(table->grouped);
    free(table->rows);
    free(table->text);
}

const struct place_row *place_table_find(const struct place_table *table,
                                         const struct address *address)
{
    const struct place_row *best = NULL;
    size_t group = group_of(address);
    for (size_t i = table->starts[group]; i < table->starts[group + 1]; i++) {
        const struct place_row *row = &table->rows[table->grouped[i]];
        if (prefix_contains(&row->prefix, address) &&
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
