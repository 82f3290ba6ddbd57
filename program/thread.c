/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread inherits the signals that are blocked where it is made.
 */
#include "program/thread.h"

#include <signal.h>

bool thread_start(pthread_t *thread, void *(*body)(void *), void *argument)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool started = pthread_create(thread, NULL, body, argument) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}
