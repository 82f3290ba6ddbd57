/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names are answered with an address that cannot be right, and by which
 * resolver?  Where the capture shows that the resolver only passed on what another
 * one had told it, the other is the culprit; where it shows the resolver's own answer
 * coming second, somebody on the way is.
 */
#include "diagnosis/hijacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/devices.h"
#include "diagnosis/timeline.h"

#define FORWARDERS_LIMIT 4 /* resolvers that pass an answer on, one to the next */
#define PROOF_TWO_ANSWERS "two-answers" /* to one question; a finding's `detail.proof` */

static int compare_pairs(const void *left, const void *right)
{
    const struct hijacked_pair *one = left;
    const struct hijacked_pair *two = right;
    int order = address_compare(&one->client, &two->client);
    return order != 0 ? order : address_compare(&one->address, &two->address);
}

static bool pair_is_known(const struct builder *builder, const struct address *client,
                          const struct address *server)
{
    struct hijacked_pair key = {*client, *server};
    return builder->hijacked_count > 0 && bsearch(&key, builder->hijacked, builder->hijacked_count,
                                                  sizeof key, compare_pairs) != NULL;
}

bool hijacks_explain(const struct builder *builder, const struct address *client,
                     const struct address *server, size_t row)
{
    const struct catalog *catalog = builder->ledger->catalog;
    if (row >= catalog_count(catalog) || strcmp(catalog_service(catalog, row)->source, "site") == 0)
        return false;
    if (answer_address_fault(builder->ledger->networks, server) != ANSWER_CREDIBLE ||
        pair_is_known(builder, client, server))
        return true;
    size_t count;
    const struct mac_owner *same = devices_same(builder->ledger, client, &count);
    for (size_t i = 0; i < count; i++)
        if (pair_is_known(builder, &same[i].address, server))
            return true;
    return false;
}

/* Leaves the pairs of client and address to the rules that follow. */
static void pairs_keep(struct builder *builder, const struct results *results)
{
    struct hijacked_pair *pairs =
        arena_allocate(&builder->diagnosis->arena, (results->hijacked_count + 1) * sizeof *pairs);
    if (pairs == NULL)
        return; /* the arena remembers */
    for (size_t i = 0; i < results->hijacked_count; i++)
        pairs[i] =
            (struct hijacked_pair){results->hijacked[i].client, results->hijacked[i].address};
    qsort(pairs, results->hijacked_count, sizeof *pairs, compare_pairs);
    builder->hijacked = pairs;
    builder->hijacked_count = results->hijacked_count;
}

static const struct result *results_end(const struct results *results)
{
    return results->list + results->count;
}

static bool is_same_question(const struct result *one, const struct address *client,
                             uint64_t name_hash)
{
    return one->name_hash == name_hash && address_equal(&one->client, client);
}

/* The same wrong answer as this resolver itself was given; NULL if none is known. */
static const struct result *answer_upstream(const struct results *results,
                                            const struct result *given)
{
    const struct result *one = name_results_first(results, &given->resolver, given->name_hash);
    for (; one != NULL && one < results_end(results) &&
           is_same_question(one, &given->resolver, given->name_hash);
         one++)
        if (one->kind == RESULT_HIJACKED && one->type == given->type &&
            address_equal(&one->address, &given->address))
            return one;
    return NULL;
}

/* Who said it first, as far as the capture shows. Marks in `passed_on` (one for each
 * result) what was told to a resolver and not to a device. */
static const struct result *answer_origin(const struct results *results, const struct result *given,
                                          bool *passed_on)
{
    for (int i = 0; i < FORWARDERS_LIMIT; i++) {
        const struct result *upstream = answer_upstream(results, given);
        if (upstream == NULL)
            break;
        passed_on[upstream - results->list] = true;
        given = upstream;
    }
    return given;
}

/* Does one address of the device get the name right, from another resolver, in the
 * other address family, or later? */
static bool client_is_served(const struct results *results, const struct address *client,
                             const struct result *wrong)
{
    const struct result *one = name_results_first(results, client, wrong->name_hash);
    for (; one != NULL && one < results_end(results) &&
           is_same_question(one, client, wrong->name_hash);
         one++)
        if (one->kind == RESULT_OK && (!address_equal(&one->resolver, &wrong->resolver) ||
                                       one->type != wrong->type || one->time > wrong->time))
            return true;
    return false;
}

static bool device_is_served(const struct results *results, const struct result *wrong)
{
    size_t count;
    const struct mac_owner *same = devices_same(results->builder->ledger, &wrong->client, &count);
    bool served = client_is_served(results, &wrong->client, wrong);
    for (size_t i = 0; i < count && !served; i++)
        served = client_is_served(results, &same[i].address, wrong);
    return served;
}

/* A site may lead Apple's time to a server of its own; the clocks are then right. */
static bool serves_by_udp(const struct ledger *ledger, const struct result *wrong,
                          const struct catalog_match *match)
{
    for (size_t i = 0; i < match->count; i++) {
        const struct service *service = catalog_service(ledger->catalog, match->services[i]);
        if (service->transport == TRANSPORT_UDP &&
            ledger_port_opens(ledger, &wrong->client, &wrong->address, TRANSPORT_UDP,
                              service->port))
            return true;
    }
    return false;
}

/* As for a name that is withheld: an attempt to reach the host, whatever the port;
 * couriers are only ever asked for on two. */
static void touch_rows(struct builder *builder, struct draft *draft, const struct result *wrong,
                       const struct catalog_match *match)
{
    bool courier = catalog_courier_name(wrong->name) != COURIER_NONE;
    for (size_t i = 0; i < match->count; i++) {
        uint16_t port = catalog_service(builder->ledger->catalog, match->services[i])->port;
        if (courier && port != 0 && port != 443 && port != 5223)
            continue;
        draft_add_row(builder, draft, match->services[i]);
        builder->ledger->row_attempts[match->services[i]]++;
    }
}

static void add_evidence(struct builder *builder, struct draft *draft, const struct result *wrong)
{
    struct arena *arena = &builder->diagnosis->arena;
    char text[ADDRESS_TEXT_SIZE];
    draft_evidence(
        builder, draft, wrong->packet, wrong->time,
        arena_format(arena, "query %s %s", dns_type_word(arena, wrong->type), wrong->name));
    draft_evidence(builder, draft, wrong->answer_packet, wrong->last_time,
                   arena_format(arena, "answer: %s", address_print(&wrong->address, text)));
}

/* The row that the name belongs to; CATALOG_NO_SERVICE where nothing is to be said of it:
 * to refuse Private Relay is policy, and no fault. */
static size_t row_of(const struct catalog *catalog, const char *name, struct catalog_match *match)
{
    catalog_match(catalog, name, NULL, 0, 0, match);
    if (match->primary == CATALOG_NO_SERVICE || catalog_service(catalog, match->primary)->retired ||
        name_is_private_relay(name))
        return CATALOG_NO_SERVICE;
    return match->primary;
}

/* Whom it hurts, and what. */
static void add_device(const struct results *results, struct draft *draft,
                       const struct result *wrong, const struct catalog_match *match)
{
    struct builder *builder = results->builder;
    draft_add_device(builder, draft, &wrong->client);
    bool served = device_is_served(results, wrong);
    draft->works_otherwise =
        draft->works_otherwise && (served || serves_by_udp(builder->ledger, wrong, match));
    if (!served)
        touch_rows(builder, draft, wrong, match);
}

static void hijack_add(const struct results *results, const struct result *wrong,
                       const struct result *origin, bool for_resolver)
{
    struct builder *builder = results->builder;
    const struct catalog *catalog = builder->ledger->catalog;
    struct catalog_match match;
    size_t row = row_of(catalog, wrong->name, &match);
    if (row == CATALOG_NO_SERVICE)
        return;
    char key[384];
    char resolver[ADDRESS_TEXT_SIZE];
    snprintf(key, sizeof key, "%s %s", catalog_service(catalog, row)->host,
             address_print(&origin->resolver, resolver));
    struct draft *draft = builder_draft(builder, key, "dns-hijacked", SEVERITY_CRITICAL, row, -1);
    if (draft->finding.detail_count == 0)
        draft_detail_text(builder, draft, "answer", answer_fault_word(wrong->fault));
    answer_note_policy(builder, draft, origin->policy, origin->policy_text);
    bool apart = name_results_sent_from_elsewhere(results, origin);
    answer_culprit(builder, draft, &origin->client, &origin->resolver, origin->answer_ttl, apart);
    draft_confidence(draft, (wrong->fault >= ANSWER_BLOCK_PAGE && origin->policy == NULL) || apart
                                ? CONFIDENCE_LIKELY
                                : CONFIDENCE_CERTAIN);
    draft_add_address(builder, draft, &wrong->address);
    draft_add_name(builder, draft, wrong->name);
    draft_seen(draft, wrong->time, wrong->last_time);
    draft->finding.count++;
    timeline_note(builder->ledger, row, wrong->time, ATTEMPT_REFUSED);
    add_evidence(builder, draft, wrong);
    if (!for_resolver) /* its clients are who suffers */
        add_device(results, draft, wrong, &match);
}

static bool came_from_elsewhere(const struct result *forged)
{
    int apart = forged->answer_ttl - forged->later->answer_ttl;
    return apart > 1 || apart < -1;
}

static bool forged_has_address(const struct result *forged)
{
    return forged->forged_kind == RESULT_HIJACKED || forged->forged_kind == RESULT_OK;
}

static const char *forged_answer(const struct result *forged)
{
    if (forged->forged_kind == RESULT_OK)
        return answer_fault_word(ANSWER_FOREIGN);
    return forged->forged_kind == RESULT_HIJACKED ? answer_fault_word(forged->fault)
                                                  : result_word(forged->forged_kind);
}

static void forged_evidence(struct builder *builder, struct draft *draft,
                            const struct result *forged)
{
    struct arena *arena = &builder->diagnosis->arena;
    const struct result *later = forged->later;
    char text[ADDRESS_TEXT_SIZE];
    draft_evidence(
        builder, draft, forged->packet, forged->time,
        arena_format(arena, "query %s %s", dns_type_word(arena, forged->type), forged->name));
    draft_evidence(builder, draft, forged->answer_packet, forged->last_time,
                   arena_format(arena, "first answer: %s, TTL %u",
                                forged_has_address(forged) ? address_print(&forged->address, text)
                                                           : result_word(forged->forged_kind),
                                forged->answer_ttl));
    draft_evidence(builder, draft, later->answer_packet, later->last_time,
                   arena_format(arena, "second answer: %s, TTL %u",
                                address_is_none(&later->address)
                                    ? "the CNAME"
                                    : address_print(&later->address, text),
                                later->answer_ttl));
}

static struct draft *forged_draft(struct builder *builder, const char *kind, size_t row)
{
    char key[384];
    snprintf(key, sizeof key, "%s forged", catalog_service(builder->ledger->catalog, row)->host);
    return builder_draft(builder, key, kind, SEVERITY_CRITICAL, row, -1);
}

/* Somebody else answered before the resolver could: not the resolver's fault. */
static void forged_add(const struct results *results, const struct result *forged)
{
    struct builder *builder = results->builder;
    const struct catalog *catalog = builder->ledger->catalog;
    struct catalog_match match;
    size_t row = row_of(catalog, forged->name, &match);
    if (row == CATALOG_NO_SERVICE)
        return;
    bool courier = catalog_courier_name(forged->name) != COURIER_NONE;
    bool foreign = came_from_elsewhere(forged);
    const char *kind = forged_has_address(forged) ? "dns-hijacked"
                       : courier                  ? "cname-squashed"
                                                  : "dns-blocked";
    struct draft *draft = forged_draft(builder, kind, row);
    if (draft->finding.detail_count == 0) {
        draft_detail_text(builder, draft, "answer", forged_answer(forged));
        draft_detail_text(builder, draft, "proof", PROOF_TWO_ANSWERS);
    }
    if (draft->finding.culprit == NULL || (foreign && draft->finding.culprit->hops == 0))
        draft_culprit(builder, draft, CULPRIT_NETWORK, NULL,
                      foreign ? hops_from_ttl(forged->answer_ttl) : 0);
    draft_confidence(draft, foreign ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
    if (forged_has_address(forged))
        draft_add_address(builder, draft, &forged->address);
    draft_add_name(builder, draft, forged->name);
    draft_seen(draft, forged->time, forged->later->last_time);
    draft->finding.count++;
    timeline_note(builder->ledger, row, forged->time, ATTEMPT_REFUSED);
    forged_evidence(builder, draft, forged);
    add_device(results, draft, forged, &match);
}

/* Is this wrong answer from as far away as one to the same question that is known to be
 * forged? Then it is as well, though the right answer to it is not in the capture. */
static bool is_forged_like_another(const struct results *results, const struct result *wrong)
{
    const struct result *one = name_results_first(results, &wrong->client, wrong->name_hash);
    for (; one != NULL && one < results_end(results) &&
           is_same_question(one, &wrong->client, wrong->name_hash);
         one++) {
        int apart = one->answer_ttl - wrong->answer_ttl;
        if (one->kind == RESULT_FORGED && forged_has_address(one) && came_from_elsewhere(one) &&
            address_equal(&one->resolver, &wrong->resolver) && apart >= -1 && apart <= 1)
            return true;
    }
    return false;
}

/* Joins it with the others; what is counted there are questions with both answers. */
static void forged_add_like(const struct results *results, const struct result *wrong)
{
    struct builder *builder = results->builder;
    struct catalog_match match;
    size_t row = row_of(builder->ledger->catalog, wrong->name, &match);
    if (row == CATALOG_NO_SERVICE)
        return;
    struct draft *draft = forged_draft(builder, "dns-hijacked", row);
    draft_add_address(builder, draft, &wrong->address);
    draft_add_name(builder, draft, wrong->name);
    draft_seen(draft, wrong->time, wrong->last_time);
    add_evidence(builder, draft, wrong);
    add_device(results, draft, wrong, &match);
}

static const char *fault_sentence(const char *answer)
{
    static const struct {
        const char *answer;
        const char *sentence;
    } sentences[] = {
        {"unspecified", "The unspecified address is nobody's: filters answer it to block a name."},
        {"loopback", "A loopback address leads the device to itself: filters answer it to block a "
                     "name."},
        {"multicast", "A multicast address is no host's."},
        {"private", "Apple has no service at private addresses: the answer leads to a host of the "
                    "site or its provider."},
        {"block-page", "The address is known as that of a DNS filter's block page."},
        {"foreign", "The name lives in Apple's own network, behind a CNAME. The answer lacks the "
                    "CNAME, and its address is neither Apple's nor a CDN's that Apple uses."},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (strcmp(sentences[i].answer, answer) == 0)
            return sentences[i].sentence;
    return "";
}

static void forged_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *answer = answer_detail(finding, "answer");
    if (answer == NULL)
        return; /* memory was out */
    char address[ADDRESS_TEXT_SIZE];
    if (finding->address_count > 0)
        answer = address_print(&finding->addresses[finding->address_count - 1], address);
    finding->summary = arena_format(
        arena,
        "Something on the way answers %s, needed for %s, with %s before the resolver can, to %s.%s",
        finding->names[0], category_phrase(finding->category), answer,
        count_phrase(builder, finding_devices(finding), "device", "devices"),
        draft->works_otherwise ? " The service still works another way." : "");
    finding->explanation = arena_format(
        arena,
        "%s sent once and answered twice, in the resolver's name: first wrongly, and the device "
        "takes the first, then with Apple's own answer. The resolver gives one answer; %s",
        count_phrase(builder, finding->count, "question was", "questions were"),
        finding->confidence == CONFIDENCE_CERTAIN
            ? "the first one's TTL shows that its packet came from another place than the "
              "second's."
            : "the first is somebody else's, or that of another filter in the resolver's place.");
    finding->remedy = arena_format(
        arena,
        "Find the filter between the devices and their resolver that inspects port 53 (firewall, "
        "DNS security, provider%s) and exempt %s; the resolver itself is not at fault.",
        finding->culprit->hops > 0 ? "; how many hops away is said above" : "", finding->host);
}

static void hijack_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    if (finding->culprit == NULL || finding->name_count == 0)
        return; /* memory was out */
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (answer_detail(finding, "proof") != NULL) {
        forged_describe(builder, draft);
        return;
    }
    if (finding->address_count == 0)
        return; /* memory was out */
    char address[ADDRESS_TEXT_SIZE];
    const char *resolver = answer_resolver(builder, finding);
    address_print(&finding->addresses[finding->address_count - 1], address);
    finding->summary = arena_format(
        arena,
        "The resolver %s%s answers %s, needed for %s, with %s, which cannot be right, to %s.%s",
        resolver, answer_in_its_name(finding), finding->names[0],
        category_phrase(finding->category), address,
        count_phrase(builder, finding_devices(finding), "device", "devices"),
        draft->works_otherwise ? " The service still works another way." : "");
    finding->explanation = arena_format(
        arena, "%s %s What the devices then try there fails for this reason alone.%s%s",
        count_phrase(builder, finding->count, "answer was wrong.", "answers were wrong."),
        fault_sentence(finding->details[0].text), answer_policy_sentence(builder, finding),
        answer_nearness_sentence(builder, finding));
    finding->remedy = arena_format(
        arena,
        "On the resolver %s (or the DNS filter it uses) take %s off the block list, or remove the "
        "record of one's own for it; then 'dig @%s %s' must show Apple's addresses.",
        resolver, finding->host, resolver, finding->names[0]);
}

static void results_walk(const struct results *results, bool *passed_on)
{
    for (size_t i = 0; i < results->count; i++)
        if (results->list[i].kind == RESULT_HIJACKED)
            answer_origin(results, &results->list[i], passed_on);
    for (size_t i = 0; i < results->count; i++) {
        const struct result *wrong = &results->list[i];
        if (wrong->kind == RESULT_FORGED && wrong->name != NULL)
            forged_add(results, wrong);
        else if (wrong->kind == RESULT_HIJACKED && wrong->name != NULL &&
                 is_forged_like_another(results, wrong))
            forged_add_like(results, wrong);
        else if (wrong->kind == RESULT_HIJACKED && wrong->name != NULL)
            hijack_add(results, wrong, answer_origin(results, wrong, passed_on), passed_on[i]);
    }
}

bool hijacks_find(const struct results *results)
{
    struct builder *builder = results->builder;
    struct draft *before = builder->last;
    bool *passed_on = calloc(results->count + 1, sizeof *passed_on);
    if (passed_on == NULL)
        return problem_set(builder->problem,
                           "memory is out; limit the report with --since or --device");
    pairs_keep(builder, results);
    results_walk(results, passed_on);
    builder_settle(builder, before, NULL, hijack_describe);
    free(passed_on);
    return true;
}
