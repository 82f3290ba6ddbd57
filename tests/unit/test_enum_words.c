/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do words and values lead to one another?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fact.h"
#include "storage/enum_words.h"

static void assert_words(const struct words *words, unsigned first, unsigned last)
{
    for (unsigned value = first; value <= last; value++) {
        const char *name = words_name(words, value);
        assert_true(name != NULL || value == 0);
        assert_int_equal(words_value(words, name), value);
    }
}

static void test_words_lead_back_to_their_values(void **state)
{
    (void)state;
    assert_words(&outcome_words, OUTCOME_UNKNOWN, OUTCOME_RESET);
    assert_words(&stage_words, RESET_STAGE_NONE, RESET_STAGE_CLOSING);
    assert_words(&party_words, PARTY_NONE, PARTY_OTHER);
    assert_words(&event_words, EVENT_SYN, EVENT_TUNNEL_ANSWER);
    assert_words(&section_words, DNS_ANSWER, DNS_ADDITIONAL);
    assert_words(&identification_words, IDENTIFICATION_UNKNOWN, IDENTIFICATION_SCATTERED);
    assert_words(&privacy_words, NAMES_OPEN, NAMES_RELAY);
    assert_words(&purpose_words, HTTP_OTHER, HTTP_PUSH_BAG);
    assert_words(&role_words, APNS_DEVICE, APNS_PROVIDER);
    assert_words(&sign_words, APNS_BY_ALPN, APNS_BY_PORT);
    assert_words(&end_words, APNS_OPEN, APNS_UNANSWERED);
    assert_words(&lease_words, LEASE_DHCPV4, LEASE_ROUTER);
}

static void test_unknown_words(void **state)
{
    (void)state;
    assert_int_equal(words_value(&outcome_words, "eaten"), OUTCOME_UNKNOWN);
    assert_int_equal(words_value(&outcome_words, NULL), OUTCOME_UNKNOWN);
    assert_int_equal(words_value(&party_words, "nobody"), PARTY_NONE);
    assert_int_equal(words_value(&event_words, ""), EVENT_REQUEST);
    assert_int_equal(words_value(&section_words, "x"), DNS_ADDITIONAL);
    assert_string_equal(words_name(&outcome_words, 99), "unknown");
}

static void test_transports(void **state)
{
    (void)state;
    assert_string_equal(transport_name(TRANSPORT_TCP), "tcp");
    assert_null(transport_name(132));
    assert_int_equal(transport_value("icmpv6"), TRANSPORT_ICMPV6);
    assert_int_equal(transport_value("udp"), TRANSPORT_UDP);
    assert_int_equal(transport_value("132"), 132);
    assert_int_equal(transport_value("255"), 255);
    assert_int_equal(transport_value("256"), 0);
    assert_int_equal(transport_value("99999999999999999999"), 0);
    assert_int_equal(transport_value("tcp "), 0);
    assert_int_equal(transport_value(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_lead_back_to_their_values),
        cmocka_unit_test(test_unknown_words),
        cmocka_unit_test(test_transports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
