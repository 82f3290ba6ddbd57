/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One name for a flow that every tool gives it: the Community ID, version 1
 * (https://github.com/corelight/community-id-spec).
 */
#ifndef APPLEPATH_REPORTS_COMMUNITY_ID_H
#define APPLEPATH_REPORTS_COMMUNITY_ID_H

#include "base/address.h"

#define COMMUNITY_ID_SIZE 31 /* "1:", 28 characters of base64, the terminator */

/* What identifies a flow. Of ICMP and ICMPv6 the ports are type and code. */
struct community_tuple {
    struct endpoint source;
    struct endpoint destination;
    uint8_t transport; /* IP protocol number */
};

/* Writes the identifier and returns it; the direction of the tuple does not matter.
 * "" where the digest cannot be made. */
const char *community_id_print(const struct community_tuple *tuple, uint16_t seed,
                               char text[COMMUNITY_ID_SIZE]);

#endif
