/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are findings with one cause one, are their lists sorted and thinned, and do they
 * come out in an order that can be repeated?
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
    facts_bench_begin(&fixture.facts, &fixture.bench);
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

static struct builder *builder_of(void **state)
{
    struct fixture *fixture = *state;
    return &fixture->bench.builder;
}

static struct draft *plain_draft(struct builder *builder, const char *key, enum severity severity)
{
    return builder_draft(builder, key, "port-blocked", severity, CATALOG_NO_SERVICE, -1);
}

static void add_devices(struct builder *builder, struct draft *draft, int count)
{
    for (int i = 0; i < count; i++) {
        char text[ADDRESS_TEXT_SIZE];
        snprintf(text, sizeof text, "10.1.%d.%d", i / 250, 250 - i % 250);
        struct address device = facts_address(text);
        draft_add_device(builder, draft, &device);
    }
}

static void a_draft_takes_its_row(void **state)
{
    struct fixture *fixture = *state;
    struct builder *builder = builder_of(state);
    size_t row = facts_row(&fixture->facts, "time.apple.com", 123, TRANSPORT_UDP);
    const struct draft *draft =
        builder_draft(builder, "x", "port-blocked", SEVERITY_CRITICAL, row, 123);
    assert_string_equal(draft->finding.host, "time.apple.com");
    assert_string_equal(draft->finding.category, "device-setup");
    assert_int_equal(draft->finding.transport, TRANSPORT_UDP);
    assert_int_equal(draft->finding.port, 123);
    assert_int_equal(draft->finding.confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(draft->row_count, 0); /* rules say which rows suffer */
    draft = builder_draft(builder, "x", "dns-blocked", SEVERITY_CRITICAL, row, -1);
    assert_int_equal(draft->finding.transport, 0);
    assert_int_equal(draft->finding.port, -1);
    assert_int_equal(draft->finding.first_seen, TIMESTAMP_NONE);
}

static void kind_and_key_make_the_draft(void **state)
{
    struct builder *builder = builder_of(state);
    struct draft *draft = plain_draft(builder, "a", SEVERITY_NOTE);
    assert_ptr_equal(plain_draft(builder, "a", SEVERITY_NOTE), draft);
    assert_ptr_not_equal(plain_draft(builder, "b", SEVERITY_NOTE), draft);
    assert_ptr_not_equal(
        builder_draft(builder, "a", "dns-blocked", SEVERITY_NOTE, CATALOG_NO_SERVICE, -1), draft);
    assert_int_equal(builder->count, 3);
}

static void many_drafts_are_found_again(void **state)
{
    struct builder *builder = builder_of(state);
    char key[16];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3000; i++) {
            snprintf(key, sizeof key, "%d", i);
            plain_draft(builder, key, SEVERITY_NOTE)->finding.count++;
        }
    assert_int_equal(builder->count, 3000);
    for (const struct draft *draft = builder->first; draft != NULL; draft = draft->next)
        assert_int_equal(draft->finding.count, 2);
}

static void taken_back(void **state)
{
    static const char *const keys[] = {"a", "b", "c"};
    for (size_t gone = 0; gone < 3; gone++) {
        end(state);
        begin(state);
        struct builder *builder = builder_of(state);
        struct draft *drafts[3];
        for (size_t i = 0; i < 3; i++)
            drafts[i] = plain_draft(builder, keys[i], SEVERITY_NOTE);
        builder_take_back(builder, drafts[gone]);
        builder_take_back(builder, drafts[gone]); /* again: nothing happens */
        assert_int_equal(builder->count, 2);
        assert_ptr_not_equal(plain_draft(builder, keys[gone], SEVERITY_NOTE), drafts[gone]);
        plain_draft(builder, "d", SEVERITY_NOTE);
        builder_finish(builder);
        assert_int_equal(builder->diagnosis->finding_count, 4);
    }
}

static void lists_are_sorted_and_thinned(void **state)
{
    struct builder *builder = builder_of(state);
    struct draft *draft = plain_draft(builder, "a", SEVERITY_NOTE);
    for (int round = 0; round < 3; round++)
        add_devices(builder, draft, 500);
    draft_add_name(builder, draft, "b.apple.com");
    draft_add_name(builder, draft, "a.apple.com");
    draft_add_name(builder, draft, "b.apple.com");
    draft_add_name(builder, draft, NULL);
    builder_finish(builder);
    const struct finding *finding = &builder->diagnosis->findings[0];
    assert_int_equal(finding->device_count, 500);
    for (size_t i = 1; i < 500; i++)
        assert_true(address_compare(&finding->devices[i - 1], &finding->devices[i]) < 0);
    assert_int_equal(finding->name_count, 2);
    assert_string_equal(finding->names[0], "a.apple.com");
}

static void the_order_of_findings(void **state)
{
    struct builder *builder = builder_of(state);
    add_devices(builder, plain_draft(builder, "note", SEVERITY_NOTE), 9);
    add_devices(builder, plain_draft(builder, "few", SEVERITY_CRITICAL), 1);
    add_devices(builder, plain_draft(builder, "same-b", SEVERITY_CRITICAL), 2);
    add_devices(builder, plain_draft(builder, "same-a", SEVERITY_CRITICAL), 2);
    add_devices(builder, plain_draft(builder, "warning", SEVERITY_WARNING), 5);
    builder_finish(builder);
    static const char *const keys[] = {"same-a", "same-b", "few", "warning", "note"};
    const struct draft *draft = builder->first;
    for (size_t i = 0; i < 5; i++, draft = draft->next) {
        char identity[8];
        snprintf(identity, sizeof identity, "F%zu", i + 1);
        assert_string_equal(draft->key, keys[i]);
        assert_string_equal(draft->finding.id, identity);
        assert_string_equal(builder->diagnosis->findings[i].id, identity);
    }
    assert_null(draft);
}

static void times_widen(void **state)
{
    struct draft *draft = plain_draft(builder_of(state), "a", SEVERITY_NOTE);
    draft_seen(draft, TIMESTAMP_NONE, TIMESTAMP_NONE);
    assert_int_equal(draft->finding.first_seen, TIMESTAMP_NONE);
    draft_seen(draft, 50, 60);
    draft_seen(draft, 40, 55);
    draft_seen(draft, TIMESTAMP_NONE, 70);
    assert_int_equal(draft->finding.first_seen, 40);
    assert_int_equal(draft->finding.last_seen, 70);
}

static void details_have_one_value_each(void **state)
{
    struct builder *builder = builder_of(state);
    struct draft *draft = plain_draft(builder, "a", SEVERITY_NOTE);
    draft_detail_text(builder, draft, "how", "reset");
    draft_detail_text(builder, draft, "how", "no-answer");
    draft_detail_number(draft, "seconds", 30);
    assert_int_equal(draft->finding.detail_count, 2);
    assert_detail(&draft->finding, "how", "no-answer");
    assert_null(draft->finding.details[1].text);
    assert_true(draft->finding.details[1].number > 29);
}

static void the_surest_confidence_counts(void **state)
{
    struct draft *draft = plain_draft(builder_of(state), "a", SEVERITY_NOTE);
    draft_confidence(draft, CONFIDENCE_LIKELY);
    assert_int_equal(draft->finding.confidence, CONFIDENCE_LIKELY);
    draft->finding.count = 1;
    draft_confidence(draft, CONFIDENCE_POSSIBLE);
    assert_int_equal(draft->finding.confidence, CONFIDENCE_LIKELY);
    draft_confidence(draft, CONFIDENCE_CERTAIN);
    assert_int_equal(draft->finding.confidence, CONFIDENCE_CERTAIN);
}

static void evidence_has_a_limit(void **state)
{
    struct builder *builder = builder_of(state);
    struct draft *draft = plain_draft(builder, "a", SEVERITY_NOTE);
    draft_evidence(builder, draft, PACKET_NONE, 1, "no packet");
    for (uint64_t i = 0; i < 2 * FINDING_EVIDENCE_LIMIT; i++)
        draft_evidence(builder, draft, packet_identity(7, 100 - i), 1, "packet");
    draft_sort(builder, draft);
    assert_int_equal(draft->finding.evidence_count, FINDING_EVIDENCE_LIMIT);
    assert_int_equal(draft->finding.evidence[0].packet, 101 - FINDING_EVIDENCE_LIMIT);
    assert_string_equal(draft->finding.evidence[0].source, "?");
}

static void hops(void **state)
{
    (void)state;
    assert_int_equal(hops_from_ttl(64), 1);
    assert_int_equal(hops_from_ttl(63), 2);
    assert_int_equal(hops_from_ttl(128), 1);
    assert_int_equal(hops_from_ttl(120), 9);
    assert_int_equal(hops_from_ttl(255), 1);
    assert_int_equal(hops_from_ttl(250), 6);
    assert_int_equal(hops_from_ttl(0), 0);
    assert_int_equal(hops_from_ttl(1), 0); /* 64 hops: nobody knows where it began */
    assert_int_equal(hops_from_ttl(129), 0);
}

static void phrases(void **state)
{
    struct fixture *fixture = *state;
    struct builder *builder = builder_of(state);
    assert_string_equal(count_phrase(builder, 1, "device", "devices"), "1 device");
    assert_string_equal(count_phrase(builder, 0, "device", "devices"), "0 devices");
    assert_string_equal(count_phrase(builder, 20, "device", "devices"), "20 devices");
    assert_string_equal(category_phrase("apns"), "Apple push (APNs)");
    assert_string_equal(category_phrase(NULL), "Apple's services");
    assert_string_equal(category_phrase("something-new"), "something-new");
    /* No category of the list goes without a phrase. */
    for (size_t i = 0; i < catalog_count(fixture->facts.catalog); i++) {
        const char *category = catalog_service(fixture->facts.catalog, i)->category;
        if (strcmp(category, "icloud") != 0)
            assert_string_not_equal(category_phrase(category), category);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_draft_takes_its_row),
        CASE(kind_and_key_make_the_draft),
        CASE(many_drafts_are_found_again),
        CASE(taken_back),
        CASE(lists_are_sorted_and_thinned),
        CASE(the_order_of_findings),
        CASE(times_widen),
        CASE(details_have_one_value_each),
        CASE(the_surest_confidence_counts),
        CASE(evidence_has_a_limit),
        CASE(hops),
        CASE(phrases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
