/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a certificate say of itself, and what is left of one that is broken?
 */
#include "tests/support/certificates.h"

#include "certificates/certificate.h"

static struct certificate *read_copy(const uint8_t *der, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, der, length);
    struct certificate *certificate = certificate_read(bytes_of(copy, length));
    free(copy); /* it was copied */
    assert_non_null(certificate);
    return certificate;
}

static const struct recipe full = {
    .subject = "CN=gs.apple.com",
    .names = "DNS:GS.apple.com,DNS:*.push.apple.com,email:nobody@apple.com",
    .marker = "1.2.840.113635.100.6.27.2",
    .from = "2026-01-02T03:04:05Z",
    .until = "9999-12-31T23:59:59Z"};

static void test_all_is_told(void **state)
{
    (void)state;
    struct made root = make_certificate(&(struct recipe){
        .subject = "O=Apple Inc.,OU=Certification Authority,CN=A Root", .authority = true});
    struct recipe recipe = full;
    recipe.subject = "C=US,O=Gr\xc3\xbcn Inc.,CN=gs.apple.com";
    recipe.issuer = &root;
    struct made leaf = make_certificate(&recipe);
    struct certificate *certificate = read_copy(leaf.der, leaf.length);
    struct fact_certificate fact = {.first_packet = 7};
    int64_t from;
    assert_true(timestamp_parse("2026-01-02T03:04:05Z", &from));
    certificate_describe(certificate, &fact);
    assert_string_equal(fact.subject, "CN=gs.apple.com,O=Gr\xc3\xbcn Inc.,C=US");
    assert_string_equal(fact.issuer, "CN=A Root,OU=Certification Authority,O=Apple Inc.");
    assert_string_equal(fact.names, "gs.apple.com,*.push.apple.com");
    assert_string_equal(fact.markers, "1.2.840.113635.100.6.27.2");
    assert_string_equal(fact.key, "EC prime256v1");
    assert_int_equal(strlen(fact.serial), 4);
    assert_int_equal(fact.not_before, from);
    assert_true(fact.not_after == INT64_MAX); /* later than the clock reaches */
    assert_false(fact.authority);
    assert_int_equal(fact.first_packet, 7);
    assert_int_equal(fact.der.length, leaf.length);
    assert_memory_equal(fact.der.data, leaf.der, leaf.length);
    certificate_release(certificate);
    certificate = read_copy(root.der, root.length);
    certificate_describe(certificate, &fact);
    assert_true(fact.authority);
    assert_null(fact.names);
    assert_null(fact.markers);
    certificate_release(certificate);
    made_release(&leaf);
    made_release(&root);
}

static void test_fingerprint(void **state)
{
    (void)state;
    char text[CERTIFICATE_SHA256_SIZE];
    assert_true(certificate_fingerprint(bytes_of("abc", 3), text)); /* FIPS 180-2, B.1 */
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Every cut is no certificate, and bytes behind one make it none. */
static void test_cut_and_more(void **state)
{
    (void)state;
    struct recipe recipe = full;
    struct made leaf = make_certificate(&recipe);
    uint8_t *longer = calloc(1, leaf.length + 1);
    assert_non_null(longer);
    memcpy(longer, leaf.der, leaf.length);
    for (size_t length = 0; length <= leaf.length + 1; length++) {
        char sha256[CERTIFICATE_SHA256_SIZE];
        struct fact_certificate fact = {0};
        struct certificate *certificate = read_copy(longer, length);
        certificate_describe(certificate, &fact);
        assert_true(certificate_fingerprint(bytes_of(longer, length), sha256));
        assert_string_equal(fact.sha256, sha256);
        assert_int_equal(fact.der.length, length);
        assert_int_equal(fact.subject != NULL, length == leaf.length);
        assert_int_equal(fact.not_before != TIMESTAMP_NONE, length == leaf.length);
        certificate_release(certificate);
    }
    free(longer);
    made_release(&leaf);
}

/* Every byte may be another: nothing but a result may come of it. */
static void test_changed_bytes(void **state)
{
    (void)state;
    struct recipe recipe = full;
    struct made leaf = make_certificate(&recipe);
    for (size_t at = 0; at < leaf.length; at++)
        for (unsigned change = 1; change < 256; change += change) {
            struct fact_certificate fact = {0};
            leaf.der[at] ^= (uint8_t)change;
            struct certificate *certificate = read_copy(leaf.der, leaf.length);
            leaf.der[at] ^= (uint8_t)change;
            certificate_describe(certificate, &fact);
            assert_non_null(fact.sha256);
            certificate_release(certificate);
        }
    made_release(&leaf);
}

/* Long texts are cut whole characters at a time, and nothing of a terminal's survives. */
static void test_long_and_foreign_names(void **state)
{
    (void)state;
    char subject[1000] = "description=evil\033[31m\xc2\x9b\xe2\x80\xae";
    char names[4000] = "";
    for (size_t i = 0; i < 300; i++)
        strcat(subject, "\xc3\xbc");
    for (int i = 0; i < 40; i++) {
        char one[100];
        snprintf(one, sizeof one, "%sDNS:%080d.example", i == 0 ? "" : ",", i);
        strcat(names, one);
    }
    struct made leaf = make_certificate(&(struct recipe){.subject = subject, .names = names});
    struct certificate *certificate = read_copy(leaf.der, leaf.length);
    struct fact_certificate fact = {0};
    certificate_describe(certificate, &fact);
    assert_true(strlen(fact.names) <= 3000 && strlen(fact.names) > 2800);
    assert_string_equal(strrchr(fact.names, '.'), ".example");
    assert_true(strlen(fact.subject) <= 512 && strlen(fact.subject) > 500);
    assert_string_equal(fact.subject + strlen(fact.subject) - 2, "\xc3\xbc");
    assert_null(strchr(fact.subject, '\033'));
    assert_null(strstr(fact.subject, "\xc2\x9b"));
    assert_null(strstr(fact.subject, "\xe2\x80\xae"));
    certificate_release(certificate);
    made_release(&leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_told),
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_cut_and_more),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_long_and_foreign_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
