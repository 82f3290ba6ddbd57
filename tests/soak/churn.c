/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic that goes on for hours and is never the same: puts the conversations of captures
 * onto an interface, many at once, each time of other devices in another network, with
 * losses, tags and tunnels by turns; and between them questions for names that nobody has
 * asked for.  Linux, needs CAP_NET_RAW.
 *   churn INTERFACE SECONDS FRAMES_PER_SECOND NETWORKS CAPTURE...
 * After so many NETWORKS the first comes again.  Prints how many frames were sent.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LINUX_IF_PACKET_H
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/lab/trace.h"
#include "tests/lab/vary_packets.h"

enum {
    LANES = 48,
    TEMPLATES = 256,
    LONGEST = 9000,
    NAMES = 12,
    ETHERNET = 14,
    QUESTION_LIMIT = 200
};

static const char *const bends[] = {NULL,     "loss-1", "vlan",    "vxlan",   NULL,
                                    "gre",    "qinq",   "geneve",  "erspan2", "reordered",
                                    "loss-5", NULL,     "doubled", NULL};

struct lane {
    struct trace trace; /* of one network */
    size_t next;
};

struct churn {
    struct trace templates[TEMPLATES];
    size_t template_count;
    struct lane lanes[LANES];
    unsigned long round;
    unsigned long networks;
    unsigned long long sent;
    int out;
};

/* A private address gets its network's number, whoever bears it. */
static void move_ipv4(uint8_t *address, unsigned network)
{
    bool is_private = address[0] == 10 || (address[0] == 192 && address[1] == 168) ||
                      (address[0] == 172 && (address[1] & 0xf0) == 16);

    if (!is_private)
        return;
    address[0] = 10;
    address[1] = (uint8_t)(network >> 8);
    address[2] = (uint8_t)network;
}

/* Of unique local addresses, and those for documentation (RFC 4193, RFC 3849). */
static void move_ipv6(uint8_t *address, unsigned network)
{
    static const uint8_t documentation[] = {0x20, 0x01, 0x0d, 0xb8};

    if ((address[0] & 0xfe) != 0xfc && memcmp(address, documentation, sizeof documentation) != 0)
        return;
    address[5] = (uint8_t)(network >> 8);
    address[6] = (uint8_t)network;
}

/* The addresses of a packet, and those of the one that an ICMP error quotes. */
static void move_network(uint8_t *packet, size_t length, unsigned network, bool quoted)
{
    size_t header;
    bool is_error;

    if (length >= 20 && packet[0] >> 4 == 4) {
        header = (packet[0] & 15u) * 4;
        move_ipv4(packet + 12, network);
        move_ipv4(packet + 16, network);
        is_error =
            packet[9] == 1 && length > header && (packet[header] == 3 || packet[header] == 11);
    } else if (length >= 40 && packet[0] >> 4 == 6) {
        header = 40;
        move_ipv6(packet + 8, network);
        move_ipv6(packet + 24, network);
        is_error = packet[6] == 58 && length > header && packet[header] < 128;
    } else {
        return;
    }
    if (is_error && !quoted && length > header + 8)
        move_network(packet + header + 8, length - header - 8, network, true);
}

/* Locally administered cards are of that network, too. */
static void move_card(uint8_t *card, unsigned network)
{
    if ((card[0] & 3) != 2)
        return;
    card[3] = (uint8_t)(network >> 8);
    card[4] = (uint8_t)network;
}

static void move_frame(struct trace_record *record, unsigned network)
{
    size_t at = ETHERNET;

    if (record->captured < ETHERNET)
        return;
    move_card(record->data, network);
    move_card(record->data + 6, network);
    while (record->captured >= at + 4 && record->data[at - 2] == 0x81 && record->data[at - 1] == 0)
        at += 4;
    move_network(record->data + at, record->captured - at, network, false);
}

static size_t put_name(uint8_t *to, const char *text)
{
    size_t length = 0;

    while (*text != '\0') {
        size_t label = strcspn(text, ".");

        to[length++] = (uint8_t)label;
        memcpy(to + length, text, label);
        length += label;
        text += label + (text[label] == '.');
    }
    to[length++] = 0;
    return length;
}

/* Ethernet, IPv4 and UDP around a message of `length` bytes, which is behind them already. */
static size_t wrap_dns(uint8_t *frame, size_t length, unsigned network, unsigned device,
                       bool answer)
{
    static const uint8_t cards[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0};
    uint8_t *ip = frame + ETHERNET, *udp = ip + 20;
    const uint8_t client[] = {10, (uint8_t)(network >> 8), (uint8_t)network, (uint8_t)device};
    const uint8_t resolver[] = {10, (uint8_t)(network >> 8), (uint8_t)network, 1};
    uint16_t total = htons((uint16_t)(28 + length)), rest = htons((uint16_t)(8 + length));
    uint16_t dns = htons(53), port = htons((uint16_t)(20000 + device));

    memset(frame, 0, ETHERNET + 28);
    memcpy(frame, cards, sizeof cards);
    ip[0] = 0x45;
    memcpy(ip + 2, &total, 2);
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, answer ? resolver : client, 4);
    memcpy(ip + 16, answer ? client : resolver, 4);
    memcpy(udp, answer ? &dns : &port, 2);
    memcpy(udp + 2, answer ? &port : &dns, 2);
    memcpy(udp + 4, &rest, 2);
    return ETHERNET + 28 + length;
}

/* A question for a new name and its answer: an address, or that there is no such name. */
static bool add_name(struct trace *trace, unsigned long round, unsigned network, unsigned number)
{
    static const uint8_t tail[] = {0, 1, 0, 1};
    static const uint8_t address[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 17, 0, 0, 0};
    const uint8_t id[] = {(uint8_t)(round >> 4), (uint8_t)(round * 16 + number)};
    bool exists = number % 4 != 3;
    uint8_t frame[QUESTION_LIMIT] = {0}, *message = frame + ETHERNET + 28;
    char name[64];
    size_t length = 12;
    uint64_t time = trace->count > 0 ? trace->records[trace->count - 1].time + 1000 : 0;

    snprintf(name, sizeof name, "r%lu-n%u.%s", round, number,
             number % 2 == 0 ? "push.apple.com" : "example.net");
    memcpy(message, id, 2);
    message[2] = 1;
    message[5] = 1;
    length += put_name(message + length, name);
    memcpy(message + length, tail, sizeof tail);
    length += sizeof tail;
    size_t whole = wrap_dns(frame, length, network, 20 + number, false);
    if (trace_add(trace, frame, (uint32_t)whole, (uint32_t)whole, time) == NULL)
        return false;
    message[2] = 0x81;
    message[3] = exists ? 0x80 : 0x83;
    message[7] = exists;
    if (exists) {
        memcpy(message + length, address, sizeof address);
        message[length + 13] = (uint8_t)(round >> 8);
        message[length + 14] = (uint8_t)round;
        message[length + 15] = (uint8_t)number;
        length += sizeof address;
    }
    whole = wrap_dns(frame, length, network, 20 + number, true);
    return trace_add(trace, frame, (uint32_t)whole, (uint32_t)whole, time + 500) != NULL;
}

/* A lane's next conversations. */
static bool begin_round(struct churn *churn, struct lane *lane)
{
    unsigned long round = churn->round++;
    unsigned network = (unsigned)(round % churn->networks);
    const struct trace *from = &churn->templates[round % churn->template_count];
    const char *bend = bends[round % (sizeof bends / sizeof bends[0])];
    struct trace moved = {0};
    bool ok = true;

    trace_release(&lane->trace);
    memset(&lane->trace, 0, sizeof lane->trace);
    lane->next = 0;
    for (size_t i = 0; i < from->count && ok; i++) {
        const struct trace_record *record = &from->records[i];
        struct trace_record *copy =
            trace_add(&moved, record->data, record->captured, record->wire, record->time);

        ok = copy != NULL;
        if (ok)
            move_frame(copy, network);
    }
    for (unsigned i = 0; i < NAMES && ok; i++)
        ok = add_name(&moved, round, network, i);
    if (bend == NULL) {
        lane->trace = moved;
        return ok;
    }
    ok = ok && vary_find(bend)->make(&moved, round, &lane->trace);
    trace_release(&moved);
    return ok;
}

static bool send_next(struct churn *churn, struct lane *lane)
{
    const struct trace_record *record;

    if (lane->next >= lane->trace.count && !begin_round(churn, lane)) {
        fprintf(stderr, "churn: memory is out\n");
        return false;
    }
    if (lane->next >= lane->trace.count)
        return true;
    record = &lane->trace.records[lane->next++];
    if (record->captured > LONGEST)
        return true;
    if (send(churn->out, record->data, record->captured, 0) < 0 && errno != ENOBUFS &&
        errno != ENETDOWN) {
        perror("churn: send");
        return false;
    }
    churn->sent++;
    return true;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A hundredth of a second's frames at once, and no more when it was late. */
static bool churn_for(struct churn *churn, double seconds, double rate)
{
    const struct timespec pause = {0, 10000000};
    double began = now(), last = began;
    double due = 0;

    while (last < began + seconds) {
        nanosleep(&pause, NULL);
        double time = now();

        due += (time - last) * rate;
        if (due > rate / 2)
            due = rate / 2;
        last = time;
        for (; due >= 1; due--)
            if (!send_next(churn, &churn->lanes[churn->sent % LANES]))
                return false;
    }
    printf("%llu frames of %lu rounds in %.0f s\n", churn->sent, churn->round, now() - began);
    return true;
}

static bool open_interface(struct churn *churn, const char *name)
{
    struct sockaddr_ll address;

    memset(&address, 0, sizeof address);
    address.sll_family = AF_PACKET;
    address.sll_protocol = 0;
    address.sll_ifindex = (int)if_nametoindex(name);
    churn->out = socket(AF_PACKET, SOCK_RAW, 0);
    return churn->out >= 0 &&
           bind(churn->out, (const struct sockaddr *)&address, sizeof address) == 0;
}

int main(int argc, char **argv)
{
    static struct churn churn;
    bool ok;

    for (int i = 5; i < argc && churn.template_count < TEMPLATES; i++) {
        const char *reason = NULL;
        struct trace *trace = &churn.templates[churn.template_count];

        if (!trace_read(trace, argv[i], &reason) || trace->count == 0) {
            fprintf(stderr, "churn: %s: %s\n", argv[i], reason != NULL ? reason : "is empty");
            return 2;
        }
        churn.template_count++;
    }
    if (churn.template_count == 0 || (churn.networks = strtoul(argv[4], NULL, 10)) == 0) {
        fprintf(stderr, "usage: churn INTERFACE SECONDS FRAMES_PER_SECOND NETWORKS CAPTURE...\n");
        return 2;
    }
    if (!open_interface(&churn, argv[1])) {
        perror(argv[1]);
        return 2;
    }
    ok = churn_for(&churn, atof(argv[2]), atof(argv[3]));
    for (size_t i = 0; i < LANES; i++)
        trace_release(&churn.lanes[i].trace);
    for (size_t i = 0; i < churn.template_count; i++)
        trace_release(&churn.templates[i]);
    return ok ? 0 : 2;
}
#else
int main(void)
{
    fprintf(stderr, "churn: needs Linux\n");
    return 77;
}
#endif
