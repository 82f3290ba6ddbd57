/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges every answer by itself: RFC 5905 section 7.3 (leap indicator, stratum),
 * section 7.4 (kiss codes), section 8 (offset).  Memory grows with the flows to time
 * servers.
 */
#include "diagnosis/time_answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/ledger.h"

#define LEAP_UNKNOWN 3 /* RFC 5905 section 7.3 */
#define STRATUM_UNSYNCHRONISED 16

/* A flow to a time server of a row. */
struct time_flow {
    uint64_t id;
    struct address client;
    struct address server;
    size_t row;
    const char *name;
    size_t pair;
    uint8_t ttl;
};

struct time_walk {
    struct time_answers *answers;
    struct time_flow *flows; /* the ledger's: by (row, client, server), then by identity */
    size_t flow_count;
};

/* Most rows name one host: no copy is needed then. */
static const char *flow_name_kept(const struct ledger *ledger, const struct fact_flow *flow,
                                  size_t row)
{
    const char *host = catalog_service(ledger->catalog, row)->host;
    const char *name = attempt_name(flow);
    return name == NULL || strcmp(name, host) == 0 ? name == NULL ? NULL : host
                                                   : arena_copy(ledger->arena, name);
}

void time_answers_note_flow(struct ledger *ledger, const struct fact_flow *flow, size_t row)
{
    if (flow->transport != TRANSPORT_UDP || flow->server.port != NTP_PORT ||
        row == CATALOG_NO_SERVICE || catalog_service(ledger->catalog, row)->retired)
        return;
    struct time_flow *flows = array_grow(ledger->time_flows, ledger->time_flow_count,
                                         &ledger->time_flow_capacity, sizeof *flows);
    if (flows == NULL) {
        ledger->memory_out = true;
        return;
    }
    ledger->time_flows = flows;
    flows[ledger->time_flow_count++] = (struct time_flow){.id = flow->id,
                                                          .client = flow->client.address,
                                                          .server = flow->server.address,
                                                          .row = row,
                                                          .name = flow_name_kept(ledger, flow, row),
                                                          .ttl = flow->server_ttl};
}

static int compare_ends(size_t row, const struct address *client, size_t other_row,
                        const struct address *other_client)
{
    if (row != other_row)
        return row < other_row ? -1 : 1;
    return address_compare(client, other_client);
}

int time_pair_compare(const struct time_pair *pair, size_t row, const struct address *client)
{
    return compare_ends(pair->row, &pair->client, row, client);
}

static int compare_flow_pairs(const void *left, const void *right)
{
    const struct time_flow *one = left;
    const struct time_flow *two = right;
    int order = compare_ends(one->row, &one->client, two->row, &two->client);
    return order != 0 ? order : address_compare(&one->server, &two->server);
}

static int compare_flow_identities(const void *left, const void *right)
{
    const struct time_flow *one = left;
    const struct time_flow *two = right;
    return one->id < two->id ? -1 : one->id > two->id;
}

/* Gives every flow its pair, and orders the flows to be found by identity. */
static bool pairs_make(struct time_walk *walk)
{
    struct time_answers *answers = walk->answers;
    answers->pairs = calloc(walk->flow_count, sizeof *answers->pairs);
    if (answers->pairs == NULL)
        return false;
    qsort(walk->flows, walk->flow_count, sizeof *walk->flows, compare_flow_pairs);
    for (size_t i = 0; i < walk->flow_count; i++) {
        struct time_flow *flow = &walk->flows[i];
        if (i == 0 || compare_flow_pairs(flow, flow - 1) != 0)
            answers->pairs[answers->pair_count++] = (struct time_pair){.client = flow->client,
                                                                       .server = flow->server,
                                                                       .row = flow->row,
                                                                       .last_good = TIMESTAMP_NONE,
                                                                       .first_bad = TIMESTAMP_NONE,
                                                                       .last_bad = TIMESTAMP_NONE};
        flow->pair = answers->pair_count - 1;
        struct time_pair *pair = &answers->pairs[flow->pair];
        pair->flows++;
        if (flow->name != NULL)
            pair->name = flow->name;
        if (flow->ttl != 0)
            pair->ttl = flow->ttl;
    }
    qsort(walk->flows, walk->flow_count, sizeof *walk->flows, compare_flow_identities);
    return true;
}

/* RFC 5905 section 8; halved first, so that no pair of times is too far apart. */
static int64_t ntp_offset(const struct fact_ntp *ntp)
{
    return (ntp->server_receive_time / 2 - ntp->request_time / 2) +
           (ntp->server_transmit_time / 2 - ntp->answer_time / 2);
}

/* Section 7.4: with stratum 0 the reference is a code, and the rest has no meaning. */
static enum verdict_on_time ntp_judge(const struct fact_ntp *ntp)
{
    static const char kisses[][5] = {"DENY", "RSTR", "RATE"};
    if (ntp->stratum == 0) {
        for (size_t i = 0; i < sizeof kisses / sizeof kisses[0]; i++)
            if (memcmp(ntp->reference, kisses[i], sizeof ntp->reference) == 0)
                return TIME_KISS;
        return TIME_UNSYNCHRONISED;
    }
    if (ntp->leap == LEAP_UNKNOWN || ntp->stratum >= STRATUM_UNSYNCHRONISED)
        return TIME_UNSYNCHRONISED;
    if (ntp->request_time == TIMESTAMP_NONE || ntp->answer_time == TIMESTAMP_NONE ||
        ntp->server_receive_time == TIMESTAMP_NONE || ntp->server_transmit_time == TIMESTAMP_NONE)
        return TIME_UNDECIDED;
    /* A way that is slow in one direction only looks like half its delay. */
    int64_t limit = TIME_OFFSET_LIMIT;
    if (ntp->answer_time > ntp->request_time)
        limit += (ntp->answer_time - ntp->request_time) / 2;
    int64_t offset = ntp_offset(ntp);
    return offset > limit || offset < -limit ? TIME_OFFSET : TIME_GOOD;
}

static void answer_keep(struct time_pair *pair, const struct fact_ntp *ntp,
                        enum verdict_on_time verdict)
{
    if (pair->answer_count == TIME_ANSWERS_KEPT)
        return;
    struct time_answer *answer = &pair->answers[pair->answer_count++];
    *answer = (struct time_answer){.request_packet = ntp->request_packet,
                                   .packet = ntp->answer_packet,
                                   .request_time = ntp->request_time,
                                   .time = ntp->answer_time,
                                   .offset = verdict == TIME_OFFSET ? ntp_offset(ntp) : 0,
                                   .verdict = verdict,
                                   .leap = ntp->leap,
                                   .stratum = ntp->stratum};
    for (size_t i = 0; i < sizeof ntp->reference && ntp->stratum == 0; i++) {
        if (ntp->reference[i] < 'A' || ntp->reference[i] > 'Z') {
            answer->code[0] = '\0';
            break;
        }
        answer->code[i] = (char)ntp->reference[i];
    }
}

static bool take_ntp(void *owner, const struct fact *fact)
{
    struct time_walk *walk = owner;
    const struct fact_ntp *ntp = &fact->as.ntp;
    const struct time_flow wanted = {.id = ntp->flow};
    const struct time_flow *flow = bsearch(&wanted, walk->flows, walk->flow_count,
                                           sizeof *walk->flows, compare_flow_identities);
    if (!ntp->answered || flow == NULL)
        return true;
    struct time_pair *pair = &walk->answers->pairs[flow->pair];
    enum verdict_on_time verdict = ntp_judge(ntp);
    pair->counts[verdict]++;
    if (verdict == TIME_GOOD) {
        pair->last_good = ntp->answer_time;
        if (walk->answers->first_good == TIMESTAMP_NONE)
            walk->answers->first_good = ntp->answer_time;
        walk->answers->last_good = ntp->answer_time;
    } else if (verdict < TIME_BAD_COUNT) {
        if (pair->first_bad == TIMESTAMP_NONE)
            pair->first_bad = ntp->answer_time;
        pair->last_bad = ntp->answer_time;
        answer_keep(pair, ntp, verdict);
    }
    return true;
}

enum verdict_on_time time_pair_verdict(const struct time_pair *pair)
{
    enum verdict_on_time most = TIME_GOOD;
    for (int each = 0; each < TIME_BAD_COUNT; each++)
        if (pair->counts[each] > 0 &&
            (most == TIME_GOOD || pair->counts[each] > pair->counts[most]))
            most = (enum verdict_on_time)each;
    return most;
}

const struct time_answer *time_pair_example(const struct time_pair *pair,
                                            enum verdict_on_time verdict)
{
    for (size_t i = 0; i < pair->answer_count; i++)
        if (pair->answers[i].verdict == verdict)
            return &pair->answers[i];
    return &pair->answers[0];
}

bool time_answers_read(struct builder *builder, struct time_answers *answers)
{
    struct ledger *ledger = builder->ledger;
    struct time_walk walk = {answers, ledger->time_flows, ledger->time_flow_count};
    *answers = (struct time_answers){.first_good = TIMESTAMP_NONE, .last_good = TIMESTAMP_NONE};
    if (walk.flow_count == 0)
        return true;
    if (!pairs_make(&walk))
        return problem_set(builder->problem,
                           "memory is out; limit the report with --since or --device");
    return facts_read(ledger->store, FACT_NTP, ledger->selection, take_ntp, &walk,
                      builder->problem);
}

void time_answers_release(struct time_answers *answers)
{
    free(answers->pairs);
    *answers = (struct time_answers){.pairs = NULL};
}
