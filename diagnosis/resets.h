/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a RST did to a connection, judged from the stored flow alone.
 */
#ifndef APPLEPATH_DIAGNOSIS_RESETS_H
#define APPLEPATH_DIAGNOSIS_RESETS_H

#include "base/fact.h"

/* Did neither end send it? The server went on as if nothing had happened, or the
 * RST came a different way than the SYN/ACK. */
bool reset_is_injected(const struct fact_flow *flow);

/* Did it end the connection before its work was done? One that a device ends may
 * be a change of mind: only repetition counts. */
bool reset_tears_down(const struct fact_flow *flow);

#endif
