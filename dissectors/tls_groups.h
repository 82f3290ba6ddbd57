/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What are the groups of a TLS key exchange called?  Numbers come in, the names of
 * IANA's registry "TLS Supported Groups" go out (RFC 8446 section 4.2.7).
 */
#ifndef APPLEPATH_DISSECTORS_TLS_GROUPS_H
#define APPLEPATH_DISSECTORS_TLS_GROUPS_H

#include <stddef.h>
#include <stdint.h>

/* NULL for a number that has none. */
const char *tls_group_name(uint16_t group);

/* Adds the group's name, or 0xNNNN, to a comma-separated list in `size` bytes of
 * text; nothing when it has no room. */
void tls_group_list(char *text, size_t size, uint16_t group);

#endif
