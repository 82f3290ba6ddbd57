/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of batches between two threads.  A batch has memory of its own, which facts are
 * copied into until it is full, so that nothing is allocated for a fact and a lock is taken
 * once for some hundred of them.  When the ring is full, the one who fills it waits.
 */
#include "program/fact_relay.h"

#include <stdalign.h>
#include <stdlib.h>

#include "program/thread.h"
#include "storage/fact_copy.h"

#define RING_BATCHES 8u
#define RING_ENOUGH 4u /* empty ones, for one who waits for room */
#define BATCH_FACTS 512u
#define BATCH_BYTES ((size_t)128 << 10)
#define BATCH_BYTES_LIMIT ((size_t)64 << 20) /* no fact is as large */

struct fact_batch {
    size_t count;
    const struct fact *facts[BATCH_FACTS]; /* in `memory` */
    unsigned char *memory;
    size_t capacity; /* more than BATCH_BYTES where one fact needs it */
    size_t used; /* a multiple of what any type is aligned to */
};

struct fact_relay {
    struct fact_sink next;
    bool threaded;
    bool out_of_memory;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t room, work;
    /* Under the lock. Batches from `passed` to `filled` are the thread's. */
    uint64_t filled, passed;
    bool filler_waits, passer_waits, ended, refused;

    struct fact_batch ring[RING_BATCHES];
};

/* False once `next` has refused one. */
static bool pass_on(struct fact_relay *relay, const struct fact_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (!relay->next.take(relay->next.owner, batch->facts[i]))
            return false;
    return true;
}

/* What comes after a refusal is let fall, so that nobody waits for room. */
static void *run_passer(void *argument)
{
    struct fact_relay *relay = argument;
    pthread_mutex_lock(&relay->lock);
    for (;;) {
        while (relay->filled == relay->passed && !relay->ended) {
            relay->passer_waits = true;
            pthread_cond_wait(&relay->work, &relay->lock);
        }
        relay->passer_waits = false;
        if (relay->filled == relay->passed)
            break;
        const struct fact_batch *batch = &relay->ring[relay->passed % RING_BATCHES];
        bool refused = relay->refused;
        pthread_mutex_unlock(&relay->lock);
        refused = refused || !pass_on(relay, batch);
        pthread_mutex_lock(&relay->lock);
        relay->refused = refused;
        relay->passed++;
        if (relay->filler_waits && relay->filled - relay->passed <= RING_BATCHES - RING_ENOUGH)
            pthread_cond_signal(&relay->room);
    }
    pthread_mutex_unlock(&relay->lock);
    return NULL;
}

/* The one being filled. */
static struct fact_batch *open_batch(struct fact_relay *relay)
{
    return &relay->ring[relay->filled % RING_BATCHES];
}

/* False once facts are refused. */
static bool hand_over(struct fact_relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    relay->filled++;
    if (relay->passer_waits)
        pthread_cond_signal(&relay->work);
    if (relay->filled - relay->passed == RING_BATCHES)
        while (relay->filled - relay->passed > RING_BATCHES - RING_ENOUGH) {
            relay->filler_waits = true;
            pthread_cond_wait(&relay->room, &relay->lock);
        }
    relay->filler_waits = false;
    bool refused = relay->refused;
    pthread_mutex_unlock(&relay->lock);
    struct fact_batch *batch = open_batch(relay);
    batch->count = batch->used = 0;
    return !refused;
}

/* An empty batch of this capacity; false when there is no memory for it. */
static bool make_room(struct fact_batch *batch, size_t capacity)
{
    free(batch->memory);
    batch->memory = malloc(capacity);
    batch->capacity = batch->memory != NULL ? capacity : 0;
    return batch->memory != NULL;
}

static bool add(struct fact_batch *batch, const struct fact *fact)
{
    const size_t alignment = alignof(max_align_t);
    size_t used;
    if (batch->count == BATCH_FACTS)
        return false;
    const struct fact *copy =
        fact_copy(fact, batch->memory + batch->used, batch->capacity - batch->used, &used);
    if (copy == NULL)
        return false;
    batch->facts[batch->count++] = copy;
    used = (used + alignment - 1) & ~(alignment - 1);
    batch->used = used < batch->capacity - batch->used ? batch->used + used : batch->capacity;
    return true;
}

/* One that is too large for a batch gets one as large as it needs. */
static bool add_to_empty(struct fact_relay *relay, const struct fact *fact)
{
    struct fact_batch *batch = open_batch(relay);
    size_t capacity = BATCH_BYTES;
    if (batch->capacity != BATCH_BYTES && !make_room(batch, capacity))
        relay->out_of_memory = true;
    while (!relay->out_of_memory && !add(batch, fact)) {
        capacity *= 2;
        if (capacity > BATCH_BYTES_LIMIT || !make_room(batch, capacity))
            relay->out_of_memory = true;
    }
    return !relay->out_of_memory;
}

static bool relay_take(void *owner, const struct fact *fact)
{
    struct fact_relay *relay = owner;
    if (relay->out_of_memory)
        return false;
    if (open_batch(relay)->count > 0) {
        if (add(open_batch(relay), fact))
            return true;
        if (!hand_over(relay))
            return false;
    }
    return add_to_empty(relay, fact);
}

struct fact_relay *fact_relay_begin(struct fact_sink next, bool threaded, struct problem *problem)
{
    struct fact_relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL) {
        problem_set(problem, "memory is out; close other programs");
        return NULL;
    }
    relay->next = next;
    if (!threaded)
        return relay;
    pthread_mutex_init(&relay->lock, NULL);
    pthread_cond_init(&relay->room, NULL);
    pthread_cond_init(&relay->work, NULL);
    relay->threaded = thread_start(&relay->thread, run_passer, relay);
    return relay;
}

struct fact_sink fact_relay_sink(struct fact_relay *relay)
{
    return relay->threaded ? (struct fact_sink){relay_take, relay} : relay->next;
}

static void stop_thread(struct fact_relay *relay)
{
    if (open_batch(relay)->count > 0)
        (void)hand_over(relay);
    pthread_mutex_lock(&relay->lock);
    relay->ended = true;
    pthread_cond_signal(&relay->work);
    pthread_mutex_unlock(&relay->lock);
    pthread_join(relay->thread, NULL);
    pthread_cond_destroy(&relay->work);
    pthread_cond_destroy(&relay->room);
    pthread_mutex_destroy(&relay->lock);
}

bool fact_relay_end(struct fact_relay *relay, struct problem *problem)
{
    if (relay == NULL)
        return true;
    if (relay->threaded)
        stop_thread(relay);
    bool whole = !relay->refused && !relay->out_of_memory;
    if (relay->out_of_memory && !relay->refused)
        problem_set(problem, "memory is out; close other programs");
    for (size_t i = 0; i < RING_BATCHES; i++)
        free(relay->ring[i].memory);
    free(relay);
    return whole;
}
