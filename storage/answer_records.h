/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How are the records of a DNS answer kept in one value?  As a JSON array (RFC 8259), which
 * SQLite's own functions read: for each record ["section", "owner", type, ttl, "data"], with
 * null for a text that is not there.  Other bytes than printable ASCII stand as \u00XX.
 */
#ifndef APPLEPATH_STORAGE_ANSWER_RECORDS_H
#define APPLEPATH_STORAGE_ANSWER_RECORDS_H

#include <stddef.h>

#include "base/fact.h"
#include "base/text.h"

/* Records of one DNS transaction that are kept; an answer that has more is not one
 * that a resolver gives. */
#define ANSWER_RECORD_LIMIT 256

/* Bytes of the whole value: with the rest of its row less than CAUTION_LONGEST_CELL, and more
 * than what is read of a message (dissectors/dns_message.h) comes to. */
#define ANSWER_RECORDS_SIZE 900000u

/* What one value reads as: the records borrow the texts. */
struct answer_records {
    struct dns_record records[ANSWER_RECORD_LIMIT];
    size_t count;
    char texts[ANSWER_RECORDS_SIZE + 1];
};

/* Writes as many records as the limits allow, in place of what `json` held; text_content is
 * "" where there are none. `json->failed`: memory is out. */
void answer_records_write(struct text *json, const struct dns_record *records, size_t count);

/* Reads `length` bytes of what answer_records_write wrote. What is something else has no
 * records from there on; addresses are those that the data of A and AAAA names. */
void answer_records_read(const char *json, size_t length, struct answer_records *read);

#endif
