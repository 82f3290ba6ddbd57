/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which frames does the filter of --apple-only let through?  libpcap runs it on frames
 * made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pcap/pcap.h>
#include <string.h>

#include "program/apple_filter.h"

static struct catalog *catalog;

static int begin(void **state)
{
    struct problem problem = {""};
    (void)state;
    catalog = catalog_load(NULL, 0, &problem);
    return catalog == NULL;
}

static int end(void **state)
{
    (void)state;
    catalog_release(catalog);
    return 0;
}

/* An Ethernet frame of so many VLAN tags, IPv4 from 10.0.0.9, ports 40000 and `port`. */
static unsigned frame_make(uint8_t frame[96], unsigned tags, const uint8_t to[4], uint8_t transport,
                           uint16_t port, uint16_t fragment)
{
    unsigned at = 12;
    memset(frame, 0, 96);
    for (unsigned i = 0; i < tags; i++) {
        frame[at] = 0x81;
        frame[at + 3] = 7;
        at += 4;
    }
    frame[at] = 0x08;
    uint8_t *ip = frame + at + 2;
    ip[0] = 0x45;
    ip[3] = 40;
    ip[6] = (uint8_t)(fragment >> 8);
    ip[7] = (uint8_t)fragment;
    ip[8] = 64;
    ip[9] = transport;
    ip[12] = 10;
    ip[15] = 9;
    memcpy(ip + 16, to, 4);
    ip[20] = 40000 >> 8;
    ip[21] = 40000 & 0xff;
    ip[22] = (uint8_t)(port >> 8);
    ip[23] = (uint8_t)port;
    return at + 2 + 40;
}

static bool passes(const char *filter, unsigned tags, const uint8_t to[4], uint8_t transport,
                   uint16_t port, uint16_t fragment)
{
    struct text text = {0};
    struct bpf_program program;
    uint8_t frame[96];
    pcap_t *capture = pcap_open_dead(DLT_EN10MB, 65535);
    assert_non_null(capture);
    apple_filter_write(&text, catalog, filter);
    if (pcap_compile(capture, &program, text_content(&text), 1, PCAP_NETMASK_UNKNOWN) != 0)
        fail_msg("%s: %s", text_content(&text), pcap_geterr(capture));
    struct pcap_pkthdr header = {.caplen = 0};
    header.caplen = header.len = frame_make(frame, tags, to, transport, port, fragment);
    bool passed = pcap_offline_filter(&program, &header, frame) != 0;
    pcap_freecode(&program);
    pcap_close(capture);
    text_release(&text);
    return passed;
}

static const uint8_t apple[] = {17, 57, 144, 36}, other[] = {192, 0, 2, 1};

static void test_what_passes(void **state)
{
    (void)state;
    for (unsigned tags = 0; tags <= 2; tags++) {
        assert_true(passes(NULL, tags, apple, 6, 5223, 0));
        assert_true(passes(NULL, tags, apple, 17, 443, 0));
        assert_true(passes(NULL, tags, other, 17, 53, 0));
        assert_true(passes(NULL, tags, other, 6, 53, 0));
        assert_true(passes(NULL, tags, other, 6, 853, 0));
        assert_true(passes(NULL, tags, other, 17, 67, 0));
        assert_true(passes(NULL, tags, other, 17, 123, 0));
        assert_true(passes(NULL, tags, other, 6, 3128, 0));
        assert_true(passes(NULL, tags, other, 1, 0, 0));
        assert_true(passes(NULL, tags, other, 6, 443, 185)); /* a later fragment */
        assert_false(passes(NULL, tags, other, 6, 443, 0));
        assert_false(passes(NULL, tags, other, 17, 3478, 0));
    }
}

static void test_within_the_users_own(void **state)
{
    (void)state;
    assert_true(passes("tcp", 0, apple, 6, 5223, 0));
    assert_false(passes("udp", 0, apple, 6, 5223, 0));
    assert_false(passes("tcp or udp", 0, other, 6, 443, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_passes),
        cmocka_unit_test(test_within_the_users_own),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
