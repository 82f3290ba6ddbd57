/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can this address be the answer to that name of Apple's?
 */
#ifndef APPLEPATH_DIAGNOSIS_ANSWERS_H
#define APPLEPATH_DIAGNOSIS_ANSWERS_H

#include "base/fact.h"
#include "diagnosis/networks.h"

enum answer_fault {
    ANSWER_CREDIBLE, /* nothing speaks against it */
    ANSWER_UNSPECIFIED,
    ANSWER_LOOPBACK,
    ANSWER_MULTICAST,
    ANSWER_PRIVATE,
    ANSWER_BLOCK_PAGE, /* a vendor's address for what it blocks */
    ANSWER_FOREIGN /* a name of Apple's own network, answered with somebody else's */
};

/* "unspecified", "private", ...: the words of a finding's `detail.answer`. */
const char *answer_fault_word(enum answer_fault fault);

/* What is wrong with an address as that of any service of Apple's; never ANSWER_FOREIGN.
 * IPv6 forms of Apple's and its CDNs' IPv4 addresses (RFC 6052) are credible. */
enum answer_fault answer_address_fault(const struct networks *networks,
                                       const struct address *address);

/* What is wrong with all the addresses of an answer; `address` is the first of them.
 * `chain`: it has a CNAME into Apple's zones or its CDNs'. Credible where one address
 * is, where there is none, and where the name is no row of the catalogue's or the
 * user's own. */
enum answer_fault answer_judge(const struct networks *networks, const struct fact_dns *dns,
                               bool chain, struct address *address);

#define ANSWER_EMBEDDED_LIMIT 6

/* The IPv4 addresses that an IPv6 address may carry, by the prefix lengths of RFC 6052
 * section 2.2; returns how many. */
size_t answer_embedded(const struct address *address,
                       struct address embedded[ANSWER_EMBEDDED_LIMIT]);

#endif
