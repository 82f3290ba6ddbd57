/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files may be opened, and is the sandbox entered at all?  Paths come in while
 * they can still be looked up; each becomes a landlock rule for the inode that it
 * leads to.  landlock(7) and, for the calls, program/sandbox_calls.c.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/sandbox_calls.h"

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

/* Why it is not to be entered, though it could be; NULL: nothing is against it. */
static const char *obstacle(void)
{
#ifdef SANITIZED
    return "none (a build with sanitizers, which need more)";
#else
    const char *preloaded = getenv("LD_PRELOAD");
    if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL)
        return "none (under valgrind, which needs more)";
    return NULL;
#endif
}

#ifdef HAVE_LINUX_LANDLOCK_H

/* Rights that came after the first version; older headers lack them. */
#define RIGHT_REFER (UINT64_C(1) << 13)
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)
#define RIGHTS_OF_VERSION_1 ((UINT64_C(1) << 13) - 1)

static uint64_t rights_known(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 1)
        return 0;
    return RIGHTS_OF_VERSION_1 | (version >= 2 ? RIGHT_REFER : 0) |
           (version >= 3 ? RIGHT_TRUNCATE : 0);
}

static uint64_t rights_of(enum sandbox_access access)
{
    const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    const uint64_t writing =
        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE;
    const uint64_t tidying = LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE;

    switch (access) {
    case SANDBOX_READ:
        return reading;
    case SANDBOX_CHANGE:
        return writing;
    case SANDBOX_TIDY:
        return tidying;
    case SANDBOX_REPLACE:
        return tidying | LANDLOCK_ACCESS_FS_MAKE_REG;
    case SANDBOX_FILL:
        return reading | writing | tidying | LANDLOCK_ACCESS_FS_MAKE_REG;
    }
    return 0;
}

static bool begin_rules(struct sandbox *sandbox)
{
    struct landlock_ruleset_attr attributes;
    int descriptor;

    if (sandbox->rules != 0)
        return true;
    memset(&attributes, 0, sizeof attributes);
    attributes.handled_access_fs = rights_known();
    if (attributes.handled_access_fs == 0)
        return false;
    descriptor = (int)syscall(SYS_landlock_create_ruleset, &attributes,
                              sizeof attributes.handled_access_fs, 0);
    if (descriptor < 0)
        return false;
    sandbox->rules = descriptor + 1;
    return true;
}

static bool add_rule(const struct sandbox *sandbox, int descriptor, enum sandbox_access access)
{
    struct landlock_path_beneath_attr rule;
    struct stat status;
    const uint64_t of_files =
        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE;

    memset(&rule, 0, sizeof rule);
    rule.parent_fd = descriptor;
    rule.allowed_access = rights_of(access) & rights_known();
    if (fstat(descriptor, &status) != 0)
        return false;
    /* The kernel refuses rights of folders for what is none. */
    if (!S_ISDIR(status.st_mode))
        rule.allowed_access &= of_files;
    /* EBADFD: a pipe or the like, which no rule is needed for. */
    return syscall(SYS_landlock_add_rule, sandbox->rules - 1, LANDLOCK_RULE_PATH_BENEATH, &rule,
                   0) == 0 ||
           errno == EBADFD;
}

void sandbox_permit(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
    int descriptor;

    if (obstacle() != NULL || !begin_rules(sandbox) || sandbox->path_count == SANDBOX_PATH_LIMIT) {
        sandbox->files_open = true; /* better no rules than a capture that cannot be read */
        return;
    }
    sandbox->path_count++;
    descriptor = open(path, O_PATH | O_CLOEXEC);
    if (descriptor < 0)
        return;
    if (!add_rule(sandbox, descriptor, access))
        sandbox->files_open = true;
    close(descriptor);
}

static bool enter_files(struct sandbox *sandbox)
{
    if (sandbox->files_open || !begin_rules(sandbox))
        return false;
    /* The kernel asks for this, so that a program with more rights is not fooled. */
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_landlock_restrict_self, sandbox->rules - 1, 0) == 0;
}

static bool files_known(void)
{
    return rights_known() != 0;
}

#else

void sandbox_permit(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
    (void)path;
    (void)access;
    sandbox->files_open = true;
}

static bool enter_files(struct sandbox *sandbox)
{
    (void)sandbox;
    return false;
}

static bool files_known(void)
{
    return false;
}

#endif

void sandbox_permit_folder_of(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);

    if (length >= sizeof folder)
        return;
    memcpy(folder, path, length);
    folder[length] = '\0';
    sandbox_permit(sandbox, slash == NULL ? "." : length == 0 ? "/" : folder, access);
}

/* Where SQLite puts what it sorts, in its order; the first that can be written. */
static void permit_sorting(struct sandbox *sandbox)
{
    const char *const folders[] = {getenv("SQLITE_TMPDIR"), getenv("TMPDIR"), "/var/tmp",
                                   "/usr/tmp", "/tmp"};

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (folders[i] != NULL && access(folders[i], W_OK | X_OK) == 0) {
            sandbox_permit(sandbox, folders[i], SANDBOX_FILL);
            return;
        }
}

void sandbox_permit_database(struct sandbox *sandbox, const char *path, bool writes)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char *place = path == NULL ? NULL : realpath(path, NULL);
    char name[PATH_MAX];

    if (place == NULL)
        return;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (snprintf(name, sizeof name, "%s%s", place, endings[i]) < (int)sizeof name)
            sandbox_permit(sandbox, name, writes ? SANDBOX_CHANGE : SANDBOX_READ);
    if (writes)
        sandbox_permit_folder_of(sandbox, place, SANDBOX_TIDY);
    permit_sorting(sandbox);
    free(place);
}

unsigned sandbox_enter(struct sandbox *sandbox)
{
    if (obstacle() != NULL)
        return 0;
    if (enter_files(sandbox))
        sandbox->held |= SANDBOX_FILES;
    sandbox_abandon(sandbox);
    if ((sandbox->held & SANDBOX_CALLS) == 0 && sandbox_calls_enter())
        sandbox->held |= SANDBOX_CALLS;
    return sandbox->held;
}

void sandbox_abandon(struct sandbox *sandbox)
{
    if (sandbox->rules != 0)
        close(sandbox->rules - 1);
    sandbox->rules = 0;
}

const char *sandbox_abilities(void)
{
    const char *reason = obstacle();

    if (reason != NULL)
        return reason;
    if (sandbox_calls_known())
        return files_known() ? "seccomp, landlock" : "seccomp";
    return files_known() ? "landlock" : "none (this kernel or this build has neither)";
}
