/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database that a stranger wrote, opened for a report.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {""};
    struct catalog *catalog = catalog_load(NULL, 0, &problem);
    char *name = fuzz_file(data, size);
    struct store *store = name != NULL ? store_open_readonly(name, &problem) : NULL;
    if (store != NULL && catalog != NULL)
        fuzz_report(store, catalog);
    store_close(store);
    fuzz_file_remove(name);
    catalog_release(catalog);
    return 0;
}
