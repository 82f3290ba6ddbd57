/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times of packets: signed nanoseconds since 1970-01-01T00:00:00Z, without
 * leap seconds, as captures hold them; and their RFC 3339 text.
 */
#ifndef APPLEPATH_BASE_TIMESTAMP_H
#define APPLEPATH_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#define TIMESTAMP_TEXT_SIZE 40
#define TIMESTAMP_NONE INT64_MIN
#define NANOSECONDS_PER_SECOND INT64_C(1000000000)
#define NANOSECONDS_PER_MILLISECOND INT64_C(1000000)

/* "2026-11-20T08:00:04.1Z": UTC, as many decimals as the value needs, none
 * for a whole second.  TIMESTAMP_NONE prints as "-". Returns the buffer. */
const char *timestamp_print(int64_t time, char text[TIMESTAMP_TEXT_SIZE]);

/* Reads what timestamp_print writes, and RFC 3339 with a numeric zone, and a
 * bare date (midnight UTC); false (output alone) on anything else. */
bool timestamp_parse(const char *text, int64_t *time);

/* The time of day; and one that only runs forwards, from some moment of its own. 0 where
 * the system has none. */
int64_t timestamp_now(void);
int64_t timestamp_monotonic(void);

/* `later - earlier` in seconds. */
static inline double timestamp_seconds_between(int64_t earlier, int64_t later)
{
    return ((double)later - (double)earlier) / (double)NANOSECONDS_PER_SECOND;
}

#endif
