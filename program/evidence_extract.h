/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets behind a finding, read again out of the captures that it came from.
 * The explaining half names them; here they are fetched, with all that went to and
 * fro around them where that is wanted.
 */
#ifndef APPLEPATH_PROGRAM_EVIDENCE_EXTRACT_H
#define APPLEPATH_PROGRAM_EVIDENCE_EXTRACT_H

#include <stdio.h>

#include "base/problem.h"
#include "diagnosis/finding.h"
#include "reports/pseudonyms.h"

/* One capture to read, and what is known of it. */
struct evidence_source {
    struct fact_source fact; /* as stored; texts are borrowed */
    const char *file; /* where it is now */
    bool ring; /* one file of a live capture's ring: its packets bear the numbers of facts */
};

struct evidence_order {
    const struct finding *finding;
    const struct evidence_source *sources;
    size_t source_count;
    bool whole_flows; /* the flows of the evidence, and `others` */
    const uint64_t *others; /* identities of further packets, sorted: the DNS of its names */
    size_t other_count;
    struct pseudonyms *pseudonyms; /* for what is written; NULL: as it was captured */
};

struct evidence_counts {
    uint64_t packets; /* written */
    uint64_t commented; /* of them */
};

/* Writes pcapng into `file`, which is closed. False and a problem when a capture
 * cannot be read or is another than the one that was stored. */
bool evidence_extract(const struct evidence_order *order, FILE *file,
                      struct evidence_counts *counts, struct problem *problem);

#endif
