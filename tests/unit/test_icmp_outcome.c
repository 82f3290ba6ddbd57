/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/icmp_outcome.c tell what an ICMP error says of a flow, and who says it?
 * The errors are whole frames, so that capture/ reads the quoted header.
 */
#include "tests/support/packets.h"

#include "capture/decapsulate.h"
#include "flows/icmp_outcome.h"

#define ROUTER_IPV4 "198.51.100.9"
#define ROUTER_IPV6 "2001:db8:9::9"

struct talk {
    struct packets_run run;
    struct packets_path path;
    int64_t now; /* milliseconds */
};

static int begin(void **state)
{
    struct talk *talk = calloc(1, sizeof *talk);
    assert_non_null(talk);
    packets_begin(&talk->run, 16);
    talk->path = packets_path("192.0.2.1", 50000, "17.0.0.1", 443, TRANSPORT_TCP);
    *state = talk;
    return 0;
}

static int begin_ipv6(void **state)
{
    begin(state);
    struct talk *talk = *state;
    talk->path = packets_path("2001:db8::1", 50000, "2620:149:a44::1", 443, TRANSPORT_TCP);
    return 0;
}

static int end(void **state)
{
    struct talk *talk = *state;
    packets_end(&talk->run);
    free(talk);
    return 0;
}

static struct flow *tcp(struct talk *talk, int side, int flags, size_t length)
{
    static const uint8_t zeros[100];
    return packets_run_one(&talk->run, packets_tcp(&talk->path, side, talk->now += 10, flags,
                                                   side == SIDE_CLIENT ? 1000 : 5000, 0,
                                                   bytes_of(zeros, length)));
}

/* The header of a packet of this side's, as a router quotes it. */
static size_t put_quoted(const struct talk *talk, int side, uint8_t *to)
{
    const struct packets_path *path = &talk->path;
    const struct endpoint *source = side == SIDE_CLIENT ? &path->client : &path->server;
    const struct endpoint *destination = side == SIDE_CLIENT ? &path->server : &path->client;
    bool ipv4 = address_is_ipv4(&source->address);
    size_t header = ipv4 ? 20 : 40;
    memset(to, 0, header + 8);
    to[0] = ipv4 ? 0x45 : 0x60;
    to[ipv4 ? 2 : 4] = 0x05; /* 1400 bytes, of which no more than 8 are quoted */
    to[ipv4 ? 8 : 7] = 61;
    to[ipv4 ? 9 : 6] = path->transport;
    const uint8_t *addresses[] = {source->address.octets, destination->address.octets};
    size_t length = ipv4 ? 4 : 16;
    for (size_t i = 0; i < 2; i++)
        memcpy(to + (ipv4 ? 12 : 8) + i * length, addresses[i] + 16 - length, length);
    to[header] = (uint8_t)(source->port >> 8);
    to[header + 1] = (uint8_t)source->port;
    to[header + 2] = (uint8_t)(destination->port >> 8);
    to[header + 3] = (uint8_t)destination->port;
    return header + 8;
}

/* An error of the router's about a packet of this side's, as program/pipeline.c
 * takes it; false when its quotation finds no flow. */
static bool icmp(struct talk *talk, int side, uint8_t type, uint8_t code, uint32_t word)
{
    bool ipv4 = address_is_ipv4(&talk->path.client.address);
    uint8_t payload[64];
    struct packet packet = packets_from(&talk->path, SIDE_SERVER, talk->now += 10), quoted;
    for (int i = 0; i < 4; i++)
        payload[i] = (uint8_t)(word >> (24 - 8 * i));
    packet.payload = bytes_of(payload, 4 + put_quoted(talk, side, payload + 4));
    packet.payload_length = (uint32_t)packet.payload.length;
    packet.identity = packet_identity(1, ++talk->run.number);
    packet.source = packets_address(ipv4 ? ROUTER_IPV4 : ROUTER_IPV6);
    packet.source_port = packet.destination_port = 0;
    packet.transport = ipv4 ? TRANSPORT_ICMP : TRANSPORT_ICMPV6;
    packet.icmp_type = type;
    packet.icmp_code = code;
    packet.ttl = 61;
    if (!decapsulate_quoted(&packet, &quoted))
        return false;
    int found;
    struct flow *flow = flow_table_find(talk->run.flows, &quoted, &found);
    if (flow == NULL)
        return false;
    assert_int_equal(found, side);
    icmp_outcome(&talk->run.observation, flow, found, &packet);
    return true;
}

/* One SYN, one error about it. */
static void check_rejected(struct talk *talk, uint8_t type, uint8_t code)
{
    struct flow *flow = tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    assert_true(icmp(talk, SIDE_CLIENT, type, code, 0));
    assert_int_equal(flow->outcome, OUTCOME_REJECTED);
    const struct flow_detail *detail = flow->detail;
    bool ipv4 = address_is_ipv4(&talk->path.client.address);
    struct address router = packets_address(ipv4 ? ROUTER_IPV4 : ROUTER_IPV6);
    assert_true(detail->has_icmp);
    assert_int_equal(detail->icmp_type, type);
    assert_int_equal(detail->icmp_code, code);
    assert_int_equal(detail->icmp_ttl, 61);
    assert_int_equal(detail->icmp_time, packets_time(talk->now));
    assert_int_equal(detail->icmp_packet, packet_identity(1, talk->run.number));
    assert_true(address_equal(&detail->icmp_sender, &router));
    const struct fact_event *event = &packets_last(&talk->run, FACT_EVENT)->as.event;
    assert_int_equal(event->kind, EVENT_ICMP_ERROR);
    assert_int_equal(event->from, PARTY_OTHER);
    assert_true(address_equal(&event->sender, &router));
    assert_int_equal(event->mtu, 0);
    talk->path.client.port++;
}

/* RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1: all but 4. */
static void test_all_codes_ipv4(void **state)
{
    struct talk *talk = *state;
    for (uint8_t code = 0; code <= 15; code++)
        if (code != 4)
            check_rejected(talk, 3, code);
}

/* RFC 4443 section 3.1, and one that it does not know. */
static void test_all_codes_ipv6(void **state)
{
    struct talk *talk = *state;
    for (uint8_t code = 0; code <= 7; code++)
        check_rejected(talk, 1, code);
}

static void test_first_rejection_is_kept(void **state)
{
    struct talk *talk = *state;
    struct flow *flow = tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    assert_true(icmp(talk, SIDE_CLIENT, 3, 13, 0));
    assert_true(icmp(talk, SIDE_CLIENT, 3, 1, 0));
    assert_int_equal(flow->detail->icmp_code, 13);
    tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    assert_int_equal(flow->outcome, OUTCOME_REJECTED);
    tcp(talk, SIDE_SERVER, TCP_SYN | TCP_ACK, 0);
    assert_int_equal(flow->outcome, OUTCOME_ANSWERED);
    assert_true(icmp(talk, SIDE_CLIENT, 3, 1, 0)); /* in an open connection */
    assert_int_equal(flow->outcome, OUTCOME_ANSWERED);
}

/* Time exceeded, parameter problem and size tell of a route. */
static void test_what_rejects_nothing(void **state)
{
    struct talk *talk = *state;
    bool ipv4 = address_is_ipv4(&talk->path.client.address);
    struct flow *flow = tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    assert_true(icmp(talk, SIDE_CLIENT, ipv4 ? 3 : 2, ipv4 ? 4 : 0, 0));
    assert_true(icmp(talk, SIDE_CLIENT, ipv4 ? 11 : 3, 0, 0));
    assert_true(icmp(talk, SIDE_CLIENT, ipv4 ? 12 : 4, 0, 0));
    assert_int_equal(flow->outcome, OUTCOME_SILENT);
    assert_false(flow->detail->has_icmp);
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 3);
}

/* Of several the smallest counts; what no link may have does not. */
static void test_path_mtu_ipv4(void **state)
{
    struct talk *talk = *state;
    struct address router = packets_address(ROUTER_IPV4);
    struct flow *flow = tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    assert_true(icmp(talk, SIDE_CLIENT, 3, 4, 0)); /* RFC 1191 section 3: does not say */
    assert_int_equal(flow->detail->path_mtu, 0);
    assert_true(icmp(talk, SIDE_CLIENT, 3, 4, 0xffff05d4)); /* 1492; the rest is unused */
    assert_int_equal(flow->detail->path_mtu, 1492);
    assert_int_equal(packets_last(&talk->run, FACT_EVENT)->as.event.mtu, 1492);
    assert_true(icmp(talk, SIDE_CLIENT, 3, 4, 1400));
    uint64_t smallest = packet_identity(1, talk->run.number);
    int64_t then = packets_last(&talk->run, FACT_EVENT)->as.event.time;
    assert_true(icmp(talk, SIDE_CLIENT, 3, 4, 1480));
    assert_true(icmp(talk, SIDE_CLIENT, 3, 4, 67));
    assert_true(icmp(talk, SIDE_CLIENT, 3, 13, 600)); /* another code has no MTU */
    assert_int_equal(packets_last(&talk->run, FACT_EVENT)->as.event.mtu, 0);
    assert_int_equal(flow->detail->path_mtu, 1400);
    assert_int_equal(flow->detail->path_mtu_packet, smallest);
    assert_int_equal(flow->detail->path_mtu_time, then);
    assert_true(address_equal(&flow->detail->path_mtu_sender, &router));
}

static void test_path_mtu_ipv6(void **state)
{
    struct talk *talk = *state;
    struct flow *flow = tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    assert_true(icmp(talk, SIDE_CLIENT, 2, 0, 1279)); /* RFC 8201 section 4: ignored */
    assert_int_equal(flow->detail->path_mtu, 0);
    assert_true(icmp(talk, SIDE_CLIENT, 2, 0, 100000));
    assert_int_equal(flow->detail->path_mtu, 100000);
    assert_true(icmp(talk, SIDE_CLIENT, 2, 0, 1280));
    assert_int_equal(flow->detail->path_mtu, 1280);
    assert_false(flow->detail->has_icmp);
}

/* The way back has an MTU too; what refuses the server's packets is the client's
 * affair. */
static void test_errors_about_the_server(void **state)
{
    struct talk *talk = *state;
    bool ipv4 = address_is_ipv4(&talk->path.client.address);
    struct flow *flow = tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    assert_true(icmp(talk, SIDE_SERVER, ipv4 ? 3 : 2, ipv4 ? 4 : 0, 1300));
    assert_int_equal(flow->detail->path_mtu, 1300);
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 1);
    assert_true(icmp(talk, SIDE_SERVER, ipv4 ? 3 : 1, 1, 0));
    assert_int_equal(flow->outcome, OUTCOME_SILENT);
    assert_false(flow->detail->has_icmp);
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 1);
}

static void test_errors_about_another_flow(void **state)
{
    struct talk *talk = *state;
    struct flow *flow = tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    talk->path.client.port++;
    assert_false(icmp(talk, SIDE_CLIENT, 3, 13, 0));
    assert_int_equal(flow->outcome, OUTCOME_SILENT);
}

static void test_udp(void **state)
{
    struct talk *talk = *state;
    static const uint8_t zeros[48];
    talk->path = packets_path("192.0.2.1", 123, "17.0.0.1", 123, TRANSPORT_UDP);
    struct flow *flow = packets_run_one(
        &talk->run, packets_udp(&talk->path, SIDE_CLIENT, 1, bytes_of(zeros, sizeof zeros)));
    assert_true(icmp(talk, SIDE_CLIENT, 3, 3, 0));
    assert_int_equal(flow->outcome, OUTCOME_REJECTED);
    packets_run_one(&talk->run,
                    packets_udp(&talk->path, SIDE_SERVER, 100, bytes_of(zeros, sizeof zeros)));
    assert_int_equal(flow->outcome, OUTCOME_ANSWERED);
}

/* A flow that nobody cares for keeps its outcome, and nothing else. */
static void test_without_detail(void **state)
{
    struct talk *talk = *state;
    talk->path = packets_path("192.0.2.1", 50000, "203.0.113.1", 443, TRANSPORT_TCP);
    struct flow *flow = tcp(talk, SIDE_CLIENT, TCP_SYN, 0);
    assert_null(flow->detail);
    assert_true(icmp(talk, SIDE_CLIENT, 3, 4, 1400));
    assert_true(icmp(talk, SIDE_CLIENT, 3, 13, 0));
    assert_int_equal(flow->outcome, OUTCOME_REJECTED);
    assert_int_equal(talk->run.fact_count, 0);
}

/* The quotation and the MTU field, cut at every length. */
static void test_cut_at_every_length(void **state)
{
    struct talk *talk = *state;
    uint8_t payload[64] = {0, 0, 0x05, 0x78};
    size_t whole = 4 + put_quoted(talk, SIDE_CLIENT, payload + 4);
    for (size_t length = 0; length <= whole; length++) {
        uint8_t *copy = malloc(length > 0 ? length : 1);
        assert_non_null(copy);
        memcpy(copy, payload, length);
        struct packet quoted, packet = {.transport = TRANSPORT_ICMP,
                                        .icmp_type = 3,
                                        .icmp_code = 4,
                                        .payload = bytes_of(copy, length)};
        assert_int_equal(icmp_mtu(&packet), length < 4 ? 0 : 1400);
        assert_int_equal(decapsulate_quoted(&packet, &quoted), length == whole);
        free(copy);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define TEST_IPV6(name) cmocka_unit_test_setup_teardown(name, begin_ipv6, end)
    const struct CMUnitTest tests[] = {
        TEST(test_all_codes_ipv4),
        TEST_IPV6(test_all_codes_ipv6),
        TEST(test_first_rejection_is_kept),
        TEST(test_what_rejects_nothing),
        TEST_IPV6(test_what_rejects_nothing),
        TEST(test_path_mtu_ipv4),
        TEST_IPV6(test_path_mtu_ipv6),
        TEST(test_errors_about_the_server),
        TEST_IPV6(test_errors_about_the_server),
        TEST(test_errors_about_another_flow),
        TEST(test_udp),
        TEST(test_without_detail),
        TEST(test_cut_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
