/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In-order TCP bytes of one direction.  In comes a segment with its sequence
 * number; out goes, to the reader, what is contiguous.  Sequence numbers compare
 * modulo 2^32 (RFC 9293 section 3.4).
 */
#include "flows/stream.h"

#include <assert.h>
#include <stdlib.h>

/* An acknowledgment may overtake its data where a SPAN merges two directions;
 * only when this many have is the data taken for lost. */
#define STREAM_PATIENCE 4

void stream_start(struct stream *stream, uint32_t sequence)
{
    if (stream->started)
        return;
    stream->started = true;
    stream->sequence = sequence;
}

void stream_release(struct stream *stream)
{
    free(stream->buffer);
    stream->buffer = NULL;
    stream->capacity = 0;
    stream->kept = 0;
    stream->early_count = 0;
}

static bool stream_fail(struct stream *stream)
{
    stream_release(stream);
    stream->gap = true;
    return false;
}

static bool stream_reserve(struct stream *stream, uint32_t size)
{
    if (size <= stream->capacity)
        return true;
    if (size > STREAM_LIMIT)
        return false;
    uint32_t capacity = stream->capacity == 0 ? 2048 : stream->capacity;
    while (capacity < size)
        capacity *= 2;
    uint8_t *buffer = realloc(stream->buffer, capacity);
    if (buffer == NULL) {
        stream->memory_out = true;
        return false;
    }
    stream->buffer = buffer;
    stream->capacity = capacity;
    return true;
}

/* Copies into [start, end) what no earlier segment has filled: the first copy of
 * a byte wins, so that a later, different one cannot rewrite what was read. */
static void stream_fill(struct stream *stream, uint32_t start, struct bytes payload)
{
    uint32_t end = start + (uint32_t)payload.length;
    uint32_t at = start;
    for (unsigned i = 0; i < stream->early_count && at < end; i++) {
        const struct stream_range *range = &stream->early[i];
        if (range->end <= at)
            continue;
        uint32_t stop = range->start < end ? range->start : end;
        if (at < stop)
            memcpy(stream->buffer + at, payload.data + (at - start), stop - at);
        at = range->end > at ? range->end : at;
    }
    if (at < end)
        memcpy(stream->buffer + at, payload.data + (at - start), end - at);
}

/* Notes [start, end) among the early ranges, joined with what it touches. */
static bool stream_note_early(struct stream *stream, uint32_t start, uint32_t end)
{
    unsigned i = 0;
    while (i < stream->early_count && stream->early[i].end < start)
        i++;
    unsigned last = i;
    while (last < stream->early_count && stream->early[last].start <= end) {
        start = stream->early[last].start < start ? stream->early[last].start : start;
        end = stream->early[last].end > end ? stream->early[last].end : end;
        last++;
    }
    if (last == i && stream->early_count == STREAM_EARLY_RANGES)
        return false;
    unsigned removed = last - i;
    memmove(&stream->early[i + 1], &stream->early[last],
            (stream->early_count - last) * sizeof stream->early[0]);
    stream->early_count = (uint8_t)(stream->early_count + 1 - removed);
    stream->early[i].start = start;
    stream->early[i].end = end;
    return true;
}

static bool stream_add_early(struct stream *stream, uint32_t ahead, struct bytes payload)
{
    uint32_t start = stream->kept + ahead;
    if (payload.length > STREAM_LIMIT || start > STREAM_LIMIT - payload.length)
        return stream_fail(stream);
    if (!stream_reserve(stream, start + (uint32_t)payload.length))
        return stream_fail(stream);
    stream_fill(stream, start, payload);
    if (!stream_note_early(stream, start, start + (uint32_t)payload.length))
        return stream_fail(stream);
    return true;
}

/* Early ranges that the in-order bytes have reached become in-order bytes. */
static void stream_join_early(struct stream *stream)
{
    unsigned joined = 0;
    while (joined < stream->early_count && stream->early[joined].start <= stream->kept) {
        if (stream->early[joined].end > stream->kept)
            stream->kept = stream->early[joined].end;
        joined++;
    }
    stream->early_count = (uint8_t)(stream->early_count - joined);
    memmove(&stream->early[0], &stream->early[joined],
            stream->early_count * sizeof stream->early[0]);
}

static void stream_drop(struct stream *stream, uint32_t count)
{
    assert(count <= stream->kept);
    if (count == 0)
        return;
    uint32_t filled = stream->kept;
    if (stream->early_count > 0)
        filled = stream->early[stream->early_count - 1].end;
    memmove(stream->buffer, stream->buffer + count, filled - count);
    stream->kept -= count;
    stream->sequence += count;
    for (unsigned i = 0; i < stream->early_count; i++) {
        stream->early[i].start -= count;
        stream->early[i].end -= count;
    }
    if (filled == count)
        stream_release(stream);
}

static bool stream_append(struct stream *stream, struct bytes payload)
{
    if (payload.length > STREAM_LIMIT || stream->kept > STREAM_LIMIT - payload.length)
        return stream_fail(stream);
    if (!stream_reserve(stream, stream->kept + (uint32_t)payload.length))
        return stream_fail(stream);
    stream_fill(stream, stream->kept, payload);
    stream->kept += (uint32_t)payload.length;
    stream_join_early(stream);
    return true;
}

static bool stream_add_next(struct stream *stream, struct bytes payload, stream_reader *reader,
                            void *owner)
{
    if (stream->kept > 0 || stream->early_count > 0) {
        if (!stream_append(stream, payload))
            return false;
        size_t used = reader(owner, bytes_of(stream->buffer, stream->kept));
        stream_drop(stream, (uint32_t)used);
        return true;
    }
    /* The usual case: read from the packet, keep only what is left over. */
    size_t used = reader(owner, payload);
    assert(used <= payload.length);
    stream->sequence += (uint32_t)used;
    struct bytes rest = bytes_from(payload, used);
    return bytes_empty(rest) || stream_append(stream, rest);
}

bool stream_add(struct stream *stream, uint32_t sequence, struct bytes payload,
                uint32_t lost_on_wire, stream_reader *reader, void *owner)
{
    if (stream->gap)
        return false;
    stream_start(stream, sequence);
    int32_t ahead = (int32_t)(sequence - (stream->sequence + stream->kept));
    if (ahead < 0) {
        uint32_t old = (uint32_t) - (int64_t)ahead;
        if (old >= payload.length + lost_on_wire)
            return true;
        payload = bytes_from(payload, old);
        ahead = 0;
    }
    stream->unseen_acknowledgments = 0;
    if (ahead > 0)
        return bytes_empty(payload) || stream_add_early(stream, (uint32_t)ahead, payload);
    if (!bytes_empty(payload) && !stream_add_next(stream, payload, reader, owner))
        return false;
    return lost_on_wire == 0 || stream_fail(stream);
}

void stream_offer(struct stream *stream, stream_reader *reader, void *owner)
{
    if (stream->gap || stream->kept == 0)
        return;
    stream_drop(stream, (uint32_t)reader(owner, bytes_of(stream->buffer, stream->kept)));
}

bool stream_acknowledged(struct stream *stream, uint32_t acknowledgment)
{
    if (!stream->started || stream->gap)
        return false;
    if ((int32_t)(acknowledgment - (stream->sequence + stream->kept)) <= 0)
        return false;
    if (++stream->unseen_acknowledgments < STREAM_PATIENCE)
        return false;
    (void)stream_fail(stream);
    return true;
}
