/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can this be the answer to that name of Apple's?  Addresses that no service on the
 * internet has are wrong for every name.  A public address is wrong only where a block
 * page is known to have it, or where the name is known to live in Apple's own network,
 * the address is neither there nor a CDN's, and the CNAMEs are missing too.
 *
 * And from a DNS transaction to one word: fine, empty, refused, unanswered.  A
 * placeholder that answers with its CNAME and no address is fine; an absence that the
 * name's own zone attests (RFC 2308) is the truth and no fault.
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

const char *result_word(enum result_kind kind)
{
    static const char *const words[] = {"ok",        "unreadable", "truncated", "hijacked",
                                        "forged",    "no-data",    "nxdomain",  "servfail",
                                        "refused",   "error",      "empty",     "address-missing",
                                        "no-answer", "skipped"};
    return words[kind];
}

static bool name_ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(name + length - tail, suffix) == 0 &&
           (length == tail || name[length - tail - 1] == '.');
}

/* The zones have two labels each: those of the name are looked for once. */
static bool name_is_in_zones(const char *name, const char *const *zones)
{
    const char *labels = name + strlen(name);
    int dots = 0;
    while (labels > name && (labels[-1] != '.' || ++dots < 2))
        labels--;
    for (; *zones != NULL; zones++)
        if (**zones == *labels && strcmp(*zones, labels) == 0)
            return true;
    return false;
}

/* Apple's own zones: who speaks for them is known. */
static const char *const apple_zones[] = {
    "apple.com",    "icloud.com",    "aaplimg.com", "apple-dns.net",
    "mzstatic.com", "cdn-apple.com", "apzones.com", NULL};

/* Those zones again, and the networks that serve Apple. */
static const char *const apple_authorities[] = {"apple.com",      "icloud.com",   "aaplimg.com",
                                                "apple-dns.net",  "mzstatic.com", "cdn-apple.com",
                                                "apzones.com",    "akadns.net",   "akadns.org",
                                                "akamai.net",     "akamai.com",   "akam.net",
                                                "akamaiedge.net", "edgekey.net",  "edgesuite.net",
                                                "cloudfront.net", "awsdns.com",   NULL};

/* RFC 2308 section 3: a negative answer carries the SOA of the zone that says so. */
static const struct dns_record *negative_authority(const struct fact_dns *dns)
{
    for (size_t i = 0; i < dns->record_count; i++)
        if (dns->records[i].section == DNS_AUTHORITY && dns->records[i].type == DNS_TYPE_SOA)
            return &dns->records[i];
    return NULL;
}

/* Does the SOA belong to the zone of a name that is nobody's but its own (a CDN's, a
 * site's)? Of Apple's names an unknown zone says nothing. */
static bool zone_covers(const char *owner, const char *name)
{
    return name != NULL && owner[0] != '\0' && !name_is_in_zones(name, apple_zones) &&
           name_ends_in(name, owner);
}

static bool authority_is_genuine(const struct fact_dns *dns, const struct dns_record *soa)
{
    if (soa == NULL || soa->owner == NULL || soa->data == NULL)
        return false;
    char primary[256];
    size_t length = strcspn(soa->data, " ");
    if (length >= sizeof primary)
        return false;
    memcpy(primary, soa->data, length);
    primary[length] = '\0';
    /* Akadns names its servers "internal.akadns.net"; Apple's zones their own. */
    if (name_is_in_zones(soa->owner, apple_authorities) &&
        name_is_in_zones(primary, apple_authorities))
        return true;
    if (zone_covers(soa->owner, dns->name))
        return true;
    for (size_t i = 0; i < dns->record_count; i++)
        if (dns->records[i].section == DNS_ANSWER && dns->records[i].type == DNS_TYPE_CNAME &&
            zone_covers(soa->owner, dns->records[i].data))
            return true;
    return false;
}

static bool answer_has(const struct fact_dns *dns, bool address)
{
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section != DNS_ANSWER)
            continue;
        if (address ? !address_is_none(&record->address) : record->type == DNS_TYPE_CNAME)
            return true;
    }
    return false;
}

bool answer_has_chain(const struct fact_dns *dns)
{
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section == DNS_ANSWER && record->type == DNS_TYPE_CNAME &&
            record->data != NULL && name_is_in_zones(record->data, apple_authorities))
            return true;
    }
    return false;
}

static enum result_kind error_kind(const struct fact_dns *dns)
{
    switch (dns->rcode) {
    case 2:
        return RESULT_SERVFAIL;
    case 3:
        return RESULT_NXDOMAIN;
    case 5:
        return RESULT_REFUSED;
    default:
        return RESULT_ERROR;
    }
}

bool answer_has_foreign_authority(const struct fact_dns *dns)
{
    const struct dns_record *soa = negative_authority(dns);
    return soa != NULL && !authority_is_genuine(dns, soa);
}

bool answer_leads_home(const struct networks *networks, const struct fact_dns *dns, bool chain)
{
    bool home = chain;
    for (size_t i = 0; i < dns->record_count && !home; i++)
        home = dns->records[i].section == DNS_ANSWER &&
               !address_is_none(&dns->records[i].address) &&
               is_apples_or_cdn(networks, &dns->records[i].address);
    return home;
}

const char *answer_policy(const struct fact_dns *dns)
{
    static const struct {
        uint16_t code;
        const char *words;
    } policies[] = {
        {15, "15 Blocked"}, {16, "16 Censored"}, {17, "17 Filtered"}, {18, "18 Prohibited"}};
    for (size_t i = 0; i < COUNT(policies); i++)
        if (dns->has_extended_error && dns->extended_error == policies[i].code)
            return policies[i].words;
    return NULL;
}

/* A server of the zone itself gives its own part of a chain, and leaves names that it
 * has delegated to others (RFC 1034 section 4.3.2): who asks it goes on from there. */
static bool is_a_step_of_iteration(const struct fact_dns *dns)
{
    bool delegates = false;
    if (dns->recursion_available)
        return false;
    for (size_t i = 0; i < dns->record_count; i++)
        delegates = delegates || (dns->records[i].section == DNS_AUTHORITY &&
                                  dns->records[i].type == DNS_TYPE_NS);
    return dns->authoritative ? answer_has(dns, false)
                              : delegates && negative_authority(dns) == NULL;
}

/* The courier family is only ever a CNAME, so its absence tells by itself. */
static enum result_kind courier_kind(const struct fact_dns *dns, enum courier_name courier)
{
    if (answer_has(dns, true))
        return RESULT_OK;
    if (!answer_has(dns, false))
        return dns->type == DNS_TYPE_A ? RESULT_EMPTY : RESULT_SKIPPED;
    if (courier == COURIER_PLACEHOLDER)
        return RESULT_OK;
    return dns->type == DNS_TYPE_A ? RESULT_ADDRESS_MISSING : RESULT_SKIPPED;
}

/* Some networks have no IPv6 on purpose, and a CNAME alone is the CDN's matter. */
static enum result_kind positive_kind(const struct fact_dns *dns, enum courier_name courier)
{
    if (is_a_step_of_iteration(dns) && !answer_has(dns, true))
        return courier == COURIER_PLACEHOLDER && answer_has(dns, false) ? RESULT_OK
                                                                        : RESULT_SKIPPED;
    if (courier != COURIER_NONE)
        return courier_kind(dns, courier);
    if (answer_has(dns, true))
        return RESULT_OK;
    if (answer_policy(dns) == NULL && authority_is_genuine(dns, negative_authority(dns)))
        return RESULT_GENUINE_NEGATIVE;
    return dns->type != DNS_TYPE_A || answer_has(dns, false) ? RESULT_SKIPPED : RESULT_EMPTY;
}

enum result_kind answer_kind(const struct fact_dns *dns)
{
    enum courier_name courier = catalog_courier_name(dns->name);
    bool for_address = dns->type == DNS_TYPE_A || dns->type == DNS_TYPE_AAAA;
    if (!dns->answered)
        return for_address && dns->query_time != TIMESTAMP_NONE ? RESULT_UNANSWERED
                                                                : RESULT_SKIPPED;
    if (dns->truncated)
        return dns->transport == TRANSPORT_UDP && for_address ? RESULT_TRUNCATED
                                                              : RESULT_UNREADABLE;
    if (dns->malformed)
        return RESULT_UNREADABLE;
    if (dns->rcode != 0) {
        /* An error to another type of question says nothing of the address, but
         * "no such name" says it of all types. */
        if (!for_address && dns->rcode != 3)
            return RESULT_SKIPPED;
        if (courier == COURIER_NONE && dns->rcode == 3 && answer_policy(dns) == NULL &&
            authority_is_genuine(dns, negative_authority(dns)))
            return RESULT_GENUINE_NEGATIVE;
        return error_kind(dns);
    }
    return for_address ? positive_kind(dns, courier) : RESULT_SKIPPED;
}

const char *dns_type_word(struct arena *arena, uint16_t type)
{
    switch (type) {
    case DNS_TYPE_A:
        return "A";
    case DNS_TYPE_AAAA:
        return "AAAA";
    case DNS_TYPE_TXT:
        return "TXT";
    case DNS_TYPE_HTTPS:
        return "HTTPS";
    default:
        return arena_format(arena, "TYPE%u", type);
    }
}

const char *answer_detail(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].text;
    return NULL;
}

void answer_note_policy(struct builder *builder, struct draft *draft, const char *policy,
                        const char *text)
{
    if (policy == NULL || answer_detail(&draft->finding, "extended_error") != NULL)
        return;
    draft_detail_text(builder, draft, "extended_error", policy);
    if (text != NULL)
        draft_detail_text(builder, draft, "extended_text", text);
}

const char *answer_policy_sentence(struct builder *builder, const struct finding *finding)
{
    const char *policy = answer_detail(finding, "extended_error");
    const char *text = answer_detail(finding, "extended_text");
    if (policy == NULL)
        return "";
    return arena_format(&builder->diagnosis->arena,
                        " The answer itself says that policy is the reason: extended DNS error %s "
                        "(RFC 8914)%s%s%s.",
                        policy, text != NULL ? ", \"" : "", text != NULL ? text : "",
                        text != NULL ? "\"" : "");
}

/* Devices with a private address reach a public one through a router, which takes one
 * off the TTL that the sender began with. */
void answer_culprit(struct builder *builder, struct draft *draft, const struct address *client,
                    const struct address *resolver, uint8_t ttl, bool apart)
{
    char text[ADDRESS_TEXT_SIZE];
    bool near = address_is_private(client) && !address_is_private(resolver) &&
                (ttl == 64 || ttl == 128 || ttl == 255);
    if (!near && !apart) {
        draft_culprit(builder, draft, CULPRIT_RESOLVER, resolver, 0);
        return;
    }
    draft_culprit(builder, draft, CULPRIT_NETWORK, NULL, hops_from_ttl(ttl));
    draft_detail_text(builder, draft, "answered_from", near ? "local-network" : "another-distance");
    draft_detail_text(builder, draft, "resolver", address_print(resolver, text));
}

const char *answer_nearness_sentence(struct builder *builder, const struct finding *finding)
{
    const char *resolver = answer_detail(finding, "resolver");
    const char *from = answer_detail(finding, "answered_from");
    if (from == NULL || resolver == NULL)
        return "";
    if (strcmp(from, "another-distance") == 0)
        return arena_format(&builder->diagnosis->arena,
                            " The TTL of these answers is not that of %s's right ones: somebody "
                            "on the way seems to answer in its name.",
                            resolver);
    return arena_format(&builder->diagnosis->arena,
                        " No router has lowered the TTL of these answers: unless %s is on this "
                        "very network, something here answers in its name (port 53 redirected).",
                        resolver);
}

const char *answer_in_its_name(const struct finding *finding)
{
    return answer_detail(finding, "answered_from") != NULL ? ", or something in its name," : "";
}

const char *answer_resolver(struct builder *builder, const struct finding *finding)
{
    const char *resolver = answer_detail(finding, "resolver");
    char text[ADDRESS_TEXT_SIZE];
    return resolver != NULL ? resolver
                            : arena_copy(&builder->diagnosis->arena,
                                         address_print(&finding->culprit->address, text));
}
