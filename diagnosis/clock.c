/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which time servers answer, but not with usable time?  From the answers added up
 * per device and server (diagnosis/time_answers.h).  The capture's clock is a witness
 * like any other: where several servers contradict it alike, it is the one that is
 * wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/devices.h"
#include "diagnosis/ledger.h"
#include "diagnosis/rules.h"
#include "diagnosis/time_answers.h"

#define NEAR_HOPS 2 /* no server of Apple's is that near */

static const char *const how_words[TIME_BAD_COUNT] = {"unsynchronised", "kiss-o-death", "offset"};

struct clock_walk {
    struct builder *builder;
    const struct time_answers *answers;
    const struct time_pair **served; /* pairs with good answers, by server */
    size_t served_count;
    bool capture_clock_is_wrong;
};

/* Somebody near answers in the name of a server of Apple's. */
static bool pair_is_redirected(const struct clock_walk *walk, const struct time_pair *pair)
{
    int hops = hops_from_ttl(pair->ttl);
    return hops >= 1 && hops <= NEAR_HOPS &&
           catalog_knows_address(walk->builder->ledger->catalog, &pair->server);
}

/* The latest good time of a server comes first. */
static int compare_servers(const void *left, const void *right)
{
    const struct time_pair *one = *(const struct time_pair *const *)left;
    const struct time_pair *two = *(const struct time_pair *const *)right;
    int order = address_compare(&one->server, &two->server);
    if (order != 0)
        return order;
    return one->last_good > two->last_good ? -1 : one->last_good < two->last_good;
}

static int compare_to_server(const void *pair, const void *server)
{
    return address_compare(&(*(const struct time_pair *const *)pair)->server, server);
}

/* When that server last gave good time, whoever asked; TIMESTAMP_NONE: never. */
static int64_t server_last_good(const struct clock_walk *walk, const struct address *server)
{
    size_t low = array_first(walk->served, walk->served_count, sizeof *walk->served,
                             compare_to_server, server);
    return low < walk->served_count && address_equal(&walk->served[low]->server, server)
               ? walk->served[low]->last_good
               : TIMESTAMP_NONE;
}

/* A client and a row, which time_pair_compare takes one by one. */
struct asked {
    const struct address *client;
    size_t row;
};

static int compare_to_asked(const void *pair, const void *key)
{
    const struct asked *asked = key;
    return time_pair_compare(pair, asked->row, asked->client);
}

static bool address_has_time(const struct clock_walk *walk, const struct address *client,
                             size_t row)
{
    const struct asked asked = {client, row};
    size_t low = array_first(walk->answers->pairs, walk->answers->pair_count,
                             sizeof *walk->answers->pairs, compare_to_asked, &asked);
    for (; low < walk->answers->pair_count &&
           time_pair_compare(&walk->answers->pairs[low], row, client) == 0;
         low++)
        if (walk->answers->pairs[low].counts[TIME_GOOD] > 0)
            return true;
    return false;
}

/* From any server of the row, to any address of the device. */
static bool device_has_time(const struct clock_walk *walk, const struct address *client, size_t row)
{
    size_t count;
    const struct mac_owner *same = devices_same(walk->builder->ledger, client, &count);
    bool has = address_has_time(walk, client, row);
    for (size_t i = 0; i < count && !has; i++)
        has = address_has_time(walk, &same[i].address, row);
    return has;
}

/* Did others have good time while this server's was off? Then the capture's clock
 * was right; before or after proves nothing, as that clock may have been set. */
static bool clock_is_confirmed(const struct clock_walk *walk, int64_t first, int64_t last)
{
    return walk->answers->first_good != TIMESTAMP_NONE && walk->answers->first_good <= last &&
           walk->answers->last_good >= first;
}

/* Servers that have nothing to do with each other do not err alike. All that is
 * redirected is one server, whatever address it answers for. */
static bool capture_clock_is_wrong(const struct clock_walk *walk)
{
    const struct time_pair *first = NULL;
    bool several = false;
    int64_t lowest = INT64_MAX, highest = INT64_MIN;
    int64_t from = INT64_MAX, until = INT64_MIN;
    for (size_t i = 0; i < walk->answers->pair_count; i++) {
        const struct time_pair *pair = &walk->answers->pairs[i];
        if (time_pair_verdict(pair) != TIME_OFFSET)
            continue;
        int64_t offset = time_pair_example(pair, TIME_OFFSET)->offset;
        lowest = offset < lowest ? offset : lowest;
        highest = offset > highest ? offset : highest;
        from = pair->first_bad < from ? pair->first_bad : from;
        until = pair->last_bad > until ? pair->last_bad : until;
        if (first == NULL)
            first = pair;
        else if (!address_equal(&first->server, &pair->server))
            several =
                several || !pair_is_redirected(walk, first) || !pair_is_redirected(walk, pair);
    }
    return several && (double)highest - (double)lowest <= (double)TIME_OFFSET_LIMIT &&
           !clock_is_confirmed(walk, from, until);
}

static bool pair_is_at_fault(const struct clock_walk *walk, const struct time_pair *pair,
                             enum verdict_on_time verdict)
{
    if (verdict == TIME_GOOD || device_has_time(walk, &pair->client, pair->row))
        return false;
    int64_t good = server_last_good(walk, &pair->server);
    switch (verdict) {
    case TIME_UNSYNCHRONISED:
        return good == TIMESTAMP_NONE || good < pair->last_bad; /* it was only starting */
    case TIME_KISS:
        /* A device that is told once to ask less, and does, has lost nothing. */
        return strcmp(time_pair_example(pair, verdict)->code, "RATE") != 0 || pair->flows > 1 ||
               pair->counts[TIME_KISS] > 1;
    case TIME_OFFSET:
        return good == TIMESTAMP_NONE && !walk->capture_clock_is_wrong; /* else a clock was set */
    case TIME_GOOD:
    case TIME_UNDECIDED:
        break;
    }
    return false;
}

static void answer_evidence(struct builder *builder, struct draft *draft,
                            const struct time_answer *answer)
{
    char note[96];
    draft_evidence(builder, draft, answer->request_packet, answer->request_time, "NTP request");
    if (answer->verdict == TIME_OFFSET)
        snprintf(note, sizeof note, "NTP answer, %+.0f seconds off the capture's clock",
                 (double)answer->offset / (double)NANOSECONDS_PER_SECOND);
    else
        snprintf(note, sizeof note, "NTP answer: leap indicator %u, stratum %u%s%s", answer->leap,
                 answer->stratum, answer->code[0] != '\0' ? ", code " : "", answer->code);
    draft_evidence(builder, draft, answer->packet, answer->time, note);
}

/* Who answers near by in Apple's name is not seen, and not named. */
static void clock_culprit(struct builder *builder, struct draft *draft,
                          const struct time_pair *pair, bool redirected)
{
    const struct culprit *known = draft->finding.culprit;
    int hops = hops_from_ttl(pair->ttl);
    if (redirected)
        draft_culprit(builder, draft, CULPRIT_NETWORK, NULL, hops);
    else if (known == NULL)
        draft_culprit(builder, draft, CULPRIT_SERVER, &pair->server, hops);
    else if (known->has_address && !address_equal(&known->address, &pair->server))
        draft_culprit(builder, draft, CULPRIT_SERVER, NULL, 0); /* one must not stand for all */
}

static void clock_add(struct clock_walk *walk, const struct time_pair *pair,
                      enum verdict_on_time verdict)
{
    struct builder *builder = walk->builder;
    bool redirected = pair_is_redirected(walk, pair);
    char key[64];
    snprintf(key, sizeof key, "%zu %d %d", pair->row, (int)verdict, redirected);
    struct draft *draft =
        builder_draft(builder, key, "ntp-bad-time", SEVERITY_WARNING, pair->row, NTP_PORT);
    const struct time_answer *example = time_pair_example(pair, verdict);
    if (draft->finding.detail_count == 0) {
        draft_detail_text(builder, draft, "how", how_words[verdict]);
        if (verdict == TIME_OFFSET)
            draft_detail_number(draft, "offset_seconds",
                                (double)example->offset / (double)NANOSECONDS_PER_SECOND);
        else if (example->code[0] != '\0')
            draft_detail_text(builder, draft, "code", example->code);
    }
    enum confidence confidence = CONFIDENCE_CERTAIN;
    if (verdict == TIME_OFFSET)
        confidence = clock_is_confirmed(walk, pair->first_bad, pair->last_bad)
                         ? CONFIDENCE_LIKELY
                         : CONFIDENCE_POSSIBLE;
    draft_confidence(draft, confidence);
    clock_culprit(builder, draft, pair, redirected);
    draft_add_device(builder, draft, &pair->client);
    draft_add_address(builder, draft, &pair->server);
    draft_add_name(builder, draft, pair->name);
    draft_add_rows_of(builder, draft, pair->name, &pair->server, NTP_PORT, TRANSPORT_UDP);
    draft_seen(draft, pair->first_bad, pair->last_bad);
    draft->finding.count += pair->counts[verdict];
    for (size_t i = 0; i < pair->answer_count; i++)
        answer_evidence(builder, draft, &pair->answers[i]);
}

static const char *describe_offset(struct arena *arena, struct finding *finding)
{
    double seconds = finding->details[1].number;
    finding->explanation = arena_format(
        arena,
        "%.0f answers say that they are in order, and give a time that the way to the server "
        "cannot explain. %s",
        (double)finding->count,
        finding->confidence == CONFIDENCE_POSSIBLE
            ? "Nothing else in the capture shows whether the server's clock is wrong or the "
              "clock of the machine that captured."
            : "Other time servers agreed with the capture's clock meanwhile.");
    finding->remedy =
        "Check the clock of the machine that captured first; if it is right, correct the time "
        "server, or let the devices ask Apple's. A device with a wrong clock refuses genuine "
        "certificates.";
    return arena_format(arena, "gives a time that is %.0f seconds %s of the capture's clock",
                        seconds < 0 ? -seconds : seconds, seconds < 0 ? "behind" : "ahead");
}

static const char *describe_kiss(struct arena *arena, struct finding *finding)
{
    const char *code = finding->detail_count > 1 ? finding->details[1].text : "";
    bool rate = strcmp(code, "RATE") == 0;
    finding->explanation = arena_format(
        arena,
        "The answer to each of %.0f requests is a kiss-o'-death packet (stratum 0) with the code "
        "%s: %s. It carries no time.",
        (double)finding->count, code,
        rate ? "too many requests come from this address"
             : "the server does not serve this address");
    finding->remedy =
        rate ? "Find what asks that often behind the same public address, or give the devices a "
               "time server of the site's own."
             : "Allow the site's addresses on the time server, or stop leading the devices to it.";
    return arena_format(arena, "refuses to give the time (%s)", code);
}

static const char *describe_unsynchronised(struct arena *arena, struct finding *finding)
{
    finding->explanation = arena_format(
        arena,
        "%.0f answers say by leap indicator 3, stratum 16 or stratum 0 that the server does not "
        "know the time itself; devices do not use them.",
        (double)finding->count);
    finding->remedy = "Give the time server a source that it can reach (its own UDP port 123 "
                      "outbound), or stop leading the devices to it.";
    return "does not know the time itself (unsynchronised)";
}

static void clock_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *how = finding->details[0].text;
    const char *what;
    if (strcmp(how, how_words[TIME_OFFSET]) == 0)
        what = describe_offset(arena, finding);
    else if (strcmp(how, how_words[TIME_KISS]) == 0)
        what = describe_kiss(arena, finding);
    else
        what = describe_unsynchronised(arena, finding);
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    finding->summary = arena_format(arena, "The time server that answers as %s %s; %s affected.",
                                    finding->host, what, devices);
    if (finding->culprit != NULL && finding->culprit->role == CULPRIT_NETWORK)
        finding->explanation = arena_format(
            arena,
            "%s By their TTL the answers come from near by, not from Apple: NTP is redirected.",
            finding->explanation);
}

/* Drafts what all pairs together say, in the order of rows. */
static void clock_conclude(struct clock_walk *walk)
{
    for (size_t i = 0; i < walk->answers->pair_count; i++)
        if (walk->answers->pairs[i].counts[TIME_GOOD] > 0)
            walk->served[walk->served_count++] = &walk->answers->pairs[i];
    if (walk->served_count > 1)
        qsort(walk->served, walk->served_count, sizeof *walk->served, compare_servers);
    walk->capture_clock_is_wrong = capture_clock_is_wrong(walk);
    struct draft *before = walk->builder->last;
    for (size_t i = 0; i < walk->answers->pair_count; i++) {
        enum verdict_on_time verdict = time_pair_verdict(&walk->answers->pairs[i]);
        if (pair_is_at_fault(walk, &walk->answers->pairs[i], verdict))
            clock_add(walk, &walk->answers->pairs[i], verdict);
    }
    builder_settle(walk->builder, before, NULL, clock_describe);
}

bool rule_clock(struct builder *builder)
{
    struct time_answers answers;
    struct clock_walk walk = {.builder = builder, .answers = &answers};
    bool done = time_answers_read(builder, &answers);
    if (done && answers.pair_count > 0) {
        walk.served = calloc(answers.pair_count, sizeof *walk.served);
        done = walk.served != NULL ||
               problem_set(builder->problem,
                           "memory is out; limit the report with --since or --device");
        if (done)
            clock_conclude(&walk);
    }
    free(walk.served);
    time_answers_release(&answers);
    return done;
}
