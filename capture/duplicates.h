/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has this packet just been seen?  A mirror port that copies both directions, or
 * both sides of a router, delivers each packet twice; the second one must not be
 * taken for a retransmission.
 */
#ifndef APPLEPATH_CAPTURE_DUPLICATES_H
#define APPLEPATH_CAPTURE_DUPLICATES_H

#include "capture/packet.h"

#define DUPLICATES_WINDOW_MILLISECONDS 10 /* packet time, either way */

struct duplicate_filter;

/* NULL when there is no memory. Released by duplicate_filter_release. */
struct duplicate_filter *duplicate_filter_create(void);
void duplicate_filter_release(struct duplicate_filter *filter);

/* True when the same inner IP packet was seen within the window, whatever VLAN,
 * MACs and TTL it had.  Empty ACKs and RSTs without an IP identification are never
 * called duplicates: those that TCP repeats look the same. */
bool duplicate_filter_seen(struct duplicate_filter *filter, const struct packet *packet);

#endif
