/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which system calls does a parser of packets need?  A list of names; whatever is not
 * on it ends the process (seccomp(2), SECCOMP_RET_KILL_PROCESS).  Calls that can do
 * more than is wanted are held to their arguments.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/sandbox_calls.h"

#ifdef HAVE_LIBSECCOMP

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41 /* glibc names its heaps */
#endif
#define TCGETS2_NUMBER 0x802c542a /* newer glibc's isatty; its header clashes with termios.h */
#define SIOCGIFFLAGS_NUMBER 0x8913 /* libpcap asks whether the interface is up */

/* Names that an architecture or this libseccomp does not have are passed over. */
static const char *const allowed[] = {
    /* Files: names are landlock's matter. */
    "open", "openat", "close", "read", "readv", "pread64", "preadv", "write", "writev", "pwrite64",
    "pwritev", "lseek", "_llseek", "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64",
    "newfstatat", "fstatat64", "statx", "statfs", "statfs64", "fstatfs", "fstatfs64", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "getdents", "getdents64",
    "fcntl", "fcntl64", "flock", "fsync", "fdatasync", "sync_file_range", "fallocate", "ftruncate",
    "ftruncate64", "fadvise64", "fadvise64_64", "readahead", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "fchmod", "umask", "dup", "dup2", "dup3",
    /* Waiting, and what is received on descriptors that are open. */
    "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe",
    "pipe2", "timerfd_create", "timerfd_settime", "timerfd_settime64", "timerfd_gettime",
    "recvfrom", "recvmsg", "recv", "getsockopt", "getsockname",
    /* Memory that is not code. */
    "brk", "munmap", "mremap", "madvise", "msync",
    /* Further rules for files only take away. */
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
    /* Threads of this process, time, itself. */
    "futex", "futex_time64", "futex_waitv", "futex_wake", "futex_wait", "futex_requeue",
    "set_robust_list", "get_robust_list", "rseq", "membarrier", "sched_yield", "sched_getaffinity",
    "sched_getparam", "sched_getscheduler", "getcpu", "gettid", "getpid", "getppid", "getuid",
    "getuid32", "geteuid", "geteuid32", "getgid", "getgid32", "getegid", "getegid32", "exit",
    "exit_group", "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
    "rt_sigpending", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_sigsuspend", "sigaltstack",
    "pause", "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64",
    "clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", "times",
    "alarm", "setitimer", "getitimer", "getrusage", "getrlimit", "ugetrlimit", "getrandom", "uname",
    "sysinfo"};

/* A call that is allowed while one argument, under a mask, is a value. */
struct narrow {
    const char *name;
    unsigned argument;
    scmp_datum_t mask;
    scmp_datum_t value;
};

#define WHOLE (~(scmp_datum_t)0)
#define NUMBER ((scmp_datum_t)0xffffffff) /* an int: what is above it is not looked at */

static const struct narrow narrowed[] = {
    /* No memory that was written becomes code. */
    {"mmap", 2, PROT_EXEC, 0},
    {"mmap2", 2, PROT_EXEC, 0},
    {"mprotect", 2, PROT_EXEC, 0},
    /* A thread, never a process. */
    {"clone", 0, CLONE_THREAD, CLONE_THREAD},
    {"prctl", 0, NUMBER, PR_SET_NAME},
    {"prctl", 0, NUMBER, PR_SET_VMA},
    {"prctl", 0, NUMBER, PR_SET_NO_NEW_PRIVS},
    {"ioctl", 1, NUMBER, TCGETS},
    {"ioctl", 1, NUMBER, TCGETS2_NUMBER},
    {"ioctl", 1, NUMBER, TIOCGWINSZ},
    {"ioctl", 1, NUMBER, FIONREAD},
    {"ioctl", 1, NUMBER, SIOCGIFFLAGS_NUMBER},
    {"prlimit64", 0, NUMBER, 0}, /* its own limits: of open files, for many captures */
    {"sendto", 4, WHOLE, 0}, /* to where the descriptor is connected: the service manager */
};

/* Calls that are refused without harm: their callers have another way. */
static const struct {
    const char *name;
    int error;
} refused[] = {
    {"clone3", ENOSYS}, /* its flags lie in memory, where no filter sees them */
    {"fchown", EPERM}, /* SQLite, as root: its side files' owner */
    {"fchown32", EPERM},
    {"setsockopt", EPERM}, /* libpcap, which takes its ring down before it closes */
};

static bool add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
                const struct scmp_arg_cmp *arguments)
{
    int number = seccomp_syscall_resolve_name(name);
    int code;

    if (number == __NR_SCMP_ERROR)
        return true;
    code = seccomp_rule_add_array(filter, action, number, count, arguments);
    /* Of no use on this architecture. */
    return code == 0 || code == -EDOM || code == -EINVAL;
}

static bool add_narrowed(scmp_filter_ctx filter)
{
    bool added = true;

    for (size_t i = 0; i < sizeof narrowed / sizeof narrowed[0] && added; i++) {
        const struct scmp_arg_cmp comparison = {narrowed[i].argument, SCMP_CMP_MASKED_EQ,
                                                narrowed[i].mask, narrowed[i].value};

        added = add(filter, SCMP_ACT_ALLOW, narrowed[i].name, 1, &comparison);
    }
    /* Signals to itself: abort() sends one. */
    const struct scmp_arg_cmp self = {0, SCMP_CMP_MASKED_EQ, NUMBER, (scmp_datum_t)getpid()};
    return added && add(filter, SCMP_ACT_ALLOW, "tgkill", 1, &self) &&
           add(filter, SCMP_ACT_ALLOW, "kill", 1, &self);
}

static bool add_all(scmp_filter_ctx filter)
{
    bool added = true;

    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && added; i++)
        added = add(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0] && added; i++)
        added = add(filter, SCMP_ACT_ERRNO((unsigned)refused[i].error), refused[i].name, 0, NULL);
    return added && add_narrowed(filter);
}

/* Kernels before 4.14 can only end the thread. */
static scmp_filter_ctx make_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    return filter != NULL ? filter : seccomp_init(SCMP_ACT_KILL);
}

bool sandbox_calls_known(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

bool sandbox_calls_enter(void)
{
    scmp_filter_ctx filter = sandbox_calls_known() ? make_filter() : NULL;
    bool entered;

    if (filter == NULL)
        return false;
    entered = add_all(filter) && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
#if SCMP_VER_MAJOR > 2 || (SCMP_VER_MAJOR == 2 && SCMP_VER_MINOR >= 5)
    /* A search among the numbers, instead of one comparison after the other. */
    if (entered)
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
#endif
    entered = entered && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return entered;
}

#else

bool sandbox_calls_known(void)
{
    return false;
}

bool sandbox_calls_enter(void)
{
    return false;
}

#endif
