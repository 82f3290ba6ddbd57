/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes does one packet of a synthetic conversation have?  frames.c builds
 * them from where the conversation stands; generate.c decides what is sent when.
 */
#ifndef APPLEPATH_BENCH_FRAMES_H
#define APPLEPATH_BENCH_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame_bytes.h"

enum { SEGMENT_BYTES = 1448 };

enum kind { KIND_WEB, KIND_BULK, KIND_NAMES, KIND_SILENT };
enum side { CLIENT, SERVER };
enum { FIN = 0x01, SYN = 0x02, PSH = 0x08, ACK = 0x10 };

enum phase {
    PHASE_QUERY,
    PHASE_ANSWER,
    PHASE_SYN,
    PHASE_SYN_ACK,
    PHASE_OPEN,
    PHASE_HELLO,
    PHASE_SERVER_HELLO,
    PHASE_CERTIFICATES,
    PHASE_REQUEST,
    PHASE_DATA,
    PHASE_FIN,
    PHASE_FIN_BACK,
    PHASE_LAST_ACK,
    PHASE_OVER
};

struct conversation {
    uint64_t due; /* microseconds since the start */
    enum kind kind;
    enum phase phase;
    uint32_t device;
    uint32_t name; /* index among the names of its sort */
    bool apple;
    bool six;
    uint16_t vlan; /* 0: none */
    uint16_t port, server_port, query_id;
    uint32_t sequence[2];
    uint32_t data_left, tries, round_trip;
};

/* Appends an Ethernet frame with a TCP segment; the caller moves the sequence numbers on.
 * SYNs carry a maximum segment size. */
void frame_tcp(struct frame *frame, const struct conversation *conversation, enum side from,
               unsigned flags, const void *payload, size_t length);

/* Appends an Ethernet frame with the query or the answer for the conversation's name. */
void frame_dns(struct frame *frame, const struct conversation *conversation, enum side from);

/* Append TLS records: for a quarter of the names the ClientHello needs two segments. */
void frame_client_hello(struct frame *hello, const struct conversation *conversation);
void frame_server_hello(struct frame *records, const struct conversation *conversation,
                        const uint8_t *encrypted);

#endif
