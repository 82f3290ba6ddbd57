/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which inputs do fuzz targets begin with?  Captures come in; out go their
 * conversations, in the form of tests/fuzz/fuzz.h, one file each in a folder per
 * target, beside the frames, the captures themselves, and what else a target reads.
 *   seeds FOLDER CAPTURE...
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "capture/decapsulate.h"
#include "capture/source.h"
#include "tests/fuzz/fuzz.h"

#define CONVERSATION_LIMIT 256
#define CONVERSATION_SIZE 16384u

struct conversation {
    struct endpoint client;
    struct endpoint server;
    uint8_t transport;
    uint8_t *content;
    size_t length;
};

struct seeds {
    const char *folder;
    struct conversation conversations[CONVERSATION_LIMIT];
    size_t count;
    unsigned written;
};

/* Who reads conversations with this port. */
static const struct {
    uint8_t transport;
    uint16_t port;
    const char *target;
} targets[] = {
    {TRANSPORT_TCP, 443, "tls"},    {TRANSPORT_TCP, 5223, "push"}, {TRANSPORT_TCP, 80, "http"},
    {TRANSPORT_TCP, 3128, "http"},  {TRANSPORT_TCP, 8080, "http"}, {TRANSPORT_UDP, 53, "dns_udp"},
    {TRANSPORT_TCP, 53, "dns_tcp"}, {TRANSPORT_UDP, 443, "quic"},  {TRANSPORT_UDP, 123, "ntp"},
};

static bool write_seed(struct seeds *seeds, const char *target, const uint8_t *content,
                       size_t length)
{
    char name[1024];
    snprintf(name, sizeof name, "%s/%s", seeds->folder, target);
    if (mkdir(name, 0777) != 0 && errno != EEXIST)
        return false;
    snprintf(name, sizeof name, "%s/%s/%06u", seeds->folder, target, seeds->written++);
    FILE *file = fopen(name, "wb");
    if (file == NULL)
        return false;
    bool written = fwrite(content, 1, length, file) == length;
    return fclose(file) == 0 && written;
}

static struct conversation *conversation_of(struct seeds *seeds, const struct packet *packet,
                                            bool *from_server)
{
    struct endpoint source = {packet->source, packet->source_port};
    struct endpoint destination = {packet->destination, packet->destination_port};
    for (size_t i = 0; i < seeds->count; i++) {
        struct conversation *known = &seeds->conversations[i];
        *from_server = endpoint_equal(&known->server, &source);
        if (known->transport == packet->transport &&
            (*from_server ? endpoint_equal(&known->client, &destination)
                          : endpoint_equal(&known->client, &source) &&
                                endpoint_equal(&known->server, &destination)))
            return known;
    }
    if (seeds->count == CONVERSATION_LIMIT)
        return NULL;
    struct conversation *added = &seeds->conversations[seeds->count];
    *added = (struct conversation){.client = source,
                                   .server = destination,
                                   .transport = packet->transport,
                                   .content = malloc(CONVERSATION_SIZE)};
    *from_server = false;
    if (added->content == NULL)
        return NULL;
    seeds->count++;
    return added;
}

static void conversation_add(struct conversation *conversation, bool from_server,
                             struct bytes payload)
{
    size_t needed = 3 + payload.length;
    if (payload.length == 0 || payload.length > UINT16_MAX ||
        conversation->length + needed > CONVERSATION_SIZE)
        return;
    uint8_t *to = conversation->content + conversation->length;
    to[0] = from_server ? FUZZ_SERVER : 0;
    to[1] = (uint8_t)(payload.length >> 8);
    to[2] = (uint8_t)payload.length;
    memcpy(to + 3, payload.data, payload.length);
    conversation->length += needed;
}

static void add_frame(struct text *frames, struct bytes content)
{
    uint8_t head[2] = {(uint8_t)(content.length >> 8), (uint8_t)content.length};
    if (content.length <= UINT16_MAX && frames->length < CONVERSATION_SIZE) {
        text_add_bytes(frames, (const char *)head, sizeof head);
        text_add_bytes(frames, (const char *)content.data, content.length);
    }
}

static bool is_message(const struct packet *packet)
{
    return packet->transport == TRANSPORT_ICMPV6 || packet->transport == TRANSPORT_ICMP ||
           (packet->transport == TRANSPORT_UDP &&
            (packet->destination_port == 67 || packet->destination_port == 68 ||
             packet->destination_port == 546 || packet->destination_port == 547));
}

static void write_conversations(struct seeds *seeds)
{
    for (size_t i = 0; i < seeds->count; i++) {
        struct conversation *conversation = &seeds->conversations[i];
        for (size_t j = 0; j < sizeof targets / sizeof targets[0]; j++)
            if (conversation->length > 0 && conversation->transport == targets[j].transport &&
                conversation->server.port == targets[j].port)
                write_seed(seeds, targets[j].target, conversation->content, conversation->length);
        free(conversation->content);
    }
    seeds->count = 0;
}

static void read_capture(struct seeds *seeds, const char *name, struct decapsulator *decapsulator)
{
    struct problem problem = {""};
    struct source_set *set = source_set_open(&name, 1, NULL, &problem);
    struct text frames = {0}, messages = {0};
    const struct frame *frame;
    struct packet packet;
    bool from_server;
    while (set != NULL && (frame = source_set_next(set)) != NULL) {
        if (frames.length == 0) {
            uint8_t type[2] = {(uint8_t)(frame->link_type >> 8), (uint8_t)frame->link_type};
            text_add_bytes(&frames, (const char *)type, sizeof type);
        }
        add_frame(&frames, frame->data);
        if (decapsulate(decapsulator, frame, &packet) != DECAPSULATED)
            continue;
        if (is_message(&packet))
            add_frame(&messages, packet.network);
        struct conversation *conversation = conversation_of(seeds, &packet, &from_server);
        if (conversation != NULL)
            conversation_add(conversation, from_server, packet.payload);
    }
    source_set_close(set);
    write_conversations(seeds);
    if (frames.length > 0)
        write_seed(seeds, "link", (const uint8_t *)frames.data, frames.length);
    if (messages.length > 0)
        write_seed(seeds, "messages", (const uint8_t *)messages.data, messages.length);
    text_release(&frames);
    text_release(&messages);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: seeds FOLDER CAPTURE...\n");
        return 2;
    }
    struct seeds seeds = {0};
    struct decapsulator *decapsulator = decapsulator_create();
    if (decapsulator == NULL)
        return 2;
    seeds.folder = argv[1];
    for (int i = 2; i < argc; i++)
        read_capture(&seeds, argv[i], decapsulator);
    decapsulator_release(decapsulator);
    printf("%u seeds\n", seeds.written);
    return 0;
}
