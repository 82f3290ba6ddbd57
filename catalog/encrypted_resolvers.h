/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names belong to resolvers that are asked where the network cannot see it
 * (catalog/encrypted_resolvers.tsv, compiled in).
 */
#ifndef APPLEPATH_CATALOG_ENCRYPTED_RESOLVERS_H
#define APPLEPATH_CATALOG_ENCRYPTED_RESOLVERS_H

#include "base/fact.h"

/* NAMES_DOH or NAMES_RELAY for a listed name, without regard to case and a final
 * dot; NAMES_OPEN for any other, and for NULL. */
enum name_privacy encrypted_resolver_find(const char *name);

#endif
