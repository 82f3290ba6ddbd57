/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which formats does an export have?  THE table: a new one is its file, a line here
 * and its name in the list below.
 */
#include <string.h>

#include "reports/export.h"

static const struct export_format *const formats[] = {&export_eve, &export_zeek, &export_zeek_json,
                                                      &export_csv};

const char *export_format_names(void)
{
    return "ndjson, zeek, zeek-json, csv";
}

const struct export_format *export_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

bool export_chain_item(const char *chain, size_t index, char sha256[EXPORT_SHA256_SIZE])
{
    for (; index > 0; index--) {
        chain = strchr(chain, ',');
        if (chain == NULL)
            return false;
        chain++;
    }
    size_t length = strcspn(chain, ",");
    if (length == 0 || length >= EXPORT_SHA256_SIZE)
        return false;
    memcpy(sha256, chain, length);
    sha256[length] = '\0';
    return true;
}
