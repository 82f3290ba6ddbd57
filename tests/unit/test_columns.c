/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do words and values lead to one another, and is the columns' table consistent in
 * itself?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/fact.h"
#include "storage/columns.h"

static const struct words *words_of(enum table table, const char *name)
{
    const struct table_columns *columns = table_columns(table);

    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->columns[i].name, name) == 0)
            return columns->columns[i].words;
    }
    fail_msg("no column %s", name);
    return NULL;
}

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
    assert_words(words_of(TABLE_FLOW, "outcome"), OUTCOME_UNKNOWN, OUTCOME_RESET);
    assert_words(words_of(TABLE_FLOW, "reset_stage"), RESET_STAGE_NONE, RESET_STAGE_CLOSING);
    assert_words(words_of(TABLE_FLOW, "reset_by"), PARTY_NONE, PARTY_OTHER);
    assert_words(words_of(TABLE_EVENT, "kind"), EVENT_SYN, EVENT_ICMP_ERROR);
    assert_words(words_of(TABLE_DNS_RECORD, "section"), DNS_ANSWER, DNS_ADDITIONAL);
}

static void test_unknown_words(void **state)
{
    (void)state;
    assert_int_equal(words_value(words_of(TABLE_FLOW, "outcome"), "eaten"), OUTCOME_UNKNOWN);
    assert_int_equal(words_value(words_of(TABLE_FLOW, "outcome"), NULL), OUTCOME_UNKNOWN);
    assert_int_equal(words_value(words_of(TABLE_FLOW, "reset_by"), "nobody"), PARTY_NONE);
    assert_int_equal(words_value(words_of(TABLE_EVENT, "kind"), ""), EVENT_REQUEST);
    assert_int_equal(words_value(words_of(TABLE_DNS_RECORD, "section"), "x"), DNS_ADDITIONAL);
    assert_string_equal(words_name(words_of(TABLE_FLOW, "outcome"), 99), "unknown");
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

/* A later packet's source is worked out from the packet before it in the row. */
static void test_packets_come_before_their_sources(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        const struct table_columns *table = table_columns((enum table)i);
        int row_sources = 0;
        for (size_t k = 0; k < table->count; k++) {
            const struct column *column = &table->columns[k];
            row_sources += column->kind == COLUMN_ROW_SOURCE;
            if (column->kind == COLUMN_PACKET)
                assert_int_equal(row_sources, 1);
            if (column->kind == COLUMN_PACKET_SOURCE) {
                assert_true(k > 0 && table->columns[k - 1].kind == COLUMN_PACKET);
                assert_int_equal(table->columns[k - 1].offset, column->offset);
            }
            assert_int_equal(column->kind == COLUMN_WORD, column->words != NULL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_lead_back_to_their_values),
        cmocka_unit_test(test_unknown_words),
        cmocka_unit_test(test_transports),
        cmocka_unit_test(test_packets_come_before_their_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
