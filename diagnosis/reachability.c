/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hosts and ports of the catalogue cannot be reached?  From the ledger:
 * SYNs and requests that were retried and never answered, SYNs answered by RST,
 * SYNs and requests answered by an ICMP error.  Nothing is said of silence where
 * the capture has not shown that it would have seen an answer.
 */
#include <stdio.h>
#include <string.h>

#include "diagnosis/devices.h"
#include "diagnosis/hijacks.h"
#include "diagnosis/rules.h"

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

/* One client, one server address and port: is that pair blocked? */
static bool tally_is_blocked(const struct builder *builder, const struct tally *tally)
{
    const struct ledger *ledger = builder->ledger;
    if (tally->row >= catalog_count(ledger->catalog) || address_is_none(&tally->client) ||
        address_is_none(&tally->server) || tally_failures(tally) == 0)
        return false;
    /* It worked at other times: a fault that comes and goes is not a block. */
    if (ledger_port_opens(ledger, &tally->client, &tally->server, tally->transport, tally->port))
        return false;
    const struct service *service = catalog_service(ledger->catalog, tally->row);
    if (service->retired || port_is_legacy(tally->port) || !port_ought_to_answer(service, tally) ||
        hijacks_explain(builder, &tally->client, &tally->server, tally->row))
        return false;
    return tally_how(tally) != HOW_NO_ANSWER ||
           ledger_sees_answers_to(ledger, &tally->client, tally->first_failure);
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
    snprintf(key, sizeof key, "%zu %u %d %s", tally->row, any_port ? 0 : tally->port, (int)how,
             sender);
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

static bool port_add(struct builder *builder, const struct tally *blocked)
{
    const struct ledger *ledger = builder->ledger;
    const struct tally with_cause = tally_with_cause(ledger, blocked);
    const struct tally *tally = &with_cause;
    enum how how = tally_how(tally);
    bool everything = client_reaches_nothing(ledger, &tally->client);
    struct draft *draft = port_draft(builder, tally, how, everything);
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
            return false;
    return true;
}

static const char *how_sentence(const struct finding *finding, const char *how)
{
    bool by_server = finding->culprit != NULL && finding->culprit->role == CULPRIT_SERVER;
    if (strcmp(how, "no-answer") == 0)
        return "nothing comes back";
    if (strcmp(how, "reset") == 0)
        return "each attempt is refused by a TCP reset";
    if (by_server)
        return "the server's address itself refuses it by ICMP";
    if (strcmp(how, "icmp-prohibited") == 0)
        return "a router or firewall answers that it is prohibited";
    return "a router or firewall answers that the destination is unreachable";
}

static const char *explain_silence(struct builder *builder, const struct finding *finding,
                                   const char *times)
{
    bool filtered = finding->culprit != NULL && finding->culprit->role == CULPRIT_FIREWALL;
    return arena_format(
        &builder->diagnosis->arena,
        "%s: the %s were repeated and got no answer of any kind, neither from the server nor "
        "from a router. The capture does show other packets reaching the same devices in that "
        "time, so answers would have been seen.%s",
        times, finding->transport == TRANSPORT_UDP ? "requests" : "SYNs",
        filtered ? " A server address among them answers the same device on another port, so it "
                   "is reachable and this port is filtered."
                 : "");
}

static const char *explain_reset(struct builder *builder, const struct finding *finding,
                                 const char *times)
{
    bool site = finding->category != NULL && strcmp(finding->category, "site") == 0;
    return arena_format(
        &builder->diagnosis->arena, "%s: the SYN was answered by a RST in the server's name. %s",
        times,
        site ? "Either the server does not listen on this port, or a device on the way refuses "
               "the connection in its name."
             : "Apple's servers listen on this port; a reset means that a device on the way "
               "refuses the connection for them.");
}

static const char *explain_icmp(struct builder *builder, const struct finding *finding,
                                const char *times)
{
    char sender[ADDRESS_TEXT_SIZE] = "a router";
    if (finding->culprit != NULL && finding->culprit->has_address)
        address_print(&finding->culprit->address, sender);
    return arena_format(
        &builder->diagnosis->arena,
        "%s: %s answered with an ICMP error that quotes the device's own packet. ICMP names its "
        "sender, so this is the address that refuses.",
        times, sender);
}

static void explain_how(struct builder *builder, struct finding *finding, const char *how)
{
    const char *times = count_phrase(builder, finding->count, "failed attempt", "failed attempts");
    if (strcmp(how, "no-answer") == 0)
        finding->explanation = explain_silence(builder, finding, times);
    else if (strcmp(how, "reset") == 0)
        finding->explanation = explain_reset(builder, finding, times);
    else
        finding->explanation = explain_icmp(builder, finding, times);
}

static const char *list_addresses(struct builder *builder, const struct finding *finding)
{
    struct arena *arena = &builder->diagnosis->arena;
    if (finding->address_count == 0)
        return "none";
    char text[ADDRESS_TEXT_SIZE];
    const char *list = arena_copy(arena, address_print(&finding->addresses[0], text));
    for (size_t i = 1; i < finding->address_count && i < 4; i++)
        list = arena_format(arena, "%s, %s", list, address_print(&finding->addresses[i], text));
    if (finding->address_count > 4)
        list = arena_format(arena, "%s and %zu more", list, finding->address_count - 4);
    return list;
}

/* What a rule should allow: push servers change, so that their networks are named
 * (Apple's article 102266). Addresses are sorted, IPv4-mapped ones before Apple's. */
static const char *port_destination(const struct finding *finding)
{
    bool apns = finding->category != NULL && strcmp(finding->category, "apns") == 0;
    if (!apns || finding->address_count == 0)
        return finding->host;
    if (address_is_ipv4(&finding->addresses[finding->address_count - 1]))
        return "17.0.0.0/8, Apple's network, as push servers change,";
    if (!address_is_ipv4(&finding->addresses[0]))
        return "2620:149:a44::/48, 2403:300:a42::/48, 2403:300:a51::/48 and 2a01:b740:a42::/48, "
               "Apple's push networks,";
    return "17.0.0.0/8, 2620:149:a44::/48, 2403:300:a42::/48, 2403:300:a51::/48 and "
           "2a01:b740:a42::/48, Apple's networks,";
}

static void port_remedy(struct builder *builder, struct finding *finding, const char *how)
{
    struct arena *arena = &builder->diagnosis->arena;
    const char *transport = finding->transport == TRANSPORT_UDP ? "UDP" : "TCP";
    const struct culprit *culprit = finding->culprit;
    char at[ADDRESS_TEXT_SIZE] = "the firewall";
    if (culprit != NULL && culprit->has_address && culprit->role != CULPRIT_SERVER)
        address_print(&culprit->address, at);
    bool route =
        strcmp(how, "icmp-unreachable") == 0 && culprit != NULL && culprit->role == CULPRIT_NETWORK;
    bool apns_5223 = finding->category != NULL && strcmp(finding->category, "apns") == 0 &&
                     finding->port == 5223;
    finding->remedy = arena_format(
        arena,
        "%sAllow outbound %s port %d from the devices to %s on %s (seen: %s)%s. Allow the "
        "answers back in, and exempt this traffic from inspection.",
        route ? arena_format(arena, "Check the route on %s. ", at) : "", transport, finding->port,
        port_destination(finding), at, list_addresses(builder, finding),
        apns_5223 ? "; without 5223, push needs TCP 443 to the same network" : "");
}

static void everything_describe(struct builder *builder, struct finding *finding,
                                const char *devices)
{
    finding->summary = arena_format(
        &builder->diagnosis->arena,
        "Nothing gets through for %s: connections to Apple and to everyone else fail alike.",
        devices);
    finding->explanation =
        "No connection that these devices tried was accepted, whatever its destination, so the "
        "fault is the network's as a whole and not a rule about Apple.";
    finding->remedy = "Look for the general fault first: uplink, default route, VLAN, "
                      "captive portal or a firewall that passes nothing from these devices.";
}

static void family_describe(struct builder *builder, struct finding *finding)
{
    finding->summary =
        arena_format(&builder->diagnosis->arena,
                     "Nothing gets through from %s; other addresses of the same devices work.",
                     count_phrase(builder, finding->device_count, "address", "addresses"));
    finding->explanation =
        "No connection from these addresses was accepted, whatever its destination, while the same "
        "devices (by their MAC) get through from another address. Usually one address family, "
        "most often IPv6, is announced on the network but leads nowhere.";
    finding->remedy = "Give that address family a working route and let the firewall pass it, or "
                      "stop announcing it (router advertisements, DHCP).";
}

static void port_describe(struct builder *builder, struct draft *draft)
{
    struct finding *finding = &draft->finding;
    const char *how = finding->details[0].text;
    const char *devices = count_phrase(builder, finding->device_count, "device", "devices");
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (draft->row == CATALOG_NO_SERVICE) {
        if (draft->works_otherwise)
            family_describe(builder, finding);
        else
            everything_describe(builder, finding, devices);
        return;
    }
    finding->summary = arena_format(
        &builder->diagnosis->arena, "%s port %d%s to %s, needed for %s, is blocked for %s: %s.%s",
        finding->transport == TRANSPORT_UDP ? "UDP" : "TCP", finding->port,
        draft->several_ports ? " (and others)" : "", finding->host,
        category_phrase(finding->category), devices, how_sentence(finding, how),
        draft->works_otherwise ? " The service still works another way." : "");
    explain_how(builder, finding, how);
    port_remedy(builder, finding, how);
}

bool rule_ports(struct builder *builder)
{
    const struct ledger *ledger = builder->ledger;
    for (size_t i = 0; i < ledger->tally_count; i++) {
        const struct tally *tally = &ledger->tallies[i];
        if (tally_is_blocked(builder, tally) && !tally_is_quic(tally) && !port_add(builder, tally))
            return false;
    }
    for (struct draft *draft = builder->first; draft != NULL; draft = draft->next) {
        if (strcmp(draft->finding.kind, "port-blocked") != 0)
            continue;
        draft_sort(draft);
        port_describe(builder, draft);
    }
    return true;
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
    for (size_t i = 0; i < ledger->tally_count; i++) {
        const struct tally *tally = &ledger->tallies[i];
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
    for (size_t i = 0; i < ledger->tally_count; i++) {
        const struct tally *tally = &ledger->tallies[i];
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
