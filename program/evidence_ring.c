/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames wait in one list, the oldest first, and in buckets by the ends of their flow.
 * A flow that turns out to be about Apple marks its frames that still wait, so that its
 * SYN is kept although the name came later.  A frame whose time is up is written if it
 * is marked.  Flows that are decided otherwise, the bulk of all traffic, never wait.
 */
#include "program/evidence_ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "program/ring_files.h"

#define BUCKETS 4096u /* a power of two */

enum port {
    PORT_DNS = 53,
    PORT_DHCP_SERVER = 67,
    PORT_DHCP_CLIENT = 68,
    PORT_DHCPV6_CLIENT = 546,
    PORT_DHCPV6_SERVER = 547
};

struct waiting {
    struct waiting *next; /* younger */
    struct waiting *older; /* in its bucket */
    uint64_t ends; /* a hash of both endpoints; 0: of no flow */
    bool kept;
    struct frame frame; /* its bytes are behind this struct */
    uint8_t bytes[];
};

struct evidence_ring {
    struct ring_files *files;
    struct waiting *oldest, *newest;
    size_t held; /* bytes */
    struct hash_key key;
    struct problem problem;
    struct waiting *buckets[BUCKETS]; /* the youngest of each */
};

struct evidence_ring *evidence_ring_create(const char *folder, uint64_t size,
                                           const char *const *names, size_t name_count,
                                           struct problem *problem)
{
    struct evidence_ring *ring = calloc(1, sizeof *ring);

    if (ring == NULL) {
        problem_set(problem, "memory has run out; end other programs");
        return NULL;
    }
    ring->key = hash_key_random();
    ring->files = ring_files_open(folder, size, names, name_count, problem);
    if (ring->files != NULL)
        return ring;
    free(ring);
    return NULL;
}

const char *evidence_ring_folder(const struct evidence_ring *ring)
{
    return ring_files_folder(ring->files);
}

const struct problem *evidence_ring_problem(const struct evidence_ring *ring)
{
    return &ring->problem;
}

static uint64_t end_of(const struct evidence_ring *ring, const struct address *address,
                       uint16_t port)
{
    uint64_t words[3] = {0, 0, port};

    static_assert(sizeof address->octets <= 2 * sizeof words[0], "an address fits");
    memcpy(words, address->octets, sizeof address->octets);
    return hash_words(&ring->key, words, sizeof words / sizeof words[0]);
}

/* The same for both directions; never 0. */
static uint64_t ends_of(const struct evidence_ring *ring, const struct packet *packet)
{
    return (end_of(ring, &packet->source, packet->source_port) +
            end_of(ring, &packet->destination, packet->destination_port) + packet->transport) |
           1;
}

static struct waiting **bucket_of(struct evidence_ring *ring, uint64_t ends)
{
    return &ring->buckets[(ends >> 20 ^ ends) & (BUCKETS - 1)];
}

static bool is_port(const struct packet *packet, enum port port)
{
    return packet->source_port == port || packet->destination_port == port;
}

/* RFC 792 and RFC 4443: errors, and the messages by which routers tell of themselves. */
static bool is_message_of_network(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_ICMP)
        return packet->icmp_type == 3 || packet->icmp_type == 4 || packet->icmp_type == 5 ||
               packet->icmp_type == 11 || packet->icmp_type == 12;
    return packet->transport == TRANSPORT_ICMPV6 &&
           (packet->icmp_type < 128 || packet->icmp_type == 134 || packet->icmp_type == 137);
}

/* Explains flows to Apple, whoever sent it. */
static bool explains(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_TCP)
        return is_port(packet, PORT_DNS);
    if (packet->transport == TRANSPORT_UDP)
        return is_port(packet, PORT_DNS) || is_port(packet, PORT_DHCP_SERVER) ||
               is_port(packet, PORT_DHCP_CLIENT) || is_port(packet, PORT_DHCPV6_CLIENT) ||
               is_port(packet, PORT_DHCPV6_SERVER);
    return is_message_of_network(packet);
}

/* May it still turn out to be about Apple? */
static bool is_undecided(const struct flow *flow)
{
    return flow == NULL ||
           (!flow->dissection_over &&
            flow->sides[0].packets + flow->sides[1].packets < EVIDENCE_RING_UNDECIDED);
}

static size_t size_of(const struct waiting *waiting)
{
    return sizeof *waiting + waiting->frame.data.length;
}

static void write_frame(struct evidence_ring *ring, const struct frame *frame)
{
    if (ring->problem.text[0] == '\0')
        (void)ring_files_write(ring->files, frame, &ring->problem);
}

/* The oldest goes: to disk, or nowhere. */
static void let_go(struct evidence_ring *ring)
{
    struct waiting *waiting = ring->oldest;
    struct waiting **link = bucket_of(ring, waiting->ends);

    while (waiting->ends != 0 && *link != waiting)
        link = &(*link)->older;
    if (waiting->ends != 0)
        *link = NULL; /* it is the oldest there, too */
    ring->oldest = waiting->next;
    if (ring->oldest == NULL)
        ring->newest = NULL;
    ring->held -= size_of(waiting);
    if (waiting->kept)
        write_frame(ring, &waiting->frame);
    free(waiting);
}

static void let_wait(struct evidence_ring *ring, const struct frame *frame, uint64_t ends,
                     bool kept)
{
    struct waiting *waiting = malloc(sizeof *waiting + frame->data.length);
    struct waiting **bucket = bucket_of(ring, ends);

    if (waiting == NULL)
        return;
    *waiting = (struct waiting){.ends = ends, .kept = kept, .frame = *frame};
    if (frame->data.length > 0)
        memcpy(waiting->bytes, frame->data.data, frame->data.length);
    waiting->frame.data = bytes_of(waiting->bytes, frame->data.length);
    if (ends != 0) {
        waiting->older = *bucket;
        *bucket = waiting;
    }
    if (ring->newest != NULL)
        ring->newest->next = waiting;
    else
        ring->oldest = waiting;
    ring->newest = waiting;
    ring->held += size_of(waiting);
}

/* Its flow is about Apple: so are its packets that wait. */
static void keep_earlier(struct evidence_ring *ring, uint64_t ends)
{
    struct waiting *waiting = *bucket_of(ring, ends);

    for (; waiting != NULL; waiting = waiting->older) {
        if (waiting->ends != ends)
            continue;
        if (waiting->kept)
            return; /* those before it were marked with it */
        waiting->kept = true;
    }
}

static void let_go_before(struct evidence_ring *ring, int64_t time)
{
    while (ring->oldest != NULL &&
           (ring->held > EVIDENCE_RING_MEMORY || ring->oldest->frame.time < time))
        let_go(ring);
}

void evidence_ring_frame(void *owner, const struct frame *frame, const struct packet *packet,
                         const struct flow *flow)
{
    struct evidence_ring *ring = owner;
    bool about_apple = flow != NULL && (flow->of_interest || flow->noted);
    uint64_t ends = packet == NULL || flow == NULL ? 0 : ends_of(ring, packet);
    bool kept = packet == NULL || about_apple || explains(packet);

    if (ring->problem.text[0] != '\0')
        return;
    if (about_apple)
        keep_earlier(ring, ends);
    if (kept || is_undecided(flow))
        let_wait(ring, frame, ends, kept);
    let_go_before(ring, frame->time - EVIDENCE_RING_PATIENCE);
}

void evidence_ring_tick(struct evidence_ring *ring, int64_t now)
{
    let_go_before(ring, now - EVIDENCE_RING_PATIENCE);
    if (ring->problem.text[0] == '\0')
        (void)ring_files_flush(ring->files, &ring->problem);
}

void evidence_ring_close(struct evidence_ring *ring)
{
    if (ring == NULL)
        return;
    while (ring->oldest != NULL)
        let_go(ring);
    (void)ring_files_close(ring->files, &ring->problem);
    free(ring);
}
