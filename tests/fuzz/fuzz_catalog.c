/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of the site's own hosts, as --catalog takes it.
 */
#include "catalog/hosts.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {""};
    char *name = fuzz_file(data, size);
    if (name == NULL)
        return 0;
    const char *files[] = {name};
    catalog_release(catalog_load(files, 1, &problem));
    fuzz_file_remove(name);
    return 0;
}
