/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for dissectors/ndpi.c in the targets of our own dissectors.  Starting nDPI takes a
 * hundred times as long as an input; fuzz_pipeline runs with it.
 */
#include "dissectors/ndpi.h"

#include <stddef.h>

struct ndpi_guide *ndpi_guide_create(void)
{
    return NULL;
}

void ndpi_guide_release(struct ndpi_guide *guide)
{
    (void)guide;
}

struct ndpi_reading *ndpi_reading_create(const struct ndpi_guide *guide)
{
    (void)guide;
    return NULL;
}

size_t ndpi_reading_size(const struct ndpi_reading *reading)
{
    (void)reading;
    return 0;
}

void ndpi_reading_release(struct ndpi_reading *reading)
{
    (void)reading;
}

void ndpi_read_packet(struct ndpi_guide *guide, struct ndpi_reading *reading, struct bytes network,
                      int64_t time, struct ndpi_opinion *opinion)
{
    (void)guide;
    (void)reading;
    (void)network;
    (void)time;
    *opinion = (struct ndpi_opinion){.final = true};
}
