/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the packets in one endpoint's name look like, so that one that looks
 * another way can be told?  A few bytes per side gather it packet by packet.
 */
#ifndef APPLEPATH_FLOWS_SENDER_MARKS_H
#define APPLEPATH_FLOWS_SENDER_MARKS_H

#include "base/address.h"
#include "base/fact.h"
#include "capture/packet.h"

#define SENDER_OPTIONS_SIZE 40 /* RFC 9293 section 3.1: the header has no room for more */
#define SENDER_OPTIONS_TEXT_SIZE 160
#define SENDER_STATIONS 2 /* a pair of routers that share the work */

/* Begins with all bytes zero. */
struct sender_record {
    struct mac stations[SENDER_STATIONS]; /* Ethernet sources of its packets */
    uint16_t last_identification;
    uint16_t syn_window;
    uint8_t packets; /* stops at 255, as do the next four */
    uint8_t identifications; /* of IPv4 packets without SYN */
    uint8_t identifications_zero;
    uint8_t identifications_same;
    uint8_t identifications_stepped;
    uint8_t station_count; /* more than SENDER_STATIONS: they vary */
    uint8_t ttl_lowest;
    uint8_t ttl_highest;
    uint8_t dscp;
    bool syn_seen;
    uint8_t options_length;
    uint8_t options[SENDER_OPTIONS_SIZE]; /* of its first SYN, as on the wire */
};

/* A packet of the side's came; RSTs must not be shown. */
void sender_record_packet(struct sender_record *record, const struct packet *packet);

/* Did another station send this packet than the side's earlier ones? False where
 * the link has no addresses or they vary. */
bool sender_record_is_foreign(const struct sender_record *record, const struct packet *packet);

/* Fills `marks`; its text is written into `text`. Options without a letter (M MSS,
 * N no operation, W window scale, T timestamps, S SACK permitted, E end) are told by
 * their number. */
void sender_record_marks(const struct sender_record *record, char text[SENDER_OPTIONS_TEXT_SIZE],
                         struct sender_marks *marks);

#endif
