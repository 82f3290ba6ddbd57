/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for one more: the growing of arrays that are read in one element at a time
 * and freed as a whole with free(). And where in a sorted one something begins.
 */
#ifndef APPLEPATH_BASE_ARRAY_H
#define APPLEPATH_BASE_ARRAY_H

#include <stddef.h>

/* The array, with room for an element behind its `count`; it may have moved, and
 * `capacity` (elements, 0 at first with `array` NULL) is set then. NULL when memory
 * is out, and the array is as it was. `size`: of an element, bytes, not 0. */
void *array_grow(void *array, size_t count, size_t *capacity, size_t size);

/* The place of the first of `count` sorted elements that `compare` does not put before
 * the key; `count` where there is none. Several may be like the key: bsearch would find
 * any of them. */
size_t array_first(const void *array, size_t count, size_t size,
                   int (*compare)(const void *element, const void *key), const void *key);

#endif
