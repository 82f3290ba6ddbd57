/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/resolved_names.c know what a client had last resolved to an address,
 * and forget the oldest first?
 */
#include "tests/support/packets.h"

#include <stdio.h>

static void add(struct resolved_names *names, const char *client, const char *server,
                const char *name)
{
    struct address from = packets_address(client), to = packets_address(server);
    resolved_names_add(names, &from, &to, name);
}

static const char *find(const struct resolved_names *names, const char *client, const char *server)
{
    struct address from = packets_address(client), to = packets_address(server);
    return resolved_names_find(names, &from, &to);
}

static struct address numbered(uint32_t number)
{
    struct address address = packets_address("2001:db8::");
    for (int i = 0; i < 4; i++)
        address.octets[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    return address;
}

static void test_pairs(void **state)
{
    (void)state;
    struct resolved_names *names = resolved_names_create(10);
    assert_non_null(names);
    assert_null(find(names, "192.0.2.1", "17.0.0.1"));
    char name[] = "gs.apple.com";
    add(names, "192.0.2.1", "17.0.0.1", name);
    name[0] = 'x'; /* it was copied */
    assert_string_equal(find(names, "192.0.2.1", "17.0.0.1"), "gs.apple.com");
    assert_null(find(names, "192.0.2.2", "17.0.0.1"));
    assert_null(find(names, "17.0.0.1", "192.0.2.1"));
    add(names, "192.0.2.2", "17.0.0.1", "mesu.apple.com");
    assert_string_equal(find(names, "192.0.2.1", "17.0.0.1"), "gs.apple.com");
    assert_string_equal(find(names, "192.0.2.2", "17.0.0.1"), "mesu.apple.com");
    resolved_names_release(names);
    resolved_names_release(NULL);
}

static void test_last_name_counts(void **state)
{
    (void)state;
    struct resolved_names *names = resolved_names_create(2);
    add(names, "192.0.2.1", "203.0.113.1", "gs.apple.com");
    const char *first = find(names, "192.0.2.1", "203.0.113.1");
    add(names, "192.0.2.1", "203.0.113.1", "mesu.apple.com");
    assert_string_equal(find(names, "192.0.2.1", "203.0.113.1"), "mesu.apple.com");
    add(names, "192.0.2.1", "203.0.113.1", NULL); /* now it is somebody else's */
    assert_null(find(names, "192.0.2.1", "203.0.113.1"));
    add(names, "192.0.2.1", "203.0.113.1", "gs.apple.com");
    assert_ptr_equal(find(names, "192.0.2.1", "203.0.113.1"), first); /* kept once */
    assert_string_equal(first, "gs.apple.com");
    resolved_names_release(names);
}

/* What is of no interest takes no place from what is. */
/* Until a pair has been pushed out its server may have a name. */
static void test_servers(void **state)
{
    (void)state;
    struct resolved_names *names = resolved_names_create(1);
    struct address first = packets_address("17.0.0.1"), second = packets_address("2620:149::1");
    resolved_names_fetch(names, &first);
    assert_false(resolved_names_has_server(names, &first));
    add(names, "192.0.2.1", "17.0.0.1", NULL);
    assert_false(resolved_names_has_server(names, &first));
    add(names, "192.0.2.1", "17.0.0.1", "gs.apple.com");
    assert_true(resolved_names_has_server(names, &first));
    assert_false(resolved_names_has_server(names, &second));
    add(names, "192.0.2.1", "2620:149::1", "gs.apple.com");
    assert_false(resolved_names_has_server(names, &first));
    assert_true(resolved_names_has_server(names, &second));
    resolved_names_release(names);
}

static void test_uninteresting_takes_no_room(void **state)
{
    (void)state;
    struct resolved_names *names = resolved_names_create(2);
    add(names, "192.0.2.1", "17.0.0.1", "gs.apple.com");
    for (int i = 0; i < 10; i++) {
        struct address client = packets_address("192.0.2.1"), server = numbered((uint32_t)i);
        resolved_names_add(names, &client, &server, NULL);
    }
    assert_string_equal(find(names, "192.0.2.1", "17.0.0.1"), "gs.apple.com");
    resolved_names_release(names);
}

/* Names survive the pair that brought them: flows hold them. */
static void test_oldest_makes_room(void **state)
{
    (void)state;
    enum { LIMIT = 1000, COUNT = 5500 };
    struct resolved_names *names = resolved_names_create(LIMIT);
    struct address client = packets_address("192.0.2.1");
    char name[32];
    const char *first = NULL;
    for (uint32_t i = 0; i < COUNT; i++) {
        struct address server = numbered(i);
        snprintf(name, sizeof name, "host%u.apple.com", i % 300);
        resolved_names_add(names, &client, &server, name);
        if (i == 0)
            first = resolved_names_find(names, &client, &server);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        struct address server = numbered(i);
        const char *found = resolved_names_find(names, &client, &server);
        if (i < COUNT - LIMIT) {
            assert_null(found);
        } else {
            snprintf(name, sizeof name, "host%u.apple.com", i % 300);
            assert_string_equal(found, name);
        }
    }
    assert_string_equal(first, "host0.apple.com");
    resolved_names_release(names);
}

static void test_names_of_any_length(void **state)
{
    (void)state;
    struct resolved_names *names = resolved_names_create(1000);
    struct address client = packets_address("192.0.2.1");
    char name[600];
    for (uint32_t length = 0; length < sizeof name; length++) {
        char *exact = malloc(length + 1);
        assert_non_null(exact);
        memset(exact, 'a', length);
        exact[length] = '\0';
        struct address server = numbered(length);
        resolved_names_add(names, &client, &server, exact);
        free(exact);
    }
    memset(name, 'a', sizeof name);
    for (uint32_t length = 0; length < sizeof name; length++) {
        struct address server = numbered(length);
        assert_int_equal(strlen(resolved_names_find(names, &client, &server)), length);
    }
    resolved_names_release(names);
}

/* Eight megabytes of names and no more: those go that no pair has, then the oldest. */
static void test_pool_is_bounded(void **state)
{
    (void)state;
    struct resolved_names *names = resolved_names_create(64);
    struct address client = packets_address("192.0.2.1"), server = packets_address("17.0.0.1");
    char name[250];
    uint32_t kept = 0;
    memset(name, 'x', sizeof name);
    add(names, "192.0.2.9", "17.0.0.9", "gs.apple.com");
    for (uint32_t i = 0; i < 40000; i++) {
        snprintf(name + 200, 50, "%u.apple.com", i);
        resolved_names_add(names, &client, &server, name);
        kept += resolved_names_find(names, &client, &server) != NULL;
    }
    assert_int_equal(kept, 40000);
    assert_string_equal(find(names, "192.0.2.9", "17.0.0.9"), "gs.apple.com");
    resolved_names_add(names, &client, &server, "gs.apple.com");
    assert_string_equal(resolved_names_find(names, &client, &server), "gs.apple.com");
    resolved_names_release(names);
    names = resolved_names_create(100000);
    add(names, "192.0.2.9", "17.0.0.9", "gs.apple.com");
    for (uint32_t i = 0; i < 40000; i++) {
        server = numbered(i);
        snprintf(name + 200, 50, "%u.apple.com", i);
        resolved_names_add(names, &client, &server, name);
        assert_string_equal(resolved_names_find(names, &client, &server), name);
    }
    assert_null(find(names, "192.0.2.9", "17.0.0.9"));
    resolved_names_release(names);
}

/* One station for each MAC, in a network that no packet can come from. */
static void test_stations(void **state)
{
    (void)state;
    struct mac one, two;
    char text[ADDRESS_TEXT_SIZE];
    assert_true(mac_parse("02:00:00:00:00:01", &one));
    assert_true(mac_parse("02:00:00:00:00:02", &two));
    struct address first = resolved_names_station(&one);
    struct address second = resolved_names_station(&two);
    struct address again = resolved_names_station(&one);
    assert_string_equal(address_print(&first, text), "100::200:0:1"); /* RFC 6666 */
    assert_false(address_equal(&first, &second));
    assert_true(address_equal(&first, &again));
}

/* Without hardware addresses: what all clients of a family were told alike. */
static void test_clients_in_common(void **state)
{
    (void)state;
    struct resolved_names *names = resolved_names_create(16);
    struct address over_ipv4 = resolved_names_anyone(true);
    struct address over_ipv6 = resolved_names_anyone(false);
    struct address server;
    assert_true(address_parse("2a02:26f0::46", &server));
    assert_false(address_equal(&over_ipv4, &over_ipv6));
    resolved_names_add_common(names, &over_ipv4, &server, "gs.apple.com");
    resolved_names_add_common(names, &over_ipv4, &server, "gs.apple.com");
    assert_string_equal(resolved_names_find(names, &over_ipv4, &server), "gs.apple.com");
    assert_null(resolved_names_find(names, &over_ipv6, &server));
    resolved_names_add_common(names, &over_ipv4, &server, "albert.apple.com"); /* which is it? */
    assert_null(resolved_names_find(names, &over_ipv4, &server));
    resolved_names_add_common(names, &over_ipv4, &server, "gs.apple.com");
    assert_null(resolved_names_find(names, &over_ipv4, &server));
    resolved_names_release(names);
}

static void test_known_names(void **state)
{
    (void)state;
    struct resolved_names *names = resolved_names_create(4);
    const uint8_t octets[4] = {10, 0, 0, 1};
    struct address client = address_from_ipv4(octets);
    assert_non_null(names);
    assert_false(resolved_names_knows(names, "gs.apple.com"));
    resolved_names_add(names, &client, &client, "gs.apple.com");
    assert_true(resolved_names_knows(names, "gs.apple.com"));
    assert_false(resolved_names_knows(names, "gs.apple.co"));
    resolved_names_release(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_names),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_last_name_counts),
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_uninteresting_takes_no_room),
        cmocka_unit_test(test_oldest_makes_room),
        cmocka_unit_test(test_names_of_any_length),
        cmocka_unit_test(test_pool_is_bounded),
        cmocka_unit_test(test_stations),
        cmocka_unit_test(test_clients_in_common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
