/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does one row go in and out of a table?  For each kind of column a pair of
 * functions, side by side: one binds a field, one reads it back.  A row carries no
 * memory of its own: printed values live in a scratch area while it is written,
 * texts are borrowed while it is read.
 */
#include "storage/rows.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/fact.h"
#include "base/text.h"
#include "storage/answer_records.h"
#include "storage/statements.h"

/* Any two times within it have a difference that fits. */
#define TIME_REACH ((INT64_C(1) << 62) - 1)

#define SCRATCH_COUNT 6 /* printed values: more than any table has */
#define SCRATCH_SIZE 64

struct binding {
    sqlite3_stmt *statement;
    int index; /* of the parameter, from 1 */
    const struct column *column;
    uint32_t source; /* of the row's first packet */
    struct row_numbers *numbers;
    struct bound_value *bound; /* of the parameter */
    char scratch[SCRATCH_COUNT][SCRATCH_SIZE];
    size_t scratch_used;
};

/* A connection without mutexes makes no difference between protected values and
 * others, so that one call to the statement suffices for each. */
struct reading {
    sqlite3_value *value;
    const struct column *column;
    uint32_t source;
};

/* `bind` returns SQLite's code. `read` returns whether there was a value; without
 * one it leaves the field's zero bytes, or sets what stands for none: then `reads_none`
 * has it asked even of NULL. */
struct column_codec {
    int (*bind)(struct binding *binding, const void *field);
    bool (*read)(struct reading *reading, void *field);
    bool reads_none;
};

static char *take_scratch(struct binding *binding)
{
    assert(binding->scratch_used < SCRATCH_COUNT);
    return binding->scratch[binding->scratch_used++];
}

static int bind_null(struct binding *binding)
{
    if (binding->bound->kind == BOUND_NULL)
        return SQLITE_OK;
    binding->bound->kind = BOUND_NULL;
    return sqlite3_bind_null(binding->statement, binding->index);
}

static int bind_number(struct binding *binding, int64_t number)
{
    if (binding->bound->kind == BOUND_NUMBER && binding->bound->number == number)
        return SQLITE_OK;
    *binding->bound = (struct bound_value){BOUND_NUMBER, number};
    return sqlite3_bind_int64(binding->statement, binding->index, number);
}

static int bind_count(struct binding *binding, uint64_t count)
{
    return bind_number(binding, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

/* Borrowed until the row is written. */
static int bind_text(struct binding *binding, const char *text)
{
    if (text == NULL)
        return bind_null(binding);
    binding->bound->kind = BOUND_OTHER;
    return statement_bind_text(binding->statement, binding->index, text);
}

static const char *read_string(struct reading *reading)
{
    return value_text(reading->value);
}

/* False, and 0, when the value is none or does not fit. */
static bool read_limited(struct reading *reading, uint64_t limit, uint64_t *value)
{
    bool is_number = sqlite3_value_type(reading->value) == SQLITE_INTEGER;
    int64_t number = is_number ? sqlite3_value_int64(reading->value) : 0;

    *value = number > 0 && (uint64_t)number <= limit ? (uint64_t)number : 0;
    return is_number;
}

/* Numbers: exactly the field, clamped to SQLite's 63 bits. */

#define NUMBER_CODEC(name, type, limit)                                                            \
    static int bind_##name(struct binding *binding, const void *field)                             \
    {                                                                                              \
        return bind_count(binding, *(const type *)field);                                          \
    }                                                                                              \
                                                                                                   \
    static bool read_##name(struct reading *reading, void *field)                                  \
    {                                                                                              \
        uint64_t value;                                                                            \
        bool found = read_limited(reading, limit, &value);                                         \
                                                                                                   \
        *(type *)field = (type)value;                                                              \
        return found;                                                                              \
    }

NUMBER_CODEC(u8, uint8_t, UINT8_MAX)
NUMBER_CODEC(u16, uint16_t, UINT16_MAX)
NUMBER_CODEC(u32, uint32_t, UINT32_MAX)

static int bind_u64(struct binding *binding, const void *field)
{
    return bind_count(binding, *(const uint64_t *)field);
}

static bool read_u64(struct reading *reading, void *field)
{
    return read_limited(reading, INT64_MAX, field);
}

static int bind_bool(struct binding *binding, const void *field)
{
    return bind_count(binding, *(const bool *)field ? 1 : 0);
}

static bool read_bool(struct reading *reading, void *field)
{
    uint64_t value;
    bool found = read_limited(reading, INT64_MAX, &value);

    *(bool *)field = value != 0;
    return found;
}

static int bind_count_or_unknown(struct binding *binding, const void *field)
{
    int64_t count = *(const int64_t *)field;

    return count < 0 ? bind_null(binding) : bind_count(binding, (uint64_t)count);
}

static bool read_count_or_unknown(struct reading *reading, void *field)
{
    uint64_t value;
    bool found = read_limited(reading, INT64_MAX, &value);

    *(int64_t *)field = found ? (int64_t)value : -1;
    return found;
}

static int bind_time(struct binding *binding, const void *field)
{
    int64_t time = *(const int64_t *)field;

    return time == TIMESTAMP_NONE ? bind_null(binding) : bind_number(binding, time);
}

static bool read_time(struct reading *reading, void *field)
{
    bool found = sqlite3_value_type(reading->value) == SQLITE_INTEGER;
    int64_t time = found ? sqlite3_value_int64(reading->value) : 0;

    if (time > TIME_REACH)
        time = TIME_REACH;
    if (time < -TIME_REACH)
        time = -TIME_REACH;
    *(int64_t *)field = found ? time : TIMESTAMP_NONE;
    return found;
}

/* Borrowed, as texts are: good until the next row is read. */

static int bind_blob(struct binding *binding, const void *field)
{
    const struct bytes *bytes = field;

    if (bytes_empty(*bytes) || bytes->length > BLOB_LIMIT)
        return bind_null(binding);
    binding->bound->kind = BOUND_OTHER;
    return sqlite3_bind_blob(binding->statement, binding->index, bytes->data, (int)bytes->length,
                             SQLITE_STATIC);
}

static bool read_blob(struct reading *reading, void *field)
{
    bool is_blob = sqlite3_value_type(reading->value) == SQLITE_BLOB;
    const void *data = is_blob ? sqlite3_value_blob(reading->value) : NULL;
    int length = is_blob ? sqlite3_value_bytes(reading->value) : 0;

    if (data == NULL || length <= 0 || (size_t)length > BLOB_LIMIT) {
        *(struct bytes *)field = bytes_of(NULL, 0);
        return false;
    }
    *(struct bytes *)field = bytes_of(data, (size_t)length);
    return true;
}

/* What belongs to the row: nothing is read back. */

static int bind_run(struct binding *binding, const void *field)
{
    (void)field;
    return bind_number(binding, binding->numbers->run);
}

static int bind_records(struct binding *binding, const void *field)
{
    const struct fact_dns *dns = field;
    struct text *json = &binding->numbers->records;

    if (dns->record_count == 0)
        return bind_null(binding);
    answer_records_write(json, dns->records, dns->record_count);
    binding->bound->kind = BOUND_OTHER;
    return json->failed ? SQLITE_NOMEM
                        : sqlite3_bind_text(binding->statement, binding->index, text_content(json),
                                            (int)json->length, SQLITE_STATIC);
}

static bool read_nothing(struct reading *reading, void *field)
{
    (void)reading;
    (void)field;
    return false;
}

/* Identities: within the run in the fact, within the database in the table. */

/* 0, none, stays none. */
static int bind_moved(struct binding *binding, uint64_t number, uint64_t offset, uint64_t limit,
                      uint64_t *highest)
{
    if (number == 0)
        return bind_null(binding);
    if (offset > limit || number > limit - offset)
        return SQLITE_RANGE;
    number += offset;
    if (*highest < number)
        *highest = number;
    return bind_count(binding, number);
}

static int bind_source(struct binding *binding, uint32_t source)
{
    return bind_moved(binding, source, binding->numbers->source_offset, PACKET_SOURCE_LIMIT,
                      &binding->numbers->highest_source);
}

static int bind_source_number(struct binding *binding, const void *field)
{
    return bind_source(binding, *(const uint32_t *)field);
}

static bool read_source_number(struct reading *reading, void *field)
{
    uint64_t value;
    bool found = read_limited(reading, PACKET_SOURCE_LIMIT, &value);

    *(uint32_t *)field = (uint32_t)value;
    return found;
}

static int bind_flow_number(struct binding *binding, const void *field)
{
    return bind_moved(binding, *(const uint64_t *)field, binding->numbers->flow_offset, INT64_MAX,
                      &binding->numbers->highest_flow);
}

static int bind_dns_number(struct binding *binding, const void *field)
{
    return bind_moved(binding, *(const uint64_t *)field, binding->numbers->dns_offset, INT64_MAX,
                      &binding->numbers->highest_dns);
}

/* Packets. */

static int bind_row_source(struct binding *binding, const void *field)
{
    (void)field;
    return bind_source(binding, binding->source);
}

static bool read_row_source(struct reading *reading, void *field)
{
    (void)field;
    return read_source_number(reading, &reading->source);
}

static int bind_packet(struct binding *binding, const void *field)
{
    uint64_t packet = *(const uint64_t *)field;

    return packet == PACKET_NONE ? bind_null(binding) : bind_count(binding, packet_number(packet));
}

static bool read_packet(struct reading *reading, void *field)
{
    uint64_t number;
    bool found = read_limited(reading, INT64_MAX, &number);

    *(uint64_t *)field = number == 0 ? PACKET_NONE : packet_identity(reading->source, number);
    return found;
}

static int bind_packet_source(struct binding *binding, const void *field)
{
    uint64_t packet = *(const uint64_t *)field;

    if (packet == PACKET_NONE || packet_source(packet) == binding->source)
        return bind_null(binding);
    return bind_source(binding, packet_source(packet));
}

static bool read_packet_source(struct reading *reading, void *field)
{
    uint64_t packet = *(uint64_t *)field; /* as read_packet has left it */
    uint32_t source;
    bool found = read_source_number(reading, &source);

    if (found && packet != PACKET_NONE)
        *(uint64_t *)field = packet_identity(source, packet_number(packet));
    return found;
}

/* Texts and what is printed as text. */

static int bind_string(struct binding *binding, const void *field)
{
    return bind_text(binding, *(const char *const *)field);
}

static bool read_borrowed(struct reading *reading, void *field)
{
    const char *text = read_string(reading);

    *(const char **)field = text;
    return text != NULL;
}

static_assert(sizeof(enum party) == sizeof(unsigned) &&
                  sizeof(enum flow_outcome) == sizeof(unsigned) &&
                  sizeof(enum reset_stage) == sizeof(unsigned) &&
                  sizeof(enum event_kind) == sizeof(unsigned) &&
                  sizeof(enum dns_section) == sizeof(unsigned) &&
                  sizeof(enum identification_habit) == sizeof(unsigned) &&
                  sizeof(enum name_privacy) == sizeof(unsigned) &&
                  sizeof(enum http_purpose) == sizeof(unsigned) &&
                  sizeof(enum apns_role) == sizeof(unsigned) &&
                  sizeof(enum apns_sign) == sizeof(unsigned) &&
                  sizeof(enum apns_end) == sizeof(unsigned) &&
                  sizeof(enum lease_source) == sizeof(unsigned),
              "enums are copied as unsigned: C11 6.7.2.2 leaves their type to the compiler");

static int bind_word(struct binding *binding, const void *field)
{
    unsigned value;

    memcpy(&value, field, sizeof value);
    return bind_text(binding, words_name(binding->column->words, value));
}

static bool read_word(struct reading *reading, void *field)
{
    const char *name = read_string(reading);
    unsigned value = words_value(reading->column->words, name);

    memcpy(field, &value, sizeof value);
    return name != NULL;
}

static int bind_transport(struct binding *binding, const void *field)
{
    uint8_t transport = *(const uint8_t *)field;
    const char *name = transport_name(transport);

    if (name == NULL && transport != 0) {
        char *digits = take_scratch(binding);
        snprintf(digits, SCRATCH_SIZE, "%u", (unsigned)transport);
        name = digits;
    }
    return bind_text(binding, name);
}

static bool read_transport(struct reading *reading, void *field)
{
    const char *name = read_string(reading);

    *(uint8_t *)field = name != NULL ? transport_value(name) : 0;
    return name != NULL;
}

static int bind_address(struct binding *binding, const void *field)
{
    if (address_is_none(field))
        return bind_null(binding);
    return bind_text(binding, address_print(field, take_scratch(binding)));
}

static int bind_key_address(struct binding *binding, const void *field)
{
    return address_is_none(field) ? bind_text(binding, "::") : bind_address(binding, field);
}

static bool read_address(struct reading *reading, void *field)
{
    const char *text = read_string(reading);

    return text != NULL && address_parse(text, field);
}

static int bind_mac(struct binding *binding, const void *field)
{
    return bind_text(binding, mac_print(field, take_scratch(binding)));
}

static bool read_mac(struct reading *reading, void *field)
{
    const char *text = read_string(reading);

    return text != NULL && mac_parse(text, field);
}

static int bind_reference(struct binding *binding, const void *field)
{
    char *digits = take_scratch(binding);

    text_put_hexadecimal(digits, field, 4);
    return bind_text(binding, digits);
}

static bool read_reference(struct reading *reading, void *field)
{
    const char *text = read_string(reading);
    uint8_t bytes[4];

    if (text == NULL || strlen(text) != 2 * sizeof bytes ||
        !text_read_hexadecimal(text, bytes, sizeof bytes))
        return false;
    memcpy(field, bytes, sizeof bytes);
    return true;
}

static const struct column_codec codecs[] = {
    [COLUMN_RUN] = {bind_run, read_nothing, false},
    [COLUMN_RECORDS] = {bind_records, read_nothing, false},
    [COLUMN_SOURCE_NUMBER] = {bind_source_number, read_source_number, false},
    [COLUMN_FLOW_NUMBER] = {bind_flow_number, read_u64, false},
    [COLUMN_DNS_NUMBER] = {bind_dns_number, read_u64, false},
    [COLUMN_ROW_SOURCE] = {bind_row_source, read_row_source, false},
    [COLUMN_PACKET] = {bind_packet, read_packet, false},
    [COLUMN_PACKET_SOURCE] = {bind_packet_source, read_packet_source, false},
    [COLUMN_U8] = {bind_u8, read_u8, false},
    [COLUMN_U16] = {bind_u16, read_u16, false},
    [COLUMN_U32] = {bind_u32, read_u32, false},
    [COLUMN_U64] = {bind_u64, read_u64, false},
    [COLUMN_BOOL] = {bind_bool, read_bool, false},
    [COLUMN_COUNT_OR_UNKNOWN] = {bind_count_or_unknown, read_count_or_unknown, true},
    [COLUMN_TIME] = {bind_time, read_time, true},
    [COLUMN_DIFFERENCE] = {bind_time, read_time, true},
    [COLUMN_BLOB] = {bind_blob, read_blob, false},
    [COLUMN_TEXT] = {bind_string, read_borrowed, false},
    [COLUMN_WORD] = {bind_word, read_word, true},
    [COLUMN_TRANSPORT] = {bind_transport, read_transport, false},
    [COLUMN_ADDRESS] = {bind_address, read_address, false},
    [COLUMN_KEY_ADDRESS] = {bind_key_address, read_address, false},
    [COLUMN_MAC] = {bind_mac, read_mac, false},
    [COLUMN_REFERENCE] = {bind_reference, read_reference, false},
};

/* The first packet that the row has gives the row its source. */
static uint32_t row_source(const struct table_columns *table, const void *row)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct column *column = &table->columns[i];
        if (column->kind == COLUMN_PACKET) {
            uint64_t packet;
            memcpy(&packet, (const char *)row + column->offset, sizeof packet);
            if (packet != PACKET_NONE)
                return packet_source(packet);
        }
    }
    return 0;
}

static bool needs_are_met(const struct column *column, const void *row)
{
    const unsigned char *needed = (const unsigned char *)row + column->needs_offset;

    for (size_t i = 0; i < column->needs_size; i++) {
        if (needed[i] != 0)
            return true;
    }
    return column->needs_size == 0;
}

int row_write(sqlite3_stmt *statement, enum table table, const void *row,
              struct row_numbers *numbers, struct bound_value *bound)
{
    const struct table_columns *columns = table_columns(table);
    struct binding binding;
    int code = SQLITE_OK;

    binding.statement = statement;
    binding.numbers = numbers;
    binding.source = row_source(columns, row);
    binding.scratch_used = 0;
    for (size_t i = 0; i < columns->count && code == SQLITE_OK; i++) {
        const struct column *column = &columns->columns[i];
        binding.index = (int)i + 1;
        binding.bound = &bound[i];
        binding.column = column;
        code = needs_are_met(column, row)
                   ? codecs[column->kind].bind(&binding, (const char *)row + column->offset)
                   : bind_null(&binding);
    }
    return code == SQLITE_OK ? statement_run(statement) : code;
}

uint64_t row_read(sqlite3_stmt *statement, enum table table, const struct short_form *form,
                  void *row)
{
    const struct table_columns *columns = table_columns(table);
    size_t count = form != NULL ? form->count : columns->count;
    uint64_t bytes = 0;
    struct reading reading;

    reading.source = 0;
    for (size_t i = 0; i < count; i++) {
        const struct column *column = &columns->columns[form != NULL ? form->columns[i] : i];
        const struct column_codec *codec = &codecs[column->kind];
        bool found;
        reading.value = sqlite3_column_value(statement, (int)i);
        reading.column = column;
        int type = sqlite3_value_type(reading.value);
        /* Half of the values are NULL: most fields need not be asked what that means. */
        if (type == SQLITE_NULL && !codec->reads_none)
            continue;
        if (type == SQLITE_TEXT || type == SQLITE_BLOB)
            bytes += (uint64_t)sqlite3_value_bytes(reading.value);
        if (codec->read == read_nothing)
            continue;
        found = codec->read(&reading, (char *)row + column->offset);
        if (column->shows && found)
            *(bool *)((char *)row + column->needs_offset) = true;
    }
    return bytes;
}
