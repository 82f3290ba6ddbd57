/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did each device get from each time server of the catalogue?  The flows to them,
 * which the ledger's pass notes, and one pass over their answers, added up per device,
 * server and row.
 */
#ifndef APPLEPATH_DIAGNOSIS_TIME_ANSWERS_H
#define APPLEPATH_DIAGNOSIS_TIME_ANSWERS_H

#include "diagnosis/builder.h"

#define NTP_PORT 123

/* What a server may be off the capture's clock, beyond what the way explains; and
 * by how much servers that agree may differ. */
#define TIME_OFFSET_LIMIT (10 * NANOSECONDS_PER_SECOND)

#define TIME_ANSWERS_KEPT 3

/* What one answer is worth; those before TIME_GOOD are bad. */
enum verdict_on_time { TIME_UNSYNCHRONISED, TIME_KISS, TIME_OFFSET, TIME_GOOD, TIME_UNDECIDED };
#define TIME_BAD_COUNT TIME_GOOD

/* One answer, for evidence. */
struct time_answer {
    uint64_t request_packet;
    uint64_t packet;
    int64_t request_time;
    int64_t time;
    int64_t offset; /* of the server, against the capture's clock */
    enum verdict_on_time verdict;
    uint8_t leap;
    uint8_t stratum;
    char code[5]; /* of stratum 0; "" if it is no text */
};

/* What one device got from one server, meant for one row. */
struct time_pair {
    struct address client;
    struct address server;
    size_t row;
    const char *name;
    uint8_t ttl;
    uint64_t flows;
    uint64_t counts[TIME_UNDECIDED + 1];
    int64_t last_good;
    int64_t first_bad;
    int64_t last_bad;
    struct time_answer answers[TIME_ANSWERS_KEPT]; /* bad ones */
    size_t answer_count;
};

/* Times are TIMESTAMP_NONE where there is none. */
struct time_answers {
    struct time_pair *pairs; /* by row, client, server; owned */
    size_t pair_count;
    int64_t first_good; /* of all */
    int64_t last_good;
};

/* Keeps a flow whose primary row that is, if it leads to a time server. */
void time_answers_note_flow(struct ledger *ledger, const struct fact_flow *flow, size_t row);

/* Reads them from the builder's ledger; names live as long as the diagnosis. False
 * and a problem when the database or memory fails; to be released either way. */
bool time_answers_read(struct builder *builder, struct time_answers *answers);
void time_answers_release(struct time_answers *answers);

/* Orders by row and client, as the pairs are. */
int time_pair_compare(const struct time_pair *pair, size_t row, const struct address *client);

/* What most of the bad answers were; TIME_GOOD if there is none. */
enum verdict_on_time time_pair_verdict(const struct time_pair *pair);

/* The first kept answer of that sort; the first of all if none was kept. The pair
 * has to have a bad one. */
const struct time_answer *time_pair_example(const struct time_pair *pair,
                                            enum verdict_on_time verdict);

#endif
