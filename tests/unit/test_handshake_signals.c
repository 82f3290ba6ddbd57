/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do failed handshakes show of who stands in the way, beside the failure itself: one
 * device under many names, weaker answers, packets too big, a clock without time?
 */
#include "tests/support/handshakes.h"

static const struct finding *assert_rejected(struct facts *facts, enum severity severity,
                                             const char *alert, const char *sender)
{
    const struct finding *finding = facts_only_finding(facts, "tls-rejected", severity);
    assert_detail(finding, "alert", alert);
    assert_detail(finding, "sender", sender);
    assert_devices(finding, DEVICE);
    return finding;
}

static void alert_gs(struct facts *facts, uint16_t version, enum party from, uint8_t alert)
{
    alerted(facts, DEVICE, "gs.apple.com", version, from, alert, 1000);
    alerted(facts, DEVICE, "gs.apple.com", version, from, alert, 3000);
}

static const struct finding *assert_suspected(struct facts *facts, const char *signals)
{
    const struct finding *finding =
        facts_only_finding(facts, "tls-interception-suspected", SEVERITY_WARNING);
    assert_string_equal(finding->host, "gs.apple.com");
    assert_detail(finding, "signals", signals);
    assert_culprit(finding, CULPRIT_PROXY, NULL);
    assert_devices(finding, DEVICE);
    return finding;
}

#define WEB "23.45.67.89" /* of a CDN, no network of Apple's */

/* Refused under TLS 1.3 by what looks the same whoever is asked. */
static struct fact_tls *refused_by(struct facts *facts, const char *name, const char *server,
                                   uint8_t ttl, int64_t at)
{
    struct fact_flow *flow = open_flow(facts, DEVICE, server, name, at);
    flow->server_ttl = ttl;
    flow->server_marks = (struct sender_marks){.ttl_lowest = ttl,
                                               .ttl_highest = ttl,
                                               .syn_window = 65160,
                                               .syn_options = "M1460,S,T,N,W7"};
    struct fact_tls *tls = say_hello(facts, flow, HELLO_BYTES);
    answer(tls, 0x0304, 25);
    tls->ja3s = "eb1d94daa7e0344597e756a1fb6e7054";
    tls->client_refused = true;
    tls->client_groups = "X25519MLKEM768,x25519";
    tls->client_shares = "X25519MLKEM768,x25519";
    return tls;
}

static const struct finding *suspected_of(struct facts *facts, const char *host)
{
    facts_diagnose(facts);
    for (size_t i = 0; i < facts->diagnosis->finding_count; i++)
        if (strcmp(facts->diagnosis->findings[i].kind, "tls-interception-suspected") == 0 &&
            strcmp(facts->diagnosis->findings[i].host, host) == 0)
            return &facts->diagnosis->findings[i];
    fail_msg("no suspicion of %s", host);
    return NULL;
}

/* Apple's server and a CDN's look the same, from the same distance; or differ in one mark. */
static void one_device_answers_for_two_operators(void **state)
{
    static const uint8_t ttls[] = {62, 61};
    for (size_t i = 0; i < 2; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        for (int64_t j = 0; j < 2; j++) {
            refused_by(facts, "gs.apple.com", GS, 62, 1000 + j * 200000);
            refused_by(facts, "init.itunes.apple.com", WEB, ttls[i], 2000 + j * 200000);
        }
        const struct finding *finding = suspected_of(facts, "gs.apple.com");
        assert_detail(finding, "signals",
                      i == 0 ? "encrypted-alert, one-terminator" : "encrypted-alert");
        assert_int_equal(finding->confidence, i == 0 ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE);
    }
}

static void two_servers_of_one_operator_look_alike(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++) {
        refused_by(facts, "gs.apple.com", GS, 62, 1000 + i * 200000);
        refused_by(facts, "albert.apple.com", OTHER_SERVER, 62, 2000 + i * 200000);
    }
    assert_detail(suspected_of(facts, "gs.apple.com"), "signals", "encrypted-alert");
}

/* Another device gets the newer key exchange under the same name; or one as old. */
static void a_weaker_answer_than_elsewhere(void **state)
{
    static const uint16_t groups[] = {0x11ec, 29};
    for (size_t i = 0; i < 2; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        for (int64_t j = 0; j < 2; j++)
            refused_by(facts, "gs.apple.com", GS, 62, 1000 + j * 200000)->group = 29;
        complete(facts, OTHER_DEVICE, GS, "gs.apple.com", HELLO_BYTES, 5000);
        struct fact_tls *tls = &facts->list[facts->count - 1].as.tls;
        tls->group = groups[i];
        tls->client_groups = tls->client_shares = "X25519MLKEM768,x25519";
        assert_detail(suspected_of(facts, "gs.apple.com"), "signals",
                      i == 0 ? "encrypted-alert, weaker-than-elsewhere" : "encrypted-alert");
    }
}

/* RFC 8446 section 4.1.3: the server could do better, and the device had offered it. */
static void an_offer_that_was_altered(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        for (int64_t j = 0; j < 2; j++) {
            alerted(facts, DEVICE, "gs.apple.com", 0x0303, PARTY_CLIENT, 47, 1000 + j * 2000);
            facts->list[facts->count - 1].as.tls.downgrade = i == 0 ? 1 : 0;
        }
        if (i == 0)
            assert_int_equal(
                assert_suspected(facts, "illegal_parameter, downgrade-sentinel")->confidence,
                CONFIDENCE_LIKELY);
        else
            assert_rejected(facts, SEVERITY_CRITICAL, "illegal_parameter", "client");
    }
}

/* That it tries again follows from the refusal: it proves nothing more. */
static void trying_again_proves_nothing(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++)
        refused_hidden(facts, "gs.apple.com", 0, 1000 + i * 4000);
    assert_int_equal(assert_suspected(facts, "encrypted-alert, retries")->confidence,
                     CONFIDENCE_POSSIBLE);
}

/* Told by a router, and not obeyed; told, and obeyed. */
static void packets_too_big_for_the_path(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++) {
        struct fact_flow *flow =
            stall(facts, DEVICE, GS, "gs.apple.com", BIG_HELLO_BYTES, 1000 + i * 20000);
        flow->path_mtu = 1400;
        flow->path_mtu_sender = facts_address("203.0.113.2");
        flow->path_mtu_packet = facts_packet(facts);
        flow->path_mtu_time = flow->first_time;
    }
    complete(facts, DEVICE, GS, "gg.apple.com", BIG_HELLO_BYTES, 5000);
    const struct finding *finding = assert_stalled(facts, SEVERITY_CRITICAL, "mtu-black-hole");
    assert_detail(finding, "path_mtu_sender", "203.0.113.2");
    assert_non_null(strstr(finding->remedy, "203.0.113.2"));
    facts_end(facts);

    begin(state);
    complete(facts, DEVICE, GS, "gs.apple.com", BIG_HELLO_BYTES, 1000);
    facts->list[facts->count - 2].as.flow.path_mtu = 1400;
    facts_no_finding(facts);
}

/* A filter that forges RSTs drops some of the attempts. */
static void stalls_beside_resets(void **state)
{
    struct facts *facts = *state;
    facts_reset(facts, DEVICE, GS, 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 500)
        ->server_name = "gs.apple.com";
    stall_gs(facts, HELLO_BYTES);
    const struct finding *finding =
        facts_only_finding(facts, "connection-reset", SEVERITY_CRITICAL);
    assert_non_null(strstr(finding->explanation,
                           "2 other connections of the same device got no answer to the "
                           "ClientHello"));
}

static void blocked_time_names_its_consequence(void **state)
{
    struct facts *facts = *state;
    facts_udp_silent(facts, DEVICE, "17.253.4.125", 123, 4, 500)->resolved_name = "time.apple.com";
    alert_gs(facts, 0x0303, PARTY_CLIENT, 42);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_detail(finding, "consequence", "certificates-rejected");
    assert_non_null(strstr(finding->explanation, "the certificate of gs.apple.com"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_device_answers_for_two_operators),
        CASE(two_servers_of_one_operator_look_alike),
        CASE(a_weaker_answer_than_elsewhere),
        CASE(an_offer_that_was_altered),
        CASE(trying_again_proves_nothing),
        CASE(packets_too_big_for_the_path),
        CASE(stalls_beside_resets),
        CASE(blocked_time_names_its_consequence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
