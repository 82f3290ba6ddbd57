/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which findings are news?  Diagnoses of the same network come in one after the other;
 * a line goes out for each finding that has become certain, for each that is over, and
 * for each change of the verdict.
 */
#ifndef APPLEPATH_PROGRAM_ANNOUNCEMENTS_H
#define APPLEPATH_PROGRAM_ANNOUNCEMENTS_H

#include "base/text.h"
#include "diagnosis/finding.h"

#define ANNOUNCEMENTS_LIMIT 512u /* causes that are remembered */
#define ANNOUNCEMENTS_STABLE 2u /* diagnoses in a row that must agree */
#define ANNOUNCEMENTS_SPAN (8 * NANOSECONDS_PER_SECOND) /* of a failure, from first to last */

struct announcements;

/* NULL when there is no memory. */
struct announcements *announcements_create(void);
void announcements_release(struct announcements *announcements);

/* Takes the next diagnosis, of `now`, and adds its news to `lines`, one a line. */
void announcements_take(struct announcements *announcements, const struct diagnosis *diagnosis,
                        int64_t now, struct text *lines);

/* The verdict of what goes on now: what is over does not count. False: none yet. */
bool announcements_verdict(const struct announcements *announcements, enum verdict *verdict);

/* How many findings of a severity have been announced and are not over. */
size_t announcements_open(const struct announcements *announcements, enum severity severity);

#endif
