/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which captures are needed to show a finding?  The finding and the database's facts
 * come in; the captures as files that are there go out.  Without the captures of its
 * evidence nothing can be shown; one that its flows merely reach into may be missing.
 */
#include "program/evidence_sources.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"

#define OTHER_LIMIT 65536u /* packets of DNS */

/* The search, while it goes on. */
struct search {
    struct evidence_sources *found;
    const struct finding *finding;
    const char *folder;
    bool whole_flows;
    int64_t first; /* when the evidence and its flows were: */
    int64_t last;
    struct problem *problem;
};

static bool is_one_of(const struct address *address, const struct address *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (address_equal(address, &list[i]))
            return true;
    return false;
}

static bool is_of_devices(const struct finding *finding, const struct address *address)
{
    return finding->device_count == 0 ||
           is_one_of(address, finding->devices, finding->device_count);
}

static void widen(struct search *search, int64_t first, int64_t last)
{
    if (first != TIMESTAMP_NONE && first < search->first)
        search->first = first;
    if (last != TIMESTAMP_NONE && last > search->last)
        search->last = last;
}

static bool add_other(struct search *search, uint64_t packet)
{
    struct evidence_sources *found = search->found;
    if (packet == PACKET_NONE || found->other_count == OTHER_LIMIT)
        return true;
    void *grown =
        array_grow(found->others, found->other_count, &found->other_capacity, sizeof packet);
    if (grown == NULL) {
        found->failed = true;
        return false;
    }
    found->others = grown;
    found->others[found->other_count++] = packet;
    return true;
}

/* What the devices asked for the finding's names, and what they were told. */
static bool take_dns(void *owner, const struct fact *fact)
{
    struct search *search = owner;
    const struct fact_dns *dns = &fact->as.dns;
    const struct finding *finding = search->finding;
    if (dns->name == NULL || !is_of_devices(finding, &dns->client.address))
        return true;
    for (size_t i = 0; i < finding->name_count; i++)
        if (strcmp(finding->names[i], dns->name) == 0)
            return add_other(search, dns->query_packet) &&
                   add_other(search, dns->last_query_packet) &&
                   add_other(search, dns->answer_packet);
    return true;
}

/* How far the flows of the finding reach beyond its evidence. */
static bool take_flow(void *owner, const struct fact *fact)
{
    struct search *search = owner;
    const struct fact_flow *flow = &fact->as.flow;
    const struct finding *finding = search->finding;
    bool to_culprit = finding->culprit != NULL && finding->culprit->has_address &&
                      address_equal(&finding->culprit->address, &flow->server.address);
    if (is_of_devices(finding, &flow->client.address) &&
        (to_culprit ||
         is_one_of(&flow->server.address, finding->addresses, finding->address_count)))
        widen(search, flow->first_time, flow->last_time);
    return true;
}

static int compare_identities(const void *left, const void *right)
{
    const uint64_t *one = left, *other = right;
    return *one < *other ? -1 : *one > *other;
}

static bool search_around(struct search *search, struct store *store)
{
    struct evidence_sources *found = search->found;
    struct fact_selection times = {.since = search->first, .until = search->last};
    if (!facts_read(store, FACT_DNS, NULL, take_dns, search, search->problem) ||
        !facts_read(store, FACT_FLOW, &times, take_flow, search, search->problem))
        return false;
    if (found->other_count > 1)
        qsort(found->others, found->other_count, sizeof *found->others, compare_identities);
    return true;
}

static bool holds_evidence(const struct search *search, uint32_t source)
{
    const struct finding *finding = search->finding;
    for (size_t i = 0; i < finding->evidence_count; i++)
        if (packet_source(finding->evidence[i].identity) == source)
            return true;
    return false;
}

static bool holds_others(const struct search *search, uint32_t source)
{
    for (size_t i = 0; i < search->found->other_count; i++)
        if (packet_source(search->found->others[i]) == source)
            return true;
    return false;
}

static bool is_in_time(const struct search *search, const struct fact_source *source)
{
    return search->whole_flows && source->first_time != TIMESTAMP_NONE &&
           source->first_time <= search->last && source->last_time >= search->first;
}

static const char *name_without_folders(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : name;
}

static bool is_there(const char *file)
{
    struct stat status;
    /* No pipe or device: a database may come from somebody else, and opening those can hang
     * or do things. */
    return stat(file, &status) == 0 && S_ISREG(status.st_mode);
}

/* Where the capture would be: where it was, or by its name in the folder. */
static const char *place_of(const struct search *search, const struct fact_source *source)
{
    struct arena *arena = &search->found->arena;
    if (search->folder == NULL)
        return arena_copy(arena, source->path != NULL ? source->path : source->name);
    return arena_format(arena, "%s/%s", search->folder, name_without_folders(source->name));
}

/* The same, or what it became: packed or unpacked since. NULL: it is not there. */
static const char *find_file(const struct search *search, const char *place)
{
    static const char *const endings[] = {".gz", ".zst"};
    struct arena *arena = &search->found->arena;
    if (is_there(place))
        return place;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t length = strlen(place), ending = strlen(endings[i]);
        const char *packed = arena_format(arena, "%s%s", place, endings[i]);
        if (is_there(packed))
            return packed;
        if (length <= ending || strcmp(place + length - ending, endings[i]) != 0)
            continue;
        const char *unpacked = arena_format(arena, "%.*s", (int)(length - ending), place);
        if (is_there(unpacked))
            return unpacked;
    }
    return NULL;
}

static bool explain_missing(const struct search *search, const struct fact_source *source,
                            const char *file)
{
    if (source->evidence_folder != NULL)
        return problem_set(search->problem,
                           "%s: holds no packets of %s any more; keep more of them with a larger "
                           "--ring-size, or name the folder where they are now with --captures",
                           file, source->name);
    if (source->path == NULL && strcmp(source->name, "standard input") == 0)
        return problem_set(search->problem,
                           "the capture came through a pipe and was not kept; read it from a "
                           "file ('applepath read -d DB FILE') and ask again");
    if (search->folder != NULL)
        return problem_set(search->problem,
                           "%s: is not there; name the folder that holds %s with --captures", file,
                           name_without_folders(source->name));
    return problem_set(search->problem,
                       "%s: is not there any more; put it back, or name the folder where it is "
                       "now with --captures",
                       file);
}

static void warn_of_missing(const char *file)
{
    struct problem warning = {""};
    problem_set(&warning, "%s: warning: is not there; packets of the flows in it are left out",
                file);
    fprintf(stderr, "applepath: %s\n", warning.text);
}

static bool add_source(struct search *search, const struct fact_source *source, const char *file,
                       bool ring)
{
    struct evidence_sources *found = search->found;
    void *grown =
        array_grow(found->sources, found->count, &found->capacity, sizeof *found->sources);
    if (grown == NULL) {
        found->failed = true;
        return false;
    }
    found->sources = grown;
    struct evidence_source *added = &found->sources[found->count++];
    added->fact = *source;
    added->fact.name = arena_copy(&found->arena, name_without_folders(source->name));
    added->fact.content =
        source->content != NULL ? arena_copy(&found->arena, source->content) : NULL;
    added->fact.path = added->fact.link_type = added->fact.interfaces = added->fact.comment = NULL;
    added->fact.evidence_folder = NULL;
    added->file = file;
    added->ring = ring;
    return true;
}

/* "applepath-eth1-20261122T014204Z.pcapng" of the interface (program/ring_files.h)? */
static bool is_ring_file(const char *file, const char *interface)
{
    static const char start[] = "applepath-", end[] = ".pcapng";
    size_t length = strlen(file), named = strlen(interface);
    return length > sizeof start + named + sizeof end &&
           strncmp(file, start, sizeof start - 1) == 0 &&
           strncmp(file + sizeof start - 1, interface, named) == 0 &&
           file[sizeof start - 1 + named] == '-' &&
           strcmp(file + length - (sizeof end - 1), end) == 0;
}

/* The files of a live capture's ring, all that are left. */
static bool take_ring(struct search *search, const struct fact_source *source, bool needed)
{
    struct arena *arena = &search->found->arena;
    const char *place = search->folder != NULL ? search->folder : source->evidence_folder;
    size_t before = search->found->count;
    bool taken = true;
    DIR *folder = opendir(place);
    const struct dirent *entry;
    while (folder != NULL && taken && (entry = readdir(folder)) != NULL)
        if (is_ring_file(entry->d_name, source->name))
            taken = add_source(search, source, arena_format(arena, "%s/%s", place, entry->d_name),
                               true);
    if (folder != NULL)
        closedir(folder);
    if (!taken || search->found->count > before)
        return taken;
    if (needed)
        return explain_missing(search, source, place);
    warn_of_missing(place);
    return true;
}

static bool take_source(void *owner, const struct fact *fact)
{
    struct search *search = owner;
    const struct fact_source *source = &fact->as.source;
    struct arena *arena = &search->found->arena;
    bool needed = holds_evidence(search, source->id) || holds_others(search, source->id);
    if (source->name == NULL || (!needed && !is_in_time(search, source)))
        return true;
    if (source->evidence_folder != NULL)
        return take_ring(search, source, needed);
    const char *place = place_of(search, source);
    const char *file = find_file(search, place);
    if (arena->failed) {
        search->found->failed = true;
        return false;
    }
    if (file != NULL)
        return add_source(search, source, file, false);
    if (!needed) {
        warn_of_missing(place);
        return true;
    }
    return explain_missing(search, source, place);
}

bool evidence_sources_find(struct evidence_sources *found, struct store *store,
                           const struct finding *finding, const char *folder, bool whole_flows,
                           struct problem *problem)
{
    struct search search = {.found = found,
                            .finding = finding,
                            .folder = folder,
                            .whole_flows = whole_flows,
                            .first = INT64_MAX,
                            .last = INT64_MIN + 1,
                            .problem = problem};
    for (size_t i = 0; i < finding->evidence_count; i++)
        widen(&search, finding->evidence[i].time, finding->evidence[i].time);
    if ((whole_flows && !search_around(&search, store)) ||
        !facts_read(store, FACT_SOURCE, NULL, take_source, &search, problem))
        return false;
    if (found->failed || found->arena.failed)
        return problem_set(problem, "memory is out; close some programs");
    return problem->text[0] == '\0';
}

void evidence_sources_release(struct evidence_sources *found)
{
    free(found->sources);
    free(found->others);
    arena_release(&found->arena);
    memset(found, 0, sizeof *found);
}
