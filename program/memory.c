/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each table has its share: of 16 parts facts get five, flows six, and what is being read
 * two; the rest is for the tables whose entries are counted.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/memory.h"

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include "base/sanitizers.h"
#include "dissectors/dns_transactions.h"

#define FLOWS_MOST 16000000u /* however much memory there is */

/* One entry for so many bytes of the whole. */
static uint32_t one_for(uint64_t bytes, uint64_t each)
{
    uint64_t count = bytes / each;
    return count < FLOWS_MOST ? (uint32_t)count : FLOWS_MOST;
}

static uint32_t power_of_two(uint32_t most)
{
    uint32_t power = 1;
    while (power <= most / 2)
        power *= 2;
    return power;
}

struct memory_shares memory_share(uint64_t bytes)
{
    uint64_t all = bytes == 0 ? MEMORY_DEFAULT : bytes < MEMORY_LEAST ? MEMORY_LEAST : bytes;
    uint32_t questions = power_of_two(one_for(all, 8192));
    return (struct memory_shares){
        .store = all / 16 * 5,
        .flows = all / 16 * 6,
        .certificates = all / 32,
        .reading = all / 16 * 2,
        .flow_count = one_for(all, 1024),
        .detail_count = one_for(all, 4096),
        .hosts = one_for(all, 8192),
        .names = one_for(all, 4096),
        .leases = one_for(all, 131072),
        .questions = questions < DNS_TRANSACTION_LIMIT ? questions : DNS_TRANSACTION_LIMIT,
    };
}

static uint64_t half_of_all(void)
{
#ifdef _SC_PHYS_PAGES
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && size > 0 && (uint64_t)pages * (uint64_t)size / 2 > MEMORY_READING_LEAST)
        return (uint64_t)pages * (uint64_t)size / 2;
#endif
    return MEMORY_READING_LEAST;
}

void memory_limit(uint64_t bytes)
{
    struct rlimit limit;
    uint64_t most = bytes > 0 ? bytes : half_of_all();
    if (MAPS_MORE || getrlimit(RLIMIT_DATA, &limit) != 0)
        return;
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur <= most)
        return;
    limit.rlim_cur = (rlim_t)most;
    (void)setrlimit(RLIMIT_DATA, &limit);
}

void memory_give_back(void)
{
#ifdef HAVE_MALLOC_TRIM
    (void)malloc_trim(0);
#endif
}
