/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets come in as the pipeline has looked at them, counts go out; tables are bounded,
 * and what does not fit is counted as such.
 */
#include "program/capture_census.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Tags, padding and trailers that are no part of the packet. */
#define SLACK 64u
#define GROUP_BIT 0x01 /* of a MAC's first octet: broadcast and multicast (IEEE 802) */

static bool own_address(const struct sockaddr *from, struct address *own)
{
    memset(own, 0, sizeof *own);
    if (from->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, from, sizeof ipv4);
        own->octets[10] = own->octets[11] = 0xff;
        memcpy(own->octets + 12, &ipv4.sin_addr, 4);
        return true;
    }
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, from, sizeof ipv6);
        memcpy(own->octets, &ipv6.sin6_addr, 16);
        return true;
    }
    return false;
}

void capture_census_know_own(struct capture_census *census)
{
    struct ifaddrs *list = NULL;
    if (getifaddrs(&list) != 0)
        return;
    for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next)
        if (at->ifa_addr != NULL && census->own_count < CAPTURE_CENSUS_OWN_LIMIT &&
            own_address(at->ifa_addr, &census->own[census->own_count]))
            census->own_count++;
    freeifaddrs(list);
}

static bool is_own(const struct capture_census *census, const struct address *address)
{
    for (size_t i = 0; i < census->own_count; i++)
        if (address_equal(&census->own[i], address))
            return true;
    return false;
}

/* Broadcasts come to every port, mirrored or not. */
static bool is_between_strangers(const struct capture_census *census, const struct packet *packet)
{
    bool group = packet->has_macs && (packet->destination_mac.octets[0] & GROUP_BIT) != 0;
    return !group && !address_is_multicast(&packet->destination) &&
           !address_is_unspecified(&packet->source) && !is_own(census, &packet->source) &&
           !is_own(census, &packet->destination);
}

static void count_vlan(struct fitness_census *counts, const struct packet *packet)
{
    for (size_t i = 0; i < counts->vlan_count; i++)
        if (counts->vlans[i].number == packet->vlan) {
            counts->vlans[i].packets++;
            return;
        }
    if (counts->vlan_count == FITNESS_VLAN_LIMIT)
        counts->vlan_packets_left_out++;
    else
        counts->vlans[counts->vlan_count++] = (struct fitness_vlan){packet->vlan, 1};
}

static void count_tunnel(struct fitness_census *counts, const char *name)
{
    for (size_t i = 0; name != NULL && i < counts->tunnel_count; i++)
        if (strcmp(counts->tunnels[i].name, name) == 0) {
            counts->tunnels[i].packets++;
            return;
        }
    if (name != NULL && counts->tunnel_count < FITNESS_TUNNEL_LIMIT)
        counts->tunnels[counts->tunnel_count++] = (struct fitness_tunnel){name, 1};
}

/* The coarsest power of ten that divides this time and all before. */
static void note_precision(struct fitness_census *counts, int64_t time)
{
    if (counts->precision == 0)
        counts->precision = NANOSECONDS_PER_SECOND;
    while (counts->precision > 1 && time % counts->precision != 0)
        counts->precision /= 10;
}

void capture_census_frame(void *owner, const struct frame *frame, const struct packet *packet,
                          const struct flow *flow)
{
    struct capture_census *census = owner;
    struct fitness_census *counts = &census->counts;
    (void)flow;
    note_precision(counts, frame->time);
    if (packet == NULL)
        return;
    size_t missing =
        frame->wire_length > frame->data.length ? frame->wire_length - frame->data.length : 0;
    size_t size = packet->network.length + missing;
    counts->packets++;
    if (size > counts->largest && size <= UINT32_MAX)
        counts->largest = (uint32_t)size;
    if (census->mtu > 0 && size > census->mtu + SLACK &&
        (packet->transport == TRANSPORT_TCP || packet->transport == TRANSPORT_UDP))
        counts->oversized++;
    if (is_between_strangers(census, packet))
        counts->strangers++;
    count_vlan(counts, packet);
    count_tunnel(counts, packet->tunnel_name);
}

void capture_census_clock(struct capture_census *census, int64_t time, int64_t now)
{
    struct fitness_census *counts = &census->counts;
    int64_t ahead = time - now;
    int64_t size = ahead < 0 ? -ahead : ahead;
    int64_t least = counts->clock_ahead < 0 ? -counts->clock_ahead : counts->clock_ahead;
    if (counts->has_clock && size >= least)
        return;
    counts->has_clock = true;
    counts->clock_ahead = ahead;
}
