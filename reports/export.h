/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts as records that other tools take.  A format says which logs it has and
 * which facts each is made from; whoever reads the facts (program/cmd_export.c)
 * hands them over one by one, so that nothing is held in memory.
 */
#ifndef APPLEPATH_REPORTS_EXPORT_H
#define APPLEPATH_REPORTS_EXPORT_H

#include "base/fact.h"
#include "base/text.h"
#include "diagnosis/finding.h"

/* What the records of one export have in common. */
struct export_run {
    uint64_t identity; /* of the database: flows of two databases must not look the same */
    uint16_t seed; /* of the Community ID */
    int64_t opened; /* when the export was made, nanoseconds */

    /* The certificate of that SHA-256 (64 hexadecimal digits), or NULL. May be NULL. */
    const struct fact_certificate *(*certificate)(const void *owner, const char *sha256);
    const void *certificate_owner;
};

struct export_record {
    const struct fact *fact;
    const struct fact_flow *flow; /* of a TLS handshake; NULL else */
};

/* Which certificate of the chain (comma-separated SHA-256 values) is its `index`th
 * from 0, copied into `sha256`; false behind the last. */
#define EXPORT_SHA256_SIZE 65
bool export_chain_item(const char *chain, size_t index, char sha256[EXPORT_SHA256_SIZE]);

typedef void export_writer(struct text *out, const struct export_run *run,
                           const struct export_record *record);

/* One log: a file of its own where the format has several. */
struct export_log {
    const char *name; /* "conn.log"; NULL: the format's only file */
    enum fact_kind kind;
    export_writer *write; /* adds no, one or several lines */
    void (*begin)(struct text *out, const struct export_run *run); /* may be NULL */
    void (*end)(struct text *out, const struct export_run *run); /* may be NULL */
};

#define EXPORT_LOG_LIMIT 8

struct export_format {
    const char *name;
    bool folder; /* several files */
    const struct export_log *logs;
    size_t log_count;
    /* Adds a line for a finding; NULL: the format has none. */
    void (*finding)(struct text *out, const struct export_run *run, const struct finding *finding);
};

/* The format of that name, or NULL; all names, for messages. */
const struct export_format *export_format_find(const char *name);
const char *export_format_names(void);

/* The formats, each in its file. */
extern const struct export_format export_eve, export_zeek, export_zeek_json, export_csv;

#endif
