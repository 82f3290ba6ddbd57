/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which variants are there, and how are those made that lose, double, move or cut
 * packets?  Wrapping is in vary_wrap.c, the choice of one direction in vary_devices.c.
 */
#include "vary_packets.h"

#include <string.h>

#define ETHERNET_LENGTH 14u
#define DOUBLE_DELAY 20u /* microseconds */
#define SHIFT_LIMIT 20000u /* microseconds */
#define SNAPSHOT_SHORT 96u

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t vary_random(uint64_t *state)
{
    uint64_t word = (*state += UINT64_C(0x9e3779b97f4a7c15));
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}

void vary_ip_checksum(uint8_t *header, size_t length)
{
    uint32_t sum = 0;
    header[10] = header[11] = 0;
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    header[10] = (uint8_t)(~sum >> 8);
    header[11] = (uint8_t)~sum;
}

static struct trace_record *copy_record(struct trace *out, const struct trace_record *record)
{
    return trace_add(out, record->data, record->captured, record->wire, record->time);
}

static bool copy_from(const struct trace *in, size_t first, struct trace *out)
{
    for (size_t i = first; i < in->count; i++)
        if (copy_record(out, &in->records[i]) == NULL)
            return false;
    return true;
}

/* Exactly this share is removed, at least one: each packet goes with the chance that
 * leaves the rest of the share for the rest of the packets. */
static bool lose(const struct trace *in, uint64_t seed, size_t per_cent, struct trace *out)
{
    size_t share = (in->count * per_cent + 50) / 100;
    if (share == 0 && in->count > 0)
        share = 1;
    for (size_t i = 0; i < in->count; i++) {
        if (vary_random(&seed) % (in->count - i) < share)
            share--;
        else if (copy_record(out, &in->records[i]) == NULL)
            return false;
    }
    return true;
}

static bool lose_1(const struct trace *in, uint64_t seed, struct trace *out)
{
    return lose(in, seed, 1, out);
}

static bool lose_5(const struct trace *in, uint64_t seed, struct trace *out)
{
    return lose(in, seed, 5, out);
}

static bool lose_20(const struct trace *in, uint64_t seed, struct trace *out)
{
    return lose(in, seed, 20, out);
}

static bool double_plain(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    for (size_t i = 0; i < in->count; i++) {
        if (copy_record(out, &in->records[i]) == NULL)
            return false;
        struct trace_record *copy = copy_record(out, &in->records[i]);
        if (copy == NULL)
            return false;
        copy->time += DOUBLE_DELAY;
    }
    trace_sort(out);
    return true;
}

static bool double_vlan(const struct trace *in, uint64_t seed, struct trace *out)
{
    static const uint8_t tag[] = {0x81, 0x00, 0x00, 20};
    (void)seed;
    for (size_t i = 0; i < in->count; i++) {
        if (copy_record(out, &in->records[i]) == NULL)
            return false;
        if (in->records[i].captured < ETHERNET_LENGTH)
            continue;
        struct trace_record *copy = trace_add_wrapped(out, &in->records[i], 12, tag, sizeof tag);
        if (copy == NULL)
            return false;
        copy->time += DOUBLE_DELAY;
    }
    trace_sort(out);
    return true;
}

/* Would a router hand this frame on?  Untagged unicast IP, not link-local, with a TTL
 * that lets it. */
static bool is_routed(const struct trace_record *record)
{
    const uint8_t *data = record->data, *network = data + ETHERNET_LENGTH;
    if (record->captured < ETHERNET_LENGTH + 20 || (data[0] & 1) != 0)
        return false;
    if (data[12] == 0x08 && data[13] == 0x00)
        return record->captured >= ETHERNET_LENGTH + (network[0] & 15u) * 4 && network[8] > 1;
    return data[12] == 0x86 && data[13] == 0xdd && record->captured >= ETHERNET_LENGTH + 40 &&
           network[7] > 1 && !(network[8] == 0xfe && (network[9] & 0xc0) == 0x80);
}

static void route(struct trace_record *record)
{
    static const uint8_t macs[12] = {2, 0, 0, 0, 10, 2, 2, 0, 0, 0, 10, 1};
    uint8_t *network = record->data + ETHERNET_LENGTH;
    memcpy(record->data, macs, sizeof macs);
    if (record->data[12] == 0x08) {
        network[8]--;
        vary_ip_checksum(network, (network[0] & 15u) * 4);
    } else {
        network[7]--;
    }
}

static bool double_routed(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    for (size_t i = 0; i < in->count; i++) {
        if (copy_record(out, &in->records[i]) == NULL)
            return false;
        if (!is_routed(&in->records[i]))
            continue;
        struct trace_record *copy = copy_record(out, &in->records[i]);
        if (copy == NULL)
            return false;
        copy->time += DOUBLE_DELAY;
        route(copy);
    }
    trace_sort(out);
    return true;
}

static bool reorder(const struct trace *in, uint64_t seed, struct trace *out)
{
    for (size_t i = 0; i < in->count; i++) {
        struct trace_record *copy = copy_record(out, &in->records[i]);
        if (copy == NULL)
            return false;
        copy->time += vary_random(&seed) % (SHIFT_LIMIT + 1);
    }
    trace_sort(out);
    return true;
}

static bool shorten(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    out->snapshot = SNAPSHOT_SHORT;
    for (size_t i = 0; i < in->count; i++) {
        const struct trace_record *record = &in->records[i];
        uint32_t captured = record->captured < SNAPSHOT_SHORT ? record->captured : SNAPSHOT_SHORT;
        if (trace_add(out, record->data, captured, record->wire, record->time) == NULL)
            return false;
    }
    return true;
}

static bool start_late(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return copy_from(in, in->count / 3, out);
}

static bool cut(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    if (in->count > 0)
        out->missing_end = in->records[in->count - 1].captured / 2;
    return copy_from(in, 0, out);
}

static bool as_next_generation(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    out->next_generation = true;
    return copy_from(in, 0, out);
}

const struct vary_variant vary_variants[] = {
    {"one-direction-out", VARY_HIDES, "capture-one-sided", vary_outwards},
    {"one-direction-in", VARY_HIDES, "capture-one-sided", vary_inwards},
    {"loss-1", VARY_SHOWS, NULL, lose_1},
    {"loss-5", VARY_SHOWS, NULL, lose_5},
    {"loss-20", VARY_ERASES, "capture-loss", lose_20},
    {"doubled", VARY_SHOWS, "capture-duplicated", double_plain},
    {"doubled-vlan", VARY_SHOWS, "capture-duplicated", double_vlan},
    {"doubled-ttl", VARY_SHOWS, "capture-duplicated", double_routed},
    {"reordered", VARY_SHOWS, NULL, reorder},
    {"snaplen-96", VARY_HIDES, "capture-truncated", shorten},
    {"midstream", VARY_ERASES, NULL, start_late},
    {"cut", VARY_ERASES, NULL, cut},
    {"vlan", VARY_SHOWS, NULL, vary_vlan},
    {"vlan-by-direction", VARY_SHOWS, NULL, vary_vlan_by_direction},
    {"qinq", VARY_SHOWS, NULL, vary_qinq},
    {"gre", VARY_SHOWS, NULL, vary_gre},
    {"erspan2", VARY_SHOWS, NULL, vary_erspan2},
    {"erspan3", VARY_SHOWS, NULL, vary_erspan3},
    {"erspan-by-direction", VARY_SHOWS, NULL, vary_erspan_by_direction},
    {"vxlan", VARY_SHOWS, NULL, vary_vxlan},
    {"vxlan-fragmented", VARY_SHOWS, NULL, vary_fragmented},
    {"doubled-vxlan", VARY_SHOWS, "capture-duplicated", vary_doubled_in_tunnel},
    {"geneve", VARY_SHOWS, NULL, vary_geneve},
    {"tzsp", VARY_SHOWS, NULL, vary_tzsp},
    {"mpls", VARY_SHOWS, NULL, vary_mpls},
    {"pppoe", VARY_SHOWS, NULL, vary_pppoe},
    {"ipip", VARY_SHOWS, NULL, vary_ipip},
    {"gtpu", VARY_SHOWS, NULL, vary_gtpu},
    {"capwap", VARY_SHOWS, NULL, vary_capwap},
    {"radiotap", VARY_SHOWS, NULL, vary_radiotap},
    {"cooked", VARY_SHOWS, NULL, vary_cooked},
    {"null", VARY_SHOWS, NULL, vary_null},
    {"pktap", VARY_SHOWS, NULL, vary_pktap},
    {"nflog", VARY_SHOWS, NULL, vary_nflog},
    {"pcapng", VARY_SHOWS, NULL, as_next_generation},
    {NULL, VARY_SHOWS, NULL, NULL},
};

const struct vary_variant *vary_find(const char *name)
{
    for (const struct vary_variant *variant = vary_variants; variant->name != NULL; variant++)
        if (strcmp(variant->name, name) == 0)
            return variant;
    return NULL;
}
