/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the packets kept that explain what happened to Apple's flows, those before the flow
 * was known included, and no others; and is the folder never larger than was said?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/evidence_ring.h"

#define SECOND NANOSECONDS_PER_SECOND
#define MEBIBYTE (UINT64_C(1) << 20)
#define LINK_ETHERNET 1

struct fixture {
    char parent[64];
    char folder[80];
    struct evidence_ring *ring;
};

static struct evidence_ring *open_ring(const char *folder, uint64_t size)
{
    static const char *const names[] = {"eth1", "bond0.7/x"};
    struct problem problem = {""};
    struct evidence_ring *ring = evidence_ring_create(folder, size, names, 2, &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(ring);
    return ring;
}

static int set_up(void **state)
{
    static struct fixture fixture;

    strcpy(fixture.parent, "/tmp/applepath-test-XXXXXX");
    if (mkdtemp(fixture.parent) == NULL)
        return -1;
    snprintf(fixture.folder, sizeof fixture.folder, "%s/ring", fixture.parent);
    fixture.ring = open_ring(fixture.folder, 64 * MEBIBYTE);
    *state = &fixture;
    return 0;
}

static void each_file(const struct fixture *fixture, void (*visit)(const char *path, void *owner),
                      void *owner)
{
    DIR *folder = opendir(fixture->folder);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[400];

        snprintf(path, sizeof path, "%s/%s", fixture->folder, entry->d_name);
        if (entry->d_name[0] != '.')
            visit(path, owner);
    }
    if (folder != NULL)
        closedir(folder);
}

static void remove_one(const char *path, void *owner)
{
    (void)owner;
    unlink(path);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    evidence_ring_close(fixture->ring);
    each_file(fixture, remove_one, NULL);
    rmdir(fixture->folder);
    return rmdir(fixture->parent);
}

/* Which packet numbers are in the files: epb_packetid, option 5 of eight bytes. */
struct kept {
    bool numbers[64];
    unsigned count;
    unsigned files;
    uint64_t bytes;
    mode_t modes;
    char name[400];
};

static uint32_t word_at(const uint8_t *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

static void note_numbers(struct kept *kept, const uint8_t *block, uint32_t length)
{
    uint32_t captured = word_at(block + 20);

    for (uint32_t at = 28 + (captured + 3) / 4 * 4; at + 12 <= length - 4;) {
        uint32_t option = word_at(block + at), size = option >> 16;

        if ((option & 0xffff) == 5 && size == 8) {
            uint32_t number = word_at(block + at + 4);

            kept->count++;
            if (number < 64)
                kept->numbers[number] = true;
        }
        at += 4 + (size + 3) / 4 * 4;
    }
}

static void look_at(const char *path, void *owner)
{
    static uint8_t bytes[8 << 20];
    struct kept *kept = owner;
    struct stat status;
    FILE *file = fopen(path, "rb");
    size_t length;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_int_equal(length, status.st_size);
    kept->files++;
    kept->bytes += length;
    kept->modes |= status.st_mode & 0777;
    snprintf(kept->name, sizeof kept->name, "%s", path);
    for (size_t at = 0; at + 12 <= length; at += word_at(bytes + at + 4)) {
        assert_true(word_at(bytes + at + 4) >= 12 && at + word_at(bytes + at + 4) <= length);
        if (word_at(bytes + at) == 6)
            note_numbers(kept, bytes + at, word_at(bytes + at + 4));
    }
}

static struct kept what_is_kept(struct fixture *fixture)
{
    struct kept kept = {0};

    evidence_ring_close(fixture->ring);
    fixture->ring = NULL;
    each_file(fixture, look_at, &kept);
    return kept;
}

static struct packet packet_between(uint8_t transport, uint16_t source_port,
                                    uint16_t destination_port)
{
    struct packet packet = {
        .transport = transport, .source_port = source_port, .destination_port = destination_port};

    packet.source.octets[15] = 20;
    packet.destination.octets[15] = 1;
    return packet;
}

static struct packet reversed(const struct packet *packet)
{
    struct packet other = *packet;

    other.source = packet->destination;
    other.destination = packet->source;
    other.source_port = packet->destination_port;
    other.destination_port = packet->source_port;
    return other;
}

static void show(const struct fixture *fixture, uint64_t number, int64_t time,
                 const struct packet *packet, const struct flow *flow)
{
    static const uint8_t bytes[1000] = {1, 2, 3};
    const struct frame frame = {.packet = packet_identity(1, number),
                                .time = time,
                                .link_type = LINK_ETHERNET,
                                .wire_length = sizeof bytes,
                                .data = bytes_of(bytes, sizeof bytes)};

    evidence_ring_frame(fixture->ring, &frame, packet, flow);
}

/* The name comes with the third packet; the connection beside it is somebody else's. */
static void test_what_came_before_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct packet there = packet_between(TRANSPORT_TCP, 50000, 443), back = reversed(&there);
    struct packet other = packet_between(TRANSPORT_TCP, 50001, 443);
    struct flow flow = {.of_interest = false}, another = {.of_interest = false};

    show(fixture, 1, 1, &there, &flow);
    show(fixture, 2, 2, &other, &another);
    show(fixture, 3, 3, &back, &flow);
    flow.of_interest = true;
    show(fixture, 4, 4, &there, &flow);
    another.dissection_over = true;
    show(fixture, 5, 5, &other, &another);
    show(fixture, 6, 6, &back, &flow);
    struct kept kept = what_is_kept(fixture);
    assert_int_equal(kept.count, 4);
    assert_true(kept.numbers[1] && kept.numbers[3] && kept.numbers[4] && kept.numbers[6]);
    assert_int_equal(kept.modes, 0600);
    assert_non_null(strstr(kept.name, "/applepath-eth1-19700101T000000Z.pcapng"));
}

static void test_marked_in_time_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct packet packet = packet_between(TRANSPORT_TCP, 50000, 443);
    struct flow flow = {.of_interest = false};

    show(fixture, 1, 0, &packet, &flow);
    show(fixture, 2, 4 * SECOND, &packet, &flow);
    flow.of_interest = true;
    show(fixture, 3, 6 * SECOND, &packet, &flow);
    evidence_ring_tick(fixture->ring, 20 * SECOND);
    /* The first one went when the third came, and was let go only after it was marked. */
    struct kept kept = what_is_kept(fixture);
    assert_int_equal(kept.count, 3);
}

static void test_undecided_waits_for_its_time_only(void **state)
{
    struct fixture *fixture = *state;
    struct packet packet = packet_between(TRANSPORT_TCP, 50000, 443);
    struct flow flow = {.of_interest = false};

    show(fixture, 1, 0, &packet, &flow);
    evidence_ring_tick(fixture->ring, 6 * SECOND);
    flow.of_interest = true;
    show(fixture, 2, 7 * SECOND, &packet, &flow);
    struct kept kept = what_is_kept(fixture);
    assert_int_equal(kept.count, 1);
    assert_true(kept.numbers[2]);
}

static void test_what_explains_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct packet dns = packet_between(TRANSPORT_UDP, 50000, 53);
    struct packet answer = reversed(&dns);
    struct packet lease = packet_between(TRANSPORT_UDP, 68, 67);
    struct packet error = packet_between(TRANSPORT_ICMP, 0, 0);
    struct packet ping = packet_between(TRANSPORT_ICMP, 0, 0);
    struct packet router = packet_between(TRANSPORT_ICMPV6, 0, 0);
    struct packet other = packet_between(TRANSPORT_UDP, 50000, 9999);
    struct flow flow = {.of_interest = false, .dissection_over = true};

    error.icmp_type = 3;
    ping.icmp_type = 8;
    router.icmp_type = 134;
    show(fixture, 1, 1, &dns, &flow);
    show(fixture, 2, 2, &answer, &flow);
    show(fixture, 3, 3, &lease, &flow);
    show(fixture, 4, 4, &error, NULL);
    show(fixture, 5, 5, &ping, NULL);
    show(fixture, 6, 6, &router, NULL);
    show(fixture, 7, 7, &other, &flow);
    show(fixture, 8, 8, NULL, NULL); /* part of a datagram */
    struct kept kept = what_is_kept(fixture);
    assert_int_equal(kept.count, 6);
    assert_false(kept.numbers[5] || kept.numbers[7]);
}

/* Ten times as much as there is room for, a file of an earlier ring and one of another's. */
static void test_size_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct packet packet = packet_between(TRANSPORT_TCP, 50000, 443);
    struct flow flow = {.of_interest = true};
    char earlier[128], foreign[128];
    struct kept kept = {0};

    evidence_ring_close(fixture->ring);
    snprintf(earlier, sizeof earlier, "%s/applepath-eth1-19691231T235959Z-2.pcapng",
             fixture->folder);
    snprintf(foreign, sizeof foreign, "%s/applepath-report.pcapng", fixture->folder);
    for (int i = 0; i < 2; i++) {
        FILE *file = fopen(i == 0 ? earlier : foreign, "wb");

        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    fixture->ring = open_ring(fixture->folder, MEBIBYTE);
    for (uint64_t i = 1; i <= 10000; i++) {
        show(fixture, i, (int64_t)i * SECOND, &packet, &flow);
        if (i % 500 == 0) {
            evidence_ring_tick(fixture->ring, (int64_t)i * SECOND);
            kept = (struct kept){0};
            each_file(fixture, look_at, &kept);
            assert_in_range(kept.bytes, 1, MEBIBYTE + 2000);
        }
    }
    assert_int_equal(access(earlier, F_OK), -1);
    assert_int_equal(access(foreign, F_OK), 0);
    assert_string_equal(evidence_ring_problem(fixture->ring)->text, "");
    kept = what_is_kept(fixture);
    assert_in_range(kept.files, 6, 10);
    assert_in_range(kept.count, 700, 1100);
}

static void test_memory_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct flow flow = {.of_interest = false};

    for (uint64_t i = 1; i <= 30000; i++) {
        struct packet packet = packet_between(TRANSPORT_TCP, (uint16_t)(i + 10000), 443);

        show(fixture, i, 1, &packet, &flow);
    }
    assert_int_equal(what_is_kept(fixture).files, 0);
}

static void test_folder_that_cannot_be(void **state)
{
    static const char *const names[] = {"eth1"};
    struct problem problem = {""};

    (void)state;
    assert_null(evidence_ring_create("/dev/null/ring", MEBIBYTE, names, 1, &problem));
    assert_non_null(strstr(problem.text, "/dev/null/ring: "));
    assert_non_null(strstr(problem.text, "; "));
    evidence_ring_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_came_before_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_marked_in_time_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_undecided_waits_for_its_time_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_explains_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_size_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_is_bounded, set_up, tear_down),
        cmocka_unit_test(test_folder_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
