/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that several threads share out among themselves.  A job is done in steps, one at a
 * time and in turn; each step by whoever has nothing more urgent to do.  So nobody's part
 * is his alone: who would have to wait for another does a step of what he waits for, or of
 * something else, and waits only where all that can be done is being done.
 */
#ifndef APPLEPATH_PROGRAM_CREW_H
#define APPLEPATH_PROGRAM_CREW_H

#include <stdbool.h>

/* How much is another step wanted? */
enum crew_need {
    CREW_NOTHING, /* there is none to be done */
    CREW_USEFUL, /* by one who is awake */
    CREW_WANTED, /* one who sleeps is woken */
    CREW_URGENT, /* before all else */
};

struct crew_job {
    void *owner;
    enum crew_need (*need)(const void *owner); /* called under the lock */
    void (*step)(void *owner); /* without it */
    void (*stepped)(void *owner); /* under it, right after a step: what that did is known to all */

    /* The crew's own. */
    struct crew_job *next;
    bool taken;
};

struct crew;

/* One thread, the caller's, which all of these functions are for; and `helpers` more, or as many
 * as can be made. NULL when there is no memory. */
struct crew *crew_begin(unsigned helpers);

/* Ends the helpers' threads; the jobs must have been removed. NULL is let pass. */
void crew_end(struct crew *crew);

/* The job is the crew's until it is removed; earlier ones go first among equally urgent. */
void crew_add(struct crew *crew, struct crew_job *job);

/* Waits for a step that is under way; no other is begun. */
void crew_remove(struct crew *crew, struct crew_job *job);

/* What `need` and `stepped` look at is looked at between these. The second wakes helpers for
 * what they are wanted for now. */
void crew_lock(struct crew *crew);
void crew_unlock(struct crew *crew);

/* Under the lock: comes back when `done` is true, which only steps make so. */
void crew_await(struct crew *crew, bool (*done)(const void *owner), const void *owner);

#endif
