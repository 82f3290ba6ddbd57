/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do packets get from several rings into one pipeline, in order?  Each port has a
 * thread that copies frames into batches and hands these on; the pipeline's thread
 * merges the ports by time, and gives empty batches back.  When it cannot keep up, the
 * ports' threads wait, the kernel's rings fill, and the kernel counts what it drops: so
 * that every loss is in one figure.
 *
 * A port that has nothing is waited for only as long as its ring may hold back a frame
 * (MERGE_PATIENCE).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "capture/live.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "capture/live_reader.h"

#define MERGE_PATIENCE (3 * LIVE_BLOCK_MILLISECONDS * NANOSECONDS_PER_MILLISECOND)
#define NOTICE_INTERVAL (10 * NANOSECONDS_PER_SECOND)
#define CLOCK_LOOKS 256u /* frames between two looks at the clock */

struct live_set {
    struct live_interface *interfaces;
    size_t interface_count;
    struct live_reader *readers;
    size_t reader_count;
    struct live_exchange exchange;
    int64_t now;
    unsigned until_clock;
};

static bool open_all(struct live_set *set, const struct live_settings *settings,
                     struct problem *problem)
{
    for (size_t i = 0; i < settings->interface_count; i++) {
        struct live_interface *interface = &set->interfaces[i];
        interface->name = settings->interfaces[i];
        struct live_port_settings port = {
            .interface = interface->name,
            .filter = settings->filter,
            .buffer_mebibytes = settings->buffer_mebibytes,
            .fanout_group =
                settings->threads > 1 ? ((unsigned)getpid() + (unsigned)i) % 0xffffu + 1 : 0,
        };
        interface->fact = (struct fact_source){.id = (uint32_t)i + 1,
                                               .name = interface->name,
                                               .first_time = TIMESTAMP_NONE,
                                               .last_time = TIMESTAMP_NONE};
        for (unsigned j = 0; j < settings->threads; j++) {
            struct live_reader *reader = &set->readers[set->reader_count++];
            port.counts_card = j == 0;
            if (!live_reader_prepare(reader, &set->exchange, interface, &port, problem))
                return false;
        }
        interface->fact.link_type = live_port_link_type(&set->readers[set->reader_count - 1].port);
        interface->has_flags = true;
        interface->has_flags = live_interface_look(&set->exchange, interface) != INTERFACE_GONE;
        atomic_store(&interface->state, (int)live_interface_look(&set->exchange, interface));
    }
    return true;
}

/* Waits by a clock that is never set, where the system can: else the clock that is set back
 * by an hour would make one wait last as long. */
static void make_timed(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifdef HAVE_PTHREAD_CONDATTR_SETCLOCK
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static int64_t timed_clock(void)
{
#ifdef HAVE_PTHREAD_CONDATTR_SETCLOCK
    return timestamp_monotonic();
#else
    return timestamp_now();
#endif
}

struct live_set *live_open(const struct live_settings *settings, struct problem *problem)
{
    struct live_set *set = calloc(1, sizeof *set);
    size_t readers = settings->interface_count * settings->threads;
    if (set == NULL) {
        problem_set(problem, "memory is out; use fewer --threads");
        return NULL;
    }
    set->exchange.query = socket(AF_INET, SOCK_DGRAM, 0);
    set->exchange.may_reopen = true;
    set->interface_count = settings->interface_count;
    pthread_mutex_init(&set->exchange.lock, NULL);
    make_timed(&set->exchange.filled);
    pthread_cond_init(&set->exchange.emptied, NULL);
    set->interfaces = calloc(settings->interface_count, sizeof *set->interfaces);
    set->readers = calloc(readers, sizeof *set->readers);
    if (set->interfaces == NULL || set->readers == NULL)
        problem_set(problem, "memory is out; use fewer --threads");
    else if (open_all(set, settings, problem))
        return set;
    live_close(set);
    return NULL;
}

void live_close(struct live_set *set)
{
    if (set == NULL)
        return;
    live_stop(set);
    for (size_t i = 0; i < set->reader_count; i++)
        live_reader_join(&set->readers[i]);
    for (size_t i = 0; i < set->reader_count; i++)
        live_reader_release(&set->readers[i]);
    pthread_cond_destroy(&set->exchange.filled);
    pthread_cond_destroy(&set->exchange.emptied);
    pthread_mutex_destroy(&set->exchange.lock);
    if (set->exchange.query >= 0)
        close(set->exchange.query);
    free(set->readers);
    free(set->interfaces);
    free(set);
}

void live_forbid_reopening(struct live_set *set)
{
    set->exchange.may_reopen = false;
}

bool live_start(struct live_set *set, struct problem *problem)
{
    sigset_t all, before;
    bool ok = true;
    /* Signals are for the thread that asks for frames. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (size_t i = 0; ok && i < set->reader_count; i++) {
        struct live_reader *reader = &set->readers[i];
        ok = pthread_create(&reader->thread, NULL, live_reader_run, reader) == 0;
        reader->started = ok;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok || problem_set(problem, "no thread can be made; use fewer --threads");
}

/* The next frame of this reader, or NULL. */
static const struct live_batch_frame *head_of(struct live_set *set, struct live_reader *reader)
{
    struct live_batch *batch = reader->current;
    if (batch != NULL && reader->position < batch->count)
        return &batch->frames[reader->position];
    if (batch == NULL && atomic_load(&reader->full_count) == 0)
        return NULL;
    pthread_mutex_lock(&set->exchange.lock);
    if (batch != NULL) {
        batch->next = reader->empty;
        reader->empty = batch;
        pthread_cond_broadcast(&set->exchange.emptied);
    }
    batch = reader->first_full;
    if (batch != NULL) {
        reader->first_full = batch->next;
        if (reader->first_full == NULL)
            reader->last_full = &reader->first_full;
        atomic_fetch_sub(&reader->full_count, 1);
    }
    pthread_mutex_unlock(&set->exchange.lock);
    reader->current = batch;
    reader->position = 0;
    return batch != NULL ? &batch->frames[0] : NULL;
}

static void count_frame(struct live_interface *interface, const struct live_batch_frame *frame)
{
    struct fact_source *fact = &interface->fact;
    fact->packets++;
    fact->bytes += frame->wire_length;
    fact->truncated_packets += frame->length < frame->wire_length;
    if (fact->first_time == TIMESTAMP_NONE || frame->time < fact->first_time)
        fact->first_time = frame->time;
    if (fact->last_time == TIMESTAMP_NONE || frame->time > fact->last_time)
        fact->last_time = frame->time;
}

static void deliver(struct live_reader *reader, struct frame *frame)
{
    const struct live_batch *batch = reader->current;
    const struct live_batch_frame *head = &batch->frames[reader->position++];
    struct live_interface *interface = reader->interface;
    count_frame(interface, head);
    frame->packet = packet_identity(interface->fact.id, ++interface->number);
    frame->time = head->time;
    frame->link_type = batch->link_type;
    frame->wire_length = head->wire_length;
    frame->data = bytes_of(batch->bytes + head->offset, head->length);
}

/* The reader with the earliest frame that no earlier one can follow; NULL: none.
 * `waits`: there is a frame, but an earlier one may come; `over`: nothing comes. */
static struct live_reader *choose(struct live_set *set, bool *waits, bool *over)
{
    struct live_reader *chosen = NULL;
    int64_t earliest = 0;
    bool missing = false, crowded = false;
    *over = true;
    for (size_t i = 0; i < set->reader_count; i++) {
        struct live_reader *reader = &set->readers[i];
        bool ended = atomic_load(&reader->ended); /* before it is asked: what it left is there */
        const struct live_batch_frame *head = head_of(set, reader);
        *over = *over && ended && head == NULL;
        missing = missing || (head == NULL && !ended);
        crowded = crowded || atomic_load(&reader->full_count) > LIVE_BATCHES / 2;
        if (head != NULL && (chosen == NULL || head->time < earliest)) {
            chosen = reader;
            earliest = head->time;
        }
    }
    *waits = chosen != NULL && missing && !crowded && set->now - earliest < MERGE_PATIENCE &&
             set->now >= earliest;
    return *waits ? NULL : chosen;
}

static void wait_for_batch(struct live_set *set, int64_t patience)
{
    int64_t until = timed_clock() + patience;
    struct timespec limit = {.tv_sec = (time_t)(until / NANOSECONDS_PER_SECOND),
                             .tv_nsec = (long)(until % NANOSECONDS_PER_SECOND)};
    bool none = true;
    pthread_mutex_lock(&set->exchange.lock);
    for (size_t i = 0; i < set->reader_count; i++)
        none = none && (set->readers[i].current != NULL || set->readers[i].first_full == NULL);
    if (none)
        pthread_cond_timedwait(&set->exchange.filled, &set->exchange.lock, &limit);
    pthread_mutex_unlock(&set->exchange.lock);
}

enum live_answer live_next(struct live_set *set, struct frame *frame, unsigned milliseconds)
{
    int64_t patience = (int64_t)milliseconds * NANOSECONDS_PER_MILLISECOND, began = 0;
    for (;;) {
        bool waits, over;
        if (set->until_clock-- == 0) {
            set->now = timestamp_now();
            set->until_clock = CLOCK_LOOKS;
        }
        struct live_reader *reader = choose(set, &waits, &over);
        if (reader != NULL) {
            deliver(reader, frame);
            return LIVE_FRAME;
        }
        if (over)
            return LIVE_END;
        set->now = timestamp_now();
        set->until_clock = CLOCK_LOOKS;
        int64_t now = timestamp_monotonic();
        if (began == 0)
            began = now;
        if (now - began >= patience)
            return LIVE_QUIET;
        int64_t left = began + patience - now;
        wait_for_batch(set, waits && left > MERGE_PATIENCE / 8 ? MERGE_PATIENCE / 8 : left);
    }
}

void live_stop(struct live_set *set)
{
    atomic_store(&set->exchange.stopping, true);
}

void live_reopen(struct live_set *set)
{
    for (size_t i = 0; i < set->reader_count; i++)
        atomic_store(&set->readers[i].reopen, true);
}

void live_count_drops(struct live_set *set)
{
    for (size_t i = 0; i < set->interface_count; i++)
        set->interfaces[i].fact.dropped_packets = 0;
    for (size_t i = 0; i < set->reader_count; i++) {
        struct live_reader *reader = &set->readers[i];
        pthread_mutex_lock(&reader->port_lock);
        live_port_count_drops(&reader->port);
        reader->interface->fact.dropped_packets += (int64_t)reader->port.dropped;
        pthread_mutex_unlock(&reader->port_lock);
    }
}

static const char *const state_sentences[] = {
    [INTERFACE_UP] = "is back",
    [INTERFACE_DOWN] = "is down; nothing is captured until it is up again",
    [INTERFACE_GONE] = "is gone; it is opened again as soon as it is back",
    [INTERFACE_LOST] = "is gone, and this process may not open it again",
};

bool live_take_notice(struct live_set *set, struct problem *notice)
{
    int64_t now = timestamp_monotonic();
    for (size_t i = 0; i < set->interface_count; i++) {
        struct live_interface *interface = &set->interfaces[i];
        int state = atomic_load(&interface->state);
        bool soon = interface->told_time != 0 && now - interface->told_time < NOTICE_INTERVAL;
        if (state == interface->told_state || soon)
            continue;
        interface->told_state = state;
        interface->told_time = now;
        problem_set(notice, "%s: %s", interface->name, state_sentences[state]);
        return true;
    }
    return false;
}

const char *live_lost(const struct live_set *set)
{
    for (size_t i = 0; i < set->interface_count; i++)
        if (atomic_load(&set->interfaces[i].state) == INTERFACE_LOST)
            return set->interfaces[i].name;
    return NULL;
}

size_t live_count(const struct live_set *set)
{
    return set->interface_count;
}

void live_describe(const struct live_set *set, size_t index, struct fact_source *fact)
{
    *fact = set->interfaces[index].fact;
}
