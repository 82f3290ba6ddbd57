/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did the capturing machine itself lose, and when?
 */
#ifndef APPLEPATH_DIAGNOSIS_CAPTURE_DROPS_H
#define APPLEPATH_DIAGNOSIS_CAPTURE_DROPS_H

#include "diagnosis/builder.h"

struct capture_drops {
    uint64_t packets; /* that it delivered, in the same time */
    uint64_t dropped;
    int64_t first_time; /* of the losses; valid where there are any */
    int64_t last_time;
};

/* By the minute, within the time asked for, where the minutes were kept (live captures);
 * else as the sources say, as a whole. False and a problem when the database fails. */
bool capture_drops_read(struct builder *builder, struct capture_drops *drops);

/* Of all packets, 0 to 1. */
double capture_drops_share(const struct capture_drops *drops);

#endif
