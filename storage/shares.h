/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which part of the facts of one kind does a rule want?  The database leaves out the
 * rest, which is much quicker than to read it: a million flows are seldom of one
 * rule's matter.
 */
#ifndef APPLEPATH_STORAGE_SHARES_H
#define APPLEPATH_STORAGE_SHARES_H

/* Flows, TLS and DNS as facts_read gives them.  IN_SHORT: without what stands after
 * icmp_ttl in the table (packets, marks, what RST and ICMP error looked like). */
enum fact_share {
    SHARE_FLOWS_IN_SHORT, /* all of them */
    SHARE_FLOWS_RESET, /* by outcome */
    SHARE_FLOWS_TUNNELLED, /* by CONNECT */
    SHARE_FLOWS_OF_TIME, /* to port 123 */
    SHARE_FLOWS_HIDING_NAMES, /* with a name_privacy */
    SHARE_FLOWS_OF_IDLE_PUSH, /* of push that ended after a quiet */
    SHARE_FLOWS_WITH_CHAIN, /* in short: with certificates in clear */
    SHARE_TLS_WITH_CHAIN,
    SHARE_TLS_WITH_ALERT,
    SHARE_DNS_OF_RELAY, /* names of Private Relay, and some like them */
    SHARE_DNS_OF_WPAD,
    SHARE_COUNT
};

#endif
