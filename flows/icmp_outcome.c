/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does an ICMP error say of the flow whose packet it quotes?  That it was
 * refused and by whom (RFC 792, RFC 1812 section 5.2.7.1, RFC 4443 section 3.1),
 * or that its packets are too big for the path (RFC 1191, RFC 8201).
 */
#include "flows/icmp_outcome.h"

#include "flows/flow_facts.h"

#define ICMP_UNREACHABLE 3
#define ICMP_FRAGMENTATION_NEEDED 4 /* a code of it */
#define ICMPV6_UNREACHABLE 1
#define ICMPV6_PACKET_TOO_BIG 2
#define IPV4_MTU_MINIMUM 68u /* RFC 791 section 3.2 */
#define IPV6_MTU_MINIMUM 1280u /* RFC 8200 section 5 */

static bool icmp_is_too_big(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_ICMP)
        return packet->icmp_type == ICMP_UNREACHABLE &&
               packet->icmp_code == ICMP_FRAGMENTATION_NEEDED;
    return packet->transport == TRANSPORT_ICMPV6 && packet->icmp_type == ICMPV6_PACKET_TOO_BIG;
}

bool icmp_rejects(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_ICMP)
        return packet->icmp_type == ICMP_UNREACHABLE && !icmp_is_too_big(packet);
    return packet->transport == TRANSPORT_ICMPV6 && packet->icmp_type == ICMPV6_UNREACHABLE;
}

uint32_t icmp_mtu(const struct packet *packet)
{
    struct bytes payload = packet->payload;
    uint32_t word;
    if (!icmp_is_too_big(packet) || !bytes_read_u32(&payload, &word))
        return 0;
    return packet->transport == TRANSPORT_ICMP ? word & 0xffff : word;
}

/* Less than every link must carry is no path's MTU: such messages are forged or
 * mistaken, and hosts ignore them (RFC 8201 section 4, RFC 5927 section 7.2). */
static void path_mtu_note(struct flow_detail *detail, const struct packet *packet)
{
    uint32_t mtu = icmp_mtu(packet);
    bool ipv6 = packet->transport == TRANSPORT_ICMPV6;
    if (mtu < (ipv6 ? IPV6_MTU_MINIMUM : IPV4_MTU_MINIMUM) ||
        (detail->path_mtu != 0 && mtu >= detail->path_mtu))
        return;
    detail->path_mtu = mtu;
    detail->path_mtu_sender = packet->source;
    detail->path_mtu_packet = packet->identity;
    detail->path_mtu_time = packet->time;
}

static void rejection_note(struct flow_detail *detail, const struct packet *packet)
{
    if (detail->has_icmp)
        return;
    detail->has_icmp = true;
    detail->icmp_type = packet->icmp_type;
    detail->icmp_code = packet->icmp_code;
    detail->icmp_ttl = packet->ttl;
    detail->icmp_sender = packet->source;
    detail->icmp_time = packet->time;
    detail->icmp_packet = packet->identity;
}

void icmp_outcome(struct observation *observation, struct flow *flow, int side,
                  const struct packet *packet)
{
    bool too_big = icmp_is_too_big(packet);
    /* What the server sent and the client refused is no obstacle to the client;
     * what was too big for the way back is. */
    if (side != SIDE_CLIENT && !too_big)
        return;
    flow_facts_event(observation, flow, EVENT_ICMP_ERROR, PARTY_OTHER, packet);
    if (icmp_rejects(packet) && flow->outcome == OUTCOME_SILENT)
        flow->outcome = OUTCOME_REJECTED;
    if (flow->detail == NULL)
        return;
    if (too_big)
        path_mtu_note(flow->detail, packet);
    else if (icmp_rejects(packet))
        rejection_note(flow->detail, packet);
}
