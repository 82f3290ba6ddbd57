/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/observation.c tell rightly whether a flow is about Apple, as more
 * and more is known of it?
 */
#include "tests/support/packets.h"

#define APPLE "17.57.144.1"
#define SHARED "203.0.113.10" /* of a CDN that serves Apple and others */

static int begin(void **state)
{
    struct packets_run *run = malloc(sizeof *run);
    assert_non_null(run);
    packets_begin(run, 16);
    *state = run;
    return 0;
}

static int end(void **state)
{
    packets_end(*state);
    free(*state);
    return 0;
}

static void resolve(struct packets_run *run, const char *client, const char *server,
                    const char *name)
{
    struct address from = packets_address(client), to = packets_address(server);
    resolved_names_add(run->observation.names, &from, &to, name);
}

static struct flow *flow_to(struct packets_run *run, const char *server)
{
    struct packets_path path = packets_path("192.0.2.1", 50000, server, 443, TRANSPORT_TCP);
    return packets_run_one(run,
                           packets_tcp(&path, SIDE_CLIENT, 0, TCP_SYN, 0, 0, bytes_of(NULL, 0)));
}

static void test_interest_by_address(void **state)
{
    struct packets_run *run = *state;
    struct flow *flow = flow_to(run, APPLE);
    assert_true(flow->of_interest);
    assert_non_null(flow->detail);
    assert_null(flow->detail->resolved_name);
    flow = flow_to(run, SHARED);
    assert_false(flow->of_interest);
    assert_null(flow->detail);
}

static void test_interest_by_resolved_name(void **state)
{
    struct packets_run *run = *state;
    resolve(run, "192.0.2.1", SHARED, "gs.apple.com");
    resolve(run, "192.0.2.2", "203.0.113.11", "gs.apple.com"); /* another client's */
    resolve(run, "192.0.2.1", "203.0.113.12", "www.example.org");
    struct flow *flow = flow_to(run, SHARED);
    assert_true(flow->of_interest);
    assert_string_equal(flow->detail->resolved_name, "gs.apple.com");
    assert_false(flow_to(run, "203.0.113.11")->of_interest);
    assert_false(flow_to(run, "203.0.113.12")->of_interest);
}

/* What a lone SYN's row tells is there again when it ends, though its detail was given up. */
static void test_a_lone_syn_is_told_without_its_detail(void **state)
{
    struct packets_run *run = *state;
    resolve(run, "192.0.2.1", SHARED, "gs.apple.com");
    struct flow *flow = flow_to(run, SHARED);
    flow_table_drop_detail(run->flows, flow);
    assert_null(flow->detail);
    assert_true(observation_end_flow(&run->observation, run->flows, flow));
    assert_string_equal(flow->detail->resolved_name, "gs.apple.com");
    assert_int_equal(flow->detail->last_packet, flow->first_packet);
    assert_true(flow->detail->begins_with_syn);
    const struct flow_detail *detail = flow->detail;
    assert_true(observation_end_flow(&run->observation, run->flows, flow));
    assert_ptr_equal(flow->detail, detail);
}

static void test_all_flows(void **state)
{
    struct packets_run *run = *state;
    run->observation.all_flows = true;
    struct flow *flow = flow_to(run, SHARED);
    assert_false(flow->of_interest);
    assert_non_null(flow->detail);
    assert_true(observation_wants_name(&run->observation, "www.example.org"));
    observation_name_flow(&run->observation, flow, "www.example.org");
    assert_string_equal(flow->detail->server_name, "www.example.org");
    assert_false(flow->of_interest);
}

static void test_wanted_names(void **state)
{
    struct packets_run *run = *state;
    assert_true(observation_wants_name(&run->observation, "gs.apple.com"));
    assert_false(observation_wants_name(&run->observation, "www.example.org"));
}

static void test_name_makes_interest(void **state)
{
    struct packets_run *run = *state;
    struct flow *flow = flow_to(run, SHARED);
    assert_non_null(flow_table_detail(run->flows, flow));
    observation_name_flow(&run->observation, flow, "mesu.apple.com");
    assert_true(flow->of_interest);
    assert_string_equal(flow->detail->server_name, "mesu.apple.com");
    observation_name_flow(&run->observation, flow, "gs.apple.com"); /* the first is given back */
    assert_string_equal(flow->detail->server_name, "gs.apple.com");
}

/* A shared address: what the client says now is truer than what it resolved. */
static void test_other_name_ends_interest(void **state)
{
    struct packets_run *run = *state;
    for (int all = 0; all < 2; all++) {
        run->observation.all_flows = all != 0;
        resolve(run, "192.0.2.1", all ? "203.0.113.20" : SHARED, "gs.apple.com");
        struct flow *flow = flow_to(run, all ? "203.0.113.20" : SHARED);
        assert_true(flow->of_interest);
        observation_name_flow(&run->observation, flow, "www.example.org");
        assert_false(flow->of_interest);
        assert_null(flow->detail->resolved_name);
        if (all)
            assert_string_equal(flow->detail->server_name, "www.example.org");
        else
            assert_null(flow->detail->server_name);
    }
}

/* Apple's own address under a strange name is worth knowing. */
static void test_other_name_at_apple(void **state)
{
    struct packets_run *run = *state;
    struct flow *flow = flow_to(run, APPLE);
    observation_name_flow(&run->observation, flow, "www.example.org");
    assert_true(flow->of_interest);
    assert_string_equal(flow->detail->server_name, "www.example.org");
}

static void test_identities(void **state)
{
    struct packets_run *run = *state;
    struct flow *one = flow_to(run, APPLE);
    assert_int_equal(observation_flow_identity(&run->observation, one), 1); /* its SYN's event */
    struct flow *two = flow_to(run, "17.57.144.2");
    assert_int_equal(observation_flow_identity(&run->observation, two), 2);
    assert_int_equal(observation_flow_identity(&run->observation, one), 1);
}

struct refusal {
    unsigned calls;
    unsigned allowed;
};

static bool refuse(void *owner, const struct fact *fact)
{
    struct refusal *refusal = owner;
    (void)fact;
    return ++refusal->calls <= refusal->allowed;
}

/* A full disk is not asked again. */
static void test_sink_that_fails(void **state)
{
    (void)state;
    struct refusal refusal = {0, 2};
    struct observation observation = {.sink = {refuse, &refusal}};
    const struct fact fact = {.kind = FACT_TOTALS};
    observation_emit(&observation, &fact);
    observation_emit(&observation, &fact);
    assert_false(observation.sink_failed);
    observation_emit(&observation, &fact);
    assert_true(observation.sink_failed);
    observation_emit(&observation, &fact);
    assert_int_equal(refusal.calls, 3);
}

#define DEVICE_MAC "02:00:00:00:00:01"
#define OTHER_MAC "02:00:00:00:00:02"
#define SHARED6 "2001:db8:53::10"

/* A device with this MAC connects over IPv6; the server's frames, if `answers`, are
 * the first that the capture has. NULL: the link layer has no MACs. */
static struct flow *flow_over_ipv6(struct packets_run *run, const char *mac, uint16_t port,
                                   bool answers)
{
    struct packets_path path = packets_path("2001:db8::20", port, SHARED6, 443, TRANSPORT_TCP);
    struct packet packet =
        packets_tcp(&path, answers ? SIDE_SERVER : SIDE_CLIENT, 0,
                    answers ? TCP_SYN | TCP_ACK : TCP_SYN, 0, 0, bytes_of(NULL, 0));
    packet.has_macs = mac != NULL;
    if (mac != NULL) {
        assert_true(mac_parse(mac, answers ? &packet.destination_mac : &packet.source_mac));
        assert_true(
            mac_parse("02:00:00:00:00:fe", answers ? &packet.source_mac : &packet.destination_mac));
    }
    return packets_run_one(run, packet);
}

/* What a device with this MAC has resolved, over whichever address. */
static void resolve_by_mac(struct packets_run *run, const char *mac, const char *name)
{
    struct mac of_device;
    assert_true(mac_parse(mac, &of_device));
    struct address station = resolved_names_station(&of_device);
    struct address server = packets_address(SHARED6);
    resolved_names_add(run->observation.names, &station, &server, name);
}

/* Asked over IPv4, used over IPv6: the MAC tells that it is the same device. */
static void test_resolved_over_the_other_family(void **state)
{
    struct packets_run *run = *state;
    resolve_by_mac(run, DEVICE_MAC, "gs.apple.com");
    struct flow *flow = flow_over_ipv6(run, DEVICE_MAC, 50000, false);
    assert_true(flow->of_interest);
    assert_string_equal(flow->detail->resolved_name, "gs.apple.com");
    flow = flow_over_ipv6(run, DEVICE_MAC, 50001, true);
    assert_true(flow->of_interest);
    assert_string_equal(flow->detail->resolved_name, "gs.apple.com");
}

static void test_other_devices_share_no_names(void **state)
{
    struct packets_run *run = *state;
    resolve_by_mac(run, DEVICE_MAC, "gs.apple.com");
    assert_false(flow_over_ipv6(run, OTHER_MAC, 50000, false)->of_interest);
    assert_false(flow_over_ipv6(run, OTHER_MAC, 50001, true)->of_interest);
    assert_false(flow_over_ipv6(run, "02:00:00:00:00:fe", 50002, false)->of_interest);
}

/* No MAC is no device: those of whom none is known are not all one. */
static void test_no_macs_share_nothing(void **state)
{
    struct packets_run *run = *state;
    resolve_by_mac(run, "00:00:00:00:00:00", "gs.apple.com");
    resolve_by_mac(run, DEVICE_MAC, "gs.apple.com");
    assert_false(flow_over_ipv6(run, NULL, 50000, false)->of_interest);
}

/* What this very address had resolved is nearer than what the MAC tells. */
static void test_own_name_before_the_macs(void **state)
{
    struct packets_run *run = *state;
    resolve_by_mac(run, DEVICE_MAC, "gs.apple.com");
    resolve(run, "2001:db8::20", SHARED6, "mesu.apple.com");
    struct flow *flow = flow_over_ipv6(run, DEVICE_MAC, 50000, false);
    assert_string_equal(flow->detail->resolved_name, "mesu.apple.com");
}

/* A proxy is asked by name; the name inside the tunnel is not what it was asked. */
static void test_name_asked_of_a_proxy_stays(void **state)
{
    struct packets_run *run = *state;
    struct flow *flow = flow_to(run, APPLE);
    observation_name_flow(&run->observation, flow, "gs.apple.com");
    flow->detail->tunnel_port = 443;
    observation_name_flow(&run->observation, flow, "mesu.apple.com");
    assert_string_equal(flow->detail->server_name, "gs.apple.com");
}

static struct flow *flow_to_port(struct packets_run *run, const char *server, uint16_t port,
                                 uint8_t transport)
{
    struct packets_path path = packets_path("192.0.2.1", 50001, server, port, transport);
    struct bytes nothing = bytes_of(NULL, 0);
    return packets_run_one(run, transport == TRANSPORT_TCP
                                    ? packets_tcp(&path, SIDE_CLIENT, 0, TCP_SYN, 0, 0, nothing)
                                    : packets_udp(&path, SIDE_CLIENT, 0, nothing));
}

/* What asks for names in secret is kept, and is not Apple's for that. */
static void test_port_of_encrypted_names(void **state)
{
    struct packets_run *run = *state;
    struct flow *flow = flow_to_port(run, SHARED, 853, TRANSPORT_TCP);
    assert_true(flow->noted && !flow->of_interest);
    assert_true(observation_keeps(&run->observation, flow));
    assert_int_equal(flow->detail->name_privacy, NAMES_DOT);
    flow = flow_to_port(run, SHARED, 853, TRANSPORT_UDP);
    assert_true(flow->noted);
    assert_int_equal(flow->detail->name_privacy, NAMES_DOQ);
    flow = flow_to_port(run, APPLE, 853, TRANSPORT_TCP);
    assert_true(flow->of_interest);
    assert_int_equal(flow->detail->name_privacy, NAMES_DOT);
    flow = flow_to_port(run, SHARED, 8530, TRANSPORT_TCP);
    assert_false(flow->noted);
    assert_null(flow->detail);
}

static void test_names_of_resolvers(void **state)
{
    static const struct {
        const char *name;
        enum name_privacy privacy;
        bool of_interest;
    } cases[] = {{"dns.google", NAMES_DOH, false},
                 {"mask.icloud.com", NAMES_RELAY, true},
                 {"www.example.org", NAMES_OPEN, false},
                 {"gs.apple.com", NAMES_OPEN, true}};
    struct packets_run *run = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flow *flow = flow_to_port(run, SHARED, (uint16_t)(4430 + i), TRANSPORT_TCP);
        assert_non_null(flow_table_detail(run->flows, flow));
        observation_name_flow(&run->observation, flow, cases[i].name);
        assert_int_equal(flow->detail->name_privacy, cases[i].privacy);
        assert_int_equal(flow->noted, cases[i].privacy != NAMES_OPEN);
        assert_int_equal(flow->of_interest, cases[i].of_interest);
        bool kept = flow->noted || flow->of_interest;
        assert_int_equal(flow->detail->server_name != NULL, kept);
    }
}

static void test_offered_protocols(void **state)
{
    static const struct {
        const char *alpn;
        enum name_privacy privacy;
        bool push;
    } cases[] = {{"dot", NAMES_DOT, false},
                 {"http/1.1,dot", NAMES_DOT, false},
                 {"doq", NAMES_DOQ, false},
                 {"h2,http/1.1", NAMES_OPEN, false},
                 {"dots,xdot", NAMES_OPEN, false},
                 {"apns-security-v3", NAMES_OPEN, true},
                 {"h2,apns-pack-v1", NAMES_OPEN, true},
                 {"", NAMES_OPEN, false},
                 {NULL, NAMES_OPEN, false}};
    struct packets_run *run = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flow *flow = flow_to_port(run, SHARED, (uint16_t)(5000 + i), TRANSPORT_TCP);
        assert_non_null(flow_table_detail(run->flows, flow));
        observation_offer_flow(&run->observation, flow, cases[i].alpn);
        assert_int_equal(flow->detail->name_privacy, cases[i].privacy);
        assert_int_equal(flow->noted, cases[i].privacy != NAMES_OPEN);
        assert_int_equal(flow->detail->push_alpn, cases[i].push);
    }
}

/* The port knows better than the name: this is no HTTPS. */
static void test_port_before_the_name(void **state)
{
    struct packets_run *run = *state;
    struct flow *flow = flow_to_port(run, SHARED, 853, TRANSPORT_TCP);
    observation_name_flow(&run->observation, flow, "dns.google");
    assert_int_equal(flow->detail->name_privacy, NAMES_DOT);
    assert_string_equal(flow->detail->server_name, "dns.google");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_interest_by_address),
        TEST(test_interest_by_resolved_name),
        TEST(test_a_lone_syn_is_told_without_its_detail),
        TEST(test_all_flows),
        TEST(test_wanted_names),
        TEST(test_name_makes_interest),
        TEST(test_other_name_ends_interest),
        TEST(test_other_name_at_apple),
        TEST(test_identities),
        TEST(test_sink_that_fails),
        TEST(test_resolved_over_the_other_family),
        TEST(test_other_devices_share_no_names),
        TEST(test_no_macs_share_nothing),
        TEST(test_own_name_before_the_macs),
        TEST(test_name_asked_of_a_proxy_stays),
        TEST(test_port_of_encrypted_names),
        TEST(test_names_of_resolvers),
        TEST(test_offered_protocols),
        TEST(test_port_before_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
