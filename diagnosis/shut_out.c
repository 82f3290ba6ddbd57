/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several rows that fail alike for devices that reach nothing of Apple's have one cause: a
 * rule about Apple's networks or names, which the connections to others are the proof of.
 */
#include "diagnosis/shut_out.h"

#include <string.h>

#include "diagnosis/devices.h"

#define ROWS_NEEDED 3 /* of Apple's list, that fail for one device */

const char shut_out_scope[] = "all-of-apple";

bool client_is_never_let_in(const struct ledger *ledger, const struct address *client)
{
    size_t count;
    const struct fact_host *host = ledger_host(ledger, client);
    const struct mac_owner *same = devices_same(ledger, client, &count);
    const struct tally *any = ledger_find(ledger, client, NULL, ROW_ANY);
    bool reached = any != NULL && any->counts[ATTEMPT_SUCCESS] + any->counts[ATTEMPT_TORN_DOWN] > 0;
    for (size_t i = 0; i < count && !reached; i++) {
        any = ledger_find(ledger, &same[i].address, NULL, ROW_ANY);
        reached = any != NULL && any->counts[ATTEMPT_SUCCESS] + any->counts[ATTEMPT_TORN_DOWN] > 0;
    }
    return !reached && host != NULL && host->other_tcp_answered > 0;
}

static const char *how_of(const struct draft *draft)
{
    return draft->finding.details[0].text;
}

static bool is_candidate(const struct draft *draft)
{
    return draft->shut_out && strcmp(draft->finding.kind, "port-blocked") == 0 &&
           draft->row != CATALOG_NO_SERVICE && draft->finding.detail_count > 0 &&
           how_of(draft) != NULL;
}

static bool same_sender(const struct culprit *one, const struct culprit *two)
{
    bool first = one != NULL && one->has_address;
    bool second = two != NULL && two->has_address;
    return first == second && (!first || address_equal(&one->address, &two->address));
}

static bool is_alike(const struct draft *one, const struct draft *two)
{
    return strcmp(how_of(one), how_of(two)) == 0 &&
           same_sender(one->finding.culprit, two->finding.culprit) &&
           (one->finding.period_count > 0) == (two->finding.period_count > 0);
}

static bool is_alike_candidate(const struct draft *one, const struct draft *two)
{
    return is_candidate(two) && is_alike(one, two);
}

/* Is the draft, with those alike behind it, one cause? */
static bool is_whole(const struct draft *draft)
{
    return draft_fails_widely(draft, ROWS_NEEDED, is_alike_candidate);
}

static void join_from(struct builder *builder, struct draft *first)
{
    char sender[ADDRESS_TEXT_SIZE] = "";
    const struct culprit *culprit = first->finding.culprit;
    if (culprit != NULL && culprit->has_address)
        address_print(&culprit->address, sender);
    const char *key = arena_format(&builder->diagnosis->arena, "%s %s %s %d", shut_out_scope,
                                   how_of(first), sender, first->finding.period_count > 0);
    struct draft *whole =
        builder_draft(builder, key, "port-blocked", SEVERITY_CRITICAL, CATALOG_NO_SERVICE, -1);
    draft_detail_text(builder, whole, "how", how_of(first));
    draft_detail_text(builder, whole, "scope", shut_out_scope);
    double rows = 0;
    for (struct draft *draft = first, *next; draft != NULL; draft = next) {
        next = draft->next;
        if (draft == whole || !is_candidate(draft) || (draft != first && !is_alike(first, draft)))
            continue;
        draft_join(builder, whole, draft);
        rows++;
        if (draft != first)
            builder_take_back(builder, draft);
    }
    draft_detail_number(whole, "rows", rows);
    if (culprit != NULL)
        draft_culprit(builder, whole, culprit->has_address ? culprit->role : CULPRIT_FIREWALL,
                      culprit->has_address ? &culprit->address : NULL, culprit->hops);
    builder_take_back(builder, first);
}

void shut_out_join(struct builder *builder)
{
    for (struct draft *draft = builder->first, *next; draft != NULL; draft = next) {
        next = draft->next;
        if (!is_candidate(draft) || !is_whole(draft))
            continue;
        join_from(builder, draft);
        next = builder->first; /* those behind it may be gone */
    }
}
