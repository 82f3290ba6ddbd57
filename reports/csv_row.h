/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row of a CSV document (RFC 4180): text in quotes, numbers bare, lines that end
 * in CR LF.  Foreign text can neither end a cell nor become a formula.
 */
#ifndef APPLEPATH_REPORTS_CSV_ROW_H
#define APPLEPATH_REPORTS_CSV_ROW_H

#include "base/address.h"
#include "base/text.h"
#include "diagnosis/finding.h"

struct csv_row {
    struct text *out;
    bool begun; /* a cell stands in it */
};

/* A cell of text; NULL: an empty one.  Control characters become \xNN, and what a
 * spreadsheet would take for a formula begins with an apostrophe. */
void csv_text(struct csv_row *row, const char *foreign);
void csv_number(struct csv_row *row, uint64_t number);
void csv_time(struct csv_row *row, int64_t time); /* TIMESTAMP_NONE: empty */
void csv_port(struct csv_row *row, int port); /* 0 or less: empty */

/* Several in one cell, "; " between them. */
void csv_texts(struct csv_row *row, const char *const *texts, size_t count);
void csv_addresses(struct csv_row *row, const struct address *addresses, size_t count);
void csv_details(struct csv_row *row, const struct finding *finding);
void csv_rules(struct csv_row *row, const struct finding *finding);
void csv_evidence(struct csv_row *row, const struct finding *finding);

/* Two cells: role and address. */
void csv_culprit(struct csv_row *row, const struct culprit *culprit);

void csv_end(struct csv_row *row);

/* A whole row of headings. */
void csv_headings(struct text *out, const char *const *headings, size_t count);

#endif
