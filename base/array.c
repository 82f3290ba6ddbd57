/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays grow by doubling, so that adding stays cheap however many come; sorted ones are
 * searched by halves.
 */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/large_pages.h"

#define ARRAY_FIRST_CAPACITY 64
/* Bytes of arrays that large pages are asked for. Beyond them realloc may do without room
 * for both, and what was asked for goes on to hold. */
#define ARRAY_LARGE (2 * LARGE_PAGE)
#define ARRAY_LARGEST (32 * LARGE_PAGE)

/* realloc would have touched the new memory before its pages could be asked for. */
void *array_resize(void *array, size_t used, size_t size)
{
    if (size < ARRAY_LARGE || size > ARRAY_LARGEST)
        return realloc(array, size);
    void *larger = aligned_alloc(LARGE_PAGE, (size + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
    if (larger == NULL)
        return NULL;
    large_pages_hint(larger, size);
    if (used > 0)
        memcpy(larger, array, used);
    free(array);
    return larger;
}

void *array_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    size_t larger = *capacity == 0 ? ARRAY_FIRST_CAPACITY : *capacity * 2;
    if (larger < *capacity || larger > SIZE_MAX / size)
        return NULL;
    void *grown = array_resize(array, count * size, larger * size);
    if (grown != NULL)
        *capacity = larger;
    return grown;
}

size_t array_first(const void *array, size_t count, size_t size,
                   int (*compare)(const void *element, const void *key), const void *key)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare((const char *)array + middle * size, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
