/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/text.c: does text grow without loss, is foreign text made harmless and
 * otherwise left alone, and do lines keep their width?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"

static void test_grows(void **state)
{
    struct text text = {0};

    (void)state;
    assert_string_equal(text_content(&text), "");
    for (int i = 0; i < 10000; i++)
        text_add(&text, "0123456789");
    assert_int_equal(text.length, 100000);
    assert_int_equal(strlen(text.data), 100000);
    text_add_format(&text, "%s=%d", "n", 7);
    assert_string_equal(text.data + 99997, "789n=7");
    text_clear(&text);
    assert_string_equal(text_content(&text), "");
    text_add_bytes(&text, "abc", 2);
    assert_string_equal(text_content(&text), "ab");
    text_add(&text, "");
    assert_int_equal(text.length, 2);
    text_release(&text);
    assert_null(text.data);
}

static void test_out_of_memory(void **state)
{
    struct text text = {0};

    (void)state;
    text_add(&text, "kept");
    text_add_bytes(&text, "x", SIZE_MAX - 2);
    assert_true(text.failed);
    text_add(&text, "ignored");
    text_add_printable(&text, "ignored");
    text_add_wrapped(&text, "ignored too", 2, 20);
    assert_string_equal(text_content(&text), "kept");
    text_release(&text);
}

static void assert_printable(const char *foreign, const char *expected)
{
    struct text text = {0};

    text_add_printable(&text, foreign);
    assert_false(text.failed);
    assert_string_equal(text_content(&text), expected);
    text_release(&text);
}

static void test_printable(void **state)
{
    (void)state;
    assert_printable("", "");
    assert_printable("gs.apple.com \\x", "gs.apple.com \\x");
    assert_printable("\x1b[2J", "\\x1b[2J");
    assert_printable("a\tb\r\n\x7f", "a\\x09b\\x0d\\x0a\\x7f");
    assert_printable("B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x8d\x8e",
                     "B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x8d\x8e");
    assert_printable("\xc2\x9b"
                     "31m",
                     "\\xc2\\x9b31m"); /* U+009B, CSI */
    assert_printable("\xc2\x80\xc2\xa0", "\\xc2\\x80\xc2\xa0");
    assert_printable("\x9b"
                     "31m\xff",
                     "\\x9b31m\\xff");
}

static void test_printable_invalid(void **state)
{
    (void)state;
    assert_printable("\xc0\x9b", "\\xc0\\x9b"); /* longer than needed */
    assert_printable("\xe0\x82\x9b", "\\xe0\\x82\\x9b");
    assert_printable("\xf0\x80\x80\x9b", "\\xf0\\x80\\x80\\x9b");
    assert_printable("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* a surrogate */
    assert_printable("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* past U+10FFFF */
    assert_printable("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
    assert_printable("\xe2\x82z", "\\xe2\\x82z");
    assert_printable("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
}

static void test_printable_direction(void **state)
{
    (void)state;
    assert_printable("\xe2\x80\xaa", "\\xe2\\x80\\xaa"); /* U+202A */
    assert_printable("\xe2\x80\xae", "\\xe2\\x80\\xae"); /* U+202E */
    assert_printable("\xe2\x80\x8f", "\\xe2\\x80\\x8f"); /* U+200F */
    assert_printable("\xd8\x9c", "\\xd8\\x9c"); /* U+061C */
    assert_printable("\xe2\x80\x8d", "\xe2\x80\x8d"); /* U+200D turns nothing */
    assert_printable("\xe2\x81\xa6", "\\xe2\\x81\\xa6"); /* U+2066 */
    assert_printable("\xe2\x81\xa9", "\\xe2\\x81\\xa9"); /* U+2069 */
    assert_printable("\xe2\x80\xa6\xe2\x80\xaf", "\xe2\x80\xa6\xe2\x80\xaf");
}

/* Each cut in an exactly sized copy, so that a read past its end is seen. */
static void test_printable_cut(void **state)
{
    static const char whole[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x8d\x8e\xc2\x9b\xe2\x80\xae";

    (void)state;
    for (size_t length = 0; length < sizeof whole; length++) {
        struct text text = {0};
        char *cut = malloc(length + 1);

        assert_non_null(cut);
        memcpy(cut, whole, length);
        cut[length] = '\0';
        text_add_printable(&text, cut);
        for (size_t i = 0; i < text.length;) {
            size_t character = text_printable_length(text.data + i);
            assert_true(character > 0);
            i += character;
        }
        text_release(&text);
        free(cut);
    }
}

static void assert_wrapped(const char *content, size_t indent, size_t width, const char *expected)
{
    struct text text = {0};

    text_add_wrapped(&text, content, indent, width);
    assert_string_equal(text_content(&text), expected);
    text_release(&text);
}

static void test_wrapped(void **state)
{
    (void)state;
    assert_wrapped("", 2, 10, "");
    assert_wrapped("   ", 2, 10, "");
    assert_wrapped("one two three", 0, 80, "one two three\n");
    assert_wrapped("one two three", 2, 9, "  one two\n  three\n");
    assert_wrapped("one two three", 2, 8, "  one\n  two\n  three\n");
    assert_wrapped("  one   two ", 1, 20, " one two\n");
    assert_wrapped("a incomprehensibilities b", 2, 10, "  a\n  incomprehensibilities\n  b\n");
    assert_wrapped("\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6 u", 0, 5,
                   "\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6\nu\n");
    assert_wrapped("word", 4, 0, "    word\n");
}

static void test_foreign_bytes(void **state)
{
    char buffer[8];
    size_t length = 0;

    (void)state;
    assert_true(text_put_byte(buffer, sizeof buffer, &length, 'a', true));
    assert_true(text_put_byte(buffer, sizeof buffer, &length, 0xe9, false));
    assert_string_equal(buffer, "a\\xe9");
    assert_false(text_put_byte(buffer, sizeof buffer, &length, 0, false)); /* has no room whole */
    assert_true(text_put_byte(buffer, sizeof buffer, &length, 'b', true));
    assert_true(text_put_byte(buffer, sizeof buffer, &length, 'c', true));
    assert_false(text_put_byte(buffer, sizeof buffer, &length, 'd', true));
    assert_string_equal(buffer, "a\\xe9bc");
    assert_int_equal(length, 7);
}

static void test_hexadecimal(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x9f, 0xab};
    char buffer[7];

    (void)state;
    text_put_hexadecimal(buffer, bytes, sizeof bytes);
    assert_string_equal(buffer, "009fab");
    text_put_hexadecimal(buffer, bytes, 0);
    assert_string_equal(buffer, "");
    uint8_t read[2] = {0xaa, 0xaa};
    assert_true(text_read_hexadecimal("0fE", read, 1));
    assert_int_equal(read[0], 0x0f);
    assert_int_equal(read[1], 0xaa);
    assert_true(text_read_hexadecimal("ff10", read, 2));
    assert_int_equal(read[0] << 8 | read[1], 0xff10);
    assert_false(text_read_hexadecimal("0", read, 1));
    assert_false(text_read_hexadecimal("0F", read, 1));
    assert_true(text_read_hexadecimal("", read, 0));
}

static void test_decimal(void **state)
{
    (void)state;
    static const struct {
        uint64_t number;
        const char *digits;
    } cases[] = {{0, "0"},
                 {9, "9"},
                 {10, "10"},
                 {65535, "65535"},
                 {1000000, "1000000"},
                 {UINT64_MAX, "18446744073709551615"}};
    char buffer[TEXT_DECIMAL_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(text_put_decimal(buffer, cases[i].number), strlen(cases[i].digits));
        assert_string_equal(buffer, cases[i].digits);
    }
}

/* What a format makes may be as long as the room, and one byte longer. */
static void test_format_fills_room(void **state)
{
    (void)state;
    for (int length = 250; length < 260; length++) {
        struct text text = {0};
        text_add_format(&text, "%*d", length, 7);
        assert_int_equal(text.length, length);
        assert_int_equal(strlen(text.data), length);
        assert_int_equal(text.data[length - 1], '7');
        text_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_printable_invalid),
        cmocka_unit_test(test_printable_direction),
        cmocka_unit_test(test_printable_cut),
        cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_foreign_bytes),
        cmocka_unit_test(test_hexadecimal),
        cmocka_unit_test(test_decimal),
        cmocka_unit_test(test_format_fills_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
