/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hosts does anything that was told name?  A bit for each hash of an address; where
 * two addresses share one, a row more is told.  Of hosts with one MAC enough are told for
 * it to be known for a router's (diagnosis/devices.c).
 */
#include "program/bystanders.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define NAMED_BITS (1u << 20) /* a power of two: many times the hosts that are kept */
#define MAC_BUCKETS 4096u /* a power of two */
#define MAC_HOSTS 32u /* of each bucket: more than one device has addresses */
#define LITTLE_PACKETS 8 /* that a host sent and received, at most, to be left out */

struct bystanders {
    struct fact_sink next;
    struct hash_key key;
    uint32_t hosts; /* told so far */
    uint8_t of_mac[MAC_BUCKETS];
    uint8_t named[NAMED_BITS / 8];
};

struct bystanders *bystanders_create(struct fact_sink next)
{
    struct bystanders *bystanders = calloc(1, sizeof *bystanders);
    if (bystanders == NULL)
        return NULL;
    bystanders->next = next;
    bystanders->key = hash_key_random();
    return bystanders;
}

void bystanders_release(struct bystanders *bystanders)
{
    free(bystanders);
}

static uint32_t bit_of(const struct bystanders *bystanders, const struct address *address)
{
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    return (uint32_t)hash_words(&bystanders->key, words, 2) & (NAMED_BITS - 1);
}

static void name(struct bystanders *bystanders, const struct address *address)
{
    uint32_t bit = bit_of(bystanders, address);
    bystanders->named[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static bool is_named(const struct bystanders *bystanders, const struct address *address)
{
    uint32_t bit = bit_of(bystanders, address);
    return (bystanders->named[bit / 8] & 1u << bit % 8) != 0;
}

static void name_ends(struct bystanders *bystanders, const struct address *one,
                      const struct address *two)
{
    name(bystanders, one);
    name(bystanders, two);
}

/* Facts without addresses belong to a flow, which has them. */
static void name_all(struct bystanders *bystanders, const struct fact *fact)
{
    if (fact->kind == FACT_FLOW)
        name_ends(bystanders, &fact->as.flow.client.address, &fact->as.flow.server.address);
    else if (fact->kind == FACT_DNS)
        name_ends(bystanders, &fact->as.dns.client.address, &fact->as.dns.resolver.address);
    else if (fact->kind == FACT_RESOLVER)
        name_ends(bystanders, &fact->as.resolver.client, &fact->as.resolver.resolver);
    else if (fact->kind == FACT_HTTP)
        name_ends(bystanders, &fact->as.http.client.address, &fact->as.http.server.address);
    else if (fact->kind == FACT_APNS)
        name_ends(bystanders, &fact->as.apns.client.address, &fact->as.apns.server.address);
    else if (fact->kind == FACT_NTP)
        name_ends(bystanders, &fact->as.ntp.client.address, &fact->as.ntp.server.address);
    else if (fact->kind == FACT_LEASE)
        name_ends(bystanders, &fact->as.lease.address, &fact->as.lease.server);
    else if (fact->kind == FACT_EVENT)
        name(bystanders, &fact->as.event.sender);
}

/* Is there more of it than what a flood leaves behind?  Who has only been heard on one side,
 * was sent errors that cannot be read, or is of the control group, is told. */
static bool says_something(const struct fact_host *host)
{
    return host->packets_sent + host->packets_received > LITTLE_PACKETS ||
           host->one_sided_sent > 0 || host->one_sided_received > 0 || host->unread_errors > 0 ||
           host->other_tcp_opened > 0;
}

static bool is_wanted(struct bystanders *bystanders, const struct fact_host *host)
{
    uint64_t mac = 0;
    memcpy(&mac, host->mac.octets, sizeof host->mac.octets);
    uint8_t *of_mac =
        &bystanders->of_mac[(uint32_t)hash_words(&bystanders->key, &mac, 1) & (MAC_BUCKETS - 1)];
    bool few_of_mac = host->has_mac && *of_mac < MAC_HOSTS;
    if (bystanders->hosts >= BYSTANDERS_HOSTS && !few_of_mac && !says_something(host) &&
        !is_named(bystanders, &host->address))
        return false;
    *of_mac = (uint8_t)(*of_mac + few_of_mac);
    bystanders->hosts += bystanders->hosts < UINT32_MAX;
    return true;
}

static bool take(void *owner, const struct fact *fact)
{
    struct bystanders *bystanders = owner;
    if (fact->kind == FACT_HOST && !is_wanted(bystanders, &fact->as.host))
        return true;
    name_all(bystanders, fact);
    return bystanders->next.take(bystanders->next.owner, fact);
}

struct fact_sink bystanders_sink(struct bystanders *bystanders)
{
    return (struct fact_sink){.take = take, .owner = bystanders};
}
