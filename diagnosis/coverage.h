/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every row of Apple's list held against what was seen, and what counts there as reached.
 */
#ifndef APPLEPATH_DIAGNOSIS_COVERAGE_H
#define APPLEPATH_DIAGNOSIS_COVERAGE_H

#include "diagnosis/builder.h"

/* Notes which handshakes failed, for coverage_flow_failed; to be called before the flows
 * are added up. False when the database fails or memory is out. */
bool coverage_read_handshakes(struct ledger *ledger, struct problem *problem);

/* It opened, and then its TLS failed, or the server never said a word: a port that opens
 * is not yet a service that answers. */
bool coverage_flow_failed(const struct ledger *ledger, const struct fact_flow *flow);

/* Fills the diagnosis' coverage; after builder_finish, as it names findings. */
void coverage_fill(struct builder *builder);

#endif
