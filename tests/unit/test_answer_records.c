/* SPDX-License-Identifier: Apache-2.0 */
/* Do the records of an answer come back as they were, and does anything else do no harm? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "storage/answer_records.h"

/* Reads from an allocation of the very size, so that a byte too many shows. */
static struct answer_records *read_text(const char *json, size_t length)
{
    struct answer_records *read = calloc(1, sizeof *read);
    char *exact = malloc(length > 0 ? length : 1);
    assert_non_null(read);
    assert_non_null(exact);
    memcpy(exact, json, length);
    answer_records_read(exact, length, read);
    free(exact);
    return read;
}

static void same_text(const char *one, const char *other)
{
    assert_int_equal(one == NULL, other == NULL);
    if (one != NULL)
        assert_string_equal(one, other);
}

static void same_record(const struct dns_record *one, const struct dns_record *other)
{
    assert_int_equal(one->section, other->section);
    assert_int_equal(one->type, other->type);
    assert_true(one->ttl == other->ttl);
    same_text(one->owner, other->owner);
    same_text(one->data, other->data);
    assert_true(address_equal(&one->address, &other->address));
}

static void assert_returns(const struct dns_record *records, size_t count)
{
    struct text json = {0};
    answer_records_write(&json, records, count);
    struct answer_records *read = read_text(text_content(&json), json.length);
    assert_false(json.failed);
    assert_int_equal(read->count, count);
    for (size_t i = 0; i < count; i++)
        same_record(&read->records[i], &records[i]);
    free(read);
    text_release(&json);
}

static void test_records_return(void **state)
{
    struct dns_record records[] = {
        {.section = DNS_ANSWER, .owner = "gs.apple.com", .type = 5, .ttl = UINT32_MAX, .data = "a"},
        {.section = DNS_ANSWER, .owner = "a", .type = 1, .data = "17.0.0.1"},
        {.section = DNS_AUTHORITY, .owner = "a", .type = 28, .ttl = 1, .data = "2620:149::1"},
        {.section = DNS_ADDITIONAL, .owner = NULL, .type = UINT16_MAX, .data = NULL},
        {.section = DNS_ADDITIONAL,
         .owner = "",
         .type = 16,
         .data = "\"\\,[]\t\n\x01\x7f\xc3\xa4\xff"},
    };
    (void)state;
    assert_true(address_parse("17.0.0.1", &records[1].address));
    assert_true(address_parse("2620:149::1", &records[2].address));
    for (size_t count = 0; count <= sizeof records / sizeof records[0]; count++)
        assert_returns(records, count);
}

static void test_form(void **state)
{
    const struct dns_record records[] = {
        {.section = DNS_ANSWER, .owner = "a\\.b", .type = 5, .ttl = 300, .data = "\xe4\""},
        {.section = DNS_AUTHORITY, .owner = NULL, .type = 6, .ttl = 0, .data = ""},
    };
    struct text json = {0};
    (void)state;
    answer_records_write(&json, records, 2);
    assert_string_equal(text_content(&json), "[[\"answer\",\"a\\\\.b\",5,300,\"\\u00e4\\\"\"],"
                                             "[\"authority\",null,6,0,\"\"]]");
    answer_records_write(&json, records, 0);
    assert_string_equal(text_content(&json), "");
    text_release(&json);
}

static void test_limits(void **state)
{
    struct dns_record *records = calloc(ANSWER_RECORD_LIMIT + 10, sizeof *records);
    char *longest = malloc(10001);
    struct text json = {0};
    (void)state;
    assert_non_null(records);
    assert_non_null(longest);
    memset(longest, '\x80', 10000);
    longest[10000] = '\0';
    for (size_t i = 0; i < ANSWER_RECORD_LIMIT + 10; i++)
        records[i] = (struct dns_record){.section = DNS_ANSWER, .owner = "a", .data = "b"};
    answer_records_write(&json, records, ANSWER_RECORD_LIMIT + 10);
    struct answer_records *read = read_text(text_content(&json), json.length);
    assert_int_equal(read->count, ANSWER_RECORD_LIMIT);
    free(read);
    /* Texts are cut, and records that have no room are left out, whole. */
    for (size_t i = 0; i < ANSWER_RECORD_LIMIT; i++)
        records[i].owner = records[i].data = longest;
    answer_records_write(&json, records, ANSWER_RECORD_LIMIT);
    assert_in_range(json.length, ANSWER_RECORDS_SIZE - 60000, ANSWER_RECORDS_SIZE);
    read = read_text(text_content(&json), json.length);
    assert_int_equal(read->count, 18); /* of 2 * 4096 * 6 bytes and a few */
    assert_int_equal(strlen(read->records[17].data), 4096);
    free(read);
    /* What is longer than all that was never written. */
    text_clear(&json);
    text_add(&json, "[[\"answer\",null,1,1,null]");
    while (json.length <= ANSWER_RECORDS_SIZE)
        text_add(&json, "                                ");
    read = read_text(text_content(&json), json.length);
    assert_int_equal(read->count, 0);
    free(read);
    free(records);
    free(longest);
    text_release(&json);
}

/* Cut anywhere, there are fewer records; those before the cut are whole. */
static void test_cut(void **state)
{
    static const char json[] = "[[\"answer\",\"a\\u00e4\",1,60,\"17.0.0.1\"],"
                               "[\"additional\",null,41,0,null]]";
    const size_t first = (size_t)(strstr(json, "],[") - json) + 1;
    (void)state;
    for (size_t length = 0; length < sizeof json; length++) {
        struct answer_records *read = read_text(json, length);
        assert_int_equal(read->count, length >= sizeof json - 2 ? 2 : length >= first ? 1 : 0);
        if (read->count > 0)
            assert_string_equal(read->records[0].owner, "a\xe4");
        free(read);
    }
}

static void test_what_was_not_written_here(void **state)
{
    static const char *const others[] = {
        "{}",
        "[]",
        "[[]]",
        " [[\"answer\",\"a\",1,60,\"b\"]]",
        "[[\"answer\",\"a\",65536,60,\"b\"]]",
        "[[\"answer\",\"a\",1,4294967296,\"b\"]]",
        "[[\"answer\",\"a\",99999999999999999999999,1,\"b\"]]",
        "[[\"answer\",\"a\",-1,60,\"b\"]]",
        "[[\"answer\",\"a\",,60,\"b\"]]",
        "[[\"answer\",\"a\",1,60,\"\\u0000\"]]",
        "[[\"answer\",\"a\",1,60,\"\\u0100\"]]",
        "[[\"answer\",\"a\",1,60,\"\\n\"]]",
        "[[\"answer\",\"a\",1,60,\"b\\\"]]",
        "[[\"answer\",\"a\",1,60,true]]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct answer_records *read = read_text(others[i], strlen(others[i]));
        assert_int_equal(read->count, 0);
        free(read);
    }
    /* A zero byte ends it. */
    struct answer_records *read = read_text("[[\"answer\",\"a\0b\",1,60,\"b\"]]", 28);
    assert_int_equal(read->count, 0);
    free(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_return),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_what_was_not_written_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
