/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a RST gives away of who made it: tests that each speak, agree with the end
 * that it names, or stay silent for want of what they need.
 */
#ifndef APPLEPATH_DIAGNOSIS_RESET_ORIGIN_H
#define APPLEPATH_DIAGNOSIS_RESET_ORIGIN_H

#include "base/fact.h"

/* Each says, on its own ground, that the end whose address the RST bears did not make it. */
enum reset_test {
    RESET_TEST_WENT_ON = 1, /* the server went on sending: it knew nothing of the RST */
    RESET_TEST_TTL = 2, /* it came another way than that end's packets */
    RESET_TEST_IDENTIFICATION = 4, /* that end numbers its packets 0, the RST is numbered */
    RESET_TEST_SEQUENCE = 8, /* not where that end's next byte would be */
    RESET_TEST_STATION = 16, /* another station of the network sent it */
    RESET_TEST_TIMING = 32, /* sooner than the server can have seen the ClientHello */
    RESET_TEST_BOTH_WAYS = 64 /* one to each end at the same moment */
};

/* What is known of one RST beside its flow. */
struct reset_context {
    int64_t hello_time; /* of the ClientHello; TIMESTAMP_NONE: none was read */
    int64_t round_trip; /* the shortest seen to this server; DIFFERENCE_NONE: not known */
    bool both_ways; /* RSTs in both ends' names within RESET_BOTH_WAYS_SPAN */
};

#define RESET_BOTH_WAYS_SPAN (5 * (NANOSECONDS_PER_SECOND / 1000))

/* From the capture to the server and back, by the SYN's answer; DIFFERENCE_NONE: not seen. */
int64_t reset_round_trip(const struct fact_flow *flow);

/* The tests that speak, enum reset_test added up; `context` NULL: only the flow counts. */
unsigned reset_tests(const struct fact_flow *flow, const struct reset_context *context);

/* Those that could be made and agree with the end that the RST names. */
unsigned reset_agreements(const struct fact_flow *flow);

/* Do these suffice to say that neither end sent it? TTL and what came after do, the
 * others bear each other out. */
bool reset_tests_suffice(unsigned tests);

/* How many there are: each is a ground of its own. */
unsigned reset_tests_count(unsigned tests);

/* The TTLs of the packets in the name of the end that the RST names; false: none seen. */
bool reset_end_ttls(const struct fact_flow *flow, uint8_t *lowest, uint8_t *highest);

/* Timing could tell more than the rest does, and the capture does not show it: lost packets,
 * or times that are not those of the wire. */
bool reset_timing_is_missed(const struct fact_flow *flow, const struct reset_context *context);

#endif
