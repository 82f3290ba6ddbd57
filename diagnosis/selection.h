/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report of a part: what a time, a device or a category leaves of a diagnosis.
 */
#ifndef APPLEPATH_DIAGNOSIS_SELECTION_H
#define APPLEPATH_DIAGNOSIS_SELECTION_H

#include "diagnosis/builder.h"

/* Notes in the diagnosis what was selected, cuts times to it, and leaves out what has to
 * do with other categories alone (`category` NULL: nothing); after all else but the
 * verdict. Findings keep their identities. */
void selection_apply(struct builder *builder, const char *category);

/* Was anything of the selection reached? */
bool selection_was_answered(const struct builder *builder);

#endif
