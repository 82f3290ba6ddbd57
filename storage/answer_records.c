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

#define ESCAPE_SIZE 6 /* of one byte at most */
#define RECORD_SIZE 128 /* of what is no foreign text */

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* These write where there is room for all, and answer where they have come to. */

static char *put_escaped(char *to, unsigned char byte)
{
    static const char beginning[] = {'\\', 'u', '0', '0'};

    if (byte == '"' || byte == '\\') {
        *to++ = '\\';
        *to++ = (char)byte;
        return to;
    }
    memcpy(to, beginning, sizeof beginning);
    text_put_hexadecimal(to + sizeof beginning, &byte, 1);
    return to + ESCAPE_SIZE;
}

static char *put_string(char *to, const char *string, size_t length)
{
    static const char none[] = {'n', 'u', 'l', 'l'};

    if (string == NULL) {
        memcpy(to, none, sizeof none);
        return to + sizeof none;
    }
    *to++ = '"';
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)string[i];
        if (is_plain(byte))
            *to++ = (char)byte;
        else
            to = put_escaped(to, byte);
    }
    *to++ = '"';
    return to;
}

static char *put_word(char *to, const char *word)
{
    return put_string(to, word, word != NULL ? strlen(word) : 0);
}

static char *put_number(char *to, uint32_t number)
{
    return to + text_put_decimal(to, number);
}

static size_t length_of(const char *string)
{
    return string != NULL ? strnlen(string, TEXT_LIMIT) : 0;
}

static void add_record(struct text *json, const struct dns_record *record)
{
    size_t owner = length_of(record->owner), data = length_of(record->data);
    char *room = text_room(json, ESCAPE_SIZE * (owner + data) + RECORD_SIZE);
    char *to = room;

    if (room == NULL)
        return;
    *to++ = json->length == 0 ? '[' : ',';
    *to++ = '[';
    to = put_word(to, words_name(&section_words, record->section));
    *to++ = ',';
    to = put_string(to, record->owner, owner);
    *to++ = ',';
    to = put_number(to, record->type);
    *to++ = ',';
    to = put_number(to, record->ttl);
    *to++ = ',';
    to = put_string(to, record->data, data);
    *to++ = ']';
    text_grow(json, (size_t)(to - room));
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
