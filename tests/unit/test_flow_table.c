/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/flow_table.c find each flow again from either side, forget it in
 * time, and never hold more than its limit?  A plain array is the model that the
 * random test holds it against.
 */
#include "base/fetch.h"
#include "flows/apns_life.h"
#include "flows/flow_life.h"
#include "flows/flow_trouble.h"
#include "tests/support/packets.h"

/* What program/memory.c and doc/performance.md count on: a flow of no interest with its
 * slot of the index, and one about Apple with its detail, are no larger. */
_Static_assert(sizeof(struct flow) <= 200, "a flow of no interest has grown");
_Static_assert(sizeof(struct flow) % CACHE_LINE == 0 || sizeof(void *) < 8,
               "a flow of no interest begins within a cache line");
_Static_assert(sizeof(struct flow) + sizeof(struct flow_detail) <= 1024,
               "a flow about Apple has grown");

#define MODEL_SIZE 3000
#define SECONDS(n) ((int64_t)(n)*1000) /* in milliseconds */

/* What the table told of the flows that it ended, by client port. */
struct endings {
    struct flow_table *table;
    uint32_t ended[65536];
    uint32_t count;
    uint32_t evicted;
    bool takes_detail;
};

static void note_end(void *owner, struct flow *flow, bool evicted)
{
    struct endings *endings = owner;
    endings->ended[flow->client.port]++;
    endings->count++;
    endings->evicted += evicted;
    if (endings->takes_detail)
        assert_non_null(flow_table_detail(endings->table, flow));
}

static int begin(void **state)
{
    struct endings *endings = calloc(1, sizeof *endings);
    assert_non_null(endings);
    *state = endings;
    return 0;
}

static int end(void **state)
{
    struct endings *endings = *state;
    flow_table_release(endings->table);
    free(endings);
    return 0;
}

static struct flow_table *table_of(struct endings *endings, uint32_t limit)
{
    endings->table = flow_table_create(limit, note_end, endings);
    assert_non_null(endings->table);
    return endings->table;
}

/* A SYN, or any other packet of TCP, to a server of this flow's own. */
static struct packet packet_of(uint32_t number, int side, int64_t milliseconds, int flags)
{
    struct packets_path path = packets_path("192.0.2.1", 0, "198.51.100.7", 443, TRANSPORT_TCP);
    path.client.port = (uint16_t)number;
    path.client.address.octets[14] = (uint8_t)(number >> 16);
    return packets_tcp(&path, side, milliseconds, flags, 0, 0, bytes_of(NULL, 0));
}

/* The packet is counted as tcp_outcome.c does it. */
static struct flow *take(struct flow_table *table, uint32_t number, int side, int64_t milliseconds)
{
    struct packet packet = packet_of(number, side, milliseconds, TCP_SYN);
    int found;
    bool created;
    struct flow *flow = flow_table_packet(table, &packet, &found, &created);
    assert_non_null(flow);
    flow->sides[found].packets++;
    flow->sides[found].last_time = packet.time;
    return flow;
}

static bool has(struct flow_table *table, uint32_t number)
{
    struct packet packet = packet_of(number, SIDE_SERVER, 0, TCP_ACK);
    int side = -1;
    struct flow *flow = flow_table_find(table, &packet, &side);
    if (flow == NULL)
        return false;
    assert_int_equal(side, SIDE_SERVER);
    assert_int_equal(flow->client.port, (uint16_t)number);
    return true;
}

static void expire(struct flow_table *table, int64_t milliseconds, int calls)
{
    while (calls-- > 0)
        flow_table_expire(table, packets_time(milliseconds));
}

static void test_both_directions(void **state)
{
    struct flow_table *table = table_of(*state, 10);
    struct packet syn = packet_of(50000, SIDE_CLIENT, 0, TCP_SYN);
    struct packet answer = packet_of(50000, SIDE_SERVER, 0, TCP_SYN | TCP_ACK);
    int side;
    bool created;
    assert_null(flow_table_find(table, &syn, &side));
    struct flow *flow = flow_table_packet(table, &syn, &side, &created);
    assert_true(created);
    assert_int_equal(side, SIDE_CLIENT);
    assert_int_equal(flow->client.port, 50000);
    assert_int_equal(flow->server.port, 443);
    assert_int_equal(flow->outcome, OUTCOME_SILENT);
    assert_int_equal(flow_syn_ack_time(flow), TIMESTAMP_NONE);
    assert_null(flow->detail);
    assert_ptr_equal(flow_table_packet(table, &answer, &side, &created), flow);
    assert_false(created);
    assert_int_equal(side, SIDE_SERVER);
    assert_ptr_equal(flow_table_packet(table, &syn, &side, &created), flow);
    assert_int_equal(side, SIDE_CLIENT);
    assert_int_equal(flow_table_count(table), 1);
}

/* The server's SYN/ACK, a service's port, or the lower port come first. */
static void test_who_is_the_server(void **state)
{
    struct flow_table *table = table_of(*state, 10);
    static const struct {
        uint16_t source, destination;
        uint8_t transport;
        int flags;
        bool from_server;
    } cases[] = {
        {40000, 50000, TRANSPORT_TCP, TCP_SYN, false},
        {50001, 40001, TRANSPORT_TCP, TCP_SYN | TCP_ACK, true},
        {5223, 50002, TRANSPORT_TCP, TCP_ACK, true},
        {50003, 5223, TRANSPORT_TCP, TCP_ACK, false},
        {53, 50004, TRANSPORT_UDP, 0, true},
        {50005, 53, TRANSPORT_UDP, 0, false},
        {123, 123, TRANSPORT_UDP, 0, false},
        {3478, 50006, TRANSPORT_UDP, 0, false}, /* no service's port: who spoke first */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct packets_path path = packets_path("192.0.2.1", cases[i].source, "192.0.2.2",
                                                cases[i].destination, cases[i].transport);
        struct packet packet = packets_from(&path, SIDE_CLIENT, 0);
        packet.tcp_flags = (uint8_t)cases[i].flags;
        int side;
        bool created;
        struct flow *flow = flow_table_packet(table, &packet, &side, &created);
        assert_true(created);
        assert_int_equal(side, cases[i].from_server ? SIDE_SERVER : SIDE_CLIENT);
        assert_int_equal(flow->server.port,
                         cases[i].from_server ? cases[i].source : cases[i].destination);
        assert_int_equal(flow->midstream,
                         cases[i].transport == TRANSPORT_TCP && cases[i].flags != TCP_SYN);
    }
}

static void test_what_keeps_flows_apart(void **state)
{
    struct flow_table *table = table_of(*state, 10);
    struct packet packets[5];
    for (size_t i = 0; i < 5; i++)
        packets[i] = packet_of(50000, SIDE_CLIENT, 0, TCP_SYN);
    packets[1].vlan = 7;
    packets[2].transport = TRANSPORT_UDP;
    packets[3].destination_port = 5223;
    packets[4].destination = packets_address("2001:db8::7");
    int side;
    bool created;
    for (size_t i = 0; i < 5; i++) {
        flow_table_packet(table, &packets[i], &side, &created);
        assert_true(created);
    }
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(flow_table_find(table, &packets[i], &side),
                                 flow_table_find(table, &packets[k], &side));
    assert_int_equal(flow_table_count(table), 5);
}

/* Some mirrors deliver what is sent and what is received in a VLAN each. */
static void test_directions_in_two_vlans(void **state)
{
    static struct packets_run run;
    (void)state;
    packets_begin(&run, 10);
    struct packet syn = packet_of(50000, SIDE_CLIENT, 0, TCP_SYN);
    struct packet answer = packet_of(50000, SIDE_SERVER, 20, TCP_SYN | TCP_ACK);
    struct packet stranger = answer;
    syn.vlan = 10;
    syn.sequence = 5000;
    answer.vlan = stranger.vlan = 20;
    stranger.acknowledgment = 500000; /* another connection of the same numbers */
    answer.acknowledgment = 5001;
    struct flow *flow = packets_run_one(&run, syn);
    assert_ptr_not_equal(packets_run_one(&run, stranger), flow);
    flow_table_end(run.flows, &stranger);
    assert_ptr_equal(packets_run_one(&run, answer), flow);
    assert_int_equal(flow->vlan, 10);
    assert_int_equal(flow->sides[SIDE_SERVER].packets, 1);
    /* Both are known now: a third VLAN is another network. */
    answer.vlan = 30;
    assert_ptr_not_equal(packets_run_one(&run, answer), flow);
    /* What an ICMP error quotes went one way, the error comes the other. */
    int side;
    syn.vlan = 20;
    assert_ptr_equal(flow_table_find(run.flows, &syn, &side), flow);
    assert_int_equal(side, SIDE_CLIENT);
    packets_end(&run);
}

/* The same addresses in two tunnels are two hosts; a connection may change its tunnel. */
static void test_tunnels(void **state)
{
    static struct packets_run run;
    (void)state;
    packets_begin(&run, 10);
    struct packet one = packet_of(50000, SIDE_CLIENT, 0, TCP_SYN);
    struct packet other = packet_of(50000, SIDE_CLIENT, 1, TCP_SYN);
    struct packet answer = packet_of(50000, SIDE_SERVER, 20, TCP_SYN | TCP_ACK);
    struct packet next = packet_of(50000, SIDE_CLIENT, 40, TCP_ACK);
    one.tunnel = 71001;
    one.sequence = 5000;
    other.tunnel = 71002;
    other.sequence = 3000000000u;
    struct flow *flow = packets_run_one(&run, one);
    assert_ptr_not_equal(packets_run_one(&run, other), flow);
    answer.tunnel = 90001; /* the way back has its own number */
    answer.sequence = 700;
    answer.acknowledgment = 5001;
    assert_ptr_equal(packets_run_one(&run, answer), flow);
    /* A mirror takes the next packet elsewhere: its numbers go on, so it is the same. */
    next.tunnel = 71003;
    next.sequence = 5001;
    next.acknowledgment = 701;
    assert_ptr_equal(packets_run_one(&run, next), flow);
    next.sequence = 5001 + (1u << 20);
    next.tunnel = 71004;
    assert_ptr_not_equal(packets_run_one(&run, next), flow);
    packets_end(&run);
}

/* Two networks with the same addresses, and an answer that may be of either. */
/* Networks that use the same addresses: each packet goes to the flow of its own, whichever is
 * found first, and numbers as near as these make nobody go on in another's. */
static void test_the_same_ends_in_many_networks(void **state)
{
    static struct packets_run run;
    struct flow *flows[8];
    (void)state;
    packets_begin(&run, 10);
    for (uint16_t round = 0; round < 3; round++)
        for (uint16_t i = 0; i < 8; i++) {
            int side = round == 1 ? SIDE_SERVER : SIDE_CLIENT;
            struct packet packet =
                packet_of(50000, side, 10 * round + i, round == 0 ? TCP_SYN : TCP_ACK);
            packet.vlan = (uint16_t)(10 + i);
            packet.sequence = packet.acknowledgment = 5000;
            struct flow *flow = packets_run_one(&run, packet);
            if (round == 0)
                flows[i] = flow;
            assert_ptr_equal(flow, flows[i]);
            assert_int_equal(flow->sides[side].packets, round == 2 ? 2 : 1);
            packet.sequence++;
            int found_side;
            assert_ptr_equal(flow_table_find(run.flows, &packet, &found_side), flow);
            assert_int_equal(found_side, side);
        }
    packets_end(&run);
}

static void test_an_answer_that_fits_two_vlans(void **state)
{
    static struct packets_run run;
    (void)state;
    packets_begin(&run, 10);
    struct packet syn = packet_of(50000, SIDE_CLIENT, 0, TCP_SYN);
    struct packet answer = packet_of(50000, SIDE_SERVER, 20, TCP_SYN | TCP_ACK);
    syn.vlan = 10;
    (void)packets_run_one(&run, syn);
    syn.vlan = 11;
    (void)packets_run_one(&run, syn);
    answer.vlan = 20;
    answer.acknowledgment = syn.sequence + 1;
    (void)packets_run_one(&run, answer);
    assert_int_equal(flow_table_count(run.flows), 3);
    packets_end(&run);
}

/* A host that talks to itself, on one port. */
static void test_both_ends_the_same(void **state)
{
    struct flow_table *table = table_of(*state, 2);
    struct packets_path path = packets_path("192.0.2.1", 99, "192.0.2.1", 99, TRANSPORT_UDP);
    struct packet packet = packets_from(&path, SIDE_CLIENT, 0);
    int side;
    bool created;
    flow_table_packet(table, &packet, &side, &created);
    assert_true(created);
    flow_table_packet(table, &packet, &side, &created);
    assert_false(created);
    flow_table_end(table, &packet);
    assert_int_equal(flow_table_count(table), 0);
    flow_table_end(table, &packet); /* nothing is there: nothing happens */
}

static void test_growth(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 100000);
    for (uint32_t i = 0; i < 60000; i++)
        take(table, i, SIDE_CLIENT, 0);
    assert_int_equal(flow_table_count(table), 60000);
    for (uint32_t i = 0; i < 60000; i++)
        assert_true(has(table, i));
    assert_false(has(table, 60000));
    assert_int_equal(endings->count, 0);
    flow_table_finish(table);
    assert_int_equal(endings->count, 60000);
    assert_int_equal(endings->evicted, 0);
    for (uint32_t i = 0; i < 60000; i++)
        assert_int_equal(endings->ended[i], 1);
    assert_int_equal(flow_table_count(table), 0);
}

static void test_eviction_at_the_limit(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 1500); /* no multiple of a block */
    endings->takes_detail = true;
    for (uint32_t i = 0; i < 5000; i++) {
        assert_non_null(flow_table_detail(table, take(table, i, SIDE_CLIENT, i)));
        assert_int_equal(flow_table_count(table), i < 1500 ? i + 1 : 1500);
    }
    assert_int_equal(endings->count, 3500);
    assert_int_equal(endings->evicted, 3500);
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(endings->ended[i], i < 3500); /* the oldest go first */
        assert_int_equal(has(table, i), i >= 3500);
    }
    flow_table_finish(table);
    assert_int_equal(endings->count, 5000);
    assert_int_equal(endings->evicted, 3500);
}

/* A flood of SYNs pushes out itself, not who is at work or of interest. */
static void test_eviction_spares_the_living(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 100);
    take(table, 1, SIDE_CLIENT, 0)->of_interest = true;
    for (uint32_t i = 1000; i < 3000; i++) {
        take(table, i, SIDE_CLIENT, i);
        take(table, 2, SIDE_CLIENT, i); /* old, but it goes on */
    }
    assert_int_equal(endings->evicted, 2002 - 100);
    assert_true(has(table, 1));
    assert_true(has(table, 2));
}

/* Connections to Apple that are open and quiet are looked at seldom: that nobody of a flood was
 * looked at as long ago as they were does not make them give way. */
static void test_eviction_spares_quiet_connections(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 100);
    for (uint32_t i = 0; i < 40; i++) {
        struct flow *flow = take(table, i, SIDE_CLIENT, 0);
        flow->of_interest = true;
        flow->outcome = OUTCOME_ANSWERED;
    }
    expire(table, SECONDS(20), 40);
    for (uint32_t i = 1000; i < 3000; i++)
        take(table, i, SIDE_CLIENT, SECONDS(30) + i);
    assert_int_equal(endings->evicted, 2040 - 100);
    for (uint32_t i = 0; i < 40; i++)
        assert_true(has(table, i));
}

static void test_eviction_where_all_are_of_interest(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 3);
    for (uint32_t i = 0; i < 100; i++)
        take(table, i, SIDE_CLIENT, i)->of_interest = true;
    assert_int_equal(flow_table_count(table), 3);
    assert_int_equal(endings->evicted, 97);
    assert_true(has(table, 99));
}

static void test_limit_of_none(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 0);
    take(table, 1, SIDE_CLIENT, 0);
    take(table, 2, SIDE_CLIENT, 0);
    assert_int_equal(flow_table_count(table), 1);
    assert_int_equal(endings->evicted, 1);
}

/* How long each kind may be quiet, in seconds. */
static void test_expiry(void **state)
{
    static const struct {
        enum flow_outcome outcome;
        uint8_t transport;
        bool of_interest;
        int seconds;
    } cases[] = {
        {OUTCOME_CLOSED, TRANSPORT_TCP, true, 10},
        {OUTCOME_RESET, TRANSPORT_TCP, false, 10},
        {OUTCOME_REFUSED, TRANSPORT_TCP, false, 10},
        {OUTCOME_SILENT, TRANSPORT_TCP, true, 180},
        {OUTCOME_REJECTED, TRANSPORT_TCP, false, 180},
        {OUTCOME_ANSWERED, TRANSPORT_TCP, false, 600},
        {OUTCOME_UNKNOWN, TRANSPORT_TCP, false, 600},
        {OUTCOME_ANSWERED, TRANSPORT_TCP, true, 7200},
        {OUTCOME_SILENT, TRANSPORT_UDP, false, 60},
        {OUTCOME_ANSWERED, TRANSPORT_UDP, true, 60},
    };
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 10);
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct packet packet = packet_of(i, SIDE_CLIENT, 0, TCP_SYN);
        packet.transport = cases[i].transport;
        int side;
        bool created;
        struct flow *flow = flow_table_packet(table, &packet, &side, &created);
        flow->sides[SIDE_CLIENT].packets = 1;
        flow->sides[SIDE_CLIENT].last_time = packet.time;
        flow->outcome = (uint8_t)cases[i].outcome & 7u;
        flow->of_interest = cases[i].of_interest;
        expire(table, SECONDS(cases[i].seconds), 1);
        assert_int_equal(flow_table_count(table), 1);
        /* Connections are looked at every 12 seconds, and what is patient every 62. */
        expire(table, SECONDS(cases[i].seconds + (cases[i].seconds > 10 ? 63 : 13)), 1);
        assert_int_equal(flow_table_count(table), 0);
        assert_int_equal(endings->ended[i], 1);
    }
    assert_int_equal(endings->evicted, 0);
}

static void visit_next(void *owner, struct flow *flow)
{
    uint16_t *next = owner;
    assert_int_equal(flow->client.port, (*next)++);
}

/* What is over soon is over when it is looked at first: a connection of some milliseconds,
 * and a question with its answer. */
static void test_one_look_is_enough(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 10);
    struct packet question = packet_of(1, SIDE_CLIENT, 0, 0);
    question.transport = TRANSPORT_UDP;
    int side;
    bool created;
    struct flow *asked = flow_table_packet(table, &question, &side, &created);
    asked->sides[SIDE_CLIENT].last_time = question.time + NANOSECONDS_PER_SECOND;
    take(table, 2, SIDE_CLIENT, SECONDS(1))->outcome = OUTCOME_CLOSED;
    expire(table, SECONDS(12), 1);
    assert_int_equal(flow_table_count(table), 2);
    expire(table, SECONDS(13), 1);
    assert_false(has(table, 2));
    expire(table, SECONDS(61), 1);
    assert_int_equal(flow_table_count(table), 1);
    expire(table, SECONDS(62), 1);
    assert_int_equal(flow_table_count(table), 0);
}

/* The one that was looked at longest ago, of both kinds. */
static void test_all_by_age(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 10);
    for (uint32_t i = 0; i < 6; i++) {
        struct packet packet = packet_of(i, SIDE_CLIENT, (int64_t)i * 10, TCP_SYN);
        int side;
        bool created;
        packet.transport = i % 3 == 0 ? TRANSPORT_UDP : TRANSPORT_TCP;
        assert_non_null(flow_table_packet(table, &packet, &side, &created));
    }
    uint16_t next = 0;
    flow_table_visit(table, visit_next, &next);
    assert_int_equal(next, 6);
    for (uint32_t i = 10; i < 16; i++) {
        take(table, i, SIDE_CLIENT, 100);
        if (i >= 14)
            assert_int_equal(endings->ended[i - 14], 1);
    }
    assert_int_equal(endings->evicted, 2);
}

/* Push sleeps for long, and so may what began before the capture did. */
static void test_who_may_sleep_for_hours(void **state)
{
    struct flow_detail detail = {.push = NULL};
    struct flow flow = {.transport = TRANSPORT_TCP,
                        .outcome = OUTCOME_ANSWERED,
                        .of_interest = true,
                        .detail = &detail};

    (void)state;
    assert_true(flow_patience(&flow) == INT64_C(1800) * NANOSECONDS_PER_SECOND);
    flow.midstream = true;
    assert_true(flow_patience(&flow) == INT64_C(7200) * NANOSECONDS_PER_SECOND);
    flow.midstream = false;
    detail.push = (struct apns_life *)&detail;
    assert_true(flow_patience(&flow) == INT64_C(7200) * NANOSECONDS_PER_SECOND);
    flow.outcome = OUTCOME_CLOSED;
    assert_true(flow_patience(&flow) == INT64_C(10) * NANOSECONDS_PER_SECOND);
}

static void test_expiry_does_little_at_a_time(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        take(table, i, SIDE_CLIENT, 0);
    take(table, 500, SIDE_CLIENT, SECONDS(300));
    uint32_t before = endings->count;
    expire(table, SECONDS(300), 1);
    assert_in_range(endings->count - before, 1, 4);
    expire(table, SECONDS(300), 1000);
    assert_int_equal(endings->count, 999);
    assert_true(has(table, 500));
}

/* A packet from the far future must not stop the clock for all others. */
static void test_time_that_steps_back(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 1000);
    take(table, 1, SIDE_CLIENT, SECONDS(1000000000));
    for (uint32_t i = 2; i < 10; i++)
        take(table, i, SIDE_CLIENT, 0);
    expire(table, SECONDS(-5), 10);
    assert_int_equal(endings->count, 0);
    expire(table, SECONDS(200), 20);
    assert_int_equal(endings->count, 8);
    assert_true(has(table, 1));
}

/* The table's ticks come round after 78 hours, and it does not matter. */
static void test_clock_that_jumps_by_all_ticks(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 1000);
    const int64_t round = ((INT64_C(1) << (32 + FLOW_TICK_BITS)) / NANOSECONDS_PER_MILLISECOND) + 1;
    take(table, 1, SIDE_CLIENT, 0);
    expire(table, round, 10);
    assert_int_equal(endings->count, 0);
    expire(table, round + SECONDS(13), 1);
    assert_int_equal(endings->count, 1);
    take(table, 2, SIDE_CLIENT, 3 * round);
    take(table, 3, SIDE_CLIENT, 2 * round);
    expire(table, 2 * round + SECONDS(200), 2); /* what comes from the future goes on */
    assert_int_equal(endings->count, 2);
    assert_true(has(table, 2));
    expire(table, 3 * round + SECONDS(300), 2);
    assert_int_equal(endings->count, 3);
}

static void test_detail_comes_and_goes(void **state)
{
    struct flow_table *table = table_of(*state, 10);
    struct flow *flow = take(table, 1, SIDE_CLIENT, 0);
    flow_table_drop_detail(table, flow);
    struct flow_detail *detail = flow_table_detail(table, flow);
    assert_ptr_equal(flow_table_detail(table, flow), detail);
    detail->server_name = strdup("gs.apple.com");
    detail->dissector_state = malloc(10);
    detail->streams[SIDE_SERVER].buffer = malloc(10);
    detail->identity = 77;
    flow_table_drop_detail(table, flow);
    assert_null(flow->detail);
    detail = flow_table_detail(table, flow); /* perhaps the same memory, but blank */
    static const struct stream nothing;
    assert_null(detail->server_name);
    assert_null(detail->dissector_state);
    assert_int_equal(detail->identity, 0);
    assert_memory_equal(&detail->streams[SIDE_SERVER], &nothing, sizeof nothing);
    detail->server_name = strdup("left for the release");
}

static void model_check(struct flow_table *table, const bool *model)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < MODEL_SIZE; i++) {
        assert_int_equal(has(table, i), model[i]);
        count += model[i];
    }
    assert_int_equal(flow_table_count(table), count);
}

/* What goes leaves no hole in which others get lost. */
static void test_random_against_model(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, MODEL_SIZE);
    bool model[MODEL_SIZE] = {false};
    uint64_t seed = UINT64_C(0x2545f4914f6cdd1d);
    uint32_t removed = 0;
    for (uint32_t step = 0; step < 60000; step++) {
        uint32_t number = packets_random(&seed, MODEL_SIZE);
        /* First mostly in, then mostly out. */
        if (packets_random(&seed, 100) < (step / 15000 % 2 == 0 ? 75u : 25u)) {
            take(table, number, SIDE_CLIENT, 0);
            model[number] = true;
        } else {
            struct packet packet = packet_of(number, (int)packets_random(&seed, 2), 0, TCP_ACK);
            flow_table_end(table, &packet);
            removed += model[number];
            model[number] = false;
        }
        if (step % 3000 == 0)
            model_check(table, model);
    }
    model_check(table, model);
    assert_int_equal(endings->count, removed);
    assert_int_equal(endings->evicted, 0);
}

/* The flow that is due may end early, and its place be another's by then; whatever happens,
 * each flow is found until it has ended. */
static void test_random_with_expiry(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 16);
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    int64_t now = 0;
    uint32_t begun = 0;
    for (uint32_t step = 0; step < 40000; step++) {
        uint32_t number = packets_random(&seed, 64);
        now += packets_random(&seed, SECONDS(12));
        begun += !has(table, number);
        take(table, number, SIDE_CLIENT, now)->outcome =
            packets_random(&seed, 2) != 0 ? OUTCOME_CLOSED : OUTCOME_ANSWERED;
        assert_true(has(table, number));
        expire(table, now, (int)packets_random(&seed, 3));
        struct packet packet = packet_of(packets_random(&seed, 64), SIDE_CLIENT, now, TCP_ACK);
        flow_table_end(table, &packet);
        assert_int_equal(flow_table_count(table) + endings->count, begun);
    }
    assert_in_range(endings->evicted, 1000, begun - 1000);
    flow_table_finish(table);
    assert_int_equal(endings->count, begun);
    for (uint32_t number = 0; number < 64; number++)
        assert_false(has(table, number));
}

/* The same two ends in one tunnel after the other: their first flows give way. */
static void test_channels_have_a_limit(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 1000);
    for (uint32_t i = 0; i < 300; i++) {
        struct packet packet = packet_of(7, SIDE_CLIENT, i, TCP_SYN);
        bool created;
        int side;
        packet.tunnel = i + 1;
        assert_non_null(flow_table_packet(table, &packet, &side, &created));
        assert_true(created);
        assert_int_equal(flow_table_count(table), i < 64 ? i + 1 : 64);
    }
    assert_int_equal(endings->evicted, 300 - 64);
}

/* Details give way where memory is short, and flows that own much. */
static void test_memory_has_a_limit(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 100000);
    const uint64_t least = UINT64_C(1) << 20;
    flow_table_limit_memory(table, least);
    for (uint32_t i = 0; i < 3000; i++) {
        assert_non_null(flow_table_detail(table, take(table, i, SIDE_CLIENT, i)));
        flow_table_expire(table, i);
    }
    assert_in_range(endings->evicted, 1000, 2999);
    assert_in_range((uint64_t)flow_table_count(table) * sizeof(struct flow_detail), least / 8,
                    least);
    uint32_t evicted = endings->evicted;
    struct observation observation = {.owned = flow_table_owned(table)};
    for (uint32_t i = 3000; i < 4000; i++) {
        assert_non_null(flow_missing_make(&observation, take(table, i, SIDE_CLIENT, i)));
        flow_table_expire(table, i);
    }
    assert_in_range(endings->evicted - evicted, 500, 2500);
    assert_in_range(*flow_table_owned(table), 1, least);
    flow_table_finish(table);
    assert_int_equal(*flow_table_owned(table), 0);
}

/* Flows whose lone SYNs look as if they were to push own much: their details give way, and what
 * these own with them, before any flow does. */
static void test_lone_syns_give_way_before_flows(void **state)
{
    struct endings *endings = *state;
    struct flow_table *table = table_of(endings, 100000);
    const uint64_t least = UINT64_C(2) << 20;
    flow_table_limit_memory(table, least);
    for (uint32_t i = 0; i < 4000; i++) {
        struct flow *flow = take(table, i, SIDE_CLIENT, i);
        assert_non_null(flow_table_detail(table, flow));
        flow->syns = 1;
        flow->sides[SIDE_CLIENT].packets = 1;
        flow->detail->begins_with_syn = true;
        flow->detail->push = calloc(1, apns_life_size());
        *flow_table_owned(table) += apns_life_size();
        flow_table_expire(table, i);
    }
    assert_int_equal(endings->evicted, 0);
    assert_int_equal(flow_table_count(table), 4000);
    assert_in_range(*flow_table_owned(table), 1, least);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_both_directions),
        TEST(test_who_is_the_server),
        TEST(test_what_keeps_flows_apart),
        TEST(test_directions_in_two_vlans),
        TEST(test_tunnels),
        TEST(test_the_same_ends_in_many_networks),
        TEST(test_an_answer_that_fits_two_vlans),
        TEST(test_both_ends_the_same),
        TEST(test_growth),
        TEST(test_eviction_at_the_limit),
        TEST(test_eviction_spares_the_living),
        TEST(test_eviction_spares_quiet_connections),
        TEST(test_eviction_where_all_are_of_interest),
        TEST(test_limit_of_none),
        TEST(test_expiry),
        TEST(test_one_look_is_enough),
        TEST(test_all_by_age),
        TEST(test_who_may_sleep_for_hours),
        TEST(test_expiry_does_little_at_a_time),
        TEST(test_time_that_steps_back),
        TEST(test_clock_that_jumps_by_all_ticks),
        TEST(test_detail_comes_and_goes),
        TEST(test_random_against_model),
        TEST(test_random_with_expiry),
        TEST(test_channels_have_a_limit),
        TEST(test_memory_has_a_limit),
        TEST(test_lone_syns_give_way_before_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
