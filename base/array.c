/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays grow by doubling, so that adding stays cheap however many come.
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
