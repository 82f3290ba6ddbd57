/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that fail when the test says so.  A counter that parent and child share goes up
 * with each call; the one whose turn it is fails, and with `lasting` all after it.
 */
#ifndef APPLEPATH_TESTS_FAULTS_FAILING_H
#define APPLEPATH_TESTS_FAULTS_FAILING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PLACES_LIMIT 400000u

struct failing {
    atomic_ulong calls; /* so far */
    unsigned long nth; /* the one that fails; 0: none */
    bool lasting;
    bool kills; /* the process, rather than that the call fails */
    bool lacks_shared_memory; /* the disk: as network file systems do */
    bool notes_places;
    uint32_t places[PLACES_LIMIT]; /* of each allocation: who asked for it, and who asked them */
};

/* Counts a call. Must it fail? */
static inline bool failing_turn(struct failing *failing)
{
    unsigned long call = atomic_fetch_add(&failing->calls, 1) + 1;

    return failing->nth != 0 && (failing->lasting ? call >= failing->nth : call == failing->nth);
}

/* From now on, in this process: our own allocations and SQLite's; what it writes, syncs
 * and cuts. `failing` must outlive the process's use of them. */
void failing_memory_begin(struct failing *failing);
void failing_disk_begin(struct failing *failing);

#endif
