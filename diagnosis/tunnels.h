/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of each CONNECT?  The flows through proxies, in the order of proxy,
 * client, host and port.
 */
#ifndef APPLEPATH_DIAGNOSIS_TUNNELS_H
#define APPLEPATH_DIAGNOSIS_TUNNELS_H

#include "diagnosis/builder.h"

enum tunnel_result {
    TUNNEL_UNKNOWN,
    TUNNEL_OPEN,
    TUNNEL_REFUSED,
    TUNNEL_UNAUTHORIZED,
    TUNNEL_SILENT
};

/* One flow through a proxy. */
struct tunnel {
    struct address proxy;
    struct address client;
    const char *group; /* its host; one word for all numbered couriers */
    const char *name;
    size_t row;
    uint64_t flow;
    uint64_t client_bytes;
    int64_t time;
    int64_t last_time;
    uint16_t port;
    uint16_t status;
    enum tunnel_result result;
};

struct tunnels {
    struct builder *builder;
    struct tunnel *list;
    size_t count;
    size_t capacity;
    bool ok;
};

/* Reads them from the store, sorted; names are the arena's. False when the database
 * or memory fails; `list` is to be freed in any case. */
bool tunnels_load(struct tunnels *tunnels);

/* The order of groups: by proxy, client, host, port. */
int tunnels_compare_groups(const struct tunnel *one, const struct tunnel *two);

#endif
