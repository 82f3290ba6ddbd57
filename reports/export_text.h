/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as the export's formats write them: foreign text made safe for JSON, for
 * Zeek's tab-separated logs and for CSV; numbers and times, quickly.
 */
#ifndef APPLEPATH_REPORTS_EXPORT_TEXT_H
#define APPLEPATH_REPORTS_EXPORT_TEXT_H

#include <stdint.h>

#include "base/text.h"

void export_count(struct text *out, uint64_t count);

/* Seconds with six decimals, as "1795291321.097492"; cut, not rounded, so that a
 * record is found again. Negative times too. */
void export_seconds(struct text *out, int64_t nanoseconds);

/* "2026-11-20T08:00:00.000001+0000" */
void export_eve_time(struct text *out, int64_t time);

/* A JSON string with its quotes (RFC 8259): control characters escaped, bytes that
 * are not UTF-8 replaced by U+FFFD. */
void export_json_text(struct text *out, const char *foreign);

/* A field of a Zeek log: `\` doubled, all that is not printable and `separator` (0:
 * none) as \xNN; text that would read as an unset or empty field likewise. */
void export_zeek_text(struct text *out, const char *foreign, char separator);

/* A field of CSV (RFC 4180), quoted where it must be, control characters as \xNN.
 * What a spreadsheet would run as a formula is led by an apostrophe. */
void export_csv_text(struct text *out, const char *foreign);

#endif
