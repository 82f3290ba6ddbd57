/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A captured frame that may leave the house: the site's addresses, MACs and names replaced
 * in every header and in DNS, DHCP and TLS's ClientHello, checksums mended by what was
 * changed (RFC 1624), and all payload left out of which it is not known what it says.
 */
#ifndef APPLEPATH_PROGRAM_EVIDENCE_REWRITE_H
#define APPLEPATH_PROGRAM_EVIDENCE_REWRITE_H

#include "capture/packet.h"
#include "reports/pseudonyms.h"

#define REWRITE_LIMIT 65536u /* bytes of a frame; what is beyond is left out */

/* The room for it; large. */
struct rewritten {
    uint8_t bytes[REWRITE_LIMIT];
    uint8_t before[REWRITE_LIMIT]; /* the same as it was captured */
};

/* Fills `result` from the frame, whose innermost IP header begins `network` (empty: none was
 * found, and nothing of the frame is left). Ethernet and VLAN headers stay around it;
 * a tunnel does not. `result` leads into `room`. */
void evidence_rewrite(struct pseudonyms *pseudonyms, const struct frame *frame,
                      struct bytes network, struct rewritten *room, struct frame *result);

#endif
