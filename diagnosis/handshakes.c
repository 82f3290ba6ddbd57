/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which TLS handshakes fail, and what does the way they fail say?  From the grouped
 * failures: handshake-stalled, tls-rejected, tls-interception-suspected.  Certificates
 * were judged before (interception.c): what a stranger's explains is passed over here.
 */
#include "diagnosis/handshake_results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/handshake_runs.h"
#include "diagnosis/handshake_signals.h"
#include "diagnosis/handshake_words.h"
#include "diagnosis/hijacks.h"
#include "diagnosis/interception.h"
#include "diagnosis/rules.h"

#define TIMES_NEEDED 2 /* once is chance, whatever it is */
#define TIMES_NEEDED_MIXED 3 /* where other connections of the client to the name work */
#define NTP_PORT 123

/* The finding that says that the device gets no time, or a wrong one; NULL: none does. */
static struct draft *no_time_of(const struct builder *builder, const struct address *device)
{
    for (struct draft *draft = builder->first; draft != NULL; draft = draft->next) {
        const struct finding *finding = &draft->finding;
        if (finding->port != NTP_PORT || (strcmp(finding->kind, "port-blocked") != 0 &&
                                          strcmp(finding->kind, "ntp-bad-time") != 0))
            continue;
        for (size_t i = 0; i < finding->device_count; i++)
            if (address_equal(&finding->devices[i], device))
                return draft;
    }
    return NULL;
}

/* Push providers keep a list of roots of their own, which grows old (Apple's moved to another
 * root in 2025): when they distrust an issuer, that says little about the way. */
static bool is_provider(const struct builder *builder, const struct handshake_group *group)
{
    const struct service *service = catalog_service(builder->ledger->catalog, group->row);
    return service->role == ROLE_MDM_SERVER ||
           (group->name != NULL && strcmp(group->name, "api.push.apple.com") == 0);
}

static bool is_about_dates(const struct handshake_group *group)
{
    return group->alert_from == PARTY_CLIENT &&
           (group->alert == ALERT_BAD_CERTIFICATE || group->alert == ALERT_CERTIFICATE_EXPIRED ||
            group->alert == HANDSHAKE_ALERT_HIDDEN);
}

/* A wrong clock finds every certificate expired or not yet valid. Where the device gets no
 * time and completes no handshake, that is the cause, and says so. */
static bool clock_explains(struct builder *builder, const struct handshake_group *group)
{
    struct draft *cause = is_about_dates(group) && !group->client_completes
                              ? no_time_of(builder, &group->client)
                              : NULL;
    if (cause == NULL)
        return false;
    if (handshake_detail(cause, "consequence") == NULL && cause->finding.explanation != NULL) {
        draft_detail_text(builder, cause, "consequence", "certificates-rejected");
        cause->finding.explanation = arena_format(
            &builder->diagnosis->arena,
            "%s Its consequence is in this capture: the device refuses the "
            "certificate of %s and completes no TLS handshake at all, as devices do "
            "whose clock is wrong.",
            cause->finding.explanation, group->name != NULL ? group->name : "Apple's servers");
    }
    return true;
}

/* What can be said of the certificate that the alert is about; of a site's own server the
 * fault is its operator's, whatever the alert. */
static bool certificate_explains(const struct builder *builder, const struct handshake_group *group)
{
    const struct served_chain *served = interception_served(builder, group->name);
    return served != NULL && strcmp(served->fault, "valid") != 0;
}

static void add_certificate(struct builder *builder, struct draft *draft,
                            const struct handshake_group *group)
{
    const struct served_chain *served = interception_served(builder, group->name);
    char time[TIMESTAMP_TEXT_SIZE];
    if (served == NULL || group->alert_from != PARTY_CLIENT ||
        handshake_detail(draft, "certificate") != NULL)
        return;
    draft_detail_text(builder, draft, "certificate", served->fault);
    if (strcmp(served->fault, "incomplete-chain") == 0)
        draft_detail_text(builder, draft, "certificate_issuer", served->subject);
    else if (served->limit != TIMESTAMP_NONE)
        draft_detail_text(builder, draft, "certificate_subject", served->subject);
    if (served->limit != TIMESTAMP_NONE)
        draft_detail_text(
            builder, draft, "certificate_date",
            arena_copy(&builder->diagnosis->arena, timestamp_print(served->limit, time)));
}

static void draft_take_group(struct builder *builder, struct draft *draft,
                             const struct handshake_group *group)
{
    struct arena *arena = &builder->diagnosis->arena;
    char client[ADDRESS_TEXT_SIZE];
    char server[ADDRESS_TEXT_SIZE];
    address_print(&group->client, client);
    address_print(&group->server, server);
    draft_add_device(builder, draft, &group->client);
    if (!group->tunnel)
        draft_add_address(builder, draft, &group->server);
    draft_add_name(builder, draft, group->name);
    draft_add_rows_of(builder, draft, group->name, group->tunnel ? NULL : &group->server,
                      group->port, TRANSPORT_TCP);
    draft_seen(draft, group->first_time, group->last_time);
    draft->finding.count += group->count;
    draft->works_otherwise = draft->works_otherwise && group->served;
    const char *last = "the client's last packet: still no ServerHello";
    if (group->end != HANDSHAKE_STALLED)
        last = group->alert == HANDSHAKE_ALERT_HIDDEN
                   ? "the end: the client sent one encrypted alert, no Finished"
                   : arena_format(arena, "alert %u (%s) from %s", group->alert,
                                  handshake_alert_word(arena, group->alert),
                                  group->alert_from == PARTY_CLIENT ? client : server);
    const char *hello = arena_format(arena, "ClientHello from %s", client);
    for (size_t i = 0; i < group->count && i < HANDSHAKE_EXAMPLES; i++) {
        const struct handshake_example *example = &group->examples[i];
        draft_show_flow(draft, example->flow);
        draft_evidence(builder, draft, example->hello_packet, example->hello_time, hello);
        if (example->last_packet != example->hello_packet)
            draft_evidence(builder, draft, example->last_packet, example->last_time, last);
    }
}

/* One cause in one row: whichever of the row's connections points at a cause speaks for all. */
static const char *stall_suspect(const struct handshake_results *results,
                                 const struct handshake_group *group)
{
    const struct handshake_server *server = handshake_server_find(results, &group->server);
    if (group->path_mtu != 0)
        return "mtu-black-hole";
    if (group->other_name_answered)
        return "sni-filter";
    if (group->hello_bytes > HANDSHAKE_BIG_HELLO && server != NULL && !server->answers_big &&
        (server->answers_small || group->insists))
        return "mtu-black-hole";
    return "unknown";
}

/* Does what resets others of the device's connections in that row drop these? A filter that
 * forges RSTs loses some of them, or answers the first attempt and drops the next. */
static bool reset_explains(struct builder *builder, const struct handshake_group *group)
{
    for (struct draft *draft = builder->first; draft != NULL; draft = draft->next) {
        struct finding *finding = &draft->finding;
        bool found = false;
        if (strcmp(finding->kind, "connection-reset") != 0 || draft->row != group->row ||
            strcmp(finding->details[0].text, "device") == 0)
            continue;
        for (size_t i = 0; i < finding->device_count && !found; i++)
            found = address_equal(&finding->devices[i], &group->client);
        if (!found)
            continue;
        finding->explanation = arena_format(
            &builder->diagnosis->arena,
            "%s Not all fail alike: %s of the same device got no answer to the ClientHello at all.",
            finding->explanation,
            count_phrase(builder, group->count, "other connection", "other connections"));
        draft_seen(draft, group->first_time, group->last_time);
        return true;
    }
    return false;
}

static void add_path_mtu(struct builder *builder, struct draft *draft,
                         const struct handshake_group *group)
{
    char sender[ADDRESS_TEXT_SIZE];
    if (group->path_mtu == 0 || handshake_detail(draft, "path_mtu_sender") != NULL)
        return;
    address_print(&group->path_mtu_sender, sender);
    draft_detail_number(draft, "path_mtu", group->path_mtu);
    draft_detail_text(builder, draft, "path_mtu_sender",
                      arena_copy(&builder->diagnosis->arena, sender));
    draft_evidence(builder, draft, group->path_mtu_packet, group->path_mtu_time,
                   arena_format(&builder->diagnosis->arena,
                                "ICMP \"too big\" from %s: no more than %u bytes", sender,
                                group->path_mtu));
}

static struct draft *add_stalled(struct builder *builder, const struct handshake_results *results,
                                 const struct handshake_group *group)
{
    if (!ledger_sees_answers_to(builder->ledger, &group->client, group->first_time) ||
        reset_explains(builder, group))
        return NULL;
    char key[64];
    snprintf(key, sizeof key, "%zu %u", group->row, group->port);
    struct draft *draft = builder_draft(builder, key, handshake_kind_stalled, SEVERITY_CRITICAL,
                                        group->row, group->port);
    const char *known = handshake_detail(draft, "suspect");
    if (known == NULL || strcmp(known, "unknown") == 0)
        draft_detail_text(builder, draft, "suspect", stall_suspect(results, group));
    if (strcmp(handshake_detail(draft, "suspect"), "mtu-black-hole") == 0)
        add_path_mtu(builder, draft, group);
    draft_take_group(builder, draft, group);
    return draft;
}

/* How often this client was sent away from that name in that way, at any address. The
 * groups of one client lie together. */
static uint64_t rejections_of(const struct handshake_results *results,
                              const struct handshake_group *group)
{
    size_t begin = (size_t)(group - results->groups);
    while (begin > 0 && address_equal(&results->groups[begin - 1].client, &group->client))
        begin--;
    uint64_t count = 0;
    for (size_t i = begin; i < results->group_count; i++) {
        const struct handshake_group *other = &results->groups[i];
        if (!address_equal(&other->client, &group->client))
            break;
        if (other->end == group->end && other->row == group->row &&
            handshake_same_name(other->name, group->name))
            count += other->count;
    }
    return count;
}

/* A server that sends some of a client's connections away and takes the others, all along:
 * programs of different age, say. */
static bool is_mixed(const struct handshake_results *results, const struct handshake_group *group)
{
    uint64_t times = rejections_of(results, group);
    return group->end == HANDSHAKE_REJECTED && group->alert_from != PARTY_CLIENT &&
           times >= TIMES_NEEDED_MIXED && times > group->completed;
}

static struct draft *add_rejected(struct builder *builder, const struct handshake_results *results,
                                  const struct handshake_group *group)
{
    bool by_client = group->alert_from == PARTY_CLIENT;
    if (clock_explains(builder, group))
        return NULL;
    char key[64];
    snprintf(key, sizeof key, "%zu %u %d", group->row, group->port, by_client);
    struct draft *draft = builder_draft(builder, key, handshake_kind_rejected, SEVERITY_CRITICAL,
                                        group->row, group->port);
    if (draft->finding.detail_count == 0) {
        draft_detail_text(builder, draft, "alert",
                          handshake_alert_word(&builder->diagnosis->arena, group->alert));
        draft_detail_text(builder, draft, "sender", by_client ? "client" : "server");
    }
    if (by_client && group->genuine)
        draft_detail_text(builder, draft, "chain", "verified");
    add_certificate(builder, draft, group);
    draft_take_group(builder, draft, group);
    if (results->row_completed[group->row])
        draft->finding.severity = SEVERITY_WARNING;
    return draft;
}

static struct draft *add_suspected(struct builder *builder, const struct handshake_group *group)
{
    if (clock_explains(builder, group))
        return NULL;
    char key[64];
    snprintf(key, sizeof key, "%zu %u", group->row, group->port);
    struct draft *draft = builder_draft(builder, key, handshake_kind_suspected, SEVERITY_WARNING,
                                        group->row, group->port);
    const char *refusal = handshake_alert_word(&builder->diagnosis->arena, group->alert);
    const char *signals = handshake_signals_text(&builder->diagnosis->arena, group, refusal,
                                                 handshake_detail(draft, "signals"));
    draft_detail_text(builder, draft, "signals", signals);
    draft->finding.confidence =
        handshake_signals_agree(signals) ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
    draft_culprit(builder, draft, CULPRIT_PROXY, NULL, 0);
    draft_take_group(builder, draft, group);
    return draft;
}

/* The draft that it counts in; NULL: none. */
static struct draft *add_end(struct builder *builder, const struct handshake_results *results,
                             const struct handshake_group *group)
{
    switch (group->end) {
    case HANDSHAKE_STALLED:
        return add_stalled(builder, results, group);
    case HANDSHAKE_REJECTED:
        return add_rejected(builder, results, group);
    case HANDSHAKE_REFUSED:
    case HANDSHAKE_DISTRUSTED:
        if ((is_provider(builder, group) && group->alert == ALERT_UNKNOWN_CA) ||
            !interception_judges(builder, group->row) || certificate_explains(builder, group))
            return add_rejected(builder, results, group);
        if (group->end == HANDSHAKE_REFUSED && !is_provider(builder, group))
            return add_suspected(builder, group);
        break;
    case HANDSHAKE_UNDECIDED:
    case HANDSHAKE_COMPLETE:
        break;
    }
    return NULL;
}

/* It works at other times: what fails for a while, and nothing between, is a cause with a
 * timetable, or one that began. */
static bool add_runs(struct builder *builder, const struct handshake_results *results,
                     const struct handshake_group *group)
{
    struct handshake_runs runs;
    if (!handshake_runs_read(&runs, results, group))
        return problem_set(builder->problem,
                           "memory is out; limit the report with --since or --device");
    for (size_t i = 0; i < runs.count; i++) {
        const struct handshake_run *run = &runs.list[i];
        struct handshake_group part;
        if (!handshake_run_lasts(run, group) || !handshake_run_part(results, group, run, &part))
            continue;
        struct draft *draft = add_end(builder, results, &part);
        struct period period = {run->first_time, run->last_time, run->over};
        if (draft != NULL)
            draft_period(builder, draft, &period);
    }
    free(runs.list);
    return true;
}

static bool add_group(struct builder *builder, const struct handshake_results *results,
                      const struct handshake_group *group)
{
    if (catalog_service(builder->ledger->catalog, group->row)->retired ||
        (group->end != HANDSHAKE_STALLED &&
         interception_explains(builder, &group->client, group->row)) ||
        (!group->tunnel && hijacks_explain(builder, &group->client, &group->server, group->row)))
        return true;
    if (group->completed > 0 && !is_mixed(results, group))
        return add_runs(builder, results, group);
    add_end(builder, results, group);
    return true;
}

/* Once may be chance. */
static bool handshake_holds(const struct draft *draft)
{
    return draft->finding.count >= TIMES_NEEDED;
}

bool rule_handshakes(struct builder *builder)
{
    struct handshake_results results;
    struct draft *before = builder->last;
    bool read = handshake_results_read(&results, builder);
    for (size_t i = 0; read && i < results.group_count; i++) {
        builder->unexplained_handshakes += results.groups[i].completed == 0;
        read = add_group(builder, &results, &results.groups[i]);
    }
    handshake_results_release(&results);
    if (!read)
        return false;
    builder_settle(builder, before, handshake_holds, handshake_describe);
    return true;
}
