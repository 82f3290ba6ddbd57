/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What will be looked at soon is brought near while other work is done: a hint, which
 * changes nothing but time, and may name memory that is not there any more.
 */
#ifndef APPLEPATH_BASE_FETCH_H
#define APPLEPATH_BASE_FETCH_H

#include <stddef.h>

#define CACHE_LINE 64u /* bytes */

/* All lines in which these bytes lie, which may begin and end within one. */
static inline void fetch_to_read(const void *from, size_t size)
{
    for (size_t at = 0; at < size; at += CACHE_LINE)
        __builtin_prefetch((const char *)from + at);
    if (size > 0)
        __builtin_prefetch((const char *)from + size - 1);
}

/* Compilers write the instruction for it only where they are told of a processor that has
 * it, and fetch to read otherwise; what another core has written would then come twice, once
 * to be looked at and once to be its own. Processors of x86-64 without it let it pass. */
static inline void fetch_line_to_write(const void *line)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw (%0)" : : "r"(line));
#else
    __builtin_prefetch(line, 1);
#endif
}

static inline void fetch_to_write(const void *from, size_t size)
{
    for (size_t at = 0; at < size; at += CACHE_LINE)
        fetch_line_to_write((const char *)from + at);
    if (size > 0)
        fetch_line_to_write((const char *)from + size - 1);
}

#endif
