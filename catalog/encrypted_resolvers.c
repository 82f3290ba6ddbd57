/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this the name of a resolver that is asked in secret?  A name comes in; how it
 * is asked goes out.  The list is short: it is read from its start each time, which
 * happens once per ClientHello, and the ends of names tell nearly all of them apart.
 */
#include "catalog/encrypted_resolvers.h"

#include <string.h>

#include "catalog/hosts_file.h"

#define TAIL_LENGTH 8u

/* A row of catalog/encrypted_resolvers.tsv, as encrypted_resolvers.awk makes it. */
static const struct resolver {
    char tail[TAIL_LENGTH + 1]; /* of `name`, with dots before a shorter one */
    bool below; /* covers the names that end in `name`, which begins with a dot */
    uint8_t privacy; /* enum name_privacy */
    uint8_t length; /* of `name` */
    const char *name;
} resolvers[] = {
#include "catalog/encrypted_resolvers.inc"
};

static bool is_same(const char *left, const char *right, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (host_lower(left[i]) != right[i])
            return false;
    return true;
}

static bool covers(const struct resolver *resolver, const char *name, size_t length)
{
    return (resolver->below ? length > resolver->length : length == resolver->length) &&
           is_same(name + length - resolver->length, resolver->name, resolver->length);
}

enum name_privacy encrypted_resolver_find(const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);
    char tail[TAIL_LENGTH];
    if (length > 0 && name[length - 1] == '.')
        length--;
    for (size_t i = 1; i <= TAIL_LENGTH; i++)
        tail[TAIL_LENGTH - i] = i <= length ? host_lower(name[length - i]) : '.';
    for (size_t i = 0; i < sizeof resolvers / sizeof resolvers[0]; i++)
        if (memcmp(resolvers[i].tail, tail, TAIL_LENGTH) == 0 &&
            covers(&resolvers[i], name, length))
            return (enum name_privacy)resolvers[i].privacy;
    return NAMES_OPEN;
}
