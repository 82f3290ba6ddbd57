/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was the watching program asked to do by signals?  Handlers only note it.
 */
#ifndef APPLEPATH_PROGRAM_WATCH_SIGNALS_H
#define APPLEPATH_PROGRAM_WATCH_SIGNALS_H

#include <stdbool.h>

/* SIGINT and SIGTERM: end; a second one ends the process at once. SIGHUP: reopen.
 * SIGUSR1: counters. SIGPIPE is let pass: a write that fails says so itself. */
void watch_signals_catch(void);

bool watch_signals_end(void);
bool watch_signals_take_reopen(void); /* since the last time it was asked */
bool watch_signals_take_counters(void);

#endif
