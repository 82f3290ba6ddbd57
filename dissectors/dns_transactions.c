/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which query does this answer belong to, and which questions are still open?
 * Queries come in, facts of those without an answer go out (RFC 1035 section
 * 7.3, RFC 5452 section 9.1).
 *
 * Transactions lie in a ring in the order of their first query, numbered through,
 * so that the oldest is always at hand: it is given up when it is too old or when
 * the ring is full.  A hash of the question finds them, newest first; a link to
 * one that is gone ends a list, so that nothing has to be taken out of it.  A
 * transaction that has its answer stays until its time is over, so that late
 * answers are known as such.
 */
#include "dissectors/dns_transactions.h"

#include <assert.h>
#include <stdlib.h>

#include "base/fetch.h"
#include "flows/fact_limits.h"

#define TRANSACTION_SECONDS 30.0

uint64_t dns_exchange_hash(const struct dns_transactions *transactions,
                           const struct dns_exchange *exchange)
{
    const struct dns_message *message = exchange->message;
    if (exchange->question_hash != 0)
        return exchange->question_hash;
    return dns_question_hash(&transactions->key, &exchange->client.address,
                             &exchange->resolver.address, message->type, message->name);
}

void dns_transactions_fetch(const struct dns_transactions *transactions, uint64_t hash, bool answer,
                            bool soon)
{
    const uint32_t *bucket = &transactions->buckets[hash & (DNS_BUCKET_COUNT - 1)];
    if (!soon) {
        __builtin_prefetch(bucket, 1);
        return;
    }
    if ((uint32_t)transactions->next - *bucket > transactions->next - transactions->oldest)
        return;
    uint32_t slot = *bucket & (transactions->limit - 1);
    __builtin_prefetch(&transactions->links[slot]);
    if (answer)
        fetch_to_write(&transactions->ring[slot], sizeof transactions->ring[0]);
}

struct dns_transaction *dns_transactions_at(struct dns_transactions *transactions, uint64_t serial)
{
    if (serial < transactions->oldest || serial >= transactions->next)
        return NULL;
    return &transactions->ring[serial & (transactions->limit - 1)];
}

static uint32_t hash_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

/* Searches from the one with this serial on, if it was opened before `after`, for that is
 * where what is empty leads to. */
static struct dns_transaction *link_follow(struct dns_transactions *transactions, uint32_t serial,
                                           uint64_t after, uint32_t tag, uint32_t *left)
{
    for (; *left > 0; (*left)--) {
        uint32_t distance = (uint32_t)after - serial;
        if (distance == 0 || distance > after - transactions->oldest)
            return NULL;
        after -= distance;
        const struct dns_link *at = &transactions->links[serial & (transactions->limit - 1)];
        if (at->tag == tag) {
            (*left)--;
            return &transactions->ring[serial & (transactions->limit - 1)];
        }
        serial = at->older;
    }
    return NULL;
}

struct dns_transaction *dns_transactions_newest(struct dns_transactions *transactions,
                                                uint64_t hash, uint32_t *left)
{
    return link_follow(transactions, transactions->buckets[hash & (DNS_BUCKET_COUNT - 1)],
                       transactions->next, hash_tag(hash), left);
}

struct dns_transaction *dns_transactions_older(struct dns_transactions *transactions,
                                               const struct dns_transaction *transaction,
                                               uint32_t *left)
{
    const struct dns_link *link =
        &transactions->links[transaction->serial & (transactions->limit - 1)];
    return link_follow(transactions, link->older, transaction->serial, link->tag, left);
}

bool dns_transaction_asks(const struct dns_transaction *transaction,
                          const struct dns_exchange *exchange)
{
    double age = timestamp_seconds_between(transaction->query_time, exchange->packet->time);
    return transaction->type == exchange->message->type &&
           transaction->transport == exchange->transport && age <= TRANSACTION_SECONDS &&
           age >= -TRANSACTION_SECONDS &&
           endpoint_equal(&transaction->resolver, &exchange->resolver) &&
           address_equal(&transaction->client.address, &exchange->client.address) &&
           strncmp(dns_transaction_name(transaction), exchange->message->name,
                   DNS_KEPT_NAME_SIZE - 1) == 0;
}

const char *dns_transaction_name(const struct dns_transaction *transaction)
{
    return transaction->more != NULL ? transaction->more->name : transaction->name;
}

/* NULL when there is no memory. */
static struct dns_rarity *more_make(struct dns_transaction *transaction)
{
    if (transaction->more == NULL && (transaction->more = calloc(1, sizeof *transaction->more)))
        memcpy(transaction->more->name, transaction->name, sizeof transaction->name);
    return transaction->more;
}

static void name_keep(struct dns_transaction *transaction, struct observation *observation,
                      const char *name)
{
    size_t length = strnlen(name, DNS_KEPT_NAME_SIZE - 1);
    if (length < sizeof transaction->name)
        memcpy(transaction->name, name, length);
    else if (more_make(transaction) != NULL)
        memcpy(transaction->more->name, name, length);
    else
        observation->memory_out = true;
}

/* The first, and in its turn one of the others. */
static struct dns_attempt *attempt_at(struct dns_transaction *transaction, uint32_t number)
{
    uint32_t at = number % DNS_ATTEMPT_LIMIT;
    return at == 0 || transaction->more == NULL ? &transaction->first
                                                : &transaction->more->attempts[at - 1];
}

struct dns_attempt *dns_transaction_attempt(struct dns_transaction *transaction,
                                            const struct dns_exchange *exchange)
{
    for (uint32_t i = 0; i < transaction->attempt_count && i < DNS_ATTEMPT_LIMIT; i++) {
        struct dns_attempt *attempt = attempt_at(transaction, i);
        if (attempt->port == exchange->client.port && attempt->id == exchange->message->id)
            return attempt;
    }
    return NULL;
}

/* Some servers do not repeat the question in an error (RFC 1035 section 4.1.1,
 * format error): then port and identifier alone must do, of a recent query. */
static struct dns_transaction *nameless_find(struct dns_transactions *transactions,
                                             const struct dns_exchange *exchange)
{
    for (uint64_t i = 1; i <= DNS_SEARCH_LIMIT && i <= transactions->next; i++) {
        struct dns_transaction *transaction =
            dns_transactions_at(transactions, transactions->next - i);
        if (transaction == NULL)
            break;
        if (dns_transaction_attempt(transaction, exchange) != NULL &&
            transaction->transport == exchange->transport &&
            endpoint_equal(&transaction->resolver, &exchange->resolver) &&
            address_equal(&transaction->client.address, &exchange->client.address))
            return transaction;
    }
    return NULL;
}

struct dns_transaction *dns_transactions_find(struct dns_transactions *transactions,
                                              const struct dns_exchange *exchange)
{
    if (exchange->message->name == NULL)
        return nameless_find(transactions, exchange);
    uint64_t hash = dns_exchange_hash(transactions, exchange);
    uint32_t left = DNS_SEARCH_LIMIT;
    for (struct dns_transaction *transaction = dns_transactions_newest(transactions, hash, &left);
         transaction != NULL;
         transaction = dns_transactions_older(transactions, transaction, &left)) {
        if (dns_transaction_asks(transaction, exchange) &&
            dns_transaction_attempt(transaction, exchange) != NULL)
            return transaction;
    }
    return NULL;
}

void dns_transaction_add(struct dns_transaction *transaction, const struct dns_exchange *exchange)
{
    const struct dns_message *message = exchange->message;
    struct dns_attempt *attempt = dns_transaction_attempt(transaction, exchange);
    if (attempt == NULL) {
        if (transaction->attempt_count > 0 && more_make(transaction) == NULL)
            exchange->observation->memory_out = true;
        attempt = attempt_at(transaction, transaction->attempt_count++);
        *attempt = (struct dns_attempt){.port = exchange->client.port,
                                        .id = message->id,
                                        .udp_size = message->udp_size,
                                        .edns = message->edns,
                                        .mixed_case = message->mixed_case,
                                        .spelling = message->spelling};
    }
    attempt->queries++;
    transaction->queries++;
    transaction->last_query_time = exchange->packet->time;
    transaction->last_query_packet = exchange->packet->identity;
}

struct fact dns_query_fact(struct observation *observation,
                           const struct dns_transaction *transaction,
                           const struct dns_attempt *attempt)
{
    struct fact fact = {.kind = FACT_DNS};
    struct fact_dns *dns = &fact.as.dns;
    dns->id = ++observation->next_dns;
    dns->query_time = TIMESTAMP_NONE;
    dns->last_query_time = TIMESTAMP_NONE;
    dns->answer_time = TIMESTAMP_NONE;
    if (transaction != NULL) {
        dns->flow = transaction->flow;
        dns->client = transaction->client;
        dns->resolver = transaction->resolver;
        dns->transport = transaction->transport;
        dns->name = dns_transaction_name(transaction);
        dns->type = transaction->type;
        dns->query_time = transaction->query_time;
        dns->query_packet = transaction->query_packet;
        dns->queries = transaction->queries;
        dns->last_query_time = transaction->last_query_time;
        dns->last_query_packet = transaction->last_query_packet;
        dns->retry_of = transaction->retry_of;
    }
    if (attempt != NULL) {
        dns->mixed_case = attempt->mixed_case;
        dns->query_edns = attempt->edns;
        dns->udp_size = attempt->udp_size;
    }
    return fact;
}

static bool is_unanswered(const struct dns_transaction *transaction)
{
    return !transaction->answered && transaction->wanted && !transaction->doubtful;
}

static const struct dns_attempt *attempt_last(const struct dns_transaction *transaction)
{
    uint32_t at = (transaction->attempt_count - 1) % DNS_ATTEMPT_LIMIT;
    return at == 0 || transaction->more == NULL ? &transaction->first
                                                : &transaction->more->attempts[at - 1];
}

/* Tells of a transaction that has had no answer. */
static void unanswered_tell(const struct dns_transaction *transaction,
                            struct observation *observation)
{
    struct fact fact = dns_query_fact(observation, transaction, attempt_last(transaction));
    observation_emit(observation, &fact);
}

/* Tells of what has had no answer, within its client's share. */
static void transaction_end(const struct dns_transaction *transaction,
                            struct observation *observation)
{
    if (!is_unanswered(transaction))
        return;
    if (fact_limits_take(observation->limits, &transaction->client.address, FACT_LIMIT_QUESTION))
        unanswered_tell(transaction, observation);
    else
        observation->totals.questions_untold++;
}

/* Takes the oldest transaction out, and tells of it if it has had no answer. */
static void transaction_retire(struct dns_transactions *transactions,
                               struct observation *observation)
{
    struct dns_transaction *oldest = dns_transactions_at(transactions, transactions->oldest);
    assert(oldest != NULL && oldest->attempt_count > 0);
    transactions->oldest++;
    transaction_end(oldest, observation);
    free(oldest->more);
}

void dns_transactions_expire(struct dns_transactions *transactions,
                             const struct dns_exchange *exchange)
{
    for (;;) {
        const struct dns_transaction *oldest =
            dns_transactions_at(transactions, transactions->oldest);
        if (oldest == NULL ||
            timestamp_seconds_between(oldest->query_time, exchange->packet->time) <=
                TRANSACTION_SECONDS)
            return;
        transaction_retire(transactions, exchange->observation);
    }
}

void dns_transactions_finish(struct dns_transactions *transactions, struct observation *observation)
{
    while (transactions->oldest < transactions->next)
        transaction_retire(transactions, observation);
}

void dns_transactions_stand(const struct dns_transactions *transactions,
                            struct observation *observation)
{
    for (uint64_t serial = transactions->oldest; serial < transactions->next; serial++) {
        const struct dns_transaction *transaction =
            &transactions->ring[serial & (transactions->limit - 1)];
        if (is_unanswered(transaction) &&
            observation_is_settled(observation, transaction->last_query_time))
            unanswered_tell(transaction, observation);
    }
}

struct dns_transaction *dns_transactions_displaced(struct dns_transactions *transactions)
{
    if (transactions->limit == 0 || transactions->next - transactions->oldest < transactions->limit)
        return NULL;
    return dns_transactions_at(transactions, transactions->oldest);
}

struct dns_transaction *dns_transactions_open(struct dns_transactions *transactions,
                                              const struct dns_exchange *exchange, uint64_t hash)
{
    const char *name = exchange->message->name;
    uint32_t limit = exchange->observation->question_limit;
    if (transactions->limit == 0)
        transactions->limit = limit > 0 ? limit : DNS_TRANSACTION_LIMIT;
    if (dns_transactions_displaced(transactions) != NULL)
        transaction_retire(transactions, exchange->observation);
    uint64_t serial = transactions->next++;
    uint32_t *bucket = &transactions->buckets[hash & (DNS_BUCKET_COUNT - 1)];
    uint64_t slot = serial & (transactions->limit - 1);
    struct dns_transaction *transaction = &transactions->ring[slot];
    transactions->links[slot] = (struct dns_link){hash_tag(hash), *bucket};
    *bucket = (uint32_t)serial;
    bool known = catalog_knows_name(exchange->observation->catalog, name);
    *transaction = (struct dns_transaction){
        .serial = serial,
        .flow = exchange->flow,
        .client = exchange->client,
        .resolver = exchange->resolver,
        .query_time = exchange->packet->time,
        .query_packet = exchange->packet->identity,
        .type = exchange->message->type,
        .transport = exchange->transport,
        .doubtful = exchange->doubtful,
        .known = known,
        .wanted = known || observation_wants_unknown(exchange->observation, name)};
    name_keep(transaction, exchange->observation, name);
    dns_transaction_add(transaction, exchange);
    return transaction;
}

void dns_transactions_release(struct dns_transactions *transactions)
{
    for (; transactions->oldest < transactions->next; transactions->oldest++)
        free(dns_transactions_at(transactions, transactions->oldest)->more);
}
