/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the words after an option mean: a number, a size, a length of time, a moment?
 * In comes the option's name and the word, out goes the value, or a problem that names
 * the option and says how to write it.
 */
#ifndef APPLEPATH_PROGRAM_OPTION_VALUES_H
#define APPLEPATH_PROGRAM_OPTION_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/problem.h"

/* Decimal digits at the beginning of `text`, worth `most` at most, and what stands behind
 * them. False, and outputs alone, where there is none or they are worth more. */
bool option_values_digits(const char *text, uint64_t most, uint64_t *number, const char **rest);

/* Digits and nothing else, worth `least` to `most`. False: outputs alone, and no problem is
 * said, as each option has its own. */
bool option_values_number(const char *text, uint64_t least, uint64_t most, uint64_t *number);

/* As a number from 1 to `most`. */
bool option_values_count(const char *name, const char *text, uint64_t most, uint64_t *count,
                         struct problem *problem);

/* Bytes, or with K, M, G or T behind them as many times 1024, 1024 times 1024 and so on:
 * `least` and more; where `any`, also 0, which is no limit. */
bool option_values_size(const char *name, const char *text, uint64_t least, bool any,
                        uint64_t *size, struct problem *problem);

/* "90", "90s", "15m", "24h", "7d" in nanoseconds, `most` seconds at most. */
bool option_values_span(const char *name, const char *text, uint64_t most, int64_t *span,
                        struct problem *problem);

/* As base/timestamp.h reads it. */
bool option_values_time(const char *name, const char *text, int64_t *time, struct problem *problem);

#endif
