/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names do the resolvers withhold?  The results of one client, name and
 * resolver are judged together, so that a retry that works, or the other address
 * family, excuses a failure; a resolver that answers nothing at all is one finding
 * and not one for each name.
 */
#include <stdio.h>
#include <string.h>

#include "diagnosis/devices.h"
#include "diagnosis/name_results.h"
#include "diagnosis/rules.h"

/* A resolver may take a second over one answer, and a capture may end before it. */
#define DEAD_SPAN (9 * (NANOSECONDS_PER_SECOND / 10))

/* Does the resolver answer this client nothing at all, though it was asked again
 * and the capture could have shown it? */
static bool resolver_is_dead(const struct results *results, const struct address *client,
                             const struct address *resolver)
{
    const struct ledger *ledger = results->builder->ledger;
    const struct fact_resolver *totals = name_results_resolver(results, client, resolver);
    const struct fact_host *host = ledger_host(ledger, client);
    return totals != NULL && totals->answered == 0 &&
           totals->queries + totals->retransmitted >= 2 &&
           totals->last_time - totals->first_time >= DEAD_SPAN && ledger_sees_answers(ledger) &&
           (host == NULL || host->one_sided_sent == 0);
}

/* One client, one name, one resolver. */
struct group {
    const struct result *first;
    size_t count;
    const struct result *failure; /* the first one; NULL if none */
    bool served_elsewhere; /* another resolver gave this client the name */
};

static bool group_has(const struct group *group, enum result_kind kind)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->first[i].kind == kind)
            return true;
    return false;
}

/* Was a question of this type left unanswered, and asked again? */
static bool silence_was_retried(const struct group *group, uint16_t type)
{
    uint32_t queries = 0;
    int64_t first = 0, last = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct result *one = &group->first[i];
        if (one->kind != RESULT_UNANSWERED || one->type != type)
            continue;
        if (queries == 0)
            first = last = one->time;
        queries += one->queries;
        last = one->last_time > last ? one->last_time : last;
    }
    return queries >= 2 && last - first >= RETRY_SPAN;
}

/* Silence about one name only counts from a resolver that answered this client
 * other things in that time, and only after a retry: the questions for both
 * address families go out together. */
static bool silence_counts(const struct results *results, const struct group *group)
{
    const struct fact_resolver *totals =
        name_results_resolver(results, &group->first->client, &group->first->resolver);
    return totals != NULL && totals->answered > 0 &&
           (silence_was_retried(group, DNS_TYPE_A) || silence_was_retried(group, DNS_TYPE_AAAA)) &&
           totals->last_answer_time >= group->failure->time &&
           ledger_sees_answers_to(results->builder->ledger, &group->first->client,
                                  group->failure->time);
}

/* "No such name" and "no data" for a name that only a wildcard covers may be the
 * truth, unless somebody other than its zone says so or another resolver has it. */
static bool absence_counts(const struct ledger *ledger, const struct group *group, size_t row)
{
    const struct service *service = catalog_service(ledger->catalog, row);
    if (strcmp(service->category, "observed-not-listed") == 0)
        return group->served_elsewhere;
    return service->kind == PATTERN_EXACT || group->failure->foreign_soa || group->served_elsewhere;
}

static bool group_fails(const struct results *results, const struct group *group, size_t row)
{
    if (group->failure == NULL || group_has(group, RESULT_OK) ||
        group_has(group, RESULT_HIJACKED) || group_has(group, RESULT_GENUINE_NEGATIVE) ||
        group_has(group, RESULT_UNREADABLE))
        return false;
    if (group->failure->kind == RESULT_UNANSWERED)
        return silence_counts(results, group);
    bool absent = group->failure->kind == RESULT_NXDOMAIN || group->failure->kind == RESULT_EMPTY;
    return !absent || catalog_courier_name(group->failure->name) != COURIER_NONE ||
           absence_counts(results->builder->ledger, group, row);
}

static const char *type_word(struct arena *arena, uint16_t type)
{
    switch (type) {
    case DNS_TYPE_A:
        return "A";
    case DNS_TYPE_AAAA:
        return "AAAA";
    case DNS_TYPE_TXT:
        return "TXT";
    case DNS_TYPE_HTTPS:
        return "HTTPS";
    default:
        return arena_format(arena, "TYPE%u", type); /* RFC 3597 section 5 */
    }
}

static void group_evidence(struct results *results, struct draft *draft, const struct group *group)
{
    struct arena *arena = &results->builder->diagnosis->arena;
    for (const struct result *one = group->failure; one < group->first + group->count; one++) {
        if (one->kind != group->failure->kind)
            continue;
        draft_evidence(results->builder, draft, one->packet, one->time,
                       arena_format(arena, "query %s %s", type_word(arena, one->type), one->name));
        if (one->kind != RESULT_UNANSWERED) {
            draft_evidence(results->builder, draft, one->answer_packet, one->answer_time,
                           arena_format(arena, "answer: %s", result_word(one->kind)));
            return;
        }
        if (one->queries > 1)
            draft_evidence(results->builder, draft, one->answer_packet, one->answer_time,
                           "asked again, still no answer");
    }
}

/* Push got through for this client after the name was withheld. */
static bool push_works(const struct ledger *ledger, const struct group *group)
{
    const struct tally *push = ledger_find(ledger, &group->first->client, NULL, ROW_APNS);
    return push != NULL && push->counts[ATTEMPT_SUCCESS] > 0 &&
           push->last_success >= group->failure->time;
}

/* A lookup that fails is an attempt to reach the host, whatever the port; couriers
 * are only ever asked for on two. Where another resolver gave the name, no row of
 * the list suffers. */
static void group_touch_rows(struct builder *builder, struct draft *draft,
                             const struct group *group)
{
    struct ledger *ledger = builder->ledger;
    struct catalog_match match;
    if (group->served_elsewhere)
        return;
    bool courier = catalog_courier_name(group->failure->name) != COURIER_NONE;
    catalog_match(ledger->catalog, group->failure->name, NULL, 0, 0, &match);
    for (size_t i = 0; i < match.count; i++) {
        uint16_t port = catalog_service(ledger->catalog, match.services[i])->port;
        if (courier && port != 0 && port != 443 && port != 5223)
            continue;
        draft_add_row(builder, draft, match.services[i]);
        ledger->row_attempts[match.services[i]] += group->count;
    }
}

/* A lost packet looks like silence, and a resolver out of breath fails once. */
static enum confidence group_confidence(const struct group *group)
{
    bool once = group->count == 1 && group->failure->kind == RESULT_SERVFAIL;
    return once || group->failure->kind == RESULT_UNANSWERED ? CONFIDENCE_LIKELY
                                                             : CONFIDENCE_CERTAIN;
}

static void group_add(struct results *results, const struct group *group)
{
    struct builder *builder = results->builder;
    const struct result *failure = group->failure;
    struct catalog_match match;
    catalog_match(builder->ledger->catalog, failure->name, NULL, 0, 0, &match);
    if (match.primary == CATALOG_NO_SERVICE ||
        catalog_service(builder->ledger->catalog, match.primary)->retired ||
        name_is_private_relay(failure->name) || !group_fails(results, group, match.primary))
        return;
    bool courier = catalog_courier_name(failure->name) != COURIER_NONE;
    const char *host = catalog_service(builder->ledger->catalog, match.primary)->host;
    char key[384];
    char resolver[ADDRESS_TEXT_SIZE];
    snprintf(key, sizeof key, "%s %s", host, address_print(&failure->resolver, resolver));
    struct draft *draft = builder_draft(builder, key, courier ? "cname-squashed" : "dns-blocked",
                                        SEVERITY_CRITICAL, match.primary, -1);
    draft_detail_text(builder, draft, "answer", result_word(failure->kind));
    draft_culprit(builder, draft, CULPRIT_RESOLVER, &failure->resolver, 0);
    draft_add_device(builder, draft, &failure->client);
    draft_add_name(builder, draft, failure->name);
    draft_seen(draft, failure->time, group->first[group->count - 1].last_time);
    draft_confidence(draft, group_confidence(group));
    draft->finding.count += group->count;
    group_touch_rows(builder, draft, group);
    draft->works_otherwise =
        draft->works_otherwise &&
        (group->served_elsewhere || (courier && push_works(builder->ledger, group)));
    group_evidence(results, draft, group);
}

/* The same device may ask another resolver from its address of the other family. */
static bool device_has_other_resolver(const struct results *results, const struct address *client,
                                      const struct address *resolver)
{
    size_t count;
    const struct mac_owner *same = devices_same(results->builder->ledger, client, &count);
    bool answered = name_results_client_answered(results, client, resolver);
    for (size_t i = 0; i < count && !answered; i++)
        answered = name_results_client_answered(results, &same[i].address, resolver);
    return answered;
}

static void dead_resolver_add(struct results *results, const struct group *group)
{
    struct builder *builder = results->builder;
    const struct result *failure = group->failure;
    const struct fact_resolver *totals =
        name_results_resolver(results, &failure->client, &failure->resolver);
    char key[ADDRESS_TEXT_SIZE];
    struct draft *draft =
        builder_draft(builder, address_print(&failure->resolver, key), "dns-unanswered",
                      SEVERITY_CRITICAL, CATALOG_NO_SERVICE, -1);
    size_t devices = draft->finding.device_count;
    draft_add_device(builder, draft, &failure->client);
    if (draft->finding.device_count > devices)
        draft->finding.count += totals->queries + totals->retransmitted;
    draft_add_name(builder, draft, failure->name);
    group_touch_rows(builder, draft, group);
    draft_seen(draft, failure->time, group->first[group->count - 1].last_time);
    draft_culprit(builder, draft, CULPRIT_RESOLVER, &failure->resolver, 0);
    draft->works_otherwise =
        draft->works_otherwise &&
        device_has_other_resolver(results, &failure->client, &failure->resolver);
    group_evidence(results, draft, group);
}

/* The first failure that came as an answer, or else the first one. */
static bool failure_says_more(const struct result *one, const struct result *known)
{
    return one->kind > RESULT_GENUINE_NEGATIVE &&
           (known == NULL || (known->kind == RESULT_UNANSWERED && one->kind != RESULT_UNANSWERED));
}

static void take_group(struct results *results, struct group *group)
{
    if (group->failure == NULL)
        return;
    size_t count;
    const struct mac_owner *same =
        devices_same(results->builder->ledger, &group->first->client, &count);
    for (size_t i = 0; i < count && !group->served_elsewhere; i++)
        group->served_elsewhere =
            name_results_served(results, &same[i].address, group->first->name_hash);
    if (resolver_is_dead(results, &group->first->client, &group->first->resolver))
        dead_resolver_add(results, group);
    else
        group_add(results, group);
}

/* All resolvers of one client and name stand together, as they are sorted. */
static void results_walk(struct results *results)
{
    size_t start = 0;
    while (start < results->count) {
        const struct result *first = &results->list[start];
        size_t end = start;
        while (end < results->count && results->list[end].name_hash == first->name_hash &&
               address_equal(&results->list[end].client, &first->client))
            end++;
        bool served = false;
        for (size_t i = start; i < end; i++)
            served = served || results->list[i].kind == RESULT_OK;
        while (start < end) {
            struct group group = {.first = &results->list[start], .served_elsewhere = served};
            while (start < end &&
                   address_equal(&results->list[start].resolver, &group.first->resolver)) {
                if (failure_says_more(&results->list[start], group.failure))
                    group.failure = &results->list[start];
                group.count++;
                start++;
            }
            take_group(results, &group);
        }
    }
}

static const char *answer_sentence(const char *answer)
{
    static const struct {
        const char *answer;
        const char *sentence;
    } sentences[] = {
        {"nxdomain", "that the name does not exist (NXDOMAIN)"},
        {"servfail", "with a failure (SERVFAIL)"},
        {"refused", "that it refuses (REFUSED)"},
        {"error", "with an error code"},
        {"empty", "with nothing in it"},
        {"address-missing", "with the CNAME but without the address that it leads to"},
        {"no-answer", "nothing, while it answers other questions"},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (strcmp(sentences[i].answer, answer) == 0)
            return sentences[i].sentence;
    return answer;
}

/* What the missing answer shows, in words for either sort of courier name. */
static const char *squashed_reason(const char *answer)
{
    if (strcmp(answer, "address-missing") == 0)
        return "Here the CNAME came, but the addresses that a numbered courier name leads to did "
               "not.";
    if (strcmp(answer, "no-answer") == 0)
        return "Here no answer came at all, though the resolver answered other questions.";
    return "Here the answer has no CNAME.";
}

static void describe_squashed(struct builder *builder, struct finding *finding,
                              const char *resolver, const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    const char *answer = finding->details[0].text;
    finding->summary = arena_format(
        arena,
        "The resolver %s withholds %s of %s, which Apple push (APNs) and activation "
        "need, from %s: it answers %s.",
        resolver, strcmp(answer, "address-missing") == 0 ? "the addresses" : "the CNAME",
        finding->names[0], devices, answer_sentence(answer));
    finding->explanation = arena_format(
        arena,
        "Apple answers courier names with a CNAME always. For courier.push.apple.com that "
        "CNAME leads to a name without an address, by design: devices only take its target. A "
        "resolver or DNS filter that checks the target, or has the name on a list, drops the "
        "answer. %s",
        squashed_reason(answer));
    finding->remedy = arena_format(
        arena,
        "On the resolver %s (or the DNS filter or proxy it forwards to) exempt "
        "push.apple.com and push-apple.com.akadns.net from blocking, rewriting and answer "
        "checks, so that answers pass unchanged. To check: 'dig @%s courier.push.apple.com' must "
        "show CNAME courier-push-apple.com.akadns.net, and no address; "
        "'dig @%s 1-courier.push.apple.com' must show addresses.",
        resolver, resolver, resolver);
}

static const char *blocked_reason(const struct finding *finding, const char *answer)
{
    if (strcmp(answer, "no-answer") == 0)
        return "The questions for it were repeated without an answer, while the resolver answered "
               "the same devices other questions.";
    if (strcmp(answer, "nxdomain") != 0 && strcmp(answer, "empty") != 0)
        return "An error code is no answer: every attempt in the capture ended so.";
    if (finding->category != NULL && strcmp(finding->category, "site") == 0)
        return "The answer does not carry the SOA record of the name's own zone, which a true "
               "negative answer has (RFC 2308).";
    return "A true negative answer carries the SOA record of Apple's zone (RFC 2308); this one "
           "does "
           "not.";
}

static void describe_blocked(struct builder *builder, struct finding *finding, const char *resolver,
                             const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    const char *answer = finding->details[0].text;
    finding->summary = arena_format(
        arena, "The resolver %s does not resolve %s, needed for %s, for %s: it answers %s.",
        resolver, finding->names[0], category_phrase(finding->category), devices,
        answer_sentence(answer));
    finding->explanation = blocked_reason(finding, answer);
    finding->remedy = arena_format(
        arena,
        "On the resolver %s (or the DNS filter it uses) remove %s from block lists and allow it; "
        "then check 'dig @%s %s'.",
        resolver, finding->host, resolver, finding->names[0]);
}

static void describe_dead(struct builder *builder, struct draft *draft, const char *resolver,
                          const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    finding->summary =
        arena_format(arena, "The resolver %s answers nothing to %s.%s", resolver, devices,
                     draft->works_otherwise ? " Another resolver does." : "");
    finding->explanation = arena_format(
        arena,
        "%llu queries and retries went to it and no answer of any kind came back, while the "
        "capture shows other packets arriving. Names that it was asked for fail for this "
        "reason alone.",
        (unsigned long long)finding->count);
    finding->remedy = arena_format(
        arena,
        "Make DNS at %s answer (service, firewall UDP and TCP port 53, access list), or give the "
        "devices another resolver by DHCP.",
        resolver);
}

static void describe(struct builder *builder, struct draft *draft)
{
    struct finding *finding = &draft->finding;
    bool dead = strcmp(finding->kind, "dns-unanswered") == 0;
    bool squashed = strcmp(finding->kind, "cname-squashed") == 0;
    if (!dead && !squashed && strcmp(finding->kind, "dns-blocked") != 0)
        return;
    draft_sort(builder, draft);
    if (finding->culprit == NULL || finding->name_count == 0)
        return; /* memory was out */
    char resolver[ADDRESS_TEXT_SIZE];
    address_print(&finding->culprit->address, resolver);
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (dead)
        describe_dead(builder, draft, resolver, devices);
    else if (squashed)
        describe_squashed(builder, finding, resolver, devices);
    else
        describe_blocked(builder, finding, resolver, devices);
}

bool rule_names(struct builder *builder)
{
    struct results results = {.builder = builder};
    bool ok = name_results_load(&results);
    if (ok) {
        results_walk(&results);
        for (struct draft *draft = builder->first; draft != NULL; draft = draft->next)
            describe(builder, draft);
    }
    name_results_release(&results);
    return ok;
}
