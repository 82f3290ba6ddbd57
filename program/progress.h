/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far is it?  One line on the terminal, kept up to date while captures are
 * read; nothing in a pipe.
 */
#ifndef APPLEPATH_PROGRAM_PROGRESS_H
#define APPLEPATH_PROGRAM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/source.h"

struct progress {
    bool shown; /* standard error is a terminal */
    bool drawn; /* a line stands there that must be wiped */
    int64_t started; /* monotonic, nanoseconds */
    int64_t last;
};

void progress_begin(struct progress *progress);

/* Fits pipeline_settings.progress; `owner` is the struct progress. */
void progress_show(void *owner, const struct source_set *sources, uint64_t packets);

/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
