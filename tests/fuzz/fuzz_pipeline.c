/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole program: a capture file read twice over, diagnosed, and reported.
 */
#include "diagnosis/diagnose.h"
#include "program/pipeline.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/report.h"

static void observe(const char *name, struct store *store, const struct catalog *catalog)
{
    struct problem problem = {""};
    const char *names[] = {name, name};
    struct source_set *set = source_set_open(names, 2, NULL, &problem);
    struct pipeline_settings settings = {.catalog = catalog, .all_flows = true, .flow_limit = 1024};
    if (set != NULL && store_begin_run(store, "fuzz", 0, &problem) &&
        pipeline_run(set, &settings, store_sink(store), &problem))
        store_finish_run(store, &problem);
    source_set_close(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {""};
    struct catalog *catalog = catalog_load(NULL, 0, &problem);
    struct store *store = store_open(NULL, &problem);
    char *name = fuzz_file(data, size);
    if (catalog != NULL && store != NULL && name != NULL) {
        observe(name, store, catalog);
        fuzz_report(store, catalog);
    }
    fuzz_file_remove(name);
    store_close(store);
    catalog_release(catalog);
    return 0;
}
