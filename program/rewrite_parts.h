/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to program/evidence_rewrite.c: messages of protocols, rewritten in their place.
 * Each is given the message as it was captured and a copy of it to change, and returns how
 * many bytes from its beginning may stay: all before the first of which it is not known
 * what it says.
 */
#ifndef APPLEPATH_PROGRAM_REWRITE_PARTS_H
#define APPLEPATH_PROGRAM_REWRITE_PARTS_H

#include "base/bytes.h"
#include "reports/pseudonyms.h"

/* Bytes that may be changed, within their bounds only. */
struct span {
    uint8_t *data;
    size_t length;
};

static inline struct span span_part(struct span whole, size_t offset, size_t length)
{
    struct span part = {whole.data, 0};
    if (offset <= whole.length && length <= whole.length - offset) {
        part.data = whole.data + offset;
        part.length = length;
    }
    return part;
}

static inline void span_fill(struct span span, uint8_t value)
{
    if (span.length > 0)
        memset(span.data, value, span.length);
}

/* Of as many bytes as the span has; else nothing is changed. */
static inline void span_put(struct span span, const void *bytes, size_t length)
{
    if (span.length == length && length > 0)
        memcpy(span.data, bytes, length);
}

static inline struct bytes span_bytes(struct span span)
{
    return bytes_of(span.data, span.length);
}

/* IPv4, IPv6 or MAC addresses by the span's length of 4, 16 or 6 bytes; else it is zeroed. */
void rewrite_address(struct pseudonyms *pseudonyms, struct span span);

/* Letters of one's own choice: as many others. A host name that is Apple's stays. */
void rewrite_name(struct pseudonyms *pseudonyms, struct span span);

size_t rewrite_dns(struct pseudonyms *pseudonyms, struct bytes message, struct span changed);
size_t rewrite_dhcp(struct pseudonyms *pseudonyms, struct bytes message, struct span changed);
size_t rewrite_tls(struct pseudonyms *pseudonyms, struct bytes records, struct span changed);

#endif
