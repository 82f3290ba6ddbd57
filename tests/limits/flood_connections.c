/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floods of TCP connections: that nobody answers, that have holes, that come in any
 * order, and requests and answers of HTTP and DNS over TCP that lack their other half.
 */
#include "tests/limits/flood.h"

static void flood_syn(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 5223);
    flood_begin_tcp(flood, &ends, SYN, flood_random(flood, UINT32_MAX), 0, 0);
    flood_finish(flood);
}

/* One connection after the other, its segments late by turns and with holes. */
static void flood_segments(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 443);
    uint32_t sequence = flood_random(flood, UINT32_MAX);
    flood_open(flood, &ends, sequence);
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t offset = 1 + 500 * flood_random(flood, 120);
        flood_begin_tcp(flood, &ends, ACK | PSH, sequence + offset, 7001, 400);
        flood_put_random(flood, 400);
        flood_finish(flood);
    }
}

/* Connections of three packets, the last one behind a hole on each side. */
static void flood_holes(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 443);
    uint32_t sequence = flood_random(flood, UINT32_MAX);
    flood_begin_tcp(flood, &ends, SYN, sequence, 0, 0);
    flood_finish(flood);
    flood_begin_tcp(flood, &ends, ACK | PSH, sequence + 101, 7001, 16);
    flood_put_random(flood, 16);
    flood_finish(flood);
}

/* Answers to SYNs that nobody saw, and acknowledgments of what nobody sent, all of the
 * same two hosts: they wait for what may still come. */
static void flood_late(struct flood *flood)
{
    struct ends ends = {0x0a000001, 0x11000001, (uint16_t)(1024 + flood_random(flood, 64000)), 443};
    struct ends server = flood_back(&ends);
    flood_begin_tcp(flood, &server, SYN | ACK, 7000, flood_random(flood, UINT32_MAX), 0);
    flood_finish(flood);
    flood_begin_tcp(flood, &ends, ACK, flood_random(flood, UINT32_MAX), 90000, 0);
    flood_finish(flood);
}

/* Resets and errors about connections that nobody opened. */
static void flood_resets(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 443);
    flood_begin_tcp(flood, &ends, RST | ACK, flood_random(flood, UINT32_MAX), 1, 0);
    flood_finish(flood);
}

static void send_text(struct flood *flood, const struct ends *ends, uint32_t sequence,
                      const char *text)
{
    flood_send(flood, ends, sequence, 7001, (const uint8_t *)text, strlen(text));
}

/* Requests whose heads do not end within 1,300 bytes. */
static void flood_heads(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 80);
    char text[1400] = "GET / HTTP/1.1\r\nHost: captive.apple.com\r\nX-Long: ";
    memset(text + strlen(text), 'x', 1300 - strlen(text));
    flood_open(flood, &ends, 1000);
    send_text(flood, &ends, 1001, text);
}

/* Sixteen requests at once on each connection, all with long fields, and no answer. */
static void flood_requests(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 80);
    char one[400], all[16 * 400] = "";
    size_t length = 0;
    for (unsigned i = 0; i < 16; i++) {
        snprintf(one, sizeof one,
                 "GET http://captive.apple.com/hotspot-detect.html?%0200u HTTP/1.1\r\n"
                 "Host: captive.apple.com\r\nUser-Agent: CaptiveNetworkSupport\r\n\r\n",
                 flood_random(flood, UINT32_MAX));
        memcpy(all + length, one, strlen(one) + 1);
        length += strlen(one);
    }
    flood_open(flood, &ends, 1000);
    send_text(flood, &ends, 1001, all);
}

/* Answers that nobody asked for. */
static void flood_answers(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 80), server = flood_back(&ends);
    char text[1400] = "HTTP/1.1 302 Found\r\nLocation: http://captive.apple.com/";
    memset(text + strlen(text), 'x', 1300 - strlen(text));
    flood_open(flood, &ends, 1000);
    send_text(flood, &server, 7001, text);
}

/* DNS over TCP: messages of 65,535 bytes, of which the first 2,800 come. */
static void flood_messages(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 53);
    uint8_t bytes[2800] = {0xff, 0xff, 0, 1, 1, 0, 0xff, 0xff};
    for (size_t i = 14; i + 12 < sizeof bytes; i += 12)
        memcpy(bytes + i, "\1a\5apple\3com", 12);
    flood_open(flood, &ends, 1000);
    flood_send(flood, &ends, 1001, 7001, bytes, sizeof bytes);
}

const struct flood_kind flood_connections[] = {
    {"syn", flood_syn, FLOOD_PCAP},           {"segments", flood_segments, FLOOD_PCAP},
    {"holes", flood_holes, FLOOD_PCAP},       {"late", flood_late, FLOOD_PCAP},
    {"resets", flood_resets, FLOOD_PCAP},     {"heads", flood_heads, FLOOD_PCAP},
    {"requests", flood_requests, FLOOD_PCAP}, {"answers", flood_answers, FLOOD_PCAP},
    {"messages", flood_messages, FLOOD_PCAP}, {NULL, NULL, FLOOD_PCAP}};
