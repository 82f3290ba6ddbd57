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

static bool is_apples_or_cdn(const struct networks *networks, const struct address *address)
{
    enum place_owner owner = networks_owner(networks, address);
    return owner == PLACE_APPLE || owner == PLACE_CDN;
}

static bool is_translated(const struct networks *networks, const struct address *address)
{
    struct address embedded[ANSWER_EMBEDDED_LIMIT];
    size_t count = answer_embedded(address, embedded);
    if (any_contains(translations, COUNT(translations), address))
        return true;
    for (size_t i = 0; i < count; i++)
        if (is_apples_or_cdn(networks, &embedded[i]))
            return true;
    return false;
}

enum answer_fault answer_address_fault(const struct networks *networks,
                                       const struct address *address)
{
    if (address_is_unspecified(address))
        return ANSWER_UNSPECIFIED;
    if (address_is_loopback(address))
        return ANSWER_LOOPBACK;
    if (address_is_multicast(address))
        return ANSWER_MULTICAST;
    if (address_is_private(address))
        return is_translated(networks, address) ? ANSWER_CREDIBLE : ANSWER_PRIVATE;
    return networks_owner(networks, address) == PLACE_BLOCK_PAGE ? ANSWER_BLOCK_PAGE
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

static enum answer_fault record_fault(const struct networks *networks, const struct fact_dns *dns,
                                      const struct dns_record *record, bool chain)
{
    const struct address *address = &record->address;
    /* "::" is no address as addresses are held; neither is what could not be read. */
    if (address_is_none(address) && (record->data == NULL || strcmp(record->data, "::") != 0))
        return ANSWER_CREDIBLE;
    enum answer_fault fault = answer_address_fault(networks, address);
    if (fault == ANSWER_PRIVATE && chain && prefix_contains(&shared_space, address))
        return ANSWER_CREDIBLE;
    if (fault != ANSWER_CREDIBLE || chain || address_is_private(address) ||
        !name_is_homed(dns->name) || is_apples_or_cdn(networks, address) ||
        is_translated(networks, address))
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

enum answer_fault answer_judge(const struct networks *networks, const struct fact_dns *dns,
                               bool chain, struct address *address)
{
    enum answer_fault first = ANSWER_CREDIBLE;
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section != DNS_ANSWER || (record->type != 1 && record->type != 28))
            continue;
        enum answer_fault fault = record_fault(networks, dns, record, chain);
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
    catalog_match(networks->catalog, dns->name, NULL, 0, 0, &match);
    return row_allows(networks->catalog, &match, first) ? ANSWER_CREDIBLE : first;
}
