/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the data of a resource record say?  As text in the presentation
 * form of its type (RFC 1035 section 3.3, RFC 9460 section 2.1).
 */
#ifndef APPLEPATH_DISSECTORS_DNS_DATA_H
#define APPLEPATH_DISSECTORS_DNS_DATA_H

#include "dissectors/dns_text.h"

/* Takes an address off the front of `data`: of 4 octets an IPv4 address, of 16 an IPv6 one. */
bool MUST_CHECK dns_address_take(struct bytes *data, size_t length, struct address *address);

/* Adds the text of `data`, a part of `whole`, by `record->type`, and sets
 * `record->address` for A and AAAA. False when the data is not what the type
 * says: the text and the address are then not to be used. */
bool dns_data_add(struct dns_text *text, struct bytes whole, struct bytes data,
                  struct dns_record *record);

#endif
