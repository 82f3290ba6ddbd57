/* SPDX-License-Identifier: Apache-2.0 */
/* What does a box on the way do to this packet?  Ethernet frames with IPv4 or IPv6 and TCP or UDP
 * in them come in (anything else passes); out goes whether they pass, and what is forged.
 * RFC 791, RFC 8200, RFC 9293; the ClientHello is RFC 8446 section 4.1.2, read as simple boxes
 * do: from one segment, by looking for the name. */
#include "link_rules.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ETHERNET = 14, FIN = 1, SYN = 2, RST = 4, ACK = 16 };

struct packet {
    bool ipv6;
    uint8_t protocol, flags;
    uint8_t source[16], target[16];
    uint16_t source_port, target_port;
    uint32_t sequence, acknowledged;
    const uint8_t *payload;
    size_t payload_length, ip_length;
};

static uint16_t read16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t read32(const uint8_t *bytes)
{
    return (uint32_t)read16(bytes) << 16 | read16(bytes + 2);
}

static void write16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static void write32(uint8_t *bytes, uint32_t value)
{
    write16(bytes, value >> 16);
    write16(bytes + 2, value & 0xffff);
}

static void map_ipv4(uint8_t mapped[16], const uint8_t *address)
{
    memset(mapped, 0, 10);
    memset(mapped + 10, 0xff, 2);
    memcpy(mapped + 12, address, 4);
}

/* Internet checksum (RFC 1071) of bytes, added to sum. */
static uint32_t add_checksum(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += read16(bytes + i);
    if (length % 2 == 1)
        sum += (uint32_t)bytes[length - 1] << 8;
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

bool packet_lower_hops(uint8_t *frame, size_t length, unsigned hops)
{
    uint8_t *ip = frame + ETHERNET;

    if (length < ETHERNET + 20)
        return true;
    if (read16(frame + 12) == 0x0800) {
        size_t header = (size_t)(ip[0] & 15) * 4;

        if (ip[8] <= hops || header < 20 || ETHERNET + header > length)
            return false;
        ip[8] = (uint8_t)(ip[8] - hops);
        write16(ip + 10, 0);
        write16(ip + 10, fold(add_checksum(0, ip, header)));
    } else if (read16(frame + 12) == 0x86dd && !(ip[6] == 58 && ip[7] == 255)) {
        /* 255 is neighbour discovery (RFC 4861 section 7.1), which never leaves its link. */
        if (ip[7] <= hops)
            return false;
        ip[7] = (uint8_t)(ip[7] - hops);
    }
    return true;
}

static bool decode_transport(struct packet *packet, const uint8_t *bytes, size_t length)
{
    size_t header = 8;

    if (length < 8)
        return false;
    packet->source_port = read16(bytes);
    packet->target_port = read16(bytes + 2);
    if (packet->protocol == 6) {
        if (length < 20)
            return false;
        packet->sequence = read32(bytes + 4);
        packet->acknowledged = read32(bytes + 8);
        packet->flags = bytes[13];
        header = (size_t)(bytes[12] >> 4) * 4;
    }
    if (header > length)
        return false;
    packet->payload = bytes + header;
    packet->payload_length = length - header;
    return packet->protocol == 6 || packet->protocol == 17;
}

static bool decode(struct packet *packet, const uint8_t *frame, size_t length)
{
    const uint8_t *ip = frame + ETHERNET;
    size_t header = 40;

    memset(packet, 0, sizeof *packet);
    if (length < ETHERNET + 40)
        return false;
    if (read16(frame + 12) == 0x0800) {
        header = (size_t)(ip[0] & 15) * 4;
        packet->ip_length = read16(ip + 2);
        packet->protocol = ip[9];
        map_ipv4(packet->source, ip + 12);
        map_ipv4(packet->target, ip + 16);
    } else if (read16(frame + 12) == 0x86dd) {
        packet->ipv6 = true;
        packet->ip_length = 40u + read16(ip + 4);
        packet->protocol = ip[6];
        memcpy(packet->source, ip + 8, 16);
        memcpy(packet->target, ip + 24, 16);
    } else {
        return false;
    }
    if (packet->ip_length > length - ETHERNET || header > packet->ip_length)
        return false;
    return decode_transport(packet, ip + header, packet->ip_length - header);
}

/* ---- rules as text */

static bool parse_action(struct rule *rule, const char *value)
{
    static const char *const names[] = {"drop", "stall", "reset-left", "reset-right", "reset-both"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            rule->action = (enum action)i;
            return true;
        }
    }
    return false;
}

static bool parse_address(struct rule *rule, const char *value)
{
    uint8_t address[4];

    rule->has_address = true;
    if (inet_pton(AF_INET6, value, rule->address) == 1)
        return true;
    if (inet_pton(AF_INET, value, address) != 1)
        return false;
    map_ipv4(rule->address, address);
    return true;
}

static bool parse_number(struct rule *rule, const char *key, double value)
{
    const struct {
        const char *key;
        unsigned *field;
    } numbers[] = {{"port", &rule->port},   {"size", &rule->size},
                   {"data", &rule->data},   {"server-data", &rule->server_data},
                   {"first", &rule->first}, {"burst", &rule->burst},
                   {"ttl", &rule->ttl}};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(key, numbers[i].key) == 0) {
            *numbers[i].field = (unsigned)value;
            return true;
        }
    }
    if (strcmp(key, "idle") == 0)
        rule->idle = value;
    else if (strcmp(key, "age") == 0)
        rule->age = value;
    else if (strcmp(key, "loss") == 0)
        rule->loss = value;
    else
        return false;
    return true;
}

static bool parse_word(struct rule *rule, char *word)
{
    char *value = strchr(word, '=');

    if (value == NULL) {
        if (strcmp(word, "syn") == 0)
            rule->syn = true;
        else
            return false;
        return true;
    }
    *value++ = '\0';
    if (strcmp(word, "sni") == 0) {
        rule->hello = HELLO_NAMED;
        snprintf(rule->name, sizeof rule->name, "%s", value);
    } else if (strcmp(word, "hello") == 0) {
        rule->hello = strcmp(value, "split") == 0 ? HELLO_SPLIT : HELLO_ANY;
    } else if (strcmp(word, "protocol") == 0) {
        rule->protocol = strcmp(value, "udp") == 0 ? 17 : 6;
    } else if (strcmp(word, "from") == 0) {
        rule->from_left = strcmp(value, "left") == 0;
        rule->from_right = !rule->from_left;
    } else if (strcmp(word, "then") == 0) {
        rule->then_drop = strcmp(value, "drop") == 0;
    } else if (strcmp(word, "act") == 0) {
        return parse_action(rule, value);
    } else if (strcmp(word, "address") == 0) {
        return parse_address(rule, value);
    } else {
        return parse_number(rule, word, strtod(value, NULL));
    }
    return true;
}

void rules_rewind(struct rules *rules)
{
    rules->read = 0;
}

bool rules_add(struct rules *rules, const char *text)
{
    struct rule *rule;
    char copy[256];
    char *rest = copy;
    char *word;

    if (rules->read == MAX_RULES || strlen(text) >= sizeof copy)
        return false;
    rule = &rules->rule[rules->read++];
    if (rules->read <= rules->count && strcmp(rule->text, text) == 0)
        return true;
    memset(rule, 0, sizeof *rule);
    rules->count = rules->read;
    rule->number = (unsigned)rules->read - 1;
    rule->ttl = 64;
    rule->burst = 1;
    snprintf(rule->text, sizeof rule->text, "%s", text);
    snprintf(copy, sizeof copy, "%s", text);
    while ((word = strtok_r(rest, " \t\n", &rest)) != NULL)
        if (!parse_word(rule, word))
            return false;
    return true;
}

/* ---- flows */

static struct flow *find_flow(struct rules *rules, enum side side, const struct packet *packet)
{
    struct flow key = {.protocol = packet->protocol};
    uint32_t hash = packet->protocol;
    struct flow *flow;

    memcpy(side == LEFT ? key.left : key.right, packet->source, 16);
    memcpy(side == LEFT ? key.right : key.left, packet->target, 16);
    key.left_port = side == LEFT ? packet->source_port : packet->target_port;
    key.right_port = side == LEFT ? packet->target_port : packet->source_port;
    for (size_t i = 0; i < 16; i++)
        hash = hash * 31 + key.left[i] * 7u + key.right[i];
    hash = hash * 31 + key.left_port * 131u + key.right_port;
    for (size_t i = 0; i < MAX_FLOWS; i++) {
        flow = &rules->flow[(hash + i) % MAX_FLOWS];
        if (!flow->used)
            break;
        if (memcmp(flow->left, key.left, 16) == 0 && memcmp(flow->right, key.right, 16) == 0 &&
            flow->left_port == key.left_port && flow->right_port == key.right_port &&
            flow->protocol == key.protocol)
            return flow;
    }
    *flow = key;
    flow->used = true;
    return flow;
}

static bool names_host(const struct rule *rule, const struct packet *packet)
{
    const char *name = rule->name[0] == '*' ? rule->name + 1 : rule->name;
    size_t length = strlen(name);

    for (size_t i = 0; i + length <= packet->payload_length; i++)
        if (memcmp(packet->payload + i, name, length) == 0 &&
            (name != rule->name || (i >= 2 && read16(packet->payload + i - 2) == length)))
            return true;
    return false;
}

static bool hello_matches(const struct rule *rule, const struct packet *packet)
{
    const uint8_t *bytes = packet->payload;

    if (packet->protocol != 6 || packet->payload_length < 6 || bytes[0] != 22 || bytes[1] != 3 ||
        bytes[5] != 1)
        return false;
    if (rule->hello == HELLO_SPLIT)
        return (size_t)read16(bytes + 3) + 5 > packet->payload_length;
    return rule->hello == HELLO_ANY || names_host(rule, packet);
}

static bool lost_by_chance(struct rules *rules, double percent)
{
    rules->random = rules->random * 1664525u + 1013904223u;
    return (double)(rules->random >> 8) < percent / 100 * (double)(1u << 24);
}

static bool matches(struct rules *rules, const struct rule *rule, enum side side,
                    const struct packet *packet, const struct flow *flow, double now)
{
    const uint8_t *right = side == LEFT ? packet->target : packet->source;
    bool carries = packet->payload_length > 0;

    return (rule->protocol == 0 || rule->protocol == packet->protocol) &&
           (rule->port == 0 || rule->port == flow->right_port) &&
           (!rule->has_address || memcmp(rule->address, right, 16) == 0) &&
           (!rule->from_left || side == LEFT) && (!rule->from_right || side == RIGHT) &&
           (rule->size == 0 || packet->ip_length > rule->size) &&
           (!rule->syn || (packet->flags & (SYN | ACK)) == SYN) &&
           (rule->data == 0 || (carries && side == LEFT && flow->data >= rule->data)) &&
           (rule->server_data == 0 ||
            (carries && side == RIGHT && flow->server_data >= rule->server_data)) &&
           (rule->idle <= 0 || now - flow->last >= rule->idle) &&
           (rule->age <= 0 || now - flow->start >= rule->age) &&
           (rule->hello == HELLO_IGNORED || (side == LEFT && hello_matches(rule, packet))) &&
           (rule->first == 0 || rule->matched < rule->first) &&
           (rule->loss <= 0 || lost_by_chance(rules, rule->loss));
}

/* ---- forging */

/* The checksum of the transport header at the end of forged, with its pseudo-header. */
static void seal(struct forged *forged, bool ipv6)
{
    uint8_t *ip = forged->bytes + ETHERNET;
    uint8_t *tcp = ip + (ipv6 ? 40 : 20);
    uint32_t sum = 6 + 20;

    sum = ipv6 ? add_checksum(sum, ip + 8, 32) : add_checksum(sum, ip + 12, 8);
    write16(tcp + 16, fold(add_checksum(sum, tcp, 20)));
    if (!ipv6)
        write16(ip + 10, fold(add_checksum(0, ip, 20)));
}

/* A RST as the sender of the judged packet (`back` false) or as its receiver would send it. */
static void forge(struct verdict *verdict, const struct rule *rule, const uint8_t *frame,
                  const struct packet *packet, enum side to, bool back, uint32_t skip)
{
    struct forged *forged = &verdict->forged[verdict->forged_count];
    uint8_t *ip = forged->bytes + ETHERNET;
    uint8_t *tcp = ip + (packet->ipv6 ? 40 : 20);
    size_t width = packet->ipv6 ? 16 : 4;
    uint8_t *source = ip + (packet->ipv6 ? 8 : 12);
    const uint8_t *from = back ? packet->target : packet->source;
    const uint8_t *towards = back ? packet->source : packet->target;
    /* Where the packet itself is held back, its receiver still waits for its first byte. */
    size_t seen = !back && rule->then_drop ? 0 : packet->payload_length;
    /* A SYN counts for one (RFC 9293 section 3.4); a RST that forgets it is ignored. */
    uint32_t end = packet->sequence + (uint32_t)seen + ((packet->flags & SYN) != 0 ? 1 : 0);

    if (verdict->forged_count == MAX_FORGED)
        return;
    memset(forged, 0, sizeof *forged);
    verdict->forged_count++;
    forged->to = to;
    forged->length = ETHERNET + (packet->ipv6 ? 40u : 20u) + 20u;
    memcpy(forged->bytes, frame + (back ? 6 : 0), 6);
    memcpy(forged->bytes + 6, frame + (back ? 0 : 6), 6);
    memcpy(forged->bytes + 12, frame + 12, 2);
    if (packet->ipv6) {
        write32(ip, 0x60000000);
        write16(ip + 4, 20);
        ip[6] = 6;
        ip[7] = (uint8_t)rule->ttl;
    } else {
        write16(ip, 0x4500);
        write16(ip + 2, 40);
        write16(ip + 4, 0x3039);
        ip[8] = (uint8_t)rule->ttl;
        ip[9] = 6;
    }
    memcpy(source, from + 16 - width, width);
    memcpy(source + width, towards + 16 - width, width);
    write16(tcp, back ? packet->target_port : packet->source_port);
    write16(tcp + 2, back ? packet->source_port : packet->target_port);
    write32(tcp + 4, (back ? packet->acknowledged : end) + skip);
    write32(tcp + 8, back ? end : packet->acknowledged);
    tcp[12] = 5 << 4;
    tcp[13] = RST | ACK;
    seal(forged, packet->ipv6);
}

static void act(const struct rule *rule, struct flow *flow, enum side side, const uint8_t *frame,
                const struct packet *packet, struct verdict *verdict)
{
    bool left = rule->action == ACT_RESET_LEFT || rule->action == ACT_RESET_BOTH;
    bool right = rule->action == ACT_RESET_RIGHT || rule->action == ACT_RESET_BOTH;

    if (rule->action == ACT_DROP) {
        verdict->pass = false;
        return;
    }
    if (rule->action == ACT_STALL) {
        flow->silent = true;
        return;
    }
    if (packet->protocol != 6 || (flow->acted & 1u << rule->number) != 0)
        return;
    flow->acted |= 1u << rule->number;
    for (uint32_t i = 0; i < rule->burst; i++) {
        if (left)
            forge(verdict, rule, frame, packet, LEFT, side == LEFT, i * 1460);
        if (right)
            forge(verdict, rule, frame, packet, RIGHT, side == RIGHT, i * 1460);
    }
    flow->silent = rule->then_drop;
}

void rules_judge(struct rules *rules, enum side side, const uint8_t *frame, size_t length,
                 double now, struct verdict *verdict)
{
    struct packet packet;
    struct flow *flow;

    verdict->pass = true;
    verdict->forged_count = 0;
    if (!decode(&packet, frame, length))
        return;
    flow = find_flow(rules, side, &packet);
    if (flow->start <= 0 || (packet.flags & (SYN | ACK)) == SYN) {
        flow->start = flow->last = now;
        flow->data = flow->server_data = flow->acted = 0;
        flow->silent = false;
    }
    if (packet.payload_length > 0) {
        if (side == LEFT)
            flow->data++;
        else
            flow->server_data++;
    }
    for (size_t i = 0; i < rules->count && !flow->silent; i++) {
        if (matches(rules, &rules->rule[i], side, &packet, flow, now)) {
            rules->rule[i].matched++;
            act(&rules->rule[i], flow, side, frame, &packet, verdict);
        }
    }
    flow->last = now;
    if (flow->silent)
        verdict->pass = false;
}
