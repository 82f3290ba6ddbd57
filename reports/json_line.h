/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON object on one line, written member after member without being held in
 * memory: for exports, where a library's tree of values would cost most of the time.
 */
#ifndef APPLEPATH_REPORTS_JSON_LINE_H
#define APPLEPATH_REPORTS_JSON_LINE_H

#include "base/fact.h"
#include "base/text.h"

struct json_line {
    struct text *out;
    bool comma; /* the next member needs one before it */
};

/* Keys are ours and need no escaping; NULL: an element of an array. */
void json_line_begin(struct json_line *line, struct text *out);
void json_line_end(struct json_line *line);
void json_line_object(struct json_line *line, const char *key);
void json_line_object_end(struct json_line *line);
void json_line_array(struct json_line *line, const char *key);
void json_line_array_end(struct json_line *line);

/* NULL, "no address", TIMESTAMP_NONE: the member is left out. */
void json_line_text(struct json_line *line, const char *key, const char *foreign);
void json_line_count(struct json_line *line, const char *key, uint64_t count);
void json_line_bool(struct json_line *line, const char *key, bool value);
void json_line_address(struct json_line *line, const char *key, const struct address *address);
void json_line_time(struct json_line *line, const char *key, int64_t time); /* as Suricata */
void json_line_seconds(struct json_line *line, const char *key, int64_t nanoseconds);

#endif
