/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left of a diagnosis when only a part was asked for?  The ledger reads what
 * overlaps the time, so that no connection is judged by half; here the times that are
 * told are cut, and findings, rows and devices of other categories are left out.
 */
#include "diagnosis/selection.h"

#include <string.h>

static int64_t within(const struct selection *selection, int64_t time)
{
    if (time == TIMESTAMP_NONE)
        return time;
    if (selection->has_since && time < selection->since)
        return selection->since;
    if (selection->has_until && time > selection->until)
        return selection->until;
    return time;
}

static bool is_outside(const struct selection *selection, const struct period *period)
{
    return (selection->has_since && period->last < selection->since) ||
           (selection->has_until && period->first > selection->until);
}

static void cut_times(const struct selection *selection, struct finding *finding)
{
    size_t kept = 0;
    finding->first_seen = within(selection, finding->first_seen);
    finding->last_seen = within(selection, finding->last_seen);
    for (size_t i = 0; i < finding->period_count; i++) {
        struct period period = finding->periods[i];
        if (is_outside(selection, &period))
            continue;
        period.first = within(selection, period.first);
        period.last = within(selection, period.last);
        finding->periods[kept++] = period;
    }
    finding->period_count = kept;
}

/* Packets of the time; all, where none of it was kept. */
static void cut_evidence(const struct selection *selection, struct finding *finding)
{
    size_t kept = 0;
    for (size_t i = 0; i < finding->evidence_count; i++)
        if (within(selection, finding->evidence[i].time) == finding->evidence[i].time)
            finding->evidence[kept++] = finding->evidence[i];
    if (kept > 0)
        finding->evidence_count = kept;
}

static void cut_marks(const struct selection *selection, struct story_mark *marks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        marks[i].tried_time = within(selection, marks[i].tried_time);
        marks[i].reached_time = within(selection, marks[i].reached_time);
    }
}

static void cut_stories(struct diagnosis *diagnosis, struct device *device)
{
    if (device->story != NULL) {
        struct story *story = arena_allocate(&diagnosis->arena, sizeof *story);
        if (story == NULL)
            return;
        *story = *device->story;
        cut_marks(&diagnosis->selection, story->steps, STORY_STEP_COUNT);
        device->story = story;
    }
    if (device->push != NULL) {
        struct push_story *push = arena_allocate(&diagnosis->arena, sizeof *push);
        if (push == NULL)
            return;
        *push = *device->push;
        cut_marks(&diagnosis->selection, push->ways, PUSH_WAY_COUNT);
        device->push = push;
    }
}

static void limit_to_time(struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        cut_times(&diagnosis->selection, &diagnosis->findings[i]);
        cut_evidence(&diagnosis->selection, &diagnosis->findings[i]);
    }
    for (size_t i = 0; i < diagnosis->device_count; i++)
        cut_stories(diagnosis, &diagnosis->devices[i]);
}

static bool row_names(const struct coverage *row, const char *identity)
{
    for (size_t i = 0; i < row->finding_count; i++)
        if (strcmp(row->findings[i], identity) == 0)
            return true;
    return false;
}

/* Of the category, touching a row of it, or (a resolver, the capture) about all of them. */
static bool finding_belongs(const struct diagnosis *diagnosis, const struct finding *finding,
                            const char *category)
{
    bool named = false;
    if (finding->category != NULL && strcmp(finding->category, category) == 0)
        return true;
    for (size_t i = 0; i < diagnosis->coverage_count; i++) {
        const struct coverage *row = &diagnosis->coverage[i];
        if (!row_names(row, finding->id))
            continue;
        if (strcmp(row->category, category) == 0)
            return true;
        named = true;
    }
    return finding->category == NULL && !named;
}

static bool is_kept(const struct diagnosis *diagnosis, const char *identity)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (strcmp(diagnosis->findings[i].id, identity) == 0)
            return true;
    return false;
}

static bool finding_has_device(const struct finding *finding, const struct device *device)
{
    for (size_t i = 0; i < finding->device_count; i++)
        for (size_t j = 0; j < device->address_count; j++)
            if (address_equal(&finding->devices[i], &device->addresses[j]))
                return true;
    return false;
}

/* Connections are summed up under one row each, though several may cover them: is a row
 * of the category among those that cover what this row stands for? */
static bool row_meets_category(const struct ledger *ledger, size_t index, const char *category)
{
    const struct service *service = catalog_service(ledger->catalog, index);
    bool network = service->kind == PATTERN_NETWORK;
    /* A name that the wildcard covers: "x.push.apple.com". */
    const char *name = service->kind != PATTERN_WILDCARD
                           ? service->host
                           : arena_format(ledger->arena, "x%s", service->host + 1);
    struct catalog_match match;
    if (strcmp(service->category, category) == 0)
        return true;
    if (name == NULL)
        return false;
    catalog_match(ledger->catalog, network ? NULL : name,
                  network ? &service->network.address : NULL, service->port, service->transport,
                  &match);
    for (size_t i = 0; i < match.count; i++)
        if (strcmp(catalog_service(ledger->catalog, match.services[i])->category, category) == 0)
            return true;
    for (size_t row = 0; row < catalog_count(ledger->catalog); row++) {
        const struct service *other = catalog_service(ledger->catalog, row);
        if (other->within == index && ledger->row_attempts[row] > 0 &&
            strcmp(other->category, category) == 0)
            return true;
    }
    return false;
}

/* Per row of the catalogue: does it meet the category? NULL when memory is out. */
static const bool *rows_of_category(const struct ledger *ledger, const char *category)
{
    size_t count = catalog_count(ledger->catalog);
    bool *rows = arena_allocate(ledger->arena, (count + 1) * sizeof *rows);
    for (size_t i = 0; rows != NULL && i < count; i++)
        rows[i] = row_meets_category(ledger, i, category);
    return rows;
}

static bool device_tried(const struct ledger *ledger, const struct device *device, const bool *rows)
{
    for (size_t row = 0; rows != NULL && row < catalog_count(ledger->catalog); row++)
        for (size_t i = 0; rows[row] && i < device->address_count; i++)
            if (ledger_find(ledger, &device->addresses[i], NULL, row) != NULL)
                return true;
    return false;
}

static bool device_belongs(const struct builder *builder, const struct device *device,
                           const bool *rows)
{
    const struct diagnosis *diagnosis = builder->diagnosis;
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (finding_has_device(&diagnosis->findings[i], device))
            return true;
    return device_tried(builder->ledger, device, rows);
}

/* A story is told whole; what is blamed for its lack must be in the report. */
static const struct story *story_of_kept(struct builder *builder, const struct story *story)
{
    struct story *told = arena_allocate(&builder->diagnosis->arena, sizeof *told);
    if (told == NULL)
        return story;
    *told = *story;
    told->first_missing = STORY_STEP_COUNT;
    for (int step = STORY_STEP_COUNT - 1; step >= 0; step--) {
        struct story_mark *mark = &told->steps[step];
        size_t kept = 0;
        for (size_t i = 0; i < mark->finding_count; i++)
            if (is_kept(builder->diagnosis, mark->findings[i]))
                mark->findings[kept++] = mark->findings[i];
        mark->finding_count = kept;
        if (mark->state == STORY_TRIED && kept > 0)
            told->first_missing = (enum story_step)step;
    }
    return told;
}

static void limit_coverage(struct diagnosis *diagnosis, const char *category)
{
    size_t kept = 0;
    for (size_t i = 0; i < diagnosis->coverage_count; i++)
        if (strcmp(diagnosis->coverage[i].category, category) == 0)
            diagnosis->coverage[kept++] = diagnosis->coverage[i];
    diagnosis->coverage_count = kept;
}

static void limit_timeline(struct timeline *timeline, const char *category)
{
    size_t kept = 0;
    for (size_t i = 0; i < timeline->row_count; i++)
        if (strcmp(timeline->rows[i].category, category) == 0)
            timeline->rows[kept++] = timeline->rows[i];
    timeline->row_count = kept;
}

static void limit_path(struct diagnosis *diagnosis)
{
    for (int place = 0; place < PATH_PLACE_COUNT; place++) {
        struct path_node *node = &diagnosis->path[place];
        size_t kept = 0;
        node->worst = SEVERITY_NOTE;
        for (size_t i = 0; i < node->finding_count; i++)
            for (size_t j = 0; j < diagnosis->finding_count; j++) {
                const struct finding *finding = &diagnosis->findings[j];
                if (strcmp(finding->id, node->findings[i]) != 0)
                    continue;
                node->findings[kept++] = finding->id;
                node->worst = finding->severity > node->worst ? finding->severity : node->worst;
                break;
            }
        node->finding_count = kept;
    }
}

static void limit_to_category(struct builder *builder, const char *category)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    size_t kept = 0;
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (finding_belongs(diagnosis, &diagnosis->findings[i], category))
            diagnosis->findings[kept++] = diagnosis->findings[i];
    diagnosis->finding_count = kept;
    limit_coverage(diagnosis, category);
    limit_timeline(&diagnosis->timeline, category);
    limit_path(diagnosis);
    const bool *rows = rows_of_category(builder->ledger, category);
    kept = 0;
    for (size_t i = 0; i < diagnosis->device_count; i++) {
        struct device *device = &diagnosis->devices[i];
        if (!device_belongs(builder, device, rows))
            continue;
        if (device->story != NULL)
            device->story = story_of_kept(builder, device->story);
        diagnosis->devices[kept++] = *device;
    }
    diagnosis->device_count = kept;
}

void selection_apply(struct builder *builder, const char *category)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    const struct fact_selection *facts = builder->ledger->selection;
    struct selection *selection = &diagnosis->selection;
    if (facts != NULL) {
        selection->since = facts->since;
        selection->until = facts->until;
        selection->has_since = facts->since != TIMESTAMP_NONE;
        selection->has_until = facts->until != TIMESTAMP_NONE;
        selection->has_device = facts->device != NULL;
        if (facts->device != NULL)
            selection->device = *facts->device;
    }
    selection->category = category != NULL ? arena_copy(&diagnosis->arena, category) : NULL;
    if (selection->has_since || selection->has_until)
        limit_to_time(diagnosis);
    if (selection->category != NULL)
        limit_to_category(builder, selection->category);
}

bool selection_was_answered(const struct builder *builder)
{
    const struct diagnosis *diagnosis = builder->diagnosis;
    if (diagnosis->selection.category == NULL)
        return builder->ledger->answered_flows > 0;
    for (size_t i = 0; i < diagnosis->coverage_count; i++)
        if (diagnosis->coverage[i].successes > 0)
            return true;
    return false;
}
