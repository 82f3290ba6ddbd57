/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the columns' table consistent in itself?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/columns.h"

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

/* Two columns for one field: one of them was meant to be another. */
static void test_each_field_has_one_column(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        const struct table_columns *table = table_columns((enum table)i);
        for (size_t k = 0; k < table->count; k++)
            for (size_t other = 0; other < k; other++) {
                const struct column *one = &table->columns[k], *two = &table->columns[other];
                assert_string_not_equal(one->name, two->name);
                if (one->kind > COLUMN_RECORDS && one->kind != COLUMN_PACKET_SOURCE &&
                    two->kind > COLUMN_RECORDS && one->kind != COLUMN_ROW_SOURCE &&
                    two->kind != COLUMN_ROW_SOURCE)
                    assert_int_not_equal(one->offset, two->offset);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_come_before_their_sources),
        cmocka_unit_test(test_each_field_has_one_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
