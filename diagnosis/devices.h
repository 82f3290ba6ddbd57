/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose traffic is it?  The clients that dealt with Apple.
 */
#ifndef APPLEPATH_DIAGNOSIS_DEVICES_H
#define APPLEPATH_DIAGNOSIS_DEVICES_H

#include "diagnosis/builder.h"

/* Makes one entry of each of the ledger's hosts, by address, and orders them by MAC
 * too. False and a problem when memory is out. */
bool devices_index(struct ledger *ledger, struct problem *problem);

/* All addresses of the device that has this one, itself included, as its MAC tells;
 * none (count 0) where the MAC is not known or is that of a router. */
const struct mac_owner *devices_same(const struct ledger *ledger, const struct address *address,
                                     size_t *count);

/* Fills the diagnosis' devices, by address. False when the database fails. */
bool devices_fill(struct builder *builder);

#endif
