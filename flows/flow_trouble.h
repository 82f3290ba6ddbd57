/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the SYN, the SYN/ACK and the RST of a flow of TCP came, to the nanosecond. As a rule
 * other times tell: the SYN is the first packet, the SYN/ACK comes within seconds, and who
 * sends a RST sends no more. Few flows need room for what is otherwise, or for segments
 * that are missing.
 */
#ifndef APPLEPATH_FLOWS_FLOW_TROUBLE_H
#define APPLEPATH_FLOWS_FLOW_TROUBLE_H

#include "flows/missing_segments.h"

/* Owned by the flow. Times are TIMESTAMP_NONE where other times tell. */
struct flow_trouble {
    int64_t last_syn_time; /* else: that of the first packet */
    int64_t syn_ack_time; /* else: so long after the first packet as the flow says */
    int64_t reset_time; /* else: that of the last packet of the side that resets */
    struct missing_segments *missing; /* owned; NULL: no byte was passed over */
};

/* Nanoseconds, of a flow of TCP; TIMESTAMP_NONE: there was none. */
int64_t flow_last_syn_time(const struct flow *flow); /* the client's */
int64_t flow_syn_ack_time(const struct flow *flow); /* the first one */
int64_t flow_reset_time(const struct flow *flow); /* the RST that counts */

/* Notes a SYN of the client's, and counts it. */
void flow_note_syn(struct observation *observation, struct flow *flow, int64_t time);

/* Notes a SYN/ACK, where it is the first one. */
void flow_note_syn_ack(struct observation *observation, struct flow *flow, int64_t time);

/* The RST of this side is the one that counts. `time` is among those that the side's
 * last_time is the latest of. */
void flow_note_reset(struct observation *observation, struct flow *flow, int side,
                     enum reset_stage stage, int64_t time);

/* There was no RST that counts. */
void flow_forget_reset(struct flow *flow);

/* The side that resets sends on: its last_time will not tell any more. */
void flow_write_reset_time(struct observation *observation, struct flow *flow, int side);

/* Sets the side's last_time; `time` is later than it, or the side's first. */
static inline void flow_note_time(struct observation *observation, struct flow *flow, int side,
                                  int64_t time)
{
    if (flow->sides[side].resets)
        flow_write_reset_time(observation, flow, side);
    flow->sides[side].last_time = time;
}

/* The flow's segments that are missing; NULL: none are noted. */
static inline struct missing_segments *flow_missing(const struct flow *flow)
{
    return flow->trouble != NULL ? flow->trouble->missing : NULL;
}

/* The same, made if need be; NULL: there is no memory. */
struct missing_segments *flow_missing_make(struct observation *observation, struct flow *flow);

/* Gives back what the flow owns of this; returns how many bytes that was, which
 * observation_owned has been told of. */
size_t flow_trouble_release(struct flow *flow);

#endif
