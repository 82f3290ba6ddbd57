/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a chain prove, and what does it only claim?
 */
#include "tests/support/certificates.h"
#include "tests/support/scratch.h"

#include "certificates/chain.h"

enum who { ROOT, MIDDLE, LEAF, STRANGER, FORGED, OLD, SINGLE, WHO_COUNT };

struct world {
    struct scratch scratch;
    struct made made[WHO_COUNT];
    struct certificate *read[WHO_COUNT];
    char pem[512];
    struct trust_store *store; /* ROOT is public here */
};

static struct world world;

static const struct recipe recipes[WHO_COUNT] = {
    [ROOT] = {.subject = "O=Public Trust,CN=Public Root", .authority = true},
    [MIDDLE] = {.subject = "O=Apple Inc.,CN=Apple Public Server ECC CA 1 - G1",
                .issuer = &world.made[ROOT],
                .authority = true},
    [LEAF] = {.subject = "O=Apple Inc.,CN=gs.apple.com",
              .issuer = &world.made[MIDDLE],
              .names = "DNS:gs.apple.com,DNS:*.push.apple.com",
              .marker = "1.2.840.113635.100.6.27.2",
              .from = "2026-01-01",
              .until = "2026-12-01"},
    [STRANGER] = {.subject = "O=School,CN=School Web Filter", .authority = true},
    [FORGED] = {.subject = "O=Apple Inc.,CN=gs.apple.com",
                .issuer = &world.made[STRANGER],
                .names = "DNS:gs.apple.com"},
    /* Signed by somebody else than it says. */
    [OLD] = {.subject = "CN=gs.apple.com",
             .issuer = &world.made[STRANGER],
             .claimed_issuer = "O=Apple Inc.,CN=Apple Public Server ECC CA 1 - G1"},
    [SINGLE] = {.subject = "CN=gs.apple.com"},
};

static int begin(void **state)
{
    struct problem problem = {""};
    (void)state;
    scratch_begin(&world.scratch);
    for (int i = 0; i < WHO_COUNT; i++) {
        world.made[i] = make_certificate(&recipes[i]);
        world.read[i] = certificate_read(made_der(&world.made[i]));
    }
    snprintf(world.pem, sizeof world.pem, "%s", scratch_path(&world.scratch, "root.pem"));
    made_write(world.pem, (const struct made *const[]){&world.made[ROOT]}, 1);
    world.store = trust_store_load(&(struct trust_files){.public_bundle = world.pem}, &problem);
    assert_non_null(world.store);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < WHO_COUNT; i++) {
        certificate_release(world.read[i]);
        made_release(&world.made[i]);
    }
    trust_store_release(world.store);
    scratch_remove(&world.scratch, "root.pem");
    scratch_end(&world.scratch);
    return 0;
}

static int64_t at(const char *text)
{
    int64_t time;
    assert_true(timestamp_parse(text, &time));
    return time;
}

static struct chain_result judged(const enum who *list, size_t count, const char *time,
                                  const char *name, struct trust_store *store)
{
    const struct certificate *sent[WHO_COUNT];
    struct chain_result result;
    for (size_t i = 0; i < count; i++)
        sent[i] = world.read[list[i]];
    chain_judge(sent, count, at(time), name, store, &result);
    return result;
}

#define JUDGE(time, name, ...)                                                                     \
    judged((const enum who[]){__VA_ARGS__},                                                        \
           sizeof((const enum who[]){__VA_ARGS__}) / sizeof(enum who), time, name, world.store)

static void test_genuine(void **state)
{
    (void)state;
    struct chain_result result = JUDGE("2026-06-01", "gs.apple.com", LEAF, MIDDLE);
    assert_true(result.readable);
    assert_int_equal(result.root, TRUST_PUBLIC);
    assert_string_equal(result.root_name, "CN=Public Root,O=Public Trust");
    assert_int_equal(result.signatures, CHAIN_SOUND);
    assert_int_equal(result.dates, CHAIN_VALID);
    assert_int_equal(result.name, CHAIN_NAME_MATCHES);
    assert_false(result.self_signed);
    assert_false(result.whole);
    assert_false(result.apple_marker); /* it proves something under Apple's own roots alone */
    assert_string_equal(result.issuer, "CN=Apple Public Server ECC CA 1 - G1,O=Apple Inc.");
    assert_string_equal(result.top_issuer, "CN=Public Root,O=Public Trust");
}

/* RFC 8446 section 4.4.2 lets servers send them in another order, and more of them. */
static void test_order_is_mended(void **state)
{
    (void)state;
    struct chain_result result = JUDGE("2026-06-01", NULL, LEAF, STRANGER, ROOT, MIDDLE, MIDDLE);
    assert_int_equal(result.root, TRUST_PUBLIC);
    assert_int_equal(result.signatures, CHAIN_SOUND);
    assert_true(result.whole);
    assert_int_equal(result.name, CHAIN_NAME_UNKNOWN);
}

static void test_dates(void **state)
{
    (void)state;
    struct chain_result result = JUDGE("2026-12-02", "gs.apple.com", LEAF, MIDDLE);
    assert_int_equal(result.root, TRUST_PUBLIC); /* expired is not forged */
    assert_int_equal(result.dates, CHAIN_EXPIRED);
    assert_true(result.limit == at("2026-12-01"));
    assert_string_equal(result.dated, "CN=gs.apple.com,O=Apple Inc.");
    result = JUDGE("2025-12-31", "gs.apple.com", LEAF, MIDDLE);
    assert_int_equal(result.root, TRUST_PUBLIC);
    assert_int_equal(result.dates, CHAIN_NOT_YET_VALID);
    assert_true(result.limit == at("2026-01-01"));
    result = JUDGE("2019-12-31", "gs.apple.com", FORGED, STRANGER);
    assert_int_equal(result.dates, CHAIN_NOT_YET_VALID);
    assert_int_equal(JUDGE("2026-12-01", NULL, LEAF, MIDDLE).dates, CHAIN_VALID); /* to the end */
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(JUDGE("2026-06-01", "7-courier.push.apple.com", LEAF).name,
                     CHAIN_NAME_MATCHES);
    assert_int_equal(JUDGE("2026-06-01", "push.apple.com", LEAF).name, CHAIN_NAME_DIFFERS);
    assert_int_equal(JUDGE("2026-06-01", "a.b.push.apple.com", LEAF).name, CHAIN_NAME_DIFFERS);
    assert_int_equal(JUDGE("2026-06-01", "17.1.2.3", LEAF).name, CHAIN_NAME_DIFFERS);
    assert_int_equal(JUDGE("2026-06-01", "", LEAF).name, CHAIN_NAME_UNKNOWN);
}

static void test_strangers(void **state)
{
    (void)state;
    struct chain_result result = JUDGE("2026-06-01", "gs.apple.com", FORGED, STRANGER);
    assert_int_equal(result.root, TRUST_NONE);
    assert_string_equal(result.root_name, "");
    assert_int_equal(result.signatures, CHAIN_SOUND);
    assert_true(result.whole);
    assert_false(result.self_signed);
    assert_string_equal(result.top_issuer, "CN=School Web Filter,O=School");
    result = JUDGE("2026-06-01", "gs.apple.com", FORGED);
    assert_int_equal(result.signatures, CHAIN_ALONE);
    assert_false(result.whole);
    result = JUDGE("2026-06-01", "gs.apple.com", SINGLE);
    assert_true(result.self_signed);
    assert_true(result.whole);
}

/* A name that is only borrowed: the issuer was sent, and it did not sign. */
static void test_borrowed_issuer(void **state)
{
    (void)state;
    struct chain_result result = JUDGE("2026-06-01", "gs.apple.com", OLD, MIDDLE);
    assert_int_equal(result.root, TRUST_NONE);
    assert_int_equal(result.signatures, CHAIN_BROKEN);
    assert_string_equal(result.issuer, "CN=Apple Public Server ECC CA 1 - G1,O=Apple Inc.");
}

/* What stands below a leaf that is no authority proves nothing. */
static void test_leaf_as_authority(void **state)
{
    (void)state;
    struct made below = make_certificate(
        &(struct recipe){.subject = "CN=albert.apple.com", .issuer = &world.made[LEAF]});
    struct certificate *read = certificate_read(made_der(&below));
    const struct certificate *sent[] = {read, world.read[LEAF], world.read[MIDDLE]};
    struct chain_result result;
    chain_judge(sent, 3, at("2026-06-01"), NULL, world.store, &result);
    assert_int_equal(result.root, TRUST_NONE);
    certificate_release(read);
    made_release(&below);
}

static void test_declared(void **state)
{
    (void)state;
    struct problem problem = {""};
    char pem[512];
    const char *file = pem;
    snprintf(pem, sizeof pem, "%s", scratch_path(&world.scratch, "declared.pem"));
    made_write(pem, (const struct made *const[]){&world.made[STRANGER]}, 1);
    static const enum who forged[] = {FORGED};
    struct trust_store *store =
        trust_store_load(&(struct trust_files){.declared = &file, .declared_count = 1}, &problem);
    struct chain_result result = judged(forged, 1, "2026-06-01", NULL, store);
    assert_int_equal(result.root, TRUST_DECLARED);
    assert_string_equal(result.root_name, "CN=School Web Filter,O=School");
    trust_store_release(store);
    store = trust_store_load(&(struct trust_files){.inspection = &file, .inspection_count = 1},
                             &problem);
    assert_int_equal(judged(forged, 1, "2026-06-01", NULL, store).root, TRUST_INSPECTION);
    trust_store_release(store);
    /* An authority below a root may be declared by itself. */
    made_write(pem, (const struct made *const[]){&world.made[MIDDLE]}, 1);
    store = trust_store_load(&(struct trust_files){.declared = &file,
                                                   .declared_count = 1,
                                                   .public_bundle = "/nowhere.pem"},
                             &problem);
    static const enum who leaf[] = {LEAF};
    assert_int_equal(judged(leaf, 1, "2026-06-01", NULL, store).root, TRUST_DECLARED);
    trust_store_release(store);
    scratch_remove(&world.scratch, "declared.pem");
}

/* Chains of their time: SHA-1 was what there was. */
static void test_sha1(void **state)
{
    (void)state;
    struct made old = make_certificate(
        &(struct recipe){.subject = "CN=old.apple.com", .issuer = &world.made[ROOT], .sha1 = true});
    struct certificate *read = certificate_read(made_der(&old));
    const struct certificate *sent[] = {read};
    struct chain_result result;
    chain_judge(sent, 1, at("2026-06-01"), NULL, world.store, &result);
    assert_int_equal(result.root, TRUST_PUBLIC);
    certificate_release(read);
    made_release(&old);
}

static void test_nothing_to_judge(void **state)
{
    (void)state;
    struct certificate *noise = certificate_read(bytes_of("noise", 5));
    const struct certificate *sent[] = {noise, world.read[MIDDLE]};
    struct chain_result result;
    chain_judge(sent, 2, at("2026-06-01"), "gs.apple.com", world.store, &result);
    assert_false(result.readable);
    assert_int_equal(result.root, TRUST_NONE);
    chain_judge(sent, 0, at("2026-06-01"), NULL, world.store, &result);
    assert_false(result.readable);
    const struct certificate *behind[] = {world.read[LEAF], noise, world.read[MIDDLE]};
    chain_judge(behind, 3, TIMESTAMP_NONE, NULL, world.store, &result);
    assert_int_equal(result.root, TRUST_PUBLIC);
    assert_int_equal(result.dates, CHAIN_DATES_UNKNOWN);
    chain_judge(behind, 3, TIMESTAMP_NONE, NULL, NULL, &result);
    assert_int_equal(result.root, TRUST_NONE);
    assert_int_equal(result.signatures, CHAIN_SOUND);
    certificate_release(noise);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_genuine),
        cmocka_unit_test(test_order_is_mended),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_borrowed_issuer),
        cmocka_unit_test(test_leaf_as_authority),
        cmocka_unit_test(test_declared),
        cmocka_unit_test(test_sha1),
        cmocka_unit_test(test_nothing_to_judge),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
