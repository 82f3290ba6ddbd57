/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Minutes of live captures come in, and the counts of sources that have none; one sum
 * goes out.
 */
#include "diagnosis/capture_drops.h"

#define MINUTE (60 * NANOSECONDS_PER_SECOND)

static void drops_add(struct capture_drops *drops, uint64_t dropped, int64_t first, int64_t last)
{
    if (dropped == 0)
        return;
    if (drops->dropped == 0 || first < drops->first_time)
        drops->first_time = first;
    if (drops->dropped == 0 || last > drops->last_time)
        drops->last_time = last;
    drops->dropped += dropped;
}

struct minute_walk {
    struct capture_drops *drops;
    uint64_t minutes;
};

static bool take_minute(void *owner, const struct fact *fact)
{
    struct minute_walk *walk = owner;
    const struct fact_minute *minute = &fact->as.minute;
    walk->minutes++;
    walk->drops->packets += minute->packets;
    drops_add(walk->drops, minute->dropped, minute->time, minute->time + MINUTE);
    return true;
}

bool capture_drops_read(struct builder *builder, struct capture_drops *drops)
{
    const struct diagnosis *diagnosis = builder->diagnosis;
    struct minute_walk walk = {.drops = drops};
    *drops = (struct capture_drops){.first_time = TIMESTAMP_NONE, .last_time = TIMESTAMP_NONE};
    if (!facts_read(builder->ledger->store, FACT_MINUTE, builder->ledger->selection, take_minute,
                    &walk, builder->problem))
        return false;
    for (size_t i = 0; walk.minutes == 0 && i < diagnosis->source_count; i++) {
        const struct fact_source *source = &diagnosis->sources[i];
        drops->packets += source->packets;
        if (source->dropped_packets > 0)
            drops_add(drops, (uint64_t)source->dropped_packets, source->first_time,
                      source->last_time);
    }
    return true;
}

double capture_drops_share(const struct capture_drops *drops)
{
    double all = (double)drops->packets + (double)drops->dropped;
    return all > 0 ? (double)drops->dropped / all : 0;
}
