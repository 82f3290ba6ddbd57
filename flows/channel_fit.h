/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a packet that came in another VLAN or tunnel belong to this flow?  Some mirrors
 * deliver each direction in one of its own.
 */
#ifndef APPLEPATH_FLOWS_CHANNEL_FIT_H
#define APPLEPATH_FLOWS_CHANNEL_FIT_H

#include "capture/packet.h"
#include "flows/flow.h"

/* A datagram answers within this time. */
#define CHANNEL_FIT_DATAGRAM (60 * NANOSECONDS_PER_SECOND)

/* Both are asked of a flow between the packet's ends; `side` sent the packet. */
bool channel_fit_packet(const struct flow *flow, int side, const struct packet *packet);

/* The same of a packet that an ICMP error quotes. */
bool channel_fit_quotation(const struct flow *flow, int side, const struct packet *packet);

#endif
