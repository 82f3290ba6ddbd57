/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a router tell everybody?  Router advertisements: RFC 4861 section 4.2,
 * with resolvers and search list (RFC 8106), captive portal (RFC 8910) and NAT64
 * prefix (RFC 8781).  Packets come in; one FACT_LEASE for each content of a router
 * goes out.
 */
#include <stdio.h>

#include "dissectors/lease_table.h"
#include "dissectors/registry.h"

#define TYPE_ROUTER_ADVERTISEMENT 134

enum {
    OPTION_RESOLVERS = 25,
    OPTION_DOMAINS = 31,
    OPTION_CAPTIVE_PORTAL = 37,
    OPTION_NAT64_PREFIX = 38
};

/* Section 6.1.2: what a router of this link has sent has come over no other. */
static bool advertisement_claims(const struct packet *packet)
{
    return packet->transport == TRANSPORT_ICMPV6 &&
           packet->icmp_type == TYPE_ROUTER_ADVERTISEMENT && packet->icmp_code == 0 &&
           packet->ttl == 255 && packet->source.octets[0] == 0xfe &&
           (packet->source.octets[1] & 0xc0) == 0x80;
}

/* RFC 8781 section 4: 13 bits of lifetime in units of 8 seconds, 3 bits that stand
 * for the prefix length, 96 bits of prefix. */
static void take_nat64(struct lease *lease, struct bytes content)
{
    static const uint8_t lengths[] = {96, 64, 56, 48, 40, 32};
    uint16_t scaled;
    struct bytes prefix;
    uint8_t octets[16] = {0};
    char printed[ADDRESS_TEXT_SIZE];
    if (!bytes_read_u16(&content, &scaled) || !bytes_take(&content, 12, &prefix) ||
        (scaled & 7) >= sizeof lengths || (scaled & ~7u) == 0)
        return;
    memcpy(octets, prefix.data, prefix.length);
    struct address address = address_from_ipv6(octets);
    snprintf(lease->nat64_prefix, sizeof lease->nat64_prefix, "%s/%u",
             address_print(&address, printed), lengths[scaled & 7]);
}

/* RFC 8106 section 5: two bytes without a use, and a lifetime; 0 takes it back. */
static bool has_lifetime(struct bytes *content)
{
    uint32_t lifetime;
    return bytes_skip(content, 2) && bytes_read_u32(content, &lifetime) && lifetime != 0;
}

static void take_option(struct lease *lease, uint8_t type, struct bytes content)
{
    switch (type) {
    case OPTION_RESOLVERS:
        if (has_lifetime(&content))
            lease_list_ipv6(lease->resolvers, sizeof lease->resolvers, content);
        break;
    case OPTION_DOMAINS:
        if (has_lifetime(&content))
            lease_list_names(lease->domain, sizeof lease->domain, content, bytes_of(NULL, 0));
        break;
    case OPTION_CAPTIVE_PORTAL:
        lease_text_set(lease->captive_url, sizeof lease->captive_url, content);
        break;
    case OPTION_NAT64_PREFIX:
        take_nat64(lease, content);
        break;
    default:
        break;
    }
}

/* Section 4.6: lengths count units of 8 bytes, with type and length. */
static bool option_next(struct bytes *options, uint8_t *type, struct bytes *content)
{
    uint8_t units;
    return bytes_read_u8(options, type) && bytes_read_u8(options, &units) && units > 0 &&
           bytes_take(options, units * (size_t)8 - 2, content);
}

static void advertisement_message(void *common, struct observation *observation,
                                  const struct packet *packet)
{
    struct bytes rest = packet->payload;
    struct bytes content;
    uint16_t lifetime;
    uint8_t type;
    char printed[ADDRESS_TEXT_SIZE];
    struct lease lease;
    memset(&lease, 0, sizeof lease);
    /* Hop limit and flags, the router's lifetime, two timers. */
    if (!bytes_skip(&rest, 2) || !bytes_read_u16(&rest, &lifetime) || !bytes_skip(&rest, 8))
        return;
    while (option_next(&rest, &type, &content))
        take_option(&lease, type, content);
    lease.source = LEASE_ROUTER;
    lease.server = packet->source;
    lease_list_add(lease.messages, sizeof lease.messages, "advertisement");
    /* Section 4.2: who names no lifetime is no router to the rest of the world. */
    if (lifetime > 0)
        lease_list_add(lease.routers, sizeof lease.routers,
                       address_print(&packet->source, printed));
    lease.lease_seconds = lifetime;
    lease.first_time = lease.answer_time = packet->time;
    lease.first_packet = lease.answer_packet = packet->identity;
    lease.answered = true;
    lease_table_advertised(common, observation, &lease);
}

const struct message_dissector message_dissector_router_advertisement = {
    .name = "router-advertisement",
    .create = lease_table_create,
    .release = lease_table_release,
    .claims = advertisement_claims,
    .message = advertisement_message,
    .finish = lease_table_finish,
    .stand = lease_table_stand,
};
