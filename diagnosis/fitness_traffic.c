/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the traffic that a judgement needs in the capture, and where it can be read: IP in
 * layers that are understood, beginnings of connections, DNS, DHCP, Apple?
 */
#include "diagnosis/fitness_private.h"

#include <string.h>

#include "diagnosis/quality.h"

#define HIDDEN_SHARE 0.01 /* of the packets: said */
#define HIDDEN_SERIOUS 0.5
#define UNDECODED_SHARE 0.05
#define FLOWS_LEAST 5
#define VLANS_NAMED 6
#define LAYERS_NAMED 3

static const char *hidden_phrase(struct fitness_work *work, uint64_t *hidden)
{
    const struct diagnosis *diagnosis = work->settings->diagnosis;
    const char *text = "";
    *hidden = 0;
    for (size_t i = 0; i < diagnosis->layer_count; i++) {
        const struct fact_layer *layer = &diagnosis->layers[i];
        *hidden += layer->packets;
        if (i < LAYERS_NAMED)
            text = arena_format(work->arena, "%s%s%llu in %s", text, i == 0 ? ": " : ", ",
                                (unsigned long long)layer->packets, layer->name);
    }
    return text;
}

static uint64_t undecoded_packets(const struct diagnosis *diagnosis)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < diagnosis->source_count; i++)
        sum += diagnosis->sources[i].undecoded_packets;
    return sum;
}

static void check_layers(struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    struct fitness_check *check = fitness_add(work, "layers", "Packets that can be read");
    uint64_t hidden, undecoded = undecoded_packets(work->settings->diagnosis);
    const char *names = hidden_phrase(work, &hidden);
    uint64_t unread = totals->unread_packets + undecoded;
    uint64_t read = totals->packets > unread ? totals->packets - unread : 0;
    fitness_figure(check, "ip_packets", (double)read);
    fitness_figure(check, "not_ip_packets", (double)totals->unread_packets);
    fitness_figure(check, "hidden_packets", (double)hidden);
    fitness_figure(check, "undecoded_packets", (double)undecoded);
    if (totals->packets == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic.", NULL);
        return;
    }
    const char *seen = arena_format(
        work->arena, "%.1f %% of %s are IP and were read%s%s.",
        100 * fitness_share(read, totals->packets),
        fitness_count_phrase(work, totals->packets, "packet"),
        hidden == 0
            ? ""
            : arena_format(work->arena, "; enciphered, or in layers that are not read%s", names),
        undecoded == 0
            ? ""
            : arena_format(work->arena, "; %llu damaged or cut", (unsigned long long)undecoded));
    if (fitness_share(hidden, totals->packets) >= HIDDEN_SERIOUS)
        fitness_say(check, FITNESS_BAD, seen,
                    "Capture where packets are plain: behind the access point or wireless "
                    "controller, behind the VPN's end, at a port without MACsec.");
    else if (read * 2 < totals->packets)
        fitness_say(check, FITNESS_BAD, seen,
                    "Most of this is no IP. Mirror the port or VLAN where the devices' own packets "
                    "pass.");
    else if (fitness_share(hidden, totals->packets) >= HIDDEN_SHARE)
        fitness_say(check, FITNESS_LOOK, seen,
                    "What is in them is not known, and their silence is no all-clear. Where it is "
                    "the devices' traffic, capture where it is plain.");
    else if (fitness_share(undecoded, totals->packets) >= UNDECODED_SHARE)
        fitness_say(check, FITNESS_LOOK, seen,
                    "Headers contradict themselves or are cut. Check the snapshot length (-s 0), "
                    "and what the switch or packet broker adds to or cuts from packets.");
    else
        fitness_say(check, FITNESS_GOOD, seen, NULL);
}

/* The VLANs with the most packets, "10 (812 packets), 20 (3 packets) and 4 more". */
static const char *vlans_phrase(struct fitness_work *work, const struct fitness_census *census,
                                size_t tagged)
{
    bool told[FITNESS_VLAN_LIMIT] = {false};
    const char *text = NULL;
    for (size_t n = 0; n < tagged && n < VLANS_NAMED; n++) {
        size_t best = FITNESS_VLAN_LIMIT;
        for (size_t i = 0; i < census->vlan_count; i++)
            if (!told[i] && census->vlans[i].number != 0 &&
                (best == FITNESS_VLAN_LIMIT ||
                 census->vlans[i].packets > census->vlans[best].packets))
                best = i;
        if (best == FITNESS_VLAN_LIMIT)
            break;
        told[best] = true;
        text = arena_format(work->arena, "%s%s%u (%s)", text == NULL ? "" : text,
                            text == NULL ? "" : ", ", census->vlans[best].number,
                            fitness_count_phrase(work, census->vlans[best].packets, "packet"));
    }
    if (tagged > VLANS_NAMED)
        text = arena_format(work->arena, "%s and %zu more", text, tagged - VLANS_NAMED);
    return text;
}

static const char *tunnels_phrase(struct fitness_work *work, const struct fitness_census *census)
{
    const char *text = NULL;
    for (size_t i = 0; i < census->tunnel_count; i++)
        text = arena_format(work->arena, "%s%s%s (%s)", text == NULL ? "" : text,
                            text == NULL ? "" : ", ", census->tunnels[i].name,
                            fitness_count_phrase(work, census->tunnels[i].packets, "packet"));
    return text == NULL ? "none" : text;
}

/* Nothing here is wrong by itself: that a VLAN lacks only the administrator can tell. */
static void check_networks(struct fitness_work *work)
{
    const struct fitness_census *census = work->settings->census;
    struct fitness_check *check = fitness_add(work, "networks", "VLANs and tunnels");
    size_t tagged = 0;
    uint64_t untagged = 0;
    for (size_t i = 0; i < census->vlan_count; i++) {
        if (census->vlans[i].number == 0)
            untagged = census->vlans[i].packets;
        else
            tagged++;
    }
    fitness_figure(check, "vlans", (double)tagged);
    fitness_figure(check, "untagged_packets", (double)untagged);
    fitness_figure(check, "tunnels", (double)census->tunnel_count);
    if (census->packets == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic.", NULL);
        return;
    }
    if (tagged == 0 && census->tunnel_count == 0) {
        fitness_say(check, FITNESS_GOOD, "None of either.", NULL);
        return;
    }
    const char *vlans = tagged == 0 ? "none"
                                    : arena_format(work->arena, "%s; %s without a tag",
                                                   vlans_phrase(work, census, tagged),
                                                   fitness_count_phrase(work, untagged, "packet"));
    bool more = census->vlan_packets_left_out > 0;
    fitness_say(
        check, more ? FITNESS_LOOK : FITNESS_GOOD,
        arena_format(work->arena, "VLANs: %s%s. Tunnels: %s.%s", vlans, more ? ", and others" : "",
                     tunnels_phrase(work, census),
                     tagged > 0 ? " If the devices' VLAN is not among them, mirror it too." : ""),
        more ? "More VLANs than are kept apart here. Mirror those of the devices only." : NULL);
}

void fitness_layers(struct fitness_work *work)
{
    check_layers(work);
    check_networks(work);
}

/* In a few seconds of a network at work most began before, and that is no fault of the
 * mirror; of a capture it is. */
static bool lacks_beginnings(const struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    if (fitness_is_live(work))
        return totals->flows >= FLOWS_LEAST && totals->midstream_flows == totals->flows;
    return quality_is_midstream(totals) || work->apple_tcp_midstream * 2 > work->apple_tcp;
}

static void check_beginnings(struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    struct fitness_check *check = fitness_add(work, "beginnings", "Beginnings of connections");
    fitness_figure(check, "connections", (double)totals->flows);
    fitness_figure(check, "begun_before", (double)totals->midstream_flows);
    fitness_figure(check, "apple_tcp_connections", (double)work->apple_tcp);
    fitness_figure(check, "apple_tcp_begun_before", (double)work->apple_tcp_midstream);
    if (totals->flows == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic: no connection.", NULL);
        return;
    }
    const char *seen = arena_format(work->arena, "%llu of %s had begun before the capture did",
                                    (unsigned long long)totals->midstream_flows,
                                    fitness_count_phrase(work, totals->flows, "connection"));
    if (work->apple_tcp_midstream > 0)
        seen = arena_format(work->arena, "%s, %llu of %llu by TCP to Apple's services", seen,
                            (unsigned long long)work->apple_tcp_midstream,
                            (unsigned long long)work->apple_tcp);
    bool lacking = lacks_beginnings(work);
    fitness_say(check, lacking ? FITNESS_LOOK : FITNESS_GOOD,
                arena_format(work->arena, "%s.", seen),
                lacking ? "How connections open is where most blocks show. Capture longer, and "
                          "restart a device or switch its Wi-Fi off and on meanwhile. A capture "
                          "filter must not leave SYNs out."
                        : NULL);
}

static bool has_finding(const struct diagnosis *diagnosis, const char *kind)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (strcmp(diagnosis->findings[i].kind, kind) == 0)
            return true;
    return false;
}

static void check_names(struct fitness_work *work)
{
    struct fitness_check *check = fitness_add(work, "names", "DNS with its answers");
    fitness_figure(check, "queries", (double)work->queries);
    fitness_figure(check, "answered", (double)work->answered_queries);
    if (work->queries > 0) {
        bool answered = work->answered_queries > 0;
        fitness_say(check, answered ? FITNESS_GOOD : FITNESS_LOOK,
                    arena_format(work->arena, "%llu of %s answered.",
                                 (unsigned long long)work->answered_queries,
                                 work->queries == 1
                                     ? "1 query was"
                                     : arena_format(work->arena, "%llu queries were",
                                                    (unsigned long long)work->queries)),
                    answered ? NULL
                             : "Either the resolvers are silent, or their answers pass elsewhere: "
                               "mirror both directions of the path between devices and resolver.");
    } else if (has_finding(work->settings->diagnosis, "dns-encrypted")) {
        fitness_say(check, FITNESS_LOOK, "None in clear; devices ask by DoT, DoH or Private Relay.",
                    "Names are hidden from this capture. Where the devices are managed, have them "
                    "use the site's resolver, in clear, for the time of the capture.");
    } else if (work->tunnelled > 0) {
        fitness_say(check, FITNESS_NOT_JUDGED,
                    "None, nor need be: devices leave it to their proxy to resolve names.", NULL);
    } else if (fitness_is_live(work)) {
        fitness_say(check, FITNESS_NOT_JUDGED, "No query in this time; watch longer (--duration).",
                    NULL);
    } else if (work->totals->flows == 0) {
        fitness_say(check, FITNESS_NOT_JUDGED, "Too little traffic.", NULL);
    } else {
        fitness_say(
            check, FITNESS_LOOK, "No query is in the capture.",
            "Without DNS, blocks by name cannot be seen. Capture where queries pass (between "
            "devices and resolver), let 'port 53' through the capture filter, and begin "
            "before the devices look names up.");
    }
}

/* That no device joins the network in the time of a capture is usual. */
static void check_leases(struct fitness_work *work)
{
    struct fitness_check *check = fitness_add(work, "leases", "DHCP");
    fitness_figure(check, "leases", (double)work->leases);
    fitness_figure(check, "answered", (double)work->answered_leases);
    if (work->leases == 0)
        fitness_say(check, FITNESS_NOT_JUDGED,
                    "None seen: no device joined the network meanwhile, or it passes elsewhere.",
                    NULL);
    else
        fitness_say(check, FITNESS_GOOD,
                    arena_format(work->arena, "%llu of %s answered.",
                                 (unsigned long long)work->answered_leases,
                                 work->leases == 1
                                     ? "1 request was"
                                     : arena_format(work->arena, "%llu requests were",
                                                    (unsigned long long)work->leases)),
                    NULL);
}

static void check_apple(struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    struct fitness_check *check = fitness_add(work, "apple", "Traffic to Apple's services");
    bool live = fitness_is_live(work);
    fitness_figure(check, "connections", (double)totals->apple_flows);
    const char *seen = arena_format(
        work->arena, "%llu of %s to Apple's services.", (unsigned long long)totals->apple_flows,
        totals->flows == 1
            ? "1 connection is"
            : arena_format(work->arena, "%llu connections are", (unsigned long long)totals->flows));
    if (totals->apple_flows > 0)
        fitness_say(check, FITNESS_GOOD, seen, NULL);
    else if (live)
        fitness_say(
            check, FITNESS_LOOK, seen,
            "Watch longer (--duration 5m), and wake an Apple device or switch its Wi-Fi "
            "off and on meanwhile. If there still is none, mirror the port that the devices' "
            "traffic passes, and its VLAN.");
    else
        fitness_say(check, FITNESS_BAD, seen,
                    "There is nothing to judge by. Capture where the devices' traffic passes, for "
                    "longer, and wake a device or switch its Wi-Fi off and on meanwhile; a capture "
                    "filter must let Apple's networks (17.0.0.0/8) and DNS through.");
}

void fitness_traffic(struct fitness_work *work)
{
    check_beginnings(work);
    check_names(work);
    check_leases(work);
    check_apple(work);
}

void fitness_completeness(struct fitness_work *work)
{
    const struct fact_totals *totals = work->totals;
    const struct diagnosis *diagnosis = work->settings->diagnosis;
    struct fitness_check *check = fitness_add(work, "completeness", "Read to the end");
    const char *broken = NULL;
    for (size_t i = 0; i < diagnosis->source_count; i++)
        if (diagnosis->sources[i].cut_short)
            broken = diagnosis->sources[i].name;
    fitness_figure(check, "evicted_connections", (double)totals->evicted_flows);
    fitness_figure(check, "hosts_left_out", (double)totals->hosts_dropped);
    if (totals->evicted_flows > 0 || totals->hosts_dropped > 0)
        fitness_say(check, FITNESS_LOOK,
                    arena_format(work->arena,
                                 "More than is kept at once: %s given up early, %llu packets and "
                                 "connections of hosts beyond the limit.",
                                 fitness_count_phrase(work, totals->evicted_flows, "connection"),
                                 (unsigned long long)totals->hosts_dropped),
                    "Read fewer captures at once, or filter with -f.");
    else if (broken != NULL)
        fitness_say(
            check, FITNESS_LOOK,
            arena_format(work->arena, "%s breaks off in the middle of a packet.", broken),
            "What came after is not known: stop a capture (Ctrl-C) before it is copied, and "
            "look whether the disk was full.");
    else
        fitness_say(check, FITNESS_GOOD, "All that came was read and kept.", NULL);
}
