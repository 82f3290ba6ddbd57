/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finding is known by its cause (kind, row of the catalogue, culprit), whatever its
 * words and counts are by now.  What one diagnosis says and the next takes back was
 * only under way; so nothing is said before ANNOUNCEMENTS_STABLE of them agree, neither
 * that something fails nor that it is over, and no failure before it has gone on for
 * ANNOUNCEMENTS_SPAN: devices try again within seconds.
 */
#include "program/announcements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAUSE_SIZE 256
#define RESETS_NEEDED 3
#define REJECTION_SPAN (60 * NANOSECONDS_PER_SECOND)

struct cause {
    char key[CAUSE_SIZE];
    struct text summary; /* of the diagnosis that showed it last */
    enum severity severity;
    enum confidence confidence;
    int64_t held_since; /* the first diagnosis of `holds` */
    uint64_t count;
    unsigned seen; /* diagnoses in a row that have it, over or not */
    unsigned holds; /* in a row in which it goes on */
    unsigned missing; /* in a row in which it does not */
    bool announced;
    bool passed; /* it was told as such */
    bool in_this; /* diagnosis */
    bool ongoing;
};

struct announcements {
    struct cause causes[ANNOUNCEMENTS_LIMIT];
    size_t count;
    enum verdict verdict; /* that was announced */
    bool has_verdict;
    enum verdict candidate;
    unsigned candidate_for; /* diagnoses in a row */
};

struct announcements *announcements_create(void)
{
    return calloc(1, sizeof(struct announcements));
}

void announcements_release(struct announcements *announcements)
{
    if (announcements == NULL)
        return;
    for (size_t i = 0; i < announcements->count; i++)
        text_release(&announcements->causes[i].summary);
    free(announcements);
}

static void cause_key(const struct finding *finding, char key[CAUSE_SIZE])
{
    char address[ADDRESS_TEXT_SIZE] = "";
    const struct culprit *culprit = finding->culprit;
    if (culprit != NULL && culprit->has_address)
        address_print(&culprit->address, address);
    snprintf(key, CAUSE_SIZE, "%s|%s|%d|%u|%s|%s", finding->kind,
             finding->host != NULL ? finding->host : "", finding->port, finding->transport,
             finding->category != NULL ? finding->category : "", address);
}

/* The cause of that key, made if there is room; else one that is over and forgotten. */
static struct cause *cause_find(struct announcements *announcements, const char *key)
{
    struct cause *unused = NULL;
    for (size_t i = 0; i < announcements->count; i++) {
        struct cause *cause = &announcements->causes[i];
        if (strcmp(cause->key, key) == 0)
            return cause;
        if (!cause->announced && cause->missing >= ANNOUNCEMENTS_STABLE && !cause->in_this)
            unused = cause;
    }
    if (announcements->count < ANNOUNCEMENTS_LIMIT)
        unused = &announcements->causes[announcements->count++];
    if (unused == NULL)
        return NULL;
    text_release(&unused->summary);
    *unused = (struct cause){.severity = SEVERITY_NOTE};
    snprintf(unused->key, sizeof unused->key, "%s", key);
    return unused;
}

static void add_line(struct text *lines, int64_t now, const char *what, const struct cause *cause)
{
    char time[TIMESTAMP_TEXT_SIZE], kind[CAUSE_SIZE];
    snprintf(kind, sizeof kind, "%s", cause->key);
    kind[strcspn(kind, "|")] = '\0';
    /* To the second: it is when the program says so. */
    timestamp_print(now - now % NANOSECONDS_PER_SECOND, time);
    text_add_format(lines, "%s %s %s %s (%s): ", time, what, severity_word(cause->severity), kind,
                    confidence_word(cause->confidence));
    text_add_printable(lines, text_content(&cause->summary));
    text_add(lines, "\n");
}

static void cause_update(struct cause *cause, const struct finding *finding)
{
    cause->in_this = true;
    cause->ongoing = finding->ongoing != ONGOING_NO;
    cause->severity = finding->severity;
    cause->confidence = finding->confidence;
    cause->count = finding->count;
    text_clear(&cause->summary);
    text_add(&cause->summary, finding->summary != NULL ? finding->summary : "");
}

static bool is_kind(const struct cause *cause, const char *kind)
{
    size_t length = strlen(kind);
    return strncmp(cause->key, kind, length) == 0 && cause->key[length] == '|';
}

/* One reset may be the first of what turns out to be a timer or a load balancer; a
 * certificate may be refused because of a clock, whose time servers' silence takes a
 * while to show. */
static bool is_seen_enough(const struct cause *cause, int64_t now)
{
    if (is_kind(cause, "tls-rejected"))
        return now - cause->held_since >= REJECTION_SPAN;
    return !is_kind(cause, "connection-reset") || cause->count >= RESETS_NEEDED;
}

static void cause_judge(struct cause *cause, int64_t now, struct text *lines)
{
    bool holds = cause->in_this && cause->ongoing;
    cause->seen = cause->in_this ? cause->seen + 1 : 0;
    cause->held_since = holds && cause->holds > 0 ? cause->held_since : now;
    cause->holds = holds ? cause->holds + 1 : 0;
    cause->missing = holds ? 0 : cause->missing + 1;
    if (!cause->announced && cause->holds >= ANNOUNCEMENTS_STABLE &&
        now - cause->held_since >= ANNOUNCEMENTS_SPAN && is_seen_enough(cause, now)) {
        cause->announced = cause->passed = true;
        add_line(lines, now, "found", cause);
    } else if (!cause->announced && !holds && !cause->passed &&
               cause->seen >= ANNOUNCEMENTS_STABLE && cause->missing >= ANNOUNCEMENTS_STABLE &&
               is_seen_enough(cause, now)) {
        cause->passed = true;
        add_line(lines, now, "passed", cause); /* it came and went between two looks */
    } else if (cause->announced && cause->missing == ANNOUNCEMENTS_STABLE) {
        cause->announced = false;
        add_line(lines, now, "over", cause);
    }
}

/* Is something under way that may become a finding, or the end of one? */
static bool is_undecided(const struct announcements *announcements)
{
    for (size_t i = 0; i < announcements->count; i++) {
        const struct cause *cause = &announcements->causes[i];
        if (cause->severity == SEVERITY_NOTE)
            continue;
        if ((!cause->announced && cause->holds > 0) || (cause->announced && cause->missing > 0))
            return true;
    }
    return false;
}

static enum verdict verdict_now(const struct announcements *announcements,
                                const struct diagnosis *diagnosis)
{
    if (announcements_open(announcements, SEVERITY_CRITICAL) > 0)
        return VERDICT_BLOCKED;
    if (announcements_open(announcements, SEVERITY_WARNING) > 0)
        return VERDICT_IMPAIRED;
    if (diagnosis->verdict == VERDICT_INCONCLUSIVE)
        return VERDICT_INCONCLUSIVE;
    for (size_t i = 0; i < diagnosis->condition_count; i++)
        if (diagnosis->conditions[i].serious)
            return VERDICT_INCONCLUSIVE;
    return VERDICT_HEALTHY;
}

static void judge_verdict(struct announcements *announcements, const struct diagnosis *diagnosis,
                          int64_t now, struct text *lines)
{
    char time[TIMESTAMP_TEXT_SIZE];
    enum verdict verdict = verdict_now(announcements, diagnosis);
    if (is_undecided(announcements))
        return;
    announcements->candidate_for =
        verdict == announcements->candidate ? announcements->candidate_for + 1 : 1;
    announcements->candidate = verdict;
    /* What was announced is stable already; that nothing is wrong must prove so. */
    bool stable = verdict == VERDICT_BLOCKED || verdict == VERDICT_IMPAIRED ||
                  announcements->candidate_for >= ANNOUNCEMENTS_STABLE;
    if (!stable || (announcements->has_verdict && verdict == announcements->verdict))
        return;
    announcements->has_verdict = true;
    announcements->verdict = verdict;
    timestamp_print(now - now % NANOSECONDS_PER_SECOND, time);
    text_add_format(lines, "%s verdict %s: %zu critical, %zu warning\n", time,
                    verdict_word(verdict), announcements_open(announcements, SEVERITY_CRITICAL),
                    announcements_open(announcements, SEVERITY_WARNING));
}

void announcements_take(struct announcements *announcements, const struct diagnosis *diagnosis,
                        int64_t now, struct text *lines)
{
    char key[CAUSE_SIZE];
    for (size_t i = 0; i < announcements->count; i++)
        announcements->causes[i].in_this = false;
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        cause_key(&diagnosis->findings[i], key);
        struct cause *cause = cause_find(announcements, key);
        if (cause != NULL && (!cause->in_this || diagnosis->findings[i].ongoing != ONGOING_NO))
            cause_update(cause, &diagnosis->findings[i]);
    }
    for (size_t i = 0; i < announcements->count; i++)
        cause_judge(&announcements->causes[i], now, lines);
    judge_verdict(announcements, diagnosis, now, lines);
}

bool announcements_verdict(const struct announcements *announcements, enum verdict *verdict)
{
    *verdict = announcements->verdict;
    return announcements->has_verdict;
}

size_t announcements_open(const struct announcements *announcements, enum severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < announcements->count; i++)
        count +=
            announcements->causes[i].announced && announcements->causes[i].severity == severity;
    return count;
}
