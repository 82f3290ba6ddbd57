/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where frames come from while they happen: one or more interfaces, read by threads of
 * their own, delivered as one stream in the order of time to the one who asks.
 */
#ifndef APPLEPATH_CAPTURE_LIVE_H
#define APPLEPATH_CAPTURE_LIVE_H

#include "base/fact.h"
#include "base/problem.h"
#include "capture/packet.h"

#define LIVE_INTERFACE_LIMIT 64
#define LIVE_THREAD_LIMIT 32 /* of one interface */
#define LIVE_BUFFER_MEBIBYTES 64 /* of the kernel's ring, unless said otherwise */

struct live_settings {
    const char *const *interfaces; /* by name, each once */
    size_t interface_count;
    const char *filter; /* BPF, or NULL */
    unsigned threads; /* of each interface; from 1 */
    unsigned buffer_mebibytes; /* of each thread */
};

struct live_set;

enum live_answer {
    LIVE_FRAME, /* a frame was delivered */
    LIVE_QUIET, /* none came within the time given */
    LIVE_END /* live_stop was called and all is delivered, or no interface is left */
};

/* Opens all interfaces. Nothing is captured into memory yet but by the kernel. NULL and a
 * problem when any of them cannot be opened. The settings' texts are borrowed. */
struct live_set *live_open(const struct live_settings *settings, struct problem *problem);
void live_close(struct live_set *set);

/* From now on an interface that is gone is not opened again: the right to is given up. */
void live_forbid_reopening(struct live_set *set);

/* Begins to read. False and a problem when no thread can be made. */
bool live_start(struct live_set *set, struct problem *problem);

/* Delivers the next frame of all interfaces; its data is good until the next call. */
enum live_answer live_next(struct live_set *set, struct frame *frame, unsigned milliseconds);

/* No more is to be captured: what was before now is still delivered. */
void live_stop(struct live_set *set);

/* Closes each interface and opens it again, as if it had been gone. */
void live_reopen(struct live_set *set);

/* Asks the kernel for its drops: once a second or so. */
void live_count_drops(struct live_set *set);

/* Did an interface go down, vanish or come back? A sentence each time, at most one in
 * ten seconds of each. */
bool live_take_notice(struct live_set *set, struct problem *notice);

/* An interface is gone for good (live_forbid_reopening); its name, or NULL. */
const char *live_lost(const struct live_set *set);

size_t live_count(const struct live_set *set);

/* As source_set_describe; `dropped_packets` is what the kernel has told so far. */
void live_describe(const struct live_set *set, size_t index, struct fact_source *fact);

#endif
