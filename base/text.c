/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is text put together safely?  Pieces of our own or of foreign text come
 * in; one growing, always terminated string goes out.
 * UTF-8: RFC 3629; control characters: ECMA-48, Unicode UAX 9 (bidi).
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256u

void text_release(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

const char *text_content(const struct text *text)
{
    return text->data != NULL ? text->data : "";
}

/* Makes room for `length` more bytes and the terminator. */
static bool text_reserve(struct text *text, size_t length)
{
    size_t capacity = text->capacity != 0 ? text->capacity : FIRST_CAPACITY;
    char *data;

    if (text->failed || length >= SIZE_MAX / 2 - text->length) {
        text->failed = true;
        return false;
    }
    while (capacity <= text->length + length)
        capacity *= 2;
    if (capacity == text->capacity)
        return true;
    data = realloc(text->data, capacity);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

char *text_room(struct text *text, size_t length)
{
    return text_reserve(text, length) ? text->data + text->length : NULL;
}

void text_grow(struct text *text, size_t length)
{
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add_bytes(struct text *text, const char *addition, size_t length)
{
    char *room = text_room(text, length);

    if (room == NULL)
        return;
    if (length > 0)
        memcpy(room, addition, length);
    text_grow(text, length);
}

void text_add(struct text *text, const char *addition)
{
    text_add_bytes(text, addition, strlen(addition));
}

void text_add_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    if (!text_reserve(text, 0))
        return;
    va_start(arguments, format);
    size_t room = text->capacity - text->length;
    length = vsnprintf(text->data + text->length, room, format, arguments);
    va_end(arguments);
    if (length < 0 || !text_reserve(text, (size_t)length)) {
        text->data[text->length] = '\0';
        text->failed = true;
        return;
    }
    if ((size_t)length >= room) {
        va_start(arguments, format);
        vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    text->length += (size_t)length;
}

/* Decodes one UTF-8 character of a terminated string; its bytes, or 0 when
 * what stands there is not UTF-8 (RFC 3629 section 4). */
static size_t utf8_decode(const char *text, uint32_t *character)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = (uint8_t)text[0];
    size_t length = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t value = length == 1 ? first : first & (0x7fu >> length);

    if (length == 0 || first > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        uint8_t next = (uint8_t)text[i];
        if ((next & 0xc0) != 0x80) /* the terminator stops here, too */
            return 0;
        value = value << 6 | (next & 0x3f);
    }
    /* No longer form than needed, no surrogates, nothing past U+10FFFF. */
    if (value < smallest[length] || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff)
        return 0;
    *character = value;
    return length;
}

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character <= 0x9f) || character == 0x061c ||
           character == 0x200e || character == 0x200f ||
           (character >= 0x202a && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

size_t text_printable_beyond_ascii(const char *text)
{
    unsigned char first = (unsigned char)*text;
    uint32_t character;
    size_t length;

    /* RFC 3629 section 4: no character begins otherwise. Asked at once, as of random bytes
     * most fail the one or the other. */
    if ((first - 0xc2u > 0xf4u - 0xc2u) | (((unsigned char)text[1] & 0xc0) != 0x80))
        return 0;
    length = utf8_decode(text, &character);
    return length == 0 || is_control(character) ? 0 : length;
}

void text_put_hexadecimal(char *buffer, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        buffer[2 * i] = digits[bytes[i] >> 4];
        buffer[2 * i + 1] = digits[bytes[i] & 0x0f];
    }
    buffer[2 * count] = '\0';
}

bool text_read_hexadecimal(const char *digits, uint8_t *bytes, size_t count)
{
    static const char known[] = "0123456789abcdef";

    for (size_t i = 0; i < 2 * count; i++) {
        const char *digit = digits[i] == '\0' ? NULL : strchr(known, digits[i]);

        if (digit == NULL)
            return false;
        bytes[i / 2] = (uint8_t)((i % 2 == 0 ? 0 : bytes[i / 2] << 4) | (digit - known));
    }
    return true;
}

size_t text_put_decimal(char *buffer, uint64_t number)
{
    size_t length = 1;

    for (uint64_t rest = number; rest >= 10; rest /= 10)
        length++;
    buffer[length] = '\0';
    for (size_t i = length; i-- > 0; number /= 10)
        buffer[i] = (char)('0' + number % 10);
    return length;
}

bool text_put_escaped(char *buffer, size_t size, size_t *length, uint8_t byte)
{
    if (*length + 4 >= size)
        return false;
    buffer[*length] = '\\';
    buffer[*length + 1] = 'x';
    text_put_hexadecimal(buffer + *length + 2, &byte, 1);
    *length += 4;
    return true;
}

void text_add_printable(struct text *text, const char *foreign)
{
    while (*foreign != '\0') {
        size_t run = 0;
        size_t length;

        while ((length = text_printable_length(foreign + run)) > 0)
            run += length;
        text_add_bytes(text, foreign, run);
        foreign += run;
        if (*foreign == '\0')
            break;
        /* The other bytes of a control character are escaped in their turn:
         * no continuation byte is UTF-8 by itself. */
        text_add_format(text, "\\x%02x", (unsigned)(uint8_t)*foreign);
        foreign++;
    }
}

static bool is_space(char character)
{
    return character == ' ' || character == '\n' || character == '\t';
}

/* Columns of a run of bytes: every byte but the continuations of UTF-8. */
static size_t count_columns(const char *from, size_t length)
{
    size_t columns = 0;

    for (size_t i = 0; i < length; i++)
        columns += ((uint8_t)from[i] & 0xc0) != 0x80;
    return columns;
}

static void add_indent(struct text *text, size_t indent)
{
    for (size_t i = 0; i < indent; i++)
        text_add_bytes(text, " ", 1);
}

void text_add_wrapped(struct text *text, const char *content, size_t indent, size_t width)
{
    size_t column = 0; /* 0: no line is open */

    while (!text->failed) {
        size_t length = 0;
        size_t columns;

        while (is_space(*content))
            content++;
        if (*content == '\0')
            break;
        while (content[length] != '\0' && !is_space(content[length]))
            length++;
        columns = count_columns(content, length);
        if (column != 0 && column + 1 + columns > width) {
            text_add_bytes(text, "\n", 1);
            column = 0;
        }
        if (column == 0)
            add_indent(text, indent);
        else
            text_add_bytes(text, " ", 1);
        column = (column == 0 ? indent : column + 1) + columns;
        text_add_bytes(text, content, length);
        content += length;
    }
    if (column != 0)
        text_add_bytes(text, "\n", 1);
}
