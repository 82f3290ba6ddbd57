/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a processor does a command take, and how much memory at its peak?  Runs it
 * with its output thrown away and prints `SECONDS KILOBYTES STATUS` on one line; the
 * seconds are those it computed, so that what else the machine does is left out.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void run_quietly(char **words)
{
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0 || dup2(nowhere, 0) < 0 || dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0)
        _exit(126);
    execvp(words[0], words);
    _exit(127);
}

int main(int count, char **words)
{
    if (count < 2) {
        fprintf(stderr, "usage: measure COMMAND [ARGUMENT...]\n");
        return 2;
    }
    pid_t child = fork();
    if (child < 0) {
        perror("measure: fork");
        return 2;
    }
    if (child == 0)
        run_quietly(words + 1);
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) < 0) {
        perror("measure: wait4");
        return 2;
    }
    long kilobytes = usage.ru_maxrss;
#ifdef __APPLE__
    kilobytes /= 1024; /* counted in bytes there */
#endif
    printf("%.3f %ld %d\n", seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime), kilobytes,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
