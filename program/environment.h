/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process with rights of its own believes of the environment it was given.
 */
#ifndef APPLEPATH_PROGRAM_ENVIRONMENT_H
#define APPLEPATH_PROGRAM_ENVIRONMENT_H

#include <stdbool.h>

/* Does this process have rights that whoever started it may lack: as root, or by the
 * mode or the capabilities of the program's file? */
bool environment_is_foreign(void);

/* Forgets all variables but those that can do no harm. */
void environment_forget(void);

#endif
