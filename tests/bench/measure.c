/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long does a command take, how much of the processors, and how much memory at its
 * peak?  Runs it with its output thrown away and prints
 * `SECONDS PROCESSOR_SECONDS KILOBYTES STATUS` on one line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
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
    double start = now_seconds();
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
    double processor = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%.3f %.3f %ld %d\n", now_seconds() - start, processor, kilobytes,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
