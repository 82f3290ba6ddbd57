/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose names does this capture not show?  Devices that ask over TLS (RFC 7858), HTTPS
 * (RFC 8484) or QUIC (RFC 9250), or use Private Relay, ask for names where nobody on
 * the way can see it.
 */
#include <string.h>

#include "catalog/encrypted_resolvers.h"
#include "diagnosis/name_results.h"
#include "diagnosis/rules.h"

/* The words of a finding's `detail.how`. */
static const char *privacy_word(enum name_privacy privacy)
{
    switch (privacy) {
    case NAMES_DOT:
        return "dot";
    case NAMES_DOH:
        return "doh";
    case NAMES_DOQ:
        return "doq";
    case NAMES_RELAY:
        return "private-relay";
    case NAMES_OPEN:
        break;
    }
    return "open";
}

/* How, for whom, and what shows it. */
struct sighting {
    enum name_privacy privacy;
    const char *name; /* NULL: only the resolver's address is known */
    const struct address *device;
    const struct address *server;
    enum confidence confidence;
    uint64_t packet;
    int64_t time;
};

static const char *sighting_note(struct arena *arena, const struct sighting *sighting)
{
    char text[ADDRESS_TEXT_SIZE];
    if (sighting->server == NULL)
        return arena_format(arena, "answer for %s", sighting->name);
    return arena_format(arena, "connection to %s",
                        sighting->name != NULL ? sighting->name
                                               : address_print(sighting->server, text));
}

/* One finding for each way that is Apple's own, and one for each that is not. */
static void encrypted_add(struct builder *builder, const struct sighting *sighting)
{
    const char *how = privacy_word(sighting->privacy);
    struct arena *arena = &builder->diagnosis->arena;
    struct catalog_match match;
    catalog_match(builder->ledger->catalog, sighting->name, NULL, 0, 0, &match);
    bool apples = match.primary != CATALOG_NO_SERVICE;
    struct draft *draft =
        builder_draft(builder, apples ? how : arena_format(arena, "%s elsewhere", how),
                      "dns-encrypted", SEVERITY_NOTE, match.primary, -1);
    draft_detail_text(builder, draft, "how", how);
    draft_confidence(draft, sighting->confidence);
    draft_add_device(builder, draft, sighting->device);
    if (sighting->name != NULL)
        draft_add_name(builder, draft, sighting->name);
    if (sighting->server != NULL && !apples)
        draft_add_address(builder, draft, sighting->server);
    draft_seen(draft, sighting->time, sighting->time);
    draft->finding.count++;
    draft_evidence(builder, draft, sighting->packet, sighting->time,
                   sighting_note(arena, sighting));
}

/* How this flow hides names; NAMES_OPEN unless it came that far. */
static enum name_privacy flow_privacy(const struct fact_flow *flow)
{
    if (flow->server_bytes == 0 || attempt_judge(flow) != ATTEMPT_SUCCESS)
        return NAMES_OPEN;
    /* The port alone proves nothing: it must be TLS, or QUIC, that both speak there. */
    bool secret = flow->protocol != NULL &&
                  (strcmp(flow->protocol, "tls") == 0 || strcmp(flow->protocol, "quic") == 0);
    if (flow->name_privacy == NAMES_DOT || flow->name_privacy == NAMES_DOQ)
        return secret && flow->client_bytes > 0 ? flow->name_privacy : NAMES_OPEN;
    return attempt_port(flow) == 443 ? flow->name_privacy : NAMES_OPEN;
}

/* A web page may have a resolver's name too; those of Apple's have none. */
static bool name_is_certain(const struct builder *builder, enum name_privacy privacy,
                            const char *name)
{
    return privacy != NAMES_DOH || catalog_knows_name(builder->ledger->catalog, name);
}

static bool take_flow(void *owner, const struct fact *fact)
{
    struct builder *builder = owner;
    const struct fact_flow *flow = &fact->as.flow;
    const char *name = attempt_name(flow);
    enum name_privacy privacy = flow_privacy(flow);
    if (privacy == NAMES_OPEN)
        return true;
    struct sighting sighting = {
        .privacy = privacy,
        .name = name,
        .device = &flow->client.address,
        .server = &flow->server.address,
        .confidence =
            name_is_certain(builder, privacy, name) ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY,
        .packet = flow->first_packet,
        .time = flow->first_time,
    };
    encrypted_add(builder, &sighting);
    return true;
}

/* Devices ask for the relay's name in order to use it; the answer lets them. */
static bool take_lookup(void *owner, const struct fact *fact)
{
    struct builder *builder = owner;
    const struct fact_dns *dns = &fact->as.dns;
    struct address address;
    if (dns->earlier != 0 || encrypted_resolver_find(dns->name) != NAMES_RELAY || !dns->answered ||
        dns->rcode != 0 ||
        answer_judge(builder->ledger->networks, dns, true, &address) != ANSWER_CREDIBLE)
        return true;
    struct sighting sighting = {
        .privacy = NAMES_RELAY,
        .name = dns->name,
        .device = &dns->client.address,
        .confidence = CONFIDENCE_LIKELY,
        .packet = dns->answer_packet,
        .time = dns->answer_time,
    };
    for (size_t i = 0; i < dns->record_count; i++) {
        if (dns->records[i].section != DNS_ANSWER || address_is_none(&dns->records[i].address))
            continue;
        encrypted_add(builder, &sighting);
        break;
    }
    return true;
}

/* What is used, as the end of a sentence that begins with whom it hides. */
static const char *use_phrase(const char *how, bool apples)
{
    if (strcmp(how, "private-relay") == 0)
        return "iCloud Private Relay is in use";
    if (strcmp(how, "doh") == 0)
        return apples ? "they ask Apple's DNS over HTTPS" : "they ask a resolver over HTTPS";
    return strcmp(how, "dot") == 0 ? "they ask a resolver over TLS (port 853)"
                                   : "they ask a resolver over QUIC (port 853)";
}

static void encrypted_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    char text[ADDRESS_TEXT_SIZE];
    const char *how = finding->detail_count > 0 ? finding->details[0].text : NULL;
    const char *whom = finding->name_count > 0      ? finding->names[0]
                       : finding->address_count > 0 ? address_print(&finding->addresses[0], text)
                                                    : NULL;
    if (whom == NULL || how == NULL)
        return; /* memory was out */
    bool relay = strcmp(how, "private-relay") == 0;
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    finding->summary =
        arena_format(arena, "Names that %s resolve are hidden from this capture: %s.", devices,
                     use_phrase(how, draft->row != CATALOG_NO_SERVICE));
    finding->explanation = arena_format(
        arena,
        "%s %s. Questions that go this way cannot be seen on the network: that a name was not "
        "asked for in clear says nothing of these devices.",
        relay ? "Lookups that were answered, or connections to the relay:"
              : "Connections to the resolver:",
        whom);
    finding->remedy =
        relay
            ? "Nothing is wrong. Where the site's policy forbids it, answer mask.icloud.com and "
              "mask-h2.icloud.com with NXDOMAIN or no data; do not drop the questions."
            : "Nothing is wrong. Where names have to be seen, manage the devices' DNS settings by "
              "MDM; do not block the port silently.";
}

bool rule_encrypted_names(struct builder *builder)
{
    const struct ledger *ledger = builder->ledger;
    struct draft *before = builder->last;
    if (!facts_read_share(ledger->store, SHARE_FLOWS_HIDING_NAMES, ledger->selection, take_flow,
                          builder, builder->problem) ||
        !facts_read_share(ledger->store, SHARE_DNS_OF_RELAY, ledger->selection, take_lookup,
                          builder, builder->problem))
        return false;
    builder_settle(builder, before, NULL, encrypted_describe);
    return true;
}
