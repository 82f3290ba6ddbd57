/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The progress line: bytes read of all bytes, and packets per second.
 */
#include "program/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/timestamp.h"

#define PROGRESS_INTERVAL (100 * NANOSECONDS_PER_MILLISECOND)

void progress_begin(struct progress *progress)
{
    memset(progress, 0, sizeof *progress);
    progress->shown = isatty(STDERR_FILENO) == 1;
    progress->started = progress->last = timestamp_monotonic();
}

void progress_show(void *owner, const struct source_set *sources, uint64_t packets)
{
    struct progress *progress = owner;
    if (!progress->shown)
        return;
    int64_t now = timestamp_monotonic();
    if (now - progress->last < PROGRESS_INTERVAL)
        return;
    progress->last = now;
    progress->drawn = true;
    uint64_t read, total;
    source_set_progress(sources, &read, &total);
    double seconds = timestamp_seconds_between(progress->started, now);
    double rate = seconds > 0 ? (double)packets / seconds / 1e6 : 0;
    if (total > 0)
        fprintf(stderr, "\r%5.1f%%  %.1f of %.1f MB, %.2f million packets/s \033[K",
                100.0 * (double)read / (double)total, (double)read / 1e6, (double)total / 1e6,
                rate);
    else
        fprintf(stderr, "\r%.1f MB, %.2f million packets/s \033[K", (double)read / 1e6, rate);
}

void progress_end(struct progress *progress)
{
    if (progress->drawn)
        fprintf(stderr, "\r\033[K");
    progress->drawn = false;
}
