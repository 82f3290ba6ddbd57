/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this flow about Apple?  And: where do facts go?  Interest comes from the
 * name that the client gives in clear, from the name it had resolved, and from
 * the address, in that order of trust.
 */
#include "flows/observation.h"

#include <stdlib.h>
#include <string.h>

#include "flows/flow_table.h"
#include "flows/resolved_names.h"

void observation_emit(struct observation *observation, const struct fact *fact)
{
    if (observation->sink_failed)
        return;
    if (!observation->sink.take(observation->sink.owner, fact))
        observation->sink_failed = true;
}

uint64_t observation_flow_identity(struct observation *observation, struct flow *flow)
{
    if (flow->detail->identity == 0)
        flow->detail->identity = ++observation->next_flow;
    return flow->detail->identity;
}

bool observation_wants_name(const struct observation *observation, const char *name)
{
    return observation->all_flows || catalog_knows_name(observation->catalog, name);
}

/* What the client had resolved to get to this address; asked of the same device's
 * other addresses, by its MAC, where the client itself has not. */
static const char *flow_resolved_name(const struct observation *observation,
                                      const struct flow *flow, const struct packet *packet)
{
    const char *name =
        resolved_names_find(observation->names, &flow->client.address, &flow->server.address);
    if (name != NULL || !packet->has_macs)
        return name;
    bool from_client = address_equal(&packet->source, &flow->client.address);
    struct address station =
        resolved_names_station(from_client ? &packet->source_mac : &packet->destination_mac);
    return resolved_names_find(observation->names, &station, &flow->server.address);
}

void observation_begin_flow(struct observation *observation, struct flow_table *table,
                            struct flow *flow, const struct packet *packet)
{
    const char *resolved = flow_resolved_name(observation, flow, packet);
    flow->of_interest = catalog_knows_address(observation->catalog, &flow->server.address) ||
                        (resolved != NULL && catalog_knows_name(observation->catalog, resolved));
    if (!flow->of_interest && !observation->all_flows)
        return;
    if (flow_table_detail(table, flow) != NULL)
        flow->detail->resolved_name = resolved;
}

void observation_name_flow(struct observation *observation, struct flow *flow, const char *name)
{
    bool about_apple = catalog_knows_name(observation->catalog, name) ||
                       catalog_knows_address(observation->catalog, &flow->server.address);
    flow->of_interest = about_apple;
    if (!about_apple) {
        /* A shared address of a CDN: what the client resolved before, if that was
         * about Apple, is not what it is after now. */
        const char *resolved = flow->detail->resolved_name;
        if (resolved != NULL && catalog_knows_name(observation->catalog, resolved))
            flow->detail->resolved_name = NULL;
        if (!observation->all_flows)
            return;
    }
    /* What the client asked its proxy for outranks the name inside the tunnel. */
    if (flow->detail->tunnel_port != 0 && flow->detail->server_name != NULL)
        return;
    char *copy = strdup(name);
    if (copy == NULL)
        return;
    free(flow->detail->server_name);
    flow->detail->server_name = copy;
}
