/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do names and data of a DNS message become text?  Bytes of a message come
 * in, terminated text in the message's buffer goes out.  A name follows at most
 * POINTER_LIMIT pointers, each further to the front than the one before it (RFC
 * 1035 section 4.1.4), so that no message makes it go in circles.
 */
#include "dissectors/dns_text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define POINTER_LIMIT 128 /* a name has at most 127 labels */

enum label_kind { LABEL_PLAIN = 0x00, LABEL_POINTER = 0xc0, LABEL_KIND_MASK = 0xc0 };

struct dns_text dns_text_begin(struct dns_message *message)
{
    struct dns_text text = {message, message->text_length, false};
    return text;
}

void dns_text_put(struct dns_text *text, char character)
{
    struct dns_message *message = text->message;
    if (message->text_length + 1 >= sizeof message->text)
        text->full = true;
    else
        message->text[message->text_length++] = character;
}

void dns_text_print(struct dns_text *text, const char *format, ...)
{
    char printed[80];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(printed, sizeof printed, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof printed);
    for (int i = 0; i < length; i++)
        dns_text_put(text, printed[i]);
}

void dns_text_put_text(struct dns_text *text, const char *characters)
{
    struct dns_message *message = text->message;
    size_t length = strlen(characters);
    if (message->text_length + length < sizeof message->text) {
        memcpy(message->text + message->text_length, characters, length);
        message->text_length += length;
        return;
    }
    while (*characters != '\0')
        dns_text_put(text, *characters++);
}

void dns_text_put_number(struct dns_text *text, uint32_t number)
{
    char digits[TEXT_DECIMAL_SIZE];
    text_put_decimal(digits, number);
    dns_text_put_text(text, digits);
}

const char *dns_text_finish(struct dns_text *text)
{
    struct dns_message *message = text->message;
    if (text->full) {
        message->text_length = text->begin;
        return NULL;
    }
    message->text[message->text_length++] = '\0';
    return message->text + text->begin;
}

void dns_text_reset(struct dns_text *text)
{
    text->message->text_length = text->begin;
    text->full = false;
}

void dns_text_put_byte(struct dns_text *text, uint8_t byte)
{
    if (byte < 0x20 || byte > 0x7e) {
        dns_text_put(text, '\\');
        dns_text_put(text, (char)('0' + byte / 100));
        dns_text_put(text, (char)('0' + byte / 10 % 10));
        dns_text_put(text, (char)('0' + byte % 10));
    } else {
        if (byte == '\\')
            dns_text_put(text, '\\');
        dns_text_put(text, (char)byte);
    }
}

/* What stands for itself in a name, in lower case; 0: what does not, or not always. */
static const char usual_characters[UINT8_MAX + 1] = {
    ['-'] = '-', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5',
    ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['_'] = '_', ['A'] = 'a', ['B'] = 'b',
    ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i',
    ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p',
    ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w',
    ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd',
    ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k',
    ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',
    ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y',
    ['z'] = 'z',
};

bool dns_usual_label(struct bytes label, char *text)
{
    uint8_t byte;
    for (size_t i = 0; bytes_peek_u8(label, i, &byte); i++) {
        char character = usual_characters[byte];
        if (character == '\0')
            return false;
        text[i] = character;
    }
    return true;
}

/* Most labels are such: those are copied. False: it is another one, or room is short, and
 * nothing was put. */
static bool put_usual_label(struct dns_text *text, struct bytes label)
{
    struct dns_message *message = text->message;
    if (message->text_length + label.length + 1 >= sizeof message->text ||
        !dns_usual_label(label, message->text + message->text_length))
        return false;
    message->text_length += label.length;
    return true;
}

static void put_label(struct dns_text *text, struct bytes label)
{
    uint8_t byte;
    if (put_usual_label(text, label))
        return;
    while (bytes_read_u8(&label, &byte)) {
        if (byte >= 'A' && byte <= 'Z') {
            dns_text_put(text, (char)(byte - 'A' + 'a'));
        } else if (byte == ' ') {
            dns_text_print(text, "\\032");
        } else {
            if (byte == '.')
                dns_text_put(text, '\\');
            dns_text_put_byte(text, byte);
        }
    }
}

/* Follows the pointer whose first byte was `high`.  `limit` is where the part of
 * the name began that holds it: RFC 1035 section 4.1.4 speaks of a prior
 * occurrence, so only what lies before that can be meant. */
static bool pointer_follow(struct bytes whole, uint8_t high, struct bytes *cursor, size_t *limit)
{
    uint8_t low;
    if (!bytes_read_u8(cursor, &low))
        return false;
    size_t target = (size_t)(high & ~LABEL_KIND_MASK) << 8 | low;
    if (target >= *limit)
        return false;
    *limit = target;
    *cursor = bytes_from(whole, target);
    return true;
}

bool dns_text_add_name(struct dns_text *text, struct bytes whole, struct bytes *from)
{
    struct bytes cursor = *from;
    size_t limit = (size_t)(from->data - whole.data);
    size_t wire_length = 1;
    unsigned pointers = 0;
    for (;;) {
        struct bytes label;
        uint8_t length;
        if (!bytes_read_u8(&cursor, &length))
            return false;
        if ((length & LABEL_KIND_MASK) == LABEL_POINTER) {
            if (pointers == 0 && !bytes_skip(from, (size_t)(cursor.data - from->data) + 1))
                return false;
            if (++pointers > POINTER_LIMIT || !pointer_follow(whole, length, &cursor, &limit))
                return false;
            continue;
        }
        if (length == 0)
            break;
        wire_length += 1u + length;
        if ((length & LABEL_KIND_MASK) != LABEL_PLAIN || wire_length > DNS_NAME_BYTES ||
            !bytes_take(&cursor, length, &label))
            return false;
        if (wire_length > 2u + length)
            dns_text_put(text, '.');
        put_label(text, label);
    }
    if (wire_length == 1)
        dns_text_put(text, '.');
    if (pointers == 0)
        *from = cursor;
    return true;
}

bool dns_name_skip(struct bytes *from)
{
    struct bytes cursor = *from;
    uint8_t length = 0;
    do {
        if (!bytes_read_u8(&cursor, &length))
            return false;
        if ((length & LABEL_KIND_MASK) == LABEL_POINTER) {
            if (!bytes_skip(&cursor, 1))
                return false;
            break;
        }
        if ((length & LABEL_KIND_MASK) != LABEL_PLAIN || !bytes_skip(&cursor, length))
            return false;
    } while (length != 0);
    *from = cursor;
    return true;
}
