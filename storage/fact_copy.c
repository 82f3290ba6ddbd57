/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which fields of a fact borrow memory?  The columns' table knows: those whose column is a
 * text or a blob, and a transaction's records.  A copy holds no more of the union than its
 * kind's struct.
 */
#include "storage/fact_copy.h"

#include <stdalign.h>
#include <string.h>

#include "storage/columns.h"
#include "storage/statements.h"

/* Memory to copy into. */
struct room {
    unsigned char *memory;
    size_t size;
    size_t used;
};

static void *take(struct room *room, size_t size)
{
    size_t start = (room->used + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (start > room->size || size > room->size - start)
        return NULL;
    room->used = start + size;
    return room->memory + start;
}

/* Texts lie close: they need no alignment. */
static bool move_text(struct room *room, const char **text)
{
    if (*text == NULL)
        return true;
    size_t length = strnlen(*text, TEXT_LIMIT);
    if (length >= room->size - room->used)
        return false;
    char *copy = (char *)room->memory + room->used;
    memcpy(copy, *text, length);
    copy[length] = '\0';
    room->used += length + 1;
    *text = copy;
    return true;
}

static bool move_bytes(struct room *room, struct bytes *bytes)
{
    if (bytes->length > BLOB_LIMIT)
        *bytes = bytes_of(NULL, 0);
    if (bytes_empty(*bytes))
        return true;
    if (bytes->length > room->size - room->used)
        return false;
    unsigned char *copy = room->memory + room->used;
    memcpy(copy, bytes->data, bytes->length);
    room->used += bytes->length;
    *bytes = bytes_of(copy, bytes->length);
    return true;
}

/* Of a copy that still borrows what the original does. */
static bool move_fields(struct room *room, const struct table_columns *table, void *row)
{
    for (size_t i = 0; i < table->count; i++) {
        void *field = (char *)row + table->columns[i].offset;
        if ((table->columns[i].kind == COLUMN_TEXT && !move_text(room, field)) ||
            (table->columns[i].kind == COLUMN_BLOB && !move_bytes(room, field)))
            return false;
    }
    return true;
}

static bool move_records(struct room *room, struct fact_dns *dns)
{
    if (dns->record_count == 0)
        return true;
    if (dns->record_count > room->size / sizeof *dns->records)
        return false;
    struct dns_record *records = take(room, dns->record_count * sizeof *records);
    if (records == NULL)
        return false;
    memcpy(records, dns->records, dns->record_count * sizeof *records);
    for (size_t i = 0; i < dns->record_count; i++)
        if (!move_text(room, &records[i].owner) || !move_text(room, &records[i].data))
            return false;
    dns->records = records;
    return true;
}

const struct fact *fact_copy(const struct fact *fact, void *memory, size_t size, size_t *used)
{
    const struct table_columns *table = table_columns((enum table)fact->kind);
    struct room room = {memory, size, 0};
    size_t length = offsetof(struct fact, as) + table->size;
    struct fact *copy = take(&room, length);
    if (copy == NULL)
        return NULL;
    memcpy(copy, fact, length);
    if (!move_fields(&room, table, &copy->as) ||
        (fact->kind == FACT_DNS && !move_records(&room, &copy->as.dns)))
        return NULL;
    *used = room.used;
    return copy;
}
