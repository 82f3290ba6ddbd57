/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the comparison share.
 */
#ifndef APPLEPATH_DIAGNOSIS_COMPARISON_PRIVATE_H
#define APPLEPATH_DIAGNOSIS_COMPARISON_PRIVATE_H

#include "diagnosis/comparison.h"

/* Each fills its part; memory that is out shows in the arena. Devices find their twins
 * first, findings are judged by them, and devices by the findings. */
void comparison_match_twins(struct comparison *comparison);
void comparison_match_findings(struct comparison *comparison);
void comparison_match_devices(struct comparison *comparison);

bool finding_affects(const struct finding *finding, const struct device *device);

/* Is it seen, on that side, that what the finding tells of works for this device of it? */
bool device_works(const struct diagnosis *side, const struct device *device,
                  const struct finding *finding);

/* A warning or worse: what counts in a sum. Notes are about captures. */
static inline bool finding_counts(const struct finding *finding)
{
    return finding->severity != SEVERITY_NOTE;
}

#endif
