/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies in the capture and is not read, by name: how many packets, and the first
 * of each.  Bounded: what comes when the list is full is counted as "other layers".
 */
#ifndef APPLEPATH_CAPTURE_UNREAD_LAYERS_H
#define APPLEPATH_CAPTURE_UNREAD_LAYERS_H

#include "base/fact.h"

#define UNREAD_LAYERS_LIMIT 16
#define UNREAD_LAYER_NAME_SIZE 48
#define UNREAD_WITHOUT_NUMBER UINT32_MAX

struct unread_layer {
    const char *what; /* never freed */
    uint32_t number; /* UNREAD_WITHOUT_NUMBER: it is the only one of its kind */
    uint64_t packets;
    int64_t first_time;
    uint64_t first_packet;
};

/* Begins with all bytes zero. */
struct unread_layers {
    struct unread_layer layers[UNREAD_LAYERS_LIMIT];
    size_t count;
};

void unread_layers_count(struct unread_layers *layers, const char *what, uint32_t number,
                         int64_t time, uint64_t packet);

/* The one at `index`, its name written into `name`, which the fact borrows; false behind
 * the last. */
bool unread_layers_describe(const struct unread_layers *layers, size_t index,
                            char name[UNREAD_LAYER_NAME_SIZE], struct fact_layer *fact);

#endif
