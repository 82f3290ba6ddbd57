/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All flows in short, many at a time, in the order of facts_read: while some are looked
 * at, a thread reads the next ones.
 */
#ifndef APPLEPATH_DIAGNOSIS_FLOW_BATCHES_H
#define APPLEPATH_DIAGNOSIS_FLOW_BATCHES_H

#include "storage/facts.h"

/* The flows are borrowed until it returns. False ends the reading, which is no problem.
 * With a thread it must not use the store. */
typedef bool flow_batch_taker(void *owner, const struct fact_flow *flows, size_t count);

/* `in_thread`: may a thread of its own read the store?  False and a problem when the
 * database or memory fails. */
bool flow_batches_read(struct store *store, const struct fact_selection *selection, bool in_thread,
                       flow_batch_taker *take, void *owner, struct problem *problem);

#endif
