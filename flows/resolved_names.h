/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which name had this client just resolved when it connected to that address?
 * The name is the one it asked for, at the head of the CNAME chain.  Bounded:
 * the pair that was learned longest ago makes room for a new one.  VLAN and tunnel do
 * not count: a question and the connection after it may come by different ones.
 */
#ifndef APPLEPATH_FLOWS_RESOLVED_NAMES_H
#define APPLEPATH_FLOWS_RESOLVED_NAMES_H

#include <stdbool.h>

#include "base/address.h"

struct resolved_names;

/* At most `limit` pairs of client and address. NULL when there is no memory. */
struct resolved_names *resolved_names_create(uint32_t limit);
void resolved_names_release(struct resolved_names *names);

/* A device asks over one address family and connects over the other: this stands for
 * it by its hardware address, as a client that no packet can have. */
struct address resolved_names_station(const struct mac *mac);

/* Where no packet shows a hardware address: whoever asks over IPv4 (else: over IPv6), and
 * what a client is connected with that asks over its own address family. */
struct address resolved_names_anyone(bool over_ipv4);
struct address resolved_names_asker(void);

/* The same as resolved_names_add for many clients at once: an address that stood for two
 * names stands for none from then on. */
void resolved_names_add_common(struct resolved_names *names, const struct address *clients,
                               const struct address *server, const char *name);

/* `name` NULL: the client resolved something that is of no interest, which
 * replaces what the address stood for before. The name is copied. */
void resolved_names_add(struct resolved_names *names, const struct address *client,
                        const struct address *server, const char *name);

/* The last name; NULL when none is known or it was of no interest. Good
 * until the next one is added. */
const char *resolved_names_find(const struct resolved_names *names, const struct address *client,
                                const struct address *server);

/* Could this server have a name, of whatever client? Where it has none, that has nothing to
 * replace. And: that is asked soon. */
bool resolved_names_has_server(const struct resolved_names *names, const struct address *server);
void resolved_names_fetch(const struct resolved_names *names, const struct address *server);

/* What these two are known by is looked for soon: fetches where that begins, and answers what
 * resolved_names_fetch_pair needs, once that has come, to fetch the rest; 0: nothing. */
uint32_t resolved_names_fetch_bucket(const struct resolved_names *names,
                                     const struct address *client, const struct address *server);
void resolved_names_fetch_pair(const struct resolved_names *names, uint32_t place);

/* Was there ever no memory for a name? */
bool resolved_names_memory_out(const struct resolved_names *names);

/* Does the pool still have this name, of whatever client? */
bool resolved_names_knows(const struct resolved_names *names, const char *name);

#endif
