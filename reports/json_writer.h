/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a JSON document, and its end.  Each function that returns a value gives
 * it to its caller; NULL, where memory is out, is noticed when it is set or appended.
 */
#ifndef APPLEPATH_REPORTS_JSON_WRITER_H
#define APPLEPATH_REPORTS_JSON_WRITER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/text.h"
#include "diagnosis/finding.h"

/* `failed` stays set once memory ran out; every value passes set or append. */
struct json_writer {
    bool failed;
};

/* Both take the value, NULL too. */
void json_writer_set(struct json_writer *writer, json_t *object, const char *key, json_t *value);
void json_writer_append(struct json_writer *writer, json_t *array, json_t *value);

/* Text or null; what is not UTF-8 is shown with \xNN. */
json_t *json_writer_text(const char *foreign);
json_t *json_writer_count(uint64_t count);
json_t *json_writer_time(int64_t time);
json_t *json_writer_address(const struct address *address);
json_t *json_writer_number(double number); /* NaN and infinity are null */
json_t *json_writer_port(int port); /* 0 or less: null */
json_t *json_writer_addresses(struct json_writer *writer, const struct address *addresses,
                              size_t count);
json_t *json_writer_texts(struct json_writer *writer, const char *const *texts, size_t count);
json_t *json_writer_tool(struct json_writer *writer);

/* Writes the document and gives it back; memory that ran out shows in `out->failed`. */
void json_writer_finish(const struct json_writer *writer, json_t *document, struct text *out);

/* Parts of a report that other documents have, too (reports/json.c). */
json_t *json_report_source(struct json_writer *writer, const struct fact_source *source);
json_t *json_report_selection(struct json_writer *writer, const struct selection *selection);
json_t *json_report_finding(struct json_writer *writer, const struct finding *finding);

#endif
