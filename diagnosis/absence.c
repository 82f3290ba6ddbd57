/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How sure is what rests on answers that are not there, in a capture that lost packets?
 * The findings of all rules come in; those that a lossy capture could make by itself are
 * less sure afterwards, and say so.
 */
#include <string.h>

#include "diagnosis/capture_drops.h"
#include "diagnosis/rules.h"

/* That all answers to several attempts were lost: what is less likely changes nothing. More
 * attempts than a few count no more, as losses come in bursts. */
#define CHANCE_LEAST 1e-4
#define ATTEMPTS_MOST 4

/* What says, in a finding's details, that it is about silence; no detail: it always is. */
static const struct {
    const char *kind, *detail, *value;
} silences[] = {
    {"port-blocked", "how", "no-answer"},   {"dns-unanswered", NULL, NULL},
    {"dns-blocked", "answer", "no-answer"}, {"cname-squashed", "answer", "no-answer"},
    {"handshake-stalled", NULL, NULL},      {"proxy-refused", "how", "no-answer"},
    {"quic-blocked", NULL, NULL},
};

static bool detail_is(const struct finding *finding, const char *name, const char *value)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].text != NULL && strcmp(finding->details[i].text, value) == 0;
    return false;
}

static bool is_silence(const struct finding *finding)
{
    for (size_t i = 0; i < sizeof silences / sizeof silences[0]; i++)
        if (strcmp(finding->kind, silences[i].kind) == 0)
            return silences[i].detail == NULL ||
                   detail_is(finding, silences[i].detail, silences[i].value);
    return false;
}

/* Of the devices' packets, the share that the capture lost, at least: of those that are best
 * seen, as one of them suffices for the claim. */
static double share_lost(const struct ledger *ledger, const struct finding *finding,
                         const struct capture_drops *drops)
{
    double lost = 1;
    for (size_t i = 0; i < finding->device_count; i++) {
        double one = ledger_loss(ledger, &finding->devices[i]);
        lost = one < lost ? one : lost;
    }
    bool meanwhile = drops->dropped > 0 && drops->first_time <= finding->last_seen &&
                     drops->last_time >= finding->first_seen;
    double dropped = meanwhile ? capture_drops_share(drops) : 0;
    lost = finding->device_count > 0 ? lost : 0;
    return dropped > lost ? dropped : lost;
}

static double chance_of(double share, uint64_t attempts)
{
    double chance = 1;
    for (uint64_t i = 0; i < attempts && i < ATTEMPTS_MOST; i++)
        chance *= share;
    return chance;
}

static void draft_weigh(struct builder *builder, struct draft *draft,
                        const struct capture_drops *drops)
{
    struct finding *finding = &draft->finding;
    double share = share_lost(builder->ledger, finding, drops);
    if (share <= 0 || finding->explanation == NULL ||
        chance_of(share, finding->count) < CHANCE_LEAST)
        return;
    if (finding->confidence != CONFIDENCE_POSSIBLE)
        finding->confidence =
            finding->confidence == CONFIDENCE_CERTAIN ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
    draft_detail_number(draft, "capture_loss_percent", (double)(int64_t)(share * 1000 + 0.5) / 10);
    finding->explanation =
        arena_format(&builder->diagnosis->arena,
                     "%s The capture lacks %.1f %% of these devices' packets at least, so that "
                     "the answers may have come and be among what it lost.",
                     finding->explanation, share * 100);
}

bool rule_absence(struct builder *builder)
{
    struct capture_drops drops;
    if (!capture_drops_read(builder, &drops))
        return false;
    for (struct draft *draft = builder->first; draft != NULL; draft = draft->next)
        if (is_silence(&draft->finding))
            draft_weigh(builder, draft, &drops);
    return true;
}
