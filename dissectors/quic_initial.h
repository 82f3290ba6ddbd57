/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens what QUIC hides behind keys that everybody can derive: Initial packets,
 * and the tag of a Retry (RFC 9001 section 5; RFC 9369 section 3.3).  A packet
 * that opens was made by somebody who saw the client's first one.
 */
#ifndef APPLEPATH_DISSECTORS_QUIC_INITIAL_H
#define APPLEPATH_DISSECTORS_QUIC_INITIAL_H

#include "dissectors/quic_packet.h"

enum quic_sender { QUIC_CLIENT, QUIC_SERVER };

/* One direction's; a version of 0: none. */
struct quic_keys {
    uint32_t version;
    uint8_t key[16];
    uint8_t nonce[12];
    uint8_t header_key[16];
};

/* What opens packets, one after the other; for one thread at a time. */
struct quic_opener;

/* NULL when there is no memory; released by quic_opener_release (NULL is allowed). */
struct quic_opener *quic_opener_create(void);
void quic_opener_release(struct quic_opener *opener);

/* `connection_id`: the destination of the client's first Initial, or of its first
 * one after a Retry.  False, and no keys, where the version is not known or
 * libcrypto fails. */
bool quic_keys_derive(struct quic_opener *opener, struct quic_keys *keys, uint32_t version,
                      enum quic_sender sender, struct bytes connection_id);

/* Decrypts an Initial into `buffer` and sets `frames` to what is there.  False when
 * it is not of these keys, is damaged, or is longer than the buffer. */
bool quic_initial_open(struct quic_opener *opener, const struct quic_keys *keys,
                       const struct quic_packet *packet, uint8_t *buffer, size_t buffer_size,
                       struct bytes *frames);

/* Does the Retry answer the client's packet to this connection ID? */
bool quic_retry_is_genuine(struct quic_opener *opener, const struct quic_packet *retry,
                           struct bytes connection_id);

#endif
