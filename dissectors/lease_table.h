/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has each device been told so far, and which of it is known already?
 * Exchanges that are under way, by device, in a table of fixed size: who comes when
 * its place is full drives out the oldest there, which is told as it stands.
 */
#ifndef APPLEPATH_DISSECTORS_LEASE_TABLE_H
#define APPLEPATH_DISSECTORS_LEASE_TABLE_H

#include "dissectors/lease_text.h"
#include "flows/observation.h"

/* One exchange. Lists are comma-separated; "" is unknown. */
struct lease {
    enum lease_source source;
    struct mac mac;
    bool has_mac;
    uint32_t transaction;
    bool asked; /* a message of the device's was seen */
    bool offered;
    bool told;
    struct address address;
    struct address server;
    char messages[128];
    char client_name[LEASE_TEXT_SIZE];
    char vendor_class[LEASE_TEXT_SIZE];
    char requested[LEASE_TEXT_SIZE];
    char routers[LEASE_TEXT_SIZE];
    char resolvers[LEASE_TEXT_SIZE];
    char domain[LEASE_TEXT_SIZE];
    char time_servers[LEASE_TEXT_SIZE];
    char captive_url[LEASE_URL_SIZE];
    char autoconfig_url[LEASE_URL_SIZE];
    char nat64_prefix[ADDRESS_TEXT_SIZE + 4];
    uint32_t lease_seconds;
    int64_t first_time;
    uint64_t first_packet;
    bool answered;
    int64_t answer_time;
    uint64_t answer_packet;
};

/* Who is told: a MAC, or 128 bits that stand for a DUID or an address. */
struct lease_key {
    uint64_t words[2];
};

struct lease_table;

/* NULL when there is no memory. */
void *lease_table_create(void);
void lease_table_release(void *table);

/* The key of any run of bytes. Keyed anew for each table: nobody can aim. */
struct lease_key lease_table_key(const struct lease_table *table, struct bytes identity);

/* The exchange of that device that a message with this transaction belongs to, made
 * if need be; an older one is told first. `follows`: the message goes on with what
 * has been offered, though its transaction may be another. NULL: the message
 * belongs to nothing that is open, or there is no memory. */
struct lease *lease_table_message(struct lease_table *table, struct observation *observation,
                                  const struct packet *packet, struct lease_key key,
                                  uint32_t transaction, bool from_device, bool follows);

/* The exchange is complete: tells it, unless it is a renewal that says nothing new.
 * The lease is not to be used any more. */
void lease_table_complete(struct lease_table *table, struct observation *observation,
                          struct lease_key key, struct lease *lease);

/* Tells what an advertisement says, once for each content of the same sender. */
void lease_table_advertised(struct lease_table *table, struct observation *observation,
                            struct lease *lease);

/* Tells all that is open. */
void lease_table_finish(void *table, struct observation *observation);

/* The same in a snapshot: what has been open for a while. */
void lease_table_stand(const void *table, struct observation *observation);

#endif
