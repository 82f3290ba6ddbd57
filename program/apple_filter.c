/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets tell whether the way to Apple is open?  Those of Apple's own networks
 * (the catalogue's, and NAT64's form of them), and what leads there: names, addresses,
 * time, proxies, and ICMP errors; fragments, as their ports cannot be seen.
 *
 * A filter sees addresses, not names: what Apple serves from the networks of others
 * (content delivery, some stores, ocsp.digicert.com) is not let through, and of the
 * other traffic that the rules compare with nothing is.  The manual says so.
 */
#include "program/apple_filter.h"

#include <string.h>

/* Of DNS and its encrypted forms, DHCP, mDNS apart, NTP; then what proxies listen at. */
static const char names_and_time[] = "port 53 or port 853 or udp port 67 or udp port 68 or "
                                     "udp port 546 or udp port 547 or udp port 123";
static const char proxies[] = "tcp port 3128 or tcp port 8080 or tcp port 8000 or tcp port 8888 or "
                              "tcp port 1080 or tcp port 8443";
static const char others[] = "icmp or icmp6 or (ip[6:2] & 0x1fff != 0) or (ip6[6] = 44)";

/* Apple's own, and 17.0.0.0/8 as NAT64 writes it (RFC 6052). */
static const char networks[] = "net 17.0.0.0/8 or net 2620:149::/32 or net 2403:300::/32 or "
                               "net 2a01:b740::/32 or net 64:ff9b::1100:0/104";

/* And those that the user's own catalogue adds. */
static void add_networks(struct text *text, const struct catalog *catalog)
{
    const char *before = "17.0.0.0/8";
    text_add(text, networks);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct service *service = catalog_service(catalog, i);
        if (service->kind != PATTERN_NETWORK || strcmp(service->source, "site") != 0 ||
            strcmp(service->host, before) == 0)
            continue;
        text_add_format(text, " or net %s", service->host);
        before = service->host; /* a row for each port */
    }
}

void apple_filter_write(struct text *text, const struct catalog *catalog, const char *filter)
{
    struct text core = {0};
    add_networks(&core, catalog);
    text_add_format(&core, " or %s or %s or %s", names_and_time, proxies, others);
    if (filter != NULL)
        text_add_format(text, "(%s) and (", filter);
    /* `vlan` moves all that stands behind it: it comes last. */
    text_add_format(text, "(%s) or (vlan and ((%s) or (vlan and (%s))))", text_content(&core),
                    text_content(&core), text_content(&core));
    if (filter != NULL)
        text_add(text, ")");
    text->failed = text->failed || core.failed;
    text_release(&core);
}
