/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the memory that the user allows to the bounds of everything that grows with what is
 * read: doc/limits.md lists them.
 */
#ifndef APPLEPATH_PROGRAM_MEMORY_H
#define APPLEPATH_PROGRAM_MEMORY_H

#include <stdint.h>

#define MEMORY_DEFAULT (UINT64_C(512) << 20)
#define MEMORY_LEAST (UINT64_C(64) << 20)

/* Bytes, and counts of what has a size of its own. */
struct memory_shares {
    uint64_t store; /* facts of a database in memory */
    uint64_t flows; /* flows and what they own */
    uint64_t certificates; /* facts of them, which a full database in memory takes still */
    uint64_t reading; /* what flows hold while they are read */
    uint32_t flow_count;
    uint32_t detail_count; /* flows about Apple, or being read */
    uint32_t hosts;
    uint32_t names; /* pairs of a client and an address, with the name it stands for */
    uint32_t leases; /* DHCP exchanges, of either version */
    uint32_t questions; /* to resolvers, that may still be answered; a power of two */
};

/* `bytes` 0: MEMORY_DEFAULT. */
struct memory_shares memory_share(uint64_t bytes);

/* For what only reads a database, which a stranger may have written: the process takes no
 * more from now on, and whoever wants more is told that memory is out. 0: half of the
 * machine's, or MEMORY_READING_LEAST. Only where the system can hold to it. */
#define MEMORY_READING_LEAST (UINT64_C(1) << 30)
void memory_limit(uint64_t bytes);

/* Gives the system back what was taken and is in use no more, where the library can. Costs
 * milliseconds, in which other threads may wait for memory. */
void memory_give_back(void);

#endif
