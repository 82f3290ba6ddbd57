/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes over the body of an HTTP/1 message (RFC 9112 sections 6 and 7).  Chunk sizes
 * and trailers are read byte by byte, so that they may be cut anywhere.
 */
#include "dissectors/http_body.h"

#define SIZE_DIGITS_LIMIT 15 /* hexadecimal: more than any body has */
#define LINE_LIMIT 1024 /* bytes of chunk extensions (section 7.1.1) */
#define TRAILER_LIMIT 16384

void http_body_begin(struct http_body *body, int64_t length, bool chunked, bool to_the_end)
{
    memset(body, 0, sizeof *body);
    if (chunked) {
        body->part = HTTP_BODY_CHUNK_SIZE; /* overrides a length, section 6.3 */
    } else if (length > 0) {
        body->part = HTTP_BODY_LENGTH;
        body->left = (uint64_t)length;
    } else if (length < 0 && to_the_end) {
        body->part = HTTP_BODY_UNTIL_CLOSE;
    }
}

static bool hexadecimal(uint8_t byte, uint8_t *value)
{
    if (byte >= '0' && byte <= '9')
        *value = (uint8_t)(byte - '0');
    else if (byte >= 'a' && byte <= 'f')
        *value = (uint8_t)(byte - 'a' + 10);
    else if (byte >= 'A' && byte <= 'F')
        *value = (uint8_t)(byte - 'A' + 10);
    else
        return false;
    return true;
}

static void line_begin(struct http_body *body, enum http_body_part part)
{
    body->part = part;
    body->line = 0;
    body->digits = 0;
    body->size_read = false;
    body->line_empty = true;
}

/* One byte of "1a;extension" CR LF. */
static bool size_read(struct http_body *body, uint8_t byte)
{
    uint8_t value;
    if (++body->line > LINE_LIMIT)
        return false;
    if (byte == '\n') {
        if (body->digits == 0)
            return false;
        line_begin(body, body->left == 0 ? HTTP_BODY_TRAILER : HTTP_BODY_CHUNK);
    } else if (!body->size_read && hexadecimal(byte, &value)) {
        if (++body->digits > SIZE_DIGITS_LIMIT)
            return false;
        body->left = body->left << 4 | value;
    } else {
        body->size_read = true;
    }
    return true;
}

static bool chunk_end_read(struct http_body *body, uint8_t byte)
{
    if (byte == '\n') {
        body->left = 0;
        line_begin(body, HTTP_BODY_CHUNK_SIZE);
    }
    return byte == '\n' || byte == '\r';
}

/* Fields as in a head, up to an empty line (section 7.1.2). */
static bool trailer_read(struct http_body *body, uint8_t byte)
{
    if (++body->line > TRAILER_LIMIT)
        return false;
    if (byte == '\n' && body->line_empty)
        body->part = HTTP_BODY_OVER;
    else
        body->line_empty = byte == '\n' || (body->line_empty && byte == '\r');
    return true;
}

static bool byte_read(struct http_body *body, uint8_t byte)
{
    if (body->part == HTTP_BODY_CHUNK_SIZE)
        return size_read(body, byte);
    return body->part == HTTP_BODY_CHUNK_END ? chunk_end_read(body, byte)
                                             : trailer_read(body, byte);
}

static enum http_body_result piece_take(struct http_body *body, struct bytes *available,
                                        struct bytes *piece)
{
    size_t count = available->length;
    if (body->part != HTTP_BODY_UNTIL_CLOSE && body->left < count)
        count = (size_t)body->left;
    if (!bytes_take(available, count, piece))
        return HTTP_BODY_BROKEN;
    if (body->part == HTTP_BODY_UNTIL_CLOSE)
        return HTTP_BODY_PIECE;
    body->left -= count;
    if (body->left == 0)
        body->part = body->part == HTTP_BODY_CHUNK ? HTTP_BODY_CHUNK_END : HTTP_BODY_OVER;
    return HTTP_BODY_PIECE;
}

enum http_body_result http_body_pass(struct http_body *body, struct bytes *available,
                                     struct bytes *piece)
{
    uint8_t byte;
    while (body->part != HTTP_BODY_OVER) {
        if (bytes_empty(*available))
            return HTTP_BODY_MORE;
        if (body->part == HTTP_BODY_LENGTH || body->part == HTTP_BODY_CHUNK ||
            body->part == HTTP_BODY_UNTIL_CLOSE)
            return piece_take(body, available, piece);
        if (!bytes_read_u8(available, &byte) || !byte_read(body, byte))
            return HTTP_BODY_BROKEN;
    }
    return HTTP_BODY_DONE;
}
