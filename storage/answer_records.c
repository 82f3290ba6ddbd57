/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records to JSON and back: only what is written here is read, in the one form in which it
 * is written.  Texts are unescaped where they lie, since they only get shorter.
 */
#include "storage/answer_records.h"

#include <string.h>

#include "storage/enum_words.h"
#include "storage/statements.h"

#define TYPE_A 1 /* RFC 1035 section 3.2.2 */
#define TYPE_AAAA 28 /* RFC 3596 section 2.1 */

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static void add_escaped(struct text *json, unsigned char byte)
{
    char escape[] = "\\u0000";

    if (byte == '"' || byte == '\\') {
        text_add_bytes(json, "\\", 1);
        text_add_bytes(json, (const char *)&byte, 1);
        return;
    }
    text_put_hexadecimal(escape + 4, &byte, 1);
    text_add_bytes(json, escape, 6);
}

static void add_string(struct text *json, const char *string)
{
    size_t length, plain;

    if (string == NULL) {
        text_add_bytes(json, "null", 4);
        return;
    }
    text_add_bytes(json, "\"", 1);
    length = strnlen(string, TEXT_LIMIT);
    for (size_t at = 0; at < length; at += plain) {
        for (plain = 0; at + plain < length && is_plain((unsigned char)string[at + plain]);)
            plain++;
        text_add_bytes(json, string + at, plain);
        if (at + plain < length)
            add_escaped(json, (unsigned char)string[at + plain++]);
    }
    text_add_bytes(json, "\"", 1);
}

static void add_number(struct text *json, uint32_t number)
{
    char digits[TEXT_DECIMAL_SIZE];

    text_add_bytes(json, digits, text_put_decimal(digits, number));
}

static void add_record(struct text *json, const struct dns_record *record)
{
    text_add_bytes(json, json->length == 0 ? "[[" : ",[", 2);
    add_string(json, words_name(&section_words, record->section));
    text_add_bytes(json, ",", 1);
    add_string(json, record->owner);
    text_add_bytes(json, ",", 1);
    add_number(json, record->type);
    text_add_bytes(json, ",", 1);
    add_number(json, record->ttl);
    text_add_bytes(json, ",", 1);
    add_string(json, record->data);
    text_add_bytes(json, "]", 1);
}

void answer_records_write(struct text *json, const struct dns_record *records, size_t count)
{
    text_clear(json);
    for (size_t i = 0; i < count && i < ANSWER_RECORD_LIMIT && !json->failed; i++) {
        size_t before = json->length;
        add_record(json, &records[i]);
        if (json->length < ANSWER_RECORDS_SIZE)
            continue;
        json->length = before;
        break;
    }
    if (json->length > 0)
        text_add_bytes(json, "]", 1);
}

/* Where in the value the reader is; it ends with a zero byte. */
static bool take(char **at, const char *wanted)
{
    size_t length = strlen(wanted);

    if (strncmp(*at, wanted, length) != 0)
        return false;
    *at += length;
    return true;
}

/* What follows a backslash. */
static bool read_escaped(char **at, char *byte)
{
    uint8_t read;

    if (**at == '"' || **at == '\\') {
        *byte = *(*at)++;
        return true;
    }
    if (!take(at, "u00") || !text_read_hexadecimal(*at, &read, 1))
        return false;
    *at += 2;
    *byte = (char)read;
    return *byte != '\0';
}

static bool read_string(char **at, const char **string)
{
    char *to;

    *string = NULL;
    if (take(at, "null"))
        return true;
    if (!take(at, "\""))
        return false;
    *string = to = *at;
    while (**at != '"') {
        char byte = *(*at)++;
        if (byte == '\0' || (byte == '\\' && !read_escaped(at, &byte)))
            return false;
        *to++ = byte;
    }
    (*at)++;
    *to = '\0';
    return true;
}

static bool read_number(char **at, uint32_t limit, uint32_t *number)
{
    uint64_t value = 0;
    char *from = *at;

    while (**at >= '0' && **at <= '9' && value <= limit)
        value = value * 10 + (uint64_t)(*(*at)++ - '0');
    *number = (uint32_t)value;
    return *at > from && value <= limit;
}

static bool read_record(char **at, struct dns_record *record)
{
    const char *section;
    uint32_t type;

    if (!take(at, "[") || !read_string(at, &section) || !take(at, ",") ||
        !read_string(at, &record->owner) || !take(at, ",") || !read_number(at, UINT16_MAX, &type) ||
        !take(at, ",") || !read_number(at, UINT32_MAX, &record->ttl) || !take(at, ",") ||
        !read_string(at, &record->data) || !take(at, "]"))
        return false;
    record->section = (enum dns_section)words_value(&section_words, section);
    record->type = (uint16_t)type;
    if ((type == TYPE_A || type == TYPE_AAAA) && record->data != NULL)
        (void)address_parse(record->data, &record->address);
    return true;
}

void answer_records_read(const char *json, size_t length, struct answer_records *read)
{
    char *at = read->texts;

    read->count = 0;
    if (length == 0 || length > ANSWER_RECORDS_SIZE)
        return;
    memcpy(read->texts, json, length);
    read->texts[length] = '\0';
    while (read->count < ANSWER_RECORD_LIMIT && take(&at, read->count == 0 ? "[" : ",")) {
        struct dns_record *record = &read->records[read->count];
        memset(record, 0, sizeof *record);
        if (!read_record(&at, record))
            return;
        read->count++;
    }
}
