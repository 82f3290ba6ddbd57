/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS records at the beginning of a segment (RFC 8446 section 5.1): what is encrypted
 * stays, and of the handshake what holds no names but the server's, which is replaced
 * unless it is Apple's.  A segment that begins elsewhere cannot be told from plain text.
 */
#include "program/rewrite_parts.h"

enum content_type { CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23 };
enum handshake_type { CLIENT_HELLO = 1, SERVER_HELLO = 2, KEY_EXCHANGE = 12, DONE = 14 };

/* server_name, RFC 6066 section 3: the first name of the list, at `at` in the whole. */
static void rewrite_server_name(struct pseudonyms *pseudonyms, struct bytes extension, size_t at,
                                struct span changed)
{
    uint16_t list, length;
    uint8_t type;
    if (bytes_read_u16(&extension, &list) && bytes_read_u8(&extension, &type) &&
        bytes_read_u16(&extension, &length) && type == 0 && extension.length == length)
        rewrite_name(pseudonyms, span_part(changed, at + 5, length));
    else
        span_fill(span_part(changed, at, extension.length), 0);
}

/* A ClientHello (RFC 8446 section 4.1.2) from its version on; how much of it is understood. */
static size_t rewrite_hello(struct pseudonyms *pseudonyms, struct bytes hello, struct span changed)
{
    struct bytes rest = hello, skipped;
    uint16_t extensions;
    if (!bytes_skip(&rest, 34) || !bytes_take_u8_prefixed(&rest, &skipped) ||
        !bytes_take_u16_prefixed(&rest, &skipped) || !bytes_take_u8_prefixed(&rest, &skipped) ||
        !bytes_read_u16(&rest, &extensions))
        return hello.length - rest.length;
    for (;;) {
        struct bytes before = rest, extension;
        uint16_t type;
        if (!bytes_read_u16(&rest, &type) || !bytes_take_u16_prefixed(&rest, &extension))
            return hello.length - before.length;
        if (type == 0)
            rewrite_server_name(pseudonyms, extension,
                                hello.length - rest.length - extension.length, changed);
    }
}

/* The messages of one record. */
static size_t rewrite_messages(struct pseudonyms *pseudonyms, struct bytes record,
                               struct span changed)
{
    struct bytes rest = record;
    for (;;) {
        size_t at = record.length - rest.length;
        uint8_t type;
        uint32_t length;
        if (!bytes_read_u8(&rest, &type) || !bytes_read_u24(&rest, &length))
            return at;
        struct bytes message = bytes_first(rest, length);
        if (type == CLIENT_HELLO) {
            size_t kept =
                rewrite_hello(pseudonyms, message, span_part(changed, at + 4, message.length));
            if (kept < length)
                return at + 4 + kept;
        } else if (type != SERVER_HELLO && type != KEY_EXCHANGE && type != DONE) {
            return at; /* certificates, and what names authorities */
        }
        if (!bytes_skip(&rest, length))
            return record.length;
    }
}

size_t rewrite_tls(struct pseudonyms *pseudonyms, struct bytes records, struct span changed)
{
    struct bytes rest = records;
    for (;;) {
        size_t at = records.length - rest.length;
        uint8_t type, major, minor;
        uint16_t length;
        if (!bytes_read_u8(&rest, &type) || type < CHANGE_CIPHER || type > DATA ||
            !bytes_read_u8(&rest, &major) || !bytes_read_u8(&rest, &minor) || major != 3 ||
            minor > 4 || !bytes_read_u16(&rest, &length) || length > 16384 + 2048)
            return at;
        struct bytes record = bytes_first(rest, length);
        if (type == HANDSHAKE) {
            size_t kept =
                rewrite_messages(pseudonyms, record, span_part(changed, at + 5, record.length));
            if (kept < length)
                return at + 5 + kept;
        }
        if (!bytes_skip(&rest, length))
            return records.length;
    }
}
