/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which roots are there: Apple's, this system's, those of --trust; what is one, what is
 * none, and who is told.
 */
#include "tests/support/certificates.h"
#include "tests/support/scratch.h"

#include "certificates/certificate.h"
#include "certificates/trust_store.h"
#include "certificates/trust_store_private.h"

#define BEGINS "-----BEGIN CERTIFICATE-----\n"
#define ENDS "-----END CERTIFICATE-----\n"
#define CONTENT                                                                                    \
    "MIIBjzCCATWgAwIBAgIUXYMNLL0lgYpYzU60QWTFqE1Bg/UwCgYIKoZIzj0EAwIw\n"                           \
    "HDEaMBgGA1UEAwwRQSByb290IG9mIGl0cyBvd24wIBcNMjYxMTIxMjA0MjQ5WhgP\n"                           \
    "MjEyNjEwMjgyMDQyNDlaMBwxGjAYBgNVBAMMEUEgcm9vdCBvZiBpdHMgb3duMFkw\n"                           \
    "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjy8816FQ2+x4ZcjOxDlEj2xQML0QoZgZ\n"                           \
    "gZGZUM+o6zhp5QIke7TwOESPmhXUWpRLWLXHLbMe4NzVZKznTh7udKNTMFEwHQYD\n"                           \
    "VR0OBBYEFEykeR9T4Ltch+DrkwcwFHjFL+qpMB8GA1UdIwQYMBaAFEykeR9T4Ltc\n"                           \
    "h+DrkwcwFHjFL+qpMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIh\n"                           \
    "AMUpNnY5XWIUjB5ocN5EA6ZDXOOJPGr5TsrcHP9qoSOKAiAI37mVhfxhBLCK7SHI\n"                           \
    "xFYxTxVTaPtW7yFDR2Z7VZlXjg==\n"
#define CERTIFICATE BEGINS CONTENT ENDS

static struct scratch scratch;
static struct problem problem;
static size_t count;

static int begin(void **state)
{
    (void)state;
    scratch_begin(&scratch);
    problem.text[0] = '\0';
    count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    scratch_end(&scratch);
    return 0;
}

/* Loads these files and counts their roots. */
static bool load(const char *const *files, size_t file_count)
{
    struct trust_store *store = trust_store_load(
        &(struct trust_files){.declared = files, .declared_count = file_count}, &problem);
    count = store == NULL ? 0 : trust_store_count(store, TRUST_DECLARED);
    bool loaded = store != NULL;
    trust_store_release(store);
    return loaded;
}

/* Checks one file of this content. */
static bool check(const char *content)
{
    scratch_write(&scratch, "roots.pem", content);
    const char *const files[] = {scratch_path(&scratch, "roots.pem")};
    bool good = load(files, 1);
    scratch_remove(&scratch, "roots.pem");
    assert_int_equal(good, problem.text[0] == '\0');
    if (!good)
        assert_non_null(strstr(problem.text, "roots.pem"));
    return good;
}

static void test_no_files(void **state)
{
    (void)state;
    count = 7;
    assert_true(load(NULL, 0));
    assert_int_equal(count, 0);
}

static void test_certificates_are_counted(void **state)
{
    (void)state;
    assert_true(check(CERTIFICATE));
    assert_int_equal(count, 1);
    assert_true(check("A remark before it\n" CERTIFICATE "\n# and between\n" CERTIFICATE));
    assert_int_equal(count, 2);
}

static void test_several_files(void **state)
{
    (void)state;
    char one[512], two[512];
    scratch_write(&scratch, "one.pem", CERTIFICATE);
    scratch_write(&scratch, "two.pem", CERTIFICATE CERTIFICATE);
    snprintf(one, sizeof one, "%s", scratch_path(&scratch, "one.pem"));
    snprintf(two, sizeof two, "%s", scratch_path(&scratch, "two.pem"));
    const char *const files[] = {one, two, one};
    assert_true(load(files, 3));
    assert_int_equal(count, 4);
    scratch_remove(&scratch, "one.pem");
    assert_false(load(files, 3));
    assert_non_null(strstr(problem.text, "one.pem"));
    scratch_remove(&scratch, "two.pem");
}

static void test_files_without_certificates(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "",
        "no certificate\n",
        BEGINS,
        BEGINS ENDS,
        BEGINS "bm90IG9uZQ==\n" ENDS,
        CONTENT,
        "-----BEGIN PUBLIC KEY-----\nbm90IG9uZQ==\n-----END PUBLIC KEY-----\n",
    };
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        problem.text[0] = '\0';
        assert_false(check(contents[i]));
    }
}

static void test_a_broken_one_after_a_good_one(void **state)
{
    (void)state;
    assert_false(check(CERTIFICATE BEGINS "bm90IG9uZQ==\n" ENDS));
    assert_non_null(strstr(problem.text, "certificate 2"));
}

static void test_an_encrypted_one_asks_nobody(void **state)
{
    (void)state;
    assert_false(check(BEGINS "Proc-Type: 4,ENCRYPTED\n"
                              "DEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\n"
                              "bm90IG9uZSBhdCBhbGwhIQ==\n" ENDS));
}

/* Every cut but those after the last line's dashes is no certificate. */
static void test_a_file_that_is_cut_anywhere(void **state)
{
    (void)state;
    size_t whole = strlen(CERTIFICATE);
    char content[sizeof CERTIFICATE];
    for (size_t cut = 0; cut <= whole; cut++) {
        memcpy(content, CERTIFICATE, cut);
        content[cut] = '\0';
        problem.text[0] = '\0';
        assert_int_equal(check(content), cut + 1 >= whole);
    }
}

/* The SHA-256 values that Apple publishes for its roots. */
static void test_apples_roots(void **state)
{
    (void)state;
    static const char *const published[] = {
        "b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024",
        "c2b9b042dd57830e7d117dac55ac8ae19407d38e41d88f3215bc3a890444a050",
        "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179",
    };
    struct trust_store *store = trust_store_load(&(struct trust_files){0}, &problem);
    STACK_OF(X509_OBJECT) *roots = X509_STORE_get0_objects(trust_store_roots(store, TRUST_APPLE));
    unsigned seen = 0;
    assert_int_equal(trust_store_count(store, TRUST_APPLE), 3);
    assert_int_equal(sk_X509_OBJECT_num(roots), 3);
    for (int i = 0; i < 3; i++) {
        char sha256[CERTIFICATE_SHA256_SIZE];
        unsigned char *der = NULL;
        int length = i2d_X509(X509_OBJECT_get0_X509(sk_X509_OBJECT_value(roots, i)), &der);
        assert_true(length > 0);
        assert_true(certificate_fingerprint(bytes_of(der, (size_t)length), sha256));
        OPENSSL_free(der);
        for (size_t j = 0; j < 3; j++)
            if (strcmp(sha256, published[j]) == 0)
                seen |= 1u << j;
    }
    assert_int_equal(seen, 7);
    trust_store_release(store);
}

static void test_public_roots(void **state)
{
    (void)state;
    scratch_write(&scratch, "bundle.pem", CERTIFICATE);
    struct trust_files files = {.public_bundle = scratch_path(&scratch, "bundle.pem")};
    struct trust_store *store = trust_store_load(&files, &problem);
    assert_int_equal(trust_store_count(store, TRUST_PUBLIC), 1);
    assert_int_equal(trust_store_count(store, TRUST_DECLARED), 0);
    assert_true(trust_store_names_public(store, "a ROOT of its own"));
    assert_false(trust_store_names_public(store, "a root"));
    assert_false(trust_store_names_public(store, ""));
    trust_store_release(store);
    /* None is no fault: there is a system without any. */
    scratch_remove(&scratch, "bundle.pem");
    store = trust_store_load(&files, &problem);
    assert_int_equal(trust_store_count(store, TRUST_PUBLIC), 0);
    trust_store_release(store);
}

/* As every program with libcrypto: the environment says where. */
static void test_environment(void **state)
{
    (void)state;
    const char *variable = X509_get_default_cert_file_env();
    const char *set = getenv(variable);
    char before[512];
    snprintf(before, sizeof before, "%s", set != NULL ? set : "");
    scratch_write(&scratch, "bundle.pem", CERTIFICATE);
    assert_int_equal(setenv(variable, scratch_path(&scratch, "bundle.pem"), 1), 0);
    struct trust_store *store = trust_store_load(&(struct trust_files){0}, &problem);
    assert_int_equal(trust_store_count(store, TRUST_PUBLIC), 1);
    trust_store_release(store);
    assert_int_equal(set != NULL ? setenv(variable, before, 1) : unsetenv(variable), 0);
    scratch_remove(&scratch, "bundle.pem");
}

static void test_inspection_authorities(void **state)
{
    (void)state;
    scratch_write(&scratch, "roots.pem", CERTIFICATE);
    const char *const file = scratch_path(&scratch, "roots.pem");
    struct trust_files files = {.inspection = &file, .inspection_count = 1};
    struct trust_store *store = trust_store_load(&files, &problem);
    assert_int_equal(trust_store_count(store, TRUST_INSPECTION), 1);
    assert_int_equal(trust_store_count(store, TRUST_DECLARED), 0);
    trust_store_release(store);
    scratch_remove(&scratch, "roots.pem");
    assert_null(trust_store_load(&files, &problem));
    assert_non_null(strstr(problem.text, "--inspection-ca"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_files, begin, end),
        cmocka_unit_test_setup_teardown(test_certificates_are_counted, begin, end),
        cmocka_unit_test_setup_teardown(test_several_files, begin, end),
        cmocka_unit_test_setup_teardown(test_files_without_certificates, begin, end),
        cmocka_unit_test_setup_teardown(test_a_broken_one_after_a_good_one, begin, end),
        cmocka_unit_test_setup_teardown(test_an_encrypted_one_asks_nobody, begin, end),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_cut_anywhere, begin, end),
        cmocka_unit_test_setup_teardown(test_apples_roots, begin, end),
        cmocka_unit_test_setup_teardown(test_public_roots, begin, end),
        cmocka_unit_test_setup_teardown(test_environment, begin, end),
        cmocka_unit_test_setup_teardown(test_inspection_authorities, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
