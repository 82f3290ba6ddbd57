/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is explained what a proxy does to a service?  Drafts with their details come in; the
 * sentences go out.
 */
#include "diagnosis/proxy_words.h"

#include <string.h>

static const struct detail *finding_detail(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return &finding->details[i];
    return NULL;
}

/* "with status 403", or that nothing came. */
static const char *answer_phrase(struct arena *arena, const struct finding *finding)
{
    const struct detail *status = finding_detail(finding, "status");
    return status != NULL ? arena_format(arena, "answers CONNECT with status %.0f", status->number)
                          : "takes CONNECT and never answers";
}

static const char *otherwise_phrase(const struct draft *draft)
{
    return draft->works_otherwise ? " The service still works another way." : "";
}

static void describe_refused(struct builder *builder, struct draft *draft, const char *proxy,
                             const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *answer = answer_phrase(arena, finding);
    bool no_proxy = catalog_service(builder->ledger->catalog, draft->row)->proxy == PROXY_NO;
    finding->summary =
        arena_format(arena, "The proxy %s refuses %s port %d, needed for %s, to %s: it %s.%s",
                     proxy, finding->host, finding->port, category_phrase(finding->category),
                     devices, answer, otherwise_phrase(draft));
    finding->explanation = arena_format(
        arena,
        "%s: the devices ask the proxy for a tunnel to %s port %d, and it %s. %s. This is in "
        "clear, so the proxy itself decides so, or cannot "
        "reach the host.",
        count_phrase(builder, finding->count, "attempt", "attempts"), finding->names[0],
        finding->port, answer,
        finding->period_count > 0 && finding->periods[finding->period_count - 1].over
            ? "At other times the same device gets through, so a timetable, or a change, decides"
            : "No later try of the same device got through");
    finding->remedy = arena_format(
        arena,
        "On the proxy %s allow CONNECT to %s port %d, by name and without decryption (Squid: its "
        "ports belong into SSL_ports), and check that the proxy itself reaches it.%s",
        proxy, finding->host, finding->port,
        no_proxy ? " Apple's list says that this host does not work through a proxy: better let "
                   "devices reach it directly."
                 : "");
}

static void describe_authentication(struct builder *builder, struct draft *draft, const char *proxy,
                                    const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    finding->summary = arena_format(
        arena,
        "The proxy %s demands authentication (407) for %s port %d, needed for %s, and %s %s "
        "got past it.%s",
        proxy, finding->host, finding->port, category_phrase(finding->category), devices,
        finding->period_count > 0 ? "for a time never" : "never", otherwise_phrase(draft));
    finding->explanation = arena_format(
        arena,
        "%s ended at the proxy's 407%s. Apple's system services do not log on to "
        "proxies; a device that does so answers the first 407 and then gets through.",
        count_phrase(builder, finding->count, "attempt", "attempts"),
        finding->period_count > 0
            ? ", one after the other; at other times the same device gets through, so a "
              "timetable, or a logon that ends, decides"
            : ", the last one too");
    finding->remedy = arena_format(
        arena,
        "On the proxy %s exempt %s (better: all hosts of Apple's list) from authentication, or "
        "let the devices reach it directly.",
        proxy, finding->host);
}

static void describe_squashed(struct builder *builder, struct draft *draft, const char *proxy,
                              const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *answer = answer_phrase(arena, finding);
    finding->summary = arena_format(
        arena,
        "The proxy %s squashes %s, which Apple push (APNs) and activation need, for %s: it %s.%s",
        proxy, finding->names[0], devices, answer, otherwise_phrase(draft));
    bool proven = finding_detail(finding, "proof") != NULL;
    finding->explanation = arena_format(
        arena,
        "courier.push.apple.com is a placeholder: its CNAME leads to a name without an address, by "
        "design. A proxy that resolves it finds none and fails, while other hosts get through the "
        "same proxy. The fault is not the name's%s.",
        proven ? ": the capture shows that the proxy's own question was answered with the CNAME, "
                 "as Apple means it"
               : "");
    finding->remedy = arena_format(
        arena,
        "Let push go past the proxy %s: exempt *.push.apple.com in the proxy settings (PAC file, "
        "profile) and allow TCP ports 5223 and 443 to 17.0.0.0/8 directly; else have the proxy "
        "pass the name unchecked, and allow CONNECT to *.push.apple.com.",
        proxy);
}

static void describe_unsupported(struct builder *builder, struct draft *draft, const char *proxy,
                                 const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    finding->summary = arena_format(
        arena,
        "%s port %d, needed for %s, goes through the proxy %s for %s, which Apple does not "
        "support for this host.",
        finding->host, finding->port, category_phrase(finding->category), proxy, devices);
    finding->explanation = arena_format(
        arena,
        "%s went through the proxy by CONNECT. Apple's list does not mark this host as one that "
        "works through a proxy, so that it may fail at any time, and in ways that name no cause.",
        count_phrase(builder, finding->count, "connection", "connections"));
    finding->remedy = arena_format(
        arena, "Exempt %s from the proxy (PAC file, profile: direct) and allow TCP port %d to it.",
        finding->host, finding->port);
}

void proxy_describe(struct builder *builder, struct draft *draft)
{
    struct finding *finding = &draft->finding;
    if (finding->culprit == NULL || finding->name_count == 0)
        return; /* memory was out */
    char proxy[ADDRESS_TEXT_SIZE];
    address_print(&finding->culprit->address, proxy);
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    if (strcmp(finding->kind, "proxy-unsupported") == 0) {
        describe_unsupported(builder, draft, proxy, devices);
        return;
    }
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (strcmp(finding->kind, "proxy-refused") == 0)
        describe_refused(builder, draft, proxy, devices);
    else if (strcmp(finding->kind, "proxy-authentication") == 0)
        describe_authentication(builder, draft, proxy, devices);
    else
        describe_squashed(builder, draft, proxy, devices);
}
