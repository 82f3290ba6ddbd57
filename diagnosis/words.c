/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which words does a report name a verdict, a severity, a culprit?  A value
 * of an enumeration comes in, its word goes out: the vocabulary of the JSON
 * report, which the other formats share.
 */
#include "diagnosis/finding.h"

#include <assert.h>
#include <stddef.h>

#define WORD_COUNT(words) (sizeof(words) / sizeof(words)[0])

const char *verdict_word(enum verdict verdict)
{
    static const char *const words[] = {
        [VERDICT_INCONCLUSIVE] = "inconclusive",
        [VERDICT_HEALTHY] = "healthy",
        [VERDICT_IMPAIRED] = "impaired",
        [VERDICT_BLOCKED] = "blocked",
    };

    assert((size_t)verdict < WORD_COUNT(words));
    return words[verdict];
}

const char *severity_word(enum severity severity)
{
    static const char *const words[] = {
        [SEVERITY_NOTE] = "note",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_CRITICAL] = "critical",
    };

    assert((size_t)severity < WORD_COUNT(words));
    return words[severity];
}

const char *confidence_word(enum confidence confidence)
{
    static const char *const words[] = {
        [CONFIDENCE_POSSIBLE] = "possible",
        [CONFIDENCE_LIKELY] = "likely",
        [CONFIDENCE_CERTAIN] = "certain",
    };

    assert((size_t)confidence < WORD_COUNT(words));
    return words[confidence];
}

const char *culprit_role_word(enum culprit_role role)
{
    static const char *const words[] = {
        [CULPRIT_UNKNOWN] = "unknown",   [CULPRIT_FIREWALL] = "firewall",
        [CULPRIT_RESOLVER] = "resolver", [CULPRIT_PROXY] = "proxy",
        [CULPRIT_SERVER] = "server",     [CULPRIT_DEVICE] = "device",
        [CULPRIT_NETWORK] = "network",
    };

    assert((size_t)role < WORD_COUNT(words));
    return words[role];
}

const char *coverage_status_word(enum coverage_status status)
{
    static const char *const words[] = {
        [COVERAGE_UNSEEN] = "unseen",
        [COVERAGE_OK] = "ok",
        [COVERAGE_PARTIAL] = "partial",
        [COVERAGE_FAILING] = "failing",
    };

    assert((size_t)status < WORD_COUNT(words));
    return words[status];
}

const char *transport_word(uint8_t transport)
{
    if (transport == TRANSPORT_TCP)
        return "tcp";
    if (transport == TRANSPORT_UDP)
        return "udp";
    return NULL;
}

static const struct step_words {
    const char *word;
    const char *phrase;
} step_words[STORY_STEP_COUNT] = {
    [STEP_NETWORK] = {"network", "got an address"},
    [STEP_NAMES] = {"names", "resolved names"},
    [STEP_PORTAL_CHECK] = {"portal-check", "passed the captive-network check"},
    [STEP_TIME] = {"time", "got the time"},
    [STEP_ACTIVATION] = {"activation", "reached activation (albert.apple.com)"},
    [STEP_ATTESTATION] = {"attestation", "reached attestation (humb.apple.com)"},
    [STEP_ENROLMENT_RECORD] = {"enrolment-record", "asked for its enrolment record"},
    [STEP_MANAGEMENT] = {"management", "reached the MDM server"},
    [STEP_PUSH_SETTINGS] = {"push-settings", "got the settings of push"},
    [STEP_PUSH] = {"push", "connected to push"},
    [STEP_UPDATES] = {"updates", "asked for updates"},
    [STEP_STORE] = {"store", "reached the App Store"},
};

const char *story_step_word(enum story_step step)
{
    return step_words[step].word;
}

const char *story_step_phrase(enum story_step step)
{
    return step_words[step].phrase;
}

const char *story_state_word(enum story_state state)
{
    static const char *const words[] = {"unseen", "tried", "reached"};
    return words[state];
}

const char *push_way_word(enum push_way way)
{
    static const char *const words[] = {"tcp/5223", "tcp/443", "proxy"};
    return words[way];
}
