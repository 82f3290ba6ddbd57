/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a dissector say of these bytes?  For its unit tests: a run with one
 * flow, payloads given by hand from exactly sized memory, facts kept as copies.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_DISSECTION_H
#define APPLEPATH_TESTS_SUPPORT_DISSECTION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "dissectors/registry.h"
#include "flows/resolved_names.h"

#define DISSECTION_FACT_LIMIT 64
#define DISSECTION_EPOCH (INT64_C(1500000000) * NANOSECONDS_PER_SECOND)

struct dissection {
    const struct dissector *dissector;
    const struct dissector *keeper; /* of the state for the run: itself or its partner */
    struct observation observation;
    struct flow flow;
    struct flow_detail detail;
    void *common;
    struct bytes unread[SIDE_COUNT]; /* owned: what the dissector left of each stream */
    struct arena arena;
    struct fact facts[DISSECTION_FACT_LIMIT]; /* all of them, in order */
    size_t fact_count;
};

static inline const struct dns_record *dissection_copy_records(struct arena *arena,
                                                               const struct fact_dns *dns)
{
    struct dns_record *records = arena_allocate(arena, (dns->record_count + 1) * sizeof *records);
    assert_non_null(records);
    for (size_t i = 0; i < dns->record_count; i++) {
        records[i] = dns->records[i];
        records[i].owner = arena_copy(arena, dns->records[i].owner);
        records[i].data = arena_copy(arena, dns->records[i].data);
    }
    return records;
}

static inline void dissection_copy_http(struct arena *arena, struct fact_http *http)
{
    const char **const texts[] = {
        &http->method,   &http->host,     &http->path, &http->user_agent,   &http->authenticate,
        &http->location, &http->software, &http->via,  &http->content_type, &http->body};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = arena_copy(arena, *texts[i]);
}

static inline void dissection_copy_tls(struct arena *arena, struct fact_tls *tls)
{
    const char **const texts[] = {&tls->server_name,   &tls->client_alpn,  &tls->client_groups,
                                  &tls->client_shares, &tls->ja3,          &tls->ja4,
                                  &tls->server_alpn,   &tls->ja3s,         &tls->chain,
                                  &tls->records,       &tls->quic_versions};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = arena_copy(arena, *texts[i]);
}

static inline bool dissection_take(void *owner, const struct fact *fact)
{
    struct dissection *dissection = owner;
    struct arena *arena = &dissection->arena;
    assert_true(dissection->fact_count < DISSECTION_FACT_LIMIT);
    struct fact *copy = &dissection->facts[dissection->fact_count++];
    *copy = *fact;
    if (copy->kind == FACT_DNS) {
        copy->as.dns.name = arena_copy(arena, fact->as.dns.name);
        copy->as.dns.extended_text = arena_copy(arena, fact->as.dns.extended_text);
        copy->as.dns.records = dissection_copy_records(arena, &fact->as.dns);
    } else if (copy->kind == FACT_HTTP) {
        dissection_copy_http(arena, &copy->as.http);
    } else if (copy->kind == FACT_TLS) {
        dissection_copy_tls(arena, &copy->as.tls);
    } else if (copy->kind == FACT_CERTIFICATE) {
        copy->as.certificate.sha256 = arena_copy(arena, fact->as.certificate.sha256);
    }
    return true;
}

static inline struct endpoint dissection_endpoint(const char *address, uint16_t port)
{
    struct endpoint endpoint = {.port = port};
    assert_true(address_parse(address, &endpoint.address));
    return endpoint;
}

/* The flow goes from 192.0.2.1:50000 to 192.0.2.53 and is not of interest. */
static inline void dissection_begin(struct dissection *dissection,
                                    const struct dissector *dissector, uint16_t server_port)
{
    struct problem problem = {""};
    memset(dissection, 0, sizeof *dissection);
    dissection->dissector = dissector;
    dissection->observation.sink = (struct fact_sink){dissection_take, dissection};
    dissection->observation.catalog = catalog_load(NULL, 0, &problem);
    dissection->observation.names = resolved_names_create(64);
    assert_non_null(dissection->observation.catalog);
    assert_non_null(dissection->observation.names);
    dissection->flow.client = dissection_endpoint("192.0.2.1", 50000);
    dissection->flow.server = dissection_endpoint("192.0.2.53", server_port);
    dissection->flow.transport = dissector->transport & 0x1fu;
    dissection->flow.detail = &dissection->detail;
    if (dissector->state_size > 0) {
        dissection->detail.dissector_state = calloc(1, dissector->state_size);
        assert_non_null(dissection->detail.dissector_state);
    }
    dissection->keeper = dissector->partner != NULL ? dissector->partner : dissector;
    if (dissection->keeper->create != NULL) {
        dissection->common = dissection->keeper->create();
        assert_non_null(dissection->common);
    }
}

static inline struct dissector_call dissection_call(struct dissection *dissection, int side,
                                                    const struct packet *packet)
{
    struct dissector_call call = {.observation = &dissection->observation,
                                  .flow = &dissection->flow,
                                  .packet = packet,
                                  .side = side,
                                  .common = dissection->common,
                                  .state = dissection->detail.dissector_state};
    return call;
}

/* Tells the flow's end and the run's end, which may bring more facts. */
static inline void dissection_finish(struct dissection *dissection)
{
    struct dissector_call call = dissection_call(dissection, SIDE_CLIENT, NULL);
    if (dissection->dissector->flow_end != NULL)
        dissection->dissector->flow_end(&call);
    if (dissection->keeper->finish != NULL)
        dissection->keeper->finish(dissection->common, &dissection->observation);
}

static inline void dissection_free_unread(struct dissection *dissection, int side)
{
    free((void *)(uintptr_t)dissection->unread[side].data);
    dissection->unread[side] = bytes_of(NULL, 0);
}

static inline void dissection_end(struct dissection *dissection)
{
    dissection_finish(dissection);
    if (dissection->keeper->release != NULL)
        dissection->keeper->release(dissection->common);
    free(dissection->detail.dissector_state);
    free(dissection->detail.server_name);
    dissection_free_unread(dissection, SIDE_CLIENT);
    dissection_free_unread(dissection, SIDE_SERVER);
    resolved_names_release(dissection->observation.names);
    catalog_release((struct catalog *)(uintptr_t)dissection->observation.catalog);
    arena_release(&dissection->arena);
}

/* A copy in memory of exactly its size. */
static inline uint8_t *dissection_exact(struct bytes content)
{
    uint8_t *copy = malloc(content.length > 0 ? content.length : 1);
    assert_non_null(copy);
    if (content.length > 0)
        memcpy(copy, content.data, content.length);
    return copy;
}

static inline struct packet dissection_packet(uint64_t number, int64_t milliseconds)
{
    struct packet packet = {.identity = packet_identity(1, number),
                            .time = DISSECTION_EPOCH + milliseconds * NANOSECONDS_PER_MILLISECOND,
                            .ttl = 57};
    return packet;
}

/* One UDP payload in packet `number`, so many milliseconds after the epoch above. */
static inline enum dissector_answer dissection_datagram(struct dissection *dissection, int side,
                                                        uint64_t number, int64_t milliseconds,
                                                        struct bytes payload)
{
    struct packet packet = dissection_packet(number, milliseconds);
    struct dissector_call call = dissection_call(dissection, side, &packet);
    uint8_t *copy = dissection_exact(payload);
    enum dissector_answer answer =
        dissection->dissector->datagram(&call, bytes_of(copy, payload.length));
    free(copy);
    return answer;
}

/* One TCP payload that is next in order, at `number` milliseconds. */
static inline enum dissector_answer dissection_segment(struct dissection *dissection, int side,
                                                       uint64_t number, struct bytes payload)
{
    struct packet packet = dissection_packet(number, (int64_t)number);
    struct dissector_call call = dissection_call(dissection, side, &packet);
    struct bytes *unread = &dissection->unread[side];
    size_t length = unread->length + payload.length;
    uint8_t *joined = malloc(length > 0 ? length : 1);
    assert_non_null(joined);
    if (unread->length > 0)
        memcpy(joined, unread->data, unread->length);
    if (payload.length > 0)
        memcpy(joined + unread->length, payload.data, payload.length);
    dissection_free_unread(dissection, side);
    struct bytes available = bytes_of(joined, length);
    enum dissector_answer answer = dissection->dissector->stream(&call, &available);
    *unread = bytes_of(dissection_exact(available), available.length);
    free(joined);
    return answer;
}

/* The last fact of this kind; fails the test if there is none. */
static inline const struct fact *dissection_last(const struct dissection *dissection,
                                                 enum fact_kind kind)
{
    for (size_t i = dissection->fact_count; i > 0; i--) {
        if (dissection->facts[i - 1].kind == kind)
            return &dissection->facts[i - 1];
    }
    fail_msg("no fact of kind %d", (int)kind);
    return NULL;
}

static inline size_t dissection_count(const struct dissection *dissection, enum fact_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < dissection->fact_count; i++)
        count += dissection->facts[i].kind == kind;
    return count;
}

#endif
