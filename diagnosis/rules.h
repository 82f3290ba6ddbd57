/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules: each looks at the ledger and the stored facts and drafts findings
 * of its kind.  To add one, write the function in its family's file and add one
 * line to diagnosis/rules.c.
 */
#ifndef APPLEPATH_DIAGNOSIS_RULES_H
#define APPLEPATH_DIAGNOSIS_RULES_H

#include "diagnosis/builder.h"

/* False when the database fails (builder->problem says how). */
typedef bool rule(struct builder *builder);

rule rule_names; /* names.c: dns-unanswered, cname-squashed, dns-blocked; hijacks.c:
                  * dns-hijacked; before the rules about flows */
rule rule_encrypted_names; /* encrypted_names.c: dns-encrypted */
rule rule_ports; /* reachability.c: port-blocked */
rule rule_quic; /* reachability.c: quic-blocked */
rule rule_legacy_ports; /* reachability.c: legacy-port */
rule rule_interception; /* interception.c: certificate-intercepted; before the rules about
                          * resets and handshakes */
rule rule_resets; /* resets.c: connection-reset */
rule rule_idle; /* idle.c: idle-timeout */
rule rule_clock; /* clock.c: ntp-bad-time */
rule rule_proxies; /* proxies.c: proxy-refused, -authentication, -unsupported, cname-squashed */
rule rule_portals; /* portals.c: captive-portal */
rule rule_autoconfig; /* autoconfig.c: proxy-autoconfig */
rule rule_handshakes; /* handshakes.c: handshake-stalled, tls-rejected, tls-interception-suspected;
                       * after rule_clock */
rule rule_capture_condition; /* quality.c: capture-one-sided, -truncated, -duplicated, -loss */

rule rule_common_causes; /* common_causes.c: none of its own; joins what one cause does to many */
rule rule_absence; /* absence.c: none of its own; what rests on silence in a lossy capture */

/* Runs all of them in order; false when the database fails. */
bool rules_run(struct builder *builder);

#endif
