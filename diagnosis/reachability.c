/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hosts and ports of the catalogue cannot be reached?  From the ledger:
 * SYNs and requests that were retried and never answered, SYNs answered by RST,
 * SYNs and requests answered by an ICMP error.  Nothing is said of silence where
 * the capture has not shown that it would have seen an answer.
 */
#include <stdio.h>
#include <string.h>

#include "diagnosis/control_group.h"
#include "diagnosis/devices.h"
#include "diagnosis/hijacks.h"
#include "diagnosis/outages.h"
#include "diagnosis/port_words.h"
#include "diagnosis/rules.h"
#include "diagnosis/server_names.h"
#include "diagnosis/shut_out.h"

#define OUTAGE_EDGE (10 * NANOSECONDS_PER_SECOND) /* what one attempt lasts */

enum how { HOW_NO_ANSWER, HOW_RESET, HOW_ICMP_PROHIBITED, HOW_ICMP_UNREACHABLE };

static const char *const how_words[] = {"no-answer", "reset", "icmp-prohibited",
                                        "icmp-unreachable"};

/* RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1, RFC 4443 section 3.1: the
 * codes that say "by policy" rather than "there is no way". */
static bool icmp_is_prohibition(const struct tally *tally)
{
    if (address_is_ipv4(&tally->icmp_sender))
        return tally->icmp_code == 9 || tally->icmp_code == 10 || tally->icmp_code == 13;
    return tally->icmp_code == 1 || tally->icmp_code == 5 || tally->icmp_code == 6;
}

static enum how tally_how(const struct tally *tally)
{
    if (tally->counts[ATTEMPT_REJECTED] > 0)
        return icmp_is_prohibition(tally) ? HOW_ICMP_PROHIBITED : HOW_ICMP_UNREACHABLE;
    return tally->counts[ATTEMPT_REFUSED] > 0 ? HOW_RESET : HOW_NO_ANSWER;
}

static bool port_is_legacy(uint16_t port)
{
    return port == 2195 || port == 2196;
}

/* A row for any port does not say that a server listens on this one. Only what
 * everybody serves, or a refusal by policy, counts there. */
static bool port_ought_to_answer(const struct service *service, const struct tally *tally)
{
    return service->port != 0 || tally->port == 443 || tally->port == 80 ||
           tally_how(tally) == HOW_ICMP_PROHIBITED;
}

/* Are the failures of one client with one server address and port what a block
 * looks like? */
static bool tally_looks_blocked(const struct builder *builder, const struct tally *tally)
{
    const struct ledger *ledger = builder->ledger;
    if (tally->row >= catalog_count(ledger->catalog) || address_is_none(&tally->client) ||
        address_is_none(&tally->server) || tally_failures(tally) == 0)
        return false;
    const struct service *service = catalog_service(ledger->catalog, tally->row);
    if (service->retired || port_is_legacy(tally->port) || !port_ought_to_answer(service, tally) ||
        hijacks_explain(builder, &tally->client, &tally->server, tally->row))
        return false;
    return tally_how(tally) != HOW_NO_ANSWER ||
           (ledger_sees_answers_to(ledger, &tally->client, tally->first_failure) &&
            !ledger_is_before_network(ledger, &tally->client, tally->last_failure));
}

static bool tally_ever_opened(const struct ledger *ledger, const struct tally *tally)
{
    return ledger_port_opens(ledger, &tally->client, &tally->server, tally->transport, tally->port);
}

/* A pair that worked at other times is for outages to judge. */
static bool tally_is_blocked(const struct builder *builder, const struct tally *tally)
{
    return tally_looks_blocked(builder, tally) && !tally_ever_opened(builder->ledger, tally);
}

/* QUIC has TCP to fall back on, and a rule of its own. */
static bool tally_is_quic(const struct tally *tally)
{
    return tally->transport == TRANSPORT_UDP && tally->port == 443;
}

/* Nothing that this client tried anywhere was answered, Apple's or not: three tries
 * or more, and not Apple's alone. */
static bool client_reaches_nothing(const struct ledger *ledger, const struct address *client)
{
    const struct fact_host *host = ledger_host(ledger, client);
    const struct tally *any = ledger_find(ledger, client, NULL, ROW_ANY);
    if (host == NULL || host->other_tcp_answered > 0 ||
        (any != NULL && any->counts[ATTEMPT_SUCCESS] + any->counts[ATTEMPT_TORN_DOWN] > 0))
        return false;
    uint64_t others = host->other_tcp_silent + host->other_tcp_refused;
    return others >= 2 || (others == 1 && any != NULL && tally_failures(any) >= 2);
}

/* The same device reaches something from another of its addresses: one address
 * family is broken, and not its whole network. */
static bool device_reaches_something(const struct ledger *ledger, const struct address *client)
{
    size_t count;
    const struct mac_owner *same = devices_same(ledger, client, &count);
    for (size_t i = 0; i < count; i++) {
        const struct fact_host *host = ledger_host(ledger, &same[i].address);
        const struct tally *any = ledger_find(ledger, &same[i].address, NULL, ROW_ANY);
        if ((host != NULL && host->other_tcp_answered > 0) ||
            (any != NULL && any->counts[ATTEMPT_SUCCESS] > 0))
            return true;
    }
    return false;
}

/* A SYN to another port of the same address was answered: the server is there. */
static bool server_answers_elsewhere(const struct ledger *ledger, const struct tally *tally)
{
    return ledger_find(ledger, &tally->client, &tally->server, ROW_ANY) != NULL;
}

/* One cause, one finding: row, port, how, and who says so. Where nothing works,
 * whatever is tried, there is one cause for all. */
static struct draft *port_draft(struct builder *builder, const struct tally *tally, enum how how,
                                bool everything)
{
    if (everything) {
        bool family = device_reaches_something(builder->ledger, &tally->client);
        struct draft *draft =
            builder_draft(builder, family ? "family" : "everything", "port-blocked",
                          SEVERITY_CRITICAL, CATALOG_NO_SERVICE, -1);
        draft->works_otherwise = family;
        return draft;
    }
    char key[160];
    char sender[ADDRESS_TEXT_SIZE] = "";
    if (how >= HOW_ICMP_PROHIBITED)
        address_print(&tally->icmp_sender, sender);
    /* A row for any port is one row, and a policy that refuses them all one cause. */
    bool any_port = catalog_service(builder->ledger->catalog, tally->row)->port == 0 &&
                    how == HOW_ICMP_PROHIBITED;
    snprintf(key, sizeof key, "%zu %u %d %s", tally->row, any_port ? 0u : (unsigned)tally->port,
             (int)how, sender);
    struct draft *draft =
        builder_draft(builder, key, "port-blocked", SEVERITY_CRITICAL, tally->row, tally->port);
    if (draft->finding.port != tally->port)
        draft->several_ports = true;
    return draft;
}

/* "Port unreachable" is for the server itself to say (RFC 792, RFC 4443 section
 * 3.1); from anybody else it is how packet filters refuse. */
static enum culprit_role icmp_role(const struct tally *tally, enum how how)
{
    bool port = tally->icmp_code == (address_is_ipv4(&tally->icmp_sender) ? 3 : 4);
    if (address_equal(&tally->icmp_sender, &tally->server))
        return CULPRIT_SERVER;
    if (address_equal(&tally->icmp_sender, &tally->client))
        return CULPRIT_DEVICE;
    return how == HOW_ICMP_PROHIBITED || port ? CULPRIT_FIREWALL : CULPRIT_NETWORK;
}

static void port_culprit(struct builder *builder, struct draft *draft, const struct tally *tally,
                         enum how how)
{
    const struct culprit *known = draft->finding.culprit;
    if (how >= HOW_ICMP_PROHIBITED) {
        if (known == NULL || !known->has_address)
            draft_culprit(builder, draft, icmp_role(tally, how), &tally->icmp_sender,
                          hops_from_ttl(tally->icmp_ttl));
        return;
    }
    /* A neighbour of a private address that refuses by itself has nobody before it. */
    if (how == HOW_RESET && address_is_private(&tally->server) &&
        hops_from_ttl(tally->reset_ttl) == 1) {
        draft_culprit(builder, draft, CULPRIT_SERVER, &tally->server, 1);
        return;
    }
    bool filtered =
        draft->row != CATALOG_NO_SERVICE && server_answers_elsewhere(builder->ledger, tally);
    if (known == NULL || (filtered && known->role == CULPRIT_NETWORK && !known->has_address))
        draft_culprit(builder, draft, filtered ? CULPRIT_FIREWALL : CULPRIT_NETWORK, NULL,
                      how == HOW_RESET ? hops_from_ttl(tally->reset_ttl) : 0);
}

/* Boxes limit how many ICMP errors they send: silence beside an error about the
 * same row is the same refusal. */
static struct tally tally_with_cause(const struct ledger *ledger, const struct tally *silent)
{
    struct tally tally = *silent;
    const struct tally *row = ledger_find(ledger, &tally.client, NULL, tally.row);
    if (tally_how(&tally) != HOW_NO_ANSWER || row == NULL || row->counts[ATTEMPT_REJECTED] == 0)
        return tally;
    tally.counts[ATTEMPT_REJECTED] = tally.counts[ATTEMPT_SILENT];
    tally.counts[ATTEMPT_SILENT] = 0;
    tally.icmp_sender = row->icmp_sender;
    tally.icmp_ttl = row->icmp_ttl;
    tally.icmp_type = row->icmp_type;
    tally.icmp_code = row->icmp_code;
    return tally;
}

/* `shut_out`: see struct draft. NULL when the database fails. */
static struct draft *port_add(struct builder *builder, const struct tally *blocked, bool shut_out)
{
    const struct ledger *ledger = builder->ledger;
    const struct tally with_cause = tally_with_cause(ledger, blocked);
    const struct tally *tally = &with_cause;
    enum how how = tally_how(tally);
    bool everything = client_reaches_nothing(ledger, &tally->client);
    struct draft *draft = port_draft(builder, tally, how, everything);
    draft->shut_out = shut_out && (draft->finding.count == 0 || draft->shut_out);
    if (draft->finding.detail_count == 0)
        draft_detail_text(builder, draft, "how", how_words[how]);
    port_culprit(builder, draft, tally, how);
    draft_add_device(builder, draft, &tally->client);
    draft_add_address(builder, draft, &tally->server);
    draft_add_name(builder, draft, tally->name);
    draft_add_rows_of(builder, draft, tally->name, &tally->server, tally->port, tally->transport);
    draft_seen(draft, tally->first_failure, tally->last_failure);
    draft->finding.count += tally_failures(tally);
    if (!everything)
        draft->works_otherwise = draft->works_otherwise &&
                                 ledger_serves(ledger, &tally->client, tally->row, tally->name);
    for (size_t i = 0; i < tally->failed_flow_count; i++)
        if (!draft_evidence_of_flow(builder, draft, tally->failed_flows[i]))
            return NULL;
    return draft;
}

/* What the client's connections to others did meanwhile. */
static enum others outage_others(const struct ledger *ledger, const struct outage *outage)
{
    const struct tally *failures = &outage->failures;
    return others_between(ledger, &failures->client, failures->first_failure,
                          failures->last_failure);
}

/* It worked at other times, and then failed again and again for a while, whatever
 * address was tried, while the client got through elsewhere, be it to others than Apple. */
static bool outage_is_block(const struct builder *builder, const struct outage *outage)
{
    const struct tally *failures = &outage->failures;
    bool reached =
        outage_is_sustained(outage) ||
        (outage_lasts(tally_failures(failures), failures->first_failure, failures->last_failure) &&
         outage_others(builder->ledger, outage) == OTHERS_ANSWERED);
    return reached && !tally_is_quic(failures) && tally_ever_opened(builder->ledger, failures) &&
           tally_looks_blocked(builder, failures);
}

/* For a while nothing of Apple's answered, on several rows, and others did not either: they
 * are the control group. Then it was the network, and no row is to blame. */
static bool outage_is_total(const struct builder *builder, const struct outage *outage)
{
    const struct ledger *ledger = builder->ledger;
    const struct tally *failures = &outage->failures;
    const struct tally *any = ledger_find(ledger, &failures->client, NULL, ROW_ANY);
    const struct tally *row = ledger_find(ledger, &failures->client, NULL, failures->row);
    const struct fact_host *host = ledger_host(ledger, &failures->client);
    if (any == NULL || row == NULL || host == NULL || outage->reached_elsewhere ||
        tally_is_quic(failures) || outage_others(ledger, outage) == OTHERS_ANSWERED)
        return false;
    return tally_failures(any) > tally_failures(row) &&
           host->other_tcp_silent + host->other_tcp_refused >= 2 &&
           outage_lasts(tally_failures(failures), failures->first_failure,
                        failures->last_failure) &&
           tally_ever_opened(ledger, failures) && tally_looks_blocked(builder, failures);
}

static const char for_a_time[] = "everything for a time";

static struct draft *outage_add(struct builder *builder, const struct outage *outage)
{
    const struct tally *failures = &outage->failures;
    if (outage_is_block(builder, outage))
        return port_add(builder, failures, !outage->reached_elsewhere);
    struct draft *draft = builder_draft(builder, for_a_time, "port-blocked", SEVERITY_CRITICAL,
                                        CATALOG_NO_SERVICE, -1);
    draft->finding.confidence = CONFIDENCE_LIKELY;
    draft->works_otherwise = draft->works_otherwise && outage->over;
    if (draft->finding.detail_count == 0)
        draft_detail_text(builder, draft, "how", how_words[tally_how(failures)]);
    draft_culprit(builder, draft, CULPRIT_NETWORK, NULL, 0);
    draft_add_device(builder, draft, &failures->client);
    draft_add_name(builder, draft, failures->name);
    draft_add_rows_of(builder, draft, failures->name, &failures->server, failures->port,
                      failures->transport);
    draft_seen(draft, failures->first_failure, failures->last_failure);
    draft->finding.count += tally_failures(failures);
    for (size_t i = 0; i < failures->failed_flow_count; i++)
        if (!draft_evidence_of_flow(builder, draft, failures->failed_flows[i]))
            return NULL;
    return draft;
}

static bool outages_add(struct builder *builder, const struct tally *tally)
{
    for (const struct outage *outage = tally->outages; outage != NULL; outage = outage->next) {
        if (!outage_is_block(builder, outage) && !outage_is_total(builder, outage))
            continue;
        struct draft *draft = outage_add(builder, outage);
        if (draft == NULL)
            return false;
        struct period period = {outage->failures.first_failure, outage->failures.last_failure,
                                outage->over};
        draft_period(builder, draft, &period);
    }
    return true;
}

/* It looks blocked, but for that the capture does not show whether answers would be in it. */
static bool tally_is_unproven(const struct builder *builder, const struct tally *tally)
{
    const struct ledger *ledger = builder->ledger;
    if (tally->row >= catalog_count(ledger->catalog) || address_is_none(&tally->client) ||
        address_is_none(&tally->server) || tally_failures(tally) == 0 || tally_is_quic(tally) ||
        tally_how(tally) != HOW_NO_ANSWER || tally_ever_opened(ledger, tally))
        return false;
    const struct service *service = catalog_service(ledger->catalog, tally->row);
    return !service->retired && !port_is_legacy(tally->port) &&
           port_ought_to_answer(service, tally) &&
           !hijacks_explain(builder, &tally->client, &tally->server, tally->row) &&
           !ledger_reaches(ledger, &tally->client, tally->row, tally->name) &&
           (!ledger_sees_answers_to(ledger, &tally->client, tally->first_failure) ||
            ledger_is_before_network(ledger, &tally->client, tally->last_failure));
}

/* The finding that says that nothing at all got through for this device while it failed; NULL:
 * there is none. What was tried then alone, and never again, has no other cause. */
static struct draft *outage_of(struct builder *builder, const struct tally *tally)
{
    for (struct draft *draft = builder->first; draft != NULL; draft = draft->next) {
        const struct finding *finding = &draft->finding;
        bool found = false;
        if (strcmp(draft->key, for_a_time) != 0 || strcmp(finding->kind, "port-blocked") != 0)
            continue;
        for (size_t i = 0; i < finding->device_count && !found; i++)
            found = address_equal(&finding->devices[i], &tally->client);
        for (size_t i = 0; i < finding->period_count && found; i++)
            if (tally->first_failure >= finding->periods[i].first - OUTAGE_EDGE &&
                tally->last_failure <= finding->periods[i].last + OUTAGE_EDGE)
                return draft;
    }
    return NULL;
}

/* A port that never opened. */
static bool blocked_add(struct builder *builder, struct server_names *names,
                        const struct tally *tally)
{
    struct tally named = *tally;
    if (!tally_is_blocked(builder, tally) || tally_is_quic(tally))
        return true;
    if (!server_names_apply(names, builder->ledger, &named))
        return problem_set(builder->problem, "memory is out; limit the report with --device");
    if (!tally_is_blocked(builder, &named))
        return true; /* of a row that has a rule of its own */
    struct draft *draft = outage_of(builder, &named);
    if (draft != NULL) {
        draft_add_name(builder, draft, named.name);
        draft_add_rows_of(builder, draft, named.name, &named.server, named.port, named.transport);
        return true; /* the row's run may have counted it */
    }
    draft = port_add(builder, &named, client_is_never_let_in(builder->ledger, &named.client));
    if (draft != NULL)
        draft->finding.ongoing = ONGOING_YES; /* it never opened */
    return draft != NULL;
}

bool rule_ports(struct builder *builder)
{
    const struct ledger *ledger = builder->ledger;
    struct server_names names = {0};
    bool ok = true;
    for (size_t i = 0; i < ledger->tallies.count && ok; i++) {
        const struct tally *tally = &ledger->tallies.list[i];
        builder->unproven_silences += tally_is_unproven(builder, tally);
        ok = outages_add(builder, tally);
    }
    for (size_t i = 0; i < ledger->tallies.count && ok; i++)
        ok = blocked_add(builder, &names, &ledger->tallies.list[i]);
    server_names_release(&names);
    shut_out_join(builder);
    for (struct draft *draft = builder->first; ok && draft != NULL; draft = draft->next) {
        if (strcmp(draft->finding.kind, "port-blocked") != 0)
            continue;
        draft_sort(builder, draft);
        port_describe(builder, draft);
    }
    return ok;
}

/* The same client reached the same service over TCP 443. */
static bool client_has_tcp_443(const struct ledger *ledger, const struct tally *tally)
{
    struct catalog_match match;
    catalog_match(ledger->catalog, tally->name, &tally->server, 443, TRANSPORT_TCP, &match);
    for (size_t i = 0; i < match.count; i++) {
        if (catalog_service(ledger->catalog, match.services[i])->port != 443)
            continue;
        const struct tally *tcp = ledger_find(ledger, &tally->client, NULL, match.services[i]);
        if (tcp != NULL && tcp->counts[ATTEMPT_SUCCESS] > 0)
            return true;
    }
    return false;
}

bool rule_quic(struct builder *builder)
{
    const struct ledger *ledger = builder->ledger;
    struct arena *arena = &builder->diagnosis->arena;
    for (size_t i = 0; i < ledger->tallies.count; i++) {
        const struct tally *tally = &ledger->tallies.list[i];
        if (!tally_is_quic(tally) || !tally_is_blocked(builder, tally) ||
            !client_has_tcp_443(ledger, tally))
            continue;
        char key[32];
        snprintf(key, sizeof key, "%zu", tally->row);
        struct draft *draft =
            builder_draft(builder, key, "quic-blocked", SEVERITY_NOTE, tally->row, 443);
        draft_add_row(builder, draft, tally->row);
        draft_add_device(builder, draft, &tally->client);
        draft_add_address(builder, draft, &tally->server);
        draft_add_name(builder, draft, tally->name);
        draft_seen(draft, tally->first_failure, tally->last_failure);
        draft->finding.count += tally_failures(tally);
        if (!draft_evidence_of_flow(builder, draft, tally->failed_flows[0]))
            return false;
        draft->finding.summary = arena_format(
            arena, "QUIC (UDP port 443) to %s does not get through; TCP port 443 works.",
            draft->finding.host);
        draft->finding.explanation =
            "The devices fall back to TCP after a delay. Nothing fails, some things are slower.";
        draft->finding.remedy =
            "Allow outbound UDP port 443 to Apple if the delay matters; rejecting "
            "it instead of dropping it shortens the delay.";
    }
    return true;
}

bool rule_legacy_ports(struct builder *builder)
{
    const struct ledger *ledger = builder->ledger;
    for (size_t i = 0; i < ledger->tallies.count; i++) {
        const struct tally *tally = &ledger->tallies.list[i];
        if (tally->row >= catalog_count(ledger->catalog) || !port_is_legacy(tally->port) ||
            tally->transport != TRANSPORT_TCP || address_is_none(&tally->client) ||
            address_is_none(&tally->server))
            continue;
        char key[32];
        snprintf(key, sizeof key, "%u", tally->port);
        struct draft *draft =
            builder_draft(builder, key, "legacy-port", SEVERITY_NOTE, tally->row, tally->port);
        draft_add_row(builder, draft, tally->row);
        draft_add_device(builder, draft, &tally->client);
        draft_add_address(builder, draft, &tally->server);
        draft_add_name(builder, draft, tally->name);
        for (int attempt = 0; attempt < ATTEMPT_COUNT; attempt++)
            draft->finding.count += tally->counts[attempt];
        draft_seen(draft, tally->first_failure, tally->last_failure);
        draft_seen(draft, tally->first_success, tally->last_success);
        if (tally->failed_flow_count > 0 &&
            !draft_evidence_of_flow(builder, draft, tally->failed_flows[0]))
            return false;
        draft->finding.summary = arena_format(
            &builder->diagnosis->arena,
            "A push provider still uses port %u, which Apple retired in 2021.", tally->port);
        draft->finding.explanation =
            "Ports 2195 and 2196 belonged to the binary provider interface of APNs. Apple has "
            "switched it off, so silence there is no fault of the network.";
        draft->finding.remedy = "Update the MDM server (or other provider) to Apple's HTTP/2 "
                                "interface: api.push.apple.com, TCP port 443 or 2197.";
    }
    return true;
}
