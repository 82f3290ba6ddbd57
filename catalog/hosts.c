/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does Apple, or the site, say that this should work?  The built-in list and
 * the user's files come in once; then names, addresses and ports come in, and
 * the rows that cover them go out, the one to name in a finding marked.
 * NAT64 addresses: RFC 6052 section 2.1.
 */
#include "catalog/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/hosts_table.h"

/* Rows of one name: its own, one per label, a few of "*-suffix". */
#define NAME_PATTERN_LIMIT 32u

static const char *const built_in_lines[] = {
#include "catalog/apple_hosts.inc"
};

void catalog_release(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    free(catalog->entries);
    free(catalog->patterns);
    free(catalog->pattern_index.slots);
    free(catalog->entry_index.slots);
    free(catalog->rows);
    free(catalog->networks);
    arena_release(&catalog->arena);
    free(catalog);
}

static bool load_lists(struct catalog *catalog, const char *const *files, size_t count,
                       struct problem *problem)
{
    struct host_row_sink sink = {catalog_add_row, catalog};

    if (!host_lines_read(built_in_lines, sizeof built_in_lines / sizeof built_in_lines[0], sink,
                         problem))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!host_file_read(files[i], sink, problem))
            return false;
    }
    return catalog_finish(catalog, problem);
}

struct catalog *catalog_load(const char *const *files, size_t count, struct problem *problem)
{
    struct catalog *catalog = calloc(1, sizeof *catalog);

    if (catalog == NULL) {
        problem_set(problem, "memory is out; free some and start again");
        return NULL;
    }
    if (!load_lists(catalog, files, count, problem)) {
        catalog_release(catalog);
        return NULL;
    }
    return catalog;
}

size_t catalog_count(const struct catalog *catalog)
{
    return catalog->entry_count;
}

const struct service *catalog_service(const struct catalog *catalog, size_t index)
{
    return &catalog->entries[index].service;
}

/* Finds the patterns that cover a name, best first: the name itself, then
 * "*-suffix" and "*.suffix", longer before shorter.  Their number. */
static size_t find_name(const struct catalog *catalog, const char *name,
                        size_t found[NAME_PATTERN_LIMIT])
{
    uint64_t hashes[HOST_NAME_LIMIT + 1];
    size_t length = strnlen(name, HOST_NAME_LIMIT + 2);
    size_t count = 0;
    bool first_label = true;

    if (length > 0 && name[length - 1] == '.')
        length--;
    if (length == 0 || length > HOST_NAME_LIMIT || !host_end_known(catalog, name, length))
        return 0;
    hashes[length] = host_hash_start();
    for (size_t i = length; i-- > 0;)
        hashes[i] = host_hash_add(hashes[i + 1], name[i]);
    for (size_t i = 0; i < length && count < NAME_PATTERN_LIMIT; i++) {
        bool label_end = name[i] == '.';
        size_t pattern;

        if (label_end)
            first_label = false;
        if (i > 0 && !label_end &&
            !(first_label && catalog->label_starts[(uint8_t)host_lower(name[i])]))
            continue;
        pattern = host_pattern_find(catalog, name + i, length - i, i > 0, hashes[i]);
        if (pattern != SIZE_MAX && catalog->patterns[pattern].kind != PATTERN_NETWORK)
            found[count++] = pattern;
    }
    return count;
}

static void add_service(struct catalog_match *match, size_t service)
{
    if (match->count < CATALOG_MATCH_LIMIT)
        match->services[match->count++] = service;
}

/* Adds the rows of one pattern that have the port and transport.  Of a network
 * asked about as a whole, the row for any port says most. */
static void add_pattern_rows(const struct catalog *catalog, size_t index, uint16_t port,
                             uint8_t transport, struct catalog_match *match)
{
    const struct host_pattern *pattern = &catalog->patterns[index];
    size_t end = pattern->first + pattern->count;
    bool whole = port == 0 && pattern->kind == PATTERN_NETWORK;

    for (int round = whole ? 0 : 1; round < 2; round++) {
        for (size_t i = pattern->first; i < end; i++) {
            size_t index_of_row = catalog->rows[i].service;
            const struct service *service = &catalog->entries[index_of_row].service;
            if (whole && (service->port == 0) != (round == 0))
                continue;
            if ((port == 0 || service->port == 0 || service->port == port) &&
                (transport == 0 || service->transport == transport))
                add_service(match, index_of_row);
        }
    }
}

/* Adds what the rows found so far are within: the primary's first, and that
 * one even in place of the last row where there is no room. */
static void add_within(const struct catalog *catalog, struct catalog_match *match)
{
    size_t found = match->count;

    for (size_t i = 0; i < found; i++) {
        size_t within = catalog->entries[match->services[i]].service.within;
        size_t j = 0;

        while (j < match->count && match->services[j] != within)
            j++;
        if (j == match->count && i == 0 && j == CATALOG_MATCH_LIMIT)
            match->services[--found] = within;
        else if (j == match->count)
            add_service(match, within);
        if (i == 0)
            match->primary = within;
    }
}

void catalog_match(const struct catalog *catalog, const char *name, const struct address *address,
                   uint16_t port, uint8_t transport, struct catalog_match *match)
{
    match->count = 0;
    match->primary = CATALOG_NO_SERVICE;
    if (name != NULL) {
        size_t found[NAME_PATTERN_LIMIT];
        size_t count = find_name(catalog, name, found);
        for (size_t i = 0; i < count; i++)
            add_pattern_rows(catalog, found[i], port, transport, match);
    }
    if (address != NULL) {
        struct address reached = address_through_nat64(address);
        for (size_t i = 0; i < catalog->network_count; i++) {
            size_t pattern = catalog->networks[i];
            if (prefix_contains(&catalog->patterns[pattern].network, &reached))
                add_pattern_rows(catalog, pattern, port, transport, match);
        }
    }
    add_within(catalog, match);
}

bool catalog_knows_name(const struct catalog *catalog, const char *name)
{
    size_t found[NAME_PATTERN_LIMIT];

    return name != NULL && find_name(catalog, name, found) > 0;
}

bool catalog_knows_address(const struct catalog *catalog, const struct address *address)
{
    for (size_t i = 0; i < catalog->network_count; i++) {
        const struct host_pattern *pattern = &catalog->patterns[catalog->networks[i]];
        if (prefix_contains(&pattern->network, address))
            return true;
    }
    return false;
}

/* Is `name`, but for a final dot and its case, the same as `other`? */
static bool is_name(const char *name, const char *other)
{
    while (*other != '\0' && host_lower(*name) == *other) {
        name++;
        other++;
    }
    return *other == '\0' && (*name == '\0' || (*name == '.' && name[1] == '\0'));
}

enum courier_name catalog_courier_name(const char *name)
{
    static const struct {
        const char *name;
        char separator; /* between it and its number */
    } placeholders[] = {
        {"courier.push.apple.com", '-'},
        {"courier.sandbox.push.apple.com", '-'},
        {"courier-push-apple.com.akadns.net", '.'},
        {"courier-sandbox-push-apple.com.akadns.net", '.'},
    };
    size_t digits = strspn(name, "0123456789");

    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
        if (is_name(name, placeholders[i].name))
            return COURIER_PLACEHOLDER;
        if (digits >= 1 && digits <= 3 && name[digits] == placeholders[i].separator &&
            is_name(name + digits + 1, placeholders[i].name))
            return COURIER_NUMBERED;
    }
    return COURIER_NONE;
}

const char *proxy_support_word(enum proxy_support proxy)
{
    static const char *const words[] = {
        [PROXY_UNKNOWN] = "unknown", [PROXY_NO] = "no", [PROXY_YES] = "yes"};
    return words[proxy];
}

const char *service_role_word(enum service_role role)
{
    static const char *const words[] = {
        [ROLE_DEVICE] = "device", [ROLE_MDM_SERVER] = "mdm-server", [ROLE_BOTH] = "both"};
    return words[role];
}
