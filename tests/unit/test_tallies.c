/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is each key's counter found again, by itself and by its kin, however many there are?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "diagnosis/tallies.h"

#define MANY 5000

static struct address address_of(uint32_t number)
{
    uint8_t octets[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

    return address_from_ipv4(octets);
}

static void keys_are_told_apart(void **state)
{
    struct tallies tallies = {0};
    struct address one = address_of(1), two = address_of(2);
    const struct tally_key keys[] = {
        tally_key(&one, &two, 3, 4), tally_key(&two, &one, 3, 4), tally_key(&one, NULL, 3, 4),
        tally_key(NULL, &two, 3, 4), tally_key(&one, &two, 4, 4), tally_key(&one, &two, 3, 0),
    };

    (void)state;
    assert_null(tallies_find(&tallies, &keys[0]));
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(tallies_place(&tallies, &keys[i]), i);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(tallies_place(&tallies, &keys[i]), i);
        assert_ptr_equal(tallies_find(&tallies, &keys[i]), &tallies.list[i]);
        assert_int_equal(tallies.list[i].first_success, TIMESTAMP_NONE);
    }
    assert_int_equal(tallies.count, 6);
    tallies_release(&tallies);
}

/* The list moves as it grows; kin are known by their place. */
static void kin_are_kept_while_it_grows(void **state)
{
    struct tallies tallies = {0};

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        struct address client = address_of(i);
        struct tally_key own = tally_key(&client, NULL, i, 1), of_row = tally_key(NULL, NULL, 7, 0);
        uint32_t place = tallies_place(&tallies, &own);
        struct tally *kin = tallies_kin(&tallies, place, KIN_ROW, &of_row);
        assert_non_null(kin);
        kin->counts[ATTEMPT_SUCCESS]++;
    }
    for (uint32_t i = 0; i < MANY; i++) {
        struct address client = address_of(i);
        struct tally_key own = tally_key(&client, NULL, i, 1), unused = tally_key(NULL, NULL, 8, 0);
        uint32_t place = tallies_place(&tallies, &own);
        tallies_fetch_kin(&tallies, &tallies.list[place]);
        assert_int_equal(tallies.list[place].row, i);
        assert_int_equal(tallies_kin(&tallies, place, KIN_ROW, &unused)->counts[ATTEMPT_SUCCESS],
                         MANY);
    }
    assert_int_equal(tallies.count, MANY + 1);
    tallies_release(&tallies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_told_apart),
        cmocka_unit_test(kin_are_kept_while_it_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
