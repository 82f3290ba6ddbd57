/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differences of counts that only grow, put into the minute in which they are seen.
 */
#include "program/minutes.h"

#define MINUTE (60 * NANOSECONDS_PER_SECOND)

bool minutes_look(struct minutes *minutes, const struct fact_source *source, int64_t now,
                  struct fact_minute *ended)
{
    struct fact_minute *minute = &minutes->minute;
    uint64_t dropped = source->dropped_packets > 0 ? (uint64_t)source->dropped_packets : 0;
    int64_t begun = now - now % MINUTE;
    bool over = minute->time != 0 && minute->time != begun;
    if (over)
        *ended = *minute;
    if (over || minute->time == 0)
        *minute = (struct fact_minute){.source = source->id, .time = begun};
    minute->packets += source->packets - minutes->packets;
    minute->bytes += source->bytes - minutes->bytes;
    minute->dropped += dropped - minutes->dropped;
    minutes->packets = source->packets;
    minutes->bytes = source->bytes;
    minutes->dropped = dropped;
    return over;
}
