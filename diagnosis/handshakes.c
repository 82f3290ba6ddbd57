/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which TLS handshakes fail, and what does the way they fail say?  From the grouped
 * failures: handshake-stalled, tls-rejected, tls-interception-suspected.  Certificates
 * were judged before (interception.c): what a stranger's explains is passed over here.
 */
#include "diagnosis/handshake_results.h"

#include <stdio.h>
#include <string.h>

#include "diagnosis/hijacks.h"
#include "diagnosis/interception.h"
#include "diagnosis/rules.h"

#define TIMES_NEEDED 2 /* once is chance, whatever it is */
#define TIMES_NEEDED_MIXED 3 /* where other connections of the client to the name work */
#define NTP_PORT 123

static const char kind_stalled[] = "handshake-stalled";
static const char kind_rejected[] = "tls-rejected";
static const char kind_suspected[] = "tls-interception-suspected";

/* RFC 8446 section 6; those of earlier versions from RFC 5246 section 7.2. */
static const char *alert_name(uint8_t alert)
{
    static const struct {
        uint8_t number;
        const char *name;
    } alerts[] = {
        {10, "unexpected_message"},
        {20, "bad_record_mac"},
        {21, "decryption_failed"},
        {22, "record_overflow"},
        {30, "decompression_failure"},
        {40, "handshake_failure"},
        {41, "no_certificate"},
        {42, "bad_certificate"},
        {43, "unsupported_certificate"},
        {44, "certificate_revoked"},
        {45, "certificate_expired"},
        {46, "certificate_unknown"},
        {47, "illegal_parameter"},
        {48, "unknown_ca"},
        {49, "access_denied"},
        {50, "decode_error"},
        {51, "decrypt_error"},
        {60, "export_restriction"},
        {70, "protocol_version"},
        {71, "insufficient_security"},
        {80, "internal_error"},
        {86, "inappropriate_fallback"},
        {109, "missing_extension"},
        {110, "unsupported_extension"},
        {111, "certificate_unobtainable"},
        {112, "unrecognized_name"},
        {113, "bad_certificate_status_response"},
        {114, "bad_certificate_hash_value"},
        {115, "unknown_psk_identity"},
        {116, "certificate_required"},
        {120, "no_application_protocol"},
        {HANDSHAKE_ALERT_HIDDEN, "encrypted-alert"},
    };
    for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++)
        if (alerts[i].number == alert)
            return alerts[i].name;
    return NULL;
}

static const char *alert_word(struct arena *arena, uint8_t alert)
{
    const char *name = alert_name(alert);
    return name != NULL ? name : arena_format(arena, "alert_%u", alert);
}

static const char *detail_text(const struct draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->finding.detail_count; i++)
        if (strcmp(draft->finding.details[i].name, name) == 0)
            return draft->finding.details[i].text;
    return NULL;
}

/* Is the device known to get no time, or a wrong one? */
static bool has_no_time(const struct builder *builder, const struct address *device)
{
    for (const struct draft *draft = builder->first; draft != NULL; draft = draft->next) {
        const struct finding *finding = &draft->finding;
        if (finding->port != NTP_PORT || (strcmp(finding->kind, "port-blocked") != 0 &&
                                          strcmp(finding->kind, "ntp-bad-time") != 0))
            continue;
        for (size_t i = 0; i < finding->device_count; i++)
            if (address_equal(&finding->devices[i], device))
                return true;
    }
    return false;
}

/* Push providers keep a list of roots of their own, which grows old (Apple's moved to another
 * root in 2025): when they distrust an issuer, that says little about the way. */
static bool is_provider(const struct builder *builder, const struct handshake_group *group)
{
    const struct service *service = catalog_service(builder->ledger->catalog, group->row);
    return service->role == ROLE_MDM_SERVER ||
           (group->name != NULL && strcmp(group->name, "api.push.apple.com") == 0);
}

/* A wrong clock finds every certificate expired or not yet valid. Where the device gets no
 * time and completes no handshake, that is the cause. */
static bool clock_explains(const struct builder *builder, const struct handshake_group *group)
{
    bool about_dates = group->alert == ALERT_BAD_CERTIFICATE ||
                       group->alert == ALERT_CERTIFICATE_EXPIRED ||
                       group->alert == HANDSHAKE_ALERT_HIDDEN;
    return group->alert_from == PARTY_CLIENT && about_dates && !group->client_completes &&
           has_no_time(builder, &group->client);
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
                                  alert_word(arena, group->alert),
                                  group->alert_from == PARTY_CLIENT ? client : server);
    const char *hello = arena_format(arena, "ClientHello from %s", client);
    for (size_t i = 0; i < group->count && i < HANDSHAKE_EXAMPLES; i++) {
        const struct handshake_example *example = &group->examples[i];
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
    if (group->other_name_answered)
        return "sni-filter";
    if (group->hello_bytes > HANDSHAKE_BIG_HELLO && server != NULL && !server->answers_big &&
        (server->answers_small || group->insists))
        return "mtu-black-hole";
    return "unknown";
}

static void add_stalled(struct builder *builder, const struct handshake_results *results,
                        const struct handshake_group *group)
{
    if (group->completed > 0 ||
        !ledger_sees_answers_to(builder->ledger, &group->client, group->first_time))
        return;
    char key[64];
    snprintf(key, sizeof key, "%zu %u", group->row, group->port);
    struct draft *draft =
        builder_draft(builder, key, kind_stalled, SEVERITY_CRITICAL, group->row, group->port);
    const char *known = detail_text(draft, "suspect");
    if (known == NULL || strcmp(known, "unknown") == 0)
        draft_detail_text(builder, draft, "suspect", stall_suspect(results, group));
    draft_take_group(builder, draft, group);
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

static void add_rejected(struct builder *builder, const struct handshake_results *results,
                         const struct handshake_group *group)
{
    bool by_client = group->alert_from == PARTY_CLIENT;
    uint64_t times = rejections_of(results, group);
    /* A program of its own mind beside others that are content; or a client that goes down
     * to what the server takes, as it should. */
    if (group->completed > 0 &&
        (by_client || times < TIMES_NEEDED_MIXED || times <= group->completed))
        return;
    if (clock_explains(builder, group))
        return;
    char key[64];
    snprintf(key, sizeof key, "%zu %u %d", group->row, group->port, by_client);
    struct draft *draft =
        builder_draft(builder, key, kind_rejected, SEVERITY_CRITICAL, group->row, group->port);
    if (draft->finding.detail_count == 0) {
        draft_detail_text(builder, draft, "alert",
                          alert_word(&builder->diagnosis->arena, group->alert));
        draft_detail_text(builder, draft, "sender", by_client ? "client" : "server");
    }
    if (by_client && group->genuine)
        draft_detail_text(builder, draft, "chain", "verified");
    draft_take_group(builder, draft, group);
    if (results->row_completed[group->row])
        draft->finding.severity = SEVERITY_WARNING;
}

/* The signals of all connections of a draft, each by name; what not all of them show is none. */
struct signals {
    const char *refusal;
    bool near;
    bool late;
};

static void describe_signals(struct builder *builder, struct draft *draft, struct signals signals)
{
    draft_detail_text(builder, draft, "signals",
                      arena_format(&builder->diagnosis->arena, "%s%s%s", signals.refusal,
                                   signals.near ? ", server-next-door" : "",
                                   signals.late ? ", late-server-hello" : ""));
    draft->finding.confidence =
        signals.near || signals.late ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

static void add_suspected(struct builder *builder, const struct handshake_group *group)
{
    if (group->completed > 0 || clock_explains(builder, group))
        return;
    char key[64];
    snprintf(key, sizeof key, "%zu %u", group->row, group->port);
    struct draft *draft =
        builder_draft(builder, key, kind_suspected, SEVERITY_WARNING, group->row, group->port);
    const char *known = detail_text(draft, "signals");
    struct signals signals = {
        .refusal = alert_word(&builder->diagnosis->arena, group->alert),
        .near = group->near && (known == NULL || strstr(known, "server-next-door") != NULL),
        .late = group->late && (known == NULL || strstr(known, "late-server-hello") != NULL)};
    describe_signals(builder, draft, signals);
    draft_culprit(builder, draft, CULPRIT_PROXY, NULL, 0);
    draft_take_group(builder, draft, group);
}

static void add_group(struct builder *builder, const struct handshake_results *results,
                      const struct handshake_group *group)
{
    if (catalog_service(builder->ledger->catalog, group->row)->retired ||
        (group->end != HANDSHAKE_STALLED &&
         interception_explains(builder, &group->client, group->row)) ||
        (!group->tunnel && hijacks_explain(builder, &group->client, &group->server, group->row)))
        return;
    switch (group->end) {
    case HANDSHAKE_STALLED:
        add_stalled(builder, results, group);
        break;
    case HANDSHAKE_REJECTED:
        add_rejected(builder, results, group);
        break;
    case HANDSHAKE_REFUSED:
    case HANDSHAKE_DISTRUSTED:
        if (is_provider(builder, group) && group->alert == ALERT_UNKNOWN_CA)
            add_rejected(builder, results, group);
        else if (group->end == HANDSHAKE_REFUSED && !is_provider(builder, group))
            add_suspected(builder, group);
        break;
    case HANDSHAKE_UNDECIDED:
    case HANDSHAKE_COMPLETE:
        break;
    }
}

static void describe_stalled(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *suspect = detail_text(draft, "suspect");
    bool filter = strcmp(suspect, "sni-filter") == 0;
    bool size = strcmp(suspect, "mtu-black-hole") == 0;
    finding->confidence = filter || size ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
    if (filter || size)
        draft_culprit(builder, draft, filter ? CULPRIT_FIREWALL : CULPRIT_NETWORK, NULL, 0);
    finding->summary = arena_format(
        arena, "Connections to %s port %d, needed for %s, open and then stall for %s: %s.%s",
        finding->host, finding->port, category_phrase(finding->category),
        count_phrase(builder, finding_devices(finding), "device", "devices"),
        filter ? "the ClientHello with this name is never answered"
        : size ? "a large ClientHello is never answered"
               : "the ClientHello is never answered",
        draft->works_otherwise ? " The service still works another way." : "");
    finding->explanation = arena_format(
        arena,
        "%s: the connection opened, the ClientHello went out, and for seconds nothing came back, "
        "no ServerHello, no RST. %s",
        count_phrase(builder, finding->count, "connection", "connections"),
        filter ? "The same address, or a neighbour of it, does answer other server names to the "
                 "same device, so that the name decides: a filter on the way drops what follows it."
        : size ? "The ClientHello is larger than one segment (newer systems send post-quantum "
                 "keys), and smaller ones get through or parts of this one are acknowledged: "
                 "full-size packets vanish on the way without an ICMP error, or a device on the "
                 "way cannot read a ClientHello in two parts."
               : "Nothing points at a filter by name or at the size: the server or what stands "
                 "before it hangs, or a device on the way drops the ClientHello.");
    finding->remedy =
        filter ? arena_format(arena,
                              "Find the filter that looks at TLS server names (firewall, IPS, web "
                              "filter) and exempt %s from it, by name and without inspection.",
                              finding->host)
        : size ? "Let ICMP \"fragmentation needed\" (ICMPv6 \"packet too big\") through, or clamp "
                 "the TCP MSS on the tunnel or PPPoE line to what the path takes; update devices "
                 "on the way that inspect TLS."
               : arena_format(arena,
                              "Compare with another network. If %s answers there, look for a "
                              "filter, proxy or load balancer on the way that holds on to new TLS "
                              "connections.",
                              finding->host);
}

/* What an alert says to who has to mend it. */
static const char *alert_meaning(uint64_t devices, bool completed, const char *alert,
                                 bool by_client, bool genuine)
{
    bool dates = strcmp(alert, "certificate_expired") == 0;
    if (by_client && (dates || strcmp(alert, "bad_certificate") == 0))
        return completed && devices == 1
                   ? "Others get through to the same row, so that this device's clock is the "
                     "first thing to check: with a wrong one every certificate is out of date."
               : dates ? "The server's certificate is past its end by the device's clock: "
                         "either it is, or the clock is wrong."
                       : "The device found fault with the server's certificate: it is not yet "
                         "valid by the device's clock, or bears another name.";
    if (by_client && strcmp(alert, "unknown_ca") == 0 && genuine)
        return "The certificates that it was shown are genuine, as they lead to a trusted root: "
               "the push provider's own list of roots is old.";
    if (by_client && strcmp(alert, "unknown_ca") == 0)
        return "The push provider does not know the root of the certificate that it is shown: "
               "its list of roots is old, or, if the certificate is not Apple's, something on the "
               "way replaced it.";
    if (!by_client && strstr(alert, "certificate") != NULL)
        return "The server does not accept the certificate that the device shows for itself.";
    if (strcmp(alert, "protocol_version") == 0 || strcmp(alert, "handshake_failure") == 0 ||
        strcmp(alert, "insufficient_security") == 0)
        return "The two sides have no TLS version or cipher in common.";
    return "The alert's name says why.";
}

static const char *alert_remedy(struct arena *arena, const char *host, const char *alert,
                                bool by_client)
{
    if (by_client && strcmp(alert, "unknown_ca") == 0)
        return "Add the roots that Apple names for APNs (USERTrust RSA) to the trust store of the "
               "provider, and look at the certificate that arrives there.";
    if (by_client && strstr(alert, "certificate") != NULL)
        return arena_format(arena,
                            "Check date and time on the device and that it reaches time servers "
                            "(UDP port 123); then look at the certificate of %s.",
                            host);
    if (strstr(alert, "certificate") != NULL)
        return "Renew the device's identity: activate or enrol it again.";
    return arena_format(arena,
                        "Update the program or system that connects; if it is current, compare "
                        "with another network, as a proxy that terminates TLS for %s may be what "
                        "answers.",
                        host);
}

static void describe_rejected(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *alert = detail_text(draft, "alert");
    const char *sender = detail_text(draft, "sender");
    bool by_client = strcmp(sender, "client") == 0;
    bool completed = finding->severity == SEVERITY_WARNING;
    bool genuine = detail_text(draft, "chain") != NULL;
    finding->confidence = by_client && strcmp(alert, "unknown_ca") == 0 && !genuine
                              ? CONFIDENCE_POSSIBLE
                              : CONFIDENCE_CERTAIN;
    finding->summary = arena_format(
        arena, "TLS to %s port %d, needed for %s, fails for %s: the %s ends it with %s.%s",
        finding->host, finding->port, category_phrase(finding->category),
        count_phrase(builder, finding_devices(finding), "device", "devices"), sender, alert,
        completed || draft->works_otherwise ? " Other connections to the service work." : "");
    finding->explanation = arena_format(
        arena, "%s ended in the TLS alert %s, sent in clear by the %s before any data. %s",
        count_phrase(builder, finding->count, "handshake", "handshakes"), alert, sender,
        alert_meaning(finding_devices(finding), completed, alert, by_client, genuine));
    finding->remedy = alert_remedy(arena, finding->host, alert, by_client);
}

static void describe_suspected(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *signals = detail_text(draft, "signals");
    finding->summary = arena_format(
        arena,
        "Something may intercept TLS to %s port %d, needed for %s: the handshakes of %s end as "
        "those with a forged certificate do.",
        finding->host, finding->port, category_phrase(finding->category),
        count_phrase(builder, finding_devices(finding), "device", "devices"));
    finding->explanation = arena_format(
        arena,
        "%s of TLS 1.3, which hides the certificate, ended with the device's refusal (%s) before "
        "any data, and none with this name got through. Apple's clients refuse a certificate "
        "that is not Apple's own that way; a wrong clock looks the same.%s%s",
        count_phrase(builder, finding->count, "handshake", "handshakes"), signals,
        strstr(signals, "server-next-door") != NULL
            ? " What answers in the server's name has no router between it and the capture."
            : "",
        strstr(signals, "late-server-hello") != NULL
            ? " Its ServerHello comes long after its SYN/ACK, as from a proxy that asks the real "
              "server first."
            : "");
    finding->remedy = arena_format(
        arena,
        "Exempt %s from TLS inspection (\"do not decrypt\") on every proxy and firewall on the "
        "way; if nothing inspects, check date and time on the device.",
        finding->host);
}

static void handshake_describe(struct builder *builder, struct draft *draft)
{
    if (draft->finding.kind == kind_stalled)
        describe_stalled(builder, draft);
    else if (draft->finding.kind == kind_rejected)
        describe_rejected(builder, draft);
    else
        describe_suspected(builder, draft);
    if (draft->works_otherwise)
        draft->finding.severity = SEVERITY_WARNING;
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
        add_group(builder, &results, &results.groups[i]);
    }
    handshake_results_release(&results);
    if (!read)
        return false;
    builder_settle(builder, before, handshake_holds, handshake_describe);
    return true;
}
