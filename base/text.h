/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A string that grows while a report is written, and what makes foreign text
 * safe to show.  Memory that runs out is remembered in `failed` and later
 * additions do nothing, so that a writer checks once, at the end.
 */
#ifndef APPLEPATH_BASE_TEXT_H
#define APPLEPATH_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `data` is NULL or terminated, and owned: free it with text_release. */
struct text {
    char *data;
    size_t length;
    size_t capacity;
    bool failed;
};

void text_release(struct text *text);
void text_clear(struct text *text);

/* The content as a terminated string; "" when nothing was added. */
const char *text_content(const struct text *text);

void text_add(struct text *text, const char *addition);
void text_add_bytes(struct text *text, const char *addition, size_t length);

/* Room for `length` bytes behind the content, for who writes them itself; NULL without memory.
 * text_grow makes the first of them part of it. */
char *text_room(struct text *text, size_t length);
void text_grow(struct text *text, size_t length);
void text_add_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes (1 to 4) of the character that `text` begins with; 0 at the end, and
 * where text_add_printable would escape the first byte. The first is for those that begin
 * with 0x80 and above. */
size_t text_printable_beyond_ascii(const char *text);
static inline size_t text_printable_length(const char *text)
{
    unsigned char first = (unsigned char)*text;

    return first < 0x80 ? first >= ' ' && first != 0x7f : text_printable_beyond_ascii(text);
}

bool text_put_escaped(char *buffer, size_t size, size_t *length, uint8_t byte);

/* Adds a foreign byte to the text in a buffer of `size`, whose terminator stands at
 * `*length`: as it is if `plain`, else as \xNN. False, and nothing, without room. */
static inline bool text_put_byte(char *buffer, size_t size, size_t *length, uint8_t byte,
                                 bool plain)
{
    if (!plain)
        return text_put_escaped(buffer, size, length, byte);
    if (*length + 1 >= size)
        return false;
    buffer[(*length)++] = (char)byte;
    buffer[*length] = '\0';
    return true;
}

/* Writes `count` bytes as lower-case hexadecimal digits, and a terminator. */
void text_put_hexadecimal(char *buffer, const uint8_t *bytes, size_t count);

/* Reads `count` bytes from twice as many of such digits; false at the first character that
 * is none, beyond which nothing is looked at. */
bool text_read_hexadecimal(const char *digits, uint8_t *bytes, size_t count);

/* Writes a number in decimal digits, and a terminator; returns how many. */
#define TEXT_DECIMAL_SIZE 21
size_t text_put_decimal(char *buffer, uint64_t number);

/* Adds foreign text for a terminal: control characters (C0, DEL, C1, those
 * that turn the direction of writing) and bytes that are not UTF-8 become \xNN,
 * so that no escape sequence survives. */
void text_add_printable(struct text *text, const char *foreign);

/* Adds `content` in lines of at most `width` columns, broken at spaces; each
 * line begins with `indent` spaces and ends with '\n'.  A word longer than a
 * line stands on a line of its own.  Columns are counted in UTF-8 characters. */
void text_add_wrapped(struct text *text, const char *content, size_t indent, size_t width);

#endif
