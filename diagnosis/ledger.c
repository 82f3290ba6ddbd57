/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adds up flows per client, server address and catalogue row, in a hash table
 * that grows.  Keys with a zero client or server hold the sums over all of them.
 */
#include "diagnosis/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/coverage.h"
#include "diagnosis/devices.h"
#include "diagnosis/outages.h"
#include "diagnosis/path.h"
#include "diagnosis/stories.h"
#include "diagnosis/timeline.h"
#include "diagnosis/totals.h"

#define TALLY_LIMIT (size_t)(16u << 20)
#define NO_TALLY UINT32_MAX

/* How long before a silent SYN the client must have been seen to receive. */
#define VISIBLE_WINDOW (60 * NANOSECONDS_PER_SECOND)

#define DNS_PORT 53
#define ROW_NAMED (SIZE_MAX / 2) /* added to a row: sums of one name within it */

/* The keys were made by the observing half under its own bounds, so that an
 * unkeyed mix does; what a hostile database could gain here is time only. */
static size_t key_mix(const struct tally *key)
{
    uint64_t words[6];
    memcpy(&words[0], key->client.octets, 16);
    memcpy(&words[2], key->server.octets, 16);
    words[4] = key->row;
    words[5] = key->port_key;
    uint64_t mixed = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < 6; i++) {
        mixed ^= words[i];
        mixed *= UINT64_C(0xff51afd7ed558ccd);
        mixed ^= mixed >> 32;
    }
    return (size_t)mixed;
}

static size_t tally_slot(const struct ledger *ledger, const struct tally *key)
{
    size_t at = key_mix(key) & ledger->slot_mask;
    while (ledger->slots[at] != NO_TALLY) {
        const struct tally *tally = &ledger->tallies[ledger->slots[at]];
        if (tally->row == key->row && tally->port_key == key->port_key &&
            address_equal(&tally->client, &key->client) &&
            address_equal(&tally->server, &key->server))
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
    uint32_t *slots = malloc(capacity * 2 * sizeof *slots);
    if (slots == NULL)
        return false;
    memset(slots, 0xff, capacity * 2 * sizeof *slots);
    free(ledger->slots);
    ledger->slots = slots;
    ledger->slot_mask = capacity * 2 - 1;
    ledger->tally_capacity = capacity;
    for (size_t i = 0; i < ledger->tally_count; i++)
        slots[tally_slot(ledger, &tallies[i])] = (uint32_t)i;
    return true;
}

static struct tally tally_key(const struct address *client, const struct address *server,
                              size_t row, uint32_t port_key)
{
    struct tally key;
    memset(&key, 0, sizeof key);
    if (client != NULL)
        key.client = *client;
    if (server != NULL)
        key.server = *server;
    key.row = row;
    key.port_key = port_key;
    key.first_success = key.last_success = TIMESTAMP_NONE;
    key.first_failure = key.last_failure = TIMESTAMP_NONE;
    return key;
}

/* The tally of that key, made if need be; NULL when memory is out. */
static struct tally *tally_of(struct ledger *ledger, const struct address *client,
                              const struct address *server, size_t row, uint32_t port_key)
{
    struct tally key = tally_key(client, server, row, port_key);
    if (ledger->tally_count == ledger->tally_capacity && !tallies_grow(ledger)) {
        ledger->memory_out = true;
        return NULL;
    }
    size_t at = tally_slot(ledger, &key);
    if (ledger->slots[at] == NO_TALLY) {
        ledger->tallies[ledger->tally_count] = key;
        ledger->slots[at] = (uint32_t)ledger->tally_count++;
    }
    return &ledger->tallies[ledger->slots[at]];
}

static const struct tally *tally_find(const struct ledger *ledger, const struct tally *key)
{
    if (ledger->tally_capacity == 0)
        return NULL;
    size_t at = tally_slot(ledger, key);
    return ledger->slots[at] == NO_TALLY ? NULL : &ledger->tallies[ledger->slots[at]];
}

const struct tally *ledger_find(const struct ledger *ledger, const struct address *client,
                                const struct address *server, size_t row)
{
    struct tally key = tally_key(client, server, row, 0);
    return tally_find(ledger, &key);
}

static uint32_t port_key_of(uint8_t transport, uint16_t port)
{
    return (uint32_t)transport << 16 | port;
}

bool ledger_port_opens(const struct ledger *ledger, const struct address *client,
                       const struct address *server, uint8_t transport, uint16_t port)
{
    struct tally key = tally_key(client, server, ROW_ANY, port_key_of(transport, port));
    return tally_find(ledger, &key) != NULL;
}

/* A name in the place of a server: 128 bits of two FNV-1a hashes, never zero. */
static struct address name_key(const char *name)
{
    uint64_t hashes[2] = {UINT64_C(14695981039346656037), UINT64_C(0x9ae16a3b2f90404f)};
    for (; *name != '\0'; name++)
        for (size_t i = 0; i < 2; i++)
            hashes[i] = (hashes[i] ^ (unsigned char)*name) * UINT64_C(1099511628211);
    struct address key;
    hashes[0] |= 1;
    memcpy(key.octets, hashes, sizeof key.octets);
    return key;
}

/* Push is one service on several ports, and two for two sorts of clients. Only
 * connections to couriers prove it, not those to init.push.apple.com. */
static size_t push_row(const struct ledger *ledger, size_t row, const char *name)
{
    const struct service *service = catalog_service(ledger->catalog, row);
    if (strcmp(service->category, "apns") != 0)
        return CATALOG_NO_SERVICE;
    if (service->port == 2197 || (name != NULL && strncmp(name, "api.", 4) == 0))
        return ROW_PROVIDER;
    bool courier = name == NULL || strstr(name, "courier") != NULL;
    return courier && strcmp(service->host, "*.push.apple.com") == 0 ? ROW_APNS
                                                                     : CATALOG_NO_SERVICE;
}

/* Where the successes of one name within a row are kept. Other names that the same
 * wildcard covers are other services, but all couriers are one. */
static struct tally row_key(const struct ledger *ledger, const struct address *client, size_t row,
                            const char *name)
{
    struct tally key = tally_key(client, NULL, row, 0);
    if (push_row(ledger, row, name) == ROW_APNS)
        name = "courier";
    if (name != NULL && catalog_service(ledger->catalog, row)->kind == PATTERN_WILDCARD) {
        key.server = name_key(name);
        key.row = ROW_NAMED + row;
    }
    return key;
}

bool ledger_reaches(const struct ledger *ledger, const struct address *client, size_t row,
                    const char *name)
{
    struct tally key = row_key(ledger, client, row, name);
    const struct tally *tally = tally_find(ledger, &key);
    return tally != NULL && tally->counts[ATTEMPT_SUCCESS] > 0;
}

const struct outage *ledger_torn_run(const struct ledger *ledger, const struct address *client,
                                     size_t row, const char *name, int64_t time)
{
    struct tally key = row_key(ledger, client, row, name);
    const struct tally *tally = tally_find(ledger, &key);
    const struct outage *run = tally != NULL ? tally->torn : NULL;
    while (run != NULL && run->failures.first_failure > time)
        run = run->next;
    return run != NULL && run->failures.last_failure >= time && outage_is_sustained(run) ? run
                                                                                         : NULL;
}

enum attempt ledger_last_attempt(const struct ledger *ledger, const struct address *client,
                                 size_t row, const char *name)
{
    struct tally key = row_key(ledger, client, row, name);
    const struct tally *tally = tally_find(ledger, &key);
    return tally != NULL ? tally->last_attempt : ATTEMPT_UNDECIDED;
}

static bool address_is_served(const struct ledger *ledger, const struct address *client, size_t row,
                              const char *name)
{
    size_t push = push_row(ledger, row, name);
    if (push == CATALOG_NO_SERVICE)
        return ledger_reaches(ledger, client, row, name);
    const struct tally *tally = ledger_find(ledger, client, NULL, push);
    return tally != NULL && tally->counts[ATTEMPT_SUCCESS] > 0;
}

bool ledger_serves(const struct ledger *ledger, const struct address *client, size_t row,
                   const char *name)
{
    size_t count;
    const struct mac_owner *same = devices_same(ledger, client, &count);
    bool served = address_is_served(ledger, client, row, name);
    for (size_t i = 0; i < count && !served; i++)
        served = address_is_served(ledger, &same[i].address, row, name);
    return served;
}

void tally_add_failure(struct tally *tally, const struct fact_flow *flow, enum attempt attempt)
{
    if (tally->first_failure == TIMESTAMP_NONE || flow->first_time < tally->first_failure)
        tally->first_failure = flow->first_time;
    if (flow->last_time > tally->last_failure)
        tally->last_failure = flow->last_time;
    if (tally->failed_flow_count < TALLY_FLOWS)
        tally->failed_flows[tally->failed_flow_count++] = flow->id;
    if (attempt == ATTEMPT_REJECTED && tally->counts[ATTEMPT_REJECTED] == 1) {
        tally->icmp_sender = flow->icmp_sender;
        tally->icmp_ttl = flow->icmp_ttl;
        tally->icmp_type = flow->icmp_type;
        tally->icmp_code = flow->icmp_code;
    }
    if (attempt == ATTEMPT_REFUSED && tally->reset_ttl == 0)
        tally->reset_ttl = flow->reset_ttl;
}

static void tally_add(struct tally *tally, const struct fact_flow *flow, enum attempt attempt)
{
    if (tally == NULL)
        return;
    tally->counts[attempt]++;
    if (attempt != ATTEMPT_UNDECIDED)
        tally->last_attempt = attempt;
    tally->transport = flow->transport;
    tally->port = attempt_port(flow);
    if (attempt == ATTEMPT_SUCCESS) {
        tally->tunnelled += flow->tunnel_port != 0;
        if (tally->first_success == TIMESTAMP_NONE || flow->first_time < tally->first_success)
            tally->first_success = flow->first_time;
        if (flow->first_time > tally->last_success)
            tally->last_success = flow->first_time;
    } else if (attempt != ATTEMPT_UNDECIDED && attempt != ATTEMPT_TORN_DOWN) {
        tally_add_failure(tally, flow, attempt);
    }
}

/* A client may take a new port for each request: one after the other without an
 * answer is a retry, like two from one port. Lone SYNs are what races of address
 * families leave behind; a server that is there answers them, if too late, so that
 * the third one without an answer counts as well. (That a pair which worked at any
 * time is not blocked is for the rules to say.) */
static uint32_t lone_requests_needed(const struct fact_flow *flow)
{
    return flow->transport == TRANSPORT_TCP ? 3 : 2;
}

static enum attempt tally_lone_request(struct tally *tally, const struct fact_flow *flow,
                                       enum attempt attempt)
{
    if (tally == NULL || attempt != ATTEMPT_UNDECIDED || flow->outcome != OUTCOME_SILENT ||
        flow->midstream)
        return attempt;
    if (tally->lone_count++ == 0) {
        tally->lone_flow = flow->id;
        tally->lone_time = flow->first_time;
    }
    return tally->lone_count >= lone_requests_needed(flow) &&
                   flow->first_time - tally->lone_time >= RETRY_SPAN
               ? ATTEMPT_SILENT
               : attempt;
}

/* The first of the lone requests are failures, too, once enough have come. */
static void tally_settle_lone_request(struct tally *tally, const struct fact_flow *flow,
                                      enum attempt attempt)
{
    uint32_t earlier = lone_requests_needed(flow) - 1;
    if (tally == NULL || tally->lone_count <= earlier || attempt != ATTEMPT_SILENT ||
        tally->counts[ATTEMPT_SILENT] > 0)
        return;
    tally->counts[ATTEMPT_UNDECIDED] -= earlier;
    tally->counts[ATTEMPT_SILENT] += earlier;
    if (tally->first_failure == TIMESTAMP_NONE || tally->lone_time < tally->first_failure)
        tally->first_failure = tally->lone_time;
    if (tally->failed_flow_count < TALLY_FLOWS)
        tally->failed_flows[tally->failed_flow_count++] = tally->lone_flow;
}

static void tally_name(struct ledger *ledger, struct tally *tally, const char *name)
{
    if (tally == NULL || name == NULL || (tally->name != NULL && strcmp(tally->name, name) == 0))
        return;
    tally->name = arena_copy(ledger->arena, name);
}

/* What opened, asked for by rules that wonder whether a failure is excused. */
static void ledger_add_opened(struct ledger *ledger, const struct fact_flow *flow, size_t row,
                              const char *name, enum attempt attempt)
{
    const struct address *client = &flow->client.address;
    const struct address *server = &flow->server.address;
    uint32_t port_key = port_key_of(flow->transport, attempt_port(flow));
    tally_add(tally_of(ledger, client, server, ROW_ANY, 0), flow, attempt);
    tally_add(tally_of(ledger, client, server, ROW_ANY, port_key), flow, attempt);
    if (attempt != ATTEMPT_SUCCESS)
        return;
    size_t push = push_row(ledger, row, name);
    if (push != CATALOG_NO_SERVICE)
        tally_add(tally_of(ledger, client, NULL, push, 0), flow, attempt);
}

/* One name of a row of many. */
static void ledger_add_named(struct ledger *ledger, const struct fact_flow *flow, size_t row,
                             const char *name, enum attempt attempt)
{
    struct tally key = row_key(ledger, &flow->client.address, row, name);
    if (key.row != row && attempt != ATTEMPT_UNDECIDED)
        tally_add(tally_of(ledger, &flow->client.address, &key.server, key.row, 0), flow, attempt);
}

/* Kept per client, row and port, whatever the address. */
static void ledger_note_outage(struct ledger *ledger, const struct fact_flow *flow, size_t row,
                               const char *name, enum attempt attempt)
{
    const struct address *client = &flow->client.address;
    uint32_t port_key = port_key_of(flow->transport, attempt_port(flow));
    bool opened = attempt == ATTEMPT_SUCCESS || attempt == ATTEMPT_TORN_DOWN;
    struct tally key = tally_key(client, NULL, row, port_key);
    /* What works ends outages, and needs no place where there was none. */
    if (attempt == ATTEMPT_UNDECIDED || (opened && tally_find(ledger, &key) == NULL))
        return;
    struct tally *tally = tally_of(ledger, client, NULL, row, port_key);
    const struct tally *any = ledger_find(ledger, client, NULL, ROW_ANY);
    if (tally != NULL && any != NULL)
        outages_note(ledger->arena, tally, any->counts[ATTEMPT_SUCCESS], flow, name, attempt);
}

/* The same of connections that opened and were torn down, where successes are looked up. */
static void ledger_note_torn(struct ledger *ledger, const struct fact_flow *flow, size_t row,
                             const char *name, enum attempt attempt)
{
    struct tally key = row_key(ledger, &flow->client.address, row, name);
    struct tally *tally = tally_of(ledger, &flow->client.address, &key.server, key.row, 0);
    const struct tally *any = ledger_find(ledger, &flow->client.address, NULL, ROW_ANY);
    if (tally != NULL && any != NULL)
        outages_note_torn(ledger->arena, tally, any->counts[ATTEMPT_SUCCESS], flow, attempt);
}

/* Where answers go that do not fit a datagram (RFC 7766 section 5). */
static void ledger_note_resolver(struct ledger *ledger, const struct fact_flow *flow)
{
    if (flow->transport != TRANSPORT_TCP || flow->server.port != DNS_PORT)
        return;
    struct tally *tally = tally_of(ledger, &flow->client.address, &flow->server.address,
                                   ROW_RESOLVER, port_key_of(TRANSPORT_TCP, DNS_PORT));
    enum attempt attempt = tally_lone_request(tally, flow, attempt_judge(flow));
    tally_settle_lone_request(tally, flow, attempt);
    tally_add(tally, flow, attempt);
}

const struct tally *ledger_resolver(const struct ledger *ledger, const struct address *client,
                                    const struct address *resolver)
{
    struct tally key =
        tally_key(client, resolver, ROW_RESOLVER, port_key_of(TRANSPORT_TCP, DNS_PORT));
    return tally_find(ledger, &key);
}

static bool ledger_take_flow(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    const struct fact_flow *flow = &fact->as.flow;
    struct catalog_match match;
    attempt_match(ledger->catalog, flow, &match);
    if (flow->last_time > ledger->last_time)
        ledger->last_time = flow->last_time;
    devices_note_flow(ledger, flow);
    ledger_note_resolver(ledger, flow);
    stories_note_flow(ledger, flow, &match);
    path_note_flow(ledger, flow);
    if (match.primary == CATALOG_NO_SERVICE)
        return !ledger->memory_out;
    ledger->apple_flows++;
    ledger->answered_flows += flow->server_packets > 0;
    const struct address *client = &flow->client.address;
    const char *name = attempt_name(flow);
    struct tally *exact = tally_of(ledger, client, &flow->server.address, match.primary,
                                   port_key_of(flow->transport, attempt_port(flow)));
    enum attempt attempt = tally_lone_request(exact, flow, attempt_judge(flow));
    if (attempt == ATTEMPT_SUCCESS && coverage_flow_failed(ledger, flow))
        attempt = ATTEMPT_TORN_DOWN;
    tally_settle_lone_request(exact, flow, attempt);
    tally_add(exact, flow, attempt);
    timeline_note(ledger, match.primary, flow->first_time, attempt);
    tally_name(ledger, exact, name);
    tally_add(tally_of(ledger, client, NULL, match.primary, 0), flow, attempt);
    tally_add(tally_of(ledger, client, NULL, ROW_ANY, 0), flow, attempt);
    ledger_add_named(ledger, flow, match.primary, name, attempt);
    ledger_note_outage(ledger, flow, match.primary, name, attempt);
    if (attempt == ATTEMPT_SUCCESS || attempt == ATTEMPT_TORN_DOWN) {
        ledger_note_torn(ledger, flow, match.primary, name, attempt);
        ledger_add_opened(ledger, flow, match.primary, name, attempt);
    }
    for (size_t i = 0; i < match.count && attempt != ATTEMPT_UNDECIDED; i++) {
        ledger->row_attempts[match.services[i]]++;
        ledger->row_successes[match.services[i]] += attempt == ATTEMPT_SUCCESS;
    }
    return !ledger->memory_out && !ledger->arena->failed;
}

static bool ledger_take_host(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    struct fact_host *hosts =
        array_grow(ledger->hosts, ledger->host_count, &ledger->host_capacity, sizeof *hosts);
    if (hosts == NULL) {
        ledger->memory_out = true;
        return false;
    }
    ledger->hosts = hosts;
    ledger->hosts[ledger->host_count++] = fact->as.host;
    return true;
}

static bool ledger_take_totals(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    totals_add(&ledger->totals, &fact->as.totals);
    return true;
}

static bool ledger_find_answers(const struct ledger *ledger)
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

bool ledger_load(struct ledger *ledger, struct problem *problem)
{
    size_t rows = catalog_count(ledger->catalog);
    ledger->last_time = TIMESTAMP_NONE;
    ledger->row_attempts = calloc(rows + 1, sizeof *ledger->row_attempts);
    ledger->row_successes = calloc(rows + 1, sizeof *ledger->row_successes);
    bool ok = ledger->row_attempts != NULL && ledger->row_successes != NULL;
    if (!ok)
        ledger->memory_out = true;
    ok = ok && facts_read(ledger->store, FACT_TOTALS, ledger->selection, ledger_take_totals, ledger,
                          problem);
    ok = ok && facts_read(ledger->store, FACT_HOST, NULL, ledger_take_host, ledger, problem);
    if (ok && !devices_merge_hosts(ledger))
        ledger->memory_out = true;
    ok = ok && !ledger->memory_out && coverage_read_handshakes(ledger, problem);
    ok = ok && !ledger->memory_out &&
         facts_read_share(ledger->store, SHARE_FLOWS_IN_SHORT, ledger->selection, ledger_take_flow,
                          ledger, problem);
    if (ledger->memory_out || ledger->arena->failed)
        return problem_set(problem, "memory is out while the facts are added up; "
                                    "limit the report with --since, --until or --device");
    ok = ok && devices_index(ledger, problem);
    ledger->sees_answers = ledger_find_answers(ledger);
    return ok;
}

void ledger_release(struct ledger *ledger)
{
    free(ledger->tallies);
    free(ledger->failed_handshakes);
    free(ledger->step_flows);
    free(ledger->slots);
    free(ledger->hosts);
    free(ledger->host_hops);
    free(ledger->owner_runs);
    free(ledger->mac_owners);
    free(ledger->leases);
    free(ledger->names);
    free(ledger->row_attempts);
    free(ledger->row_successes);
}

static int compare_address_to_host(const void *left, const void *right)
{
    const struct fact_host *host = right;
    return address_compare(left, &host->address);
}

const struct fact_host *ledger_host(const struct ledger *ledger, const struct address *address)
{
    if (ledger->host_count == 0)
        return NULL;
    return bsearch(address, ledger->hosts, ledger->host_count, sizeof *ledger->hosts,
                   compare_address_to_host);
}

double ledger_loss(const struct ledger *ledger, const struct address *client)
{
    const struct fact_host *host = client == NULL ? NULL : ledger_host(ledger, client);
    const struct fact_totals *totals = &ledger->totals;
    double missing = (double)(host != NULL ? host->missing_segments : totals->missing_segments);
    double seen = (double)(host != NULL ? host->packets_sent + host->packets_received
                                        : totals->data_segments);
    return missing == 0 ? 0 : missing / (missing + seen);
}

bool ledger_sees_answers(const struct ledger *ledger)
{
    return ledger->sees_answers;
}

bool ledger_sees_answers_to(const struct ledger *ledger, const struct address *client,
                            int64_t around)
{
    if (!ledger_sees_answers(ledger))
        return false;
    const struct fact_host *host = ledger_host(ledger, client);
    if (host == NULL || host->packets_received == 0)
        return false;
    /* An error that cannot be read may be the answer that seems to be missing. */
    return host->one_sided_sent == 0 && host->unread_errors == 0 &&
           host->last_received_time >= around - VISIBLE_WINDOW;
}
