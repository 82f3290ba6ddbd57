/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose network is an address in, by what is stored of it, and what does that change
 * in the verdict on a DNS answer?
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/support/facts.h"
#include "tests/support/scratch.h"

#include "diagnosis/networks.h"

#define STRANGER "198.51.100.80"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    facts_host(&facts, DEVICE);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static void store_place(struct facts *facts, const char *address, uint32_t asn, const char *told_by)
{
    struct fact_place *place = &facts_add(facts, FACT_PLACE)->as.place;
    place->address = facts_address(address);
    place->asn = asn;
    place->told_by = told_by;
}

static void answer_with_a_stranger(struct facts *facts)
{
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", STRANGER, 1000);
}

/* Apple's or a CDN's server in a network that the built-in table does not know. */
static void a_database_excuses(void **state)
{
    static const uint32_t numbers[] = {714, 6185, 20940, 16625};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        end(state);
        begin(state);
        answer_with_a_stranger(*state);
        store_place(*state, STRANGER, numbers[i], "asn.mmdb");
        facts_no_finding(*state);
    }
}

static void what_excuses_nothing(void **state)
{
    static const struct {
        const char *address;
        uint32_t asn;
        const char *told_by;
    } cases[] = {{STRANGER, 64500, "asn.mmdb"},
                 {STRANGER, 0, "country.mmdb"},
                 {STRANGER, 714, "built-in"},
                 {STRANGER, 714, NULL},
                 {"198.51.100.81", 714, "asn.mmdb"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        end(state);
        begin(state);
        answer_with_a_stranger(*state);
        store_place(*state, cases[i].address, cases[i].asn, cases[i].told_by);
        assert_detail(facts_only_finding(*state, "dns-hijacked", SEVERITY_CRITICAL), "answer",
                      "foreign");
    }
}

/* What a block page has stays one, whoever announces its network. */
static void a_block_page_stays_one(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "www.apple.com", "146.112.61.106", 1000);
    store_place(facts, "146.112.61.106", 714, "asn.mmdb");
    assert_detail(facts_only_finding(facts, "dns-hijacked", SEVERITY_CRITICAL), "answer",
                  "block-page");
}

static void owners(void **state)
{
    static const struct {
        const char *address;
        enum place_owner owner;
    } cases[] = {{"17.57.144.36", PLACE_APPLE},  {"2620:149:a44::7", PLACE_APPLE},
                 {"23.55.161.10", PLACE_CDN},    {STRANGER, PLACE_CDN},
                 {"198.51.100.81", PLACE_OTHER}, {"146.112.61.106", PLACE_BLOCK_PAGE}};
    struct facts *facts = *state;
    store_place(facts, "203.0.113.9", 64500, "asn.mmdb");
    store_place(facts, STRANGER, 20940, "asn.mmdb");
    store_place(facts, "203.0.113.1", 64500, "asn.mmdb");
    facts_store(facts, false);
    struct networks networks = {.catalog = facts->catalog};
    assert_true(networks_load(&networks, facts->store, &facts->problem));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct address address = facts_address(cases[i].address);
        if (networks_owner(&networks, &address) != cases[i].owner)
            fail_msg("%s", cases[i].address);
    }
    networks_release(&networks);
}

/* The report is given a database that the reading had not. */
static void asked_for_the_report(void **state)
{
    static const char *const names[] = {"maxmind-asn.mmdb", "maxmind-city.mmdb",
                                        "dbip-country.mmdb", "ipinfo-lite.mmdb",
                                        "ipinfo-location.mmdb"};
    struct facts *facts = *state;
    struct scratch scratch;
    char path[512];
    bool made = false;
    scratch_begin(&scratch);
#ifdef HAVE_LIBMAXMINDDB
    char script[512], command[1400];
    made = scratch_source(script, sizeof script, "tests/support/make_mmdb.pl") != NULL &&
           snprintf(command, sizeof command, "perl '%s' '%s' 2> /dev/null", script,
                    scratch.folder) > 0 &&
           system(command) == 0;
#endif
    if (made) {
        snprintf(path, sizeof path, "%s", scratch_path(&scratch, names[0]));
        const char *const files[] = {path};
        struct places *places = places_open(files, 1, &facts->problem);
        assert_non_null(places);
        facts->places = places;
        answer_with_a_stranger(facts);
        store_place(facts, STRANGER, 64500, "built-in"); /* is asked again */
        facts_no_finding(facts);
        facts->places = NULL;
        places_close(places);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            scratch_remove(&scratch, names[i]);
    }
    scratch_end(&scratch);
    if (!made) {
        print_message("needs libmaxminddb and perl's MaxMind::DB::Writer\n");
        skip();
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_database_excuses),     TEST(what_excuses_nothing),
        TEST(a_block_page_stays_one), TEST(owners),
        TEST(asked_for_the_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
