/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out.  The linker leads every call of our own objects here (--wrap); of
 * the libraries, SQLite's is led here by its configuration, and the others' are not.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifdef HAVE_EXECINFO_H
#include <execinfo.h>
#endif
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include "tests/faults/failing.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

/* Not const: the wrapped functions have no other way to know. */
static struct failing *memory;
static sqlite3_mem_methods sqlite_memory;

#ifdef HAVE_EXECINFO_H

#define DEPTH 14

/* The callers' addresses as one number. */
static uint32_t place_of_call(void)
{
    void *callers[DEPTH];
    int count = backtrace(callers, DEPTH);
    uint32_t place = 2166136261u;

    for (int i = 0; i < count; i++)
        for (uintptr_t address = (uintptr_t)callers[i]; address != 0; address >>= 8)
            place = (place ^ (uint32_t)(address & 0xff)) * 16777619u;
    return place;
}

static void note_place(unsigned long call)
{
    static _Thread_local bool within; /* it may ask for memory itself */

    if (within || call >= PLACES_LIMIT)
        return;
    within = true;
    memory->places[call] = place_of_call();
    within = false;
}

#else

/* Each call is a place of its own. */
static void note_place(unsigned long call)
{
    if (call < PLACES_LIMIT)
        memory->places[call] = (uint32_t)call;
}

#endif

static bool fails(void)
{
    if (memory == NULL)
        return false;
    if (memory->notes_places)
        note_place(atomic_load(&memory->calls));
    return failing_turn(memory);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
    return fails() ? NULL : __real_strndup(text, length);
}

static void *sqlite_malloc(int size)
{
    return fails() ? NULL : sqlite_memory.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return fails() ? NULL : sqlite_memory.xRealloc(old, size);
}

void failing_memory_begin(struct failing *failing)
{
    sqlite3_mem_methods methods;

    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);
    methods = sqlite_memory;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    memory = failing;
}
