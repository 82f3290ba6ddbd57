/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry per catalogue row: how often it was tried and reached, and which
 * findings speak of it.  "Unseen" is not "ok", and never "failing": only a finding
 * makes a row fail.
 */
#include "diagnosis/coverage.h"

static const char **coverage_findings(struct builder *builder, size_t row, size_t *count)
{
    size_t found = 0;
    for (const struct draft *draft = builder->first; draft != NULL; draft = draft->next)
        for (size_t i = 0; i < draft->row_count; i++)
            found += draft->rows[i] == row;
    *count = 0;
    const char **list =
        arena_allocate(&builder->diagnosis->arena, (found + 1) * sizeof(const char *));
    if (list == NULL)
        return NULL;
    for (size_t f = 0; f < builder->diagnosis->finding_count; f++)
        for (const struct draft *draft = builder->first; draft != NULL; draft = draft->next) {
            if (draft->identity == NULL || draft->identity != builder->diagnosis->findings[f].id)
                continue;
            for (size_t i = 0; i < draft->row_count; i++)
                if (draft->rows[i] == row)
                    list[(*count)++] = draft->identity;
        }
    return list;
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
        row->findings = coverage_findings(builder, i, &row->finding_count);
        row->status = coverage_status_of(row);
    }
    diagnosis->coverage_count = count;
}
