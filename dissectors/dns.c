/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did the devices ask their resolvers over UDP, and what came back?
 * Messages come in, one fact per transaction and one per client and resolver go
 * out (RFC 1035 sections 4.2.1, 7.3; RFC 5452 section 9.1 for what makes an
 * answer belong to a query).
 *
 * Open transactions lie in a ring in the order of their first query, so that the
 * oldest is always at hand: it is given up when it is too old or when the ring
 * is full.  A hash of the question finds them.  A transaction that has its
 * answer stays until its time is over, so that late copies are known as such.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/dns_message.h"
#include "dissectors/registry.h"
#include "flows/hash.h"
#include "flows/resolved_names.h"

#define DNS_PORT 53
#define TRANSACTION_LIMIT 16384u /* a power of two, as are the next two */
#define RESOLVER_LIMIT 8192u
#define BUCKET_COUNT 8192u
#define ATTEMPT_LIMIT 8u
#define TRANSACTION_SECONDS 30.0
#define OVERTAKING_SECONDS 1.0 /* a SPAN mixes directions by far less */
#define KEPT_NAME_SIZE 256
#define NAME_WORDS 128 /* the longest name as text, in words of 8 bytes */
#define NAMELESS_SEARCH 256u /* transactions looked at for an answer without question */

/* What one query went out with; an answer to it must carry the same. */
struct attempt {
    uint16_t port;
    uint16_t id;
};

struct transaction {
    uint64_t hash; /* of the question in full and who asked whom */
    uint32_t older; /* in the same bucket: position + 1; 0: none */
    uint32_t queries;
    struct endpoint client; /* with the port of the first query */
    struct endpoint resolver;
    int64_t query_time;
    int64_t last_query_time;
    uint64_t query_packet;
    uint64_t last_query_packet;
    struct attempt attempts[ATTEMPT_LIMIT]; /* the latest that differ */
    uint32_t attempt_count;
    uint16_t type;
    bool answered;
    bool unasked; /* its answer came, and no query has so far */
    bool wanted;
    char name[KEPT_NAME_SIZE]; /* cut if longer */
};

struct resolver_entry {
    struct fact_resolver counts;
    uint32_t next; /* in the same bucket: position + 1; 0: none */
};

/* The state of the run. Begins with all bytes zero but for the key. */
struct dns_tables {
    struct hash_key key;
    uint32_t oldest; /* where the ring of transactions begins */
    uint32_t transaction_count;
    uint32_t resolver_count;
    uint32_t transaction_buckets[BUCKET_COUNT]; /* the newest: position + 1 */
    uint32_t resolver_buckets[BUCKET_COUNT];
    struct transaction transactions[TRANSACTION_LIMIT];
    struct resolver_entry resolvers[RESOLVER_LIMIT];
    struct dns_message message; /* the one just read */
};

/* One message on its way: who asks whom, whatever its direction. */
struct exchange {
    struct observation *observation;
    struct dns_tables *tables;
    const struct packet *packet;
    struct endpoint client;
    struct endpoint resolver;
    bool malformed;
};

static void *dns_create(void)
{
    struct dns_tables *tables = calloc(1, sizeof *tables);
    if (tables != NULL)
        tables->key = hash_key_random();
    return tables;
}

static bool dns_claims(const struct flow *flow, struct bytes payload)
{
    /* In a capture that begins with an answer the resolver counts as client. */
    return (flow->server.port == DNS_PORT || flow->client.port == DNS_PORT) &&
           dns_message_plausible(payload);
}

/* The totals of one client at one resolver, made if need be; NULL: no room. */
static struct fact_resolver *resolver_counts(const struct exchange *exchange)
{
    struct dns_tables *tables = exchange->tables;
    const struct address *client = &exchange->client.address;
    const struct address *resolver = &exchange->resolver.address;
    uint64_t words[4];
    memcpy(&words[0], client->octets, sizeof client->octets);
    memcpy(&words[2], resolver->octets, sizeof resolver->octets);
    uint32_t *bucket =
        &tables->resolver_buckets[hash_words(&tables->key, words, 4) & (BUCKET_COUNT - 1)];
    for (uint32_t i = *bucket; i != 0; i = tables->resolvers[i - 1].next) {
        struct fact_resolver *counts = &tables->resolvers[i - 1].counts;
        if (address_equal(&counts->client, client) && address_equal(&counts->resolver, resolver))
            return counts;
    }
    if (tables->resolver_count == RESOLVER_LIMIT)
        return NULL;
    struct resolver_entry *entry = &tables->resolvers[tables->resolver_count++];
    entry->counts = (struct fact_resolver){.client = *client,
                                           .resolver = *resolver,
                                           .first_time = TIMESTAMP_NONE,
                                           .last_time = TIMESTAMP_NONE,
                                           .last_answer_time = TIMESTAMP_NONE};
    entry->next = *bucket;
    *bucket = tables->resolver_count;
    return &entry->counts;
}

static void query_count(const struct exchange *exchange, bool retransmission)
{
    struct fact_resolver *counts = resolver_counts(exchange);
    if (counts == NULL)
        return;
    if (counts->first_packet == PACKET_NONE) {
        counts->first_time = exchange->packet->time;
        counts->first_packet = exchange->packet->identity;
    }
    counts->last_time = exchange->packet->time;
    if (retransmission)
        counts->retransmitted++;
    else
        counts->queries++;
}

static void answer_count(const struct exchange *exchange)
{
    struct fact_resolver *counts = resolver_counts(exchange);
    if (counts == NULL)
        return;
    counts->answered++;
    counts->last_answer_time = exchange->packet->time;
}

/* What the fact says about the query; `transaction` NULL: it was not captured. */
static struct fact query_fact(struct observation *observation,
                              const struct transaction *transaction)
{
    struct fact fact = {.kind = FACT_DNS};
    struct fact_dns *dns = &fact.as.dns;
    dns->id = ++observation->next_dns;
    dns->transport = TRANSPORT_UDP;
    dns->query_time = TIMESTAMP_NONE;
    dns->last_query_time = TIMESTAMP_NONE;
    dns->answer_time = TIMESTAMP_NONE;
    if (transaction != NULL) {
        dns->client = transaction->client;
        dns->resolver = transaction->resolver;
        dns->name = transaction->name;
        dns->type = transaction->type;
        dns->query_time = transaction->query_time;
        dns->query_packet = transaction->query_packet;
        dns->queries = transaction->queries;
        dns->last_query_time = transaction->last_query_time;
        dns->last_query_packet = transaction->last_query_packet;
    }
    return fact;
}

static void answer_emit(const struct exchange *exchange, const struct transaction *transaction)
{
    const struct dns_message *message = &exchange->tables->message;
    struct fact fact = query_fact(exchange->observation, transaction);
    struct fact_dns *dns = &fact.as.dns;
    if (transaction == NULL) {
        dns->client = exchange->client;
        dns->resolver = exchange->resolver;
    }
    if (message->name != NULL) {
        dns->name = message->name;
        dns->type = message->type;
    }
    dns->answered = true;
    dns->answer_time = exchange->packet->time;
    dns->answer_packet = exchange->packet->identity;
    dns->answer_ttl = exchange->packet->ttl;
    dns->rcode = message->rcode;
    dns->authoritative = message->authoritative;
    dns->truncated = message->truncated;
    dns->malformed = exchange->malformed;
    dns->records = message->records;
    dns->record_count = message->record_count;
    observation_emit(exchange->observation, &fact);
}

static uint32_t *transaction_bucket(struct dns_tables *tables, uint64_t hash)
{
    return &tables->transaction_buckets[hash & (BUCKET_COUNT - 1)];
}

/* Takes the oldest transaction out, and tells of it if it has had no answer. */
static void transaction_retire(struct dns_tables *tables, struct observation *observation)
{
    assert(tables->transaction_count > 0);
    struct transaction *oldest = &tables->transactions[tables->oldest];
    uint32_t *link = transaction_bucket(tables, oldest->hash);
    while (*link != tables->oldest + 1)
        link = &tables->transactions[*link - 1].older;
    *link = oldest->older;
    tables->oldest = (tables->oldest + 1) % TRANSACTION_LIMIT;
    tables->transaction_count--;
    if (!oldest->answered && oldest->wanted) {
        struct fact fact = query_fact(observation, oldest);
        observation_emit(observation, &fact);
    }
}

static void transactions_expire(const struct exchange *exchange)
{
    struct dns_tables *tables = exchange->tables;
    while (tables->transaction_count > 0 &&
           timestamp_seconds_between(tables->transactions[tables->oldest].query_time,
                                     exchange->packet->time) > TRANSACTION_SECONDS)
        transaction_retire(tables, exchange->observation);
}

/* Over everything but port and identifier, by which copies of a query differ. */
static uint64_t question_hash(const struct exchange *exchange, const char *name, uint16_t type)
{
    uint64_t words[5 + NAME_WORDS] = {0};
    size_t length = strlen(name);
    if (length > NAME_WORDS * sizeof words[0])
        length = NAME_WORDS * sizeof words[0];
    memcpy(&words[0], exchange->client.address.octets, 16);
    memcpy(&words[2], exchange->resolver.address.octets, 16);
    words[4] = type;
    memcpy(&words[5], name, length);
    return hash_words(&exchange->tables->key, words, 5 + (length + 7) / 8);
}

static bool transaction_asks(const struct transaction *transaction, const struct exchange *exchange,
                             uint64_t hash)
{
    const struct dns_message *message = &exchange->tables->message;
    double age = timestamp_seconds_between(transaction->query_time, exchange->packet->time);
    return transaction->hash == hash && transaction->type == message->type &&
           age <= TRANSACTION_SECONDS && age >= -TRANSACTION_SECONDS &&
           endpoint_equal(&transaction->resolver, &exchange->resolver) &&
           address_equal(&transaction->client.address, &exchange->client.address) &&
           strncmp(transaction->name, message->name, KEPT_NAME_SIZE - 1) == 0;
}

/* Did one of its queries come from this port with this identifier? */
static bool transaction_sent(const struct transaction *transaction, uint16_t port, uint16_t id)
{
    for (uint32_t i = 0; i < transaction->attempt_count && i < ATTEMPT_LIMIT; i++) {
        if (transaction->attempts[i].port == port && transaction->attempts[i].id == id)
            return true;
    }
    return false;
}

static void attempt_add(struct transaction *transaction, const struct exchange *exchange)
{
    struct attempt attempt = {exchange->client.port, exchange->tables->message.id};
    if (!transaction_sent(transaction, attempt.port, attempt.id))
        transaction->attempts[transaction->attempt_count++ % ATTEMPT_LIMIT] = attempt;
    transaction->queries++;
    transaction->last_query_time = exchange->packet->time;
    transaction->last_query_packet = exchange->packet->identity;
}

static struct transaction *transaction_open(const struct exchange *exchange, uint64_t hash)
{
    struct dns_tables *tables = exchange->tables;
    const struct dns_message *message = &tables->message;
    if (tables->transaction_count == TRANSACTION_LIMIT)
        transaction_retire(tables, exchange->observation);
    uint32_t position = (tables->oldest + tables->transaction_count) % TRANSACTION_LIMIT;
    struct transaction *transaction = &tables->transactions[position];
    uint32_t *bucket = transaction_bucket(tables, hash);
    size_t length = strnlen(message->name, KEPT_NAME_SIZE - 1);
    transaction->hash = hash;
    transaction->older = *bucket;
    transaction->queries = 0;
    transaction->attempt_count = 0;
    transaction->client = exchange->client;
    transaction->resolver = exchange->resolver;
    transaction->query_time = exchange->packet->time;
    transaction->query_packet = exchange->packet->identity;
    transaction->type = message->type;
    transaction->answered = false;
    transaction->unasked = false;
    transaction->wanted = observation_wants_name(exchange->observation, message->name);
    memcpy(transaction->name, message->name, length);
    transaction->name[length] = '\0';
    attempt_add(transaction, exchange);
    *bucket = position + 1;
    tables->transaction_count++;
    return transaction;
}

/* Is this the query of an answer that was captured before it? */
static bool transaction_was_overtaken(const struct transaction *transaction,
                                      const struct exchange *exchange)
{
    return transaction->unasked &&
           timestamp_seconds_between(transaction->query_time, exchange->packet->time) <
               OVERTAKING_SECONDS &&
           transaction_sent(transaction, exchange->client.port, exchange->tables->message.id);
}

/* Stub resolvers repeat a question from the same port or from a new one; either
 * way it is one transaction until it is answered. */
static void query_seen(const struct exchange *exchange)
{
    struct dns_tables *tables = exchange->tables;
    const struct dns_message *message = &tables->message;
    uint64_t hash = question_hash(exchange, message->name, message->type);
    for (uint32_t i = *transaction_bucket(tables, hash); i != 0;) {
        struct transaction *transaction = &tables->transactions[i - 1];
        i = transaction->older;
        if (!transaction_asks(transaction, exchange, hash))
            continue;
        if (transaction_was_overtaken(transaction, exchange)) {
            transaction->unasked = false;
            query_count(exchange, false);
            answer_count(exchange);
            return;
        }
        if (!transaction->answered)
            attempt_add(transaction, exchange);
        else if (transaction->unasked ||
                 !transaction_sent(transaction, exchange->client.port, message->id))
            continue;
        query_count(exchange, true);
        return;
    }
    (void)transaction_open(exchange, hash);
    query_count(exchange, false);
}

/* Some servers do not repeat the question in an error (RFC 1035 section 4.1.1,
 * format error): then port and identifier alone must do, of a recent query. */
static struct transaction *nameless_find(const struct exchange *exchange)
{
    struct dns_tables *tables = exchange->tables;
    for (uint32_t i = 1; i <= tables->transaction_count && i <= NAMELESS_SEARCH; i++) {
        struct transaction *transaction =
            &tables->transactions[(tables->oldest + tables->transaction_count - i) %
                                  TRANSACTION_LIMIT];
        if (transaction_sent(transaction, exchange->client.port, tables->message.id) &&
            endpoint_equal(&transaction->resolver, &exchange->resolver) &&
            address_equal(&transaction->client.address, &exchange->client.address))
            return transaction;
    }
    return NULL;
}

/* RFC 5452 section 9.1: the same ends, identifier, name and type. */
static struct transaction *transaction_find(const struct exchange *exchange)
{
    struct dns_tables *tables = exchange->tables;
    const struct dns_message *message = &tables->message;
    if (message->name == NULL)
        return nameless_find(exchange);
    uint64_t hash = question_hash(exchange, message->name, message->type);
    for (uint32_t i = *transaction_bucket(tables, hash); i != 0;
         i = tables->transactions[i - 1].older) {
        struct transaction *transaction = &tables->transactions[i - 1];
        if (transaction_asks(transaction, exchange, hash) &&
            transaction_sent(transaction, exchange->client.port, message->id))
            return transaction;
    }
    return NULL;
}

/* Notes the addresses of one owner (NULL: of any); true when there were some. */
static bool addresses_note(const struct exchange *exchange, const char *owner, const char *name)
{
    const struct dns_message *message = &exchange->tables->message;
    bool found = false;
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->records[i];
        if (record->section != DNS_ANSWER || address_is_none(&record->address) ||
            (owner != NULL && strcmp(record->owner, owner) != 0))
            continue;
        resolved_names_add(exchange->observation->names, &exchange->client.address,
                           &record->address, name);
        if (exchange->packet->has_macs) {
            struct address station = resolved_names_station(&exchange->packet->destination_mac);
            resolved_names_add(exchange->observation->names, &station, &record->address, name);
        }
        found = true;
    }
    return found;
}

/* Where the owner's CNAME leads; NULL: it has none. */
static const char *alias_target(const struct dns_message *message, const char *owner)
{
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->records[i];
        if (record->section == DNS_ANSWER && record->type == DNS_TYPE_CNAME &&
            strcmp(record->owner, owner) == 0)
            return record->data;
    }
    return NULL;
}

/* Remembers what the client may now connect to, under the name it asked for.
 * The records of a chain may stand in any order; where it is broken, every
 * address of the answer counts. */
static void chain_note(const struct exchange *exchange, const char *asked, bool wanted)
{
    const struct dns_message *message = &exchange->tables->message;
    const char *owner = asked;
    bool found = false;
    for (size_t i = 0; i <= message->record_count && owner != NULL; i++) {
        found = addresses_note(exchange, owner, wanted ? asked : NULL) || found;
        owner = alias_target(message, owner);
    }
    if (!found)
        addresses_note(exchange, NULL, wanted ? asked : NULL);
}

static void answer_seen(const struct exchange *exchange)
{
    const struct dns_message *message = &exchange->tables->message;
    struct transaction *transaction = transaction_find(exchange);
    if (transaction == NULL && message->name == NULL)
        return;
    const char *asked = message->name != NULL ? message->name : transaction->name;
    bool wanted = transaction != NULL ? transaction->wanted
                                      : observation_wants_name(exchange->observation, asked);
    chain_note(exchange, asked, wanted);
    if (transaction != NULL && transaction->answered)
        return;
    if (wanted)
        answer_emit(exchange, transaction);
    /* Where a SPAN merges two directions an answer may come before its query, which
     * then finds the transaction answered. */
    if (transaction == NULL) {
        transaction =
            transaction_open(exchange, question_hash(exchange, message->name, message->type));
        transaction->unasked = true;
    } else {
        answer_count(exchange);
    }
    transaction->answered = true;
}

static enum dissector_answer dns_datagram(const struct dissector_call *call, struct bytes payload)
{
    const struct flow *flow = call->flow;
    struct dns_tables *tables = call->common;
    const struct endpoint *sender = call->side == SIDE_CLIENT ? &flow->client : &flow->server;
    const struct endpoint *receiver = call->side == SIDE_CLIENT ? &flow->server : &flow->client;
    enum dns_message_result result = dns_message_read(payload, &tables->message);
    if (result == DNS_MESSAGE_NOT_DNS || tables->message.opcode != DNS_OPCODE_QUERY)
        return DISSECTOR_MORE;
    bool response = tables->message.response;
    struct exchange exchange = {.observation = call->observation,
                                .tables = tables,
                                .packet = call->packet,
                                .client = response ? *receiver : *sender,
                                .resolver = response ? *sender : *receiver,
                                .malformed = result == DNS_MESSAGE_BROKEN};
    if (exchange.resolver.port != DNS_PORT)
        return DISSECTOR_MORE;
    transactions_expire(&exchange);
    if (response)
        answer_seen(&exchange);
    else if (tables->message.name != NULL)
        query_seen(&exchange);
    return DISSECTOR_MORE;
}

static void dns_finish(void *common, struct observation *observation)
{
    struct dns_tables *tables = common;
    while (tables->transaction_count > 0)
        transaction_retire(tables, observation);
    for (uint32_t i = 0; i < tables->resolver_count; i++) {
        struct fact fact = {.kind = FACT_RESOLVER};
        fact.as.resolver = tables->resolvers[i].counts;
        observation_emit(observation, &fact);
    }
    memset(tables->resolver_buckets, 0, sizeof tables->resolver_buckets);
    tables->resolver_count = 0;
}

const struct dissector dissector_dns_udp = {
    .name = "dns",
    .transport = TRANSPORT_UDP,
    .create = dns_create,
    .release = free,
    .claims = dns_claims,
    .datagram = dns_datagram,
    .finish = dns_finish,
};
