/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rule ends it?  A finding comes in; what to allow from where to where, the
 * resolver's or proxy's exemption, go out, one function for each family of kinds.
 */
#include "diagnosis/prescription.h"

#include <string.h>

#include "base/fact.h"

static struct prescription *prescription_add(struct finding *finding, const char *action,
                                             const char *at)
{
    size_t last = FINDING_PRESCRIPTION_LIMIT - 1;
    size_t index = finding->prescription_count < last ? finding->prescription_count : last;
    struct prescription *prescription = &finding->prescriptions[index];
    finding->prescription_count = index + 1;
    *prescription = (struct prescription){.action = action, .at = at};
    return prescription;
}

static const char *detail(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].text;
    return NULL;
}

static bool detail_is(const struct finding *finding, const char *name, const char *text)
{
    const char *value = detail(finding, name);
    return value != NULL && strcmp(value, text) == 0;
}

/* One thing as it is, several in braces. */
static const char *braced(struct arena *arena, const char *list)
{
    return strchr(list, ',') != NULL ? arena_format(arena, "{ %s }", list) : list;
}

static const char *from_braced(struct arena *arena, const struct prescription *rule)
{
    return rule->from != NULL ? braced(arena, rule->from) : "the devices";
}

/* "allow tcp from 10.0.0.0/24 to 17.0.0.0/8 port 5223", one line for each destination. */
static void add_allow(struct arena *arena, struct finding *finding, const char *at, const char *to,
                      const char *transport, const char *ports)
{
    struct prescription *rule = prescription_add(finding, "allow", at);
    rule->from = prescription_from(arena, finding);
    rule->to = to;
    rule->transport = transport;
    rule->ports = ports;
    rule->text =
        arena_format(arena,
                     "allow %s from %s to %s port %s\n"
                     "# and its answers; no TLS inspection, no proxy",
                     transport, from_braced(arena, rule), braced(arena, to), braced(arena, ports));
}

static void prescribe_port(struct arena *arena, struct finding *finding)
{
    bool push = finding->category != NULL && strcmp(finding->category, "apns") == 0;
    if (finding->host == NULL || finding->port <= 0)
        return;
    const char *ports =
        push && finding->port == 5223 ? "5223, 443" : arena_format(arena, "%d", finding->port);
    add_allow(arena, finding, prescription_at(arena, finding, "the firewall"),
              prescription_to(arena, finding), finding->transport == TRANSPORT_UDP ? "udp" : "tcp",
              ports);
}

/* What looks into TLS, or at its names, is to leave these alone. */
static void prescribe_no_inspection(struct arena *arena, struct finding *finding)
{
    const char *names[PRESCRIPTION_NAME_LIMIT];
    size_t count = prescription_names(finding, names);
    if (count == 0)
        return;
    struct prescription *rule =
        prescription_add(finding, "exempt-from-inspection",
                         prescription_at(arena, finding, "the firewall or proxy that inspects"));
    rule->from = prescription_from(arena, finding);
    rule->to = prescription_list(arena, names, count);
    rule->transport = "tcp";
    rule->ports = arena_format(arena, "%d", finding->port > 0 ? finding->port : 443);
    const char *lines = "# neither decrypt nor filter by server name";
    for (size_t i = 0; i < count; i++)
        lines = arena_format(arena, "%s\n%s:%s", lines, names[i], rule->ports);
    const char *squid = prescription_squid_names(arena, names, count);
    rule->text = arena_format(arena,
                              "%s\n# Squid, before the other ssl_bump lines\n"
                              "acl apple ssl::server_name%s\nssl_bump splice apple",
                              lines, squid + strlen("dstdomain"));
}

static void prescribe_stall(struct arena *arena, struct finding *finding)
{
    if (!detail_is(finding, "suspect", "mtu-black-hole")) {
        prescribe_no_inspection(arena, finding);
        return;
    }
    struct prescription *rule =
        prescription_add(finding, "pass-packet-too-big", "every router and firewall on the way");
    rule->to = "any";
    rule->transport = "icmp";
    rule->text = "allow icmp type 3 code 4 from any to any\n"
                 "allow icmpv6 type 2 from any to any\n"
                 "# or, where the link is yours, clamp the MSS (nftables)\n"
                 "tcp flags syn tcp option maxseg size set rt mtu";
}

static void prescribe_reset(struct arena *arena, struct finding *finding)
{
    if (!detail_is(finding, "origin", "device"))
        prescribe_no_inspection(arena, finding);
}

static void prescribe_idle(struct arena *arena, struct finding *finding)
{
    struct prescription *rule = prescription_add(
        finding, "raise-idle-timeout", prescription_at(arena, finding, "the firewall or NAT"));
    rule->from = prescription_from(arena, finding);
    rule->to = prescription_to(arena, finding);
    rule->transport = "tcp";
    rule->ports = arena_format(arena, "%d", finding->port);
    rule->text = arena_format(arena, "tcp from %s to %s port %s: idle timeout 3600 seconds",
                              from_braced(arena, rule), braced(arena, rule->to), rule->ports);
}

static const char *culprit_address(struct arena *arena, const struct finding *finding)
{
    char text[ADDRESS_TEXT_SIZE];
    return finding->culprit != NULL && finding->culprit->has_address
               ? arena_copy(arena, address_print(&finding->culprit->address, text))
               : detail(finding, "resolver");
}

static void prescribe_port_53(struct arena *arena, struct finding *finding, const char *transport)
{
    const char *resolver = culprit_address(arena, finding);
    if (detail(finding, "resolver") != NULL)
        resolver = detail(finding, "resolver");
    if (resolver != NULL)
        add_allow(arena, finding, "the firewall, and the resolver itself", resolver, transport,
                  "53");
}

/* A resolver that refuses whatever it is asked. */
static void prescribe_access(struct arena *arena, struct finding *finding)
{
    struct prescription *rule = prescription_add(finding, "allow-recursion",
                                                 prescription_at(arena, finding, "the resolver"));
    rule->from = prescription_from(arena, finding);
    if (rule->from == NULL)
        rule->from = "the devices";
    rule->to = culprit_address(arena, finding);
    rule->ports = "53";
    rule->text = arena_format(arena,
                              "allow recursion for { %s }\n# and the resolver's own way "
                              "out: udp and tcp port 53",
                              rule->from);
}

static void prescribe_exemption(struct arena *arena, struct finding *finding,
                                const char *const *names, size_t count)
{
    bool forged = detail_is(finding, "proof", "two-answers");
    struct prescription *rule = prescription_add(
        finding, "exempt-from-filtering",
        forged ? "the filter between the devices and their resolver"
               : prescription_at(arena, finding, "the resolver, or the filter that it uses"));
    rule->from = prescription_from(arena, finding);
    rule->to = prescription_list(arena, names, count);
    rule->text = prescription_exempt_names(arena, names, count);
}

static void prescribe_name(struct arena *arena, struct finding *finding)
{
    const char *names[PRESCRIPTION_NAME_LIMIT];
    if (detail_is(finding, "scope", "all-names")) {
        prescribe_access(arena, finding);
        return;
    }
    if (detail_is(finding, "answer", "truncated")) {
        prescribe_port_53(arena, finding, "tcp");
        return;
    }
    size_t count = prescription_names(finding, names);
    if (count > 0)
        prescribe_exemption(arena, finding, names, count);
}

static void prescribe_bypass(struct arena *arena, struct finding *finding)
{
    const char *names[PRESCRIPTION_NAME_LIMIT];
    size_t count = prescription_names(finding, names);
    if (count == 0)
        return;
    bool push = finding->category != NULL && strcmp(finding->category, "apns") == 0;
    struct prescription *rule =
        prescription_add(finding, "bypass-proxy", "the PAC file or proxy profile of the devices");
    rule->from = prescription_from(arena, finding);
    rule->to = prescription_list(arena, names, count);
    rule->text = prescription_direct(arena, names, count);
    add_allow(arena, finding, "the firewall", prescription_to(arena, finding), "tcp",
              push                ? "5223, 443"
              : finding->port > 0 ? arena_format(arena, "%d", finding->port)
                                  : "443");
}

static void prescribe_squashed(struct arena *arena, struct finding *finding)
{
    static const char *const names[] = {"*.push.apple.com", "*.push-apple.com.akadns.net"};
    if (finding->culprit != NULL && finding->culprit->role == CULPRIT_PROXY)
        prescribe_bypass(arena, finding);
    else
        prescribe_exemption(arena, finding, names, sizeof names / sizeof names[0]);
}

/* What a proxy is told to let through: by CONNECT, or without asking who it is. */
static void prescribe_proxy(struct arena *arena, struct finding *finding)
{
    const char *names[PRESCRIPTION_NAME_LIMIT];
    size_t count = prescription_names(finding, names);
    bool login = strcmp(finding->kind, "proxy-authentication") == 0;
    if (count == 0)
        return;
    struct prescription *rule =
        prescription_add(finding, login ? "exempt-from-authentication" : "allow-connect",
                         prescription_at(arena, finding, "the proxy"));
    rule->from = prescription_from(arena, finding);
    rule->to = prescription_list(arena, names, count);
    rule->transport = "tcp";
    rule->ports = finding->port > 0 ? arena_format(arena, "%d", finding->port) : NULL;
    rule->text = arena_format(
        arena, "# Squid, before the line that %s\n%sacl apple %s\nhttp_access allow CONNECT apple",
        login ? "demands authentication" : "denies CONNECT",
        rule->ports != NULL && !login ? arena_format(arena, "acl SSL_ports port %s\n", rule->ports)
                                      : "",
        prescription_squid_names(arena, names, count));
}

static void prescribe_time(struct arena *arena, struct finding *finding)
{
    if (detail_is(finding, "how", "unsynchronised") && culprit_address(arena, finding) != NULL &&
        finding->culprit->role == CULPRIT_SERVER) {
        struct prescription *rule = prescription_add(finding, "allow", "the firewall");
        rule->from = culprit_address(arena, finding);
        rule->to = "any";
        rule->transport = "udp";
        rule->ports = "123";
        rule->text = arena_format(arena,
                                  "allow udp from %s to any port 123\n"
                                  "# the time server's own way to its sources",
                                  rule->from);
        return;
    }
    add_allow(arena, finding, "the firewall", "time.apple.com, time-ios.apple.com", "udp", "123");
}

static void prescribe_portal(struct arena *arena, struct finding *finding)
{
    struct prescription *rule = prescription_add(
        finding, "let-pass-before-login", prescription_at(arena, finding, "the captive portal"));
    rule->from = prescription_from(arena, finding);
    rule->to = "captive.apple.com";
    rule->transport = "tcp";
    rule->ports = "80, 443";
    rule->text = arena_format(arena,
                              "allow tcp from %s to captive.apple.com port { 80, 443 } "
                              "without login\n# and the other hosts that 'applepath hosts' lists",
                              from_braced(arena, rule));
}

static void prescribe_autoconfig(struct arena *arena, struct finding *finding)
{
    static const char *const names[] = {"*.push.apple.com", "*.apple.com"};
    struct prescription *rule = prescription_add(finding, "bypass-proxy", "the PAC file");
    rule->to = prescription_list(arena, names, 2);
    rule->text = prescription_direct(arena, names, 2);
}

static void prescribe_provider(struct arena *arena, struct finding *finding)
{
    add_allow(arena, finding, "the firewall, and in the push provider's settings",
              "api.push.apple.com", "tcp", "443, 2197");
}

static void prescribe_quic(struct arena *arena, struct finding *finding)
{
    if (finding->host != NULL)
        add_allow(arena, finding, "the firewall", finding->host, "udp", "443");
}

static void prescribe_resolver(struct arena *arena, struct finding *finding)
{
    prescribe_port_53(arena, finding, "udp and tcp");
}

void prescriptions_fill(struct diagnosis *diagnosis)
{
    static const struct {
        const char *kind;
        void (*prescribe)(struct arena *arena, struct finding *finding);
    } prescribers[] = {
        {"port-blocked", prescribe_port},
        {"quic-blocked", prescribe_quic},
        {"legacy-port", prescribe_provider},
        {"connection-reset", prescribe_reset},
        {"handshake-stalled", prescribe_stall},
        {"certificate-intercepted", prescribe_no_inspection},
        {"tls-interception-suspected", prescribe_no_inspection},
        {"idle-timeout", prescribe_idle},
        {"cname-squashed", prescribe_squashed},
        {"dns-blocked", prescribe_name},
        {"dns-hijacked", prescribe_name},
        {"dns-unanswered", prescribe_resolver},
        {"proxy-refused", prescribe_proxy},
        {"proxy-authentication", prescribe_proxy},
        {"proxy-unsupported", prescribe_bypass},
        {"proxy-autoconfig", prescribe_autoconfig},
        {"captive-portal", prescribe_portal},
        {"ntp-bad-time", prescribe_time},
    };
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        for (size_t k = 0; k < sizeof prescribers / sizeof prescribers[0]; k++)
            if (strcmp(diagnosis->findings[i].kind, prescribers[k].kind) == 0)
                prescribers[k].prescribe(&diagnosis->arena, &diagnosis->findings[i]);
}
