/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large tables that are looked at all over: where the system can, they are put on pages of
 * 2 MiB, so that each first touch of 4 KiB is not a fault, and finding a page misses less
 * often.  A hint, which changes nothing but time, and that pages are taken whole.
 */
#ifndef APPLEPATH_BASE_LARGE_PAGES_H
#define APPLEPATH_BASE_LARGE_PAGES_H

#include <stddef.h>

#define LARGE_PAGE ((size_t)2 << 20) /* bytes: of x86-64, and of arm64 with pages of 4 KiB */

/* Of memory that was taken and not touched yet: the large pages that lie within it whole.
 * NULL is let pass. */
void large_pages_hint(void *memory, size_t size);

#endif
