/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to diagnosis/fitness*.c: the checks by what they are about, and how one is
 * written.
 */
#ifndef APPLEPATH_DIAGNOSIS_FITNESS_PRIVATE_H
#define APPLEPATH_DIAGNOSIS_FITNESS_PRIVATE_H

#include "diagnosis/fitness.h"

struct fitness_work {
    struct fitness *fitness;
    const struct fitness_settings *settings;
    const struct fact_totals *totals;
    struct arena *arena;
    uint64_t queries; /* to resolvers, in clear */
    uint64_t answered_queries;
    uint64_t leases; /* conversations with a DHCP server */
    uint64_t answered_leases;
    uint64_t apple_tcp; /* connections to Apple's services */
    uint64_t apple_tcp_midstream; /* of them: begun before */
    uint64_t tunnelled; /* connections that go through a proxy, which resolves the names */
};

/* The next check; not judged so far. Never NULL. */
struct fitness_check *fitness_add(struct fitness_work *work, const char *name, const char *title);

void fitness_figure(struct fitness_check *check, const char *name, double number);

/* All three at once; `advice` may be NULL. */
void fitness_say(struct fitness_check *check, enum fitness_grade grade, const char *seen,
                 const char *advice);

/* "1 packet", "812 packets". */
const char *fitness_count_phrase(struct fitness_work *work, uint64_t count, const char *noun);

/* 0 to 1; 0 where there is nothing. */
double fitness_share(uint64_t part, uint64_t whole);

/* Are interfaces watched, rather than captures read? */
bool fitness_is_live(const struct fitness_work *work);

void fitness_interfaces(struct fitness_work *work); /* what the system says of them */
void fitness_mirror(struct fitness_work *work); /* is it one? */
void fitness_directions(struct fitness_work *work);
void fitness_copies(struct fitness_work *work); /* duplicates, loss, drops, snapshot length */
void fitness_distortions(struct fitness_work *work); /* offloads, order, clock */
void fitness_layers(struct fitness_work *work); /* IP, VLANs, tunnels */
void fitness_traffic(struct fitness_work *work); /* beginnings, DNS, DHCP, Apple */
void fitness_completeness(struct fitness_work *work);

#endif
