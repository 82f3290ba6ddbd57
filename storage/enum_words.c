/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which words does the database call what the program has enums for?
 */
#include "storage/enum_words.h"

#include <stddef.h>
#include <string.h>

#include "base/fact.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const char *const outcome_names[] = {
    [OUTCOME_UNKNOWN] = "unknown",   [OUTCOME_SILENT] = "silent",     [OUTCOME_REFUSED] = "refused",
    [OUTCOME_REJECTED] = "rejected", [OUTCOME_ANSWERED] = "answered", [OUTCOME_CLOSED] = "closed",
    [OUTCOME_RESET] = "reset",
};
static const char *const stage_names[] = {
    [RESET_STAGE_NONE] = NULL,
    [RESET_STAGE_SYN] = "syn",
    [RESET_STAGE_OPENED] = "opened",
    [RESET_STAGE_AFTER_CLIENT_HELLO] = "after-client-hello",
    [RESET_STAGE_HANDSHAKE] = "handshake",
    [RESET_STAGE_ESTABLISHED] = "established",
    [RESET_STAGE_CLOSING] = "closing",
};
static const char *const party_names[] = {
    [PARTY_NONE] = NULL,
    [PARTY_CLIENT] = "client",
    [PARTY_SERVER] = "server",
    [PARTY_OTHER] = "other",
};
static const char *const event_names[] = {
    [EVENT_SYN] = "syn",
    [EVENT_SYN_ACK] = "syn-ack",
    [EVENT_REQUEST] = "request",
    [EVENT_RESET] = "reset",
    [EVENT_ICMP_ERROR] = "icmp-error",
    [EVENT_TUNNEL_REQUEST] = "tunnel-request",
    [EVENT_TUNNEL_ANSWER] = "tunnel-answer",
};
static const char *const section_names[] = {
    [DNS_ANSWER] = "answer",
    [DNS_AUTHORITY] = "authority",
    [DNS_ADDITIONAL] = "additional",
};

static const char *const identification_names[] = {
    [IDENTIFICATION_UNKNOWN] = NULL,          [IDENTIFICATION_ZERO] = "zero",
    [IDENTIFICATION_CONSTANT] = "constant",   [IDENTIFICATION_COUNTING] = "counting",
    [IDENTIFICATION_SCATTERED] = "scattered",
};
static const char *const privacy_names[] = {
    [NAMES_OPEN] = NULL, [NAMES_DOT] = "dot",     [NAMES_DOH] = "doh",
    [NAMES_DOQ] = "doq", [NAMES_RELAY] = "relay",
};
static const char *const purpose_names[] = {
    [HTTP_OTHER] = "other",
    [HTTP_CONNECT] = "connect",
    [HTTP_FORWARD] = "forward",
    [HTTP_CAPTIVE_PROBE] = "captive-probe",
    [HTTP_AUTOCONFIG] = "autoconfig",
    [HTTP_OCSP] = "ocsp",
    [HTTP_CRL] = "crl",
    [HTTP_PUSH_BAG] = "push-bag",
};
static const char *const role_names[] = {
    [APNS_DEVICE] = "device",
    [APNS_PROVIDER] = "provider",
};
static const char *const sign_names[] = {
    [APNS_BY_ALPN] = "alpn",
    [APNS_BY_NAME] = "name",
    [APNS_BY_PORT] = "port",
};
static const char *const end_names[] = {
    [APNS_OPEN] = "open",
    [APNS_NEVER_OPENED] = "never-opened",
    [APNS_CLOSED_BY_CLIENT] = "closed-by-client",
    [APNS_CLOSED_BY_SERVER] = "closed-by-server",
    [APNS_RESET_BY_CLIENT] = "reset-by-client",
    [APNS_RESET_BY_SERVER] = "reset-by-server",
    [APNS_UNANSWERED] = "unanswered",
};
static const char *const lease_names[] = {
    [LEASE_DHCPV4] = "dhcpv4",
    [LEASE_DHCPV6] = "dhcpv6",
    [LEASE_ROUTER] = "router",
};

const struct words outcome_words = {outcome_names, COUNT_OF(outcome_names), OUTCOME_UNKNOWN};
const struct words stage_words = {stage_names, COUNT_OF(stage_names), RESET_STAGE_NONE};
const struct words party_words = {party_names, COUNT_OF(party_names), PARTY_NONE};
const struct words identification_words = {identification_names, COUNT_OF(identification_names),
                                           IDENTIFICATION_UNKNOWN};
const struct words privacy_words = {privacy_names, COUNT_OF(privacy_names), NAMES_OPEN};
const struct words purpose_words = {purpose_names, COUNT_OF(purpose_names), HTTP_OTHER};
const struct words end_words = {end_names, COUNT_OF(end_names), APNS_OPEN};
/* Those below have no value for "unknown": the one that proves least stands in. */
const struct words event_words = {event_names, COUNT_OF(event_names), EVENT_REQUEST};
const struct words section_words = {section_names, COUNT_OF(section_names), DNS_ADDITIONAL};
const struct words role_words = {role_names, COUNT_OF(role_names), APNS_DEVICE};
const struct words sign_words = {sign_names, COUNT_OF(sign_names), APNS_BY_PORT};
const struct words lease_words = {lease_names, COUNT_OF(lease_names), LEASE_ROUTER};

const char *words_name(const struct words *words, unsigned value)
{
    return words->names[value < words->count ? value : words->fallback];
}

unsigned words_value(const struct words *words, const char *name)
{
    for (unsigned value = 0; name != NULL && value < words->count; value++) {
        const char *word = words->names[value];
        /* The first letter tells most of them apart without a call. */
        if (word != NULL && word[0] == name[0] && strcmp(word, name) == 0)
            return value;
    }
    return words->fallback;
}

static const struct transport_word {
    uint8_t transport;
    const char *name;
} transport_words[] = {
    {TRANSPORT_TCP, "tcp"},
    {TRANSPORT_UDP, "udp"},
    {TRANSPORT_ICMP, "icmp"},
    {TRANSPORT_ICMPV6, "icmpv6"},
};

const char *transport_name(uint8_t transport)
{
    for (size_t i = 0; i < COUNT_OF(transport_words); i++) {
        if (transport_words[i].transport == transport)
            return transport_words[i].name;
    }
    return NULL;
}

uint8_t transport_value(const char *name)
{
    unsigned value = 0;

    for (size_t i = 0; i < COUNT_OF(transport_words); i++) {
        if (strcmp(transport_words[i].name, name) == 0)
            return transport_words[i].transport;
    }
    for (const char *digit = name; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || value > UINT8_MAX)
            return 0;
        value = value * 10 + (unsigned)(*digit - '0');
    }
    return value <= UINT8_MAX ? (uint8_t)value : 0;
}
