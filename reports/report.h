/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A diagnosis as text in one of the formats.  The renderers decide nothing: what
 * they print is in the diagnosis.
 */
#ifndef APPLEPATH_REPORTS_REPORT_H
#define APPLEPATH_REPORTS_REPORT_H

#include "base/text.h"
#include "catalog/hosts.h"
#include "diagnosis/finding.h"

struct comparison; /* diagnosis/comparison.h */
struct fitness; /* diagnosis/fitness.h */

/* How to print. */
struct report_style {
    bool colour; /* ANSI colours: a terminal, and NO_COLOR is not set */
    size_t width; /* columns, 40 or more */
    int64_t generated; /* when the report is made, nanoseconds */
};

struct report_format {
    const char *name; /* "text", "json" */
    void (*report)(struct text *out, const struct diagnosis *diagnosis,
                   const struct report_style *style);
    void (*hosts)(struct text *out, const struct catalog *catalog,
                  const struct report_style *style);
    void (*diff)(struct text *out, const struct comparison *comparison,
                 const struct report_style *style);
    void (*doctor)(struct text *out, const struct fitness *fitness,
                   const struct report_style *style);
};

/* The format of that name, or NULL. */
const struct report_format *report_format_find(const char *name);

/* "text, json": for messages. */
const char *report_format_names(void);

#endif
