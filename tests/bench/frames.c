/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds Ethernet frames for the benchmark's conversations: VLAN tags, IPv4 and
 * IPv6, TCP, DNS (RFC 1035) with CNAME chains, TLS 1.3 hellos (RFC 8446).  Lengths
 * and the IPv4 header's checksum are right; those of TCP and UDP are left 0.
 */
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The queried name, and the names its answer leads through. */
static const char *const apple_names[][3] = {
    {"albert.apple.com", "albert.gcsis-apple.com.akadns.net", NULL},
    {"gs.apple.com", "gs.apple.com.akadns.net", NULL},
    {"gdmf.apple.com", "gdmf.v.aaplimg.com", NULL},
    {"deviceenrollment.apple.com", NULL, NULL},
    {"mesu.apple.com", "mesu-cdn.apple.com.akadns.net", "mesu.g.aaplimg.com"},
    {"configuration.apple.com", "configuration.apple.com.edgekey.net", "e673.dsce9.akamaiedge.net"},
    {"swcdn.apple.com", "swcdn.g.aaplimg.com", NULL},
    {"ocsp2.apple.com", "ocsp2-lb.apple.com.akadns.net", "ocsp2.g.aaplimg.com"},
};
enum { APPLE_NAMES = sizeof apple_names / sizeof *apple_names };

/* ---- addresses and names */

static uint32_t scramble(uint32_t value)
{
    value = (value ^ value >> 16) * 0x45d9f3bU;
    return (value ^ value >> 16) * 0x45d9f3bU;
}

static uint32_t server_address(const struct conversation *conversation)
{
    uint32_t spread = scramble(conversation->name + 1);
    if (conversation->kind == KIND_SILENT)
        return 0x11399124U + conversation->name % 8; /* 17.57.145.36 and the next */
    if (conversation->apple)
        return 0x11000000U | (spread & 0xffffffU);
    return 0x60000000U | (spread & 0x1fffffffU);
}

static void put_address(struct frame *frame, const struct conversation *conversation, bool server)
{
    uint32_t last = server ? server_address(conversation) : conversation->device + 20;
    if (!conversation->six) {
        put_u32(frame, server ? last : 0x0a000000U + last);
        return;
    }
    put_u32(frame, !server ? 0x20010db8U : conversation->apple ? 0x26200149U : 0x2a000000U);
    put_u32(frame, server && conversation->apple ? 0x0a440000U : 0x00010000U);
    put_u32(frame, 0);
    put_u32(frame, last);
}

static void name_of(const struct conversation *conversation, char *text, size_t size)
{
    if (conversation->kind == KIND_SILENT)
        snprintf(text, size, "%u-courier.push.apple.com", conversation->name % 51);
    else if (conversation->apple)
        snprintf(text, size, "%s", apple_names[conversation->name % APPLE_NAMES][0]);
    else
        snprintf(text, size, "host%u.site%u.example.net", conversation->name % 7,
                 conversation->name);
}

/* The `index`th name that the queried one leads to; false when there is none. */
static bool alias_of(const struct conversation *conversation, unsigned index, char *text,
                     size_t size)
{
    if (conversation->kind == KIND_SILENT) {
        if (index == 0)
            snprintf(text, size, "%u.courier-push-apple.com.akadns.net", conversation->name % 51);
        else
            snprintf(text, size, "eu-central-courier-4.push-apple.com.akadns.net");
        return index < 2;
    }
    if (!conversation->apple || index >= 2)
        return false;
    const char *alias = apple_names[conversation->name % APPLE_NAMES][index + 1];
    if (alias == NULL)
        return false;
    snprintf(text, size, "%s", alias);
    return true;
}

static void put_name(struct frame *frame, const char *name)
{
    while (*name != '\0') {
        size_t length = strcspn(name, ".");
        put_u8(frame, (unsigned)length);
        put(frame, name, length);
        name += length + (name[length] == '.');
    }
    put_u8(frame, 0);
}

/* ---- layers */

static void put_ethernet(struct frame *frame, const struct conversation *conversation,
                         enum side from)
{
    uint8_t device[6] = {0xa4, 0x83, 0xe7, 0, 0, 0};
    static const uint8_t router[6] = {0x00, 0x0d, 0xb9, 0, 0, 1};
    device[4] = (uint8_t)(conversation->device >> 8);
    device[5] = (uint8_t)conversation->device;
    put(frame, from == CLIENT ? router : device, 6);
    put(frame, from == CLIENT ? device : router, 6);
    if (conversation->vlan != 0) {
        put_u16(frame, 0x8100);
        put_u16(frame, conversation->vlan);
    }
    put_u16(frame, conversation->six ? 0x86dd : 0x0800);
}

static unsigned header_checksum(const uint8_t *header)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < 20; i += 2)
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* To or from the server, or with `resolver` to or from 10.0.0.2. */
static void put_ip(struct frame *frame, const struct conversation *conversation, enum side from,
                   unsigned protocol, size_t payload, bool resolver)
{
    put_ethernet(frame, conversation, from);
    size_t start = frame->length;
    unsigned hops = from == CLIENT ? 64 : resolver ? 63 : 54;
    if (conversation->six) {
        put_u32(frame, 0x60000000U);
        put_u16(frame, (unsigned)payload);
        put_u8(frame, protocol);
        put_u8(frame, hops);
    } else {
        put_u16(frame, 0x4500);
        put_u16(frame, (unsigned)payload + 20);
        put_u32(frame, scramble((uint32_t)conversation->due) << 16 | 0x4000U);
        put_u8(frame, hops);
        put_u8(frame, protocol);
        put_u16(frame, 0);
    }
    static const uint8_t resolver_six[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0,
                                             0,    0,    0,    0,    0, 0, 0, 2};
    static const uint8_t resolver_four[4] = {10, 0, 0, 2};
    for (unsigned end = 0; end < 2; end++) {
        bool server = (end == 0) == (from == SERVER);
        if (server && resolver && conversation->six)
            put(frame, resolver_six, sizeof resolver_six);
        else if (server && resolver)
            put(frame, resolver_four, sizeof resolver_four);
        else
            put_address(frame, conversation, server);
    }
    if (!conversation->six) {
        unsigned sum = header_checksum(frame->bytes + start);
        frame->bytes[start + 10] = (uint8_t)(sum >> 8);
        frame->bytes[start + 11] = (uint8_t)sum;
    }
}

void frame_tcp(struct frame *frame, const struct conversation *conversation, enum side from,
               unsigned flags, const void *payload, size_t length)
{
    size_t options = flags & SYN ? 4 : 0;
    enum side to = from == CLIENT ? SERVER : CLIENT;
    put_ip(frame, conversation, from, 6, 20 + options + length, false);
    put_u16(frame, from == CLIENT ? conversation->port : conversation->server_port);
    put_u16(frame, from == CLIENT ? conversation->server_port : conversation->port);
    put_u32(frame, conversation->sequence[from]);
    put_u32(frame, flags & ACK ? conversation->sequence[to] : 0);
    put_u8(frame, (unsigned)(5 + options / 4) << 4);
    put_u8(frame, flags);
    put_u16(frame, 0xfaf0); /* window */
    put_u32(frame, 0); /* checksum, urgent pointer */
    if (options > 0)
        put_u32(frame, 0x020405b4U); /* maximum segment size 1460 */
    put(frame, payload, length);
}

/* ---- DNS, RFC 1035 section 4 */

static void put_record(struct frame *message, const char *owner, unsigned type, uint32_t seconds)
{
    put_name(message, owner);
    put_u16(message, type);
    put_u16(message, 1);
    put_u32(message, seconds);
}

static void put_answers(struct frame *message, const struct conversation *conversation,
                        const char *queried)
{
    char owner[128], alias[128];
    snprintf(owner, sizeof owner, "%s", queried);
    for (unsigned i = 0; alias_of(conversation, i, alias, sizeof alias); i++) {
        put_record(message, owner, 5, 300);
        put_u16(message, (unsigned)strlen(alias) + 2);
        put_name(message, alias);
        snprintf(owner, sizeof owner, "%s", alias);
    }
    put_record(message, owner, conversation->six ? 28 : 1, 60);
    put_u16(message, conversation->six ? 16 : 4);
    put_address(message, conversation, true);
}

void frame_dns(struct frame *frame, const struct conversation *conversation, enum side from)
{
    struct frame message = {.length = 0};
    char name[128];
    unsigned aliases = 0;
    name_of(conversation, name, sizeof name);
    while (alias_of(conversation, aliases, (char[128]){0}, 128))
        aliases++;
    put_u16(&message, conversation->query_id);
    put_u16(&message, from == CLIENT ? 0x0100 : 0x8180);
    put_u16(&message, 1);
    put_u16(&message, from == CLIENT ? 0 : aliases + 1);
    put_u32(&message, 0);
    put_name(&message, name);
    put_u16(&message, conversation->six ? 28 : 1);
    put_u16(&message, 1);
    if (from == SERVER)
        put_answers(&message, conversation, name);
    put_ip(frame, conversation, from, 17, 8 + message.length, true);
    put_u16(frame, from == CLIENT ? conversation->port : 53);
    put_u16(frame, from == CLIENT ? 53 : conversation->port);
    put_u16(frame, 8 + (unsigned)message.length);
    put_u16(frame, 0);
    put(frame, message.bytes, message.length);
}

/* ---- TLS, RFC 8446 section 4.1; key shares of 1,216 bytes make a hello of two segments */

static void put_server_name(struct frame *hello, const char *name)
{
    unsigned length = (unsigned)strlen(name);
    put_u16(hello, 0);
    put_u16(hello, length + 5);
    put_u16(hello, length + 3);
    put_u8(hello, 0);
    put_u16(hello, length);
    put(hello, name, length);
}

void frame_client_hello(struct frame *hello, const struct conversation *conversation)
{
    char name[128];
    bool courier = conversation->server_port == 5223;
    unsigned share = conversation->name % 4 == 0 ? 1216 : 32;
    name_of(conversation, name, sizeof name);
    unsigned extensions = (unsigned)strlen(name) + 9 + 7 + 10 + share + (courier ? 23 : 9);
    unsigned body = 2 + 32 + 33 + 2 + 6 + 2 + 2 + extensions;
    put_u32(hello, 0x16030100U | ((body + 4) >> 8 & 0xff));
    put_u8(hello, (body + 4) & 0xff);
    put_u32(hello, 0x01000000U | body);
    put_u16(hello, 0x0303);
    for (uint32_t i = 0; i < 8; i++)
        put_u32(hello, scramble(conversation->sequence[CLIENT] + i));
    put_u8(hello, 32);
    put_zeros(hello, 32);
    put_u16(hello, 6);
    put_u32(hello, 0x13011302U);
    put_u16(hello, 0x1303);
    put_u16(hello, 0x0100);
    put_u16(hello, extensions);
    put_server_name(hello, name);
    put_u32(hello, 0x002b0003U); /* supported_versions: TLS 1.3 */
    put_u8(hello, 2);
    put_u16(hello, 0x0304);
    put_u16(hello, 0x0033); /* key_share */
    put_u16(hello, share + 6);
    put_u16(hello, share + 4);
    put_u16(hello, share == 32 ? 0x001d : 0x11ec);
    put_u16(hello, share);
    put_zeros(hello, share);
    const char *protocol = courier ? "apns-security-v3" : "h2";
    unsigned length = (unsigned)strlen(protocol);
    put_u16(hello, 0x0010); /* ALPN */
    put_u16(hello, length + 3);
    put_u16(hello, length + 1);
    put_u8(hello, length);
    put(hello, protocol, length);
}

void frame_server_hello(struct frame *records, const struct conversation *conversation,
                        const uint8_t *encrypted)
{
    put_u32(records, 0x16030300U);
    put_u8(records, 122);
    put_u32(records, 0x02000076U);
    put_u16(records, 0x0303);
    for (uint32_t i = 0; i < 8; i++)
        put_u32(records, scramble(conversation->sequence[SERVER] + i));
    put_u8(records, 32);
    put_zeros(records, 32);
    put_u16(records, 0x1301);
    put_u8(records, 0);
    put_u16(records, 46);
    put_u32(records, 0x002b0002U);
    put_u16(records, 0x0304);
    put_u32(records, 0x00330024U);
    put_u32(records, 0x001d0020U);
    put_zeros(records, 32);
    put_u32(records, 0x14030300U); /* change_cipher_spec, one byte */
    put_u16(records, 0x0101);
    put_u32(records, 0x17030304U); /* encrypted: 1,024 bytes */
    put_u8(records, 0);
    put(records, encrypted, 1024);
}
