/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every text and address of a diagnosis, once each.  What is shared between findings
 * (culprits, ladders) is copied, not written into.
 */
#include "reports/pseudonyms_diagnosis.h"

#include <stdlib.h>
#include <string.h>

struct replacing {
    struct pseudonyms *pseudonyms;
    struct arena *arena;
};

const char *pseudonym_copy(struct pseudonyms *pseudonyms, struct arena *arena, const char *sentence)
{
    struct text text = {0};
    if (sentence == NULL)
        return NULL;
    pseudonym_text(pseudonyms, sentence, &text);
    const char *copy = arena_copy(arena, text_content(&text));
    if (text.failed)
        arena->failed = true;
    text_release(&text);
    return copy;
}

static void replace(const struct replacing *with, const char **text)
{
    *text = pseudonym_copy(with->pseudonyms, with->arena, *text);
}

static int compare_addresses(const void *left, const void *right)
{
    const struct address *one = left, *other = right;
    return address_compare(one, other);
}

static void replace_addresses(const struct replacing *with, struct address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        addresses[i] = pseudonym_address(with->pseudonyms, &addresses[i]);
    if (count > 1)
        qsort(addresses, count, sizeof *addresses, compare_addresses);
}

void pseudonyms_learn_diagnosis(struct pseudonyms *pseudonyms, const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->device_count; i++) {
        const struct device *device = &diagnosis->devices[i];
        pseudonyms_learn_word(pseudonyms, device->name, NULL);
        for (size_t j = 0; j < device->address_count; j++)
            pseudonyms_learn_address(pseudonyms, &device->addresses[j]);
    }
}

static const struct ladder *replace_ladder(const struct replacing *with,
                                           const struct ladder *ladder)
{
    struct ladder *copy = arena_allocate(with->arena, sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *ladder;
    for (size_t i = 0; i < copy->party_count; i++)
        replace(with, &copy->parties[i].address);
    for (size_t i = 0; i < copy->step_count; i++) {
        replace(with, &copy->steps[i].source);
        replace(with, &copy->steps[i].label);
        replace(with, &copy->steps[i].note);
    }
    return copy;
}

static const struct culprit *replace_culprit(const struct replacing *with,
                                             const struct culprit *culprit)
{
    struct culprit *copy = arena_allocate(with->arena, sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *culprit;
    if (copy->has_address)
        copy->address = pseudonym_address(with->pseudonyms, &copy->address);
    return copy;
}

static void replace_prescription(const struct replacing *with, struct prescription *prescription)
{
    replace(with, &prescription->at);
    replace(with, &prescription->from);
    replace(with, &prescription->to);
    replace(with, &prescription->text);
}

static void replace_finding(const struct replacing *with, struct finding *finding)
{
    replace(with, &finding->host);
    for (size_t i = 0; i < finding->name_count; i++)
        replace(with, &finding->names[i]);
    replace_addresses(with, finding->addresses, finding->address_count);
    replace_addresses(with, finding->devices, finding->device_count);
    if (finding->culprit != NULL)
        finding->culprit = replace_culprit(with, finding->culprit);
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, "vendor") != 0) /* a maker's */
            replace(with, &finding->details[i].text);
    replace(with, &finding->summary);
    replace(with, &finding->explanation);
    replace(with, &finding->remedy);
    replace(with, &finding->doubt);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        replace(with, &finding->evidence[i].source);
        replace(with, &finding->evidence[i].note);
    }
    if (finding->ladder != NULL)
        finding->ladder = replace_ladder(with, finding->ladder);
    for (size_t i = 0; i < finding->prescription_count; i++)
        replace_prescription(with, &finding->prescriptions[i]);
}

static void replace_device(const struct replacing *with, struct device *device)
{
    replace_addresses(with, device->addresses, device->address_count);
    device->address = device->address_count > 0
                          ? device->addresses[0]
                          : pseudonym_address(with->pseudonyms, &device->address);
    if (device->has_mac)
        device->mac = pseudonym_mac(with->pseudonyms, &device->mac);
    replace(with, &device->name);
    replace(with, &device->system);
}

/* A capture's number is all that is left of where it came from. */
static void replace_source(const struct replacing *with, struct fact_source *source)
{
    source->name = arena_format(with->arena, "capture-%u", source->id);
    source->path = NULL;
    source->content = NULL;
    source->interfaces = NULL;
    source->comment = NULL;
    source->evidence_folder = NULL;
}

void pseudonyms_into_diagnosis(struct pseudonyms *pseudonyms, struct diagnosis *diagnosis)
{
    struct replacing with = {pseudonyms, &diagnosis->arena};
    if (diagnosis->selection.has_device)
        diagnosis->selection.device = pseudonym_address(pseudonyms, &diagnosis->selection.device);
    replace(&with, &diagnosis->verdict_sentence);
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        replace_finding(&with, &diagnosis->findings[i]);
    for (size_t i = 0; i < diagnosis->coverage_count; i++)
        replace(&with, &diagnosis->coverage[i].host);
    for (size_t i = 0; i < diagnosis->device_count; i++)
        replace_device(&with, &diagnosis->devices[i]);
    for (size_t i = 0; i < diagnosis->condition_count; i++)
        replace(&with, &diagnosis->conditions[i].sentence);
    for (size_t i = 0; i < PATH_PLACE_COUNT; i++)
        replace_addresses(&with, diagnosis->path[i].addresses, diagnosis->path[i].address_count);
    for (size_t i = 0; i < diagnosis->source_count; i++)
        replace_source(&with, &diagnosis->sources[i]);
    if (!pseudonyms_complete(pseudonyms))
        diagnosis->arena.failed = true;
}

void pseudonyms_into_comparison(struct pseudonyms *pseudonyms, struct comparison *comparison)
{
    struct replacing with = {pseudonyms, &comparison->arena};
    comparison->before_name = "before";
    comparison->after_name = "after";
    replace(&with, &comparison->sentence);
    for (size_t i = 0; i < comparison->finding_count; i++)
        replace(&with, &comparison->findings[i].reason);
    for (size_t i = 0; i < comparison->coverage_count; i++)
        replace(&with, &comparison->coverage[i].reason);
    for (size_t i = 0; i < comparison->device_count; i++)
        replace(&with, &comparison->devices[i].reason);
    if (!pseudonyms_complete(pseudonyms))
        comparison->arena.failed = true;
}
