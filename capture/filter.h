/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which frames does the user want?  One BPF expression (pcap-filter(7)), compiled
 * for each link type that comes along.
 */
#ifndef APPLEPATH_CAPTURE_FILTER_H
#define APPLEPATH_CAPTURE_FILTER_H

#include "capture/packet.h"

#define FILTER_REASON_SIZE 256

struct filter;

/* NULL when memory is out. Released by filter_release. */
struct filter *filter_create(const char *expression);
void filter_release(struct filter *filter);

const char *filter_expression(const struct filter *filter);

/* Can it be asked of frames of this link type? Where not, `reason` (may be NULL) is
 * set to what libpcap says. */
bool filter_fits(struct filter *filter, int link_type, char reason[FILTER_REASON_SIZE]);

/* Frames of a link type that it does not fit do not pass. */
bool filter_passes(struct filter *filter, const struct frame *frame);

#endif
