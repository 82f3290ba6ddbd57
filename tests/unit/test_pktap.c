/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/pktap.c: both layouts of Apple's packet tap, the process, and what is no
 * packet.
 */
#include "tests/support/layers.h"

enum { PKTAP = 258, USER2 = 149 };

static const uint8_t inner[] = {MACS, 8, 0, IPV4_UDP};

static size_t first_layout(uint8_t *data, const char *process, const char *effective)
{
    memset(data, 0, 156);
    data[0] = 156;
    data[4] = 1;
    data[8] = LINK_ETHERNET;
    memcpy(data + 12, "en0", 3);
    memcpy(data + 56, process, strlen(process));
    memcpy(data + 88, effective, strlen(effective));
    memcpy(data + 156, inner, sizeof inner);
    return 156 + sizeof inner;
}

static size_t second_layout(uint8_t *data, const char *process)
{
    memset(data, 0, 60);
    data[0] = 60;
    data[3] = 40;
    data[4] = 44;
    data[6] = LINK_RAW;
    data[38] = 0x08; /* the flag that tells */
    memcpy(data + 40, "en0", 3);
    memcpy(data + 44, process, strlen(process));
    memcpy(data + 60, inner + 14, sizeof inner - 14);
    return 60 + sizeof inner - 14;
}

static void expect_process(const uint8_t *data, size_t length, const char *name)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(PKTAP, data, length, &packet), DECAPSULATED);
    assert_int_equal(packet.process.length, strlen(name));
    assert_memory_equal(packet.process.data, name, strlen(name));
}

static void test_first_layout(void **state)
{
    uint8_t data[256];
    size_t length = first_layout(data, "apsd", "mdmclient");

    (void)state;
    expect_udp(PKTAP, data, length, 170, 0);
    expect_udp(USER2, data, length, 170, 0);
    expect_process(data, length, "apsd");
    length = first_layout(data, "", "mdmclient");
    expect_process(data, length, "mdmclient");
    length = first_layout(data, "12345678901234567", "");
    expect_process(data, length, "12345678901234567");
    data[4] = 2;
    expect_answer(PKTAP, data, length, DECAPSULATED_NOT_IP);
    data[4] = 1;
    data[0] = 40; /* shorter than the header is */
    expect_answer(PKTAP, data, length, DECAPSULATED_INVALID);
}

static void test_second_layout(void **state)
{
    uint8_t data[256];
    size_t length = second_layout(data, "trustd");

    (void)state;
    expect_udp(PKTAP, data, length, 60, 0);
    expect_process(data, length, "trustd");
    data[4] = 0; /* no name */
    expect_process(data, length, "");
    data[4] = 255; /* behind the header */
    expect_process(data, length, "");
}

static void test_links_that_are_not_read(void **state)
{
    uint8_t data[256];
    size_t length = second_layout(data, "trustd");

    (void)state;
    data[6] = 107;
    expect_unread(PKTAP, data, length, "link type 0x006b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_layout),
        cmocka_unit_test(test_second_layout),
        cmocka_unit_test(test_links_that_are_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
