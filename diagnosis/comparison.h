/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed between two diagnoses: findings by their cause, rows of Apple's list,
 * devices.  A change is claimed only where both sides can tell: what is not seen to
 * work is not mended, and what was not seen before has not broken.
 */
#ifndef APPLEPATH_DIAGNOSIS_COMPARISON_H
#define APPLEPATH_DIAGNOSIS_COMPARISON_H

#include "diagnosis/finding.h"

enum change {
    CHANGE_NOT_COMPARABLE, /* one side, or both, cannot tell */
    CHANGE_SAME,
    CHANGE_MENDED,
    CHANGE_BETTER,
    CHANGE_WORSE,
    CHANGE_NEW
};
#define CHANGE_COUNT 6

/* "not-comparable", "unchanged", "mended", "better", "worse", "new". */
const char *change_word(enum change change);

struct finding_change {
    enum change change;
    const struct finding *before; /* one of the two may be NULL */
    const struct finding *after;
    const char *reason; /* how one knows, or why one cannot */
};

struct coverage_change {
    enum change change;
    const struct coverage *before; /* NULL where the lists differ */
    const struct coverage *after;
    const char *reason; /* NULL: the counts say it */
};

struct device_change {
    enum change change;
    const struct device *before; /* one of the two may be NULL */
    const struct device *after;
    size_t findings_before; /* warnings and worse that it suffers from */
    size_t findings_after;
    const char *reason;
};

struct comparison {
    struct arena arena;
    const struct diagnosis *before; /* borrowed */
    const struct diagnosis *after;
    const char *before_name; /* of the databases, set by the caller; NULL: not known */
    const char *after_name;
    /* All in all, of warnings and worse: mended is mended only where nothing is left. */
    enum change outcome;
    const char *sentence;
    struct finding_change *findings; /* new and worse first, the unchanged last */
    size_t finding_count;
    struct coverage_change *coverage; /* in the catalogue's order */
    size_t coverage_count;
    const struct device **twins_after; /* per device of before: the same after, or NULL */
    const struct device **twins_before; /* per device of after */
    struct device_change *devices; /* by address */
    size_t device_count;
};

/* Compares; both diagnoses must have been made with `proofs`, and outlive it. NULL when
 * memory is out. Released by comparison_release. */
struct comparison *comparison_make(const struct diagnosis *before, const struct diagnosis *after);
void comparison_release(struct comparison *comparison);

/* How many of the findings, rows or devices changed so. */
size_t comparison_findings(const struct comparison *comparison, enum change change);
size_t comparison_rows(const struct comparison *comparison, enum change change);
size_t comparison_devices(const struct comparison *comparison, enum change change);

#endif
