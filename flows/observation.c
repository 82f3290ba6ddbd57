/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this flow about Apple?  And: where do facts go?  Interest comes from the
 * name that the client gives in clear, from the name it had resolved, and from
 * the address, in that order of trust.
 */
#include "flows/observation.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/encrypted_resolvers.h"
#include "flows/flow_facts.h"
#include "flows/flow_table.h"
#include "flows/resolved_names.h"

#define DNS_PORT 53
#define SERVER_NAME_LIMIT 255 /* RFC 1035 section 2.3.4: what is longer is no name */
#define ENCRYPTED_DNS_PORT 853 /* RFC 7858 section 3.1, RFC 9250 section 4.1.1 */

void observation_emit(struct observation *observation, const struct fact *fact)
{
    if (observation->sink_failed)
        return;
    if (!observation->sink.take(observation->sink.owner, fact))
        observation->sink_failed = true;
}

uint64_t observation_flow_identity(struct observation *observation, struct flow *flow)
{
    uint64_t *identity =
        flow->transport == TRANSPORT_UDP ? &flow->identity : &flow->detail->identity;
    if (*identity == 0)
        *identity = ++observation->next_flow;
    return *identity;
}

/* Names by which devices look for a proxy's configuration (WPAD). */
static bool name_is_wpad(const char *name)
{
    return strcmp(name, "wpad") == 0 || strncmp(name, "wpad.", 5) == 0;
}

bool observation_wants_unknown(const struct observation *observation, const char *name)
{
    return observation->all_flows || name_is_wpad(name);
}

bool observation_wants_name(const struct observation *observation, const char *name)
{
    return observation_wants_unknown(observation, name) ||
           catalog_knows_name(observation->catalog, name);
}

/* What the client had resolved to get to this address; asked of the same device's
 * other addresses, by its MAC, where the client itself has not; or of all clients of the
 * other address family, where no packet shows a MAC. */
static const char *flow_resolved_name(const struct observation *observation,
                                      const struct flow *flow, const struct packet *packet)
{
    const char *name =
        resolved_names_find(observation->names, &flow->client.address, &flow->server.address);
    if (name != NULL)
        return name;
    if (!packet->has_macs) {
        struct address asker = resolved_names_asker();
        struct address anyone = resolved_names_anyone(!address_is_ipv4(&flow->client.address));
        return resolved_names_find(observation->names, &flow->client.address, &asker) != NULL
                   ? NULL
                   : resolved_names_find(observation->names, &anyone, &flow->server.address);
    }
    bool from_client = address_equal(&packet->source, &flow->client.address);
    struct address station =
        resolved_names_station(from_client ? &packet->source_mac : &packet->destination_mac);
    return resolved_names_find(observation->names, &station, &flow->server.address);
}

/* `name` NULL: it is not known, or no longer true. */
static void detail_resolved(struct observation *observation, struct flow_detail *detail,
                            const char *name)
{
    if (detail->resolved_name != NULL)
        observation_owned(observation, 0 - (strlen(detail->resolved_name) + 1));
    free(detail->resolved_name);
    detail->resolved_name = name != NULL ? strndup(name, SERVER_NAME_LIMIT) : NULL;
    if (detail->resolved_name != NULL)
        observation_owned(observation, strlen(detail->resolved_name) + 1);
    else if (name != NULL)
        observation->memory_out = true;
}

/* What this port is for, until the flow shows that it is something else. */
static enum name_privacy privacy_of_port(const struct flow *flow)
{
    if (flow->server.port != ENCRYPTED_DNS_PORT)
        return NAMES_OPEN;
    return flow->transport == TRANSPORT_TCP ? NAMES_DOT : NAMES_DOQ;
}

/* Facts of encrypted names are kept, though the server is not Apple's. */
static void note_privacy(struct flow *flow, enum name_privacy privacy)
{
    if (privacy == NAMES_OPEN)
        return;
    flow->noted = true;
    flow->detail->name_privacy = (uint8_t)privacy;
}

void observation_begin_flow(struct observation *observation, struct flow_table *table,
                            struct flow *flow, const struct packet *packet)
{
    const char *resolved = flow_resolved_name(observation, flow, packet);
    enum name_privacy privacy = privacy_of_port(flow);
    flow->of_interest = catalog_knows_address(observation->catalog, &flow->server.address) ||
                        (resolved != NULL && catalog_knows_name(observation->catalog, resolved));
    /* Over TCP a truncated answer is asked for again: whether that works matters. */
    bool dns_over_tcp = flow->transport == TRANSPORT_TCP && flow->server.port == DNS_PORT;
    flow->noted = privacy != NAMES_OPEN || dns_over_tcp;
    if (!observation_keeps(observation, flow) || flow_table_detail(table, flow) == NULL)
        return;
    detail_resolved(observation, flow->detail, resolved);
    flow->detail->name_privacy = (uint8_t)privacy;
}

void observation_resume_flow(struct observation *observation, struct flow_table *table,
                             struct flow *flow, const struct packet *packet)
{
    if (flow->detail != NULL || flow->dissection_over || !observation_keeps(observation, flow) ||
        flow_table_detail(table, flow) == NULL)
        return;
    detail_resolved(observation, flow->detail, flow_resolved_name(observation, flow, packet));
    flow->detail->name_privacy = (uint8_t)privacy_of_port(flow);
}

bool observation_end_flow(struct observation *observation, struct flow_table *table,
                          struct flow *flow)
{
    if (flow->detail != NULL)
        return true;
    if (flow_table_detail(table, flow) == NULL)
        return false;
    if (flow_is_lone_packet(flow))
        flow->detail->last_packet = flow->first_packet;
    flow->detail->name_privacy = (uint8_t)privacy_of_port(flow);
    detail_resolved(
        observation, flow->detail,
        resolved_names_find(observation->names, &flow->client.address, &flow->server.address));
    return true;
}

void observation_name_flow(struct observation *observation, struct flow *flow, const char *name)
{
    bool about_apple = catalog_knows_name(observation->catalog, name) ||
                       catalog_knows_address(observation->catalog, &flow->server.address);
    flow->of_interest = about_apple;
    if (flow->detail->name_privacy == NAMES_OPEN)
        note_privacy(flow, encrypted_resolver_find(name));
    if (!about_apple) {
        /* A shared address of a CDN: what the client resolved before, if that was
         * about Apple, is not what it is after now. */
        const char *resolved = flow->detail->resolved_name;
        if (resolved != NULL && catalog_knows_name(observation->catalog, resolved))
            detail_resolved(observation, flow->detail, NULL);
        if (!observation_keeps(observation, flow))
            return;
    }
    /* What the client asked its proxy for outranks the name inside the tunnel. */
    if (flow->detail->tunnel_port != 0 && flow->detail->server_name != NULL)
        return;
    char *copy = strndup(name, SERVER_NAME_LIMIT);
    if (copy == NULL) {
        observation->memory_out = true;
        return;
    }
    observation_owned(observation, strlen(copy) + 1);
    if (flow->detail->server_name != NULL)
        observation_owned(observation, 0 - (strlen(flow->detail->server_name) + 1));
    free(flow->detail->server_name);
    flow->detail->server_name = copy;
}

static bool is_protocol(const char *offered, const char *wanted)
{
    size_t length = strlen(wanted);
    return strncmp(offered, wanted, length) == 0 &&
           (offered[length] == '\0' || offered[length] == ',');
}

void observation_offer_flow(struct observation *observation, struct flow *flow, const char *alpn)
{
    (void)observation;
    bool dot = false, doq = false;
    for (const char *at = alpn; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (*at == 'a' && strncmp(at, "apns-", 5) == 0)
            flow->detail->push_alpn = true;
        /* RFC 7858 has no protocol name of its own; "dot" is what IANA registered for it. */
        dot = dot || (*at == 'd' && is_protocol(at, "dot"));
        doq = doq || (*at == 'd' && is_protocol(at, "doq"));
    }
    if (dot || doq)
        note_privacy(flow, dot ? NAMES_DOT : NAMES_DOQ);
}
