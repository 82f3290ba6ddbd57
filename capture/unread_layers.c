/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short list, searched from the front: what is not read is seldom of more than two
 * or three kinds in one capture.
 */
#include "capture/unread_layers.h"

#include <stdio.h>

static const char others[] = "other layers";

static struct unread_layer *find(struct unread_layers *layers, const char *what, uint32_t number)
{
    for (size_t i = 0; i < layers->count; i++)
        if (layers->layers[i].what == what && layers->layers[i].number == number)
            return &layers->layers[i];
    return NULL;
}

void unread_layers_count(struct unread_layers *layers, const char *what, uint32_t number,
                         int64_t time, uint64_t packet)
{
    struct unread_layer *layer = find(layers, what, number);

    if (layer == NULL && layers->count + 1 >= UNREAD_LAYERS_LIMIT) {
        what = others;
        number = UNREAD_WITHOUT_NUMBER;
        layer = find(layers, what, number);
    }
    if (layer == NULL) {
        layer = &layers->layers[layers->count++];
        *layer = (struct unread_layer){
            .what = what, .number = number, .first_time = time, .first_packet = packet};
    }
    layer->packets++;
}

bool unread_layers_describe(const struct unread_layers *layers, size_t index,
                            char name[UNREAD_LAYER_NAME_SIZE], struct fact_layer *fact)
{
    const struct unread_layer *layer = &layers->layers[index];

    if (index >= layers->count)
        return false;
    if (layer->number == UNREAD_WITHOUT_NUMBER)
        snprintf(name, UNREAD_LAYER_NAME_SIZE, "%s", layer->what);
    else
        snprintf(name, UNREAD_LAYER_NAME_SIZE, "%s 0x%04x", layer->what, (unsigned)layer->number);
    *fact = (struct fact_layer){.name = name,
                                .packets = layer->packets,
                                .first_time = layer->first_time,
                                .first_packet = layer->first_packet};
    return true;
}
