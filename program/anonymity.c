/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site's are: all hosts that opened connections, what leases name, routers that sent
 * errors, and the names in certificates of no public authority.
 */
#include "program/anonymity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog/hosts.h"
#include "certificates/issuers.h"
#include "program/anonymity_key.h"
#include "storage/facts.h"

struct anonymity {
    struct pseudonyms *pseudonyms;
    struct catalog *apple; /* without what the user adds to it */
};

/* A temporary database, or none, has no place for a key. */
static bool open_key(const struct options *options, const char *database,
                     uint8_t key[PSEUDONYM_KEY_SIZE], struct problem *problem)
{
    struct text path = {0};
    if (options->anonymize_key != NULL)
        return anonymity_key_open(options->anonymize_key, key, problem);
    if (database == NULL)
        return anonymity_key_make(key, problem);
    text_add_format(&path, "%s.key", database);
    bool opened = path.failed ? problem_set(problem, "memory is out; close some programs")
                              : anonymity_key_open(path.data, key, problem);
    text_release(&path);
    return opened;
}

struct anonymity *anonymity_open(const struct options *options, const char *database,
                                 struct problem *problem)
{
    uint8_t key[PSEUDONYM_KEY_SIZE];
    if (!options->anonymize && options->anonymize_key == NULL)
        return NULL;
    struct anonymity *anonymity = calloc(1, sizeof *anonymity);
    if (anonymity == NULL) {
        problem_set(problem, "memory is out; close some programs");
        return NULL;
    }
    if (open_key(options, database, key, problem))
        anonymity->apple = catalog_load(NULL, 0, problem);
    if (anonymity->apple != NULL) {
        anonymity->pseudonyms = pseudonyms_create(key, anonymity->apple);
        if (anonymity->pseudonyms == NULL)
            problem_set(problem, "memory is out; close some programs");
    }
    if (anonymity->pseudonyms != NULL)
        return anonymity;
    anonymity_close(anonymity);
    return NULL;
}

void anonymity_close(struct anonymity *anonymity)
{
    if (anonymity == NULL)
        return;
    pseudonyms_release(anonymity->pseudonyms);
    catalog_release(anonymity->apple);
    free(anonymity);
}

struct pseudonyms *anonymity_pseudonyms(const struct anonymity *anonymity)
{
    return anonymity->pseudonyms;
}

bool anonymity_check(const struct anonymity *anonymity, struct problem *problem)
{
    return pseudonyms_complete(anonymity->pseudonyms) ||
           problem_set(problem, "there is more to replace than can be held; limit it with "
                                "--since, --until or --device, or free memory");
}

static bool learn_host(void *owner, const struct fact *fact)
{
    pseudonyms_learn_address(owner, &fact->as.host.address);
    return true;
}

/* Lists of addresses, as "192.0.2.1,192.0.2.2". */
static void learn_addresses(struct pseudonyms *pseudonyms, const char *list)
{
    char one[ADDRESS_TEXT_SIZE];
    struct address address;
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ", ");
        if (length > 0 && length < sizeof one) {
            memcpy(one, at, length);
            one[length] = '\0';
            if (address_parse(one, &address))
                pseudonyms_learn_address(pseudonyms, &address);
        }
        at += length;
        at += strspn(at, ", ");
    }
}

/* Its resolvers may be public ones; those stay. */
static bool learn_lease(void *owner, const struct fact *fact)
{
    const struct fact_lease *lease = &fact->as.lease;
    pseudonyms_learn_word(owner, lease->client_name, NULL);
    pseudonyms_learn_word(owner, lease->domain, NULL);
    pseudonyms_learn_address(owner, &lease->address);
    pseudonyms_learn_address(owner, &lease->server);
    learn_addresses(owner, lease->routers);
    return true;
}

/* Who answers for a server without being it stands on the way to it. */
static bool learn_routers(void *owner, const struct fact *fact)
{
    const struct fact_flow *flow = &fact->as.flow;
    if (flow->has_icmp && !address_equal(&flow->icmp_sender, &flow->server.address))
        pseudonyms_learn_address(owner, &flow->icmp_sender);
    if (flow->path_mtu > 0 && !address_equal(&flow->path_mtu_sender, &flow->server.address))
        pseudonyms_learn_address(owner, &flow->path_mtu_sender);
    return true;
}

static void learn_values(struct pseudonyms *pseudonyms, const char *name)
{
    static const char *const attributes[] = {"CN", "O", "OU", "L", "emailAddress"};
    char value[ISSUER_VALUE_SIZE];
    const char *product = name != NULL ? issuers_inspector(name) : NULL;
    if (name == NULL || issuers_authority(name) != NULL)
        return;
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
        if (issuers_attribute(name, attributes[i], value) && issuers_authority(value) == NULL &&
            strstr(value, "Apple") == NULL && strchr(value, '*') == NULL &&
            (product == NULL || strcasecmp(product, value) != 0) &&
            !pseudonyms_keeps_name(pseudonyms, value))
            pseudonyms_learn_word(pseudonyms, value, NULL);
}

/* An inspector's certificate bears its owner's name as often as its maker's. */
static bool learn_certificate(void *owner, const struct fact *fact)
{
    const struct fact_certificate *certificate = &fact->as.certificate;
    learn_values(owner, certificate->issuer);
    learn_values(owner, certificate->subject);
    return true;
}

static bool learn_source(void *owner, const struct fact *fact)
{
    char name[32];
    const struct fact_source *source = &fact->as.source;
    const char *base = source->name != NULL ? strrchr(source->name, '/') : NULL;
    snprintf(name, sizeof name, "capture-%u", source->id);
    pseudonyms_learn_word(owner, source->path, name);
    pseudonyms_learn_word(owner, source->name, name);
    if (base != NULL)
        pseudonyms_learn_word(owner, base + 1, name);
    return true;
}

bool anonymity_learn(struct anonymity *anonymity, struct store *store, struct problem *problem)
{
    static const struct {
        enum fact_kind kind;
        fact_taker *take;
    } lessons[] = {{FACT_SOURCE, learn_source},
                   {FACT_HOST, learn_host},
                   {FACT_LEASE, learn_lease},
                   {FACT_FLOW, learn_routers},
                   {FACT_CERTIFICATE, learn_certificate}};
    for (size_t i = 0; i < sizeof lessons / sizeof lessons[0]; i++)
        if (!facts_read(store, lessons[i].kind, NULL, lessons[i].take, anonymity->pseudonyms,
                        problem))
            return false;
    return anonymity_check(anonymity, problem);
}
