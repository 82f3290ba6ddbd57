/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/plain.c: the short way says of a frame what the decoders of the layers say, to
 * the last member, or leaves it to them.  Both go over inline frames, over all golden
 * captures and over what mutation makes of them.
 */
#include "capture/plain.h"

#include <stdio.h>

#include "capture/source.h"
#include "tests/support/frames.h"

#define MACS 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define ENDS4 10, 0, 0, 1, 17, 0, 0, 1
#define ENDS6                                                                                      \
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x26, 0x20, 0x01, 0x49, 0, 0, 0,   \
        0, 0, 0, 0, 0, 0, 0, 0, 2
#define IP4(LENGTH, PROTOCOL) 0x45, 0x28, 0, LENGTH, 0x12, 0x34, 0x40, 0, 63, PROTOCOL, 0, 0, ENDS4
#define IP6(LENGTH, PROTOCOL) 0x6a, 0x80, 0, 1, 0, LENGTH, PROTOCOL, 61, ENDS6
#define TCP_PORTS 0xc0, 1, 1, 0xbb, 1, 2, 3, 4, 5, 6, 7, 8
#define MUTATIONS 12
#define HEADERS 82 /* bytes: where a changed one matters most */

static const uint8_t ipv4_tcp[] = {
    MACS, 0x08, 0, IP4(43, 6), TCP_PORTS, 0x50, 0x18, 0x20, 0,
    0,    0,    0, 0,          'a',       'b',  'c',  0xaa, 0xaa}; /* and padding */
static const uint8_t ipv4_options[] = {MACS, 0x08, 0, IP4(54, 6), TCP_PORTS, 0x80, 0x10, 0x20, 0,
                                       0,    0,    0, 0,          1,         1,    8,    10,   0,
                                       0,    0,    1, 0,          0,         0,    2,    'd',  'e'};
static const uint8_t vlan_ipv6_tcp[] = {
    MACS, 0x81, 0, 0xe0, 7, 0x86, 0xdd, IP6(22, 6), TCP_PORTS, 0x50, 2, 0, 0, 0, 0, 0, 0, 'f', 'g'};
static const uint8_t vlan_ipv4_udp[] = {MACS, 0x81, 0,  0xe0, 7,  0x08, 0, IP4(30, 17), 0xc0,
                                        1,    0,    53, 0,    10, 0,    0, 'h',         'i'};
static const uint8_t ipv6_udp[] = {MACS, 0x86, 0xdd, IP6(10, 17), 1, 0xbb, 0xc0,
                                   1,    0,    10,   0,           0, 'j',  'k'};

static bool lies_in(struct bytes view, struct bytes frame)
{
    return bytes_empty(view) ||
           (view.data >= frame.data && view.data + view.length <= frame.data + frame.length);
}

/* Both ways; true where the short one went to the end. */
static bool expect_same_ways(struct decapsulator *decapsulator, const struct frame *frame)
{
    struct packet plain, layered;
    enum decapsulation answer;
    bool taken;

    memset(&plain, 0xa5, sizeof plain);
    memset(&layered, 0x5a, sizeof layered);
    taken = plain_frame(decapsulator, frame, &plain);
    answer = layers_frame(decapsulator, frame, &layered);
    if (taken) {
        assert_int_equal(answer, DECAPSULATED);
        /* Both begin with zeros, padding included. */
        assert_memory_equal(&plain, &layered, sizeof plain);
    }
    if (answer == DECAPSULATED && !layered.lent)
        assert_true(
            lies_in(layered.network, frame->data) && lies_in(layered.payload, frame->data) &&
            lies_in(layered.tcp_options, frame->data) && lies_in(layered.process, frame->data));
    return taken;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* As it is, and with changed bytes, cut, or cut without a word of it. */
static size_t expect_same_mutated(struct decapsulator *decapsulator, const struct frame *frame,
                                  uint32_t *random)
{
    size_t taken = expect_same_ways(decapsulator, frame);

    for (int i = 0; i < MUTATIONS; i++) {
        size_t length = frame->data.length;
        struct frame changed = *frame;
        uint8_t *copy;

        if (i % 3 == 0)
            length = next_random(random) % (length + 1);
        copy = malloc(length > 0 ? length : 1);
        assert_non_null(copy);
        memcpy(copy, frame->data.data, length);
        for (int j = i % 4; j > 0 && length > 0; j--)
            copy[next_random(random) % (length < HEADERS ? length : HEADERS)] =
                (uint8_t)(i % 2 != 0 ? next_random(random) : next_random(random) % 8);
        changed.data = bytes_of(copy, length);
        if (i % 6 == 0)
            changed.wire_length = (uint32_t)length;
        (void)expect_same_ways(decapsulator, &changed);
        free(copy);
    }
    return taken;
}

/* Taken from `needed` bytes on, when the rest was cut by the snapshot length. */
static void expect_taken(const uint8_t *data, size_t length, size_t needed)
{
    struct decapsulator *decapsulator = decapsulator_create();
    uint32_t random = 1;

    assert_non_null(decapsulator);
    for (size_t cut = 0; cut <= length; cut++) {
        uint8_t *copy = malloc(cut > 0 ? cut : 1);
        struct frame frame = frames_make(LINK_ETHERNET, copy, cut, length);

        assert_non_null(copy);
        memcpy(copy, data, cut);
        assert_int_equal(expect_same_ways(decapsulator, &frame), cut >= needed);
        for (int i = 0; i < 100; i++)
            (void)expect_same_mutated(decapsulator, &frame, &random);
        free(copy);
    }
    decapsulator_release(decapsulator);
}

static void test_usual_frames(void **state)
{
    (void)state;
    expect_taken(ipv4_tcp, sizeof ipv4_tcp, 54);
    expect_taken(ipv4_options, sizeof ipv4_options, 66);
    expect_taken(vlan_ipv6_tcp, sizeof vlan_ipv6_tcp, 78);
    expect_taken(vlan_ipv4_udp, sizeof vlan_ipv4_udp, 46);
    expect_taken(ipv6_udp, sizeof ipv6_udp, 62);
}

static void expect_left(size_t offset, uint8_t value, const uint8_t *data, size_t length)
{
    struct decapsulator *decapsulator = decapsulator_create();
    struct frame frame;
    uint8_t copy[128];

    assert_non_null(decapsulator);
    assert_true(decapsulator_add_vxlan_port(decapsulator, 0xbb01));
    assert_true(length <= sizeof copy && offset < length);
    memcpy(copy, data, length);
    copy[offset] = value;
    frame = frames_make(LINK_ETHERNET, copy, length, length);
    assert_false(expect_same_ways(decapsulator, &frame));
    decapsulator_release(decapsulator);
}

/* Each by the one byte that makes it so. */
static void test_unusual_frames_are_left(void **state)
{
    (void)state;
    expect_left(13, 6, ipv4_tcp, sizeof ipv4_tcp); /* ARP */
    expect_left(14, 0x46, ipv4_tcp, sizeof ipv4_tcp); /* IPv4 options */
    expect_left(14, 0x65, ipv4_tcp, sizeof ipv4_tcp); /* another version */
    expect_left(17, 0, ipv4_tcp, sizeof ipv4_tcp); /* segmentation offload */
    expect_left(17, 19, ipv4_tcp, sizeof ipv4_tcp); /* shorter than its header */
    expect_left(20, 0x20, ipv4_tcp, sizeof ipv4_tcp); /* more fragments */
    expect_left(21, 1, ipv4_tcp, sizeof ipv4_tcp); /* a fragment */
    expect_left(23, 1, ipv4_tcp, sizeof ipv4_tcp); /* ICMP */
    expect_left(46, 0x40, ipv4_tcp, sizeof ipv4_tcp); /* TCP's header too short */
    expect_left(46, 0x70, ipv4_tcp, sizeof ipv4_tcp); /* longer than the packet */
    expect_left(17, 0x91, vlan_ipv4_udp, sizeof vlan_ipv4_udp); /* another tag */
    expect_left(43, 7, vlan_ipv4_udp, sizeof vlan_ipv4_udp); /* UDP's length too short */
    expect_left(43, 11, vlan_ipv4_udp, sizeof vlan_ipv4_udp); /* longer than the packet */
    expect_left(14, 0x40, ipv6_udp, sizeof ipv6_udp); /* another version */
    expect_left(19, 0, ipv6_udp, sizeof ipv6_udp); /* a jumbogram, or offload */
    expect_left(20, 0, ipv6_udp, sizeof ipv6_udp); /* hop-by-hop options */
}

/* What ports say of tunnels is asked here as well. */
static void test_tunnels_are_left(void **state)
{
    uint8_t data[sizeof vlan_ipv4_udp];

    (void)state;
    memcpy(data, vlan_ipv4_udp, sizeof data);
    data[40] = 4789 >> 8;
    expect_left(41, 4789 & 0xff, data, sizeof data);
    data[40] = 0xbb; /* as the user said */
    expect_left(41, 1, data, sizeof data);
    data[38] = 5247 >> 8;
    expect_left(39, 5247 & 0xff, data, sizeof data);
}

static void compare_folder(const char *folder)
{
    const char *srcdir = getenv("srcdir");
    struct decapsulator *decapsulator = decapsulator_create();
    struct problem problem = {""};
    struct source_set *set;
    const struct frame *frame;
    size_t frames = 0, taken = 0;
    uint32_t random = 7;
    char path[4096];
    const char *name = path;

    assert_non_null(decapsulator);
    assert_true(snprintf(path, sizeof path, "%s/%s", srcdir != NULL ? srcdir : ".", folder) <
                (int)sizeof path);
    set = source_set_open(&name, 1, NULL, &problem);
    assert_string_equal(problem.text, "");
    while ((frame = source_set_next(set)) != NULL) {
        taken += expect_same_mutated(decapsulator, frame, &random);
        frames++;
    }
    assert_true(taken > frames / 2);
    source_set_close(set);
    decapsulator_release(decapsulator);
}

static void test_golden_captures(void **state)
{
    (void)state;
    compare_folder("tests/golden");
    compare_folder("tests/golden/lab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_frames),
        cmocka_unit_test(test_unusual_frames_are_left),
        cmocka_unit_test(test_tunnels_are_left),
        cmocka_unit_test(test_golden_captures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
