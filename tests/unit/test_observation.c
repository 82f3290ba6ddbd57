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
    return packets_run_one(
        run, packets_tcp(&path, SIDE_CLIENT, 0, TCP_SYN, 0, 0, bytes_of(NULL, 0)));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_interest_by_address),
        TEST(test_interest_by_resolved_name),
        TEST(test_all_flows),
        TEST(test_wanted_names),
        TEST(test_name_makes_interest),
        TEST(test_other_name_ends_interest),
        TEST(test_other_name_at_apple),
        TEST(test_identities),
        TEST(test_sink_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
