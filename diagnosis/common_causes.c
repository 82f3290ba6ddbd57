/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which findings about different services have one cause?  What resets, stalls or re-signs
 * many of Apple's services alike for one device is one box on the way.  The drafts of all
 * rules come in; those that are one cause go out as one.
 */
#include <math.h>
#include <string.h>

#include "diagnosis/rules.h"

#define ROWS_NEEDED 5 /* of Apple's list, that fail alike for one device */
#define HOPS_APART 1 /* routers that share the load */
#define SCOPE "several-services"

/* The details that have to be the same; NULL: no more. */
static const struct joinable {
    const char *kind;
    const char *alike[3];
    const char *what; /* is done to the connections */
    const char *remedy;
} joinables[] = {
    {"connection-reset",
     {"origin", "stage"},
     "are reset",
     "Find the filter that resets these connections (firewall, IPS, web filter) and exempt Apple's "
     "hosts from it, by name and without inspection; \"applepath hosts\" lists them."},
    {"handshake-stalled",
     {"suspect", "path_mtu_sender"},
     "open, and their TLS handshakes get no answer",
     "Find what drops the ClientHello on the way: exempt Apple's hosts from filters by name, and "
     "let ICMP \"fragmentation needed\" and \"packet too big\" through, or clamp the MSS."},
    {"certificate-intercepted",
     {"issuer", "vendor", "chain"},
     "are intercepted: the certificates are not the services' own",
     "Exempt Apple's hosts by name from TLS inspection (\"do not decrypt\", \"bypass\", "
     "\"splice\") on what has this certificate authority; \"applepath hosts\" lists them. "
     "Installing the inspection's root on the device does not help."},
    {"tls-interception-suspected",
     {"signals"},
     "are refused by the devices, as they refuse forged certificates",
     "Exempt Apple's hosts by name from TLS inspection on every proxy and firewall on the way "
     "(\"applepath hosts\" lists them); if there is none, check the devices' clocks."},
};

/* NULL: drafts of that kind are left alone. What a device itself does is its own affair. */
static const struct joinable *joinable_of(const struct draft *draft)
{
    const struct finding *finding = &draft->finding;
    if (draft->row == CATALOG_NO_SERVICE || finding->detail_count == 0 ||
        (finding->details[0].text != NULL && strcmp(finding->details[0].text, "device") == 0))
        return NULL;
    for (size_t i = 0; i < sizeof joinables / sizeof joinables[0]; i++)
        if (strcmp(joinables[i].kind, finding->kind) == 0)
            return &joinables[i];
    return NULL;
}

static const char *detail_text(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].text;
    return NULL;
}

static bool same_text(const char *one, const char *two)
{
    return one == NULL || two == NULL ? one == two : strcmp(one, two) == 0;
}

static bool same_culprit(const struct culprit *one, const struct culprit *two)
{
    if (one == NULL || two == NULL)
        return one == two;
    int apart = one->hops - two->hops;
    return one->role == two->role && one->has_address == two->has_address &&
           (!one->has_address || address_equal(&one->address, &two->address)) &&
           (one->hops > 0) == (two->hops > 0) && apart >= -HOPS_APART && apart <= HOPS_APART;
}

static bool is_alike(const struct draft *one, const struct draft *two)
{
    const struct joinable *joinable = joinable_of(one);
    if (joinable == NULL || joinable != joinable_of(two) ||
        !same_culprit(one->finding.culprit, two->finding.culprit) ||
        (one->finding.period_count > 0) != (two->finding.period_count > 0))
        return false;
    for (size_t i = 0; i < sizeof joinable->alike / sizeof joinable->alike[0]; i++)
        if (joinable->alike[i] != NULL &&
            !same_text(detail_text(&one->finding, joinable->alike[i]),
                       detail_text(&two->finding, joinable->alike[i])))
            return false;
    return true;
}

static bool is_one_of_many(const struct draft *draft)
{
    if (joinable_of(draft) == NULL)
        return false;
    return draft_fails_widely(draft, ROWS_NEEDED, is_alike);
}

static void details_copy(struct builder *builder, struct draft *whole, const struct draft *first)
{
    const struct joinable *joinable = joinable_of(first);
    for (size_t i = 0; i < sizeof joinable->alike / sizeof joinable->alike[0]; i++) {
        const char *name = joinable->alike[i];
        const char *text = name != NULL ? detail_text(&first->finding, name) : NULL;
        if (text != NULL)
            draft_detail_text(builder, whole, name, text);
        else if (name != NULL && strcmp(name, "vendor") == 0)
            draft_detail_number(whole, name, NAN); /* not known */
    }
    draft_detail_text(builder, whole, "scope", SCOPE);
}

static void whole_describe(struct builder *builder, struct draft *whole, const struct draft *first,
                           size_t rows)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &whole->finding;
    const struct joinable *joinable = joinable_of(first);
    const char *issuer = detail_text(finding, "issuer");
    draft_detail_number(whole, "rows", (double)rows);
    draft_sort(builder, whole);
    finding->summary = arena_format(
        arena, "Connections of %s to %zu services of Apple's list, %s among them, %s%s%s%s.",
        count_phrase(builder, finding_devices(finding), "device", "devices"), rows,
        first->finding.host, joinable->what, issuer != NULL ? " (issuer \"" : "",
        issuer != NULL ? issuer : "", issuer != NULL ? "\")" : "");
    finding->explanation =
        arena_format(arena,
                     "All of them fail alike for the same devices, which is one cause on the way. "
                     "What was seen of %s: %s",
                     first->finding.host, first->finding.explanation);
    finding->remedy = joinable->remedy;
}

static void join_from(struct builder *builder, struct draft *first)
{
    const char *key =
        arena_format(&builder->diagnosis->arena, "%s %s", SCOPE, first->key); /* one of a kind */
    struct draft *whole = builder_draft(builder, key, first->finding.kind, first->finding.severity,
                                        CATALOG_NO_SERVICE, -1);
    size_t rows = 0;
    details_copy(builder, whole, first);
    whole->finding.confidence = first->finding.confidence;
    whole->finding.culprit = first->finding.culprit;
    for (struct draft *draft = first, *next; draft != NULL; draft = next) {
        next = draft->next;
        if (draft == whole || (draft != first && !is_alike(first, draft)))
            continue;
        draft_join(builder, whole, draft);
        if (draft->finding.severity > whole->finding.severity)
            whole->finding.severity = draft->finding.severity;
        draft_confidence(whole, draft->finding.confidence);
        rows++;
        if (draft != first)
            builder_take_back(builder, draft);
    }
    whole_describe(builder, whole, first, rows);
    builder_take_back(builder, first);
}

bool rule_common_causes(struct builder *builder)
{
    for (struct draft *draft = builder->first, *next; draft != NULL; draft = next) {
        next = draft->next;
        if (!is_one_of_many(draft))
            continue;
        join_from(builder, draft);
        next = builder->first; /* those behind it may be gone */
    }
    return true;
}
