/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads of this program's own: signals are none of their business.
 */
#ifndef APPLEPATH_PROGRAM_THREAD_H
#define APPLEPATH_PROGRAM_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Runs `body`, with all signals blocked, so that the first thread gets them. False where
 * no thread can be made. */
bool thread_start(pthread_t *thread, void *(*body)(void *), void *argument);

#endif
