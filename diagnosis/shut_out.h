/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is all of Apple blocked, while everyone else is reached?  Drafts of port-blocked come in,
 * one for each row and port; where they are one cause, one draft goes out.
 */
#ifndef APPLEPATH_DIAGNOSIS_SHUT_OUT_H
#define APPLEPATH_DIAGNOSIS_SHUT_OUT_H

#include "diagnosis/builder.h"

extern const char shut_out_scope[]; /* detail.scope of such a finding */

/* Did the client reach others all the time, and nothing of Apple's ever? */
bool client_is_never_let_in(const struct ledger *ledger, const struct address *client);

/* Joins what has `shut_out` set, is refused in the same way by the same sender, and hits the
 * same devices in several rows. */
void shut_out_join(struct builder *builder);

#endif
