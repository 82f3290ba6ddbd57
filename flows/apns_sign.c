/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this flow a connection to Apple's push service?  By the protocol that the
 * client offered (ALPN), by the names it gave or had resolved, or by the port to
 * Apple's networks, in that order of trust; 443 alone says nothing.
 */
#include "flows/apns_sign.h"

#include <string.h>
#include <strings.h>

/* Where devices connect, where providers do, and where those did until 2021. */
#define PORT_COURIER 5223
#define PORT_PROVIDER 2197
#define PORT_PROVIDER_RETIRED 2195
#define PORT_FEEDBACK_RETIRED 2196

enum { SIGN_ASKED = 1, SIGN_NAMED = 2, SIGN_OFFERED = 4 };

static bool port_is_provider(uint16_t port)
{
    return port == PORT_PROVIDER || port == PORT_PROVIDER_RETIRED || port == PORT_FEEDBACK_RETIRED;
}

static bool starts_with(const char *name, const char *start)
{
    return strncasecmp(name, start, strlen(start)) == 0;
}

/* A row of the catalogue's for push notifications that names a host, not a network. */
static bool name_is_push(const struct catalog *catalog, const char *name)
{
    struct catalog_match match;
    if (name == NULL || starts_with(name, "init.") || starts_with(name, "init-"))
        return false;
    catalog_match(catalog, name, NULL, 0, TRANSPORT_TCP, &match);
    for (size_t i = 0; i < match.count; i++)
        if (strcmp(catalog_service(catalog, match.services[i])->category, "apns") == 0)
            return true;
    return false;
}

static bool name_is_provider(const char *name)
{
    return starts_with(name, "api.") || starts_with(name, "gateway.") ||
           starts_with(name, "feedback.");
}

bool apns_sign_changed(struct flow *flow)
{
    struct flow_detail *detail = flow->detail;
    unsigned signs = SIGN_ASKED | (detail->server_name != NULL ? SIGN_NAMED : 0) |
                     (detail->push_alpn ? SIGN_OFFERED : 0);
    bool changed = detail->push_signs != signs;
    detail->push_signs = (uint8_t)signs;
    return changed;
}

bool apns_sign_of(const struct catalog *catalog, const struct flow *flow,
                  struct apns_sign_found *found)
{
    const struct flow_detail *detail = flow->detail;
    uint16_t port = detail->tunnel_port != 0 ? detail->tunnel_port : flow->server.port;
    /* What the client names now outranks what it had resolved before. */
    const char *name = detail->server_name != NULL ? detail->server_name : detail->resolved_name;
    struct apns_sign_found result = {APNS_BY_ALPN, APNS_DEVICE};
    if (flow->transport != TRANSPORT_TCP)
        return false;
    if (!detail->push_alpn) {
        bool named = name_is_push(catalog, name);
        bool provider = port_is_provider(port);
        result.sign = named ? APNS_BY_NAME : APNS_BY_PORT;
        result.role = provider || (named && name_is_provider(name)) ? APNS_PROVIDER : APNS_DEVICE;
        if (!named && ((port != PORT_COURIER && !provider) || detail->tunnel_port != 0 ||
                       !catalog_knows_address(catalog, &flow->server.address)))
            return false;
    }
    if (found != NULL)
        *found = result;
    return true;
}
