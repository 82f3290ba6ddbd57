/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target without an engine: runs it once over each file named, from memory of
 * exactly the file's size, so that the sanitizers see one byte too many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_LIMIT (8u << 20)

static int replay(const char *name, uint8_t *room)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        perror(name);
        return 1;
    }
    size_t size = fread(room, 1, INPUT_LIMIT, file);
    fclose(file);
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        return 1;
    memcpy(exact, room, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    uint8_t *room = malloc(INPUT_LIMIT);
    int failed = room == NULL;
    for (int i = 1; i < argc && room != NULL; i++)
        failed |= replay(argv[i], room);
    free(room);
    return failed;
}
