/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts for tests of the storage, made from the columns' table: every field gets a
 * value of its own, so that two columns that changed places would show.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_FACT_SAMPLES_H
#define APPLEPATH_TESTS_SUPPORT_FACT_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/fact.h"
#include "storage/columns.h"

#define SAMPLE_START INT64_C(1795161600000000000) /* 2026-11-20T08:00:00Z */
#define SAMPLE_TEXTS 64

/* The texts that a sample's fields point to. */
struct sample_texts {
    char texts[SAMPLE_TEXTS][64];
};

static inline void sample_text(const struct column *column, size_t place, void *field,
                               struct sample_texts *texts)
{
    assert_true(place < SAMPLE_TEXTS);
    snprintf(texts->texts[place], sizeof texts->texts[place], "%.20s %zu", column->name, place);
    *(const char **)field = texts->texts[place];
}

static inline void sample_address(struct address *address, unsigned number)
{
    char printed[ADDRESS_TEXT_SIZE];
    snprintf(printed, sizeof printed, "%s%u", number % 2 ? "10.0.0." : "2001:db8::", number + 1);
    assert_true(address_parse(printed, address));
}

static inline void sample_number(const struct column *column, unsigned number, void *field)
{
    uint8_t u8 = (uint8_t)(200 + number % 50);
    uint16_t u16 = (uint16_t)(60000 + number);
    uint32_t u32 = UINT32_MAX - number;
    uint64_t u64 = (uint64_t)INT64_MAX - number;
    if (column->kind == COLUMN_U8)
        memcpy(field, &u8, sizeof u8);
    else if (column->kind == COLUMN_U16)
        memcpy(field, &u16, sizeof u16);
    else if (column->kind == COLUMN_U32)
        memcpy(field, &u32, sizeof u32);
    else
        memcpy(field, &u64, sizeof u64);
}

/* Sets the field of the column number `place`; different for every `number`. */
static inline void sample_field(const struct column *column, unsigned number, size_t place,
                                void *row, struct sample_texts *texts)
{
    static const uint8_t octets[] = {0x30, 0, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    void *field = (char *)row + column->offset;
    int64_t time = SAMPLE_START + (int64_t)number;
    uint64_t packet = packet_identity(number % 3 + 1, number + 1);
    unsigned word = number % (column->words != NULL ? column->words->count : 1);
    switch (column->kind) {
    case COLUMN_RUN:
    case COLUMN_RECORDS:
    case COLUMN_ROW_SOURCE:
    case COLUMN_PACKET_SOURCE:
        break;
    case COLUMN_SOURCE_NUMBER:
        *(uint32_t *)field = number + 1;
        break;
    case COLUMN_FLOW_NUMBER:
    case COLUMN_DNS_NUMBER:
        *(uint64_t *)field = number + 1;
        break;
    case COLUMN_PACKET:
        *(uint64_t *)field = packet;
        break;
    case COLUMN_U8:
    case COLUMN_U16:
    case COLUMN_U32:
    case COLUMN_U64:
    case COLUMN_COUNT_OR_UNKNOWN:
        sample_number(column, number, field);
        break;
    case COLUMN_BOOL:
        *(bool *)field = true;
        break;
    case COLUMN_TIME:
        *(int64_t *)field = time;
        break;
    case COLUMN_DIFFERENCE:
        *(int64_t *)field = -(int64_t)number;
        break;
    case COLUMN_BLOB:
        *(struct bytes *)field = bytes_of(octets, 4 + number % 8);
        break;
    case COLUMN_TEXT:
        sample_text(column, place, field, texts);
        break;
    case COLUMN_WORD:
        memcpy(field, &word, sizeof word);
        break;
    case COLUMN_TRANSPORT:
        *(uint8_t *)field = number % 2 ? TRANSPORT_TCP : 132;
        break;
    case COLUMN_ADDRESS:
    case COLUMN_KEY_ADDRESS:
        sample_address(field, number);
        break;
    case COLUMN_MAC:
    case COLUMN_REFERENCE:
        memcpy(field, octets, column->kind == COLUMN_MAC ? 6 : 4);
        break;
    }
    if (column->shows)
        *(bool *)((char *)row + column->needs_offset) = true;
}

/* A fact in which all is known: no two fields of a kind have the same value. */
static inline void sample_full(enum table table, unsigned seed, void *row,
                               struct sample_texts *texts)
{
    const struct table_columns *columns = table_columns(table);
    for (size_t i = 0; i < columns->count; i++)
        sample_field(&columns->columns[i], seed + (unsigned)i, i, row, texts);
}

/* A fact in which nothing is known but its number, as the observing half leaves it. */
static inline void sample_bare(enum table table, void *row)
{
    const struct table_columns *columns = table_columns(table);
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->columns[i];
        if (column->kind == COLUMN_TIME || column->kind == COLUMN_DIFFERENCE)
            *(int64_t *)((char *)row + column->offset) = TIMESTAMP_NONE;
        if (column->kind == COLUMN_COUNT_OR_UNKNOWN)
            *(int64_t *)((char *)row + column->offset) = -1;
    }
    if (columns->columns[0].kind == COLUMN_SOURCE_NUMBER)
        *(uint32_t *)((char *)row + columns->columns[0].offset) = 1;
    if (columns->columns[0].kind == COLUMN_FLOW_NUMBER ||
        columns->columns[0].kind == COLUMN_DNS_NUMBER)
        *(uint64_t *)((char *)row + columns->columns[0].offset) = 1;
}

static inline size_t sample_field_size(const struct column *column)
{
    switch (column->kind) {
    case COLUMN_RUN:
    case COLUMN_RECORDS:
    case COLUMN_ROW_SOURCE:
    case COLUMN_BLOB:
    case COLUMN_TEXT:
        return 0;
    case COLUMN_U8:
    case COLUMN_TRANSPORT:
        return sizeof(uint8_t);
    case COLUMN_BOOL:
        return sizeof(bool);
    case COLUMN_U16:
        return sizeof(uint16_t);
    case COLUMN_SOURCE_NUMBER:
    case COLUMN_U32:
    case COLUMN_REFERENCE:
        return sizeof(uint32_t);
    case COLUMN_WORD:
        return sizeof(unsigned);
    case COLUMN_FLOW_NUMBER:
    case COLUMN_DNS_NUMBER:
    case COLUMN_PACKET:
    case COLUMN_PACKET_SOURCE:
    case COLUMN_U64:
    case COLUMN_COUNT_OR_UNKNOWN:
    case COLUMN_TIME:
    case COLUMN_DIFFERENCE:
        return sizeof(uint64_t);
    case COLUMN_ADDRESS:
    case COLUMN_KEY_ADDRESS:
        return sizeof(struct address);
    case COLUMN_MAC:
        return sizeof(struct mac);
    }
    return 0;
}

/* A column that depends on another field says nothing where that is not set. */
static inline bool sample_is_said(const struct column *column, const void *wrote)
{
    const char *needed = (const char *)wrote + column->needs_offset;
    for (size_t i = 0; i < column->needs_size; i++)
        if (needed[i] != 0)
            return true;
    return column->needs_size == 0;
}

static inline void sample_assert_field(const struct column *column, const void *read,
                                       const void *wrote)
{
    const char *one = (const char *)read + column->offset;
    const char *other = (const char *)wrote + column->offset;
    bool same = memcmp(one, other, sample_field_size(column)) == 0;
    if (column->kind == COLUMN_TEXT) {
        const char *got = *(const char *const *)one, *wanted = *(const char *const *)other;
        same = got == wanted || (got != NULL && wanted != NULL && strcmp(got, wanted) == 0);
    } else if (column->kind == COLUMN_BLOB) {
        const struct bytes *got = (const void *)one, *wanted = (const void *)other;
        same = got->length == wanted->length &&
               (got->length == 0 || memcmp(got->data, wanted->data, got->length) == 0);
    }
    if (column->shows)
        same = same && *((const char *)read + column->needs_offset) ==
                           *((const char *)wrote + column->needs_offset);
    if (!same)
        fail_msg("the column %s has changed on its way", column->name);
}

/* Every field that has a column must be the same in both. */
static inline void sample_assert_same(enum table table, const void *read, const void *wrote)
{
    const struct table_columns *columns = table_columns(table);
    for (size_t i = 0; i < columns->count; i++)
        if (sample_is_said(&columns->columns[i], wrote))
            sample_assert_field(&columns->columns[i], read, wrote);
}

#endif
