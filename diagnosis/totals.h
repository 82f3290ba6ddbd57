/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The totals of several runs, added up.
 */
#ifndef APPLEPATH_DIAGNOSIS_TOTALS_H
#define APPLEPATH_DIAGNOSIS_TOTALS_H

#include "base/fact.h"

/* Adds what one more run saw. */
void totals_add(struct fact_totals *sum, const struct fact_totals *more);

#endif
