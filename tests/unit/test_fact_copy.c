/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copied fact holds nothing of the original's memory, fits in exactly what it says it
 * uses, and is refused in any less.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/columns.h"
#include "storage/fact_copy.h"
#include "storage/statements.h"

static struct fact flow_fact(char *name, char *history)
{
    struct fact fact = {.kind = FACT_FLOW};
    fact.as.flow.id = 7;
    fact.as.flow.server_name = name;
    fact.as.flow.history = history;
    fact.as.flow.missing_packet = 99;
    return fact;
}

static void test_texts_are_the_copys_own(void **state)
{
    (void)state;
    char name[] = "push.apple.com", history[] = "ShAD";
    struct fact fact = flow_fact(name, history);
    size_t used = 0;
    void *memory = malloc(4096);
    const struct fact *copy = fact_copy(&fact, memory, 4096, &used);

    assert_non_null(copy);
    memset(name, 'x', sizeof name - 1);
    memset(history, 'x', sizeof history - 1);
    memset(&fact, 0xff, sizeof fact);
    assert_int_equal(copy->kind, FACT_FLOW);
    assert_int_equal(copy->as.flow.id, 7);
    assert_int_equal(copy->as.flow.missing_packet, 99);
    assert_string_equal(copy->as.flow.server_name, "push.apple.com");
    assert_string_equal(copy->as.flow.history, "ShAD");
    assert_null(copy->as.flow.process);
    free(memory);
}

static void test_records_and_bytes_come_along(void **state)
{
    (void)state;
    char owner[] = "apple.com", data[] = "17.253.144.10";
    uint8_t der[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    struct dns_record records[2] = {{.section = DNS_ANSWER, .owner = owner, .data = data},
                                    {.section = DNS_AUTHORITY, .owner = owner, .ttl = 5}};
    struct fact dns = {.kind = FACT_DNS, .as.dns = {.records = records, .record_count = 2}};
    struct fact certificate = {.kind = FACT_CERTIFICATE,
                               .as.certificate = {.der = bytes_of(der, sizeof der)}};
    size_t used;
    void *first = malloc(4096), *second = malloc(4096);
    const struct fact *copy = fact_copy(&dns, first, 4096, &used);
    const struct fact *other = fact_copy(&certificate, second, 4096, &used);

    assert_true(copy != NULL && other != NULL);
    memset(records, 0xff, sizeof records);
    memset(owner, 'x', sizeof owner - 1);
    memset(der, 0, sizeof der);
    assert_int_equal(copy->as.dns.record_count, 2);
    assert_string_equal(copy->as.dns.records[0].owner, "apple.com");
    assert_string_equal(copy->as.dns.records[0].data, "17.253.144.10");
    assert_int_equal(copy->as.dns.records[1].ttl, 5);
    assert_null(copy->as.dns.records[1].data);
    assert_int_equal(other->as.certificate.der.length, 5);
    assert_memory_equal(other->as.certificate.der.data, "\x30\x03\x02\x01\x05", 5);
    free(first);
    free(second);
}

/* In exactly sized memory, so that a step outside is seen. */
static void test_less_room_is_refused(void **state)
{
    (void)state;
    char owner[] = "a.example", data[] = "192.0.2.1";
    struct dns_record record = {.section = DNS_ANSWER, .owner = owner, .data = data};
    struct fact fact = {.kind = FACT_DNS,
                        .as.dns = {.name = owner, .records = &record, .record_count = 1}};
    size_t needed = 0, used;
    void *memory = malloc(8192);

    assert_non_null(fact_copy(&fact, memory, 8192, &needed));
    free(memory);
    for (size_t size = 0; size <= needed; size++) {
        memory = malloc(size > 0 ? size : 1);
        const struct fact *copy = fact_copy(&fact, memory, size, &used);
        if (size < needed) {
            assert_null(copy);
        } else {
            assert_non_null(copy);
            assert_int_equal(used, needed);
        }
        free(memory);
    }
}

/* As the store cuts them. */
static void test_what_is_too_long_is_cut(void **state)
{
    (void)state;
    char *text = malloc(2 * TEXT_LIMIT);
    uint8_t *bytes = calloc(1, BLOB_LIMIT + 1);
    struct fact fact = {.kind = FACT_CERTIFICATE,
                        .as.certificate = {.names = text, .der = bytes_of(bytes, BLOB_LIMIT + 1)}};
    size_t used, size = 2 * BLOB_LIMIT;
    void *memory = malloc(size);

    memset(text, 'n', 2 * TEXT_LIMIT - 1);
    text[2 * TEXT_LIMIT - 1] = '\0';
    const struct fact *copy = fact_copy(&fact, memory, size, &used);
    assert_non_null(copy);
    assert_int_equal(strlen(copy->as.certificate.names), TEXT_LIMIT);
    assert_true(bytes_empty(copy->as.certificate.der));
    fact.as.certificate.der = bytes_of(bytes, BLOB_LIMIT);
    copy = fact_copy(&fact, memory, size, &used);
    assert_non_null(copy);
    assert_int_equal(copy->as.certificate.der.length, BLOB_LIMIT);
    free(memory);
    free(bytes);
    free(text);
}

/* Every kind's struct is all that is copied of the union. */
static void test_every_kind_has_its_size(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= FACT_TOTALS; i++) {
        struct fact fact = {.kind = (enum fact_kind)i};
        size_t used = 0, size = table_columns((enum table)i)->size;
        void *memory = malloc(sizeof fact);

        assert_true(size > 0 && size <= sizeof fact.as);
        assert_non_null(fact_copy(&fact, memory, sizeof fact, &used));
        assert_int_equal(used, offsetof(struct fact, as) + size);
        free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_the_copys_own),
        cmocka_unit_test(test_records_and_bytes_come_along),
        cmocka_unit_test(test_less_room_is_refused),
        cmocka_unit_test(test_what_is_too_long_is_cut),
        cmocka_unit_test(test_every_kind_has_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
