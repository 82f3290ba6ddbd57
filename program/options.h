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
#include "base/timestamp.h"
#include "diagnosis/finding.h"

#define OPTIONS_KEEP_DAYS 30u
#define OPTIONS_MAX_SIZE (UINT64_C(2) << 30)
#define OPTIONS_RING_SIZE (UINT64_C(512) << 20)
#define OPTIONS_FILE_LIMIT 64 /* of each repeatable option */
#define OPTIONS_PORT_LIMIT 16

#define OPTIONS_THREAD_LIMIT 32u /* as capture/live.h has it */
#define OPTIONS_BUFFER_LIMIT 1024u /* mebibytes */
#define OPTIONS_SECONDS_LIMIT (3650u * 86400u)
#define OPTIONS_INTERVAL (10 * NANOSECONDS_PER_SECOND)
#define OPTIONS_WINDOW (24 * 3600 * NANOSECONDS_PER_SECOND)

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
    OPTION_EXPORT = 1 << 25, /* its format and Community ID seed */
    OPTION_EVIDENCE = 1 << 26, /* where packets come from and go to */
    OPTION_INTERFACE = 1 << 12,
    OPTION_WATCH = 1 << 13, /* all that only watching has */
    OPTION_MEMORY = 1 << 14,
    OPTION_SANDBOX = 1 << 24,
    OPTION_VXLAN_PORT = 1 << 20,
    OPTION_CATEGORY = 1 << 27,
    OPTION_ANONYMIZE = 1 << 28,
    OPTION_LIVE = 1 << 29, /* how long and how to capture, whatever for */
    OPTION_READING_THREADS = 1 << 30
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
    uint16_t vxlan_ports[OPTIONS_PORT_LIMIT];
    size_t vxlan_port_count;
    bool all_flows;
    bool fails; /* --fail-on was given */
    enum severity fail_on;
    int64_t since; /* TIMESTAMP_NONE: no limit */
    int64_t until;
    bool has_device;
    struct address device;
    const char *export_format; /* "ndjson" unless given */
    uint16_t community_seed;
    const char *packets_output; /* of evidence; NULL: not given */
    const char *captures; /* a folder to look for captures in; NULL: where they were */
    bool whole_flows;
    bool no_sandbox;
    const char *user; /* NULL: privileges_choose decides */
    unsigned keep_days; /* 0: of any age */
    uint64_t max_size; /* bytes of the database; 0: any */
    uint64_t max_memory; /* bytes, of what program/memory.h says; 0: not given */
    const char *ring; /* folder for evidence packets, or NULL */
    uint64_t ring_size; /* bytes */
    const char *interfaces[OPTIONS_FILE_LIMIT];
    size_t interface_count;
    bool apple_only;
    unsigned threads; /* 0: not given */
    unsigned buffer_mebibytes; /* 0: not given */
    int64_t interval; /* nanoseconds */
    int64_t window; /* nanoseconds */
    int64_t duration; /* nanoseconds; 0: no limit */
    uint64_t packet_limit; /* 0: no limit */
    const char *category; /* NULL: all */
    bool anonymize;
    const char *anonymize_key; /* NULL: the one beside the database */
    bool help;
    bool help_all; /* of all options, rare ones too */
    const char *const *operands;
    size_t operand_count;
};

/* Parses `argv` after the command's name; options and operands may be mixed, "--"
 * ends the options. `allowed`: enum option_flag bits. False and a problem that
 * names the option. Pointers lead into `argv`, whose order is changed. */
bool options_parse(struct options *options, unsigned allowed, int argc, char **argv,
                   struct problem *problem);

/* Writes a line per allowed option into `text`; where they are many, those that few need
 * are but named, unless `all` are wanted. */
struct text;
void options_describe(struct text *text, unsigned allowed, bool all);

#endif
