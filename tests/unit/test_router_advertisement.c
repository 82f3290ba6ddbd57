/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does dissectors/router_advertisement.c make of advertisements?
 */
#include "tests/support/messages.h"

static int begin(void **state)
{
    static struct messages messages;
    messages_begin(&messages, &message_dissector_router_advertisement);
    *state = &messages;
    return 0;
}

static int end(void **state)
{
    messages_end(*state);
    return 0;
}

static const uint8_t advertisement[] = {
    64,   0,    0x07, 0x08, 0,   0,    0,    0,    0,   0,   0,   0, /* 1800 seconds */
    1,    1,    2,    0,    0,   0,    0,    0xfe, /* its link-layer address */
    25,   5,    0,    0,    0,   0,    0x0e, 0x10, /* two resolvers for an hour */
    0x20, 0x01, 0x0d, 0xb8, 0,   0,    0,    0,    0,   0,   0,   0,   0,   0,   0,   0x53, /**/
    0x20, 0x01, 0x0d, 0xb8, 0,   0,    0,    0,    0,   0,   0,   0,   0,   0,   0,   0x54, /**/
    25,   3,    0,    0,    0,   0,    0,    0, /* one that is taken back */
    0x20, 0x01, 0x0d, 0xb8, 0,   0,    0,    0,    0,   0,   0,   0,   0,   0,   0,   0x55, /**/
    31,   3,    0,    0,    0,   0,    0x0e, 0x10, /**/
    6,    's',  'c',  'h',  'o', 'o',  'l',  7,    'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, /**/
    37,   3,    'h',  't',  't', 'p',  's',  ':',  '/', '/', 'p', '.', 'e', 'x', 'a', 'm',
    'p',  'l',  'e',  0,    0,   0,    0,    0, /**/
    38,   2,    0x07, 0x08, 0,   0x64, 0xff, 0x9b, 0,   0,   0,   0,   0,   0,   0,   0};

static struct packet from_router(const char *router, uint64_t number)
{
    struct packet packet = messages_packet(router, "ff02::1", number, (int64_t)number);
    packet.transport = TRANSPORT_ICMPV6;
    packet.icmp_type = 134;
    packet.ttl = 255;
    return packet;
}

static void all_options(void **state)
{
    struct messages *messages = *state;
    struct address router = messages_address("fe80::1");
    messages_send(messages, from_router("fe80::1", 3),
                  bytes_of(advertisement, sizeof advertisement));
    assert_int_equal(messages->count, 1);
    const struct fact_lease *lease = &messages->leases[0];
    assert_int_equal(lease->source, LEASE_ROUTER);
    assert_false(lease->has_mac);
    assert_true(address_is_none(&lease->address));
    assert_true(address_equal(&lease->server, &router));
    assert_string_equal(lease->messages, "advertisement");
    assert_string_equal(lease->routers, "fe80::1");
    assert_string_equal(lease->resolvers, "2001:db8::53,2001:db8::54");
    assert_string_equal(lease->domain, "school.example");
    assert_string_equal(lease->captive_url, "https://p.example");
    assert_string_equal(lease->nat64_prefix, "64:ff9b::/96");
    assert_int_equal(lease->lease_seconds, 1800);
    assert_true(lease->answered);
    assert_int_equal(packet_number(lease->first_packet), 3);
    assert_int_equal(packet_number(lease->answer_packet), 3);
}

/* Contents that take turns are two facts, however often they come. */
static void once_for_each_content(void **state)
{
    struct messages *messages = *state;
    uint8_t other[sizeof advertisement];
    memcpy(other, advertisement, sizeof other);
    other[43] = 0x56; /* the first resolver */
    for (uint64_t i = 0; i < 10; i++) {
        messages_send(messages, from_router("fe80::1", i + 1),
                      bytes_of(i % 2 == 0 ? advertisement : other, sizeof other));
    }
    assert_int_equal(messages->count, 2);
    messages_send(messages, from_router("fe80::2", 20),
                  bytes_of(advertisement, sizeof advertisement));
    other[43] = 0x53;
    other[3] = 0x07; /* the lifetime counts down */
    messages_send(messages, from_router("fe80::1", 21), bytes_of(other, sizeof other));
    messages_finish(messages);
    assert_int_equal(messages->count, 3);
}

/* RFC 4861 section 6.1.2: a hop limit of 255, a link-local source, code 0. */
static void what_is_none(void **state)
{
    (void)state;
    struct packet packet = from_router("fe80::1", 1);
    assert_true(message_dissector_router_advertisement.claims(&packet));
    packet.ttl = 254;
    assert_false(message_dissector_router_advertisement.claims(&packet));
    packet = from_router("2001:db8::1", 1);
    assert_false(message_dissector_router_advertisement.claims(&packet));
    packet = from_router("fe80::1", 1);
    packet.icmp_code = 1;
    assert_false(message_dissector_router_advertisement.claims(&packet));
    packet = from_router("fe80::1", 1);
    packet.transport = TRANSPORT_ICMP;
    assert_false(message_dissector_router_advertisement.claims(&packet));
}

/* An option without a length would be read for ever; a NAT64 length beyond 5 is none. */
static void hostile_options(void **state)
{
    struct messages *messages = *state;
    uint8_t hostile[sizeof advertisement];
    memcpy(hostile, advertisement, sizeof hostile);
    hostile[13] = 0;
    messages_send(messages, from_router("fe80::1", 1), bytes_of(hostile, sizeof hostile));
    assert_int_equal(messages->count, 1);
    assert_null(messages->leases[0].resolvers);
    memcpy(hostile, advertisement, sizeof hostile);
    hostile[sizeof hostile - 13] = 0x0e;
    messages_send(messages, from_router("fe80::1", 2), bytes_of(hostile, sizeof hostile));
    assert_int_equal(messages->count, 2);
    assert_null(messages->leases[1].nat64_prefix);
}

static void no_router_for_the_rest_of_the_world(void **state)
{
    struct messages *messages = *state;
    messages_send(messages, from_router("fe80::1", 1), bytes_of((const uint8_t[12]){64}, 12));
    assert_int_equal(messages->count, 1);
    assert_null(messages->leases[0].routers);
    assert_int_equal(messages->leases[0].lease_seconds, 0);
}

static void cut_at_every_length(void **state)
{
    (void)state;
    size_t resolvers = 0;
    for (size_t cut = 0; cut <= sizeof advertisement; cut++) {
        struct messages messages;
        messages_begin(&messages, &message_dissector_router_advertisement);
        messages_send(&messages, from_router("fe80::1", 1), bytes_of(advertisement, cut));
        assert_int_equal(messages.count, cut >= 12);
        resolvers += messages.count == 1 && messages.leases[0].resolvers != NULL;
        messages_end(&messages);
    }
    assert_int_equal(resolvers, sizeof advertisement - 59);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(all_options),
        CASE(once_for_each_content),
        CASE(what_is_none),
        CASE(hostile_options),
        CASE(no_router_for_the_rest_of_the_world),
        cmocka_unit_test(cut_at_every_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
