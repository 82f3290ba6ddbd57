/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a finding is not surer than it says.
 */
#ifndef APPLEPATH_DIAGNOSIS_DOUBTS_H
#define APPLEPATH_DIAGNOSIS_DOUBTS_H

#include "diagnosis/finding.h"

/* Gives every finding that is not certain its doubt; after builder_finish. */
void doubts_fill(struct diagnosis *diagnosis);

#endif
