/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is refused before any work, and how findings become an exit status and a
 * report that is whole.
 */
#include "tests/support/scratch.h"

#include "base/timestamp.h"
#include "program/analysis.h"

static struct scratch scratch;
static struct problem problem;
static struct preparation preparation;

static int begin(void **state)
{
    (void)state;
    scratch_begin(&scratch);
    problem.text[0] = '\0';
    return 0;
}

static int end(void **state)
{
    (void)state;
    scratch_end(&scratch);
    return 0;
}

static struct options options_for(const char *format)
{
    struct options options = {.format = format, .since = TIMESTAMP_NONE, .until = TIMESTAMP_NONE};
    return options;
}

static void test_prepared(void **state)
{
    (void)state;
    static const char *const formats[] = {"text", "json"};
    for (size_t i = 0; i < 2; i++) {
        struct options options = options_for(formats[i]);
        assert_true(preparation_make(&preparation, &options, &problem));
        assert_string_equal(preparation.format->name, formats[i]);
        assert_true(catalog_count(preparation.catalog) > 100);
        preparation_release(&preparation);
    }
}

static void assert_refused(const struct options *options, const char *says)
{
    problem.text[0] = '\0';
    assert_false(preparation_make(&preparation, options, &problem));
    if (strstr(problem.text, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", problem.text, says);
    preparation_release(&preparation);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    struct options options = options_for("xml");
    assert_refused(&options, "text, md, csv, html, json");
    options = options_for("text");
    options.trust[options.trust_count++] = "/nowhere/root.pem";
    assert_refused(&options, "/nowhere/root.pem");
    options = options_for("text");
    options.catalogs[options.catalog_count++] = "/nowhere/hosts.txt";
    assert_refused(&options, "/nowhere/hosts.txt");
    options = options_for("text");
    options.geoip[options.geoip_count++] = "/nowhere/asn.mmdb";
    assert_refused(&options, "/nowhere/asn.mmdb");
}

/* One device that tries Apple's push port in vain, by hand, in memory. */
static struct store *store_of_silence(void)
{
    struct store *store = store_open(NULL, &problem);
    assert_non_null(store);
    assert_true(store_begin_run(store, "test", 0, &problem));
    struct fact_sink sink = store_sink(store);
    int64_t now = INT64_C(1500000000) * NANOSECONDS_PER_SECOND;
    struct fact host = {.kind = FACT_HOST, .as.host = {.first_time = now, .last_time = now}};
    struct fact flow = {.kind = FACT_FLOW};
    struct fact_flow *silent = &flow.as.flow;
    assert_true(address_parse("10.0.0.20", &host.as.host.address));
    host.as.host.packets_sent = 50;
    host.as.host.packets_received = 45;
    host.as.host.other_tcp_opened = host.as.host.other_tcp_answered = 5;
    host.as.host.last_time = now + 60 * NANOSECONDS_PER_SECOND;
    host.as.host.last_received_time = host.as.host.last_time;
    *silent = (struct fact_flow){.id = 1, .transport = TRANSPORT_TCP};
    silent->client = (struct endpoint){host.as.host.address, 50000};
    assert_true(address_parse("17.57.144.36", &silent->server.address));
    silent->server.port = 5223;
    silent->first_time = silent->first_syn_time = now;
    silent->last_time = silent->last_syn_time = silent->client_last_time =
        now + 15 * NANOSECONDS_PER_SECOND;
    silent->syn_ack_time = silent->server_last_time = silent->reset_time = silent->icmp_time =
        TIMESTAMP_NONE;
    silent->first_packet = packet_identity(1, 1);
    silent->last_packet = packet_identity(1, 5);
    silent->client_packets = silent->syns = 5;
    silent->resolved_name = "1-courier.push.apple.com";
    silent->outcome = OUTCOME_SILENT;
    silent->history = "S";
    struct fact totals = {
        .kind = FACT_TOTALS,
        .as.totals = {.packets = 95, .flows = 6, .apple_flows = 1, .two_sided_tcp = 5}};
    assert_true(sink.take(sink.owner, &host) && sink.take(sink.owner, &flow) &&
                sink.take(sink.owner, &totals));
    assert_true(store_finish_run(store, &problem));
    return store;
}

/* Reports into "report"; the exit status. */
static enum exit_status report(struct store *store, const struct options *options)
{
    char name[512];
    snprintf(name, sizeof name, "%s", scratch_path(&scratch, "report"));
    assert_true(preparation_make(&preparation, options, &problem));
    assert_true(output_open(&preparation.output, name, &problem));
    enum exit_status status = analysis_report(&preparation, store, options, &problem);
    preparation_release(&preparation);
    return status;
}

static void assert_report(const char *begins)
{
    char *content = scratch_read(&scratch, "report");
    if (strncmp(content, begins, strlen(begins)) != 0)
        fail_msg("does not begin with %s:\n%.400s", begins, content);
    free(content);
    scratch_remove(&scratch, "report");
}

static void test_the_exit_status_follows_the_findings(void **state)
{
    (void)state;
    struct store *store = store_of_silence();
    struct options options = options_for("text");
    assert_int_equal(report(store, &options), EXIT_RAN);
    assert_report("BLOCKED");
    options.fails = true;
    options.fail_on = SEVERITY_CRITICAL;
    assert_int_equal(report(store, &options), EXIT_FOUND);
    assert_report("BLOCKED");
    options.fail_on = SEVERITY_WARNING;
    assert_int_equal(report(store, &options), EXIT_FOUND);
    assert_report("BLOCKED");
    store_close(store);
}

static void test_the_selection_is_that_of_the_options(void **state)
{
    (void)state;
    struct store *store = store_of_silence();
    struct options options = options_for("text");
    options.fails = true;
    options.fail_on = SEVERITY_WARNING;
    options.has_device = true;
    assert_true(address_parse("10.0.0.21", &options.device));
    assert_int_equal(report(store, &options), EXIT_RAN);
    assert_report("INCONCLUSIVE");
    options.has_device = false;
    options.until = INT64_C(1400000000) * NANOSECONDS_PER_SECOND;
    assert_int_equal(report(store, &options), EXIT_RAN);
    assert_report("INCONCLUSIVE");
    options.until = TIMESTAMP_NONE;
    options.since = INT64_C(1600000000) * NANOSECONDS_PER_SECOND;
    assert_int_equal(report(store, &options), EXIT_RAN);
    assert_report("INCONCLUSIVE");
    store_close(store);
}

static void test_an_empty_store_is_reported_on(void **state)
{
    (void)state;
    struct store *store = store_open(NULL, &problem);
    struct options options = options_for("json");
    assert_non_null(store);
    assert_int_equal(report(store, &options), EXIT_RAN);
    assert_report("{\n  \"schema\": \"applepath-report/1\"");
    store_close(store);
}

static void test_what_is_prepared_leaves_nothing_behind(void **state)
{
    (void)state;
    char name[512];
    struct options options = options_for("text");
    snprintf(name, sizeof name, "%s", scratch_path(&scratch, "report"));
    assert_true(preparation_make(&preparation, &options, &problem));
    assert_true(output_open(&preparation.output, name, &problem));
    preparation_release(&preparation);
    assert_int_not_equal(access(name, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_prepared, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_the_exit_status_follows_the_findings, begin, end),
        cmocka_unit_test_setup_teardown(test_the_selection_is_that_of_the_options, begin, end),
        cmocka_unit_test_setup_teardown(test_an_empty_store_is_reported_on, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_prepared_leaves_nothing_behind, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
