/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do packets get from several rings into one pipeline, in order?  Each port has a
 * thread that copies frames into batches and hands these on; the pipeline's thread
 * merges the ports by time, and gives empty batches back.  When it cannot keep up, the
 * ports' threads wait, the kernel's rings fill, and the kernel counts what it drops: so
 * that every loss is in one figure.
 *
 * A port that has nothing is waited for only as long as its ring may hold back a frame
 * (MERGE_PATIENCE).  An interface that goes down stays open; one that vanishes is
 * opened again once it is back.
 */
#include "capture/live.h"

#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "capture/live_port.h"

#define BATCH_FRAMES 4096u
#define BATCH_BYTES (1u << 20)
#define BATCHES 16u /* of each port */
#define POLL_MILLISECONDS 100
#define MERGE_PATIENCE (3 * LIVE_BLOCK_MILLISECONDS * NANOSECONDS_PER_MILLISECOND)
#define DRAIN_TIME (3 * LIVE_BLOCK_MILLISECONDS * NANOSECONDS_PER_MILLISECOND)
#define LOOK_INTERVAL NANOSECONDS_PER_SECOND /* at the interface's state */
#define NOTICE_INTERVAL (10 * NANOSECONDS_PER_SECOND)
#define CLOCK_LOOKS 256u /* frames between two looks at the clock */

static_assert(BATCH_BYTES >= LIVE_SNAPSHOT_LENGTH, "a batch holds any frame");

struct batch_frame {
    int64_t time;
    uint32_t wire_length;
    uint32_t offset;
    uint32_t length;
};

struct batch {
    struct batch *next;
    int link_type;
    size_t count;
    size_t used;
    struct batch_frame frames[BATCH_FRAMES];
    uint8_t bytes[BATCH_BYTES];
};

enum interface_state { INTERFACE_UP, INTERFACE_DOWN, INTERFACE_GONE, INTERFACE_LOST };

struct live_interface {
    const char *name;
    struct live_port_settings settings;
    bool has_flags; /* there is a network device of this name: not so of "any" */
    atomic_int state; /* enum interface_state */
    int told_state;
    int64_t told_time;
    uint64_t number; /* of the frame delivered last */
    struct fact_source fact;
};

/* One port and the thread that reads it. */
struct reader {
    struct live_set *set;
    struct live_interface *interface;
    struct live_port port;
    pthread_mutex_t port_lock; /* opening, closing and asking for drops */
    pthread_t thread;
    bool started;
    atomic_bool ended;
    atomic_bool reopen;
    struct batch *filling; /* the thread's own */
    struct batch *current; /* the merging side's own */
    size_t position; /* in it */
    /* Under the set's lock. */
    struct batch *first_full, **last_full;
    struct batch *empty;
    atomic_uint full_count;
    int64_t stop_seen; /* the thread's own: when it learned that it is to stop */
};

struct live_set {
    struct live_interface *interfaces;
    size_t interface_count;
    struct reader *readers;
    size_t reader_count;
    pthread_mutex_t lock;
    pthread_cond_t filled; /* a batch was handed on, or a thread ended */
    pthread_cond_t emptied;
    atomic_bool stopping;
    bool may_reopen;
    int query; /* a socket to ask for an interface's flags; -1: none */
    int64_t now;
    unsigned until_clock;
};

static int64_t wall_clock(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

/* Hands on what was filled, and takes an empty batch, or waits for one. NULL: there will
 * be none, as nobody empties any. */
static void hand_on(struct reader *reader)
{
    struct live_set *set = reader->set;
    struct batch *batch = reader->filling;
    pthread_mutex_lock(&set->lock);
    batch->next = NULL;
    *reader->last_full = batch;
    reader->last_full = &batch->next;
    atomic_fetch_add(&reader->full_count, 1);
    pthread_cond_signal(&set->filled);
    while (reader->empty == NULL)
        pthread_cond_wait(&set->emptied, &set->lock);
    reader->filling = reader->empty;
    reader->empty = reader->filling->next;
    pthread_mutex_unlock(&set->lock);
    reader->filling->count = reader->filling->used = 0;
}

static void take_frame(u_char *owner, const struct pcap_pkthdr *header, const u_char *data)
{
    struct reader *reader = (struct reader *)(void *)owner;
    struct batch *batch = reader->filling;
    if (batch->count == BATCH_FRAMES || header->caplen > BATCH_BYTES - batch->used) {
        hand_on(reader);
        batch = reader->filling;
    }
    if (header->caplen > BATCH_BYTES)
        return; /* never: longer than the snapshot length */
    batch->link_type = reader->port.link_type;
    batch->frames[batch->count++] = (struct batch_frame){
        .time = (int64_t)header->ts.tv_sec * NANOSECONDS_PER_SECOND +
                (int64_t)header->ts.tv_usec * (reader->port.nanoseconds ? 1 : 1000),
        .wire_length = header->len > header->caplen ? header->len : header->caplen,
        .offset = (uint32_t)batch->used,
        .length = header->caplen,
    };
    memcpy(batch->bytes + batch->used, data, header->caplen);
    batch->used += header->caplen;
}

static void state_set(struct live_interface *interface, enum interface_state state)
{
    atomic_store(&interface->state, (int)state);
}

/* Up or down, as its flags say; where they cannot be asked for, all is well. */
static enum interface_state look_at(const struct live_set *set,
                                    const struct live_interface *interface)
{
    const char *name = interface->name;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (set->query < 0 || !interface->has_flags || strlen(name) >= sizeof request.ifr_name)
        return INTERFACE_UP;
    memcpy(request.ifr_name, name, strlen(name) + 1);
    if (ioctl(set->query, SIOCGIFFLAGS, &request) != 0)
        return errno == ENODEV || errno == ENXIO ? INTERFACE_GONE : INTERFACE_UP;
    return (request.ifr_flags & IFF_UP) != 0 ? INTERFACE_UP : INTERFACE_DOWN;
}

static void sleep_milliseconds(int milliseconds)
{
    (void)poll(NULL, 0, milliseconds);
}

/* The interface is gone: waits until it can be opened again. False: it will not be, or
 * all is to stop. */
static bool open_again(struct reader *reader)
{
    struct live_set *set = reader->set;
    pthread_mutex_lock(&reader->port_lock);
    live_port_count_drops(&reader->port);
    live_port_close(&reader->port);
    pthread_mutex_unlock(&reader->port_lock);
    while (!atomic_load(&set->stopping)) {
        struct problem problem = {""};
        if (!set->may_reopen) {
            state_set(reader->interface, INTERFACE_LOST);
            return false;
        }
        pthread_mutex_lock(&reader->port_lock);
        enum live_port_failure failure =
            live_port_open(&reader->port, &reader->interface->settings, &problem);
        pthread_mutex_unlock(&reader->port_lock);
        if (failure == LIVE_PORT_OPENED) {
            state_set(reader->interface, INTERFACE_UP);
            return true;
        }
        state_set(reader->interface,
                  failure == LIVE_PORT_FORBIDDEN ? INTERFACE_LOST : INTERFACE_GONE);
        if (failure == LIVE_PORT_FORBIDDEN)
            return false;
        for (int i = 0; i < 10 && !atomic_load(&set->stopping); i++)
            sleep_milliseconds(POLL_MILLISECONDS);
    }
    return false;
}

/* After the stop the ring is emptied of what came before it. */
static bool is_drained(struct reader *reader)
{
    if (!atomic_load(&reader->set->stopping))
        return false;
    int64_t now = wall_clock();
    if (reader->stop_seen == 0)
        reader->stop_seen = now;
    return now - reader->stop_seen > DRAIN_TIME || now < reader->stop_seen;
}

/* One round. False: the interface is gone. */
static bool read_port(struct reader *reader)
{
    struct pollfd waiting = {.fd = reader->port.descriptor, .events = POLLIN};
    if (waiting.fd >= 0)
        (void)poll(&waiting, 1, atomic_load(&reader->set->stopping) ? 10 : POLL_MILLISECONDS);
    else
        sleep_milliseconds(LIVE_BLOCK_MILLISECONDS);
    int count = pcap_dispatch(reader->port.capture, (int)BATCH_FRAMES, take_frame,
                              (u_char *)(void *)reader);
    /* A batch that is not full waits only while others are on their way. */
    if (reader->filling->count > 0 &&
        (count < (int)BATCH_FRAMES || atomic_load(&reader->full_count) == 0))
        hand_on(reader);
    return count >= 0;
}

static void *run_reader(void *owner)
{
    struct reader *reader = owner;
    struct live_set *set = reader->set;
    int64_t looked = wall_clock();
    while (!is_drained(reader)) {
        bool fine = read_port(reader);
        int64_t now = wall_clock();
        if (fine && (now - looked >= LOOK_INTERVAL || now < looked)) {
            enum interface_state state = look_at(set, reader->interface);
            looked = now;
            fine = state != INTERFACE_GONE;
            if (fine)
                state_set(reader->interface, state);
        }
        bool again = set->may_reopen && atomic_exchange(&reader->reopen, false);
        if (fine && !again)
            continue;
        if (!fine)
            state_set(reader->interface, INTERFACE_GONE);
        if (!open_again(reader))
            break;
    }
    pthread_mutex_lock(&set->lock);
    atomic_store(&reader->ended, true);
    pthread_cond_signal(&set->filled);
    pthread_mutex_unlock(&set->lock);
    return NULL;
}

static bool reader_prepare(struct reader *reader, struct live_set *set,
                           struct live_interface *interface, struct problem *problem)
{
    reader->set = set;
    reader->interface = interface;
    reader->port.descriptor = -1;
    reader->last_full = &reader->first_full;
    pthread_mutex_init(&reader->port_lock, NULL);
    for (unsigned i = 0; i < BATCHES; i++) {
        struct batch *batch = malloc(sizeof *batch);
        if (batch == NULL)
            return problem_set(problem, "memory is out; use fewer --threads");
        batch->count = batch->used = 0;
        batch->next = reader->empty;
        reader->empty = batch;
    }
    reader->filling = reader->empty;
    reader->empty = reader->filling->next;
    return live_port_open(&reader->port, &interface->settings, problem) == LIVE_PORT_OPENED;
}

static bool open_all(struct live_set *set, const struct live_settings *settings,
                     struct problem *problem)
{
    for (size_t i = 0; i < settings->interface_count; i++) {
        struct live_interface *interface = &set->interfaces[i];
        interface->name = settings->interfaces[i];
        interface->settings = (struct live_port_settings){
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
            struct reader *reader = &set->readers[set->reader_count++];
            if (!reader_prepare(reader, set, interface, problem))
                return false;
        }
        interface->fact.link_type = live_port_link_type(&set->readers[set->reader_count - 1].port);
        interface->has_flags = true;
        interface->has_flags = look_at(set, interface) != INTERFACE_GONE;
        state_set(interface, look_at(set, interface));
    }
    return true;
}

struct live_set *live_open(const struct live_settings *settings, struct problem *problem)
{
    struct live_set *set = calloc(1, sizeof *set);
    size_t readers = settings->interface_count * settings->threads;
    if (set == NULL) {
        problem_set(problem, "memory is out; use fewer --threads");
        return NULL;
    }
    set->query = socket(AF_INET, SOCK_DGRAM, 0);
    set->may_reopen = true;
    set->interface_count = settings->interface_count;
    pthread_mutex_init(&set->lock, NULL);
    pthread_cond_init(&set->filled, NULL);
    pthread_cond_init(&set->emptied, NULL);
    set->interfaces = calloc(settings->interface_count, sizeof *set->interfaces);
    set->readers = calloc(readers, sizeof *set->readers);
    if (set->interfaces == NULL || set->readers == NULL)
        problem_set(problem, "memory is out; use fewer --threads");
    else if (open_all(set, settings, problem))
        return set;
    live_close(set);
    return NULL;
}

static void free_batches(struct batch *batch)
{
    while (batch != NULL) {
        struct batch *next = batch->next;
        free(batch);
        batch = next;
    }
}

/* A reader may wait for an empty batch: it gets them all. */
static void give_back_all(struct reader *reader)
{
    while (reader->first_full != NULL) {
        struct batch *batch = reader->first_full;
        reader->first_full = batch->next;
        batch->next = reader->empty;
        reader->empty = batch;
    }
    reader->last_full = &reader->first_full;
}

static void join_reader(struct live_set *set, struct reader *reader)
{
    if (!reader->started)
        return;
    pthread_mutex_lock(&set->lock);
    while (!atomic_load(&reader->ended)) {
        give_back_all(reader);
        pthread_cond_broadcast(&set->emptied);
        pthread_cond_wait(&set->filled, &set->lock);
    }
    pthread_mutex_unlock(&set->lock);
    pthread_join(reader->thread, NULL);
}

void live_close(struct live_set *set)
{
    if (set == NULL)
        return;
    live_stop(set);
    for (size_t i = 0; i < set->reader_count; i++)
        join_reader(set, &set->readers[i]);
    for (size_t i = 0; i < set->reader_count; i++) {
        struct reader *reader = &set->readers[i];
        live_port_close(&reader->port);
        free(reader->filling);
        free(reader->current);
        free_batches(reader->first_full);
        free_batches(reader->empty);
        pthread_mutex_destroy(&reader->port_lock);
    }
    pthread_cond_destroy(&set->filled);
    pthread_cond_destroy(&set->emptied);
    pthread_mutex_destroy(&set->lock);
    if (set->query >= 0)
        close(set->query);
    free(set->readers);
    free(set->interfaces);
    free(set);
}

void live_forbid_reopening(struct live_set *set)
{
    set->may_reopen = false;
}

bool live_start(struct live_set *set, struct problem *problem)
{
    sigset_t all, before;
    bool ok = true;
    /* Signals are for the thread that asks for frames. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (size_t i = 0; ok && i < set->reader_count; i++) {
        struct reader *reader = &set->readers[i];
        ok = pthread_create(&reader->thread, NULL, run_reader, reader) == 0;
        reader->started = ok;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok || problem_set(problem, "no thread can be made; use fewer --threads");
}

/* The next frame of this reader, or NULL. */
static const struct batch_frame *head_of(struct live_set *set, struct reader *reader)
{
    struct batch *batch = reader->current;
    if (batch != NULL && reader->position < batch->count)
        return &batch->frames[reader->position];
    if (batch == NULL && atomic_load(&reader->full_count) == 0)
        return NULL;
    pthread_mutex_lock(&set->lock);
    if (batch != NULL) {
        batch->next = reader->empty;
        reader->empty = batch;
        pthread_cond_broadcast(&set->emptied);
    }
    batch = reader->first_full;
    if (batch != NULL) {
        reader->first_full = batch->next;
        if (reader->first_full == NULL)
            reader->last_full = &reader->first_full;
        atomic_fetch_sub(&reader->full_count, 1);
    }
    pthread_mutex_unlock(&set->lock);
    reader->current = batch;
    reader->position = 0;
    return batch != NULL ? &batch->frames[0] : NULL;
}

static void count_frame(struct live_interface *interface, const struct batch_frame *frame)
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

static void deliver(struct reader *reader, struct frame *frame)
{
    const struct batch *batch = reader->current;
    const struct batch_frame *head = &batch->frames[reader->position++];
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
static struct reader *choose(struct live_set *set, bool *waits, bool *over)
{
    struct reader *chosen = NULL;
    int64_t earliest = 0;
    bool missing = false, crowded = false;
    *over = true;
    for (size_t i = 0; i < set->reader_count; i++) {
        struct reader *reader = &set->readers[i];
        bool ended = atomic_load(&reader->ended); /* before it is asked: what it left is there */
        const struct batch_frame *head = head_of(set, reader);
        *over = *over && ended && head == NULL;
        missing = missing || (head == NULL && !ended);
        crowded = crowded || atomic_load(&reader->full_count) > BATCHES / 2;
        if (head != NULL && (chosen == NULL || head->time < earliest)) {
            chosen = reader;
            earliest = head->time;
        }
    }
    *waits = chosen != NULL && missing && !crowded && set->now - earliest < MERGE_PATIENCE &&
             set->now >= earliest;
    return *waits ? NULL : chosen;
}

static void wait_for_batch(struct live_set *set, int64_t until)
{
    struct timespec limit = {.tv_sec = (time_t)(until / NANOSECONDS_PER_SECOND),
                             .tv_nsec = (long)(until % NANOSECONDS_PER_SECOND)};
    bool none = true;
    pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->reader_count; i++)
        none = none && (set->readers[i].current != NULL || set->readers[i].first_full == NULL);
    if (none)
        pthread_cond_timedwait(&set->filled, &set->lock, &limit);
    pthread_mutex_unlock(&set->lock);
}

enum live_answer live_next(struct live_set *set, struct frame *frame, unsigned milliseconds)
{
    int64_t patience = (int64_t)milliseconds * NANOSECONDS_PER_MILLISECOND, began = 0;
    for (;;) {
        bool waits, over;
        if (set->until_clock-- == 0) {
            set->now = wall_clock();
            set->until_clock = CLOCK_LOOKS;
        }
        struct reader *reader = choose(set, &waits, &over);
        if (reader != NULL) {
            deliver(reader, frame);
            return LIVE_FRAME;
        }
        if (over)
            return LIVE_END;
        set->now = wall_clock();
        set->until_clock = CLOCK_LOOKS;
        if (began == 0 || set->now < began)
            began = set->now;
        if (set->now - began >= patience)
            return LIVE_QUIET;
        int64_t until = began + patience;
        if (waits && until > set->now + MERGE_PATIENCE / 8)
            until = set->now + MERGE_PATIENCE / 8;
        wait_for_batch(set, until);
    }
}

void live_stop(struct live_set *set)
{
    atomic_store(&set->stopping, true);
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
        struct reader *reader = &set->readers[i];
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
    int64_t now = wall_clock();
    for (size_t i = 0; i < set->interface_count; i++) {
        struct live_interface *interface = &set->interfaces[i];
        int state = atomic_load(&interface->state);
        bool soon = interface->told_time != 0 && now - interface->told_time < NOTICE_INTERVAL &&
                    now >= interface->told_time;
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
