/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first look at a frame, which needs no memory of flows: what packets are in it, and
 * was each just seen?  It can be taken ahead of what the flows make of them, in a thread
 * of its own.
 */
#ifndef APPLEPATH_PROGRAM_EXAMINER_H
#define APPLEPATH_PROGRAM_EXAMINER_H

#include "base/fact.h"
#include "base/fetch.h"
#include "base/hash.h"
#include "capture/decapsulate.h"
#include "capture/duplicates.h"
#include "dissectors/dns_question.h"

/* One packet, or what stands in the place of one. It begins with a cache line. */
struct __attribute__((aligned(CACHE_LINE))) examined {
    enum decapsulation answer;
    uint8_t
        copy; /* enum duplicate_form, where the answer is DECAPSULATED, after examiner_compare */
    bool begins_frame;
    bool conversation; /* after examiner_sign: TCP or UDP between two who can answer */
    struct packet packet; /* of what is no packet only time and identity hold */
    uint64_t signature; /* where the answer is DECAPSULATED, after examiner_sign */
    char question[DNS_QUESTION_ROOM]; /* what the packet's member of that name may lead to */
};

/* What stands in the first lines of memory, and is looked at of every packet. */
#define EXAMINED_USUAL (offsetof(struct examined, packet) + PACKET_USUAL)

struct examiner;

/* `flows` is the key for flow_hash, `questions` the one for dns_question_sign. NULL when there
 * is no memory. */
struct examiner *examiner_create(const uint16_t *vxlan_ports, size_t vxlan_port_count,
                                 struct hash_key flows, struct hash_key questions);
void examiner_release(struct examiner *examiner);

/* Looks at a frame, and then at what else is in it, until that answers false. Of nearly all
 * frames the first tells already that there is nothing else. */
bool examiner_frame(struct examiner *examiner, const struct frame *frame,
                    struct examined *examined);
bool examiner_next(struct examiner *examiner, struct examined *examined);

/* Makes what a packet is found by: its signature and its hashes. It needs no other packet. */
void examiner_sign(const struct examiner *examiner, struct examined *examined);

/* Is it a copy of another? To be asked of all packets that were signed, in their order; best
 * some packets later, when what it needs has come from memory. */
void examiner_compare(struct examiner *examiner, struct examined *examined);

/* What its decapsulator counted. */
const struct unread_layers *examiner_unread(const struct examiner *examiner);
uint64_t examiner_fragments_dropped(const struct examiner *examiner);
bool examiner_memory_out(const struct examiner *examiner); /* for fragments, ever */

#endif
