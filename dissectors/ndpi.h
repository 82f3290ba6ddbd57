/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nDPI behind one door: it names the protocol of flows that no dissector of ours
 * knows, and reads the server name of QUIC.  Its word is a hint, never the basis
 * of a verdict.
 */
#ifndef APPLEPATH_DISSECTORS_NDPI_H
#define APPLEPATH_DISSECTORS_NDPI_H

#include <stdint.h>

#include "base/bytes.h"

struct ndpi_guide;
struct ndpi_reading;

/* What nDPI made of a flow so far; text is good until the reading is released. */
struct ndpi_opinion {
    char protocol[24]; /* "QUIC", "SSH", ...; "" while it does not know */
    char server_name[256]; /* of QUIC's ClientHello; "" if none */
    bool final; /* more packets would tell no more */
};

/* NULL when nDPI cannot start: built against another version, or no memory. */
struct ndpi_guide *ndpi_guide_create(void);
void ndpi_guide_release(struct ndpi_guide *guide);

/* State for one flow; NULL when there is no memory. */
struct ndpi_reading *ndpi_reading_create(const struct ndpi_guide *guide);
/* Bytes that it takes at the most. */
size_t ndpi_reading_size(const struct ndpi_reading *reading);
void ndpi_reading_release(struct ndpi_reading *reading);

/* Shows nDPI one packet, from its IP header on. `time` in nanoseconds. */
void ndpi_read_packet(struct ndpi_guide *guide, struct ndpi_reading *reading, struct bytes network,
                      int64_t time, struct ndpi_opinion *opinion);

#endif
