/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fact as one line: its kind, the packet that began it, who talked to whom, and
 * every field that is set, by the names and in the order of the columns' table.
 */
#include "golden.h"

#include <string.h>

#include "golden_line.h"
#include "storage/columns.h"

/* nDPI's words differ from version to version; those of our own dissectors do not. */
static const char *own_protocol(const char *protocol)
{
    static const char *const own[] = {"dns", "http", "tls", "ntp", "quic"};
    for (size_t i = 0; protocol != NULL && i < sizeof own / sizeof own[0]; i++)
        if (strcmp(protocol, own[i]) == 0)
            return protocol;
    return NULL;
}

static void add_flow(struct text *line, const struct golden_survey *survey, uint64_t number)
{
    char from[ENDPOINT_TEXT_SIZE], to[ENDPOINT_TEXT_SIZE];
    if (number == 0)
        return;
    if (number >= survey->flow_count || survey->flows[number].first_packet == PACKET_NONE) {
        text_add(line, " (a flow without a fact)");
        return;
    }
    const struct golden_flow *flow = &survey->flows[number];
    const char *transport = transport_name(flow->transport);
    text_add_format(line, " %s %s > %s", transport != NULL ? transport : "?",
                    endpoint_print(&flow->client, from), endpoint_print(&flow->server, to));
    line_packet(line, "flow", flow->first_packet);
}

/* "client=10.0.0.20:49152" for an address and the port in the column after it. */
static bool add_endpoint(struct text *line, const struct column *column, const struct column *next,
                         const void *field)
{
    char printed[ENDPOINT_TEXT_SIZE];
    if (next == NULL || strstr(next->name, "_port") == NULL || column->kind != COLUMN_ADDRESS)
        return false;
    text_add_format(line, " %.*s=%s", (int)strcspn(column->name, "_"), column->name,
                    endpoint_print(field, printed));
    return true;
}

static uint64_t number_of(const struct column *column, const void *field)
{
    if (column->kind == COLUMN_U8)
        return *(const uint8_t *)field;
    if (column->kind == COLUMN_U16)
        return *(const uint16_t *)field;
    if (column->kind == COLUMN_U32)
        return *(const uint32_t *)field;
    return *(const uint64_t *)field;
}

static void add_word(struct text *line, const struct column *column, const void *field)
{
    unsigned value;
    memcpy(&value, field, sizeof value);
    line_text(line, column->name, words_name(column->words, value));
}

static void add_bytes(struct text *line, const char *name, const uint8_t *bytes, size_t count)
{
    text_add_format(line, " %s=", name);
    for (size_t i = 0; i < count; i++)
        text_add_format(line, "%02x", bytes[i]);
}

static void add_text(struct text *line, const struct column *column, const char *value)
{
    bool protocol = strcmp(column->name, "protocol") == 0;
    if (value != NULL && value[0] != '\0')
        line_text(line, column->name, protocol ? own_protocol(value) : value);
}

static void add_other(struct text *line, const struct golden_survey *survey,
                      const struct column *column, const void *field)
{
    char printed[ADDRESS_TEXT_SIZE];
    int64_t time;
    switch ((int)column->kind) {
    case COLUMN_FLOW_NUMBER:
        if (strcmp(column->name, "flow") == 0)
            add_flow(line, survey, *(const uint64_t *)field);
        break;
    case COLUMN_TIME:
        line_time(line, column->name, *(const int64_t *)field, survey->origin);
        break;
    case COLUMN_DIFFERENCE:
        memcpy(&time, field, sizeof time);
        if (time != DIFFERENCE_NONE)
            text_add_format(line, " %s=%" PRId64, column->name, time);
        break;
    case COLUMN_COUNT_OR_UNKNOWN:
        memcpy(&time, field, sizeof time);
        if (time >= 0)
            text_add_format(line, " %s=%" PRId64, column->name, time);
        break;
    case COLUMN_TRANSPORT:
        line_text(line, column->name, transport_name(*(const uint8_t *)field));
        break;
    case COLUMN_ADDRESS:
        line_address(line, column->name, field);
        break;
    case COLUMN_KEY_ADDRESS:
        text_add_format(line, " %s=%s", column->name, address_print(field, printed));
        break;
    case COLUMN_MAC:
        line_text(line, column->name, mac_print(field, printed));
        break;
    case COLUMN_REFERENCE:
        add_bytes(line, column->name, field, 4);
        break;
    default: /* of the row, not of the fact; and a certificate's DER, which has its hash */
        break;
    }
}

static bool is_set(const struct column *column, const void *row)
{
    const unsigned char *needed = (const unsigned char *)row + column->needs_offset;
    for (size_t i = 0; i < column->needs_size; i++)
        if (needed[i] != 0)
            return true;
    return column->needs_size == 0;
}

/* A number that is said because another field is set is worth saying when it is 0. */
static void add_number(struct text *line, const struct column *column, const void *field)
{
    if (column->needs_size > 0)
        text_add_format(line, " %s=%" PRIu64, column->name, number_of(column, field));
    else
        line_number(line, column->name, number_of(column, field));
}

static void add_field(struct text *line, const struct golden_survey *survey,
                      const struct column *column, const void *field)
{
    switch ((int)column->kind) {
    case COLUMN_U8:
    case COLUMN_U16:
    case COLUMN_U32:
    case COLUMN_U64:
        add_number(line, column, field);
        break;
    case COLUMN_BOOL:
        line_flag(line, column->name, *(const bool *)field);
        break;
    case COLUMN_PACKET:
        line_packet(line, column->name, *(const uint64_t *)field);
        break;
    case COLUMN_TEXT:
        add_text(line, column, *(const char *const *)field);
        break;
    case COLUMN_WORD:
        add_word(line, column, field);
        break;
    default:
        add_other(line, survey, column, field);
        break;
    }
}

static void add_columns(struct text *line, const struct golden_survey *survey, enum table table,
                        const void *row)
{
    const struct table_columns *columns = table_columns(table);
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->columns[i];
        const struct column *next = i + 1 < columns->count ? column + 1 : NULL;
        const void *field = (const char *)row + column->offset;
        if (!is_set(column, row))
            continue;
        if (add_endpoint(line, column, next, field))
            i++;
        else
            add_field(line, survey, column, field);
    }
}

static void add_record(struct text *line, const struct dns_record *record)
{
    line_text(line, "section", words_name(&section_words, record->section));
    line_text(line, "owner", record->owner);
    line_number(line, "type", record->type);
    line_number(line, "ttl", record->ttl);
    if (record->data != NULL && record->data[0] != '\0')
        line_text(line, "data", record->data);
    line_address(line, "address", &record->address);
}

/* What the lines of a kind are sorted by. */
static uint64_t beginning_of(const struct fact *fact)
{
    const struct table_columns *columns = table_columns((enum table)fact->kind);
    for (size_t i = 0; i < columns->count; i++) {
        uint64_t packet;
        if (columns->columns[i].kind != COLUMN_PACKET)
            continue;
        memcpy(&packet, (const char *)&fact->as + columns->columns[i].offset, sizeof packet);
        if (packet != PACKET_NONE)
            return packet;
    }
    return PACKET_NONE;
}

void golden_fact(struct text *line, const struct golden_survey *survey, const struct fact *fact)
{
    uint64_t beginning = beginning_of(fact);
    text_add(line, table_columns((enum table)fact->kind)->name);
    if (beginning != PACKET_NONE) {
        text_add(line, " ");
        line_add_packet(line, beginning);
    }
    /* A source's name is a path of this machine; its place in the list is told. */
    if (fact->kind == FACT_SOURCE)
        text_add_format(line, " %u", (unsigned)fact->as.source.id);
    struct fact copy = *fact;
    if (fact->kind == FACT_SOURCE) {
        copy.as.source.name = NULL;
        copy.as.source.path = NULL;
        copy.as.source.content = NULL;
    }
    add_columns(line, survey, (enum table)fact->kind, &copy.as);
    if (fact->kind != FACT_DNS)
        return;
    for (size_t i = 0; i < fact->as.dns.record_count; i++) {
        text_add(line, " [");
        add_record(line, &fact->as.dns.records[i]);
        text_add(line, " ]");
    }
}
