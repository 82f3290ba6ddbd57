/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads facts back, one after the other, as the structs they were written
 * from.  Everything a callback is given is borrowed until it returns; a callback
 * that returns false ends the walk early, which is no problem; it may begin walks
 * of its own.
 *
 * Anybody can edit a database: a value that cannot be what it should reads as none
 * or 0, an unknown word as "unknown", text longer than 4096 bytes as NULL, a time
 * outside the years 1823 to 2116 as the nearest within (so that differences fit).
 */
#ifndef APPLEPATH_STORAGE_FACTS_H
#define APPLEPATH_STORAGE_FACTS_H

#include "storage/shares.h"
#include "storage/store.h"

/* Limits of what is read; TIMESTAMP_NONE and NULL mean no limit. Times are those of
 * the fact; hosts, resolvers and flows need only overlap. Events and TLS are taken
 * with their flow, push too; sources, certificates, places and totals always. */
struct fact_selection {
    int64_t since;
    int64_t until;
    const struct address *device; /* only flows, queries and hosts of this client */
};

typedef bool fact_taker(void *owner, const struct fact *fact);

/* Walks all facts of one kind: sources and hosts by identity, flows, events, DNS
 * and NTP by time, then identity. False and a problem when the database fails. */
bool facts_read(struct store *store, enum fact_kind kind, const struct fact_selection *selection,
                fact_taker *take, void *owner, struct problem *problem);

/* The same of a share of one kind (storage/shares.h). */
bool facts_read_share(struct store *store, enum fact_share share,
                      const struct fact_selection *selection, fact_taker *take, void *owner,
                      struct problem *problem);

/* The events of one flow, by time. */
bool facts_read_events_of(struct store *store, uint64_t flow, fact_taker *take, void *owner,
                          struct problem *problem);

/* The flow of that number itself, and its TLS handshake if it has one. */
bool facts_read_flow(struct store *store, uint64_t flow, fact_taker *take, void *owner,
                     struct problem *problem);
bool facts_read_tls_of(struct store *store, uint64_t flow, fact_taker *take, void *owner,
                       struct problem *problem);

/* The handshake in short, as shares are. */
bool facts_read_tls_in_short_of(struct store *store, uint64_t flow, fact_taker *take, void *owner,
                                struct problem *problem);

/* The DNS, HTTP or NTP exchanges that began within these times (both set). */
bool facts_read_between(struct store *store, enum fact_kind kind, int64_t since, int64_t until,
                        fact_taker *take, void *owner, struct problem *problem);

/* Runs that were begun and never finished (a killed process, a full disk), and are not
 * being written at this moment. */
uint64_t facts_unfinished_runs(struct store *store);

#endif
