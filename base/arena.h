/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that lives and dies together: what one diagnosis builds is taken from
 * one arena and given back at once.  No single piece is ever freed.
 */
#ifndef APPLEPATH_BASE_ARENA_H
#define APPLEPATH_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena_block;

/* Begin with all bytes zero. `failed` stays set once memory ran out. */
struct arena {
    struct arena_block *blocks;
    bool failed;
};

void arena_release(struct arena *arena);

/* What `from` holds is `arena`'s from now on, and `from` is empty. */
void arena_adopt(struct arena *arena, struct arena *from);

/* Zeroed, aligned for any type; NULL when memory is out. */
void *arena_allocate(struct arena *arena, size_t size);

/* Copies; "" (never NULL) when memory is out. NULL stays NULL. */
const char *arena_copy(struct arena *arena, const char *text);
const char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
