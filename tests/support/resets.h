/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSTs to a device with a courier as facts, for the tests of who sent them.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_RESETS_H
#define APPLEPATH_TESTS_SUPPORT_RESETS_H

#include "tests/support/facts.h"

#define SERVER_TTL 52 /* of the facts' servers */

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

static inline struct fact_flow *reset_courier(struct facts *facts, enum reset_stage stage,
                                              enum party by, uint8_t ttl, int64_t at)
{
    struct fact_flow *flow = facts_reset(facts, DEVICE, COURIER, 443, stage, by, ttl, at);
    flow->server_name = "courier.push.apple.com";
    flow->resolved_name = "4-courier.push.apple.com";
    return flow;
}

static inline const struct finding *assert_reset(struct facts *facts, enum severity severity,
                                                 const char *origin, const char *stage)
{
    const struct finding *finding = facts_only_finding(facts, "connection-reset", severity);
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_int_equal(finding->port, 443);
    assert_int_equal(finding->transport, TRANSPORT_TCP);
    assert_detail(finding, "origin", origin);
    assert_detail(finding, "stage", stage);
    assert_devices(finding, DEVICE);
    assert_addresses(finding->addresses, finding->address_count, COURIER);
    return finding;
}

#endif
