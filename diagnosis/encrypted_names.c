/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose names does this capture not show?  Devices that talk to Apple's DNS over
 * HTTPS, or use Private Relay, ask for names where nobody on the way can see it.
 */
#include <string.h>

#include "diagnosis/name_results.h"
#include "diagnosis/rules.h"

#define DOH_NAME "doh.dns.apple.com"

/* "mask-api" only hands out the configuration. */
static bool name_is_relay(const char *name)
{
    return name_is_private_relay(name) && strcmp(name, "mask-api.icloud.com") != 0;
}

static void encrypted_add(struct builder *builder, const char *name, const struct address *device,
                          enum confidence confidence, uint64_t packet, int64_t time)
{
    const char *how = name_is_relay(name) ? "private-relay" : "doh";
    struct catalog_match match;
    catalog_match(builder->ledger->catalog, name, NULL, 0, 0, &match);
    struct draft *draft =
        builder_draft(builder, how, "dns-encrypted", SEVERITY_NOTE, match.primary, -1);
    draft_detail_text(builder, draft, "how", how);
    draft_confidence(draft, confidence);
    draft_add_device(builder, draft, device);
    draft_add_name(builder, draft, name);
    draft_seen(draft, time, time);
    draft->finding.count++;
    draft_evidence(builder, draft, packet, time,
                   arena_format(&builder->diagnosis->arena, "%s %s",
                                confidence == CONFIDENCE_CERTAIN ? "connection to" : "answer for",
                                name));
}

static bool take_flow(void *owner, const struct fact *fact)
{
    struct builder *builder = owner;
    const struct fact_flow *flow = &fact->as.flow;
    const char *name = ledger_flow_name(flow);
    if (name != NULL && ledger_flow_port(flow) == 443 && flow->server_bytes > 0 &&
        ledger_judge(flow) == ATTEMPT_SUCCESS &&
        (name_is_relay(name) || strcmp(name, DOH_NAME) == 0))
        encrypted_add(builder, name, &flow->client.address, CONFIDENCE_CERTAIN, flow->first_packet,
                      flow->first_time);
    return true;
}

/* Devices ask for the relay's name in order to use it; the answer lets them. */
static bool take_lookup(void *owner, const struct fact *fact)
{
    struct builder *builder = owner;
    const struct fact_dns *dns = &fact->as.dns;
    struct address address;
    if (dns->name == NULL || !name_is_relay(dns->name) || !dns->answered || dns->rcode != 0 ||
        answer_judge(builder->ledger->catalog, dns, true, &address) != ANSWER_CREDIBLE)
        return true;
    for (size_t i = 0; i < dns->record_count; i++) {
        if (dns->records[i].section != DNS_ANSWER || address_is_none(&dns->records[i].address))
            continue;
        encrypted_add(builder, dns->name, &dns->client.address, CONFIDENCE_LIKELY,
                      dns->answer_packet, dns->answer_time);
        break;
    }
    return true;
}

static void encrypted_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    if (finding->name_count == 0)
        return; /* memory was out */
    bool relay = name_is_relay(finding->names[0]);
    const char *devices = count_phrase(builder, finding->device_count, "device", "devices");
    finding->summary =
        arena_format(arena, "Names that %s resolve are hidden from this capture: %s.", devices,
                     relay ? "iCloud Private Relay is in use" : "they ask Apple's DNS over HTTPS");
    finding->explanation = arena_format(
        arena,
        "%s %s. Questions that go this way cannot be seen on the network: that a name was not "
        "asked for in clear says nothing of these devices.",
        relay ? "Lookups that were answered, or connections to the relay:"
              : "Connections to the resolver:",
        finding->names[0]);
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
    if (!facts_read(ledger->store, FACT_FLOW, ledger->selection, take_flow, builder,
                    builder->problem) ||
        !facts_read(ledger->store, FACT_DNS, ledger->selection, take_lookup, builder,
                    builder->problem))
        return false;
    builder_settle(builder, before, NULL, encrypted_describe);
    return true;
}
