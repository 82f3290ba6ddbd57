/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/link_types.c: numbers of files to libpcap's on this system and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/link_types.h"

static void test_numbers(void **state)
{
    static const struct {
        uint32_t linktype;
        const char *name;
    } cases[] = {{0, "NULL"},  {1, "EN10MB"},      {101, "RAW"},        {108, "LOOP"},
                 {109, "ENC"}, {113, "LINUX_SLL"}, {276, "LINUX_SLL2"}, {65535, "unknown"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int link_type = link_type_of_file(cases[i].linktype);

        assert_string_equal(link_type_name(link_type), cases[i].name);
        assert_int_equal(link_type_to_file(link_type), cases[i].linktype);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
