/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did the program itself leave out, to stay within its bounds of memory and disk?
 * Every counter of that kind that is not 0 is said, and what it hides.
 */
#include "diagnosis/limits.h"

#include "diagnosis/quality.h"
#include "storage/retention.h"

/* What was only counted, to stay within the limits of memory and time. */
static void conditions_untold(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    const struct {
        uint64_t count;
        bool serious;
        const char *one;
        const char *many;
        const char *sentence;
    } limits[] = {
        {totals->facts_dropped, true, "fact", "facts",
         "found no room in memory: what is said here is of the time before. Keep the facts in a "
         "database with -d, or filter with -f."},
        {totals->flows_untold, false,
         "more connection that came to nothing, or of which one side was not heard, was",
         "more connections that came to nothing, or of which one side was not heard, were",
         "only counted, as were those that asked only for the time: a flood, a scan, or devices "
         "that try without end. Each device's first are kept, so that what is blocked for it is "
         "still found."},
        {totals->questions_untold, false, "more question to a resolver was",
         "more questions to resolvers were",
         "only counted: they failed as many of the same device's did before, or asked for names "
         "that nobody had asked for, by the thousand, or more were open at once than are kept."},
        {totals->streams_dropped, false, "connection was", "connections were",
         "not read to the end: too many at once had sent only parts of their messages. Names and "
         "certificates in them are not known."},
        {totals->leases_untold, false, "DHCP exchange was", "DHCP exchanges were",
         "not kept: more came than a run keeps. What devices were told about their network may "
         "be incomplete."},
        {totals->resolvers_dropped, false, "message of DNS was", "messages of DNS were",
         "not added to the counts of its client and resolver: there were more pairs of them than "
         "are kept."},
        {totals->answers_untold, false, "answer to a SYN was", "answers to SYNs were",
         "not kept as evidence: more clients opened connections than have places of their own. "
         "Their connections are told all the same."},
        {totals->requests_untold, false, "HTTP request was", "HTTP requests were",
         "only counted: they repeat, on one connection, others that had no answer either."},
        {totals->certificates_dropped, false, "certificate was", "certificates were",
         "not kept: there were more different ones than a run keeps, or they could not be read."},
    };
    struct arena *arena = &builder->diagnosis->arena;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        if (limits[i].count > 0)
            condition_add(
                builder->diagnosis, limits[i].serious,
                arena_format(arena, "%s %s",
                             count_phrase(builder, limits[i].count, limits[i].one, limits[i].many),
                             limits[i].sentence));
}

static void condition_limits(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    struct diagnosis *diagnosis = builder->diagnosis;
    struct arena *arena = &diagnosis->arena;
    if (totals->evicted_flows > 0)
        condition_add(diagnosis, true,
                      arena_format(arena,
                                   "%llu flows were given up early to stay within the memory "
                                   "limit; their ends are not known.",
                                   (unsigned long long)totals->evicted_flows));
    if (totals->hosts_dropped > 0)
        condition_add(diagnosis, true,
                      arena_format(arena,
                                   "More hosts were seen than are kept; of those beyond the limit "
                                   "(%llu packets and connections) it is not known what reached "
                                   "them, so that their silence is not reported. Read fewer "
                                   "captures at once, or filter with -f.",
                                   (unsigned long long)totals->hosts_dropped));
    conditions_untold(builder);
    if (totals->fragments_dropped > 0)
        condition_add(diagnosis, false,
                      arena_format(arena, "%llu IP fragments never became whole packets.",
                                   (unsigned long long)totals->fragments_dropped));
}

/* A database that is kept within an age or a size. */
static void condition_removed(struct builder *builder)
{
    struct removed_facts removed;
    char before[TIMESTAMP_TEXT_SIZE];
    retention_removed(builder->ledger->store, &removed);
    if (removed.before == TIMESTAMP_NONE)
        return;
    timestamp_print(removed.before, before);
    condition_add(builder->diagnosis, false,
                  arena_format(&builder->diagnosis->arena,
                               "What ended before %s was removed from the database, to stay within "
                               "its limits of age and size (%s, %s); what is said of devices and "
                               "periods begins there.",
                               before,
                               count_phrase(builder, removed.flows, "connection", "connections"),
                               count_phrase(builder, removed.dns, "question to a resolver",
                                            "questions to resolvers")));
}

void limits_conditions(struct builder *builder)
{
    condition_limits(builder);
    condition_removed(builder);
}
