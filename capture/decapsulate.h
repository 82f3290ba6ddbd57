/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a captured frame to its innermost packet: a table of layer decoders and
 * a loop with a limit on layers, so that nesting cannot go on for ever.
 */
#ifndef APPLEPATH_CAPTURE_DECAPSULATE_H
#define APPLEPATH_CAPTURE_DECAPSULATE_H

#include "capture/packet.h"
#include "capture/unread_layers.h"

#define DECAPSULATOR_PORT_LIMIT 16

struct decapsulator;

enum decapsulation {
    DECAPSULATED, /* the packet view is filled */
    DECAPSULATED_ARP_REPLY, /* `source` tells `destination` its hardware address: all else unset */
    DECAPSULATED_NOT_IP, /* sound, but not IP (LLDP, ...): nothing for us */
    DECAPSULATED_UNREAD, /* may be IP, in a layer that is not read: it is counted by name */
    DECAPSULATED_FRAGMENT, /* kept until the rest of its datagram comes */
    DECAPSULATED_TRUNCATED, /* the capture cut a header that was needed */
    DECAPSULATED_INVALID /* a header contradicts itself, or too many layers */
};

/* NULL when there is no memory. Released by decapsulator_release. */
struct decapsulator *decapsulator_create(void);
void decapsulator_release(struct decapsulator *decapsulator);

/* VXLAN is read on this UDP port too; false when there are DECAPSULATOR_PORT_LIMIT. */
bool decapsulator_add_vxlan_port(struct decapsulator *decapsulator, uint16_t port);

/* Fills `packet` when the answer is DECAPSULATED; it borrows from `frame` and,
 * for a reassembled datagram, from the decapsulator until the next call. */
enum decapsulation decapsulate(struct decapsulator *decapsulator, const struct frame *frame,
                               struct packet *packet);

/* Is there another packet in the frame that was last given to decapsulate?  Wi-Fi joins
 * several (A-MSDU).  Then fills `packet` and `answer` as decapsulate does. */
bool decapsulate_next(struct decapsulator *decapsulator, struct packet *packet,
                      enum decapsulation *answer);

/* Will decapsulate_next answer true? */
bool decapsulator_has_more(const struct decapsulator *decapsulator);

/* Can frames of this DLT_ value be read at all? */
bool decapsulate_knows_link_type(int link_type);

/* The packet that an ICMP or ICMPv6 error quotes (RFC 792, RFC 4443 2.4):
 * fills addresses, transport, ports and, when quoted, the TCP sequence number of
 * `quoted`; false when `packet` is no such error or quotes too little. Of a tunnel's
 * packet only the outside is taken: the error is not about a flow within. */
bool decapsulate_quoted(const struct packet *packet, struct packet *quoted);

/* Fragments given up on: their datagram never became whole. */
uint64_t decapsulator_fragments_dropped(const struct decapsulator *decapsulator);
bool decapsulator_memory_out(const struct decapsulator *decapsulator); /* for one, ever */

/* The layers that were met and not read; each is good as long as the decapsulator. */
const struct unread_layers *decapsulator_unread(const struct decapsulator *decapsulator);

#endif
