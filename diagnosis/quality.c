/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capture first: one direction only, cut packets, double packets, flows lost
 * to the memory limit.  What these can explain is never blamed on the network.
 */
#include "diagnosis/quality.h"

#include <string.h>

#include "diagnosis/capture_drops.h"
#include "diagnosis/limits.h"
#include "diagnosis/rules.h"

/* A SPAN of both directions of a port delivers nearly every packet twice; a few
 * doubles are the network's own. */
#define DUPLICATES_PER_CENT 5
#define DUPLICATE_FORM_ONE_IN 10 /* of the copies */
#define TRUNCATED_ONE_IN 20

/* Of the segments of TCP: beyond the first it is said, beyond the second the whole
 * capture is not to be relied on. */
#define LOSS_ONE_IN 1000
#define LOSS_SERIOUS 0.1
#define LOSS_LIKELY 3
#define LOSS_CERTAIN 10

#define OVERTAKEN_ONE_IN 200 /* of the segments of TCP */
#define HOSTS_NAMED 3

bool quality_is_one_sided(const struct fact_totals *totals)
{
    uint64_t one_sided = totals->client_only_tcp + totals->server_only_tcp;
    return one_sided > 0 && one_sided >= totals->two_sided_tcp;
}

bool quality_is_partly_one_sided(const struct fact_totals *totals)
{
    return totals->client_only_tcp * 5 > totals->two_sided_tcp;
}

static void rule_one_sided(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    if (!quality_is_one_sided(totals))
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
bool quality_is_truncated(const struct fact_source *source)
{
    return source->truncated_packets * TRUNCATED_ONE_IN > source->packets;
}

static void rule_truncated(struct builder *builder, const struct fact_source *source)
{
    if (!quality_is_truncated(source))
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

/* One packet on several interfaces of one capture is no defect. */
static bool has_several_interfaces(const struct fact_source *source)
{
    return strcmp(source->link_type, "LINUX_SLL2") == 0 ||
           (source->interfaces != NULL && strstr(source->interfaces, ", ") != NULL);
}

bool quality_is_duplicated(const struct fact_source *source)
{
    return !has_several_interfaces(source) && source->duplicate_packets >= 3 &&
           source->duplicate_packets * 100 >= source->packets * DUPLICATES_PER_CENT;
}

/* "tagged,routed": the forms that make up a part worth telling, the rest is the same. */
const char *quality_duplicate_forms(struct arena *arena, const struct fact_source *source)
{
    uint64_t packets = source->duplicate_packets;
    uint64_t same = packets - source->duplicates_tagged - source->duplicates_routed -
                    source->duplicates_translated;
    const struct {
        const char *word;
        uint64_t count;
    } forms[] = {{"same", same},
                 {"vlan", source->duplicates_tagged},
                 {"routed", source->duplicates_routed},
                 {"translated", source->duplicates_translated}};
    const char *list = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].count * DUPLICATE_FORM_ONE_IN > packets)
            list = list == NULL ? forms[i].word : arena_format(arena, "%s,%s", list, forms[i].word);
    return list == NULL ? "same" : list;
}

static const char *form_phrase(const char *form)
{
    if (strcmp(form, "vlan") == 0)
        return "The copy is in another VLAN or tunnel, or one of the two in none: the mirror takes "
               "the "
               "packet before and behind a trunk or a tunnel's end.";
    if (strcmp(form, "routed") == 0)
        return "The copy has another TTL: the mirror takes the packet before and behind a router.";
    if (strcmp(form, "translated") == 0)
        return "The copy has another address or port and a TTL one lower: the mirror takes the "
               "packet before and behind a NAT. The side that the devices know was kept; the "
               "NAT's own address is not one more device.";
    if (strcmp(form, "same") == 0)
        return "The copy is the same in all: the mirror takes the packet where it comes in and "
               "where "
               "it goes out.";
    return "Copies differ in VLAN, TTL or addresses: the mirror takes packets at several places of "
           "their way.";
}

static void rule_duplicated(struct builder *builder)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct draft *draft = NULL;
    struct fact_source sum = {.id = 0};
    for (size_t i = 0; i < builder->diagnosis->source_count; i++) {
        const struct fact_source *source = &builder->diagnosis->sources[i];
        if (!quality_is_duplicated(source))
            continue;
        draft =
            builder_draft(builder, "", "capture-duplicated", SEVERITY_NOTE, CATALOG_NO_SERVICE, -1);
        draft->finding.count += source->duplicate_packets;
        sum.duplicate_packets += source->duplicate_packets;
        sum.duplicates_tagged += source->duplicates_tagged;
        sum.duplicates_routed += source->duplicates_routed;
        sum.duplicates_translated += source->duplicates_translated;
        draft_seen(draft, source->first_time, source->last_time);
    }
    if (draft == NULL)
        return;
    const char *form = quality_duplicate_forms(arena, &sum);
    draft_detail_text(builder, draft, "form", form);
    draft->finding.summary =
        arena_format(arena, "The capture delivers packets twice: %llu copies were set aside.",
                     (unsigned long long)draft->finding.count);
    draft->finding.explanation =
        arena_format(arena,
                     "The same packet within a hundredth of a second is a copy made by the mirror, "
                     "not a retransmission; each was counted once. %s",
                     form_phrase(form));
    draft->finding.remedy = "Mirror one side of each path only: either the receiving or both "
                            "directions of one port, not of two ports that share traffic.";
}

/* A few segments in a thousand hurt nobody. */
bool quality_is_lossy(const struct fact_totals *totals)
{
    return totals->missing_segments > 0 &&
           totals->missing_segments * LOSS_ONE_IN >= totals->data_segments;
}

double quality_loss(const struct fact_totals *totals)
{
    double missing = (double)totals->missing_segments;
    return missing > 0 ? missing / (missing + (double)totals->data_segments) : 0;
}

bool quality_loss_is_serious(const struct fact_totals *totals)
{
    return quality_is_lossy(totals) && totals->missing_segments >= LOSS_CERTAIN &&
           quality_loss(totals) >= LOSS_SERIOUS;
}

bool quality_drops_count(double share)
{
    return share * LOSS_ONE_IN >= 1;
}

bool quality_drops_are_serious(double share)
{
    return share >= LOSS_SERIOUS;
}

struct loss_walk {
    struct builder *builder;
    struct draft *draft;
};

static bool take_lossy_flow(void *owner, const struct fact *fact)
{
    const struct loss_walk *walk = owner;
    const struct fact_flow *flow = &fact->as.flow;
    if (flow->client_missing + flow->server_missing == 0)
        return true;
    struct arena *arena = &walk->builder->diagnosis->arena;
    draft_add_device(walk->builder, walk->draft, &flow->client.address);
    draft_evidence(walk->builder, walk->draft, flow->missing_packet, flow->missing_time,
                   arena_format(arena,
                                "acknowledges what is not in the capture; of this "
                                "connection %u of the client's and %u of the server's "
                                "segments are missing",
                                flow->client_missing, flow->server_missing));
    return !arena->failed;
}

static void loss_describe(struct builder *builder, struct draft *draft, uint64_t dropped)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    struct arena *arena = &builder->diagnosis->arena;
    uint64_t missing = totals->missing_segments;
    double share = 100 * quality_loss(totals);
    const char *flows = count_phrase(builder, totals->missing_flows, "connection", "connections");
    const char *segments = count_phrase(builder, missing, "segment", "segments");
    if (missing > 0)
        draft->finding.summary = arena_format(
            arena,
            "The capture lost packets: %s of %s, about %.1f %%, got to the receiver and %s "
            "not in it.",
            segments, flows, share, missing == 1 ? "is" : "are");
    else
        draft->finding.summary =
            arena_format(arena, "The capturing machine says that it lost %llu packets.",
                         (unsigned long long)dropped);
    draft->finding.explanation =
        "Acknowledgments cover bytes that the capture never shows, neither before nor a tenth of a "
        "second after them: the mirror port or the capturing machine could not keep up, the "
        "network "
        "delivered them. What is missing may be the very answer, alert or reset that matters, so "
        "that failures can go unnoticed, and one silence alone says nothing. Lost DNS, NTP and "
        "QUIC "
        "packets cannot be counted.";
    draft->finding.remedy =
        "Mirror fewer ports or less traffic (a capture filter on the switch), give the mirror port "
        "a "
        "line as fast as what it copies, capture with larger buffers (tcpdump -B 65536) to a fast "
        "disk, or capture at the devices' own port.";
    draft_detail_number(draft, "segments", (double)missing);
    draft_detail_number(draft, "flows", (double)totals->missing_flows);
    draft_detail_number(draft, "share", (double)(int64_t)(share * 100 + 0.5) / 100);
    if (dropped > 0)
        draft_detail_number(draft, "dropped", (double)dropped);
}

/* One segment may be an accident of order at the end of a capture; many are not. */
static enum confidence loss_confidence(uint64_t missing, uint64_t dropped)
{
    if (missing >= LOSS_CERTAIN || dropped > 0)
        return CONFIDENCE_CERTAIN;
    return missing >= LOSS_LIKELY ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

static bool rule_loss(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    struct capture_drops drops;
    if (!capture_drops_read(builder, &drops))
        return false;
    uint64_t dropped = drops.dropped;
    if (!quality_is_lossy(totals) && dropped * LOSS_ONE_IN < totals->packets)
        return true;
    if (totals->missing_segments == 0 && dropped == 0)
        return true;
    struct draft *draft =
        builder_draft(builder, "", "capture-loss", SEVERITY_NOTE, CATALOG_NO_SERVICE, -1);
    struct loss_walk walk = {builder, draft};
    draft->finding.count = totals->missing_segments > 0 ? totals->missing_segments : dropped;
    draft->finding.confidence = loss_confidence(totals->missing_segments, dropped);
    if (totals->missing_segments > 0)
        draft_seen(draft, totals->missing_first_time, totals->missing_last_time);
    else
        draft_seen(draft, drops.first_time, drops.last_time);
    loss_describe(builder, draft, dropped);
    if (totals->missing_flows > 0 &&
        !facts_read_share(builder->ledger->store, SHARE_FLOWS_LOSSY, builder->ledger->selection,
                          take_lossy_flow, &walk, builder->problem))
        return false;
    if (draft->finding.evidence_count == 0)
        draft_evidence(builder, draft, totals->missing_packet, totals->missing_first_time,
                       "acknowledges what is not in the capture");
    return true;
}

bool rule_capture_condition(struct builder *builder)
{
    const struct diagnosis *diagnosis = builder->diagnosis;
    if (diagnosis->source_count == 0)
        return true;
    rule_one_sided(builder);
    for (size_t i = 0; i < diagnosis->source_count; i++)
        rule_truncated(builder, &diagnosis->sources[i]);
    rule_duplicated(builder);
    return rule_loss(builder);
}

void condition_add(struct diagnosis *diagnosis, bool serious, const char *sentence)
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
        if (quality_is_truncated(source))
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

static void condition_one_sided(struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    struct arena *arena = &diagnosis->arena;
    const struct fact_totals *totals = &builder->ledger->totals;
    char first[TIMESTAMP_TEXT_SIZE], last[TIMESTAMP_TEXT_SIZE];
    if (quality_is_one_sided(totals)) {
        condition_add(diagnosis, true,
                      "Only one direction of the traffic was captured; silence "
                      "proves nothing here.");
        return;
    }
    if (!quality_is_partly_one_sided(totals))
        return;
    timestamp_print(totals->one_sided_first_time, first);
    timestamp_print(totals->one_sided_last_time, last);
    condition_add(diagnosis, true,
                  arena_format(arena,
                               "Part of the traffic was captured in one direction only (from %s to "
                               "%s); silence is not reported.",
                               first, last));
}

/* "10.0.0.20, 10.0.0.21 and 4 more"; NULL: none. */
static const char *one_sided_hosts(struct builder *builder)
{
    struct arena *arena = &builder->diagnosis->arena;
    const struct ledger *ledger = builder->ledger;
    const char *list = NULL;
    size_t count = 0;
    for (size_t i = 0; i < ledger->host_count; i++) {
        char text[ADDRESS_TEXT_SIZE];
        if (ledger->hosts[i].one_sided_sent + ledger->hosts[i].one_sided_received == 0 ||
            count++ >= HOSTS_NAMED)
            continue;
        address_print(&ledger->hosts[i].address, text);
        list = list == NULL ? arena_copy(arena, text) : arena_format(arena, "%s, %s", list, text);
    }
    return count <= HOSTS_NAMED ? list
                                : arena_format(arena, "%s and %zu more", list, count - HOSTS_NAMED);
}

/* Some devices only: the rest is judged as always. */
static void condition_one_sided_hosts(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    const char *hosts = one_sided_hosts(builder);
    if (hosts == NULL || quality_is_one_sided(totals))
        return;
    condition_add(builder->diagnosis, false,
                  arena_format(&builder->diagnosis->arena,
                               "Connections of %s were captured in one direction only; what these "
                               "devices did not get is not reported.",
                               hosts));
}

static void condition_loss(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    if (!quality_loss_is_serious(totals))
        return;
    condition_add(
        builder->diagnosis, true,
        arena_format(&builder->diagnosis->arena,
                     "The capture lost about %.0f %% of the TCP segments; failures may be "
                     "among what is missing.",
                     100 * quality_loss(totals)));
}

/* What the kernel says that it dropped; a file seldom tells. */
static bool condition_drops(struct builder *builder)
{
    struct capture_drops drops;
    char first[TIMESTAMP_TEXT_SIZE], last[TIMESTAMP_TEXT_SIZE];
    if (!capture_drops_read(builder, &drops))
        return false;
    double share = capture_drops_share(&drops);
    if (drops.dropped == 0 || !quality_drops_count(share))
        return true;
    timestamp_print(drops.first_time, first);
    timestamp_print(drops.last_time, last);
    condition_add(
        builder->diagnosis, quality_drops_are_serious(share),
        arena_format(&builder->diagnosis->arena,
                     "The capturing machine dropped %llu packets, %.1f %% (from %s to %s): it "
                     "could not keep up; what is silent may have been dropped.",
                     (unsigned long long)drops.dropped, 100 * share, first, last));
    return true;
}

bool quality_is_disordered(const struct fact_totals *totals)
{
    return totals->overtaken_segments * OVERTAKEN_ONE_IN > totals->data_segments;
}

static void condition_order(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    if (!quality_is_disordered(totals))
        return;
    condition_add(
        builder->diagnosis, false,
        arena_format(&builder->diagnosis->arena,
                     "Packets are not in their order: %llu TCP segments stand behind their "
                     "own acknowledgments. Times of some milliseconds, and who spoke "
                     "first, cannot be relied on.",
                     (unsigned long long)totals->overtaken_segments));
}

static const char *jump_phrase(struct arena *arena, int64_t jump)
{
    uint64_t size = jump < 0 ? UINT64_C(0) - (uint64_t)jump : (uint64_t)jump;
    uint64_t seconds = size / (uint64_t)NANOSECONDS_PER_SECOND;
    if (seconds < 120)
        return arena_format(arena, "%llu s", (unsigned long long)seconds);
    if (seconds < 7200)
        return arena_format(arena, "%llu minutes", (unsigned long long)(seconds / 60));
    return arena_format(arena, "%llu hours", (unsigned long long)(seconds / 3600));
}

static void condition_clock(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    struct diagnosis *diagnosis = builder->diagnosis;
    struct arena *arena = &diagnosis->arena;
    uint64_t packet = totals->clock_jump_packet;
    if (totals->clock_jumps == 0)
        return;
    condition_add(
        diagnosis, false,
        arena_format(
            arena,
            "The clock of the capturing machine %s, by %s at packet %llu of %s (%s); what "
            "is said of durations and periods across that, idle times above all, does not "
            "hold.",
            totals->clock_jump < 0 ? "went backwards, or captures of different times were joined"
                                   : "jumped ahead, as the clocks of both ends show",
            jump_phrase(arena, totals->clock_jump), (unsigned long long)packet_number(packet),
            source_display_name(diagnosis, packet_source(packet)),
            count_phrase(builder, totals->clock_jumps, "jump", "jumps")));
}

/* A capture on an end, or behind a card that joins segments, is no mirror's. */
static void condition_offload(struct builder *builder)
{
    const struct fact_totals *totals = &builder->ledger->totals;
    struct diagnosis *diagnosis = builder->diagnosis;
    struct arena *arena = &diagnosis->arena;
    if (totals->unfinished_checksums > 0)
        condition_add(
            diagnosis, false,
            arena_format(arena,
                         "%s had checksums that the network card had yet to complete: the "
                         "capture was made on the sending machine. They are no errors, and "
                         "what happens between it and the switch cannot be seen.",
                         count_phrase(builder, totals->unfinished_checksums, "SYN", "SYNs")));
    if (totals->merged_segments > 0)
        condition_add(
            diagnosis, false,
            arena_format(
                arena,
                "%s larger than what the receiver takes: a network card joined "
                "several (offloading). The sizes of packets on the way, and with "
                "them limits of the path's MTU, cannot be told.",
                count_phrase(builder, totals->merged_segments, "segment is", "segments are")));
}

bool quality_is_midstream(const struct fact_totals *totals)
{
    return totals->midstream_flows * 2 > totals->flows && totals->midstream_flows > 0;
}

bool quality_conditions(struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    const struct fact_totals *totals = &builder->ledger->totals;
    conditions_of_sources(diagnosis);
    condition_one_sided(builder);
    condition_one_sided_hosts(builder);
    condition_loss(builder);
    if (!condition_drops(builder))
        return false;
    condition_order(builder);
    condition_clock(builder);
    condition_offload(builder);
    limits_conditions(builder);
    if (quality_is_midstream(totals))
        condition_add(diagnosis, false,
                      "Most connections had begun before the capture did; how they opened is not "
                      "known. Capture a restart of the device or of the deployment.");
    uint64_t unfinished = facts_unfinished_runs(builder->ledger->store);
    if (unfinished > 0)
        condition_add(diagnosis, true,
                      "A capture was not read to its end into this database; read it again into a "
                      "new one.");
    return true;
}
