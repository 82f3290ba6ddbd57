/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does one more DNS message mean for what is known of the run's queries?
 * Messages come in; a fact for each answer goes out, and the totals of client
 * and resolver move on.
 *
 * Forgers answer first and the true answer comes late, so a second answer to a
 * query that was sent once is told too, if it says something else or comes from
 * another distance.  A query that was repeated may well be answered as often.
 */
#include "dissectors/dns_exchange.h"

#include "dissectors/dns_chain.h"
#include "flows/fact_limits.h"
#include "flows/resolved_names.h"

#define OVERTAKING_SECONDS 1.0 /* a SPAN mixes directions by far less */
#define FURTHER_ANSWER_LIMIT 4 /* told of one query */
#define ANSWER_SECONDS 5.0 /* for which an answer may well come, RFC 1035 section 7.2 */

/* Looked up once for each transaction: they stay where they are. `packet` NULL: any. */
static struct fact_resolver *transaction_counts(struct dns_run *run,
                                                struct dns_transaction *transaction,
                                                const struct packet *packet)
{
    const struct address *client = &transaction->client.address;
    const struct address *resolver = &transaction->resolver.address;
    if (transaction->counts != NULL || transaction->uncounted)
        return transaction->counts;
    uint32_t hash = packet != NULL ? packet->pair_hash : 0;
    if (hash == 0)
        hash = dns_pair_hash(&run->transactions.key, client, resolver);
    transaction->counts = dns_resolvers_find(&run->resolvers, hash, client, resolver);
    transaction->uncounted = transaction->counts == NULL;
    return transaction->counts;
}

static void query_count(struct dns_run *run, const struct dns_exchange *exchange,
                        struct dns_transaction *transaction, bool retransmission)
{
    run->resolvers.forget_before = exchange->observation->forget_before;
    struct fact_resolver *counts = transaction_counts(run, transaction, exchange->packet);
    exchange->observation->totals.resolvers_dropped += counts == NULL;
    if (counts == NULL)
        return;
    if (counts->first_packet == PACKET_NONE) {
        counts->first_time = exchange->packet->time;
        counts->first_packet = exchange->packet->identity;
    }
    counts->last_time = exchange->packet->time;
    if (retransmission) {
        counts->retransmitted++;
        return;
    }
    counts->queries++;
    counts->apple_queries += exchange->message->name != NULL && transaction->known;
}

static void ttl_count(struct fact_resolver *counts, uint8_t ttl)
{
    if (counts->ttl_lowest == 0 || ttl < counts->ttl_lowest)
        counts->ttl_lowest = ttl;
    if (ttl > counts->ttl_highest)
        counts->ttl_highest = ttl;
}

/* RFC 1035 section 4.1.1. */
static void rcode_count(struct fact_resolver *counts, uint8_t rcode)
{
    switch (rcode) {
    case 0:
        counts->no_errors++;
        break;
    case 2:
        counts->server_failures++;
        break;
    case 3:
        counts->name_errors++;
        break;
    case 5:
        counts->refusals++;
        break;
    default:
        counts->other_errors++;
        break;
    }
}

/* A transaction has both its query and its answer. Of how fast the answer was it
 * tells only where there is one query that it can belong to. */
static void answer_count(struct dns_run *run, const struct dns_exchange *exchange,
                         struct dns_transaction *transaction)
{
    const struct dns_reply *reply = &transaction->reply;
    struct fact_resolver *counts = transaction_counts(run, transaction, NULL);
    if (counts == NULL)
        return;
    counts->answered++;
    counts->last_answer_time = reply->time;
    rcode_count(counts, reply->rcode);
    ttl_count(counts, reply->ttl);
    int64_t delay = reply->time - transaction->query_time;
    if (transaction->queries == 1 && exchange->message->response && delay >= 0 &&
        (counts->fastest_answer == DIFFERENCE_NONE || delay < counts->fastest_answer))
        counts->fastest_answer = delay;
}

static uint64_t word_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/* With its length, so that what follows is no part of it. */
static uint64_t text_hash(uint64_t hash, const char *text)
{
    uint64_t word = 0;
    size_t length = strlen(text), at = 0;
    for (; length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        hash = word_mix(hash, word);
    }
    for (word = length; at < length; at++)
        word = word << 8 | (uint8_t)text[at];
    return word_mix(hash, word);
}

/* Resolvers turn their records round and count down their times to live: neither
 * makes another answer. */
static uint64_t data_hash(const struct dns_message *message, uint64_t key)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->records[i];
        if (record->section == DNS_ANSWER)
            sum += text_hash(text_hash(key ^ record->type, record->owner), record->data);
    }
    return sum;
}

/* What one says that nobody is told is not compared with others. */
static struct dns_reply reply_of(const struct dns_run *run, const struct dns_exchange *exchange,
                                 const struct dns_transaction *transaction)
{
    const struct dns_message *message = exchange->message;
    const uint64_t key = run->transactions.key.words[0];
    struct dns_reply reply = {.time = exchange->packet->time,
                              .data = transaction->wanted ? data_hash(message, key) : 0,
                              .identification = exchange->packet->ip_identification,
                              .ttl = exchange->packet->ttl,
                              .rcode = message->rcode,
                              .truncated = message->truncated,
                              .malformed = exchange->malformed};
    return reply;
}

/* Do they differ as answers of two senders do?  A router between two places of
 * capture takes one off the TTL of the same packet, and copies its identification. */
static bool replies_differ(const struct dns_reply *one, const struct dns_reply *two)
{
    if (one->rcode != two->rcode || one->truncated != two->truncated)
        return true;
    if (one->malformed || two->malformed)
        return false;
    if (one->data != two->data)
        return true;
    int hops = one->ttl - two->ttl;
    return one->identification != two->identification ? hops != 0 : hops > 1 || hops < -1;
}

/* One more failure, or answer that nobody asked for: within its client's share only. */
static bool answer_is_told(const struct dns_exchange *exchange,
                           const struct dns_transaction *transaction)
{
    struct observation *observation = exchange->observation;
    if ((transaction != NULL && exchange->message->rcode == 0) ||
        fact_limits_take(observation->limits, &exchange->client.address, FACT_LIMIT_QUESTION))
        return true;
    observation->totals.questions_untold++;
    return false;
}

/* Returns the fact's id; 0 where it is not told. */
static uint64_t answer_emit(const struct dns_exchange *exchange,
                            const struct dns_transaction *transaction,
                            const struct dns_attempt *attempt, uint64_t earlier)
{
    const struct dns_message *message = exchange->message;
    if (!answer_is_told(exchange, transaction))
        return 0;
    struct fact fact = dns_query_fact(exchange->observation, transaction, attempt);
    struct fact_dns *dns = &fact.as.dns;
    if (transaction == NULL) {
        dns->flow = exchange->flow;
        dns->client = exchange->client;
        dns->resolver = exchange->resolver;
        dns->transport = exchange->transport;
    }
    if (message->name != NULL) {
        dns->name = message->name;
        dns->type = message->type;
    }
    dns->answered = true;
    dns->answer_time = exchange->packet->time;
    dns->answer_packet = exchange->packet->identity;
    dns->answer_ttl = exchange->packet->ttl;
    dns->answer_identification = exchange->packet->ip_identification;
    dns->rcode = message->rcode;
    dns->authoritative = message->authoritative;
    dns->truncated = message->truncated;
    dns->recursion_available = message->recursion_available;
    dns->authenticated = message->authenticated;
    dns->malformed = exchange->malformed;
    dns->earlier = earlier;
    dns->case_kept = attempt != NULL && attempt->mixed_case && message->name != NULL &&
                     attempt->spelling == message->spelling;
    dns->answer_edns = message->edns;
    dns->has_extended_error = message->has_extended_error;
    dns->extended_error = message->extended_error;
    dns->extended_text = message->extended_text;
    dns->records = message->records;
    dns->record_count = message->record_count;
    observation_emit(exchange->observation, &fact);
    return dns->id;
}

/* Is this the query of an answer that was captured before it? */
static bool query_was_overtaken(struct dns_transaction *transaction,
                                const struct dns_exchange *exchange)
{
    return transaction->unasked &&
           timestamp_seconds_between(transaction->query_time, exchange->packet->time) <
               OVERTAKING_SECONDS &&
           dns_transaction_attempt(transaction, exchange) != NULL;
}

/* What a query over TCP follows: RFC 7766 section 5, after an answer that did not
 * fit its datagram. */
static uint64_t truncated_answer(struct dns_run *run, const struct dns_exchange *exchange,
                                 uint64_t hash)
{
    struct dns_exchange datagram = *exchange;
    uint32_t left = DNS_SEARCH_LIMIT;
    datagram.transport = TRANSPORT_UDP;
    if (exchange->transport != TRANSPORT_TCP)
        return 0;
    for (struct dns_transaction *one = dns_transactions_newest(&run->transactions, hash, &left);
         one != NULL; one = dns_transactions_older(&run->transactions, one, &left)) {
        if (dns_transaction_asks(one, &datagram) && one->answered && one->reply.truncated)
            return one->fact;
    }
    return 0;
}

/* A datagram for a transaction that is there already: sent again from the same port,
 * or from a new one. Stub resolvers do either; it is one transaction until it is
 * answered. False: it is another transaction's. */
static bool query_repeats(struct dns_run *run, const struct dns_exchange *exchange,
                          struct dns_transaction *transaction)
{
    struct dns_attempt *attempt = dns_transaction_attempt(transaction, exchange);
    if (query_was_overtaken(transaction, exchange)) {
        transaction->unasked = false;
        query_count(run, exchange, transaction, false);
        answer_count(run, exchange, transaction);
        return true;
    }
    /* TCP has no copies: what comes again was asked again. */
    if (exchange->transport == TRANSPORT_TCP || transaction->unasked)
        return false;
    if (!transaction->answered)
        dns_transaction_add(transaction, exchange);
    else if (attempt != NULL)
        attempt->queries++;
    else
        return false;
    query_count(run, exchange, transaction, true);
    return true;
}

/* The table is full: what is pushed out may still be answered, unless it is old. */
static void room_make(struct dns_run *run, const struct dns_exchange *exchange)
{
    struct dns_transaction *oldest = dns_transactions_displaced(&run->transactions);
    if (oldest == NULL || oldest->answered || oldest->doubtful ||
        timestamp_seconds_between(oldest->last_query_time, exchange->packet->time) > ANSWER_SECONDS)
        return;
    dns_exchange_doubt(run, oldest);
    exchange->observation->totals.questions_untold += oldest->wanted;
}

static const struct dns_transaction *query_seen(struct dns_run *run,
                                                const struct dns_exchange *exchange)
{
    uint64_t hash = dns_exchange_hash(&run->transactions, exchange);
    uint32_t left = DNS_SEARCH_LIMIT;
    for (struct dns_transaction *one = dns_transactions_newest(&run->transactions, hash, &left);
         one != NULL; one = dns_transactions_older(&run->transactions, one, &left)) {
        if (dns_transaction_asks(one, exchange) && query_repeats(run, exchange, one))
            return NULL;
    }
    uint64_t retry_of = truncated_answer(run, exchange, hash);
    room_make(run, exchange);
    struct dns_transaction *transaction = dns_transactions_open(&run->transactions, exchange, hash);
    transaction->retry_of = retry_of;
    if (!exchange->doubtful)
        query_count(run, exchange, transaction, false);
    return transaction;
}

/* The transaction has its answer already: is this one of another sender? */
static void further_answer(struct dns_run *run, const struct dns_exchange *exchange,
                           struct dns_transaction *transaction, const struct dns_attempt *attempt)
{
    struct dns_reply reply = reply_of(run, exchange, transaction);
    /* Without its queries nobody knows how often it was to be answered; over TCP a
     * zone comes in several messages (RFC 5936 section 2.2). */
    if (transaction->unasked || transaction->transport != TRANSPORT_UDP ||
        attempt->answers <= attempt->queries || !replies_differ(&transaction->reply, &reply))
        return;
    struct fact_resolver *counts = transaction_counts(run, transaction, NULL);
    if (counts != NULL)
        ttl_count(counts, reply.ttl);
    if (!transaction->wanted || transaction->further_answers == FURTHER_ANSWER_LIMIT)
        return;
    transaction->further_answers++;
    (void)answer_emit(exchange, transaction, attempt, transaction->fact);
}

/* Nobody asked for it as far as was seen; where a SPAN merges two directions an
 * answer may come before its query, which then finds the transaction answered. */
static void unasked_answer(struct dns_run *run, const struct dns_exchange *exchange)
{
    room_make(run, exchange);
    struct dns_transaction *transaction = dns_transactions_open(
        &run->transactions, exchange, dns_exchange_hash(&run->transactions, exchange));
    transaction->unasked = true;
    transaction->answered = true;
    transaction->reply = reply_of(run, exchange, transaction);
    transaction->first.answers = 1;
    if (transaction->wanted)
        transaction->fact = answer_emit(exchange, NULL, NULL, 0);
}

/* Who makes names up has as many answered: those that nobody had asked for before have a share,
 * where the answer is but a public address. */
static bool name_is_told(const struct dns_exchange *exchange, const char *name)
{
    struct observation *observation = exchange->observation;
    const struct dns_message *message = exchange->message;
    bool has_address = false;
    if (message->rcode != 0 || exchange->malformed ||
        resolved_names_knows(observation->names, name))
        return true;
    for (size_t i = 0; i < message->record_count; i++) {
        const struct address *address = &message->records[i].address;
        if (message->records[i].section != DNS_ANSWER || address_is_none(address))
            continue;
        if (address_is_private(address) || address_is_unspecified(address) ||
            address_is_loopback(address))
            return true;
        has_address = true;
    }
    if (!has_address ||
        fact_limits_take(observation->limits, &exchange->client.address, FACT_LIMIT_NAME))
        return true;
    observation->totals.questions_untold++;
    return false;
}

/* Most answers are told to nobody, and give no address a name. */
static bool answer_matters(const struct dns_exchange *exchange,
                           const struct dns_transaction *transaction)
{
    return transaction == NULL || dns_chain_matters(exchange, transaction->wanted);
}

static void answer_seen(struct dns_run *run, struct dns_exchange *exchange, struct bytes content)
{
    const struct dns_message *message = exchange->message;
    dns_chain_fetch(exchange);
    struct dns_transaction *transaction = dns_transactions_find(&run->transactions, exchange);
    bool matters = answer_matters(exchange, transaction);
    if (matters)
        exchange->malformed = dns_message_read(content, &run->message) == DNS_MESSAGE_BROKEN;
    if (transaction == NULL) {
        if (message->name == NULL)
            return;
        bool wanted = observation_wants_name(exchange->observation, message->name);
        if (dns_chain_matters(exchange, wanted))
            dns_chain_note(exchange, message->name, wanted);
        unasked_answer(run, exchange);
        return;
    }
    struct dns_attempt *attempt = dns_transaction_attempt(transaction, exchange);
    const char *name = message->name != NULL ? message->name : dns_transaction_name(transaction);
    bool told = transaction->wanted && !transaction->answered && name_is_told(exchange, name);
    attempt->answers++;
    if (matters)
        dns_chain_note(exchange, name, transaction->wanted);
    if (transaction->answered) {
        further_answer(run, exchange, transaction, attempt);
        return;
    }
    if (transaction->doubtful)
        query_count(run, exchange, transaction, false);
    transaction->answered = true;
    transaction->reply = reply_of(run, exchange, transaction);
    answer_count(run, exchange, transaction);
    if (told)
        transaction->fact = answer_emit(exchange, transaction, attempt, 0);
}

void dns_exchange_doubt(struct dns_run *run, struct dns_transaction *transaction)
{
    if (transaction->answered || transaction->doubtful)
        return;
    transaction->doubtful = true;
    struct fact_resolver *counts = transaction_counts(run, transaction, NULL);
    if (counts != NULL && counts->queries > 0)
        counts->queries--;
}

/* What the packet says of the name holds for the message that is all of its payload. */
static struct bytes known_question(const struct packet *packet, struct bytes content)
{
    return content.data == packet->payload.data ? packet->question : bytes_of(NULL, 0);
}

bool dns_exchange_read(const struct dissector_call *call, struct bytes content, bool doubtful,
                       const struct dns_transaction **transaction)
{
    const struct flow *flow = call->flow;
    struct dns_run *run = call->common;
    const struct endpoint *sender = call->side == SIDE_CLIENT ? &flow->client : &flow->server;
    const struct endpoint *receiver = call->side == SIDE_CLIENT ? &flow->server : &flow->client;
    enum dns_message_result result =
        dns_message_glance(content, known_question(call->packet, content), &run->message);
    *transaction = NULL;
    if (result == DNS_MESSAGE_NOT_DNS)
        return false;
    bool response = run->message.response;
    struct dns_exchange exchange = {.observation = call->observation,
                                    .message = &run->message,
                                    .packet = call->packet,
                                    .flow =
                                        observation_flow_identity(call->observation, call->flow),
                                    .client = response ? *receiver : *sender,
                                    .resolver = response ? *sender : *receiver,
                                    .question_hash = call->packet->question_hash,
                                    .transport = flow->transport,
                                    .malformed = result == DNS_MESSAGE_BROKEN,
                                    .doubtful = doubtful};
    if (exchange.resolver.port != DNS_PORT || run->message.opcode != DNS_OPCODE_QUERY)
        return true;
    dns_transactions_expire(&run->transactions, &exchange);
    if (response)
        answer_seen(run, &exchange, content);
    else if (run->message.name != NULL)
        *transaction = query_seen(run, &exchange);
    return true;
}
