/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each interface delivered and lost, by the minute.
 */
#ifndef APPLEPATH_PROGRAM_MINUTES_H
#define APPLEPATH_PROGRAM_MINUTES_H

#include "base/fact.h"

/* Of one source. Begins with all bytes zero. */
struct minutes {
    struct fact_minute minute; /* time 0: none has begun */
    uint64_t packets; /* of the source, when last looked at */
    uint64_t bytes;
    uint64_t dropped;
};

/* Looks at the source's counts at `now`. True when a minute is over: it is in `ended`,
 * and another one has begun. */
bool minutes_look(struct minutes *minutes, const struct fact_source *source, int64_t now,
                  struct fact_minute *ended);

#endif
