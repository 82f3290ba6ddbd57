/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was a device sent to this address by a wrong DNS answer?  Then what happens there is
 * no fault of the way: the finding dns-hijacked says it all.
 */
#ifndef APPLEPATH_DIAGNOSIS_HIJACKS_H
#define APPLEPATH_DIAGNOSIS_HIJACKS_H

#include "diagnosis/builder.h"

/* To be asked by the rules that follow rule_hijacks, of a client (any address of the
 * same device counts), the address it connected to itself (no proxy between) and the
 * row that was meant. True also for addresses that no service of Apple's can have. */
bool hijacks_explain(const struct builder *builder, const struct address *client,
                     const struct address *server, size_t row);

#endif
