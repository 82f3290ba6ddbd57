/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a thread keep a ring from filling up?  It copies what is in it into batches
 * and hands these on; only when no empty batch is left it waits, and the ring fills.
 * An interface that goes down stays open; one that vanishes is opened again once it is
 * back, where the process may.
 */
#include "capture/live_reader.h"

#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define POLL_MILLISECONDS 100
#define DRAIN_TIME (3 * LIVE_BLOCK_MILLISECONDS * NANOSECONDS_PER_MILLISECOND)
#define LOOK_INTERVAL NANOSECONDS_PER_SECOND /* at the interface's state */

static_assert(LIVE_BATCH_BYTES >= LIVE_SNAPSHOT_LENGTH, "a batch holds any frame");

/* Hands on what was filled, and takes an empty batch, or waits for one. NULL: there will
 * be none, as nobody empties any. */
static void hand_on(struct live_reader *reader)
{
    struct live_exchange *exchange = reader->exchange;
    struct live_batch *batch = reader->filling;
    pthread_mutex_lock(&exchange->lock);
    batch->next = NULL;
    *reader->last_full = batch;
    reader->last_full = &batch->next;
    atomic_fetch_add(&reader->full_count, 1);
    pthread_cond_signal(&exchange->filled);
    while (reader->empty == NULL)
        pthread_cond_wait(&exchange->emptied, &exchange->lock);
    reader->filling = reader->empty;
    reader->empty = reader->filling->next;
    pthread_mutex_unlock(&exchange->lock);
    reader->filling->count = reader->filling->used = 0;
}

static void take_frame(u_char *owner, const struct pcap_pkthdr *header, const u_char *data)
{
    struct live_reader *reader = (struct live_reader *)(void *)owner;
    struct live_batch *batch = reader->filling;
    if (batch->count == LIVE_BATCH_FRAMES || header->caplen > LIVE_BATCH_BYTES - batch->used) {
        hand_on(reader);
        batch = reader->filling;
    }
    if (header->caplen > LIVE_BATCH_BYTES)
        return; /* never: longer than the snapshot length */
    batch->link_type = reader->port.link_type;
    batch->frames[batch->count++] = (struct live_batch_frame){
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
enum interface_state live_interface_look(const struct live_exchange *exchange,
                                         const struct live_interface *interface)
{
    const char *name = interface->name;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (exchange->query < 0 || !interface->has_flags || strlen(name) >= sizeof request.ifr_name)
        return INTERFACE_UP;
    memcpy(request.ifr_name, name, strlen(name) + 1);
    if (ioctl(exchange->query, SIOCGIFFLAGS, &request) != 0)
        return errno == ENODEV || errno == ENXIO ? INTERFACE_GONE : INTERFACE_UP;
    return (request.ifr_flags & IFF_UP) != 0 ? INTERFACE_UP : INTERFACE_DOWN;
}

static void sleep_milliseconds(int milliseconds)
{
    (void)poll(NULL, 0, milliseconds);
}

/* The interface is gone: waits until it can be opened again. False: it will not be, or
 * all is to stop. */
static bool open_again(struct live_reader *reader)
{
    struct live_exchange *exchange = reader->exchange;
    pthread_mutex_lock(&reader->port_lock);
    live_port_count_drops(&reader->port);
    live_port_close(&reader->port);
    pthread_mutex_unlock(&reader->port_lock);
    while (!atomic_load(&exchange->stopping)) {
        struct problem problem = {""};
        if (!exchange->may_reopen) {
            state_set(reader->interface, INTERFACE_LOST);
            return false;
        }
        pthread_mutex_lock(&reader->port_lock);
        enum live_port_failure failure = live_port_open(&reader->port, &reader->settings, &problem);
        pthread_mutex_unlock(&reader->port_lock);
        if (failure == LIVE_PORT_OPENED) {
            state_set(reader->interface, INTERFACE_UP);
            return true;
        }
        state_set(reader->interface,
                  failure == LIVE_PORT_FORBIDDEN ? INTERFACE_LOST : INTERFACE_GONE);
        if (failure == LIVE_PORT_FORBIDDEN)
            return false;
        for (int i = 0; i < 10 && !atomic_load(&exchange->stopping); i++)
            sleep_milliseconds(POLL_MILLISECONDS);
    }
    return false;
}

/* After the stop the ring is emptied of what came before it. */
static bool is_drained(struct live_reader *reader)
{
    if (!atomic_load(&reader->exchange->stopping))
        return false;
    int64_t now = timestamp_monotonic();
    if (reader->stop_seen == 0)
        reader->stop_seen = now;
    return now - reader->stop_seen > DRAIN_TIME;
}

/* One round. False: the interface is gone. */
static bool read_port(struct live_reader *reader)
{
    struct pollfd waiting = {.fd = reader->port.descriptor, .events = POLLIN};
    if (waiting.fd >= 0)
        (void)poll(&waiting, 1, atomic_load(&reader->exchange->stopping) ? 10 : POLL_MILLISECONDS);
    else
        sleep_milliseconds(LIVE_BLOCK_MILLISECONDS);
    int count = pcap_dispatch(reader->port.capture, (int)LIVE_BATCH_FRAMES, take_frame,
                              (u_char *)(void *)reader);
    /* A batch that is not full waits only while others are on their way. */
    if (reader->filling->count > 0 &&
        (count < (int)LIVE_BATCH_FRAMES || atomic_load(&reader->full_count) == 0))
        hand_on(reader);
    return count >= 0;
}

void *live_reader_run(void *owner)
{
    struct live_reader *reader = owner;
    struct live_exchange *exchange = reader->exchange;
    int64_t looked = timestamp_monotonic();
    while (!is_drained(reader)) {
        bool fine = read_port(reader);
        int64_t now = timestamp_monotonic();
        if (fine && now - looked >= LOOK_INTERVAL) {
            enum interface_state state = live_interface_look(exchange, reader->interface);
            looked = now;
            fine = state != INTERFACE_GONE;
            if (fine)
                state_set(reader->interface, state);
        }
        bool again = exchange->may_reopen && atomic_exchange(&reader->reopen, false);
        if (fine && !again)
            continue;
        if (!fine)
            state_set(reader->interface, INTERFACE_GONE);
        if (!open_again(reader))
            break;
    }
    pthread_mutex_lock(&exchange->lock);
    atomic_store(&reader->ended, true);
    pthread_cond_signal(&exchange->filled);
    pthread_mutex_unlock(&exchange->lock);
    return NULL;
}

bool live_reader_prepare(struct live_reader *reader, struct live_exchange *exchange,
                         struct live_interface *interface,
                         const struct live_port_settings *settings, struct problem *problem)
{
    reader->settings = *settings;
    reader->exchange = exchange;
    reader->interface = interface;
    live_port_prepare(&reader->port);
    reader->last_full = &reader->first_full;
    pthread_mutex_init(&reader->port_lock, NULL);
    for (unsigned i = 0; i < LIVE_BATCHES; i++) {
        struct live_batch *batch = malloc(sizeof *batch);
        if (batch == NULL)
            return problem_set(problem, "memory is out; use fewer --threads");
        batch->count = batch->used = 0;
        batch->next = reader->empty;
        reader->empty = batch;
    }
    reader->filling = reader->empty;
    reader->empty = reader->filling->next;
    return live_port_open(&reader->port, &reader->settings, problem) == LIVE_PORT_OPENED;
}

static void free_batches(struct live_batch *batch)
{
    while (batch != NULL) {
        struct live_batch *next = batch->next;
        free(batch);
        batch = next;
    }
}

/* A reader may wait for an empty batch: it gets them all. */
static void give_back_all(struct live_reader *reader)
{
    while (reader->first_full != NULL) {
        struct live_batch *batch = reader->first_full;
        reader->first_full = batch->next;
        batch->next = reader->empty;
        reader->empty = batch;
    }
    reader->last_full = &reader->first_full;
}

void live_reader_join(struct live_reader *reader)
{
    struct live_exchange *exchange = reader->exchange;
    if (!reader->started)
        return;
    pthread_mutex_lock(&exchange->lock);
    while (!atomic_load(&reader->ended)) {
        give_back_all(reader);
        pthread_cond_broadcast(&exchange->emptied);
        pthread_cond_wait(&exchange->filled, &exchange->lock);
    }
    pthread_mutex_unlock(&exchange->lock);
    pthread_join(reader->thread, NULL);
}

void live_reader_release(struct live_reader *reader)
{
    live_port_close(&reader->port);
    free(reader->filling);
    free(reader->current);
    free_batches(reader->first_full);
    free_batches(reader->empty);
    pthread_mutex_destroy(&reader->port_lock);
}
