/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far did a device come with its activation?  One story a device that was seen
 * to set itself up: the steps in the order in which Setup Assistant takes them.
 */
#ifndef APPLEPATH_DIAGNOSIS_STORIES_H
#define APPLEPATH_DIAGNOSIS_STORIES_H

#include "diagnosis/builder.h"

/* Gives each of the diagnosis' devices its story, if it has one, and the story of its
 * push connection; to be called after device_list_fill and builder_finish, as stories name
 * findings. False when the database fails. */
bool stories_fill(struct builder *builder);

/* Keeps what stories need of a flow, as the ledger reads it; of the first million. */
void stories_note_flow(struct ledger *ledger, const struct fact_flow *flow,
                       const struct catalog_match *match);

#endif
