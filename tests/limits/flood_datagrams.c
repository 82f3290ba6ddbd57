/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floods of datagrams and of what they lie in: names that nobody knows, messages of DNS
 * that lead in circles, QUIC that never ends, fragments, chains of headers, tunnels in
 * tunnels and side by side, and devices, errors and times that somebody made up.
 */
#include <openssl/evp.h>

#include "dissectors/quic_initial.h"
#include "tests/limits/flood.h"

enum { DEVICES = 200, QUIC_FRAMES = 1100, VXLAN = 4789 };

static void put_label(struct flood *flood)
{
    char label[17];
    snprintf(label, sizeof label, "%08x%08x", flood_random(flood, UINT32_MAX),
             flood_random(flood, UINT32_MAX));
    put_u8(&flood->frame, 16);
    put(&flood->frame, label, 16);
}

static void flood_names(struct flood *flood)
{
    struct ends ends = {0x0a000000u + flood_random(flood, DEVICES), 0x0a000a01,
                        (uint16_t)(1024 + flood_random(flood, 64000)), 53};
    static const uint8_t tail[] = "\5apple\3com\0\0\1\0\1";
    flood_begin_udp(flood, &ends, 12 + 17 + sizeof tail - 1);
    put_u16(&flood->frame, flood_random(flood, 65536));
    put_u32(&flood->frame, 0x01000001);
    put_u16(&flood->frame, 0);
    put_u32(&flood->frame, 0);
    put_label(flood);
    put(&flood->frame, tail, sizeof tail - 1);
    flood_finish(flood);
}

/* Questions with their answers: another name and another address each. */
static void flood_resolved(struct flood *flood)
{
    struct ends ends = {0x0a000000u + flood_random(flood, DEVICES), 0x0a000a01,
                        (uint16_t)(1024 + flood_random(flood, 64000)), 53};
    static const uint8_t tail[] = "\5apple\3com\0\0\1\0\1";
    struct ends back = flood_back(&ends);
    struct frame question = {.length = 0};
    put_u16(&question, flood_random(flood, 65536));
    put_u32(&question, 0x01000001);
    put_u16(&question, 0);
    put_u32(&question, 0);
    flood->frame.length = 0;
    put_label(flood);
    put(&question, flood->frame.bytes, 17);
    put(&question, tail, sizeof tail - 1);
    flood_begin_udp(flood, &ends, question.length);
    put(&flood->frame, question.bytes, question.length);
    flood_finish(flood);
    memcpy(question.bytes + 2, "\x81\x80\0\1\0\1", 6);
    flood_begin_udp(flood, &back, question.length + 16);
    put(&flood->frame, question.bytes, question.length);
    put(&flood->frame, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12);
    put_u32(&flood->frame, 0x11000000u + flood_random(flood, 1u << 24));
    flood_finish(flood);
}

/* Answers of 1,400 bytes with 90 records whose names are chains of pointers, each to the one
 * before, and in between pointers to themselves (RFC 1035 section 4.1.4). */
static void flood_pointers(struct flood *flood)
{
    struct ends ends = {0x0a000a01, 0x0a000000u + flood_random(flood, DEVICES), 53,
                        (uint16_t)(1024 + flood_random(flood, 64000))};
    struct frame *frame = &flood->frame;
    flood_begin_udp(flood, &ends, 12 + 17 + 90 * 15);
    put_u16(frame, flood_random(flood, 65536));
    put_u32(frame, 0x81800001);
    put_u16(frame, 90);
    put_u32(frame, 0);
    put(frame, "\5apple\3com\0\0\5\0\1", 15);
    put(frame, "\0\0", 2);
    for (unsigned i = 0; i < 90; i++) {
        unsigned owner = 29 + 15 * i, earlier = i == 0 ? 12 : owner - 3;
        put_u8(frame, 0xc0 | earlier >> 8);
        put_u8(frame, earlier & 0xff);
        put(frame, "\0\5\0\1\0\0\0\x3c\0\3\1", 11);
        unsigned leads = flood_random(flood, 8) == 0 ? owner + 12 : earlier;
        put_u8(frame, 0xc0 | leads >> 8);
        put_u8(frame, leads & 0xff);
    }
    flood_finish(flood);
}

/* The first fragments of large datagrams, eight bytes each. */
static void flood_fragments(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 53);
    flood_begin_ip(flood, &ends, UDP, 0x2000 | flood_random(flood, 100), 8);
    flood_put_random(flood, 8);
    flood_finish(flood);
}

/* ---- QUIC: Initials as a client seals them (RFC 9001 section 5), of hellos that do not end */

static void must(int ok)
{
    if (ok != 1) {
        fprintf(stderr, "flood: libcrypto does not seal\n");
        exit(2);
    }
}

static void seal(struct frame *packet, const uint8_t *frames, size_t length)
{
    static const uint8_t origin[] = {0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08};
    struct quic_keys keys;
    uint8_t mask[32];
    int written;
    struct quic_opener *opener = quic_opener_create();
    must(opener != NULL &&
         quic_keys_derive(opener, &keys, 1, QUIC_CLIENT, bytes_of(origin, sizeof origin)));
    quic_opener_release(opener);
    packet->length = 0;
    put(packet, "\xc1\0\0\0\1\x08", 6);
    put(packet, origin, sizeof origin);
    put_u16(packet, 0); /* no connection ID of the client's, no token */
    put_u16(packet, 0x4000 | (unsigned)(2 + length + 16));
    size_t number = packet->length;
    put_u16(packet, 0);
    uint8_t *clear = packet->bytes + packet->length;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    must(EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, keys.key, keys.nonce));
    must(EVP_EncryptUpdate(cipher, NULL, &written, packet->bytes, (int)packet->length));
    must(EVP_EncryptUpdate(cipher, clear, &written, frames, (int)length));
    must(EVP_EncryptFinal_ex(cipher, clear + length, &written));
    must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, clear + length));
    must(EVP_EncryptInit_ex(cipher, EVP_aes_128_ecb(), NULL, keys.header_key, NULL));
    must(EVP_EncryptUpdate(cipher, mask, &written, packet->bytes + number + 4, 16));
    EVP_CIPHER_CTX_free(cipher);
    packet->length += length + 16;
    packet->bytes[0] ^= mask[0] & 0x0f;
    packet->bytes[number] ^= mask[1];
    packet->bytes[number + 1] ^= mask[2];
}

/* Two Initials of each connection: a hello's beginning, and what is 15,000 bytes behind. */
static void flood_initials(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 443);
    for (unsigned part = 0; part < 2; part++) {
        uint8_t frames[QUIC_FRAMES] = {6, 0x40, 0, 0x44, 0x40, 1, 0, 0x3e, 0x80, 3, 3};
        if (part == 1)
            memcpy(frames + 1, "\x7a\x98", 2);
        struct frame packet;
        seal(&packet, frames, sizeof frames);
        flood_begin_udp(flood, &ends, packet.length);
        put(&flood->frame, packet.bytes, packet.length);
        flood_finish(flood);
    }
}

/* ---- headers in headers */

/* IPv6 with 150 headers of destination options before a TCP SYN. */
static void flood_extensions(struct flood *flood)
{
    struct frame *frame = &flood->frame;
    flood_begin_ethernet(flood, 0x86dd);
    put_u32(frame, 0x60000000);
    put_u16(frame, 150 * 8 + 20);
    put_u16(frame, 0x3c40);
    put_u32(frame, 0x20010db8);
    put_u32(frame, flood_random(flood, UINT32_MAX));
    put_zeros(frame, 8);
    put_u32(frame, 0x26200149);
    put_u32(frame, 0x0a440000);
    put_zeros(frame, 8);
    for (int i = 0; i < 150; i++) {
        put_u8(frame, i == 149 ? TCP : 0x3c);
        put(frame, "\0\1\4\0\0\0\0", 7);
    }
    put_u16(frame, 1024 + flood_random(flood, 64000));
    put_u16(frame, 443);
    put_u32(frame, flood_random(flood, UINT32_MAX));
    put_u32(frame, 0);
    put_u32(frame, 0x5002ffff);
    put_u32(frame, 0);
    flood_finish(flood);
}

/* Twenty-six VXLANs, one in the other (RFC 7348). */
static void flood_nested(struct flood *flood)
{
    struct ends ends = flood_ends(flood, VXLAN);
    flood_begin_ethernet(flood, 0x0800);
    for (size_t left = 26; left > 0; left--) {
        flood_put_udp(flood, &ends, left * 50 - 28 + 40);
        put_u32(&flood->frame, 0x08000000);
        put_u32(&flood->frame, flood_random(flood, 1u << 24) << 8);
        put(&flood->frame, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 14);
    }
    flood_put_ip(flood, &ends, TCP, 0, 20);
    put_zeros(&flood->frame, 20);
    flood_finish(flood);
}

/* ERSPAN in GRE (type II), with another ERSPAN in it, and so on. */
static void flood_mirrored(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 0);
    flood_begin_ethernet(flood, 0x0800);
    for (size_t left = 20; left > 0; left--) {
        flood_put_ip(flood, &ends, 47, 0, left * 50 - 20 + 40);
        put_u32(&flood->frame, 0x100088be); /* with a sequence number */
        put_u32(&flood->frame, (uint32_t)left);
        put_u32(&flood->frame, 0x10000000 | flood_random(flood, 1024));
        put_u32(&flood->frame, 0);
        put(&flood->frame, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 14);
    }
    flood_put_ip(flood, &ends, TCP, 0, 20);
    put_zeros(&flood->frame, 20);
    flood_finish(flood);
}

/* The same two ends in one VXLAN after the other. */
static void flood_channels(struct flood *flood)
{
    static const struct ends outer = {0x0a000a02, 0x0a000a03, 4000, VXLAN};
    static const struct ends inner = {0x0a000001, 0x11000001, 50000, 443};
    struct frame *frame = &flood->frame;
    flood_begin_udp(flood, &outer, 8 + 14 + 40);
    put_u32(frame, 0x08000000);
    put_u32(frame, (uint32_t)flood->written << 8);
    put(frame, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 14);
    flood_put_ip(flood, &inner, TCP, 0x4000, 20);
    put_u32(frame, (uint32_t)inner.source_port << 16 | inner.destination_port);
    put_u32(frame, flood_random(flood, UINT32_MAX));
    put_u32(frame, 0);
    put_u32(frame, 0x5002ffff);
    put_u32(frame, 0);
    flood_finish(flood);
}

/* ---- who and what there is not */

/* Each of another client to another resolver, which answers nothing. */
static void flood_clients(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 53);
    static const uint8_t question[] = "\0\1\1\0\0\1\0\0\0\0\0\0\2gs\5apple\3com\0\0\1\0\1";
    flood_begin_udp(flood, &ends, sizeof question - 1);
    put(&flood->frame, question, sizeof question - 1);
    flood_finish(flood);
}

/* DHCPDISCOVER of a device that was never seen before, with as long a name as may be. */
static void flood_leases(struct flood *flood)
{
    static const struct ends ends = {0, 0xffffffff, 68, 67};
    struct frame *frame = &flood->frame;
    flood_begin_udp(flood, &ends, 240 + 3 + 2 + 255 + 1);
    put_u32(frame, 0x01010600);
    put_u32(frame, flood_random(flood, UINT32_MAX));
    put_zeros(frame, 20);
    put_u16(frame, 0xa483);
    put_u32(frame, flood_random(flood, UINT32_MAX));
    put_zeros(frame, 10 + 64 + 128);
    put_u32(frame, 0x63825363);
    put(frame, "\x35\1\1\x0c\xff", 5);
    for (int i = 0; i < 255; i++)
        put_u8(frame, 0x80 + flood_random(flood, 0x80));
    put_u8(frame, 0xff);
    flood_finish(flood);
}

/* Router advertisements, of another router each (RFC 4861 section 4.2). */
static void flood_routers(struct flood *flood)
{
    struct frame *frame = &flood->frame;
    flood_begin_ethernet(flood, 0x86dd);
    put_u32(frame, 0x60000000);
    put_u32(frame, 0x00203aff);
    put_u32(frame, 0xfe800000);
    put_u32(frame, 0);
    put_u32(frame, flood_random(flood, UINT32_MAX));
    put_u32(frame, flood_random(flood, UINT32_MAX));
    put_u32(frame, 0xff020000);
    put_zeros(frame, 11);
    put_u8(frame, 1);
    put_u32(frame, 0x86000000);
    put_u32(frame, 0x40000708);
    put_zeros(frame, 8);
    put_u32(frame, 0x19020000); /* a resolver (RFC 8106 section 5.1), cut short */
    put_u32(frame, 600);
    put_u32(frame, 0x20010db8);
    put_u32(frame, flood_random(flood, UINT32_MAX));
    flood_finish(flood);
}

/* Errors of another router each, about connections of anybody's. */
static void flood_errors(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 443);
    struct ends error = {0x0b000000u + flood_random(flood, 1u << 24), ends.source, 0, 0};
    flood_begin_ip(flood, &error, ICMP, 0, 8 + 28);
    put_u32(&flood->frame, 0x030d0000);
    put_u32(&flood->frame, 0);
    flood_put_ip(flood, &ends, TCP, 0x4000, 20);
    put_u32(&flood->frame, (uint32_t)ends.source_port << 16 | ends.destination_port);
    put_u32(&flood->frame, flood_random(flood, UINT32_MAX));
    flood_finish(flood);
}

/* Questions to a time server, by a new client each, and every other one answered. */
static void flood_times(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 123), back = flood_back(&ends);
    for (unsigned answer = 0; answer <= flood_random(flood, 2); answer++) {
        flood_begin_udp(flood, answer ? &back : &ends, 48);
        put_u32(&flood->frame, answer ? 0x240100e9 : 0x23000000);
        put_zeros(&flood->frame, 36);
        put_u32(&flood->frame, 0xece00000);
        put_u32(&flood->frame, flood_random(flood, UINT32_MAX));
        flood_finish(flood);
    }
}

const struct flood_kind flood_datagrams[] = {{"names", flood_names, FLOOD_PCAP},
                                             {"resolved", flood_resolved, FLOOD_PCAP},
                                             {"pointers", flood_pointers, FLOOD_PCAP},
                                             {"fragments", flood_fragments, FLOOD_PCAP},
                                             {"initials", flood_initials, FLOOD_PCAP},
                                             {"extensions", flood_extensions, FLOOD_PCAP},
                                             {"nested", flood_nested, FLOOD_PCAP},
                                             {"mirrored", flood_mirrored, FLOOD_PCAP},
                                             {"channels", flood_channels, FLOOD_PCAP},
                                             {"clients", flood_clients, FLOOD_PCAP},
                                             {"leases", flood_leases, FLOOD_PCAP},
                                             {"routers", flood_routers, FLOOD_PCAP},
                                             {"errors", flood_errors, FLOOD_PCAP},
                                             {"times", flood_times, FLOOD_PCAP},
                                             {NULL, NULL, FLOOD_PCAP}};
