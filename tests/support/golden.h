/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts and diagnoses as plain text that is the same on every machine: no row
 * numbers, no flow numbers, no clocks, no versions.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_GOLDEN_H
#define APPLEPATH_TESTS_SUPPORT_GOLDEN_H

#include "base/text.h"
#include "diagnosis/finding.h"

/* What a flow's number stands for; index is the number. */
struct golden_flow {
    struct endpoint client;
    struct endpoint server;
    uint8_t transport;
    uint64_t first_packet;
};

/* What a first reading of the captures learnt, for the lines of a second one. */
struct golden_survey {
    int64_t origin; /* time of the first packet of all */
    struct golden_flow *flows;
    size_t flow_count;
};

/* Adds one line, without its end. */
void golden_fact(struct text *line, const struct golden_survey *survey, const struct fact *fact);

/* Adds the whole diagnosis. */
void golden_diagnosis(struct text *out, const struct golden_survey *survey,
                      const struct diagnosis *diagnosis);

#endif
