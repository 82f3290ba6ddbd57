/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does an administrator read about a blocked port?  The draft of a
 * port-blocked finding comes in; its summary, explanation and remedy go out.
 */
#include "diagnosis/port_words.h"

#include <string.h>

static const char *how_sentence(const struct finding *finding, const char *how)
{
    bool by_server = finding->culprit != NULL && finding->culprit->role == CULPRIT_SERVER;
    if (strcmp(how, "no-answer") == 0)
        return "nothing comes back";
    if (strcmp(how, "reset") == 0)
        return "each attempt is refused by a TCP reset";
    if (by_server)
        return "the server's address itself refuses it by ICMP";
    if (strcmp(how, "icmp-prohibited") == 0)
        return "a router or firewall answers that it is prohibited";
    return "a router or firewall answers that the destination is unreachable";
}

static const char *explain_silence(struct builder *builder, const struct finding *finding,
                                   const char *times)
{
    bool filtered = finding->culprit != NULL && finding->culprit->role == CULPRIT_FIREWALL;
    return arena_format(
        &builder->diagnosis->arena,
        "%s: the %s were repeated and got no answer of any kind, neither from the server nor "
        "from a router. The capture does show other packets reaching the same devices in that "
        "time, so answers would have been seen.%s",
        times, finding->transport == TRANSPORT_UDP ? "requests" : "SYNs",
        filtered ? " A server address among them answers the same device on another port, so it "
                   "is reachable and this port is filtered."
                 : "");
}

static const char *explain_reset(struct builder *builder, const struct finding *finding,
                                 const char *times)
{
    bool site = finding->category != NULL && strcmp(finding->category, "site") == 0;
    return arena_format(
        &builder->diagnosis->arena, "%s: the SYN was answered by a RST in the server's name. %s",
        times,
        site ? "Either the server does not listen on this port, or a device on the way refuses "
               "the connection in its name."
             : "Apple's servers listen on this port; a reset means that a device on the way "
               "refuses the connection for them.");
}

static const char *explain_icmp(struct builder *builder, const struct finding *finding,
                                const char *times)
{
    char sender[ADDRESS_TEXT_SIZE] = "a router";
    if (finding->culprit != NULL && finding->culprit->has_address)
        address_print(&finding->culprit->address, sender);
    return arena_format(
        &builder->diagnosis->arena,
        "%s: %s answered with an ICMP error that quotes the device's own packet. ICMP names its "
        "sender, so this is the address that refuses.",
        times, sender);
}

static void explain_how(struct builder *builder, struct finding *finding, const char *how)
{
    const char *times = count_phrase(builder, finding->count, "failed attempt", "failed attempts");
    if (strcmp(how, "no-answer") == 0)
        finding->explanation = explain_silence(builder, finding, times);
    else if (strcmp(how, "reset") == 0)
        finding->explanation = explain_reset(builder, finding, times);
    else
        finding->explanation = explain_icmp(builder, finding, times);
}

static const char *list_addresses(struct builder *builder, const struct finding *finding)
{
    struct arena *arena = &builder->diagnosis->arena;
    if (finding->address_count == 0)
        return "none";
    char text[ADDRESS_TEXT_SIZE];
    const char *list = arena_copy(arena, address_print(&finding->addresses[0], text));
    for (size_t i = 1; i < finding->address_count && i < 4; i++)
        list = arena_format(arena, "%s, %s", list, address_print(&finding->addresses[i], text));
    if (finding->address_count > 4)
        list = arena_format(arena, "%s and %zu more", list, finding->address_count - 4);
    return list;
}

/* What a rule should allow: push servers change, so that their networks are named
 * (Apple's article 102266). Addresses are sorted, IPv4-mapped ones before Apple's. */
static const char *port_destination(const struct finding *finding)
{
    bool apns = finding->category != NULL && strcmp(finding->category, "apns") == 0;
    if (!apns || finding->address_count == 0)
        return finding->host;
    if (address_is_ipv4(&finding->addresses[finding->address_count - 1]))
        return "17.0.0.0/8, Apple's network, as push servers change,";
    if (!address_is_ipv4(&finding->addresses[0]))
        return "2620:149:a44::/48, 2403:300:a42::/48, 2403:300:a51::/48 and 2a01:b740:a42::/48, "
               "Apple's push networks,";
    return "17.0.0.0/8, 2620:149:a44::/48, 2403:300:a42::/48, 2403:300:a51::/48 and "
           "2a01:b740:a42::/48, Apple's networks,";
}

static void port_remedy(struct builder *builder, struct finding *finding, const char *how)
{
    struct arena *arena = &builder->diagnosis->arena;
    const char *transport = finding->transport == TRANSPORT_UDP ? "UDP" : "TCP";
    const struct culprit *culprit = finding->culprit;
    char at[ADDRESS_TEXT_SIZE] = "the firewall";
    if (culprit != NULL && culprit->has_address && culprit->role != CULPRIT_SERVER)
        address_print(&culprit->address, at);
    bool route =
        strcmp(how, "icmp-unreachable") == 0 && culprit != NULL && culprit->role == CULPRIT_NETWORK;
    bool apns_5223 = finding->category != NULL && strcmp(finding->category, "apns") == 0 &&
                     finding->port == 5223;
    finding->remedy = arena_format(
        arena,
        "%sAllow outbound %s port %d from the devices to %s on %s (seen: %s)%s. Allow the "
        "answers back in, and exempt this traffic from inspection.",
        route ? arena_format(arena, "Check the route on %s. ", at) : "", transport, finding->port,
        port_destination(finding), at, list_addresses(builder, finding),
        apns_5223 ? "; without 5223, push needs TCP 443 to the same network" : "");
}

static void everything_describe(struct builder *builder, struct finding *finding,
                                const char *devices)
{
    finding->summary = arena_format(
        &builder->diagnosis->arena,
        "Nothing gets through for %s: connections to Apple and to everyone else fail alike.",
        devices);
    finding->explanation =
        "No connection that these devices tried was accepted, whatever its destination, so the "
        "fault is the network's as a whole and not a rule about Apple.";
    finding->remedy = "Look for the general fault first: uplink, default route, VLAN, "
                      "captive portal or a firewall that passes nothing from these devices.";
}

/* One rule about Apple as a whole, and not one for each row. */
static void apple_describe(struct builder *builder, struct draft *draft, const char *how,
                           const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    bool times = finding->period_count > 0;
    char at[ADDRESS_TEXT_SIZE] = "the firewall";
    if (finding->culprit != NULL && finding->culprit->has_address)
        address_print(&finding->culprit->address, at);
    finding->summary = arena_format(
        arena,
        "All of Apple is blocked for %s%s: %s, whichever of %s was tried; others are reached.",
        devices, times ? " at times" : "", how_sentence(finding, how),
        count_phrase(builder, draft->row_count, "row of Apple's list", "rows of Apple's list"));
    finding->explanation = arena_format(
        arena,
        "%s at different services of Apple's failed alike, and not one got through%s, while the "
        "same devices' connections to others were answered. So the network works, and one rule "
        "about Apple's networks or names is the cause, rather than one for each service.%s",
        count_phrase(builder, finding->count, "attempt", "attempts"), times ? " meanwhile" : "",
        times ? " At other times it lets them through: look for a timetable." : "");
    finding->remedy = arena_format(
        arena,
        "On %s look for a rule about Apple as a whole (a category, an application, 17.0.0.0/8, "
        "*.apple.com)%s, and allow what Apple's list names: TCP ports 443, 80 and 5223, UDP 443 "
        "and 123.",
        at, times ? " with a timetable" : "");
}

static void for_a_time_describe(struct builder *builder, struct finding *finding,
                                const char *devices)
{
    finding->summary = arena_format(
        &builder->diagnosis->arena,
        "For a time nothing of Apple's got through for %s, whatever was tried; connections to "
        "others failed as well.",
        devices);
    finding->explanation =
        "Several of Apple's services, which work at other times, failed at once, and not one "
        "answered in between. The same devices' connections to others failed, too, as far as their "
        "times are kept. So it was the network as a whole rather than a rule about Apple.";
    finding->remedy = "Look for what happened on the network then: uplink, router, Wi-Fi, address "
                      "changes, a firewall that was restarted.";
}

static void family_describe(struct builder *builder, struct finding *finding)
{
    finding->summary =
        arena_format(&builder->diagnosis->arena,
                     "Nothing gets through from %s; other addresses of the same devices work.",
                     count_phrase(builder, finding->device_count, "address", "addresses"));
    finding->explanation =
        "No connection from these addresses was accepted, whatever its destination, while the same "
        "devices (by their MAC) get through from another address. Usually one address family, "
        "most often IPv6, is announced on the network but leads nowhere.";
    finding->remedy = "Give that address family a working route and let the firewall pass it, or "
                      "stop announcing it (router advertisements, DHCP).";
}

/* The other port of push, for all of these devices: "" where it did not serve them. */
static const char *push_elsewhere(struct builder *builder, const struct draft *draft)
{
    const struct finding *finding = &draft->finding;
    const struct ledger *ledger = builder->ledger;
    uint16_t other = finding->port == 5223 ? 443 : 5223;
    struct catalog_match match;
    catalog_match(ledger->catalog, "courier.push.apple.com", NULL, other, TRANSPORT_TCP, &match);
    if (finding->category == NULL || strcmp(finding->category, "apns") != 0 ||
        (finding->port != 5223 && finding->port != 443) || match.primary == CATALOG_NO_SERVICE)
        return "";
    bool proxy = true;
    for (size_t i = 0; i < finding->device_count; i++) {
        const struct tally *tally = ledger_find(ledger, &finding->devices[i], NULL, match.primary);
        if (tally == NULL || tally->counts[ATTEMPT_SUCCESS] == 0 ||
            tally->last_success < finding->first_seen)
            return "";
        proxy = proxy && tally->tunnelled == tally->counts[ATTEMPT_SUCCESS];
    }
    return arena_format(
        &builder->diagnosis->arena,
        " The service still works another way: afterwards push connected on port %u%s.", other,
        proxy ? " through a proxy" : "");
}

void port_describe(struct builder *builder, struct draft *draft)
{
    struct finding *finding = &draft->finding;
    const char *how = finding->details[0].text;
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (draft->row == CATALOG_NO_SERVICE) {
        if (finding->detail_count > 1)
            apple_describe(builder, draft, how, devices);
        else if (finding->period_count > 0)
            for_a_time_describe(builder, finding, devices);
        else if (draft->works_otherwise)
            family_describe(builder, finding);
        else
            everything_describe(builder, finding, devices);
        return;
    }
    const char *elsewhere = push_elsewhere(builder, draft);
    finding->summary = arena_format(
        &builder->diagnosis->arena, "%s port %d%s to %s, needed for %s, is blocked for %s: %s.%s",
        finding->transport == TRANSPORT_UDP ? "UDP" : "TCP", finding->port,
        draft->several_ports ? " (and others)" : "", finding->host,
        category_phrase(finding->category), devices, how_sentence(finding, how),
        !draft->works_otherwise ? ""
        : *elsewhere != '\0'    ? elsewhere
                                : " The service still works another way.");
    explain_how(builder, finding, how);
    port_remedy(builder, finding, how);
}
