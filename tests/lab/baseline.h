/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known to fail today: one failure a line, as the judge words it.  It stays
 * true because a line that fails no more is an error too.
 */
#ifndef APPLEPATH_TESTS_LAB_BASELINE_H
#define APPLEPATH_TESTS_LAB_BASELINE_H

#include "base/problem.h"
#include "base/text.h"
#include "judge.h"

struct baseline_line {
    const char *text; /* borrowed from the content */
    bool seen; /* it failed in this run */
};

/* All zero: nothing is known to fail. */
struct baseline {
    struct text content;
    struct baseline_line *lines;
    size_t count;
};

/* Reads a whole file of text; adds nothing and sets a problem when it cannot. */
bool baseline_read_file(struct text *text, const char *name, struct problem *problem);

bool baseline_load(struct baseline *baseline, const char *name, struct problem *problem);
void baseline_release(struct baseline *baseline);

/* Is this failure known?  It is seen then. */
bool baseline_knows(struct baseline *baseline, const char *failure);

/* Does this line or failure speak of `subject`, or (with `parts`) of a variant of it,
 * "SUBJECT/VARIANT"? */
bool baseline_speaks_of(const char *text, const char *subject, bool parts);

/* Writes the failures, and those lines that `keeps` asks for, in order. */
bool baseline_write(const struct baseline *baseline, const char *name,
                    const struct failures *failures, bool (*keeps)(void *owner, const char *text),
                    void *owner, struct problem *problem);

#endif
