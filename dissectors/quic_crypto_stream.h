/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the handshake messages of one side together again from CRYPTO frames that
 * come in any order, twice, and overlapping (RFC 9000 sections 7.5, 19.6).  Of two
 * tellings of one byte the first counts.
 */
#ifndef APPLEPATH_DISSECTORS_QUIC_CRYPTO_STREAM_H
#define APPLEPATH_DISSECTORS_QUIC_CRYPTO_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Two ClientHellos with post-quantum key shares and tickets are less than half. */
#define QUIC_CRYPTO_LIMIT 16384u
#define QUIC_CRYPTO_RUN_LIMIT 64 /* runs of bytes with holes between them */

/* Begins with all bytes zero. */
struct quic_crypto_stream {
    uint8_t *data; /* owned */
    uint32_t capacity;
    bool memory_out; /* there was none once */
    uint32_t taken; /* bytes of the messages given out so far */
    uint32_t run_count;
    struct {
        uint16_t start;
        uint16_t end;
    } runs[QUIC_CRYPTO_RUN_LIMIT]; /* in order, none touching another */
};

/* False when the bytes lie beyond the limits or there is no memory: they are not
 * taken then, and the stream stays as it was. */
bool quic_crypto_stream_add(struct quic_crypto_stream *stream, uint64_t offset,
                            struct bytes content);

/* The next whole handshake message, without its 4 bytes of header; good until the
 * next call.  False while it is not there. */
bool quic_crypto_stream_take(struct quic_crypto_stream *stream, uint8_t *type, struct bytes *body);

/* Gives all back; the stream begins anew. */
void quic_crypto_stream_release(struct quic_crypto_stream *stream);

#endif
