/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of attempts by client, server and catalogue row: a hash table that grows,
 * and what one flow adds to a counter.  diagnosis/ledger.h says which there are.
 */
#ifndef APPLEPATH_DIAGNOSIS_TALLIES_H
#define APPLEPATH_DIAGNOSIS_TALLIES_H

#include "diagnosis/attempts.h"

#define TALLY_FLOWS 3
#define NO_TALLY UINT32_MAX

struct outage; /* diagnosis/outages.h */

/* Which tallies the flows of one client to one server's port for one row count in, too. */
enum tally_kin {
    KIN_ROW, /* the client's, of the row */
    KIN_CLIENT, /* the client's, of anything */
    KIN_NAMED, /* the client's, of the row or the name in it: by the last name */
    KIN_PORT, /* the client's, of the row and the port */
    KIN_SERVER, /* the client's, of that server, whatever the row */
    KIN_SERVER_PORT, /* and of its port */
    KIN_PUSH, /* the client's, of push: by the last name */
    KIN_COUNT
};

struct tally_key {
    struct address client;
    struct address server;
    size_t row;
    uint32_t port_key; /* transport and port; 0 in sums over ports */
};

/* Client and server may be the zero address: all of them together.  What each flow
 * touches comes first, as memory is what a million of them wait for. */
struct tally {
    struct address client;
    struct address server;
    size_t row;
    uint32_t port_key;
    uint16_t port;
    uint8_t transport;
    enum attempt last_attempt; /* the last that was decided */
    uint64_t counts[ATTEMPT_COUNT];
    uint64_t tunnelled; /* of the successes, those through a proxy */
    int64_t first_success;
    int64_t last_success;
    const char *name; /* the last name the client used; NULL if none */
    struct outage *outages; /* the newest first; kept per client, row and port alone */
    struct outage *torn; /* runs of connections that a RST ended after their ClientHello, the
                          * newest first; kept where ledger_reaches looks */
    uint32_t kin[KIN_COUNT]; /* where they are, plus 1; 0: not looked up */
    uint32_t lone_count;
    uint64_t lone_flow; /* the first single request or SYN without answer; 0 if none */
    int64_t lone_time;
    int64_t first_failure;
    int64_t last_failure;
    uint64_t failed_flows[TALLY_FLOWS]; /* the first few, for evidence */
    size_t failed_flow_count;
    struct address icmp_sender; /* of the first ICMP error */
    uint8_t icmp_ttl;
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint8_t reset_ttl; /* of the first RST to a SYN */
};

/* The hash tells most tallies apart without looking at them. */
struct tally_slot {
    uint32_t place; /* NO_TALLY: free */
    uint32_t hash;
};

/* Begin with all bytes zero. */
struct tallies {
    struct tally *list;
    size_t count;
    size_t capacity;
    struct tally_slot *slots;
    size_t slot_mask;
    bool memory_out;
};

void tallies_release(struct tallies *tallies);

/* NULL addresses: the zero ones. */
struct tally_key tally_key(const struct address *client, const struct address *server, size_t row,
                           uint32_t port_key);
uint32_t tally_port_key(uint8_t transport, uint16_t port);

/* Its place in the list, made if need be; NO_TALLY when memory is out. */
uint32_t tallies_place(struct tallies *tallies, const struct tally_key *key);

/* The same, as long as no other is made; NULL when memory is out. */
struct tally *tallies_of(struct tallies *tallies, const struct tally_key *key);

/* NULL when there is none. */
const struct tally *tallies_find(const struct tallies *tallies, const struct tally_key *key);

/* The kin of the tally at `place`: looked up by `key` once, and made if need be. */
struct tally *tallies_kin(struct tallies *tallies, uint32_t place, enum tally_kin kin,
                          const struct tally_key *key);

/* Have the processor fetch what tallies_place will look at: first its slot, and some time
 * later, when that is there, the tally itself. */
void tallies_fetch_slot(const struct tallies *tallies, const struct tally_key *key);
void tallies_fetch(const struct tallies *tallies, const struct tally_key *key);

/* Has the processor fetch all known kin of a tally, which takes no longer than one. */
void tallies_fetch_kin(const struct tallies *tallies, const struct tally *tally);

/* Counts in what a flow tells; of NULL, nothing. */
void tally_add(struct tally *tally, const struct fact_flow *flow, enum attempt attempt);

/* What a failed flow tells besides its number. */
void tally_add_failure(struct tally *tally, const struct fact_flow *flow, enum attempt attempt);

/* What the flow says, seen with single requests without answer before it; and the same
 * said of those, after which the flow itself may be added. */
enum attempt tally_lone_request(struct tally *tally, const struct fact_flow *flow,
                                enum attempt attempt);
void tally_settle_lone_request(struct tally *tally, const struct fact_flow *flow,
                               enum attempt attempt);

static inline uint64_t tally_failures(const struct tally *tally)
{
    return tally->counts[ATTEMPT_SILENT] + tally->counts[ATTEMPT_REFUSED] +
           tally->counts[ATTEMPT_REJECTED];
}

#endif
