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

static inline void fetch_to_write(const void *from, size_t size)
{
    for (size_t at = 0; at < size; at += CACHE_LINE)
        __builtin_prefetch((const char *)from + at, 1);
    if (size > 0)
        __builtin_prefetch((const char *)from + size - 1, 1);
}

#endif
