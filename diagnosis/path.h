/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way from the devices to Apple: who was seen on it, and where it breaks.
 */
#ifndef APPLEPATH_DIAGNOSIS_PATH_H
#define APPLEPATH_DIAGNOSIS_PATH_H

#include "diagnosis/builder.h"

/* Keeps the proxy that a flow goes through, as the ledger reads it. */
void path_note_flow(struct ledger *ledger, const struct fact_flow *flow);

/* Fills the diagnosis' path and its findings' places, after builder_finish. */
void path_fill(struct builder *builder);

#endif
