/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of batches.  A batch has memory of its own, which facts are copied into until it
 * is full, so that nothing is allocated for a fact and a lock is taken once for some
 * hundred of them.  When the ring is full, the one who fills it empties some.
 */
#include "program/fact_relay.h"

#include <stdalign.h>
#include <stdlib.h>

#include "storage/fact_copy.h"

#define RING_BATCHES 8u
#define RING_HIGH 6u /* batches: it will soon be full */
#define BATCH_FACTS 512u
#define BATCH_BYTES ((size_t)128 << 10)
#define BATCH_BYTES_LIMIT ((size_t)64 << 20) /* no fact is as large */
#define STEP_FACTS 32u /* some tenths of a millisecond */

struct fact_batch {
    size_t count;
    const struct fact *facts[BATCH_FACTS]; /* in `memory` */
    unsigned char *memory;
    size_t capacity; /* more than BATCH_BYTES where one fact needs it */
    size_t used; /* a multiple of what any type is aligned to */
};

struct fact_relay {
    struct fact_sink next;
    struct crew *crew; /* NULL: facts are passed on at once */
    bool out_of_memory;
    struct crew_job job;
    size_t done; /* facts of the batch being passed on */
    bool step_refused; /* `next` refused one of the last step's */
    /* Under the crew's lock. Batches from `passed` to `filled` are the job's. */
    uint64_t filled, passed;
    bool refused;

    struct fact_batch ring[RING_BATCHES];
};

/* What comes after a refusal is let fall, so that nobody waits for room. */
static void pass_step(void *owner)
{
    struct fact_relay *relay = owner;
    const struct fact_batch *batch = &relay->ring[relay->passed % RING_BATCHES];
    size_t end = relay->done + STEP_FACTS < batch->count ? relay->done + STEP_FACTS : batch->count;
    for (; relay->done < end && !relay->step_refused; relay->done++)
        relay->step_refused = !relay->next.take(relay->next.owner, batch->facts[relay->done]);
    relay->done = end;
}

static void pass_stepped(void *owner)
{
    struct fact_relay *relay = owner;
    relay->refused = relay->step_refused;
    if (relay->done < relay->ring[relay->passed % RING_BATCHES].count)
        return;
    relay->passed++;
    relay->done = 0;
}

static enum crew_need pass_need(const void *owner)
{
    const struct fact_relay *relay = owner;
    uint64_t filled = relay->filled - relay->passed;
    if (filled == 0)
        return CREW_NOTHING;
    return filled < RING_HIGH ? CREW_WANTED : CREW_URGENT;
}

/* The one being filled. */
static struct fact_batch *open_batch(struct fact_relay *relay)
{
    return &relay->ring[relay->filled % RING_BATCHES];
}

static bool has_room(const void *owner)
{
    const struct fact_relay *relay = owner;
    return relay->filled - relay->passed < RING_BATCHES;
}

/* False once facts are refused. */
static bool hand_over(struct fact_relay *relay)
{
    crew_lock(relay->crew);
    relay->filled++;
    crew_await(relay->crew, has_room, relay);
    bool refused = relay->refused;
    crew_unlock(relay->crew);
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

struct fact_relay *fact_relay_begin(struct fact_sink next, struct crew *crew,
                                    struct problem *problem)
{
    struct fact_relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL) {
        problem_set(problem, "memory is out; close other programs");
        return NULL;
    }
    relay->next = next;
    relay->crew = crew;
    relay->job = (struct crew_job){
        .owner = relay, .need = pass_need, .step = pass_step, .stepped = pass_stepped};
    if (crew != NULL)
        crew_add(crew, &relay->job);
    return relay;
}

struct fact_sink fact_relay_sink(struct fact_relay *relay)
{
    return relay->crew != NULL ? (struct fact_sink){relay_take, relay} : relay->next;
}

static bool is_empty(const void *owner)
{
    const struct fact_relay *relay = owner;
    return relay->filled == relay->passed;
}

static void pass_rest(struct fact_relay *relay)
{
    if (open_batch(relay)->count > 0)
        (void)hand_over(relay);
    crew_lock(relay->crew);
    crew_await(relay->crew, is_empty, relay);
    crew_unlock(relay->crew);
    crew_remove(relay->crew, &relay->job);
}

bool fact_relay_end(struct fact_relay *relay, struct problem *problem)
{
    if (relay == NULL)
        return true;
    if (relay->crew != NULL)
        pass_rest(relay);
    bool whole = !relay->refused && !relay->out_of_memory;
    if (relay->out_of_memory && !relay->refused)
        problem_set(problem, "memory is out; close other programs");
    for (size_t i = 0; i < RING_BATCHES; i++)
        free(relay->ring[i].memory);
    free(relay);
    return whole;
}
