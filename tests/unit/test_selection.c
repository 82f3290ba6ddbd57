/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a report of a part leave out, and what does it keep?
 */
#include "tests/support/facts.h"

#include "diagnosis/proofs.h"

struct selected {
    struct facts facts;
    struct diagnosis *part;
};

static int begin(void **state)
{
    static struct selected selected;

    memset(&selected, 0, sizeof selected);
    facts_begin(&selected.facts);
    *state = &selected;
    return 0;
}

static int end(void **state)
{
    struct selected *selected = *state;

    diagnosis_release(selected->part);
    facts_end(&selected->facts);
    return 0;
}

/* Push is blocked for one device; for another activation, at a CDN outside of Apple's network,
 * whose rows of push it would touch. */
static void two_faults(struct facts *facts)
{
    facts_host(facts, DEVICE);
    facts_host(facts, OTHER_DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 1000)->resolved_name = "4-courier.push.apple.com";
    facts_rejected(facts, OTHER_DEVICE, "23.32.3.1", 443, GATEWAY, 3, 13, 3000)->resolved_name =
        "albert.apple.com";
    facts_answered(facts, OTHER_DEVICE, "17.1.1.2", 443, 4000)->server_name = "gs.apple.com";
}

static const struct diagnosis *diagnose_part(struct selected *selected, const char *category,
                                             int64_t since, int64_t until)
{
    struct facts *facts = &selected->facts;
    struct fact_selection limits = {since, until, NULL};
    struct diagnosis_settings settings = {
        .catalog = facts->catalog, .selection = &limits, .category = category, .proofs = true};

    if (facts->diagnosis == NULL)
        facts_diagnose(facts);
    diagnosis_release(selected->part);
    selected->part = diagnose(facts->store, &settings, &facts->problem);
    assert_non_null(selected->part);
    return selected->part;
}

static void a_category_keeps_what_is_its_own(void **state)
{
    struct selected *selected = *state;
    const struct diagnosis *part;

    two_faults(&selected->facts);
    part = diagnose_part(selected, "apns", TIMESTAMP_NONE, TIMESTAMP_NONE);
    assert_int_equal(part->finding_count, 1);
    assert_string_equal(part->findings[0].category, "apns");
    assert_int_equal(part->verdict, VERDICT_BLOCKED);
    for (size_t i = 0; i < part->coverage_count; i++)
        assert_string_equal(part->coverage[i].category, "apns");
    assert_int_equal(part->device_count, 1);
    assert_string_equal(part->selection.category, "apns");
    assert_false(selection_is_whole(&part->selection));
    assert_true(selection_is_whole(&selected->facts.diagnosis->selection));
}

static void findings_keep_their_identities(void **state)
{
    struct selected *selected = *state;
    const struct diagnosis *part, *whole;

    two_faults(&selected->facts);
    for (int round = 0; round < 2; round++) {
        bool known = false;

        part = diagnose_part(selected, round == 0 ? "apns" : "device-setup", TIMESTAMP_NONE,
                             TIMESTAMP_NONE);
        whole = selected->facts.diagnosis;
        assert_int_equal(part->finding_count, 1);
        for (size_t i = 0; i < whole->finding_count; i++)
            known = known || (strcmp(whole->findings[i].id, part->findings[0].id) == 0 &&
                              strcmp(whole->findings[i].host, part->findings[0].host) == 0);
        assert_true(known);
    }
}

static void what_nobody_tried_is_no_all_clear(void **state)
{
    struct selected *selected = *state;
    const struct diagnosis *part;

    two_faults(&selected->facts);
    part = diagnose_part(selected, "app-store", TIMESTAMP_NONE, TIMESTAMP_NONE);
    assert_int_equal(part->finding_count, 0);
    assert_int_equal(part->device_count, 0);
    assert_int_equal(part->verdict, VERDICT_INCONCLUSIVE);
}

/* Nothing that is told refers to what was left out. */
static void references_lead_somewhere(void **state)
{
    struct selected *selected = *state;
    const struct diagnosis *part;

    two_faults(&selected->facts);
    part = diagnose_part(selected, "apns", TIMESTAMP_NONE, TIMESTAMP_NONE);
    for (int place = 0; place < PATH_PLACE_COUNT; place++)
        for (size_t i = 0; i < part->path[place].finding_count; i++)
            assert_string_equal(part->path[place].findings[i], part->findings[0].id);
    for (size_t i = 0; i < part->timeline.row_count; i++)
        assert_string_equal(part->timeline.rows[i].category, "apns");
    for (size_t i = 0; i < part->device_count; i++)
        for (int step = 0; part->devices[i].story != NULL && step < STORY_STEP_COUNT; step++)
            for (size_t j = 0; j < part->devices[i].story->steps[step].finding_count; j++)
                assert_string_equal(part->devices[i].story->steps[step].findings[j],
                                    part->findings[0].id);
}

static void times_are_cut(void **state)
{
    struct selected *selected = *state;
    const struct diagnosis *part;
    int64_t since = facts_time(1500);

    two_faults(&selected->facts);
    part = diagnose_part(selected, NULL, since, TIMESTAMP_NONE);
    assert_true(part->selection.has_since);
    assert_false(part->selection.has_until);
    assert_int_equal(part->finding_count, 2);
    for (size_t i = 0; i < part->finding_count; i++) {
        assert_true(part->findings[i].first_seen >= since);
        assert_true(part->findings[i].last_seen >= since);
        for (size_t j = 0; j < part->findings[i].period_count; j++)
            assert_true(part->findings[i].periods[j].first >= since);
    }
    part = diagnose_part(selected, NULL, TIMESTAMP_NONE, facts_time(2000));
    assert_int_equal(part->finding_count, 1);
    assert_true(part->findings[0].last_seen <= facts_time(2000));
}

static void proofs_are_what_worked(void **state)
{
    struct selected *selected = *state;
    struct facts *facts = &selected->facts;
    struct finding reached = {.host = "gs.apple.com", .port = 443, .transport = TRANSPORT_TCP};
    struct finding blocked = {.host = "*.push.apple.com", .port = 5223, .transport = TRANSPORT_TCP};
    struct address device = facts_address(DEVICE);
    struct address other = facts_address(OTHER_DEVICE);
    struct address resolver = facts_address(RESOLVER);
    struct address silent = facts_address(OTHER_RESOLVER);
    const struct proofs *proofs;

    two_faults(facts);
    facts_resolver(facts, DEVICE, RESOLVER, 5, 5);
    facts_resolver(facts, DEVICE, OTHER_RESOLVER, 5, 0);
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.1.1.2", 500);
    facts_reply(facts, DEVICE, RESOLVER, "albert.apple.com", 1, 3, 600);
    proofs = diagnose_part(selected, NULL, TIMESTAMP_NONE, TIMESTAMP_NONE)->proofs;
    assert_non_null(proofs);
    assert_null(facts->diagnosis->proofs);
    assert_true(proofs_reached(proofs, &other, &reached));
    assert_false(proofs_reached(proofs, &device, &reached));
    assert_false(proofs_reached(proofs, &device, &blocked));
    reached.port = 80;
    assert_false(proofs_reached(proofs, &other, &reached));
    reached.port = -1;
    reached.transport = 0;
    assert_true(proofs_reached(proofs, &other, &reached));
    assert_true(proofs_answered(proofs, "gs.apple.com"));
    assert_false(proofs_answered(proofs, "albert.apple.com"));
    assert_true(proofs_resolver(proofs, &resolver));
    assert_false(proofs_resolver(proofs, &silent));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_category_keeps_what_is_its_own),
        TEST(findings_keep_their_identities),
        TEST(what_nobody_tried_is_no_all_clear),
        TEST(references_lead_somewhere),
        TEST(times_are_cut),
        TEST(proofs_are_what_worked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
