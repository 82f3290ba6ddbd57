/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the capture itself lacks, as sentences.
 */
#ifndef APPLEPATH_DIAGNOSIS_QUALITY_H
#define APPLEPATH_DIAGNOSIS_QUALITY_H

#include "diagnosis/builder.h"

/* Fills the diagnosis' conditions; needs its sources and totals. */
bool quality_conditions(struct builder *builder);

/* Only one direction of at least half of the connections; of a part of them. */
bool quality_is_one_sided(const struct fact_totals *totals);
bool quality_is_partly_one_sided(const struct fact_totals *totals);

/* So many packets of it were cut, came twice, that it matters. */
bool quality_is_truncated(const struct fact_source *source);
bool quality_is_duplicated(const struct fact_source *source);

/* Segments are missing, or packets were dropped (`share` of them, 0 to 1): that it is to be
 * said; that nothing is to be relied on. */
bool quality_is_lossy(const struct fact_totals *totals);
bool quality_loss_is_serious(const struct fact_totals *totals);
bool quality_drops_count(double share);
bool quality_drops_are_serious(double share);

/* Segments of TCP that are missing, of all, 0 to 1. */
double quality_loss(const struct fact_totals *totals);

/* Segments stand behind their own acknowledgments; most flows had begun before. */
bool quality_is_disordered(const struct fact_totals *totals);
bool quality_is_midstream(const struct fact_totals *totals);

/* "same", "vlan", "routed", "translated", or several with "," between: how the copies of
 * `sum`, of all sources together, differ. */
const char *quality_duplicate_forms(struct arena *arena, const struct fact_source *sum);

/* One more, as long as there is room. `sentence` is not copied. */
void condition_add(struct diagnosis *diagnosis, bool serious, const char *sentence);

#endif
