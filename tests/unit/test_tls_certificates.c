/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls_certificates.c tell each certificate once, and stop at its limits?
 */
#include "tests/support/dissection.h"

#include "dissectors/tls_certificates.h"

struct sink {
    size_t certificates;
    char last[65];
    int64_t time;
    uint64_t packet;
};

static bool take(void *owner, const struct fact *fact)
{
    struct sink *sink = owner;
    assert_int_equal(fact->kind, FACT_CERTIFICATE);
    assert_int_equal(strlen(fact->as.certificate.sha256), 64);
    memcpy(sink->last, fact->as.certificate.sha256, sizeof sink->last);
    sink->time = fact->as.certificate.first_time;
    sink->packet = fact->as.certificate.first_packet;
    sink->certificates++;
    return true;
}

struct run {
    struct tls_certificates told;
    struct sink sink;
    struct observation observation;
    char chain[TLS_CHAIN_SIZE];
};

static void begin(struct run *run)
{
    memset(run, 0, sizeof *run);
    run->observation.sink = (struct fact_sink){take, &run->sink};
}

/* From memory of exactly its size. */
static bool read_body(struct run *run, const uint8_t *body, size_t length)
{
    uint8_t *copy = dissection_exact(bytes_of(body, length));
    bool whole = tls_certificates_read(&run->told, &run->observation, bytes_of(copy, length), 70,
                                       packet_identity(1, 7), run->chain);
    free(copy);
    return whole;
}

static void test_once(void **state)
{
    (void)state;
    static const uint8_t twice[] = {0, 0, 10, 0, 0, 2, 1, 2, 0, 0, 2, 1, 2};
    static const uint8_t none[] = {0, 0, 0};
    struct run run;
    begin(&run);
    assert_true(read_body(&run, twice, sizeof twice));
    assert_int_equal(run.sink.certificates, 1);
    assert_int_equal(run.sink.time, 70);
    assert_int_equal(run.sink.packet, packet_identity(1, 7));
    assert_int_equal(strlen(run.chain), 129);
    assert_memory_equal(run.chain, run.sink.last, 64);
    assert_memory_equal(run.chain + 65, run.sink.last, 64);
    assert_true(read_body(&run, twice, sizeof twice));
    assert_int_equal(run.sink.certificates, 1);
    assert_true(read_body(&run, none, sizeof none));
    assert_string_equal(run.chain, "");
    tls_certificates_release(&run.told);
}

static void test_broken(void **state)
{
    (void)state;
    static const uint8_t good[] = {0, 0, 11, 0, 0, 2, 1, 2, 0, 0, 3, 1, 2, 3};
    static const uint8_t longer[] = {0, 0, 6, 0, 0, 2, 1, 2, 0, 9};
    static const uint8_t behind[] = {0, 0, 5, 0, 0, 2, 1, 2, 9};
    static const uint8_t empty[] = {0, 0, 3, 0, 0, 0};
    struct run run;
    begin(&run);
    for (size_t length = 0; length < sizeof good; length++) {
        assert_false(read_body(&run, good, length));
        assert_int_equal(strlen(run.chain), length < 8 ? 0 : 64);
    }
    assert_true(read_body(&run, good, sizeof good));
    assert_false(read_body(&run, longer, sizeof longer));
    assert_false(read_body(&run, behind, sizeof behind));
    assert_false(read_body(&run, empty, sizeof empty));
    tls_certificates_release(&run.told);
}

/* The limit of a run: what is beyond it is counted, and its fingerprint still told. */
static void test_limit(void **state)
{
    (void)state;
    struct run run;
    begin(&run);
    uint8_t one[] = {0, 0, 5, 0, 0, 2, 0, 0};
    for (unsigned i = 0; i < TLS_CERTIFICATES_LIMIT + 3; i++) {
        one[6] = (uint8_t)(i >> 8);
        one[7] = (uint8_t)i;
        assert_true(read_body(&run, one, sizeof one));
        assert_int_equal(strlen(run.chain), 64);
    }
    assert_int_equal(run.sink.certificates, TLS_CERTIFICATES_LIMIT);
    assert_int_equal(run.observation.totals.certificates_dropped, 3);
    one[6] = one[7] = 0; /* known ones stay known */
    assert_true(read_body(&run, one, sizeof one));
    assert_int_equal(run.observation.totals.certificates_dropped, 3);
    /* After an hour of watching there is room again; what is still in use is told once more. */
    run.observation.renewals++;
    assert_true(read_body(&run, one, sizeof one));
    assert_int_equal(run.sink.certificates, TLS_CERTIFICATES_LIMIT);
    for (uint8_t i = 0; i < 10; i++) {
        one[6] = 0xff;
        one[7] = i / 2;
        assert_true(read_body(&run, one, sizeof one));
    }
    assert_int_equal(run.sink.certificates, TLS_CERTIFICATES_LIMIT + 5);
    one[6] = one[7] = 0;
    assert_true(read_body(&run, one, sizeof one));
    assert_int_equal(run.sink.certificates, TLS_CERTIFICATES_LIMIT + 6);
    assert_int_equal(run.observation.totals.certificates_dropped, 3);
    tls_certificates_release(&run.told);
}

/* So have their bytes; a smaller one finds room still. */
static void test_limit_of_bytes(void **state)
{
    (void)state;
    struct run run;
    begin(&run);
    run.observation.certificate_bytes = 5;
    static const uint8_t two[] = {0, 0, 5, 0, 0, 2, 0, 1}, other[] = {0, 0, 5, 0, 0, 2, 0, 2};
    static const uint8_t third[] = {0, 0, 5, 0, 0, 2, 0, 3}, one[] = {0, 0, 4, 0, 0, 1, 4};
    assert_true(read_body(&run, two, sizeof two));
    assert_true(read_body(&run, other, sizeof other));
    assert_true(read_body(&run, third, sizeof third));
    assert_int_equal(run.observation.totals.certificates_dropped, 1);
    assert_int_equal(strlen(run.chain), 64);
    assert_true(read_body(&run, one, sizeof one));
    assert_int_equal(run.sink.certificates, 3);
    tls_certificates_release(&run.told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_limit_of_bytes),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
