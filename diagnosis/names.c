/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which resolvers withhold names, from whom, and how is it shown?  A resolver that
 * answers nothing at all, or nothing but errors, is one finding and not one for each
 * name, and so is a closed TCP port behind answers that were cut to fit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/devices.h"
#include "diagnosis/hijacks.h"
#include "diagnosis/name_verdicts.h"
#include "diagnosis/name_words.h"
#include "diagnosis/rules.h"
#include "diagnosis/timeline.h"

static void group_evidence(struct results *results, struct draft *draft,
                           const struct name_group *group)
{
    struct arena *arena = &results->builder->diagnosis->arena;
    for (const struct result *one = group->failure; one < group->first + group->count; one++) {
        if (one->kind != group->failure->kind)
            continue;
        draft_evidence(
            results->builder, draft, one->packet, one->time,
            arena_format(arena, "query %s %s", dns_type_word(arena, one->type), one->name));
        if (one->kind != RESULT_UNANSWERED) {
            draft_evidence(results->builder, draft, one->answer_packet, one->last_time,
                           arena_format(arena, "answer: %s", result_word(one->kind)));
            return;
        }
        if (one->queries > 1)
            draft_evidence(results->builder, draft, one->answer_packet, one->last_time,
                           "asked again, still no answer");
    }
}

/* Push got through for this client after the name was withheld. */
static bool push_works(const struct ledger *ledger, const struct name_group *group)
{
    const struct tally *push = ledger_find(ledger, &group->first->client, NULL, ROW_APNS);
    return push != NULL && push->counts[ATTEMPT_SUCCESS] > 0 &&
           push->last_success >= group->failure->time;
}

/* A lookup that failed stands in the timeline beside the connections. */
static void group_note_times(const struct ledger *ledger, const struct name_group *group)
{
    size_t row = name_row(ledger->catalog, group->failure->name);
    for (const struct result *one = group->first; one < group->first + group->count; one++)
        if (one->kind == group->failure->kind)
            timeline_note(ledger, row, one->time, ATTEMPT_REFUSED);
}

/* A lookup that fails is an attempt to reach the host, whatever the port; couriers
 * are only ever asked for on two. Where another resolver gave the name, no row of
 * the list suffers. */
static void group_touch_rows(struct builder *builder, struct draft *draft,
                             const struct name_group *group)
{
    struct ledger *ledger = builder->ledger;
    struct catalog_match match;
    group_note_times(ledger, group);
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
static enum confidence group_confidence(const struct name_group *group)
{
    const struct result *failure = group->failure;
    bool once = group->count == 1 && failure->kind == RESULT_SERVFAIL;
    if (failure->policy != NULL || (group->upstream != NULL && failure->kind != RESULT_UNANSWERED))
        return CONFIDENCE_CERTAIN;
    return once || failure->kind == RESULT_UNANSWERED ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN;
}

static void result_evidence(struct builder *builder, struct draft *draft, const struct result *one)
{
    struct arena *arena = &builder->diagnosis->arena;
    char client[ADDRESS_TEXT_SIZE];
    char resolver[ADDRESS_TEXT_SIZE];
    char address[ADDRESS_TEXT_SIZE];
    draft_evidence(builder, draft, one->packet, one->time,
                   arena_format(arena, "the same question from %s to %s",
                                address_print(&one->client, client),
                                address_print(&one->resolver, resolver)));
    if (one->kind == RESULT_UNANSWERED)
        return;
    bool empty = address_is_none(&one->address) || one->kind != RESULT_OK;
    draft_evidence(builder, draft, one->answer_packet, one->last_time,
                   arena_format(arena, "its answer: %s",
                                one->kind != RESULT_OK ? result_word(one->kind)
                                : empty                ? "the CNAME"
                                                       : address_print(&one->address, address)));
}

/* Both sides of a forwarder, and what another resolver said. */
static void group_proofs(struct results *results, struct draft *draft,
                         const struct name_group *group)
{
    struct builder *builder = results->builder;
    char resolver[ADDRESS_TEXT_SIZE];
    const char *proof = group->origin != group    ? NAME_PROOF_UPSTREAM_SAID_IT
                        : group->upstream != NULL ? NAME_PROOF_UPSTREAM_HAD_IT
                                                  : NULL;
    if (proof != NULL && answer_detail(&draft->finding, "proof") == NULL)
        draft_detail_text(builder, draft, "proof", proof);
    if (group->origin != group)
        result_evidence(builder, draft, group->origin->failure);
    if (group->upstream != NULL)
        result_evidence(builder, draft, group->upstream);
    if (group->served == NULL || group->one_family)
        return;
    if (answer_detail(&draft->finding, "served_by") == NULL)
        draft_detail_text(builder, draft, "served_by",
                          arena_copy(&builder->diagnosis->arena,
                                     address_print(&group->served->resolver, resolver)));
    result_evidence(builder, draft, group->served);
}

/* What every finding on withheld names takes from a group. */
static void draft_take_group(struct results *results, struct draft *draft,
                             const struct name_group *group)
{
    struct builder *builder = results->builder;
    const struct result *failure = group->failure;
    const struct result *said = group->origin->failure;
    answer_culprit(builder, draft, &said->client, &said->resolver,
                   said->kind != RESULT_UNANSWERED ? said->answer_ttl : 0, false);
    draft_add_device(builder, draft, &failure->client);
    draft_add_name(builder, draft, failure->name);
    draft_seen(draft, failure->time, group->first[group->count - 1].last_time);
    draft_confidence(draft, group_confidence(group));
    draft->finding.count += group->count;
    group_touch_rows(builder, draft, group);
    answer_note_policy(builder, draft, said->policy, said->policy_text);
    group_evidence(results, draft, group);
    group_proofs(results, draft, group);
}

static struct draft *group_add(struct results *results, const struct name_group *group)
{
    struct builder *builder = results->builder;
    const struct catalog *catalog = builder->ledger->catalog;
    const struct result *said = group->origin->failure;
    size_t row = name_row(catalog, group->failure->name);
    bool courier = catalog_courier_name(group->failure->name) != COURIER_NONE;
    char key[384];
    char resolver[ADDRESS_TEXT_SIZE];
    snprintf(key, sizeof key, "%s %s", catalog_service(catalog, row)->host,
             address_print(&said->resolver, resolver));
    struct draft *draft = builder_draft(builder, key, courier ? "cname-squashed" : "dns-blocked",
                                        SEVERITY_CRITICAL, row, -1);
    draft_detail_text(builder, draft, "answer", result_word(said->kind));
    if (group->one_family)
        draft_detail_text(builder, draft, "family", "ipv4");
    draft_take_group(results, draft, group);
    draft->works_otherwise = draft->works_otherwise &&
                             (group->served_elsewhere || group->one_family || group->works_again ||
                              (courier && push_works(builder->ledger, group)));
    return draft;
}

/* What works again, or did before, says when it failed. */
static void runs_add(struct results *results, const struct name_group *group)
{
    const struct result *from = group->first;
    struct name_run run;
    for (int i = 0; i < RUNS_LIMIT && name_run_next(results, group, from, &run); i++) {
        const struct name_group *failing = &run.group;
        from = failing->first + failing->count;
        if (!name_run_trace(results, &run))
            continue;
        struct draft *draft = group_add(results, failing);
        struct period period = {failing->first->time, failing->first[failing->count - 1].last_time,
                                failing->works_again};
        draft_period(results->builder, draft, &period);
        if (!failing->works_again)
            draft->finding.ongoing = ONGOING_YES;
        if (failing->served == NULL)
            result_evidence(results->builder, draft, run.good);
    }
}

/* One cause, whatever was asked for. */
static void broken_add(struct results *results, const struct name_group *group)
{
    struct builder *builder = results->builder;
    const struct result *said = group->origin->failure;
    char key[ADDRESS_TEXT_SIZE];
    struct draft *draft = builder_draft(builder, address_print(&said->resolver, key), "dns-blocked",
                                        SEVERITY_CRITICAL, CATALOG_NO_SERVICE, -1);
    if (draft->finding.detail_count == 0) {
        draft_detail_text(builder, draft, "answer", result_word(said->kind));
        draft_detail_text(builder, draft, "scope", "all-names");
    }
    draft_take_group(results, draft, group);
    draft->works_otherwise = draft->works_otherwise && group->served_elsewhere;
}

static void dead_resolver_add(struct results *results, const struct name_group *group)
{
    struct builder *builder = results->builder;
    const struct result *failure = group->failure;
    const struct result *asked = group->origin->failure;
    const struct fact_resolver *totals =
        name_results_resolver(results, &asked->client, &asked->resolver);
    char key[ADDRESS_TEXT_SIZE];
    struct draft *draft =
        builder_draft(builder, address_print(&asked->resolver, key), "dns-unanswered",
                      SEVERITY_CRITICAL, CATALOG_NO_SERVICE, -1);
    size_t devices = draft->finding.device_count;
    draft_add_device(builder, draft, &failure->client);
    if (draft->finding.device_count > devices)
        draft->finding.count += totals->queries + totals->retransmitted;
    draft_add_name(builder, draft, failure->name);
    group_touch_rows(builder, draft, group);
    draft_seen(draft, failure->time, group->first[group->count - 1].last_time);
    draft_culprit(builder, draft, CULPRIT_RESOLVER, &asked->resolver, 0);
    draft->works_otherwise =
        draft->works_otherwise &&
        (group->served_elsewhere ||
         name_results_device_answered(results, &failure->client, &failure->resolver));
    group_evidence(results, draft, group);
    if (group->origin != group)
        group_proofs(results, draft, group);
}

/* An answer that does not fit its datagram has to be fetched over TCP (RFC 7766 section
 * 5), and all ways there are closed. */
static const struct tally *tcp_is_closed(const struct results *results,
                                         const struct name_group *group,
                                         const struct result *truncated)
{
    const struct ledger *ledger = results->builder->ledger;
    const struct tally *tally = ledger_resolver(ledger, &truncated->client, &truncated->resolver);
    if (tally == NULL || tally_failures(tally) == 0 || name_group_has(group, RESULT_OK) ||
        name_group_has(group, RESULT_GENUINE_NEGATIVE) || name_group_has(group, RESULT_HIJACKED) ||
        name_group_has(group, RESULT_FORGED) || name_group_has(group, RESULT_UNREADABLE) ||
        tally->counts[ATTEMPT_SUCCESS] + tally->counts[ATTEMPT_TORN_DOWN] > 0 ||
        (tally->counts[ATTEMPT_SILENT] > 0 &&
         !ledger_sees_answers_to(ledger, &truncated->client, tally->first_failure)))
        return NULL;
    return tally;
}

static const struct result *group_truncated(const struct name_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->first[i].kind == RESULT_TRUNCATED)
            return &group->first[i];
    return NULL;
}

/* The datagrams of the same resolver come through, so that only its port is closed. */
static void truncated_culprit(struct builder *builder, struct draft *draft,
                              const struct tally *tally)
{
    const char *how = "tcp-53-no-answer";
    if (tally->counts[ATTEMPT_REJECTED] > 0) {
        bool itself = address_equal(&tally->icmp_sender, &tally->server);
        how = "tcp-53-rejected";
        draft_culprit(builder, draft, itself ? CULPRIT_RESOLVER : CULPRIT_FIREWALL,
                      &tally->icmp_sender, hops_from_ttl(tally->icmp_ttl));
    } else if (tally->counts[ATTEMPT_REFUSED] > 0) {
        how = "tcp-53-refused";
        draft_culprit(builder, draft, CULPRIT_RESOLVER, &tally->server, 0);
    } else {
        draft_culprit(builder, draft, CULPRIT_FIREWALL, NULL, 0);
    }
    draft_detail_text(builder, draft, "how", how);
}

static bool truncated_add(struct results *results, const struct name_group *group)
{
    struct builder *builder = results->builder;
    const struct result *truncated = group_truncated(group);
    const struct tally *tally = truncated != NULL ? tcp_is_closed(results, group, truncated) : NULL;
    size_t row =
        tally != NULL ? name_row(builder->ledger->catalog, truncated->name) : CATALOG_NO_SERVICE;
    if (row == CATALOG_NO_SERVICE)
        return true;
    char key[ADDRESS_TEXT_SIZE + 16];
    char resolver[ADDRESS_TEXT_SIZE];
    snprintf(key, sizeof key, "%s truncated", address_print(&truncated->resolver, resolver));
    struct draft *draft = builder_draft(builder, key, "dns-blocked", SEVERITY_CRITICAL, row, -1);
    if (draft->row != row) /* one closed port, and more rows than one */
        draft->finding.host = draft->finding.category = NULL;
    if (draft->finding.detail_count == 0) {
        draft_detail_text(builder, draft, "answer", result_word(RESULT_TRUNCATED));
        truncated_culprit(builder, draft, tally);
        draft_detail_text(builder, draft, "resolver",
                          arena_copy(&builder->diagnosis->arena, resolver));
    }
    struct name_group touched = *group;
    touched.failure = truncated;
    draft_add_device(builder, draft, &truncated->client);
    draft_add_name(builder, draft, truncated->name);
    draft_seen(draft, truncated->time, group->first[group->count - 1].last_time);
    draft->finding.count += group->count;
    group_touch_rows(builder, draft, &touched);
    draft->works_otherwise = draft->works_otherwise && group->served_elsewhere;
    group_evidence(results, draft, &touched);
    bool ok = true;
    for (size_t i = 0; i < tally->failed_flow_count && ok; i++)
        ok = draft_evidence_of_flow(builder, draft, tally->failed_flows[i]);
    return ok;
}

static bool groups_walk(struct results *results, const struct broken_resolvers *broken)
{
    bool ok = true;
    for (size_t i = 0; i < results->group_count && ok; i++) {
        const struct name_group *group = &results->groups[i];
        if (group->passed_on || group->overcome)
            continue; /* to a resolver, whose clients suffer, or do not */
        if (group->comes_and_goes && !group->fails && !group->dead)
            runs_add(results, group);
        else if (!group->fails && !group->dead)
            ok = truncated_add(results, group);
        else if (group->origin->dead)
            dead_resolver_add(results, group);
        else if (broken_resolvers_explain(broken, results, group))
            broken_add(results, group);
        else
            group_add(results, group)->finding.ongoing = ONGOING_YES; /* it never worked */
    }
    return ok;
}

static bool names_judge(struct results *results)
{
    struct builder *builder = results->builder;
    struct broken_resolvers broken = {NULL, 0};
    struct draft *before = builder->last;
    bool ok = name_results_load(results);
    if (ok) {
        name_verdicts(results);
        ok = broken_resolvers_collect(results, &broken) ||
             problem_set(builder->problem, "memory is out; limit the report with --since or "
                                           "--device");
    }
    ok = ok && groups_walk(results, &broken);
    if (ok) {
        builder_settle(builder, before, NULL, name_describe);
        ok = hijacks_find(results);
    }
    free(broken.list);
    return ok;
}

bool rule_names(struct builder *builder)
{
    struct results own = {.builder = builder};
    bool ok = names_judge(builder->names != NULL ? builder->names : &own);
    name_results_release(&own);
    return ok;
}
