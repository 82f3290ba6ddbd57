/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capture first: one direction only, cut packets, double packets, flows lost
 * to the memory limit.  What these can explain is never blamed on the network.
 */
#include "diagnosis/quality.h"

#include <string.h>

#include "diagnosis/rules.h"

/* A SPAN of both directions of a port delivers nearly every packet twice; a few
 * doubles are the network's own. */
#define DUPLICATES_PER_CENT 5
#define TRUNCATED_ONE_IN 20

static bool capture_is_one_sided(const struct fact_totals *totals)
{
    uint64_t one_sided = totals->client_only_tcp + totals->server_only_tcp;
    return one_sided > 0 && one_sided >= totals->two_sided_tcp;
}

static void rule_one_sided(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    if (!capture_is_one_sided(totals))
        return;
    struct arena *arena = &builder->diagnosis->arena;
    struct draft *draft =
        builder_draft(builder, "", "capture-one-sided", SEVERITY_NOTE, CATALOG_NO_SERVICE, -1);
    bool client = totals->client_only_tcp >= totals->server_only_tcp;
    draft->finding.count = totals->client_only_tcp + totals->server_only_tcp;
    draft->finding.summary = arena_format(
        arena, "The capture has only one direction of %s: packets %s the devices.",
        totals->two_sided_tcp > 0 ? "much of the traffic" : "the traffic", client ? "from" : "to");
    draft->finding.explanation = arena_format(
        arena,
        "The capture has only one side of %s that must have had two (%llu have both). What the "
        "other side said, or did not say, cannot be told, so no silence is reported.",
        count_phrase(builder, draft->finding.count, "TCP connection", "TCP connections"),
        (unsigned long long)totals->two_sided_tcp);
    draft->finding.remedy =
        "Mirror both directions of the port (on most switches 'both' or 'rx tx'), "
        "or capture where both pass.";
    draft_seen(draft, builder->diagnosis->sources[0].first_time,
               builder->diagnosis->sources[0].last_time);
}

/* A snapshot length cuts many packets or none; a few long ones are no matter. */
static bool source_is_truncated(const struct fact_source *source)
{
    return source->truncated_packets * TRUNCATED_ONE_IN > source->packets;
}

static void rule_truncated(struct builder *builder, const struct fact_source *source)
{
    if (!source_is_truncated(source))
        return;
    struct arena *arena = &builder->diagnosis->arena;
    struct draft *draft =
        builder_draft(builder, "", "capture-truncated", SEVERITY_NOTE, CATALOG_NO_SERVICE, -1);
    draft->finding.count += source->truncated_packets;
    draft_seen(draft, source->first_time, source->last_time);
    draft->finding.summary =
        arena_format(arena, "The snapshot length cut %llu packets, and with them what they said.",
                     (unsigned long long)draft->finding.count);
    draft->finding.explanation =
        "Names in TLS handshakes and DNS answers lie in the parts that were "
        "cut, so connections may go unrecognised.";
    draft->finding.remedy =
        "Capture whole packets: tcpdump -s 0, or no packet slicing on the SPAN.";
}

static void rule_duplicated(struct builder *builder, const struct fact_source *source)
{
    if (source->duplicate_packets * 100 < source->packets * DUPLICATES_PER_CENT ||
        source->duplicate_packets < 3)
        return;
    struct arena *arena = &builder->diagnosis->arena;
    struct draft *draft =
        builder_draft(builder, "", "capture-duplicated", SEVERITY_NOTE, CATALOG_NO_SERVICE, -1);
    draft->finding.count += source->duplicate_packets;
    draft_seen(draft, source->first_time, source->last_time);
    draft->finding.summary =
        arena_format(arena, "The capture delivers packets twice: %llu copies were set aside.",
                     (unsigned long long)draft->finding.count);
    draft->finding.explanation =
        "The same packet within a hundredth of a second is a copy made by the "
        "mirror, not a retransmission; each was counted once.";
    draft->finding.remedy = "Mirror one side of each path only: either the receiving or both "
                            "directions of one port, not of two ports that share traffic.";
}

bool rule_capture_condition(struct builder *builder)
{
    const struct diagnosis *diagnosis = builder->diagnosis;
    if (diagnosis->source_count == 0)
        return true;
    rule_one_sided(builder);
    for (size_t i = 0; i < diagnosis->source_count; i++) {
        rule_truncated(builder, &diagnosis->sources[i]);
        if (strcmp(diagnosis->sources[i].link_type, "LINUX_SLL2") != 0)
            rule_duplicated(builder, &diagnosis->sources[i]);
    }
    return true;
}

static void condition_add(struct diagnosis *diagnosis, bool serious, const char *sentence)
{
    if (diagnosis->condition_count == DIAGNOSIS_CONDITION_LIMIT)
        return;
    struct condition *condition = &diagnosis->conditions[diagnosis->condition_count++];
    condition->serious = serious;
    condition->sentence = sentence;
}

static void conditions_of_sources(struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->source_count; i++) {
        const struct fact_source *source = &diagnosis->sources[i];
        if (source->cut_short)
            condition_add(
                diagnosis, false,
                arena_format(&diagnosis->arena,
                             "%s breaks off in the middle of a packet; what came after is "
                             "not known.",
                             source->name));
        if (source_is_truncated(source))
            condition_add(diagnosis, true,
                          arena_format(&diagnosis->arena,
                                       "%s has only the beginnings of %llu packets; names and "
                                       "answers in them are not known.",
                                       source->name,
                                       (unsigned long long)source->truncated_packets));
        if (source->packets == 0)
            condition_add(diagnosis, false,
                          arena_format(&diagnosis->arena, "%s holds no packets.", source->name));
    }
}

void quality_conditions(struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    struct arena *arena = &diagnosis->arena;
    const struct fact_totals *totals = &builder->ledger->totals;
    conditions_of_sources(diagnosis);
    if (capture_is_one_sided(totals))
        condition_add(diagnosis, true,
                      "Only one direction of the traffic was captured; silence "
                      "proves nothing here.");
    else if (totals->client_only_tcp * 5 > totals->two_sided_tcp)
        condition_add(diagnosis, true,
                      "Part of the traffic was captured in one direction only; "
                      "silence is not reported.");
    if (totals->unread_packets * 2 > totals->packets)
        condition_add(diagnosis, true,
                      arena_format(arena,
                                   "%llu of %llu packets are not IP, or lie in a layer that this "
                                   "version does not read (PPPoE, MPLS, GRE, VXLAN ...); capture "
                                   "where the packets are plain.",
                                   (unsigned long long)totals->unread_packets,
                                   (unsigned long long)totals->packets));
    if (totals->evicted_flows > 0)
        condition_add(diagnosis, true,
                      arena_format(arena,
                                   "%llu flows were given up early to stay within the memory "
                                   "limit; their ends are not known.",
                                   (unsigned long long)totals->evicted_flows));
    if (totals->fragments_dropped > 0)
        condition_add(diagnosis, false,
                      arena_format(arena, "%llu IP fragments never became whole packets.",
                                   (unsigned long long)totals->fragments_dropped));
    if (totals->midstream_flows * 2 > totals->flows && totals->midstream_flows > 0)
        condition_add(diagnosis, false,
                      "Most connections had begun before the capture did; how they opened is not "
                      "known. Capture a restart of the device or of the deployment.");
    uint64_t unfinished = facts_unfinished_runs(builder->ledger->store);
    if (unfinished > 0)
        condition_add(diagnosis, true,
                      "A capture was not read to its end into this database; read it again into a "
                      "new one.");
}
