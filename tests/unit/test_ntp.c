/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/ntp.c bring requests and answers together, and read what time
 * the server says it is?  A real exchange with a time server of Apple's.
 */
#include "tests/support/dissection.h"

static const uint8_t time_request[] = {
    0x23, 0x02, 0x0a, 0xec, 0x00, 0x00, 0x0d, 0x0b, 0x00, 0x00, 0x0a, 0xf6, 0x11, 0xfd, 0x0c, 0xfd,
    0xd9, 0x7b, 0x62, 0x3c, 0xbf, 0xe4, 0x9d, 0xcd, 0xd9, 0x7b, 0x64, 0x37, 0xad, 0x7f, 0xd0, 0x89,
    0xd9, 0x7b, 0x64, 0x37, 0xb6, 0xd0, 0xe9, 0xb0, 0xd9, 0x7b, 0x64, 0x7e, 0x29, 0x6a, 0xf5, 0x31};

static const uint8_t time_answer[] = {
    0x24, 0x01, 0x06, 0xec, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x47, 0x47, 0x50, 0x53, 0x73,
    0xd9, 0x7b, 0x64, 0x77, 0x91, 0xfd, 0xbd, 0xc8, 0xd9, 0x7b, 0x64, 0x7e, 0x29, 0x6a, 0xf5, 0x31,
    0xd9, 0x7b, 0x64, 0x7e, 0x48, 0xbe, 0xc5, 0x7c, 0xd9, 0x7b, 0x64, 0x7e, 0x48, 0xbf, 0xaf, 0xd4};

#define BYTES(array) bytes_of(array, sizeof array)

enum { ORIGIN = 24, RECEIVE = 32, TRANSMIT = 40 };

static int begin(void **state)
{
    struct dissection *dissection = malloc(sizeof *dissection);
    assert_non_null(dissection);
    dissection_begin(dissection, &dissector_ntp, 123);
    dissection->flow.of_interest = true;
    *state = dissection;
    return 0;
}

static int end(void **state)
{
    dissection_end(*state);
    free(*state);
    return 0;
}

/* A copy of the request whose transmit timestamp ends in `mark`. */
static void request(struct dissection *dissection, uint64_t number, uint8_t mark)
{
    uint8_t changed[sizeof time_request];
    memcpy(changed, time_request, sizeof changed);
    changed[TRANSMIT + 7] = mark;
    dissection_datagram(dissection, SIDE_CLIENT, number, (int64_t)number, BYTES(changed));
}

static void answer(struct dissection *dissection, uint64_t number, uint8_t mark)
{
    uint8_t changed[sizeof time_answer];
    memcpy(changed, time_answer, sizeof changed);
    changed[ORIGIN + 7] = mark;
    dissection_datagram(dissection, SIDE_SERVER, number, (int64_t)number, BYTES(changed));
}

static const struct fact_ntp *last(const struct dissection *dissection)
{
    return &dissection_last(dissection, FACT_NTP)->as.ntp;
}

static void test_claims(void **state)
{
    struct dissection *dissection = *state;
    uint8_t changed[sizeof time_request];
    memcpy(changed, time_request, sizeof changed);
    assert_true(dissector_ntp.claims(&dissection->flow, BYTES(time_request)));
    assert_true(dissector_ntp.claims(&dissection->flow, BYTES(time_answer)));
    for (size_t length = 0; length < 48; length++)
        assert_false(
            dissector_ntp.claims(&dissection->flow, bytes_first(BYTES(time_request), length)));
    for (uint8_t mode = 0; mode < 8; mode++) {
        changed[0] = (uint8_t)(4 << 3 | mode);
        assert_int_equal(dissector_ntp.claims(&dissection->flow, BYTES(changed)),
                         mode >= 1 && mode <= 4);
    }
    changed[0] = 5 << 3 | 3;
    assert_false(dissector_ntp.claims(&dissection->flow, BYTES(changed)));
    dissection->flow.server.port = 124;
    assert_false(dissector_ntp.claims(&dissection->flow, BYTES(time_request)));
}

static void test_exchange(void **state)
{
    struct dissection *dissection = *state;
    dissection_datagram(dissection, SIDE_CLIENT, 1, 0, BYTES(time_request));
    assert_int_equal(dissection->fact_count, 0);
    dissection_datagram(dissection, SIDE_SERVER, 2, 120, BYTES(time_answer));
    assert_int_equal(dissection->fact_count, 1);
    const struct fact_ntp *ntp = last(dissection);
    char printed[TIMESTAMP_TEXT_SIZE];
    assert_int_equal(ntp->flow, 1);
    assert_int_equal(ntp->server.port, 123);
    assert_int_equal(ntp->version, 4);
    assert_int_equal(ntp->request_packet, packet_identity(1, 1));
    assert_int_equal(ntp->request_time, DISSECTION_EPOCH);
    assert_true(ntp->answered);
    assert_int_equal(ntp->answer_packet, packet_identity(1, 2));
    assert_int_equal(ntp->answer_time, DISSECTION_EPOCH + 120 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(ntp->leap, 0);
    assert_int_equal(ntp->stratum, 1);
    assert_memory_equal(ntp->reference, "GPSs", 4);
    assert_string_equal(timestamp_print(ntp->server_receive_time, printed),
                        "2015-08-16T19:35:26.28416094Z");
    assert_string_equal(timestamp_print(ntp->server_transmit_time, printed),
                        "2015-08-16T19:35:26.284174908Z");
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 1);
}

static void test_unanswered(void **state)
{
    struct dissection *dissection = *state;
    request(dissection, 1, 1);
    answer(dissection, 2, 2); /* of something else: RFC 5905 section 8 */
    assert_int_equal(dissection->fact_count, 0);
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 1);
    assert_false(last(dissection)->answered);
    assert_int_equal(last(dissection)->answer_time, TIMESTAMP_NONE);
    assert_int_equal(last(dissection)->server_transmit_time, TIMESTAMP_NONE);
    assert_int_equal(last(dissection)->reference_time, TIMESTAMP_NONE);
    assert_int_equal(last(dissection)->root_delay, DIFFERENCE_NONE);
    assert_int_equal(last(dissection)->offset, DIFFERENCE_NONE);
    assert_int_equal(last(dissection)->request_packet, packet_identity(1, 1));
}

static void test_several_pending(void **state)
{
    struct dissection *dissection = *state;
    for (uint8_t i = 1; i <= 8; i++)
        request(dissection, i, i);
    request(dissection, 9, 8); /* the same once more */
    answer(dissection, 10, 5);
    assert_int_equal(last(dissection)->request_packet, packet_identity(1, 5));
    answer(dissection, 11, 5);
    assert_int_equal(dissection->fact_count, 1);
    request(dissection, 12, 12);
    assert_int_equal(dissection->fact_count, 1);
    request(dissection, 13, 13); /* one too many: the oldest is told */
    assert_int_equal(dissection->fact_count, 2);
    assert_int_equal(last(dissection)->request_packet, packet_identity(1, 1));
    assert_false(last(dissection)->answered);
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 10);
}

/* Symmetric modes, as old clients use them. */
static void test_symmetric(void **state)
{
    struct dissection *dissection = *state;
    uint8_t changed[sizeof time_request];
    memcpy(changed, time_request, sizeof changed);
    changed[0] = 3 << 3 | 1;
    dissection_datagram(dissection, SIDE_CLIENT, 1, 0, BYTES(changed));
    memcpy(changed, time_answer, sizeof changed);
    changed[0] = 3 << 3 | 2;
    dissection_datagram(dissection, SIDE_SERVER, 2, 1, BYTES(changed));
    assert_int_equal(dissection->fact_count, 1);
    assert_true(last(dissection)->answered);
    assert_int_equal(last(dissection)->version, 3);
}

static int64_t transmit_time(struct dissection *dissection, uint8_t number, const char timestamp[8])
{
    uint8_t changed[sizeof time_answer];
    request(dissection, number, number);
    memcpy(changed, time_answer, sizeof changed);
    changed[ORIGIN + 7] = number;
    memcpy(changed + TRANSMIT, timestamp, 8);
    dissection_datagram(dissection, SIDE_SERVER, number, 0, BYTES(changed));
    assert_true(last(dissection)->answered);
    return last(dissection)->server_transmit_time;
}

/* RFC 5905 section 6: the era nearest to the capture's time, here in 2017. */
static void test_eras(void **state)
{
    struct dissection *dissection = *state;
    assert_int_equal(transmit_time(dissection, 1, "\0\0\0\0\0\0\0\0"), TIMESTAMP_NONE);
    assert_int_equal(transmit_time(dissection, 2, "\x83\xaa\x7e\x80\x80\0\0\0"),
                     NANOSECONDS_PER_SECOND / 2);
    assert_int_equal(transmit_time(dissection, 3, "\xff\xff\xff\xff\xff\xff\xff\xff"),
                     INT64_C(2085978496) * NANOSECONDS_PER_SECOND - 1);
    assert_int_equal(transmit_time(dissection, 4, "\0\0\0\1\0\0\0\0"),
                     INT64_C(2085978497) * NANOSECONDS_PER_SECOND);
    assert_int_equal(transmit_time(dissection, 5, "\x80\0\0\0\0\0\0\0"),
                     -INT64_C(61505152) * NANOSECONDS_PER_SECOND);
}

/* These many nanoseconds after the epoch, as NTP has it (RFC 5905 section 6). */
static void put_time(uint8_t *to, int64_t nanoseconds)
{
    int64_t time = DISSECTION_EPOCH + nanoseconds;
    int64_t seconds = time / NANOSECONDS_PER_SECOND + INT64_C(2208988800);
    int64_t rest = time % NANOSECONDS_PER_SECOND;
    uint64_t value = (uint64_t)seconds << 32 |
                     (((uint64_t)rest << 32) + 999999999) / (uint64_t)NANOSECONDS_PER_SECOND;
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(value >> (56 - 8 * i));
}

/* An answer to the request of `mark` that arrived and left so many milliseconds
 * after the epoch by the server's clock. */
static void answer_at(struct dissection *dissection, uint64_t number, int64_t milliseconds,
                      uint8_t mark, int64_t arrival, int64_t departure)
{
    uint8_t changed[sizeof time_answer];
    memcpy(changed, time_answer, sizeof changed);
    changed[ORIGIN + 7] = mark;
    put_time(changed + RECEIVE, arrival * NANOSECONDS_PER_MILLISECOND);
    put_time(changed + TRANSMIT, departure * NANOSECONDS_PER_MILLISECOND);
    dissection_datagram(dissection, SIDE_SERVER, number, milliseconds, BYTES(changed));
}

/* The capture's clock is 5 s ahead of the server's. */
static void test_offset_and_delay(void **state)
{
    struct dissection *dissection = *state;
    request(dissection, 1, 1);
    answer_at(dissection, 2, 101, 1, -4960, -4940);
    assert_int_equal(last(dissection)->offset, -5001 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(last(dissection)->delay, 80 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(last(dissection)->answer_ttl, 57);
    assert_int_equal(last(dissection)->root_delay, 0);
    /* 0x47 of 65,536 parts of a second. */
    assert_int_equal(last(dissection)->root_dispersion, 71 * NANOSECONDS_PER_SECOND / 65536);
    char printed[TIMESTAMP_TEXT_SIZE];
    assert_string_equal(timestamp_print(last(dissection)->reference_time, printed),
                        "2015-08-16T19:35:19.570278035Z");
    assert_string_equal(timestamp_print(last(dissection)->client_transmit_time, printed),
                        "2015-08-16T19:35:26.161788285Z");
    /* A server in 2041, the capture in 2017: another era, and 24 years apart. */
    request(dissection, 3, 3);
    answer_at(dissection, 4, 4, 3, INT64_C(757382400000), INT64_C(757382400000));
    assert_int_equal(last(dissection)->offset / NANOSECONDS_PER_SECOND, 757382399);
    assert_int_equal(last(dissection)->delay, NANOSECONDS_PER_MILLISECOND);
}

/* There is no telling which of the two was answered. */
static void test_repeated_request(void **state)
{
    struct dissection *dissection = *state;
    request(dissection, 1, 1);
    request(dissection, 2, 1);
    answer_at(dissection, 3, 50, 1, 20, 30);
    assert_int_equal(dissection->fact_count, 1);
    assert_int_equal(last(dissection)->request_packet, packet_identity(1, 1));
    assert_true(last(dissection)->answered);
    assert_int_equal(last(dissection)->offset, DIFFERENCE_NONE);
    assert_int_equal(last(dissection)->delay, DIFFERENCE_NONE);
}

static void send_blank(struct dissection *dissection, int side, uint64_t number,
                       int64_t milliseconds)
{
    uint8_t changed[sizeof time_answer];
    memcpy(changed, side == SIDE_CLIENT ? time_request : time_answer, sizeof changed);
    memset(changed + (side == SIDE_CLIENT ? TRANSMIT : ORIGIN), 0, 8);
    dissection_datagram(dissection, side, number, milliseconds, BYTES(changed));
}

/* Clients need not tell their time: requests are then told apart by their order. */
static void test_blank_requests(void **state)
{
    struct dissection *dissection = *state;
    send_blank(dissection, SIDE_CLIENT, 1, 0);
    send_blank(dissection, SIDE_SERVER, 2, 10);
    assert_int_equal(last(dissection)->request_packet, packet_identity(1, 1));
    assert_int_equal(last(dissection)->client_transmit_time, TIMESTAMP_NONE);
    assert_int_not_equal(last(dissection)->offset, DIFFERENCE_NONE);
    send_blank(dissection, SIDE_CLIENT, 3, 1000);
    send_blank(dissection, SIDE_CLIENT, 4, 30000); /* the one before is long over */
    send_blank(dissection, SIDE_SERVER, 5, 30010);
    assert_int_equal(last(dissection)->request_packet, packet_identity(1, 4));
    assert_int_not_equal(last(dissection)->offset, DIFFERENCE_NONE);
    send_blank(dissection, SIDE_SERVER, 6, 30020); /* nobody waits any more */
    assert_int_equal(dissection->fact_count, 2);
    send_blank(dissection, SIDE_CLIENT, 7, 40000);
    send_blank(dissection, SIDE_CLIENT, 8, 41000);
    send_blank(dissection, SIDE_SERVER, 9, 41010); /* to either */
    assert_int_equal(last(dissection)->request_packet, packet_identity(1, 8));
    assert_int_equal(last(dissection)->offset, DIFFERENCE_NONE);
}

/* RFC 9769 section 2: the origin is the request's receive timestamp, the transmit
 * timestamp that of the answer before. */
static void test_interleaved(void **state)
{
    struct dissection *dissection = *state;
    uint8_t changed[sizeof time_answer];
    dissection_datagram(dissection, SIDE_CLIENT, 1, 0, BYTES(time_request));
    memcpy(changed, time_answer, sizeof changed);
    memcpy(changed + ORIGIN, time_request + RECEIVE, 8);
    dissection_datagram(dissection, SIDE_SERVER, 2, 1, BYTES(changed));
    assert_int_equal(dissection->fact_count, 1);
    assert_true(last(dissection)->answered);
    assert_int_not_equal(last(dissection)->server_receive_time, TIMESTAMP_NONE);
    assert_int_equal(last(dissection)->server_transmit_time, TIMESTAMP_NONE);
    assert_int_equal(last(dissection)->offset, DIFFERENCE_NONE);
}

/* The fields themselves are tests/unit/test_ntp_fields.c's. */
static void test_network_time_security(void **state)
{
    struct dissection *dissection = *state;
    uint8_t secured[48 + 36 + 40] = {0};
    memcpy(secured, time_request, 48);
    memcpy(secured + 48, "\x01\x04\x00\x24", 4);
    memcpy(secured + 48 + 36, "\x02\x04\x00\x28", 4);
    dissection_datagram(dissection, SIDE_CLIENT, 1, 0, BYTES(secured));
    dissection_datagram(dissection, SIDE_SERVER, 2, 1, BYTES(time_answer));
    assert_true(last(dissection)->nts);
    request(dissection, 3, 3);
    answer(dissection, 4, 3);
    assert_false(last(dissection)->nts);
}

/* A clock that jumped between the two packets, as an editor of captures may do. */
static void test_capture_clock_jumps(void **state)
{
    struct dissection *dissection = *state;
    request(dissection, 1, 1);
    answer_at(dissection, 2, -5000, 1, 20, 30);
    assert_true(last(dissection)->answered);
    assert_int_equal(last(dissection)->offset, DIFFERENCE_NONE);
    request(dissection, 3, 3);
    answer_at(dissection, 4, INT64_C(3600000), 3, 20, 30);
    assert_int_equal(last(dissection)->delay, DIFFERENCE_NONE);
}

static void test_kiss_of_death(void **state)
{
    struct dissection *dissection = *state;
    uint8_t changed[sizeof time_answer];
    dissection_datagram(dissection, SIDE_CLIENT, 1, 0, BYTES(time_request));
    memcpy(changed, time_answer, sizeof changed);
    changed[0] = 0xe4;
    changed[1] = 0;
    memcpy(changed + 12, "RATE", 4);
    dissection_datagram(dissection, SIDE_SERVER, 2, 1, BYTES(changed));
    assert_int_equal(last(dissection)->leap, 3);
    assert_int_equal(last(dissection)->stratum, 0);
    assert_memory_equal(last(dissection)->reference, "RATE", 4);
    assert_int_equal(last(dissection)->offset, DIFFERENCE_NONE); /* its times are ours */
}

static void test_cut_at_every_length(void **state)
{
    struct dissection *dissection = *state;
    for (size_t length = 0; length < 48; length++)
        dissection_datagram(dissection, SIDE_CLIENT, 1, 0,
                            bytes_first(BYTES(time_request), length));
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 0);
    dissection_datagram(dissection, SIDE_CLIENT, 1, 0, BYTES(time_request));
    for (size_t length = 0; length < 48; length++)
        dissection_datagram(dissection, SIDE_SERVER, 2, 1, bytes_first(BYTES(time_answer), length));
    assert_int_equal(dissection->fact_count, 0);
}

static void test_no_interest(void **state)
{
    struct dissection *dissection = *state;
    dissection->flow.of_interest = false;
    request(dissection, 1, 1);
    answer(dissection, 2, 1);
    request(dissection, 3, 3);
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 0);
    dissection->observation.all_flows = true;
    request(dissection, 4, 4);
    answer(dissection, 5, 4);
    assert_int_equal(dissection->fact_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_claims),
        TEST(test_exchange),
        TEST(test_unanswered),
        TEST(test_several_pending),
        TEST(test_symmetric),
        TEST(test_eras),
        TEST(test_kiss_of_death),
        TEST(test_no_interest),
        TEST(test_cut_at_every_length),
        TEST(test_offset_and_delay),
        TEST(test_repeated_request),
        TEST(test_blank_requests),
        TEST(test_interleaved),
        TEST(test_network_time_security),
        TEST(test_capture_clock_jumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
