/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a QUIC datagram say before any key is needed?  Its packets come out
 * one by one: version, connection IDs, kind and extent (RFC 8999; RFC 9000
 * section 17; RFC 9369 section 3.2).  All is borrowed from the datagram.
 */
#ifndef APPLEPATH_DISSECTORS_QUIC_PACKET_H
#define APPLEPATH_DISSECTORS_QUIC_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define QUIC_VERSION_1 UINT32_C(0x00000001)
#define QUIC_VERSION_2 UINT32_C(0x6b3343cf) /* RFC 9369 */
#define QUIC_VERSION_DRAFT_29 UINT32_C(0xff00001d) /* spoken before RFC 9000 */

#define QUIC_CONNECTION_ID_LIMIT 20 /* RFC 9000 section 17.2 */

enum quic_kind {
    QUIC_INITIAL,
    QUIC_ZERO_RTT,
    QUIC_HANDSHAKE,
    QUIC_RETRY,
    QUIC_VERSION_NEGOTIATION,
    QUIC_ONE_RTT, /* short header */
    QUIC_UNKNOWN /* of a version that is not known */
};

struct quic_packet {
    enum quic_kind kind;
    uint32_t version; /* 0 for QUIC_ONE_RTT and QUIC_VERSION_NEGOTIATION */
    struct bytes destination; /* connection IDs; none of QUIC_ONE_RTT */
    struct bytes source;
    struct bytes whole; /* with its header */
    size_t number_offset; /* in `whole`: where the protected part of an Initial begins */
    struct bytes list; /* of QUIC_VERSION_NEGOTIATION: 4 bytes each */
};

/* Can Initials of this version be read? */
bool quic_version_is_known(uint32_t version);

/* Reserved for versions that nobody speaks (RFC 9000 section 15). */
bool quic_version_is_reserved(uint32_t version);

/* RFC 9000 section 16. */
bool MUST_CHECK quic_read_number(struct bytes *from, uint64_t *value);

/* Takes a long header off, up to the connection IDs, and sets the packet's kind, version
 * and IDs.  False where there is none; what is behind it need not be there. */
bool MUST_CHECK quic_header_read(struct bytes *from, struct quic_packet *packet);

/* Takes the next packet off the datagram.  False at the end, and when what is left
 * is no packet or is cut short. */
bool MUST_CHECK quic_packet_read(struct bytes *datagram, struct quic_packet *packet);

#endif
