/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the capture itself lacks, as sentences.
 */
#ifndef APPLEPATH_DIAGNOSIS_QUALITY_H
#define APPLEPATH_DIAGNOSIS_QUALITY_H

#include "diagnosis/builder.h"

/* Fills the diagnosis' conditions; needs its sources and totals. */
bool quality_conditions(struct builder *builder);

/* One more, as long as there is room. `sentence` is not copied. */
void condition_add(struct diagnosis *diagnosis, bool serious, const char *sentence);

#endif
