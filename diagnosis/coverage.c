/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry per catalogue row: how often it was tried and reached, and which
 * findings speak of it.  "Unseen" is not "ok", and never "failing": only a finding
 * makes a row fail.
 */
#include "diagnosis/coverage.h"

#include <stdlib.h>

#include "base/array.h"
#include "diagnosis/handshake_results.h"

static bool take_handshake(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    const struct fact_tls *tls = &fact->as.tls;
    bool failed_openly =
        tls->client_refused ||
        handshake_alert_is_failure(tls->alert_from, tls->alert, tls->server_version);
    bool unanswered = tls->client_hello_packet != PACKET_NONE && tls->server_version == 0;
    if (tls->client_data_records + tls->server_data_records > 0 || (!failed_openly && !unanswered))
        return true;
    uint64_t *failed =
        array_grow(ledger->failed_handshakes, ledger->failed_handshake_count,
                   &ledger->failed_handshake_capacity, sizeof *ledger->failed_handshakes);
    if (failed == NULL) {
        ledger->memory_out = true;
        return false;
    }
    ledger->failed_handshakes = failed;
    failed[ledger->failed_handshake_count++] = tls->flow << 1 | !failed_openly;
    return true;
}

static int compare_words(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left;
    uint64_t two = *(const uint64_t *)right;
    return one < two ? -1 : one > two;
}

bool coverage_read_handshakes(struct ledger *ledger, struct problem *problem)
{
    if (!facts_read_share(ledger->store, SHARE_TLS_WITHOUT_DATA, ledger->selection, take_handshake,
                          ledger, problem))
        return false;
    if (ledger->failed_handshake_count > 0)
        qsort(ledger->failed_handshakes, ledger->failed_handshake_count,
              sizeof *ledger->failed_handshakes, compare_words);
    return true;
}

static bool handshake_is_noted(const struct ledger *ledger, uint64_t word)
{
    return ledger->failed_handshake_count > 0 &&
           bsearch(&word, ledger->failed_handshakes, ledger->failed_handshake_count, sizeof word,
                   compare_words) != NULL;
}

bool coverage_flow_failed(const struct ledger *ledger, const struct fact_flow *flow)
{
    if (handshake_is_noted(ledger, flow->id << 1))
        return true;
    /* A ServerHello that the capture lacks leaves its bytes in the sequence numbers. */
    return !flow->midstream && flow->server_bytes == 0 &&
           handshake_is_noted(ledger, flow->id << 1 | 1);
}

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
