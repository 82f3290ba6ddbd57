/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does the catalogue come to be?  Checked rows of the lists come in; one
 * service per host pattern and port, merged, ordered and indexed, goes out.
 */
#include "catalog/hosts_table.h"

#include <stdlib.h>
#include <string.h>

#define SERVICE_LIMIT 100000u
#define FIRST_CAPACITY 512u

static bool out_of_memory(struct problem *problem)
{
    return problem_set(problem, "memory is out; give it fewer hosts, or the machine more memory");
}

/* FNV-1a of 64 bits, from the end of the text to its start.  Only the lists
 * fill the table, so hostile names cannot make its chains longer. */
uint64_t host_hash_start(void)
{
    return UINT64_C(0xcbf29ce484222325);
}

uint64_t host_hash_add(uint64_t hash, char character)
{
    return (hash ^ (uint8_t)host_lower(character)) * UINT64_C(0x100000001b3);
}

static uint64_t hash_text(uint64_t hash, const char *text, size_t length)
{
    while (length > 0)
        hash = host_hash_add(hash, text[--length]);
    return hash;
}

static size_t slot_of(const struct host_index *index, uint64_t hash)
{
    return (size_t)(hash ^ hash >> 32) & (index->capacity - 1);
}

static void index_put(struct host_index *index, uint64_t hash, size_t value)
{
    size_t slot = slot_of(index, hash);

    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): index_add filled them */
    while (index->slots[slot].value != SIZE_MAX)
        slot = (slot + 1) & (index->capacity - 1);
    index->slots[slot] = (struct host_slot){hash, value};
    index->count++;
}

static bool index_add(struct host_index *index, uint64_t hash, size_t value)
{
    struct host_index grown = {.capacity = FIRST_CAPACITY};

    if (index->count >= index->capacity / 2) {
        if (index->capacity != 0)
            grown.capacity = index->capacity * 2;
        grown.slots = malloc(grown.capacity * sizeof *grown.slots);
        if (grown.slots == NULL)
            return false;
        for (size_t i = 0; i < grown.capacity; i++)
            grown.slots[i].value = SIZE_MAX;
        for (size_t i = 0; i < index->capacity; i++) {
            if (index->slots[i].value != SIZE_MAX)
                index_put(&grown, index->slots[i].hash, index->slots[i].value);
        }
        free(index->slots);
        *index = grown;
    }
    index_put(index, hash, value);
    return true;
}

static bool same_text(const char *left, const char *right, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (host_lower(left[i]) != host_lower(right[i]))
            return false;
    }
    return true;
}

size_t host_pattern_find(const struct catalog *catalog, const char *text, size_t length, bool star,
                         uint64_t hash)
{
    const struct host_index *index = &catalog->pattern_index;

    if (index->capacity == 0)
        return SIZE_MAX;
    for (size_t slot = slot_of(index, hash); index->slots[slot].value != SIZE_MAX;
         slot = (slot + 1) & (index->capacity - 1)) {
        const struct host_pattern *pattern = &catalog->patterns[index->slots[slot].value];
        if (index->slots[slot].hash == hash && pattern->length == length &&
            (pattern->kind == PATTERN_WILDCARD) == star && same_text(pattern->text, text, length))
            return index->slots[slot].value;
    }
    return SIZE_MAX;
}

static size_t find_host(const struct catalog *catalog, const char *host)
{
    bool star = host[0] == '*';
    size_t length = strlen(host) - star;

    return host_pattern_find(catalog, host + star, length, star,
                             hash_text(host_hash_start(), host + star, length));
}

/* Room for one more element; the array, moved or not, or NULL. */
static void *make_room(void *array, size_t count, size_t *capacity, size_t size)
{
    size_t wanted = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
    void *grown;

    if (count < *capacity)
        return array;
    grown = realloc(array, wanted * size);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static size_t end_place(uint64_t hash)
{
    return (size_t)(hash ^ hash >> 32) & (HOST_END_BITS - 1);
}

static bool end_is_marked(const struct catalog *catalog, uint64_t hash)
{
    size_t place = end_place(hash);
    return (catalog->ends[place / 64] >> place % 64 & 1) != 0;
}

/* Of "*.example" one label is known, of "*-www.example" too; of other names two, or all. */
static void end_mark(struct catalog *catalog, const char *text, size_t length, bool star)
{
    uint64_t hash = host_hash_start(), end = hash;
    unsigned dots = 0;

    while (length > 0 && dots < 2) {
        if (text[--length] == '.') {
            end = hash;
            dots++;
        }
        hash = host_hash_add(hash, text[length]);
    }
    if (dots < 2 && !star)
        end = hash;
    catalog->ends[end_place(end) / 64] |= UINT64_C(1) << end_place(end) % 64;
}

bool host_end_known(const struct catalog *catalog, const char *name, size_t length)
{
    uint64_t hash = host_hash_start();
    unsigned dots = 0;

    while (length > 0) {
        if (name[--length] == '.') {
            if (end_is_marked(catalog, hash))
                return true;
            if (++dots == 2)
                return false;
        }
        hash = host_hash_add(hash, name[length]);
    }
    return end_is_marked(catalog, hash);
}

/* The pattern of the row's host, new or known; SIZE_MAX when memory is out. */
static size_t add_pattern(struct catalog *catalog, const struct host_row *row)
{
    size_t found = find_host(catalog, row->host);
    struct host_pattern *patterns, *pattern;

    if (found == SIZE_MAX) {
        patterns = make_room(catalog->patterns, catalog->pattern_count, &catalog->pattern_capacity,
                             sizeof *patterns);
        if (patterns == NULL)
            return SIZE_MAX;
        catalog->patterns = patterns;
        found = catalog->pattern_count++;
        pattern = &patterns[found];
        *pattern = (struct host_pattern){.kind = row->kind, .network = row->network};
        pattern->text = arena_copy(&catalog->arena, row->host + (row->kind == PATTERN_WILDCARD));
        pattern->length = strlen(pattern->text);
        if (catalog->arena.failed ||
            !index_add(&catalog->pattern_index,
                       hash_text(host_hash_start(), pattern->text, pattern->length), found))
            return SIZE_MAX;
        end_mark(catalog, pattern->text, pattern->length, pattern->kind == PATTERN_WILDCARD);
        if (pattern->kind == PATTERN_WILDCARD && pattern->text[0] != '.')
            catalog->label_starts[(uint8_t)pattern->text[0]] = true;
    }
    return found;
}

static uint64_t entry_hash(size_t pattern, const char *category, uint16_t port, uint8_t transport)
{
    uint64_t key = (uint64_t)pattern << 24 | (uint64_t)port << 8 | transport;
    uint64_t hash = hash_text(host_hash_start(), category, strlen(category));

    return (hash ^ key) * UINT64_C(0x9e3779b97f4a7c15);
}

static struct host_entry *find_entry(const struct catalog *catalog, size_t pattern,
                                     const char *category, uint16_t port, uint8_t transport,
                                     uint64_t hash)
{
    const struct host_index *index = &catalog->entry_index;

    if (index->capacity == 0)
        return NULL;
    for (size_t slot = slot_of(index, hash); index->slots[slot].value != SIZE_MAX;
         slot = (slot + 1) & (index->capacity - 1)) {
        struct host_entry *entry = &catalog->entries[index->slots[slot].value];
        if (entry->pattern == pattern && entry->service.port == port &&
            entry->service.transport == transport && strcmp(entry->service.category, category) == 0)
            return entry;
    }
    return NULL;
}

/* Does a newer value say anything that may replace an older one? */
static bool says_something(const char *value)
{
    return value[0] != '\0' && strcmp(value, "unknown") != 0;
}

/* Is `source` one of the sources joined by ", "? */
static bool has_source(const char *sources, const char *source)
{
    size_t length = strlen(source);

    for (const char *at = sources; at != NULL; at = strstr(at, ", ")) {
        if (at != sources)
            at += 2;
        if (strncmp(at, source, length) == 0 && (at[length] == '\0' || at[length] == ','))
            return true;
    }
    return false;
}

static void merge_entry(struct catalog *catalog, struct host_entry *entry,
                        const struct service *newer, const char *within_host)
{
    struct service *service = &entry->service;

    if (says_something(newer->systems) || service->systems[0] == '\0')
        service->systems = newer->systems;
    if (says_something(newer->description))
        service->description = newer->description;
    if (newer->proxy != PROXY_UNKNOWN)
        service->proxy = newer->proxy;
    if (within_host[0] != '\0')
        entry->within_host = within_host;
    if (!has_source(service->source, newer->source))
        service->source = arena_format(&catalog->arena, "%s, %s", service->source, newer->source);
    service->role = newer->role;
    service->retired = service->retired || newer->retired;
}

static bool add_service(struct catalog *catalog, const struct host_entry *newer,
                        struct problem *problem)
{
    const struct service *service = &newer->service;
    uint64_t hash =
        entry_hash(newer->pattern, service->category, service->port, service->transport);
    struct host_entry *entry = find_entry(catalog, newer->pattern, service->category, service->port,
                                          service->transport, hash);
    struct host_entry *entries;

    if (entry != NULL) {
        merge_entry(catalog, entry, service, newer->within_host);
        return true;
    }
    if (catalog->entry_count == SERVICE_LIMIT)
        return problem_set(problem,
                           "more than %u hosts and ports in all; write patterns, networks or "
                           "\"any\" instead of single ones",
                           SERVICE_LIMIT);
    entries = make_room(catalog->entries, catalog->entry_count, &catalog->entry_capacity,
                        sizeof *entries);
    if (entries == NULL)
        return out_of_memory(problem);
    catalog->entries = entries;
    entries[catalog->entry_count] = *newer;
    if (!index_add(&catalog->entry_index, hash, catalog->entry_count))
        return out_of_memory(problem);
    catalog->entry_count++;
    return true;
}

bool catalog_add_row(void *context, const struct host_row *row, struct problem *problem)
{
    struct catalog *catalog = context;
    struct arena *arena = &catalog->arena;
    struct host_entry entry = {.pattern = add_pattern(catalog, row)};
    struct service *service = &entry.service;
    const char *ports = row->ports;

    if (entry.pattern == SIZE_MAX)
        return out_of_memory(problem);
    if (strcmp(ports, "-") == 0)
        return true;
    service->host = arena_copy(arena, row->host);
    service->kind = row->kind;
    service->network = row->network;
    service->transport = row->transport;
    service->category = arena_copy(arena, row->category);
    service->systems = arena_copy(arena, row->systems);
    service->description = arena_copy(arena, row->description);
    service->role = row->role;
    service->proxy = row->proxy;
    service->source = arena_copy(arena, row->source);
    service->retired = row->retired;
    entry.within_host = arena_copy(arena, row->within);
    while (host_ports_next(&ports, &service->port)) {
        if (!add_service(catalog, &entry, problem))
            return false;
    }
    return !arena->failed || out_of_memory(problem);
}

/* Of the rows of one pattern those with a port of their own come first, and of
 * these the ones still in use.  Port 443 of a whole network is the exception:
 * there a row for any port says more than one for one of its many services. */
static unsigned rank_of(const struct service *service)
{
    unsigned rank = service->port == 0 ? 1 : 0;

    if (service->kind == PATTERN_NETWORK && service->port == 443)
        rank = 2;
    return rank * 2 + service->retired;
}

static int compare_rows(const void *left_row, const void *right_row)
{
    const struct host_row_rank *left = left_row;
    const struct host_row_rank *right = right_row;

    if (left->pattern != right->pattern)
        return left->pattern < right->pattern ? -1 : 1;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return left->service < right->service ? -1 : left->service > right->service;
}

static bool order_rows(struct catalog *catalog)
{
    catalog->rows = calloc(catalog->entry_count + 1, sizeof *catalog->rows);
    if (catalog->rows == NULL)
        return false;
    for (size_t i = 0; i < catalog->entry_count; i++)
        catalog->rows[i] = (struct host_row_rank){catalog->entries[i].pattern,
                                                  rank_of(&catalog->entries[i].service), i};
    qsort(catalog->rows, catalog->entry_count, sizeof *catalog->rows, compare_rows);
    for (size_t i = catalog->entry_count; i-- > 0;) {
        struct host_pattern *pattern = &catalog->patterns[catalog->rows[i].pattern];
        pattern->first = i;
        pattern->count++;
    }
    return true;
}

/* Longest prefix first, and those of one length in the order of the lists. */
static bool list_networks(struct catalog *catalog)
{
    size_t begins[130] = {0}; /* by 128 - bits, where the networks of that length begin */

    for (size_t i = 0; i < catalog->pattern_count; i++) {
        if (catalog->patterns[i].kind == PATTERN_NETWORK) {
            begins[129 - catalog->patterns[i].network.bits]++;
            catalog->network_count++;
        }
    }
    for (size_t i = 1; i < 130; i++)
        begins[i] += begins[i - 1];
    catalog->networks = calloc(catalog->network_count + 1, sizeof *catalog->networks);
    if (catalog->networks == NULL)
        return false;
    for (size_t i = 0; i < catalog->pattern_count; i++) {
        const struct host_pattern *pattern = &catalog->patterns[i];
        if (pattern->kind == PATTERN_NETWORK)
            catalog->networks[begins[128 - pattern->network.bits]++] = i;
    }
    return true;
}

/* The service that stands for entry `index`: of the host it is within, the one
 * with its port, else the one for any port, else the first. */
static size_t service_within(const struct catalog *catalog, size_t index)
{
    const struct host_entry *entry = &catalog->entries[index];
    const struct host_pattern *pattern;
    size_t any = SIZE_MAX, first = SIZE_MAX;
    size_t found = SIZE_MAX;

    if (entry->within_host[0] != '\0')
        found = find_host(catalog, entry->within_host);
    if (found == SIZE_MAX || catalog->patterns[found].count == 0)
        return index;
    pattern = &catalog->patterns[found];
    for (size_t i = pattern->first; i < pattern->first + pattern->count; i++) {
        size_t candidate = catalog->rows[i].service;
        const struct service *service = &catalog->entries[candidate].service;
        if (service->transport == entry->service.transport && service->port == entry->service.port)
            return candidate;
        if (service->transport == entry->service.transport && service->port == 0 && any == SIZE_MAX)
            any = candidate;
        if (candidate < first)
            first = candidate;
    }
    return any != SIZE_MAX ? any : first;
}

bool catalog_finish(struct catalog *catalog, struct problem *problem)
{
    if (!order_rows(catalog) || !list_networks(catalog))
        return out_of_memory(problem);
    for (size_t i = 0; i < catalog->entry_count; i++)
        catalog->entries[i].service.within = service_within(catalog, i);
    return true;
}
