/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which variables may a privileged process believe?  Libraries choose files and code by
 * theirs: SQLite where it sorts, libcrypto its roots, its configuration and the modules
 * that this loads, the C library names' servers, character sets and time zones, others
 * buses and drivers; and there is no list of them all.  So what is kept has a list: how a
 * terminal is written to, what a service manager says, what the tools of development want.
 * What the dynamic linker must not believe (LD_*) it settles before us.  Options say all
 * else openly (--trust).  environ(7), openssl-env(7), sd_notify(3).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/environment.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_SYS_AUXV_H
#include <sys/auxv.h>
#endif

extern char **environ; /* which POSIX leaves to us, and some libcs do not */

bool environment_is_foreign(void)
{
#if defined HAVE_GETAUXVAL && defined AT_SECURE
    if (getauxval(AT_SECURE) != 0)
        return true;
#endif
    return geteuid() == 0 || geteuid() != getuid() || getegid() != getgid();
}

static bool is_harmless(const char *variable)
{
    static const char *const names[] = {"TERM=",
                                        "NO_COLOR=",
                                        "COLUMNS=",
                                        "LANG=",
                                        "SOURCE_DATE_EPOCH=",
                                        "WATCHDOG_PID=",
                                        "WATCHDOG_USEC=",
                                        "NOTIFY_SOCKET=",
                                        "LD_PRELOAD=",
                                        "ASAN_OPTIONS=",
                                        "UBSAN_OPTIONS=",
                                        "LSAN_OPTIONS=",
                                        "LC_",
                                        "GCOV_"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

void environment_forget(void)
{
    size_t kept = 0;

    if (environ == NULL)
        return;
    for (size_t i = 0; environ[i] != NULL; i++)
        if (is_harmless(environ[i]))
            environ[kept++] = environ[i];
    environ[kept] = NULL;
}
