/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_text.c follow names no further than it may, and give back the
 * room of what does not fit?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/dns_text.h"

static struct dns_message message; /* too large for some stacks */

static int begin(void **state)
{
    (void)state;
    message.text_length = 0;
    return 0;
}

/* The name at `offset` of memory of exactly this size; NULL: it is none. */
static const char *name_at(const char *bytes, size_t length, size_t offset, size_t *taken)
{
    uint8_t *exact = malloc(length > 0 ? length : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, length);
    struct bytes whole = bytes_of(exact, length), rest = bytes_from(whole, offset);
    struct dns_text text = dns_text_begin(&message);
    bool good = dns_text_add_name(&text, whole, &rest);
    const char *finished = dns_text_finish(&text);
    *taken = length - offset - rest.length;
    struct bytes skipped = bytes_from(whole, offset);
    if (good) /* stepping over takes as many bytes as following */
        assert_true(dns_name_skip(&skipped) && skipped.length == rest.length);
    free(exact);
    return good ? finished : NULL;
}

static void test_names(void **state)
{
    (void)state;
    size_t taken;
    assert_string_equal(name_at("\2Gs\5apple\3COM\0x", 15, 0, &taken), "gs.apple.com");
    assert_int_equal(taken, 14);
    assert_string_equal(name_at("\3com\0\5apple\xc0\0\2gs\xc0\5x", 19, 13, &taken), "gs.apple.com");
    assert_int_equal(taken, 5);
    assert_string_equal(name_at("\0", 1, 0, &taken), ".");
    assert_string_equal(name_at("\4a.\\ \0", 6, 0, &taken), "a\\.\\\\\\032");
}

static void test_broken_names(void **state)
{
    (void)state;
    static const char name[] = "\2gs\5apple\3com";
    size_t taken;
    for (size_t length = 0; length < sizeof name - 1; length++) {
        struct bytes cut = bytes_of(name, length);
        assert_null(name_at(name, length, 0, &taken));
        assert_false(dns_name_skip(&cut));
        assert_int_equal(cut.length, length);
    }
    assert_null(name_at("\xc0\0", 2, 0, &taken)); /* to itself */
    assert_null(name_at("\1a\xc0\0", 4, 0, &taken)); /* to its own beginning */
    assert_null(name_at("\xc0\2\0", 3, 0, &taken)); /* forwards */
    assert_null(name_at("\x40\0", 2, 0, &taken)); /* no such kind of label */
    assert_null(name_at("\x80\0", 2, 0, &taken));
    assert_null(name_at("\xc0", 1, 0, &taken));
}

static void test_bytes(void **state)
{
    (void)state;
    struct dns_text text = dns_text_begin(&message);
    dns_text_put_byte(&text, 'a');
    dns_text_put_byte(&text, '\\');
    dns_text_put_byte(&text, 0);
    dns_text_put_byte(&text, 0xff);
    dns_text_print(&text, " %u", 7u);
    assert_string_equal(dns_text_finish(&text), "a\\\\\\000\\255 7");
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        uint32_t number;
        const char *text;
    } numbers[] = {{0, "0"}, {9, "9"}, {10, "10"}, {65535, "65535"}, {UINT32_MAX, "4294967295"}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct dns_text text = dns_text_begin(&message);
        dns_text_put_number(&text, numbers[i].number);
        assert_string_equal(dns_text_finish(&text), numbers[i].text);
    }
}

/* A text fits with its end, or not at all. */
static void test_room_for_texts(void **state)
{
    (void)state;
    for (size_t room = 4; room <= 6; room++) {
        message.text_length = DNS_TEXT_SIZE - room;
        struct dns_text text = dns_text_begin(&message);
        dns_text_put_text(&text, "1234");
        assert_int_equal(text.full, room < 5);
        const char *finished = dns_text_finish(&text);
        assert_true(room < 5 ? finished == NULL : strcmp(finished, "1234") == 0);
        assert_int_equal(message.text_length, DNS_TEXT_SIZE - room + (room < 5 ? 0 : 5));
    }
}

static void test_usual_labels(void **state)
{
    (void)state;
    char text[8] = "";
    assert_true(dns_usual_label(bytes_of("aZ-_09", 6), text));
    assert_memory_equal(text, "az-_09", 6);
    for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
        uint8_t label = (uint8_t)byte;
        bool usual = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '_';
        assert_int_equal(dns_usual_label(bytes_of(&label, 1), text), usual);
    }
}

static void test_room(void **state)
{
    (void)state;
    struct dns_text text = dns_text_begin(&message);
    dns_text_put(&text, 'x');
    const char *kept = dns_text_finish(&text);
    size_t length = message.text_length;
    text = dns_text_begin(&message);
    for (size_t i = 0; i < 2 * DNS_TEXT_SIZE; i++)
        dns_text_put(&text, 'y');
    assert_true(text.full);
    assert_null(dns_text_finish(&text));
    assert_int_equal(message.text_length, length);
    text = dns_text_begin(&message);
    for (size_t i = 0; i < DNS_TEXT_SIZE - length - 1; i++)
        dns_text_put(&text, 'z');
    assert_non_null(dns_text_finish(&text));
    assert_int_equal(message.text_length, DNS_TEXT_SIZE);
    text = dns_text_begin(&message);
    dns_text_put(&text, 'x');
    dns_text_reset(&text);
    assert_false(text.full);
    assert_int_equal(message.text_length, DNS_TEXT_SIZE);
    assert_string_equal(kept, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_names, begin),
        cmocka_unit_test_setup(test_broken_names, begin),
        cmocka_unit_test_setup(test_bytes, begin),
        cmocka_unit_test_setup(test_numbers, begin),
        cmocka_unit_test_setup(test_room_for_texts, begin),
        cmocka_unit_test_setup(test_usual_labels, begin),
        cmocka_unit_test_setup(test_room, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
