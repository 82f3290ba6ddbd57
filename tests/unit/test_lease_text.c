/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are texts and lists of dissectors/lease_text.c printable, bounded and whole?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dissectors/lease_text.h"

static void texts(void **state)
{
    char text[8];
    (void)state;
    lease_text_set(text, sizeof text, bytes_of("abc\0def", 7));
    assert_string_equal(text, "abc");
    lease_text_set(text, sizeof text, bytes_of("a\x1b\xc3\xa9\x80", 5));
    assert_string_equal(text, "a\x1b\xc3\xa9\x80");
    lease_text_clean(text);
    assert_string_equal(text, "a?\xc3\xa9?");
    lease_text_clean(text);
    assert_string_equal(text, "a?\xc3\xa9?");
    lease_text_set(text, sizeof text, bytes_of("0123456789", 10));
    assert_string_equal(text, "0123456");
    lease_text_set(text, sizeof text, bytes_of("a\nb \r\n", 6));
    lease_text_clean(text);
    assert_string_equal(text, "a?b");
    lease_text_set(text, sizeof text, bytes_of("\n\n", 2));
    assert_string_equal(text, "");
    lease_text_set(text, sizeof text, bytes_of(NULL, 0));
    assert_string_equal(text, "");
}

static void lists(void **state)
{
    char list[12] = "";
    (void)state;
    lease_list_add(list, sizeof list, "one");
    lease_list_add(list, sizeof list, "");
    lease_list_add(list, sizeof list, "on");
    lease_list_add(list, sizeof list, "one");
    assert_string_equal(list, "one,on");
    lease_list_add(list, sizeof list, "three"); /* twelve bytes, and no terminator */
    assert_string_equal(list, "one,on");
    lease_list_add(list, sizeof list, "four");
    assert_string_equal(list, "one,on,four");
    list[0] = '\0';
    lease_list_append(list, sizeof list, "a");
    lease_list_append(list, sizeof list, "a");
    lease_list_append(list, sizeof list, "b");
    lease_list_append(list, sizeof list, "a");
    assert_string_equal(list, "a,b,a");
    lease_list_number(list, sizeof list, 252);
    assert_string_equal(list, "a,b,a,252");
}

static void addresses(void **state)
{
    char list[LEASE_TEXT_SIZE] = "";
    (void)state;
    lease_list_ipv4(list, sizeof list, bytes_of("\1\2\3\4\5\6\7\x8\1\2\3\4\x9", 13));
    assert_string_equal(list, "1.2.3.4,5.6.7.8");
    list[0] = '\0';
    lease_list_ipv6(list, sizeof list, bytes_of("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0", 17));
    assert_string_equal(list, "2001:db8::1");
}

static void check_names(const char *content, size_t length, bool compressed, const char *expected)
{
    char list[LEASE_TEXT_SIZE] = "";
    uint8_t *copy = malloc(length);
    assert_non_null(copy);
    memcpy(copy, content, length);
    struct bytes names = bytes_of(copy, length);
    lease_list_names(list, sizeof list, names, compressed ? names : bytes_of(NULL, 0));
    assert_string_equal(list, expected);
    free(copy);
}

static void names(void **state)
{
    (void)state;
    check_names("\3lab\7example\0\1b\0", 16, true, "lab.example,b");
    check_names("\7example\0\3lab\xc0\0", 15, true, "example,lab.example");
    check_names("\7example\0\3lab\xc0\0\1c\0", 18, true, "example,lab.example,c");
    check_names("\7example\0\3lab\xc0\0", 15, false, "example");
    check_names("\xc0\0", 2, true, ""); /* itself */
    check_names("\1a\xc0\2", 4, true, "");
    check_names("\1a\xc0", 3, true, "");
    check_names("\1a\xc0\x40", 4, true, "a"); /* behind the end: as if it ended there */
    check_names("\7exam", 5, true, "");
    check_names("\4ipad", 5, false, "ipad"); /* RFC 4704: a partial name */
    check_names("\x40"
                "a",
                2, true, "");
    for (size_t length = 1; length < 16; length++) {
        char list[LEASE_TEXT_SIZE] = "";
        uint8_t *copy = malloc(length);
        assert_non_null(copy);
        memcpy(copy, "\7example\0\3lab\xc0\0", length < 15 ? length : 15);
        lease_list_names(list, sizeof list, bytes_of(copy, length < 15 ? length : 15),
                         bytes_of(copy, length < 15 ? length : 15));
        assert_int_equal(strncmp(list, "example", 7) == 0, length >= 8);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(lists),
        cmocka_unit_test(addresses),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
