/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does each short form name columns that there are, and what these need?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/short_forms.h"

/* A name that the table has not would be passed over in silence. */
static void test_names_are_columns(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        const struct table_columns *table = table_columns((enum table)i);
        const char *const *names = table_in_short((enum table)i);
        struct short_form form = table_short_form((enum table)i);
        size_t count = 0;
        while (names != NULL && names[count] != NULL)
            count++;
        assert_int_equal(form.count, count);
        for (size_t k = 0; k < count; k++)
            assert_string_equal(table->columns[form.columns[k]].name, names[k]);
    }
}

/* A packet without its source would be of another one. */
static void test_packets_keep_their_sources(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        const struct table_columns *table = table_columns((enum table)i);
        struct short_form form = table_short_form((enum table)i);
        bool source = false;
        for (size_t k = 0; k < form.count; k++) {
            size_t at = form.columns[k];
            source = source || table->columns[at].kind == COLUMN_ROW_SOURCE;
            if (table->columns[at].kind != COLUMN_PACKET)
                continue;
            assert_true(source);
            if (at + 1 < table->count && table->columns[at + 1].kind == COLUMN_PACKET_SOURCE)
                assert_true(k + 1 < form.count && form.columns[k + 1] == at + 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_columns),
        cmocka_unit_test(test_packets_keep_their_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
