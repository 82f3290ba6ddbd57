/* SPDX-License-Identifier: Apache-2.0 */
/* Does a record have the columns that its header names, whatever is known? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reports/zeek_row.h"

static const struct zeek_field fields[] = {
    {"ts", "time"},      {"host", "addr"},
    {"name", "string"},  {"good", "bool"},
    {"rtt", "interval"}, {"answers", "vector[string]"},
    {"count", "count"},  {"TTLs", "vector[interval]"},
};

#define COUNT (sizeof fields / sizeof fields[0])

static void write_row(struct text *out, bool json)
{
    static const char *const answers[] = {"a,b", "c"};
    static const uint32_t times[] = {30, 4000000000u};
    struct zeek_row row;
    struct address host;
    assert_true(address_parse("fe80::1", &host));
    zeek_begin(&row, out, fields, COUNT, json);
    zeek_time(&row, 1500000000);
    zeek_address(&row, &host);
    zeek_text(&row, "x\ty");
    zeek_bool(&row, true);
    zeek_interval(&row, 1000);
    zeek_list(&row, answers, 2);
    zeek_count(&row, 7);
    zeek_seconds_list(&row, times, 2);
    zeek_end(&row);
}

static void test_full(void **state)
{
    struct text out = {0};
    (void)state;
    write_row(&out, false);
    assert_string_equal(text_content(&out),
                        "1.500000\tfe80::1\tx\\x09y\tT\t0.000001\ta\\x2cb,c\t7\t"
                        "30.000000,4000000000.000000\n");
    text_clear(&out);
    write_row(&out, true);
    assert_string_equal(
        text_content(&out),
        "{\"ts\":1.500000,\"host\":\"fe80::1\",\"name\":\"x\\u0009y\",\"good\":true,"
        "\"rtt\":0.000001,\"answers\":[\"a,b\",\"c\"],\"count\":7,"
        "\"TTLs\":[30.000000,4000000000.000000]}\n");
    text_release(&out);
}

/* What is not known, and what was not written: unset. More than the header has: none. */
static void test_unset(void **state)
{
    struct text out = {0};
    struct zeek_row row;
    struct address none = {{0}};
    (void)state;
    for (int json = 0; json < 2; json++) {
        zeek_begin(&row, &out, fields, COUNT, json == 1);
        zeek_time(&row, TIMESTAMP_NONE);
        zeek_address(&row, &none);
        zeek_text(&row, NULL);
        zeek_bool(&row, false);
        zeek_interval(&row, DIFFERENCE_NONE);
        zeek_list(&row, NULL, 0);
        zeek_end(&row);
        zeek_count(&row, 1);
        zeek_unset(&row, 5);
    }
    assert_string_equal(text_content(&out), "-\t-\t-\tF\t-\t(empty)\t-\t-\n"
                                            "{\"good\":false,\"answers\":[]}\n");
    text_release(&out);
}

static void test_header(void **state)
{
    struct text out = {0};
    (void)state;
    zeek_header(&out, "dns", fields, 2, INT64_C(1795291321000000000));
    zeek_footer(&out, INT64_C(1795291321000000000));
    assert_string_equal(text_content(&out), "#separator \\x09\n#set_separator\t,\n"
                                            "#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
                                            "#open\t2026-11-21-20-02-01\n#fields\tts\thost\n"
                                            "#types\ttime\taddr\n#close\t2026-11-21-20-02-01\n");
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_unset),
        cmocka_unit_test(test_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
