/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to capture/: the short way through the layers, for frames as nearly all are.
 */
#ifndef APPLEPATH_CAPTURE_PLAIN_H
#define APPLEPATH_CAPTURE_PLAIN_H

#include "capture/layers.h"

/* Is this Ethernet, at most one VLAN tag, IP without options, extensions or fragments, and
 * TCP or UDP, no header of which was cut? Then fills `packet` as the decoders of the layers
 * would; else leaves it in any state. */
bool plain_frame(const struct decapsulator *home, const struct frame *frame, struct packet *packet);

#endif
