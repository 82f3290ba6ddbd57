/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a golden expectation: words and name=value pairs.  What is not set
 * is left out, so that a new field churns only the lines that have it.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_GOLDEN_LINE_H
#define APPLEPATH_TESTS_SUPPORT_GOLDEN_LINE_H

#include <inttypes.h>

#include "base/fact.h"
#include "base/text.h"

static inline void line_number(struct text *line, const char *name, uint64_t value)
{
    if (value != 0)
        text_add_format(line, " %s=%" PRIu64, name, value);
}

static inline void line_flag(struct text *line, const char *name, bool set)
{
    if (set)
        text_add_format(line, " %s", name);
}

/* Foreign text, made safe and free of spaces. */
static inline void line_text(struct text *line, const char *name, const char *value)
{
    if (value == NULL)
        return;
    text_add_format(line, " %s=", name);
    size_t start = line->length;
    text_add_printable(line, value);
    for (size_t i = start; i < line->length; i++)
        if (line->data[i] == ' ')
            line->data[i] = '_';
}

/* Seconds since the capture's first packet. */
static inline void line_time(struct text *line, const char *name, int64_t time, int64_t origin)
{
    if (time != TIMESTAMP_NONE)
        text_add_format(line, " %s=%.6f", name, timestamp_seconds_between(origin, time));
}

static inline void line_address(struct text *line, const char *name, const struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];
    if (!address_is_none(address))
        text_add_format(line, " %s=%s", name, address_print(address, printed));
}

/* "#00044": the number of the packet; "#2:00044" in the second of several captures. */
static inline void line_add_packet(struct text *line, uint64_t packet)
{
    if (packet_source(packet) > 1)
        text_add_format(line, "#%" PRIu32 ":%05" PRIu64, packet_source(packet),
                        packet_number(packet));
    else
        text_add_format(line, "#%05" PRIu64, packet_number(packet));
}

static inline void line_packet(struct text *line, const char *name, uint64_t packet)
{
    if (packet == PACKET_NONE)
        return;
    text_add_format(line, " %s=", name);
    line_add_packet(line, packet);
}

#endif
