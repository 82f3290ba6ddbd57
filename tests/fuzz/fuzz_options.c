/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a command line, one a line.
 */
#include <stdlib.h>
#include <string.h>

#include "program/options.h"
#include "tests/fuzz/fuzz.h"

#define WORD_LIMIT 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem = {""};
    struct options options;
    char *words[WORD_LIMIT + 1] = {NULL};
    int count = 0;
    char *text = calloc(size + 1, 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    for (char *rest = text; count < WORD_LIMIT && *rest != '\0';) {
        words[count++] = rest;
        rest += strcspn(rest, "\n");
        if (*rest != '\0')
            *rest++ = '\0';
    }
    options_parse(&options, UINT32_MAX, count, words, &problem);
    free(text);
    return 0;
}
