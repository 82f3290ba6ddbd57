/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses are one device's, and what is it called?  One device keeps one
 * identity over changes of its address, IPv4 and IPv6.
 */
#ifndef APPLEPATH_DIAGNOSIS_DEVICES_H
#define APPLEPATH_DIAGNOSIS_DEVICES_H

#include "diagnosis/ledger.h"

/* Makes one entry of each of the ledger's hosts, by address. False when memory is
 * out. */
bool devices_merge_hosts(struct ledger *ledger);

/* Notes from a flow whether its client is next to the capture or behind routers; to
 * be called after devices_merge_hosts. */
void devices_note_flow(struct ledger *ledger, const struct fact_flow *flow);

/* Reads the leases and finds out which hosts are one device; to be called when all
 * flows are noted. False and a problem when the database fails or memory is out. */
bool devices_index(struct ledger *ledger, struct problem *problem);

/* All addresses of the device that has this one, itself included, sorted; none
 * (NULL, count 0) where its MAC is not known or is that of a router. */
const struct mac_owner *devices_same(const struct ledger *ledger, const struct address *address,
                                     size_t *count);

/* How many of these sorted addresses belong to a device that has one before. */
size_t devices_repeated(const struct ledger *ledger, const struct address *addresses, size_t count);

/* The name that the device with this MAC gave to DHCP last; NULL if none. */
const char *devices_name(const struct ledger *ledger, const struct mac *mac);

#endif
