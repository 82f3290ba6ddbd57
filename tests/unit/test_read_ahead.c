/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program/read_ahead.c and program/examiner.c: batches hold what the frames one by one
 * hold, with a crew of any size and without, and their bytes stay as long as the batch.
 */
#include "tests/support/scratch.h"

#include "program/read_ahead.h"

#define FRAMES 5000u

static struct scratch scratch;
static char capture[512];

static void put(FILE *file, const void *bytes, size_t length)
{
    assert_int_equal(fwrite(bytes, 1, length, file), length);
}

/* UDP over IPv4 without link layer; every seventh datagram comes in two fragments. */
static void put_record(FILE *file, uint32_t number, uint16_t offset, bool more, const uint8_t *data,
                       uint16_t length)
{
    uint8_t header[20] = {0x45};
    uint16_t total = (uint16_t)(20 + length);
    uint16_t fragment = (uint16_t)(offset / 8 | (more ? 0x2000 : 0));
    uint32_t record[4] = {1000 + number / 1000, number % 1000, total, total};

    header[2] = (uint8_t)(total >> 8);
    header[3] = (uint8_t)total;
    header[4] = (uint8_t)(number >> 8);
    header[5] = (uint8_t)number;
    header[6] = (uint8_t)(fragment >> 8);
    header[7] = (uint8_t)fragment;
    header[8] = 64;
    header[9] = 17;
    header[12] = header[16] = 10;
    header[15] = 1;
    header[19] = 2;
    put(file, record, sizeof record);
    put(file, header, sizeof header);
    put(file, data, length);
}

static void make_capture(void)
{
    const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 101};
    FILE *file;

    snprintf(capture, sizeof capture, "%s/made.pcap", scratch.folder);
    file = fopen(capture, "wb");
    assert_non_null(file);
    put(file, header, sizeof header);
    for (uint32_t i = 0; i < FRAMES; i++) {
        uint8_t data[1200];
        uint16_t length = (uint16_t)(8 + i % 1000);

        memset(data, (int)(i & 0xff), sizeof data);
        memcpy(data, &i, sizeof i); /* ports */
        data[4] = (uint8_t)(length >> 8);
        data[5] = (uint8_t)length;
        if (i % 7 == 0 && length > 64) {
            put_record(file, i, 0, true, data, 64);
            put_record(file, i, 64, false, data + 64, (uint16_t)(length - 64));
        } else {
            put_record(file, i, 0, false, data, length);
        }
    }
    assert_int_equal(fclose(file), 0);
}

#define NO_CREW (-1)

struct reading {
    struct crew *crew;
    struct source_set *sources;
    struct examiner *examiner;
    struct read_ahead *ahead;
};

static void reading_begin(struct reading *reading, int helpers, bool keeps_frames)
{
    const char *name = capture;
    struct problem problem = {""};
    struct read_ahead_settings settings = {.keeps_frames = keeps_frames};

    reading->crew = helpers == NO_CREW ? NULL : crew_begin((unsigned)helpers);
    settings.crew = reading->crew;
    reading->sources = source_set_open(&name, 1, NULL, &problem);
    assert_non_null(reading->sources);
    reading->examiner = examiner_create(NULL, 0, hash_key_random(), hash_key_random());
    settings.sources = reading->sources;
    settings.examiner = reading->examiner;
    reading->ahead = read_ahead_begin(&settings);
    assert_non_null(reading->ahead);
}

static void reading_end(struct reading *reading)
{
    read_ahead_end(reading->ahead);
    crew_end(reading->crew);
    examiner_release(reading->examiner);
    source_set_close(reading->sources);
}

/* Datagrams are whole, in their order, and hold what they held in the file. */
static void check_packet(const struct packet *packet, uint32_t number)
{
    size_t length = number % 1000;
    uint8_t octet;

    assert_int_equal((uint32_t)packet->source_port << 16 | packet->destination_port,
                     (number & 0xff) << 24 | (number & 0xff00) << 8);
    assert_int_equal(packet->payload.length, length);
    assert_int_not_equal(packet->flow_hash, 0);
    for (size_t i = 0; i < length; i += 100) {
        assert_true(bytes_peek_u8(packet->payload, i, &octet));
        assert_int_equal(octet, number & 0xff);
    }
}

/* It is the packet's, and its bytes are still there. */
static void check_frame(const struct frame *frame, const struct packet *packet)
{
    assert_int_equal(frame->packet, packet->identity);
    assert_int_equal(frame->time, packet->time);
    assert_int_equal(frame->wire_length, frame->data.length);
    assert_int_equal(frame->data.data[0], 0x45);
    assert_int_equal(frame->data.data[2] << 8 | frame->data.data[3], frame->data.length);
}

static void read_all(int helpers, bool keeps_frames)
{
    struct reading reading;
    const struct batch *batch;
    uint32_t packets = 0, fragments = 0, batches = 0;

    reading_begin(&reading, helpers, keeps_frames);
    for (; (batch = read_ahead_next(reading.ahead)) != NULL; batches++) {
        for (size_t i = 0; i < batch->count; i++) {
            const struct examined *examined = &batch->packets[i];

            assert_true(examined->begins_frame);
            assert_int_equal(batch->frames != NULL, keeps_frames);
            if (keeps_frames)
                check_frame(&batch->frames[i], &examined->packet);
            if (examined->answer == DECAPSULATED_FRAGMENT) {
                fragments++;
                continue;
            }
            assert_int_equal(examined->answer, DECAPSULATED);
            assert_int_equal(examined->copy, DUPLICATE_NONE);
            check_packet(&examined->packet, packets++);
        }
    }
    assert_null(read_ahead_next(reading.ahead));
    assert_int_equal(packets, FRAMES);
    assert_true(fragments > FRAMES / 10);
    assert_true(batches > FRAMES / READ_AHEAD_PACKETS);
    reading_end(&reading);
}

static void test_in_turn(void **state)
{
    (void)state;
    read_all(NO_CREW, false);
    read_all(NO_CREW, true);
}

static void test_read_by_a_crew(void **state)
{
    (void)state;
    for (int helpers = 0; helpers <= 3; helpers++)
        for (int i = 0; i < 3; i++)
            read_all(helpers, i % 2 == 1);
}

/* Who wants no more after any number of batches is not kept waiting. */
static void test_stopped_early(void **state)
{
    (void)state;
    for (int wanted = 0; wanted < 16; wanted++) {
        struct reading reading;

        reading_begin(&reading, wanted % 4 - 1, wanted % 3 == 0);
        for (int i = 0; i < wanted; i++)
            assert_non_null(read_ahead_next(reading.ahead));
        reading_end(&reading);
    }
    read_ahead_end(NULL);
}

static int begin(void **state)
{
    (void)state;
    scratch_begin(&scratch);
    make_capture();
    return 0;
}

static int end(void **state)
{
    (void)state;
    scratch_remove(&scratch, "made.pcap");
    scratch_end(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_turn),
        cmocka_unit_test(test_read_by_a_crew),
        cmocka_unit_test(test_stopped_early),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
