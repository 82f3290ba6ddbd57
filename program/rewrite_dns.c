/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS messages (RFC 1035), multicast ones too (RFC 6762).  Labels keep their lengths, so
 * that compression pointers go on leading where they led.  A label that a name of Apple's
 * ends in stays, whoever else shares it: that is learned in a first round.
 */
#include <string.h>

#include "program/rewrite_parts.h"

#define LABEL_LIMIT 128u
#define NAME_SIZE 256u
#define OFFSET_LIMIT 65536u

enum record_type {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_DNAME = 39,
    TYPE_OPT = 41
};

struct rewriting {
    struct pseudonyms *pseudonyms;
    struct bytes message;
    struct span changed;
    bool learning; /* the first round */
    uint8_t kept[OFFSET_LIMIT / 8]; /* by where in the message a label begins */
};

struct name {
    char text[NAME_SIZE];
    uint16_t offsets[LABEL_LIMIT]; /* of its labels' length bytes */
    uint16_t starts[LABEL_LIMIT]; /* of the labels in `text` */
    size_t count;
    size_t behind; /* where what follows the name begins */
};

/* Reads the name at `at`, through pointers. */
static bool name_read(struct bytes message, size_t at, struct name *name)
{
    size_t length = 0, jumps = 0;
    name->count = name->behind = 0;
    for (;;) {
        uint8_t size, low;
        if (!bytes_peek_u8(message, at, &size) || at >= OFFSET_LIMIT)
            return false;
        if (size == 0)
            break;
        if ((size & 0xc0) == 0xc0) { /* RFC 1035 section 4.1.4 */
            if (!bytes_peek_u8(message, at + 1, &low) || ++jumps > LABEL_LIMIT)
                return false;
            name->behind = name->behind > 0 ? name->behind : at + 2;
            at = (size_t)(size & 0x3f) << 8 | low;
            continue;
        }
        struct bytes label = bytes_first(bytes_from(message, at + 1), size);
        if ((size & 0xc0) != 0 || label.length < size || name->count == LABEL_LIMIT ||
            length + size + 2 > NAME_SIZE)
            return false;
        name->offsets[name->count] = (uint16_t)at;
        length += length > 0;
        name->starts[name->count++] = (uint16_t)length;
        if (length > 0)
            name->text[length - 1] = '.';
        for (size_t i = 0; i < size; i++) /* no C string ends within a name */
            name->text[length + i] = label.data[i] != 0 ? (char)label.data[i] : '?';
        length += size;
        at += 1u + size;
    }
    name->text[length] = '\0';
    name->behind = name->behind > 0 ? name->behind : at + 1;
    return true;
}

static bool is_kept(const struct rewriting *rewriting, size_t offset)
{
    return (rewriting->kept[offset / 8] >> offset % 8 & 1) != 0;
}

/* The last label of several stays, and what "arpa" is for. */
static bool label_stays(const struct name *name, size_t index)
{
    return (index > 0 && index + 1 == name->count) ||
           (index + 2 == name->count && strcmp(name->text + name->starts[index + 1], "arpa") == 0);
}

/* Keeps or replaces the name at `*at`, and moves behind it. `of_apple` (may be NULL): is it
 * one that stays? */
static bool name_take(struct rewriting *rewriting, size_t *at, bool *of_apple)
{
    struct name name;
    char label[NAME_SIZE];
    if (!name_read(rewriting->message, *at, &name))
        return false;
    *at = name.behind;
    bool stays = name.count == 0 || pseudonyms_keeps_name(rewriting->pseudonyms, name.text);
    if (of_apple != NULL)
        *of_apple = stays && name.count > 0;
    for (size_t i = 0; i < name.count; i++) {
        size_t offset = name.offsets[i];
        const char *text = name.text + name.starts[i];
        size_t size = strcspn(text, ".");
        uint8_t told = 0;
        /* A dot may be within a label; its length byte counts. */
        if (bytes_peek_u8(rewriting->message, offset, &told))
            size = told;
        if (rewriting->learning && stays)
            rewriting->kept[offset / 8] |= (uint8_t)(1u << offset % 8);
        if (rewriting->learning || stays || is_kept(rewriting, offset) || label_stays(&name, i))
            continue;
        pseudonym_label(rewriting->pseudonyms, text, size,
                        i + 1 < name.count ? name.text + name.starts[i + 1] : "", label);
        span_put(span_part(rewriting->changed, offset + 1, size), label, size);
    }
    return true;
}

static void zero(struct rewriting *rewriting, size_t at, size_t length)
{
    if (!rewriting->learning)
        span_fill(span_part(rewriting->changed, at, length), 0);
}

/* EDNS options (RFC 6891 section 6.1.2) may tell of the client: its network (RFC 7871), its
 * MAC, what a filter says of it. Their codes and lengths stay. */
static void options_take(struct rewriting *rewriting, size_t at, size_t end)
{
    while (at + 4 <= end) {
        struct bytes header = bytes_from(rewriting->message, at);
        uint16_t code, length;
        if (!bytes_read_u16(&header, &code) || !bytes_read_u16(&header, &length) ||
            length > end - at - 4)
            break;
        size_t kept = code == 15 && length >= 2 ? 2 : 0; /* RFC 8914 section 2 */
        zero(rewriting, at + 4 + kept, length - kept);
        at += 4u + length;
    }
    zero(rewriting, at, end - at);
}

/* Names at the beginning of a record's data, behind `before` other bytes; the rest stays
 * where it is numbers. */
static bool names_take(struct rewriting *rewriting, size_t at, size_t before, size_t count)
{
    at += before;
    for (size_t i = 0; i < count; i++)
        if (!name_take(rewriting, &at, NULL))
            return false;
    return true;
}

static bool data_take(struct rewriting *rewriting, uint16_t type, bool of_apple, size_t at,
                      size_t length)
{
    switch (type) {
    case TYPE_A:
    case TYPE_AAAA:
        if (!rewriting->learning)
            rewrite_address(rewriting->pseudonyms, span_part(rewriting->changed, at, length));
        return true;
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
    case TYPE_DNAME:
        return names_take(rewriting, at, 0, 1);
    case TYPE_MX:
        return names_take(rewriting, at, 2, 1);
    case TYPE_SRV:
        return names_take(rewriting, at, 6, 1);
    case TYPE_SOA:
        return names_take(rewriting, at, 0, 2);
    case TYPE_OPT:
        options_take(rewriting, at, at + length);
        return true;
    default:
        if (!of_apple)
            zero(rewriting, at, length);
        return true;
    }
}

/* Type and class behind a question's name; and time to live and data behind a record's. */
static bool entry_take(struct rewriting *rewriting, bool question, size_t *place)
{
    size_t at = *place;
    bool of_apple = false;
    uint16_t type, class, length;
    uint32_t ttl;
    if (!name_take(rewriting, &at, &of_apple))
        return false;
    struct bytes fields = bytes_from(rewriting->message, at);
    if (!bytes_read_u16(&fields, &type) || !bytes_read_u16(&fields, &class))
        return false;
    at += 4;
    if (!question) {
        if (!bytes_read_u32(&fields, &ttl) || !bytes_read_u16(&fields, &length) ||
            fields.length < length)
            return false;
        at += 6;
        if (!data_take(rewriting, type, of_apple, at, length))
            return false;
        at += length;
    }
    *place = at;
    return true;
}

/* Where what is understood ends. */
static size_t walk(struct rewriting *rewriting)
{
    struct bytes header = rewriting->message;
    uint16_t identification, flags, counts[4];
    size_t at = 12;
    if (!bytes_read_u16(&header, &identification) || !bytes_read_u16(&header, &flags))
        return 0;
    for (size_t i = 0; i < 4; i++)
        if (!bytes_read_u16(&header, &counts[i]))
            return 0;
    for (size_t section = 0; section < 4; section++)
        for (size_t i = 0; i < counts[section]; i++)
            if (!entry_take(rewriting, section == 0, &at))
                return at;
    return at;
}

size_t rewrite_dns(struct pseudonyms *pseudonyms, struct bytes message, struct span changed)
{
    struct rewriting rewriting = {
        .pseudonyms = pseudonyms, .message = message, .changed = changed, .learning = true};
    size_t length = walk(&rewriting);
    rewriting.learning = false;
    if (length >= 12)
        length = walk(&rewriting);
    return length < message.length ? length : message.length;
}
