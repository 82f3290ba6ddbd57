/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of batches between two threads.  Each batch belongs to one of them at a time, so
 * that the lock is taken once for a batch, never for a packet; who has waited is woken
 * when there is work for a while.  Buffers travel with the last batch that needs them.
 */
#include "program/read_ahead.h"

#include <stdlib.h>

#include "program/thread.h"

#define RING_BATCHES 8u
#define RING_ENOUGH 4u /* empty ones, for a reader that waits */

struct read_ahead {
    struct read_ahead_settings settings;
    struct frame frame; /* read last */
    bool in_frame; /* more packets may be in it */
    uint64_t frames;
    uint64_t progress_at; /* so many frames */
    bool memory_out;

    /* Between the threads; batches from `taken` to `filled` are the follower's. */
    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t room, work;
    uint64_t filled, taken; /* batches so far */
    bool reader_waits, follower_waits, ended, stopped;

    bool holds; /* the follower looks at the batch before `taken` */
    uint32_t count;
    struct batch *ring;
    struct frame *kept; /* frames of all batches; NULL where they are not kept */
};

/* Packets that were put together from fragments lie elsewhere than in the frame. */
static bool lies_within(struct bytes view, struct bytes frame)
{
    uintptr_t start = (uintptr_t)view.data, base = (uintptr_t)frame.data;
    return bytes_empty(view) || (start >= base && start + view.length <= base + frame.length);
}

static void move_view(struct bytes *view, struct bytes frame, uint8_t *copy, size_t *used)
{
    if (lies_within(*view, frame))
        return;
    memcpy(copy + *used, view->data, view->length);
    *view = bytes_of(copy + *used, view->length);
    *used += view->length;
}

/* What the packet borrows from the fragments' memory is copied into a buffer. False
 * without memory for that. */
static bool keep_views(struct buffer_pool *pool, struct packet *packet, struct bytes frame)
{
    struct bytes *views[] = {&packet->network, &packet->payload, &packet->tcp_options,
                             &packet->process};
    size_t size = 0, used = 0;
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        size += lies_within(*views[i], frame) ? 0 : views[i]->length;
    if (size == 0)
        return true;
    struct buffer *buffer = buffers_take(pool, size);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        if (buffer != NULL)
            move_view(views[i], frame, buffer->bytes, &used);
        else if (!lies_within(*views[i], frame))
            *views[i] = bytes_of(NULL, 0);
    }
    buffers_retire(pool, buffer);
    return buffer != NULL;
}

static bool fill_packet(struct read_ahead *ahead, struct examined *examined)
{
    const struct read_ahead_settings *settings = &ahead->settings;
    if (ahead->in_frame && examiner_next(settings->examiner, examined))
        return true;
    ahead->in_frame = false;
    if (source_set_next(settings->sources, &ahead->frame) != SOURCE_FRAME)
        return false;
    ahead->frames++;
    ahead->in_frame = examiner_frame(settings->examiner, &ahead->frame, examined);
    if (ahead->frames == ahead->progress_at && settings->progress != NULL) {
        settings->progress(settings->progress_owner, settings->sources, ahead->frames);
        ahead->progress_at += settings->progress_packets;
    }
    return true;
}

/* False where nothing is left. */
static bool fill(struct read_ahead *ahead, struct batch *batch)
{
    struct buffer_pool *pool = source_set_buffers(ahead->settings.sources);
    buffers_give_back(pool, batch->buffers);
    batch->buffers = NULL;
    batch->count = 0;
    while (batch->count < READ_AHEAD_PACKETS && pool->retired_bytes < READ_AHEAD_BYTES &&
           fill_packet(ahead, &batch->packets[batch->count])) {
        struct examined *examined = &batch->packets[batch->count];
        if (batch->frames != NULL)
            batch->frames[batch->count] = ahead->frame;
        batch->count++;
        if (examined->packet.lent && examined->answer == DECAPSULATED &&
            !keep_views(pool, &examined->packet, ahead->frame.data))
            ahead->memory_out = true;
    }
    for (size_t i = 0; i < batch->count; i++)
        examiner_compare(ahead->settings.examiner, &batch->packets[i]);
    batch->buffers = buffers_hand_over(pool);
    return batch->count > 0;
}

/* Waits until a batch is empty; false when no more are wanted. */
static bool await_room(struct read_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    /* Once the ring was full it waits for several: two threads in step would wake each
     * other for every batch. */
    if (ahead->filled - ahead->taken + ahead->holds >= ahead->count)
        while (!ahead->stopped &&
               ahead->filled - ahead->taken + ahead->holds > ahead->count - RING_ENOUGH) {
            ahead->reader_waits = true;
            pthread_cond_wait(&ahead->room, &ahead->lock);
        }
    ahead->reader_waits = false;
    bool wanted = !ahead->stopped;
    pthread_mutex_unlock(&ahead->lock);
    return wanted;
}

static void *run_reader(void *argument)
{
    struct read_ahead *ahead = argument;
    bool more = true;
    while (more && await_room(ahead)) {
        more = fill(ahead, &ahead->ring[ahead->filled % ahead->count]);
        pthread_mutex_lock(&ahead->lock);
        ahead->filled += more;
        ahead->ended = !more;
        if (ahead->follower_waits)
            pthread_cond_signal(&ahead->work);
        pthread_mutex_unlock(&ahead->lock);
    }
    return NULL;
}

static bool make_ring(struct read_ahead *ahead)
{
    ahead->count = ahead->settings.threaded ? RING_BATCHES : 1;
    ahead->ring = calloc(ahead->count, sizeof *ahead->ring);
    if (ahead->ring == NULL || !ahead->settings.keeps_frames)
        return ahead->ring != NULL;
    ahead->kept = calloc((size_t)ahead->count * READ_AHEAD_PACKETS, sizeof *ahead->kept);
    for (uint32_t i = 0; ahead->kept != NULL && i < ahead->count; i++)
        ahead->ring[i].frames = ahead->kept + (size_t)i * READ_AHEAD_PACKETS;
    return ahead->kept != NULL;
}

struct read_ahead *read_ahead_begin(const struct read_ahead_settings *settings)
{
    struct read_ahead *ahead = calloc(1, sizeof *ahead);
    if (ahead == NULL)
        return NULL;
    ahead->settings = *settings;
    ahead->progress_at = settings->progress_packets;
    if (!make_ring(ahead)) {
        free(ahead->ring);
        free(ahead);
        return NULL;
    }
    source_set_buffers(settings->sources)->keeps = true;
    if (!settings->threaded)
        return ahead;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->room, NULL);
    pthread_cond_init(&ahead->work, NULL);
    ahead->threaded = thread_start(&ahead->thread, run_reader, ahead);
    return ahead;
}

static const struct batch *take_from_ring(struct read_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->holds = false;
    for (;;) {
        if (ahead->reader_waits && ahead->filled - ahead->taken <= ahead->count - RING_ENOUGH)
            pthread_cond_signal(&ahead->room);
        if (ahead->filled > ahead->taken || ahead->ended)
            break;
        ahead->follower_waits = true;
        pthread_cond_wait(&ahead->work, &ahead->lock);
    }
    ahead->follower_waits = false;
    const struct batch *batch = NULL;
    if (ahead->filled > ahead->taken) {
        batch = &ahead->ring[ahead->taken++ % ahead->count];
        ahead->holds = true;
    }
    pthread_mutex_unlock(&ahead->lock);
    return batch;
}

const struct batch *read_ahead_next(struct read_ahead *ahead)
{
    if (ahead->threaded)
        return take_from_ring(ahead);
    return fill(ahead, &ahead->ring[0]) ? &ahead->ring[0] : NULL;
}

static void stop_thread(struct read_ahead *ahead)
{
    if (!ahead->threaded)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stopped = true;
    pthread_cond_signal(&ahead->room);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
}

bool read_ahead_end(struct read_ahead *ahead)
{
    if (ahead == NULL)
        return true;
    struct buffer_pool *pool = source_set_buffers(ahead->settings.sources);
    stop_thread(ahead);
    if (ahead->settings.threaded) {
        pthread_cond_destroy(&ahead->work);
        pthread_cond_destroy(&ahead->room);
        pthread_mutex_destroy(&ahead->lock);
    }
    for (uint32_t i = 0; i < ahead->count; i++)
        buffers_give_back(pool, ahead->ring[i].buffers);
    pool->keeps = false;
    bool whole = !ahead->memory_out;
    free(ahead->kept);
    free(ahead->ring);
    free(ahead);
    return whole;
}
