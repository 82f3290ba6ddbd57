/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays grow by doubling, so that adding stays cheap however many come; sorted ones are
 * searched by halves.
 */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

#define ARRAY_FIRST_CAPACITY 64

void *array_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    size_t larger = *capacity == 0 ? ARRAY_FIRST_CAPACITY : *capacity * 2;
    if (larger < *capacity || larger > SIZE_MAX / size)
        return NULL;
    void *grown = realloc(array, larger * size);
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
