/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which part of the facts of one kind does a rule want?  The database leaves out the
 * rest, which is much quicker than to read it: a million flows are seldom of one
 * rule's matter.
 */
#ifndef APPLEPATH_STORAGE_SHARES_H
#define APPLEPATH_STORAGE_SHARES_H

/* The SQL for "no application data was seen". */
#define WITHOUT_DATA "coalesce(client_data_records, 0) + coalesce(server_data_records, 0) = 0"

/* The same for the few questions that rules ask for by name: an index has them. */
#define ASKED_FOR "type = 16 OR lower(substr(name, 1, 4)) IN ('mask', 'wpad')"

/* The packets that a flow opened with are in its row alone: the SYN that it begins with, and
 * the SYN/ACK that its server begins with. The other columns of their rows are NULL. */
#define OPENED_BY_SYN "begins_with_syn"
#define OPENED_BY_SYN_ACK "syn_ack_packet IS NOT NULL"

/* Flows, TLS and DNS as facts_read gives them.  In short: the fields that
 * storage/short_forms.c lists, the others as if they were not known. */
enum fact_share {
    SHARE_FLOWS_IN_SHORT, /* all of them */
    SHARE_FLOWS_RESET, /* by outcome */
    SHARE_FLOWS_TUNNELLED, /* by CONNECT */
    SHARE_FLOWS_HIDING_NAMES, /* with a name_privacy */
    SHARE_FLOWS_OF_IDLE_PUSH, /* of push that ended after a quiet */
    SHARE_FLOWS_LOSSY, /* segments of them are not in the capture */
    SHARE_FLOWS_WITH_CHAIN, /* with certificates in clear */
    SHARE_TLS_WITH_CHAIN,
    SHARE_TLS_WITHOUT_DATA, /* no application data was seen */
    SHARE_FLOWS_WITHOUT_DATA, /* of those */
    SHARE_DNS_IN_SHORT, /* all of them, by identity */
    SHARE_DNS_OF_PUSH, /* the TXT query for push.apple.com */
    SHARE_DNS_OF_RELAY, /* names of Private Relay, and some like them */
    SHARE_DNS_OF_WPAD,
    SHARE_HTTP_IN_SHORT, /* all of them: what was asked of whom, and the answer's status */
    SHARE_HTTP_PROBES,
    SHARE_HTTP_AUTOCONFIG, /* by purpose */
    SHARE_COUNT
};

#endif
