/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a torn down connection explained?  The tests that spoke come in, with their
 * numbers; the finding's sentences go out.
 */
#include "diagnosis/reset_words.h"

#include <string.h>

#include "diagnosis/reset_origin.h"

#define MILLISECOND (NANOSECONDS_PER_SECOND / 1000)

const char *const reset_origin_words[] = {"server", "injected", "device"};

const char *reset_stage_word(enum reset_stage stage)
{
    if (stage == RESET_STAGE_AFTER_CLIENT_HELLO)
        return "after-client-hello";
    return stage == RESET_STAGE_HANDSHAKE ? "handshake" : "established";
}

static double milliseconds(int64_t duration)
{
    return (double)duration / (double)MILLISECOND;
}

static const char *ttls_phrase(struct arena *arena, const struct reset_case *of)
{
    return of->ttl_lowest == of->ttl_highest
               ? arena_format(arena, "%u", of->ttl_lowest)
               : arena_format(arena, "%u to %u", of->ttl_lowest, of->ttl_highest);
}

static const char *test_phrase(struct arena *arena, const struct reset_case *of,
                               enum reset_test test)
{
    switch (test) {
    case RESET_TEST_TTL:
        return arena_format(arena, "TTL %u where the other packets of that address have %s",
                            of->reset_ttl, ttls_phrase(arena, of));
    case RESET_TEST_WENT_ON:
        return "the server went on sending afterwards, as if it knew nothing of the RST";
    case RESET_TEST_TIMING:
        return arena_format(arena,
                            "sent %.1f ms after the ClientHello, faster than the server can "
                            "answer (there and back takes %.1f ms)",
                            milliseconds(of->quick_gap), milliseconds(of->round_trip));
    case RESET_TEST_SEQUENCE:
        return arena_format(arena,
                            "its sequence number is %lld bytes off what the server would use next",
                            (long long)of->offset);
    case RESET_TEST_IDENTIFICATION:
        return arena_format(arena,
                            "IP identification %u where that address numbers all its packets 0",
                            of->identification);
    case RESET_TEST_STATION:
        return "another station of the local network sent it than that address's other packets";
    case RESET_TEST_BOTH_WAYS:
        return "both ends got one in the other's name within 5 ms";
    }
    return "";
}

static const char *agreement_phrase(struct arena *arena, const struct reset_case *of)
{
    const char *all = NULL;
    if ((of->agreements & RESET_TEST_TTL) != 0)
        all = arena_format(arena, "its TTL %u fits the server's other packets (%s)", of->reset_ttl,
                           ttls_phrase(arena, of));
    if ((of->agreements & RESET_TEST_SEQUENCE) != 0)
        all = arena_format(arena, "%s%sits sequence number is the one that the server would use",
                           all != NULL ? all : "", all != NULL ? ", " : "");
    return all;
}

const char *reset_grounds(const struct builder *builder, const struct reset_case *of,
                          enum reset_origin origin)
{
    static const enum reset_test order[] = {
        RESET_TEST_TTL,      RESET_TEST_TIMING,         RESET_TEST_WENT_ON, RESET_TEST_BOTH_WAYS,
        RESET_TEST_SEQUENCE, RESET_TEST_IDENTIFICATION, RESET_TEST_STATION};
    struct arena *arena = &builder->diagnosis->arena;
    const char *all = NULL;
    if (origin != ORIGIN_INJECTED)
        return agreement_phrase(arena, of);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if ((of->tests & order[i]) != 0)
            all = all == NULL
                      ? test_phrase(arena, of, order[i])
                      : arena_format(arena, "%s; %s", all, test_phrase(arena, of, order[i]));
    return all;
}

enum confidence reset_confidence(const struct reset_case *of, enum reset_origin origin)
{
    unsigned tests = reset_tests_count(of->tests);
    bool went_on = (of->tests & RESET_TEST_WENT_ON) != 0;
    if (origin == ORIGIN_DEVICE)
        return CONFIDENCE_LIKELY;
    if (origin == ORIGIN_INJECTED)
        return tests >= 3 || (went_on && tests == 2) ? CONFIDENCE_CERTAIN
               : tests == 2                          ? CONFIDENCE_LIKELY
                                                     : CONFIDENCE_POSSIBLE;
    return of->draft->finding.count > 1 && of->agreements != 0 && of->tests == 0 &&
                   of->untimed < of->draft->finding.count
               ? CONFIDENCE_LIKELY
               : CONFIDENCE_POSSIBLE;
}

static const char *when_phrase(const struct finding *finding)
{
    const char *stage = finding->details[1].text;
    if (strcmp(stage, "after-client-hello") == 0)
        return finding->port == 80 ? "right after the request" : "right after the ClientHello";
    return strcmp(stage, "handshake") == 0 ? "during the TLS handshake"
                                           : "while the device waits for an answer";
}

/* Attempts of the same devices that did not even open: the same obstacle, or another. */
static const char *silent_phrase(struct builder *builder, const struct draft *draft)
{
    const struct finding *finding = &draft->finding;
    uint64_t silent = 0;
    for (size_t i = 0; i < finding->device_count; i++) {
        const struct tally *tally =
            ledger_find(builder->ledger, &finding->devices[i], NULL, draft->row);
        silent += tally != NULL ? tally->counts[ATTEMPT_SILENT] : 0;
    }
    return silent == 0
               ? ""
               : arena_format(&builder->diagnosis->arena,
                              " Not all fail alike: %s of the same devices got no answer "
                              "to the SYN.",
                              count_phrase(builder, silent, "other attempt", "other attempts"));
}

static void describe_injected(struct arena *arena, struct finding *finding, const char *times,
                              const char *grounds)
{
    bool hello = strcmp(finding->details[1].text, "after-client-hello") == 0;
    finding->explanation = arena_format(
        arena,
        "%s opened and got a RST that the end whose address it bears did not send: %s. A device on "
        "the way forges it%s.",
        times, grounds,
        !hello                ? ""
        : finding->port == 80 ? ", by the web address in the request as a rule"
                              : ", by the server name in the ClientHello as a rule");
    finding->remedy = arena_format(
        arena,
        "Find the filter that looks at %s (firewall, IPS, web filter) and exempt %s from it, "
        "by name and without inspection.",
        finding->port == 80 ? "web addresses" : "TLS server names", finding->host);
}

static void describe_by_server(struct arena *arena, struct finding *finding, const char *times,
                               const char *grounds)
{
    finding->explanation = arena_format(
        arena,
        "%s opened and got a RST from the server's address, and %s: the server itself ended "
        "what it had accepted, or something close to it, such as a transparent proxy that answers "
        "for it.",
        times, grounds != NULL ? grounds : "nothing tells that somebody else sent it");
    finding->remedy = arena_format(
        arena,
        "Check whether a transparent proxy or inspection terminates connections to %s, "
        "and exempt it; compare with a network that has none.",
        finding->host);
}

static void describe_by_device(struct arena *arena, struct finding *finding, const char *times)
{
    finding->severity = SEVERITY_WARNING;
    finding->explanation = arena_format(
        arena,
        "%s: the device itself hung up in the middle of the handshake, after the server's "
        "answer and before any data, every time. That is how an Apple client leaves a "
        "certificate that it does not accept.",
        times);
    finding->remedy = arena_format(
        arena,
        "Check whether TLS inspection re-signs %s and exempt it; check the device's date "
        "and time.",
        finding->host);
}

void reset_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *origin = finding->details[0].text;
    const char *grounds = finding->explanation;
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    const char *times = count_phrase(builder, finding->count, "connection", "connections");
    finding->summary = arena_format(
        arena, "Connections to %s port %d, needed for %s, are reset %s for %s.%s", finding->host,
        finding->port, category_phrase(finding->category), when_phrase(finding), devices,
        !draft->works_otherwise     ? ""
        : finding->period_count > 0 ? " It works at other times."
                                    : " The service still works another way.");
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (strcmp(origin, reset_origin_words[ORIGIN_INJECTED]) == 0)
        describe_injected(arena, finding, times,
                          grounds != NULL ? grounds : "it looks unlike that address's packets");
    else if (strcmp(origin, reset_origin_words[ORIGIN_SERVER]) == 0)
        describe_by_server(arena, finding, times, grounds);
    else
        describe_by_device(arena, finding, times);
    finding->explanation =
        arena_format(arena, "%s%s", finding->explanation, silent_phrase(builder, draft));
}
