/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each defect is told by the check that it belongs to, and by no other; what there is too
 * little traffic for is not judged.
 */
#include "diagnosis/fitness.h"
#include "tests/support/facts.h"

struct bench {
    struct facts facts;
    struct fitness_census census;
    struct fitness_interface interfaces[2];
    struct fitness_settings settings;
    struct fitness *fitness;
};

/* A healthy capture, with all that is to be seen in one. */
static int begin(void **state)
{
    static struct bench bench;

    memset(&bench, 0, sizeof bench);
    facts_begin(&bench.facts);
    *facts_totals(&bench.facts) = (struct fact_totals){.packets = 1000,
                                                       .flows = 100,
                                                       .apple_flows = 40,
                                                       .two_sided_tcp = 90,
                                                       .data_segments = 600};
    facts_source(&bench.facts)->dropped_packets = 0;
    facts_answered(&bench.facts, DEVICE, COURIER, 5223, 0);
    facts_resolver(&bench.facts, DEVICE, RESOLVER, 20, 20);
    struct fact_lease *lease = &facts_add(&bench.facts, FACT_LEASE)->as.lease;
    lease->source = LEASE_DHCPV4;
    lease->answered = true;
    lease->first_time = facts_time(0);
    lease->answer_time = facts_time(1);
    bench.census = (struct fitness_census){.packets = 990,
                                           .strangers = 900,
                                           .largest = 1500,
                                           .vlans = {{0, 990}},
                                           .vlan_count = 1,
                                           .precision = 1000};
    bench.interfaces[0] = (struct fitness_interface){.name = "eth1",
                                                     .has_state = true,
                                                     .running = true,
                                                     .promiscuous = true,
                                                     .mtu = 1500,
                                                     .speed = 1000,
                                                     .has_offloads = true,
                                                     .ring = 256,
                                                     .ring_most = 4096,
                                                     .buffer_mebibytes = 64};
    bench.settings = (struct fitness_settings){.census = &bench.census, .now = facts_time(700000)};
    *state = &bench;
    return 0;
}

static int end(void **state)
{
    struct bench *bench = *state;

    fitness_release(bench->fitness);
    facts_end(&bench->facts);
    return 0;
}

static void go_live(struct bench *bench)
{
    bench->settings.interfaces = bench->interfaces;
    bench->settings.interface_count = 1;
    bench->settings.watched = 10 * NANOSECONDS_PER_SECOND;
}

static void judge(struct bench *bench)
{
    struct problem problem = {""};

    bench->settings.diagnosis = facts_diagnose(&bench->facts);
    bench->settings.store = bench->facts.store;
    bench->fitness = fitness_judge(&bench->settings, &problem);
    assert_string_equal(problem.text, "");
    assert_non_null(bench->fitness);
}

static const struct fitness_check *check_named(const struct bench *bench, const char *name)
{
    for (size_t i = 0; i < bench->fitness->check_count; i++)
        if (strcmp(bench->fitness->checks[i].name, name) == 0)
            return &bench->fitness->checks[i];
    fail_msg("there is no check %s", name);
    return NULL;
}

/* Judges; that check has the grade, and all others are good. */
static const struct fitness_check *only(struct bench *bench, const char *name,
                                        enum fitness_grade grade)
{
    judge(bench);
    for (size_t i = 0; i < bench->fitness->check_count; i++) {
        const struct fitness_check *check = &bench->fitness->checks[i];
        bool meant = strcmp(check->name, name) == 0;
        if (check->grade != (meant ? grade : FITNESS_GOOD))
            fail_msg("%s is %s: %s", check->name, fitness_grade_word(check->grade), check->seen);
        assert_true((check->advice != NULL) == (check->grade >= FITNESS_LOOK));
        assert_true(check->seen[0] != '\0');
    }
    assert_int_equal(bench->fitness->verdict, grade > FITNESS_GOOD ? grade : FITNESS_GOOD);
    return check_named(bench, name);
}

static void assert_has(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("'%s' is not in '%s'", part, text != NULL ? text : "nothing");
}

static double figure(const struct fitness_check *check, const char *name)
{
    for (size_t i = 0; i < check->figure_count; i++)
        if (strcmp(check->figures[i].name, name) == 0)
            return check->figures[i].number;
    fail_msg("there is no figure %s", name);
    return 0;
}

static void a_healthy_capture(void **state)
{
    struct bench *bench = *state;
    only(bench, "directions", FITNESS_GOOD);
    assert_string_equal(bench->fitness->sentence, "This capture is fit to judge by.");
    assert_false(bench->fitness->live);
}

static void a_healthy_interface(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    const struct fitness_check *check = only(bench, "interface", FITNESS_GOOD);
    assert_string_equal(check->subject, "eth1");
    assert_has(check->seen, "1000 Mbit/s");
    assert_string_equal(bench->fitness->sentence, "This interface is fit to judge by.");
}

static void one_direction(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->client_only_tcp = 95;
    const struct fitness_check *check = only(bench, "directions", FITNESS_BAD);
    assert_has(check->advice, "both directions");
    assert_has(bench->fitness->sentence, "not fit to judge by. To mend: Both directions of TCP.");
    assert_true(figure(check, "client_only_connections") == 95);
}

static void partly_one_direction(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->client_only_tcp = 19;
    assert_has(only(bench, "directions", FITNESS_LOOK)->advice, "other VLANs");
    assert_has(bench->fitness->sentence, "within limits");
}

static void a_few_one_sided_are_no_matter(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->client_only_tcp = 18;
    only(bench, "directions", FITNESS_GOOD);
}

static void copies_in_another_vlan(void **state)
{
    struct bench *bench = *state;
    facts_source(&bench->facts)->duplicate_packets = 480;
    facts_source(&bench->facts)->duplicates_tagged = 470;
    assert_has(only(bench, "duplicates", FITNESS_LOOK)->advice, "in another VLAN");
}

static void copies_of_a_router_and_a_nat(void **state)
{
    struct bench *bench = *state;
    facts_source(&bench->facts)->duplicate_packets = 480;
    facts_source(&bench->facts)->duplicates_translated = 480;
    assert_has(only(bench, "duplicates", FITNESS_LOOK)->advice, "NAT");
}

static void few_copies(void **state)
{
    struct bench *bench = *state;
    facts_source(&bench->facts)->duplicate_packets = 49;
    assert_has(only(bench, "duplicates", FITNESS_GOOD)->seen, "49 of 1000 packets");
}

static void some_loss(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->missing_segments = 12;
    facts_totals(&bench->facts)->missing_flows = 3;
    only(bench, "loss", FITNESS_LOOK);
}

static void much_loss(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->missing_segments = 100;
    facts_totals(&bench->facts)->missing_flows = 30;
    const struct fitness_check *check = only(bench, "loss", FITNESS_BAD);
    assert_has(check->seen, "100 of 700 TCP segments");
    assert_has(check->seen, "14.29 %");
}

static void dropped_of_a_file(void **state)
{
    struct bench *bench = *state;
    facts_source(&bench->facts)->dropped_packets = 5;
    assert_has(only(bench, "drops", FITNESS_LOOK)->advice, "tcpdump -B");
}

static void dropped_of_an_interface(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    facts_source(&bench->facts)->dropped_packets = 500;
    const struct fitness_check *check = only(bench, "drops", FITNESS_BAD);
    assert_has(check->advice, "--buffer 256");
    assert_has(check->advice, "ethtool -G eth1 rx 4096");
    assert_has(check->seen, "33.33 %");
}

static void drops_that_nobody_counted(void **state)
{
    struct bench *bench = *state;
    facts_source(&bench->facts)->dropped_packets = -1;
    only(bench, "drops", FITNESS_NOT_JUDGED);
}

static void cut_packets(void **state)
{
    struct bench *bench = *state;
    facts_source(&bench->facts)->truncated_packets = 51;
    assert_has(only(bench, "snapshot", FITNESS_BAD)->advice, "-s 0");
}

static void joined_segments(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->merged_segments = 1;
    assert_has(only(bench, "offloads", FITNESS_LOOK)->advice, "ethtool -K IFACE gro off");
}

static void unfinished_checksums(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->unfinished_checksums = 7;
    assert_has(only(bench, "offloads", FITNESS_LOOK)->seen, "7 SYNs have");
}

static void an_interface_that_joins_segments(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    bench->interfaces[0].joins_segments = true;
    assert_has(only(bench, "offloads", FITNESS_LOOK)->advice, "ethtool -K eth1 gro off");
}

static void packets_over_the_mtu(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    bench->census.oversized = 4;
    bench->census.largest = 20000;
    assert_has(only(bench, "offloads", FITNESS_LOOK)->seen, "4 segments are larger");
}

static void packets_out_of_order(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->overtaken_segments = 4;
    only(bench, "order", FITNESS_LOOK);
}

static void a_clock_that_jumps(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->clock_jumps = 1;
    facts_totals(&bench->facts)->clock_jump = -5 * NANOSECONDS_PER_SECOND;
    facts_totals(&bench->facts)->clock_jump_packet = packet_identity(1, 10);
    assert_has(only(bench, "clock", FITNESS_LOOK)->seen, "1 jump, the largest of -5.0 s");
}

static void a_clock_that_was_never_set(void **state)
{
    struct bench *bench = *state;
    bench->settings.now = facts_time(0) - 2 * 86400 * NANOSECONDS_PER_SECOND;
    assert_has(only(bench, "clock", FITNESS_LOOK)->advice, "NTP");
}

static void a_coarse_clock(void **state)
{
    struct bench *bench = *state;
    bench->census.precision = NANOSECONDS_PER_MILLISECOND;
    assert_has(only(bench, "clock", FITNESS_LOOK)->seen, "milliseconds");
}

static void a_clock_of_the_card(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    bench->census.has_clock = true;
    bench->census.clock_ahead = -37 * NANOSECONDS_PER_SECOND;
    assert_has(only(bench, "clock", FITNESS_LOOK)->seen, "37.000 s");
}

static void add_layer(struct bench *bench, const char *name, uint64_t packets)
{
    struct fact_layer *layer = &facts_add(&bench->facts, FACT_LAYER)->as.layer;
    *layer = (struct fact_layer){
        .name = name, .packets = packets, .first_time = facts_time(0), .first_packet = 1};
    facts_totals(&bench->facts)->unread_packets += packets;
}

static void hidden_layers(void **state)
{
    struct bench *bench = *state;
    add_layer(bench, "802.11 protected", 30);
    assert_has(only(bench, "layers", FITNESS_LOOK)->seen, "30 in 802.11 protected");
}

static void mostly_hidden(void **state)
{
    struct bench *bench = *state;
    add_layer(bench, "MACsec", 700);
    only(bench, "layers", FITNESS_BAD);
}

static void vlans_are_told(void **state)
{
    struct bench *bench = *state;
    bench->census.vlans[1] = (struct fitness_vlan){20, 5};
    bench->census.vlans[2] = (struct fitness_vlan){10, 300};
    bench->census.vlan_count = 3;
    bench->census.tunnels[0] = (struct fitness_tunnel){"VXLAN", 305};
    bench->census.tunnel_count = 1;
    const struct fitness_check *check = only(bench, "networks", FITNESS_GOOD);
    assert_has(check->seen, "10 (300 packets), 20 (5 packets); 990 packets without a tag");
    assert_has(check->seen, "VXLAN (305 packets)");
    assert_true(figure(check, "vlans") == 2);
}

static void many_vlans_are_counted(void **state)
{
    struct bench *bench = *state;
    for (uint16_t i = 0; i < FITNESS_VLAN_LIMIT; i++)
        bench->census.vlans[i] = (struct fitness_vlan){(uint16_t)(i + 1), 10};
    bench->census.vlan_count = FITNESS_VLAN_LIMIT;
    bench->census.vlan_packets_left_out = 3;
    assert_has(only(bench, "networks", FITNESS_LOOK)->seen, "and 58 more");
}

static void begun_before(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->midstream_flows = 51;
    only(bench, "beginnings", FITNESS_LOOK);
}

/* Within seconds that is how a network at work looks. */
static void begun_before_of_an_interface(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    facts_totals(&bench->facts)->midstream_flows = 99;
    only(bench, "beginnings", FITNESS_GOOD);
}

static void queries_without_answers(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < bench->facts.count; i++)
        if (bench->facts.list[i].kind == FACT_RESOLVER)
            bench->facts.list[i].as.resolver.answered = 0;
    judge(bench);
    assert_int_equal(check_named(bench, "names")->grade, FITNESS_LOOK);
    assert_has(check_named(bench, "names")->seen, "0 of 20 queries");
}

static void nothing_of_apple(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->apple_flows = 0;
    only(bench, "apple", FITNESS_BAD);
}

static void nothing_of_apple_so_far(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    facts_totals(&bench->facts)->apple_flows = 0;
    assert_has(only(bench, "apple", FITNESS_LOOK)->advice, "--duration");
}

static void a_file_that_breaks_off(void **state)
{
    struct bench *bench = *state;
    facts_source(&bench->facts)->cut_short = true;
    assert_has(only(bench, "completeness", FITNESS_LOOK)->seen, "site.pcap breaks off");
}

static void more_than_is_kept(void **state)
{
    struct bench *bench = *state;
    facts_totals(&bench->facts)->hosts_dropped = 9;
    only(bench, "completeness", FITNESS_LOOK);
}

static void no_link(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    bench->interfaces[0].running = false;
    only(bench, "interface", FITNESS_BAD);
}

static void not_promiscuous(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    bench->interfaces[0].promiscuous = false;
    only(bench, "interface", FITNESS_LOOK);
}

static void a_mirror_that_is_too_slow(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    facts_source(&bench->facts)->bytes = UINT64_C(1100000000);
    assert_has(only(bench, "interface", FITNESS_LOOK)->seen, "88.0 % in use");
}

static void an_interface_of_another_system(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    bench->interfaces[0] = (struct fitness_interface){.name = "en0", .buffer_mebibytes = 64};
    only(bench, "interface", FITNESS_NOT_JUDGED);
}

static void no_mirror(void **state)
{
    struct bench *bench = *state;
    go_live(bench);
    bench->census.strangers = 0;
    assert_has(only(bench, "packets", FITNESS_BAD)->advice, "mirror session");
}

/* Nothing is good that nobody could see. */
static void nothing_at_all(void **state)
{
    struct bench *bench = *state;
    bench->facts.count = 2;
    *facts_totals(&bench->facts) = (struct fact_totals){.packets = 0};
    facts_source(&bench->facts)->packets = 0;
    facts_source(&bench->facts)->dropped_packets = -1;
    facts_source(&bench->facts)->first_time = TIMESTAMP_NONE;
    facts_source(&bench->facts)->last_time = TIMESTAMP_NONE;
    bench->census = (struct fitness_census){.packets = 0};
    judge(bench);
    for (size_t i = 0; i < bench->fitness->check_count; i++) {
        const struct fitness_check *check = &bench->fitness->checks[i];
        bool bad = strcmp(check->name, "packets") == 0 || strcmp(check->name, "apple") == 0;
        bool good = strcmp(check->name, "completeness") == 0;
        assert_int_equal(check->grade, bad    ? FITNESS_BAD
                                       : good ? FITNESS_GOOD
                                              : FITNESS_NOT_JUDGED);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_healthy_capture),
        CASE(a_healthy_interface),
        CASE(one_direction),
        CASE(partly_one_direction),
        CASE(a_few_one_sided_are_no_matter),
        CASE(copies_in_another_vlan),
        CASE(copies_of_a_router_and_a_nat),
        CASE(few_copies),
        CASE(some_loss),
        CASE(much_loss),
        CASE(dropped_of_a_file),
        CASE(dropped_of_an_interface),
        CASE(drops_that_nobody_counted),
        CASE(cut_packets),
        CASE(joined_segments),
        CASE(unfinished_checksums),
        CASE(an_interface_that_joins_segments),
        CASE(packets_over_the_mtu),
        CASE(packets_out_of_order),
        CASE(a_clock_that_jumps),
        CASE(a_clock_that_was_never_set),
        CASE(a_coarse_clock),
        CASE(a_clock_of_the_card),
        CASE(hidden_layers),
        CASE(mostly_hidden),
        CASE(vlans_are_told),
        CASE(many_vlans_are_counted),
        CASE(begun_before),
        CASE(begun_before_of_an_interface),
        CASE(queries_without_answers),
        CASE(nothing_of_apple),
        CASE(nothing_of_apple_so_far),
        CASE(a_file_that_breaks_off),
        CASE(more_than_is_kept),
        CASE(no_link),
        CASE(not_promiscuous),
        CASE(a_mirror_that_is_too_slow),
        CASE(an_interface_of_another_system),
        CASE(no_mirror),
        CASE(nothing_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
