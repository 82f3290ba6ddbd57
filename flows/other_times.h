/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When did a host's connections that have nothing to do with Apple work, and when not?
 * Beginnings of connections come in, in any order; at most 96 marks of equal spans go out,
 * which are quarters of an hour for a day, and double with what is longer.
 */
#ifndef APPLEPATH_FLOWS_OTHER_TIMES_H
#define APPLEPATH_FLOWS_OTHER_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fact.h"

/* Begins with all bytes zero. */
struct other_times {
    int64_t start; /* of the first mark */
    int64_t span; /* of each; 0: none yet */
    uint8_t marks[OTHER_TIMES_LIMIT];
};

/* A time before 1970, or 146 years from the others, is passed over. */
void other_times_note(struct other_times *times, int64_t time, bool answered);

/* One character for each span: enum other_mark. */
void other_times_print(const struct other_times *times, char text[OTHER_TIMES_LIMIT + 1]);

#endif
