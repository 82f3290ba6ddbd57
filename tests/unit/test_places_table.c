/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the built-in table, which looks at a group of its rows, find what all rows say?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "catalog/places_table.h"

static const struct place_row *find_among_all(const struct place_table *table,
                                              const struct address *address)
{
    const struct place_row *best = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct place_row *row = &table->rows[i];
        if (row->prefix.bits != 0 && prefix_contains(&row->prefix, address) &&
            (best == NULL || row->prefix.bits > best->prefix.bits))
            best = row;
    }
    return best;
}

/* Addresses in and around each row's network: one bit of it is another. */
static void test_every_row(void **state)
{
    (void)state;
    struct problem problem = {{0}};
    struct place_table table;
    size_t found = 0;
    assert_true(place_table_load(&table, &problem));
    for (size_t i = 0; i < table.count; i++) {
        for (unsigned bit = 0; bit < 128; bit++) {
            struct address address = table.rows[i].prefix.address;
            address.octets[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
            const struct place_row *row = place_table_find(&table, &address);
            assert_ptr_equal(row, find_among_all(&table, &address));
            found += row != NULL;
        }
    }
    assert_true(found > table.count);
    place_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
