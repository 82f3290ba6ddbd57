/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry per catalogue row: how often it was tried and reached, and which
 * findings speak of it.  "Unseen" is not "ok", and never "failing": only a finding
 * makes a row fail.
 */
#include "diagnosis/coverage.h"

/* Drafts stand in the order of the report by now, and name a row once at most. */
static void coverage_add_findings(struct builder *builder)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct coverage *coverage = builder->diagnosis->coverage;
    for (const struct draft *draft = builder->first; draft != NULL; draft = draft->next)
        for (size_t i = 0; i < draft->row_count; i++)
            coverage[draft->rows[i]].finding_count++;
    for (size_t i = 0; i < catalog_count(builder->ledger->catalog); i++) {
        coverage[i].findings =
            arena_allocate(arena, (coverage[i].finding_count + 1) * sizeof *coverage[i].findings);
        coverage[i].finding_count = 0;
    }
    for (const struct draft *draft = builder->first; draft != NULL; draft = draft->next)
        for (size_t i = 0; i < draft->row_count; i++) {
            struct coverage *row = &coverage[draft->rows[i]];
            if (row->findings != NULL)
                row->findings[row->finding_count++] = draft->finding.id;
        }
}

static enum coverage_status coverage_status_of(const struct coverage *row)
{
    if (row->finding_count > 0)
        return row->successes > 0 ? COVERAGE_PARTIAL : COVERAGE_FAILING;
    return row->successes > 0 ? COVERAGE_OK : COVERAGE_UNSEEN;
}

void coverage_fill(struct builder *builder)
{
    const struct ledger *ledger = builder->ledger;
    struct diagnosis *diagnosis = builder->diagnosis;
    size_t count = catalog_count(ledger->catalog);
    diagnosis->coverage =
        arena_allocate(&diagnosis->arena, (count + 1) * sizeof *diagnosis->coverage);
    if (diagnosis->coverage == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct service *service = catalog_service(ledger->catalog, i);
        struct coverage *row = &diagnosis->coverage[i];
        row->host = service->host;
        row->port = service->port;
        row->transport = service->transport;
        row->category = service->category;
        row->retired = service->retired;
        row->attempts = ledger->row_attempts[i];
        row->successes = ledger->row_successes[i];
    }
    coverage_add_findings(builder);
    for (size_t i = 0; i < count; i++)
        diagnosis->coverage[i].status = coverage_status_of(&diagnosis->coverage[i]);
    diagnosis->coverage_count = count;
}
