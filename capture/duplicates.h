/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has this packet just been seen?  A mirror port that copies both directions, or
 * both sides of a router or NAT, delivers each packet twice; the second one must
 * not be taken for a retransmission, nor for another device's.
 */
#ifndef APPLEPATH_CAPTURE_DUPLICATES_H
#define APPLEPATH_CAPTURE_DUPLICATES_H

#include "capture/packet.h"

#define DUPLICATES_WINDOW_MILLISECONDS 10 /* packet time, either way */

/* How the copy differs from the packet that was seen first. */
enum duplicate_form {
    DUPLICATE_NONE, /* it is no copy */
    DUPLICATE_SAME, /* in nothing, or in its MACs */
    DUPLICATE_TAGGED, /* another VLAN or tunnel, or one at all */
    DUPLICATE_ROUTED, /* another TTL */
    DUPLICATE_TRANSLATED, /* other addresses or ports: from the outside of a NAT */
    DUPLICATE_FORM_COUNT
};

struct duplicate_filter;

/* NULL when there is no memory. Released by duplicate_filter_release. */
struct duplicate_filter *duplicate_filter_create(void);
void duplicate_filter_release(struct duplicate_filter *filter);

/* What copies of this packet have in common; fetches the place where they are looked for,
 * so that it is best made some packets ahead. */
uint64_t duplicate_filter_sign(const struct duplicate_filter *filter, const struct packet *packet);

/* `signature`: the packet's. Other than DUPLICATE_NONE when the same inner IP packet was seen
 * within the window, whatever VLAN, tunnel, MACs and TTL it had.  Empty ACKs and RSTs without an IP
 * identification are called duplicates in another VLAN or tunnel only: those that TCP repeats
 * look the same.
 *
 * A NAT shows itself by one packet seen with two addresses or ports at one end and
 * TTLs one apart. From then on all packets of that outside connection are copies,
 * as long as one in a while is met by its twin from the inside. */
enum duplicate_form duplicate_filter_seen(struct duplicate_filter *filter,
                                          const struct packet *packet, uint64_t signature);

#endif
