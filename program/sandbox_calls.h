/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to program/sandbox.c: the list of system calls, as a seccomp filter.
 */
#ifndef APPLEPATH_PROGRAM_SANDBOX_CALLS_H
#define APPLEPATH_PROGRAM_SANDBOX_CALLS_H

#include <stdbool.h>

/* From here on any other call ends the process, in all its threads. False where the
 * build or the kernel cannot, and then nothing has changed. */
bool sandbox_calls_enter(void);

/* Could it be entered? */
bool sandbox_calls_known(void);

#endif
