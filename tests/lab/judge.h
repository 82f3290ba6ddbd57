/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A diagnosis held against the label of its capture: what is missed, what is raised
 * wrongly, what a right finding gets wrong; and the sums of that.
 */
#ifndef APPLEPATH_TESTS_LAB_JUDGE_H
#define APPLEPATH_TESTS_LAB_JUDGE_H

#include "label.h"
#include "vary_packets.h"

/* What a finding says, in groups that are counted by themselves. */
enum judge_group {
    JUDGE_CULPRIT, /* culprit, role */
    JUDGE_DEVICES,
    JUDGE_DETAIL,
    JUDGE_NAMES, /* name, address */
    JUDGE_SEVERITY, /* severity, confidence */
    JUDGE_GROUPS
};

#define TALLY_KIND_SIZE 40
#define TALLY_KINDS 64

struct tally_row {
    char kind[TALLY_KIND_SIZE];
    unsigned labelled; /* `must` lines */
    unsigned found; /* of these */
    unsigned accused; /* findings that no line allows */
    unsigned asked[JUDGE_GROUPS]; /* `must` lines found that speak of this */
    unsigned right[JUDGE_GROUPS];
};

/* All zero: nothing judged yet. What does not fit is counted in the last row. */
struct tally {
    struct tally_row rows[TALLY_KINDS];
    size_t row_count;
    unsigned verdicts;
    unsigned verdicts_right;
};

/* The row of this kind, made when it is missing. */
struct tally_row *tally_row(struct tally *tally, const char *kind);

/* All its rows in one, without a name. */
struct tally_row tally_sum(const struct tally *tally);

/* Prints the table of kinds, and the share of right verdicts. At most 100 columns. */
void tally_print(const struct tally *tally, size_t captures);

/* Prints one line of the table of variants, or its head where `tally` is NULL. */
void tally_print_variant(const char *variant, const struct tally *tally);

/* One thing that is wrong. */
struct failure {
    char *text; /* "SUBJECT WHAT"; owned by the list */
    bool accuses; /* says something untrue of the network, not just too little */
};

/* All zero: none. `failed`: memory was out, and the list is not whole. */
struct failures {
    struct failure *list;
    size_t count;
    bool failed;
};

void failures_release(struct failures *failures);
void failures_add(struct failures *failures, const char *subject, bool accuses, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

/* Adds what is wrong with this diagnosis, under `subject`, and counts into `tally`.
 * `variant`: NULL for the capture as it was made. */
void judge(const struct label *label, const struct diagnosis *diagnosis,
           const struct vary_variant *variant, const char *subject, struct tally *tally,
           struct failures *failures);

#endif
