/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which silence, RST or ICMP error is a blocked port, whose fault is it, and what
 * only looks like one?
 */
#include <stdio.h>

#include "tests/support/facts.h"
#include "tests/support/scratch.h"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

/* A device that resolved a courier and gets nothing back on 5223. */
static struct fact_flow *silent_courier(struct facts *facts, const char *device, int64_t at)
{
    struct fact_flow *flow = facts_silent(facts, device, COURIER, 5223, 3, at);
    flow->resolved_name = "4-courier.push.apple.com";
    return flow;
}

static void silence_is_a_blocked_port(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    silent_courier(facts, DEVICE, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->id, "F1");
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_string_equal(finding->category, "apns");
    assert_int_equal(finding->port, 5223);
    assert_int_equal(finding->transport, TRANSPORT_TCP);
    assert_int_equal(finding->name_count, 1);
    assert_string_equal(finding->names[0], "4-courier.push.apple.com");
    assert_devices(finding, DEVICE);
    assert_addresses(finding->addresses, finding->address_count, COURIER);
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
    assert_detail(finding, "how", "no-answer");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->count, 1);
    assert_int_equal(finding->first_seen, facts_time(1000));
    assert_int_equal(finding->last_seen, facts_time(3000));
    assert_int_equal(finding->evidence_count, 3);
    assert_string_equal(finding->evidence[0].source, "site.pcap");
    assert_string_equal(finding->evidence[0].note, "SYN from " DEVICE);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_BLOCKED);
}

static void one_syn_proves_nothing(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 1, 1000);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

/* What races of address families leave behind when one family leads nowhere: a lone
 * SYN each time. A server that is there would have answered it, if too late. */
static void lone_syns_again_and_again(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 1, 1000);
    facts_silent(facts, DEVICE, COURIER, 5223, 1, 3000);
    facts_no_finding(facts);
}

static void the_third_lone_syn_counts(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 1, 1000);
    facts_silent(facts, DEVICE, COURIER, 5223, 1, 3000);
    facts_silent(facts, DEVICE, COURIER, 5223, 1, 5000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding->count, 3);
    assert_int_equal(finding->first_seen, facts_time(1000));
}

static void lone_syns_of_a_pair_that_works(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    for (int64_t at = 1000; at < 9000; at += 2000)
        facts_silent(facts, DEVICE, COURIER, 5223, 1, at);
    facts_answered(facts, DEVICE, COURIER, 5223, 9000);
    facts_no_finding(facts);
}

/* The evidence of a pair is full after three refusals; the lone SYNs that follow must
 * not write behind it, nor make the fault look younger. */
static void lone_syns_after_refusals(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    for (int64_t at = 1000; at < 4000; at += 1000)
        facts_refused(facts, DEVICE, COURIER, 5223, at);
    for (int64_t at = 5000; at < 12000; at += 2000)
        facts_silent(facts, DEVICE, COURIER, 5223, 1, at);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding->first_seen, facts_time(1000));
    assert_int_equal(finding->count, 7);
}

/* A scan of one address, refused by policy: one finding and not one for each port. */
static void many_ports_of_one_row_are_one_cause(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    for (uint16_t port = 8000; port < 8020; port++)
        facts_rejected(facts, DEVICE, "17.1.1.1", port, GATEWAY, 3, 13, 1000 + port);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding->count, 20);
    assert_string_equal(finding->host, "17.0.0.0/8");
}

static void one_syn_seen_twice_proves_nothing(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    struct fact_flow *flow = facts_silent(facts, DEVICE, COURIER, 5223, 2, 1000);
    flow->last_syn_time = flow->first_syn_time + FACTS_MILLISECOND;
    facts_no_finding(facts);
}

static void silence_without_a_sign_of_answers(void **state)
{
    struct facts *facts = *state;
    struct fact_host *host = facts_host(facts, DEVICE);
    host->packets_received = 0;
    host->last_received_time = TIMESTAMP_NONE;
    facts_host(facts, OTHER_DEVICE);
    silent_courier(facts, DEVICE, 1000);
    facts_no_finding(facts);
}

/* Nothing is claimed of it, but nor is it health. */
static void silence_beside_what_works(void **state)
{
    struct facts *facts = *state;
    struct fact_host *host = facts_host(facts, DEVICE);
    host->packets_received = 0;
    host->last_received_time = TIMESTAMP_NONE;
    facts_host(facts, OTHER_DEVICE);
    facts_answered(facts, OTHER_DEVICE, COURIER, 5223, 0);
    silent_courier(facts, DEVICE, 1000);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

/* A device that has just come: nothing reaches it yet, whatever it tries. */
static void silence_before_the_network_lets_it_in(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = silent_courier(facts, DEVICE, 1000);
    facts_host(facts, DEVICE)->first_received_time = flow->last_time + FACTS_MILLISECOND;
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

/* Something had: then the port is to blame. */
static void silence_after_the_network_let_it_in(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = silent_courier(facts, DEVICE, 1000);
    facts_host(facts, DEVICE)->first_received_time = flow->last_time - FACTS_MILLISECOND;
    facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
}

static void silence_of_a_client_without_a_host(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, OTHER_DEVICE);
    silent_courier(facts, DEVICE, 1000);
    facts_no_finding(facts);
}

static void silence_long_after_the_last_packet(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE)->last_received_time = facts_time(1000);
    silent_courier(facts, DEVICE, 120000);
    facts_no_finding(facts);
}

static void silence_in_a_one_sided_capture(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    silent_courier(facts, DEVICE, 1000);
    facts_totals(facts)->two_sided_tcp = 20;
    facts_totals(facts)->client_only_tcp = 10;
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), 0);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_INCONCLUSIVE);
}

static void silence_of_a_client_seen_from_one_side(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE)->one_sided_sent = 1;
    silent_courier(facts, DEVICE, 1000);
    facts_no_finding(facts);
}

static void midstream_silence_proves_nothing(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    silent_courier(facts, DEVICE, 1000)->midstream = true;
    facts_no_finding(facts);
}

static void push_on_443_makes_it_a_warning(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    silent_courier(facts, DEVICE, 1000);
    facts_answered(facts, DEVICE, COURIER, 443, 9000)->server_name = "courier.push.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_int_equal(finding->port, 5223);
    assert_culprit(finding, CULPRIT_FIREWALL, NULL); /* the server is there */
    assert_non_null(strstr(finding->summary, "still works another way"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_IMPAIRED);
}

static void push_on_443_of_another_device_is_no_help(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_host(facts, OTHER_DEVICE);
    silent_courier(facts, DEVICE, 1000);
    silent_courier(facts, OTHER_DEVICE, 1500);
    facts_answered(facts, OTHER_DEVICE, COURIER, 443, 9000)->server_name = "courier.push.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_devices(finding, DEVICE " " OTHER_DEVICE);
}

/* The bag comes from a content network: it proves nothing about push. */
static void the_bag_is_not_push(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    silent_courier(facts, DEVICE, 1000);
    facts_silent(facts, DEVICE, COURIER, 443, 3, 9000)->resolved_name = "4-courier.push.apple.com";
    facts_answered(facts, DEVICE, "23.45.67.89", 443, 500)->server_name = "init.push.apple.com";
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->finding_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(facts->diagnosis->findings[i].severity, SEVERITY_CRITICAL);
}

/* A connection that is reset after its ClientHello brings no push either. */
static void a_torn_down_443_is_no_help(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    silent_courier(facts, DEVICE, 1000);
    facts_reset(facts, DEVICE, COURIER, 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 9000)
        ->server_name = "courier.push.apple.com";
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), 1);
    assert_int_equal(facts_findings(facts, "connection-reset"), 1);
    assert_int_equal(facts->diagnosis->findings[0].severity, SEVERITY_CRITICAL);
    assert_int_equal(facts->diagnosis->findings[1].severity, SEVERITY_CRITICAL);
}

static void one_of_two_addresses(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "17.253.1.10", 443, 3, 1000)->resolved_name = "gs.apple.com";
    facts_answered(facts, DEVICE, "17.253.1.11", 443, 5000)->server_name = "gs.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_string_equal(finding->host, "gs.apple.com");
    assert_addresses(finding->addresses, finding->address_count, "17.253.1.10");
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
}

static void ipv6_push_has_its_own_networks(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_host(facts, "2001:db8::20");
    facts_silent(facts, "2001:db8::20", "2620:149:a44:301::8", 5223, 3, 1000)->resolved_name =
        "4-courier.push.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_null(strstr(finding->remedy, "17.0.0.0/8"));
    assert_non_null(strstr(finding->remedy, "2620:149:a44::/48"));
}

static void one_of_two_families(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, DEVICE), "a4:83:e7:00:00:01");
    facts_give_mac(facts_host(facts, "2001:db8::20"), "a4:83:e7:00:00:01");
    facts_silent(facts, "2001:db8::20", "2620:149:a44:301::8", 5223, 3, 1000);
    facts_answered(facts, DEVICE, COURIER, 5223, 1300);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_devices(finding, "2001:db8::20");
}

/* Behind a router all have its MAC: what serves one does not serve the other. */
static void two_families_behind_a_router(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, DEVICE), "a4:83:e7:00:00:01");
    facts_give_mac(facts_host(facts, OTHER_DEVICE), "a4:83:e7:00:00:01");
    facts_give_mac(facts_host(facts, "2001:db8::20"), "a4:83:e7:00:00:01");
    facts_silent(facts, "2001:db8::20", "2620:149:a44:301::8", 5223, 3, 1000);
    facts_answered(facts, DEVICE, COURIER, 5223, 1300);
    facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
}

static void the_same_pair_at_another_time(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    silent_courier(facts, DEVICE, 1000);
    facts_answered(facts, DEVICE, COURIER, 5223, 90000)->resolved_name = "9-courier.push.apple.com";
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

/* Content networks serve many names from one address; a filter sees the address. */
static void the_same_address_under_another_name(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "23.45.67.89", 443, 3, 1000)->resolved_name = "gs.apple.com";
    facts_answered(facts, DEVICE, "23.45.67.89", 443, 9000)->server_name = "mesu.apple.com";
    facts_no_finding(facts);
}

/* The capture lost the device's own answer: another device's tells what is there. */
static void another_device_names_the_server(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_host(facts, OTHER_DEVICE);
    facts_silent(facts, DEVICE, "17.171.47.86", 443, 3, 1000);
    facts_answered(facts, OTHER_DEVICE, "17.171.47.86", 443, 9000)->resolved_name =
        "albert.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "albert.apple.com");
    assert_string_equal(finding->names[0], "albert.apple.com");
    assert_devices(finding, DEVICE);
}

/* Of two names nobody knows which was meant, and another port is another service. */
static void a_server_of_several_names_stays_nameless(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_host(facts, OTHER_DEVICE);
    facts_silent(facts, DEVICE, "17.171.47.86", 443, 3, 1000);
    facts_answered(facts, OTHER_DEVICE, "17.171.47.86", 443, 9000)->resolved_name =
        "albert.apple.com";
    facts_answered(facts, OTHER_DEVICE, "17.171.47.86", 443, 10000)->resolved_name = "gs.apple.com";
    facts_answered(facts, OTHER_DEVICE, "17.171.47.86", 5223, 11000)->resolved_name =
        "4-courier.push.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "17.0.0.0/8");
    assert_int_equal(finding->name_count, 0);
}

/* Two hosts of one wildcard are two services. */
static void another_host_of_the_wildcard_is_no_help(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "23.45.67.89", 443, 3, 1000)->resolved_name =
        "p1-buy.itunes.apple.com";
    facts_answered(facts, DEVICE, "23.45.67.90", 443, 9000)->server_name = "bag.itunes.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "*.itunes.apple.com");
    assert_string_equal(finding->names[0], "p1-buy.itunes.apple.com");
}

static void icmp_prohibited_names_the_firewall(void **state)
{
    static const uint8_t codes[] = {9, 10, 13};
    for (size_t i = 0; i < sizeof codes; i++) {
        struct facts facts;
        facts_begin(&facts);
        /* No host: an ICMP error needs no sign that answers are seen. */
        facts_rejected(&facts, DEVICE, COURIER, 5223, GATEWAY, 3, codes[i], 1000);
        const struct finding *finding =
            facts_only_finding(&facts, "port-blocked", SEVERITY_CRITICAL);
        assert_detail(finding, "how", "icmp-prohibited");
        assert_culprit(finding, CULPRIT_FIREWALL, GATEWAY);
        assert_int_equal(finding->culprit->hops, 1);
        assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
        assert_non_null(strstr(finding->remedy, GATEWAY));
        facts_end(&facts);
    }
    (void)state;
}

static void icmp_evidence(void **state)
{
    struct facts *facts = *state;
    facts_rejected(facts, DEVICE, COURIER, 5223, GATEWAY, 3, 13, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding->evidence_count, 2);
    assert_string_equal(finding->evidence[1].note, "ICMP 3/13 from " GATEWAY);
}

static void icmp_unreachable_names_the_router(void **state)
{
    struct facts *facts = *state;
    facts_rejected(facts, DEVICE, COURIER, 5223, GATEWAY, 3, 1, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_detail(finding, "how", "icmp-unreachable");
    assert_culprit(finding, CULPRIT_NETWORK, GATEWAY);
    assert_non_null(strstr(finding->remedy, "route"));
}

/* iptables' REJECT says "port unreachable" unless told otherwise. */
static void port_unreachable_from_a_router_is_a_filter(void **state)
{
    struct facts *facts = *state;
    facts_rejected(facts, DEVICE, COURIER, 5223, GATEWAY, 3, 3, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_detail(finding, "how", "icmp-unreachable");
    assert_culprit(finding, CULPRIT_FIREWALL, GATEWAY);
}

static void icmp_from_the_server_itself(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = facts_udp_silent(facts, DEVICE, "17.253.34.123", 123, 1, 1000);
    flow->resolved_name = "time-ios.apple.com";
    facts_reject(facts, flow, "17.253.34.123", 3, 3);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_culprit(finding, CULPRIT_SERVER, "17.253.34.123");
    assert_null(strstr(finding->remedy, "on 17.253.34.123"));
}

static void icmpv6(void **state)
{
    struct facts *facts = *state;
    facts_rejected(facts, "2001:db8::20", "2620:149:a44:301::8", 5223, "2001:db8::1", 1, 1, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_detail(finding, "how", "icmp-prohibited");
    assert_culprit(finding, CULPRIT_FIREWALL, "2001:db8::1");
    assert_string_equal(finding->evidence[1].note, "ICMPv6 1/1 from 2001:db8::1");
}

static void icmpv6_without_a_route(void **state)
{
    struct facts *facts = *state;
    facts_rejected(facts, "2001:db8::20", "2620:149:a44:301::8", 5223, "2001:db8::1", 1, 0, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_detail(finding, "how", "icmp-unreachable");
    assert_culprit(finding, CULPRIT_NETWORK, "2001:db8::1");
}

/* Routers limit their ICMP errors; what they leave out is the same refusal. */
static void silence_beside_icmp_is_one_cause(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_rejected(facts, DEVICE, COURIER, 5223, GATEWAY, 3, 13, 1000);
    facts_silent(facts, DEVICE, OTHER_COURIER, 5223, 3, 2000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_detail(finding, "how", "icmp-prohibited");
    assert_addresses(finding->addresses, finding->address_count, COURIER " " OTHER_COURIER);
}

static void reset_to_the_syn(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_refused(facts, DEVICE, COURIER, 5223, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_detail(finding, "how", "reset");
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
    assert_int_equal(finding->culprit->hops, 2);
}

static void a_port_that_apple_does_not_list(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_refused(facts, DEVICE, "17.253.1.10", 8081, 1000)->resolved_name = "lab.apple.com";
    facts_silent(facts, DEVICE, "17.253.1.11", 25, 3, 1000);
    facts_no_finding(facts);
}

static void a_name_that_only_the_wildcard_covers(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "23.45.67.89", 443, 3, 1000)->resolved_name =
        "weather-data.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "*.apple.com");
    assert_int_equal(finding->port, 443);
}

static void time_requests_from_one_port(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_udp_silent(facts, DEVICE, "17.253.34.123", 123, 3, 1000)->resolved_name =
        "time-ios.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "time-ios.apple.com");
    assert_int_equal(finding->port, 123);
    assert_int_equal(finding->transport, TRANSPORT_UDP);
    assert_detail(finding, "how", "no-answer");
    assert_non_null(strstr(finding->summary, "UDP port 123"));
    assert_null(strstr(finding->explanation, "SYN"));
}

static void time_requests_from_new_ports(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    for (int64_t i = 0; i < 3; i++)
        facts_udp_silent(facts, DEVICE, "17.253.34.123", 123, 1, 1000 + i * 5000)->resolved_name =
            "time-ios.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding->count, 3);
    assert_int_equal(finding->first_seen, facts_time(1000));
}

static void one_time_request_proves_nothing(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_udp_silent(facts, DEVICE, "17.253.34.123", 123, 1, 1000)->resolved_name =
        "time-ios.apple.com";
    facts_no_finding(facts);
}

static void time_requests_that_are_answered_later(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_udp_silent(facts, DEVICE, "17.253.34.123", 123, 3, 1000)->resolved_name =
        "time-ios.apple.com";
    facts_udp_answered(facts, DEVICE, "17.253.34.123", 123, 60000)->resolved_name =
        "time-ios.apple.com";
    facts_no_finding(facts);
}

static void a_retired_row_blocks_nothing(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "17.253.1.10", 443, 3, 1000)->resolved_name = "gnf-mdn.apple.com";
    facts_no_finding(facts);
}

static void many_devices_are_one_finding(void **state)
{
    struct facts *facts = *state;
    for (int i = 0; i < 30; i++) {
        char device[ADDRESS_TEXT_SIZE];
        snprintf(device, sizeof device, "10.0.1.%d", 200 - i);
        facts_host(facts, device);
        silent_courier(facts, device, 1000 + i);
        facts_silent(facts, device, OTHER_COURIER, 5223, 2, 5000 + i);
    }
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding->device_count, 30);
    assert_int_equal(finding->address_count, 2);
    assert_int_equal(finding->count, 60);
    assert_address(&finding->devices[0], "10.0.1.171");
    assert_int_equal(finding->evidence_count, FINDING_EVIDENCE_LIMIT);
    assert_non_null(strstr(finding->summary, "30 devices"));
}

static void two_firewalls_are_two_findings(void **state)
{
    struct facts *facts = *state;
    facts_rejected(facts, DEVICE, COURIER, 5223, GATEWAY, 3, 13, 1000);
    facts_rejected(facts, OTHER_DEVICE, COURIER, 5223, "10.9.9.1", 3, 13, 1000);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->finding_count, 2);
    const struct finding *findings = facts->diagnosis->findings;
    assert_culprit(&findings[0], CULPRIT_FIREWALL, GATEWAY);
    assert_devices(&findings[0], DEVICE);
    assert_culprit(&findings[1], CULPRIT_FIREWALL, "10.9.9.1");
    assert_devices(&findings[1], OTHER_DEVICE);
}

static void nothing_works_at_all(void **state)
{
    struct facts *facts = *state;
    struct fact_host *host = facts_host(facts, DEVICE);
    host->other_tcp_answered = 0;
    host->other_tcp_silent = 4;
    silent_courier(facts, DEVICE, 1000);
    facts_silent(facts, DEVICE, "17.253.1.10", 443, 3, 2000)->resolved_name = "gs.apple.com";
    facts_rejected(facts, DEVICE, "17.253.1.11", 443, GATEWAY, 3, 1, 3000)->resolved_name =
        "albert.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_null(finding->host);
    assert_null(finding->category);
    assert_int_equal(finding->port, -1);
    assert_int_equal(finding->count, 3);
    assert_culprit(finding, CULPRIT_NETWORK, GATEWAY);
}

static void nothing_works_and_nobody_says_why(void **state)
{
    struct facts *facts = *state;
    struct fact_host *host = facts_host(facts, DEVICE);
    host->other_tcp_answered = 0;
    host->other_tcp_silent = 2;
    silent_courier(facts, DEVICE, 1000);
    assert_culprit(facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL), CULPRIT_NETWORK,
                   NULL);
}

/* Broken IPv6 beside working IPv4: one cause, and it stops nothing. */
static void nothing_works_in_one_family(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, DEVICE), "a4:83:e7:00:00:01");
    struct fact_host *host = facts_host(facts, "2001:db8::20");
    facts_give_mac(host, "a4:83:e7:00:00:01");
    host->other_tcp_answered = 0;
    host->other_tcp_silent = 9;
    facts_silent(facts, "2001:db8::20", "2620:149:a44:301::8", 5223, 3, 1000);
    facts_silent(facts, "2001:db8::20", "2620:149:a44:301::9", 443, 3, 1000)->resolved_name =
        "gs.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_null(finding->host);
    assert_devices(finding, "2001:db8::20");
    assert_null(strstr(finding->summary, "everyone else fail alike"));
}

static void names_and_bare_addresses_are_one_finding(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "17.57.145.99", 5223, 3, 1000);
    silent_courier(facts, DEVICE, 2000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_addresses(finding->addresses, finding->address_count, COURIER " 17.57.145.99");
}

static void quic_is_a_note_where_tcp_works(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_udp_silent(facts, DEVICE, "17.248.1.1", 443, 4, 1000)->server_name = "probe.icloud.com";
    facts_answered(facts, DEVICE, "17.248.1.1", 443, 6000)->server_name = "probe.icloud.com";
    const struct finding *finding = facts_only_finding(facts, "quic-blocked", SEVERITY_NOTE);
    assert_string_equal(finding->host, "probe.icloud.com");
    assert_int_equal(finding->port, 443);
    assert_int_equal(finding->transport, TRANSPORT_UDP);
    assert_devices(finding, DEVICE);
    assert_null(finding->culprit);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void quic_alone_is_no_finding(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_udp_silent(facts, DEVICE, "17.248.1.1", 443, 4, 1000)->server_name = "probe.icloud.com";
    facts_no_finding(facts);
}

static void quic_that_works_is_no_finding(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_udp_answered(facts, DEVICE, "17.248.1.1", 443, 1000)->server_name = "probe.icloud.com";
    facts_answered(facts, DEVICE, "17.248.1.1", 443, 6000)->server_name = "probe.icloud.com";
    facts_no_finding(facts);
}

static void legacy_ports_are_a_note(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "17.188.1.1", 2195, 3, 1000);
    facts_refused(facts, DEVICE, "17.188.1.2", 2195, 2000)->resolved_name =
        "gateway.push.apple.com";
    const struct finding *finding = facts_only_finding(facts, "legacy-port", SEVERITY_NOTE);
    assert_string_equal(finding->host, "17.0.0.0/8");
    assert_int_equal(finding->port, 2195);
    assert_int_equal(finding->count, 2);
    assert_devices(finding, DEVICE);
    assert_addresses(finding->addresses, finding->address_count, "17.188.1.1 17.188.1.2");
}

/* Whoever refuses them, and wherever their names lead. */
static void legacy_ports_are_never_blocked(void **state)
{
    struct facts *facts = *state;
    facts_rejected(facts, DEVICE, "203.0.113.9", 2195, GATEWAY, 3, 13, 1000)->resolved_name =
        "gateway.push.apple.com";
    facts_only_finding(facts, "legacy-port", SEVERITY_NOTE);
}

static void two_legacy_ports(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "17.188.1.1", 2195, 3, 1000);
    facts_silent(facts, DEVICE, "17.188.1.1", 2196, 3, 1000);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "legacy-port"), 2);
    assert_int_equal(facts->diagnosis->finding_count, 2);
}

/* The ICMP error that the capture cut may have been the answer. */
static void silence_where_an_error_was_cut(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE)->unread_errors = 1;
    silent_courier(facts, DEVICE, 1000);
    facts_no_finding(facts);
}

/* Apple has none: a DNS answer led there, and the way is not to blame. */
static void what_leads_to_a_private_address(void **state)
{
    static const char *const servers[] = {"10.1.1.1", "192.168.7.7", "127.0.0.1", "0.0.0.0"};
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        int64_t at = 1000 + (int64_t)i * 9000;
        facts_silent(facts, DEVICE, servers[i], 443, 3, at)->resolved_name = "gs.apple.com";
        facts_refused(facts, DEVICE, servers[i], 443, at + 5000)->resolved_name =
            "albert.apple.com";
    }
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), 0);
}

/* Knows mdm.corp.example, 443, too. */
static void take_site_catalogue(struct facts *facts)
{
    struct scratch scratch;
    const char *file;
    scratch_begin(&scratch);
    scratch_write(&scratch, "hosts", "mdm.corp.example 443\n");
    file = scratch_path(&scratch, "hosts");
    catalog_release(facts->catalog);
    facts->catalog = catalog_load(&file, 1, &facts->problem);
    assert_non_null(facts->catalog);
    scratch_remove(&scratch, "hosts");
    scratch_end(&scratch);
}

/* A site's own servers may have such addresses, and are missed. */
static void silence_of_the_sites_own_server(void **state)
{
    struct facts *facts = *state;
    take_site_catalogue(facts);
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "10.1.1.1", 443, 3, 1000)->resolved_name = "mdm.corp.example";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "mdm.corp.example");
    assert_detail(finding, "how", "no-answer");
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
}

static void a_neighbour_refuses_for_itself(void **state)
{
    struct facts *facts = *state;
    take_site_catalogue(facts);
    facts_host(facts, DEVICE);
    struct fact_flow *flow = facts_refused(facts, DEVICE, "10.0.0.9", 443, 1000);
    flow->resolved_name = "mdm.corp.example";
    flow->reset_ttl = 64;
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "mdm.corp.example");
    assert_detail(finding, "how", "reset");
    assert_culprit(finding, CULPRIT_SERVER, "10.0.0.9");
    assert_int_equal(finding->culprit->hops, 1);
}

/* Behind a router, or with a public address, somebody else may refuse for it. */
static void who_refuses_is_no_neighbour(void **state)
{
    static const struct {
        const char *server;
        uint8_t ttl;
    } cases[] = {{"10.1.1.1", 63}, {"203.0.113.9", 64}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        take_site_catalogue(facts);
        facts_host(facts, DEVICE);
        struct fact_flow *flow = facts_refused(facts, DEVICE, cases[i].server, 443, 1000);
        flow->resolved_name = "mdm.corp.example";
        flow->reset_ttl = cases[i].ttl;
        assert_culprit(facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL),
                       CULPRIT_NETWORK, NULL);
    }
}

/* One failure elsewhere beside two of Apple's, and nothing that works. */
static void one_other_failure_shows_that_nothing_works(void **state)
{
    struct facts *facts = *state;
    struct fact_host *host = facts_host(facts, DEVICE);
    host->other_tcp_answered = 0;
    host->other_tcp_silent = 1;
    silent_courier(facts, DEVICE, 1000);
    facts_silent(facts, DEVICE, "17.253.1.10", 443, 3, 2000)->resolved_name = "gs.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_null(finding->host);
    assert_int_equal(finding->count, 2);
}

static void one_failure_each_shows_little(void **state)
{
    struct facts *facts = *state;
    struct fact_host *host = facts_host(facts, DEVICE);
    host->other_tcp_answered = 0;
    host->other_tcp_refused = 1;
    silent_courier(facts, DEVICE, 1000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "*.push.apple.com");
}

/* Who tries nothing else may well be shut out from Apple alone. */
static void apples_failures_alone_are_a_rule_about_apple(void **state)
{
    struct facts *facts = *state;
    struct fact_host *host = facts_host(facts, DEVICE);
    host->other_tcp_opened = host->other_tcp_answered = 0;
    silent_courier(facts, DEVICE, 1000);
    facts_silent(facts, DEVICE, "17.253.1.10", 443, 3, 2000)->resolved_name = "gs.apple.com";
    facts_silent(facts, DEVICE, "17.253.1.11", 443, 3, 3000)->resolved_name = "albert.apple.com";
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), 3);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(facts->diagnosis->findings[i].host);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(silence_is_a_blocked_port),
        CASE(one_syn_proves_nothing),
        CASE(lone_syns_again_and_again),
        CASE(the_third_lone_syn_counts),
        CASE(lone_syns_of_a_pair_that_works),
        CASE(lone_syns_after_refusals),
        CASE(many_ports_of_one_row_are_one_cause),
        CASE(one_syn_seen_twice_proves_nothing),
        CASE(silence_without_a_sign_of_answers),
        CASE(silence_before_the_network_lets_it_in),
        CASE(silence_after_the_network_let_it_in),
        CASE(silence_beside_what_works),
        CASE(silence_of_a_client_without_a_host),
        CASE(silence_long_after_the_last_packet),
        CASE(silence_in_a_one_sided_capture),
        CASE(silence_of_a_client_seen_from_one_side),
        CASE(midstream_silence_proves_nothing),
        CASE(push_on_443_makes_it_a_warning),
        CASE(push_on_443_of_another_device_is_no_help),
        CASE(the_bag_is_not_push),
        CASE(a_torn_down_443_is_no_help),
        CASE(one_of_two_addresses),
        CASE(ipv6_push_has_its_own_networks),
        CASE(one_of_two_families),
        CASE(two_families_behind_a_router),
        CASE(the_same_pair_at_another_time),
        CASE(the_same_address_under_another_name),
        CASE(another_device_names_the_server),
        CASE(a_server_of_several_names_stays_nameless),
        CASE(another_host_of_the_wildcard_is_no_help),
        CASE(icmp_prohibited_names_the_firewall),
        CASE(icmp_evidence),
        CASE(icmp_unreachable_names_the_router),
        CASE(port_unreachable_from_a_router_is_a_filter),
        CASE(icmp_from_the_server_itself),
        CASE(icmpv6),
        CASE(icmpv6_without_a_route),
        CASE(silence_beside_icmp_is_one_cause),
        CASE(reset_to_the_syn),
        CASE(a_port_that_apple_does_not_list),
        CASE(a_name_that_only_the_wildcard_covers),
        CASE(time_requests_from_one_port),
        CASE(time_requests_from_new_ports),
        CASE(one_time_request_proves_nothing),
        CASE(time_requests_that_are_answered_later),
        CASE(a_retired_row_blocks_nothing),
        CASE(many_devices_are_one_finding),
        CASE(two_firewalls_are_two_findings),
        CASE(nothing_works_at_all),
        CASE(nothing_works_and_nobody_says_why),
        CASE(nothing_works_in_one_family),
        CASE(names_and_bare_addresses_are_one_finding),
        CASE(quic_is_a_note_where_tcp_works),
        CASE(quic_alone_is_no_finding),
        CASE(quic_that_works_is_no_finding),
        CASE(legacy_ports_are_a_note),
        CASE(legacy_ports_are_never_blocked),
        CASE(two_legacy_ports),
        CASE(silence_where_an_error_was_cut),
        CASE(what_leads_to_a_private_address),
        CASE(silence_of_the_sites_own_server),
        CASE(a_neighbour_refuses_for_itself),
        CASE(who_refuses_is_no_neighbour),
        CASE(one_other_failure_shows_that_nothing_works),
        CASE(one_failure_each_shows_little),
        CASE(apples_failures_alone_are_a_rule_about_apple),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
