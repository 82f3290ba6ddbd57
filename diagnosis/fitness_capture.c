/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the capture have what was on the wire: both directions, each packet, once, whole,
 * as it was, in its order, at its time?  By the same measures as a report's
 * (diagnosis/quality.h).
 */
#include "diagnosis/fitness_private.h"

#include <string.h>

#include "diagnosis/capture_drops.h"
#include "diagnosis/quality.h"

#define SEGMENTS_LEAST 20 /* of TCP, to judge loss and order by */
#define PACKETS_LEAST 100 /* to judge a clock's precision by */
#define COARSE_PRECISION NANOSECONDS_PER_MILLISECOND
#define CLOCK_TOLERANCE NANOSECONDS_PER_SECOND
#define CLOCK_EARLIEST (INT64_C(946684800) * NANOSECONDS_PER_SECOND) /* 2000-01-01: never set */
#define CLOCK_LATEST (24 * 3600 * NANOSECONDS_PER_SECOND) /* ahead of today: set wrongly */

void fitness_directions(struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    struct fitness_check *check = fitness_add(work, "directions", "Both directions of TCP");
    uint64_t one_sided = totals->client_only_tcp + totals->server_only_tcp;
    fitness_figure(check, "two_sided_connections", (double)totals->two_sided_tcp);
    fitness_figure(check, "client_only_connections", (double)totals->client_only_tcp);
    fitness_figure(check, "server_only_connections", (double)totals->server_only_tcp);
    if (one_sided + totals->two_sided_tcp == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic: no TCP connection.", NULL);
        return;
    }
    const char *both = fitness_count_phrase(work, totals->two_sided_tcp, "connection");
    const char *seen =
        one_sided == 0
            ? arena_format(work->arena, "%s with both sides, none with one alone.", both)
            : arena_format(
                  work->arena,
                  "%s with both sides, %llu with packets from the devices alone, %llu with "
                  "packets to them alone.",
                  both, (unsigned long long)totals->client_only_tcp,
                  (unsigned long long)totals->server_only_tcp);
    if (quality_is_one_sided(totals))
        fitness_say(check, FITNESS_BAD, seen,
                    "Mirror both directions: on most switches the source of the SPAN session is to "
                    "be 'both' ('rx tx'), not 'rx' or 'tx'. Where the answers come back by "
                    "another port, link of a bundle or VLAN, mirror that one too. A capture filter "
                    "must let both through: 'host A', not 'src host A'.");
    else if (quality_is_partly_one_sided(totals))
        fitness_say(
            check, FITNESS_LOOK, seen,
            "Some of the traffic comes back another way. Mirror all links of a bundle, both "
            "uplinks of a redundant pair, and the trunk's other VLANs as well.");
    else
        fitness_say(check, FITNESS_GOOD, seen, NULL);
}

static const char *advice_on_copies(const char *forms)
{
    if (strcmp(forms, "vlan") == 0)
        return "The copies are in another VLAN or tunnel, or one of the two is in none: the mirror "
               "takes the packet before and behind a trunk, or on two VLANs between which it is "
               "routed. Mirror one of them.";
    if (strcmp(forms, "routed") == 0)
        return "The copies have another TTL: the mirror takes the packet before and behind a "
               "router. Mirror the devices' side of it only.";
    if (strcmp(forms, "translated") == 0)
        return "The copies have other addresses: the mirror takes the packet before and behind a "
               "NAT. Mirror the devices' side of it only.";
    if (strcmp(forms, "same") == 0)
        return "The copies are the same in all: the mirror takes the packet where it comes in and "
               "where it goes out. Mirror one port in both directions, or several ports in one "
               "('rx') each.";
    return "The mirror takes packets at several places of their way. Mirror one of them, on the "
           "devices' side of routers and NAT.";
}

static void check_duplicates(struct fitness_work *work)
{
    const struct diagnosis *diagnosis = work->settings->diagnosis;
    struct fitness_check *check = fitness_add(work, "duplicates", "Packets seen twice");
    struct fact_source sum = {.id = 0};
    bool bothers = false;
    for (size_t i = 0; i < diagnosis->source_count; i++) {
        const struct fact_source *source = &diagnosis->sources[i];
        sum.packets += source->packets;
        sum.duplicate_packets += source->duplicate_packets;
        sum.duplicates_tagged += source->duplicates_tagged;
        sum.duplicates_routed += source->duplicates_routed;
        sum.duplicates_translated += source->duplicates_translated;
        bothers = bothers || quality_is_duplicated(source);
    }
    fitness_figure(check, "copies", (double)sum.duplicate_packets);
    fitness_figure(check, "copies_in_other_vlans", (double)sum.duplicates_tagged);
    fitness_figure(check, "copies_routed", (double)sum.duplicates_routed);
    fitness_figure(check, "copies_translated", (double)sum.duplicates_translated);
    if (sum.packets == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic.", NULL);
        return;
    }
    const char *seen = arena_format(
        work->arena, "%llu of %s are copies%s.", (unsigned long long)sum.duplicate_packets,
        fitness_count_phrase(work, sum.packets, "packet"),
        sum.duplicate_packets > 0 ? ", which are set aside and counted once" : "");
    fitness_say(check, bothers ? FITNESS_LOOK : FITNESS_GOOD, seen,
                bothers ? advice_on_copies(quality_duplicate_forms(work->arena, &sum)) : NULL);
}

static void check_loss(struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    struct fitness_check *check = fitness_add(work, "loss", "Packets missing");
    fitness_figure(check, "segments", (double)totals->data_segments);
    fitness_figure(check, "missing_segments", (double)totals->missing_segments);
    fitness_figure(check, "share", quality_loss(totals));
    fitness_figure(check, "fragments_without_rest", (double)totals->fragments_dropped);
    if (totals->data_segments < SEGMENTS_LEAST || totals->two_sided_tcp == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED,
                    totals->data_segments < SEGMENTS_LEAST
                        ? "Too little traffic: loss shows in TCP connections."
                        : "Loss shows in TCP connections of which both sides are seen; there is "
                          "none.",
                    NULL);
        return;
    }
    const char *fragments =
        totals->fragments_dropped == 0
            ? ""
            : arena_format(work->arena, "; %s never became whole",
                           fitness_count_phrase(work, totals->fragments_dropped, "IP fragment"));
    const char *seen = arena_format(
        work->arena, "%llu of %s were acknowledged and are not in the capture (%.2f %%)%s.",
        (unsigned long long)totals->missing_segments,
        fitness_count_phrase(work, totals->data_segments + totals->missing_segments, "TCP segment"),
        100 * quality_loss(totals), fragments);
    enum fitness_grade grade = quality_loss_is_serious(totals) ? FITNESS_BAD
                               : quality_is_lossy(totals)      ? FITNESS_LOOK
                                                               : FITNESS_GOOD;
    fitness_say(check, grade, seen,
                grade == FITNESS_GOOD
                    ? NULL
                    : "The mirror port or the capturing machine could not keep up. Mirror fewer "
                      "ports, give the mirror port a line as fast as what it copies, and see the "
                      "check of dropped packets for the machine's part.");
}

static const char *advice_on_drops(struct fitness_work *work)
{
    const struct fitness_settings *settings = work->settings;
    struct arena *arena = work->arena;
    if (settings->interface_count == 0)
        return "Capture with a larger buffer (tcpdump -B 65536, dumpcap -B 256) to a fast disk, or "
               "less: a capture filter, fewer mirrored ports.";
    const struct fitness_interface *interface = &settings->interfaces[0];
    const char *text = arena_format(
        arena,
        "Give the kernel a larger buffer (--buffer %u) or several threads (applepath watch "
        "--threads), or mirror less.",
        interface->buffer_mebibytes < 256 ? 256u : 1024u);
    if (interface->ring > 0 && interface->ring < interface->ring_most)
        text = arena_format(arena, "%s Enlarge the card's ring: 'ethtool -G %s rx %u'.", text,
                            interface->name, interface->ring_most);
    return text;
}

/* "the kernel's buffer has 64 MiB, the card's ring 256 of at most 4096 entries" */
static const char *rings_of(struct fitness_work *work)
{
    const struct fitness_settings *settings = work->settings;
    struct arena *arena = work->arena;
    if (settings->interface_count == 0)
        return "";
    const struct fitness_interface *interface = &settings->interfaces[0];
    const char *text =
        arena_format(arena, " The kernel's buffer has %u MiB", interface->buffer_mebibytes);
    if (interface->ring > 0)
        text = arena_format(arena, "%s, the card's ring %u of at most %u entries", text,
                            interface->ring, interface->ring_most);
    return arena_format(arena, "%s.", text);
}

static void check_drops(struct fitness_work *work)
{
    const struct diagnosis *diagnosis = work->settings->diagnosis;
    struct fitness_check *check = fitness_add(work, "drops", "Packets dropped while capturing");
    struct capture_drops drops = {0};
    bool known = false;
    for (size_t i = 0; i < diagnosis->source_count; i++) {
        const struct fact_source *source = &diagnosis->sources[i];
        if (source->dropped_packets < 0)
            continue;
        known = true;
        drops.packets += source->packets;
        drops.dropped += (uint64_t)source->dropped_packets;
    }
    if (!known) {
        fitness_say(check, FITNESS_NOT_JUDGED,
                    "The file does not tell: pcap cannot, pcapng of dumpcap or Wireshark does.",
                    NULL);
        return;
    }
    double share = capture_drops_share(&drops);
    fitness_figure(check, "dropped", (double)drops.dropped);
    fitness_figure(check, "share", share);
    const char *seen =
        drops.dropped == 0
            ? arena_format(work->arena, "None.%s", rings_of(work))
            : arena_format(work->arena, "%s (%.2f %%), as the capturing machine says.%s",
                           fitness_count_phrase(work, drops.dropped, "packet"), 100 * share,
                           rings_of(work));
    enum fitness_grade grade = quality_drops_are_serious(share)                  ? FITNESS_BAD
                               : drops.dropped > 0 && quality_drops_count(share) ? FITNESS_LOOK
                                                                                 : FITNESS_GOOD;
    fitness_say(check, grade, seen, grade == FITNESS_GOOD ? NULL : advice_on_drops(work));
}

static void check_snapshot(struct fitness_work *work)
{
    const struct diagnosis *diagnosis = work->settings->diagnosis;
    struct fitness_check *check = fitness_add(work, "snapshot", "Whole packets");
    uint64_t packets = 0, truncated = 0;
    bool bothers = false;
    for (size_t i = 0; i < diagnosis->source_count; i++) {
        packets += diagnosis->sources[i].packets;
        truncated += diagnosis->sources[i].truncated_packets;
        bothers = bothers || quality_is_truncated(&diagnosis->sources[i]);
    }
    fitness_figure(check, "truncated", (double)truncated);
    if (packets == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic.", NULL);
        return;
    }
    fitness_say(check, bothers ? FITNESS_BAD : FITNESS_GOOD,
                arena_format(work->arena, "%llu of %s were cut.", (unsigned long long)truncated,
                             fitness_count_phrase(work, packets, "packet")),
                bothers ? "Capture whole packets: tcpdump -s 0, dumpcap -s 0, and no packet "
                          "slicing on the switch or packet broker. Names and answers are in what "
                          "was cut."
                        : NULL);
}

void fitness_copies(struct fitness_work *work)
{
    check_duplicates(work);
    check_loss(work);
    check_drops(work);
    check_snapshot(work);
}

/* The first interface that joins segments; NULL: none is known to. */
static const struct fitness_interface *joining_interface(const struct fitness_settings *settings)
{
    for (size_t i = 0; i < settings->interface_count; i++)
        if (settings->interfaces[i].joins_segments || settings->interfaces[i].card_joins_segments)
            return &settings->interfaces[i];
    return NULL;
}

static const char *advice_on_joining(struct fitness_work *work)
{
    const struct fitness_settings *settings = work->settings;
    const struct fitness_interface *joining = joining_interface(settings);
    const char *name = joining != NULL                 ? joining->name
                       : settings->interface_count > 0 ? settings->interfaces[0].name
                                                       : "IFACE";
    return arena_format(work->arena,
                        "Several segments become one before they are captured, so that sizes, "
                        "and trouble with the path's MTU, cannot be seen. On the capturing "
                        "machine: 'ethtool -K %s gro off lro off'%s.",
                        name,
                        settings->interface_count > 0
                            ? ""
                            : "; where it is one of the ends, also 'tso off gso off'");
}

static void check_offloads(struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    const struct fitness_settings *settings = work->settings;
    const struct fitness_interface *joining = joining_interface(settings);
    struct fitness_check *check = fitness_add(work, "offloads", "Packets as they were sent");
    uint64_t joined = totals->merged_segments > settings->census->oversized
                          ? totals->merged_segments
                          : settings->census->oversized;
    fitness_figure(check, "joined_segments", (double)joined);
    fitness_figure(check, "unfinished_checksums", (double)totals->unfinished_checksums);
    fitness_figure(check, "largest_packet", settings->census->largest);
    if (settings->census->packets == 0 && joining == NULL) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic.", NULL);
        return;
    }
    const char *seen = arena_format(
        work->arena, "%s larger than their receiver takes; the largest IP packet has %u bytes.%s",
        joined == 0
            ? "No segments are"
            : arena_format(work->arena, "%s %s", fitness_count_phrase(work, joined, "segment"),
                           joined == 1 ? "is" : "are"),
        settings->census->largest,
        joining != NULL ? arena_format(work->arena, " %s joins segments (%s is on).", joining->name,
                                       joining->joins_segments ? "GRO" : "LRO")
                        : "");
    if (joined > 0 || joining != NULL)
        fitness_say(check, FITNESS_LOOK, seen, advice_on_joining(work));
    else if (totals->unfinished_checksums > 0)
        fitness_say(check, FITNESS_LOOK,
                    arena_format(work->arena,
                                 "%s %s a checksum that the network card was yet to complete: "
                                 "captured on the sending machine itself.",
                                 fitness_count_phrase(work, totals->unfinished_checksums, "SYN"),
                                 totals->unfinished_checksums == 1 ? "has" : "have"),
                    "What happens between that machine and the switch cannot be seen; capture at a "
                    "mirror port. For whole checksums: 'ethtool -K IFACE tx off'.");
    else
        fitness_say(check, FITNESS_GOOD, seen, NULL);
}

static void check_order(struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    struct fitness_check *check = fitness_add(work, "order", "Packets in their order");
    fitness_figure(check, "overtaken_segments", (double)totals->overtaken_segments);
    if (totals->data_segments < SEGMENTS_LEAST || totals->two_sided_tcp == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED,
                    "Too little traffic: order shows in TCP connections.", NULL);
        return;
    }
    bool disordered = quality_is_disordered(totals);
    fitness_say(check, disordered ? FITNESS_LOOK : FITNESS_GOOD,
                arena_format(work->arena, "%llu of %s stand behind their own acknowledgments.",
                             (unsigned long long)totals->overtaken_segments,
                             fitness_count_phrase(work, totals->data_segments, "TCP segment")),
                disordered
                    ? "Two queues or ports deliver the two directions. Join captures by time "
                      "(mergecap does, or name the files together here), use one receive queue "
                      "('ethtool -L IFACE combined 1') or one port for both directions."
                    : NULL);
}

/* "microseconds" for 1000. */
static const char *precision_phrase(int64_t precision)
{
    return precision >= NANOSECONDS_PER_SECOND        ? "seconds"
           : precision >= NANOSECONDS_PER_MILLISECOND ? "milliseconds"
           : precision >= 1000                        ? "microseconds"
                                                      : "nanoseconds";
}

/* A source whose times cannot be right; NULL: none. */
static const struct fact_source *misdated_source(const struct fitness_settings *settings)
{
    for (size_t i = 0; i < settings->diagnosis->source_count; i++) {
        const struct fact_source *source = &settings->diagnosis->sources[i];
        if (source->packets > 0 && source->first_time != TIMESTAMP_NONE &&
            (source->first_time < CLOCK_EARLIEST ||
             source->last_time - CLOCK_LATEST > settings->now))
            return source;
    }
    return NULL;
}

static bool clock_is_apart(const struct fitness_census *census)
{
    return census->has_clock &&
           (census->clock_ahead > CLOCK_TOLERANCE || census->clock_ahead < -CLOCK_TOLERANCE);
}

static const char *describe_clock(struct fitness_work *work)
{
    const struct fitness_census *census = work->settings->census;
    const struct fact_source *misdated = misdated_source(work->settings);
    struct arena *arena = work->arena;
    const char *text = arena_format(
        arena, "Times are in %s; %s.", precision_phrase(census->precision),
        work->totals->clock_jumps == 0
            ? "no jumps"
            : arena_format(arena, "%s, the largest of %.1f s",
                           fitness_count_phrase(work, work->totals->clock_jumps, "jump"),
                           (double)work->totals->clock_jump / (double)NANOSECONDS_PER_SECOND));
    if (misdated != NULL) {
        char first[TIMESTAMP_TEXT_SIZE];
        text = arena_format(arena, "%s The first packet of %s is of %s.", text, misdated->name,
                            timestamp_print(misdated->first_time, first));
    }
    if (census->has_clock)
        text = arena_format(
            arena, "%s They are within %.3f s of this machine's own.", text,
            (double)(census->clock_ahead < 0 ? -census->clock_ahead : census->clock_ahead) /
                (double)NANOSECONDS_PER_SECOND);
    return text;
}

static void check_clock(struct fitness_work *work)
{
    const struct fitness_census *census = work->settings->census;
    struct fitness_check *check = fitness_add(work, "clock", "The capturing clock");
    bool coarse = census->packets >= PACKETS_LEAST && census->precision >= COARSE_PRECISION;
    fitness_figure(check, "jumps", (double)work->totals->clock_jumps);
    fitness_figure(check, "precision_nanoseconds", (double)census->precision);
    if (census->precision == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic.", NULL);
        return;
    }
    const char *seen = describe_clock(work);
    if (work->totals->clock_jumps > 0)
        fitness_say(check, FITNESS_LOOK, seen,
                    "Durations across a jump do not hold, idle times above all. Let the capturing "
                    "machine keep its time by NTP (chrony slews, it does not step), and do not "
                    "join captures of different times into one file.");
    else if (misdated_source(work->settings) != NULL || clock_is_apart(census))
        fitness_say(check, FITNESS_LOOK, seen,
                    "Set the capturing machine's clock by NTP, and the network card's where it "
                    "stamps packets itself: events cannot be matched with other logs, nor "
                    "certificates with their dates.");
    else if (coarse)
        fitness_say(check, FITNESS_LOOK, seen,
                    "Who spoke first cannot be told by times this coarse; capture with a tool that "
                    "keeps microseconds (tcpdump, dumpcap).");
    else
        fitness_say(check, FITNESS_GOOD, seen, NULL);
}

void fitness_distortions(struct fitness_work *work)
{
    check_offloads(work);
    check_order(work);
    check_clock(work);
}
