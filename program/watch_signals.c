/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals become flags, which the loop looks at.
 */
#include "program/watch_signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t end_wanted, reopen_wanted, counters_wanted;

static void note_end(int number)
{
    struct sigaction fate;
    end_wanted = 1;
    /* Who asks twice does not want to wait. */
    memset(&fate, 0, sizeof fate);
    fate.sa_handler = SIG_DFL;
    sigaction(number, &fate, NULL);
}

static void note_reopen(int number)
{
    (void)number;
    reopen_wanted = 1;
}

static void note_counters(int number)
{
    (void)number;
    counters_wanted = 1;
}

static void catch_with(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void watch_signals_catch(void)
{
    end_wanted = reopen_wanted = counters_wanted = 0;
    catch_with(SIGINT, note_end);
    catch_with(SIGTERM, note_end);
    catch_with(SIGHUP, note_reopen);
    catch_with(SIGUSR1, note_counters);
    catch_with(SIGPIPE, SIG_IGN);
}

bool watch_signals_end(void)
{
    return end_wanted != 0;
}

bool watch_signals_take_reopen(void)
{
    bool wanted = reopen_wanted != 0;
    reopen_wanted = 0;
    return wanted;
}

bool watch_signals_take_counters(void)
{
    bool wanted = counters_wanted != 0;
    counters_wanted = 0;
    return wanted;
}
