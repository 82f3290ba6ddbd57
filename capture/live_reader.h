/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One port of one interface, and the thread that empties its ring: frames go out in
 * batches, which come back empty.
 */
#ifndef APPLEPATH_CAPTURE_LIVE_READER_H
#define APPLEPATH_CAPTURE_LIVE_READER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fact.h"
#include "capture/live_port.h"

#define LIVE_BATCH_FRAMES 4096u
#define LIVE_BATCH_BYTES (1u << 20)
#define LIVE_BATCHES 16u /* of each port */

struct live_batch_frame {
    int64_t time;
    uint32_t wire_length;
    uint32_t offset;
    uint32_t length;
};

struct live_batch {
    struct live_batch *next;
    int link_type;
    size_t count;
    size_t used;
    struct live_batch_frame frames[LIVE_BATCH_FRAMES];
    uint8_t bytes[LIVE_BATCH_BYTES];
};

enum interface_state { INTERFACE_UP, INTERFACE_DOWN, INTERFACE_GONE, INTERFACE_LOST };

struct live_interface {
    const char *name;
    bool has_flags; /* there is a network device of this name: not so of "any" */
    atomic_int state; /* enum interface_state */
    int told_state;
    int64_t told_time;
    uint64_t number; /* of the frame delivered last */
    struct fact_source fact;
};

/* What all readers and the one who takes their batches share. */
struct live_exchange {
    pthread_mutex_t lock;
    pthread_cond_t filled; /* a batch was handed on, or a thread ended */
    pthread_cond_t emptied;
    atomic_bool stopping;
    bool may_reopen;
    int query; /* a socket to ask for an interface's flags; -1: none */
};

/* One port and the thread that reads it. */
struct live_reader {
    struct live_exchange *exchange;
    struct live_interface *interface;
    struct live_port_settings settings;
    struct live_port port;
    pthread_mutex_t port_lock; /* opening, closing and asking for drops */
    pthread_t thread;
    bool started;
    atomic_bool ended;
    atomic_bool reopen;
    struct live_batch *filling; /* the thread's own */
    struct live_batch *current; /* the merging side's own */
    size_t position; /* in it */
    /* Under the exchange's lock. */
    struct live_batch *first_full, **last_full;
    struct live_batch *empty;
    atomic_uint full_count;
    int64_t stop_seen; /* the thread's own: when it learned that it is to stop */
};

/* Up, down or gone, as the interface's flags say; where they cannot be had, it is up. */
enum interface_state live_interface_look(const struct live_exchange *exchange,
                                         const struct live_interface *interface);

/* Opens the port and makes the batches. False and a problem when it cannot. */
bool live_reader_prepare(struct live_reader *reader, struct live_exchange *exchange,
                         struct live_interface *interface,
                         const struct live_port_settings *settings, struct problem *problem);

/* The thread; `owner` is the reader. Ends once the exchange stops, or the interface is
 * gone for good. */
void *live_reader_run(void *owner);

/* Waits for the thread's end, if it has begun. The exchange has stopped. */
void live_reader_join(struct live_reader *reader);
void live_reader_release(struct live_reader *reader);

#endif
