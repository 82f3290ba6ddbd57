/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A buffer for the first bytes of a side's handshake, and a list of the runs that
 * are there (RFC 9000 sections 7.5, 19.6).  Nothing is moved or given back before
 * the end, as all that is ever in Initials is a hello or two.
 */
#include "dissectors/quic_crypto_stream.h"

#include <stdlib.h>

#define CAPACITY_LEAST 2048u
#define MESSAGE_HEADER_LENGTH 4

static bool make_room(struct quic_crypto_stream *stream, uint32_t end)
{
    uint32_t capacity = stream->capacity > 0 ? stream->capacity : CAPACITY_LEAST;
    while (capacity < end)
        capacity *= 2;
    if (capacity == stream->capacity)
        return true;
    uint8_t *data = realloc(stream->data, capacity);
    if (data == NULL)
        return !(stream->memory_out = true);
    stream->data = data;
    stream->capacity = capacity;
    return true;
}

/* Copies what of these bytes is not there yet. */
static void copy_missing(struct quic_crypto_stream *stream, uint32_t start, struct bytes content)
{
    uint32_t end = start + (uint32_t)content.length;
    uint32_t at = start;
    for (uint32_t i = 0; i <= stream->run_count && at < end; i++) {
        bool last = i == stream->run_count;
        uint32_t hole_end = last || stream->runs[i].start > end ? end : stream->runs[i].start;
        if (hole_end > at)
            memcpy(stream->data + at, content.data + (at - start), hole_end - at);
        if (!last && stream->runs[i].end > at)
            at = stream->runs[i].end;
    }
}

bool quic_crypto_stream_add(struct quic_crypto_stream *stream, uint64_t offset,
                            struct bytes content)
{
    if (bytes_empty(content))
        return true;
    if (offset > QUIC_CRYPTO_LIMIT || content.length > QUIC_CRYPTO_LIMIT - offset)
        return false;
    uint32_t start = (uint32_t)offset;
    uint32_t end = start + (uint32_t)content.length;
    uint32_t first = 0;
    while (first < stream->run_count && stream->runs[first].end < start)
        first++;
    uint32_t after = first; /* behind the last run that touches this one */
    while (after < stream->run_count && stream->runs[after].start <= end)
        after++;
    if ((after == first && stream->run_count == QUIC_CRYPTO_RUN_LIMIT) || !make_room(stream, end))
        return false;
    copy_missing(stream, start, content);
    if (after > first) {
        if (stream->runs[first].start < start)
            start = stream->runs[first].start;
        if (stream->runs[after - 1].end > end)
            end = stream->runs[after - 1].end;
    }
    memmove(&stream->runs[first + 1], &stream->runs[after],
            (stream->run_count - after) * sizeof stream->runs[0]);
    stream->run_count = stream->run_count - (after - first) + 1;
    stream->runs[first].start = (uint16_t)start;
    stream->runs[first].end = (uint16_t)end;
    return true;
}

bool quic_crypto_stream_take(struct quic_crypto_stream *stream, uint8_t *type, struct bytes *body)
{
    if (stream->run_count == 0 || stream->runs[0].start > 0)
        return false;
    struct bytes rest = bytes_from(bytes_of(stream->data, stream->runs[0].end), stream->taken);
    if (!bytes_read_u8(&rest, type) || !bytes_take_u24_prefixed(&rest, body))
        return false;
    stream->taken += MESSAGE_HEADER_LENGTH + (uint32_t)body->length;
    return true;
}

void quic_crypto_stream_release(struct quic_crypto_stream *stream)
{
    free(stream->data);
    memset(stream, 0, sizeof *stream);
}
