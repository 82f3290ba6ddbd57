/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did the devices ask their resolvers over UDP, and what came back?
 * Datagrams come in, one fact per transaction and one per client and resolver go
 * out (RFC 1035 section 4.2.1).  Multicast names (ports 5353 and 5355) ask no
 * resolver and are left alone.
 */
#include <stdlib.h>

#include "base/fetch.h"
#include "base/large_pages.h"
#include "dissectors/dns_exchange.h"
#include "dissectors/registry.h"

#define FETCHED_BYTES 256 /* most messages are shorter */

static void *dns_create(void)
{
    struct dns_run *run = calloc(1, sizeof *run);
    large_pages_hint(run, sizeof *run);
    if (run != NULL)
        run->transactions.key = hash_key_random();
    return run;
}

static void dns_release(void *common)
{
    struct dns_run *run = common;
    dns_transactions_release(&run->transactions);
    free(run);
}

static bool dns_claims(const struct flow *flow, struct bytes payload)
{
    /* In a capture that begins with an answer the resolver counts as client. */
    return (flow->server.port == DNS_PORT || flow->client.port == DNS_PORT) &&
           dns_message_plausible(payload);
}

static enum dissector_answer dns_datagram(const struct dissector_call *call, struct bytes payload)
{
    const struct dns_transaction *transaction;
    (void)dns_exchange_read(call, payload, false, &transaction);
    return DISSECTOR_MORE;
}

static struct hash_key dns_key(const void *common)
{
    const struct dns_run *run = common;
    return run->transactions.key;
}

static void dns_fetch(const void *common, const struct packet *packet, bool soon)
{
    const struct dns_run *run = common;
    bool answer = packet->pair_hash == 0;
    size_t length = packet->payload.length;
    if (!soon) {
        fetch_to_read(packet->payload.data, length < FETCHED_BYTES ? length : FETCHED_BYTES);
        fetch_to_read(packet->question.data, packet->question.length);
    }
    dns_transactions_fetch(&run->transactions, packet->question_hash, answer, soon);
    if (!answer)
        dns_resolvers_fetch(&run->resolvers, packet->pair_hash, soon);
}

static void dns_finish(void *common, struct observation *observation)
{
    struct dns_run *run = common;
    dns_transactions_finish(&run->transactions, observation);
    dns_resolvers_tell(&run->resolvers, observation);
}

static void dns_stand(const void *common, struct observation *observation)
{
    const struct dns_run *run = common;
    dns_transactions_stand(&run->transactions, observation);
    dns_resolvers_tell(&run->resolvers, observation);
}

const struct dissector dissector_dns_udp = {
    .name = "dns",
    .transport = TRANSPORT_UDP,
    .plain = true,
    .create = dns_create,
    .release = dns_release,
    .claims = dns_claims,
    .datagram = dns_datagram,
    .question_key = dns_key,
    .fetch = dns_fetch,
    .finish = dns_finish,
    .stand = dns_stand,
};
