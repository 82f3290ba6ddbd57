/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS handshakes as facts, for the tests of what they show: stalled, completed, ended by
 * an alert in clear or by one that only its length betrays.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_HANDSHAKES_H
#define APPLEPATH_TESTS_SUPPORT_HANDSHAKES_H

#include "tests/support/facts.h"

#define HELLO_BYTES 512
#define BIG_HELLO_BYTES 1800
#define REFUSAL_BYTES 30 /* ChangeCipherSpec and one encrypted alert, with their headers */
#define GS "17.188.22.70"
#define OTHER_SERVER "17.171.47.86"

static inline int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    facts_host(&facts, DEVICE);
    facts_host(&facts, OTHER_DEVICE);
    *state = &facts;
    return 0;
}

static inline int end(void **state)
{
    facts_end(*state);
    return 0;
}

static inline struct fact_flow *open_flow(struct facts *facts, const char *device,
                                          const char *server, const char *name, int64_t at)
{
    struct fact_flow *flow = facts_answered(facts, device, server, 443, at);
    flow->server_name = name;
    return flow;
}

static inline struct fact_tls *say_hello(struct facts *facts, struct fact_flow *flow,
                                         uint32_t bytes)
{
    struct fact_tls *tls = facts_tls(facts, flow, PARTY_NONE, 0);
    tls->client_hello_bytes = bytes;
    flow->client_bytes = bytes + 5;
    return tls;
}

/* Opened, one ClientHello retransmitted, nothing back for eight seconds. */
static inline struct fact_flow *stall(struct facts *facts, const char *device, const char *server,
                                      const char *name, uint32_t bytes, int64_t at)
{
    struct fact_flow *flow = open_flow(facts, device, server, name, at);
    flow->outcome = OUTCOME_ANSWERED;
    flow->server_bytes = 0;
    flow->server_packets = 1;
    flow->client_retransmissions = 5;
    flow->last_time = flow->client_last_time = facts_time(at + 8000);
    say_hello(facts, flow, bytes);
    return flow;
}

static inline void answer(struct fact_tls *tls, uint16_t version, int64_t after)
{
    tls->server_version = version;
    tls->server_hello_time = tls->client_hello_time + after * FACTS_MILLISECOND;
    tls->server_hello_packet = tls->client_hello_packet;
}

static inline void complete(struct facts *facts, const char *device, const char *server,
                            const char *name, uint32_t bytes, int64_t at)
{
    struct fact_flow *flow = open_flow(facts, device, server, name, at);
    struct fact_tls *tls = say_hello(facts, flow, bytes);
    answer(tls, 0x0304, 25);
    flow->client_bytes += 400;
    tls->client_data_records = 2;
}

/* Ended by an alert in clear; `version` 0: before any ServerHello. */
static inline struct fact_flow *alerted(struct facts *facts, const char *device, const char *name,
                                        uint16_t version, enum party from, uint8_t alert,
                                        int64_t at)
{
    struct fact_flow *flow = open_flow(facts, device, GS, name, at);
    struct fact_tls *tls = facts_tls(facts, flow, from, alert);
    tls->client_hello_bytes = HELLO_BYTES;
    flow->client_bytes = HELLO_BYTES + 5 + 7;
    if (version != 0)
        answer(tls, version, 25);
    return flow;
}

/* TLS 1.3, ended by the client with an encrypted record as short as an alert. */
static inline struct fact_flow *refused_hidden(struct facts *facts, const char *name, uint64_t more,
                                               int64_t at)
{
    struct fact_flow *flow = open_flow(facts, DEVICE, GS, name, at);
    struct fact_tls *tls = say_hello(facts, flow, HELLO_BYTES);
    answer(tls, 0x0304, 25);
    flow->client_bytes += REFUSAL_BYTES + more;
    return flow;
}

static inline const struct finding *assert_stalled(struct facts *facts, enum severity severity,
                                                   const char *suspect)
{
    const struct finding *finding = facts_only_finding(facts, "handshake-stalled", severity);
    assert_string_equal(finding->host, "gs.apple.com");
    assert_int_equal(finding->port, 443);
    assert_detail(finding, "suspect", suspect);
    assert_devices(finding, DEVICE);
    assert_addresses(finding->addresses, finding->address_count, GS);
    return finding;
}

static inline void stall_gs(struct facts *facts, uint32_t bytes)
{
    stall(facts, DEVICE, GS, "gs.apple.com", bytes, 1000);
    stall(facts, DEVICE, GS, "gs.apple.com", bytes, 20000);
}

#endif
