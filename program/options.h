/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user asked for on the command line, as values.
 */
#ifndef APPLEPATH_PROGRAM_OPTIONS_H
#define APPLEPATH_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/problem.h"
#include "diagnosis/finding.h"

#define OPTIONS_FILE_LIMIT 64 /* of each repeatable option */

/* Which options a command takes. */
enum option_flag {
    OPTION_DATABASE = 1 << 0,
    OPTION_FILTER = 1 << 1,
    OPTION_FORMAT = 1 << 2,
    OPTION_OUTPUT = 1 << 3,
    OPTION_TRUST = 1 << 4,
    OPTION_CATALOG = 1 << 5,
    OPTION_ALL_FLOWS = 1 << 6,
    OPTION_FAIL_ON = 1 << 7,
    OPTION_SINCE = 1 << 8,
    OPTION_UNTIL = 1 << 9,
    OPTION_DEVICE = 1 << 10,
    OPTION_GEOIP = 1 << 11,
    OPTION_CATEGORY = 1 << 27
};

struct options {
    const char *database; /* NULL: in memory only */
    const char *filter; /* BPF, or NULL */
    const char *format; /* "text" unless given */
    const char *output; /* NULL: standard output */
    const char *trust[OPTIONS_FILE_LIMIT];
    size_t trust_count;
    const char *inspection[OPTIONS_FILE_LIMIT];
    size_t inspection_count;
    const char *catalogs[OPTIONS_FILE_LIMIT];
    size_t catalog_count;
    const char *geoip[OPTIONS_FILE_LIMIT];
    size_t geoip_count;
    bool all_flows;
    bool fails; /* --fail-on was given */
    enum severity fail_on;
    int64_t since; /* TIMESTAMP_NONE: no limit */
    int64_t until;
    bool has_device;
    struct address device;
    const char *category; /* NULL: all */
    bool help;
    const char *const *operands;
    size_t operand_count;
};

/* Parses `argv` after the command's name; options and operands may be mixed, "--"
 * ends the options. `allowed`: enum option_flag bits. False and a problem that
 * names the option. Pointers lead into `argv`, whose order is changed. */
bool options_parse(struct options *options, unsigned allowed, int argc, char **argv,
                   struct problem *problem);

/* Writes a line per allowed option into `text`. */
struct text;
void options_describe(struct text *text, unsigned allowed);

#endif
