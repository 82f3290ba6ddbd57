/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of interfaces go into a pipeline as they come, and once in a while somebody looks
 * around: at the clock, at signals, at what else there is to do.
 */
#ifndef APPLEPATH_PROGRAM_CAPTURE_LOOP_H
#define APPLEPATH_PROGRAM_CAPTURE_LOOP_H

#include "capture/live.h"
#include "program/pipeline.h"

struct capture_loop {
    struct live_set *live;
    struct pipeline *pipeline;
    uint64_t packet_limit; /* frames after which it ends; 0: none */
    unsigned wait_milliseconds; /* for a frame, before somebody looks around */
    unsigned frames_between_looks; /* at least 2 */

    /* Looks around, after this frame was taken (NULL: none came); false ends the loop. The
     * way to end it in order is live_stop. */
    bool (*look)(void *owner, const struct frame *frame);
    void *owner;
};

/* Until the interfaces end or the limit is reached. False when a look, or the pipeline's
 * sink, has ended it before. */
bool capture_loop_run(const struct capture_loop *loop);

#endif
