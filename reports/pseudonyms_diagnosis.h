/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finished diagnosis, or a comparison of two, with pseudonyms in all that reports say of
 * it.  The diagnosis itself is made from what was really seen, so that no pseudonym can
 * change what is found.
 */
#ifndef APPLEPATH_REPORTS_PSEUDONYMS_DIAGNOSIS_H
#define APPLEPATH_REPORTS_PSEUDONYMS_DIAGNOSIS_H

#include "diagnosis/comparison.h"
#include "diagnosis/finding.h"
#include "reports/pseudonyms.h"

/* Learns the names and addresses of its devices. */
void pseudonyms_learn_diagnosis(struct pseudonyms *pseudonyms, const struct diagnosis *diagnosis);

/* Replaces, once and for all; what was there before stays in the arena, unnamed. Sets the
 * arena's `failed` where memory is out. Packets' identities stay. */
void pseudonyms_into_diagnosis(struct pseudonyms *pseudonyms, struct diagnosis *diagnosis);

/* What the comparison says itself; its two diagnoses are done by the other function, after
 * the comparison was made. */
void pseudonyms_into_comparison(struct pseudonyms *pseudonyms, struct comparison *comparison);

/* The sentence with pseudonyms in it, in the arena. NULL stays NULL. */
const char *pseudonym_copy(struct pseudonyms *pseudonyms, struct arena *arena,
                           const char *sentence);

#endif
