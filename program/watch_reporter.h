/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnoses while the capture goes on: a thread of its own reads the database that the
 * capturing side writes, so that neither waits for the other.
 */
#ifndef APPLEPATH_PROGRAM_WATCH_REPORTER_H
#define APPLEPATH_PROGRAM_WATCH_REPORTER_H

#include "base/problem.h"
#include "base/text.h"
#include "program/analysis.h"
#include "program/watch_view.h"

struct watch_reporter;

/* Opens a second connection to `writer`'s database. Each diagnosis covers the last
 * `window` nanoseconds. All is borrowed until the reporter is released. */
struct watch_reporter *watch_reporter_create(const struct store *writer,
                                             const struct preparation *preparation, int64_t window,
                                             struct problem *problem);

/* Begins the thread. */
bool watch_reporter_start(struct watch_reporter *reporter, struct problem *problem);

/* A snapshot was committed: diagnose it, when the one before is done. */
void watch_reporter_ask(struct watch_reporter *reporter);

/* Is one at work, or waited for? Otherwise the thread does not look at the database. */
bool watch_reporter_is_busy(struct watch_reporter *reporter);

/* Is there news since the last time? Moves the lines to `lines`, and copies the view. */
bool watch_reporter_collect(struct watch_reporter *reporter, struct text *lines,
                            struct watch_view *view);

/* Waits for what is under way, and ends the thread. NULL is let pass. */
void watch_reporter_release(struct watch_reporter *reporter);

#endif
