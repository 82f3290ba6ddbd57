/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this DNS message say?  The bytes of one message come in, names and
 * records as text come out (RFC 1035 section 4, RFC 2181; RFC 6891 and RFC 8914
 * for the OPT record).  Every name is copied out in full, so that nothing of the
 * message's compression is left to be followed later; names of records that are
 * not kept are stepped over, so that the work grows with the message alone.
 */
#include "dissectors/dns_message.h"

#include "dissectors/dns_data.h"
#include "dissectors/dns_text.h"

#define CLASS_IN 1
#define OPTION_EXTENDED_ERROR 15 /* RFC 8914 section 2 */

/* A message while it is read. */
struct reading {
    struct bytes whole; /* compression counts from its start */
    struct bytes rest;
    struct bytes question; /* the first question's name as it stands there */
    size_t question_size; /* as text, with its end */
    struct bytes known; /* dns_message_glance's `question` */
    bool glance; /* at addresses alone */
    struct dns_message *message;
};

/* The fixed part of a resource record, RFC 1035 section 4.1.3. */
struct record_head {
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
};

/* The name at the front of `from` as text; NULL in `name` when it has no room. */
static bool name_read(struct reading *reading, struct bytes *from, const char **name)
{
    struct dns_text text = dns_text_begin(reading->message);
    bool good = dns_text_add_name(&text, reading->whole, from);
    if (!good)
        text.full = true;
    *name = dns_text_finish(&text);
    return good;
}

/* Sets `address` and `data`; data whose text does not fit is "". False when the
 * record's data is not what its type says; its text is then its length. */
static bool data_read(struct reading *reading, struct bytes data, struct dns_record *record)
{
    struct dns_text text = dns_text_begin(reading->message);
    bool good = dns_data_add(&text, reading->whole, data, record);
    if (!good) {
        record->address = (struct address){{0}};
        dns_text_reset(&text);
        dns_text_print(&text, "\\# %zu", data.length);
    }
    record->data = dns_text_finish(&text);
    if (record->data == NULL)
        record->data = "";
    return good;
}

/* Is it what the question asked for? Most records stand under that name, which they point to
 * (RFC 1035 section 4.1.4) or spell alike. */
static bool name_is_asked(const struct reading *reading, struct bytes name)
{
    static const uint8_t pointer[] = {0xc0, DNS_HEADER_LENGTH};
    return reading->message->name != NULL &&
           (bytes_equal(name, bytes_of(pointer, sizeof pointer)) ||
            bytes_equal(name, reading->question));
}

/* The name of a record, `length` bytes of the message from `name` on. It takes the room of a
 * copy though it is none: what a long message has no room for does not depend on spelling. */
static bool owner_read(struct reading *reading, struct bytes name, size_t length,
                       const char **owner)
{
    struct dns_message *message = reading->message;
    if (!name_is_asked(reading, bytes_first(name, length)))
        return name_read(reading, &name, owner);
    bool fits = message->text_length + reading->question_size <= sizeof message->text;
    *owner = fits ? message->name : NULL;
    message->text_length += fits ? reading->question_size : 0;
    return true;
}

static bool record_head_read(struct bytes *from, struct record_head *head)
{
    return bytes_read_u16(from, &head->type) && bytes_read_u16(from, &head->class) &&
           bytes_read_u32(from, &head->ttl);
}

/* RFC 8914 section 2: a code, and text that may end in a zero byte. */
static bool extended_error_read(struct dns_message *message, struct bytes option)
{
    uint16_t code;
    uint8_t byte;
    if (!bytes_read_u16(&option, &code))
        return false;
    if (message->has_extended_error)
        return true;
    struct dns_text text = dns_text_begin(message);
    while (bytes_read_u8(&option, &byte) && (byte != 0 || !bytes_empty(option)))
        dns_text_put_byte(&text, byte);
    message->has_extended_error = true;
    message->extended_error = code;
    if (message->text_length > text.begin)
        message->extended_text = dns_text_finish(&text);
    return true;
}

/* RFC 6891 section 6.1: class is the payload size, time to live holds the upper
 * bits of the response code. Only the first OPT record counts. */
static bool options_read(struct dns_message *message, const struct record_head *head,
                         struct bytes data)
{
    if (message->edns)
        return true;
    message->edns = true;
    message->udp_size = head->class;
    message->rcode = (uint8_t)(head->ttl >> 24 << 4 | (message->rcode & 0x0f));
    while (!bytes_empty(data)) {
        uint16_t code;
        struct bytes option;
        if (!bytes_read_u16(&data, &code) || !bytes_take_u16_prefixed(&data, &option) ||
            (code == OPTION_EXTENDED_ERROR && !extended_error_read(message, option)))
            return false;
    }
    return true;
}

/* What came of one resource record. */
enum record_result { RECORD_GOOD, RECORD_BAD_DATA, RECORD_BROKEN_OFF };

static void address_keep(struct reading *reading, uint16_t type, struct bytes data)
{
    struct dns_record record = {.section = DNS_ANSWER, .type = type};
    size_t length = type == DNS_TYPE_A ? 4 : 16;
    if ((type == DNS_TYPE_A || type == DNS_TYPE_AAAA) && data.length == length &&
        dns_address_take(&data, length, &record.address))
        reading->message->records[reading->message->record_count++] = record;
}

static enum record_result record_read(struct reading *reading, enum dns_section section)
{
    struct dns_message *message = reading->message;
    size_t text_length = message->text_length;
    struct bytes name = reading->rest;
    struct record_head head;
    struct bytes data;
    const char *owner;
    if (!dns_name_skip(&reading->rest))
        return RECORD_BROKEN_OFF;
    size_t name_length = name.length - reading->rest.length;
    if (!record_head_read(&reading->rest, &head) || !bytes_take_u16_prefixed(&reading->rest, &data))
        return RECORD_BROKEN_OFF;
    if (head.type == DNS_TYPE_OPT && section == DNS_ADDITIONAL)
        return options_read(message, &head, data) ? RECORD_GOOD : RECORD_BAD_DATA;
    if (head.type == DNS_TYPE_OPT || head.class != CLASS_IN ||
        message->record_count == DNS_RECORD_LIMIT)
        return RECORD_GOOD;
    if (reading->glance) {
        if (section == DNS_ANSWER)
            address_keep(reading, head.type, data);
        return RECORD_GOOD;
    }
    if (!owner_read(reading, name, name_length, &owner))
        return RECORD_BROKEN_OFF;
    if (owner == NULL) {
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

/* Eight bytes at a time: of those below 0x80 the top bit is free, to be reached by adding. */
static bool has_upper_case(struct bytes name)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    struct bytes taken;
    uint64_t upper = 0;
    uint8_t byte;
    while (bytes_take(&name, 8, &taken)) {
        uint64_t word;
        memcpy(&word, taken.data, sizeof word);
        uint64_t low = word & 0x7f * ones;
        upper |= (low + (0x80 - 'A') * ones) & ~(low + (0x7f - 'Z') * ones) & ~word & 0x80 * ones;
    }
    while (bytes_read_u8(&name, &byte))
        upper |= byte >= 'A' && byte <= 'Z';
    return upper != 0;
}

/* How the first question's letters were written: a defence against forgers who
 * have to guess (draft-vixie-dnsext-dns0x20). Lengths of labels are no letters. */
static void spelling_read(struct dns_message *message, struct bytes name)
{
    bool lower = false;
    uint64_t spelling = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    uint8_t byte;
    if (!has_upper_case(name))
        return;
    while (bytes_read_u8(&name, &byte)) {
        lower = lower || (byte >= 'a' && byte <= 'z');
        spelling = (spelling ^ byte) * UINT64_C(0x100000001b3);
    }
    message->spelling = spelling;
    message->mixed_case = lower;
}

/* What is known takes as many bytes, and two more: a length for each dot, one for the first
 * label, and the root's. */
static bool known_name_read(struct reading *reading, const char **name)
{
    struct dns_message *message = reading->message;
    const struct bytes known = reading->known;
    if (!bytes_skip(&reading->rest, known.length + 2) || known.length >= sizeof message->text)
        return false;
    memcpy(message->text, known.data, known.length);
    message->text[known.length] = '\0';
    message->text_length = known.length + 1;
    *name = message->text;
    return true;
}

static bool first_question_read(struct reading *reading)
{
    struct dns_message *message = reading->message;
    struct bytes name = reading->rest;
    const char *text = NULL;
    uint16_t type, class;
    if (bytes_empty(reading->known) ? !name_read(reading, &reading->rest, &text)
                                    : !known_name_read(reading, &text))
        return false;
    struct bytes raw = bytes_first(name, (size_t)(reading->rest.data - name.data));
    if (!bytes_read_u16(&reading->rest, &type) || !bytes_read_u16(&reading->rest, &class)) {
        message->text_length = 0;
        return false;
    }
    message->name = text;
    message->type = type;
    message->class = class;
    reading->question = raw;
    reading->question_size = message->text_length;
    spelling_read(message, raw);
    return true;
}

/* RFC 1035 section 4.1.2.  Only the first question is kept. */
static bool questions_read(struct reading *reading, uint16_t count)
{
    if (count > 0 && !first_question_read(reading))
        return false;
    for (uint16_t i = 1; i < count; i++) {
        if (!dns_name_skip(&reading->rest) || !bytes_skip(&reading->rest, 4))
            return false;
    }
    return true;
}

static bool opcode_assigned(uint8_t opcode)
{
    return opcode <= 6 && opcode != 3; /* IANA, "DNS OpCodes" */
}

bool dns_flags_plausible(uint16_t flags)
{
    bool response = (flags & 0x8000) != 0;
    uint8_t opcode = (uint8_t)(flags >> 11 & 0x0f);
    return opcode_assigned(opcode) &&
           (response || opcode != DNS_OPCODE_QUERY || (flags & 0x000f) == 0);
}

bool dns_message_plausible(struct bytes from)
{
    uint16_t id, flags, questions, answers;
    if (from.length < DNS_HEADER_LENGTH || !bytes_read_u16(&from, &id) ||
        !bytes_read_u16(&from, &flags) || !bytes_read_u16(&from, &questions) ||
        !bytes_read_u16(&from, &answers) || !dns_flags_plausible(flags))
        return false;
    /* RFC 9619: a query has one question. Answers are let off: errors may repeat
     * none, and forged ones come with anything. */
    return (flags & 0x8000) != 0 || (flags & 0x7800) != 0 || (questions == 1 && answers == 0);
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
    message->recursion_available = (flags & 0x0080) != 0;
    message->authenticated = (flags & 0x0020) != 0;
    message->rcode = (uint8_t)(flags & 0x0f);
    return true;
}

/* All but what the header sets; the arrays are left as they are. */
static void message_clear(struct dns_message *message)
{
    message->name = NULL;
    message->type = 0;
    message->class = 0;
    message->spelling = 0;
    message->mixed_case = false;
    message->edns = false;
    message->udp_size = 0;
    message->has_extended_error = false;
    message->extended_error = 0;
    message->extended_text = NULL;
    message->record_count = 0;
    message->text_length = 0;
}

static enum dns_message_result message_read(struct reading reading)
{
    uint16_t counts[4] = {0};
    bool good = true;
    message_clear(reading.message);
    if (!dns_message_plausible(reading.whole) || !header_read(&reading, counts))
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

enum dns_message_result dns_message_read(struct bytes from, struct dns_message *message)
{
    struct reading reading = {.whole = from, .rest = from, .message = message};
    return message_read(reading);
}

enum dns_message_result dns_message_glance(struct bytes from, struct bytes question,
                                           struct dns_message *message)
{
    struct reading reading = {
        .whole = from, .rest = from, .known = question, .glance = true, .message = message};
    return message_read(reading);
}
