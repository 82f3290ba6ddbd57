/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does dissectors/dhcp.c make of DHCP messages, whole, odd, repeated, hostile
 * and cut?
 */
#include "tests/support/messages.h"

#define TRANSACTION 0x11223344u

static const uint8_t device_mac[6] = {0xa4, 0x83, 0xe7, 0, 0, 1};

static int begin(void **state)
{
    static struct messages messages;
    messages_begin(&messages, &message_dissector_dhcp);
    *state = &messages;
    return 0;
}

static int end(void **state)
{
    messages_end(*state);
    return 0;
}

/* The fixed part, with the cookie; the last octet of yiaddr 10.0.0.x, 0: none. */
static void fixed(struct message_bytes *message, uint8_t op, uint32_t transaction, uint8_t host)
{
    message->length = 0;
    MESSAGE_ADD(message, op, 1, 6, 0, (uint8_t)(transaction >> 24), (uint8_t)(transaction >> 16),
                (uint8_t)(transaction >> 8), (uint8_t)transaction);
    message_zeros(message, 8);
    MESSAGE_ADD(message, host > 0 ? 10 : 0, 0, 0, host);
    message_zeros(message, 8);
    message_add(message, device_mac, 6);
    message_zeros(message, 10 + 64 + 128);
    MESSAGE_ADD(message, 0x63, 0x82, 0x53, 0x63);
}

static void option(struct message_bytes *message, uint8_t code, const void *content, size_t length)
{
    MESSAGE_ADD(message, code, (uint8_t)length);
    message_add(message, content, length);
}

static void text_option(struct message_bytes *message, uint8_t code, const char *text)
{
    option(message, code, text, strlen(text));
}

static void request(struct message_bytes *message, uint8_t type, uint32_t transaction)
{
    fixed(message, 1, transaction, 0);
    option(message, 53, &type, 1);
    option(message, 55, (const uint8_t[]){1, 121, 3, 6, 15, 119, 252}, 7);
    text_option(message, 60, "AAPLBSDPC/i386");
    text_option(message, 12, "iPad-Cart-07");
    MESSAGE_ADD(message, 255);
}

static void answer(struct message_bytes *message, uint8_t type, uint32_t transaction)
{
    fixed(message, 2, transaction, 20);
    option(message, 53, &type, 1);
    option(message, 54, (const uint8_t[]){10, 0, 0, 1}, 4);
    option(message, 51, (const uint8_t[]){0, 0, 0x0e, 0x10}, 4);
    option(message, 3, (const uint8_t[]){10, 0, 0, 1}, 4);
    option(message, 6, (const uint8_t[]){10, 0, 0, 2, 10, 0, 0, 3}, 8);
    text_option(message, 15, "school.example");
    option(message, 119, "\3lab\6school\7example\0\4more\xc0\4", 28);
    option(message, 42, (const uint8_t[]){10, 0, 0, 4}, 4);
    text_option(message, 114, "https://portal.example/api");
    text_option(message, 252, "http://wpad.example/wpad.dat\n");
    MESSAGE_ADD(message, 255);
}

static void send_cut(struct messages *messages, bool from_device, uint64_t number,
                     int64_t milliseconds, const struct message_bytes *message, size_t cut)
{
    struct packet packet = from_device
                               ? messages_packet("0.0.0.0", "255.255.255.255", number, milliseconds)
                               : messages_packet("10.0.0.9", "10.0.0.20", number, milliseconds);
    packet.source_port = from_device ? 68 : 67;
    packet.destination_port = from_device ? 67 : 68;
    messages_send(messages, packet, message_cut(message, cut));
}

static void send(struct messages *messages, bool from_device, uint64_t number, int64_t milliseconds,
                 const struct message_bytes *message)
{
    send_cut(messages, from_device, number, milliseconds, message, SIZE_MAX);
}

static void exchange(struct messages *messages, size_t cut)
{
    struct message_bytes message;
    request(&message, 1, TRANSACTION);
    send_cut(messages, true, 1, 0, &message, cut);
    answer(&message, 2, TRANSACTION);
    send_cut(messages, false, 2, 10, &message, cut);
    request(&message, 3, TRANSACTION);
    send_cut(messages, true, 3, 20, &message, cut);
    answer(&message, 5, TRANSACTION);
    send_cut(messages, false, 4, 30, &message, cut);
}

static void a_whole_exchange(void **state)
{
    struct messages *messages = *state;
    exchange(messages, SIZE_MAX);
    assert_int_equal(messages->count, 1);
    const struct fact_lease *lease = &messages->leases[0];
    struct address address = messages_address("10.0.0.20");
    struct address server = messages_address("10.0.0.1");
    assert_int_equal(lease->source, LEASE_DHCPV4);
    assert_true(lease->has_mac);
    assert_memory_equal(lease->mac.octets, device_mac, 6);
    assert_true(address_equal(&lease->address, &address));
    assert_true(address_equal(&lease->server, &server));
    assert_string_equal(lease->messages, "discover,offer,request,ack");
    assert_string_equal(lease->client_name, "iPad-Cart-07");
    assert_string_equal(lease->vendor_class, "AAPLBSDPC/i386");
    assert_string_equal(lease->requested, "1,121,3,6,15,119,252");
    assert_string_equal(lease->routers, "10.0.0.1");
    assert_string_equal(lease->resolvers, "10.0.0.2,10.0.0.3");
    assert_string_equal(lease->domain, "school.example,lab.school.example,more.school.example");
    assert_string_equal(lease->time_servers, "10.0.0.4");
    assert_string_equal(lease->captive_url, "https://portal.example/api");
    assert_string_equal(lease->autoconfig_url, "http://wpad.example/wpad.dat");
    assert_int_equal(lease->lease_seconds, 3600);
    assert_true(lease->answered);
    assert_int_equal(packet_number(lease->first_packet), 1);
    assert_int_equal(packet_number(lease->answer_packet), 4);
    assert_true(lease->first_time == MESSAGES_EPOCH);
    assert_true(lease->answer_time == MESSAGES_EPOCH + 30 * NANOSECONDS_PER_MILLISECOND);
    messages_finish(messages);
    assert_int_equal(messages->count, 1);
}

/* Relays and second servers send the same again. */
static void copies_are_told_once(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    exchange(messages, SIZE_MAX);
    answer(&message, 5, TRANSACTION);
    send(messages, false, 5, 31, &message);
    request(&message, 3, TRANSACTION);
    send(messages, true, 6, 32, &message);
    messages_finish(messages);
    assert_int_equal(messages->count, 1);
}

static void renewals_are_told_when_they_change_something(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    exchange(messages, SIZE_MAX);
    request(&message, 3, 7);
    send(messages, true, 5, 5000, &message);
    answer(&message, 5, 7);
    send(messages, false, 6, 5010, &message);
    assert_int_equal(messages->count, 1);
    request(&message, 3, 8);
    send(messages, true, 7, 9000, &message);
    answer(&message, 5, 8);
    message.content[19] = 21; /* yiaddr */
    send(messages, false, 8, 9010, &message);
    assert_int_equal(messages->count, 2);
    assert_string_equal(messages->leases[1].messages, "request,ack");
    messages_finish(messages);
    assert_int_equal(messages->count, 2);
}

static void nobody_answers(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    request(&message, 1, TRANSACTION);
    for (uint64_t i = 0; i < 5; i++)
        send(messages, true, i + 1, (int64_t)i * 4000, &message);
    assert_int_equal(messages->count, 0);
    messages_finish(messages);
    assert_int_equal(messages->count, 1);
    const struct fact_lease *lease = &messages->leases[0];
    assert_string_equal(lease->messages, "discover");
    assert_false(lease->answered);
    assert_true(lease->answer_time == TIMESTAMP_NONE);
    assert_true(address_is_none(&lease->address));
    assert_null(lease->resolvers);
    assert_int_equal(packet_number(lease->first_packet), 1);
}

static void an_offer_alone_confirms_nothing(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    request(&message, 1, TRANSACTION);
    send(messages, true, 1, 0, &message);
    answer(&message, 2, TRANSACTION);
    send(messages, false, 2, 5, &message);
    messages_finish(messages);
    assert_int_equal(messages->count, 1);
    assert_false(messages->leases[0].answered);
    assert_true(address_is_none(&messages->leases[0].address));
    assert_string_equal(messages->leases[0].autoconfig_url, "http://wpad.example/wpad.dat");
}

static void refused_and_begun_again(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    request(&message, 3, TRANSACTION);
    send(messages, true, 1, 0, &message);
    fixed(&message, 2, TRANSACTION, 0);
    option(&message, 53, "\6", 1);
    send(messages, false, 2, 5, &message);
    assert_int_equal(messages->count, 1);
    assert_string_equal(messages->leases[0].messages, "request,nak");
    assert_false(messages->leases[0].answered);
    struct address server = messages_address("10.0.0.9");
    assert_true(address_equal(&messages->leases[0].server, &server));
    exchange(messages, SIZE_MAX);
    assert_int_equal(messages->count, 2);
    assert_true(messages->leases[1].answered);
}

static void information_alone(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    request(&message, 8, TRANSACTION);
    message.content[12] = 10;
    message.content[15] = 33;
    send(messages, true, 1, 0, &message);
    answer(&message, 5, TRANSACTION);
    memset(message.content + 16, 0, 4);
    message.content[12] = 10;
    message.content[15] = 33;
    send(messages, false, 2, 5, &message);
    struct address address = messages_address("10.0.0.33");
    assert_int_equal(messages->count, 1);
    assert_string_equal(messages->leases[0].messages, "inform,ack");
    assert_true(address_equal(&messages->leases[0].address, &address));
}

/* RFC 3396: a long option in parts; RFC 2132 section 9.3: in the fields for files. */
static void parts_in_three_places(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    fixed(&message, 2, TRANSACTION, 20);
    memcpy(message.content + 108, "\x72\x8//portal\xff", 11); /* file */
    memcpy(message.content + 44, "\x72\x4/api\xff", 7); /* sname */
    option(&message, 53, "\5", 1);
    text_option(&message, 114, "htt");
    option(&message, 52, "\3", 1);
    text_option(&message, 114, "ps:");
    MESSAGE_ADD(&message, 0, 0, 255);
    send(messages, false, 1, 0, &message);
    assert_int_equal(messages->count, 1);
    assert_string_equal(messages->leases[0].captive_url, "https://portal/api");
    assert_string_equal(messages->leases[0].messages, "ack");
}

static void full_names(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    fixed(&message, 1, 1, 0);
    option(&message, 53, "\1", 1);
    option(&message, 81, "\4\0\0\4ipad\7example\0", 17);
    send(messages, true, 1, 0, &message);
    fixed(&message, 1, 2, 0);
    option(&message, 53, "\1", 1);
    option(&message, 81, "\0\0\0mac.example", 14);
    send(messages, true, 2, 1, &message);
    messages_finish(messages);
    assert_int_equal(messages->count, 2);
    assert_string_equal(messages->leases[0].client_name, "ipad.example");
    assert_string_equal(messages->leases[1].client_name, "mac.example");
}

static void what_is_no_dhcp(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    request(&message, 1, TRANSACTION);
    message.content[239] = 0; /* the cookie */
    send(messages, true, 1, 0, &message);
    request(&message, 1, TRANSACTION);
    message.content[0] = 3;
    send(messages, true, 2, 1, &message);
    messages_finish(messages);
    assert_int_equal(messages->count, 0);
    struct packet packet = messages_packet("10.0.0.1", "10.0.0.2", 1, 0);
    packet.source_port = 4000;
    packet.destination_port = 68;
    assert_false(message_dissector_dhcp.claims(&packet));
    packet.destination_port = 67;
    assert_true(message_dissector_dhcp.claims(&packet));
    packet.transport = TRANSPORT_TCP;
    assert_false(message_dissector_dhcp.claims(&packet));
}

/* Terminal escapes, names that point at themselves, an option longer than there is. */
static void hostile_options(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    fixed(&message, 1, TRANSACTION, 0);
    option(&message, 53, "\1", 1);
    option(&message, 12, "a\x1b[2J\xff", 6);
    send(messages, true, 1, 0, &message);
    fixed(&message, 2, TRANSACTION, 20);
    option(&message, 53, "\5", 1);
    option(&message, 119, "\xc0\0", 2);
    option(&message, 6, "\1\2\3\4\5", 5);
    MESSAGE_ADD(&message, 3, 200, 10, 0, 0, 1);
    send(messages, false, 2, 1, &message);
    assert_int_equal(messages->count, 1);
    assert_string_equal(messages->leases[0].client_name, "a?[2J?");
    assert_null(messages->leases[0].domain);
    assert_string_equal(messages->leases[0].resolvers, "1.2.3.4");
    assert_null(messages->leases[0].routers);
}

static void cut_at_every_length(void **state)
{
    (void)state;
    size_t known = 0;
    for (size_t cut = 0; cut < 420; cut++) {
        struct messages messages;
        messages_begin(&messages, &message_dissector_dhcp);
        exchange(&messages, cut);
        messages_finish(&messages);
        assert_true(messages.count <= 1);
        assert_int_equal(messages.count == 1, cut >= 44); /* chaddr has come */
        if (messages.count == 1 && messages.leases[0].resolvers != NULL)
            known++;
        if (messages.count == 1)
            assert_true(messages.leases[0].has_mac);
        messages_end(&messages);
    }
    assert_true(known > 20);
}

/* Many devices: all are told, none is held for ever. */
static void more_than_the_table_holds(void **state)
{
    struct messages *messages = *state;
    struct message_bytes message;
    messages->observation.sink_failed = true; /* they are not kept here */
    for (uint32_t i = 0; i < 20000; i++) {
        request(&message, 1, i);
        message.content[32] = (uint8_t)(i >> 8);
        message.content[33] = (uint8_t)i;
        send(messages, true, i + 1, i, &message);
    }
    messages_finish(messages);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_whole_exchange),
        CASE(copies_are_told_once),
        CASE(renewals_are_told_when_they_change_something),
        CASE(nobody_answers),
        CASE(an_offer_alone_confirms_nothing),
        CASE(refused_and_begun_again),
        CASE(information_alone),
        CASE(parts_in_three_places),
        CASE(full_names),
        CASE(what_is_no_dhcp),
        CASE(hostile_options),
        cmocka_unit_test(cut_at_every_length),
        CASE(more_than_the_table_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
