/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adds up flows per client, server address and catalogue row, in a hash table
 * that grows.  Keys with a zero client or server hold the sums over all of them.
 */
#include "diagnosis/ledger.h"

#include <stdlib.h>
#include <string.h>

#define TALLY_LIMIT (size_t)(16u << 20)
#define NO_TALLY UINT32_MAX
static const struct address no_address;

/* How long before a silent SYN the client must have been seen to receive. */
#define VISIBLE_WINDOW (60 * NANOSECONDS_PER_SECOND)

/* The keys were made by the observing half under its own bounds, so that an
 * unkeyed mix does; what a hostile database could gain here is time only. */
static size_t key_mix(const struct address *client, const struct address *server, size_t row)
{
    uint64_t words[5];
    memcpy(&words[0], client->octets, 16);
    memcpy(&words[2], server->octets, 16);
    words[4] = row;
    uint64_t mixed = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < 5; i++) {
        mixed ^= words[i];
        mixed *= UINT64_C(0xff51afd7ed558ccd);
        mixed ^= mixed >> 32;
    }
    return (size_t)mixed;
}

static size_t tally_slot(const struct ledger *ledger, const struct address *client,
                         const struct address *server, size_t row)
{
    size_t at = key_mix(client, server, row) & ledger->slot_mask;
    while (ledger->slots[at] != NO_TALLY) {
        const struct tally *tally = &ledger->tallies[ledger->slots[at]];
        if (tally->row == row && address_equal(&tally->client, client) &&
            address_equal(&tally->server, server))
            break;
        at = (at + 1) & ledger->slot_mask;
    }
    return at;
}

static bool tallies_grow(struct ledger *ledger)
{
    size_t capacity = ledger->tally_capacity == 0 ? 1024 : ledger->tally_capacity * 2;
    if (capacity > TALLY_LIMIT)
        return false;
    struct tally *tallies = realloc(ledger->tallies, capacity * sizeof *tallies);
    if (tallies == NULL)
        return false;
    ledger->tallies = tallies;
    ledger->tally_capacity = capacity;
    uint32_t *slots = malloc(capacity * 2 * sizeof *slots);
    if (slots == NULL)
        return false;
    memset(slots, 0xff, capacity * 2 * sizeof *slots);
    free(ledger->slots);
    ledger->slots = slots;
    ledger->slot_mask = capacity * 2 - 1;
    for (size_t i = 0; i < ledger->tally_count; i++) {
        const struct tally *tally = &tallies[i];
        slots[tally_slot(ledger, &tally->client, &tally->server, tally->row)] = (uint32_t)i;
    }
    return true;
}

/* The tally of that key, made if need be; NULL when memory is out. */
static struct tally *tally_of(struct ledger *ledger, const struct address *client,
                              const struct address *server, size_t row)
{
    if (ledger->tally_count == ledger->tally_capacity && !tallies_grow(ledger)) {
        ledger->memory_out = true;
        return NULL;
    }
    size_t at = tally_slot(ledger, client, server, row);
    if (ledger->slots[at] == NO_TALLY) {
        struct tally *tally = &ledger->tallies[ledger->tally_count];
        memset(tally, 0, sizeof *tally);
        tally->client = *client;
        tally->server = *server;
        tally->row = row;
        tally->first_success = tally->last_success = TIMESTAMP_NONE;
        tally->first_failure = tally->last_failure = TIMESTAMP_NONE;
        ledger->slots[at] = (uint32_t)ledger->tally_count++;
    }
    return &ledger->tallies[ledger->slots[at]];
}

const struct tally *ledger_find(const struct ledger *ledger, const struct address *client,
                                const struct address *server, size_t row)
{
    if (ledger->tally_capacity == 0)
        return NULL;
    size_t at = tally_slot(ledger, client != NULL ? client : &no_address,
                           server != NULL ? server : &no_address, row);
    return ledger->slots[at] == NO_TALLY ? NULL : &ledger->tallies[ledger->slots[at]];
}

void ledger_match_flow(const struct ledger *ledger, const struct fact_flow *flow,
                       struct catalog_match *match)
{
    /* The name that the client had resolved says more than the SNI where both are
     * Apple's: couriers share one SNI (domain facts: N-courier). */
    const char *name = flow->resolved_name != NULL ? flow->resolved_name : flow->server_name;
    if (flow->server_name != NULL && !catalog_knows_name(ledger->catalog, flow->server_name) &&
        flow->resolved_name != NULL)
        name = flow->server_name;
    catalog_match(ledger->catalog, name, &flow->server.address, flow->server.port,
                  flow->transport, match);
}

enum attempt ledger_judge(const struct fact_flow *flow)
{
    bool tcp = flow->transport == TRANSPORT_TCP;
    switch (flow->outcome) {
    case OUTCOME_ANSWERED:
    case OUTCOME_CLOSED:
    case OUTCOME_RESET:
        return !tcp || flow->syn_ack_time != TIMESTAMP_NONE || flow->server_bytes > 0
                   ? ATTEMPT_SUCCESS
                   : ATTEMPT_UNDECIDED;
    case OUTCOME_SILENT:
        if (flow->midstream)
            return ATTEMPT_UNDECIDED;
        /* One SYN proves nothing: the race of address families drops losers. */
        return (tcp ? flow->syns : flow->client_packets) >= 2 ? ATTEMPT_SILENT
                                                              : ATTEMPT_UNDECIDED;
    case OUTCOME_REFUSED:
        return ATTEMPT_REFUSED;
    case OUTCOME_REJECTED:
        return flow->has_icmp ? ATTEMPT_REJECTED : ATTEMPT_UNDECIDED;
    case OUTCOME_UNKNOWN:
        break;
    }
    return ATTEMPT_UNDECIDED;
}

static void tally_add(struct tally *tally, const struct fact_flow *flow, enum attempt attempt)
{
    if (tally == NULL)
        return;
    tally->counts[attempt]++;
    tally->transport = flow->transport;
    tally->port = flow->server.port;
    int64_t time = flow->first_time;
    if (attempt == ATTEMPT_SUCCESS) {
        if (tally->first_success == TIMESTAMP_NONE || time < tally->first_success)
            tally->first_success = time;
        if (time > tally->last_success)
            tally->last_success = time;
    } else if (attempt != ATTEMPT_UNDECIDED) {
        if (tally->first_failure == TIMESTAMP_NONE || time < tally->first_failure)
            tally->first_failure = time;
        if (flow->last_time > tally->last_failure)
            tally->last_failure = flow->last_time;
        if (tally->failed_flow_count < TALLY_FLOWS)
            tally->failed_flows[tally->failed_flow_count++] = flow->id;
    }
    if (attempt == ATTEMPT_REJECTED && tally->icmp_ttl == 0) {
        tally->icmp_sender = flow->icmp_sender;
        tally->icmp_ttl = flow->icmp_ttl;
        tally->icmp_type = flow->icmp_type;
        tally->icmp_code = flow->icmp_code;
    }
    if (attempt == ATTEMPT_REFUSED && tally->reset_ttl == 0)
        tally->reset_ttl = flow->reset_ttl;
}

static void tally_name(struct ledger *ledger, struct tally *tally, const struct fact_flow *flow)
{
    const char *name = flow->resolved_name != NULL ? flow->resolved_name : flow->server_name;
    if (tally == NULL || name == NULL || (tally->name != NULL && strcmp(tally->name, name) == 0))
        return;
    tally->name = arena_copy(ledger->arena, name);
}

static bool ledger_take_flow(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    const struct fact_flow *flow = &fact->as.flow;
    struct catalog_match match;
    ledger_match_flow(ledger, flow, &match);
    enum attempt attempt = ledger_judge(flow);
    if (flow->last_time > ledger->last_time)
        ledger->last_time = flow->last_time;
    if (match.primary == CATALOG_NO_SERVICE)
        return true;
    ledger->apple_flows++;
    ledger->answered_flows += flow->server_packets > 0;
    const struct address *client = &flow->client.address;
    const struct address *server = &flow->server.address;
    struct tally *exact = tally_of(ledger, client, server, match.primary);
    tally_add(exact, flow, attempt);
    tally_name(ledger, exact, flow);
    tally_add(tally_of(ledger, client, &no_address, match.primary), flow, attempt);
    tally_add(tally_of(ledger, client, server, ROW_ANY), flow, attempt);
    tally_add(tally_of(ledger, client, &no_address, ROW_ANY), flow, attempt);
    if (strcmp(catalog_service(ledger->catalog, match.primary)->category, "apns") == 0)
        tally_add(tally_of(ledger, client, &no_address, ROW_APNS), flow, attempt);
    for (size_t i = 0; i < match.count && attempt != ATTEMPT_UNDECIDED; i++) {
        ledger->row_attempts[match.services[i]]++;
        ledger->row_successes[match.services[i]] += attempt == ATTEMPT_SUCCESS;
    }
    return !ledger->memory_out && !ledger->arena->failed;
}

static int host_compare(const void *left, const void *right)
{
    const struct fact_host *one = left;
    const struct fact_host *two = right;
    return address_compare(&one->address, &two->address);
}

static void host_add_up(struct fact_host *sum, const struct fact_host *more)
{
    sum->packets_sent += more->packets_sent;
    sum->packets_received += more->packets_received;
    sum->other_tcp_opened += more->other_tcp_opened;
    sum->other_tcp_answered += more->other_tcp_answered;
    sum->other_tcp_silent += more->other_tcp_silent;
    sum->other_tcp_refused += more->other_tcp_refused;
    sum->one_sided_sent += more->one_sided_sent;
    sum->one_sided_received += more->one_sided_received;
    if (more->last_received_time > sum->last_received_time)
        sum->last_received_time = more->last_received_time;
    if (more->last_time > sum->last_time)
        sum->last_time = more->last_time;
    if (sum->first_time == TIMESTAMP_NONE || more->first_time < sum->first_time)
        sum->first_time = more->first_time;
    if (!sum->has_mac && more->has_mac) {
        sum->has_mac = true;
        sum->mac = more->mac;
    }
}

static bool ledger_take_host(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    if (ledger->host_count == ledger->host_capacity) {
        size_t capacity = ledger->host_capacity == 0 ? 256 : ledger->host_capacity * 2;
        struct fact_host *hosts = realloc(ledger->hosts, capacity * sizeof *hosts);
        if (hosts == NULL) {
            ledger->memory_out = true;
            return false;
        }
        ledger->hosts = hosts;
        ledger->host_capacity = capacity;
    }
    ledger->hosts[ledger->host_count++] = fact->as.host;
    return true;
}

/* Several runs in one database may know the same host: one entry for each. */
static void hosts_merge(struct ledger *ledger)
{
    if (ledger->host_count == 0)
        return;
    qsort(ledger->hosts, ledger->host_count, sizeof *ledger->hosts, host_compare);
    size_t kept = 1;
    for (size_t i = 1; i < ledger->host_count; i++) {
        if (host_compare(&ledger->hosts[kept - 1], &ledger->hosts[i]) == 0)
            host_add_up(&ledger->hosts[kept - 1], &ledger->hosts[i]);
        else
            ledger->hosts[kept++] = ledger->hosts[i];
    }
    ledger->host_count = kept;
}

static bool ledger_take_totals(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    struct fact_totals *sum = &ledger->totals;
    const struct fact_totals *more = &fact->as.totals;
    sum->packets += more->packets;
    sum->flows += more->flows;
    sum->apple_flows += more->apple_flows;
    sum->midstream_flows += more->midstream_flows;
    sum->evicted_flows += more->evicted_flows;
    sum->two_sided_tcp += more->two_sided_tcp;
    sum->client_only_tcp += more->client_only_tcp;
    sum->server_only_tcp += more->server_only_tcp;
    sum->fragments_dropped += more->fragments_dropped;
    sum->stream_gaps += more->stream_gaps;
    return true;
}

bool ledger_load(struct ledger *ledger, struct problem *problem)
{
    size_t rows = catalog_count(ledger->catalog);
    ledger->last_time = TIMESTAMP_NONE;
    ledger->row_attempts = calloc(rows + 1, sizeof *ledger->row_attempts);
    ledger->row_successes = calloc(rows + 1, sizeof *ledger->row_successes);
    bool ok = ledger->row_attempts != NULL && ledger->row_successes != NULL;
    if (!ok)
        ledger->memory_out = true;
    ok = ok && facts_read(ledger->store, FACT_TOTALS, ledger->selection, ledger_take_totals,
                          ledger, problem);
    ok = ok && facts_read(ledger->store, FACT_HOST, NULL, ledger_take_host, ledger, problem);
    ok = ok && facts_read(ledger->store, FACT_FLOW, ledger->selection, ledger_take_flow, ledger,
                          problem);
    if (ledger->memory_out || ledger->arena->failed)
        return problem_set(problem, "memory is out while the facts are added up; "
                                    "limit the report with --since, --until or --device");
    hosts_merge(ledger);
    return ok;
}

void ledger_release(struct ledger *ledger)
{
    free(ledger->tallies);
    free(ledger->slots);
    free(ledger->hosts);
    free(ledger->row_attempts);
    free(ledger->row_successes);
}

const struct fact_host *ledger_host(const struct ledger *ledger, const struct address *address)
{
    struct fact_host key = {.address = *address};
    if (ledger->host_count == 0)
        return NULL;
    return bsearch(&key, ledger->hosts, ledger->host_count, sizeof *ledger->hosts, host_compare);
}

bool ledger_sees_answers(const struct ledger *ledger)
{
    const struct fact_totals *totals = &ledger->totals;
    /* Connections that go on although their server is never heard: the capture
     * has one direction only, of all or of some of the traffic. */
    if (totals->client_only_tcp * 5 > totals->two_sided_tcp)
        return false;
    for (size_t i = 0; i < ledger->host_count; i++)
        if (ledger->hosts[i].packets_received > 0)
            return true;
    return false;
}

bool ledger_sees_answers_to(const struct ledger *ledger, const struct address *client,
                            int64_t around)
{
    if (!ledger_sees_answers(ledger))
        return false;
    const struct fact_host *host = ledger_host(ledger, client);
    if (host == NULL || host->packets_received == 0)
        return false;
    return host->one_sided_sent == 0 && host->last_received_time >= around - VISIBLE_WINDOW;
}
