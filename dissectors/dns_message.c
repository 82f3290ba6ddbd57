/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this DNS message say?  The bytes of one message come in, names and
 * records as text come out (RFC 1035 section 4, RFC 2181, RFC 3597 section 5,
 * RFC 6891, RFC 9460).  Every name is copied out in full, so that nothing of
 * the message's compression is left to be followed later.
 */
#include "dissectors/dns_message.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define NAME_WIRE_LIMIT 255 /* RFC 1035 section 2.3.4 */
#define POINTER_LIMIT 128 /* a name has at most 127 labels */
#define TXT_TEXT_LIMIT 255
#define CLASS_IN 1

enum label_kind { LABEL_PLAIN = 0x00, LABEL_POINTER = 0xc0, LABEL_KIND_MASK = 0xc0 };

/* A message while it is read. */
struct reading {
    struct bytes whole; /* compression counts from its start */
    struct bytes rest;
    struct dns_message *message;
};

/* The fixed part of a resource record, RFC 1035 section 4.1.3. */
struct record_head {
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
};

/* Text is built at the end of the message's buffer; what does not fit makes it
 * fail for good, and text_begin is where a failed text is given back to. */
struct text_end {
    struct dns_message *message;
    size_t begin;
    bool full;
};

static struct text_end text_begin(struct dns_message *message)
{
    struct text_end end = {message, message->text_length, false};
    return end;
}

static void text_put(struct text_end *end, char character)
{
    struct dns_message *message = end->message;
    if (message->text_length + 1 >= sizeof message->text)
        end->full = true;
    else
        message->text[message->text_length++] = character;
}

static void text_print(struct text_end *end, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void text_print(struct text_end *end, const char *format, ...)
{
    char printed[80];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(printed, sizeof printed, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof printed);
    for (int i = 0; i < length; i++)
        text_put(end, printed[i]);
}

/* The finished text, terminated; NULL (and the room given back) if it was full. */
static const char *text_finish(struct text_end *end)
{
    struct dns_message *message = end->message;
    if (end->full) {
        message->text_length = end->begin;
        return NULL;
    }
    message->text[message->text_length++] = '\0';
    return message->text + end->begin;
}

/* RFC 1035 section 5.1: \DDD is the byte with that decimal number. */
static void text_put_byte(struct text_end *end, uint8_t byte)
{
    if (byte < 0x20 || byte > 0x7e) {
        text_put(end, '\\');
        text_put(end, (char)('0' + byte / 100));
        text_put(end, (char)('0' + byte / 10 % 10));
        text_put(end, (char)('0' + byte % 10));
    } else {
        if (byte == '\\')
            text_put(end, '\\');
        text_put(end, (char)byte);
    }
}

static void text_put_label(struct text_end *end, struct bytes label)
{
    uint8_t byte;
    while (bytes_read_u8(&label, &byte)) {
        if (byte >= 'A' && byte <= 'Z') {
            text_put(end, (char)(byte - 'A' + 'a'));
        } else if (byte == ' ') {
            text_print(end, "\\032");
        } else {
            if (byte == '.')
                text_put(end, '\\');
            text_put_byte(end, byte);
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

/* Adds the name at the front of `from`, a part of `whole`, and takes it off.
 * False when the name is none (RFC 1035 sections 2.3.4, 4.1.4). */
static bool name_add(struct bytes whole, struct bytes *from, struct text_end *end)
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
        if ((length & LABEL_KIND_MASK) != LABEL_PLAIN || wire_length > NAME_WIRE_LIMIT ||
            !bytes_take(&cursor, length, &label))
            return false;
        if (wire_length > 2u + length)
            text_put(end, '.');
        text_put_label(end, label);
    }
    if (wire_length == 1)
        text_put(end, '.');
    if (pointers == 0)
        *from = cursor;
    return true;
}

/* As name_add, for a text that is one name; NULL in `text` when it has no room. */
static bool name_read(struct reading *reading, const char **text)
{
    struct text_end end = text_begin(reading->message);
    if (!name_add(reading->whole, &reading->rest, &end)) {
        end.full = true;
        *text = text_finish(&end);
        return false;
    }
    *text = text_finish(&end);
    return true;
}

static bool soa_add(struct bytes whole, struct bytes *data, struct text_end *end)
{
    if (!name_add(whole, data, end))
        return false;
    text_put(end, ' ');
    if (!name_add(whole, data, end))
        return false;
    for (int i = 0; i < 5; i++) {
        uint32_t number;
        if (!bytes_read_u32(data, &number))
            return false;
        text_print(end, " %" PRIu32, number);
    }
    return true;
}

/* The character-strings of RFC 1035 section 3.3.14, one after the other. */
static bool txt_add(struct bytes *data, struct text_end *end)
{
    struct bytes string;
    uint8_t byte;
    while (!bytes_empty(*data)) {
        if (!bytes_take_u8_prefixed(data, &string))
            return false;
        while (bytes_read_u8(&string, &byte)) {
            if (end->message->text_length - end->begin + 4 <= TXT_TEXT_LIMIT)
                text_put_byte(end, byte);
        }
    }
    return true;
}

/* RFC 9460 section 2.2; the parameters that follow are not shown. */
static bool svcb_add(struct bytes whole, struct bytes *data, struct text_end *end)
{
    uint16_t priority;
    if (!bytes_read_u16(data, &priority))
        return false;
    text_print(end, "%" PRIu16 " ", priority);
    if (!name_add(whole, data, end))
        return false;
    *data = bytes_from(*data, data->length);
    return true;
}

static bool address_add(struct bytes *data, struct text_end *end, struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];
    struct bytes octets;
    if (bytes_take(data, 16, &octets))
        *address = address_from_ipv6(octets.data);
    else if (bytes_take(data, 4, &octets))
        *address = address_from_ipv4(octets.data);
    else
        return false;
    text_print(end, "%s", address_print(address, printed));
    return true;
}

/* Adds the text of a record's data, all of which must be used up. */
static bool data_add(struct bytes whole, struct bytes data, struct dns_record *record,
                     struct text_end *end)
{
    size_t length = data.length;
    bool good = true;
    switch (record->type) {
    case DNS_TYPE_A:
        good = length == 4 && address_add(&data, end, &record->address);
        break;
    case DNS_TYPE_AAAA:
        good = length == 16 && address_add(&data, end, &record->address);
        break;
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_PTR:
    case DNS_TYPE_DNAME:
        good = name_add(whole, &data, end);
        break;
    case DNS_TYPE_SOA:
        good = soa_add(whole, &data, end);
        break;
    case DNS_TYPE_MX: /* RFC 1035 section 3.3.9: after the preference */
        good = bytes_skip(&data, 2) && name_add(whole, &data, end);
        break;
    case DNS_TYPE_SRV: /* RFC 2782: after priority, weight and port */
        good = bytes_skip(&data, 6) && name_add(whole, &data, end);
        break;
    case DNS_TYPE_TXT:
        good = txt_add(&data, end);
        break;
    case DNS_TYPE_SVCB:
    case DNS_TYPE_HTTPS:
        good = svcb_add(whole, &data, end);
        break;
    default: /* RFC 3597 section 5 */
        if (length > 0)
            text_print(end, "\\# %zu", length);
        return true;
    }
    return good && bytes_empty(data);
}

/* Sets `address` and `data`; data whose text does not fit is "". False when the
 * record's data is not what its type says; its text is then its length. */
static bool data_read(struct reading *reading, struct bytes data, struct dns_record *record)
{
    struct text_end end = text_begin(reading->message);
    bool good = data_add(reading->whole, data, record, &end);
    if (!good) {
        record->address = (struct address){{0}};
        reading->message->text_length = end.begin;
        end.full = false;
        text_print(&end, "\\# %zu", data.length);
    }
    record->data = text_finish(&end);
    if (record->data == NULL)
        record->data = "";
    return good;
}

static bool record_head_read(struct bytes *from, struct record_head *head)
{
    return bytes_read_u16(from, &head->type) && bytes_read_u16(from, &head->class) &&
           bytes_read_u32(from, &head->ttl);
}

/* What came of one resource record. */
enum record_result { RECORD_GOOD, RECORD_BAD_DATA, RECORD_BROKEN_OFF };

static enum record_result record_read(struct reading *reading, enum dns_section section)
{
    struct dns_message *message = reading->message;
    size_t text_length = message->text_length;
    struct record_head head;
    struct bytes data;
    const char *owner;
    if (!name_read(reading, &owner) || !record_head_read(&reading->rest, &head) ||
        !bytes_take_u16_prefixed(&reading->rest, &data)) {
        message->text_length = text_length;
        return RECORD_BROKEN_OFF;
    }
    if (head.type == DNS_TYPE_OPT && section == DNS_ADDITIONAL) /* RFC 6891 section 6.1.3 */
        message->rcode = (uint8_t)(head.ttl >> 24 << 4 | (message->rcode & 0x0f));
    if (owner == NULL || head.type == DNS_TYPE_OPT || head.class != CLASS_IN ||
        message->record_count == DNS_RECORD_LIMIT) {
        message->text_length = text_length;
        return RECORD_GOOD;
    }
    struct dns_record *record = &message->records[message->record_count++];
    /* RFC 2181 section 8: a time to live with the top bit set counts as zero. */
    *record = (struct dns_record){.section = section,
                                  .owner = owner,
                                  .type = head.type,
                                  .ttl = head.ttl > INT32_MAX ? 0 : head.ttl};
    return data_read(reading, data, record) ? RECORD_GOOD : RECORD_BAD_DATA;
}

/* RFC 1035 section 4.1.2.  Only the first question is kept. */
static bool questions_read(struct reading *reading, uint16_t count)
{
    struct dns_message *message = reading->message;
    for (uint16_t i = 0; i < count; i++) {
        size_t text_length = message->text_length;
        const char *name;
        uint16_t type, class;
        if (!name_read(reading, &name))
            return false;
        if (!bytes_read_u16(&reading->rest, &type) || !bytes_read_u16(&reading->rest, &class)) {
            message->text_length = text_length;
            return false;
        }
        if (i == 0) {
            message->name = name;
            message->type = type;
            message->class = class;
        } else {
            message->text_length = text_length;
        }
    }
    return true;
}

static bool opcode_assigned(uint8_t opcode)
{
    return opcode <= 6 && opcode != 3; /* IANA, "DNS OpCodes" */
}

bool dns_message_plausible(struct bytes from)
{
    uint16_t id, flags, questions, answers;
    if (from.length < DNS_HEADER_LENGTH || !bytes_read_u16(&from, &id) ||
        !bytes_read_u16(&from, &flags) || !bytes_read_u16(&from, &questions) ||
        !bytes_read_u16(&from, &answers))
        return false;
    bool response = (flags & 0x8000) != 0;
    uint8_t opcode = (uint8_t)(flags >> 11 & 0x0f);
    if (!opcode_assigned(opcode))
        return false;
    /* RFC 9619: a query has one question. Answers are let off: errors may repeat
     * none, and forged ones come with anything. */
    return response || opcode != DNS_OPCODE_QUERY ||
           (questions == 1 && answers == 0 && (flags & 0x000f) == 0);
}

static bool header_read(struct reading *reading, uint16_t counts[4])
{
    struct dns_message *message = reading->message;
    uint16_t flags;
    if (!bytes_read_u16(&reading->rest, &message->id) || !bytes_read_u16(&reading->rest, &flags))
        return false;
    for (int i = 0; i < 4; i++) {
        if (!bytes_read_u16(&reading->rest, &counts[i]))
            return false;
    }
    message->response = (flags & 0x8000) != 0;
    message->opcode = (uint8_t)(flags >> 11 & 0x0f);
    message->authoritative = (flags & 0x0400) != 0;
    message->truncated = (flags & 0x0200) != 0;
    message->rcode = (uint8_t)(flags & 0x0f);
    return true;
}

enum dns_message_result dns_message_read(struct bytes from, struct dns_message *message)
{
    struct reading reading = {from, from, message};
    uint16_t counts[4];
    bool good = true;
    message->name = NULL;
    message->type = 0;
    message->class = 0;
    message->record_count = 0;
    message->text_length = 0;
    if (!dns_message_plausible(from) || !header_read(&reading, counts))
        return DNS_MESSAGE_NOT_DNS;
    if (!questions_read(&reading, counts[0]))
        return DNS_MESSAGE_BROKEN;
    for (int section = DNS_ANSWER; section <= DNS_ADDITIONAL; section++) {
        for (uint16_t i = 0; i < counts[section]; i++) {
            enum record_result result = record_read(&reading, (enum dns_section)section);
            if (result == RECORD_BROKEN_OFF)
                return DNS_MESSAGE_BROKEN;
            good = good && result == RECORD_GOOD;
        }
    }
    return good ? DNS_MESSAGE_WHOLE : DNS_MESSAGE_BROKEN;
}
