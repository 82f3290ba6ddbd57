/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was tried and what became of it: one pass over the stored flows and one
 * over the hosts, added up so that rules can ask for any client, server address
 * and catalogue row.  Time and memory grow linearly with what is stored.
 */
#ifndef APPLEPATH_DIAGNOSIS_LEDGER_H
#define APPLEPATH_DIAGNOSIS_LEDGER_H

#include "base/arena.h"
#include "catalog/hosts.h"
#include "diagnosis/tallies.h"
#include "storage/facts.h"

struct networks;

/* Rows beyond the catalogue's. */
#define ROW_ANY (SIZE_MAX - 1) /* whatever port of an address */
#define ROW_APNS (SIZE_MAX - 2) /* devices' connections to couriers, on any port */
#define ROW_PROVIDER (SIZE_MAX - 3) /* push providers' connections, on any port */
#define ROW_RESOLVER (SIZE_MAX - 4) /* a resolver's TCP port 53, per client and server */

#define LEDGER_PROXY_LIMIT 8

struct timeline_tally; /* diagnosis/timeline.h */
struct step_flow; /* diagnosis/stories.c */
struct time_flow; /* diagnosis/time_answers.c */

/* One address of a device. */
struct mac_owner {
    struct mac mac;
    struct address address;
};

/* The addresses of one device among the ledger's mac_owners. */
struct owner_run {
    size_t first;
    size_t count; /* 0: nobody knows whose it is */
};

/* An address that DHCP gave, and to whom. */
struct device_lease {
    struct address address;
    struct mac mac;
};

/* What became of a host's connections to others than Apple, by time, in one run. */
struct other_run {
    struct address host;
    int64_t start;
    int64_t span;
    const char *marks; /* enum other_mark */
};

/* What a device called itself in DHCP. */
struct device_name {
    struct mac mac;
    const char *name;
    int64_t time;
};

struct ledger {
    struct store *store;
    const struct catalog *catalog;
    const struct networks *networks; /* diagnosis/networks.h */
    const struct fact_selection *selection;
    struct arena *arena;
    bool threads; /* one of its own may read the store */
    struct tallies tallies;
    struct fact_host *hosts; /* by address, runs added up */
    size_t host_count;
    size_t host_capacity;
    uint32_t *host_slots; /* a hash table of them: places, plus 1; 0: free */
    size_t host_mask;
    struct other_run *other_runs; /* by host; diagnosis/control_group.c */
    size_t other_run_count;
    size_t other_run_capacity;
    uint8_t *host_hops; /* per host, see diagnosis/devices.c */
    struct owner_run *owner_runs; /* per host */
    struct mac_owner *mac_owners; /* by device, then address */
    size_t mac_owner_count;
    struct device_lease *leases; /* by address */
    size_t lease_count;
    size_t lease_capacity;
    struct device_name *names; /* by MAC, the latest first */
    size_t name_count;
    size_t name_capacity;
    struct fact_totals totals;
    uint64_t *row_attempts; /* per catalogue row, all rows that cover a flow */
    uint64_t *row_successes;
    uint64_t apple_flows;
    bool has_outages; /* any tally has one */
    uint64_t answered_flows; /* of them, flows in which a server spoke */
    int64_t last_time; /* of anything stored */
    uint64_t *failed_handshakes; /* diagnosis/coverage.c */
    size_t failed_handshake_count, failed_handshake_capacity;
    uint64_t *torn_flows; /* that a RST tore down, sorted */
    size_t torn_flow_count, torn_flow_capacity;
    struct step_flow *step_flows; /* diagnosis/stories.c */
    size_t step_flow_count, step_flow_capacity;
    struct time_flow *time_flows; /* diagnosis/time_answers.c */
    size_t time_flow_count, time_flow_capacity;
    struct timeline_tally *times; /* diagnosis/timeline.c; NULL: not wanted */
    struct address proxies[LEDGER_PROXY_LIMIT]; /* diagnosis/path.c */
    size_t proxy_count;
    bool sees_answers; /* see ledger_sees_answers */
    bool memory_out;
};

/* Reads the store. False and a problem when the database or memory fails. */
bool ledger_load(struct ledger *ledger, struct problem *problem);
void ledger_release(struct ledger *ledger);

/* NULL when nothing was tried. Zero addresses (NULL) mean all; a server's sums
 * are kept of what opened alone. */
const struct tally *ledger_find(const struct ledger *ledger, const struct address *client,
                                const struct address *server, size_t row);

/* Did this client ever open that port of that address, whatever the name? */
bool ledger_port_opens(const struct ledger *ledger, const struct address *client,
                       const struct address *server, uint8_t transport, uint16_t port);

/* What became of the client's connections to that resolver's TCP port 53; NULL when
 * there were none. */
const struct tally *ledger_resolver(const struct ledger *ledger, const struct address *client,
                                    const struct address *resolver);

/* Does this client reach that name in that row at other times, or at another
 * address? `name`: the one it used, NULL if it used none. */
bool ledger_reaches(const struct ledger *ledger, const struct address *client, size_t row,
                    const char *name);

/* In which run of connections that were torn down was this one, of something that works at
 * other times? NULL: in none, or it is no more than bad luck. */
const struct outage *ledger_torn_run(const struct ledger *ledger, const struct address *client,
                                     size_t row, const char *name, int64_t time);

/* The same, or push on another of its ports; from any address of the same device. */
bool ledger_serves(const struct ledger *ledger, const struct address *client, size_t row,
                   const char *name);

/* How did the last decided attempt of this client at that name in that row end? */
enum attempt ledger_last_attempt(const struct ledger *ledger, const struct address *client,
                                 size_t row, const char *name);

/* Host counters of a client; NULL when it has none. */
const struct fact_host *ledger_host(const struct ledger *ledger, const struct address *address);

/* Does the report cover a device or a time only? */
static inline bool ledger_is_selection(const struct ledger *ledger)
{
    const struct fact_selection *selection = ledger->selection;
    return selection != NULL && (selection->device != NULL || selection->since != TIMESTAMP_NONE ||
                                 selection->until != TIMESTAMP_NONE);
}

/* Is the capture able to show answers? Only then does their absence count. */
bool ledger_sees_answers(const struct ledger *ledger);

/* The same for one client around a time: something reached it in the capture, and
 * its connections do not go on with an unseen other side. */
bool ledger_sees_answers_to(const struct ledger *ledger, const struct address *client,
                            int64_t around);

/* Had nothing at all reached the client's device by then, though something did later? Its
 * network let it in only afterwards (802.1X, a firewall that learns users): silence until
 * then is no row's. */
bool ledger_is_before_network(const struct ledger *ledger, const struct address *client,
                              int64_t last);

/* The share of packets around this client (NULL, or one that is not known: of all) that
 * the capture lost, at least: as much as acknowledgments show. */
double ledger_loss(const struct ledger *ledger, const struct address *client);

#endif
