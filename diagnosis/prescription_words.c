/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What are rules made of?  A finding comes in; the devices as a firewall takes them, the
 * networks of push (Apple's article 102266), and names in the forms of response policy
 * zones, filter lists, PAC files and Squid go out.
 */
#include "diagnosis/prescription.h"

#include <string.h>

#define DEVICES_LISTED 3u
#define IPV4_BITS_BEFORE 96u /* IPv4 addresses stand behind ::ffff: */

static bool is_push(const struct finding *finding)
{
    return finding->category != NULL && strcmp(finding->category, "apns") == 0;
}

static unsigned common_bits(const struct address *one, const struct address *two)
{
    unsigned bits = 0;
    while (bits < 128 && ((one->octets[bits / 8] ^ two->octets[bits / 8]) & 0x80 >> bits % 8) == 0)
        bits++;
    return bits;
}

/* The network that holds all of a run of sorted addresses: its first and last share it. */
static const char *network_of(struct arena *arena, const struct address *first,
                              const struct address *last)
{
    char text[ADDRESS_TEXT_SIZE];
    if (address_equal(first, last))
        return arena_copy(arena, address_print(first, text));
    unsigned bits = common_bits(first, last);
    struct address network = *first;
    for (unsigned bit = bits; bit < 128; bit++)
        network.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    bool four = address_is_ipv4(first);
    return arena_format(arena, "%s/%u", address_print(&network, text),
                        four ? bits - IPV4_BITS_BEFORE : bits);
}

const char *prescription_from(struct arena *arena, const struct finding *finding)
{
    const struct address *devices = finding->devices;
    size_t count = finding->device_count;
    const char *texts[DEVICES_LISTED];
    char text[ADDRESS_TEXT_SIZE];
    if (count == 0)
        return NULL;
    for (size_t i = 0; i < count && count <= DEVICES_LISTED; i++)
        texts[i] = arena_copy(arena, address_print(&devices[i], text));
    if (count <= DEVICES_LISTED)
        return prescription_list(arena, texts, count);
    size_t fours = 0;
    while (fours < count && address_is_ipv4(&devices[fours]))
        fours++;
    size_t networks = 0;
    if (fours > 0)
        texts[networks++] = network_of(arena, &devices[0], &devices[fours - 1]);
    if (fours < count)
        texts[networks++] = network_of(arena, &devices[fours], &devices[count - 1]);
    return prescription_list(arena, texts, networks);
}

const char *prescription_to(struct arena *arena, const struct finding *finding)
{
    bool four = finding->address_count == 0;
    bool six = false;
    const char *host = finding->host != NULL ? finding->host : "any";
    if (!is_push(finding))
        return host;
    for (size_t i = 0; i < finding->address_count; i++) {
        four = four || address_is_ipv4(&finding->addresses[i]);
        six = six || !address_is_ipv4(&finding->addresses[i]);
    }
    return arena_format(arena, "%s%s%s", four ? "17.0.0.0/8" : "", four && six ? ", " : "",
                        six ? "2620:149:a44::/48, 2403:300:a42::/48, 2403:300:a51::/48, "
                              "2a01:b740:a42::/48"
                            : "");
}

const char *prescription_at(struct arena *arena, const struct finding *finding,
                            const char *otherwise)
{
    static const char *const nouns[] = {
        [CULPRIT_UNKNOWN] = NULL,
        [CULPRIT_FIREWALL] = "the firewall",
        [CULPRIT_RESOLVER] = "the resolver",
        [CULPRIT_PROXY] = "the proxy",
        [CULPRIT_SERVER] = "the server",
        [CULPRIT_DEVICE] = "the device",
        [CULPRIT_NETWORK] = "the router",
    };
    const struct culprit *culprit = finding->culprit;
    char text[ADDRESS_TEXT_SIZE];
    if (culprit == NULL || !culprit->has_address || nouns[culprit->role] == NULL)
        return otherwise;
    return arena_format(arena, "%s (%s)", nouns[culprit->role],
                        address_print(&culprit->address, text));
}

/* What stands in a rule must not be able to become another rule. */
static bool is_host_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < 254 && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*") ==
               length;
}

size_t prescription_names(const struct finding *finding, const char **names)
{
    size_t count = 0;
    if (finding->host != NULL && strncmp(finding->host, "*.", 2) == 0 &&
        is_host_name(finding->host))
        names[count++] = finding->host;
    for (size_t i = 0; i < finding->name_count && count < PRESCRIPTION_NAME_LIMIT; i++) {
        const char *name = finding->names[i];
        bool covered = count > 0 && names[0][0] == '*' && strlen(name) >= strlen(names[0]) &&
                       strcmp(name + strlen(name) - strlen(names[0]) + 1, names[0] + 1) == 0;
        if (!covered && is_host_name(name))
            names[count++] = name;
    }
    if (count == 0 && finding->host != NULL && is_host_name(finding->host))
        names[count++] = finding->host;
    return count;
}

const char *prescription_list(struct arena *arena, const char *const *names, size_t count)
{
    const char *list = count > 0 ? names[0] : "";
    for (size_t i = 1; i < count; i++)
        list = arena_format(arena, "%s, %s", list, names[i]);
    return list;
}

const char *prescription_exempt_names(struct arena *arena, const char *const *names, size_t count)
{
    const char *zone = "; response policy zone (BIND, Unbound, Knot Resolver, PowerDNS)";
    const char *list = "! list of allowed names (AdGuard Home, Pi-hole)";
    for (size_t i = 0; i < count; i++) {
        const char *name = strncmp(names[i], "*.", 2) == 0 ? names[i] + 2 : names[i];
        zone = arena_format(arena, "%s\n%s CNAME rpz-passthru.", zone, name);
        if (name != names[i])
            zone = arena_format(arena, "%s\n%s CNAME rpz-passthru.", zone, names[i]);
        list = arena_format(arena, "%s\n@@||%s^", list, name);
    }
    return arena_format(arena, "%s\n%s", zone, list);
}

const char *prescription_direct(struct arena *arena, const char *const *names, size_t count)
{
    const char *lines = "// PAC file, before the line that names the proxy";
    for (size_t i = 0; i < count; i++)
        lines = strncmp(names[i], "*.", 2) == 0
                    ? arena_format(arena, "%s\nif (dnsDomainIs(host, \"%s\")) return \"DIRECT\";",
                                   lines, names[i] + 1)
                    : arena_format(arena, "%s\nif (host == \"%s\") return \"DIRECT\";", lines,
                                   names[i]);
    return lines;
}

const char *prescription_squid_names(struct arena *arena, const char *const *names, size_t count)
{
    const char *list = "dstdomain";
    for (size_t i = 0; i < count; i++)
        list = arena_format(arena, "%s %s", list,
                            strncmp(names[i], "*.", 2) == 0 ? names[i] + 1 : names[i]);
    return list;
}
