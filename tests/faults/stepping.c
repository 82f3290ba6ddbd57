/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program on a machine whose clock is set while it runs: all that it takes from the
 * system's clock, and the times of live frames, are STEP_BY seconds later (or earlier) once
 * it has run for STEP_AFTER seconds.  The linker leads the calls here (--wrap).
 */
#include <stdlib.h>
#include <time.h>

#include "base/timestamp.h"
#include "capture/live.h"
#include "program/commands.h"

int __real_clock_gettime(clockid_t which, struct timespec *now);
time_t __real_time(time_t *now);
enum live_answer __real_live_next(struct live_set *set, struct frame *frame, unsigned milliseconds);
int __wrap_clock_gettime(clockid_t which, struct timespec *now);
time_t __wrap_time(time_t *now);
enum live_answer __wrap_live_next(struct live_set *set, struct frame *frame, unsigned milliseconds);

/* Set before anything runs. */
static time_t begun, after, by;

static time_t step(void)
{
    struct timespec now;

    return __real_clock_gettime(CLOCK_MONOTONIC, &now) == 0 && now.tv_sec - begun >= after ? by : 0;
}

int __wrap_clock_gettime(clockid_t which, struct timespec *now)
{
    int status = __real_clock_gettime(which, now);

    if (status == 0 && which == CLOCK_REALTIME)
        now->tv_sec += step();
    return status;
}

time_t __wrap_time(time_t *now)
{
    time_t moved = __real_time(NULL) + step();

    if (now != NULL)
        *now = moved;
    return moved;
}

enum live_answer __wrap_live_next(struct live_set *set, struct frame *frame, unsigned milliseconds)
{
    enum live_answer answer = __real_live_next(set, frame, milliseconds);

    if (answer == LIVE_FRAME)
        frame->time += (int64_t)step() * NANOSECONDS_PER_SECOND;
    return answer;
}

int main(int argc, char **argv)
{
    const char *when = getenv("STEP_AFTER"), *how_far = getenv("STEP_BY");
    struct timespec now;

    if (when == NULL || how_far == NULL || __real_clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 99;
    begun = now.tv_sec;
    after = strtol(when, NULL, 10);
    by = strtol(how_far, NULL, 10);
    return (int)applepath_main(argc, argv);
}
