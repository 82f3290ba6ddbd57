/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/lab/label.c, judge.c and baseline.c: is every way in which a diagnosis can be wrong
 * noticed, and nothing else?  A label and a diagnosis that fits it come first; each test
 * bends one of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baseline.h"

static const char label_text[] =
    "# two faults\n"
    "verdict blocked\n"
    "must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 "
    "culprit=10.20.0.2 role=resolver severity=critical\n"
    "must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer "
    "device=10.20.0.20 device=10.20.0.21 address=17.57.145.36\n"
    "may dns-encrypted device=10.20.0.20\n"
    "may idle-timeout detail.idle_seconds=290..310 role=firewall|network\n"
    "coverage albert.apple.com 443 tcp ok\n"
    "coverage *.push.apple.com 5223 tcp failing\n";

/* A diagnosis that can be bent, and what is judged of it. */
struct bench {
    struct label label;
    struct diagnosis diagnosis;
    struct finding findings[4];
    struct culprit culprit;
    struct address devices[3];
    struct address addresses[1];
    const char *names[1];
    struct coverage coverage[2];
    struct tally tally;
    struct failures failures;
};

static struct address address_of(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

static void fill_findings(struct bench *bench)
{
    bench->devices[0] = address_of("10.20.0.20");
    bench->devices[1] = address_of("10.20.0.21");
    bench->devices[2] = address_of("10.20.0.22");
    bench->addresses[0] = address_of("17.57.145.36");
    bench->names[0] = "courier.push.apple.com";
    bench->culprit = (struct culprit){
        .has_address = true, .address = address_of("10.20.0.2"), .role = CULPRIT_RESOLVER};
    bench->findings[0] = (struct finding){.kind = "cname-squashed",
                                          .severity = SEVERITY_CRITICAL,
                                          .host = "*.push.apple.com",
                                          .names = bench->names,
                                          .name_count = 1,
                                          .port = -1,
                                          .devices = bench->devices,
                                          .device_count = 1,
                                          .culprit = &bench->culprit};
    bench->findings[1] = (struct finding){.kind = "port-blocked",
                                          .severity = SEVERITY_CRITICAL,
                                          .host = "*.push.apple.com",
                                          .port = 5223,
                                          .transport = TRANSPORT_TCP,
                                          .addresses = bench->addresses,
                                          .address_count = 1,
                                          .devices = bench->devices,
                                          .device_count = 2,
                                          .details = {{"how", "no-answer", 0}},
                                          .detail_count = 1};
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct problem problem = {""};
    if (bench == NULL)
        return -1;
    assert_true(label_parse(&bench->label, "test", label_text, &problem));
    fill_findings(bench);
    bench->coverage[0] = (struct coverage){
        .host = "albert.apple.com", .port = 443, .transport = TRANSPORT_TCP, .status = COVERAGE_OK};
    bench->coverage[1] = (struct coverage){.host = "*.push.apple.com",
                                           .port = 5223,
                                           .transport = TRANSPORT_TCP,
                                           .status = COVERAGE_FAILING};
    bench->diagnosis = (struct diagnosis){.verdict = VERDICT_BLOCKED,
                                          .findings = bench->findings,
                                          .finding_count = 2,
                                          .coverage = bench->coverage,
                                          .coverage_count = 2};
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    label_release(&bench->label);
    failures_release(&bench->failures);
    free(bench);
    return 0;
}

static void judge_as(struct bench *bench, const char *variant)
{
    failures_release(&bench->failures);
    memset(&bench->tally, 0, sizeof bench->tally);
    const struct vary_variant *found = variant == NULL ? NULL : vary_find(variant);
    assert_true(variant == NULL || found != NULL);
    judge(&bench->label, &bench->diagnosis, found, "case", &bench->tally, &bench->failures);
    assert_false(bench->failures.failed);
}

/* Exactly these failures, in any order, ended by NULL. */
static void assert_failures(const struct bench *bench, const char *const *expected)
{
    size_t count = 0;
    for (; expected[count] != NULL; count++) {
        bool there = false;
        for (size_t i = 0; i < bench->failures.count; i++)
            there = there || strcmp(bench->failures.list[i].text, expected[count]) == 0;
        if (!there)
            fail_msg("not noticed: %s", expected[count]);
    }
    if (bench->failures.count > count)
        fail_msg("%zu failures, the last: %s", bench->failures.count,
                 bench->failures.list[bench->failures.count - 1].text);
}

#define ASSERT_FAILURES(bench, ...) assert_failures(bench, (const char *const[]){__VA_ARGS__, NULL})
#define ASSERT_NO_FAILURE(bench) assert_failures(bench, (const char *const[]){NULL})

static void remove_finding(struct bench *bench, size_t index)
{
    memmove(&bench->findings[index], &bench->findings[index + 1],
            (3 - index) * sizeof *bench->findings);
    bench->diagnosis.finding_count--;
}

static struct finding *add_finding(struct bench *bench, const char *kind)
{
    struct finding *finding = &bench->findings[bench->diagnosis.finding_count++];
    *finding = (struct finding){.kind = kind, .severity = SEVERITY_WARNING, .port = -1};
    return finding;
}

static void test_what_fits_passes(void **state)
{
    struct bench *bench = *state;
    judge_as(bench, NULL);
    ASSERT_NO_FAILURE(bench);
    struct tally_row sum = tally_sum(&bench->tally);
    assert_int_equal(sum.labelled, 2);
    assert_int_equal(sum.found, 2);
    assert_int_equal(sum.accused, 0);
    assert_int_equal(sum.asked[JUDGE_CULPRIT], 1);
    assert_int_equal(sum.right[JUDGE_DEVICES], 2);
    assert_int_equal(sum.right[JUDGE_NAMES], 2);
    assert_int_equal(sum.right[JUDGE_SEVERITY], 1);
    assert_int_equal(bench->tally.verdicts_right, 1);
}

static void test_a_missed_finding(void **state)
{
    struct bench *bench = *state;
    remove_finding(bench, 0);
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must cname-squashed *.push.apple.com missed");
    assert_false(bench->failures.list[0].accuses);
    assert_int_equal(tally_row(&bench->tally, "cname-squashed")->found, 0);
}

static void test_a_false_accusation(void **state)
{
    struct bench *bench = *state;
    struct finding *finding = add_finding(bench, "dns-blocked");
    finding->host = "gs.apple.com";
    finding->port = 443;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case false dns-blocked gs.apple.com 443");
    assert_true(bench->failures.list[0].accuses);
    assert_int_equal(tally_row(&bench->tally, "dns-blocked")->accused, 1);
    judge_as(bench, "cut"); /* nor does a variant excuse it */
    ASSERT_FAILURES(bench, "case false dns-blocked gs.apple.com 443");
}

static void test_the_right_kind_in_the_wrong_place(void **state)
{
    struct bench *bench = *state;
    bench->findings[1].port = 443;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must port-blocked *.push.apple.com 5223 tcp missed",
                    "case false port-blocked *.push.apple.com 443");
}

static void test_the_same_finding_twice(void **state)
{
    struct bench *bench = *state;
    bench->findings[bench->diagnosis.finding_count++] = bench->findings[1];
    bench->findings[2].host = "albert.apple.com";
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case false port-blocked albert.apple.com 5223");
}

static void test_notes_on_the_capture_are_no_accusation(void **state)
{
    struct bench *bench = *state;
    add_finding(bench, "capture-loss")->severity = SEVERITY_NOTE;
    judge_as(bench, NULL);
    ASSERT_NO_FAILURE(bench);
}

static void test_culprits(void **state)
{
    struct bench *bench = *state;
    bench->culprit.address = address_of("10.20.0.1");
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must cname-squashed *.push.apple.com culprit wrong");
    assert_true(bench->failures.list[0].accuses);
    bench->culprit.address = address_of("10.20.0.2");
    bench->culprit.role = CULPRIT_PROXY;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must cname-squashed *.push.apple.com culprit wrong");
    bench->findings[0].culprit = NULL;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must cname-squashed *.push.apple.com culprit missing");
    assert_false(bench->failures.list[0].accuses);
}

static void test_devices(void **state)
{
    struct bench *bench = *state;
    bench->findings[1].device_count = 1;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must port-blocked *.push.apple.com 5223 tcp devices missing");
    bench->findings[1].device_count = 3;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must port-blocked *.push.apple.com 5223 tcp devices wrong");
    assert_true(bench->failures.list[0].accuses);
}

static void test_details_names_and_severity(void **state)
{
    struct bench *bench = *state;
    bench->findings[1].details[0].text = "reset";
    bench->findings[1].address_count = 0;
    bench->findings[0].name_count = 0;
    bench->findings[0].severity = SEVERITY_WARNING;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must port-blocked *.push.apple.com 5223 tcp detail wrong",
                    "case must port-blocked *.push.apple.com 5223 tcp names missing",
                    "case must cname-squashed *.push.apple.com names missing",
                    "case must cname-squashed *.push.apple.com severity wrong");
    bench->findings[1].detail_count = 0;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must port-blocked *.push.apple.com 5223 tcp detail missing",
                    "case must port-blocked *.push.apple.com 5223 tcp names missing",
                    "case must cname-squashed *.push.apple.com names missing",
                    "case must cname-squashed *.push.apple.com severity wrong");
}

static void test_what_may_be_raised(void **state)
{
    struct bench *bench = *state;
    struct finding *finding = add_finding(bench, "dns-encrypted");
    finding->devices = bench->devices;
    finding->device_count = 1;
    judge_as(bench, NULL);
    ASSERT_NO_FAILURE(bench);
    finding->device_count = 2; /* the second one is not allowed */
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case false dns-encrypted none");
}

static void test_numbers_and_alternatives(void **state)
{
    struct bench *bench = *state;
    struct culprit culprit = {.role = CULPRIT_NETWORK};
    struct finding *finding = add_finding(bench, "idle-timeout");
    finding->culprit = &culprit;
    finding->details[0] = (struct detail){"idle_seconds", NULL, 300};
    finding->detail_count = 1;
    judge_as(bench, NULL);
    ASSERT_NO_FAILURE(bench);
    culprit.role = CULPRIT_SERVER;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case false idle-timeout none");
    culprit.role = CULPRIT_FIREWALL;
    finding->details[0].number = 311;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case false idle-timeout none");
}

static void test_verdict_and_coverage(void **state)
{
    struct bench *bench = *state;
    bench->diagnosis.verdict = VERDICT_IMPAIRED;
    bench->coverage[0].status = COVERAGE_PARTIAL;
    bench->coverage[1].transport = TRANSPORT_UDP;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case verdict impaired",
                    "case coverage albert.apple.com 443 tcp partial",
                    "case coverage *.push.apple.com 5223 tcp no such row");
    assert_int_equal(bench->tally.verdicts_right, 0);
}

static void test_two_claims_share_their_findings_well(void **state)
{
    struct bench *bench = *state;
    struct problem problem = {""};
    label_release(&bench->label);
    assert_true(label_parse(&bench->label, "test",
                            "must port-blocked device=10.20.0.20\n"
                            "must port-blocked device=10.20.0.20 device=10.20.0.21\n",
                            &problem));
    bench->findings[0] = bench->findings[1];
    bench->findings[1].device_count = 1;
    judge_as(bench, NULL);
    ASSERT_NO_FAILURE(bench);
    bench->findings[1].device_count = 2;
    bench->findings[0].device_count = 2;
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must port-blocked devices wrong");
    remove_finding(bench, 0);
    remove_finding(bench, 0);
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must port-blocked missed", "case must port-blocked #2 missed");
}

static void test_what_may_be_raised_is_not_the_claims(void **state)
{
    struct bench *bench = *state;
    struct problem problem = {""};
    label_release(&bench->label);
    assert_true(label_parse(&bench->label, "test",
                            "must cname-squashed culprit=10.20.0.3\n"
                            "may cname-squashed culprit=10.20.0.2\n"
                            "may port-blocked\n",
                            &problem));
    judge_as(bench, NULL);
    ASSERT_FAILURES(bench, "case must cname-squashed missed");
    judge_as(bench, "cut");
    ASSERT_NO_FAILURE(bench);
}

static void test_a_hidden_fault_may_be_missed(void **state)
{
    struct bench *bench = *state;
    bench->diagnosis.finding_count = 0;
    bench->diagnosis.verdict = VERDICT_INCONCLUSIVE;
    bench->coverage[1].status = COVERAGE_UNSEEN;
    judge_as(bench, "midstream");
    ASSERT_NO_FAILURE(bench);
    judge_as(bench, "one-direction-in");
    ASSERT_FAILURES(bench, "case unnamed capture-one-sided");
    add_finding(bench, "capture-one-sided")->severity = SEVERITY_NOTE;
    judge_as(bench, "one-direction-in");
    ASSERT_NO_FAILURE(bench);
    judge_as(bench, "loss-5"); /* which hides nothing */
    ASSERT_FAILURES(bench, "case must port-blocked *.push.apple.com 5223 tcp missed",
                    "case must cname-squashed *.push.apple.com missed", "case verdict inconclusive",
                    "case coverage *.push.apple.com 5223 tcp unseen");
}

static void test_healthy_is_a_promise(void **state)
{
    struct bench *bench = *state;
    bench->diagnosis.finding_count = 0;
    add_finding(bench, "capture-truncated")->severity = SEVERITY_NOTE;
    bench->diagnosis.verdict = VERDICT_HEALTHY;
    judge_as(bench, "snaplen-96");
    ASSERT_FAILURES(bench, "case verdict healthy");
    judge_as(bench, "cut");
    ASSERT_NO_FAILURE(bench);
    bench->diagnosis.verdict = VERDICT_BLOCKED; /* and no finding says why */
    judge_as(bench, "cut");
    ASSERT_FAILURES(bench, "case verdict blocked");
}

static void test_a_hidden_fault_contradicts_nothing(void **state)
{
    struct bench *bench = *state;
    bench->findings[0].culprit = NULL;
    bench->findings[0].name_count = 0;
    bench->findings[1].device_count = 1;
    bench->findings[1].detail_count = 0;
    judge_as(bench, "loss-20");
    ASSERT_NO_FAILURE(bench);
    bench->findings[0].culprit = &bench->culprit;
    bench->culprit.address = address_of("10.20.0.1");
    bench->findings[1].device_count = 3;
    bench->findings[1].detail_count = 1;
    bench->findings[1].details[0].text = "reset";
    bench->coverage[0].status = COVERAGE_FAILING;
    judge_as(bench, "loss-20");
    ASSERT_FAILURES(bench, "case must cname-squashed *.push.apple.com culprit wrong",
                    "case must port-blocked *.push.apple.com 5223 tcp devices wrong",
                    "case must port-blocked *.push.apple.com 5223 tcp detail wrong",
                    "case coverage albert.apple.com 443 tcp failing");
}

static void test_a_hidden_name_leaves_the_network(void **state)
{
    struct bench *bench = *state;
    bench->findings[1].host = "17.0.0.0/8";
    judge_as(bench, "midstream");
    ASSERT_NO_FAILURE(bench);
    bench->findings[1].host = "gs.apple.com"; /* another name is another matter */
    judge_as(bench, "midstream");
    ASSERT_FAILURES(bench, "case false port-blocked gs.apple.com 5223");
}

static void test_a_visible_defect_is_named(void **state)
{
    struct bench *bench = *state;
    judge_as(bench, "doubled-ttl");
    ASSERT_FAILURES(bench, "case unnamed capture-duplicated");
    add_finding(bench, "capture-duplicated")->severity = SEVERITY_NOTE;
    judge_as(bench, "doubled-ttl");
    ASSERT_NO_FAILURE(bench);
}

static void test_labels_are_read(void **state)
{
    static const char text[] = "  # nothing\n\nverdict healthy inconclusive\r\ntrust\n"
                               "option --all-flows\n"
                               "may x detail.issuer=\"O=Lab, CN=proxy\" port=none";
    struct label label;
    struct problem problem = {""};
    (void)state;
    assert_true(label_parse(&label, "test", text, &problem));
    assert_true(label.verdicts[VERDICT_HEALTHY] && label.verdicts[VERDICT_INCONCLUSIVE]);
    assert_false(label.verdicts[VERDICT_BLOCKED] || label.verdicts[VERDICT_IMPAIRED]);
    assert_true(label.trust);
    assert_true(label_has_option(&label, "--all-flows"));
    assert_int_equal(label.claim_count, 1);
    assert_false(label.claims[0].must);
    assert_string_equal(label.claims[0].keys[0].name, "issuer");
    assert_string_equal(label.claims[0].keys[0].value, "O=Lab, CN=proxy");
    label_release(&label);
}

static void test_bad_labels_are_refused(void **state)
{
    static const char *const lines[] = {
        "verdict",
        "verdict well",
        "must",
        "must port-blocked 5223",
        "must port-blocked port=",
        "must port-blocked device=ipad",
        "must port-blocked port=x",
        "coverage x 443 tcp",
        "coverage x y tcp ok",
        "coverage x 1 tcp fine",
        "option",
        "shall port-blocked",
        "may x name=\"open",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct label label;
        struct problem problem = {""};
        char text[100];
        snprintf(text, sizeof text, "trust\n%s\n", lines[i]);
        assert_false(label_parse(&label, "test", text, &problem));
        assert_ptr_equal(strstr(problem.text, "test:2: "), problem.text);
        label_release(&label);
    }
}

static bool keeps_b(void *owner, const char *text)
{
    (void)owner;
    return baseline_speaks_of(text, "b", true);
}

static void test_the_baseline(void **state)
{
    char name[] = "/tmp/test_judge.XXXXXX";
    struct baseline baseline = {.count = 0};
    struct failures failures = {.count = 0};
    struct problem problem = {""};
    int file = mkstemp(name);
    (void)state;
    assert_true(file >= 0);
    static const char before[] = "# head\n\na gone\nb/cut stays\n";
    assert_int_equal(write(file, before, sizeof before - 1), sizeof before - 1);
    close(file);
    assert_true(baseline_load(&baseline, name, &problem));
    assert_int_equal(baseline.count, 2);
    assert_true(baseline_knows(&baseline, "a gone"));
    assert_true(baseline.lines[0].seen);
    assert_false(baseline_knows(&baseline, "a new"));
    assert_false(baseline.lines[1].seen);
    failures_add(&failures, "c", false, "z");
    failures_add(&failures, "a", false, "new");
    failures_add(&failures, "a", false, "new");
    assert_true(baseline_write(&baseline, name, &failures, keeps_b, NULL, &problem));
    baseline_release(&baseline);
    assert_true(baseline_load(&baseline, name, &problem));
    assert_int_equal(baseline.count, 3);
    assert_string_equal(baseline.lines[0].text, "a new");
    assert_string_equal(baseline.lines[1].text, "b/cut stays");
    assert_string_equal(baseline.lines[2].text, "c z");
    baseline_release(&baseline);
    failures_release(&failures);
    unlink(name);
    assert_false(baseline_load(&baseline, name, &problem));
    baseline_release(&baseline);
}

static void test_subjects(void **state)
{
    (void)state;
    assert_true(baseline_speaks_of("a x", "a", false));
    assert_false(baseline_speaks_of("a/cut x", "a", false));
    assert_true(baseline_speaks_of("a/cut x", "a", true));
    assert_false(baseline_speaks_of("ab x", "a", true));
}

#define BENCHED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHED(test_what_fits_passes),
        BENCHED(test_a_missed_finding),
        BENCHED(test_a_false_accusation),
        BENCHED(test_the_right_kind_in_the_wrong_place),
        BENCHED(test_the_same_finding_twice),
        BENCHED(test_notes_on_the_capture_are_no_accusation),
        BENCHED(test_culprits),
        BENCHED(test_devices),
        BENCHED(test_details_names_and_severity),
        BENCHED(test_what_may_be_raised),
        BENCHED(test_numbers_and_alternatives),
        BENCHED(test_verdict_and_coverage),
        BENCHED(test_two_claims_share_their_findings_well),
        BENCHED(test_what_may_be_raised_is_not_the_claims),
        BENCHED(test_a_hidden_fault_may_be_missed),
        BENCHED(test_healthy_is_a_promise),
        BENCHED(test_a_hidden_fault_contradicts_nothing),
        BENCHED(test_a_hidden_name_leaves_the_network),
        BENCHED(test_a_visible_defect_is_named),
        cmocka_unit_test(test_labels_are_read),
        cmocka_unit_test(test_bad_labels_are_refused),
        cmocka_unit_test(test_the_baseline),
        cmocka_unit_test(test_subjects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
