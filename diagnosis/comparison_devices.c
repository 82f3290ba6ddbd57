/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which device of one side is which of the other, and is it better off?  By its MAC,
 * else by its address; then by what it suffers from, and by what it is seen to reach.
 */
#include <stdlib.h>
#include <string.h>

#include "diagnosis/comparison_private.h"

static const struct device *device_at(const struct diagnosis *side, const struct address *address)
{
    for (size_t i = 0; i < side->device_count; i++) {
        const struct device *device = &side->devices[i];
        if (address_equal(&device->address, address))
            return device;
        for (size_t j = 0; j < device->address_count; j++)
            if (address_equal(&device->addresses[j], address))
                return device;
    }
    return NULL;
}

/* A MAC stays; an address may be another device's on another day, unless no MAC tells. */
static const struct device *device_on(const struct diagnosis *side, const struct device *device)
{
    for (size_t i = 0; device->has_mac && i < side->device_count; i++)
        if (side->devices[i].has_mac &&
            memcmp(side->devices[i].mac.octets, device->mac.octets, sizeof device->mac.octets) == 0)
            return &side->devices[i];
    const struct device *same = device_at(side, &device->address);
    return same != NULL && device->has_mac && same->has_mac ? NULL : same;
}

void comparison_match_twins(struct comparison *comparison)
{
    const struct diagnosis *before = comparison->before;
    const struct diagnosis *after = comparison->after;
    struct arena *arena = &comparison->arena;
    comparison->twins_after =
        arena_allocate(arena, (before->device_count + 1) * sizeof *comparison->twins_after);
    comparison->twins_before =
        arena_allocate(arena, (after->device_count + 1) * sizeof *comparison->twins_before);
    if (comparison->twins_after == NULL || comparison->twins_before == NULL)
        return;
    for (size_t i = 0; i < before->device_count; i++) {
        const struct device *same = device_on(after, &before->devices[i]);
        /* A twin has one twin: the first that claims it. */
        if (same == NULL || comparison->twins_before[same - after->devices] != NULL)
            continue;
        comparison->twins_after[i] = same;
        comparison->twins_before[same - after->devices] = &before->devices[i];
    }
}

static int compare_addresses(const void *left, const void *right)
{
    return address_compare(left, right);
}

static bool is_affected(const struct finding *finding, const struct address *address)
{
    return finding->device_count > 0 &&
           bsearch(address, finding->devices, finding->device_count, sizeof *finding->devices,
                   compare_addresses) != NULL;
}

bool finding_affects(const struct finding *finding, const struct device *device)
{
    bool affects = is_affected(finding, &device->address);
    for (size_t i = 0; i < device->address_count && !affects; i++)
        affects = is_affected(finding, &device->addresses[i]);
    return affects;
}

static size_t count_findings(const struct diagnosis *side, const struct device *device)
{
    size_t count = 0;
    for (size_t i = 0; device != NULL && i < side->finding_count; i++)
        count += finding_counts(&side->findings[i]) && finding_affects(&side->findings[i], device);
    return count;
}

/* What became of the findings that it had, or has: told by the findings' own changes. */
struct sums {
    size_t better; /* it had, and has no more */
    size_t worse; /* it has, and had not */
    size_t open; /* nobody can tell */
};

static void add_finding(struct sums *sums, const struct finding_change *change,
                        const struct comparison *comparison, const struct device_change *device)
{
    const struct finding *before = change->before;
    const struct finding *after = change->after;
    bool had = before != NULL && finding_counts(before) && finding_affects(before, device->before);
    bool has = after != NULL && finding_counts(after) && finding_affects(after, device->after);
    if (had == has)
        return;
    bool told = had ? change->change == CHANGE_MENDED ||
                          device_works(comparison->after, device->after, before)
                    : change->change == CHANGE_NEW ||
                          device_works(comparison->before, device->before, after);
    if (!told)
        sums->open++;
    else if (had)
        sums->better++;
    else
        sums->worse++;
}

static void judge(const struct comparison *comparison, struct device_change *device)
{
    struct sums sums = {0, 0, 0};
    for (size_t i = 0; i < comparison->finding_count; i++)
        add_finding(&sums, &comparison->findings[i], comparison, device);
    if (sums.worse > 0)
        device->change = device->findings_before == 0 ? CHANGE_NEW : CHANGE_WORSE;
    else if (sums.open > 0)
        device->change = sums.better > 0 ? CHANGE_BETTER : CHANGE_NOT_COMPARABLE;
    else if (sums.better > 0)
        device->change = device->findings_after == 0 ? CHANGE_MENDED : CHANGE_BETTER;
    else
        device->change = CHANGE_SAME;
    if (device->change == CHANGE_NOT_COMPARABLE)
        device->reason = "It did not use on one side what fails on the other.";
}

static void add_device(struct comparison *comparison, const struct device *before,
                       const struct device *after)
{
    struct device_change *device = &comparison->devices[comparison->device_count++];
    device->before = before;
    device->after = after;
    device->findings_before = count_findings(comparison->before, before);
    device->findings_after = count_findings(comparison->after, after);
    if (before != NULL && after != NULL)
        judge(comparison, device);
    else
        device->reason = before != NULL ? "It is not in the capture afterwards."
                                        : "It is not in the capture before.";
}

static const struct address *address_of(const struct device_change *change)
{
    return change->after != NULL ? &change->after->address : &change->before->address;
}

static int compare_devices(const void *left, const void *right)
{
    return address_compare(address_of(left), address_of(right));
}

void comparison_match_devices(struct comparison *comparison)
{
    const struct diagnosis *before = comparison->before;
    const struct diagnosis *after = comparison->after;
    comparison->devices =
        arena_allocate(&comparison->arena, (before->device_count + after->device_count + 1) *
                                               sizeof *comparison->devices);
    if (comparison->devices == NULL)
        return;
    for (size_t i = 0; i < before->device_count; i++)
        add_device(comparison, &before->devices[i], comparison->twins_after[i]);
    for (size_t i = 0; i < after->device_count; i++)
        if (comparison->twins_before[i] == NULL)
            add_device(comparison, NULL, &after->devices[i]);
    qsort(comparison->devices, comparison->device_count, sizeof *comparison->devices,
          compare_devices);
}
