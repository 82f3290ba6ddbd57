/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lock, which is taken twice for a step, never for a packet or a fact.
 */
#include "program/crew.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "program/thread.h"

#define PATIENCE 128 /* times that others are let go first, before who has nothing to do sleeps */

struct crew {
    pthread_mutex_t lock;
    atomic_uint changes; /* steps and other news so far */
    pthread_cond_t work; /* for helpers */
    pthread_cond_t progress; /* for the caller */
    unsigned idle; /* helpers that sleep, and nobody has woken yet */
    bool caller_waits;
    bool over;
    struct crew_job *jobs;
    unsigned count;
    pthread_t helpers[];
};

/* The most urgent one that nobody is at. */
static struct crew_job *choose(const struct crew *crew, enum crew_need least)
{
    struct crew_job *chosen = NULL;
    for (struct crew_job *job = crew->jobs; job != NULL; job = job->next) {
        enum crew_need need = job->taken ? CREW_NOTHING : job->need(job->owner);
        if (need < least)
            continue;
        chosen = job;
        least = need + 1;
    }
    return chosen;
}

/* Whatever one waits for may be there now. */
static void note_change(struct crew *crew)
{
    atomic_fetch_add_explicit(&crew->changes, 1, memory_order_relaxed);
}

static void wake_helper(struct crew *crew)
{
    if (crew->idle == 0 || choose(crew, CREW_WANTED) == NULL)
        return;
    crew->idle--;
    pthread_cond_signal(&crew->work);
}

static void do_step(struct crew *crew, struct crew_job *job)
{
    job->taken = true;
    wake_helper(crew); /* there may be a second job */
    pthread_mutex_unlock(&crew->lock);
    job->step(job->owner);
    pthread_mutex_lock(&crew->lock);
    job->taken = false;
    job->stepped(job->owner);
    note_change(crew);
    if (crew->caller_waits)
        pthread_cond_signal(&crew->progress);
}

/* To sleep and to be woken takes as long as a step: true where something changed before it
 * was worth that. */
static bool wait_awake(struct crew *crew)
{
    const unsigned seen = atomic_load_explicit(&crew->changes, memory_order_relaxed);
    pthread_mutex_unlock(&crew->lock);
    for (int i = 0; i < PATIENCE; i++) {
        sched_yield();
        if (atomic_load_explicit(&crew->changes, memory_order_relaxed) != seen)
            break;
    }
    pthread_mutex_lock(&crew->lock);
    return atomic_load_explicit(&crew->changes, memory_order_relaxed) != seen;
}

/* False where nothing is to be done, and nothing has changed for a while. */
static bool keep_busy(struct crew *crew)
{
    struct crew_job *job = choose(crew, CREW_USEFUL);
    if (job == NULL)
        return wait_awake(crew);
    do_step(crew, job);
    return true;
}

static void *run_helper(void *argument)
{
    struct crew *crew = argument;
    pthread_mutex_lock(&crew->lock);
    while (!crew->over) {
        if (keep_busy(crew))
            continue;
        crew->idle++;
        pthread_cond_wait(&crew->work, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

void crew_await(struct crew *crew, bool (*done)(const void *owner), const void *owner)
{
    while (!done(owner)) {
        if (keep_busy(crew))
            continue;
        crew->caller_waits = true;
        pthread_cond_wait(&crew->progress, &crew->lock);
        crew->caller_waits = false;
    }
}

struct crew *crew_begin(unsigned helpers)
{
    struct crew *crew = calloc(1, sizeof *crew + helpers * sizeof crew->helpers[0]);
    if (crew == NULL)
        return NULL;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->work, NULL);
    pthread_cond_init(&crew->progress, NULL);
    while (crew->count < helpers && thread_start(&crew->helpers[crew->count], run_helper, crew))
        crew->count++;
    return crew;
}

void crew_end(struct crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->over = true;
    note_change(crew);
    pthread_cond_broadcast(&crew->work);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->count; i++)
        pthread_join(crew->helpers[i], NULL);
    pthread_cond_destroy(&crew->progress);
    pthread_cond_destroy(&crew->work);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}

void crew_add(struct crew *crew, struct crew_job *job)
{
    crew_lock(crew);
    struct crew_job **link = &crew->jobs;
    while (*link != NULL)
        link = &(*link)->next;
    job->next = NULL;
    job->taken = false;
    *link = job;
    crew_unlock(crew);
}

static bool is_free(const void *owner)
{
    const struct crew_job *job = owner;
    return !job->taken;
}

void crew_remove(struct crew *crew, struct crew_job *job)
{
    crew_lock(crew);
    struct crew_job **link = &crew->jobs;
    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    crew_await(crew, is_free, job);
    crew_unlock(crew);
}

void crew_lock(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
}

void crew_unlock(struct crew *crew)
{
    note_change(crew);
    wake_helper(crew);
    pthread_mutex_unlock(&crew->lock);
}
