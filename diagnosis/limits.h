/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's own bounds, as conditions of the capture.
 */
#ifndef APPLEPATH_DIAGNOSIS_LIMITS_H
#define APPLEPATH_DIAGNOSIS_LIMITS_H

#include "diagnosis/builder.h"

/* Adds a sentence to the diagnosis for each bound that was reached. */
void limits_conditions(struct builder *builder);

#endif
