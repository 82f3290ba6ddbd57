/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failures come cheap: whoever sends a SYN or asks for a name makes one, and a little
 * more makes a connection in which nothing is said.  How many of each client's are
 * told, so that a flood fills neither memory nor database, and every device is still
 * found with its own.  In comes the client of one more; out goes whether it is told, or
 * only counted as more of the same.
 */
#ifndef APPLEPATH_FLOWS_FACT_LIMITS_H
#define APPLEPATH_FLOWS_FACT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

enum fact_limit {
    FACT_LIMIT_LONE_PACKET, /* a flow of one packet that nothing came of: it decides nothing */
    FACT_LIMIT_FAILED_FLOW, /* tried again, and still nothing, or refused */
    FACT_LIMIT_OPENED_FLOW, /* opened, and nothing that one side said was seen */
    FACT_LIMIT_OPENING, /* the packet that opened a flow */
    FACT_LIMIT_TIME, /* that was asked for, answered or not */
    FACT_LIMIT_QUESTION, /* without an answer, with an error for one, or never asked */
    FACT_LIMIT_NAME, /* the answer to a name that nobody had asked for before */
    FACT_LIMIT_COUNT
};

struct fact_limits;

/* NULL when there is no memory. */
struct fact_limits *fact_limits_create(void);
void fact_limits_release(struct fact_limits *limits);

/* Is one more of this client's told? It is counted then. `limits` NULL: always. */
bool fact_limits_take(struct fact_limits *limits, const struct address *client,
                      enum fact_limit limit);

/* After an hour of watching: half of what was taken is there again, for the same clients
 * or for new ones. */
void fact_limits_renew(struct fact_limits *limits);

#endif
