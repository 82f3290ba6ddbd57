/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a diagnosis: sources, the ledger, the rules, then what is derived
 * from them: coverage, devices, conditions, and last the verdict.
 */
#include "diagnosis/diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "diagnosis/coverage.h"
#include "diagnosis/device_list.h"
#include "diagnosis/doubts.h"
#include "diagnosis/hidden_layers.h"
#include "diagnosis/ladder.h"
#include "diagnosis/name_results.h"
#include "diagnosis/networks.h"
#include "diagnosis/outages.h"
#include "diagnosis/path.h"
#include "diagnosis/prescription.h"
#include "diagnosis/proofs.h"
#include "diagnosis/quality.h"
#include "diagnosis/rules.h"
#include "diagnosis/selection.h"
#include "diagnosis/stories.h"
#include "diagnosis/timeline.h"

#define SOURCE_LIMIT 65536u

struct source_walk {
    struct diagnosis *diagnosis;
    size_t capacity;
};

static bool take_source(void *owner, const struct fact *fact)
{
    struct source_walk *walk = owner;
    struct diagnosis *diagnosis = walk->diagnosis;
    if (diagnosis->source_count == walk->capacity) {
        size_t capacity = walk->capacity == 0 ? 16 : walk->capacity * 2;
        if (capacity > SOURCE_LIMIT)
            return false;
        struct fact_source *sources = arena_allocate(&diagnosis->arena, capacity * sizeof *sources);
        if (sources == NULL)
            return false;
        if (diagnosis->source_count > 0)
            memcpy(sources, diagnosis->sources, diagnosis->source_count * sizeof *sources);
        diagnosis->sources = sources;
        walk->capacity = capacity;
    }
    struct fact_source *source = &diagnosis->sources[diagnosis->source_count++];
    *source = fact->as.source;
    source->name = arena_copy(&diagnosis->arena, source->name != NULL ? source->name : "?");
    source->link_type =
        arena_copy(&diagnosis->arena, source->link_type != NULL ? source->link_type : "?");
    source->path = arena_copy(&diagnosis->arena, source->path);
    source->content = arena_copy(&diagnosis->arena, source->content);
    source->interfaces = arena_copy(&diagnosis->arena, source->interfaces);
    source->comment = arena_copy(&diagnosis->arena, source->comment);
    return true;
}

static const char *name_without_folders(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : name;
}

/* A report is passed on: it shows sources without their folders, unless two would
 * then look alike. */
static void sources_shorten(struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->source_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(name_without_folders(diagnosis->sources[i].name),
                       name_without_folders(diagnosis->sources[j].name)) == 0)
                return;
    for (size_t i = 0; i < diagnosis->source_count; i++)
        diagnosis->sources[i].name = name_without_folders(diagnosis->sources[i].name);
}

static bool has_serious_condition(const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->condition_count; i++)
        if (diagnosis->conditions[i].serious)
            return true;
    return false;
}

static void verdict_from_findings(struct diagnosis *diagnosis, bool blocked)
{
    const struct finding *worst = &diagnosis->findings[0];
    struct arena *arena = &diagnosis->arena;
    const char *what = worst->category == NULL && strncmp(worst->kind, "dns-", 4) == 0
                           ? "DNS"
                           : category_phrase(worst->category);
    const char *devices = arena_format(arena, "%zu device%s", finding_devices(worst),
                                       finding_devices(worst) == 1 ? "" : "s");
    /* No verb agrees with `what`: some phrases are of one thing, some of many. */
    diagnosis->verdict_sentence =
        blocked ? arena_format(arena, "%s cannot use %s as %s must.", devices, what,
                               finding_devices(worst) == 1 ? "it" : "they")
                : arena_format(arena, "Something hinders %s for %s, though it stops nothing.", what,
                               devices);
}

static void verdict_fill(const struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    const struct ledger *ledger = builder->ledger;
    if (diagnosis_count(diagnosis, SEVERITY_CRITICAL) > 0) {
        diagnosis->verdict = VERDICT_BLOCKED;
        verdict_from_findings(diagnosis, true);
    } else if (diagnosis_count(diagnosis, SEVERITY_WARNING) > 0) {
        diagnosis->verdict = VERDICT_IMPAIRED;
        verdict_from_findings(diagnosis, false);
    } else if (!selection_was_answered(builder)) {
        diagnosis->verdict = VERDICT_INCONCLUSIVE;
        diagnosis->verdict_sentence =
            !selection_is_whole(&diagnosis->selection)
                ? "Nothing of what was asked for (device, time, category) proves anything here."
            : ledger->apple_flows == 0 ? "No connection to Apple's services is in this capture."
                                       : "No answered connection to Apple's services is in this "
                                         "capture, and what is there "
                                         "proves no fault.";
    } else if (has_serious_condition(diagnosis)) {
        diagnosis->verdict = VERDICT_INCONCLUSIVE;
        diagnosis->verdict_sentence =
            "Nothing wrong was seen, but the capture's own defects forbid a judgement.";
    } else if (builder->unproven_silences > 0) {
        diagnosis->verdict = VERDICT_INCONCLUSIVE;
        diagnosis->verdict_sentence =
            "Some connections to Apple's services got no answer, from an address that nothing in "
            "this capture reaches: blocked, or its other direction is not in the capture.";
    } else if (builder->unexplained_handshakes > 0) {
        diagnosis->verdict = VERDICT_INCONCLUSIVE;
        diagnosis->verdict_sentence = "Connections to Apple's services open, but some of their TLS "
                                      "handshakes never succeed, and the packets do not say why.";
    } else {
        diagnosis->verdict = VERDICT_HEALTHY;
        diagnosis->verdict_sentence =
            "The connections to Apple's services that were seen work; none"
            " failed in a way that this version can see.";
    }
}

static bool diagnose_with(struct builder *builder, const struct diagnosis_settings *settings,
                          struct problem *problem)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    struct ledger *ledger = builder->ledger;
    struct source_walk sources = {.diagnosis = diagnosis};
    if (!facts_read(ledger->store, FACT_SOURCE, NULL, take_source, &sources, problem))
        return false;
    sources_shorten(diagnosis);
    timeline_begin(diagnosis, ledger);
    if (!ledger_load(ledger, problem))
        return false;
    diagnosis->totals = ledger->totals;
    if (!hidden_layers_fill(builder))
        return false;
    /* What the report calls "about Apple" is what has a row in this catalogue, or
     * lies in Apple's networks: what was stored as such. */
    if (!rules_run(builder) || !device_list_fill(builder))
        return false;
    outages_conclude(builder);
    builder_finish(builder);
    timeline_finish(diagnosis);
    doubts_fill(diagnosis);
    prescriptions_fill(diagnosis);
    path_fill(builder);
    if (!ladders_fill(builder) || !stories_fill(builder))
        return false;
    coverage_fill(builder);
    if (!quality_conditions(builder))
        return false;
    hidden_layers_conditions(builder);
    selection_apply(builder, settings->category);
    verdict_fill(builder);
    return !settings->proofs || proofs_gather(builder);
}

struct diagnosis *diagnose(struct store *store, const struct diagnosis_settings *settings,
                           struct problem *problem)
{
    struct diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
    bool ok = diagnosis != NULL;
    if (ok) {
        struct networks networks = {.catalog = settings->catalog, .places = settings->places};
        struct ledger ledger = {.store = store,
                                .catalog = settings->catalog,
                                .networks = &networks,
                                .selection = settings->selection,
                                .arena = &diagnosis->arena};
        struct builder builder = {.diagnosis = diagnosis,
                                  .ledger = &ledger,
                                  .problem = problem,
                                  .trust = settings->trust};
        struct results names = {.builder = &builder};
        builder.names = &names;
        ok = networks_load(&networks, store, problem);
        if (ok) {
            name_results_begin(&names);
            ledger.threads = names.in_thread;
            ok = diagnose_with(&builder, settings, problem);
        }
        name_results_release(&names);
        ledger_release(&ledger);
        networks_release(&networks);
    }
    if (ok && !diagnosis->arena.failed)
        return diagnosis;
    problem_set(problem, "memory is out; limit the report with --since, --until or --device");
    diagnosis_release(diagnosis);
    return NULL;
}

void diagnosis_release(struct diagnosis *diagnosis)
{
    if (diagnosis == NULL)
        return;
    arena_release(&diagnosis->arena);
    free(diagnosis);
}
