/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of the capture lies in layers that nobody here can read?  The counts of all
 * runs go in, sentences with a way out come out: where a part of the packets is hidden,
 * silence about them is no all-clear.
 */
#include "diagnosis/hidden_layers.h"

#include <stdlib.h>
#include <string.h>

#include "diagnosis/quality.h"

#define TOLD_PER_CENT 1
#define SERIOUS_PER_CENT 50
#define TOLD_LIMIT 3

/* Layers of which it is known what they are and who can do something. */
static const struct {
    const char *name;
    const char *sentence; /* after the share of the packets */
} known[] = {
    {"802.11 protected",
     "are Wi-Fi frames enciphered between devices and access point; capture behind the access "
     "point, at its wired port or the controller's."},
    {"802.11 fragments", "are pieces of Wi-Fi frames, which are not put together; capture behind "
                         "the access point."},
    {"MACsec", "are enciphered between two switches or a switch and a device (MACsec); mirror a "
               "port on which they are plain."},
    {"IPsec ESP", "are enciphered in a VPN (IPsec ESP); what goes through it is not known. Capture "
                  "behind its end to see it."},
    {"CAPWAP with DTLS",
     "are enciphered between access points and controller (CAPWAP with DTLS); capture behind the "
     "controller, or switch its data encryption off for the time of the capture."},
};

static struct fact_layer *layer_named(struct diagnosis *diagnosis, const char *name)
{
    for (size_t i = 0; i < diagnosis->layer_count; i++)
        if (strcmp(diagnosis->layers[i].name, name) == 0)
            return &diagnosis->layers[i];
    if (diagnosis->layer_count == DIAGNOSIS_LAYER_LIMIT)
        return NULL;
    struct fact_layer *layer = &diagnosis->layers[diagnosis->layer_count];
    *layer = (struct fact_layer){.name = arena_copy(&diagnosis->arena, name),
                                 .first_time = TIMESTAMP_NONE};
    if (layer->name == NULL)
        return NULL;
    diagnosis->layer_count++;
    return layer;
}

static bool take_layer(void *owner, const struct fact *fact)
{
    struct diagnosis *diagnosis = owner;
    const struct fact_layer *more = &fact->as.layer;
    struct fact_layer *layer = more->name != NULL ? layer_named(diagnosis, more->name) : NULL;
    if (layer == NULL)
        return true;
    if (layer->packets == 0 || more->first_time < layer->first_time) {
        layer->first_time = more->first_time;
        layer->first_packet = more->first_packet;
    }
    layer->packets += more->packets;
    return true;
}

/* The most frequent first; of as many, by name. */
static int compare_layers(const void *left, const void *right)
{
    const struct fact_layer *one = left, *other = right;
    if (one->packets != other->packets)
        return one->packets < other->packets ? 1 : -1;
    return strcmp(one->name, other->name);
}

bool hidden_layers_fill(struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    const struct ledger *ledger = builder->ledger;
    if (!facts_read(ledger->store, FACT_LAYER, ledger->selection, take_layer, diagnosis,
                    builder->problem))
        return false;
    qsort(diagnosis->layers, diagnosis->layer_count, sizeof diagnosis->layers[0], compare_layers);
    return true;
}

static const char *sentence_of(struct arena *arena, const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].sentence;
    return arena_format(arena,
                        "lie in a layer that this version does not read (%s); capture where the "
                        "packets are plain.",
                        name);
}

void hidden_layers_conditions(struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    struct arena *arena = &diagnosis->arena;
    const struct fact_totals *totals = &diagnosis->totals;
    uint64_t hidden = 0;
    for (size_t i = 0; i < diagnosis->layer_count; i++) {
        const struct fact_layer *layer = &diagnosis->layers[i];
        double share = 100 * (double)layer->packets / (double)totals->packets;
        hidden += layer->packets;
        if (i >= TOLD_LIMIT || share < TOLD_PER_CENT)
            continue;
        condition_add(diagnosis, share >= SERIOUS_PER_CENT,
                      arena_format(arena, "%.0f %% of the packets (%llu) %s", share,
                                   (unsigned long long)layer->packets,
                                   sentence_of(arena, layer->name)));
    }
    if (totals->unread_packets * 2 > totals->packets && hidden * 2 < totals->unread_packets)
        condition_add(diagnosis, true,
                      arena_format(arena,
                                   "%llu of %llu packets are not IP; capture where the devices' "
                                   "own packets pass.",
                                   (unsigned long long)totals->unread_packets,
                                   (unsigned long long)totals->packets));
}
