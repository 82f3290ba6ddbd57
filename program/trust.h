/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root certificates that the user adds by --trust.
 */
#ifndef APPLEPATH_PROGRAM_TRUST_H
#define APPLEPATH_PROGRAM_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

/* Reads every file and counts its certificates into `count`. False and a problem
 * that names the file when one cannot be read or holds none. */
bool trust_check(const char *const *files, size_t file_count, size_t *count,
                 struct problem *problem);

#endif
