/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does each flow prove, what is it meant for, and how does it add up?
 */
#include <stdio.h>

#include "tests/support/facts.h"

struct fixture {
    struct facts facts;
    struct facts_bench bench;
};

static int begin(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof fixture);
    facts_begin(&fixture.facts);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    facts_bench_end(&fixture->bench);
    facts_end(&fixture->facts);
    return 0;
}

static void outcomes_of_tcp(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    struct fact_flow *flow = facts_silent(facts, DEVICE, COURIER, 5223, 2, 0);
    assert_int_equal(attempt_judge(flow), ATTEMPT_SILENT);
    flow->midstream = true;
    assert_int_equal(attempt_judge(flow), ATTEMPT_UNDECIDED);
    flow = facts_silent(facts, DEVICE, COURIER, 5223, 1, 0);
    assert_int_equal(attempt_judge(flow), ATTEMPT_UNDECIDED);
    flow->first_syn_time = flow->last_syn_time = TIMESTAMP_NONE;
    assert_int_equal(attempt_judge(flow), ATTEMPT_UNDECIDED);
    flow = facts_answered(facts, DEVICE, COURIER, 5223, 0);
    assert_int_equal(attempt_judge(flow), ATTEMPT_SUCCESS);
    flow->outcome = OUTCOME_ANSWERED;
    assert_int_equal(attempt_judge(flow), ATTEMPT_SUCCESS);
    flow->syn_ack_time = TIMESTAMP_NONE; /* picked up midstream, data of the server's seen */
    assert_int_equal(attempt_judge(flow), ATTEMPT_SUCCESS);
    flow->server_bytes = 0;
    assert_int_equal(attempt_judge(flow), ATTEMPT_UNDECIDED);
    flow->outcome = OUTCOME_UNKNOWN;
    assert_int_equal(attempt_judge(flow), ATTEMPT_UNDECIDED);
    assert_int_equal(attempt_judge(facts_refused(facts, DEVICE, COURIER, 5223, 0)),
                     ATTEMPT_REFUSED);
    flow = facts_rejected(facts, DEVICE, COURIER, 5223, GATEWAY, 3, 13, 0);
    assert_int_equal(attempt_judge(flow), ATTEMPT_REJECTED);
    flow->has_icmp = false;
    assert_int_equal(attempt_judge(flow), ATTEMPT_UNDECIDED);
}

static void outcomes_of_resets(void **state)
{
    static const struct {
        enum reset_stage stage;
        enum party by;
        uint8_t ttl;
        enum attempt attempt;
    } cases[] = {
        {RESET_STAGE_OPENED, PARTY_CLIENT, 64, ATTEMPT_SUCCESS},
        {RESET_STAGE_OPENED, PARTY_SERVER, 63, ATTEMPT_SUCCESS},
        {RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_CLIENT, 64, ATTEMPT_SUCCESS},
        {RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 52, ATTEMPT_TORN_DOWN},
        {RESET_STAGE_HANDSHAKE, PARTY_CLIENT, 64, ATTEMPT_TORN_DOWN},
        {RESET_STAGE_HANDSHAKE, PARTY_SERVER, 52, ATTEMPT_TORN_DOWN},
        {RESET_STAGE_ESTABLISHED, PARTY_CLIENT, 64, ATTEMPT_SUCCESS},
        {RESET_STAGE_ESTABLISHED, PARTY_SERVER, 52, ATTEMPT_SUCCESS},
        {RESET_STAGE_ESTABLISHED, PARTY_SERVER, 63, ATTEMPT_TORN_DOWN},
        {RESET_STAGE_CLOSING, PARTY_SERVER, 63, ATTEMPT_SUCCESS},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(attempt_judge(facts_reset(&fixture->facts, DEVICE, COURIER, 5223,
                                                   cases[i].stage, cases[i].by, cases[i].ttl, 0)),
                         cases[i].attempt);
}

static void outcomes_of_udp(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    struct fact_flow *flow = facts_udp_silent(facts, DEVICE, "17.1.1.1", 123, 2, 0);
    assert_int_equal(attempt_judge(flow), ATTEMPT_SILENT);
    flow->last_time = flow->first_time + FACTS_MILLISECOND; /* one datagram seen twice */
    assert_int_equal(attempt_judge(flow), ATTEMPT_UNDECIDED);
    assert_int_equal(attempt_judge(facts_udp_answered(facts, DEVICE, "17.1.1.1", 123, 0)),
                     ATTEMPT_SUCCESS);
}

static void names_of_flows(void **state)
{
    struct fixture *fixture = *state;
    struct fact_flow *flow = facts_answered(&fixture->facts, DEVICE, COURIER, 443, 0);
    assert_null(attempt_name(flow));
    flow->resolved_name = "4-courier.push.apple.com";
    assert_string_equal(attempt_name(flow), "4-courier.push.apple.com");
    flow->server_name = "courier.push.apple.com";
    assert_string_equal(attempt_name(flow), "4-courier.push.apple.com");
    flow->server_name = "gs.apple.com"; /* the address is shared */
    assert_string_equal(attempt_name(flow), "gs.apple.com");
    flow->resolved_name = NULL;
    assert_string_equal(attempt_name(flow), "gs.apple.com");
    flow->resolved_name = "mesu.apple.com";
    flow->server_name = "www.example.net";
    assert_string_equal(attempt_name(flow), "www.example.net");
}

static void assert_row(struct fixture *fixture, const struct fact_flow *flow, const char *host,
                       uint16_t port)
{
    struct ledger ledger = {.catalog = fixture->facts.catalog};
    struct catalog_match match;
    attempt_match(ledger.catalog, flow, &match);
    assert_int_not_equal(match.primary, CATALOG_NO_SERVICE);
    const struct service *service = catalog_service(ledger.catalog, match.primary);
    assert_string_equal(service->host, host);
    assert_int_equal(service->port, port);
}

static void rows_of_flows(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    struct fact_flow *flow = facts_answered(facts, DEVICE, COURIER, 5223, 0);
    assert_row(fixture, flow, "*.push.apple.com", 5223);
    flow->server_name = "courier.push.apple.com";
    assert_row(fixture, flow, "*.push.apple.com", 5223);
    flow = facts_answered(facts, DEVICE, "17.188.1.1", 2195, 0);
    assert_row(fixture, flow, "17.0.0.0/8", 2195);
    flow->resolved_name = "gateway.push.apple.com";
    assert_row(fixture, flow, "17.0.0.0/8", 2195);
    flow = facts_answered(facts, DEVICE, "17.1.1.1", 443, 0);
    flow->server_name = "weather.apple.com";
    assert_row(fixture, flow, "*.apple.com", 0);
    flow = facts_answered(facts, DEVICE, "23.45.67.89", 443, 0);
    flow->resolved_name = "gs.apple.com";
    assert_row(fixture, flow, "gs.apple.com", 443);
}

static void a_shared_address_under_a_foreign_name(void **state)
{
    struct fixture *fixture = *state;
    struct ledger ledger = {.catalog = fixture->facts.catalog};
    struct catalog_match match;
    struct fact_flow *flow = facts_answered(&fixture->facts, DEVICE, "23.45.67.89", 443, 0);
    flow->resolved_name = "gs.apple.com";
    flow->server_name = "www.example.net";
    attempt_match(ledger.catalog, flow, &match);
    assert_int_equal(match.primary, CATALOG_NO_SERVICE);
}

static void sums(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 1000);
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 60000);
    facts_rejected(facts, DEVICE, OTHER_COURIER, 5223, GATEWAY, 3, 13, 2000);
    facts_answered(facts, DEVICE, COURIER, 443, 3000)->server_name = "courier.push.apple.com";
    facts_silent(facts, OTHER_DEVICE, COURIER, 5223, 3, 4000);
    facts_answered(facts, DEVICE, "203.0.113.5", 443, 5000)->server_name = "www.example.net";
    facts_bench_begin(facts, &fixture->bench);
    const struct ledger *ledger = &fixture->bench.ledger;
    struct address device = facts_address(DEVICE);
    struct address courier = facts_address(COURIER);
    struct address other_courier = facts_address(OTHER_COURIER);
    size_t row = facts_row(facts, "*.push.apple.com", 5223, TRANSPORT_TCP);
    const struct tally *tally = ledger_find(ledger, &device, NULL, row);
    assert_non_null(tally);
    assert_int_equal(tally->counts[ATTEMPT_SILENT], 2);
    assert_int_equal(tally->counts[ATTEMPT_REJECTED], 1);
    assert_int_equal(tally_failures(tally), 3);
    assert_int_equal(tally->first_failure, facts_time(1000));
    assert_int_equal(tally->last_failure, facts_time(62000));
    assert_address(&tally->icmp_sender, GATEWAY);
    assert_int_equal(ledger_find(ledger, &device, NULL, ROW_ANY)->counts[ATTEMPT_SUCCESS], 1);
    assert_int_equal(ledger_find(ledger, &device, NULL, ROW_APNS)->counts[ATTEMPT_SUCCESS], 1);
    assert_non_null(ledger_find(ledger, &device, &courier, ROW_ANY));
    assert_null(ledger_find(ledger, &device, &other_courier, ROW_ANY));
    assert_true(ledger_port_opens(ledger, &device, &courier, TRANSPORT_TCP, 443));
    assert_false(ledger_port_opens(ledger, &device, &courier, TRANSPORT_TCP, 5223));
    assert_false(ledger_port_opens(ledger, &device, &courier, TRANSPORT_UDP, 443));
    assert_int_equal(ledger->row_attempts[row], 4);
    assert_int_equal(ledger->row_successes[row], 0);
    assert_int_equal(ledger->apple_flows, 5);
    assert_int_equal(ledger->answered_flows, 1);
}

static void what_serves(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    facts_answered(facts, DEVICE, COURIER, 443, 0)->server_name = "courier.push.apple.com";
    facts_answered(facts, OTHER_DEVICE, "23.4.5.6", 443, 0)->server_name = "init.push.apple.com";
    facts_answered(facts, OTHER_DEVICE, "17.188.1.1", 443, 0)->server_name = "api.push.apple.com";
    facts_answered(facts, OTHER_DEVICE, "17.99.1.1", 443, 0); /* nobody knows what that is */
    facts_bench_begin(facts, &fixture->bench);
    const struct ledger *ledger = &fixture->bench.ledger;
    struct address device = facts_address(DEVICE);
    struct address other = facts_address(OTHER_DEVICE);
    size_t row_5223 = facts_row(facts, "*.push.apple.com", 5223, TRANSPORT_TCP);
    size_t row_443 = facts_row(facts, "*.push.apple.com", 443, TRANSPORT_TCP);
    size_t row_2197 = facts_row(facts, "api.push.apple.com", 2197, TRANSPORT_TCP);
    assert_true(ledger_serves(ledger, &device, row_5223, "4-courier.push.apple.com"));
    assert_true(ledger_serves(ledger, &device, row_5223, NULL));
    assert_false(ledger_reaches(ledger, &device, row_5223, NULL));
    assert_true(ledger_reaches(ledger, &device, row_443, "9-courier.push.apple.com"));
    assert_false(ledger_serves(ledger, &device, row_443, "init.push.apple.com"));
    assert_false(ledger_serves(ledger, &other, row_5223, NULL));
    assert_false(ledger_serves(ledger, &other, row_443, "4-courier.push.apple.com"));
    assert_true(ledger_serves(ledger, &other, row_443, "init.push.apple.com"));
    assert_true(ledger_serves(ledger, &other, row_2197, "api.push.apple.com"));
    assert_false(ledger_serves(ledger, &device, row_2197, "api.push.apple.com"));
}

/* What the sender's other packets look like is not in the flows that the ledger reads. */
static void a_reset_from_where_the_server_is(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    facts_reset(facts, DEVICE, COURIER, 5223, RESET_STAGE_ESTABLISHED, PARTY_SERVER, 63, 0);
    struct fact_flow *flow = facts_reset(facts, OTHER_DEVICE, COURIER, 5223,
                                         RESET_STAGE_ESTABLISHED, PARTY_SERVER, 63, 1000);
    flow->server_marks.ttl_lowest = 52; /* several ways lead to it */
    flow->server_marks.ttl_highest = 63;
    facts_bench_begin(facts, &fixture->bench);
    const struct ledger *ledger = &fixture->bench.ledger;
    struct address device = facts_address(DEVICE), other = facts_address(OTHER_DEVICE);
    assert_int_equal(ledger_find(ledger, &device, NULL, ROW_ANY)->counts[ATTEMPT_TORN_DOWN], 1);
    assert_int_equal(ledger_find(ledger, &other, NULL, ROW_ANY)->counts[ATTEMPT_SUCCESS], 1);
}

/* Names that share an address and a port are told apart, in whatever order they come. */
static void names_take_turns_at_an_address(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    for (int i = 0; i < 7; i++)
        facts_answered(facts, DEVICE, COURIER, 443, i * 1000)->server_name =
            i % 2 == 0 ? "init.push.apple.com" : "4-courier.push.apple.com";
    facts_bench_begin(facts, &fixture->bench);
    const struct ledger *ledger = &fixture->bench.ledger;
    struct address device = facts_address(DEVICE);
    const struct tally *push = ledger_find(ledger, &device, NULL, ROW_APNS);
    assert_non_null(push);
    assert_int_equal(push->counts[ATTEMPT_SUCCESS], 3);
    const struct tally *any = ledger_find(ledger, &device, NULL, ROW_ANY);
    assert_int_equal(any->counts[ATTEMPT_SUCCESS], 7);
}

static void many_tallies(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    char server[ADDRESS_TEXT_SIZE];
    for (int i = 0; i < 590; i++) {
        snprintf(server, sizeof server, "17.57.144.%d", i % 250);
        facts_answered(facts, i < 250 ? DEVICE : OTHER_DEVICE, server, 443, i);
    }
    facts_bench_begin(facts, &fixture->bench);
    const struct ledger *ledger = &fixture->bench.ledger;
    assert_true(ledger->tallies.count > 1024); /* it has grown */
    struct address device = facts_address(DEVICE);
    for (int i = 0; i < 250; i++) {
        snprintf(server, sizeof server, "17.57.144.%d", i);
        struct address address = facts_address(server);
        const struct tally *tally = ledger_find(ledger, &device, &address, ROW_ANY);
        assert_non_null(tally);
        assert_int_equal(tally->counts[ATTEMPT_SUCCESS], 1);
    }
}

static void hosts_are_added_up_over_runs(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    struct fact_host *one = facts_host(facts, DEVICE);
    one->one_sided_sent = 2;
    one->unread_errors = 3;
    facts_host(facts, OTHER_DEVICE);
    facts_store(facts, false);
    facts_write_run(facts, false);
    struct facts_bench *bench = &fixture->bench;
    bench->ledger = (struct ledger){
        .store = facts->store, .catalog = facts->catalog, .arena = &bench->diagnosis.arena};
    assert_true(ledger_load(&bench->ledger, &facts->problem));
    struct address device = facts_address(DEVICE);
    struct address stranger = facts_address("10.0.0.99");
    const struct fact_host *host = ledger_host(&bench->ledger, &device);
    assert_non_null(host);
    assert_int_equal(bench->ledger.host_count, 2);
    assert_int_equal(host->packets_received, 100);
    assert_int_equal(host->one_sided_sent, 4);
    assert_int_equal(host->unread_errors, 6);
    assert_int_equal(host->last_received_time, facts_time(600000));
    assert_null(ledger_host(&bench->ledger, &stranger));
    assert_int_equal(bench->ledger.totals.two_sided_tcp, 180);
}

static void an_empty_store(void **state)
{
    struct fixture *fixture = *state;
    fixture->facts.count = 0;
    facts_bench_begin(&fixture->facts, &fixture->bench);
    struct address device = facts_address(DEVICE);
    assert_null(ledger_find(&fixture->bench.ledger, &device, NULL, ROW_ANY));
    assert_null(ledger_host(&fixture->bench.ledger, &device));
    assert_false(ledger_sees_answers(&fixture->bench.ledger));
    assert_false(ledger_sees_answers_to(&fixture->bench.ledger, &device, facts_time(0)));
}

static void what_shows_answers(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    facts_host(facts, DEVICE)->last_received_time = facts_time(100000);
    facts_bench_begin(facts, &fixture->bench);
    const struct ledger *ledger = &fixture->bench.ledger;
    struct address device = facts_address(DEVICE);
    struct address stranger = facts_address("10.0.0.99");
    assert_true(ledger_sees_answers(ledger));
    assert_true(ledger_sees_answers_to(ledger, &device, facts_time(100000)));
    assert_true(ledger_sees_answers_to(ledger, &device, facts_time(160000)));
    assert_false(ledger_sees_answers_to(ledger, &device, facts_time(160001)));
    assert_false(ledger_sees_answers_to(ledger, &stranger, facts_time(0)));
}

/* An error that cannot be read may be the answer that seems to be missing. */
static void errors_that_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    facts_host(facts, DEVICE)->unread_errors = 1;
    facts_host(facts, OTHER_DEVICE);
    facts_bench_begin(facts, &fixture->bench);
    const struct ledger *ledger = &fixture->bench.ledger;
    struct address device = facts_address(DEVICE);
    struct address other = facts_address(OTHER_DEVICE);
    assert_true(ledger_sees_answers(ledger));
    assert_false(ledger_sees_answers_to(ledger, &device, facts_time(0)));
    assert_true(ledger_sees_answers_to(ledger, &other, facts_time(0)));
}

static void rows_behind_a_proxy(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    struct fact_flow *flow = facts_answered(facts, DEVICE, PROXY, 3128, 0);
    facts_through_proxy(flow, "courier.push.apple.com", 5223, 200);
    assert_int_equal(attempt_port(flow), 5223);
    assert_row(fixture, flow, "*.push.apple.com", 5223);
    flow->tunnel_port = 443;
    assert_row(fixture, flow, "*.push.apple.com", 443);
    /* The proxy's own address does not count, whoever's it is. */
    struct ledger ledger = {.catalog = facts->catalog};
    struct catalog_match match;
    flow = facts_answered(facts, DEVICE, COURIER, 443, 0);
    facts_through_proxy(flow, "www.example.net", 443, 200);
    attempt_match(ledger.catalog, flow, &match);
    assert_int_equal(match.primary, CATALOG_NO_SERVICE);
}

static void what_a_proxy_lets_through(void **state)
{
    static const struct {
        uint16_t status;
        enum attempt attempt;
    } cases[] = {{0, ATTEMPT_UNDECIDED},   {100, ATTEMPT_UNDECIDED}, {199, ATTEMPT_UNDECIDED},
                 {200, ATTEMPT_SUCCESS},   {299, ATTEMPT_SUCCESS},   {300, ATTEMPT_UNDECIDED},
                 {403, ATTEMPT_UNDECIDED}, {407, ATTEMPT_UNDECIDED}, {502, ATTEMPT_UNDECIDED}};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fact_flow *flow = facts_answered(&fixture->facts, DEVICE, PROXY, 3128, 0);
        facts_through_proxy(flow, "gs.apple.com", 443, cases[i].status);
        assert_int_equal(attempt_is_through(flow), cases[i].attempt == ATTEMPT_SUCCESS);
        assert_int_equal(attempt_judge(flow), cases[i].attempt);
        /* A RST of the proxy's before that tears nothing of the host's down. */
        flow = facts_reset(&fixture->facts, DEVICE, PROXY, 3128, RESET_STAGE_HANDSHAKE,
                           PARTY_SERVER, 63, 0);
        facts_through_proxy(flow, "gs.apple.com", 443, cases[i].status);
        assert_int_equal(attempt_judge(flow), cases[i].attempt == ATTEMPT_SUCCESS
                                                  ? ATTEMPT_TORN_DOWN
                                                  : ATTEMPT_UNDECIDED);
    }
}

static void sums_behind_a_proxy(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    facts_through_proxy(facts_answered(facts, DEVICE, PROXY, 3128, 0), "gs.apple.com", 443, 200);
    facts_through_proxy(facts_answered(facts, DEVICE, PROXY, 3128, 900), "gs.apple.com", 443, 403);
    facts_bench_begin(facts, &fixture->bench);
    const struct ledger *ledger = &fixture->bench.ledger;
    struct address device = facts_address(DEVICE);
    struct address proxy = facts_address(PROXY);
    size_t row = facts_row(facts, "gs.apple.com", 443, TRANSPORT_TCP);
    assert_int_equal(ledger->row_attempts[row], 1);
    assert_int_equal(ledger->row_successes[row], 1);
    assert_int_equal(ledger_find(ledger, &device, NULL, row)->port, 443);
    assert_true(ledger_port_opens(ledger, &device, &proxy, TRANSPORT_TCP, 443));
    assert_false(ledger_port_opens(ledger, &device, &proxy, TRANSPORT_TCP, 3128));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(outcomes_of_tcp),
        CASE(outcomes_of_resets),
        CASE(outcomes_of_udp),
        CASE(names_of_flows),
        CASE(rows_of_flows),
        CASE(a_shared_address_under_a_foreign_name),
        CASE(sums),
        CASE(what_serves),
        CASE(a_reset_from_where_the_server_is),
        CASE(names_take_turns_at_an_address),
        CASE(many_tallies),
        CASE(hosts_are_added_up_over_runs),
        CASE(an_empty_store),
        CASE(what_shows_answers),
        CASE(errors_that_cannot_be_read),
        CASE(rows_behind_a_proxy),
        CASE(what_a_proxy_lets_through),
        CASE(sums_behind_a_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
