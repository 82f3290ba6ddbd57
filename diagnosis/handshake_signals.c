/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does one device answer for many servers?  Where the certificate is hidden, the refused
 * handshakes come in with how their servers look; what speaks for somebody in between goes
 * out, each signal by its name.
 */
#include "diagnosis/handshake_signals.h"

#include <string.h>

#define RETRIES_NEEDED 3
#define RETRIES_SPAN (60 * NANOSECONDS_PER_SECOND) /* between one and the next, at most */
#define ROUND_TRIP_SLACK (NANOSECONDS_PER_SECOND / 1000)

uint64_t handshake_hash(uint64_t hash, const char *text)
{
    if (text == NULL)
        return hash;
    if (hash == 0)
        hash = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
    return hash;
}

uint64_t handshake_marks(const struct sender_marks *marks, uint64_t fingerprint)
{
    if (marks->syn_options == NULL || marks->ttl_lowest == 0 || fingerprint == 0)
        return 0;
    uint64_t hash = handshake_hash(fingerprint, marks->syn_options);
    uint64_t numbers[] = {marks->ttl_lowest, marks->ttl_highest, marks->syn_window,
                          (uint64_t)marks->identification};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        hash = (hash ^ numbers[i]) * UINT64_C(1099511628211);
    return hash;
}

bool handshake_is_post_quantum(uint16_t group)
{
    /* SecP256r1MLKEM768, X25519MLKEM768, SecP384r1MLKEM1024, X25519Kyber768Draft00 */
    return (group >= 0x11eb && group <= 0x11ed) || group == 0x6399;
}

bool handshake_same_answer(const struct handshake_answer *one, const struct handshake_answer *two)
{
    return one->marks == two->marks && one->offer == two->offer &&
           one->post_quantum == two->post_quantum && one->retried == two->retried;
}

/* Apple and each of the others have servers of their own. */
static bool are_unrelated(const struct networks *networks, const struct address *one,
                          const struct address *two)
{
    return networks != NULL && networks_owner(networks, one) != networks_owner(networks, two);
}

/* As far away: chance may give two servers the same TTL, but hardly the same way as well. */
static bool are_as_far(int64_t one, int64_t two)
{
    if (one == DIFFERENCE_NONE || two == DIFFERENCE_NONE)
        return false;
    int64_t distance = one > two ? one - two : two - one;
    return distance <= ROUND_TRIP_SLACK || distance <= one / 5;
}

static bool looks_like(const struct handshake_answer *one, const struct handshake_answer *two)
{
    return one->marks != 0 && one->marks == two->marks &&
           are_as_far(one->round_trip, two->round_trip);
}

void handshake_signals_compare(struct handshake_results *results, const struct networks *networks)
{
    for (size_t i = 0; i < results->group_count; i++) {
        struct handshake_group *group = &results->groups[i];
        if (group->end != HANDSHAKE_REFUSED || group->tunnel || !group->same_answer ||
            results->hidden_count == HANDSHAKE_HIDDEN_LIMIT)
            continue;
        for (size_t j = 0; j < results->hidden_count; j++) {
            struct handshake_group *other = &results->groups[results->hidden[j]];
            if (looks_like(&other->answer, &group->answer) &&
                are_unrelated(networks, &other->server, &group->server))
                group->one_terminator = other->one_terminator = true;
        }
        results->hidden[results->hidden_count++] = i;
    }
}

static void group_compare(struct handshake_group *group, const struct networks *networks,
                          const struct fact_flow *flow, bool complete,
                          const struct handshake_answer *answer)
{
    if (looks_like(&group->answer, answer) &&
        are_unrelated(networks, &group->server, &flow->server.address))
        group->one_terminator = true;
    if (!complete || group->answer.offer == 0 || group->answer.offer != answer->offer ||
        !handshake_same_name(group->name, attempt_name(flow)))
        return;
    bool better = (answer->post_quantum && !group->answer.post_quantum) ||
                  (group->answer.retried && !answer->retried);
    group->better_elsewhere = group->better_elsewhere || better;
    group->same_elsewhere = group->same_elsewhere || !better;
}

void handshake_signals_learn(struct handshake_results *results, const struct networks *networks,
                             const struct fact_flow *flow, bool complete,
                             const struct handshake_answer *answer)
{
    for (size_t i = 0; i < results->hidden_count; i++)
        group_compare(&results->groups[results->hidden[i]], networks, flow, complete, answer);
}

static bool is_tried_again(const struct handshake_group *group)
{
    return group->count >= RETRIES_NEEDED &&
           group->last_time - group->first_time <= (int64_t)group->count * RETRIES_SPAN;
}

const char *handshake_signals_text(struct arena *arena, const struct handshake_group *group,
                                   const char *refusal, const char *known)
{
    const struct {
        const char *name;
        bool shown;
    } signals[] = {
        {"server-next-door", group->near},
        {"late-server-hello", group->late},
        {"one-terminator", group->one_terminator},
        {"weaker-than-elsewhere", group->better_elsewhere && !group->same_elsewhere},
        {"downgrade-sentinel", group->downgraded},
        {"retries", is_tried_again(group)},
    };
    const char *text = refusal;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (signals[i].shown && (known == NULL || strstr(known, signals[i].name) != NULL))
            text = arena_format(arena, "%s, %s", text, signals[i].name);
    return text;
}

bool handshake_signals_agree(const char *signals)
{
    return strstr(signals, "server-next-door") != NULL ||
           strstr(signals, "late-server-hello") != NULL ||
           strstr(signals, "one-terminator") != NULL ||
           strstr(signals, "weaker-than-elsewhere") != NULL ||
           strstr(signals, "downgrade-sentinel") != NULL;
}
