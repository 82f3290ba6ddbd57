/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do others call the server that a nameless flow went to?  A capture that lost
 * the answer to one device's question may have another device's.
 */
#ifndef APPLEPATH_DIAGNOSIS_SERVER_NAMES_H
#define APPLEPATH_DIAGNOSIS_SERVER_NAMES_H

#include "diagnosis/ledger.h"

/* Begin with all bytes zero. */
struct server_names {
    const struct tally **list; /* with names, by server, port and row */
    size_t count;
    bool made;
};

void server_names_release(struct server_names *names);

/* The tally as it is, or with the row and name that all who named the same address and
 * port have, where it is of an address range alone. False: memory is out. */
bool server_names_apply(struct server_names *names, const struct ledger *ledger,
                        struct tally *tally);

#endif
