/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which finding of one side is which of the other, and what became of those that have
 * none?  They are matched by cause, never by identity: kind and row first of all, then
 * how, then who is to blame, as far as both tell.
 */
#include <stdlib.h>
#include <string.h>

#include "diagnosis/comparison_private.h"
#include "diagnosis/proofs.h"

static const char *const not_seen = "That it is not seen on one side proves nothing.";

static bool same_text(const char *left, const char *right)
{
    return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

static bool same_cause(const struct finding *left, const struct finding *right)
{
    return strcmp(left->kind, right->kind) == 0 && same_text(left->host, right->host) &&
           left->port == right->port && left->transport == right->transport;
}

static bool same_role(const struct finding *left, const struct finding *right)
{
    if (left->culprit == NULL || right->culprit == NULL)
        return left->culprit == right->culprit;
    return left->culprit->role == right->culprit->role;
}

static bool same_culprit(const struct finding *left, const struct finding *right)
{
    if (!same_role(left, right))
        return false;
    if (left->culprit == NULL)
        return true;
    return left->culprit->has_address == right->culprit->has_address &&
           (!left->culprit->has_address ||
            address_equal(&left->culprit->address, &right->culprit->address));
}

static bool share_a_name(const struct finding *left, const struct finding *right)
{
    for (size_t i = 0; i < left->name_count; i++)
        for (size_t j = 0; j < right->name_count; j++)
            if (strcmp(left->names[i], right->names[j]) == 0)
                return true;
    return left->name_count == 0 || right->name_count == 0;
}

/* How much they have in common: 0 is nothing, the same cause is 1 at least. */
static int likeness(const struct finding *left, const struct finding *right)
{
    if (!same_cause(left, right))
        return 0;
    /* What has no row is one cause per culprit: a resolver, a proxy. */
    if (left->host == NULL && !same_culprit(left, right))
        return 0;
    return 1 + 2 * share_a_name(left, right) + 4 * same_role(left, right) +
           8 * same_culprit(left, right);
}

/* Does the device suffer, on that side, from anything at the row of the finding? */
static bool still_suffers(const struct diagnosis *side, const struct device *device,
                          const struct finding *finding)
{
    for (size_t i = 0; i < side->finding_count; i++) {
        const struct finding *other = &side->findings[i];
        bool same_row = finding->host != NULL && same_text(other->host, finding->host) &&
                        (other->port <= 0 || finding->port <= 0 || other->port == finding->port);
        bool same_kind =
            strcmp(other->kind, finding->kind) == 0 && same_text(other->host, finding->host);
        if (finding_counts(other) && (same_row || same_kind) && finding_affects(other, device))
            return true;
    }
    return false;
}

bool device_works(const struct diagnosis *side, const struct device *device,
                  const struct finding *finding)
{
    if (finding->host == NULL || still_suffers(side, device, finding))
        return false;
    if (proofs_reached(side->proofs, &device->address, finding))
        return true;
    for (size_t i = 0; i < device->address_count; i++)
        if (proofs_reached(side->proofs, &device->addresses[i], finding))
            return true;
    return false;
}

/* A finding of one side, held against the other. */
struct direction {
    const struct diagnosis *own;
    const struct diagnosis *other;
    const struct device *const *twins; /* of the own devices, on the other side */
    const char *when; /* the other side is: "afterwards", "before" */
    enum change proven; /* what it is when it works on the other side */
    enum change partly; /* ... for some */
};

/* Of the finding's devices: how many are there on the other side, and for how many of them
 * is it seen to work? */
struct seen {
    size_t there;
    size_t works;
};

static struct seen devices_seen(const struct direction *direction, const struct finding *finding)
{
    struct seen seen = {0, 0};
    for (size_t i = 0; i < direction->own->device_count; i++) {
        const struct device *same = direction->twins[i];
        if (same == NULL || !finding_affects(finding, &direction->own->devices[i]))
            continue;
        seen.there++;
        seen.works += device_works(direction->other, same, finding);
    }
    return seen;
}

static size_t others_that_work(const struct diagnosis *other, const struct finding *finding)
{
    size_t count = 0;
    for (size_t i = 0; i < other->device_count; i++)
        count += device_works(other, &other->devices[i], finding);
    return count;
}

static bool is_of_a_resolver(const struct finding *finding)
{
    return strncmp(finding->kind, "dns-", 4) == 0 ||
           (strcmp(finding->kind, "cname-squashed") == 0 &&
            (finding->culprit == NULL || finding->culprit->role != CULPRIT_PROXY));
}

static bool is_named(const struct diagnosis *side, const char *name)
{
    for (size_t i = 0; i < side->finding_count; i++)
        for (size_t j = 0; j < side->findings[i].name_count; j++)
            if (is_of_a_resolver(&side->findings[i]) &&
                strcmp(side->findings[i].names[j], name) == 0)
                return true;
    return false;
}

/* How many of the finding's names are answered on that side, and blamed on no resolver? */
static size_t names_answered(const struct diagnosis *side, const struct finding *finding)
{
    size_t count = 0;
    for (size_t i = 0; i < finding->name_count; i++)
        count +=
            proofs_answered(side->proofs, finding->names[i]) && !is_named(side, finding->names[i]);
    return count;
}

static enum change judge_resolver(struct arena *arena, const struct direction *direction,
                                  const struct finding *finding, const char **reason)
{
    bool known = finding->culprit != NULL && finding->culprit->has_address;
    bool answers = known && proofs_resolver(direction->other->proofs, &finding->culprit->address);
    *reason = arena_format(arena, "%s that resolver are seen %s.",
                           answers ? "Answers of" : "No answers of", direction->when);
    return answers ? direction->proven : CHANGE_NOT_COMPARABLE;
}

static enum change judge_names(struct arena *arena, const struct direction *direction,
                               const struct finding *finding, const char **reason)
{
    size_t answered = names_answered(direction->other, finding);
    if (answered == 0) {
        *reason = arena_format(arena, "No good answer to its names is seen %s.", direction->when);
        return CHANGE_NOT_COMPARABLE;
    }
    if (answered < finding->name_count) {
        *reason = arena_format(arena, "Good answers to %zu of %zu names are seen %s.", answered,
                               finding->name_count, direction->when);
        return direction->partly;
    }
    *reason = arena_format(arena, "Good answers to %s are seen %s.",
                           answered == 1 ? "the name" : "all of the names", direction->when);
    return direction->proven;
}

/* None of the devices is on the other side: it is another network, or another day. */
static enum change judge_others(struct arena *arena, const struct direction *direction,
                                const struct finding *finding, const char **reason)
{
    size_t others = others_that_work(direction->other, finding);
    if (others == 0) {
        *reason = arena_format(arena, "Not contacted %s.", direction->when);
        return CHANGE_NOT_COMPARABLE;
    }
    *reason = arena_format(arena, "Reached %s by %zu other device%s; its own are not there.",
                           direction->when, others, others == 1 ? "" : "s");
    return direction->proven;
}

static enum change judge_devices(struct arena *arena, const struct direction *direction,
                                 const struct finding *finding, const char **reason)
{
    struct seen seen = devices_seen(direction, finding);
    size_t affected = finding_devices(finding);
    if (seen.there == 0)
        return judge_others(arena, direction, finding, reason);
    if (seen.works == 0) {
        *reason =
            arena_format(arena, "Not contacted with success by its devices %s.", direction->when);
        return CHANGE_NOT_COMPARABLE;
    }
    *reason = affected == 1 ? arena_format(arena, "Reached by its device %s.", direction->when)
                            : arena_format(arena, "Reached by %zu of its %zu devices %s.",
                                           seen.works, affected, direction->when);
    /* Devices that are not there cannot speak against it. */
    return seen.works == seen.there ? direction->proven : direction->partly;
}

/* A note on a capture that another capture does not deserve: nothing of the network. */
static enum change judge_note(const struct direction *direction, const struct finding *finding,
                              const char **reason)
{
    bool capture = strncmp(finding->kind, "capture-", 8) == 0;
    if (capture && direction->other->totals.flows > 0) {
        *reason = "This is about the captures, not about the network.";
        return direction->proven;
    }
    *reason = not_seen;
    return CHANGE_NOT_COMPARABLE;
}

static enum change judge_alone(struct arena *arena, const struct direction *direction,
                               const struct finding *finding, const char **reason)
{
    if (!finding_counts(finding))
        return judge_note(direction, finding, reason);
    if (strcmp(finding->kind, "idle-timeout") == 0) {
        *reason = "Only a capture of hours would show that idle connections stay.";
        return CHANGE_NOT_COMPARABLE;
    }
    if (strcmp(finding->kind, "dns-unanswered") == 0)
        return judge_resolver(arena, direction, finding, reason);
    if (is_of_a_resolver(finding))
        return judge_names(arena, direction, finding, reason);
    if (finding->host != NULL)
        return judge_devices(arena, direction, finding, reason);
    *reason = not_seen;
    return CHANGE_NOT_COMPARABLE;
}

static const char *severity_phrase(enum severity severity)
{
    return severity == SEVERITY_CRITICAL  ? "critical"
           : severity == SEVERITY_WARNING ? "a warning"
                                          : "a note";
}

static enum change judge_pair(struct comparison *comparison, const struct finding *before,
                              const struct finding *after, const char **reason)
{
    if (after->severity != before->severity) {
        *reason = arena_format(&comparison->arena, "It was %s, and is %s.",
                               severity_phrase(before->severity), severity_phrase(after->severity));
        return after->severity > before->severity ? CHANGE_WORSE : CHANGE_BETTER;
    }
    size_t mended = 0, broken = 0;
    for (size_t i = 0; i < comparison->before->device_count; i++) {
        const struct device *device = &comparison->before->devices[i];
        const struct device *same = comparison->twins_after[i];
        if (same == NULL)
            continue;
        bool was = finding_affects(before, device), is = finding_affects(after, same);
        mended += was && !is && device_works(comparison->after, same, after);
        broken += !was && is && device_works(comparison->before, device, before);
    }
    *reason = mended + broken == 0
                  ? NULL
                  : arena_format(&comparison->arena,
                                 "It works now for %zu of the devices that it did not work for, "
                                 "and no more for %zu.",
                                 mended, broken);
    return broken > 0 ? CHANGE_WORSE : mended > 0 ? CHANGE_BETTER : CHANGE_SAME;
}

static void add_change(struct comparison *comparison, const struct finding *before,
                       const struct finding *after)
{
    struct finding_change *change = &comparison->findings[comparison->finding_count++];
    struct arena *arena = &comparison->arena;
    change->before = before;
    change->after = after;
    if (before != NULL && after != NULL) {
        change->change = judge_pair(comparison, before, after, &change->reason);
        return;
    }
    struct direction forth = {comparison->before, comparison->after, comparison->twins_after,
                              "afterwards",       CHANGE_MENDED,     CHANGE_BETTER};
    struct direction back = {comparison->after, comparison->before, comparison->twins_before,
                             "before",          CHANGE_NEW,         CHANGE_NEW};
    change->change = before != NULL ? judge_alone(arena, &forth, before, &change->reason)
                                    : judge_alone(arena, &back, after, &change->reason);
}

/* The likest pair first, so that what is the same finds each other. */
static void match_pairs(const struct comparison *comparison, size_t *partner, bool *taken)
{
    const struct diagnosis *before = comparison->before;
    const struct diagnosis *after = comparison->after;
    for (int wanted = 15; wanted > 0; wanted--)
        for (size_t i = 0; i < before->finding_count; i++)
            for (size_t j = 0; j < after->finding_count && partner[i] == SIZE_MAX; j++)
                if (!taken[j] && likeness(&before->findings[i], &after->findings[j]) == wanted) {
                    partner[i] = j;
                    taken[j] = true;
                }
}

static int rank(const struct finding_change *change)
{
    static const int ranks[CHANGE_COUNT] = {
        [CHANGE_NEW] = 0,    [CHANGE_WORSE] = 1,          [CHANGE_MENDED] = 2,
        [CHANGE_BETTER] = 3, [CHANGE_NOT_COMPARABLE] = 4, [CHANGE_SAME] = 5};
    return ranks[change->change];
}

static const struct finding *latest(const struct finding_change *change)
{
    return change->after != NULL ? change->after : change->before;
}

static int compare_changes(const void *left, const void *right)
{
    const struct finding_change *one = left;
    const struct finding_change *two = right;
    if (rank(one) != rank(two))
        return rank(one) - rank(two);
    if (latest(one)->severity != latest(two)->severity)
        return latest(one)->severity > latest(two)->severity ? -1 : 1;
    return (one->before == NULL) != (two->before == NULL)
               ? (one->before == NULL) - (two->before == NULL)
           : latest(one) < latest(two) ? -1
                                       : latest(one) > latest(two);
}

void comparison_match_findings(struct comparison *comparison)
{
    const struct diagnosis *before = comparison->before;
    const struct diagnosis *after = comparison->after;
    size_t count = before->finding_count + after->finding_count;
    struct arena *arena = &comparison->arena;
    size_t *partner = arena_allocate(arena, (before->finding_count + 1) * sizeof *partner);
    bool *taken = arena_allocate(arena, (after->finding_count + 1) * sizeof *taken);
    comparison->findings = arena_allocate(arena, (count + 1) * sizeof *comparison->findings);
    if (partner == NULL || taken == NULL || comparison->findings == NULL)
        return;
    for (size_t i = 0; i < before->finding_count; i++)
        partner[i] = SIZE_MAX;
    match_pairs(comparison, partner, taken);
    for (size_t i = 0; i < before->finding_count; i++)
        add_change(comparison, &before->findings[i],
                   partner[i] == SIZE_MAX ? NULL : &after->findings[partner[i]]);
    for (size_t i = 0; i < after->finding_count; i++)
        if (!taken[i])
            add_change(comparison, NULL, &after->findings[i]);
    qsort(comparison->findings, comparison->finding_count, sizeof *comparison->findings,
          compare_changes);
}
