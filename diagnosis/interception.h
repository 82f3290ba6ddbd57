/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did a device get another certificate than the genuine one?  Then what it does
 * next is no fault of its own: the finding certificate-intercepted says it all.
 */
#ifndef APPLEPATH_DIAGNOSIS_INTERCEPTION_H
#define APPLEPATH_DIAGNOSIS_INTERCEPTION_H

#include "diagnosis/builder.h"

/* To be asked by the rules that follow rule_interception, of a client (any address of
 * the same device counts) and the row that was meant. */
bool interception_explains(const struct builder *builder, const struct address *client, size_t row);

/* Is the row of Apple's own list? Only there is it known whose certificates are right. */
bool interception_judges(const struct builder *builder, size_t row);

/* Did this flow show a chain that verifies to a trusted root? False: not known. */
bool interception_genuine(const struct builder *builder, uint64_t flow);

/* What a server that was not intercepted showed for that name; NULL: nothing in clear. */
const struct served_chain *interception_served(const struct builder *builder, const char *name);

#endif
