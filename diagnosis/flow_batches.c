/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How are flows read while others are looked at?  A thread fills the batches of a small
 * ring, and who asked takes them one after the other; without a thread there is one
 * batch, filled and taken in turn.
 */
#include "diagnosis/flow_batches.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_FLOWS 128
#define BATCH_COUNT 4
#define BATCH_TEXT (32u << 10) /* bytes for the names of a batch: several of the longest */

struct batch {
    struct fact_flow flows[BATCH_FLOWS];
    size_t count;
    size_t text_used;
    char text[BATCH_TEXT];
};

struct reader {
    struct store *store;
    const struct fact_selection *selection;
    flow_batch_taker *take;
    void *owner;
    struct problem problem;
    struct batch *batches; /* a ring */
    bool in_thread;
    bool read; /* without a problem */
    /* The rest belongs to the lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t filled; /* batches so far */
    size_t taken; /* of them */
    bool over; /* no more come */
    bool stopped; /* no more are wanted */
};

/* Gives the batch that is being filled away, and empties the next. False: no more. */
static bool batch_hand_over(struct reader *reader)
{
    struct batch *batch = &reader->batches[reader->filled % BATCH_COUNT];
    bool wanted;
    if (!reader->in_thread) {
        wanted = reader->take(reader->owner, batch->flows, batch->count);
    } else {
        pthread_mutex_lock(&reader->lock);
        reader->filled++;
        pthread_cond_broadcast(&reader->changed);
        while (reader->filled - reader->taken == BATCH_COUNT && !reader->stopped)
            pthread_cond_wait(&reader->changed, &reader->lock);
        wanted = !reader->stopped;
        batch = &reader->batches[reader->filled % BATCH_COUNT];
        pthread_mutex_unlock(&reader->lock);
    }
    batch->count = 0;
    batch->text_used = 0;
    return wanted;
}

static const char *text_keep(struct batch *batch, const char *text, size_t size)
{
    char *kept = batch->text + batch->text_used;
    if (text == NULL)
        return NULL;
    memcpy(kept, text, size);
    batch->text_used += size;
    return kept;
}

/* Of a flow in short the two names are all the texts that there are. */
static bool take_flow(void *owner, const struct fact *fact)
{
    struct reader *reader = owner;
    const struct fact_flow *flow = &fact->as.flow;
    struct batch *batch = &reader->batches[reader->filled % BATCH_COUNT];
    size_t server = flow->server_name != NULL ? strlen(flow->server_name) + 1 : 0;
    size_t resolved = flow->resolved_name != NULL ? strlen(flow->resolved_name) + 1 : 0;
    if (batch->count == BATCH_FLOWS || server + resolved > BATCH_TEXT - batch->text_used) {
        if (!batch_hand_over(reader))
            return false;
        batch = &reader->batches[reader->filled % BATCH_COUNT];
    }
    struct fact_flow *kept = &batch->flows[batch->count++];
    *kept = *flow;
    kept->server_name = text_keep(batch, flow->server_name, server);
    kept->resolved_name = text_keep(batch, flow->resolved_name, resolved);
    return true;
}

static void *read_all(void *owner)
{
    struct reader *reader = owner;
    reader->read = facts_read_share(reader->store, SHARE_FLOWS_IN_SHORT, reader->selection,
                                    take_flow, reader, &reader->problem);
    if (reader->read && reader->batches[reader->filled % BATCH_COUNT].count > 0)
        batch_hand_over(reader);
    if (!reader->in_thread)
        return NULL;
    pthread_mutex_lock(&reader->lock);
    reader->over = true;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
    return NULL;
}

/* The next batch; NULL after the last. */
static const struct batch *batch_next(struct reader *reader)
{
    const struct batch *next = NULL;
    pthread_mutex_lock(&reader->lock);
    while (reader->filled == reader->taken && !reader->over)
        pthread_cond_wait(&reader->changed, &reader->lock);
    if (reader->filled > reader->taken)
        next = &reader->batches[reader->taken % BATCH_COUNT];
    pthread_mutex_unlock(&reader->lock);
    return next;
}

static void batch_give_back(struct reader *reader, bool wanted)
{
    pthread_mutex_lock(&reader->lock);
    reader->taken++;
    reader->stopped = !wanted;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
}

static bool begin_thread(struct reader *reader, pthread_t *thread)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for who began it */
    bool begun = pthread_create(thread, NULL, read_all, reader) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return begun;
}

static void read_with_thread(struct reader *reader)
{
    pthread_t thread;
    bool wanted = true;
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->changed, NULL);
    if (begin_thread(reader, &thread)) {
        for (const struct batch *batch; wanted && (batch = batch_next(reader)) != NULL;) {
            wanted = reader->take(reader->owner, batch->flows, batch->count);
            batch_give_back(reader, wanted);
        }
        pthread_join(thread, NULL);
    } else {
        reader->in_thread = false;
        read_all(reader);
    }
    pthread_cond_destroy(&reader->changed);
    pthread_mutex_destroy(&reader->lock);
}

bool flow_batches_read(struct store *store, const struct fact_selection *selection, bool in_thread,
                       flow_batch_taker *take, void *owner, struct problem *problem)
{
    struct reader reader = {.store = store,
                            .selection = selection,
                            .take = take,
                            .owner = owner,
                            .in_thread = in_thread};
    reader.batches = calloc(in_thread ? BATCH_COUNT : 1, sizeof *reader.batches);
    if (reader.batches == NULL)
        return problem_set(problem, "memory is out; limit the report with --since or --device");
    if (in_thread)
        read_with_thread(&reader);
    else
        read_all(&reader);
    free(reader.batches);
    return reader.read || problem_set(problem, "%s", reader.problem.text);
}
