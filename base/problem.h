/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong outside the packets (a file, a database, memory), as a value
 * that travels up to the one place that prints it.  One sentence that says
 * what is wrong and, after "; ", what to do.
 */
#ifndef APPLEPATH_BASE_PROBLEM_H
#define APPLEPATH_BASE_PROBLEM_H

#include <stdbool.h>

struct problem {
    char text[640]; /* "" while nothing is wrong */
};

/* Sets the text unless an earlier problem is already there: the first cause is
 * the one worth telling.  Control characters of foreign parts become '?'.
 * Always returns false, so that a caller can `return problem_set(...)`. */
bool problem_set(struct problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* clang's analyzer sees one file at a time, and would follow it returning true. */
#ifdef __clang_analyzer__
#define problem_set(...) ((problem_set)(__VA_ARGS__), false)
#endif

#endif
