/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is it that parses packets?  Opening an interface needs a right that nothing after
 * it needs: once it is open, the process becomes an ordinary user without capabilities,
 * for good.
 */
#ifndef APPLEPATH_PROGRAM_PRIVILEGES_H
#define APPLEPATH_PROGRAM_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/problem.h"

/* Whom to become. */
struct privileges {
    bool changes_user; /* started as root; else the user stays */
    uid_t user;
    gid_t group;
    char name[64];
    bool writes_folder; /* that user may write the database's folder: it opens the database */
};

/* Decides: the user `name` or, when it is NULL, the owner of the folder that `database`
 * is in, or "nobody" where that is root. Looks the user up, which cannot be done later.
 * False and a problem when there is no such user, or a name was given and we are not root. */
bool privileges_choose(struct privileges *privileges, const char *name, const char *database,
                       struct problem *problem);

/* For a process that has opened what needs rights: the other user, no groups besides its
 * own, no capabilities, none to be had again, no look into its memory. False and a problem
 * when the user could not be changed, or could be changed back: it must not go on. */
bool privileges_drop(const struct privileges *privileges, struct problem *problem);

/* For a process that opens files named by the user all along (`read`, `report`): the user
 * stays; root keeps the right to files of others, and no further capability. */
void privileges_drop_for_files(void);

#endif
