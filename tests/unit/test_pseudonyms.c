/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do pseudonyms keep what they promise: the same each time, other with another key, the
 * class and the neighbourhood of an address, and all of a sentence but what is the site's?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/pseudonyms.h"

static const uint8_t key[PSEUDONYM_KEY_SIZE] = {1, 2, 3};
static const uint8_t other_key[PSEUDONYM_KEY_SIZE] = {3, 2, 1};

static struct address address_of(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

static struct pseudonyms *create(struct catalog **catalog, const uint8_t *with)
{
    struct problem problem = {""};
    *catalog = catalog_load(NULL, 0, &problem);
    assert_non_null(*catalog);
    struct pseudonyms *pseudonyms = pseudonyms_create(with, *catalog);
    assert_non_null(pseudonyms);
    return pseudonyms;
}

static unsigned shared_bits(const struct address *one, const struct address *other)
{
    unsigned bit = 0;
    while (bit < 128 && ((one->octets[bit / 8] ^ other->octets[bit / 8]) & (0x80u >> bit % 8)) == 0)
        bit++;
    return bit;
}

static void what_addresses_share_their_pseudonyms_share(void **state)
{
    (void)state;
    static const char *const bases[] = {"10.1.2.3",       "192.168.7.9",   "172.20.1.1",
                                        "fd12:3456::9:1", "fe80::1:2:3:4", "100.64.9.1"};
    struct catalog *catalog;
    struct pseudonyms *pseudonyms = create(&catalog, key);
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        struct address base = address_of(bases[i]);
        struct address one = pseudonym_address(pseudonyms, &base);
        assert_true(address_is_private(&one));
        assert_int_equal(address_is_ipv4(&one), address_is_ipv4(&base));
        assert_false(address_equal(&one, &base));
        for (unsigned bit = 127; bit > 112; bit--) {
            struct address near = base;
            near.octets[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
            struct address two = pseudonym_address(pseudonyms, &near);
            assert_int_equal(shared_bits(&one, &two), shared_bits(&base, &near));
        }
    }
    pseudonyms_release(pseudonyms);
    catalog_release(catalog);
}

static void public_addresses_stay_unless_they_are_the_sites(void **state)
{
    (void)state;
    static const char *const stay[] = {"17.57.144.36",    "8.8.8.8", "2620:149:a44::1",
                                       "127.0.0.1",       "::",      "224.0.0.251",
                                       "255.255.255.255", "ff02::fb"};
    struct catalog *catalog;
    struct pseudonyms *pseudonyms = create(&catalog, key);
    struct address mine = address_of("130.149.7.7"), near = address_of("130.149.7.8");
    struct address six = address_of("2a01:4f8:1:2::3"), apple = address_of("17.1.2.3");
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++) {
        struct address before = address_of(stay[i]);
        struct address after = pseudonym_address(pseudonyms, &before);
        assert_true(address_equal(&before, &after));
    }
    assert_false(pseudonyms_covers(pseudonyms, &mine));
    pseudonyms_learn_address(pseudonyms, &mine);
    pseudonyms_learn_address(pseudonyms, &six);
    pseudonyms_learn_address(pseudonyms, &apple);
    assert_true(pseudonyms_covers(pseudonyms, &near));
    assert_false(pseudonyms_covers(pseudonyms, &apple));
    struct address result = pseudonym_address(pseudonyms, &mine);
    assert_int_equal(result.octets[12] & 0xf0, 0xf0); /* nobody's */
    result = pseudonym_address(pseudonyms, &six);
    assert_memory_equal(result.octets, "\x20\x01\x0d\xb8", 4);
    pseudonyms_release(pseudonyms);
    catalog_release(catalog);
}

static void macs_keep_their_maker_and_stay_apart(void **state)
{
    (void)state;
    struct catalog *catalog;
    struct pseudonyms *pseudonyms = create(&catalog, key);
    struct mac one = {{0xa4, 0x83, 0xe7, 0, 0, 1}}, made_up = {{0x02, 1, 2, 3, 4, 5}};
    struct mac group = {{0x01, 0, 0x5e, 1, 2, 3}};
    struct mac result = pseudonym_mac(pseudonyms, &one);
    assert_memory_equal(result.octets, one.octets, 3);
    assert_memory_not_equal(result.octets, one.octets, 6);
    result = pseudonym_mac(pseudonyms, &made_up);
    assert_true(mac_is_private(&result));
    assert_memory_not_equal(result.octets + 1, made_up.octets + 1, 2);
    result = pseudonym_mac(pseudonyms, &group);
    assert_memory_equal(result.octets, group.octets, 6);
    pseudonyms_release(pseudonyms);
    catalog_release(catalog);
}

static void sentence_is(struct pseudonyms *pseudonyms, const char *sentence, const char *wanted)
{
    struct text text = {0};
    pseudonym_text(pseudonyms, sentence, &text);
    assert_string_equal(text_content(&text), wanted);
    text_release(&text);
}

static void what_names_nobody_stays_in_a_sentence(void **state)
{
    (void)state;
    static const char *const same[] = {
        "Allow TCP port 5223 to 17.0.0.0/8 (seen: 17.57.145.36), e.g. *.push.apple.com.",
        "courier-push-apple.com.akadns.net CNAME rpz-passthru.",
        "TLS 1.3, RFC 8446; 3.5 seconds at 20:02:01.097: a filter frame.number == 3",
        "http://captive.apple.com/hotspot-detect.html",
        "",
        "::",
        "a-b:c",
        "ends with a dot."};
    struct catalog *catalog;
    struct pseudonyms *pseudonyms = create(&catalog, key);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        sentence_is(pseudonyms, same[i], same[i]);
    pseudonyms_release(pseudonyms);
    catalog_release(catalog);
}

static void what_is_the_sites_is_nowhere_in_a_sentence(void **state)
{
    (void)state;
    static const char *const secrets[] = {"10.0.0.20", "fd00:1::20",       "a4:83:e7:00:00:01",
                                          "school",    "Bens-iPad",        "Room 12 Filter",
                                          "token",     "fe80::a683:e7ff:", "site.pcap"};
    const char *sentence =
        "10.0.0.20 (a4:83:e7:00:00:01), 10.0.0.20:53, [fd00:1::20]:443, fd00:1::20/64, "
        "10.0.0.20/32, 10.0.0.20-10.0.0.20; Bens-iPad, bens-ipad.local and \"Room 12 Filter\" at "
        "proxy.school.org:8080, http://portal.school.org/token?x=token, "
        "fe80::a683:e7ff:fe00:1%en0 in site.pcap.";
    struct catalog *catalog;
    struct text text = {0};
    struct pseudonyms *pseudonyms = create(&catalog, key);
    pseudonyms_learn_word(pseudonyms, "Bens-iPad", NULL);
    pseudonyms_learn_word(pseudonyms, "Room 12 Filter", NULL);
    pseudonyms_learn_word(pseudonyms, "site.pcap", "capture-1");
    pseudonym_text(pseudonyms, sentence, &text);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (strstr(text_content(&text), secrets[i]) != NULL)
            fail_msg("%s is in: %s", secrets[i], text_content(&text));
    assert_non_null(strstr(text_content(&text), " in capture-1."));
    assert_non_null(strstr(text_content(&text), ".org:8080"));
    text_release(&text);
    pseudonyms_release(pseudonyms);
    catalog_release(catalog);
}

static void another_key_gives_other_pseudonyms(void **state)
{
    (void)state;
    char one[2][12], other[12];
    struct catalog *catalogs[2];
    struct pseudonyms *pseudonyms = create(&catalogs[0], key);
    struct pseudonyms *others = create(&catalogs[1], other_key);
    struct address address = address_of("10.0.0.20");
    struct address first = pseudonym_address(pseudonyms, &address);
    struct address again = pseudonym_address(pseudonyms, &address);
    struct address second = pseudonym_address(others, &address);
    assert_true(address_equal(&first, &again));
    assert_false(address_equal(&first, &second));
    pseudonym_label(pseudonyms, "iPad-Cart-07", 12, "", one[0]);
    pseudonym_label(pseudonyms, "ipad-cart-07", 12, "", one[1]);
    pseudonym_label(others, "iPad-Cart-07", 12, "", other);
    assert_memory_equal(one[0], one[1], 12);
    assert_memory_not_equal(one[0], other, 12);
    pseudonyms_release(pseudonyms);
    pseudonyms_release(others);
    catalog_release(catalogs[0]);
    catalog_release(catalogs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_addresses_share_their_pseudonyms_share),
        cmocka_unit_test(public_addresses_stay_unless_they_are_the_sites),
        cmocka_unit_test(macs_keep_their_maker_and_stay_apart),
        cmocka_unit_test(what_names_nobody_stays_in_a_sentence),
        cmocka_unit_test(what_is_the_sites_is_nowhere_in_a_sentence),
        cmocka_unit_test(another_key_gives_other_pseudonyms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
