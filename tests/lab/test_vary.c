/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/lab/vary_packets.c, vary_wrap.c, vary_devices.c and trace.c: is each variant, byte
 * for byte, what a worse capture point would have delivered?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vary_packets.h"

#define ONE_SECOND 1000000u

#define DEVICE_MAC 0xa4, 0x83, 0xe7, 0, 0, 1
#define ROUTER_MAC 0x00, 0x0d, 0xb9, 0, 0, 1
#define RESOLVER_MAC 0x52, 0x54, 0x00, 0, 0, 2
#define GROUP_MAC 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define DEVICE 10, 20, 0, 20
#define RESOLVER 10, 20, 0, 2
#define SERVER 17, 57, 145, 36

/* IPv4 without options, TTL 64; its checksum is `sum`. */
#define IP(protocol, length, sum, source, destination)                                             \
    8, 0, 0x45, 0, 0, length, 0, 1, 0x40, 0, 64, protocol, (sum) >> 8, (sum)&0xff, source,         \
        destination
#define TCP(source, destination, flags)                                                            \
    (source) >> 8, (source)&0xff, (destination) >> 8, (destination)&0xff, 0, 0, 0, 1, 0, 0, 0, 2,  \
        0x50, flags, 16, 0, 0, 0, 0, 0
#define UDP(source, destination)                                                                   \
    (source) >> 8, (source)&0xff, (destination) >> 8, (destination)&0xff, 0, 12, 0, 0, 1, 2, 3, 4

static const uint8_t arp[42] = {GROUP_MAC, DEVICE_MAC, 8,      6, 0, 1, 8, 0, 6, 4,       0,
                                1,         DEVICE_MAC, DEVICE, 0, 0, 0, 0, 0, 0, RESOLVER};
static const uint8_t arp_reply[42] = {
    DEVICE_MAC, RESOLVER_MAC, 8,        6,          0,     1, 8, 0, 6, 4, 0,
    2,          RESOLVER_MAC, RESOLVER, DEVICE_MAC, DEVICE};
static const uint8_t query[] = {RESOLVER_MAC, DEVICE_MAC, IP(17, 32, 0x268f, DEVICE, RESOLVER),
                                UDP(50000, 53)};
static const uint8_t answer[] = {DEVICE_MAC, RESOLVER_MAC, IP(17, 32, 0x268f, RESOLVER, DEVICE),
                                 UDP(53, 50000)};
static const uint8_t syn[] = {ROUTER_MAC, DEVICE_MAC, IP(6, 40, 0x8e4a, DEVICE, SERVER),
                              TCP(50001, 5223, 0x02)};
static const uint8_t syn_ack[] = {DEVICE_MAC, ROUTER_MAC, IP(6, 40, 0x8e4a, SERVER, DEVICE),
                                  TCP(5223, 50001, 0x12)};
/* In the device's name, out of the router's port. */
static const uint8_t injected[] = {ROUTER_MAC, ROUTER_MAC, IP(6, 40, 0x8e4a, DEVICE, SERVER),
                                   TCP(50001, 5223, 0x04)};
/* The resolver asks on its own account. */
static const uint8_t forwarded[] = {ROUTER_MAC, RESOLVER_MAC, IP(17, 32, 0x8e59, RESOLVER, SERVER),
                                    UDP(50003, 53)};

static const struct {
    const uint8_t *data;
    uint32_t length;
} frames[] = {
    {arp, sizeof arp},           {arp_reply, sizeof arp_reply},
    {query, sizeof query},       {answer, sizeof answer},
    {syn, sizeof syn},           {syn_ack, sizeof syn_ack},
    {injected, sizeof injected}, {forwarded, sizeof forwarded},
};
enum { ARP, ARP_REPLY, QUERY, ANSWER, SYN, SYN_ACK, INJECTED, FORWARDED, FRAMES };

/* One frame a second, from second 1 on. */
static void fill(struct trace *trace)
{
    memset(trace, 0, sizeof *trace);
    for (size_t i = 0; i < FRAMES; i++)
        assert_non_null(trace_add(trace, frames[i].data, frames[i].length, frames[i].length,
                                  (i + 1) * ONE_SECOND));
}

static void make(const char *name, uint64_t seed, struct trace *out)
{
    struct trace in;
    fill(&in);
    memset(out, 0, sizeof *out);
    assert_non_null(vary_find(name));
    assert_true(vary_find(name)->make(&in, seed, out));
    trace_release(&in);
}

static void assert_frame(const struct trace *trace, size_t index, size_t frame)
{
    assert_true(index < trace->count);
    assert_int_equal(trace->records[index].captured, frames[frame].length);
    assert_memory_equal(trace->records[index].data, frames[frame].data, frames[frame].length);
}

static void assert_frames(const char *variant, const size_t *expected, size_t count)
{
    struct trace out;
    make(variant, 1, &out);
    assert_int_equal(out.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_frame(&out, i, expected[i]);
        assert_int_equal(out.records[i].time, (expected[i] + 1) * ONE_SECOND);
    }
    trace_release(&out);
}

/* The one's complement sum over a sound header is 0xffff (RFC 1071). */
static uint32_t sum_of(const uint8_t *header, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i += 2)
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void test_the_frames_are_sound(void **state)
{
    (void)state;
    for (size_t i = QUERY; i < FRAMES; i++)
        assert_int_equal(sum_of(frames[i].data + 14, 20), 0xffff);
}

static void test_one_direction_is_the_devices_own(void **state)
{
    static const size_t out[] = {ARP, QUERY, SYN}, in[] = {ARP_REPLY, ANSWER, SYN_ACK};
    (void)state;
    assert_frames("one-direction-out", out, 3);
    assert_frames("one-direction-in", in, 3);
}

static void test_midstream_begins_after_a_third(void **state)
{
    static const size_t rest[] = {QUERY, ANSWER, SYN, SYN_ACK, INJECTED, FORWARDED};
    (void)state;
    assert_frames("midstream", rest, 6);
}

static size_t lost(const char *variant, uint64_t seed, size_t count)
{
    struct trace in = {0}, out = {0};
    for (size_t i = 0; i < count; i++)
        assert_non_null(trace_add(&in, syn, sizeof syn, sizeof syn, i));
    assert_true(vary_find(variant)->make(&in, seed, &out));
    for (size_t i = 1; i < out.count; i++)
        assert_true(out.records[i - 1].time < out.records[i].time);
    size_t missing = count - out.count;
    trace_release(&in);
    trace_release(&out);
    return missing;
}

static void test_loss_is_exactly_its_share(void **state)
{
    (void)state;
    assert_int_equal(lost("loss-1", 1, 1000), 10);
    assert_int_equal(lost("loss-5", 1, 1000), 50);
    assert_int_equal(lost("loss-20", 7, 1000), 200);
    assert_int_equal(lost("loss-1", 1, 3), 1);
    assert_int_equal(lost("loss-20", 1, 0), 0);
}

static void test_the_seed_decides(void **state)
{
    struct trace one, same, other;
    (void)state;
    make("reordered", 1, &one);
    make("reordered", 1, &same);
    make("reordered", 2, &other);
    bool differs = false;
    for (size_t i = 0; i < one.count; i++) {
        assert_int_equal(one.records[i].time, same.records[i].time);
        differs = differs || one.records[i].time != other.records[i].time;
    }
    assert_true(differs);
    trace_release(&one);
    trace_release(&same);
    trace_release(&other);
}

static void test_reordered_moves_within_its_limit(void **state)
{
    struct trace in = {0}, out = {0};
    bool swapped = false;
    (void)state;
    for (uint32_t i = 0; i < 200; i++) /* 100 microseconds apart, told apart by their length */
        assert_non_null(trace_add(&in, syn, sizeof syn, 100 + i, ONE_SECOND + i * 100));
    assert_true(vary_find("reordered")->make(&in, 1, &out));
    assert_int_equal(out.count, 200);
    for (size_t i = 0; i < out.count; i++) {
        uint64_t before = ONE_SECOND + (uint64_t)(out.records[i].wire - 100) * 100;
        assert_true(out.records[i].time >= before && out.records[i].time <= before + 20000);
        assert_true(i == 0 || out.records[i].time >= out.records[i - 1].time);
        swapped = swapped || (i > 0 && out.records[i].wire < out.records[i - 1].wire);
    }
    assert_true(swapped);
    trace_release(&in);
    trace_release(&out);
}

static void test_doubled_is_the_same_again(void **state)
{
    struct trace out;
    (void)state;
    make("doubled", 1, &out);
    assert_int_equal(out.count, 2 * FRAMES);
    for (size_t i = 0; i < out.count; i++) {
        assert_frame(&out, i, i / 2);
        assert_int_equal(out.records[i].time, (i / 2 + 1) * ONE_SECOND + (i % 2) * 20);
    }
    trace_release(&out);
}

static void test_copies_come_in_the_order_of_time(void **state)
{
    struct trace in = {0}, out = {0};
    (void)state;
    assert_non_null(trace_add(&in, syn, sizeof syn, 1, 100));
    assert_non_null(trace_add(&in, syn, sizeof syn, 2, 110));
    assert_true(vary_find("doubled")->make(&in, 1, &out));
    static const uint32_t order[] = {1, 2, 1, 2};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(out.records[i].wire, order[i]);
    trace_release(&in);
    trace_release(&out);
}

static void assert_tagged(const struct trace_record *record, size_t frame, const uint8_t *tag,
                          uint32_t length)
{
    assert_int_equal(record->captured, frames[frame].length + length);
    assert_int_equal(record->wire, frames[frame].length + length);
    assert_memory_equal(record->data, frames[frame].data, 12);
    assert_memory_equal(record->data + 12, tag, length);
    assert_memory_equal(record->data + 12 + length, frames[frame].data + 12,
                        frames[frame].length - 12);
}

static void test_tags_stand_behind_the_macs(void **state)
{
    static const uint8_t one[] = {0x81, 0, 0, 20}, two[] = {0x88, 0xa8, 0, 100, 0x81, 0, 0, 20};
    struct trace out;
    (void)state;
    make("vlan", 1, &out);
    for (size_t i = 0; i < FRAMES; i++)
        assert_tagged(&out.records[i], i, one, sizeof one);
    trace_release(&out);
    make("qinq", 1, &out);
    for (size_t i = 0; i < FRAMES; i++)
        assert_tagged(&out.records[i], i, two, sizeof two);
    trace_release(&out);
    make("doubled-vlan", 1, &out);
    assert_int_equal(out.count, 2 * FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        assert_frame(&out, 2 * i, i);
        assert_tagged(&out.records[2 * i + 1], i, one, sizeof one);
    }
    trace_release(&out);
}

static void test_a_router_takes_one_off_the_ttl(void **state)
{
    struct trace out;
    (void)state;
    make("doubled-ttl", 1, &out);
    assert_int_equal(out.count, 2 + 2 * (FRAMES - 2)); /* ARP is not handed on */
    const uint8_t *copy = out.records[3].data;
    assert_memory_not_equal(copy, query, 6);
    assert_memory_not_equal(copy + 6, query + 6, 6);
    assert_int_equal(copy[22], 63);
    assert_int_equal(copy[24] << 8 | copy[25], 0x278f); /* one less in the high byte of a word */
    assert_int_equal(sum_of(copy + 14, 20), 0xffff);
    assert_memory_equal(copy + 26, query + 26, sizeof query - 26);
    trace_release(&out);
}

static void test_a_router_drops_what_has_no_ttl_left(void **state)
{
    uint8_t six[54] = {ROUTER_MAC, DEVICE_MAC, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 59, 64, 0x20, 1};
    struct trace in = {0}, out = {0};
    (void)state;
    assert_non_null(trace_add(&in, six, sizeof six, sizeof six, 0));
    six[21] = 1;
    assert_non_null(trace_add(&in, six, sizeof six, sizeof six, 100));
    six[21] = 64;
    six[22] = 0xfe; /* link-local */
    six[23] = 0x80;
    assert_non_null(trace_add(&in, six, sizeof six, sizeof six, 200));
    assert_true(vary_find("doubled-ttl")->make(&in, 1, &out));
    assert_int_equal(out.count, 4);
    assert_int_equal(out.records[0].data[21], 64);
    assert_int_equal(out.records[1].data[21], 63);
    trace_release(&in);
    trace_release(&out);
}

static void test_a_short_snapshot_keeps_the_length_on_the_wire(void **state)
{
    static const uint8_t large[200] = {ROUTER_MAC, DEVICE_MAC, 8, 0};
    struct trace in = {0}, out = {0};
    (void)state;
    assert_non_null(trace_add(&in, large, sizeof large, 1514, 0));
    assert_non_null(trace_add(&in, syn, sizeof syn, sizeof syn, 1));
    assert_true(vary_find("snaplen-96")->make(&in, 1, &out));
    assert_int_equal(out.snapshot, 96);
    assert_int_equal(out.records[0].captured, 96);
    assert_int_equal(out.records[0].wire, 1514);
    assert_int_equal(out.records[1].captured, sizeof syn);
    trace_release(&in);
    trace_release(&out);
}

struct wrapping {
    const char *variant;
    uint8_t protocol;
    uint32_t length; /* of what stands between the outer IP header and the frame */
    uint8_t header[24]; /* of the second record */
};

static void assert_wrapped(const struct wrapping *wrapping)
{
    struct trace out;
    make(wrapping->variant, 1, &out);
    assert_int_equal(out.count, FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        const struct trace_record *record = &out.records[i];
        uint32_t whole = 34 + wrapping->length + frames[i].length;
        assert_int_equal(record->captured, whole);
        assert_int_equal(record->wire, whole);
        assert_int_equal(record->data[12] << 8 | record->data[13], 0x0800);
        assert_int_equal(record->data[16] << 8 | record->data[17], whole - 14);
        assert_int_equal(record->data[23], wrapping->protocol);
        assert_int_equal(sum_of(record->data + 14, 20), 0xffff);
        assert_memory_equal(record->data + 34 + wrapping->length, frames[i].data, frames[i].length);
    }
    assert_memory_equal(out.records[1].data + 34, wrapping->header, wrapping->length);
    trace_release(&out);
}

static void test_tunnels_have_their_headers(void **state)
{
    /* The second frame has 42 bytes; its time, 2 seconds, is 20000 units of ERSPAN III. */
    static const struct wrapping wrappings[] = {
        {"gre", 47, 4, {0, 0, 0x65, 0x58}},
        {"erspan2", 47, 16, {0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 7, 0, 0, 0, 0}},
        {"erspan3", 47, 20, {0x10, 0, 0x22, 0xeb, 0,    0,    0, 1, 0x20, 0,
                             0,    7, 0,    0,    0x4e, 0x20, 0, 0, 0x80, 0}},
        {"vxlan", 17, 16, {0xd4, 0x31, 0x12, 0xb5, 0, 58, 0, 0, 8, 0, 0, 0, 0, 0x12, 0x67, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrappings / sizeof wrappings[0]; i++)
        assert_wrapped(&wrappings[i]);
}

/* Writes it, reads the bytes back, removes the file. The bytes are the caller's to free. */
static uint8_t *written(const struct trace *trace, size_t *length)
{
    char name[] = "/tmp/test_vary.XXXXXX";
    const char *reason;
    int descriptor = mkstemp(name);
    assert_true(descriptor >= 0);
    close(descriptor);
    assert_true(trace_write(trace, name, &reason));
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    uint8_t *octets = calloc(1, 65536);
    assert_non_null(octets);
    *length = fread(octets, 1, 65536, file);
    fclose(file);
    unlink(name);
    return octets;
}

static bool readable(struct trace *trace, const uint8_t *octets, size_t length)
{
    char name[] = "/tmp/test_vary.XXXXXX";
    const char *reason;
    int descriptor = mkstemp(name);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, octets, length), length);
    close(descriptor);
    memset(trace, 0, sizeof *trace);
    bool ok = trace_read(trace, name, &reason);
    unlink(name);
    return ok;
}

static void test_a_file_reads_as_it_was_written(void **state)
{
    struct trace in, out;
    size_t length;
    (void)state;
    fill(&in);
    in.records[0].time = UINT64_C(1795291321097492);
    uint8_t *octets = written(&in, &length);
    assert_true(readable(&out, octets, length));
    assert_int_equal(out.count, FRAMES);
    assert_int_equal(out.records[0].time, UINT64_C(1795291321097492));
    for (size_t i = 0; i < FRAMES; i++)
        assert_frame(&out, i, i);
    trace_release(&out);
    for (size_t i = 0; i < length; i++) { /* every cut is noticed, except between records */
        bool ok = readable(&out, octets, i);
        assert_true(!ok || out.count < FRAMES);
        trace_release(&out);
    }
    free(octets);
    trace_release(&in);
}

static void test_cut_breaks_off_in_the_last_record(void **state)
{
    struct trace in, whole;
    size_t length, cut_length;
    (void)state;
    make("cut", 1, &in);
    uint8_t *cut = written(&in, &cut_length);
    in.missing_end = 0;
    uint8_t *octets = written(&in, &length);
    assert_int_equal(cut_length, length - sizeof forwarded / 2);
    assert_memory_equal(cut, octets, cut_length);
    assert_false(readable(&whole, cut, cut_length));
    assert_int_equal(whole.count, FRAMES - 1);
    trace_release(&whole);
    free(cut);
    free(octets);
    trace_release(&in);
}

static uint32_t little(const uint8_t *octets)
{
    return (uint32_t)octets[0] | (uint32_t)octets[1] << 8 | (uint32_t)octets[2] << 16 |
           (uint32_t)octets[3] << 24;
}

static void test_pcapng_has_its_blocks(void **state)
{
    static const uint32_t types[] = {0x0a0d0d0a, 1, 6, 6};
    struct trace out;
    size_t length, at = 0;
    (void)state;
    make("pcapng", 1, &out);
    uint8_t *octets = written(&out, &length);
    for (size_t block = 0; at < length; block++) {
        uint32_t size = little(octets + at + 4);
        assert_int_equal(little(octets + at), types[block < 3 ? block : 3]);
        assert_int_equal(size % 4, 0);
        assert_int_equal(little(octets + at + size - 4), size);
        if (block == 2) {
            assert_int_equal(little(octets + at + 16), ONE_SECOND);
            assert_int_equal(little(octets + at + 20), sizeof arp);
            assert_memory_equal(octets + at + 28, arp, sizeof arp);
        }
        at += size;
    }
    assert_int_equal(at, length);
    free(octets);
    trace_release(&out);
}

/* Frames of any length, as a snapshot length leaves them, are no reason to read past an end. */
static void test_short_frames_do_no_harm(void **state)
{
    (void)state;
    for (const struct vary_variant *variant = vary_variants; variant->name != NULL; variant++)
        for (size_t frame = 0; frame < FRAMES; frame++)
            for (uint32_t length = 0; length <= frames[frame].length; length++) {
                struct trace in = {0}, out = {0};
                assert_non_null(
                    trace_add(&in, frames[frame].data, length, frames[frame].length, 0));
                assert_true(variant->make(&in, 1, &out));
                trace_release(&in);
                trace_release(&out);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_frames_are_sound),
        cmocka_unit_test(test_one_direction_is_the_devices_own),
        cmocka_unit_test(test_midstream_begins_after_a_third),
        cmocka_unit_test(test_loss_is_exactly_its_share),
        cmocka_unit_test(test_the_seed_decides),
        cmocka_unit_test(test_reordered_moves_within_its_limit),
        cmocka_unit_test(test_doubled_is_the_same_again),
        cmocka_unit_test(test_copies_come_in_the_order_of_time),
        cmocka_unit_test(test_tags_stand_behind_the_macs),
        cmocka_unit_test(test_a_router_takes_one_off_the_ttl),
        cmocka_unit_test(test_a_router_drops_what_has_no_ttl_left),
        cmocka_unit_test(test_a_short_snapshot_keeps_the_length_on_the_wire),
        cmocka_unit_test(test_tunnels_have_their_headers),
        cmocka_unit_test(test_a_file_reads_as_it_was_written),
        cmocka_unit_test(test_cut_breaks_off_in_the_last_record),
        cmocka_unit_test(test_pcapng_has_its_blocks),
        cmocka_unit_test(test_short_frames_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
