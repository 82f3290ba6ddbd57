/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How are rights given up for good?  In this order: capabilities that could be had
 * again (the bounding set), groups, the group, the user, capabilities, and then the
 * question whether any of it can be undone.  capabilities(7), credentials(7).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#define UNPRIVILEGED "nobody"

static void folder_of(const char *path, char *folder, size_t size)
{
    const char *slash = path == NULL ? NULL : strrchr(path, '/');

    if (slash == NULL)
        snprintf(folder, size, ".");
    else
        snprintf(folder, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static bool look_up(struct privileges *privileges, const struct passwd *entry, const char *name,
                    struct problem *problem)
{
    if (entry == NULL)
        return problem_set(problem, "there is no user '%s'; name another one for --user", name);
    privileges->user = entry->pw_uid;
    privileges->group = entry->pw_gid;
    snprintf(privileges->name, sizeof privileges->name, "%s", entry->pw_name);
    return true;
}

static bool may_write(const struct privileges *privileges, const char *folder)
{
    bool may = false;

    if (setegid(privileges->group) == 0) {
        if (seteuid(privileges->user) == 0) {
            may = faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
            if (seteuid(0) != 0)
                return false; /* cannot be: and then the drop says so */
        }
        if (setegid(getgid()) != 0)
            return false;
    }
    return may;
}

bool privileges_choose(struct privileges *privileges, const char *name, const char *database,
                       struct problem *problem)
{
    struct stat status;
    char folder[PATH_MAX];
    const struct passwd *entry = NULL;

    memset(privileges, 0, sizeof *privileges);
    privileges->changes_user = geteuid() == 0;
    privileges->writes_folder = true;
    if (!privileges->changes_user)
        return name == NULL ||
               problem_set(problem, "--user %s: only root can become another user; leave it out",
                           name);
    folder_of(database, folder, sizeof folder);
    if (name == NULL && stat(folder, &status) == 0 && status.st_uid != 0)
        entry = getpwuid(status.st_uid);
    if (entry == NULL)
        entry = getpwnam(name != NULL ? name : UNPRIVILEGED);
    if (!look_up(privileges, entry, name != NULL ? name : UNPRIVILEGED, problem))
        return false;
    privileges->writes_folder = may_write(privileges, folder);
    return true;
}

#ifdef HAVE_LIBCAP_NG

/* Needs CAP_SETPCAP, which root has and others do not need to have. */
static void empty_bounding_set(void)
{
    if (capng_get_caps_process() != 0 || !capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
        return;
    capng_clear(CAPNG_SELECT_BOUNDS);
    (void)capng_apply(CAPNG_SELECT_BOUNDS);
}

/* `kept`: a capability, or -1. */
static bool drop_capabilities(int kept)
{
    bool keeps = kept >= 0 && capng_get_caps_process() == 0 &&
                 capng_have_capability(CAPNG_PERMITTED, (unsigned)kept);

    capng_clear(CAPNG_SELECT_CAPS);
    if (keeps)
        (void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)kept);
    return capng_apply(CAPNG_SELECT_CAPS) == 0;
}

static bool drop_all_capabilities(void)
{
    return drop_capabilities(-1);
}

/* The files that root names may be another's; what it may do to them, file by file,
 * is the sandbox's matter. */
static void keep_right_to_files(void)
{
    (void)drop_capabilities(CAP_DAC_OVERRIDE);
}

#else

static void empty_bounding_set(void)
{
}

/* Another user than root has none on most systems. */
static bool drop_all_capabilities(void)
{
    return true;
}

static void keep_right_to_files(void)
{
}

#endif

static void close_the_door(void)
{
#ifdef PR_SET_NO_NEW_PRIVS
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#endif
#ifdef PR_SET_DUMPABLE
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static bool change_user(const struct privileges *privileges, struct problem *problem)
{
    if (setgroups(1, &privileges->group) != 0 || setgid(privileges->group) != 0 ||
        setuid(privileges->user) != 0)
        return problem_set(problem,
                           "cannot become the user %s: %s; start as a user that may capture, or "
                           "name another one for --user",
                           privileges->name, strerror(errno));
    if (privileges->user != 0 && (setuid(0) == 0 || seteuid(0) == 0))
        return problem_set(problem,
                           "having become the user %s, root's rights can be had again; name "
                           "another user for --user",
                           privileges->name);
    return true;
}

bool privileges_drop(const struct privileges *privileges, struct problem *problem)
{
    empty_bounding_set();
    if (privileges->changes_user && !change_user(privileges, problem))
        return false;
    if (!drop_all_capabilities())
        return problem_set(problem, "capabilities cannot be given up: %s; start as another user",
                           strerror(errno));
    close_the_door();
    return true;
}

void privileges_drop_for_files(void)
{
    empty_bounding_set();
    keep_right_to_files();
    close_the_door();
}
