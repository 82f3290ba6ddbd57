/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order matters: interfaces are opened with all rights; then the user changes, so
 * that the database is that user's; then the sandbox; then threads and packets.
 */
#include "program/watch_limits.h"

#include "program/confinement.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/sandbox.h"

#define SECONDS_PER_DAY INT64_C(86400)

/* A kernel's ring holds several times as much of the busiest network. */
#define KEEPING_MILLISECONDS 40

bool watch_limits_keeps_rights(const struct options *options)
{
    return options->no_sandbox && options->user == NULL;
}

bool watch_limits_choose(struct watch_limits *limits, const struct options *options,
                         struct problem *problem)
{
    return privileges_choose(&limits->privileges, options->user, options->database, problem);
}

/* The ring's folder, where it has to be made by one who can, for one who could not. */
static void make_ring_folder(const struct watch_limits *limits, const struct options *options)
{
    const struct privileges *privileges = &limits->privileges;

    if (options->ring != NULL && privileges->changes_user && mkdir(options->ring, 0700) == 0)
        (void)!lchown(options->ring, privileges->user, privileges->group);
}

bool watch_limits_become(struct watch_limits *limits, const struct options *options,
                         struct problem *problem)
{
    if (watch_limits_keeps_rights(options)) {
        limits->dropped = true;
        return true;
    }
    make_ring_folder(limits, options);
    if (!limits->privileges.writes_folder)
        return true;
    limits->dropped = true;
    return privileges_drop(&limits->privileges, problem);
}

/* What is to be kept for months is looked after now. */
static bool check_ring(const struct watch_limits *limits, struct problem *problem)
{
    const char *folder = limits->ring == NULL ? NULL : evidence_ring_folder(limits->ring);

    return folder == NULL || access(folder, R_OK | W_OK | X_OK) == 0 ||
           problem_set(problem,
                       "%s: the user %s, who takes over, may not write it; choose another folder "
                       "for -w, or another --user",
                       folder, limits->privileges.name);
}

bool watch_limits_open(struct watch_limits *limits, const struct options *options,
                       struct store *store, struct problem *problem)
{
    const struct retention_limits kept = {.keep = (int64_t)options->keep_days * SECONDS_PER_DAY *
                                                  NANOSECONDS_PER_SECOND,
                                          .most_bytes = options->max_size};

    if (options->ring != NULL) {
        limits->ring = evidence_ring_create(options->ring, options->ring_size, options->interfaces,
                                            options->interface_count, problem);
        if (limits->ring == NULL)
            return false;
    }
    limits->retention = retention_create(store, &kept, problem);
    return limits->retention != NULL;
}

bool watch_limits_enter(struct watch_limits *limits, const struct options *options,
                        struct output *output, struct problem *notice, struct problem *problem)
{
    struct sandbox sandbox = {0};
    unsigned held;

    if (!limits->dropped) {
        limits->dropped = true;
        if (!output_place(output, problem) || !privileges_drop(&limits->privileges, problem))
            return false;
    }
    if (!check_ring(limits, problem))
        return false;
    if (options->no_sandbox)
        return true;
    confine_permit_roots(&sandbox);
    sandbox_permit_database(&sandbox, options->database, true);
    if (limits->ring != NULL)
        sandbox_permit(&sandbox, evidence_ring_folder(limits->ring), SANDBOX_FILL);
    if (output->temporary[0] != '\0')
        sandbox_permit_folder_of(&sandbox, output->temporary, SANDBOX_REPLACE);
    held = sandbox_enter(&sandbox);
    if ((held & SANDBOX_CALLS) == 0)
        problem_set(notice, "packets are read without a sandbox, which is: %s",
                    sandbox_abilities());
    return true;
}

bool watch_limits_keep(struct watch_limits *limits, int64_t now, struct problem *notice,
                       struct problem *problem)
{
    if (limits->ring != NULL) {
        evidence_ring_tick(limits->ring, now);
        if (evidence_ring_problem(limits->ring)->text[0] != '\0' && !limits->ring_told) {
            limits->ring_told = true;
            problem_set(notice, "no more packets are kept: %s",
                        evidence_ring_problem(limits->ring)->text);
        }
    }
    return retention_run(limits->retention, now, KEEPING_MILLISECONDS, &limits->more, problem);
}

void watch_limits_close(struct watch_limits *limits)
{
    evidence_ring_close(limits->ring);
    retention_release(limits->retention);
    limits->ring = NULL;
    limits->retention = NULL;
}
