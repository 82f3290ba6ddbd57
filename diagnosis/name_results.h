/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each stored query for a catalogue name came to, and what each client got
 * from each resolver: the material of diagnosis/names.c and hijacks.c, read once.
 */
#ifndef APPLEPATH_DIAGNOSIS_NAME_RESULTS_H
#define APPLEPATH_DIAGNOSIS_NAME_RESULTS_H

#include <pthread.h>

#include "diagnosis/answers.h"
#include "diagnosis/builder.h"

struct result {
    uint64_t id; /* the transaction's */
    struct address client;
    struct address resolver;
    uint64_t name_hash;
    const char *name; /* of failures and hijacked ones only */
    enum result_kind kind;
    enum result_kind forged_kind; /* of RESULT_FORGED: what the client took it for */
    enum answer_fault fault; /* of RESULT_HIJACKED, and its first address */
    struct address address; /* where there is no fault: any address; none without */
    uint32_t queries;
    uint16_t type;
    uint8_t answer_ttl;
    bool leads_home; /* into Apple's network or a CDN's, by CNAME or address */
    bool foreign_soa; /* an SOA that is neither Apple's nor its CDNs' */
    const char *policy; /* the resolver says that it blocks, answer_policy(); NULL: not */
    const char *policy_text; /* and adds this; NULL: nothing */
    const struct result *later; /* of RESULT_FORGED: the answer that came after it */
    int64_t time;
    int64_t last_time; /* of the answer, or of the last query without one */
    uint64_t packet;
    uint64_t answer_packet; /* the same */
};

/* Addresses of names that are remembered, so as not to keep the same ones again. */
#define KNOWN_ADDRESSES 512

/* One client, one name, one resolver. */
struct name_group {
    const struct result *first;
    size_t count;
    const struct result *failure; /* the first that came as an answer, else the first; NULL */
    bool served_elsewhere; /* another resolver gave this device the name */
    const struct result *served; /* that answer, where the same address asked */
    /* What diagnosis/names.c makes of it. */
    bool fails;
    bool dead; /* the resolver answers this client nothing at all */
    bool one_family; /* only the IPv4 address is withheld */
    bool comes_and_goes; /* withheld for some time, served at others: name_run_next() */
    bool works_again; /* of a run's group: a right answer followed */
    bool overcome; /* by the client, which resolves by itself, and others answer it */
    bool passed_on; /* it was told to a resolver, which told it to devices */
    struct name_group *origin; /* who said it first, as far as the capture shows: itself, or
                                * what a resolver was told that passed it on */
    const struct result *upstream; /* what that resolver had been told rightly; NULL: nothing */
};

/* An address that an answer had. */
struct result_address {
    struct address client;
    uint64_t name_hash;
    struct address address;
};

struct results {
    struct builder *builder;
    struct store *store; /* that they are read from */
    struct networks networks; /* the ledger's, with a memory of the addresses in answers */
    struct arena arena; /* until they are loaded; then the diagnosis's has all */
    struct problem problem;
    pthread_t thread;
    bool in_thread; /* it has been begun, and not waited for */
    bool read; /* by it */
    struct result *list;
    size_t count;
    size_t capacity;
    struct result_address *hijacked; /* every address of the hijacked answers */
    size_t hijacked_count;
    size_t hijacked_capacity;
    struct result_address *known_ipv4; /* KNOWN_ADDRESSES, while answers are read */
    struct result_address *ipv4; /* of all answers, by name and address */
    size_t ipv4_count;
    size_t ipv4_capacity;
    struct result *seconds; /* further answers, right or unreadable, by the first one's id */
    size_t second_count;
    size_t second_capacity;
    struct name_group *groups; /* in the order of `list` */
    size_t group_count;
    const struct result **good; /* the right answers, by client, resolver and time */
    size_t good_count;
    struct fact_resolver *resolver_rows; /* as they are stored */
    size_t resolver_row_count;
    struct fact_resolver *resolvers; /* the same, runs added up */
    size_t resolver_count;
    size_t resolver_capacity;
    struct address *servers; /* that answered somebody, sorted */
    size_t server_count;
    bool memory_out;
};

/* Begins to read in a thread, where there can be one: no other result is needed for it. */
void name_results_begin(struct results *results);

/* Reads DNS facts and resolver totals, or waits for the thread that does; sorts results
 * by client, name, resolver and time, resolvers by client and address; makes the groups.
 * False when the database or memory fails. */
bool name_results_load(struct results *results);
void name_results_release(struct results *results);

/* The first result of that client and name, NULL if none: all of them follow it, as
 * long as client and name are the same. */
const struct result *name_results_first(const struct results *results, const struct address *client,
                                        uint64_t name_hash);

/* The same for groups; `left`: how many there are. */
struct name_group *name_results_groups(const struct results *results, const struct address *client,
                                       uint64_t name_hash, size_t *left);

/* The resolver rows in the order of facts_read, until the taker wants no more: they are
 * many, and several rules want them. */
void name_results_each_resolver(const struct results *results, fact_taker *take, void *owner);

/* What the client asked and got of that resolver; NULL if nothing is known. */
const struct fact_resolver *name_results_resolver(const struct results *results,
                                                  const struct address *client,
                                                  const struct address *resolver);

/* Did any resolver give that client the name? */
bool name_results_served(const struct results *results, const struct address *client,
                         uint64_t name_hash);

/* Did that resolver give that client a right answer, to whatever name, in that time? */
bool name_results_good_between(const struct results *results, const struct address *client,
                               const struct address *resolver, int64_t first, int64_t last);

/* Do all right answers of its resolver to its client come from another distance than this
 * one? True only where there are some: one sender's packets keep their TTL but for one. */
bool name_results_sent_from_elsewhere(const struct results *results, const struct result *one);

/* Did this address answer any client's questions? */
bool name_results_is_resolver(const struct results *results, const struct address *address);

/* Does this address resolve names by itself: it answers others, or is answered by more servers
 * than devices ask? What one of them fails it asks the next. */
bool name_results_resolves(const struct results *results, const struct address *client);

/* Did any other resolver than `except` answer that client? */
bool name_results_client_answered(const struct results *results, const struct address *client,
                                  const struct address *except);

/* The same of the device, which may ask from its address of the other family. */
bool name_results_device_answered(const struct results *results, const struct address *client,
                                  const struct address *except);

/* To refuse these names is the documented way to switch Private Relay off. */
bool name_is_private_relay(const char *name);

#endif
