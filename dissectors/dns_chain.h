/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where may a client now connect to, and under which name?  From the addresses
 * of an answer at the end of its chain of aliases.
 */
#ifndef APPLEPATH_DISSECTORS_DNS_CHAIN_H
#define APPLEPATH_DISSECTORS_DNS_CHAIN_H

#include "dissectors/dns_transactions.h"

/* Its addresses are noted soon: fetches where that begins. */
void dns_chain_fetch(const struct dns_exchange *exchange);

/* Would noting them change anything?  What is of no interest need only replace what addresses
 * were known by before. A glance at the message will do. */
bool dns_chain_matters(const struct dns_exchange *exchange, bool wanted);

/* Remembers the answer's addresses for its client (and for the station that its
 * packet goes to) under the name that was asked for; as of no interest where the
 * name is not wanted. */
void dns_chain_note(const struct dns_exchange *exchange, const char *asked, bool wanted);

#endif
