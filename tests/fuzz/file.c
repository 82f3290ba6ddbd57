/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a file of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

char *fuzz_file(const uint8_t *data, size_t size)
{
    const char *folder = getenv("TMPDIR");
    char name[512];
    snprintf(name, sizeof name, "%s/fuzz.XXXXXX", folder != NULL ? folder : "/tmp");
    int descriptor = mkstemp(name);
    if (descriptor < 0)
        return NULL;
    FILE *file = fdopen(descriptor, "wb");
    if (file == NULL) {
        close(descriptor);
        return NULL;
    }
    size_t written = size > 0 ? fwrite(data, 1, size, file) : 0;
    if (fclose(file) == 0 && written == size)
        return strdup(name);
    unlink(name);
    return NULL;
}

void fuzz_file_remove(char *name)
{
    if (name != NULL)
        unlink(name);
    free(name);
}
