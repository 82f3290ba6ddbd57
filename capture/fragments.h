/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts fragmented datagrams together: IPv4 (RFC 791, RFC 815) and IPv6 (RFC 8200
 * section 4.5).  Bounded in datagrams, in bytes and in packet time; what does not
 * become whole is given up and counted.
 */
#ifndef APPLEPATH_CAPTURE_FRAGMENTS_H
#define APPLEPATH_CAPTURE_FRAGMENTS_H

#include "base/address.h"
#include "base/bytes.h"

#define FRAGMENTS_DATAGRAM_LIMIT 256 /* being put together at once */
#define FRAGMENTS_MEMORY_LIMIT (4u << 20) /* bytes, of all datagrams */
#define FRAGMENTS_DATAGRAM_SIZE_LIMIT 65535u /* bytes, of one */
#define FRAGMENTS_TIMEOUT_SECONDS 30
#define FRAGMENTS_NESTED 16 /* whole datagrams that stay good, one within the other */

struct fragments;

struct fragment {
    struct address source;
    struct address destination;
    uint32_t identification;
    uint16_t vlan; /* copies of one datagram in two VLANs are kept apart */
    uint32_t tunnel; /* and in two tunnels */
    bool ipv6;
    uint8_t protocol; /* of the datagram; IPv6: only the first fragment's counts */
    bool more; /* not the last fragment */
    uint32_t offset; /* bytes, a multiple of 8 */
    int64_t time;
    struct bytes data;
};

enum fragment_answer {
    FRAGMENT_KEPT, /* copied; more are needed */
    FRAGMENT_COMPLETE, /* this was the last one missing */
    FRAGMENT_REFUSED /* contradicts itself or others, or memory is out */
};

/* NULL when there is no memory. Released by fragments_release. */
struct fragments *fragments_create(void);
void fragments_release(struct fragments *fragments);

/* Sets `whole` and `protocol` when complete; `whole` is good until so many others were
 * completed as can lie within one another (FRAGMENTS_NESTED).
 * Where IPv4 fragments overlap, the first copy of a byte stays; an IPv6 datagram
 * with an overlap is given up (RFC 5722), exact copies excepted. */
enum fragment_answer fragments_add(struct fragments *fragments, const struct fragment *fragment,
                                   struct bytes *whole, uint8_t *protocol);

/* Fragments given up so far: refused, of datagrams too old or driven out. */
uint64_t fragments_dropped(const struct fragments *fragments);

/* Was there ever no memory for a part? */
bool fragments_memory_out(const struct fragments *fragments);

#endif
