/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that the capture shows before their requests, as SPAN ports do that merge two
 * directions: kept until the request comes.  All flows of a run share a few places, of which
 * the oldest gives way: a moment later no request comes any more.
 */
#ifndef APPLEPATH_DISSECTORS_HTTP_EARLY_H
#define APPLEPATH_DISSECTORS_HTTP_EARLY_H

#include "base/bytes.h"
#include "capture/packet.h"

#define EARLY_LIMIT 2048u /* answers at once */
#define EARLY_SIZE 4096 /* bytes of each */

struct http_early {
    uint64_t number; /* whose it is; 0: nobody's */
    struct packet packet; /* that brought it; without its bytes */
    size_t length;
    uint8_t bytes[EARLY_SIZE];
};

/* Begins with all bytes zero. */
struct http_early_answers {
    struct http_early *places; /* owned; NULL: none was ever needed */
    uint64_t last; /* number given out */
};

void http_early_release(struct http_early_answers *answers);

/* A place for what this packet begins: its number, by which it is found. 0: memory is out. */
uint64_t http_early_begin(struct http_early_answers *answers, const struct packet *packet);

/* NULL: it had to give way, or `number` is 0. */
struct http_early *http_early_find(const struct http_early_answers *answers, uint64_t number);

/* Adds what there is room for, and takes that off the front of `available`. */
void http_early_add(struct http_early *early, struct bytes *available);

#endif
