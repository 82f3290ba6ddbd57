/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capture filter of --apple-only, made from the catalogue.
 */
#ifndef APPLEPATH_PROGRAM_APPLE_FILTER_H
#define APPLEPATH_PROGRAM_APPLE_FILTER_H

#include "base/text.h"
#include "catalog/hosts.h"

/* Writes a BPF expression: what is about Apple and what a diagnosis needs besides, bare
 * or behind up to two VLAN tags; and within the user's own `filter`, unless that is NULL. */
void apple_filter_write(struct text *text, const struct catalog *catalog, const char *filter);

#endif
