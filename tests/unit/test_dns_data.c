/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_data.c print a record's data as its type wants it, and
 * refuse what is not of the type?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/dns_data.h"

static struct dns_message message; /* too large for some stacks */

/* Reads the data out of memory of exactly its size; NULL: it was refused. */
static const char *read_data(uint16_t type, const char *data, size_t length)
{
    struct dns_record record = {.type = type};
    uint8_t *exact = malloc(length > 0 ? length : 1);
    assert_non_null(exact);
    if (length > 0)
        memcpy(exact, data, length);
    message.text_length = 0;
    struct dns_text text = dns_text_begin(&message);
    struct bytes whole = bytes_of(exact, length);
    bool good = dns_data_add(&text, whole, whole, &record);
    const char *finished = dns_text_finish(&text);
    free(exact);
    return good ? finished : NULL;
}

/* What the data says; no shorter data may be taken for the same. */
static void check(uint16_t type, const char *data, size_t length, const char *expected)
{
    for (size_t cut = 0; cut < length; cut++) {
        const char *text = read_data(type, data, cut);
        assert_true(text == NULL || strcmp(text, expected) != 0);
    }
    const char *text = read_data(type, data, length);
    assert_non_null(text);
    assert_string_equal(text, expected);
}

#define CHECK(type, data, expected) check(type, data, sizeof data - 1, expected)
#define REFUSED(type, data) assert_null(read_data(type, data, sizeof data - 1))

static void test_plain_types(void **state)
{
    (void)state;
    CHECK(DNS_TYPE_A, "\x11\xfd\x0c\x9f", "17.253.12.159");
    CHECK(DNS_TYPE_AAAA, "\x26\x20\1\x49\x0a\x44\0\0\0\0\0\0\0\0\0\1", "2620:149:a44::1");
    CHECK(DNS_TYPE_CNAME, "\1A\2bC\0", "a.bc");
    CHECK(DNS_TYPE_MX, "\0\x0a\2mx\0", "10 mx");
    CHECK(DNS_TYPE_SRV, "\0\1\0\2\1\xbb\2sv\0", "1 2 443 sv");
    CHECK(DNS_TYPE_SOA, "\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", "m r 1 2 3 4 5");
    CHECK(DNS_TYPE_TXT, "\3c=5\1x", "c=5x");
    CHECK(99, "abc", "\\# 3");
}

static void test_not_of_their_type(void **state)
{
    (void)state;
    REFUSED(DNS_TYPE_A, "\x11\xfd\x0c\x9f\0");
    REFUSED(DNS_TYPE_A, "");
    REFUSED(DNS_TYPE_AAAA, "\x11\xfd\x0c\x9f");
    REFUSED(DNS_TYPE_CNAME, "\1a\0x");
    REFUSED(DNS_TYPE_TXT, "\4abc");
    REFUSED(DNS_TYPE_MX, "\0\x0a");
}

/* RFC 9460 appendix D has records like these. */
static void test_service_binding(void **state)
{
    (void)state;
    CHECK(DNS_TYPE_HTTPS, "\0\0\3foo\7example\3com\0", "0 foo.example.com");
    CHECK(DNS_TYPE_SVCB, "\0\x10\3foo\0\0\3\0\2\0\x35", "16 foo port=53");
    CHECK(DNS_TYPE_HTTPS, "\0\1\0\0\1\0\6\2h2\2h3", "1 . alpn=h2,h3");
    CHECK(DNS_TYPE_HTTPS, "\0\1\0\0\0\0\4\0\1\0\4\0\1\0\3\2h2\0\2\0\0\0\4\0\4\1\2\3\4",
          "1 . mandatory=alpn,ipv4hint alpn=h2 no-default-alpn ipv4hint=1.2.3.4");
    CHECK(DNS_TYPE_HTTPS, "\0\1\0\0\4\0\x08\1\2\3\4\5\6\7\x08", "1 . ipv4hint=1.2.3.4,5.6.7.8");
    CHECK(DNS_TYPE_HTTPS, "\0\1\0\0\6\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1",
          "1 . ipv6hint=2001:db8::1");
    CHECK(DNS_TYPE_SVCB, "\0\1\0\0\7\0\x0b/q{?dns}\xff; ", "1 . dohpath=/q{?dns}\\255\\059\\032");
    CHECK(DNS_TYPE_SVCB, "\0\1\0\2\x9b\0\5hello", "1 . key667=hello");
    CHECK(DNS_TYPE_SVCB, "\0\1\0\2\x9b\0\0", "1 . key667");
    CHECK(DNS_TYPE_HTTPS, "\0\1\0\0\1\0\4\3a,b", "1 . alpn=a\\,b");
}

/* RFC 4648 section 10. */
static void test_encrypted_hello(void **state)
{
    (void)state;
    CHECK(DNS_TYPE_HTTPS, "\0\1\0\0\5\0\1f", "1 . ech=Zg==");
    CHECK(DNS_TYPE_HTTPS, "\0\1\0\0\5\0\5fooba", "1 . ech=Zm9vYmE=");
    CHECK(DNS_TYPE_HTTPS, "\0\1\0\0\5\0\6foobar", "1 . ech=Zm9vYmFy");
}

static void test_broken_parameters(void **state)
{
    (void)state;
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\3\0\2\0\x35\0\1\0\3\2h2"); /* falling keys */
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\3\0\2\0\x35\0\3\0\2\0\x35"); /* a key twice */
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\3\0\3\0\x35\0");
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\1\0\1\0"); /* a protocol without a name */
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\1\0\0");
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\2\0\1x");
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\4\0\5\1\2\3\4\5");
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\6\0\0");
    REFUSED(DNS_TYPE_HTTPS, "\0\1\0\0\0\0\1\0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_types),       cmocka_unit_test(test_not_of_their_type),
        cmocka_unit_test(test_service_binding),   cmocka_unit_test(test_encrypted_hello),
        cmocka_unit_test(test_broken_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
