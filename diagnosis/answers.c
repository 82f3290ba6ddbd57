/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can this address be the answer to that name of Apple's?  Addresses that no service
 * on the internet has are wrong for every name.  A public address is wrong only where
 * a block page is known to have it, or where the name is known to live in Apple's own
 * network, the address is neither there nor a CDN's, and the CNAMEs are missing too.
 */
#include "diagnosis/answers.h"

#include <string.h>

#define IPV4(a, b, c, d, length)                                                                   \
    {                                                                                              \
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}}, 96 + (length)                    \
    }
#define IPV6(a, b, c, d, e, f, length)                                                             \
    {                                                                                              \
        {{a, b, c, d, e, f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, length                                 \
    }

/* Where vendors lead what they block: Cisco Umbrella (hit-block.opendns.com), Fortinet's
 * FortiGuard portal (community article 260790), Palo Alto Networks' sinkhole (their
 * guide to DNS Security). */
static const struct prefix block_pages[] = {
    IPV4(146, 112, 61, 104, 29),
    IPV4(208, 91, 112, 55, 32),
    {{{0x20, 0x01, 0xcd, 0xba, 0, 0, 0, 0, 0, 0, 0, 0, 0x32, 0x57, 0x96, 0x52}}, 128},
    IPV4(198, 135, 184, 22, 32),
};

/* Networks of the CDNs that carry Apple's names, as the regional registries and the
 * CDNs' own lists have them; wide rather than complete, as they only ever excuse. */
static const struct prefix cdn_networks[] = {
    /* Akamai */
    IPV4(2, 16, 0, 0, 13),
    IPV4(23, 0, 0, 0, 12),
    IPV4(23, 32, 0, 0, 11),
    IPV4(23, 64, 0, 0, 14),
    IPV4(23, 72, 0, 0, 13),
    IPV4(23, 192, 0, 0, 11),
    IPV4(60, 254, 128, 0, 18),
    IPV4(69, 192, 0, 0, 16),
    IPV4(72, 246, 0, 0, 15),
    IPV4(88, 221, 0, 0, 16),
    IPV4(92, 122, 0, 0, 15),
    IPV4(95, 100, 0, 0, 15),
    IPV4(96, 6, 0, 0, 15),
    IPV4(96, 16, 0, 0, 15),
    IPV4(104, 64, 0, 0, 10),
    IPV4(118, 214, 0, 0, 15),
    IPV4(172, 224, 0, 0, 12),
    IPV4(173, 222, 0, 0, 15),
    IPV4(184, 24, 0, 0, 13),
    IPV4(184, 50, 0, 0, 15),
    IPV4(184, 84, 0, 0, 14),
    IPV6(0x26, 0x00, 0x14, 0x00, 0, 0, 24),
    IPV6(0x2a, 0x02, 0x26, 0xf0, 0, 0, 29),
    /* Amazon CloudFront */
    IPV4(3, 160, 0, 0, 12),
    IPV4(13, 32, 0, 0, 14),
    IPV4(13, 224, 0, 0, 12),
    IPV4(13, 249, 0, 0, 16),
    IPV4(18, 64, 0, 0, 14),
    IPV4(18, 154, 0, 0, 15),
    IPV4(18, 160, 0, 0, 12),
    IPV4(18, 238, 0, 0, 15),
    IPV4(18, 244, 0, 0, 15),
    IPV4(52, 84, 0, 0, 15),
    IPV4(52, 222, 128, 0, 17),
    IPV4(54, 182, 0, 0, 16),
    IPV4(54, 192, 0, 0, 16),
    IPV4(54, 230, 0, 0, 16),
    IPV4(54, 239, 128, 0, 18),
    IPV4(65, 8, 0, 0, 15),
    IPV4(99, 84, 0, 0, 14),
    IPV4(108, 156, 0, 0, 14),
    IPV4(143, 204, 0, 0, 16),
    IPV4(204, 246, 160, 0, 19),
    IPV4(205, 251, 192, 0, 18),
    IPV4(216, 137, 32, 0, 19),
    IPV6(0x26, 0x00, 0x90, 0x00, 0, 0, 28),
    /* Fastly, Cloudflare */
    IPV4(146, 75, 0, 0, 16),
    IPV4(151, 101, 0, 0, 16),
    IPV4(199, 232, 0, 0, 16),
    IPV6(0x2a, 0x04, 0x4e, 0x40, 0, 0, 29),
    IPV4(104, 16, 0, 0, 12),
    IPV4(162, 158, 0, 0, 15),
    IPV4(172, 64, 0, 0, 13),
    IPV6(0x26, 0x06, 0x47, 0, 0, 0, 32),
    /* Edgio (Limelight), Lumen (Level 3) */
    IPV4(68, 142, 64, 0, 18),
    IPV4(69, 164, 0, 0, 18),
    IPV4(87, 248, 192, 0, 19),
    IPV4(95, 140, 224, 0, 20),
    IPV4(178, 79, 192, 0, 18),
    IPV4(208, 111, 128, 0, 18),
    IPV4(4, 0, 0, 0, 9),
    IPV4(8, 0, 0, 0, 9),
};

/* RFC 6052 section 2.1, RFC 8215. */
static const struct prefix translations[] = {
    IPV6(0, 0x64, 0xff, 0x9b, 0, 0, 96),
    IPV6(0, 0x64, 0xff, 0x9b, 0, 1, 48),
};

/* RFC 6598: an operator may keep a CDN's servers there. */
static const struct prefix shared_space = IPV4(100, 64, 0, 0, 10);

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool any_contains(const struct prefix *list, size_t count, const struct address *address)
{
    for (size_t i = 0; i < count; i++)
        if (prefix_contains(&list[i], address))
            return true;
    return false;
}

const char *answer_fault_word(enum answer_fault fault)
{
    static const char *const words[] = {"credible", "unspecified", "loopback", "multicast",
                                        "private",  "block-page",  "foreign"};
    return words[fault];
}

size_t answer_embedded(const struct address *address,
                       struct address embedded[ANSWER_EMBEDDED_LIMIT])
{
    /* Octets of the IPv4 address; octet 8 is zero but for the last form. */
    static const uint8_t forms[ANSWER_EMBEDDED_LIMIT][4] = {{12, 13, 14, 15}, {9, 10, 11, 12},
                                                            {7, 9, 10, 11},   {6, 7, 9, 10},
                                                            {5, 6, 7, 9},     {4, 5, 6, 7}};
    size_t count = 0;
    if (address_is_ipv4(address))
        return 0;
    for (size_t i = 0; i < COUNT(forms); i++) {
        bool zero = i == 0 || address->octets[8] == 0;
        for (size_t after = forms[i][3] + 1u; after < sizeof address->octets; after++)
            zero = zero && address->octets[after] == 0;
        uint8_t octets[4];
        for (size_t k = 0; k < sizeof octets; k++)
            octets[k] = address->octets[forms[i][k]];
        if (zero)
            embedded[count++] = address_from_ipv4(octets);
    }
    return count;
}

static bool is_translated(const struct catalog *catalog, const struct address *address)
{
    struct address embedded[ANSWER_EMBEDDED_LIMIT];
    size_t count = answer_embedded(address, embedded);
    if (any_contains(translations, COUNT(translations), address))
        return true;
    for (size_t i = 0; i < count; i++)
        if (catalog_knows_address(catalog, &embedded[i]) ||
            any_contains(cdn_networks, COUNT(cdn_networks), &embedded[i]))
            return true;
    return false;
}

enum answer_fault answer_address_fault(const struct catalog *catalog, const struct address *address)
{
    if (address_is_unspecified(address))
        return ANSWER_UNSPECIFIED;
    if (address_is_loopback(address))
        return ANSWER_LOOPBACK;
    if (address_is_multicast(address))
        return ANSWER_MULTICAST;
    if (address_is_private(address))
        return is_translated(catalog, address) ? ANSWER_CREDIBLE : ANSWER_PRIVATE;
    return any_contains(block_pages, COUNT(block_pages), address) ? ANSWER_BLOCK_PAGE
                                                                  : ANSWER_CREDIBLE;
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(name + length - tail, suffix) == 0;
}

/* Names that have only ever addresses of Apple's own network, behind a CNAME. */
static bool name_is_homed(const char *name)
{
    static const char *const exact[] = {"gs.apple.com", "albert.apple.com", "identity.apple.com"};
    for (size_t i = 0; i < COUNT(exact); i++)
        if (strcmp(name, exact[i]) == 0)
            return true;
    bool time = strncmp(name, "time.", 5) == 0 || strncmp(name, "time-", 5) == 0;
    return ends_in(name, ".push.apple.com") || (time && ends_in(name, ".apple.com"));
}

static enum answer_fault record_fault(const struct catalog *catalog, const struct fact_dns *dns,
                                      const struct dns_record *record, bool chain)
{
    const struct address *address = &record->address;
    /* "::" is no address as addresses are held; neither is what could not be read. */
    if (address_is_none(address) && (record->data == NULL || strcmp(record->data, "::") != 0))
        return ANSWER_CREDIBLE;
    enum answer_fault fault = answer_address_fault(catalog, address);
    if (fault == ANSWER_PRIVATE && chain && prefix_contains(&shared_space, address))
        return ANSWER_CREDIBLE;
    if (fault != ANSWER_CREDIBLE || chain || address_is_private(address) ||
        !name_is_homed(dns->name) || catalog_knows_address(catalog, address) ||
        any_contains(cdn_networks, COUNT(cdn_networks), address) || is_translated(catalog, address))
        return fault;
    return ANSWER_FOREIGN;
}

/* The user's own services may be anywhere, and content caches on the site's network. */
static bool row_allows(const struct catalog *catalog, const struct catalog_match *match,
                       enum answer_fault fault)
{
    for (size_t i = 0; i < match->count; i++) {
        const struct service *service = catalog_service(catalog, match->services[i]);
        if (strcmp(service->source, "site") == 0 ||
            (fault == ANSWER_PRIVATE && strcmp(service->category, "content-caching") == 0))
            return true;
    }
    return match->primary == CATALOG_NO_SERVICE;
}

enum answer_fault answer_judge(const struct catalog *catalog, const struct fact_dns *dns,
                               bool chain, struct address *address)
{
    enum answer_fault first = ANSWER_CREDIBLE;
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section != DNS_ANSWER || (record->type != 1 && record->type != 28))
            continue;
        enum answer_fault fault = record_fault(catalog, dns, record, chain);
        if (fault == ANSWER_CREDIBLE)
            return fault;
        if (first == ANSWER_CREDIBLE) {
            first = fault;
            *address = record->address;
        }
    }
    if (first == ANSWER_CREDIBLE)
        return first;
    struct catalog_match match;
    catalog_match(catalog, dns->name, NULL, 0, 0, &match);
    return row_allows(catalog, &match, first) ? ANSWER_CREDIBLE : first;
}
