/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the packets of a finding are: which captures hold them, where these are
 * today, and which further packets belong to its names.
 */
#ifndef APPLEPATH_PROGRAM_EVIDENCE_SOURCES_H
#define APPLEPATH_PROGRAM_EVIDENCE_SOURCES_H

#include "base/arena.h"
#include "program/evidence_extract.h"
#include "storage/facts.h"

/* Begins with all bytes zero. */
struct evidence_sources {
    struct arena arena;
    struct evidence_source *sources; /* in the order of their numbers; owned */
    size_t count;
    size_t capacity;
    uint64_t *others; /* of the DNS of the finding's names, sorted; owned */
    size_t other_count;
    size_t other_capacity;
    bool failed; /* memory ran out */
};

/* Finds the captures of the finding's evidence, in `folder` unless that is NULL; with
 * `whole_flows` also those that its flows reach into, and the DNS of its names. False
 * and a problem that says which is missing and what to do. */
bool evidence_sources_find(struct evidence_sources *found, struct store *store,
                           const struct finding *finding, const char *folder, bool whole_flows,
                           struct problem *problem);
void evidence_sources_release(struct evidence_sources *found);

#endif
