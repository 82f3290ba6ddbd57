/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the RSTs of one finding have in common, and how that is said.
 */
#ifndef APPLEPATH_DIAGNOSIS_RESET_WORDS_H
#define APPLEPATH_DIAGNOSIS_RESET_WORDS_H

#include "diagnosis/builder.h"

enum reset_origin { ORIGIN_SERVER, ORIGIN_INJECTED, ORIGIN_DEVICE };

/* The words of detail.origin. */
extern const char *const reset_origin_words[];

/* The words of detail.stage. */
const char *reset_stage_word(enum reset_stage stage);

/* What one draft's connections have in common: what it says is what most came to, and
 * what any of its RSTs gives away. */
struct reset_case {
    struct draft *draft;
    uint64_t counts[RESET_STAGE_CLOSING + 1];
    uint64_t whole_counts[RESET_STAGE_CLOSING + 1]; /* those of which the capture lacks nothing */
    unsigned tests; /* enum reset_test */
    unsigned agreements;
    uint64_t untimed; /* of which timing could have told more, and was not seen */
    uint64_t quick; /* connections that only their timing speaks of, or it as well */
    int64_t quick_gap; /* of one of them, after its ClientHello */
    int64_t round_trip;
    int64_t offset; /* of one that is not where the next byte would be */
    uint16_t identification;
    uint8_t reset_ttl; /* of one that its TTL speaks of, or else of any */
    uint8_t ttl_lowest, ttl_highest;
    uint64_t shown;
};

/* The tests that spoke, with their numbers; of a server's own RST those that agree with it.
 * NULL: none. */
const char *reset_grounds(const struct builder *builder, const struct reset_case *of,
                          enum reset_origin origin);

/* By how many grounds bear each other out. */
enum confidence reset_confidence(const struct reset_case *of, enum reset_origin origin);

/* Completes a finding, of which `explanation` holds the grounds so far. */
void reset_describe(struct builder *builder, struct draft *draft);

#endif
