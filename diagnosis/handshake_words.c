/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a handshake that fails explained?  Drafts with their details come in; the
 * sentences go out, with what an alert says to who has to mend it.
 */
#include "diagnosis/handshake_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/tls_alert.h"

const char handshake_kind_stalled[] = "handshake-stalled";
const char handshake_kind_rejected[] = "tls-rejected";
const char handshake_kind_suspected[] = "tls-interception-suspected";

static const char *alert_name(uint8_t alert)
{
    return alert == HANDSHAKE_ALERT_HIDDEN ? "encrypted-alert" : tls_alert_name(alert);
}

const char *handshake_alert_word(struct arena *arena, uint8_t alert)
{
    const char *name = alert_name(alert);
    return name != NULL ? name : arena_format(arena, "alert_%u", alert);
}

const char *handshake_detail(const struct draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->finding.detail_count; i++)
        if (strcmp(draft->finding.details[i].name, name) == 0)
            return draft->finding.details[i].text;
    return NULL;
}

/* What the suspect rests on. */
static const char *stall_grounds(struct arena *arena, const struct draft *draft, bool filter,
                                 bool size)
{
    const char *sender = handshake_detail(draft, "path_mtu_sender");
    if (filter)
        return "The same address, or a neighbour of it, does answer other server names to the "
               "same device, so that the name decides: a filter on the way drops what follows it.";
    if (size && sender != NULL)
        return arena_format(
            arena,
            "%s says by ICMP that the packets are too big for its next link, and whoever sends "
            "them goes on as before: the message does not reach the sender, or is not obeyed.",
            sender);
    if (size)
        return "The ClientHello is larger than one segment (newer systems send post-quantum "
               "keys), and smaller ones get through or parts of this one are acknowledged: "
               "full-size packets vanish on the way without an ICMP error, or a device on the "
               "way cannot read a ClientHello in two parts.";
    return "Nothing points at a filter by name or at the size: the server or what stands "
           "before it hangs, or a device on the way drops the ClientHello.";
}

static const char *stall_remedy(struct arena *arena, const struct finding *finding,
                                const char *sender, bool filter, bool size)
{
    if (filter)
        return arena_format(arena,
                            "Find the filter that looks at TLS server names (firewall, IPS, web "
                            "filter) and exempt %s from it, by name and without inspection.",
                            finding->host);
    if (size && sender != NULL)
        return arena_format(
            arena,
            "Let the ICMP messages of %s (\"fragmentation needed\", ICMPv6 \"packet too big\") "
            "through to both ends, or clamp the TCP MSS on the link behind it.",
            sender);
    if (size)
        return "Let ICMP \"fragmentation needed\" (ICMPv6 \"packet too big\") through, or clamp "
               "the TCP MSS on the tunnel or PPPoE line to what the path takes; update devices "
               "on the way that inspect TLS.";
    return arena_format(arena,
                        "Compare with another network. If %s answers there, look for a "
                        "filter, proxy or load balancer on the way that holds on to new TLS "
                        "connections.",
                        finding->host);
}

/* A detail that every such draft has; a foreign database may leave it out. */
static const char *detail_or_empty(const struct draft *draft, const char *name)
{
    const char *detail = handshake_detail(draft, name);
    return detail != NULL ? detail : "";
}

static void describe_stalled(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *suspect = detail_or_empty(draft, "suspect");
    bool filter = strcmp(suspect, "sni-filter") == 0;
    bool size = strcmp(suspect, "mtu-black-hole") == 0;
    finding->confidence = filter || size ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
    if (filter || size)
        draft_culprit(builder, draft, filter ? CULPRIT_FIREWALL : CULPRIT_NETWORK, NULL, 0);
    finding->summary = arena_format(
        arena, "Connections to %s port %d, needed for %s, open and then stall for %s: %s.%s",
        finding->host, finding->port, category_phrase(finding->category),
        count_phrase(builder, finding_devices(finding), "device", "devices"),
        filter ? "the ClientHello with this name is never answered"
        : size && handshake_detail(draft, "path_mtu_sender") != NULL
            ? "packets are too big for the path, and are lost"
        : size ? "a large ClientHello is never answered"
               : "the ClientHello is never answered",
        draft->works_otherwise ? " The service still works another way." : "");
    finding->explanation = arena_format(
        arena,
        "%s: the connection opened, the ClientHello went out, and for seconds nothing came back, "
        "no ServerHello, no RST. %s",
        count_phrase(builder, finding->count, "connection", "connections"),
        stall_grounds(arena, draft, filter, size));
    finding->remedy =
        stall_remedy(arena, finding, handshake_detail(draft, "path_mtu_sender"), filter, size);
}

/* What the certificate that was seen says of who has to mend it; NULL: nothing. */
static const char *certificate_meaning(struct arena *arena, const struct draft *draft)
{
    const char *certificate = handshake_detail(draft, "certificate");
    const char *subject = handshake_detail(draft, "certificate_subject");
    const char *issuer = handshake_detail(draft, "certificate_issuer");
    const char *date = handshake_detail(draft, "certificate_date");
    if (certificate == NULL)
        return NULL;
    if (strcmp(certificate, "expired") == 0)
        return arena_format(arena,
                            "The certificate that the server shows has expired: that of %s ended "
                            "on %.10s. The device is right to refuse it.",
                            subject, date != NULL ? date : "?");
    if (strcmp(certificate, "not-yet-valid") == 0)
        return arena_format(arena,
                            "The certificate that the server shows is not yet valid: that of %s "
                            "begins on %.10s; or the clock of the machine that captured is slow.",
                            subject, date != NULL ? date : "?");
    if (strcmp(certificate, "name-mismatch") == 0)
        return "The certificate that the server shows is for other names than the one that the "
               "device asked for. The device is right to refuse it.";
    if (strcmp(certificate, "incomplete-chain") == 0)
        return arena_format(arena,
                            "The server sends its own certificate alone, and its issuer (%s) is no "
                            "root that is known: the intermediate certificate is missing, or the "
                            "device lacks the profile with the site's root.",
                            issuer);
    return "The certificate that the server shows leads to a trusted root, is in force and bears "
           "the right name: what is wrong is the device's clock, or the list of roots of the "
           "program that connects.";
}

static const char *certificate_remedy(struct arena *arena, const struct draft *draft)
{
    const char *certificate = handshake_detail(draft, "certificate");
    if (certificate == NULL || strcmp(certificate, "valid") == 0)
        return NULL;
    if (strcmp(certificate, "incomplete-chain") == 0)
        return arena_format(arena,
                            "On the server for %s, install the intermediate certificates beside "
                            "its own; or give the devices the site's root by a profile.",
                            draft->finding.host);
    if (strcmp(certificate, "name-mismatch") == 0)
        return arena_format(arena,
                            "Give the server for %s a certificate for that name, or correct the "
                            "DNS record that leads the device to another server.",
                            draft->finding.host);
    return arena_format(arena,
                        "Renew the certificate of %s on its server; if it is Apple's, compare with "
                        "another network, as something on the way may show an old one.",
                        draft->finding.host);
}

/* What an alert says to who has to mend it. */
static const char *alert_meaning(uint64_t devices, bool completed, const char *alert,
                                 bool by_client, bool genuine)
{
    bool dates = strcmp(alert, "certificate_expired") == 0;
    if (by_client && (dates || strcmp(alert, "bad_certificate") == 0))
        return completed && devices == 1
                   ? "Others get through to the same row, so that this device's clock is the "
                     "first thing to check: with a wrong one every certificate is out of date."
               : dates ? "The server's certificate is past its end by the device's clock: "
                         "either it is, or the clock is wrong."
                       : "The device found fault with the server's certificate: it is not yet "
                         "valid by the device's clock, or bears another name.";
    if (by_client && strcmp(alert, "unknown_ca") == 0 && genuine)
        return "The certificates that it was shown are genuine, as they lead to a trusted root: "
               "the push provider's own list of roots is old.";
    if (by_client && strcmp(alert, "unknown_ca") == 0)
        return "The push provider does not know the root of the certificate that it is shown: "
               "its list of roots is old, or, if the certificate is not Apple's, something on the "
               "way replaced it.";
    if (!by_client && strstr(alert, "certificate") != NULL)
        return "The server does not accept the certificate that the device shows for itself.";
    if (strcmp(alert, "protocol_version") == 0 || strcmp(alert, "handshake_failure") == 0 ||
        strcmp(alert, "insufficient_security") == 0)
        return "The two sides have no TLS version or cipher in common.";
    return "The alert's name says why.";
}

/* A site's own server may have whatever authority it likes; the devices have to know it. */
static const char *site_meaning(const char *alert)
{
    return strcmp(alert, "protocol_version") == 0 || strcmp(alert, "illegal_parameter") == 0
               ? "The device does not accept how the site's own server negotiates."
               : "The device does not accept the certificate of the site's own server: it is out "
                 "of date, for another name, or leads to no root that the device knows, as its "
                 "chain is incomplete or the site's root is not on the device.";
}

static const char *alert_remedy(struct arena *arena, const struct finding *finding,
                                const char *alert, bool by_client)
{
    const char *host = finding->host;
    if (by_client && finding->category != NULL && strcmp(finding->category, "site") == 0)
        return arena_format(arena,
                            "Look at the certificates that %s sends: dates, names, and whether the "
                            "intermediate ones are among them; install the site's root on the "
                            "devices by a profile.",
                            host);
    if (by_client && strcmp(alert, "unknown_ca") == 0)
        return "Add the roots that Apple names for APNs (USERTrust RSA) to the trust store of the "
               "provider, and look at the certificate that arrives there.";
    if (by_client && strstr(alert, "certificate") != NULL)
        return arena_format(arena,
                            "Check date and time on the device and that it reaches time servers "
                            "(UDP port 123); then look at the certificate of %s.",
                            host);
    if (strstr(alert, "certificate") != NULL)
        return "Renew the device's identity: activate or enrol it again.";
    return arena_format(arena,
                        "Update the program or system that connects; if it is current, compare "
                        "with another network, as a proxy that terminates TLS for %s may be what "
                        "answers.",
                        host);
}

static void describe_rejected(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *alert = detail_or_empty(draft, "alert");
    const char *sender = detail_or_empty(draft, "sender");
    bool by_client = strcmp(sender, "client") == 0;
    bool completed = finding->severity == SEVERITY_WARNING;
    bool genuine = handshake_detail(draft, "chain") != NULL;
    bool is_site = finding->category != NULL && strcmp(finding->category, "site") == 0;
    const char *meaning = by_client ? certificate_meaning(arena, draft) : NULL;
    finding->confidence = by_client && strcmp(alert, "unknown_ca") == 0 && !genuine
                              ? CONFIDENCE_POSSIBLE
                              : CONFIDENCE_CERTAIN;
    finding->summary = arena_format(
        arena, "TLS to %s port %d, needed for %s, fails for %s: the %s ends it with %s.%s",
        finding->host, finding->port, category_phrase(finding->category),
        count_phrase(builder, finding_devices(finding), "device", "devices"), sender, alert,
        completed || draft->works_otherwise ? " Other connections to the service work." : "");
    finding->explanation = arena_format(
        arena, "%s ended in the TLS alert %s, sent by the %s before any data. %s",
        count_phrase(builder, finding->count, "handshake", "handshakes"), alert, sender,
        meaning != NULL ? meaning
        : by_client && is_site
            ? site_meaning(alert)
            : alert_meaning(finding_devices(finding), completed, alert, by_client, genuine));
    const char *remedy = certificate_remedy(arena, draft);
    finding->remedy = remedy != NULL ? remedy : alert_remedy(arena, finding, alert, by_client);
}

/* A sentence for each signal beside the refusal. */
static const char *signals_meaning(struct arena *arena, const char *signals)
{
    static const struct {
        const char *name, *sentence;
    } meanings[] = {
        {"server-next-door", " What answers in the server's name has no router between it and the "
                             "capture."},
        {"late-server-hello", " Its ServerHello comes long after its SYN/ACK, as from a proxy that "
                              "asks the real server first."},
        {"one-terminator", " Servers of another operator answer from the same distance, with the "
                           "same TTL, TCP options and ServerHello: one device speaks for both."},
        {"weaker-than-elsewhere", " The same offer gets a stronger key exchange under the same "
                                  "name elsewhere in the capture."},
        {"downgrade-sentinel", " The server says in its random bytes that it could do a newer "
                               "version, which the device had offered: the offer was altered on "
                               "the way (RFC 8446 section 4.1.3)."},
        {"retries", " The device tries again and again."},
    };
    const char *text = "";
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (strstr(signals, meanings[i].name) != NULL)
            text = arena_format(arena, "%s%s", text, meanings[i].sentence);
    return text;
}

static void describe_suspected(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *detail = handshake_detail(draft, "signals");
    const char *signals = detail != NULL ? detail : ""; /* NULL: memory is out */
    bool altered = strstr(signals, "downgrade-sentinel") != NULL;
    finding->summary = arena_format(
        arena,
        "Something may intercept TLS to %s port %d, needed for %s: the handshakes of %s end as "
        "those %s do.",
        finding->host, finding->port, category_phrase(finding->category),
        count_phrase(builder, finding_devices(finding), "device", "devices"),
        altered ? "that are altered on the way" : "with a forged certificate");
    finding->explanation = arena_format(
        arena,
        "%s%s ended with the device's refusal (%.*s) before any data, and none with this name got "
        "through%s.%s%s",
        count_phrase(builder, finding->count, "handshake", "handshakes"),
        altered ? "" : " of TLS 1.3, which hides the certificate,", (int)strcspn(signals, ","),
        signals, finding->period_count > 0 ? " meanwhile" : "",
        altered ? ""
                : " Apple's clients refuse a certificate that is not Apple's own that way; a wrong "
                  "clock looks the same.",
        signals_meaning(arena, signals));
    finding->remedy = arena_format(
        arena,
        "Exempt %s from TLS inspection (\"do not decrypt\") on every proxy and firewall on the "
        "way; if nothing inspects, check date and time on the device.",
        finding->host);
}

void handshake_describe(struct builder *builder, struct draft *draft)
{
    if (draft->finding.kind == handshake_kind_stalled)
        describe_stalled(builder, draft);
    else if (draft->finding.kind == handshake_kind_rejected)
        describe_rejected(builder, draft);
    else
        describe_suspected(builder, draft);
    if (draft->finding.period_count > 0)
        draft->finding.explanation = arena_format(&builder->diagnosis->arena,
                                                  "%s At other times the same device's "
                                                  "connections to it work.",
                                                  draft->finding.explanation);
    if (draft->works_otherwise)
        draft->finding.severity = SEVERITY_WARNING;
}
