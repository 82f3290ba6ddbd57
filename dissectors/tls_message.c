/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathers one handshake message: pieces of records come in, its body goes out when
 * it is whole (RFC 8446 section 4 for the header, 5.1 for the pieces).  Nothing is
 * copied where the whole body lies in one piece.
 */
#include "dissectors/tls_message.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 2048u

bool tls_message_begin(struct tls_message *message, struct bytes *from)
{
    uint8_t byte;
    while (message->header_length < TLS_MESSAGE_HEADER) {
        if (!bytes_read_u8(from, &byte))
            return false;
        message->header[message->header_length++] = byte;
        if (message->header_length == TLS_MESSAGE_HEADER)
            message->left = (uint32_t)message->header[1] << 16 | (uint32_t)message->header[2] << 8 |
                            message->header[3];
    }
    return true;
}

/* Makes room for `needed` bytes in all, at most TLS_MESSAGE_LIMIT; MORE may come then. */
static enum tls_gathering room_make(struct tls_message *message, uint32_t needed, uint64_t *total)
{
    uint32_t capacity = message->capacity == 0 ? FIRST_CAPACITY : message->capacity;
    while (capacity < needed)
        capacity *= 2;
    if (capacity == message->capacity)
        return TLS_GATHERING_MORE;
    uint64_t more = capacity - message->capacity;
    if (*total + more > TLS_GATHERED_LIMIT)
        return TLS_GATHERING_FAILED;
    uint8_t *body = realloc(message->body, capacity);
    if (body == NULL)
        return TLS_GATHERING_MEMORY_OUT;
    *total += more;
    message->body = body;
    message->capacity = capacity;
    return TLS_GATHERING_MORE;
}

enum tls_gathering tls_message_gather(struct tls_message *message, struct bytes *from,
                                      uint64_t *total, struct bytes *body)
{
    struct bytes part = bytes_first(*from, message->left);
    *from = bytes_from(*from, part.length);
    message->left -= (uint32_t)part.length;
    if (message->gathered == 0 && message->left == 0 && !message->cut) {
        *body = part;
        return TLS_GATHERING_WHOLE;
    }
    struct bytes kept = bytes_first(part, TLS_MESSAGE_LIMIT - message->gathered);
    message->cut = message->cut || kept.length < part.length;
    if (!bytes_empty(kept)) {
        enum tls_gathering room =
            room_make(message, message->gathered + (uint32_t)kept.length, total);
        if (room != TLS_GATHERING_MORE)
            return room;
        memcpy(message->body + message->gathered, kept.data, kept.length);
        message->gathered += (uint32_t)kept.length;
    }
    *body = bytes_of(message->body, message->gathered);
    return message->left == 0 ? TLS_GATHERING_WHOLE : TLS_GATHERING_MORE;
}

bool tls_message_skip(struct tls_message *message, struct bytes *from)
{
    struct bytes part = bytes_first(*from, message->left);
    *from = bytes_from(*from, part.length);
    message->left -= (uint32_t)part.length;
    return message->left == 0;
}

void tls_message_reset(struct tls_message *message, uint64_t *total)
{
    *total -= message->capacity;
    free(message->body);
    memset(message, 0, sizeof *message);
}
