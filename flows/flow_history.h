/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The letters of Zeek's conn.log history, in upper case for the client: S SYN, H SYN/ACK,
 * A pure ACK, D data, F FIN, R RST, T retransmitted data, W zero window; ^ means that the
 * client was guessed. Each stands there once, in the order in which they came, and what
 * has no room is left out.
 */
#ifndef APPLEPATH_FLOWS_FLOW_HISTORY_H
#define APPLEPATH_FLOWS_FLOW_HISTORY_H

#include "flows/flow.h"

#define FLOW_HISTORY_SIZE 16 /* with the end of the string */

/* What the letters stand for. */
enum history {
    HISTORY_SYN,
    HISTORY_SYN_ACK,
    HISTORY_ACK,
    HISTORY_DATA,
    HISTORY_FIN,
    HISTORY_RESET,
    HISTORY_REPEATED,
    HISTORY_ZERO_WINDOW
};

/* Of a flow of TCP, where the letter is not there yet. */
void flow_history_write(struct flow *flow, int side, enum history what);

/* Nearly all packets add none. */
static inline void flow_history_add(struct flow *flow, int side, enum history what)
{
    if (((unsigned)flow->sides[side].letters >> what & 1u) == 0)
        flow_history_write(flow, side, what);
}

/* Returns `text`, of FLOW_HISTORY_SIZE, with the letters of a flow of TCP. */
const char *flow_history_print(const struct flow *flow, char *text);

#endif
