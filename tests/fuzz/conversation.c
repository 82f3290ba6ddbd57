/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which way do bytes without a capture around them take through flows and dissectors?
 * The same as the program's, with small tables.
 */
#include <stdlib.h>
#include <string.h>

#include "dissectors/dispatch.h"
#include "flows/flow_facts.h"
#include "flows/flow_table.h"
#include "flows/missing_segments.h"
#include "flows/resolved_names.h"
#include "flows/tcp_outcome.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/run.h"

struct conversation {
    struct fuzz_run run;
    struct packet packet; /* of the client; the server's has its ends the other way round */
    uint32_t next[SIDE_COUNT]; /* sequence numbers */
    uint32_t last[SIDE_COUNT];
};

static struct packet conversation_packet(struct conversation *conversation, int side)
{
    struct packet packet = conversation->packet;
    if (side == SIDE_SERVER) {
        packet.source = conversation->packet.destination;
        packet.destination = conversation->packet.source;
        packet.source_port = conversation->packet.destination_port;
        packet.destination_port = conversation->packet.source_port;
        packet.ttl = 52;
    }
    packet.acknowledgment = conversation->next[1 - side];
    packet.sequence = conversation->next[side];
    return packet;
}

static void conversation_say(struct conversation *conversation, int side, unsigned flags,
                             struct bytes content)
{
    if ((flags & FUZZ_LATER) != 0)
        conversation->run.time += 60 * NANOSECONDS_PER_SECOND;
    if ((flags & FUZZ_GAP) != 0)
        conversation->next[side] += 100;
    if ((flags & FUZZ_AGAIN) != 0)
        conversation->next[side] = conversation->last[side];
    struct packet packet = conversation_packet(conversation, side);
    packet.tcp_flags = TCP_ACK | TCP_PSH;
    packet.tcp_flags |= (flags & FUZZ_RESET) != 0 ? TCP_RST : 0;
    packet.tcp_flags |= (flags & FUZZ_FIN) != 0 ? TCP_FIN : 0;
    packet.payload = content;
    packet.payload_length = (uint32_t)content.length;
    conversation->last[side] = conversation->next[side];
    conversation->next[side] += (uint32_t)content.length + ((flags & FUZZ_FIN) != 0);
    fuzz_run_packet(&conversation->run, &packet);
}

static void conversation_open(struct conversation *conversation)
{
    struct packet syn = conversation_packet(conversation, SIDE_CLIENT);
    syn.tcp_flags = TCP_SYN;
    conversation->next[SIDE_CLIENT]++;
    fuzz_run_packet(&conversation->run, &syn);
    struct packet answer = conversation_packet(conversation, SIDE_SERVER);
    answer.tcp_flags = TCP_SYN | TCP_ACK;
    conversation->next[SIDE_SERVER]++;
    fuzz_run_packet(&conversation->run, &answer);
}

void fuzz_conversation(const uint8_t *data, size_t size, uint8_t transport, uint16_t port)
{
    static const uint8_t client[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 20};
    static const uint8_t server[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 17, 57, 144, 36};
    struct conversation conversation = {.next = {1000, 5000}, .last = {1000, 5000}};
    struct packet *packet = &conversation.packet;
    memcpy(packet->source.octets, client, sizeof client);
    memcpy(packet->destination.octets, server, sizeof server);
    packet->source_port = 50000;
    packet->destination_port = port;
    packet->transport = transport;
    packet->ttl = 64;
    packet->window = 1024;
    if (!fuzz_run_begin(&conversation.run))
        return;
    if (transport == TRANSPORT_TCP)
        conversation_open(&conversation);
    struct bytes rest = bytes_of(data, size), content;
    uint8_t flags;
    uint16_t length;
    while (bytes_read_u8(&rest, &flags) && bytes_read_u16(&rest, &length)) {
        size_t taken = length < rest.length ? length : rest.length;
        if (!bytes_take(&rest, taken, &content))
            break;
        conversation_say(&conversation, flags & FUZZ_SERVER ? SIDE_SERVER : SIDE_CLIENT, flags,
                         content);
    }
    fuzz_run_end(&conversation.run);
}
