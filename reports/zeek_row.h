/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of a Zeek log, field after field, as tab-separated values or as JSON.
 * Every call writes the next field of the table, so that a row always has the
 * columns that its header names.
 */
#ifndef APPLEPATH_REPORTS_ZEEK_ROW_H
#define APPLEPATH_REPORTS_ZEEK_ROW_H

#include "base/fact.h"
#include "base/text.h"

struct zeek_field {
    const char *name;
    const char *type; /* Zeek's: "time", "string", "vector[string]" */
};

struct zeek_row {
    struct text *out;
    const struct zeek_field *fields;
    size_t count; /* of them */
    size_t next;
    bool json;
    bool begun; /* JSON: a field was written */
};

void zeek_header(struct text *out, const char *path, const struct zeek_field *fields, size_t count,
                 int64_t opened);
void zeek_footer(struct text *out, int64_t closed);

void zeek_begin(struct zeek_row *row, struct text *out, const struct zeek_field *fields,
                size_t count, bool json);
/* Fields that were not written are unset. */
void zeek_end(struct zeek_row *row);

/* In JSON an unset field is left out. NULL, "no address" and TIMESTAMP_NONE: unset. */
void zeek_unset(struct zeek_row *row, size_t count);
void zeek_text(struct zeek_row *row, const char *foreign);
void zeek_count(struct zeek_row *row, uint64_t count);
void zeek_bool(struct zeek_row *row, bool value);
void zeek_time(struct zeek_row *row, int64_t time);
void zeek_interval(struct zeek_row *row, int64_t nanoseconds);
void zeek_address(struct zeek_row *row, const struct address *address);

/* A vector of texts. */
void zeek_list(struct zeek_row *row, const char *const *items, size_t count);

/* A vector of intervals, in seconds. */
void zeek_seconds_list(struct zeek_row *row, const uint32_t *seconds, size_t count);

#endif
