/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/host_table.c count what became of each host's connections, those
 * that have nothing to do with Apple apart?
 */
#include "tests/support/packets.h"

#include "flows/host_table.h"

static int begin(void **state)
{
    struct packets_run *run = malloc(sizeof *run);
    assert_non_null(run);
    packets_begin(run, 4);
    *state = run;
    return 0;
}

static int end(void **state)
{
    packets_end(*state);
    free(*state);
    return 0;
}

static struct flow flow_of(const char *client, uint8_t transport, enum flow_outcome outcome)
{
    struct packets_path path = packets_path(client, 50000, "203.0.113.1", 443, transport);
    struct flow flow = {.client = path.client,
                        .server = path.server,
                        .transport = transport & 0x1fu,
                        .outcome = (uint8_t)outcome & 7u,
                        .first_time = packets_time(0)};
    flow.sides[SIDE_CLIENT] = (struct flow_side){.packets = 3, .last_time = packets_time(30)};
    return flow;
}

static struct packet packet_of(const struct flow *flow, int side)
{
    struct packets_path path = {flow->client, flow->server, flow->transport, 0};
    struct packet packet = packets_from(&path, side, 0);
    packet.has_macs = true;
    assert_true(mac_parse("02:00:00:00:00:01",
                          side == SIDE_CLIENT ? &packet.source_mac : &packet.destination_mac));
    assert_true(mac_parse("02:00:00:00:00:02",
                          side == SIDE_CLIENT ? &packet.destination_mac : &packet.source_mac));
    return packet;
}

static void begins_and_ends(struct host_table *table, struct flow *flow)
{
    struct packet packet = packet_of(flow, SIDE_CLIENT);
    host_table_flow_began(table, flow, &packet);
    host_table_flow_ended(table, flow);
}

static void test_outcomes(void **state)
{
    struct packets_run *run = *state;
    struct host_table *table = host_table_create(10);
    assert_non_null(table);
    for (enum flow_outcome outcome = OUTCOME_UNKNOWN; outcome <= OUTCOME_RESET; outcome++) {
        struct flow flow = flow_of("192.0.2.1", TRANSPORT_TCP, outcome);
        flow.syns = 2;
        begins_and_ends(table, &flow);
        flow.syns = 1; /* one SYN without an answer is no silence yet */
        begins_and_ends(table, &flow);
        flow.midstream = true;
        begins_and_ends(table, &flow);
        flow.midstream = false;
        flow.of_interest = true;
        begins_and_ends(table, &flow);
        flow = flow_of("192.0.2.1", TRANSPORT_UDP, outcome);
        begins_and_ends(table, &flow);
    }
    host_table_finish(table, &run->observation);
    assert_int_equal(run->fact_count, 1);
    const struct fact_host *host = &packets_last(run, FACT_HOST)->as.host;
    assert_int_equal(host->other_tcp_opened, 14);
    assert_int_equal(host->other_tcp_silent, 1);
    assert_int_equal(host->other_tcp_refused, 4);
    assert_int_equal(host->other_tcp_answered, 6);
    assert_int_equal(host->packets_sent, 7 * 5 * 3);
    host_table_release(table);
}

static void test_times_and_sides(void **state)
{
    struct packets_run *run = *state;
    struct host_table *table = host_table_create(10);
    struct flow flow = flow_of("192.0.2.1", TRANSPORT_TCP, OUTCOME_ANSWERED);
    begins_and_ends(table, &flow);
    host_table_finish(table, &run->observation);
    const struct fact_host *host = &run->facts[0].as.host;
    assert_int_equal(host->first_time, packets_time(0));
    assert_int_equal(host->last_time, packets_time(30));
    assert_int_equal(host->first_received_time, TIMESTAMP_NONE);
    assert_int_equal(host->last_received_time, TIMESTAMP_NONE);
    assert_int_equal(host->one_sided_sent, 0);
    flow.first_time = packets_time(-40); /* time may step back */
    flow.sides[SIDE_CLIENT].heard = true;
    begins_and_ends(table, &flow);
    flow.sides[SIDE_SERVER] =
        (struct flow_side){.packets = 5, .last_time = packets_time(20), .heard = true};
    begins_and_ends(table, &flow);
    flow.sides[SIDE_CLIENT] = (struct flow_side){0};
    begins_and_ends(table, &flow);
    host_table_finish(table, &run->observation);
    host = &run->facts[1].as.host;
    assert_int_equal(host->first_time, packets_time(-40));
    assert_int_equal(host->last_time, packets_time(30));
    assert_int_equal(host->last_received_time, packets_time(20));
    assert_int_equal(host->packets_received, 10);
    assert_int_equal(host->one_sided_sent, 1);
    assert_int_equal(host->one_sided_received, 1);
    host_table_release(table);
}

static void test_mac(void **state)
{
    struct packets_run *run = *state;
    struct host_table *table = host_table_create(10);
    struct flow flow = flow_of("192.0.2.1", TRANSPORT_TCP, OUTCOME_SILENT);
    struct packet packet = packet_of(&flow, SIDE_SERVER);
    packet.has_macs = false; /* a tunnel, or a link layer without */
    host_table_flow_began(table, &flow, &packet);
    packet.has_macs = true; /* picked up where the server spoke */
    host_table_flow_began(table, &flow, &packet);
    packet.destination_mac.octets[5] = 9; /* the first one stays */
    host_table_flow_began(table, &flow, &packet);
    host_table_flow_ended(table, &flow);
    struct flow other = flow_of("192.0.2.2", TRANSPORT_TCP, OUTCOME_SILENT);
    begins_and_ends(table, &other);
    host_table_finish(table, &run->observation);
    assert_int_equal(run->fact_count, 2); /* in the order in which they came */
    char text[MAC_TEXT_SIZE];
    for (size_t i = 0; i < 2; i++) {
        assert_true(run->facts[i].as.host.has_mac);
        assert_string_equal(mac_print(&run->facts[i].as.host.mac, text), "02:00:00:00:00:01");
    }
    host_table_release(table);
}

static void test_received_without_a_flow(void **state)
{
    struct packets_run *run = *state;
    struct host_table *table = host_table_create(10);
    struct flow flow = flow_of("192.0.2.1", TRANSPORT_TCP, OUTCOME_SILENT);
    begins_and_ends(table, &flow);
    struct packet reply = {.time = packets_time(500)};
    reply.destination = flow.client.address;
    host_table_received(table, &reply);
    reply.time = packets_time(400);
    host_table_received(table, &reply);
    reply.destination = packets_address("224.0.0.251");
    host_table_received(table, &reply);
    reply.destination = packets_address("192.0.2.77"); /* began nothing: no host of ours */
    host_table_received(table, &reply);
    host_table_finish(table, &run->observation);
    assert_int_equal(run->fact_count, 1);
    assert_int_equal(run->facts[0].as.host.packets_received, 2);
    assert_int_equal(run->facts[0].as.host.first_received_time, packets_time(400));
    assert_int_equal(run->facts[0].as.host.last_received_time, packets_time(500));
    host_table_release(table);
}

/* Who comes too late is not counted; who was there still is. */
static void test_limit(void **state)
{
    struct packets_run *run = *state;
    struct host_table *table = host_table_create(50);
    struct flow flow = flow_of("192.0.2.0", TRANSPORT_TCP, OUTCOME_CLOSED);
    for (int round = 0; round < 2; round++) {
        for (uint8_t i = 0; i < 200; i++) {
            flow.client.address.octets[15] = i;
            begins_and_ends(table, &flow);
        }
    }
    host_table_finish(table, &run->observation);
    assert_int_equal(run->fact_count, 50);
    for (uint8_t i = 0; i < 50; i++) {
        assert_int_equal(run->facts[i].as.host.address.octets[15], i);
        assert_int_equal(run->facts[i].as.host.other_tcp_opened, 2);
    }
    host_table_release(table);
    host_table_release(NULL);
}

static void test_many_hosts(void **state)
{
    (void)state;
    struct host_table *table = host_table_create(5000);
    struct flow flow = flow_of("10.0.0.0", TRANSPORT_TCP, OUTCOME_CLOSED);
    for (uint32_t i = 0; i < 20000; i++) {
        flow.client.address.octets[14] = (uint8_t)(i >> 8);
        flow.client.address.octets[15] = (uint8_t)i;
        begins_and_ends(table, &flow);
    }
    host_table_release(table);
    table = host_table_create(0);
    begins_and_ends(table, &flow);
    host_table_release(table);
}

/* A host of which one packet came, and nothing else, makes room; others do not. */
static void test_who_makes_room(void **state)
{
    struct packets_run *run = *state;
    struct host_table *table = host_table_create(3);
    struct flow lone = flow_of("10.0.0.1", TRANSPORT_TCP, OUTCOME_SILENT);
    struct flow busy = flow_of("10.0.0.2", TRANSPORT_TCP, OUTCOME_CLOSED);
    struct flow twice = flow_of("10.0.0.3", TRANSPORT_TCP, OUTCOME_SILENT);
    struct flow late = flow_of("10.0.0.4", TRANSPORT_TCP, OUTCOME_CLOSED);
    struct packet packet = packet_of(&late, SIDE_CLIENT);
    lone.sides[SIDE_CLIENT].packets = twice.sides[SIDE_CLIENT].packets = 1;
    busy.sides[SIDE_SERVER].packets = late.sides[SIDE_SERVER].packets = 3;
    begins_and_ends(table, &lone);
    begins_and_ends(table, &busy);
    begins_and_ends(table, &twice);
    begins_and_ends(table, &twice);
    assert_true(host_table_flow_began(table, &late, &packet));
    host_table_flow_ended(table, &late);
    assert_false(host_table_flow_began(table, &lone, &packet));
    assert_int_equal(host_table_dropped(table), 2);
    host_table_finish(table, &run->observation);
    assert_int_equal(run->fact_count, 3);
    host_table_release(table);
}

/* Where it is known that they were told, those who are quiet for long make room, and no one
 * else does. */
static void test_the_quiet_make_room(void **state)
{
    struct packets_run *run = *state;
    struct host_table *table = host_table_create(3);
    struct flow flow = flow_of("10.0.0.1", TRANSPORT_TCP, OUTCOME_CLOSED);
    struct flow late = flow_of("10.0.0.4", TRANSPORT_TCP, OUTCOME_CLOSED);
    struct packet packet = packet_of(&late, SIDE_CLIENT);
    flow.sides[SIDE_SERVER].packets = 3;
    flow.sides[SIDE_SERVER].last_time = packets_time(30);
    begins_and_ends(table, &flow);
    flow.client.address.octets[15] = 2;
    flow.sides[SIDE_CLIENT].last_time = packets_time(1000);
    begins_and_ends(table, &flow);
    flow.client.address.octets[15] = 3; /* its connection is open still */
    host_table_flow_began(table, &flow, &packet);
    host_table_flow_goes_on(table, &flow);
    assert_false(host_table_flow_began(table, &late, &packet));
    assert_int_equal(host_table_dropped(table), 1);
    host_table_forget_before(table, packets_time(500));
    assert_true(host_table_flow_began(table, &late, &packet));
    assert_int_equal(host_table_dropped(table), 1);
    host_table_flow_ended(table, &late);
    host_table_flow_ended(table, &flow);
    late.client.address.octets[15] = 5;
    host_table_forget_before(table, packets_time(20));
    assert_false(host_table_flow_began(table, &late, &packet));
    assert_int_equal(host_table_dropped(table), 2);
    host_table_finish(table, &run->observation);
    assert_int_equal(run->fact_count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_not_equal(run->facts[i].as.host.address.octets[15], 1);
    host_table_release(table);
}

/* It may come before the host's first flow is seen, and says nothing by itself. */
static void test_errors_that_cannot_be_read(void **state)
{
    struct packets_run *run = *state;
    struct host_table *table = host_table_create(2);
    struct flow flow = flow_of("192.0.2.1", TRANSPORT_TCP, OUTCOME_SILENT);
    struct packet error = {.time = packets_time(500)};
    error.destination = flow.client.address;
    host_table_unread_error(table, &error);
    begins_and_ends(table, &flow);
    host_table_unread_error(table, &error);
    error.destination = packets_address("192.0.2.2");
    host_table_unread_error(table, &error);
    error.destination = packets_address("192.0.2.3"); /* no room for it */
    host_table_unread_error(table, &error);
    host_table_finish(table, &run->observation);
    assert_int_equal(run->fact_count, 1);
    assert_int_equal(run->facts[0].as.host.unread_errors, 2);
    assert_int_equal(run->facts[0].as.host.packets_received, 0);
    host_table_release(table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_outcomes),
        TEST(test_times_and_sides),
        TEST(test_mac),
        TEST(test_received_without_a_flow),
        TEST(test_limit),
        TEST(test_the_quiet_make_room),
        TEST(test_many_hosts),
        TEST(test_who_makes_room),
        TEST(test_errors_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
