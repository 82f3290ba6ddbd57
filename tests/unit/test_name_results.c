/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What word does each DNS transaction come to, and in what order do they lie?
 */
#include "diagnosis/name_results.h"
#include "tests/support/facts.h"

#define A 1
#define AAAA 28
#define HTTPS 65

struct fixture {
    struct facts facts;
    struct facts_bench bench;
    struct results results;
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

    name_results_release(&fixture->results);
    facts_bench_end(&fixture->bench);
    facts_end(&fixture->facts);
    return 0;
}

static void load(struct fixture *fixture)
{
    facts_bench_begin(&fixture->facts, &fixture->bench);
    fixture->results.builder = &fixture->bench.builder;
    assert_true(name_results_load(&fixture->results));
}

/* The word for the only transaction there is; "skipped" if it was left out. */
static void assert_word(struct fixture *fixture, const char *word)
{
    load(fixture);
    const struct results *results = &fixture->results;
    assert_string_equal(result_word(results->count > 0 ? results->list[0].kind : RESULT_SKIPPED),
                        word);
}

static struct fact_dns *reply(void **state, const char *name, uint16_t type, uint8_t rcode)
{
    struct fixture *fixture = *state;
    return facts_reply(&fixture->facts, DEVICE, RESOLVER, name, type, rcode, 1000);
}

static void an_address_that_cannot_be_right(void **state)
{
    struct fixture *fixture = *state;
    facts_resolved(&fixture->facts, DEVICE, RESOLVER, "7-courier.push.apple.com", "0.0.0.0", 1000);
    assert_word(fixture, "hijacked");
    const struct result *one = &fixture->results.list[0];
    assert_int_equal(one->fault, ANSWER_UNSPECIFIED);
    assert_string_equal(one->name, "7-courier.push.apple.com");
    assert_false(name_results_served(&fixture->results, &one->client, one->name_hash));
    assert_int_equal(fixture->results.hijacked_count, 1);
}

static void error_codes(void **state)
{
    static const char *const words[] = {"empty",    "error", "servfail",
                                        "nxdomain", "error", "refused"};
    for (uint8_t rcode = 0; rcode < 6; rcode++) {
        end(state);
        begin(state);
        reply(state, "gs.apple.com", A, rcode);
        assert_word(*state, words[rcode]);
    }
}

static void an_address_is_ok(void **state)
{
    struct fixture *fixture = *state;
    facts_resolved(&fixture->facts, DEVICE, RESOLVER, "gs.apple.com", "17.1.1.1", 1000);
    assert_word(fixture, "ok");
    assert_null(fixture->results.list[0].name); /* of failures only */
    assert_false(fixture->results.list[0].foreign_soa);
}

static void an_ipv6_address_is_ok(void **state)
{
    struct fixture *fixture = *state;
    facts_resolved(&fixture->facts, DEVICE, RESOLVER, "gs.apple.com", "2620:149::1", 1000);
    assert_word(fixture, "ok");
}

static void an_address_elsewhere_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct fact_dns *dns = reply(state, "gs.apple.com", A, 0);
    facts_record(&fixture->facts, dns, DNS_ADDITIONAL, "gs.apple.com", A, "17.1.1.1");
    assert_word(fixture, "empty");
}

static void a_cname_alone_is_the_networks_matter(void **state)
{
    struct fixture *fixture = *state;
    facts_cname(&fixture->facts, reply(state, "gs.apple.com", A, 0), "gs.apple.com.akadns.net");
    assert_word(fixture, "skipped");
}

static void authority_of_apple(void **state)
{
    struct fixture *fixture = *state;
    facts_soa(&fixture->facts, reply(state, "gs.apple.com", A, 3), "apple.com",
              "ns.apple.com hostmaster.apple.com");
    assert_word(fixture, "no-data");
    assert_int_equal(fixture->results.list[0].kind, RESULT_GENUINE_NEGATIVE);
}

static void authority_in_the_wrong_section(void **state)
{
    struct fixture *fixture = *state;
    facts_record(&fixture->facts, reply(state, "gs.apple.com", A, 3), DNS_ADDITIONAL, "apple.com",
                 6, "ns.apple.com hostmaster.apple.com");
    assert_word(fixture, "nxdomain");
    assert_false(fixture->results.list[0].foreign_soa);
}

/* "notapple.com" is no zone of Apple's, though it ends alike. */
static void authority_that_ends_alike(void **state)
{
    struct fixture *fixture = *state;
    facts_soa(&fixture->facts, reply(state, "gs.apple.com", A, 3), "notapple.com",
              "ns.notapple.com hostmaster.notapple.com");
    assert_word(fixture, "nxdomain");
    assert_true(fixture->results.list[0].foreign_soa);
}

static void authority_with_an_endless_name(void **state)
{
    struct fixture *fixture = *state;
    char servers[512];
    memset(servers, 'a', sizeof servers);
    servers[sizeof servers - 1] = '\0';
    facts_soa(&fixture->facts, reply(state, "gs.apple.com", A, 3), "apple.com", servers);
    assert_word(fixture, "nxdomain");
}

static void couriers(void **state)
{
    struct fixture *fixture = *state;
    facts_cname(&fixture->facts, reply(state, "courier.push.apple.com", A, 0),
                "courier-push-apple.com.akadns.net");
    assert_word(fixture, "ok");
}

static void sandbox_couriers(void **state)
{
    struct fixture *fixture = *state;
    facts_cname(&fixture->facts, reply(state, "7-courier.sandbox.push.apple.com", A, 0),
                "7.courier-sandbox-push-apple.com.akadns.net");
    assert_word(fixture, "address-missing");
}

static void silence(void **state)
{
    struct fixture *fixture = *state;
    facts_query(&fixture->facts, DEVICE, RESOLVER, "gs.apple.com", AAAA, 3, 1000);
    assert_word(fixture, "no-answer");
    const struct result *result = &fixture->results.list[0];
    assert_int_equal(result->queries, 3);
    assert_int_equal(result->time, facts_time(1000));
    assert_int_equal(result->last_time, facts_time(3000));
    assert_string_equal(result->name, "gs.apple.com");
}

static void silence_about_a_question_not_captured(void **state)
{
    struct fixture *fixture = *state;
    facts_query(&fixture->facts, DEVICE, RESOLVER, "gs.apple.com", A, 1, 1000)->query_time =
        TIMESTAMP_NONE;
    assert_word(fixture, "skipped");
}

static void silence_about_another_type(void **state)
{
    struct fixture *fixture = *state;
    facts_query(&fixture->facts, DEVICE, RESOLVER, "gs.apple.com", HTTPS, 3, 1000);
    assert_word(fixture, "skipped");
}

static void clients_and_names_stand_together(void **state)
{
    struct fixture *fixture = *state;
    static const char *const clients[] = {OTHER_DEVICE, DEVICE};
    static const char *const resolvers[] = {OTHER_RESOLVER, RESOLVER};
    static const char *const names[] = {"gs.apple.com", "albert.apple.com"};
    for (int64_t i = 15; i >= 0; i--)
        facts_reply(&fixture->facts, clients[i & 1], resolvers[i >> 1 & 1], names[i >> 2 & 1], A, 3,
                    i * 1000);
    load(fixture);
    const struct result *list = fixture->results.list;
    assert_int_equal(fixture->results.count, 16);
    for (size_t i = 1; i < 16; i++) {
        int client = address_compare(&list[i - 1].client, &list[i].client);
        assert_true(client <= 0);
        if (i % 8 != 0)
            assert_int_equal(client, 0);
        if (i % 4 != 0)
            assert_true(list[i - 1].name_hash == list[i].name_hash);
        if (i % 2 != 0) {
            assert_true(address_equal(&list[i - 1].resolver, &list[i].resolver));
            assert_true(list[i - 1].time < list[i].time);
        }
    }
}

static void resolvers_are_added_up_over_runs(void **state)
{
    struct fixture *fixture = *state;
    struct facts *facts = &fixture->facts;
    facts_resolver(facts, DEVICE, RESOLVER, 5, 3)->last_answer_time = facts_time(9000);
    facts_bench_begin(facts, &fixture->bench);
    facts_write_run(facts, false);
    fixture->results.builder = &fixture->bench.builder;
    assert_true(name_results_load(&fixture->results));
    struct address client = facts_address(DEVICE);
    struct address resolver = facts_address(RESOLVER);
    struct address other = facts_address(OTHER_RESOLVER);
    assert_int_equal(fixture->results.resolver_count, 1);
    const struct fact_resolver *row = name_results_resolver(&fixture->results, &client, &resolver);
    assert_non_null(row);
    assert_int_equal(row->queries, 10);
    assert_int_equal(row->answered, 6);
    assert_null(name_results_resolver(&fixture->results, &client, &other));
}

static void who_else_answers(void **state)
{
    struct fixture *fixture = *state;
    facts_resolver(&fixture->facts, DEVICE, RESOLVER, 5, 3);
    facts_resolver(&fixture->facts, OTHER_DEVICE, RESOLVER, 5, 0);
    facts_resolver(&fixture->facts, OTHER_DEVICE, OTHER_RESOLVER, 5, 1);
    load(fixture);
    struct address device = facts_address(DEVICE);
    struct address other_device = facts_address(OTHER_DEVICE);
    struct address resolver = facts_address(RESOLVER);
    struct address other_resolver = facts_address(OTHER_RESOLVER);
    struct address stranger = facts_address("10.0.0.99");
    const struct results *results = &fixture->results;
    assert_false(name_results_client_answered(results, &device, &resolver));
    assert_true(name_results_client_answered(results, &device, &other_resolver));
    assert_true(name_results_client_answered(results, &other_device, &resolver));
    assert_false(name_results_client_answered(results, &other_device, &other_resolver));
    assert_false(name_results_client_answered(results, &stranger, &resolver));
}

static void who_got_the_name(void **state)
{
    struct fixture *fixture = *state;
    facts_resolved(&fixture->facts, DEVICE, RESOLVER, "gs.apple.com", "17.1.1.1", 1000);
    reply(state, "albert.apple.com", A, 3);
    load(fixture);
    const struct result *list = fixture->results.list;
    assert_int_equal(fixture->results.count, 2);
    struct address other = facts_address(OTHER_DEVICE);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(name_results_served(&fixture->results, &list[i].client, list[i].name_hash),
                         list[i].kind == RESULT_OK);
        assert_false(name_results_served(&fixture->results, &other, list[i].name_hash));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_address_that_cannot_be_right),
        CASE(error_codes),
        CASE(an_address_is_ok),
        CASE(an_ipv6_address_is_ok),
        CASE(an_address_elsewhere_is_none),
        CASE(a_cname_alone_is_the_networks_matter),
        CASE(authority_of_apple),
        CASE(authority_in_the_wrong_section),
        CASE(authority_that_ends_alike),
        CASE(authority_with_an_endless_name),
        CASE(couriers),
        CASE(sandbox_couriers),
        CASE(silence),
        CASE(silence_about_a_question_not_captured),
        CASE(silence_about_another_type),
        CASE(clients_and_names_stand_together),
        CASE(resolvers_are_added_up_over_runs),
        CASE(who_else_answers),
        CASE(who_got_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
