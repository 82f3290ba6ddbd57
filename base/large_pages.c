/* SPDX-License-Identifier: Apache-2.0 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/large_pages.h"

#include <stdint.h>
#include <sys/mman.h>

void large_pages_hint(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    uintptr_t first = ((uintptr_t)memory + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
    size_t before = first - (uintptr_t)memory;
    if (memory == NULL || size < before + LARGE_PAGE)
        return;
    (void)madvise((char *)memory + before, (size - before) & ~(LARGE_PAGE - 1), MADV_HUGEPAGE);
#else
    (void)memory;
    (void)size;
#endif
}
