/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a time does not follow from others, or would not any more, it is written down.
 */
#include "flows/flow_trouble.h"

#include <stdlib.h>

/* Of `syn_ack_after`: less one it is nanoseconds. */
#define SYN_ACK_NONE 0u
#define SYN_ACK_WRITTEN 0x7fffffffu /* all its bits */

/* NULL, and the run knows: there is no memory. */
static struct flow_trouble *trouble_make(struct observation *observation, struct flow *flow)
{
    if (flow->trouble != NULL)
        return flow->trouble;
    flow->trouble = malloc(sizeof *flow->trouble);
    if (flow->trouble == NULL) {
        observation->memory_out = true;
        return NULL;
    }
    *flow->trouble = (struct flow_trouble){.last_syn_time = TIMESTAMP_NONE,
                                           .syn_ack_time = TIMESTAMP_NONE,
                                           .reset_time = TIMESTAMP_NONE};
    observation_owned(observation, sizeof *flow->trouble);
    return flow->trouble;
}

size_t flow_trouble_release(struct flow *flow)
{
    struct flow_trouble *trouble = flow->trouble;
    if (trouble == NULL)
        return 0;
    size_t bytes = sizeof *trouble + (trouble->missing != NULL ? sizeof *trouble->missing : 0);
    free(trouble->missing);
    free(trouble);
    flow->trouble = NULL;
    return bytes;
}

int64_t flow_last_syn_time(const struct flow *flow)
{
    if (flow->syns == 0)
        return TIMESTAMP_NONE;
    return flow->trouble != NULL && flow->trouble->last_syn_time != TIMESTAMP_NONE
               ? flow->trouble->last_syn_time
               : flow->first_time;
}

void flow_note_syn(struct observation *observation, struct flow *flow, int64_t time)
{
    flow->syns = (uint16_t)(flow->syns + (flow->syns < UINT16_MAX));
    if (time == flow->first_time && flow->trouble == NULL)
        return;
    struct flow_trouble *trouble = trouble_make(observation, flow);
    if (trouble != NULL)
        trouble->last_syn_time = time;
}

int64_t flow_syn_ack_time(const struct flow *flow)
{
    if (flow->syn_ack_after == SYN_ACK_NONE)
        return TIMESTAMP_NONE;
    return flow->syn_ack_after == SYN_ACK_WRITTEN ? flow->trouble->syn_ack_time
                                                  : flow->first_time + flow->syn_ack_after - 1;
}

void flow_note_syn_ack(struct observation *observation, struct flow *flow, int64_t time)
{
    if (flow->syn_ack_after != SYN_ACK_NONE)
        return;
    uint64_t after = (uint64_t)time - (uint64_t)flow->first_time;
    if (after < SYN_ACK_WRITTEN - 1) {
        flow->syn_ack_after = ((uint32_t)after + 1) & SYN_ACK_WRITTEN;
        return;
    }
    struct flow_trouble *trouble = trouble_make(observation, flow);
    if (trouble == NULL)
        return;
    trouble->syn_ack_time = time;
    flow->syn_ack_after = SYN_ACK_WRITTEN;
}

int64_t flow_reset_time(const struct flow *flow)
{
    if (flow_reset_by(flow) == PARTY_NONE)
        return TIMESTAMP_NONE;
    return flow->trouble != NULL && flow->trouble->reset_time != TIMESTAMP_NONE
               ? flow->trouble->reset_time
               : flow->sides[flow_side_that_resets(flow)].last_time;
}

void flow_forget_reset(struct flow *flow)
{
    flow->sides[SIDE_CLIENT].resets = flow->sides[SIDE_SERVER].resets = false;
    flow->reset_stage = RESET_STAGE_NONE;
    if (flow->trouble != NULL)
        flow->trouble->reset_time = TIMESTAMP_NONE;
}

void flow_note_reset(struct observation *observation, struct flow *flow, int side,
                     enum reset_stage stage, int64_t time)
{
    flow_forget_reset(flow);
    flow->sides[side].resets = true;
    flow->reset_stage = (uint8_t)stage & 7u;
    if (time == flow->sides[side].last_time)
        return;
    struct flow_trouble *trouble = trouble_make(observation, flow);
    if (trouble != NULL)
        trouble->reset_time = time;
}

void flow_write_reset_time(struct observation *observation, struct flow *flow, int side)
{
    struct flow_trouble *trouble = trouble_make(observation, flow);
    if (trouble != NULL && trouble->reset_time == TIMESTAMP_NONE)
        trouble->reset_time = flow->sides[side].last_time;
}

struct missing_segments *flow_missing_make(struct observation *observation, struct flow *flow)
{
    struct flow_trouble *trouble = trouble_make(observation, flow);
    if (trouble == NULL || trouble->missing != NULL)
        return trouble != NULL ? trouble->missing : NULL;
    trouble->missing = calloc(1, sizeof *trouble->missing);
    if (trouble->missing == NULL)
        observation->memory_out = true;
    else
        observation_owned(observation, sizeof *trouble->missing);
    return trouble->missing;
}
