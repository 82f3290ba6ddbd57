/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does dissectors/dhcpv6.c make of DHCPv6 messages, bare, relayed, hostile and
 * cut?
 */
#include "tests/support/messages.h"

#define DEVICE "fe80::a683:e7ff:fe00:1"
#define SERVER "fe80::1"
#define SERVERS "ff02::1:2"

static const uint8_t duid[] = {0, 1, 0, 1, 0x2a, 0, 0, 1, 0xa4, 0x83, 0xe7, 0, 0, 9};

static int begin(void **state)
{
    static struct messages messages;
    messages_begin(&messages, &message_dissector_dhcpv6);
    *state = &messages;
    return 0;
}

static int end(void **state)
{
    messages_end(*state);
    return 0;
}

static void head(struct message_bytes *message, uint8_t type, uint8_t transaction)
{
    message->length = 0;
    MESSAGE_ADD(message, type, 0, 0, transaction);
}

static void option(struct message_bytes *message, uint16_t code, const void *content, size_t length)
{
    MESSAGE_ADD(message, (uint8_t)(code >> 8), (uint8_t)code, (uint8_t)(length >> 8),
                (uint8_t)length);
    message_add(message, content, length);
}

static void request(struct message_bytes *message, uint8_t type, uint8_t transaction)
{
    head(message, type, transaction);
    option(message, 1, duid, sizeof duid);
    option(message, 6, (const uint8_t[]){0, 23, 0, 24, 0, 103}, 6);
    option(message, 16, "\0\0\0\x3f\0\4Wi-X", 10);
    option(message, 39, "\0\4ipad\6school\7example\0", 22);
    option(message, 3, (const uint8_t[12]){0, 0, 0, 1}, 12);
}

static void association(struct message_bytes *message, uint8_t host)
{
    uint8_t content[12 + 4 + 24] = {0, 0, 0, 1};
    content[13] = 5;
    content[15] = 24;
    memcpy(content + 16, "\x20\x01\x0d\xb8", 4);
    content[31] = host;
    content[39] = 120; /* valid for 120 seconds */
    option(message, 3, content, sizeof content);
}

static void answer(struct message_bytes *message, uint8_t type, uint8_t transaction)
{
    static const uint8_t resolvers[16] = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0,
                                          0,    0, 0,    0,    0, 0, 0, 0x53};
    static const uint8_t time[20] = {0, 1, 0, 16, 0x20, 1, 0x0d, 0xb8, [19] = 0x7b};
    head(message, type, transaction);
    option(message, 1, duid, sizeof duid);
    option(message, 2, "\0\3\0\1\0\0\0\0\0\1", 10);
    association(message, 0x20);
    option(message, 23, resolvers, sizeof resolvers);
    option(message, 24, "\6school\7example\0", 16);
    option(message, 56, time, sizeof time);
    option(message, 103, "https://p.example", 17);
}

static void send_cut(struct messages *messages, bool from_device, uint64_t number,
                     const struct message_bytes *message, size_t cut)
{
    struct packet packet = from_device ? messages_packet(DEVICE, SERVERS, number, (int64_t)number)
                                       : messages_packet(SERVER, DEVICE, number, (int64_t)number);
    packet.source_port = from_device ? 546 : 547;
    packet.destination_port = from_device ? 547 : 546;
    if (from_device) {
        packet.has_macs = true;
        assert_true(mac_parse(MESSAGES_CLIENT_MAC, &packet.source_mac));
    }
    messages_send(messages, packet, message_cut(message, cut));
}

static void send(struct messages *messages, bool from_device, uint64_t number,
                 const struct message_bytes *message)
{
    send_cut(messages, from_device, number, message, SIZE_MAX);
}

static void exchange(struct messages *messages, size_t cut)
{
    struct message_bytes message;
    request(&message, 1, 1);
    send_cut(messages, true, 1, &message, cut);
    answer(&message, 2, 1);
    send_cut(messages, false, 2, &message, cut);
    request(&message, 3, 2);
    send_cut(messages, true, 3, &message, cut);
    answer(&message, 7, 2);
    send_cut(messages, false, 4, &message, cut);
}

static void a_whole_exchange(void **state)
{
    struct messages *messages = *state;
    exchange(messages, SIZE_MAX);
    assert_int_equal(messages->count, 1);
    const struct fact_lease *lease = &messages->leases[0];
    struct address address = messages_address("2001:db8::20");
    struct address server = messages_address(SERVER);
    struct mac mac;
    assert_true(mac_parse(MESSAGES_CLIENT_MAC, &mac));
    assert_int_equal(lease->source, LEASE_DHCPV6);
    assert_true(lease->has_mac);
    assert_memory_equal(&lease->mac, &mac, sizeof mac);
    assert_true(address_equal(&lease->address, &address));
    assert_true(address_equal(&lease->server, &server));
    assert_string_equal(lease->messages, "solicit,advertise,request,reply");
    assert_string_equal(lease->client_name, "ipad.school.example");
    assert_string_equal(lease->vendor_class, "Wi-X");
    assert_string_equal(lease->requested, "23,24,103");
    assert_string_equal(lease->resolvers, "2001:db8::53");
    assert_string_equal(lease->domain, "school.example");
    assert_string_equal(lease->time_servers, "2001:db8::7b");
    assert_string_equal(lease->captive_url, "https://p.example");
    assert_null(lease->routers);
    assert_int_equal(lease->lease_seconds, 120);
    assert_true(lease->answered);
    assert_int_equal(packet_number(lease->first_packet), 1);
    assert_int_equal(packet_number(lease->answer_packet), 4);
    messages_finish(messages);
    assert_int_equal(messages->count, 1);
}

/* Where only the answers were captured, the DUID names the MAC. */
static void the_mac_in_the_duid(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    answer(&message, 7, 1);
    send(messages, false, 1, &message);
    assert_int_equal(messages->count, 1);
    assert_true(messages->leases[0].has_mac);
    assert_int_equal(messages->leases[0].mac.octets[5], 9);
    assert_string_equal(messages->leases[0].messages, "reply");
}

static void wrap(struct message_bytes *message, uint8_t type, bool with_mac)
{
    struct message_bytes inner = *message;
    struct address peer = messages_address(DEVICE);
    message->length = 0;
    MESSAGE_ADD(message, type, 0);
    message_zeros(message, 16);
    message_add(message, peer.octets, 16);
    if (with_mac)
        option(message, 79, "\0\1\xa4\x83\xe7\0\0\5", 8);
    option(message, 9, inner.content, inner.length);
}

static void through_relays(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    struct packet packet = messages_packet("2001:db8::1", "2001:db8::547", 1, 0);
    packet.source_port = packet.destination_port = 547;
    request(&message, 11, 1);
    wrap(&message, 12, true);
    wrap(&message, 12, false);
    messages_send(messages, packet, message_cut(&message, SIZE_MAX));
    answer(&message, 7, 1);
    wrap(&message, 13, false);
    messages_send(messages, packet, message_cut(&message, SIZE_MAX));
    assert_int_equal(messages->count, 1);
    assert_string_equal(messages->leases[0].messages, "information-request,reply");
    assert_int_equal(messages->leases[0].mac.octets[5], 5);
    assert_string_equal(messages->leases[0].resolvers, "2001:db8::53");
}

/* RFC 9915 section 7.6: eight at the most. */
static void too_many_relays(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    request(&message, 11, 1);
    for (int i = 0; i < 8; i++)
        wrap(&message, 12, false);
    send(messages, true, 1, &message);
    messages_finish(messages);
    assert_int_equal(messages->count, 1);
    wrap(&message, 12, false);
    send(messages, true, 2, &message);
    messages_finish(messages);
    assert_int_equal(messages->count, 1);
}

static void no_address_to_give(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    request(&message, 1, 1);
    send(messages, true, 1, &message);
    head(&message, 7, 1);
    option(&message, 1, duid, sizeof duid);
    option(&message, 13, "\0\2", 2);
    send(messages, false, 2, &message);
    assert_int_equal(messages->count, 1);
    assert_false(messages->leases[0].answered);
    assert_true(address_is_none(&messages->leases[0].address));
}

static void information_without_a_duid(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    head(&message, 11, 1);
    send(messages, true, 1, &message);
    head(&message, 7, 1);
    option(&message, 103, "https://p.example", 17);
    send(messages, false, 2, &message);
    assert_int_equal(messages->count, 1);
    assert_true(messages->leases[0].answered);
    assert_string_equal(messages->leases[0].messages, "information-request,reply");
    assert_string_equal(messages->leases[0].captive_url, "https://p.example");
}

static void what_is_none(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    head(&message, 200, 1);
    send(messages, true, 1, &message);
    head(&message, 0, 1);
    send(messages, true, 2, &message);
    messages_finish(messages);
    assert_int_equal(messages->count, 0);
    struct packet packet = messages_packet("10.0.0.1", "10.0.0.2", 1, 0);
    packet.destination_port = 547;
    assert_false(message_dissector_dhcpv6.claims(&packet));
}

static void cut_at_every_length(void **state)
{
    (void)state;
    size_t addresses = 0;
    for (size_t cut = 0; cut < 200; cut++) {
        struct messages messages;
        messages_begin(&messages, &message_dissector_dhcpv6);
        exchange(&messages, cut);
        messages_finish(&messages);
        /* Before the DUID is there, messages are told by their addresses. */
        assert_true(messages.count <= 2);
        assert_int_equal(messages.count > 0, cut >= 4);
        for (size_t i = 0; i < messages.count; i++)
            addresses += !address_is_none(&messages.leases[i].address);
        messages_end(&messages);
    }
    assert_true(addresses > 80);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_whole_exchange),   CASE(the_mac_in_the_duid),
        CASE(through_relays),     CASE(too_many_relays),
        CASE(no_address_to_give), CASE(information_without_a_duid),
        CASE(what_is_none),       cmocka_unit_test(cut_at_every_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
