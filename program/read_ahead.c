/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of batches.  Each belongs to one thread at a time, to who fills it or to who
 * follows its packets.  Buffers travel with the last batch that needs them.
 */
#include "program/read_ahead.h"

#include <stdlib.h>

#define RING_BATCHES 6u
#define RING_LOW 3u /* filled ones, or fewer: reading goes before storing, which can wait */
#define COMPARED_AFTER 16u /* packets */
#define FETCHED_AHEAD 16u /* packets: where they will be put */
/* Of a batch, where one thread does all: what is read is still near when it is followed. */
#define PACKETS_ALONE 64u

struct read_ahead {
    struct read_ahead_settings settings;
    const struct frame *frame; /* read last; of the sources */
    bool in_frame; /* more packets may be in it */
    uint64_t frames;
    uint64_t progress_at; /* so many frames */
    bool memory_out;

    struct crew_job reading;
    bool more; /* the last step filled its batch */
    /* Under the crew's lock: batches so far. Those from `taken` to `filled` are for the
     * follower. */
    uint64_t filled, taken;
    bool ended;

    bool holds; /* the follower looks at the batch before `taken` */
    uint32_t count;
    size_t batch_packets; /* at most */
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
    ahead->frame = source_set_next(settings->sources);
    if (ahead->frame == NULL)
        return false;
    ahead->frames++;
    ahead->in_frame = examiner_frame(settings->examiner, ahead->frame, examined);
    if (ahead->frames == ahead->progress_at && settings->progress != NULL) {
        settings->progress(settings->progress_owner, settings->sources, ahead->frames);
        ahead->progress_at += settings->progress_packets;
    }
    return true;
}

/* Who follows packets looked at the one that was there last: its lines are in his cache. */
static void fetch_place(const struct read_ahead *ahead, const struct batch *batch, size_t at)
{
    if (ahead->settings.crew != NULL && at < ahead->batch_packets)
        fetch_to_write(&batch->packets[at], sizeof batch->packets[at]);
}

/* One packet more, and all that is made of it. False where nothing is left. */
static bool take_packet(struct read_ahead *ahead, struct batch *batch, struct buffer_pool *pool)
{
    struct examined *examined = &batch->packets[batch->count];
    fetch_place(ahead, batch, batch->count + FETCHED_AHEAD);
    if (!fill_packet(ahead, examined))
        return false;
    if (batch->frames != NULL)
        batch->frames[batch->count] = *ahead->frame;
    if (examined->packet.lent && examined->answer == DECAPSULATED &&
        !keep_views(pool, &examined->packet, ahead->frame->data))
        ahead->memory_out = true;
    examiner_sign(ahead->settings.examiner, examined);
    batch->count++;
    return true;
}

/* False where nothing is left. A packet is compared a few after it was signed: until then
 * what is known of its like has come from memory, and it is still at hand itself. */
static bool fill(struct read_ahead *ahead, struct batch *batch)
{
    struct buffer_pool *pool = source_set_buffers(ahead->settings.sources);
    struct examiner *examiner = ahead->settings.examiner;
    size_t compared = 0;
    buffers_give_back(pool, batch->buffers);
    batch->buffers = NULL;
    batch->count = 0;
    for (size_t i = 0; i < FETCHED_AHEAD; i++)
        fetch_place(ahead, batch, i);
    while (batch->count < ahead->batch_packets && pool->retired_bytes < READ_AHEAD_BYTES &&
           take_packet(ahead, batch, pool))
        if (batch->count > COMPARED_AFTER)
            examiner_compare(examiner, &batch->packets[compared++]);
    while (compared < batch->count)
        examiner_compare(examiner, &batch->packets[compared++]);
    batch->buffers = buffers_hand_over(pool);
    return batch->count > 0;
}

static void read_step(void *owner)
{
    struct read_ahead *ahead = owner;
    ahead->more = fill(ahead, &ahead->ring[ahead->filled % ahead->count]);
}

static void read_stepped(void *owner)
{
    struct read_ahead *ahead = owner;
    ahead->filled += ahead->more;
    ahead->ended = !ahead->more;
}

static enum crew_need read_need(const void *owner)
{
    const struct read_ahead *ahead = owner;
    uint64_t filled = ahead->filled - ahead->taken;
    if (ahead->ended || filled + ahead->holds >= ahead->count)
        return CREW_NOTHING;
    return filled <= RING_LOW ? CREW_URGENT : CREW_USEFUL;
}

static bool make_ring(struct read_ahead *ahead)
{
    bool alone = ahead->settings.crew == NULL;
    ahead->count = alone ? 1 : RING_BATCHES;
    ahead->batch_packets = alone ? PACKETS_ALONE : READ_AHEAD_PACKETS;
    ahead->ring = aligned_alloc(CACHE_LINE, ahead->count * sizeof *ahead->ring);
    if (ahead->ring == NULL)
        return false;
    for (uint32_t i = 0; i < ahead->count; i++) {
        ahead->ring[i].buffers = NULL;
        ahead->ring[i].frames = NULL;
    }
    if (!ahead->settings.keeps_frames)
        return true;
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
    ahead->reading = (struct crew_job){
        .owner = ahead, .need = read_need, .step = read_step, .stepped = read_stepped};
    if (settings->crew != NULL)
        crew_add(settings->crew, &ahead->reading);
    return ahead;
}

static bool is_ready(const void *owner)
{
    const struct read_ahead *ahead = owner;
    return ahead->filled > ahead->taken || ahead->ended;
}

static const struct batch *take_from_ring(struct read_ahead *ahead)
{
    struct crew *crew = ahead->settings.crew;
    const struct batch *batch = NULL;
    crew_lock(crew);
    ahead->holds = false;
    crew_await(crew, is_ready, ahead);
    if (ahead->filled > ahead->taken) {
        batch = &ahead->ring[ahead->taken++ % ahead->count];
        ahead->holds = true;
    }
    crew_unlock(crew);
    return batch;
}

const struct batch *read_ahead_next(struct read_ahead *ahead)
{
    if (ahead->settings.crew != NULL)
        return take_from_ring(ahead);
    return fill(ahead, &ahead->ring[0]) ? &ahead->ring[0] : NULL;
}

bool read_ahead_end(struct read_ahead *ahead)
{
    if (ahead == NULL)
        return true;
    struct buffer_pool *pool = source_set_buffers(ahead->settings.sources);
    if (ahead->settings.crew != NULL)
        crew_remove(ahead->settings.crew, &ahead->reading);
    for (uint32_t i = 0; i < ahead->count; i++)
        buffers_give_back(pool, ahead->ring[i].buffers);
    pool->keeps = false;
    bool whole = !ahead->memory_out;
    free(ahead->kept);
    free(ahead->ring);
    free(ahead);
    return whole;
}
