/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was shown a certificate that is not the genuine one, and which certificates that
 * look odd are nobody's fault?
 */
#include "tests/support/certificates.h"
#include "tests/support/facts.h"
#include "tests/support/scratch.h"

#include "certificates/certificate.h"

#define KIND "certificate-intercepted"
#define GS "17.188.22.70"
#define ALBERT "17.171.47.86"
#define ALERT_UNKNOWN_CA 48
#define TLS_1_2 0x0303

enum who {
    ROOT,
    MIDDLE,
    LEAF,
    FILTER,
    FORGED,
    PRODUCT,
    NAMED,
    SINGLE,
    BORROWED,
    CURRENT,
    WHO_COUNT
};

static struct made made[WHO_COUNT];

static const struct recipe recipes[WHO_COUNT] = {
    [ROOT] = {.subject = "O=Public Trust,CN=Public Root", .authority = true},
    [MIDDLE] = {.subject = "O=Public Trust,CN=Public CA 1",
                .issuer = &made[ROOT],
                .authority = true},
    [LEAF] = {.subject = "CN=gs.apple.com",
              .issuer = &made[MIDDLE],
              .names = "DNS:gs.apple.com",
              .until = "2021-01-01"},
    [CURRENT] = {.subject = "CN=gs.apple.com",
                 .issuer = &made[MIDDLE],
                 .names = "DNS:gs.apple.com"},
    [FILTER] = {.subject = "O=School,CN=School Web Filter", .authority = true},
    [FORGED] = {.subject = "O=Apple Inc.,CN=gs.apple.com", .issuer = &made[FILTER]},
    [PRODUCT] = {.subject = "O=mitmproxy,CN=mitmproxy", .authority = true},
    [NAMED] = {.subject = "O=Apple Inc.,CN=gs.apple.com", .issuer = &made[PRODUCT]},
    [SINGLE] = {.subject = "O=Apple Inc.,CN=gs.apple.com"},
    [BORROWED] = {.subject = "CN=gs.apple.com",
                  .issuer = &made[FILTER],
                  .claimed_issuer = "O=Apple Inc.,CN=Apple Public Server RSA CA 12 - G1"},
};

struct world {
    struct facts facts;
    struct scratch scratch;
    struct trust_store *trust; /* ROOT is the one public root */
    char stored[WHO_COUNT][CERTIFICATE_SHA256_SIZE];
    bool is_stored[WHO_COUNT];
    char chains[64][1200];
    size_t chain_count;
};

static struct trust_store *trusting(struct world *world, enum trust_kind kind, enum who root)
{
    char bundle[512], path[512];
    const char *file = path;
    snprintf(bundle, sizeof bundle, "%s", scratch_path(&world->scratch, "bundle.pem"));
    snprintf(path, sizeof path, "%s", scratch_path(&world->scratch, "other.pem"));
    made_write(bundle, (const struct made *const[]){&made[ROOT]}, 1);
    made_write(path, (const struct made *const[]){&made[root]}, 1);
    struct trust_files files = {.public_bundle = bundle};
    if (kind == TRUST_DECLARED)
        files.declared = &file, files.declared_count = 1;
    if (kind == TRUST_INSPECTION)
        files.inspection = &file, files.inspection_count = 1;
    struct trust_store *store = trust_store_load(&files, &world->facts.problem);
    assert_non_null(store);
    assert_int_equal(trust_store_count(store, TRUST_PUBLIC), 1);
    scratch_remove(&world->scratch, "bundle.pem");
    scratch_remove(&world->scratch, "other.pem");
    return store;
}

static int begin(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    scratch_begin(&world.scratch);
    facts_begin(&world.facts);
    facts_host(&world.facts, DEVICE);
    facts_host(&world.facts, OTHER_DEVICE);
    world.trust = world.facts.trust = trusting(&world, TRUST_PUBLIC, ROOT);
    *state = &world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    facts_end(&world->facts);
    trust_store_release(world->trust);
    scratch_end(&world->scratch);
    return 0;
}

static int make_all(void **state)
{
    (void)state;
    for (int i = 0; i < WHO_COUNT; i++)
        made[i] = make_certificate(&recipes[i]);
    return 0;
}

static int release_all(void **state)
{
    (void)state;
    for (int i = 0; i < WHO_COUNT; i++)
        made_release(&made[i]);
    return 0;
}

static const char *store_certificate(struct world *world, enum who who)
{
    if (world->is_stored[who])
        return world->stored[who];
    world->is_stored[who] = true;
    assert_true(certificate_fingerprint(made_der(&made[who]), world->stored[who]));
    struct fact_certificate *fact = &facts_add(&world->facts, FACT_CERTIFICATE)->as.certificate;
    fact->sha256 = world->stored[who];
    fact->not_before = fact->not_after = TIMESTAMP_NONE;
    fact->first_time = facts_time(0);
    fact->first_packet = facts_packet(&world->facts);
    fact->der = made_der(&made[who]);
    return world->stored[who];
}

/* A handshake of TLS 1.2 that shows the certificates, `top` above the leaf (WHO_COUNT: alone),
 * and ends in the client's alert (0: in none). */
static struct fact_tls *show(struct world *world, struct fact_flow *flow, enum who leaf,
                             enum who top, uint8_t alert)
{
    struct fact_tls *tls =
        facts_tls(&world->facts, flow, alert != 0 ? PARTY_CLIENT : PARTY_NONE, alert);
    char *chain = world->chains[world->chain_count++];
    strcpy(chain, store_certificate(world, leaf));
    if (top != WHO_COUNT) {
        strcat(chain, ",");
        strcat(chain, store_certificate(world, top));
    }
    tls->chain = chain;
    tls->client_hello_bytes = 500;
    tls->server_version = TLS_1_2;
    tls->server_hello_time = tls->certificate_time = flow->first_time + 50 * FACTS_MILLISECOND;
    tls->certificate_packet = facts_packet(&world->facts);
    flow->client_bytes = alert != 0 ? 512 : 900;
    return tls;
}

static struct fact_flow *open_flow(struct world *world, const char *device, const char *server,
                                   const char *name, int64_t at)
{
    struct fact_flow *flow = facts_answered(&world->facts, device, server, 443, at);
    flow->server_name = name;
    return flow;
}

/* Twice, as a device that is refused tries again. */
static void show_twice(struct world *world, const char *device, enum who leaf, enum who top,
                       uint8_t alert)
{
    for (int64_t at = 0; at < 20000; at += 10000)
        show(world, open_flow(world, device, GS, "gs.apple.com", at), leaf, top, alert);
}

static const char *text_of(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].text;
    fail_msg("no detail %s", name);
    return NULL;
}

static void test_unnamed_authority(void **state)
{
    struct world *world = *state;
    show_twice(world, DEVICE, FORGED, FILTER, ALERT_UNKNOWN_CA);
    const struct finding *finding = facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    assert_string_equal(confidence_word(finding->confidence), "certain");
    assert_string_equal(finding->host, "gs.apple.com");
    assert_int_equal(finding->port, 443);
    assert_int_equal(finding->count, 2);
    assert_devices(finding, DEVICE);
    assert_culprit(finding, CULPRIT_PROXY, NULL);
    assert_string_equal(text_of(finding, "issuer"), "CN=School Web Filter,O=School");
    assert_null(text_of(finding, "vendor"));
    assert_string_equal(text_of(finding, "chain"), "unknown-root");
    assert_int_equal(finding->evidence_count, 6); /* ClientHello, certificate, alert; twice */
    assert_string_equal(verdict_word(world->facts.diagnosis->verdict), "blocked");
}

/* The device trusts the inspection, or something on it does not look: still intercepted. */
static void test_named_product_that_is_accepted(void **state)
{
    struct world *world = *state;
    show(world, open_flow(world, DEVICE, GS, "gs.apple.com", 0), NAMED, WHO_COUNT, 0);
    const struct finding *finding = facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    assert_string_equal(text_of(finding, "vendor"), "mitmproxy");
    assert_string_equal(text_of(finding, "chain"), "root-not-sent");
    assert_non_null(strstr(finding->summary, "mitmproxy"));
}

static void test_through_a_proxy(void **state)
{
    struct world *world = *state;
    struct fact_flow *flow = facts_answered(&world->facts, DEVICE, PROXY, 3128, 0);
    facts_through_proxy(flow, "gs.apple.com", 443, 200);
    show(world, flow, FORGED, FILTER, ALERT_UNKNOWN_CA);
    const struct finding *finding = facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    assert_culprit(finding, CULPRIT_PROXY, PROXY);
    assert_int_equal(finding->port, 443);
    assert_int_equal(finding->address_count, 0);
}

static void test_one_of_two_devices(void **state)
{
    struct world *world = *state;
    show_twice(world, DEVICE, NAMED, WHO_COUNT, ALERT_UNKNOWN_CA);
    show_twice(world, OTHER_DEVICE, LEAF, MIDDLE, 0);
    assert_devices(facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL), DEVICE);
}

static void test_two_rows_are_two_findings(void **state)
{
    struct world *world = *state;
    show(world, open_flow(world, DEVICE, GS, "gs.apple.com", 0), FORGED, FILTER, 0);
    show(world, open_flow(world, OTHER_DEVICE, ALBERT, "albert.apple.com", 0), FORGED, FILTER, 0);
    show(world, open_flow(world, OTHER_DEVICE, GS, "gs.apple.com", 0), FORGED, FILTER, 0);
    facts_diagnose(&world->facts);
    assert_int_equal(facts_findings(&world->facts, KIND), 2);
    assert_int_equal(facts_findings(&world->facts, NULL), 2);
}

/* Genuine before and after: it has hours. Of other names nothing is said by that. */
static void test_an_inspection_with_hours(void **state)
{
    struct world *world = *state;
    show(world, open_flow(world, DEVICE, GS, "gs.apple.com", 0), LEAF, MIDDLE, 0);
    for (int64_t at = 10000; at < 40000; at += 10000) {
        show(world, open_flow(world, DEVICE, GS, "gs.apple.com", at), FORGED, FILTER, 0);
        show(world, open_flow(world, OTHER_DEVICE, GS, "gs.apple.com", at), LEAF, MIDDLE, 0);
    }
    show(world, open_flow(world, DEVICE, GS, "gs.apple.com", 40000), LEAF, MIDDLE, 0);
    const struct finding *finding = facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    assert_int_equal(finding->period_count, 1);
    assert_int_equal(finding->periods[0].first / NANOSECONDS_PER_SECOND,
                     facts_time(10000) / NANOSECONDS_PER_SECOND);
    assert_int_equal(finding->periods[0].last / NANOSECONDS_PER_SECOND,
                     facts_time(30000) / NANOSECONDS_PER_SECOND);
    assert_true(finding->periods[0].over);
    assert_int_equal(finding->ongoing, ONGOING_NO);
    show(world, open_flow(world, DEVICE, GS, "gs.apple.com", 50000), FORGED, FILTER, 0);
    finding = facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    assert_int_equal(finding->period_count, 2);
    assert_int_equal(finding->ongoing, ONGOING_YES);
}

/* Expired since 2021: whose fault that is, tls-rejected says; nobody forged it. */
static void test_genuine_chains(void **state)
{
    struct world *world = *state;
    show_twice(world, DEVICE, LEAF, MIDDLE, 0);
    facts_no_finding(&world->facts);
}

static void test_genuine_and_refused_is_rejected(void **state)
{
    struct world *world = *state;
    show_twice(world, DEVICE, LEAF, MIDDLE, 45);
    const struct finding *finding =
        facts_only_finding(&world->facts, "tls-rejected", SEVERITY_CRITICAL);
    assert_string_equal(text_of(finding, "chain"), "verified");
}

/* A push provider whose list of roots is old; the certificates are right. */
static void test_old_roots_of_a_provider(void **state)
{
    struct world *world = *state;
    for (int64_t at = 0; at < 30000; at += 10000) {
        struct fact_flow *flow = facts_answered(&world->facts, DEVICE, "17.188.143.34", 2197, at);
        flow->server_name = "api.push.apple.com";
        show(world, flow, LEAF, MIDDLE, ALERT_UNKNOWN_CA);
    }
    const struct finding *finding =
        facts_only_finding(&world->facts, "tls-rejected", SEVERITY_CRITICAL);
    assert_string_equal(confidence_word(finding->confidence), "certain");
}

/* It bears the name of an authority of Apple's; that nobody can verify it proves nothing. */
static void test_claims_prove_nothing(void **state)
{
    struct world *world = *state;
    show_twice(world, DEVICE, BORROWED, WHO_COUNT, 0);
    facts_diagnose(&world->facts);
    assert_int_equal(facts_findings(&world->facts, KIND), 0);
}

/* No authority signs itself and nobody else. */
static void test_self_signed(void **state)
{
    struct world *world = *state;
    show_twice(world, DEVICE, SINGLE, WHO_COUNT, 0);
    const struct finding *finding = facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    assert_string_equal(text_of(finding, "chain"), "self-signed");
}

static void test_incomplete_chain(void **state)
{
    struct world *world = *state;
    struct fact_flow *flow = open_flow(world, DEVICE, GS, "gs.apple.com", 0);
    show(world, flow, FORGED, WHO_COUNT, 0)->chain_incomplete = true;
    facts_no_finding(&world->facts);
    flow = open_flow(world, DEVICE, GS, "gs.apple.com", 10000);
    show(world, flow, NAMED, WHO_COUNT, 0)->chain_incomplete = true;
    facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
}

static void test_resumed_or_not_stored(void **state)
{
    struct world *world = *state;
    struct fact_flow *flow = open_flow(world, DEVICE, GS, "gs.apple.com", 0);
    show(world, flow, FORGED, FILTER, 0)->resumed = true;
    flow = open_flow(world, DEVICE, GS, "gs.apple.com", 10000);
    show(world, flow, FORGED, FILTER, 0)->chain =
        "0000000000000000000000000000000000000000000000000000000000000000";
    flow = open_flow(world, DEVICE, GS, "gs.apple.com", 20000);
    show(world, flow, FORGED, FILTER, 0)->chain = ",,x";
    facts_no_finding(&world->facts);
}

/* Without public roots a stranger cannot be told from an authority; a product's name stays. */
static void test_no_public_roots(void **state)
{
    struct world *world = *state;
    struct trust_store *empty = trust_store_load(
        &(struct trust_files){.public_bundle = "/nowhere/at/all.pem"}, &world->facts.problem);
    world->facts.trust = empty;
    show_twice(world, DEVICE, FORGED, FILTER, 0);
    facts_no_finding(&world->facts);
    const struct diagnosis *diagnosis = world->facts.diagnosis;
    bool said = false;
    for (size_t i = 0; i < diagnosis->condition_count; i++)
        said = said || strstr(diagnosis->conditions[i].sentence, "ca-certificates") != NULL;
    assert_true(said);
    show_twice(world, DEVICE, NAMED, PRODUCT, 0);
    facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    world->facts.trust = NULL;
    facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    trust_store_release(empty);
}

/* The site's own MDM server may show whatever it likes. */
static void test_a_hosts_own_bad_certificate(void **state)
{
    struct world *world = *state;
    scratch_write(&world->scratch, "site.tsv", "mdm.school.example 443 tcp\n");
    const char *file = scratch_path(&world->scratch, "site.tsv");
    catalog_release(world->facts.catalog);
    world->facts.catalog = catalog_load(&file, 1, &world->facts.problem);
    assert_non_null(world->facts.catalog);
    scratch_remove(&world->scratch, "site.tsv");
    show(world, open_flow(world, DEVICE, "198.51.100.7", "mdm.school.example", 0), SINGLE,
         WHO_COUNT, 0);
    show(world, open_flow(world, DEVICE, "198.51.100.7", "mdm.school.example", 10000), NAMED,
         WHO_COUNT, 0);
    facts_no_finding(&world->facts);
}

static void test_another_site(void **state)
{
    struct world *world = *state;
    show(world, open_flow(world, DEVICE, "198.51.100.7", "www.unrelated.example", 0), FORGED,
         FILTER, 0);
    facts_no_finding(&world->facts);
}

static void test_declared_roots(void **state)
{
    struct world *world = *state;
    show_twice(world, DEVICE, FORGED, FILTER, 0);
    struct trust_store *trust = trusting(world, TRUST_DECLARED, FILTER);
    world->facts.trust = trust;
    facts_no_finding(&world->facts); /* as the user says */
    trust_store_release(trust);
    world->facts.trust = trust = trusting(world, TRUST_INSPECTION, FILTER);
    const struct finding *finding = facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    assert_string_equal(text_of(finding, "vendor"), "School Web Filter");
    assert_string_equal(text_of(finding, "chain"), "declared-inspection");
    trust_store_release(trust);
}

/* To trust a product's root does not make it Apple's. */
static void test_declared_product(void **state)
{
    struct world *world = *state;
    struct trust_store *trust = trusting(world, TRUST_DECLARED, PRODUCT);
    show_twice(world, DEVICE, NAMED, WHO_COUNT, 0);
    world->facts.trust = trust;
    const struct finding *finding = facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
    assert_string_equal(text_of(finding, "chain"), "declared-root");
    trust_store_release(trust);
}

/* Clients that say nothing and just leave. */
static void leave_by_reset(struct world *world, enum who leaf, enum who top)
{
    for (int64_t at = 0; at < 40000; at += 10000) {
        struct fact_flow *flow = facts_reset(&world->facts, DEVICE, GS, 443, RESET_STAGE_HANDSHAKE,
                                             PARTY_CLIENT, 64, at);
        flow->server_name = "gs.apple.com";
        show(world, flow, leaf, top, 0);
    }
}

static void test_explains_resets(void **state)
{
    struct world *world = *state;
    leave_by_reset(world, FORGED, FILTER);
    facts_only_finding(&world->facts, KIND, SEVERITY_CRITICAL);
}

static void test_other_resets_stay(void **state)
{
    struct world *world = *state;
    leave_by_reset(world, LEAF, MIDDLE);
    facts_only_finding(&world->facts, "connection-reset", SEVERITY_WARNING);
}

/* What the capture shows of the certificate says who is wrong. */
static void test_what_is_refused(void **state)
{
    static const struct {
        enum who leaf, top;
        uint8_t alert;
        const char *name, *certificate;
    } cases[] = {{LEAF, MIDDLE, 45, "gs.apple.com", "expired"},
                 {CURRENT, MIDDLE, 42, "gs.apple.com", "valid"},
                 {CURRENT, MIDDLE, 42, "albert.apple.com", "name-mismatch"},
                 {CURRENT, WHO_COUNT, 48, "gs.apple.com", "incomplete-chain"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = *state;
        end(state);
        begin(state);
        for (int64_t at = 0; at < 20000; at += 10000)
            show(world, open_flow(world, DEVICE, GS, cases[i].name, at), cases[i].leaf,
                 cases[i].top, cases[i].alert);
        const struct finding *finding =
            facts_only_finding(&world->facts, "tls-rejected", SEVERITY_CRITICAL);
        assert_string_equal(text_of(finding, "certificate"), cases[i].certificate);
        if (i == 0)
            assert_non_null(strstr(finding->explanation, "2021-01-0"));
    }
}

/* TLS 1.3 hides what the same name shows in clear at another time: no interception. */
static void test_refused_where_it_is_hidden(void **state)
{
    for (int expired = 0; expired < 2; expired++) {
        struct world *world = *state;
        end(state);
        begin(state);
        show(world, open_flow(world, OTHER_DEVICE, GS, "gs.apple.com", 0), expired ? LEAF : CURRENT,
             MIDDLE, 0);
        for (int64_t at = 10000; at < 30000; at += 10000) {
            struct fact_flow *flow = open_flow(world, DEVICE, GS, "gs.apple.com", at);
            struct fact_tls *tls = facts_tls(&world->facts, flow, PARTY_CLIENT, ALERT_UNKNOWN_CA);
            tls->client_hello_bytes = 500;
            tls->server_version = 0x0304;
            tls->server_hello_time = flow->first_time + 50 * FACTS_MILLISECOND;
            flow->client_bytes = 512;
        }
        facts_only_finding(&world->facts, expired ? "tls-rejected" : "tls-interception-suspected",
                           SEVERITY_WARNING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_unnamed_authority, begin, end),
        cmocka_unit_test_setup_teardown(test_named_product_that_is_accepted, begin, end),
        cmocka_unit_test_setup_teardown(test_through_a_proxy, begin, end),
        cmocka_unit_test_setup_teardown(test_one_of_two_devices, begin, end),
        cmocka_unit_test_setup_teardown(test_two_rows_are_two_findings, begin, end),
        cmocka_unit_test_setup_teardown(test_an_inspection_with_hours, begin, end),
        cmocka_unit_test_setup_teardown(test_genuine_chains, begin, end),
        cmocka_unit_test_setup_teardown(test_genuine_and_refused_is_rejected, begin, end),
        cmocka_unit_test_setup_teardown(test_old_roots_of_a_provider, begin, end),
        cmocka_unit_test_setup_teardown(test_claims_prove_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_self_signed, begin, end),
        cmocka_unit_test_setup_teardown(test_incomplete_chain, begin, end),
        cmocka_unit_test_setup_teardown(test_resumed_or_not_stored, begin, end),
        cmocka_unit_test_setup_teardown(test_no_public_roots, begin, end),
        cmocka_unit_test_setup_teardown(test_a_hosts_own_bad_certificate, begin, end),
        cmocka_unit_test_setup_teardown(test_another_site, begin, end),
        cmocka_unit_test_setup_teardown(test_declared_roots, begin, end),
        cmocka_unit_test_setup_teardown(test_declared_product, begin, end),
        cmocka_unit_test_setup_teardown(test_explains_resets, begin, end),
        cmocka_unit_test_setup_teardown(test_other_resets_stay, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_refused_where_it_is_hidden, begin, end),
    };
    return cmocka_run_group_tests(tests, make_all, release_all);
}
