/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the observing half tell less than it saw where memory is out, and say nothing?
 * observing CAPTURE... reads each capture with the first allocation failing, the second,
 * and so on; by one thread, and by two.  It must fail with a problem that names what to
 * do, or tell the facts that it tells undisturbed.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "program/pipeline.h"
#include "storage/columns.h"
#include "tests/faults/failing.h"

/* What was told, in any order: hosts and flows lie in tables whose keys are random. */
struct told {
    uint64_t facts;
    uint64_t sum; /* of all facts' hashes */
};

static struct failing failing;

/* Of a field by its column's kind; 0: the row's own, or a text or bytes. */
static const size_t sizes[] = {
    [COLUMN_SOURCE_NUMBER] = sizeof(uint32_t),
    [COLUMN_FLOW_NUMBER] = sizeof(uint64_t),
    [COLUMN_DNS_NUMBER] = sizeof(uint64_t),
    [COLUMN_PACKET] = sizeof(uint64_t),
    [COLUMN_U8] = sizeof(uint8_t),
    [COLUMN_U16] = sizeof(uint16_t),
    [COLUMN_U32] = sizeof(uint32_t),
    [COLUMN_U64] = sizeof(uint64_t),
    [COLUMN_BOOL] = sizeof(bool),
    [COLUMN_COUNT_OR_UNKNOWN] = sizeof(int64_t),
    [COLUMN_TIME] = sizeof(int64_t),
    [COLUMN_DIFFERENCE] = sizeof(int64_t),
    [COLUMN_WORD] = sizeof(unsigned),
    [COLUMN_TRANSPORT] = sizeof(uint8_t),
    [COLUMN_ADDRESS] = sizeof(struct address),
    [COLUMN_KEY_ADDRESS] = sizeof(struct address),
    [COLUMN_MAC] = sizeof(struct mac),
    [COLUMN_REFERENCE] = 4,
};

static void hash_bytes(uint64_t *hash, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        *hash = (*hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
}

static void hash_row(uint64_t *hash, enum table table, const void *row)
{
    const struct table_columns *columns = table_columns(table);

    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->columns[i];
        const void *field = (const char *)row + column->offset;

        hash_bytes(hash, column->name, strlen(column->name));
        if (column->kind == COLUMN_TEXT) {
            const char *text = *(const char *const *)field;

            hash_bytes(hash, text, text != NULL ? strlen(text) : 0);
        } else if (column->kind == COLUMN_BLOB) {
            const struct bytes *bytes = field;

            hash_bytes(hash, bytes->data, bytes->length);
        } else if ((size_t)column->kind < sizeof sizes / sizeof sizes[0]) {
            hash_bytes(hash, field, sizes[column->kind]);
        }
    }
}

static void hash_record(uint64_t *hash, const struct dns_record *record)
{
    const char *texts[] = {record->owner, record->data};

    hash_bytes(hash, &record->section, sizeof record->section);
    hash_bytes(hash, &record->type, sizeof record->type);
    hash_bytes(hash, &record->ttl, sizeof record->ttl);
    hash_bytes(hash, &record->address, sizeof record->address);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hash_bytes(hash, texts[i], texts[i] != NULL ? strlen(texts[i]) + 1 : 0);
}

static bool take(void *owner, const struct fact *fact)
{
    struct told *told = owner;
    uint64_t hash = UINT64_C(14695981039346656037);

    hash_row(&hash, (enum table)fact->kind, &fact->as);
    for (size_t i = 0; fact->kind == FACT_DNS && i < fact->as.dns.record_count; i++)
        hash_record(&hash, &fact->as.dns.records[i]);
    told->facts++;
    told->sum += hash;
    return true;
}

/* `nth`: the allocation that fails; 0: none. */
static bool observe(const struct catalog *catalog, const char *capture, unsigned threads,
                    unsigned long nth, struct told *told, struct problem *problem)
{
    struct crew *crew = threads > 1 ? crew_begin(threads - 1) : NULL;
    struct pipeline_settings settings = {
        .catalog = catalog, .all_flows = true, .max_memory = UINT64_C(64) << 20, .crew = crew};
    struct source_set *sources;
    bool observed;

    *told = (struct told){0};
    *problem = (struct problem){""};
    atomic_store(&failing.calls, 0);
    failing.nth = nth;
    sources = source_set_open(&capture, 1, NULL, problem);
    observed = sources != NULL &&
               pipeline_run(sources, &settings, (struct fact_sink){take, told}, problem);
    failing.nth = 0;
    source_set_close(sources);
    crew_end(crew);
    return observed;
}

static bool wrong(const char *capture, unsigned threads, unsigned long nth, const char *what,
                  const struct problem *problem)
{
    printf("FAIL: faults/observing %s, %u threads: call %lu: %s: %s\n", capture, threads, nth, what,
           problem->text);
    return false;
}

static bool try_all(const struct catalog *catalog, const char *capture, unsigned threads)
{
    struct told undisturbed, told;
    struct problem problem;
    unsigned long nth = 0;
    bool right = true;

    if (!observe(catalog, capture, threads, 0, &undisturbed, &problem))
        return wrong(capture, threads, 0, "undisturbed", &problem);
    do {
        bool observed = observe(catalog, capture, threads, ++nth, &told, &problem);

        if (!observed && strstr(problem.text, "memory is out; ") == NULL)
            right = wrong(capture, threads, nth, "it does not say why", &problem);
        if (observed && (told.facts != undisturbed.facts || told.sum != undisturbed.sum))
            right = wrong(capture, threads, nth, "other facts, and all is well", &problem);
    } while (atomic_load(&failing.calls) >= nth);
    if (right)
        printf("PASS: faults/observing %s, %u threads (%lu calls)\n", capture, threads, nth - 1);
    return right;
}

int main(int argc, char **argv)
{
    struct problem problem = {""};
    struct catalog *catalog = catalog_load(NULL, 0, &problem);
    bool right = catalog != NULL && argc > 1;

    failing_memory_begin(&failing);
    for (int i = 1; i < argc && catalog != NULL; i++)
        for (unsigned threads = 1; threads <= 2; threads++)
            right = try_all(catalog, argv[i], threads) && right;
    catalog_release(catalog);
    return right ? 0 : 1;
}
