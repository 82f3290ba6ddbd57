/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out.  The linker leads every call of our own objects here (--wrap); of
 * the libraries, SQLite's is led here by its configuration, and the others' are not.
 */
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include "tests/faults/failing.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

/* Not const: the wrapped functions have no other way to know. */
static struct failing *memory;
static sqlite3_mem_methods sqlite_memory;

static bool fails(void)
{
    return memory != NULL && failing_turn(memory);
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

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
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
