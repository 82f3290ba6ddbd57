/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a message dissector say of these packets?  For the tests of DHCP and of
 * router advertisements: packets by hand from exactly sized memory, the leases kept
 * as copies.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_MESSAGES_H
#define APPLEPATH_TESTS_SUPPORT_MESSAGES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "dissectors/registry.h"

#define MESSAGES_LIMIT 32
#define MESSAGES_EPOCH (INT64_C(1500000000) * NANOSECONDS_PER_SECOND)
#define MESSAGES_CLIENT_MAC "a4:83:e7:00:00:01"

struct messages {
    const struct message_dissector *dissector;
    void *common;
    struct observation observation;
    struct arena arena;
    struct fact_lease leases[MESSAGES_LIMIT];
    size_t count;
};

static inline bool messages_take(void *owner, const struct fact *fact)
{
    struct messages *messages = owner;
    struct arena *arena = &messages->arena;
    assert_int_equal(fact->kind, FACT_LEASE);
    assert_true(messages->count < MESSAGES_LIMIT);
    struct fact_lease *copy = &messages->leases[messages->count++];
    *copy = fact->as.lease;
    copy->messages = arena_copy(arena, copy->messages);
    copy->client_name = arena_copy(arena, copy->client_name);
    copy->vendor_class = arena_copy(arena, copy->vendor_class);
    copy->requested = arena_copy(arena, copy->requested);
    copy->routers = arena_copy(arena, copy->routers);
    copy->resolvers = arena_copy(arena, copy->resolvers);
    copy->domain = arena_copy(arena, copy->domain);
    copy->time_servers = arena_copy(arena, copy->time_servers);
    copy->captive_url = arena_copy(arena, copy->captive_url);
    copy->autoconfig_url = arena_copy(arena, copy->autoconfig_url);
    copy->nat64_prefix = arena_copy(arena, copy->nat64_prefix);
    return true;
}

static inline void messages_begin(struct messages *messages,
                                  const struct message_dissector *dissector)
{
    memset(messages, 0, sizeof *messages);
    messages->dissector = dissector;
    messages->observation.sink = (struct fact_sink){messages_take, messages};
    messages->common = dissector->create();
    assert_non_null(messages->common);
}

static inline void messages_finish(struct messages *messages)
{
    messages->dissector->finish(messages->common, &messages->observation);
}

static inline void messages_end(struct messages *messages)
{
    messages->dissector->release(messages->common);
    arena_release(&messages->arena);
}

static inline struct address messages_address(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

/* Gives the packet to the dissector, which has to claim it. */
static inline void messages_send(struct messages *messages, struct packet packet,
                                 struct bytes payload)
{
    uint8_t *copy = malloc(payload.length > 0 ? payload.length : 1);
    assert_non_null(copy);
    if (payload.length > 0)
        memcpy(copy, payload.data, payload.length);
    packet.payload = bytes_of(copy, payload.length);
    packet.payload_length = (uint32_t)payload.length;
    assert_true(messages->dissector->claims(&packet));
    messages->dissector->message(messages->common, &messages->observation, &packet);
    free(copy);
}

static inline struct packet messages_packet(const char *source, const char *destination,
                                            uint64_t number, int64_t milliseconds)
{
    struct packet packet = {.identity = packet_identity(1, number),
                            .time = MESSAGES_EPOCH + milliseconds * NANOSECONDS_PER_MILLISECOND,
                            .source = messages_address(source),
                            .destination = messages_address(destination),
                            .transport = TRANSPORT_UDP,
                            .ttl = 64};
    return packet;
}

/* A message that grows. */
struct message_bytes {
    uint8_t content[2048];
    size_t length;
};

static inline void message_add(struct message_bytes *message, const void *content, size_t length)
{
    assert_true(message->length + length <= sizeof message->content);
    memcpy(message->content + message->length, content, length);
    message->length += length;
}

static inline void message_zeros(struct message_bytes *message, size_t length)
{
    static const uint8_t zeros[256];
    assert_true(length <= sizeof zeros);
    message_add(message, zeros, length);
}

#define MESSAGE_ADD(message, ...)                                                                  \
    message_add(message, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Each packet is cut at this length: nothing may go wrong but that less is known. */
static inline struct bytes message_cut(const struct message_bytes *message, size_t length)
{
    return bytes_of(message->content, length < message->length ? length : message->length);
}

#endif
