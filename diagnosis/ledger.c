/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adds up flows per client, server address and catalogue row, in a hash table
 * that grows.  Keys with a zero client or server hold the sums over all of them.
 */
#include "diagnosis/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/control_group.h"
#include "diagnosis/coverage.h"
#include "diagnosis/devices.h"
#include "diagnosis/flow_batches.h"
#include "diagnosis/outages.h"
#include "diagnosis/path.h"
#include "diagnosis/resets.h"
#include "diagnosis/stories.h"
#include "diagnosis/time_answers.h"
#include "diagnosis/timeline.h"
#include "diagnosis/totals.h"

/* How long before a silent SYN the client must have been seen to receive. */
#define VISIBLE_WINDOW (60 * NANOSECONDS_PER_SECOND)

#define DNS_PORT 53
#define EXPECTED_FLOWS 16 /* as many as a processor has waits for memory, or somewhat more */
#define ROW_NAMED (SIZE_MAX / 2) /* added to a row: sums of one name within it */

/* A flow that was meant for a row, while it is counted in. */
struct noted_flow {
    const struct fact_flow *flow;
    size_t row;
    const char *name;
    uint32_t port_key;
    uint32_t place; /* of its own tally */
    struct tally_key named; /* where the successes of its name are kept */
    enum attempt attempt;
};

/* What a flow was meant for, before it is counted in. */
struct expected_flow {
    struct catalog_match match;
    struct tally_key key; /* of its own tally, if it has a row */
};

const struct tally *ledger_find(const struct ledger *ledger, const struct address *client,
                                const struct address *server, size_t row)
{
    struct tally_key key = tally_key(client, server, row, 0);
    return tallies_find(&ledger->tallies, &key);
}

bool ledger_port_opens(const struct ledger *ledger, const struct address *client,
                       const struct address *server, uint8_t transport, uint16_t port)
{
    struct tally_key key = tally_key(client, server, ROW_ANY, tally_port_key(transport, port));
    return tallies_find(&ledger->tallies, &key) != NULL;
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
static struct tally_key row_key(const struct ledger *ledger, const struct address *client,
                                size_t row, const char *name)
{
    struct tally_key key = tally_key(client, NULL, row, 0);
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
    struct tally_key key = row_key(ledger, client, row, name);
    const struct tally *tally = tallies_find(&ledger->tallies, &key);
    return tally != NULL && tally->counts[ATTEMPT_SUCCESS] > 0;
}

const struct outage *ledger_torn_run(const struct ledger *ledger, const struct address *client,
                                     size_t row, const char *name, int64_t time)
{
    struct tally_key key = row_key(ledger, client, row, name);
    const struct tally *tally = tallies_find(&ledger->tallies, &key);
    const struct outage *run = tally != NULL ? tally->torn : NULL;
    while (run != NULL && run->failures.first_failure > time)
        run = run->next;
    return run != NULL && run->failures.last_failure >= time && outage_is_sustained(run) ? run
                                                                                         : NULL;
}

enum attempt ledger_last_attempt(const struct ledger *ledger, const struct address *client,
                                 size_t row, const char *name)
{
    struct tally_key key = row_key(ledger, client, row, name);
    const struct tally *tally = tallies_find(&ledger->tallies, &key);
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

static void tally_name(struct ledger *ledger, struct tally *tally, const char *name)
{
    if (tally == NULL || name == NULL || (tally->name != NULL && strcmp(tally->name, name) == 0))
        return;
    tally->name = arena_copy(ledger->arena, name);
}

/* Adds the attempt to a kin of the flow's own tally. */
static void kin_add(struct ledger *ledger, const struct noted_flow *noted, enum tally_kin kin,
                    const struct tally_key *key)
{
    tally_add(tallies_kin(&ledger->tallies, noted->place, kin, key), noted->flow, noted->attempt);
}

/* What opened, asked for by rules that wonder whether a failure is excused. */
static void ledger_add_opened(struct ledger *ledger, const struct noted_flow *noted)
{
    const struct address *client = &noted->flow->client.address;
    const struct address *server = &noted->flow->server.address;
    struct tally_key of_server = tally_key(client, server, ROW_ANY, 0);
    struct tally_key of_port = tally_key(client, server, ROW_ANY, noted->port_key);
    kin_add(ledger, noted, KIN_SERVER, &of_server);
    kin_add(ledger, noted, KIN_SERVER_PORT, &of_port);
    if (noted->attempt != ATTEMPT_SUCCESS)
        return;
    size_t push = push_row(ledger, noted->row, noted->name);
    struct tally_key of_push = tally_key(client, NULL, push, 0);
    if (push != CATALOG_NO_SERVICE)
        kin_add(ledger, noted, KIN_PUSH, &of_push);
}

/* One name of a row of many. */
static void ledger_add_named(struct ledger *ledger, const struct noted_flow *noted)
{
    if (noted->named.row != noted->row && noted->attempt != ATTEMPT_UNDECIDED)
        kin_add(ledger, noted, KIN_NAMED, &noted->named);
}

static uint64_t successes_so_far(const struct ledger *ledger, const struct noted_flow *noted)
{
    uint32_t any = ledger->tallies.list[noted->place].kin[KIN_CLIENT];
    return any != 0 ? ledger->tallies.list[any - 1].counts[ATTEMPT_SUCCESS] : 0;
}

/* Kept per client, row and port, whatever the address. */
static void ledger_note_outage(struct ledger *ledger, const struct noted_flow *noted)
{
    enum attempt attempt = noted->attempt;
    bool opened = attempt == ATTEMPT_SUCCESS || attempt == ATTEMPT_TORN_DOWN;
    struct tally_key key =
        tally_key(&noted->flow->client.address, NULL, noted->row, noted->port_key);
    /* What works ends outages, and needs no place where there was none. */
    if (attempt == ATTEMPT_UNDECIDED || (opened && !ledger->has_outages) ||
        (opened && tallies_find(&ledger->tallies, &key) == NULL))
        return;
    struct tally *tally = tallies_kin(&ledger->tallies, noted->place, KIN_PORT, &key);
    ledger->has_outages = true;
    if (tally != NULL)
        outages_note(ledger->arena, tally, successes_so_far(ledger, noted), noted->flow,
                     noted->name, attempt);
}

/* The same of connections that opened and were torn down, where successes are looked up. */
static void ledger_note_torn(struct ledger *ledger, const struct noted_flow *noted)
{
    struct tally *tally = tallies_kin(&ledger->tallies, noted->place, KIN_NAMED, &noted->named);
    if (tally != NULL)
        outages_note_torn(ledger->arena, tally, successes_so_far(ledger, noted), noted->flow,
                          noted->attempt);
}

static int compare_flows(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left;
    uint64_t two = *(const uint64_t *)right;
    return (one > two) - (one < two);
}

/* Who made a RST shows in what flows in short have not; of those few that a RST ended,
 * it is looked at before. */
static bool ledger_take_torn(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    if (!reset_tears_down(&fact->as.flow))
        return true;
    uint64_t *torn = array_grow(ledger->torn_flows, ledger->torn_flow_count,
                                &ledger->torn_flow_capacity, sizeof *torn);
    if (torn == NULL)
        return !(ledger->memory_out = true);
    ledger->torn_flows = torn;
    torn[ledger->torn_flow_count++] = fact->as.flow.id;
    return true;
}

static bool ledger_read_torn(struct ledger *ledger, struct problem *problem)
{
    if (!facts_read_share(ledger->store, SHARE_FLOWS_RESET, ledger->selection, ledger_take_torn,
                          ledger, problem))
        return false;
    if (ledger->torn_flow_count > 0)
        qsort(ledger->torn_flows, ledger->torn_flow_count, sizeof *ledger->torn_flows,
              compare_flows);
    return true;
}

static enum attempt judge(const struct ledger *ledger, const struct fact_flow *flow)
{
    bool torn = flow->outcome == OUTCOME_RESET && ledger->torn_flow_count > 0 &&
                bsearch(&flow->id, ledger->torn_flows, ledger->torn_flow_count, sizeof flow->id,
                        compare_flows) != NULL;
    return attempt_judge_short(flow, torn);
}

/* Where answers go that do not fit a datagram (RFC 7766 section 5). */
static void ledger_note_resolver(struct ledger *ledger, const struct fact_flow *flow)
{
    if (flow->transport != TRANSPORT_TCP || flow->server.port != DNS_PORT)
        return;
    struct tally_key key = tally_key(&flow->client.address, &flow->server.address, ROW_RESOLVER,
                                     tally_port_key(TRANSPORT_TCP, DNS_PORT));
    struct tally *tally = tallies_of(&ledger->tallies, &key);
    enum attempt attempt = tally_lone_request(tally, flow, judge(ledger, flow));
    tally_settle_lone_request(tally, flow, attempt);
    tally_add(tally, flow, attempt);
}

const struct tally *ledger_resolver(const struct ledger *ledger, const struct address *client,
                                    const struct address *resolver)
{
    struct tally_key key =
        tally_key(client, resolver, ROW_RESOLVER, tally_port_key(TRANSPORT_TCP, DNS_PORT));
    return tallies_find(&ledger->tallies, &key);
}

/* Another name than the last one's belongs to another kin. */
static bool name_is(const struct tally *tally, const char *name)
{
    return name == tally->name ||
           (name != NULL && tally->name != NULL && strcmp(tally->name, name) == 0);
}

static void ledger_note_rows(struct ledger *ledger, const struct catalog_match *match,
                             enum attempt attempt)
{
    for (size_t i = 0; i < match->count && attempt != ATTEMPT_UNDECIDED; i++) {
        ledger->row_attempts[match->services[i]]++;
        ledger->row_successes[match->services[i]] += attempt == ATTEMPT_SUCCESS;
    }
}

/* Counts a flow of a row where it belongs; its own tally is there already. */
static void ledger_note_attempt(struct ledger *ledger, struct noted_flow *noted)
{
    const struct fact_flow *flow = noted->flow;
    struct tally *exact = &ledger->tallies.list[noted->place];
    if (!name_is(exact, noted->name))
        exact->kin[KIN_NAMED] = exact->kin[KIN_PUSH] = 0;
    tallies_fetch_kin(&ledger->tallies, exact);
    noted->named = row_key(ledger, &flow->client.address, noted->row, noted->name);
    noted->attempt = tally_lone_request(exact, flow, judge(ledger, flow));
    if (noted->attempt == ATTEMPT_SUCCESS && coverage_flow_failed(ledger, flow))
        noted->attempt = ATTEMPT_TORN_DOWN;
    tally_settle_lone_request(exact, flow, noted->attempt);
    tally_add(exact, flow, noted->attempt);
    timeline_note(ledger, noted->row, flow->first_time, noted->attempt);
    tally_name(ledger, exact, noted->name);
    struct tally_key of_row = tally_key(&flow->client.address, NULL, noted->row, 0);
    struct tally_key of_client = tally_key(&flow->client.address, NULL, ROW_ANY, 0);
    kin_add(ledger, noted, KIN_ROW, &of_row);
    kin_add(ledger, noted, KIN_CLIENT, &of_client);
    ledger_add_named(ledger, noted);
    ledger_note_outage(ledger, noted);
    if (noted->attempt == ATTEMPT_SUCCESS || noted->attempt == ATTEMPT_TORN_DOWN) {
        ledger_note_torn(ledger, noted);
        ledger_add_opened(ledger, noted);
    }
}

/* Finds out what the flow was meant for, and has its tally looked for in memory. */
static void ledger_expect(const struct ledger *ledger, const struct fact_flow *flow,
                          struct expected_flow *expected)
{
    attempt_match(ledger->catalog, flow, &expected->match);
    if (expected->match.primary == CATALOG_NO_SERVICE)
        return;
    expected->key = tally_key(&flow->client.address, &flow->server.address, expected->match.primary,
                              tally_port_key(flow->transport, attempt_port(flow)));
    tallies_fetch_slot(&ledger->tallies, &expected->key);
}

static bool ledger_take_flow(struct ledger *ledger, const struct fact_flow *flow,
                             const struct expected_flow *expected)
{
    const struct catalog_match *match = &expected->match;
    if (flow->last_time > ledger->last_time)
        ledger->last_time = flow->last_time;
    devices_note_flow(ledger, flow);
    ledger_note_resolver(ledger, flow);
    stories_note_flow(ledger, flow, match);
    path_note_flow(ledger, flow);
    time_answers_note_flow(ledger, flow, match->primary);
    if (match->primary == CATALOG_NO_SERVICE)
        return !ledger->memory_out;
    ledger->apple_flows++;
    ledger->answered_flows += flow->server_packets > 0;
    struct noted_flow noted = {.flow = flow,
                               .row = match->primary,
                               .name = attempt_name(flow),
                               .port_key = expected->key.port_key};
    noted.place = tallies_place(&ledger->tallies, &expected->key);
    if (noted.place == NO_TALLY)
        return false;
    ledger_note_attempt(ledger, &noted);
    ledger_note_rows(ledger, match, noted.attempt);
    return !ledger->memory_out && !ledger->tallies.memory_out && !ledger->arena->failed;
}

/* A few at a time: while one waits for memory, so do the others. */
static bool ledger_take_flows(void *owner, const struct fact_flow *flows, size_t count)
{
    struct ledger *ledger = owner;
    struct expected_flow expected[EXPECTED_FLOWS];
    for (size_t begin = 0, few; begin < count; begin += few) {
        few = count - begin < EXPECTED_FLOWS ? count - begin : EXPECTED_FLOWS;
        for (size_t i = 0; i < few; i++)
            ledger_expect(ledger, &flows[begin + i], &expected[i]);
        for (size_t i = 0; i < few; i++)
            if (expected[i].match.primary != CATALOG_NO_SERVICE)
                tallies_fetch(&ledger->tallies, &expected[i].key);
        for (size_t i = 0; i < few; i++)
            if (!ledger_take_flow(ledger, &flows[begin + i], &expected[i]))
                return false;
    }
    return true;
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
    hosts[ledger->host_count - 1].other_times = NULL; /* the fact's, and not ours */
    if (!control_group_take(ledger, &fact->as.host))
        ledger->memory_out = true;
    return !ledger->memory_out;
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

/* Where the host is, or the free place where it would be. */
static size_t host_slot(const struct ledger *ledger, const struct address *address)
{
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    uint64_t mixed = (words[0] ^ words[1] >> 32 ^ words[1] << 32) * UINT64_C(0xff51afd7ed558ccd);
    size_t at = (size_t)(mixed ^ mixed >> 32) & ledger->host_mask;
    while (ledger->host_slots[at] != 0 &&
           !address_equal(&ledger->hosts[ledger->host_slots[at] - 1].address, address))
        at = (at + 1) & ledger->host_mask;
    return at;
}

/* Every flow asks for its client. */
static bool hosts_index(struct ledger *ledger)
{
    size_t size = 1024;
    while (size < ledger->host_count * 2)
        size *= 2;
    ledger->host_mask = size - 1;
    ledger->host_slots = calloc(size, sizeof *ledger->host_slots);
    for (size_t i = 0; i < ledger->host_count && ledger->host_slots != NULL; i++)
        ledger->host_slots[host_slot(ledger, &ledger->hosts[i].address)] = (uint32_t)i + 1;
    return ledger->host_slots != NULL;
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
    control_group_sort(ledger);
    if (ok && (!devices_merge_hosts(ledger) || !hosts_index(ledger)))
        ledger->memory_out = true;
    ok = ok && !ledger->memory_out && coverage_read_handshakes(ledger, problem) &&
         ledger_read_torn(ledger, problem);
    ok = ok && !ledger->memory_out &&
         flow_batches_read(ledger->store, ledger->selection, ledger->threads, ledger_take_flows,
                           ledger, problem);
    ledger->memory_out = ledger->memory_out || ledger->tallies.memory_out;
    if (ledger->memory_out || ledger->arena->failed)
        return problem_set(problem, "memory is out while the facts are added up; "
                                    "limit the report with --since, --until or --device");
    ok = ok && devices_index(ledger, problem);
    ledger->sees_answers = ledger_find_answers(ledger);
    return ok;
}

void ledger_release(struct ledger *ledger)
{
    tallies_release(&ledger->tallies);
    free(ledger->failed_handshakes);
    free(ledger->step_flows);
    free(ledger->time_flows);
    free(ledger->torn_flows);
    free(ledger->hosts);
    free(ledger->host_slots);
    free(ledger->other_runs);
    free(ledger->host_hops);
    free(ledger->owner_runs);
    free(ledger->mac_owners);
    free(ledger->leases);
    free(ledger->names);
    free(ledger->row_attempts);
    free(ledger->row_successes);
}

const struct fact_host *ledger_host(const struct ledger *ledger, const struct address *address)
{
    if (ledger->host_slots == NULL)
        return NULL;
    size_t at = host_slot(ledger, address);
    return ledger->host_slots[at] != 0 ? &ledger->hosts[ledger->host_slots[at] - 1] : NULL;
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

bool ledger_is_before_network(const struct ledger *ledger, const struct address *client,
                              int64_t last)
{
    size_t count;
    const struct mac_owner *same = devices_same(ledger, client, &count);
    const struct fact_host *host = ledger_host(ledger, client);
    bool before = host != NULL && host->first_received_time > last;
    for (size_t i = 0; i < count && before; i++) {
        host = ledger_host(ledger, &same[i].address);
        before = host == NULL || host->first_received_time == TIMESTAMP_NONE ||
                 host->first_received_time > last;
    }
    return before;
}
