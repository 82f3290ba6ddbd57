/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fact with pseudonyms in it, for records that leave the house.
 */
#ifndef APPLEPATH_REPORTS_PSEUDONYMS_FACTS_H
#define APPLEPATH_REPORTS_PSEUDONYMS_FACTS_H

#include "base/arena.h"
#include "base/fact.h"
#include "reports/pseudonyms.h"

/* The fact of the kinds that are exported (flow, DNS, TLS, HTTP, NTP, lease, certificate),
 * with copies of its texts in the arena; of any other kind nothing is left. Sets the arena's
 * `failed` where memory is out. */
void pseudonyms_into_fact(struct pseudonyms *pseudonyms, struct arena *arena,
                          const struct fact *fact, struct fact *result);

void pseudonyms_into_flow(struct pseudonyms *pseudonyms, struct arena *arena,
                          struct fact_flow *flow);
void pseudonyms_into_certificate(struct pseudonyms *pseudonyms, struct arena *arena,
                                 struct fact_certificate *certificate);

#endif
