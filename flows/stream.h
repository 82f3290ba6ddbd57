/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of one TCP direction, in order, each once: segments may come late,
 * twice, or overlapping (RFC 9293 section 3.10.7.4; the first copy of a byte
 * wins).  What arrives in order is handed on without a copy; only what a reader
 * leaves, or what comes early, is kept, and never more than STREAM_LIMIT bytes.
 */
#ifndef APPLEPATH_FLOWS_STREAM_H
#define APPLEPATH_FLOWS_STREAM_H

#include "base/bytes.h"

/* A TLS record of the largest size (RFC 8446 section 5.2) and its header, with
 * room for what arrives early. */
#define STREAM_LIMIT 65536u
#define STREAM_EARLY_RANGES 8

struct stream_range {
    uint32_t start; /* offsets into the buffer */
    uint32_t end;
};

struct stream {
    uint8_t *buffer; /* owned; NULL while nothing is kept */
    uint32_t capacity;
    uint32_t kept; /* in-order bytes at the front of the buffer */
    uint32_t sequence; /* of the buffer's first byte */
    struct stream_range early[STREAM_EARLY_RANGES]; /* sorted, beyond `kept` */
    uint8_t early_count;
    uint8_t unseen_acknowledgments; /* in a row, of bytes that have not come */
    bool started;
    bool memory_out; /* there was none for what was to be kept, which made the gap */
    bool gap; /* bytes are missing that will not come: reading is over */
};

/* Takes what is in order now (`available`: all unread bytes) and returns how
 * many of them it is done with; the rest is offered again with more behind it. */
typedef size_t stream_reader(void *owner, struct bytes available);

/* Sets the sequence number of the first byte, unless it is set already. */
void stream_start(struct stream *stream, uint32_t sequence);

/* Adds a segment's payload; calls `reader` when new bytes are in order.  Marks a
 * gap when the bound is passed, memory is out, or `lost_on_wire` bytes of the
 * segment were not captured (snapshot length). False once there is a gap. */
bool stream_add(struct stream *stream, uint32_t sequence, struct bytes payload,
                uint32_t lost_on_wire, stream_reader *reader, void *owner);

/* Shows the reader once more what it has left: something else has changed. */
void stream_offer(struct stream *stream, stream_reader *reader, void *owner);

/* The receiver has acknowledged up to `acknowledgment`: bytes before it that do
 * not come soon were never captured. Returns true when that makes a gap. */
bool stream_acknowledged(struct stream *stream, uint32_t acknowledgment);

void stream_release(struct stream *stream);

#endif
