/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which connections to Apple's services were shown a certificate that is not the genuine
 * one, and by whom?  From the judged chains: certificate-intercepted.  Only rows of Apple's
 * own list count: a site's server may have whatever certificate it likes.
 */
#include "diagnosis/interception.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/chain_times.h"
#include "diagnosis/chains.h"
#include "diagnosis/devices.h"
#include "diagnosis/hijacks.h"
#include "diagnosis/rules.h"

#define FLOWS_SHOWN 4 /* as evidence, for each finding */

struct interception_walk {
    struct builder *builder;
    struct chains chains;
    struct intercepted_pair *pairs; /* owned */
    size_t pair_count, pair_capacity;
    uint64_t *genuine; /* owned; flows */
    size_t genuine_count, genuine_capacity;
    struct served_chain *served; /* owned */
    size_t served_count, served_capacity;
    struct chain_times times; /* owned */
    uint64_t unproven; /* handshakes with a stranger's chain, for want of public roots */
    bool ok;
};

static int compare_pairs(const void *left, const void *right)
{
    const struct intercepted_pair *one = left, *two = right;
    int order = address_compare(&one->client, &two->client);
    return order != 0 ? order : (one->row > two->row) - (one->row < two->row);
}

static int compare_flows(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left;
    uint64_t two = *(const uint64_t *)right;
    return one < two ? -1 : one > two;
}

static bool pair_is_known(const struct builder *builder, const struct address *client, size_t row)
{
    struct intercepted_pair key = {*client, row};
    return builder->intercepted_count > 0 &&
           bsearch(&key, builder->intercepted, builder->intercepted_count, sizeof key,
                   compare_pairs) != NULL;
}

bool interception_explains(const struct builder *builder, const struct address *client, size_t row)
{
    size_t count;
    const struct mac_owner *same = devices_same(builder->ledger, client, &count);
    if (pair_is_known(builder, client, row))
        return true;
    for (size_t i = 0; i < count; i++)
        if (pair_is_known(builder, &same[i].address, row))
            return true;
    return false;
}

bool interception_genuine(const struct builder *builder, uint64_t flow)
{
    return builder->genuine_count > 0 && bsearch(&flow, builder->genuine, builder->genuine_count,
                                                 sizeof flow, compare_flows) != NULL;
}

static int compare_served(const void *left, const void *right)
{
    return strcmp(((const struct served_chain *)left)->name,
                  ((const struct served_chain *)right)->name);
}

const struct served_chain *interception_served(const struct builder *builder, const char *name)
{
    struct served_chain key = {.name = name};
    const struct served_chain *served =
        name == NULL || builder->served_count == 0
            ? NULL
            : bsearch(&key, builder->served, builder->served_count, sizeof key, compare_served);
    return served == NULL || served->fault == NULL ? NULL : served;
}

bool interception_judges(const struct builder *builder, size_t row)
{
    const struct catalog *catalog = builder->ledger->catalog;
    const struct service *service = catalog_service(catalog, row);
    return !service->retired &&
           strcmp(catalog_service(catalog, service->within)->source, "site") != 0;
}

static bool walk_out_of_memory(struct interception_walk *walk)
{
    walk->ok = problem_set(walk->builder->problem,
                           "memory is out; limit the report with --since or --device");
    return false;
}

static bool genuine_add(struct interception_walk *walk, uint64_t flow)
{
    uint64_t *genuine =
        array_grow(walk->genuine, walk->genuine_count, &walk->genuine_capacity, sizeof *genuine);
    if (genuine == NULL)
        return walk_out_of_memory(walk);
    walk->genuine = genuine;
    genuine[walk->genuine_count++] = flow;
    return true;
}

/* Dates before names: a certificate that is out of date is refused for that first. */
static const char *chain_fault(const struct shown_chain *chain, const char *name)
{
    const struct chain_result *result = &chain->result;
    bool asked = chain->judged_name != NULL && strcmp(chain->judged_name, name) == 0;
    bool alone = result->signatures == CHAIN_ALONE && !result->self_signed;
    if (result->dates == CHAIN_EXPIRED)
        return "expired";
    if (result->dates == CHAIN_NOT_YET_VALID)
        return "not-yet-valid";
    if (asked && result->name == CHAIN_NAME_DIFFERS)
        return "name-mismatch";
    if (result->root == TRUST_NONE && alone && !chain->incomplete)
        return "incomplete-chain";
    return chain->verdict == CHAIN_GENUINE && result->dates == CHAIN_VALID && asked &&
                   result->name == CHAIN_NAME_MATCHES
               ? "valid"
               : NULL;
}

static bool served_add(struct interception_walk *walk, const char *name,
                       const struct shown_chain *chain)
{
    struct arena *arena = &walk->builder->diagnosis->arena;
    const char *fault = name == NULL ? NULL : chain_fault(chain, name);
    if (fault == NULL)
        return true;
    struct served_chain *served =
        array_grow(walk->served, walk->served_count, &walk->served_capacity, sizeof *served);
    if (served == NULL)
        return walk_out_of_memory(walk);
    walk->served = served;
    served[walk->served_count++] = (struct served_chain){
        .name = arena_copy(arena, name),
        .fault = fault,
        .subject = arena_copy(arena, chain->result.limit != TIMESTAMP_NONE ? chain->result.dated
                                                                           : chain->result.issuer),
        .limit = chain->result.limit};
    return true;
}

static bool pair_add(struct interception_walk *walk, const struct address *client, size_t row)
{
    struct intercepted_pair *pairs =
        array_grow(walk->pairs, walk->pair_count, &walk->pair_capacity, sizeof *pairs);
    if (pairs == NULL)
        return walk_out_of_memory(walk);
    walk->pairs = pairs;
    pairs[walk->pair_count++] = (struct intercepted_pair){*client, row};
    return true;
}

/* One row, one authority, one proxy: one cause. A product may change its intermediates from
 * day to day, and stays one. */
static struct draft *intercepted_draft(struct builder *builder, const struct fact_flow *flow,
                                       const struct shown_chain *chain, size_t row)
{
    struct arena *arena = &builder->diagnosis->arena;
    char proxy[ADDRESS_TEXT_SIZE] = "";
    if (flow->tunnel_port != 0)
        address_print(&flow->server.address, proxy);
    const char *key =
        arena_format(arena, "%zu %u %s %s", row, attempt_port(flow), proxy,
                     chain->vendor != NULL ? chain->vendor : chain->result.top_issuer);
    struct draft *draft = builder_draft(builder, key, "certificate-intercepted", SEVERITY_CRITICAL,
                                        row, attempt_port(flow));
    if (draft->finding.detail_count > 0)
        return draft;
    const struct chain_result *result = &chain->result;
    draft_detail_text(builder, draft, "issuer", arena_copy(arena, result->issuer));
    if (chain->vendor != NULL)
        draft_detail_text(builder, draft, "vendor", chain->vendor);
    else
        draft_detail_number(draft, "vendor", NAN); /* not known */
    draft_detail_text(builder, draft, "chain",
                      result->root == TRUST_INSPECTION     ? "declared-inspection"
                      : result->root == TRUST_DECLARED     ? "declared-root"
                      : result->self_signed                ? "self-signed"
                      : result->signatures == CHAIN_BROKEN ? "broken"
                      : result->whole                      ? "unknown-root"
                                                           : "root-not-sent");
    /* A young authority, whose name and root this program does not know, looks the same. */
    if (chain->verdict == CHAIN_FOREIGN && !result->whole && !result->self_signed)
        draft_confidence(draft, CONFIDENCE_LIKELY);
    if (flow->tunnel_port != 0)
        draft_culprit(builder, draft, CULPRIT_PROXY, &flow->server.address, 0);
    else
        draft_culprit(builder, draft, CULPRIT_PROXY, NULL, 0);
    return draft;
}

static void draft_take_sight(struct builder *builder, struct draft *draft,
                             const struct fact_flow *flow, const struct chain_sight *sight)
{
    struct arena *arena = &builder->diagnosis->arena;
    int64_t last = sight->alert_packet != PACKET_NONE ? sight->alert_time : sight->certificate_time;
    draft_add_device(builder, draft, &flow->client.address);
    if (flow->tunnel_port == 0)
        draft_add_address(builder, draft, &flow->server.address);
    draft_add_name(builder, draft, attempt_name(flow));
    draft_add_rows_of(builder, draft, attempt_name(flow),
                      flow->tunnel_port != 0 ? NULL : &flow->server.address, attempt_port(flow),
                      TRANSPORT_TCP);
    draft_seen(draft, sight->certificate_time, last);
    draft->works_otherwise = false;
    draft->finding.count++;
    if (draft->finding.count > FLOWS_SHOWN)
        return;
    draft_show_flow(draft, flow->id);
    if (sight->hello_packet != PACKET_NONE)
        draft_evidence(builder, draft, sight->hello_packet, sight->hello_time, "ClientHello");
    draft_evidence(
        builder, draft, sight->certificate_packet, sight->certificate_time,
        arena_format(arena, "Certificate: issued by %s", draft->finding.details[0].text));
    if (sight->alert_packet != PACKET_NONE)
        draft_evidence(builder, draft, sight->alert_packet, sight->alert_time,
                       arena_format(arena, "alert %u from the device", sight->alert));
}

static bool time_note(struct interception_walk *walk, const struct fact_flow *flow,
                      const struct chain_sight *sight, size_t row, struct draft *draft)
{
    const char *name = attempt_name(flow);
    struct chain_time seen = {.client = flow->client.address,
                              .row = row,
                              .time = sight->certificate_time,
                              .draft = draft};
    if (name != NULL)
        seen.name = arena_copy(&walk->builder->diagnosis->arena, name);
    return chain_times_note(&walk->times, &seen) || walk_out_of_memory(walk);
}

static bool take_flow(void *owner, const struct fact *fact)
{
    struct interception_walk *walk = owner;
    struct builder *builder = walk->builder;
    const struct fact_flow *flow = &fact->as.flow;
    const struct chain_sight *sight = chains_find(&walk->chains, flow->id);
    struct catalog_match match;
    if (sight == NULL || sight->certificate_packet == PACKET_NONE)
        return true;
    attempt_match(builder->ledger->catalog, flow, &match);
    if (match.primary == CATALOG_NO_SERVICE)
        return true;
    const struct shown_chain *chain = chains_judge(&walk->chains, sight, attempt_name(flow));
    bool stranger = chain->verdict == CHAIN_INSPECTED || chain->verdict == CHAIN_FOREIGN;
    if ((!stranger || !interception_judges(builder, match.primary)) &&
        !served_add(walk, attempt_name(flow), chain))
        return false;
    if (chain->verdict == CHAIN_GENUINE)
        return time_note(walk, flow, sight, match.primary, NULL) && genuine_add(walk, flow->id);
    if (!interception_judges(builder, match.primary) ||
        (flow->tunnel_port == 0 &&
         hijacks_explain(builder, &flow->client.address, &flow->server.address, match.primary)))
        return true;
    if (chain->verdict == CHAIN_UNPROVEN) {
        walk->unproven +=
            builder->trust == NULL || trust_store_count(builder->trust, TRUST_PUBLIC) == 0;
        return true;
    }
    struct draft *draft = intercepted_draft(builder, flow, chain, match.primary);
    draft_take_sight(builder, draft, flow, sight);
    return time_note(walk, flow, sight, match.primary, draft) &&
           pair_add(walk, &flow->client.address, match.primary);
}

/* One of each name; of one that shows now this, now that, nothing can be said. */
static void served_thin(struct interception_walk *walk)
{
    struct served_chain *served = walk->served;
    size_t count = 0;
    if (walk->served_count > 1)
        qsort(served, walk->served_count, sizeof *served, compare_served);
    for (size_t i = 0; i < walk->served_count; i++) {
        struct served_chain *last = count == 0 ? NULL : &served[count - 1];
        if (last == NULL || compare_served(last, &served[i]) != 0)
            served[count++] = served[i];
        else if (last->fault != NULL && strcmp(last->fault, served[i].fault) != 0)
            last->fault = NULL;
    }
    walk->served_count = count;
}

/* Leaves what was found to the rules that follow. */
static void walk_keep(struct interception_walk *walk)
{
    struct builder *builder = walk->builder;
    struct arena *arena = &builder->diagnosis->arena;
    size_t pairs_size = walk->pair_count * sizeof *walk->pairs;
    size_t genuine_size = walk->genuine_count * sizeof *walk->genuine;
    if (walk->pair_count > 0 && (builder->intercepted = arena_allocate(arena, pairs_size))) {
        memcpy(builder->intercepted, walk->pairs, pairs_size);
        qsort(builder->intercepted, walk->pair_count, sizeof *walk->pairs, compare_pairs);
        builder->intercepted_count = walk->pair_count;
    }
    served_thin(walk);
    size_t served_size = walk->served_count * sizeof *walk->served;
    if (walk->served_count > 0 && (builder->served = arena_allocate(arena, served_size))) {
        memcpy(builder->served, walk->served, served_size);
        builder->served_count = walk->served_count;
    }
    if (walk->genuine_count > 0 && (builder->genuine = arena_allocate(arena, genuine_size))) {
        memcpy(builder->genuine, walk->genuine, genuine_size);
        qsort(builder->genuine, walk->genuine_count, sizeof *walk->genuine, compare_flows);
        builder->genuine_count = walk->genuine_count;
    }
}

/* What is verified, and what is a claim. */
static const char *chain_meaning(const char *chain, bool named)
{
    static const struct {
        const char *word, *sentence;
    } meanings[] = {
        {"declared-inspection", "Verified: its chain is signed by the authority that was declared "
                                "with --inspection-ca."},
        {"declared-root", "Verified: its chain is signed by a root that was declared with --trust; "
                          "it bears the name of a product that inspects TLS."},
        {"self-signed", "It signed itself: no authority stands behind it, and its names are claims "
                        "that nobody vouches for."},
        {"broken", "Its signature is not that of the issuer that was sent with it."},
        {"unknown-root", "Verified: its signatures lead to a root that was sent along, which is "
                         "neither Apple's nor public. The names in them are claims."},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strcmp(meanings[i].word, chain) == 0)
            return meanings[i].sentence;
    return named ? "The root was not sent, so that nothing is verified: the issuer claims a name "
                   "that products for TLS inspection bear, and none of Apple's or a public "
                   "authority's."
                 : "The root was not sent, so that the issuer's name is a claim; but it is neither "
                   "Apple's nor that of any public authority.";
}

static void intercepted_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *issuer = finding->details[0].text;
    const char *vendor = finding->details[1].text;
    finding->summary = arena_format(
        arena,
        "TLS to %s port %d, needed for %s, is intercepted for %s: the certificate comes from "
        "\"%s\"%s%s%s, not from the service.",
        finding->host, finding->port, category_phrase(finding->category),
        count_phrase(builder, finding_devices(finding), "device", "devices"), issuer,
        vendor != NULL ? " (" : "", vendor != NULL ? vendor : "", vendor != NULL ? ")" : "");
    finding->explanation = arena_format(
        arena,
        "%s got a certificate that is not the genuine one%s. %s Apple's clients accept Apple's own "
        "certificates only for most services, even where the device trusts the root of the "
        "inspection.",
        count_phrase(builder, finding->count, "handshake", "handshakes"),
        finding->period_count > 0 ? ", which the same device gets at other times" : "",
        chain_meaning(finding->details[2].text, vendor != NULL));
    finding->remedy = arena_format(
        arena,
        "Exempt %s, and all of Apple's hosts that the device needs, by name from TLS inspection "
        "(\"do not decrypt\", \"bypass\", \"splice\") on %s. Installing the inspection's root on "
        "the device does not help.",
        finding->host,
        vendor != NULL ? arena_format(arena, "what bears the name %s", vendor)
                       : "the proxy, firewall or filter that has this certificate authority");
}

static void unproven_say(struct interception_walk *walk)
{
    struct diagnosis *diagnosis = walk->builder->diagnosis;
    if (walk->unproven == 0 || diagnosis->condition_count == DIAGNOSIS_CONDITION_LIMIT)
        return;
    diagnosis->conditions[diagnosis->condition_count++] = (struct condition){
        false, "This system has no list of public root certificates (package ca-certificates): "
               "intercepted TLS is found only where the certificate names a known product."};
}

bool rule_interception(struct builder *builder)
{
    struct interception_walk walk = {.builder = builder, .ok = true};
    struct draft *before = builder->last;
    bool ok = chains_read(&walk.chains, builder);
    if (ok && walk.chains.sight_count > 0) {
        ok = facts_read_share(builder->ledger->store, SHARE_FLOWS_WITH_CHAIN,
                              builder->ledger->selection, take_flow, &walk, builder->problem) &&
             walk.ok;
        walk_keep(&walk);
        unproven_say(&walk);
        chain_times_settle(&walk.times, builder);
        builder_settle(builder, before, NULL, intercepted_describe);
    }
    chains_release(&walk.chains);
    free(walk.times.list);
    free(walk.pairs);
    free(walk.genuine);
    free(walk.served);
    return ok;
}
