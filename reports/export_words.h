/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words by which other tools call what facts hold as numbers, and the
 * identifiers that they expect of a flow.
 */
#ifndef APPLEPATH_REPORTS_EXPORT_WORDS_H
#define APPLEPATH_REPORTS_EXPORT_WORDS_H

#include "base/fact.h"

#define EXPORT_WORD_SIZE 16 /* for a number that has no word */
#define EXPORT_UID_SIZE 19

/* "AAAA"; "TYPE4711" (RFC 3597) where the type has no name. */
const char *export_dns_type(uint16_t type, char word[EXPORT_WORD_SIZE]);

/* "NXDOMAIN"; its number where it has no name. */
const char *export_dns_rcode(uint8_t rcode, char word[EXPORT_WORD_SIZE]);

/* "tcp", "udp", "icmp", "ipv6-icmp"; the number else. */
const char *export_transport(uint8_t transport, char word[EXPORT_WORD_SIZE]);

/* As Zeek's ssl.log has them: "TLSv13"; NULL where there is none. */
const char *export_tls_version(uint16_t version);
const char *export_tls_group(uint16_t group);
const char *export_tls_alert(uint8_t alert);

/* Zeek's name of a protocol: "ssl" for "tls"; the same else. */
const char *export_service(const char *protocol);

/* Zeek's summary of how a connection went: "S0", "SF", "REJ", ... */
const char *export_connection_state(const struct fact_flow *flow);

/* The same for the same flow of the same database (`identity`), and for no other;
 * `flow` 0, a flow that is not known: "". */
const char *export_uid(uint64_t identity, uint64_t flow, char uid[EXPORT_UID_SIZE]);

/* Likewise as a number that every JSON reader holds exactly (below 2 to the 53rd). */
uint64_t export_flow_number(uint64_t identity, uint64_t flow);

#endif
