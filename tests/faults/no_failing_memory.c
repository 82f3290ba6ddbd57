/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In the place of failing_memory.c where the linker cannot lead calls elsewhere: no call
 * ever fails, and the first run of each command is its last.
 */
#include "tests/faults/failing.h"

void failing_memory_begin(struct failing *failing)
{
    (void)failing;
}
