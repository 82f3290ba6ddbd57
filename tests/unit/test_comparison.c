/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mended is only what is seen to work, new only what was seen to work before; what one
 * side cannot tell is not comparable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diagnosis/comparison.h"
#include "diagnosis/proofs.h"

#define LIMIT 4

/* A diagnosis of a few devices (10.0.0.1 and on), findings and one row. */
struct side {
    struct diagnosis diagnosis;
    struct finding findings[LIMIT];
    struct device devices[LIMIT];
    struct address affected[LIMIT][LIMIT];
    struct coverage row;
    struct proofs proofs;
    struct reached reached[LIMIT];
    const char *answered[LIMIT];
    struct address resolvers[LIMIT];
};

struct pair {
    struct side before;
    struct side after;
    struct comparison *comparison;
};

static struct address address_of(int number)
{
    struct address address;

    assert_true(address_parse("10.0.0.0", &address));
    address.octets[15] = (uint8_t)number;
    return address;
}

static void add_device(struct side *side, int number)
{
    struct device *device = &side->devices[side->diagnosis.device_count++];

    device->address = address_of(number);
    device->addresses = &device->address;
    device->address_count = 1;
}

static struct finding *add_finding(struct side *side, const char *kind, int port)
{
    static const char *const ids[] = {"F1", "F2", "F3", "F4"};
    size_t index = side->diagnosis.finding_count++;
    struct finding *finding = &side->findings[index];

    finding->id = ids[index];
    finding->kind = kind;
    finding->severity = SEVERITY_CRITICAL;
    finding->host = "*.push.apple.com";
    finding->port = port;
    finding->transport = port > 0 ? TRANSPORT_TCP : 0;
    finding->devices = side->affected[index];
    return finding;
}

static void affect(struct side *side, struct finding *finding, int number)
{
    side->affected[finding - side->findings][finding->device_count++] = address_of(number);
}

static void reach(struct side *side, int number, uint16_t port)
{
    struct reached reached = {address_of(number), "*.push.apple.com", port, TRANSPORT_TCP};

    side->reached[side->proofs.reached_count++] = reached;
}

static void begin_side(struct side *side)
{
    side->diagnosis.findings = side->findings;
    side->diagnosis.devices = side->devices;
    side->diagnosis.coverage = &side->row;
    side->diagnosis.coverage_count = 1;
    side->diagnosis.verdict = VERDICT_HEALTHY;
    side->diagnosis.totals.flows = 5;
    side->diagnosis.proofs = &side->proofs;
    side->proofs.reached = side->reached;
    side->proofs.names = side->answered;
    side->proofs.resolvers = side->resolvers;
    side->row.host = "*.push.apple.com";
    side->row.port = 5223;
    side->row.transport = TRANSPORT_TCP;
    side->row.category = "apns";
}

static int begin(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);

    assert_non_null(pair);
    begin_side(&pair->before);
    begin_side(&pair->after);
    *state = pair;
    return 0;
}

static int end(void **state)
{
    struct pair *pair = *state;

    comparison_release(pair->comparison);
    free(pair);
    return 0;
}

static void compare(struct pair *pair, size_t findings)
{
    comparison_release(pair->comparison);
    pair->comparison = comparison_make(&pair->before.diagnosis, &pair->after.diagnosis);
    assert_non_null(pair->comparison);
    assert_int_equal(pair->comparison->finding_count, findings);
}

static void assert_finding(const struct pair *pair, size_t index, const char *change,
                           const char *reason)
{
    const struct finding_change *one = &pair->comparison->findings[index];

    assert_string_equal(change_word(one->change), change);
    if (reason == NULL)
        assert_null(one->reason);
    else
        assert_string_equal(one->reason, reason);
}

/* Device 1 is on both sides, and was blocked before. */
static void block(struct pair *pair)
{
    add_device(&pair->before, 1);
    add_device(&pair->after, 1);
    affect(&pair->before, add_finding(&pair->before, "port-blocked", 5223), 1);
}

static void reached_afterwards_is_mended(void **state)
{
    struct pair *pair = *state;

    block(pair);
    reach(&pair->after, 1, 5223);
    compare(pair, 1);
    assert_finding(pair, 0, "mended", "Reached by its device afterwards.");
    assert_int_equal(pair->comparison->outcome, CHANGE_MENDED);
    assert_int_equal(pair->comparison->devices[0].change, CHANGE_MENDED);
    assert_string_equal(pair->comparison->sentence,
                        "healthy before, healthy afterwards. Findings: 1 mended.");
}

static void not_contacted_is_not_mended(void **state)
{
    struct pair *pair = *state;

    block(pair);
    compare(pair, 1);
    assert_finding(pair, 0, "not-comparable",
                   "Not contacted with success by its devices afterwards.");
    assert_int_equal(pair->comparison->outcome, CHANGE_NOT_COMPARABLE);
    assert_int_equal(pair->comparison->devices[0].change, CHANGE_NOT_COMPARABLE);
}

static void another_port_is_no_proof(void **state)
{
    struct pair *pair = *state;

    block(pair);
    reach(&pair->after, 1, 443);
    compare(pair, 1);
    assert_finding(pair, 0, "not-comparable",
                   "Not contacted with success by its devices afterwards.");
}

static void another_device_is_no_proof_while_its_own_is_there(void **state)
{
    struct pair *pair = *state;

    block(pair);
    add_device(&pair->after, 2);
    reach(&pair->after, 2, 5223);
    compare(pair, 1);
    assert_finding(pair, 0, "not-comparable",
                   "Not contacted with success by its devices afterwards.");
}

static void another_network_is_compared_by_its_devices(void **state)
{
    struct pair *pair = *state;

    add_device(&pair->before, 1);
    affect(&pair->before, add_finding(&pair->before, "port-blocked", 5223), 1);
    add_device(&pair->after, 2);
    reach(&pair->after, 2, 5223);
    compare(pair, 1);
    assert_finding(pair, 0, "mended",
                   "Reached afterwards by 1 other device; its own are not there.");
    assert_int_equal(pair->comparison->device_count, 2);
    assert_int_equal(pair->comparison->devices[0].change, CHANGE_NOT_COMPARABLE);
    assert_string_equal(pair->comparison->devices[0].reason,
                        "It is not in the capture afterwards.");
}

static void another_failure_of_the_device_is_no_mending(void **state)
{
    struct pair *pair = *state;

    block(pair);
    reach(&pair->after, 1, 5223);
    affect(&pair->after, add_finding(&pair->after, "connection-reset", 5223), 1);
    compare(pair, 2);
    assert_int_equal(comparison_findings(pair->comparison, CHANGE_MENDED), 0);
    assert_int_equal(comparison_findings(pair->comparison, CHANGE_NOT_COMPARABLE), 2);
}

static void some_devices_are_better(void **state)
{
    struct pair *pair = *state;
    struct finding *before;

    block(pair);
    before = &pair->before.findings[0];
    add_device(&pair->before, 2);
    affect(&pair->before, before, 2);
    add_device(&pair->after, 2);
    reach(&pair->after, 1, 5223);
    compare(pair, 1);
    assert_finding(pair, 0, "better", "Reached by 1 of its 2 devices afterwards.");
    assert_int_equal(pair->comparison->outcome, CHANGE_BETTER);
}

static void worked_before_and_fails_is_new(void **state)
{
    struct pair *pair = *state;

    add_device(&pair->before, 1);
    add_device(&pair->after, 1);
    reach(&pair->before, 1, 5223);
    affect(&pair->after, add_finding(&pair->after, "port-blocked", 5223), 1);
    compare(pair, 1);
    assert_finding(pair, 0, "new", "Reached by its device before.");
    assert_int_equal(pair->comparison->outcome, CHANGE_WORSE);
    assert_int_equal(pair->comparison->devices[0].change, CHANGE_NEW);
    pair->before.proofs.reached_count = 0;
    compare(pair, 1);
    assert_finding(pair, 0, "not-comparable", "Not contacted with success by its devices before.");
}

static void the_same_cause_is_found_whatever_its_identity(void **state)
{
    struct pair *pair = *state;

    block(pair);
    add_finding(&pair->before, "dns-blocked", -1);
    add_finding(&pair->after, "dns-blocked", -1);
    affect(&pair->after, add_finding(&pair->after, "port-blocked", 5223), 1);
    compare(pair, 2);
    assert_int_equal(comparison_findings(pair->comparison, CHANGE_SAME), 2);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(pair->comparison->findings[i].before->kind,
                            pair->comparison->findings[i].after->kind);
    assert_int_equal(pair->comparison->outcome, CHANGE_SAME);
}

static void culprits_tell_findings_of_one_row_apart(void **state)
{
    struct culprit first = {true, address_of(53), CULPRIT_RESOLVER, 0};
    struct culprit second = {true, address_of(54), CULPRIT_RESOLVER, 0};
    struct pair *pair = *state;

    add_finding(&pair->before, "dns-blocked", -1)->culprit = &first;
    add_finding(&pair->before, "dns-blocked", -1)->culprit = &second;
    add_finding(&pair->after, "dns-blocked", -1)->culprit = &second;
    add_finding(&pair->after, "dns-blocked", -1)->culprit = &first;
    compare(pair, 2);
    for (size_t i = 0; i < 2; i++)
        assert_ptr_equal(pair->comparison->findings[i].before->culprit,
                         pair->comparison->findings[i].after->culprit);
}

static void severity_is_better_or_worse(void **state)
{
    struct pair *pair = *state;

    block(pair);
    affect(&pair->after, add_finding(&pair->after, "port-blocked", 5223), 1);
    pair->after.findings[0].severity = SEVERITY_WARNING;
    compare(pair, 1);
    assert_finding(pair, 0, "better", "It was critical, and is a warning.");
    pair->after.findings[0].severity = SEVERITY_CRITICAL;
    pair->before.findings[0].severity = SEVERITY_WARNING;
    compare(pair, 1);
    assert_finding(pair, 0, "worse", "It was a warning, and is critical.");
}

static void names_are_proved_by_answers(void **state)
{
    static const char *names[] = {"courier.push.apple.com", "init.push.apple.com"};
    struct pair *pair = *state;
    struct finding *finding = add_finding(&pair->before, "cname-squashed", -1);

    finding->names = names;
    finding->name_count = 2;
    compare(pair, 1);
    assert_finding(pair, 0, "not-comparable", "No good answer to its names is seen afterwards.");
    pair->after.answered[0] = names[0];
    pair->after.proofs.name_count = 1;
    compare(pair, 1);
    assert_finding(pair, 0, "better", "Good answers to 1 of 2 names are seen afterwards.");
    pair->after.answered[1] = names[1];
    pair->after.proofs.name_count = 2;
    compare(pair, 1);
    assert_finding(pair, 0, "mended", "Good answers to all of the names are seen afterwards.");
}

static void a_resolver_is_proved_by_its_answers(void **state)
{
    struct culprit culprit = {true, address_of(53), CULPRIT_RESOLVER, 0};
    struct pair *pair = *state;
    struct finding *finding = add_finding(&pair->before, "dns-unanswered", -1);

    finding->host = NULL;
    finding->culprit = &culprit;
    compare(pair, 1);
    assert_finding(pair, 0, "not-comparable", "No answers of that resolver are seen afterwards.");
    pair->after.resolvers[0] = culprit.address;
    pair->after.proofs.resolver_count = 1;
    compare(pair, 1);
    assert_finding(pair, 0, "mended", "Answers of that resolver are seen afterwards.");
}

static void notes_on_captures_do_not_count(void **state)
{
    struct pair *pair = *state;
    struct finding *note = add_finding(&pair->after, "capture-loss", -1);

    note->severity = SEVERITY_NOTE;
    note->host = NULL;
    compare(pair, 1);
    assert_finding(pair, 0, "new", "This is about the captures, not about the network.");
    assert_int_equal(pair->comparison->outcome, CHANGE_SAME);
}

static void idle_cuts_need_a_long_capture(void **state)
{
    struct pair *pair = *state;

    block(pair);
    pair->before.findings[0].kind = "idle-timeout";
    reach(&pair->after, 1, 5223);
    compare(pair, 1);
    assert_finding(pair, 0, "not-comparable",
                   "Only a capture of hours would show that idle connections stay.");
}

static void rows_change_by_their_status(void **state)
{
    static const struct {
        enum coverage_status before, after;
        const char *change;
    } cases[] = {
        {COVERAGE_UNSEEN, COVERAGE_UNSEEN, "not-comparable"},
        {COVERAGE_UNSEEN, COVERAGE_FAILING, "not-comparable"},
        {COVERAGE_FAILING, COVERAGE_UNSEEN, "not-comparable"},
        {COVERAGE_OK, COVERAGE_UNSEEN, "not-comparable"},
        {COVERAGE_OK, COVERAGE_OK, "unchanged"},
        {COVERAGE_FAILING, COVERAGE_FAILING, "unchanged"},
        {COVERAGE_FAILING, COVERAGE_OK, "mended"},
        {COVERAGE_PARTIAL, COVERAGE_OK, "mended"},
        {COVERAGE_FAILING, COVERAGE_PARTIAL, "better"},
        {COVERAGE_PARTIAL, COVERAGE_FAILING, "worse"},
        {COVERAGE_OK, COVERAGE_FAILING, "new"},
        {COVERAGE_OK, COVERAGE_PARTIAL, "new"},
    };
    struct pair *pair = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pair->before.row.status = cases[i].before;
        pair->after.row.status = cases[i].after;
        compare(pair, 0);
        assert_int_equal(pair->comparison->coverage_count, 1);
        assert_string_equal(change_word(pair->comparison->coverage[0].change), cases[i].change);
    }
    pair->after.row.port = 443;
    compare(pair, 0);
    assert_int_equal(pair->comparison->coverage_count, 2);
    assert_int_equal(comparison_rows(pair->comparison, CHANGE_NOT_COMPARABLE), 2);
}

static void a_device_keeps_its_mac(void **state)
{
    struct pair *pair = *state;

    add_device(&pair->before, 1);
    add_device(&pair->after, 2);
    add_device(&pair->after, 1);
    assert_true(mac_parse("a4:83:e7:00:00:01", &pair->before.devices[0].mac));
    pair->after.devices[0].mac = pair->before.devices[0].mac;
    assert_true(mac_parse("a4:83:e7:00:00:02", &pair->after.devices[1].mac));
    pair->before.devices[0].has_mac = true;
    pair->after.devices[0].has_mac = pair->after.devices[1].has_mac = true;
    compare(pair, 0);
    assert_int_equal(pair->comparison->device_count, 2);
    assert_ptr_equal(pair->comparison->twins_after[0], &pair->after.devices[0]);
    assert_null(pair->comparison->twins_before[1]);
    assert_int_equal(comparison_devices(pair->comparison, CHANGE_SAME), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reached_afterwards_is_mended),
        TEST(not_contacted_is_not_mended),
        TEST(another_port_is_no_proof),
        TEST(another_device_is_no_proof_while_its_own_is_there),
        TEST(another_network_is_compared_by_its_devices),
        TEST(another_failure_of_the_device_is_no_mending),
        TEST(some_devices_are_better),
        TEST(worked_before_and_fails_is_new),
        TEST(the_same_cause_is_found_whatever_its_identity),
        TEST(culprits_tell_findings_of_one_row_apart),
        TEST(severity_is_better_or_worse),
        TEST(names_are_proved_by_answers),
        TEST(a_resolver_is_proved_by_its_answers),
        TEST(notes_on_captures_do_not_count),
        TEST(idle_cuts_need_a_long_capture),
        TEST(rows_change_by_their_status),
        TEST(a_device_keeps_its_mac),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
