/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets show a finding at a glance?  The representative connection of its
 * draft, or the exchange that its evidence begins with, comes in; at most a dozen
 * steps between at most four parties go out.
 */
#include "diagnosis/ladder.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_KEPT_LAST 4u

const char *ladder_culprit_role(const struct finding *finding)
{
    if (finding->culprit != NULL && finding->culprit->role == CULPRIT_FIREWALL)
        return "firewall";
    if (finding->culprit != NULL && finding->culprit->role == CULPRIT_PROXY)
        return "proxy";
    return "on the path";
}

size_t ladder_party_of(struct ladder_draft *ladder, const struct address *address, const char *role)
{
    for (size_t i = 0; i < ladder->party_count; i++)
        if (ladder->parties[i].address != NULL && address_equal(&ladder->addresses[i], address))
            return i;
    if (ladder->party_count == LADDER_PARTY_LIMIT)
        return LADDER_PARTY_LIMIT - 1;
    char text[ADDRESS_TEXT_SIZE];
    size_t at = ladder->party_count++;
    ladder->addresses[at] = *address;
    ladder->parties[at].role = role;
    ladder->parties[at].address =
        arena_copy(&ladder->builder->diagnosis->arena, address_print(address, text));
    return at;
}

size_t ladder_party_unseen(struct ladder_draft *ladder, const char *role)
{
    for (size_t i = 0; i < ladder->party_count; i++)
        if (ladder->parties[i].address == NULL)
            return i;
    if (ladder->party_count == LADDER_PARTY_LIMIT)
        return LADDER_PARTY_LIMIT - 1;
    ladder->parties[ladder->party_count].role = role;
    return ladder->party_count++;
}

struct ladder_step *ladder_add(struct ladder_draft *ladder, uint64_t packet, int64_t time,
                               size_t from, size_t to, const char *label)
{
    if (ladder->step_count == LADDER_DRAFT_LIMIT) {
        ladder->left_out++;
        ladder->step_count--;
    }
    size_t at = ladder->step_count++;
    struct ladder_step *step = &ladder->steps[at];
    memset(step, 0, sizeof *step);
    ladder->packets[at] = packet;
    if (packet != PACKET_NONE)
        step->source = source_display_name(ladder->builder->diagnosis, packet_source(packet));
    step->packet = packet_number(packet);
    step->time = time;
    step->from = from;
    step->to = to;
    step->label = label;
    step->answered = true;
    return step;
}

void ladder_add_silence(struct ladder_draft *ladder, size_t from, size_t to, const char *note)
{
    struct ladder_step *step =
        ladder_add(ladder, PACKET_NONE, TIMESTAMP_NONE, from, to, "no answer");
    step->answered = false;
    step->breaks = true;
    step->note = note;
}

static bool comes_before(const struct ladder_draft *ladder, size_t one, size_t two)
{
    const struct ladder_step *left = &ladder->steps[one];
    const struct ladder_step *right = &ladder->steps[two];
    if ((left->packet == 0) != (right->packet == 0))
        return left->packet != 0; /* silence is known last */
    if (left->time != right->time)
        return left->time < right->time;
    return ladder->packets[one] < ladder->packets[two];
}

/* Few steps, nearly in order already. */
static void ladder_sort(struct ladder_draft *ladder)
{
    for (size_t i = 1; i < ladder->step_count; i++)
        for (size_t j = i; j > 0 && comes_before(ladder, j, j - 1); j--) {
            struct ladder_step step = ladder->steps[j];
            uint64_t packet = ladder->packets[j];
            ladder->steps[j] = ladder->steps[j - 1];
            ladder->packets[j] = ladder->packets[j - 1];
            ladder->steps[j - 1] = step;
            ladder->packets[j - 1] = packet;
        }
}

/* Facts may tell of one packet twice: as an event, and as what it carried. */
static void ladder_thin(struct ladder_draft *ladder)
{
    size_t kept = 0;
    for (size_t i = 0; i < ladder->step_count; i++) {
        if (kept > 0 && ladder->packets[i] != PACKET_NONE &&
            ladder->packets[i] == ladder->packets[kept - 1] &&
            strcmp(ladder->steps[i].label, ladder->steps[kept - 1].label) == 0)
            continue;
        ladder->steps[kept] = ladder->steps[i];
        ladder->packets[kept++] = ladder->packets[i];
    }
    ladder->step_count = kept;
}

/* Whoever came up after device and server stands between them, but for what a resolver
 * asked in its turn. */
static bool is_between(const struct ladder_party *third)
{
    return strcmp(third->role, "upstream resolver") != 0;
}

/* The device stands first and the server last; whoever came in between, between. */
static void ladder_order_parties(const struct ladder_draft *draft, struct ladder *ladder)
{
    size_t places[LADDER_PARTY_LIMIT] = {0};
    size_t count = draft->party_count;
    for (size_t i = 0; i < count; i++)
        places[i] = count < 3 || i == 0 || !is_between(&draft->parties[2]) ? i
                    : i == 1                                               ? count - 1
                                                                           : i - 1;
    for (size_t i = 0; i < count; i++)
        ladder->parties[places[i]] = draft->parties[i];
    ladder->party_count = count;
    for (size_t i = 0; i < ladder->step_count; i++) {
        ladder->steps[i].from = places[ladder->steps[i].from];
        ladder->steps[i].to = places[ladder->steps[i].to];
    }
}

static const struct ladder *ladder_finish(struct ladder_draft *draft)
{
    struct ladder *ladder = arena_allocate(&draft->builder->diagnosis->arena, sizeof *ladder);
    if (ladder == NULL || draft->step_count == 0)
        return NULL;
    ladder_sort(draft);
    ladder_thin(draft);
    size_t shown = draft->step_count;
    ladder->left_out = draft->left_out;
    if (shown > LADDER_STEP_LIMIT) {
        ladder->left_out += shown - LADDER_STEP_LIMIT;
        shown = LADDER_STEP_LIMIT;
    }
    size_t begin = shown;
    if (draft->step_count > shown || draft->left_out > 0)
        begin = shown > STEPS_KEPT_LAST ? shown - STEPS_KEPT_LAST : 0;
    memcpy(ladder->steps, draft->steps, begin * sizeof draft->steps[0]);
    memcpy(ladder->steps + begin, draft->steps + draft->step_count - (shown - begin),
           (shown - begin) * sizeof draft->steps[0]);
    ladder->step_count = shown;
    ladder->left_out_before = begin;
    ladder_order_parties(draft, ladder);
    return ladder;
}

static bool ladder_of(struct builder *builder, const struct draft *draft, struct finding *finding)
{
    struct ladder_draft *ladder = calloc(1, sizeof *ladder);
    if (ladder == NULL) {
        builder->diagnosis->arena.failed = true;
        return true;
    }
    ladder->builder = builder;
    ladder->finding = finding;
    bool ok = ladder_take_exchange(ladder);
    if (ok && draft->shown_flow != 0)
        ok = ladder_take_flow(ladder, draft->shown_flow, draft->shown_packet);
    if (ok)
        finding->ladder = ladder_finish(ladder);
    free(ladder);
    return ok;
}

bool ladders_fill(struct builder *builder)
{
    /* builder_finish has put the drafts into the order of their findings. */
    struct finding *finding = builder->diagnosis->findings;
    for (const struct draft *draft = builder->first; draft != NULL; draft = draft->next, finding++)
        if (strncmp(finding->kind, "capture-", strlen("capture-")) != 0 &&
            !ladder_of(builder, draft, finding))
            return false;
    return true;
}
