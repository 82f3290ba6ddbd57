/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/quic.c see how far a connection came, however its hellos are cut
 * into packets and whatever else comes with them?  The samples of the RFCs, and
 * Initials sealed by hand.
 */
#include "tests/support/dissection.h"
#include "tests/support/quic_packets.h"

#define GREASE_VERSION UINT32_C(0x1a2a3a4a)
#define SAMPLE(name) bytes_of(name, sizeof name)

static const uint8_t client_id[] = {0xc1, 0xc2, 0xc3, 0xc4};
static const uint8_t server_id[] = {0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5};

struct talk {
    struct dissection dissection;
    struct quic_sealing client;
    struct quic_sealing server;
    uint64_t number; /* of the last datagram */
};

/* Keeps the texts that the tests here look at, too. */
static bool take(void *owner, const struct fact *fact)
{
    struct dissection *dissection = owner;
    bool taken = dissection_take(owner, fact);
    struct fact_tls *copy = &dissection->facts[dissection->fact_count - 1].as.tls;
    if (fact->kind == FACT_TLS) {
        copy->ja4 = arena_copy(&dissection->arena, fact->as.tls.ja4);
        copy->client_groups = arena_copy(&dissection->arena, fact->as.tls.client_groups);
        copy->quic_versions = arena_copy(&dissection->arena, fact->as.tls.quic_versions);
    }
    return taken;
}

static void begin(struct talk *talk)
{
    memset(talk, 0, sizeof *talk);
    dissection_begin(&talk->dissection, &dissector_quic, 443);
    talk->dissection.observation.sink = (struct fact_sink){take, &talk->dissection};
    talk->dissection.observation.all_flows = true;
    talk->client = (struct quic_sealing){.version = QUIC_VERSION_1,
                                         .sender = QUIC_CLIENT,
                                         .origin = SAMPLE(quic_sample_origin),
                                         .destination = SAMPLE(quic_sample_origin),
                                         .source = SAMPLE(client_id)};
    talk->server = (struct quic_sealing){.version = QUIC_VERSION_1,
                                         .sender = QUIC_SERVER,
                                         .origin = SAMPLE(quic_sample_origin),
                                         .destination = SAMPLE(client_id),
                                         .source = SAMPLE(server_id)};
}

static enum dissector_answer datagram(struct talk *talk, int side, struct bytes payload)
{
    uint64_t number = ++talk->number;
    return dissection_datagram(&talk->dissection, side, number, (int64_t)number, payload);
}

static enum dissector_answer sealed(struct talk *talk, int side, struct bytes frames)
{
    uint8_t packet[QUIC_SEALED_SIZE];
    struct quic_sealing *sealing = side == SIDE_CLIENT ? &talk->client : &talk->server;
    size_t length = quic_seal(sealing, frames, packet);
    sealing->number++;
    return datagram(talk, side, bytes_of(packet, length));
}

/* The flow is over: its fact. */
static const struct fact_tls *told(struct talk *talk)
{
    dissection_finish(&talk->dissection);
    assert_int_equal(dissection_count(&talk->dissection, FACT_TLS), 1);
    return &dissection_last(&talk->dissection, FACT_TLS)->as.tls;
}

static void end(struct talk *talk)
{
    /* It was told already: nothing more may come. */
    free(talk->dissection.detail.dissector_state);
    talk->dissection.detail.dissector_state = calloc(1, dissector_quic.state_size);
    assert_non_null(talk->dissection.detail.dissector_state);
    dissection_end(&talk->dissection);
}

static struct bytes client_frames(void)
{
    return SAMPLE(quic_sample_client_frames);
}

/* The ClientHello with its header, without the frame's. */
static struct bytes client_message(void)
{
    return bytes_from(client_frames(), 4);
}

static struct bytes server_frames(void)
{
    return SAMPLE(quic_sample_server_frames);
}

/* A CRYPTO frame; tells where it ends. */
static size_t crypto(uint8_t *out, size_t at, uint32_t offset, struct bytes content)
{
    at = quic_put_u8(out, at, 0x06);
    at = quic_put_number(out, at, offset);
    at = quic_put_number(out, at, (uint32_t)content.length);
    return quic_put(out, at, content);
}

static void client_hello_is_told(const struct fact_tls *tls, uint64_t packet)
{
    assert_string_equal(tls->server_name, "example.com");
    assert_string_equal(tls->client_alpn, "alpn");
    assert_int_equal(tls->client_version, 0x0304);
    assert_int_equal(tls->client_hello_bytes, 241);
    assert_int_equal(tls->client_hello_packet, packet_identity(1, packet));
    assert_int_equal(tls->client_hello_time,
                     DISSECTION_EPOCH + (int64_t)packet * NANOSECONDS_PER_MILLISECOND);
    assert_string_equal(tls->client_groups, "x25519,secp256r1,secp384r1");
    assert_memory_equal(tls->ja4, "q13d", 4);
}

static void both_hellos(const uint8_t *client, const uint8_t *server, uint32_t version)
{
    struct talk talk;
    begin(&talk);
    assert_int_equal(datagram(&talk, SIDE_CLIENT, bytes_of(client, QUIC_SAMPLE_CLIENT_SIZE)),
                     DISSECTOR_MORE);
    assert_int_equal(datagram(&talk, SIDE_SERVER, bytes_of(server, sizeof quic_sample_v1_server)),
                     DISSECTOR_MORE);
    assert_string_equal(talk.dissection.detail.server_name, "example.com");
    const struct fact_tls *tls = told(&talk);
    client_hello_is_told(tls, 1);
    assert_int_equal(tls->quic_version, version);
    assert_int_equal(tls->server_version, 0x0304);
    assert_int_equal(tls->cipher, 0x1301);
    assert_int_equal(tls->group, 29);
    assert_int_equal(tls->server_hello_packet, packet_identity(1, 2));
    assert_int_equal(tls->retry_time, TIMESTAMP_NONE);
    assert_int_equal(tls->alert_time, TIMESTAMP_NONE);
    assert_int_equal(tls->certificate_time, TIMESTAMP_NONE);
    assert_int_equal(tls->client_reply_time, TIMESTAMP_NONE);
    assert_false(tls->quic_retry);
    assert_false(tls->has_quic_close);
    assert_false(tls->handshake_complete);
    assert_null(tls->quic_versions);
    end(&talk);
}

static void test_samples(void **state)
{
    (void)state;
    both_hellos(quic_sample_v1_client, quic_sample_v1_server, QUIC_VERSION_1);
    both_hellos(quic_sample_v2_client, quic_sample_v2_server, QUIC_VERSION_2);
}

static void test_no_interest_is_left_soon(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    talk.dissection.observation.all_flows = false;
    assert_int_equal(datagram(&talk, SIDE_CLIENT, SAMPLE(quic_sample_v1_client)), DISSECTOR_DONE);
    dissection_finish(&talk.dissection);
    assert_int_equal(talk.dissection.fact_count, 0);
    end(&talk);
}

static void test_draft(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    talk.client.version = QUIC_VERSION_DRAFT_29;
    assert_int_equal(sealed(&talk, SIDE_CLIENT, client_frames()), DISSECTOR_MORE);
    const struct fact_tls *tls = told(&talk);
    client_hello_is_told(tls, 1);
    assert_int_equal(tls->quic_version, QUIC_VERSION_DRAFT_29);
    assert_int_equal(tls->server_hello_time, TIMESTAMP_NONE);
    end(&talk);
}

/* Three pieces in three packets, in every order, the first packet with other frames
 * and the last datagram with packets in front that cannot be read. */
static void test_fragments_in_every_order(void **state)
{
    (void)state;
    static const size_t cuts[] = {0, 60, 61, 241};
    for (unsigned order = 0; order < 6; order++) {
        struct talk talk;
        unsigned left[] = {0, 1, 2}, rest = order;
        begin(&talk);
        for (unsigned count = 3; count > 0; count--) {
            uint8_t frames[512];
            unsigned chosen = rest % count;
            rest /= count;
            unsigned piece = left[chosen];
            left[chosen] = left[count - 1];
            size_t length = quic_put_u8(frames, 0, 0x01); /* PING */
            length = crypto(frames, length, (uint32_t)cuts[piece],
                            bytes_first(bytes_from(client_message(), cuts[piece]),
                                        cuts[piece + 1] - cuts[piece]));
            memset(frames + length, 0, 30);
            assert_int_equal(sealed(&talk, SIDE_CLIENT, bytes_of(frames, length + 30)),
                             DISSECTOR_MORE);
        }
        client_hello_is_told(told(&talk), 3);
        end(&talk);
    }
}

static void test_pieces_in_one_packet(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t frames[1024];
    begin(&talk);
    size_t length = 0;
    for (size_t i = 241; i > 0;) {
        size_t count = i < 20 ? i : 20;
        i -= count;
        length = crypto(frames, length, (uint32_t)i,
                        bytes_first(bytes_from(client_message(), i), count));
        length = quic_put_u8(frames, length, 0);
    }
    sealed(&talk, SIDE_CLIENT, bytes_of(frames, length));
    client_hello_is_told(told(&talk), 1);
    end(&talk);
}

static void test_hostile_frames(void **state)
{
    (void)state;
    static const uint8_t bad[][18] = {
        {0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x41}, /* the offset */
        {0x06, 0x7f, 0xff, 0x01, 0x41}, /* the same, near the limit */
        {0x06, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, /* the length */
        {0x06, 0x00, 0x7f, 0xff},
        {0x02, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, /* ACK ranges */
        {0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0}, /* ECN counts cut */
        {0x1c, 0x41, 0x28, 0x06, 0x7f, 0xff}, /* a reason that is not there */
        {0x08, 0x00, 0x41}, /* STREAM has no place here */
        {0xff}};
    struct talk talk;
    begin(&talk);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(sealed(&talk, SIDE_CLIENT, SAMPLE(bad[i])), DISSECTOR_MORE);
    sealed(&talk, SIDE_CLIENT, client_frames());
    const struct fact_tls *tls = told(&talk);
    client_hello_is_told(tls, 1 + sizeof bad / sizeof bad[0]);
    assert_false(tls->has_quic_close);
    end(&talk);
}

static void test_frames_at_every_length(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof quic_sample_server_frames; length++) {
        struct talk talk;
        begin(&talk);
        sealed(&talk, SIDE_CLIENT, client_frames());
        assert_int_equal(sealed(&talk, SIDE_SERVER, bytes_first(server_frames(), length)),
                         DISSECTOR_MORE);
        assert_int_equal(told(&talk)->server_hello_packet, PACKET_NONE);
        end(&talk);
    }
}

/* The version is told as soon as the header is there, and nothing else. */
static void test_datagrams_at_every_length(void **state)
{
    (void)state;
    struct bytes whole = SAMPLE(quic_sample_v1_client);
    for (size_t length = 0; length < whole.length; length++) {
        struct talk talk;
        bool header = length >= 1 + 4 + 1 + 8 + 1;
        uint8_t *copy = dissection_exact(bytes_first(whole, length));
        begin(&talk);
        assert_int_equal(dissector_quic.claims(&talk.dissection.flow, bytes_of(copy, length)),
                         header);
        free(copy);
        datagram(&talk, SIDE_CLIENT, bytes_first(whole, length));
        dissection_finish(&talk.dissection);
        assert_int_equal(dissection_count(&talk.dissection, FACT_TLS), header);
        if (header) {
            const struct fact_tls *tls = &dissection_last(&talk.dissection, FACT_TLS)->as.tls;
            assert_int_equal(tls->quic_version, QUIC_VERSION_1);
            assert_int_equal(tls->client_hello_packet, PACKET_NONE);
            assert_null(tls->server_name);
        }
        end(&talk);
    }
}

/* The client begins anew with the connection ID that the Retry names. */
static void retried(struct talk *talk)
{
    talk->client.origin = talk->client.destination = SAMPLE(server_id);
    talk->client.token = bytes_of("token", 5);
    talk->server.origin = SAMPLE(server_id);
    sealed(talk, SIDE_CLIENT, client_frames());
    sealed(talk, SIDE_SERVER, server_frames());
}

static void test_retry(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    datagram(&talk, SIDE_SERVER, SAMPLE(quic_sample_v1_retry));
    retried(&talk);
    const struct fact_tls *tls = told(&talk);
    assert_true(tls->quic_retry);
    client_hello_is_told(tls, 1);
    assert_int_equal(tls->server_hello_packet, packet_identity(1, 4));
    end(&talk);
}

/* Or the hello is whole only after the Retry. */
static void test_retry_of_half_a_hello(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t frames[256];
    begin(&talk);
    size_t length = crypto(frames, 0, 0, bytes_first(client_message(), 100));
    sealed(&talk, SIDE_CLIENT, bytes_of(frames, length));
    datagram(&talk, SIDE_SERVER, SAMPLE(quic_sample_v1_retry));
    retried(&talk);
    const struct fact_tls *tls = told(&talk);
    assert_true(tls->quic_retry);
    client_hello_is_told(tls, 3);
    end(&talk);
}

/* A Retry that the capture has not is no retry, but the hellos are read. */
static void test_retry_missed(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    retried(&talk);
    const struct fact_tls *tls = told(&talk);
    assert_false(tls->quic_retry);
    assert_int_equal(tls->server_hello_packet, packet_identity(1, 3));
    end(&talk);
}

/* What was left of another attempt is not mixed into the new one's hello. */
static void test_another_connection(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t frames[256], other[100];
    memset(other, 0xee, sizeof other);
    begin(&talk);
    size_t length = crypto(frames, 0, 50, SAMPLE(other));
    sealed(&talk, SIDE_CLIENT, bytes_of(frames, length));
    talk.client.origin = talk.client.destination = SAMPLE(server_id);
    sealed(&talk, SIDE_CLIENT, client_frames());
    client_hello_is_told(told(&talk), 2);
    end(&talk);
}

static void test_retry_forged(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t forged[sizeof quic_sample_v1_retry];
    begin(&talk);
    memcpy(forged, quic_sample_v1_retry, sizeof forged);
    forged[sizeof forged - 1] ^= 1;
    datagram(&talk, SIDE_SERVER, SAMPLE(quic_sample_v1_retry)); /* answers nothing */
    sealed(&talk, SIDE_CLIENT, client_frames());
    datagram(&talk, SIDE_SERVER, SAMPLE(forged));
    datagram(&talk, SIDE_CLIENT, SAMPLE(quic_sample_v1_retry)); /* of the wrong side */
    sealed(&talk, SIDE_SERVER, server_frames());
    datagram(&talk, SIDE_SERVER, SAMPLE(quic_sample_v1_retry)); /* too late */
    const struct fact_tls *tls = told(&talk);
    assert_false(tls->quic_retry);
    assert_int_equal(tls->server_hello_packet, packet_identity(1, 5));
    end(&talk);
}

/* A server's offer of a reserved version, 1 and 2, in answer to these IDs. */
static size_t version_offer(uint8_t *out, struct bytes client, struct bytes server)
{
    static const uint8_t versions[] = {0x5a, 0x6a, 0x7a, 0x8a, 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf};
    size_t at = quic_put_u8(out, 0, 0x80);
    at = quic_put_u16(out, quic_put_u16(out, at, 0), 0);
    at = quic_put(out, quic_put_u8(out, at, (unsigned)client.length), client);
    at = quic_put(out, quic_put_u8(out, at, (unsigned)server.length), server);
    return quic_put(out, at, SAMPLE(versions));
}

static size_t unknown_version(uint8_t out[64], uint32_t version)
{
    struct quic_sealing sealing = {
        .version = version, .destination = SAMPLE(quic_sample_origin), .source = SAMPLE(client_id)};
    return quic_put_header(&sealing, 0, out);
}

static void test_version_negotiation(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t offer[128];
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    size_t length = version_offer(offer, SAMPLE(client_id), SAMPLE(quic_sample_origin));
    assert_int_equal(datagram(&talk, SIDE_SERVER, bytes_of(offer, length)), DISSECTOR_MORE);
    const struct fact_tls *tls = told(&talk);
    assert_string_equal(tls->quic_versions, "0x00000001,0x6b3343cf");
    assert_int_equal(tls->quic_version, QUIC_VERSION_1);
    end(&talk);
}

/* Who did not see the client's packet cannot know its connection IDs. */
static void test_version_negotiation_forged(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t offer[128];
    begin(&talk);
    size_t length = version_offer(offer, SAMPLE(client_id), SAMPLE(quic_sample_origin));
    datagram(&talk, SIDE_SERVER, bytes_of(offer, length)); /* before anybody asked */
    sealed(&talk, SIDE_CLIENT, client_frames());
    datagram(&talk, SIDE_CLIENT, bytes_of(offer, length));
    length = version_offer(offer, SAMPLE(client_id), SAMPLE(server_id));
    datagram(&talk, SIDE_SERVER, bytes_of(offer, length));
    length = version_offer(offer, SAMPLE(server_id), SAMPLE(quic_sample_origin));
    datagram(&talk, SIDE_SERVER, bytes_of(offer, length));
    assert_null(told(&talk)->quic_versions);
    end(&talk);
}

static void test_version_negotiation_at_every_length(void **state)
{
    (void)state;
    uint8_t offer[128];
    size_t whole = version_offer(offer, SAMPLE(client_id), SAMPLE(quic_sample_origin));
    for (size_t length = 0; length < whole; length++) {
        struct talk talk;
        begin(&talk);
        sealed(&talk, SIDE_CLIENT, client_frames());
        datagram(&talk, SIDE_SERVER, bytes_of(offer, length));
        const char *versions = told(&talk)->quic_versions;
        if (length < whole - 4)
            assert_null(versions);
        else
            assert_string_equal(versions, "0x00000001");
        end(&talk);
    }
}

static void test_a_long_version_list(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t offer[1200];
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    size_t length = version_offer(offer, SAMPLE(client_id), SAMPLE(quic_sample_origin));
    memset(offer + length, 1, sizeof offer - length);
    datagram(&talk, SIDE_SERVER, SAMPLE(offer));
    const char *versions = told(&talk)->quic_versions;
    assert_memory_equal(versions, "0x00000001,0x6b3343cf,0x01010101,", 33);
    assert_int_equal((strlen(versions) + 1) % strlen("0x01010101,"), 0);
    assert_true(strlen(versions) < 128);
    end(&talk);
}

/* A client that only tests for Version Negotiation, and then begins in earnest. */
static void test_a_reserved_version_comes_first(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t packet[QUIC_SEALED_SIZE];
    begin(&talk);
    size_t length = unknown_version(packet, GREASE_VERSION);
    assert_true(dissector_quic.claims(&talk.dissection.flow, bytes_of(packet, length)));
    assert_int_equal(datagram(&talk, SIDE_CLIENT, bytes_of(packet, length)), DISSECTOR_MORE);
    length = version_offer(packet, SAMPLE(client_id), SAMPLE(quic_sample_origin));
    datagram(&talk, SIDE_SERVER, bytes_of(packet, length));
    sealed(&talk, SIDE_CLIENT, client_frames());
    const struct fact_tls *tls = told(&talk);
    client_hello_is_told(tls, 3);
    assert_int_equal(tls->quic_version, QUIC_VERSION_1);
    assert_string_equal(tls->quic_versions, "0x00000001,0x6b3343cf");
    end(&talk);
}

static void test_an_unknown_version_is_told(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t packet[QUIC_SEALED_SIZE];
    begin(&talk);
    datagram(&talk, SIDE_CLIENT, bytes_of(packet, unknown_version(packet, GREASE_VERSION)));
    const struct fact_tls *tls = told(&talk);
    assert_int_equal(tls->quic_version, GREASE_VERSION);
    assert_int_equal(tls->client_hello_packet, PACKET_NONE);
    assert_int_equal(tls->client_hello_time, TIMESTAMP_NONE);
    end(&talk);
}

/* RFC 9369 section 4.1: the server goes on in another version than the client. */
static void test_the_server_changes_the_version(void **state)
{
    (void)state;
    struct talk talk;
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    talk.server.version = QUIC_VERSION_2;
    sealed(&talk, SIDE_SERVER, server_frames());
    sealed(&talk, SIDE_CLIENT, client_frames()); /* sent again before that arrived */
    const struct fact_tls *tls = told(&talk);
    assert_int_equal(tls->quic_version, QUIC_VERSION_2);
    client_hello_is_told(tls, 1);
    assert_int_equal(tls->server_hello_packet, packet_identity(1, 2));
    end(&talk);
}

/* A ServerHello with the random value of RFC 8446 section 4.1.3 asks for another
 * ClientHello; the right one follows it in the same stream. */
static void test_hello_retry_request(void **state)
{
    (void)state;
    static const uint8_t random[] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
                                     0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
                                     0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
                                     0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
    struct talk talk;
    struct bytes hello = bytes_from(server_frames(), 9);
    uint8_t request[128], frames[256];
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    memcpy(request, hello.data, hello.length);
    memcpy(request + 6, random, sizeof random);
    size_t length = crypto(frames, 0, 0, bytes_of(request, hello.length));
    sealed(&talk, SIDE_SERVER, bytes_of(frames, length));
    length = crypto(frames, 0, 241, client_message());
    sealed(&talk, SIDE_CLIENT, bytes_of(frames, length));
    length = crypto(frames, 0, (uint32_t)hello.length, hello);
    sealed(&talk, SIDE_SERVER, bytes_of(frames, length));
    const struct fact_tls *tls = told(&talk);
    client_hello_is_told(tls, 1);
    assert_int_equal(tls->retry_packet, packet_identity(1, 2));
    assert_int_equal(tls->retry_time, DISSECTION_EPOCH + 2 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(tls->server_hello_packet, packet_identity(1, 4));
    end(&talk);
}

/* CRYPTO_ERROR with the alert handshake_failure, 40. */
static void test_an_alert_closes(void **state)
{
    (void)state;
    static const uint8_t frames[] = {0x1c, 0x41, 0x28, 0x06, 0x02, 'n', 'o', 0, 0};
    struct talk talk;
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    assert_int_equal(sealed(&talk, SIDE_SERVER, SAMPLE(frames)), DISSECTOR_DONE);
    const struct fact_tls *tls = told(&talk);
    assert_true(tls->has_quic_close);
    assert_int_equal(tls->quic_close, 0x128);
    assert_int_equal(tls->alert_from, PARTY_SERVER);
    assert_int_equal(tls->alert, 40);
    assert_int_equal(tls->alert_packet, packet_identity(1, 2));
    end(&talk);
}

static void test_another_error_is_no_alert(void **state)
{
    (void)state;
    static const uint8_t frames[] = {0x02, 0, 0, 0, 0, 0x1c, 0x02, 0x00, 0x00, 0, 0, 0};
    struct talk talk;
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    assert_int_equal(sealed(&talk, SIDE_SERVER, SAMPLE(frames)), DISSECTOR_DONE);
    const struct fact_tls *tls = told(&talk);
    assert_true(tls->has_quic_close);
    assert_int_equal(tls->quic_close, 2); /* CONNECTION_REFUSED */
    assert_int_equal(tls->alert_from, PARTY_NONE);
    assert_int_equal(tls->alert_time, TIMESTAMP_NONE);
    end(&talk);
}

/* 1-RTT packets of the client show its Finished; not those of others. */
static void test_handshake_complete(void **state)
{
    (void)state;
    static const uint8_t good[] = {0x4a, 0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5, 0x99};
    static const uint8_t other[] = {0x4a, 0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb6, 0x99};
    struct talk talk;
    begin(&talk);
    sealed(&talk, SIDE_CLIENT, client_frames());
    assert_int_equal(datagram(&talk, SIDE_CLIENT, SAMPLE(good)), DISSECTOR_MORE);
    sealed(&talk, SIDE_SERVER, server_frames());
    assert_int_equal(datagram(&talk, SIDE_SERVER, SAMPLE(good)), DISSECTOR_MORE);
    assert_int_equal(datagram(&talk, SIDE_CLIENT, SAMPLE(other)), DISSECTOR_MORE);
    for (size_t length = 0; length < 9; length++)
        assert_int_equal(datagram(&talk, SIDE_CLIENT, bytes_of(good, length)), DISSECTOR_MORE);
    assert_false(talk.dissection.detail.tls_handshake_complete);
    assert_int_equal(datagram(&talk, SIDE_CLIENT, SAMPLE(good)), DISSECTOR_DONE);
    assert_true(talk.dissection.detail.tls_handshake_complete);
    assert_true(told(&talk)->handshake_complete);
    end(&talk);
}

/* Handshake and 0-RTT packets are passed over; an Initial behind them is read. */
static void test_coalesced(void **state)
{
    (void)state;
    uint8_t packets[QUIC_SEALED_SIZE + 64];
    static const uint8_t early[] = {0xd0, 0, 0, 0, 1, 0, 0, 4, 1, 2, 3, 4,
                                    0xe0, 0, 0, 0, 1, 0, 0, 4, 1, 2, 3, 4};
    struct talk talk;
    begin(&talk);
    memcpy(packets, early, sizeof early);
    size_t length = sizeof early + quic_seal(&talk.client, client_frames(), packets + sizeof early);
    assert_true(dissector_quic.claims(&talk.dissection.flow, bytes_of(packets, length)));
    datagram(&talk, SIDE_CLIENT, bytes_of(packets, length));
    client_hello_is_told(told(&talk), 1);
    end(&talk);
}

static void test_reading_ends(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t broken[sizeof quic_sample_v1_server];
    begin(&talk);
    memcpy(broken, quic_sample_v1_server, sizeof broken);
    broken[sizeof broken - 1] ^= 1;
    size_t count = 1;
    while (datagram(&talk, SIDE_CLIENT, SAMPLE(broken)) == DISSECTOR_MORE)
        assert_true(++count < 100);
    assert_int_equal(count, 33);
    const struct fact_tls *tls = told(&talk);
    assert_int_equal(tls->quic_version, QUIC_VERSION_1);
    assert_int_equal(tls->client_hello_packet, PACKET_NONE);
    end(&talk);
    static const uint8_t noise[] = {0x40, 1, 2, 3};
    begin(&talk);
    for (count = 1; datagram(&talk, SIDE_SERVER, SAMPLE(noise)) == DISSECTOR_MORE; count++)
        assert_true(count < 100);
    dissection_finish(&talk.dissection);
    assert_int_equal(talk.dissection.fact_count, 0);
    end(&talk);
}

/* Bytes at the far end of what is kept: the dispatcher, which bounds it, is told. */
static void test_held(void **state)
{
    (void)state;
    struct talk talk;
    uint8_t frames[64];
    begin(&talk);
    assert_int_equal(dissector_quic.held(talk.dissection.detail.dissector_state), 0);
    size_t length = crypto(frames, 0, 16383, bytes_of("a", 1));
    memset(frames + length, 0, 20);
    assert_int_equal(sealed(&talk, SIDE_CLIENT, bytes_of(frames, length + 20)), DISSECTOR_MORE);
    assert_int_equal(dissector_quic.held(talk.dissection.detail.dissector_state), 16384);
    dissection_finish(&talk.dissection);
    end(&talk);
    begin(&talk);
    assert_int_equal(sealed(&talk, SIDE_CLIENT, client_frames()), DISSECTOR_MORE);
    size_t held = dissector_quic.held(talk.dissection.detail.dissector_state);
    assert_in_range(held, 512, 16384);
    dissection_finish(&talk.dissection);
    end(&talk);
}

static bool claimed(struct talk *talk, struct bytes payload)
{
    return dissector_quic.claims(&talk->dissection.flow, payload);
}

static void test_claims(void **state)
{
    (void)state;
    static const uint8_t dtls[] = {0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20};
    static const uint8_t stun[] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t google[] = {0xc3, 'Q', '0', '5', '0', 0x50, 1, 2, 3, 4, 5, 6, 7, 8, 0};
    static const uint8_t noise[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t one_rtt[] = {0x40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t offer[] = {0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    uint8_t packet[QUIC_SEALED_SIZE];
    struct talk talk;
    begin(&talk);
    assert_true(claimed(&talk, SAMPLE(quic_sample_v1_client)));
    assert_true(claimed(&talk, SAMPLE(quic_sample_v2_client)));
    assert_false(claimed(&talk, SAMPLE(dtls)));
    assert_false(claimed(&talk, SAMPLE(stun)));
    assert_false(claimed(&talk, SAMPLE(google)));
    assert_false(claimed(&talk, SAMPLE(noise)));
    assert_false(claimed(&talk, SAMPLE(one_rtt)));
    assert_false(claimed(&talk, SAMPLE(offer)));
    assert_false(claimed(&talk, bytes_of(NULL, 0)));
    struct bytes unknown = bytes_of(packet, unknown_version(packet, 2));
    assert_true(claimed(&talk, unknown));
    unknown_version(packet, UINT32_C(0xfaceb002));
    assert_false(claimed(&talk, unknown));
    unknown_version(packet, GREASE_VERSION);
    assert_true(claimed(&talk, unknown));
    talk.dissection.flow.server.port = 4443;
    assert_false(claimed(&talk, unknown));
    assert_true(claimed(&talk, SAMPLE(quic_sample_v1_client)));
    dissection_finish(&talk.dissection);
    end(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_no_interest_is_left_soon),
        cmocka_unit_test(test_draft),
        cmocka_unit_test(test_fragments_in_every_order),
        cmocka_unit_test(test_pieces_in_one_packet),
        cmocka_unit_test(test_hostile_frames),
        cmocka_unit_test(test_frames_at_every_length),
        cmocka_unit_test(test_datagrams_at_every_length),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_retry_of_half_a_hello),
        cmocka_unit_test(test_retry_missed),
        cmocka_unit_test(test_another_connection),
        cmocka_unit_test(test_retry_forged),
        cmocka_unit_test(test_version_negotiation),
        cmocka_unit_test(test_version_negotiation_forged),
        cmocka_unit_test(test_version_negotiation_at_every_length),
        cmocka_unit_test(test_a_long_version_list),
        cmocka_unit_test(test_a_reserved_version_comes_first),
        cmocka_unit_test(test_an_unknown_version_is_told),
        cmocka_unit_test(test_the_server_changes_the_version),
        cmocka_unit_test(test_hello_retry_request),
        cmocka_unit_test(test_an_alert_closes),
        cmocka_unit_test(test_another_error_is_no_alert),
        cmocka_unit_test(test_handshake_complete),
        cmocka_unit_test(test_coalesced),
        cmocka_unit_test(test_reading_ends),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_claims),
    };
    return cmocka_run_group_tests_name("quic", tests, NULL, NULL);
}
