/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are rules to paste right, for the devices concerned, and can nothing that came from the
 * wire add a rule of its own; does whatever is not certain say why?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "diagnosis/doubts.h"
#include "diagnosis/prescription.h"

static struct address addresses[8];
static const struct culprit resolver = {.has_address = true, .role = CULPRIT_RESOLVER};

static const char *const kinds[] = {"port-blocked",
                                    "connection-reset",
                                    "handshake-stalled",
                                    "idle-timeout",
                                    "cname-squashed",
                                    "dns-blocked",
                                    "dns-hijacked",
                                    "certificate-intercepted",
                                    "tls-interception-suspected",
                                    "proxy-refused",
                                    "proxy-authentication",
                                    "proxy-unsupported",
                                    "proxy-autoconfig",
                                    "captive-portal",
                                    "legacy-port",
                                    "quic-blocked",
                                    "ntp-bad-time"};

static struct finding finding_of(const char *kind)
{
    struct finding finding = {.kind = kind,
                              .host = "*.push.apple.com",
                              .category = "apns",
                              .port = 5223,
                              .transport = 6,
                              .devices = addresses};
    return finding;
}

/* The finding with its rules; its texts live as long as the diagnosis. */
static struct finding *prescribe(struct diagnosis *diagnosis, struct finding *finding)
{
    memset(diagnosis, 0, sizeof *diagnosis);
    diagnosis->findings = finding;
    diagnosis->finding_count = 1;
    prescriptions_fill(diagnosis);
    doubts_fill(diagnosis);
    assert_false(diagnosis->arena.failed);
    return finding;
}

static size_t set_devices(const char *const *texts)
{
    size_t count = 0;
    for (; texts[count] != NULL; count++)
        assert_true(address_parse(texts[count], &addresses[count]));
    return count;
}

static void assert_from(const char *const *devices, const char *expected)
{
    struct diagnosis diagnosis;
    struct finding finding = finding_of("port-blocked");
    finding.device_count = set_devices(devices);
    prescribe(&diagnosis, &finding);
    assert_int_equal(finding.prescription_count, 1);
    assert_string_equal(finding.prescriptions[0].from, expected);
    arena_release(&diagnosis.arena);
}

static void devices_are_listed_or_held_by_a_network(void **state)
{
    static const char *const one[] = {"10.0.0.20", NULL};
    static const char *const three[] = {"10.0.0.20", "10.0.0.21", "10.0.9.1", NULL};
    static const char *const four[] = {"10.0.0.20", "10.0.0.21", "10.0.0.22", "10.0.3.1", NULL};
    static const char *const six[] = {"10.0.0.20",   "10.0.0.21",   "2001:db8::1",
                                      "2001:db8::2", "2001:db8::f", NULL};

    (void)state;
    assert_from(one, "10.0.0.20");
    assert_from(three, "10.0.0.20, 10.0.0.21, 10.0.9.1");
    assert_from(four, "10.0.0.0/22");
    assert_from(six, "10.0.0.20/31, 2001:db8::/124");
}

static void every_kind_has_a_rule(void **state)
{
    static const char *const one[] = {"10.0.0.20", NULL};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct diagnosis diagnosis;
        struct finding finding = finding_of(kinds[i]);
        finding.device_count = set_devices(one);
        prescribe(&diagnosis, &finding);
        if (finding.prescription_count == 0)
            fail_msg("%s has no rule", kinds[i]);
        for (size_t k = 0; k < finding.prescription_count; k++) {
            assert_non_null(finding.prescriptions[k].action);
            assert_non_null(finding.prescriptions[k].at);
            assert_true(strlen(finding.prescriptions[k].text) > 10);
        }
        arena_release(&diagnosis.arena);
    }
}

static void a_resolver_is_told_both_names_of_push(void **state)
{
    struct diagnosis diagnosis;
    struct finding finding = finding_of("cname-squashed");

    (void)state;
    finding.culprit = &resolver;
    prescribe(&diagnosis, &finding);
    assert_string_equal(finding.prescriptions[0].action, "exempt-from-filtering");
    assert_non_null(
        strstr(finding.prescriptions[0].text, "\n*.push.apple.com CNAME rpz-passthru."));
    assert_non_null(strstr(finding.prescriptions[0].text, "@@||push-apple.com.akadns.net^"));
    arena_release(&diagnosis.arena);
}

/* A name can hold any byte; what is no host name stays out of rules. */
static void foreign_names_add_no_rules(void **state)
{
    static const char *hostile[] = {
        "x\nallow any from any to any", "a b", "q\"); evil(\"", "-rf.example", "", "gs.apple.com"};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct diagnosis diagnosis;
        struct finding finding = finding_of(kinds[i]);
        finding.host = "gs.apple.com";
        finding.category = "device-setup";
        finding.names = hostile;
        finding.name_count = sizeof hostile / sizeof hostile[0];
        prescribe(&diagnosis, &finding);
        for (size_t k = 0; k < finding.prescription_count; k++) {
            assert_null(strstr(finding.prescriptions[k].text, "any from any to any"));
            assert_null(strstr(finding.prescriptions[k].text, "evil"));
            assert_null(strstr(finding.prescriptions[k].text, "-rf"));
            assert_null(strstr(finding.prescriptions[k].text, "a b"));
        }
        arena_release(&diagnosis.arena);
    }
}

static void what_is_not_certain_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (int sure = CONFIDENCE_POSSIBLE; sure <= CONFIDENCE_CERTAIN; sure++) {
            struct diagnosis diagnosis;
            struct finding finding = finding_of(kinds[i]);
            finding.confidence = (enum confidence)sure;
            prescribe(&diagnosis, &finding);
            assert_int_equal(finding.doubt == NULL, sure == CONFIDENCE_CERTAIN);
            arena_release(&diagnosis.arena);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_listed_or_held_by_a_network),
        cmocka_unit_test(every_kind_has_a_rule),
        cmocka_unit_test(a_resolver_is_told_both_names_of_push),
        cmocka_unit_test(foreign_names_add_no_rules),
        cmocka_unit_test(what_is_not_certain_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
