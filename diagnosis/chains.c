/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose are the certificates that servers showed?  TLS and certificate facts come in,
 * each distinct chain gets a verdict, in this order: a root that is held, a known
 * product's name, a known authority's name, a stranger.  A name alone never clears a chain
 * of doubt, and never accuses where the chain verifies to Apple's or a public root.
 */
#include "diagnosis/chains.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "certificates/issuers.h"

#define BUCKETS_AT_FIRST 256

struct stored_certificate {
    const char *sha256; /* in the arena, as the DER */
    struct bytes der;
};

static bool chains_out_of_memory(struct chains *chains)
{
    chains->ok = problem_set(chains->builder->problem,
                             "memory is out; limit the report with --since or --device");
    return false;
}

/* FNV-1a, 32 bits. */
static uint32_t fingerprints_hash(const char *text, bool incomplete)
{
    uint32_t hash = incomplete ? 2166136262u : 2166136261u;
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619u;
    return hash;
}

/* Twice as many. */
static bool buckets_grow(struct chains *chains)
{
    size_t count = chains->bucket_count > 0 ? chains->bucket_count * 2 : BUCKETS_AT_FIRST;
    struct shown_chain **buckets = calloc(count, sizeof *buckets);
    if (buckets == NULL)
        return false;
    for (size_t i = 0; i < chains->bucket_count; i++) {
        struct shown_chain *next;
        for (struct shown_chain *chain = chains->buckets[i]; chain != NULL; chain = next) {
            next = chain->bucket_next;
            chain->bucket_next = buckets[chain->hash % count];
            buckets[chain->hash % count] = chain;
        }
    }
    free(chains->buckets);
    chains->buckets = buckets;
    chains->bucket_count = count;
    return true;
}

/* The chain of these fingerprints, made if need be; NULL when memory is out. */
static struct shown_chain *chain_of(struct chains *chains, const char *fingerprints,
                                    bool incomplete)
{
    struct arena *arena = &chains->builder->diagnosis->arena;
    uint32_t hash = fingerprints_hash(fingerprints, incomplete);
    if (chains->chain_count == chains->bucket_count && !buckets_grow(chains))
        return NULL;
    struct shown_chain **bucket = &chains->buckets[hash % chains->bucket_count];
    struct shown_chain *chain = *bucket;
    while (chain != NULL && (chain->hash != hash || chain->incomplete != incomplete ||
                             strcmp(chain->fingerprints, fingerprints) != 0))
        chain = chain->bucket_next;
    if (chain != NULL)
        return chain;
    chain = arena_allocate(arena, sizeof *chain);
    if (chain == NULL)
        return NULL;
    chain->fingerprints = arena_copy(arena, fingerprints);
    chain->hash = hash;
    chain->incomplete = incomplete;
    chain->bucket_next = *bucket;
    *bucket = chain;
    chains->chain_count++;
    return chain;
}

static bool take_tls(void *owner, const struct fact *fact)
{
    struct chains *chains = owner;
    const struct fact_tls *tls = &fact->as.tls;
    if (tls->chain == NULL || tls->chain[0] == '\0' || tls->resumed)
        return true;
    struct chain_sight *sights =
        array_grow(chains->sights, chains->sight_count, &chains->sight_capacity, sizeof *sights);
    struct shown_chain *chain =
        sights == NULL ? NULL : chain_of(chains, tls->chain, tls->chain_incomplete);
    if (sights != NULL)
        chains->sights = sights;
    if (chain == NULL)
        return chains_out_of_memory(chains);
    bool alert = tls->alert_from == PARTY_CLIENT;
    sights[chains->sight_count++] =
        (struct chain_sight){.flow = tls->flow,
                             .chain = chain,
                             .certificate_time = tls->certificate_time,
                             .certificate_packet = tls->certificate_packet,
                             .hello_time = tls->client_hello_time,
                             .hello_packet = tls->client_hello_packet,
                             .alert_time = alert ? tls->alert_time : TIMESTAMP_NONE,
                             .alert_packet = alert ? tls->alert_packet : PACKET_NONE,
                             .alert = tls->alert};
    return true;
}

static bool take_certificate(void *owner, const struct fact *fact)
{
    struct chains *chains = owner;
    const struct fact_certificate *certificate = &fact->as.certificate;
    struct arena *arena = &chains->builder->diagnosis->arena;
    if (certificate->sha256 == NULL || bytes_empty(certificate->der))
        return true;
    struct stored_certificate *list = array_grow(chains->certificates, chains->certificate_count,
                                                 &chains->certificate_capacity, sizeof *list);
    if (list == NULL)
        return chains_out_of_memory(chains);
    chains->certificates = list;
    uint8_t *der = arena_allocate(arena, certificate->der.length);
    if (der == NULL)
        return chains_out_of_memory(chains);
    memcpy(der, certificate->der.data, certificate->der.length);
    list[chains->certificate_count++] = (struct stored_certificate){
        arena_copy(arena, certificate->sha256), bytes_of(der, certificate->der.length)};
    return true;
}

static int compare_sights(const void *left, const void *right)
{
    const struct chain_sight *one = left, *two = right;
    return one->flow < two->flow ? -1 : one->flow > two->flow;
}

static int compare_certificates(const void *left, const void *right)
{
    const struct stored_certificate *one = left, *two = right;
    return strcmp(one->sha256, two->sha256);
}

bool chains_read(struct chains *chains, struct builder *builder)
{
    const struct ledger *ledger = builder->ledger;
    memset(chains, 0, sizeof *chains);
    chains->builder = builder;
    chains->ok = true;
    if (!facts_read_share(ledger->store, SHARE_TLS_WITH_CHAIN, ledger->selection, take_tls, chains,
                          builder->problem) ||
        !chains->ok)
        return false;
    if (chains->sight_count == 0)
        return true;
    qsort(chains->sights, chains->sight_count, sizeof *chains->sights, compare_sights);
    if (!facts_read(ledger->store, FACT_CERTIFICATE, NULL, take_certificate, chains,
                    builder->problem) ||
        !chains->ok)
        return false;
    if (chains->certificate_count > 0)
        qsort(chains->certificates, chains->certificate_count, sizeof *chains->certificates,
              compare_certificates);
    return true;
}

void chains_release(struct chains *chains)
{
    free(chains->sights);
    free(chains->certificates);
    free(chains->buckets);
    chains->sights = NULL;
    chains->certificates = NULL;
    chains->buckets = NULL;
}

const struct chain_sight *chains_find(const struct chains *chains, uint64_t flow)
{
    struct chain_sight key = {.flow = flow};
    return chains->sight_count == 0
               ? NULL
               : bsearch(&key, chains->sights, chains->sight_count, sizeof key, compare_sights);
}

static struct certificate *certificate_of(const struct chains *chains, const char *sha256)
{
    struct stored_certificate key = {.sha256 = sha256};
    const struct stored_certificate *found =
        chains->certificate_count == 0
            ? NULL
            : bsearch(&key, chains->certificates, chains->certificate_count, sizeof key,
                      compare_certificates);
    return found == NULL ? NULL : certificate_read(found->der);
}

/* The certificates of a chain in their order, those that are not stored left out; none where
 * the leaf is not there. */
static size_t chain_certificates(const struct chains *chains, const struct shown_chain *chain,
                                 struct certificate *list[CHAIN_LIMIT], bool *missing)
{
    size_t count = 0;
    const char *at = chain->fingerprints;
    *missing = chain->incomplete;
    while (*at != '\0' && count < CHAIN_LIMIT) {
        char sha256[CERTIFICATE_SHA256_SIZE];
        size_t length = strcspn(at, ",");
        struct certificate *certificate = NULL;
        if (length == sizeof sha256 - 1) {
            memcpy(sha256, at, length);
            sha256[length] = '\0';
            certificate = certificate_of(chains, sha256);
        }
        if (certificate != NULL)
            list[count++] = certificate;
        else
            *missing = true;
        if (count == 0)
            return 0;
        at += length;
        at += *at == ',';
    }
    return count;
}

/* An authority's name as the text of a distinguished name has it, in the tables or in a root. */
static bool is_authority(struct trust_store *trust, const char *name)
{
    char value[ISSUER_VALUE_SIZE];
    if (issuers_authority(name) != NULL)
        return true;
    if (trust == NULL)
        return false;
    return (issuers_attribute(name, "O", value) && trust_store_names_public(trust, value)) ||
           (issuers_attribute(name, "CN", value) && trust_store_names_public(trust, value));
}

static const char *vendor_of(struct chains *chains, const struct chain_result *result)
{
    const char *vendor = issuers_inspector(result->issuer);
    char value[ISSUER_VALUE_SIZE];
    if (vendor == NULL)
        vendor = issuers_inspector(result->top_issuer);
    if (vendor != NULL || result->root != TRUST_INSPECTION)
        return vendor;
    if (!issuers_attribute(result->root_name, "CN", value) &&
        !issuers_attribute(result->root_name, "O", value))
        return NULL;
    return arena_copy(&chains->builder->diagnosis->arena, value);
}

static enum chain_verdict chain_verdict_of(struct chains *chains, const struct shown_chain *chain,
                                           bool missing)
{
    const struct chain_result *result = &chain->result;
    struct trust_store *trust = chains->builder->trust;
    if (!result->readable)
        return CHAIN_UNPROVEN;
    if (result->root == TRUST_APPLE || result->root == TRUST_PUBLIC)
        return CHAIN_GENUINE;
    if (result->root == TRUST_INSPECTION || chain->vendor != NULL)
        return CHAIN_INSPECTED;
    if (result->root == TRUST_DECLARED)
        return CHAIN_GENUINE;
    /* Without public roots nobody can be told from a public authority; and what is missing
     * may lead to one. */
    if (missing || trust == NULL || trust_store_count(trust, TRUST_PUBLIC) == 0)
        return CHAIN_UNPROVEN;
    bool claims = is_authority(trust, result->issuer) || is_authority(trust, result->top_issuer);
    return claims && !result->self_signed ? CHAIN_UNPROVEN : CHAIN_FOREIGN;
}

const struct shown_chain *chains_judge(struct chains *chains, const struct chain_sight *sight,
                                       const char *server_name)
{
    struct shown_chain *chain = sight->chain;
    struct certificate *list[CHAIN_LIMIT];
    bool missing;
    if (chain->judged)
        return chain;
    size_t count = chain_certificates(chains, chain, list, &missing);
    chain_judge((const struct certificate *const *)list, count, sight->certificate_time,
                server_name, chains->builder->trust, &chain->result);
    if (chain->result.readable && chain->result.root != TRUST_APPLE &&
        chain->result.root != TRUST_PUBLIC)
        chain->vendor = vendor_of(chains, &chain->result);
    chain->verdict = chain_verdict_of(chains, chain, missing);
    chain->judged = true;
    chain->judged_name =
        server_name == NULL ? NULL : arena_copy(&chains->builder->diagnosis->arena, server_name);
    for (size_t i = 0; i < count; i++)
        certificate_release(list[i]);
    return chain;
}
