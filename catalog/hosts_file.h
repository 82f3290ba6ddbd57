/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of hosts as text, for catalog/hosts.c alone: lines come in (those
 * compiled in, or a file named by --catalog), checked rows go out.
 *
 * A list is one of three, and every line may end in CR LF: columns by name
 * after a header line that has "host" among its tab-separated words; without
 * one, lines with two tabs or more, in the order of enum host_column; any
 * other line is "host [ports [transport]]".  Lines that begin with '#' and
 * empty lines say nothing.
 */
#ifndef APPLEPATH_CATALOG_HOSTS_FILE_H
#define APPLEPATH_CATALOG_HOSTS_FILE_H

#include "catalog/hosts.h"

#define HOST_NAME_LIMIT 253u /* RFC 1035 section 2.3.4, as text */

/* In ASCII alone: no locale has a say in a host's name. */
static inline char host_lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

/* Those up to COLUMN_SOURCE are the positional ones. */
enum host_column {
    COLUMN_CATEGORY,
    COLUMN_HOST,
    COLUMN_PORTS,
    COLUMN_TRANSPORT,
    COLUMN_SYSTEMS, /* named "os" */
    COLUMN_DESCRIPTION,
    COLUMN_PROXY,
    COLUMN_SOURCE,
    COLUMN_ROLE,
    COLUMN_RETIRED,
    COLUMN_WITHIN,
    COLUMN_COUNT
};

/* One line. Text is borrowed from it; nothing is NULL. */
struct host_row {
    const char *category;
    const char *host; /* in lower case, without a trailing dot */
    enum pattern_kind kind;
    struct prefix network;
    const char *ports; /* for host_ports_next; "-": a name only, no service */
    uint8_t transport;
    const char *systems;
    const char *description;
    enum proxy_support proxy;
    const char *source;
    enum service_role role;
    bool retired;
    const char *within; /* "" if none */
};

/* Where rows go: `take` returns false, with the problem set, to stop. */
struct host_row_sink {
    bool (*take)(void *context, const struct host_row *row, struct problem *problem);
    void *context;
};

/* Reads a list to its end. False, with a problem that names list and line, at
 * the first line that is wrong or not taken. */
bool host_lines_read(const char *const *lines, size_t count, struct host_row_sink sink,
                     struct problem *problem);
bool host_file_read(const char *path, struct host_row_sink sink, struct problem *problem);

/* The next of the ports that a row names (0: any); false after the last. */
bool host_ports_next(const char **ports, uint16_t *port);

#endif
