/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of diagnosis/words.c are the contract of the JSON report: each one
 * is checked as it is written there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diagnosis/finding.h"

static void verdicts_and_severities(void **state)
{
    (void)state;
    assert_string_equal(verdict_word(VERDICT_INCONCLUSIVE), "inconclusive");
    assert_string_equal(verdict_word(VERDICT_HEALTHY), "healthy");
    assert_string_equal(verdict_word(VERDICT_IMPAIRED), "impaired");
    assert_string_equal(verdict_word(VERDICT_BLOCKED), "blocked");
    assert_string_equal(severity_word(SEVERITY_NOTE), "note");
    assert_string_equal(severity_word(SEVERITY_WARNING), "warning");
    assert_string_equal(severity_word(SEVERITY_CRITICAL), "critical");
}

static void confidences_and_statuses(void **state)
{
    (void)state;
    assert_string_equal(confidence_word(CONFIDENCE_POSSIBLE), "possible");
    assert_string_equal(confidence_word(CONFIDENCE_LIKELY), "likely");
    assert_string_equal(confidence_word(CONFIDENCE_CERTAIN), "certain");
    assert_string_equal(coverage_status_word(COVERAGE_UNSEEN), "unseen");
    assert_string_equal(coverage_status_word(COVERAGE_OK), "ok");
    assert_string_equal(coverage_status_word(COVERAGE_PARTIAL), "partial");
    assert_string_equal(coverage_status_word(COVERAGE_FAILING), "failing");
}

static void culprits(void **state)
{
    (void)state;
    assert_string_equal(culprit_role_word(CULPRIT_UNKNOWN), "unknown");
    assert_string_equal(culprit_role_word(CULPRIT_FIREWALL), "firewall");
    assert_string_equal(culprit_role_word(CULPRIT_RESOLVER), "resolver");
    assert_string_equal(culprit_role_word(CULPRIT_PROXY), "proxy");
    assert_string_equal(culprit_role_word(CULPRIT_SERVER), "server");
    assert_string_equal(culprit_role_word(CULPRIT_DEVICE), "device");
    assert_string_equal(culprit_role_word(CULPRIT_NETWORK), "network");
}

static void transports(void **state)
{
    (void)state;
    assert_string_equal(transport_word(TRANSPORT_TCP), "tcp");
    assert_string_equal(transport_word(TRANSPORT_UDP), "udp");
    assert_null(transport_word(TRANSPORT_ICMP));
    assert_null(transport_word(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_and_severities),
        cmocka_unit_test(confidences_and_statuses),
        cmocka_unit_test(culprits),
        cmocka_unit_test(transports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
