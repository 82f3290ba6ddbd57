/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which variables could lead a privileged process astray?  Those by which libraries
 * choose files and code: SQLite where it sorts, libcrypto its roots, its configuration
 * and the modules that this loads.  What the dynamic linker must not believe (LD_*) it
 * settles before us.  Options say all of it openly (--trust).  environ(7), openssl-env(7).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/environment.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef HAVE_SYS_AUXV_H
#include <sys/auxv.h>
#endif

bool environment_is_foreign(void)
{
#if defined HAVE_GETAUXVAL && defined AT_SECURE
    if (getauxval(AT_SECURE) != 0)
        return true;
#endif
    return geteuid() == 0 || geteuid() != getuid() || getegid() != getgid();
}

void environment_forget(void)
{
    static const char *const variables[] = {
        "TMPDIR",       "SQLITE_TMPDIR",        "SSL_CERT_FILE",   "SSL_CERT_DIR",
        "OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES", "OPENSSL_ENGINES"};

    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        (void)unsetenv(variables[i]);
}
