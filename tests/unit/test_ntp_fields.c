/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/ntp_fields.c read the header as it was sent, and tell fields of
 * Network Time Security from a MAC?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/ntp_fields.h"

#define HEADER 48
#define BYTES(array) bytes_of(array, sizeof array)

static const uint8_t answer[HEADER] = {
    0xe4, 0x02, 0x06, 0xec, 0x00, 0x01, 0x80, 0x00, 0x00, 0x00, 0x40, 0x00, 0x11, 0xfd, 0x0c, 0xfd,
    0xd9, 0x7b, 0x64, 0x77, 0x91, 0xfd, 0xbd, 0xc8, 0xd9, 0x7b, 0x64, 0x7e, 0x29, 0x6a, 0xf5, 0x31,
    0xd9, 0x7b, 0x64, 0x7e, 0x48, 0xbe, 0xc5, 0x7c, 0xd9, 0x7b, 0x64, 0x7e, 0x48, 0xbf, 0xaf, 0xd4};

/* A message with this behind its header, in memory of exactly its size. */
static bool read_with(uint8_t first, const uint8_t *rest, size_t length, struct ntp_fields *fields)
{
    uint8_t *copy = malloc(HEADER + length);
    assert_non_null(copy);
    memcpy(copy, answer, HEADER);
    copy[0] = first;
    if (length > 0)
        memcpy(copy + HEADER, rest, length);
    bool good = ntp_fields_read(bytes_of(copy, HEADER + length), fields);
    free(copy);
    return good;
}

/* Appends an extension field of `length` bytes in all. */
static size_t field(uint8_t *to, size_t at, uint16_t type, uint16_t length)
{
    memset(to + at, 0xa5, length);
    to[at] = (uint8_t)(type >> 8);
    to[at + 1] = (uint8_t)type;
    to[at + 2] = (uint8_t)(length >> 8);
    to[at + 3] = (uint8_t)length;
    return at + length;
}

static void test_header(void **state)
{
    struct ntp_fields fields;
    (void)state;
    assert_true(ntp_fields_read(BYTES(answer), &fields));
    assert_int_equal(fields.leap, 3);
    assert_int_equal(fields.version, 4);
    assert_int_equal(fields.mode, NTP_SERVER);
    assert_int_equal(fields.stratum, 2);
    assert_int_equal(fields.root_delay, 0x18000);
    assert_int_equal(fields.root_dispersion, 0x4000);
    assert_memory_equal(fields.reference, "\x11\xfd\x0c\xfd", 4);
    assert_true(fields.reference_time == UINT64_C(0xd97b647791fdbdc8));
    assert_true(fields.origin == UINT64_C(0xd97b647e296af531));
    assert_true(fields.receive == UINT64_C(0xd97b647e48bec57c));
    assert_true(fields.transmit == UINT64_C(0xd97b647e48bfafd4));
    assert_false(fields.nts);
}

static void test_cut_at_every_length(void **state)
{
    (void)state;
    for (size_t length = 0; length < HEADER; length++) {
        struct ntp_fields fields;
        uint8_t *copy = malloc(length > 0 ? length : 1);
        assert_non_null(copy);
        memcpy(copy, answer, length);
        assert_false(ntp_fields_read(bytes_of(copy, length), &fields));
        free(copy);
    }
}

static void test_versions_and_modes(void **state)
{
    struct ntp_fields fields;
    (void)state;
    for (unsigned first = 0; first < 64; first++) {
        unsigned version = first >> 3, mode = first & 7;
        assert_int_equal(read_with((uint8_t)first, NULL, 0, &fields),
                         version >= 1 && version <= 4 && mode >= 1 && mode <= 4);
    }
}

static void test_nts(void **state)
{
    struct ntp_fields fields;
    uint8_t rest[512];
    size_t length = field(rest, 0, 0x0104, 36);
    (void)state;
    assert_true(read_with(0x23, rest, length, &fields));
    assert_false(fields.nts); /* RFC 8915 section 5.3: may be used without */
    length = field(rest, length, 0x0204, 104);
    assert_true(read_with(0x23, rest, length, &fields));
    assert_true(fields.nts);
    length = field(rest, length, 0x0404, 40);
    assert_true(read_with(0x23, rest, length, &fields));
    assert_true(fields.nts);
    assert_true(read_with(0x1b, rest, length, &fields)); /* version 3 has no fields */
    assert_false(fields.nts);
    length = field(rest, 0, 0x0104, 32); /* an identifier too short */
    length = field(rest, length, 0x0404, 40);
    assert_true(read_with(0x23, rest, length, &fields));
    assert_false(fields.nts);
    length = field(rest, 0, 0x0104, 36);
    length = field(rest, length, 0x2005, 28); /* of another kind */
    assert_true(read_with(0x23, rest, length, &fields));
    assert_false(fields.nts);
}

/* A key identifier and a digest are no fields, whatever their bytes say. */
static void test_macs(void **state)
{
    static const size_t lengths[] = {4, 20, 24};
    struct ntp_fields fields;
    uint8_t rest[512];
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        field(rest, 0, 0x0204, 24);
        assert_true(read_with(0x23, rest, lengths[i], &fields));
        assert_false(fields.nts);
        size_t length = field(rest, 0, 0x0104, 36);
        field(rest, length, 0x0404, 24);
        assert_true(read_with(0x23, rest, length + lengths[i], &fields));
        assert_false(fields.nts);
    }
}

/* Whatever a field claims: the header stays good, and no field is made up. */
static void test_fields_that_lie(void **state)
{
    struct ntp_fields fields;
    uint8_t rest[512];
    size_t whole = field(rest, field(rest, 0, 0x0104, 36), 0x0204, 104);
    (void)state;
    for (size_t length = 0; length < whole; length++) {
        assert_true(read_with(0x23, rest, length, &fields));
        assert_false(fields.nts);
    }
    for (unsigned claimed = 0; claimed < 16; claimed++) {
        rest[2] = 0;
        rest[3] = (uint8_t)claimed;
        assert_true(read_with(0x23, rest, whole, &fields));
        assert_false(fields.nts);
    }
    rest[2] = rest[3] = 0xff;
    assert_true(read_with(0x23, rest, whole, &fields));
    assert_false(fields.nts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_versions_and_modes),
        cmocka_unit_test(test_nts),
        cmocka_unit_test(test_macs),
        cmocka_unit_test(test_fields_that_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
