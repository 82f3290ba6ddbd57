/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/apns_life.c tell how a push connection lived and what ended it?
 * Packets by hand; the numbers are seconds, as such connections count in them.
 */
#include "tests/support/packets.h"

#include "flows/apns_life.h"

#define S TCP_SYN
#define A TCP_ACK
#define F TCP_FIN
#define R TCP_RST

/* One connection; each side's next sequence number is kept for it. */
struct talk {
    struct packets_run run;
    struct packets_path path;
    uint32_t next[SIDE_COUNT];
    double now; /* seconds */
    struct flow *flow;
};

static const uint8_t zeros[2000];

static int begin(void **state)
{
    struct talk *talk = calloc(1, sizeof *talk);
    assert_non_null(talk);
    packets_begin(&talk->run, 16);
    talk->path = packets_path("192.0.2.1", 50000, "17.57.145.36", 5223, TRANSPORT_TCP);
    talk->next[SIDE_CLIENT] = 1000;
    talk->next[SIDE_SERVER] = 5000;
    *state = talk;
    return 0;
}

static int end(void **state)
{
    struct talk *talk = *state;
    packets_end(&talk->run);
    free(talk);
    return 0;
}

/* A packet of this side's that acknowledges all of the other's. */
static void sends_at(struct talk *talk, int side, int flags, uint32_t sequence, size_t length)
{
    struct packet packet = packets_tcp(&talk->path, side, 0, flags, sequence,
                                       flags & A ? talk->next[!side] : 0, bytes_of(zeros, length));
    packet.time = packets_time((int64_t)(talk->now * 1000 + 0.5));
    talk->flow = packets_run_one(&talk->run, packet);
}

static void sends(struct talk *talk, int side, int flags, size_t length)
{
    sends_at(talk, side, flags, talk->next[side], length);
    talk->next[side] += (uint32_t)length + ((flags & (S | F)) != 0);
}

/* The client's newest data once more. */
static void repeats(struct talk *talk, size_t length)
{
    sends_at(talk, SIDE_CLIENT, A, talk->next[SIDE_CLIENT] - (uint32_t)length, length);
}

/* The connection opens at once: handshakes and the first data. */
static void opens(struct talk *talk)
{
    sends(talk, SIDE_CLIENT, S, 0);
    sends(talk, SIDE_SERVER, S | A, 0);
    sends(talk, SIDE_CLIENT, A, 517);
    sends(talk, SIDE_SERVER, A, 1400);
    talk->flow->detail->tls_handshake_complete = true; /* as a dissector would say */
    sends(talk, SIDE_CLIENT, A, 300);
    sends(talk, SIDE_SERVER, A, 200);
    sends(talk, SIDE_CLIENT, A, 0);
}

/* Both speak and acknowledge within 0.1 s; returns when the last packet came. */
static void exchanges(struct talk *talk, double quiet, int by, size_t asked, size_t answered)
{
    talk->now += quiet;
    sends(talk, by, A, asked);
    talk->now += 0.05;
    sends(talk, !by, A, answered);
    talk->now += 0.05;
    sends(talk, by, A, 0);
}

static const struct fact_apns *ended(struct talk *talk)
{
    flow_table_finish(talk->run.flows);
    assert_int_equal(talk->run.facts[talk->run.fact_count - 1].kind, FACT_APNS);
    assert_int_equal(talk->run.facts[talk->run.fact_count - 2].kind, FACT_FLOW);
    return &talk->run.facts[talk->run.fact_count - 1].as.apns;
}

static int64_t seconds(double count)
{
    return (int64_t)(count * 1000 + 0.5) * NANOSECONDS_PER_MILLISECOND;
}

static void test_life_of_keep_alives(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    exchanges(talk, 60, SIDE_CLIENT, 40, 30);
    exchanges(talk, 60, SIDE_CLIENT, 40, 30);
    exchanges(talk, 70, SIDE_CLIENT, 40, 30);
    exchanges(talk, 90, SIDE_CLIENT, 40, 30);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->flow, 1);
    assert_int_equal(apns->role, APNS_DEVICE);
    assert_int_equal(apns->sign, APNS_BY_PORT);
    assert_int_equal(apns->server.port, 5223);
    assert_int_equal(apns->first_time, packets_time(0));
    assert_int_equal(apns->opened_time, packets_time(0));
    assert_int_equal(apns->exchanges, 4);
    assert_int_equal(apns->keep_alives, 4);
    assert_int_equal(apns->keep_alive_shortest, seconds(60.1));
    assert_int_equal(apns->keep_alive_interval, seconds(70.1));
    assert_int_equal(apns->keep_alive_longest, seconds(90.1));
    assert_int_equal(apns->idle_survived, seconds(90));
    assert_int_equal(apns->last_exchange_time, packets_time(280400));
    assert_int_equal(apns->end, APNS_OPEN);
    assert_int_equal(apns->end_time, TIMESTAMP_NONE);
    assert_int_equal(apns->idle_at_end, DIFFERENCE_NONE);
}

/* A notification is no keep-alive, and no interval spans one. */
static void test_notifications_between(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    exchanges(talk, 60, SIDE_CLIENT, 40, 30);
    exchanges(talk, 60, SIDE_CLIENT, 40, 30);
    exchanges(talk, 30, SIDE_SERVER, 900, 50); /* the server's, the client says thanks */
    exchanges(talk, 60, SIDE_CLIENT, 40, 30);
    exchanges(talk, 5, SIDE_CLIENT, 700, 30); /* too big */
    exchanges(talk, 60, SIDE_CLIENT, 40, 30);
    exchanges(talk, 60, SIDE_CLIENT, 40, 0); /* acknowledged, but not answered */
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->exchanges, 7);
    assert_int_equal(apns->keep_alives, 4);
    assert_int_equal(apns->keep_alive_interval, DIFFERENCE_NONE); /* one interval is no rhythm */
    assert_int_equal(apns->keep_alive_shortest, DIFFERENCE_NONE);
}

/* Memory is bounded: the median is that of the last ones. */
static void test_long_rhythm(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    for (int i = 0; i < 50; i++)
        exchanges(talk, 20, SIDE_CLIENT, 40, 30);
    for (int i = 0; i < 40; i++)
        exchanges(talk, 100, SIDE_CLIENT, 40, 30);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->keep_alives, 90);
    assert_int_equal(apns->keep_alive_interval, seconds(100.1));
    assert_int_equal(apns->keep_alive_shortest, seconds(20.1));
    assert_int_equal(apns->keep_alive_longest, seconds(100.1));
}

/* RFC 9293 section 3.8.4: they prove that the path remembers, and are no data. */
static void test_tcp_probes(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    talk->now += 300;
    sends_at(talk, SIDE_CLIENT, A, talk->next[SIDE_CLIENT] - 1, 1);
    sends(talk, SIDE_SERVER, A, 0);
    talk->now += 200;
    sends_at(talk, SIDE_SERVER, A, talk->next[SIDE_SERVER] - 1, 0);
    sends(talk, SIDE_CLIENT, A, 0);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->exchanges, 2);
    assert_int_equal(apns->keep_alives, 0);
    assert_int_equal(apns->idle_survived, seconds(300));
}

static void test_going_unanswered(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    exchanges(talk, 100, SIDE_CLIENT, 40, 30);
    talk->now += 180;
    sends(talk, SIDE_CLIENT, A, 40);
    uint64_t first = packet_identity(1, talk->run.number);
    double began = talk->now;
    for (int i = 0; i < 5; i++) {
        talk->now += 1 << i; /* 1, 2, 4 s ...: longer than what divides bursts */
        repeats(talk, 40);
    }
    talk->now += 20;
    sends(talk, SIDE_CLIENT, R | A, 0); /* the device gives up */
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->end, APNS_UNANSWERED);
    assert_int_equal(apns->idle_at_end, seconds(180));
    assert_int_equal(apns->idle_survived, seconds(100));
    assert_int_equal(apns->end_time, packets_time((int64_t)(began * 1000)));
    assert_int_equal(apns->end_packet, first);
    assert_int_equal(apns->exchanges, 1);
}

/* The capture ends while the client still tries; and too early to say so. */
static void test_unanswered_at_the_end(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    talk->now += 180;
    sends(talk, SIDE_CLIENT, A, 40);
    talk->now += 0.2;
    repeats(talk, 40);
    talk->now += 0.4;
    repeats(talk, 40);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->end, APNS_OPEN);
    talk->now += 1;
    talk->path.client.port++;
    opens(talk);
    talk->now += 180;
    sends(talk, SIDE_CLIENT, A, 40);
    talk->now += 0.2;
    repeats(talk, 40);
    talk->now += 0.9;
    repeats(talk, 40);
    apns = ended(talk);
    assert_int_equal(apns->end, APNS_UNANSWERED);
    assert_int_equal(apns->idle_at_end, seconds(180));
}

/* Late, but answered: no harm done. An older acknowledgment is no answer. */
static void test_answered_late(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    talk->now += 180;
    sends(talk, SIDE_CLIENT, A, 40);
    talk->next[SIDE_CLIENT] -= 40;
    sends(talk, SIDE_SERVER, A, 0);
    talk->next[SIDE_CLIENT] += 40;
    for (int i = 0; i < 4; i++) {
        talk->now += 1;
        repeats(talk, 40);
    }
    talk->now += 1;
    sends(talk, SIDE_SERVER, A, 30);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->end, APNS_OPEN);
    assert_int_equal(apns->exchanges, 1);
    assert_int_equal(apns->idle_survived, seconds(180));
}

static void test_reset_in_answer(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    exchanges(talk, 100, SIDE_CLIENT, 40, 30);
    talk->now += 200;
    sends(talk, SIDE_CLIENT, A, 40);
    talk->now += 0.03;
    sends(talk, SIDE_SERVER, R, 0);
    uint64_t reset = packet_identity(1, talk->run.number);
    sends(talk, SIDE_SERVER, R, 0);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->end, APNS_RESET_BY_SERVER);
    assert_int_equal(apns->idle_at_end, seconds(200));
    assert_int_equal(apns->idle_survived, seconds(100));
    assert_int_equal(apns->end_packet, reset);
    assert_int_equal(apns->end_time, packets_time(300130));
}

/* A device asleep does not hear the server, which gives up: no firewall has forgotten it. */
static void test_client_was_away(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    exchanges(talk, 100, SIDE_CLIENT, 40, 30);
    talk->now += 200;
    sends(talk, SIDE_SERVER, A, 60);
    for (int i = 0; i < 4; i++) {
        talk->now += 1 << i;
        sends_at(talk, SIDE_SERVER, A, talk->next[SIDE_SERVER] - 60, 60);
    }
    talk->next[SIDE_SERVER] -= 60; /* the client knows nothing of it */
    talk->now += 600;
    sends(talk, SIDE_CLIENT, A, 40);
    talk->now += 0.03;
    sends(talk, SIDE_SERVER, R, 0);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->end, APNS_RESET_BY_SERVER);
    assert_true(apns->idle_at_end == DIFFERENCE_NONE);
    assert_int_equal(apns->idle_survived, seconds(100));
}

/* A middlebox that tells both ends when its time is over. */
static void test_reset_out_of_the_blue(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    talk->now += 350;
    sends(talk, SIDE_SERVER, R, 0);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->end, APNS_RESET_BY_SERVER);
    assert_int_equal(apns->idle_at_end, seconds(350));
    assert_int_equal(apns->idle_survived, 0);
}

static void test_closed(void **state)
{
    static const enum apns_end ends[] = {APNS_CLOSED_BY_CLIENT, APNS_CLOSED_BY_SERVER};
    struct talk *talk = *state;
    for (int side = SIDE_CLIENT; side < SIDE_COUNT; side++) {
        talk->path.client.port++;
        opens(talk);
        talk->now += 30;
        sends(talk, side, A, 31); /* close_notify */
        sends(talk, side, F | A, 0);
        uint64_t fin = packet_identity(1, talk->run.number);
        sends(talk, !side, A, 31);
        sends(talk, !side, F | A, 0);
        sends(talk, side, A, 0);
        const struct fact_apns *apns = ended(talk);
        assert_int_equal(apns->end, ends[side]);
        assert_int_equal(apns->end_packet, fin);
        assert_int_equal(apns->idle_at_end, seconds(30));
        assert_int_equal(apns->keep_alives, 0); /* though it looks like one */
    }
}

/* A farewell to a server that is gone is no connection that was cut. */
static void test_farewell_unanswered(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    talk->now += 30;
    sends(talk, SIDE_CLIENT, F | A, 0);
    for (int i = 0; i < 4; i++) {
        talk->now += 1;
        sends_at(talk, SIDE_CLIENT, F | A, talk->next[SIDE_CLIENT] - 1, 0);
    }
    assert_int_equal(ended(talk)->end, APNS_CLOSED_BY_CLIENT);
}

static void test_reset_by_client(void **state)
{
    struct talk *talk = *state;
    opens(talk);
    talk->now += 1;
    sends(talk, SIDE_CLIENT, R, 0);
    assert_int_equal(ended(talk)->end, APNS_RESET_BY_CLIENT);
}

static void test_never_opened(void **state)
{
    struct talk *talk = *state;
    sends(talk, SIDE_CLIENT, S, 0);
    talk->now += 1;
    sends_at(talk, SIDE_CLIENT, S, 1000, 0);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->end, APNS_NEVER_OPENED);
    assert_int_equal(apns->opened_time, TIMESTAMP_NONE);
    assert_int_equal(apns->end_time, TIMESTAMP_NONE);
    assert_int_equal(apns->exchanges, 0);
    talk->path.client.port++;
    talk->next[SIDE_CLIENT] = 1000;
    sends(talk, SIDE_CLIENT, S, 0);
    sends(talk, SIDE_SERVER, S | A, 0);
    sends(talk, SIDE_CLIENT, A, 517);
    talk->now += 5;
    sends(talk, SIDE_SERVER, R, 0);
    apns = ended(talk);
    assert_int_equal(apns->end, APNS_NEVER_OPENED);
    assert_int_equal(apns->end_time, packets_time(6000));
    assert_int_equal(apns->idle_at_end, DIFFERENCE_NONE);
}

/* The capture began later: what is sent now is taken for data. */
static void test_midstream(void **state)
{
    struct talk *talk = *state;
    exchanges(talk, 0, SIDE_CLIENT, 40, 30);
    exchanges(talk, 120, SIDE_CLIENT, 40, 30);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->opened_time, packets_time(50));
    assert_int_equal(apns->exchanges, 1);
    assert_int_equal(apns->idle_survived, seconds(120));
    assert_int_equal(apns->end, APNS_OPEN);
    talk->path.client.port++;
    sends(talk, SIDE_SERVER, A, 30); /* of which nothing is known but its end */
    sends(talk, SIDE_SERVER, F | A, 0);
    assert_int_equal(ended(talk)->end, APNS_CLOSED_BY_SERVER);
}

/* On 443 the name tells, and it comes with the ClientHello. */
static void test_known_by_name(void **state)
{
    struct talk *talk = *state;
    talk->path.server.port = 443;
    sends(talk, SIDE_CLIENT, S, 0);
    sends(talk, SIDE_SERVER, S | A, 0);
    assert_null(talk->flow->detail->push);
    observation_name_flow(&talk->run.observation, talk->flow, "courier.push.apple.com");
    sends(talk, SIDE_CLIENT, A, 517);
    assert_non_null(talk->flow->detail->push);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->sign, APNS_BY_NAME);
    assert_int_equal(apns->first_time, packets_time(0));
}

/* Resolved as a courier's, but named as something else. */
static void test_another_service_after_all(void **state)
{
    struct talk *talk = *state;
    talk->path.server.port = 443;
    struct address client = talk->path.client.address, server = talk->path.server.address;
    resolved_names_add(talk->run.observation.names, &client, &server, "7-courier.push.apple.com");
    sends(talk, SIDE_CLIENT, S, 0);
    assert_non_null(talk->flow->detail->push);
    observation_name_flow(&talk->run.observation, talk->flow, "gateway.icloud.com");
    sends(talk, SIDE_CLIENT, A, 517);
    flow_table_finish(talk->run.flows);
    assert_int_equal(packets_count(&talk->run, FACT_FLOW), 1);
    assert_int_equal(packets_count(&talk->run, FACT_APNS), 0);
}

/* A clock that was set back makes no quiet of its own. */
static void test_time_that_steps_back(void **state)
{
    struct talk *talk = *state;
    talk->now = 1000;
    opens(talk);
    talk->now = 0;
    exchanges(talk, 0, SIDE_CLIENT, 40, 30);
    exchanges(talk, 60, SIDE_CLIENT, 40, 30);
    const struct fact_apns *apns = ended(talk);
    assert_int_equal(apns->idle_survived, seconds(60));
    assert_int_equal(apns->end, APNS_OPEN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_life_of_keep_alives),
        TEST(test_notifications_between),
        TEST(test_long_rhythm),
        TEST(test_tcp_probes),
        TEST(test_going_unanswered),
        TEST(test_unanswered_at_the_end),
        TEST(test_answered_late),
        TEST(test_reset_in_answer),
        TEST(test_client_was_away),
        TEST(test_reset_out_of_the_blue),
        TEST(test_closed),
        TEST(test_farewell_unanswered),
        TEST(test_reset_by_client),
        TEST(test_never_opened),
        TEST(test_midstream),
        TEST(test_known_by_name),
        TEST(test_another_service_after_all),
        TEST(test_time_that_steps_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
