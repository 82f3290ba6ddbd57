/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which numbers are a question and its two ends found?  Of a datagram they can be made
 * before anything else is known of it, so that what they lead to is fetched in time.
 */
#ifndef APPLEPATH_DISSECTORS_DNS_QUESTION_H
#define APPLEPATH_DISSECTORS_DNS_QUESTION_H

#include "base/hash.h"
#include "capture/packet.h"

/* Of who asks, and whom. */
uint32_t dns_pair_hash(const struct hash_key *key, const struct address *client,
                       const struct address *resolver);

/* Of the name, as struct dns_message has it, its type, and who asks whom. Ports and identifier,
 * by which copies differ, are left out. */
uint64_t dns_question_hash(const struct hash_key *key, const struct address *client,
                           const struct address *resolver, uint16_t type, const char *name);

/* Room for most names as text. */
#define DNS_QUESTION_ROOM 40

#define DNS_QUESTION_PORT 53

/* Of a datagram to or from a resolver. */
void dns_question_sign_datagram(const struct hash_key *key, struct packet *packet,
                                char room[DNS_QUESTION_ROOM]);

/* The same of a datagram's first question, into the packet: `question_hash`, where the name is
 * a usual one and whole, and of a query `pair_hash`; and the name in `room`, where it fits.
 * Most packets are told by their ports to have none. */
static inline void dns_question_sign(const struct hash_key *key, struct packet *packet,
                                     char room[DNS_QUESTION_ROOM])
{
    if (packet->transport == TRANSPORT_UDP &&
        (packet->source_port == DNS_QUESTION_PORT || packet->destination_port == DNS_QUESTION_PORT))
        dns_question_sign_datagram(key, packet, room);
}

#endif
