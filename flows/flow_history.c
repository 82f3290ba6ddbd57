/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half a byte for each letter, the first one in the lowest bits: eight letters of two
 * sides. How many are there the sides' own bits tell, one for each letter that came.
 */
#include "flows/flow_history.h"

#define LETTER_BITS 4
#define HISTORY_MASK ((UINT64_C(1) << 60) - 1)
#define OF_SERVER 8u /* the bit of a letter in lower case */

/* Those that had no room, too. */
static unsigned letters_of(const struct flow *flow)
{
    unsigned count = 0;
    for (unsigned bits = (unsigned)flow->sides[SIDE_CLIENT].letters << 8 |
                         (unsigned)flow->sides[SIDE_SERVER].letters;
         bits != 0; bits &= bits - 1)
        count++;
    return count;
}

static unsigned room_for_letters(const struct flow *flow)
{
    return FLOW_HISTORY_SIZE - 1u - (unsigned)flow->client_guessed;
}

void flow_history_write(struct flow *flow, int side, enum history what)
{
    unsigned count = letters_of(flow);
    uint64_t letter = (uint64_t)what | (side == SIDE_SERVER ? OF_SERVER : 0);
    flow->sides[side].letters |= (uint8_t)(1u << what);
    if (count < room_for_letters(flow))
        flow->history = (flow->history | letter << count * LETTER_BITS) & HISTORY_MASK;
}

const char *flow_history_print(const struct flow *flow, char *text)
{
    static const char letters[] = "SHADFRTWshadfrtw";
    unsigned count = letters_of(flow), room = room_for_letters(flow);
    uint64_t rest = flow->history;
    char *at = text;
    if (flow->client_guessed)
        *at++ = '^';
    for (unsigned i = 0; i < count && i < room; i++, rest >>= LETTER_BITS)
        *at++ = letters[rest % (1u << LETTER_BITS)];
    *at = '\0';
    return text;
}
