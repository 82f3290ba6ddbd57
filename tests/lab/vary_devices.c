/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets does a mirror deliver that copies one direction of the devices' ports
 * only?  Devices are the hosts of the site that begin something (a SYN, a request by
 * UDP) and never answer as a server does: the resolver, the proxy and the router
 * of the site are none.  A packet is a device's own when it comes from its address and its
 * MAC; what somebody injects in its name arrives from another port.
 */
#include "vary_packets.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_LENGTH 14u
#define ARP_LENGTH 28u
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

/* What is looked at in a frame. IPv4 addresses stand in the last 4 bytes. */
struct view {
    bool is_ip;
    bool is_arp;
    uint8_t source[16];
    uint8_t destination[16];
    uint8_t protocol;
    const uint8_t *transport; /* NULL where it was not captured */
};

struct host {
    uint8_t address[16];
    uint8_t mac[6];
    bool asks;
    bool serves;
};

struct hosts {
    struct host *list;
    size_t count;
    size_t capacity;
};

static uint32_t get16(const uint8_t *octets)
{
    return (uint32_t)octets[0] << 8 | octets[1];
}

static void view_transport(struct view *view, const struct trace_record *record, size_t offset)
{
    size_t needed = view->protocol == PROTOCOL_TCP ? 14 : 9;
    if (record->captured >= offset + needed)
        view->transport = record->data + offset;
}

static void look(struct view *view, const struct trace_record *record)
{
    const uint8_t *data = record->data, *network = data + ETHERNET_LENGTH;
    memset(view, 0, sizeof *view);
    if (record->captured < ETHERNET_LENGTH + ARP_LENGTH)
        return;
    uint32_t type = get16(data + 12);
    if (type == 0x0800) {
        view->is_ip = true;
        memcpy(view->source + 12, network + 12, 4);
        memcpy(view->destination + 12, network + 16, 4);
        view->protocol = network[9];
        if ((get16(network + 6) & 0x1fff) == 0)
            view_transport(view, record, ETHERNET_LENGTH + (network[0] & 15u) * 4);
    } else if (type == 0x86dd && record->captured >= ETHERNET_LENGTH + 40) {
        view->is_ip = true;
        memcpy(view->source, network + 8, 16);
        memcpy(view->destination, network + 24, 16);
        view->protocol = network[6];
        view_transport(view, record, ETHERNET_LENGTH + 40);
    } else if (type == 0x0806) {
        view->is_arp = true;
        memcpy(view->source + 12, network + 14, 4);
        memcpy(view->destination + 12, network + 24, 4);
    }
}

/* Private addresses, and the documentation prefix that the lab's site has. */
static bool is_of_site(const uint8_t address[16])
{
    static const uint8_t zero[12] = {0}, site[6] = {0x20, 0x01, 0x0d, 0xb8, 0x00, 0x20};
    const uint8_t *four = address + 12;
    if (memcmp(address, zero, sizeof zero) == 0)
        return four[0] == 10 || (four[0] == 172 && (four[1] & 0xf0) == 16) ||
               (four[0] == 192 && four[1] == 168);
    return memcmp(address, site, sizeof site) == 0 || (address[0] & 0xfe) == 0xfc ||
           (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

static struct host *find(const struct hosts *hosts, const uint8_t address[16])
{
    for (size_t i = 0; i < hosts->count; i++)
        if (memcmp(hosts->list[i].address, address, 16) == 0)
            return &hosts->list[i];
    return NULL;
}

static struct host *find_or_add(struct hosts *hosts, const uint8_t address[16], const uint8_t *mac)
{
    struct host *host = find(hosts, address);
    if (host != NULL)
        return host;
    if (hosts->count == hosts->capacity) {
        size_t capacity = hosts->capacity * 2 + 16;
        struct host *list = realloc(hosts->list, capacity * sizeof *list);
        if (list == NULL)
            return NULL;
        hosts->list = list;
        hosts->capacity = capacity;
    }
    struct host new = {.asks = false};
    memcpy(new.address, address, sizeof new.address);
    memcpy(new.mac, mac, sizeof new.mac);
    hosts->list[hosts->count] = new;
    return &hosts->list[hosts->count++];
}

static bool udp_port_serves(uint32_t port)
{
    return port == 53 || port == 67 || port == 123 || port == 443 || port == 547;
}

static void judge_udp(struct host *host, const uint8_t *udp)
{
    uint32_t source = get16(udp), destination = get16(udp + 2);
    /* Both ends of NTP may use port 123: the mode tells them apart (RFC 5905 section 7.3). */
    if (source == 123 || destination == 123) {
        host->serves = host->serves || (udp[8] & 7) == 4;
        host->asks = host->asks || (udp[8] & 7) == 3;
        return;
    }
    host->serves = host->serves || udp_port_serves(source);
    host->asks = host->asks || udp_port_serves(destination);
}

static void judge(struct host *host, const struct view *view)
{
    if (view->transport == NULL)
        return;
    if (view->protocol == PROTOCOL_TCP) {
        uint8_t flags = view->transport[13] & 0x12;
        host->asks = host->asks || flags == 0x02;
        host->serves = host->serves || flags == 0x12;
    } else if (view->protocol == PROTOCOL_UDP) {
        judge_udp(host, view->transport);
    }
}

static bool learn(struct hosts *hosts, const struct trace *in)
{
    for (size_t i = 0; i < in->count; i++) {
        struct view view;
        look(&view, &in->records[i]);
        if (!view.is_ip || !is_of_site(view.source))
            continue;
        struct host *host = find_or_add(hosts, view.source, in->records[i].data + 6);
        if (host == NULL)
            return false;
        judge(host, &view);
    }
    return true;
}

static bool is_device(const struct hosts *hosts, const uint8_t address[16])
{
    const struct host *host = find(hosts, address);
    return host != NULL && host->asks && !host->serves;
}

static bool mac_is_devices(const struct hosts *hosts, const uint8_t *mac)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (hosts->list[i].asks && !hosts->list[i].serves &&
            memcmp(hosts->list[i].mac, mac, 6) == 0)
            return true;
    return false;
}

static bool is_outwards(const struct hosts *hosts, const struct trace_record *record)
{
    struct view view;
    look(&view, record);
    const struct host *host = find(hosts, view.source);
    if (view.is_ip && host != NULL)
        return is_device(hosts, view.source) && memcmp(host->mac, record->data + 6, 6) == 0;
    if (view.is_ip && view.source[12] != 0)
        return false; /* an address from outside, in whoever's frame */
    return record->captured >= ETHERNET_LENGTH && mac_is_devices(hosts, record->data + 6);
}

static bool is_inwards(const struct hosts *hosts, const struct trace_record *record)
{
    struct view view;
    look(&view, record);
    if (record->captured < ETHERNET_LENGTH || is_outwards(hosts, record))
        return false;
    return is_device(hosts, view.destination) || (record->data[0] & 1) != 0 ||
           mac_is_devices(hosts, record->data);
}

static bool select_direction(const struct trace *in, struct trace *out,
                             bool (*wanted)(const struct hosts *, const struct trace_record *))
{
    struct hosts hosts = {0};
    bool ok = learn(&hosts, in);
    for (size_t i = 0; ok && i < in->count; i++) {
        const struct trace_record *record = &in->records[i];
        if (wanted(&hosts, record))
            ok = trace_add(out, record->data, record->captured, record->wire, record->time) != NULL;
    }
    free(hosts.list);
    return ok;
}

bool vary_outwards(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return select_direction(in, out, is_outwards);
}

bool vary_inwards(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return select_direction(in, out, is_inwards);
}
