/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a busy site look like to an analyser?  Writes a pcap file of synthetic
 * conversations to standard output: DNS, short TLS connections from SYN to FIN, a few
 * bulk transfers, SYNs to couriers that nobody answers; some in a VLAN, some over
 * IPv6.  The same options give the same bytes.
 */
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONVERSATIONS = 20000, /* that go on at the same time, unless --open says otherwise */
    CONVERSATIONS_MOST = 2000000,
    DEVICES = 5000,
    OTHER_NAMES = 4000
};

struct shape {
    const char *name;
    unsigned bulk_per_10000, names_per_100, silent_per_1000;
    unsigned bulk_segments, web_segments;
    uint32_t pause; /* microseconds between segments; 0: as fast as they come */
};

struct generator {
    FILE *out;
    uint64_t random, written, wanted;
    const struct shape *shape;
    struct conversation *heap; /* the earliest first */
    size_t conversations;
    uint8_t fill[SEGMENT_BYTES];
};

static const struct shape shapes[] = {
    {"mix", 25, 30, 10, 4000, 12, 0},
    {"short", 0, 40, 10, 0, 4, 0},
    {"bulk", 2000, 10, 2, 8000, 12, 0},
    {"open", 0, 0, 0, 0, 4, 60000000}, /* connections that stay open */
};

/* xorshift64*, Marsaglia and Vigna: short, and good enough for lengths and delays. */
static uint32_t random_below(struct generator *generator, uint32_t limit)
{
    uint64_t x = generator->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    generator->random = x;
    return (uint32_t)((x * 0x2545F4914F6CDD1DULL >> 32) % limit);
}

/* Numbers of a pcap file are in the byte order of the writer; here always little-endian. */
static void little_u32(uint8_t *bytes, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static void write_bytes(struct generator *generator, const void *bytes, size_t length)
{
    if (fwrite(bytes, 1, length, generator->out) != length) {
        perror("generate: writing");
        exit(2);
    }
}

static void write_frame(struct generator *generator, const struct conversation *conversation,
                        const struct frame *frame)
{
    static const uint32_t start_seconds = 1763712000; /* 2025-11-21 08:00 UTC */
    uint8_t header[16];
    little_u32(header, start_seconds + (uint32_t)(conversation->due / 1000000));
    little_u32(header + 4, (uint32_t)(conversation->due % 1000000));
    little_u32(header + 8, (uint32_t)frame->length);
    little_u32(header + 12, (uint32_t)frame->length);
    write_bytes(generator, header, sizeof header);
    write_bytes(generator, frame->bytes, frame->length);
    generator->written++;
}

static void send_tcp(struct generator *generator, struct conversation *conversation, enum side from,
                     unsigned flags, const uint8_t *payload, size_t length)
{
    struct frame frame;
    frame.length = 0;
    frame_tcp(&frame, conversation, from, flags, payload, length);
    write_frame(generator, conversation, &frame);
    conversation->sequence[from] += (uint32_t)length + ((flags & (SYN | FIN)) != 0);
}

static void send_dns(struct generator *generator, struct conversation *conversation, enum side from)
{
    struct frame frame;
    frame.length = 0;
    frame_dns(&frame, conversation, from);
    write_frame(generator, conversation, &frame);
}

static void send_server_hello(struct generator *generator, struct conversation *conversation)
{
    struct frame records;
    records.length = 0;
    frame_server_hello(&records, conversation, generator->fill + 5);
    send_tcp(generator, conversation, SERVER, ACK | PSH, records.bytes, records.length);
}

/* Application data: one record that fills the segment. */
static void send_record(struct generator *generator, struct conversation *conversation,
                        enum side from, size_t length)
{
    uint8_t *record = generator->fill;
    record[3] = (uint8_t)((length - 5) >> 8);
    record[4] = (uint8_t)(length - 5);
    send_tcp(generator, conversation, from, ACK | PSH, record, length);
}

/* ---- conversations */

static void begin(struct generator *generator, struct conversation *conversation, uint64_t now)
{
    const struct shape *shape = generator->shape;
    uint32_t device = random_below(generator, DEVICES);
    *conversation = (struct conversation){
        .due = now,
        .device = device,
        .apple = random_below(generator, 10) == 0,
        .vlan = device % 8 == 0 ? (uint16_t)(100 + device % 16) : 0,
        .six = random_below(generator, 5) == 0,
        .port = (uint16_t)(32768 + random_below(generator, 28000)),
        .server_port = 443,
        .query_id = (uint16_t)random_below(generator, 65536),
        .round_trip = 4000 + random_below(generator, 80000),
        .name = random_below(generator, OTHER_NAMES),
        .sequence = {random_below(generator, UINT32_MAX), random_below(generator, UINT32_MAX)},
    };
    conversation->data_left = 1 + random_below(generator, 2 * shape->web_segments);
    if (shape->pause > 0) {
        conversation->phase = PHASE_SYN;
        conversation->data_left = UINT32_MAX;
        return;
    }
    if (random_below(generator, 1000) < shape->silent_per_1000) {
        conversation->kind = KIND_SILENT;
        conversation->apple = true;
        conversation->server_port = 5223;
        conversation->tries = 7;
    } else if (random_below(generator, 10000) < shape->bulk_per_10000) {
        conversation->kind = KIND_BULK;
        conversation->data_left = shape->bulk_segments;
    } else if (random_below(generator, 100) < shape->names_per_100) {
        conversation->kind = KIND_NAMES;
    }
}

static void send_client_hello(struct generator *generator, struct conversation *conversation)
{
    struct frame hello;
    hello.length = 0;
    frame_client_hello(&hello, conversation);
    size_t first = hello.length < SEGMENT_BYTES ? hello.length : SEGMENT_BYTES;
    send_tcp(generator, conversation, CLIENT, ACK | PSH, hello.bytes, first);
    if (first < hello.length) {
        send_tcp(generator, conversation, CLIENT, ACK | PSH, hello.bytes + first,
                 hello.length - first);
    }
}

/* The same SYN seven times, after 1, 1, 1, 1, 1 and 2 seconds. */
static uint32_t knock(struct generator *generator, struct conversation *conversation)
{
    send_tcp(generator, conversation, CLIENT, SYN, NULL, 0);
    conversation->sequence[CLIENT]--;
    conversation->phase = --conversation->tries > 0 ? PHASE_SYN : PHASE_OVER;
    return conversation->tries > 1 ? 1000000 : 2000000;
}

static uint32_t send_data(struct generator *generator, struct conversation *conversation)
{
    send_record(generator, conversation, SERVER, SEGMENT_BYTES);
    conversation->data_left--;
    if (conversation->data_left % 2 == 0)
        send_tcp(generator, conversation, CLIENT, ACK, NULL, 0);
    if (conversation->data_left > 0)
        conversation->phase = PHASE_DATA;
    if (generator->shape->pause > 0)
        return generator->shape->pause;
    return conversation->kind == KIND_BULK ? 600 : 120;
}

/* Sends what is due, sets the next phase, returns the microseconds until then. */
static uint32_t step(struct generator *generator, struct conversation *conversation)
{
    enum phase phase = conversation->phase++;
    switch (phase) {
    case PHASE_QUERY:
        send_dns(generator, conversation, CLIENT);
        return 400;
    case PHASE_ANSWER:
        send_dns(generator, conversation, SERVER);
        if (conversation->kind == KIND_NAMES)
            conversation->phase = PHASE_OVER;
        return 800;
    case PHASE_SYN:
        if (conversation->kind == KIND_SILENT)
            return knock(generator, conversation);
        send_tcp(generator, conversation, CLIENT, SYN, NULL, 0);
        return conversation->round_trip;
    case PHASE_SYN_ACK:
        send_tcp(generator, conversation, SERVER, SYN | ACK, NULL, 0);
        return 50;
    case PHASE_OPEN:
        send_tcp(generator, conversation, CLIENT, ACK, NULL, 0);
        return 300;
    case PHASE_HELLO:
        send_client_hello(generator, conversation);
        return conversation->round_trip;
    case PHASE_SERVER_HELLO:
        send_server_hello(generator, conversation);
        return 40;
    case PHASE_CERTIFICATES:
        send_record(generator, conversation, SERVER, 1200);
        send_tcp(generator, conversation, CLIENT, ACK, NULL, 0);
        return 900;
    case PHASE_REQUEST:
        send_record(generator, conversation, CLIENT, 300);
        return conversation->round_trip;
    case PHASE_DATA:
        return send_data(generator, conversation);
    case PHASE_FIN:
        send_tcp(generator, conversation, CLIENT, FIN | ACK, NULL, 0);
        return conversation->round_trip;
    case PHASE_FIN_BACK:
        send_tcp(generator, conversation, SERVER, FIN | ACK, NULL, 0);
        return 50;
    case PHASE_LAST_ACK:
        send_tcp(generator, conversation, CLIENT, ACK, NULL, 0);
        return 0;
    case PHASE_OVER:
        break;
    }
    return 0;
}

/* The first of the heap has a later time now: lets it sink to its place. */
static void sink(struct conversation *heap, size_t count)
{
    size_t place = 0;
    struct conversation moved = heap[0];
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= count)
            break;
        if (child + 1 < count && heap[child + 1].due < heap[child].due)
            child++;
        if (moved.due <= heap[child].due)
            break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = moved;
}

static void write_capture(struct generator *generator)
{
    static const uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
                                       0,    0,    0,    0,    0, 0, 4, 0, 1, 0, 0, 0};
    write_bytes(generator, header, sizeof header);
    for (size_t i = 0; i < generator->conversations; i++) /* rising times are a heap */
        begin(generator, &generator->heap[i], i * 10000000 / generator->conversations);
    while (generator->written < generator->wanted) {
        struct conversation *first = &generator->heap[0];
        first->due += step(generator, first);
        if (first->phase == PHASE_OVER)
            begin(generator, first, first->due + random_below(generator, 16000000));
        sink(generator->heap, generator->conversations);
    }
}

static const struct shape *find_shape(const char *name)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    }
    return NULL;
}

static bool read_options(struct generator *generator, int count, char **words)
{
    uint64_t seed = 1;
    for (int i = 1; i < count; i += 2) {
        if (i + 1 == count)
            return false;
        if (strcmp(words[i], "--packets") == 0)
            generator->wanted = strtoull(words[i + 1], NULL, 10);
        else if (strcmp(words[i], "--seed") == 0)
            seed = strtoull(words[i + 1], NULL, 10);
        else if (strcmp(words[i], "--open") == 0)
            generator->conversations = strtoull(words[i + 1], NULL, 10);
        else if (strcmp(words[i], "--shape") == 0)
            generator->shape = find_shape(words[i + 1]);
        else
            return false;
    }
    generator->random = (seed + 1) * 0x9E3779B97F4A7C15ULL | 1;
    return generator->shape != NULL && generator->wanted > 0 && generator->conversations > 0 &&
           generator->conversations <= CONVERSATIONS_MOST;
}

int main(int count, char **words)
{
    struct generator generator = {
        .out = stdout, .wanted = 4000000, .shape = &shapes[0], .conversations = CONVERSATIONS};
    if (!read_options(&generator, count, words)) {
        fprintf(stderr,
                "usage: generate [--packets N] [--seed S] [--shape mix|short|bulk|open] [--open N] "
                "> FILE.pcap\n");
        return 2;
    }
    generator.heap = calloc(generator.conversations, sizeof *generator.heap);
    if (generator.heap == NULL) {
        perror("generate");
        return 2;
    }
    for (size_t i = 0; i < sizeof generator.fill; i++)
        generator.fill[i] = (uint8_t)random_below(&generator, 256);
    static const uint8_t record_start[3] = {0x17, 0x03, 0x03};
    memcpy(generator.fill, record_start, sizeof record_start);
    write_capture(&generator);
    free(generator.heap);
    if (fflush(stdout) != 0) {
        perror("generate: writing");
        return 2;
    }
    return 0;
}
