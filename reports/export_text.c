/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a value stand in a record of an export?  Numbers and foreign text come
 * in; what the format's readers take for just that goes out (RFC 8259, RFC 4180,
 * Zeek's ASCII logs).
 */
#include "reports/export_text.h"

#include <string.h>

#include "base/timestamp.h"

#define DIGITS_SIZE 21

static size_t put_digits(char *place, uint64_t value, size_t least)
{
    char reversed[DIGITS_SIZE];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || count < least);
    for (size_t i = 0; i < count; i++)
        place[i] = reversed[count - 1 - i];
    return count;
}

void export_count(struct text *out, uint64_t count)
{
    char digits[DIGITS_SIZE];
    text_add_bytes(out, digits, put_digits(digits, count, 1));
}

void export_seconds(struct text *out, int64_t nanoseconds)
{
    char digits[2 * DIGITS_SIZE + 2];
    bool negative = nanoseconds < 0;
    uint64_t size = negative ? (uint64_t)0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
    size_t length = 0;
    if (negative)
        digits[length++] = '-';
    length += put_digits(digits + length, size / 1000000000u, 1);
    digits[length++] = '.';
    length += put_digits(digits + length, size % 1000000000u / 1000, 6);
    text_add_bytes(out, digits, length);
}

void export_eve_time(struct text *out, int64_t time)
{
    char printed[TIMESTAMP_TEXT_SIZE];
    char decimals[7] = "000000";
    timestamp_print(time, printed);
    size_t length = strcspn(printed, ".Z");
    if (printed[length] == '.')
        for (size_t i = 0; i < 6 && printed[length + 1 + i] != 'Z'; i++)
            decimals[i] = printed[length + 1 + i];
    text_add_bytes(out, printed, length);
    text_add(out, ".");
    text_add(out, decimals);
    text_add(out, "+0000");
}

/* A control character that is sound UTF-8 of two or three bytes: C1, and those that
 * turn the direction of writing (as base/text.h). Its bytes, or 0. */
static size_t long_control(const char *text, unsigned *character)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] <= 0x9f) {
        *character = bytes[1];
        return 2;
    }
    if (bytes[0] != 0xe2 || (bytes[1] != 0x80 && bytes[1] != 0x81) || bytes[2] < 0x80 ||
        bytes[2] > 0xbf)
        return 0;
    *character = 0x2000u | (unsigned)(bytes[1] & 0x3f) << 6 | (bytes[2] & 0x3fu);
    return 3;
}

static void add_escape(struct text *out, unsigned character)
{
    static const char digits[] = "0123456789abcdef";
    char escape[7] = "\\u0000";
    for (size_t i = 0; i < 4; i++)
        escape[5 - i] = digits[character >> (4 * i) & 15];
    text_add_bytes(out, escape, 6);
}

/* How many bytes at the beginning are plain in every format: no blank, no sign that one
 * of them gives a meaning to. Nearly all text is. */
static size_t plain_length(const char *text)
{
    size_t length = 0;
    while ((text[length] >= 'a' && text[length] <= 'z') ||
           (text[length] >= '.' && text[length] <= ':') ||
           (text[length] >= 'A' && text[length] <= 'Z') || text[length] == '_')
        length++;
    return length;
}

void export_json_text(struct text *out, const char *foreign)
{
    text_add_bytes(out, "\"", 1);
    while (*foreign != '\0') {
        size_t plain = plain_length(foreign), length;
        while ((length = text_printable_length(foreign + plain)) > 0 && foreign[plain] != '"' &&
               foreign[plain] != '\\')
            plain += length;
        text_add_bytes(out, foreign, plain);
        foreign += plain;
        if (*foreign == '\0')
            break;
        unsigned character = (unsigned char)*foreign;
        length = 1;
        if (*foreign == '"' || *foreign == '\\') {
            text_add_bytes(out, "\\", 1);
            text_add_bytes(out, foreign, 1);
        } else if (character < 0x20 || character == 0x7f ||
                   (length = long_control(foreign, &character)) > 0) {
            add_escape(out, character);
        } else {
            add_escape(out, 0xfffd);
            length = 1;
        }
        foreign += length;
    }
    text_add_bytes(out, "\"", 1);
}

static void add_hexadecimal(struct text *out, char byte)
{
    char escape[] = "\\x00";
    uint8_t value = (uint8_t)byte;
    text_put_hexadecimal(escape + 2, &value, 1);
    text_add_bytes(out, escape, 4);
}

void export_zeek_text(struct text *out, const char *foreign, char separator)
{
    if (foreign[0] == '\0') {
        text_add(out, "(empty)");
        return;
    }
    /* What alone would read as "unset" or "empty" must not. */
    if (strcmp(foreign, "-") == 0 || strcmp(foreign, "(empty)") == 0)
        add_hexadecimal(out, *foreign++);
    for (;;) {
        size_t plain = plain_length(foreign);
        text_add_bytes(out, foreign, plain);
        foreign += plain;
        if (*foreign == '\0')
            return;
        size_t length = text_printable_length(foreign);
        if (*foreign == '\\') {
            text_add_bytes(out, "\\\\", 2);
            foreign++;
        } else if (length == 0 || (separator != 0 && *foreign == separator)) {
            add_hexadecimal(out, *foreign++);
        } else {
            text_add_bytes(out, foreign, length);
            foreign += length;
        }
    }
}

void export_csv_text(struct text *out, const char *foreign)
{
    struct text safe = {0};
    size_t plain = plain_length(foreign);
    if (foreign[plain] == '\0') {
        text_add_bytes(out, foreign, plain);
        return;
    }
    if (foreign[0] != '\0' && strchr("=+-@\t\r", foreign[0]) != NULL)
        text_add_bytes(&safe, "'", 1);
    text_add_printable(&safe, foreign);
    const char *content = text_content(&safe);
    bool quoted = strpbrk(content, "\",; ") != NULL;
    if (quoted)
        text_add_bytes(out, "\"", 1);
    for (; *content != '\0'; content++) {
        if (*content == '"')
            text_add_bytes(out, "\"", 1);
        text_add_bytes(out, content, 1);
    }
    if (quoted)
        text_add_bytes(out, "\"", 1);
    out->failed = out->failed || safe.failed;
    text_release(&safe);
}
