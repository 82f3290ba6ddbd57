/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dispatch.c bring each payload to the right reader, and does the
 * flow know afterwards what it is about?  Packets by hand, through the flow table
 * and all dissectors, as in the program.
 */
#include "tests/support/packets.h"

#include "dissectors/dispatch.h"
#include "tests/support/quic_initial.h"

#define CLIENT "192.0.2.1"
#define APPLE "17.57.144.1"
#define SHARED "203.0.113.10" /* of a CDN that serves Apple and others */
#define S TCP_SYN
#define A TCP_ACK

struct talk {
    struct packets_run run;
    struct dispatcher *dispatcher;
    struct packets_path path;
    int64_t now; /* milliseconds */
    const char *mac; /* the client's; NULL: the link layer has none */
    const struct flow *flow;
};

/* The router's MAC is the other one. */
static struct packet with_macs(const struct talk *talk, int side, struct packet packet)
{
    struct mac *of_client = side == SIDE_CLIENT ? &packet.source_mac : &packet.destination_mac;
    struct mac *of_router = side == SIDE_CLIENT ? &packet.destination_mac : &packet.source_mac;
    packet.has_macs = talk->mac != NULL;
    if (packet.has_macs) {
        assert_true(mac_parse(talk->mac, of_client));
        assert_true(mac_parse("02:00:00:00:00:fe", of_router));
    }
    return packet;
}

static void read_packet(void *owner, struct flow_table *table, struct flow *flow, int side,
                        const struct packet *packet)
{
    dispatch_packet(owner, table, flow, side, packet);
}

static void read_end(void *owner, struct flow *flow)
{
    dispatch_flow_end(owner, flow);
}

static int begin(void **state)
{
    struct talk *talk = calloc(1, sizeof *talk);
    assert_non_null(talk);
    packets_begin(&talk->run, 8192);
    talk->dispatcher = dispatcher_create(&talk->run.observation);
    assert_non_null(talk->dispatcher);
    talk->run.reader = (struct packets_reader){read_packet, read_end, talk->dispatcher};
    *state = talk;
    return 0;
}

static int end(void **state)
{
    struct talk *talk = *state;
    packets_end(&talk->run);
    dispatch_finish(talk->dispatcher);
    dispatcher_release(talk->dispatcher);
    free(talk);
    return 0;
}

/* The payload in memory of exactly its size. */
static void segment(struct talk *talk, int side, int flags, uint32_t sequence,
                    uint32_t acknowledgment, struct bytes payload)
{
    uint8_t *exact = malloc(payload.length > 0 ? payload.length : 1);
    assert_non_null(exact);
    if (payload.length > 0)
        memcpy(exact, payload.data, payload.length);
    struct packet packet = packets_tcp(&talk->path, side, talk->now += 10, flags, sequence,
                                       acknowledgment, bytes_of(exact, payload.length));
    talk->flow = packets_run_one(&talk->run, with_macs(talk, side, packet));
    free(exact);
}

static void client(struct talk *talk, uint32_t sequence, struct bytes payload)
{
    segment(talk, SIDE_CLIENT, A, 1001 + sequence, 5001, payload);
}

static void server(struct talk *talk, uint32_t sequence, struct bytes payload)
{
    segment(talk, SIDE_SERVER, A, 5001 + sequence, 1001, payload);
}

static void connects(struct talk *talk, const char *address, uint16_t client_port, uint16_t port)
{
    talk->path = packets_path(CLIENT, client_port, address, port, TRANSPORT_TCP);
    segment(talk, SIDE_CLIENT, S, 1000, 0, bytes_of(NULL, 0));
    segment(talk, SIDE_SERVER, S | A, 5000, 1001, bytes_of(NULL, 0));
    segment(talk, SIDE_CLIENT, A, 1001, 5001, bytes_of(NULL, 0));
}

static void datagram(struct talk *talk, int side, struct bytes payload)
{
    uint8_t *exact = malloc(payload.length);
    assert_non_null(exact);
    memcpy(exact, payload.data, payload.length);
    struct packet packet =
        packets_udp(&talk->path, side, talk->now += 10, bytes_of(exact, payload.length));
    talk->flow = packets_run_one(&talk->run, with_macs(talk, side, packet));
    free(exact);
}

static struct bytes text(const char *content)
{
    return bytes_of(content, strlen(content));
}

static uint8_t *put_u16(uint8_t *at, size_t value)
{
    *at++ = (uint8_t)(value >> 8);
    *at++ = (uint8_t)value;
    return at;
}

#define HELLO_SIZE 512

/* A ClientHello (RFC 8446 section 4.1.2) with this name and padding (RFC 7685). */
static struct bytes hello(uint8_t buffer[HELLO_SIZE], const char *name)
{
    size_t length = strlen(name);
    memset(buffer, 0, HELLO_SIZE);
    uint8_t *at = put_u16(buffer, 0x1603);
    *at++ = 1;
    at = put_u16(at, HELLO_SIZE - 5);
    at = put_u16(at, 0x0100);
    at = put_u16(at, HELLO_SIZE - 9);
    at = put_u16(at, 0x0303);
    at += 32 + 1; /* random, and no session */
    at = put_u16(put_u16(at, 2), 0x1301);
    at = put_u16(at, 0x0100);
    at = put_u16(at, (size_t)(buffer + HELLO_SIZE - at) - 2);
    at = put_u16(put_u16(at, 0), length + 5);
    at = put_u16(at, length + 3);
    *at++ = 0;
    at = put_u16(at, length);
    memcpy(at, name, length);
    at += length;
    at = put_u16(at, 21);
    put_u16(at, (size_t)(buffer + HELLO_SIZE - at) - 2);
    return bytes_of(buffer, HELLO_SIZE);
}

static struct bytes part(struct bytes whole, size_t from, size_t to)
{
    return bytes_first(bytes_from(whole, from), to - from);
}

static void resolve(struct talk *talk, const char *server_address, const char *name)
{
    struct address from = packets_address(CLIENT), to = packets_address(server_address);
    resolved_names_add(talk->run.observation.names, &from, &to, name);
}

static void test_hello_names_the_flow(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    connects(talk, SHARED, 50000, 443);
    assert_null(talk->flow->detail);
    client(talk, 0, hello(buffer, "mesu.apple.com"));
    assert_true(talk->flow->of_interest);
    assert_string_equal(talk->flow->detail->server_name, "mesu.apple.com");
    assert_string_equal(talk->flow->detail->protocol, "tls");
    flow_table_finish(talk->run.flows);
    const struct fact_tls *tls = &packets_last(&talk->run, FACT_TLS)->as.tls;
    assert_string_equal(tls->server_name, "mesu.apple.com");
    assert_int_equal(tls->client_hello_packet, packet_identity(1, 4));
    assert_string_equal(packets_last(&talk->run, FACT_FLOW)->as.flow.server_name, "mesu.apple.com");
}

/* Cut in two at every place, the second part first; and in the order sent. */
static void test_hello_in_two_segments(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    struct bytes whole = hello(buffer, "mesu.apple.com");
    for (uint32_t cut = 1; cut < HELLO_SIZE; cut++) {
        bool swapped = cut % 2 == 0;
        connects(talk, SHARED, (uint16_t)(10000 + cut), 443);
        client(talk, swapped ? cut : 0,
               swapped ? part(whole, cut, HELLO_SIZE) : part(whole, 0, cut));
        assert_false(talk->flow->of_interest);
        assert_non_null(talk->flow->detail);
        client(talk, swapped ? 0 : cut,
               swapped ? part(whole, 0, cut) : part(whole, cut, HELLO_SIZE));
        assert_true(talk->flow->of_interest);
        assert_string_equal(talk->flow->detail->server_name, "mesu.apple.com");
        struct packet last = packets_tcp(&talk->path, SIDE_CLIENT, talk->now, A, 0, 0, whole);
        flow_table_end(talk->run.flows, &last);
        talk->run.fact_count = 0;
    }
    assert_int_equal(talk->run.observation.totals.stream_gaps, 0);
}

/* The client's bare acknowledgment, or its FIN, comes before its first data. */
static void test_hello_after_what_follows_it(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    struct bytes whole = hello(buffer, "mesu.apple.com");
    connects(talk, SHARED, 50000, 443);
    segment(talk, SIDE_CLIENT, A, 1001 + HELLO_SIZE, 5001, bytes_of(NULL, 0));
    client(talk, 0, whole);
    assert_true(talk->flow->of_interest);
    connects(talk, SHARED, 50001, 443);
    segment(talk, SIDE_CLIENT, A | TCP_FIN, 1001 + HELLO_SIZE, 5001, bytes_of(NULL, 0));
    client(talk, 0, whole);
    assert_true(talk->flow->of_interest);
}

/* RFC 7413: the hello in the SYN itself, and then once more. */
static void test_hello_in_syn(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    struct bytes whole = hello(buffer, "mesu.apple.com");
    talk->path = packets_path(CLIENT, 50000, SHARED, 443, TRANSPORT_TCP);
    segment(talk, SIDE_CLIENT, S, 1000, 0, part(whole, 0, 100));
    segment(talk, SIDE_SERVER, S | A, 5000, 1001, bytes_of(NULL, 0));
    client(talk, 0, part(whole, 0, 100));
    client(talk, 100, part(whole, 100, HELLO_SIZE));
    assert_true(talk->flow->of_interest);
    assert_string_equal(talk->flow->detail->server_name, "mesu.apple.com");
}

static void test_other_hello_drops_the_detail(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    connects(talk, SHARED, 50000, 443);
    client(talk, 0, hello(buffer, "www.example.org"));
    assert_false(talk->flow->of_interest);
    assert_true(talk->flow->dissection_over);
    assert_null(talk->flow->detail);
    server(talk, 0, text("more"));
    client(talk, HELLO_SIZE, text("more"));
    assert_null(talk->flow->detail);
    flow_table_finish(talk->run.flows);
    assert_int_equal(talk->run.fact_count, 0);
}

static void test_other_hello_at_shared_address(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    resolve(talk, SHARED, "gs.apple.com");
    connects(talk, SHARED, 50000, 443);
    assert_true(talk->flow->of_interest);
    assert_string_equal(talk->flow->detail->resolved_name, "gs.apple.com");
    client(talk, 0, hello(buffer, "www.example.org"));
    assert_false(talk->flow->of_interest);
    assert_null(talk->flow->detail);
    flow_table_finish(talk->run.flows);
    assert_int_equal(packets_count(&talk->run, FACT_FLOW), 0);
    assert_int_equal(packets_count(&talk->run, FACT_TLS), 0);
}

static void test_all_flows_keep_their_facts(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    talk->run.observation.all_flows = true;
    connects(talk, SHARED, 50000, 443);
    client(talk, 0, hello(buffer, "www.example.org"));
    assert_false(talk->flow->of_interest);
    assert_string_equal(talk->flow->detail->server_name, "www.example.org");
    flow_table_finish(talk->run.flows);
    assert_int_equal(packets_count(&talk->run, FACT_FLOW), 1);
    assert_int_equal(packets_count(&talk->run, FACT_TLS), 1);
}

static void test_unclaimed_bytes(void **state)
{
    struct talk *talk = *state;
    connects(talk, SHARED, 50000, 80);
    client(talk, 0, text("GET / HTTP/1.1\r\n\r\n"));
    assert_true(talk->flow->dissection_over);
    assert_null(talk->flow->detail);
    /* Too few to tell at first. */
    connects(talk, SHARED, 50001, 25);
    server(talk, 0, text("220 "));
    assert_false(talk->flow->dissection_over);
    server(talk, 4, text("mail"));
    assert_true(talk->flow->dissection_over);
    assert_null(talk->flow->detail);
    talk->path = packets_path(CLIENT, 50002, SHARED, 4000, TRANSPORT_UDP);
    datagram(talk, SIDE_CLIENT, text("\x7f"));
    assert_true(talk->flow->dissection_over);
    assert_null(talk->flow->detail);
}

/* The dissector is told of the end when it gives up, and not again. */
static void test_reading_ends_once(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    connects(talk, APPLE, 50000, 443);
    client(talk, 0, hello(buffer, "mesu.apple.com"));
    client(talk, HELLO_SIZE, text("this is no record"));
    assert_true(talk->flow->dissection_over);
    assert_non_null(talk->flow->detail); /* the flow still matters */
    assert_null(talk->flow->detail->dissector_state);
    size_t told = packets_count(&talk->run, FACT_TLS);
    assert_true(told > 0);
    client(talk, HELLO_SIZE + 17, text("nor is this"));
    server(talk, 0, text("nor that"));
    flow_table_finish(talk->run.flows);
    assert_int_equal(packets_count(&talk->run, FACT_TLS), told);
    assert_int_equal(packets_count(&talk->run, FACT_FLOW), 1);
}

static void test_lost_bytes(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    struct bytes whole = hello(buffer, "mesu.apple.com");
    connects(talk, APPLE, 50000, 443);
    struct packet cut =
        packets_tcp(&talk->path, SIDE_CLIENT, talk->now, A, 1001, 5001, part(whole, 0, 96));
    cut.payload_length = HELLO_SIZE; /* the snapshot length took the rest */
    talk->flow = packets_run_one(&talk->run, cut);
    assert_true(talk->flow->detail->reading_lost);
    assert_int_equal(talk->run.observation.totals.stream_gaps, 1);
    client(talk, HELLO_SIZE, text("more"));
    client(talk, HELLO_SIZE + 4, text("more"));
    assert_int_equal(talk->run.observation.totals.stream_gaps, 1);
    assert_false(talk->flow->dissection_over); /* the server's side can still be read */
    for (uint32_t i = 0; i < 4; i++)
        segment(talk, SIDE_CLIENT, A, 1001 + HELLO_SIZE + 8, 6000 + i, bytes_of(NULL, 0));
    assert_int_equal(talk->run.observation.totals.stream_gaps, 1); /* it has said nothing yet */
}

static void test_acknowledged_but_unseen(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    struct bytes whole = hello(buffer, "mesu.apple.com");
    connects(talk, APPLE, 50000, 443);
    client(talk, 100, part(whole, 100, HELLO_SIZE)); /* its first 100 never come */
    for (uint32_t i = 0; i < 6; i++)
        segment(talk, SIDE_SERVER, A, 5001, 1001 + HELLO_SIZE, bytes_of(NULL, 0));
    assert_int_equal(talk->run.observation.totals.stream_gaps, 1);
    assert_true(talk->flow->detail->reading_lost);
}

/* A query over TCP whose answer the capture has lost is not called unanswered; UDP and
 * TCP share what is known of the run's queries. */
static void test_lost_answer(void **state)
{
    static const uint8_t query[] = {0,   30, 0,   7,   1,   0,   0, 1,   0,   0,   0,
                                    0,   0,  0,   2,   'g', 's', 5, 'a', 'p', 'p', 'l',
                                    'e', 3,  'c', 'o', 'm', 0,   0, 1,   0,   1};
    struct talk *talk = *state;
    for (uint16_t lost = 0; lost < 2; lost++) {
        size_t told = packets_count(&talk->run, FACT_DNS);
        connects(talk, "192.0.2.53", (uint16_t)(50000 + lost), 53);
        client(talk, 0, bytes_of(query, sizeof query));
        if (lost)
            server(talk, 30, text("the end of an answer"));
        for (uint32_t i = 0; i < 6; i++)
            segment(talk, SIDE_CLIENT, A, 1001 + sizeof query, 5001u + 50u * lost,
                    bytes_of(NULL, 0));
        assert_int_equal(talk->flow->detail->reading_lost, lost);
        talk->now += 31000;
        talk->path = packets_path(CLIENT, 50000, "192.0.2.53", 53, TRANSPORT_UDP);
        datagram(talk, SIDE_CLIENT, bytes_of(query + 2, sizeof query - 2));
        /* The datagram of the first round is unanswered as well. */
        assert_int_equal(packets_count(&talk->run, FACT_DNS), told + 1);
        assert_int_equal(packets_last(&talk->run, FACT_DNS)->as.dns.transport,
                         lost ? TRANSPORT_UDP : TRANSPORT_TCP);
    }
}

/* What nDPI reads, it reads by packets: no stream misses anything then. */
static void test_no_gaps_in_what_ndpi_reads(void **state)
{
    struct talk *talk = *state;
    connects(talk, APPLE, 50000, 80);
    client(talk, 0, text("a protocol that nobody knows"));
    assert_false(talk->flow->dissection_over);
    client(talk, 28, text("and goes on so"));
    for (uint32_t i = 0; i < 6; i++)
        segment(talk, SIDE_SERVER, A, 5001, 1001 + 28 + 14, bytes_of(NULL, 0));
    assert_int_equal(talk->run.observation.totals.stream_gaps, 0);
    assert_false(talk->flow->detail->reading_lost);
    for (uint32_t i = 0; i < 10; i++)
        client(talk, 42 + i, text("x"));
    assert_true(talk->flow->dissection_over); /* it has had its chance */
    assert_non_null(talk->flow->detail);
}

/* gs.apple.com is 203.0.113.10, says 192.0.2.53. */
static const uint8_t dns_query[] = {0x12, 0x34, 0x01, 0x00, 0,   1, 0,   0,   0,   0,
                                    0,    0,    2,    'g',  's', 5, 'a', 'p', 'p', 'l',
                                    'e',  3,    'c',  'o',  'm', 0, 0,   1,   0,   1};
static const uint8_t dns_answer[] = {0x12, 0x34, 0x81, 0x80, 0,   1,   0,    1,    0,   0, 0,   0,
                                     2,    'g',  's',  5,    'a', 'p', 'p',  'l',  'e', 3, 'c', 'o',
                                     'm',  0,    0,    1,    0,   1,   0xc0, 0x0c, 0,   1, 0,   1,
                                     0,    0,    0,    60,   0,   4,   203,  0,    113, 10};

static void test_resolved_name_makes_interest(void **state)
{
    struct talk *talk = *state;
    connects(talk, SHARED, 50000, 443);
    assert_false(talk->flow->of_interest);
    talk->path = packets_path(CLIENT, 50001, "192.0.2.53", 53, TRANSPORT_UDP);
    datagram(talk, SIDE_CLIENT, bytes_of(dns_query, sizeof dns_query));
    datagram(talk, SIDE_SERVER, bytes_of(dns_answer, sizeof dns_answer));
    assert_null(talk->flow->detail); /* messages are all that matters of it */
    assert_int_equal(packets_count(&talk->run, FACT_DNS), 1);
    connects(talk, SHARED, 50002, 443);
    assert_true(talk->flow->of_interest);
    assert_string_equal(talk->flow->detail->resolved_name, "gs.apple.com");
}

/* Many flows that each hold back a little: together they have a limit. */
static void test_kept_bytes_have_a_limit(void **state)
{
    struct talk *talk = *state;
    const uint64_t *dropped = &talk->run.observation.totals.streams_dropped;
    for (int round = 1; round <= 2; round++) {
        for (uint16_t i = 0; i < 1030; i++) {
            talk->path = packets_path(CLIENT, (uint16_t)(1024 + i), SHARED, 443, TRANSPORT_TCP);
            segment(talk, SIDE_CLIENT, S, 1000, 0, bytes_of(NULL, 0));
            segment(talk, SIDE_CLIENT, A, 1001 + 65000, 5001, text("early"));
        }
        assert_int_equal(*dropped, 6 * round);
        assert_false(talk->flow->dissection_over); /* older ones gave way */
        flow_table_finish(talk->run.flows); /* gives all of it back */
    }
}

static void test_quic_names_its_server(void **state)
{
    struct talk *talk = *state;
    talk->path = packets_path("10.42.0.12", 64869, SHARED, 443, TRANSPORT_UDP);
    struct packet packet = packets_udp(
        &talk->path, SIDE_CLIENT, 0,
        bytes_from(bytes_of(quic_initial, sizeof quic_initial), QUIC_INITIAL_UDP_PAYLOAD));
    packet.network = bytes_of(quic_initial, sizeof quic_initial);
    talk->flow = packets_run_one(&talk->run, packet);
    assert_true(talk->flow->of_interest);
    assert_string_equal(talk->flow->detail->server_name, "mask.icloud.com");
    assert_string_equal(talk->flow->detail->protocol, "quic");
    flow_table_finish(talk->run.flows);
    assert_string_equal(packets_last(&talk->run, FACT_FLOW)->as.flow.protocol, "quic");
    const struct fact_tls *tls = &packets_last(&talk->run, FACT_TLS)->as.tls;
    assert_int_equal(tls->quic_version, 1);
    assert_string_equal(tls->server_name, "mask.icloud.com");
}

/* The reading is cut off at every length, and the flow ended there. */
static void test_end_at_every_length(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    struct bytes whole = hello(buffer, "mesu.apple.com");
    for (uint32_t length = 1; length <= HELLO_SIZE; length++) {
        connects(talk, SHARED, (uint16_t)(10000 + length), 443);
        client(talk, 0, bytes_first(whole, length));
        assert_int_equal(talk->flow->of_interest, length == HELLO_SIZE);
        flow_table_finish(talk->run.flows);
    }
    assert_int_equal(packets_count(&talk->run, FACT_TLS), 1);
}

/* gs.apple.com is 2001:db8:53::10. */
static const uint8_t dns_query6[] = {0x12, 0x35, 0x01, 0x00, 0,   1, 0,   0,   0,   0,
                                     0,    0,    2,    'g',  's', 5, 'a', 'p', 'p', 'l',
                                     'e',  3,    'c',  'o',  'm', 0, 0,   28,  0,   1};
static const uint8_t dns_answer6[] = {
    0x12, 0x35, 0x81, 0x80, 0,   1,   0, 1,   0,   0,   0, 0,  2,    'g',  's',
    5,    'a',  'p',  'p',  'l', 'e', 3, 'c', 'o', 'm', 0, 0,  28,   0,    1,
    0xc0, 0x0c, 0,    28,   0,   1,   0, 0,   0,   60,  0, 16, 0x20, 0x01, 0x0d,
    0xb8, 0,    0x53, 0,    0,   0,   0, 0,   0,   0,   0, 0,  0x10};

static const struct flow *connects_over_ipv6(struct talk *talk, const char *mac, uint16_t port)
{
    talk->mac = mac;
    talk->path = packets_path("2001:db8::20", port, "2001:db8:53::10", 443, TRANSPORT_TCP);
    segment(talk, SIDE_CLIENT, S, 1000, 0, bytes_of(NULL, 0));
    return talk->flow;
}

static void resolves_over_ipv4(struct talk *talk, const char *mac)
{
    talk->mac = mac;
    talk->path = packets_path(CLIENT, 50001, "192.0.2.53", 53, TRANSPORT_UDP);
    datagram(talk, SIDE_CLIENT, bytes_of(dns_query6, sizeof dns_query6));
    datagram(talk, SIDE_SERVER, bytes_of(dns_answer6, sizeof dns_answer6));
}

/* Asked over IPv4, connected over IPv6: one device, as its MAC tells. */
static void test_resolved_name_of_one_device(void **state)
{
    struct talk *talk = *state;
    resolves_over_ipv4(talk, "02:00:00:00:00:01");
    const struct flow *flow = connects_over_ipv6(talk, "02:00:00:00:00:01", 50002);
    assert_true(flow->of_interest);
    assert_string_equal(flow->detail->resolved_name, "gs.apple.com");
    assert_false(connects_over_ipv6(talk, "02:00:00:00:00:02", 50003)->of_interest);
    assert_false(connects_over_ipv6(talk, NULL, 50004)->of_interest);
}

static void test_resolved_name_without_macs(void **state)
{
    struct talk *talk = *state;
    resolves_over_ipv4(talk, NULL);
    /* Where no packet has a MAC, whoever never asks itself has it from the other family. */
    assert_true(connects_over_ipv6(talk, NULL, 50002)->of_interest);
    assert_false(connects_over_ipv6(talk, "00:00:00:00:00:00", 50003)->of_interest);
}

#define CONNECT_HEAD "CONNECT courier.push.apple.com:5223 HTTP/1.1\r\n\r\n"
#define ESTABLISHED_HEAD "HTTP/1.1 200 Connection established\r\n\r\n"

/* HTTP names the host, and TLS inside the tunnel is read as such. */
static void test_hello_in_a_tunnel(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    connects(talk, SHARED, 50000, 3128);
    client(talk, 0, text(CONNECT_HEAD));
    assert_true(talk->flow->of_interest);
    assert_string_equal(talk->flow->detail->protocol, "http");
    assert_string_equal(talk->flow->detail->server_name, "courier.push.apple.com");
    assert_int_equal(talk->flow->detail->tunnel_port, 5223);
    server(talk, 0, text(ESTABLISHED_HEAD));
    assert_int_equal(talk->flow->detail->tunnel_status, 200);
    assert_false(talk->flow->dissection_over);
    client(talk, strlen(CONNECT_HEAD), hello(buffer, "mesu.apple.com"));
    assert_string_equal(talk->flow->detail->protocol, "tls");
    assert_string_equal(talk->flow->detail->server_name, "courier.push.apple.com");
    flow_table_finish(talk->run.flows);
    const struct fact_tls *tls = &packets_last(&talk->run, FACT_TLS)->as.tls;
    assert_string_equal(tls->server_name, "mesu.apple.com");
    assert_int_equal(tls->client_hello_packet, packet_identity(1, 6));
    const struct fact_flow *flow = &packets_last(&talk->run, FACT_FLOW)->as.flow;
    assert_string_equal(flow->server_name, "courier.push.apple.com");
    assert_int_equal(flow->tunnel_port, 5223);
    assert_int_equal(flow->tunnel_status, 200);
}

/* A client that does not wait for the proxy's word, or a capture that shows its hello
 * before it: what was kept is read when the tunnel opens, before what the server says. */
static void test_hello_before_the_tunnel_opens(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    connects(talk, SHARED, 50000, 3128);
    client(talk, 0, text(CONNECT_HEAD));
    client(talk, strlen(CONNECT_HEAD), hello(buffer, "mesu.apple.com"));
    assert_string_equal(talk->flow->detail->protocol, "http");
    server(talk, 0, text(ESTABLISHED_HEAD "\x15\x03\x03"));
    assert_string_equal(talk->flow->detail->protocol, "tls");
    assert_int_equal(talk->flow->detail->streams[SIDE_CLIENT].kept, 0);
    assert_int_equal(talk->flow->detail->streams[SIDE_SERVER].kept, 3);
    flow_table_finish(talk->run.flows);
    assert_string_equal(packets_last(&talk->run, FACT_TLS)->as.tls.server_name, "mesu.apple.com");
}

/* The same where what it sent is of no protocol that is read. */
static void test_other_bytes_before_the_tunnel_opens(void **state)
{
    struct talk *talk = *state;
    connects(talk, SHARED, 50000, 3128);
    client(talk, 0, text(CONNECT_HEAD));
    client(talk, strlen(CONNECT_HEAD), text("something else"));
    server(talk, 0, text(ESTABLISHED_HEAD));
    assert_null(talk->flow->detail->streams[SIDE_CLIENT].buffer);
    assert_int_equal(talk->flow->detail->tunnel_status, 200);
    flow_table_finish(talk->run.flows);
    assert_int_equal(packets_count(&talk->run, FACT_TLS), 0);
}

/* No tunnel, and nothing of TLS; what was asked for is known all the same. */
static void test_tunnel_that_is_refused(void **state)
{
    struct talk *talk = *state;
    uint8_t buffer[HELLO_SIZE];
    connects(talk, SHARED, 50000, 3128);
    client(talk, 0, text(CONNECT_HEAD));
    server(talk, 0, text("HTTP/1.1 403 Forbidden\r\n\r\n"));
    client(talk, strlen(CONNECT_HEAD), hello(buffer, "mesu.apple.com"));
    assert_string_equal(talk->flow->detail->protocol, "http");
    assert_int_equal(talk->flow->detail->tunnel_status, 403);
    flow_table_finish(talk->run.flows);
    assert_int_equal(packets_count(&talk->run, FACT_TLS), 0);
    assert_string_equal(packets_last(&talk->run, FACT_FLOW)->as.flow.server_name,
                        "courier.push.apple.com");
}

/* What makes no flow reaches its reader, and is told at the end. */
static void test_messages_without_a_flow(void **state)
{
    struct talk *talk = *state;
    static const uint8_t discover[44] = {1, 1, 6, 0, 0, 0, 0, 9, [28] = 0xa4, 0x83, 0xe7, 0, 0, 1};
    struct packets_path path = packets_path("0.0.0.0", 68, "255.255.255.255", 67, TRANSPORT_UDP);
    struct packet packet = packets_udp(&path, SIDE_CLIENT, 0, bytes_of(discover, sizeof discover));
    dispatch_message(talk->dispatcher, &packet);
    packet.destination_port = 69;
    packet.source_port = 69;
    dispatch_message(talk->dispatcher, &packet);
    assert_int_equal(packets_count(&talk->run, FACT_LEASE), 0);
    dispatch_finish(talk->dispatcher);
    assert_int_equal(packets_count(&talk->run, FACT_LEASE), 1);
    assert_int_equal(packets_last(&talk->run, FACT_LEASE)->as.lease.mac.octets[5], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_hello_names_the_flow),
        TEST(test_hello_in_two_segments),
        TEST(test_hello_after_what_follows_it),
        TEST(test_hello_in_syn),
        TEST(test_other_hello_drops_the_detail),
        TEST(test_other_hello_at_shared_address),
        TEST(test_all_flows_keep_their_facts),
        TEST(test_unclaimed_bytes),
        TEST(test_reading_ends_once),
        TEST(test_lost_bytes),
        TEST(test_acknowledged_but_unseen),
        TEST(test_lost_answer),
        TEST(test_no_gaps_in_what_ndpi_reads),
        TEST(test_resolved_name_makes_interest),
        TEST(test_kept_bytes_have_a_limit),
        TEST(test_quic_names_its_server),
        TEST(test_end_at_every_length),
        TEST(test_resolved_name_of_one_device),
        TEST(test_resolved_name_without_macs),
        TEST(test_hello_in_a_tunnel),
        TEST(test_hello_before_the_tunnel_opens),
        TEST(test_other_bytes_before_the_tunnel_opens),
        TEST(test_tunnel_that_is_refused),
        TEST(test_messages_without_a_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
