/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first frame is looked at as well: where next to nothing is sent, it may be the only one.
 */
#include "program/capture_loop.h"

bool capture_loop_run(const struct capture_loop *loop)
{
    uint64_t frames = 0;
    struct frame frame;
    for (;;) {
        enum live_answer answer = live_next(loop->live, &frame, loop->wait_milliseconds);
        bool came = answer == LIVE_FRAME;
        if (answer == LIVE_END)
            return true;
        if (came && !pipeline_frame(loop->pipeline, &frame))
            return false;
        frames += came;
        bool looks = !came || frames % loop->frames_between_looks == 1;
        if (looks && !loop->look(loop->owner, came ? &frame : NULL))
            return false;
        if (came && frames == loop->packet_limit)
            return true;
    }
}
