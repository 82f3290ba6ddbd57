/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does one more DNS message mean for what is known of the run's queries?
 * UDP and TCP bring their messages here, so that both are judged alike.
 */
#ifndef APPLEPATH_DISSECTORS_DNS_EXCHANGE_H
#define APPLEPATH_DISSECTORS_DNS_EXCHANGE_H

#include "dissectors/dissector.h"
#include "dissectors/dns_resolvers.h"
#include "dissectors/dns_transactions.h"

#define DNS_PORT 53

/* The state of the run, shared by the dissectors of both transports. */
struct dns_run {
    struct dns_transactions transactions;
    struct dns_resolvers resolvers;
    struct dns_message message; /* the one just read */
};

/* Reads one message of the flow. `transaction` is set to the one that a query
 * opened, otherwise to NULL. False when it is no DNS message. */
bool dns_exchange_read(const struct dissector_call *call, struct bytes content, bool doubtful,
                       const struct dns_transaction **transaction);

/* The capture may have lost the answer to this open query: it is not told, and is
 * taken back from its resolver's totals. */
void dns_exchange_doubt(struct dns_run *run, struct dns_transaction *transaction);

#endif
