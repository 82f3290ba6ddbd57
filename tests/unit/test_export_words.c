/* SPDX-License-Identifier: Apache-2.0 */
/* Do connections get the state that Zeek gives them, and their words? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reports/export_words.h"
#include "reports/tls_suites.h"

struct state {
    const char *history;
    uint64_t server_packets;
    uint64_t bytes;
    const char *expected;
};

static void test_tcp_states(void **state)
{
    static const struct state states[] = {
        {"S", 0, 0, "S0"},
        {"Sr", 1, 0, "REJ"},
        {"Sh", 1, 0, "S1"},
        {"ShADad", 4, 90, "S1"},
        {"ShADadFf", 8, 90, "SF"},
        {"ShADadfFR", 8, 90, "SF"}, /* a RST after both FINs */
        {"ShADadF", 6, 90, "S2"},
        {"ShADadf", 6, 90, "S3"},
        {"ShADadR", 4, 90, "RSTO"},
        {"ShADadr", 4, 90, "RSTR"},
        {"ShADadFr", 4, 90, "RSTR"},
        {"ShARr", 3, 0, "REJ"}, /* both reset it, and nothing was said */
        {"SR", 0, 0, "RSTOS0"},
        {"SAR", 0, 0, "OTH"},
        {"SF", 0, 0, "SH"},
        {"hr", 2, 0, "RSTRH"},
        {"hf", 2, 0, "SHR"},
        {"DadA", 4, 90, "OTH"}, /* midstream */
        {"DadAR", 4, 90, "OTH"},
        {"", 0, 0, "OTH"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct fact_flow flow = {.transport = TRANSPORT_TCP,
                                 .history = states[i].history,
                                 .client_packets = 1,
                                 .server_packets = states[i].server_packets,
                                 .client_bytes = states[i].bytes};
        assert_string_equal(export_connection_state(&flow), states[i].expected);
    }
    struct fact_flow untold = {.transport = TRANSPORT_TCP};
    assert_string_equal(export_connection_state(&untold), "OTH");
}

static void test_udp_states(void **state)
{
    struct fact_flow flow = {.transport = TRANSPORT_UDP, .client_packets = 1};
    (void)state;
    assert_string_equal(export_connection_state(&flow), "S0");
    flow.server_packets = 1;
    assert_string_equal(export_connection_state(&flow), "SF");
    flow.client_packets = 0;
    assert_string_equal(export_connection_state(&flow), "SHR");
    flow.transport = TRANSPORT_ICMP;
    assert_string_equal(export_connection_state(&flow), "OTH");
}

static void test_words(void **state)
{
    char word[EXPORT_WORD_SIZE], suite[TLS_SUITE_SIZE];
    (void)state;
    assert_string_equal(export_dns_type(65, word), "HTTPS");
    assert_string_equal(export_dns_type(65280, word), "TYPE65280");
    assert_string_equal(export_dns_rcode(3, word), "NXDOMAIN");
    assert_string_equal(export_dns_rcode(13, word), "13");
    assert_string_equal(export_transport(17, word), "udp");
    assert_string_equal(export_transport(132, word), "132");
    assert_string_equal(export_tls_version(0x0304), "TLSv13");
    assert_null(export_tls_version(0));
    assert_string_equal(export_tls_group(29), "x25519");
    assert_string_equal(export_tls_alert(48), "unknown_ca");
    assert_string_equal(export_tls_alert(255), "unknown");
    assert_string_equal(export_service("tls"), "ssl");
    assert_null(export_service(NULL));
    /* The first and last of the table, and one in it. */
    assert_string_equal(tls_suite_name(0, suite), "TLS_NULL_WITH_NULL_NULL");
    assert_string_equal(tls_suite_name(0x1301, suite), "TLS_AES_128_GCM_SHA256");
    assert_string_equal(tls_suite_name(0xc02f, suite), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assert_string_equal(tls_suite_name(0xffff, suite), "unknown-65535");
}

static void test_identities(void **state)
{
    char one[EXPORT_UID_SIZE], other[EXPORT_UID_SIZE];
    (void)state;
    assert_int_equal(strlen(export_uid(7, 1, one)), 18);
    assert_int_equal(one[0], 'C');
    assert_string_equal(export_uid(7, 1, other), one);
    assert_string_not_equal(export_uid(7, 2, other), one);
    assert_string_not_equal(export_uid(8, 1, other), one);
    /* Neither do flows of two databases meet because their numbers are near. */
    assert_string_not_equal(export_uid(8, 0xffff, other), export_uid(7, 0x10000, one));
    assert_string_equal(export_uid(7, 0, one), "");
    assert_true(export_flow_number(7, 1) < UINT64_C(1) << 53);
    assert_int_not_equal(export_flow_number(7, 1), export_flow_number(7, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp_states),
        cmocka_unit_test(test_udp_states),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
