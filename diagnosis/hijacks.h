/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names are answered wrongly?  And was a device sent to this address by a wrong
 * answer?  Then what happens there is no fault of the way: dns-hijacked says it all.
 */
#ifndef APPLEPATH_DIAGNOSIS_HIJACKS_H
#define APPLEPATH_DIAGNOSIS_HIJACKS_H

#include "diagnosis/name_results.h"

/* Drafts dns-hijacked, and what somebody in a resolver's name withholds. False when
 * memory is out. */
bool hijacks_find(const struct results *results);

/* To be asked by the rules that follow rule_names, of a client (any address of the
 * same device counts), the address it connected to itself (no proxy between) and the
 * row that was meant. True also for addresses that no service of Apple's can have. */
bool hijacks_explain(const struct builder *builder, const struct address *client,
                     const struct address *server, size_t row);

#endif
