/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts are taken from the thread that follows packets, and given to another sink (the
 * store) by whoever of a crew has time for it, in their order.  Without a crew they are
 * passed on at once.
 */
#ifndef APPLEPATH_PROGRAM_FACT_RELAY_H
#define APPLEPATH_PROGRAM_FACT_RELAY_H

#include "base/fact.h"
#include "base/problem.h"
#include "program/crew.h"

struct fact_relay;

/* `next`, and what it uses, is the relay's alone until fact_relay_end. NULL and a problem
 * when memory is out. */
struct fact_relay *fact_relay_begin(struct fact_sink next, struct crew *crew,
                                    struct problem *problem);

/* What is to be given facts; it refuses some time after `next` has. */
struct fact_sink fact_relay_sink(struct fact_relay *relay);

/* Waits until all that was taken has been passed on. False, and a problem where it is not
 * `next` who knows it, when some was not. NULL is let pass. */
bool fact_relay_end(struct fact_relay *relay, struct problem *problem);

#endif
