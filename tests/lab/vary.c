/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a variant of a capture, for a look at it with other tools (the score makes its
 * variants itself):
 *   vary VARIANT SEED IN.pcap OUT.pcap
 *   vary list
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vary_packets.h"

static int complain(const char *name, const char *reason)
{
    fprintf(stderr, "vary: %s: %s\n", name, reason);
    return 2;
}

static int list(void)
{
    for (const struct vary_variant *variant = vary_variants; variant->name != NULL; variant++)
        puts(variant->name);
    return 0;
}

static int make(const struct vary_variant *variant, uint64_t seed, const char *from, const char *to)
{
    struct trace in = {0}, out = {0};
    const char *reason;
    int status = 0;
    if (!trace_read(&in, from, &reason))
        status = complain(from, reason);
    else if (!variant->make(&in, seed, &out))
        status = complain(variant->name, "memory is out");
    else if (!trace_write(&out, to, &reason))
        status = complain(to, reason);
    trace_release(&in);
    trace_release(&out);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0)
        return list();
    char *end = NULL;
    unsigned long long seed = argc == 5 ? strtoull(argv[2], &end, 10) : 0;
    if (argc != 5 || *argv[2] == '\0' || *end != '\0') {
        fputs("usage: vary VARIANT SEED IN.pcap OUT.pcap\n       vary list\n", stderr);
        return 2;
    }
    const struct vary_variant *variant = vary_find(argv[1]);
    if (variant == NULL)
        return complain(argv[1], "no such variant; 'vary list' says which there are");
    return make(variant, seed, argv[3], argv[4]);
}
