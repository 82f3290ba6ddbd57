/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every row of Apple's list held against what was seen.
 */
#ifndef APPLEPATH_DIAGNOSIS_COVERAGE_H
#define APPLEPATH_DIAGNOSIS_COVERAGE_H

#include "diagnosis/builder.h"

/* Fills the diagnosis' coverage; after builder_finish, as it names findings. */
void coverage_fill(struct builder *builder);

#endif
