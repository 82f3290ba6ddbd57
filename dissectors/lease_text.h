/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do the options of DHCP and of router advertisements become text?  Foreign
 * bytes come in, printable text of bounded size goes out; lists are joined by
 * commas, and what does not fit is left out whole.
 */
#ifndef APPLEPATH_DISSECTORS_LEASE_TEXT_H
#define APPLEPATH_DISSECTORS_LEASE_TEXT_H

#include "base/address.h"
#include "base/bytes.h"

#define LEASE_TEXT_SIZE 256 /* with its terminator */
#define LEASE_URL_SIZE 512

/* Replaces `text` by the bytes up to the first zero, without white space at the end.
 * `size` is that of the buffer. They are foreign still. */
void lease_text_set(char *text, size_t size, struct bytes foreign);

/* Each byte that is not printable UTF-8 becomes '?'. */
void lease_text_clean(char *text);

/* Adds one element to a list, unless it is empty, there already, or does not fit. */
void lease_list_add(char *list, size_t size, const char *element);

/* The same, though the element may be there, but not as the last one. */
void lease_list_append(char *list, size_t size, const char *element);

/* Adds a number in decimal digits. */
void lease_list_number(char *list, size_t size, unsigned number);

/* Adds each IPv4 (IPv6) address of the bytes. */
void lease_list_ipv4(char *list, size_t size, struct bytes addresses);
void lease_list_ipv6(char *list, size_t size, struct bytes addresses);

/* Adds names in DNS wire form (RFC 1035 section 3.1). `whole` is what compression
 * pointers count from: RFC 3397 allows them; empty where they are forbidden. */
void lease_list_names(char *list, size_t size, struct bytes names, struct bytes whole);

#endif
