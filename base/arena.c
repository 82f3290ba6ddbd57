/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does memory come from that is all given back at once?  From a list of
 * zeroed blocks: small pieces are cut off the newest block, large ones get a
 * block of their own.  Sizes and texts come in; pieces and copies go out.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 16384u
#define LARGE_PIECE (BLOCK_SIZE / 4)

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t capacity;
    alignas(max_align_t) unsigned char data[];
};

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->blocks = NULL;
    arena->failed = false;
}

void arena_adopt(struct arena *arena, struct arena *from)
{
    struct arena_block **last = &arena->blocks;

    while (*last != NULL)
        last = &(*last)->next;
    *last = from->blocks;
    arena->failed = arena->failed || from->failed;
    from->blocks = NULL;
    from->failed = false;
}

static struct arena_block *block_new(size_t capacity)
{
    struct arena_block *block;

    if (capacity > SIZE_MAX - sizeof *block)
        return NULL;
    block = calloc(1, sizeof *block + capacity);
    if (block != NULL)
        block->capacity = capacity;
    return block;
}

/* A large piece goes behind the newest block, whose free rest stays in use. */
static struct arena_block *block_add(struct arena *arena, size_t size)
{
    bool large = size >= LARGE_PIECE && arena->blocks != NULL;
    struct arena_block *block = block_new(size >= LARGE_PIECE ? size : BLOCK_SIZE);

    if (block == NULL)
        return NULL;
    if (large) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *arena_allocate(struct arena *arena, size_t size)
{
    const size_t alignment = alignof(max_align_t);
    struct arena_block *block = arena->blocks;
    void *piece;

    if (size > SIZE_MAX - alignment) {
        arena->failed = true;
        return NULL;
    }
    size = size == 0 ? alignment : (size + alignment - 1) / alignment * alignment;
    if (block == NULL || block->capacity - block->used < size)
        block = block_add(arena, size);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    piece = block->data + block->used;
    block->used += size;
    return piece;
}

const char *arena_copy(struct arena *arena, const char *text)
{
    size_t size;
    char *copy;

    if (text == NULL)
        return NULL;
    size = strlen(text) + 1;
    copy = arena_allocate(arena, size);
    if (copy == NULL)
        return "";
    memcpy(copy, text, size);
    return copy;
}

const char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *result = NULL;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0)
        result = arena_allocate(arena, (size_t)length + 1);
    if (result == NULL) {
        arena->failed = true;
        return "";
    }
    va_start(arguments, format);
    vsnprintf(result, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return result;
}
