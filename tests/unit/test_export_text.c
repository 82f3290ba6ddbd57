/* SPDX-License-Identifier: Apache-2.0 */
/* Does foreign text stay text in every format of an export? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "reports/export_text.h"

static void assert_text(struct text *text, const char *expected)
{
    assert_false(text->failed);
    assert_string_equal(text_content(text), expected);
    text_clear(text);
}

static void test_json(void **state)
{
    struct text out = {0};
    (void)state;
    export_json_text(&out, "");
    assert_text(&out, "\"\"");
    export_json_text(&out, "p30-x.icloud.com");
    assert_text(&out, "\"p30-x.icloud.com\"");
    export_json_text(&out, "a\"b\\c\n\x1b[31m\x7f");
    assert_text(&out, "\"a\\\"b\\\\c\\u000a\\u001b[31m\\u007f\"");
    export_json_text(&out, "caf\xc3\xa9 \xe2\x80\x94");
    assert_text(&out, "\"caf\xc3\xa9 \xe2\x80\x94\"");
    /* C1's CSI, and a character that turns the direction. */
    export_json_text(&out, "\xc2\x9b \xe2\x80\xae \xe2\x81\xa6");
    assert_text(&out, "\"\\u009b \\u202e \\u2066\"");
    /* Not UTF-8: a lone byte, one cut off at the end, an overlong slash, a surrogate. */
    export_json_text(&out, "\xff-\xc3");
    assert_text(&out, "\"\\ufffd-\\ufffd\"");
    export_json_text(&out, "\xc0\xaf \xed\xa0\x80 \xe2\x80");
    assert_text(&out, "\"\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\"");
    text_release(&out);
}

static void test_zeek(void **state)
{
    struct text out = {0};
    (void)state;
    export_zeek_text(&out, "", 0);
    assert_text(&out, "(empty)");
    export_zeek_text(&out, "-", 0);
    assert_text(&out, "\\x2d");
    export_zeek_text(&out, "(empty)", 0);
    assert_text(&out, "\\x28empty)");
    export_zeek_text(&out, "a-b", 0);
    assert_text(&out, "a-b");
    export_zeek_text(&out, "a\tb\nc\\d\xff", 0);
    assert_text(&out, "a\\x09b\\x0ac\\\\d\\xff");
    export_zeek_text(&out, "CN=a,O=b", 0);
    assert_text(&out, "CN=a,O=b");
    export_zeek_text(&out, "CN=a,O=b", ',');
    assert_text(&out, "CN=a\\x2cO=b");
    text_release(&out);
}

static void test_csv(void **state)
{
    struct text out = {0};
    (void)state;
    export_csv_text(&out, "tls");
    assert_text(&out, "tls");
    export_csv_text(&out, "=HYPERLINK(\"http://x\",\"y\")");
    assert_text(&out, "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
    export_csv_text(&out, "+1");
    assert_text(&out, "'+1");
    export_csv_text(&out, "-1");
    assert_text(&out, "'-1");
    export_csv_text(&out, "@SUM(1)");
    assert_text(&out, "'@SUM(1)");
    export_csv_text(&out, "\t=1");
    assert_text(&out, "'\\x09=1");
    export_csv_text(&out, "a\r\nb");
    assert_text(&out, "a\\x0d\\x0ab");
    export_csv_text(&out, "a;b");
    assert_text(&out, "\"a;b\"");
    text_release(&out);
}

static void test_numbers(void **state)
{
    struct text out = {0};
    (void)state;
    export_count(&out, 0);
    assert_text(&out, "0");
    export_count(&out, UINT64_MAX);
    assert_text(&out, "18446744073709551615");
    export_seconds(&out, 0);
    assert_text(&out, "0.000000");
    export_seconds(&out, INT64_C(1795291321097544999));
    assert_text(&out, "1795291321.097544");
    export_seconds(&out, -1500000000);
    assert_text(&out, "-1.500000");
    export_seconds(&out, INT64_MIN);
    assert_text(&out, "-9223372036.854775");
    export_eve_time(&out, INT64_C(1795291321097544999));
    assert_text(&out, "2026-11-21T20:02:01.097544+0000");
    export_eve_time(&out, INT64_C(1795291321000000000));
    assert_text(&out, "2026-11-21T20:02:01.000000+0000");
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_zeek),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
