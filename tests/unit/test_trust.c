/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root certificates of --trust: what is one, what is none, and who is told.
 */
#include "tests/support/scratch.h"

#include "program/trust.h"

#define BEGINS "-----BEGIN CERTIFICATE-----\n"
#define ENDS "-----END CERTIFICATE-----\n"
#define CONTENT                                                          \
    "MIIBjzCCATWgAwIBAgIUXYMNLL0lgYpYzU60QWTFqE1Bg/UwCgYIKoZIzj0EAwIw\n" \
    "HDEaMBgGA1UEAwwRQSByb290IG9mIGl0cyBvd24wIBcNMjYxMTIxMjA0MjQ5WhgP\n" \
    "MjEyNjEwMjgyMDQyNDlaMBwxGjAYBgNVBAMMEUEgcm9vdCBvZiBpdHMgb3duMFkw\n" \
    "EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjy8816FQ2+x4ZcjOxDlEj2xQML0QoZgZ\n" \
    "gZGZUM+o6zhp5QIke7TwOESPmhXUWpRLWLXHLbMe4NzVZKznTh7udKNTMFEwHQYD\n" \
    "VR0OBBYEFEykeR9T4Ltch+DrkwcwFHjFL+qpMB8GA1UdIwQYMBaAFEykeR9T4Ltc\n" \
    "h+DrkwcwFHjFL+qpMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIh\n" \
    "AMUpNnY5XWIUjB5ocN5EA6ZDXOOJPGr5TsrcHP9qoSOKAiAI37mVhfxhBLCK7SHI\n" \
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

/* Checks one file of this content. */
static bool check(const char *content)
{
    scratch_write(&scratch, "roots.pem", content);
    const char *const files[] = {scratch_path(&scratch, "roots.pem")};
    bool good = trust_check(files, 1, &count, &problem);
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
    assert_true(trust_check(NULL, 0, &count, &problem));
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
    assert_true(trust_check(files, 3, &count, &problem));
    assert_int_equal(count, 4);
    scratch_remove(&scratch, "one.pem");
    assert_false(trust_check(files, 3, &count, &problem));
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
