/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How did each handshake end?  TLS facts and their flows come in; failures go out,
 * grouped, with what the other handshakes say about them.  Three walks: the TLS facts,
 * the flows that failed, and, where there are any, those that did not.
 */
#include "diagnosis/handshake_results.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/devices.h"
#include "diagnosis/handshake_signals.h"
#include "diagnosis/interception.h"

#define TLS_1_3 0x0304
#define RECORD_HEADER 5
/* TLS 1.3, after the ClientHello: ChangeCipherSpec, and one encrypted record with an alert in
 * it (RFC 8446 section 5.2: two bytes, the inner type, the tag). A Finished is longer. */
#define CLIENT_REFUSAL_BYTES (6 + RECORD_HEADER + 2 + 1 + 16)
#define CLIENT_FINISHED_BYTES (6 + RECORD_HEADER + 36 + 1 + 16)

/* How long a ServerHello may take: retransmissions show that the client misses it. */
#define STALL_RETRIED (2 * NANOSECONDS_PER_SECOND)
#define STALL_PATIENT (5 * NANOSECONDS_PER_SECOND)
#define STALL_RETRANSMISSIONS 2

#define LATE_LEAST (40 * (NANOSECONDS_PER_SECOND / 1000))
#define LATE_FACTOR 5

/* What is kept of a TLS fact until its flow comes by. */
struct summary {
    uint64_t flow;
    uint64_t hello_packet;
    int64_t hello_time;
    int64_t server_hello_time;
    uint64_t alert_packet;
    int64_t alert_time;
    uint64_t fingerprint; /* of the ServerHello (JA3S); 0: none */
    uint64_t offer;
    uint64_t program;
    uint32_t hello_bytes;
    uint16_t version;
    uint8_t alert;
    uint8_t alert_from;
    bool data;
    bool refused; /* by the length of the client's first encrypted record */
    bool downgraded;
    bool post_quantum;
    bool retried;
};

struct walk {
    struct builder *builder;
    struct handshake_results *results;
    struct summary *summaries; /* by flow */
    size_t summary_count, summary_capacity;
    size_t group_capacity;
    bool ok;
};

static bool walk_out_of_memory(struct walk *walk)
{
    walk->ok = problem_set(walk->builder->problem,
                           "memory is out; limit the report with --since or --device");
    return false;
}

static bool take_tls(void *owner, const struct fact *fact)
{
    struct walk *walk = owner;
    const struct fact_tls *tls = &fact->as.tls;
    struct summary *summaries = array_grow(walk->summaries, walk->summary_count,
                                           &walk->summary_capacity, sizeof *summaries);
    if (summaries == NULL)
        return walk_out_of_memory(walk);
    walk->summaries = summaries;
    summaries[walk->summary_count++] = (struct summary){
        .flow = tls->flow,
        .hello_packet = tls->client_hello_packet,
        .hello_time = tls->client_hello_time,
        .server_hello_time = tls->server_hello_time,
        .alert_packet = tls->alert_packet,
        .alert_time = tls->alert_time,
        .fingerprint = handshake_hash(0, tls->ja3s),
        .offer = handshake_hash(handshake_hash(0, tls->client_groups), tls->client_shares),
        .program = handshake_hash(0, tls->ja4),
        .hello_bytes = tls->client_hello_bytes,
        .refused = tls->client_refused,
        .downgraded = tls->downgrade != 0 && tls->server_version != 0 &&
                      tls->client_version > tls->server_version,
        .post_quantum = handshake_is_post_quantum(tls->group),
        .retried = tls->retry_packet != PACKET_NONE,
        .version = tls->server_version,
        .alert = tls->alert,
        .alert_from = (uint8_t)tls->alert_from,
        .data = tls->client_data_records + tls->server_data_records > 0};
    return true;
}

static int compare_summaries(const void *left, const void *right)
{
    uint64_t one = ((const struct summary *)left)->flow;
    uint64_t two = ((const struct summary *)right)->flow;
    return one < two ? -1 : one > two;
}

static void summaries_sort(struct walk *walk)
{
    if (walk->summary_count > 0)
        qsort(walk->summaries, walk->summary_count, sizeof *walk->summaries, compare_summaries);
}

static const struct summary *summary_of(const struct walk *walk, uint64_t flow)
{
    struct summary key = {.flow = flow};
    return walk->summary_count == 0
               ? NULL
               : bsearch(&key, walk->summaries, walk->summary_count, sizeof key, compare_summaries);
}

/* Who distrusts an issuer says unknown_ca, or less exactly one of the other two. In TLS 1.2
 * bad_certificate is what is said of dates and names. */
static enum handshake_end alert_end(const struct summary *tls)
{
    bool about_certificate = tls->alert == ALERT_BAD_CERTIFICATE ||
                             tls->alert == ALERT_CERTIFICATE_UNKNOWN ||
                             tls->alert == ALERT_UNKNOWN_CA;
    /* What a client finds illegal is in the server's answer: without that, nothing is said. */
    if (tls->alert_from == PARTY_CLIENT && tls->alert == ALERT_ILLEGAL_PARAMETER)
        return tls->downgraded     ? HANDSHAKE_REFUSED
               : tls->version == 0 ? HANDSHAKE_UNDECIDED
                                   : HANDSHAKE_REJECTED;
    if (tls->alert_from != PARTY_CLIENT || !about_certificate)
        return HANDSHAKE_REJECTED;
    if (tls->version == 0)
        return HANDSHAKE_UNDECIDED;
    if (tls->version >= TLS_1_3)
        return HANDSHAKE_REFUSED;
    return tls->alert == ALERT_BAD_CERTIFICATE ? HANDSHAKE_REJECTED : HANDSHAKE_DISTRUSTED;
}

/* The client sent a whole ClientHello and nothing else, the server not a byte, for long. */
static bool flow_stalls(const struct fact_flow *flow, const struct summary *tls)
{
    bool ended_by_reset = flow->outcome == OUTCOME_RESET && flow->reset_by != PARTY_CLIENT;
    if (flow->tunnel_port != 0 || ended_by_reset || flow->syn_ack_time == TIMESTAMP_NONE ||
        flow->has_icmp || flow->server_bytes > 0 ||
        flow->client_bytes > tls->hello_bytes + (uint64_t)CLIENT_REFUSAL_BYTES)
        return false;
    int64_t waited = flow->last_time - tls->hello_time;
    return waited >= STALL_PATIENT ||
           (waited >= STALL_RETRIED && flow->client_retransmissions >= STALL_RETRANSMISSIONS);
}

/* A ServerHello came, and no alert in clear. What the client sent then tells. */
static enum handshake_end answered_end(const struct fact_flow *flow, const struct summary *tls)
{
    if (flow->tunnel_port != 0) /* with the CONNECT among its bytes */
        return HANDSHAKE_UNDECIDED;
    uint64_t hello = (uint64_t)tls->hello_bytes + RECORD_HEADER;
    bool over = flow->outcome == OUTCOME_CLOSED ||
                (flow->outcome == OUTCOME_RESET && flow->reset_by == PARTY_CLIENT);
    if (tls->version >= TLS_1_3 && over &&
        (tls->refused || flow->client_bytes == hello + CLIENT_REFUSAL_BYTES))
        return HANDSHAKE_REFUSED;
    if (flow->outcome == OUTCOME_RESET && flow->reset_stage == RESET_STAGE_HANDSHAKE)
        return HANDSHAKE_UNDECIDED;
    return flow->client_bytes >= hello + CLIENT_FINISHED_BYTES ? HANDSHAKE_COMPLETE
                                                               : HANDSHAKE_UNDECIDED;
}

static enum handshake_end handshake_end_of(const struct fact_flow *flow, const struct summary *tls)
{
    if (flow->transport != TRANSPORT_TCP || !attempt_is_through(flow))
        return HANDSHAKE_UNDECIDED;
    if (tls == NULL) /* nothing could be read of it, but it may have worked */
        return flow->client_bytes > 0 && flow->server_bytes > 0 ? HANDSHAKE_COMPLETE
                                                                : HANDSHAKE_UNDECIDED;
    if (tls->data)
        return HANDSHAKE_COMPLETE;
    if (attempt_began_unseen(flow) || tls->hello_packet == PACKET_NONE)
        return HANDSHAKE_UNDECIDED;
    if (handshake_alert_is_failure((enum party)tls->alert_from, tls->alert, tls->version))
        return alert_end(tls);
    if (tls->version != 0)
        return answered_end(flow, tls);
    return flow_stalls(flow, tls) ? HANDSHAKE_STALLED : HANDSHAKE_UNDECIDED;
}

/* The server says hello long after it has accepted: it asked somebody else first. */
static bool hello_is_late(const struct fact_flow *flow, const struct summary *tls)
{
    if (flow->syn_ack_time == TIMESTAMP_NONE || flow->last_syn_time == TIMESTAMP_NONE ||
        tls->server_hello_time == TIMESTAMP_NONE)
        return false;
    int64_t opened = flow->syn_ack_time - flow->last_syn_time;
    int64_t answered = tls->server_hello_time - tls->hello_time;
    return opened >= 0 && answered >= LATE_LEAST && answered / LATE_FACTOR >= opened;
}

static struct handshake_answer answer_of(const struct fact_flow *flow, const struct summary *tls)
{
    bool opened = flow->syn_ack_time != TIMESTAMP_NONE && flow->last_syn_time != TIMESTAMP_NONE;
    return (struct handshake_answer){
        .marks = flow->tunnel_port != 0
                     ? 0
                     : handshake_marks(&flow->server_marks, tls == NULL ? 0 : tls->fingerprint),
        .round_trip = opened ? flow->syn_ack_time - flow->last_syn_time : DIFFERENCE_NONE,
        .offer = tls == NULL ? 0 : tls->offer,
        .post_quantum = tls != NULL && tls->post_quantum,
        .retried = tls != NULL && tls->retried};
}

static struct handshake_group group_of(const struct walk *walk, const struct fact_flow *flow,
                                       const struct summary *tls, enum handshake_end end,
                                       size_t row)
{
    bool alert = tls->alert_packet != PACKET_NONE && end != HANDSHAKE_STALLED;
    struct handshake_group group = {.client = flow->client.address,
                                    .server = flow->server.address,
                                    .row = row,
                                    .port = attempt_port(flow),
                                    .tunnel = flow->tunnel_port != 0,
                                    .end = end,
                                    .count = 1,
                                    .first_time = tls->hello_time,
                                    .last_time = alert ? tls->alert_time : flow->last_time,
                                    .first_completed = TIMESTAMP_NONE,
                                    .program = tls->program,
                                    .hello_bytes = tls->hello_bytes};
    const char *name = attempt_name(flow);
    if (name != NULL)
        group.name = arena_copy(&walk->builder->diagnosis->arena, name);
    if (end != HANDSHAKE_STALLED) {
        group.alert = alert ? tls->alert : HANDSHAKE_ALERT_HIDDEN;
        group.alert_from = alert ? (enum party)tls->alert_from : PARTY_CLIENT;
    }
    group.insists =
        flow->server_packets > 1 && flow->client_retransmissions >= STALL_RETRANSMISSIONS;
    group.near = !group.tunnel && hops_from_ttl(flow->server_ttl) == 1;
    group.late = hello_is_late(flow, tls);
    group.genuine = interception_genuine(walk->builder, flow->id);
    group.downgraded = tls->downgraded;
    group.same_answer = end == HANDSHAKE_REFUSED;
    group.answer = answer_of(flow, tls);
    group.path_mtu = flow->path_mtu;
    group.path_mtu_sender = flow->path_mtu_sender;
    group.path_mtu_packet = flow->path_mtu_packet;
    group.path_mtu_time = flow->path_mtu_time;
    group.examples[0] =
        (struct handshake_example){flow->id, tls->hello_packet, tls->hello_time,
                                   alert ? tls->alert_packet : flow->last_packet, group.last_time};
    return group;
}

static bool take_failure(void *owner, const struct fact *fact)
{
    struct walk *walk = owner;
    const struct fact_flow *flow = &fact->as.flow;
    const struct summary *tls = summary_of(walk, flow->id);
    enum handshake_end end = handshake_end_of(flow, tls);
    if (end == HANDSHAKE_UNDECIDED || end == HANDSHAKE_COMPLETE)
        return true;
    struct catalog_match match;
    attempt_match(walk->builder->ledger->catalog, flow, &match);
    if (match.primary == CATALOG_NO_SERVICE)
        return true;
    struct handshake_results *results = walk->results;
    struct handshake_group *groups =
        array_grow(results->groups, results->group_count, &walk->group_capacity, sizeof *groups);
    if (groups == NULL)
        return walk_out_of_memory(walk);
    results->groups = groups;
    groups[results->group_count++] = group_of(walk, flow, tls, end, match.primary);
    return true;
}

bool handshake_same_name(const char *one, const char *two)
{
    if (one == NULL || two == NULL)
        return one == two;
    return strcmp(one, two) == 0 ||
           (catalog_courier_name(one) != COURIER_NONE && catalog_courier_name(two) != COURIER_NONE);
}

static int compare_names(const char *one, const char *two)
{
    if (one == NULL || two == NULL)
        return (one != NULL) - (two != NULL);
    return strcmp(one, two);
}

static int compare_numbers(uint64_t one, uint64_t two)
{
    return one < two ? -1 : one > two;
}

static uint64_t group_word(const struct handshake_group *group)
{
    return (uint64_t)group->port << 32 | (uint64_t)group->end << 16 |
           (uint64_t)group->alert_from << 8 | group->alert;
}

/* By what makes them one group. */
static int compare_kin(const struct handshake_group *one, const struct handshake_group *two)
{
    int order = address_compare(&one->client, &two->client);
    if (order == 0)
        order = address_compare(&one->server, &two->server);
    if (order == 0)
        order = compare_numbers(one->row, two->row);
    if (order == 0)
        order = compare_numbers(group_word(one), group_word(two));
    return order != 0 ? order : compare_names(one->name, two->name);
}

static int compare_groups(const void *left, const void *right)
{
    const struct handshake_group *one = left, *two = right;
    int order = compare_kin(one, two);
    if (order == 0)
        order = one->first_time < two->first_time ? -1 : one->first_time > two->first_time;
    return order != 0
               ? order
               : compare_numbers(one->examples[0].hello_packet, two->examples[0].hello_packet);
}

static void group_merge(struct handshake_group *group, const struct handshake_group *next)
{
    if (group->count < HANDSHAKE_EXAMPLES)
        group->examples[group->count] = next->examples[0];
    group->count++;
    if (next->last_time > group->last_time)
        group->last_time = next->last_time;
    if (next->hello_bytes < group->hello_bytes)
        group->hello_bytes = next->hello_bytes;
    group->insists = group->insists && next->insists;
    group->near = group->near && next->near;
    group->late = group->late && next->late;
    group->genuine = group->genuine && next->genuine;
    group->downgraded = group->downgraded && next->downgraded;
    group->same_answer = group->same_answer && handshake_same_answer(&group->answer, &next->answer);
    if (group->path_mtu == 0) {
        group->path_mtu = next->path_mtu;
        group->path_mtu_sender = next->path_mtu_sender;
        group->path_mtu_packet = next->path_mtu_packet;
        group->path_mtu_time = next->path_mtu_time;
    }
}

static void groups_merge(struct handshake_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < results->group_count; i++) {
        struct handshake_group *last = count == 0 ? NULL : &results->groups[count - 1];
        if (last != NULL && compare_kin(last, &results->groups[i]) == 0)
            group_merge(last, &results->groups[i]);
        else
            results->groups[count++] = results->groups[i];
    }
    results->group_count = count;
}

/* Before they are put together: what is to be known of each. */
static bool failures_list(struct walk *walk)
{
    struct handshake_results *results = walk->results;
    qsort(results->groups, results->group_count, sizeof *results->groups, compare_groups);
    results->failures = calloc(results->group_count, sizeof *results->failures);
    for (size_t i = 0; i < results->group_count && results->failures != NULL; i++) {
        struct handshake_group *group = &results->groups[i];
        group->first_failure = i;
        results->failures[i] = (struct handshake_failure){.example = group->examples[0],
                                                          .time = group->first_time,
                                                          .next_success = TIMESTAMP_NONE,
                                                          .next_other = TIMESTAMP_NONE,
                                                          .program = group->program};
    }
    return results->failures != NULL || walk_out_of_memory(walk);
}

static int compare_servers(const void *left, const void *right)
{
    return address_compare(&((const struct handshake_server *)left)->address,
                           &((const struct handshake_server *)right)->address);
}

static bool servers_list(struct walk *walk)
{
    struct handshake_results *results = walk->results;
    results->servers = calloc(results->group_count, sizeof *results->servers);
    size_t rows = catalog_count(walk->builder->ledger->catalog);
    results->row_completed = calloc(rows + 1, sizeof *results->row_completed);
    if (results->servers == NULL || results->row_completed == NULL)
        return walk_out_of_memory(walk);
    for (size_t i = 0; i < results->group_count; i++)
        results->servers[i].address = results->groups[i].server;
    qsort(results->servers, results->group_count, sizeof *results->servers, compare_servers);
    for (size_t i = 0; i < results->group_count; i++)
        if (i == 0 || compare_servers(&results->servers[results->server_count - 1],
                                      &results->servers[i]) != 0)
            results->servers[results->server_count++] = results->servers[i];
    return true;
}

static struct handshake_server *server_find(const struct handshake_results *results,
                                            const struct address *address)
{
    struct handshake_server key = {.address = *address};
    return results->server_count == 0 ? NULL
                                      : bsearch(&key, results->servers, results->server_count,
                                                sizeof key, compare_servers);
}

const struct handshake_server *handshake_server_find(const struct handshake_results *results,
                                                     const struct address *address)
{
    return server_find(results, address);
}

static int compare_group_to_client(const void *group, const void *client)
{
    return address_compare(&((const struct handshake_group *)group)->client, client);
}

/* The first group of that client, or where it would be. */
static size_t client_begin(const struct handshake_results *results, const struct address *client)
{
    return array_first(results->groups, results->group_count, sizeof *results->groups,
                       compare_group_to_client, client);
}

/* The same address, or of IPv4 the same /24 (its 4 bytes are the last of 16). */
static bool is_neighbour(const struct address *one, const struct address *two)
{
    if (address_is_ipv4(one) && address_is_ipv4(two))
        return memcmp(one->octets, two->octets, sizeof one->octets - 1) == 0;
    return address_equal(one, two);
}

/* A good handshake, or at least an answered one. */
struct good {
    const struct fact_flow *flow;
    const struct summary *tls; /* may be NULL */
    const struct catalog_match *match;
    bool complete;
};

/* The first one later than that time is looked for: none is like it. */
static int compare_failure_to_time(const void *failure, const void *time)
{
    return ((const struct handshake_failure *)failure)->time <= *(const int64_t *)time ? -1 : 1;
}

/* Between which two failures was it? */
static void group_note_completed(struct handshake_results *results, struct handshake_group *group,
                                 const struct good *good, bool same_name)
{
    struct handshake_failure *failures = results->failures + group->first_failure;
    int64_t time = good->flow->first_time;
    size_t low =
        array_first(failures, group->count, sizeof *failures, compare_failure_to_time, &time);
    if (same_name && (group->first_completed == TIMESTAMP_NONE || time < group->first_completed))
        group->first_completed = time;
    if (same_name && good->tls != NULL && good->tls->program != 0)
        group->same_program = group->same_program || good->tls->program == group->program;
    if (low == 0)
        return;
    int64_t *next = same_name ? &failures[low - 1].next_success : &failures[low - 1].next_other;
    if (*next == TIMESTAMP_NONE || time < *next)
        *next = time;
}

static void group_learn(const struct walk *walk, struct handshake_group *group,
                        const struct good *good)
{
    const struct ledger *ledger = walk->builder->ledger;
    const struct fact_flow *flow = good->flow;
    const char *name = attempt_name(flow);
    bool same_client = address_equal(&group->client, &flow->client.address);
    bool same_name = handshake_same_name(group->name, name);
    bool push = strcmp(catalog_service(ledger->catalog, group->row)->category, "apns") == 0;
    if (good->complete && (same_name || (name == NULL && good->match->primary == group->row))) {
        if (same_client && attempt_port(flow) == group->port) {
            group->completed++;
            group_note_completed(walk->results, group, good, true);
        } else if (!same_client || push)
            group->served = true;
    } else if (good->complete && same_client) {
        group_note_completed(walk->results, group, good, false);
    }
    if (good->complete && same_client && good->tls != NULL)
        group->client_completes = true;
    bool fits = group->hello_bytes <= HANDSHAKE_BIG_HELLO ||
                (good->tls != NULL && good->tls->hello_bytes > HANDSHAKE_BIG_HELLO);
    if (same_client && name != NULL && !same_name && good->tls != NULL && flow->tunnel_port == 0 &&
        fits && is_neighbour(&group->server, &flow->server.address))
        group->other_name_answered = true;
}

static void client_learn(const struct walk *walk, const struct address *client,
                         const struct good *good)
{
    struct handshake_results *results = walk->results;
    for (size_t i = client_begin(results, client);
         i < results->group_count && address_equal(&results->groups[i].client, client); i++)
        group_learn(walk, &results->groups[i], good);
}

static bool take_good(void *owner, const struct fact *fact)
{
    struct walk *walk = owner;
    struct ledger *ledger = walk->builder->ledger;
    const struct fact_flow *flow = &fact->as.flow;
    struct catalog_match match;
    struct good good = {.flow = flow, .tls = summary_of(walk, flow->id), .match = &match};
    good.complete = handshake_end_of(flow, good.tls) == HANDSHAKE_COMPLETE;
    if (!good.complete && (good.tls == NULL || good.tls->version == 0))
        return true;
    attempt_match(ledger->catalog, flow, &match);
    if (match.primary == CATALOG_NO_SERVICE)
        return true;
    for (size_t i = 0; i < match.count && good.complete; i++)
        walk->results->row_completed[match.services[i]] = true;
    struct handshake_server *server = server_find(walk->results, &flow->server.address);
    if (server != NULL && good.tls != NULL && good.tls->hello_bytes > 0) {
        bool big = good.tls->hello_bytes > HANDSHAKE_BIG_HELLO;
        server->answers_big = server->answers_big || big;
        server->answers_small = server->answers_small || !big;
    }
    struct handshake_answer shown = answer_of(flow, good.tls);
    handshake_signals_learn(walk->results, ledger->networks, flow, good.complete, &shown);
    size_t count;
    const struct mac_owner *same = devices_same(ledger, &flow->client.address, &count);
    client_learn(walk, &flow->client.address, &good);
    for (size_t i = 0; i < count; i++)
        if (!address_equal(&same[i].address, &flow->client.address))
            client_learn(walk, &same[i].address, &good);
    return true;
}

static bool walk_share(struct walk *walk, enum fact_share share, fact_taker *take)
{
    const struct ledger *ledger = walk->builder->ledger;
    return facts_read_share(ledger->store, share, ledger->selection, take, walk,
                            walk->builder->problem) &&
           walk->ok;
}

static bool walk_kind(struct walk *walk, enum fact_kind kind, fact_taker *take)
{
    const struct ledger *ledger = walk->builder->ledger;
    return facts_read(ledger->store, kind, ledger->selection, take, walk, walk->builder->problem) &&
           walk->ok;
}

static bool results_gather(struct walk *walk)
{
    struct handshake_results *results = walk->results;
    /* Where data flowed nothing failed: the rest is only read to compare with. */
    if (!walk_share(walk, SHARE_TLS_WITHOUT_DATA, take_tls))
        return false;
    summaries_sort(walk);
    if (walk->summary_count > 0 && !walk_share(walk, SHARE_FLOWS_WITHOUT_DATA, take_failure))
        return false;
    if (results->group_count == 0)
        return true;
    walk->summary_count = 0;
    if (!walk_kind(walk, FACT_TLS, take_tls))
        return false;
    summaries_sort(walk);
    if (!failures_list(walk))
        return false;
    groups_merge(results);
    handshake_signals_compare(results, walk->builder->ledger->networks);
    return servers_list(walk) && walk_kind(walk, FACT_FLOW, take_good);
}

bool handshake_results_read(struct handshake_results *results, struct builder *builder)
{
    struct walk walk = {.builder = builder, .results = results, .ok = true};
    memset(results, 0, sizeof *results);
    bool ok = results_gather(&walk);
    free(walk.summaries);
    return ok;
}

void handshake_results_release(struct handshake_results *results)
{
    free(results->groups);
    free(results->servers);
    free(results->failures);
    free(results->row_completed);
    memset(results, 0, sizeof *results);
}
