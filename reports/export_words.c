/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do other tools call this?  Numbers of IANA's registries (DNS, RFC 6895; TLS,
 * RFC 8446) and what is known of a flow come in, words go out: those of Zeek 7 and
 * Suricata 7 logs, as their documentation has them.
 */
#include "reports/export_words.h"

#include <stdio.h>
#include <string.h>

#include "base/tls_alert.h"

struct number_word {
    unsigned number;
    const char *word;
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *word_of(const struct number_word *table, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].number == number)
            return table[i].word;
    return NULL;
}

const char *export_dns_type(uint16_t type, char word[EXPORT_WORD_SIZE])
{
    static const struct number_word types[] = {
        {1, "A"},      {28, "AAAA"},  {65, "HTTPS"},  {5, "CNAME"},       {12, "PTR"},
        {16, "TXT"},   {6, "SOA"},    {2, "NS"},      {15, "MX"},         {33, "SRV"},
        {64, "SVCB"},  {35, "NAPTR"}, {39, "DNAME"},  {41, "OPT"},        {43, "DS"},
        {46, "RRSIG"}, {47, "NSEC"},  {48, "DNSKEY"}, {50, "NSEC3"},      {52, "TLSA"},
        {13, "HINFO"}, {29, "LOC"},   {44, "SSHFP"},  {51, "NSEC3PARAM"}, {61, "OPENPGPKEY"},
        {99, "SPF"},   {249, "TKEY"}, {250, "TSIG"},  {252, "AXFR"},      {255, "ANY"},
        {256, "URI"},  {257, "CAA"},
    };
    const char *known = word_of(types, COUNT_OF(types), type);
    if (known != NULL)
        return known;
    snprintf(word, EXPORT_WORD_SIZE, "TYPE%u", (unsigned)type);
    return word;
}

const char *export_dns_rcode(uint8_t rcode, char word[EXPORT_WORD_SIZE])
{
    static const struct number_word codes[] = {
        {0, "NOERROR"},  {1, "FORMERR"},  {2, "SERVFAIL"},   {3, "NXDOMAIN"}, {4, "NOTIMP"},
        {5, "REFUSED"},  {6, "YXDOMAIN"}, {7, "YXRRSET"},    {8, "NXRRSET"},  {9, "NOTAUTH"},
        {10, "NOTZONE"}, {16, "BADVERS"}, {23, "BADCOOKIE"},
    };
    const char *known = word_of(codes, COUNT_OF(codes), rcode);
    if (known != NULL)
        return known;
    snprintf(word, EXPORT_WORD_SIZE, "%u", (unsigned)rcode);
    return word;
}

const char *export_transport(uint8_t transport, char word[EXPORT_WORD_SIZE])
{
    static const struct number_word transports[] = {
        {TRANSPORT_TCP, "tcp"},
        {TRANSPORT_UDP, "udp"},
        {TRANSPORT_ICMP, "icmp"},
        {TRANSPORT_ICMPV6, "ipv6-icmp"},
    };
    const char *known = word_of(transports, COUNT_OF(transports), transport);
    if (known != NULL)
        return known;
    snprintf(word, EXPORT_WORD_SIZE, "%u", (unsigned)transport);
    return word;
}

const char *export_tls_version(uint16_t version)
{
    static const struct number_word versions[] = {
        {0x0300, "SSLv3"},  {0x0301, "TLSv10"}, {0x0302, "TLSv11"},
        {0x0303, "TLSv12"}, {0x0304, "TLSv13"},
    };
    return word_of(versions, COUNT_OF(versions), version);
}

const char *export_tls_group(uint16_t group)
{
    static const struct number_word groups[] = {
        {19, "secp192r1"},
        {21, "secp224r1"},
        {22, "secp256k1"},
        {23, "secp256r1"},
        {24, "secp384r1"},
        {25, "secp521r1"},
        {26, "brainpoolP256r1"},
        {27, "brainpoolP384r1"},
        {28, "brainpoolP512r1"},
        {29, "x25519"},
        {30, "x448"},
        {256, "ffdhe2048"},
        {257, "ffdhe3072"},
        {258, "ffdhe4096"},
        {259, "ffdhe6144"},
        {260, "ffdhe8192"},
        {0x11eb, "SecP256r1MLKEM768"},
        {0x11ec, "X25519MLKEM768"},
        {0x11ed, "SecP384r1MLKEM1024"},
        {0x6399, "X25519Kyber768Draft00"},
    };
    return word_of(groups, COUNT_OF(groups), group);
}

const char *export_tls_alert(uint8_t alert)
{
    const char *known = tls_alert_name(alert);
    return known != NULL ? known : "unknown";
}

const char *export_service(const char *protocol)
{
    return protocol != NULL && strcmp(protocol, "tls") == 0 ? "ssl" : protocol;
}

/* Of a connection that a RST ended; its sender's end counts before all else. */
static const char *reset_state(const struct fact_flow *flow, bool client_began, bool server_began,
                               const char *history)
{
    bool client_reset = strchr(history, 'R') != NULL;
    if (strchr(history, 'r') != NULL) {
        bool empty = flow->client_bytes == 0 && flow->server_bytes == 0;
        if ((client_began && !server_began) || (client_reset && empty))
            return "REJ";
        return client_began ? "RSTR" : "RSTRH";
    }
    if (server_began)
        return "RSTO";
    /* Nothing but SYNs before it. */
    return history[0] == 'S' && strcspn(history, "HAF") > strcspn(history, "R") ? "RSTOS0" : "OTH";
}

static const char *tcp_state(const struct fact_flow *flow)
{
    const char *history = flow->history != NULL ? flow->history : "";
    bool client_began = strchr(history, 'S') != NULL;
    bool server_began = strchr(history, 'h') != NULL;
    bool client_closed = strchr(history, 'F') != NULL;
    bool server_closed = strchr(history, 'f') != NULL;
    if (client_closed && server_closed)
        return "SF"; /* a RST after both FINs changes nothing */
    if (strpbrk(history, "Rr") != NULL)
        return reset_state(flow, client_began, server_began, history);
    if (client_closed)
        return server_began ? "S2" : "SH";
    if (server_closed)
        return client_began ? "S3" : "SHR";
    if (client_began && flow->server_packets == 0)
        return "S0";
    return client_began && server_began ? "S1" : "OTH";
}

const char *export_connection_state(const struct fact_flow *flow)
{
    if (flow->transport == TRANSPORT_TCP)
        return tcp_state(flow);
    if (flow->transport != TRANSPORT_UDP)
        return "OTH";
    if (flow->client_packets > 0)
        return flow->server_packets > 0 ? "SF" : "S0";
    return flow->server_packets > 0 ? "SHR" : "OTH";
}

/* Spreads a number over all 64 bits, no two the same (the finaliser of SplitMix64). */
static uint64_t spread(uint64_t number)
{
    number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
    return number ^ number >> 31;
}

const char *export_uid(uint64_t identity, uint64_t flow, char uid[EXPORT_UID_SIZE])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint64_t low = spread(identity + flow), high = spread(identity ^ UINT64_C(0x9e3779b97f4a7c15));
    size_t length = 0;
    if (flow != 0) {
        uid[length++] = 'C';
        for (size_t i = 0; i < 11; i++, low /= 62) /* 62 to the 11th is above 2 to the 64th */
            uid[length++] = digits[low % 62];
        for (size_t i = 0; i < 6; i++, high /= 62)
            uid[length++] = digits[high % 62];
    }
    uid[length] = '\0';
    return uid;
}

uint64_t export_flow_number(uint64_t identity, uint64_t flow)
{
    return spread(identity + flow) >> 11;
}
