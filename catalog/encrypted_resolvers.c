/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this the name of a resolver that is asked in secret?  A name comes in; how it
 * is asked goes out.  The list is short: it is read from its start each time, which
 * happens once per ClientHello.
 */
#include "catalog/encrypted_resolvers.h"

#include <string.h>

#include "catalog/hosts_file.h"

static const char *const lines[] = {
#include "catalog/encrypted_resolvers.inc"
};

static bool is_same(const char *left, const char *right, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (host_lower(left[i]) != right[i])
            return false;
    return true;
}

/* The pattern ends at the line's first tab. */
static bool covers(const char *line, const char *name, size_t length)
{
    size_t pattern = strcspn(line, "\t");
    if (line[0] != '*')
        return pattern == length && is_same(name, line, length);
    pattern--;
    return length > pattern && is_same(name + length - pattern, line + 1, pattern);
}

enum name_privacy encrypted_resolver_find(const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);
    if (length > 0 && name[length - 1] == '.')
        length--;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *how = strchr(lines[i], '\t');
        if (how != NULL && covers(lines[i], name, length))
            return strncmp(how + 1, "relay", 5) == 0 ? NAMES_RELAY : NAMES_DOH;
    }
    return NAMES_OPEN;
}
