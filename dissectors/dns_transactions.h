/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which query does this answer belong to, and which questions are still open?
 * The transactions of the whole run, over UDP and TCP, in one bounded table.
 */
#ifndef APPLEPATH_DISSECTORS_DNS_TRANSACTIONS_H
#define APPLEPATH_DISSECTORS_DNS_TRANSACTIONS_H

#include "dissectors/dns_message.h"
#include "dissectors/dns_question.h"
#include "flows/observation.h"

/* Smaller in fuzz targets, which make all tables anew for each input. */
#ifndef DNS_TRANSACTION_LIMIT
#define DNS_TRANSACTION_LIMIT 65536u /* a power of two */
#endif
#ifndef DNS_BUCKET_COUNT
#define DNS_BUCKET_COUNT 131072u /* a power of two */
#endif
#define DNS_ATTEMPT_LIMIT 8u
#define DNS_KEPT_NAME_SIZE 256
#define DNS_SHORT_NAME_SIZE 44 /* most names are shorter */

/* One message and the ends between which it goes, whatever its direction. */
struct dns_exchange {
    struct observation *observation;
    const struct dns_message *message;
    const struct packet *packet; /* that brought it, or the last of it */
    uint64_t flow; /* its number for facts */
    struct endpoint client;
    struct endpoint resolver;
    uint64_t question_hash; /* 0: not made so far */
    uint8_t transport;
    bool malformed;
    bool doubtful; /* a query whose answer the capture may well not have */
};

/* What one query went out with; an answer to it must carry the same. */
struct dns_attempt {
    uint16_t port;
    uint16_t id;
    uint16_t udp_size;
    bool edns;
    bool mixed_case;
    uint64_t spelling; /* of the name, dns_message.h */
    uint32_t queries;
    uint32_t answers;
};

/* What a first answer looked like, for others to be held against. */
struct dns_reply {
    int64_t time;
    uint64_t data; /* of the answer section's records in any order, without their TTLs */
    uint16_t identification;
    uint8_t ttl; /* the IP header's */
    uint8_t rcode;
    bool truncated;
    bool malformed;
};

/* What few transactions need. */
struct dns_rarity {
    struct dns_attempt attempts[DNS_ATTEMPT_LIMIT - 1]; /* after the first */
    char name[DNS_KEPT_NAME_SIZE]; /* one that is not short; cut if longer */
};

struct dns_transaction {
    uint64_t serial; /* of all transactions of the run, from 0 */
    uint64_t fact; /* what is told of it: the fact's id; 0: nothing yet */
    uint64_t flow; /* of the first query */
    uint64_t retry_of; /* the id of the truncated answer that it follows; 0: none */
    struct endpoint client; /* with the port of the first query */
    struct endpoint resolver;
    uint16_t type;
    uint8_t transport;
    uint8_t further_answers; /* that were told */
    int64_t query_time;
    int64_t last_query_time;
    uint64_t query_packet;
    uint64_t last_query_packet;
    uint32_t queries;
    uint32_t attempt_count; /* those that differ; the latest DNS_ATTEMPT_LIMIT are kept */
    struct dns_attempt first; /* attempt */
    struct dns_rarity *more; /* owned; NULL: not needed so far */
    struct fact_resolver *counts; /* of its client and resolver; NULL: not looked up so far */
    struct dns_reply reply; /* where it is answered */
    bool answered : 1;
    bool unasked : 1; /* its answer came, and no query has so far */
    bool known : 1; /* to the catalogue, by its name */
    bool wanted : 1; /* by its name */
    bool uncounted : 1; /* its client and resolver had found no place among the totals */
    bool doubtful : 1; /* unanswered, it is not told: the capture may be at fault */
    char name[DNS_SHORT_NAME_SIZE]; /* its beginning: dns_transaction_name */
};

/* What a search looks at before it looks at a transaction. Of serials it has the low half:
 * far fewer are kept than would make two of them alike. */
struct dns_link {
    uint32_t tag; /* of the hash what its bucket does not tell */
    uint32_t older; /* the serial of the one before in the bucket, which may be gone */
};

/* Begins with all bytes zero but for the key. */
struct dns_transactions {
    struct hash_key key;
    uint32_t limit; /* of those that are kept, a power of two; 0: none came so far */
    uint64_t oldest; /* serial of the first that is kept */
    uint64_t next; /* serial that the next one gets */
    uint32_t buckets[DNS_BUCKET_COUNT]; /* the newest's serial, or of one that is gone */
    struct dns_link links[DNS_TRANSACTION_LIMIT]; /* of each in the ring */
    struct dns_transaction ring[DNS_TRANSACTION_LIMIT];
};

/* Frees what its transactions own; they are not to be used afterwards. */
void dns_transactions_release(struct dns_transactions *transactions);

/* The hash of the message's question between these ends; needs a name. */
uint64_t dns_exchange_hash(const struct dns_transactions *transactions,
                           const struct dns_exchange *exchange);

/* A message with this hash is to come soon: fetches where its transaction is looked for and,
 * `soon`, what is there; the transaction itself for an answer alone. */
void dns_transactions_fetch(const struct dns_transactions *transactions, uint64_t hash, bool answer,
                            bool soon);

/* The newest transaction with this hash, or the next older one; NULL: no more. At
 * most so many are looked at, which `left` counts down from DNS_SEARCH_LIMIT. */
#define DNS_SEARCH_LIMIT 64u
struct dns_transaction *dns_transactions_newest(struct dns_transactions *transactions,
                                                uint64_t hash, uint32_t *left);
struct dns_transaction *dns_transactions_older(struct dns_transactions *transactions,
                                               const struct dns_transaction *transaction,
                                               uint32_t *left);

/* The one with this serial; NULL when it is gone. */
struct dns_transaction *dns_transactions_at(struct dns_transactions *transactions, uint64_t serial);

/* Does it ask the message's question, between these ends, over this transport? */
bool dns_transaction_asks(const struct dns_transaction *transaction,
                          const struct dns_exchange *exchange);

/* The name that it asks for, cut if it is longer than what is kept. */
const char *dns_transaction_name(const struct dns_transaction *transaction);

/* The attempt that came from the client's port with the message's identifier. */
struct dns_attempt *dns_transaction_attempt(struct dns_transaction *transaction,
                                            const struct dns_exchange *exchange);

/* The transaction that the answer belongs to (RFC 5452 section 9.1: the same ends,
 * identifier, name and type); NULL: nobody asked. */
struct dns_transaction *dns_transactions_find(struct dns_transactions *transactions,
                                              const struct dns_exchange *exchange);

/* The one that the next to be opened pushes out; NULL: there is room. */
struct dns_transaction *dns_transactions_displaced(struct dns_transactions *transactions);

/* Makes room if need be, and opens one with the message as its first attempt. */
struct dns_transaction *dns_transactions_open(struct dns_transactions *transactions,
                                              const struct dns_exchange *exchange, uint64_t hash);

/* Another query for the same. */
void dns_transaction_add(struct dns_transaction *transaction, const struct dns_exchange *exchange);

/* Retires what is older than its time at the exchange's packet; all of them. Those
 * without an answer are told. */
void dns_transactions_expire(struct dns_transactions *transactions,
                             const struct dns_exchange *exchange);
void dns_transactions_finish(struct dns_transactions *transactions,
                             struct observation *observation);

/* In a snapshot: those that should have had their answer. */
void dns_transactions_stand(const struct dns_transactions *transactions,
                            struct observation *observation);

/* A fact with a number of its own and what is known of the query; `transaction`
 * and `attempt` NULL: it was not captured. The name is borrowed. */
struct fact dns_query_fact(struct observation *observation,
                           const struct dns_transaction *transaction,
                           const struct dns_attempt *attempt);

#endif
