/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON report of diagnoses made by hand: names, order, nulls and times are
 * those of its schema, whatever the wire held and whenever memory runs out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "reports/renderers.h"
#include "sample_diagnosis.h"

typedef void sample_maker(struct sample *sample);

static sample_maker *const makers[] = {sample_blocked, sample_hostile,      sample_bare,
                                       sample_healthy, sample_inconclusive, sample_empty};

static struct text render(sample_maker *make)
{
    static struct sample sample;
    struct report_style style = {false, 80, sample_time("2026-11-21T18:00:00Z")};
    struct text out = {0};

    make(&sample);
    json_report(&out, &sample.diagnosis, &style);
    return out;
}

static json_t *parse(struct text *out)
{
    json_error_t error;
    json_t *document;

    assert_false(out->failed);
    document = json_loads(text_content(out), JSON_REJECT_DUPLICATES, &error);
    if (document == NULL)
        fail_msg("line %d: %s", error.line, error.text);
    text_release(out);
    return document;
}

static json_t *report(sample_maker *make)
{
    struct text out = render(make);

    return parse(&out);
}

/* `keys` in this order, with spaces between them, and no others. */
static void assert_keys(json_t *object, const char *keys)
{
    struct text seen = {0};
    const char *key;
    json_t *value;

    assert_true(json_is_object(object));
    json_object_foreach(object, key, value)
    {
        text_add(&seen, seen.length > 0 ? " " : "");
        text_add(&seen, key);
    }
    assert_string_equal(text_content(&seen), keys);
    text_release(&seen);
}

static void assert_text(json_t *object, const char *key, const char *expected)
{
    const char *value = json_string_value(json_object_get(object, key));

    assert_non_null(value);
    assert_string_equal(value, expected);
}

static void assert_number(json_t *object, const char *key, long long expected)
{
    json_t *value = json_object_get(object, key);

    assert_true(json_is_integer(value));
    assert_true(json_integer_value(value) == expected);
}

static void assert_null_member(json_t *object, const char *key)
{
    assert_true(json_is_null(json_object_get(object, key)));
}

static json_t *item(json_t *object, const char *key, size_t index)
{
    json_t *value = json_array_get(json_object_get(object, key), index);

    assert_non_null(value);
    return value;
}

static void document_has_the_schema(void **state)
{
    json_t *document = report(sample_blocked);
    json_t *capture = json_object_get(document, "capture");
    json_t *source = item(capture, "sources", 0);

    (void)state;
    assert_keys(document, "schema tool generated verdict verdict_sentence selection capture "
                          "findings coverage devices timeline");
    assert_text(document, "schema", "applepath-report/1");
    assert_keys(json_object_get(document, "tool"), "name version");
    assert_text(json_object_get(document, "tool"), "name", "applepath");
    assert_text(document, "generated", "2026-11-21T18:00:00Z");
    assert_text(document, "verdict", "blocked");
    assert_keys(capture, "sources flows apple_flows devices conditions unread_layers");
    assert_number(capture, "flows", 214);
    assert_number(capture, "apple_flows", 37);
    assert_number(capture, "devices", 3);
    assert_true(json_is_false(json_object_get(item(capture, "conditions", 0), "serious")));
    assert_keys(source, "name link_type packets bytes first last undecoded_packets "
                        "truncated_packets duplicate_packets dropped_packets cut_short "
                        "interfaces");
    assert_text(source, "first", "2026-11-20T08:00:00.000001Z");
    assert_text(source, "last", "2026-11-20T08:04:10.5Z");
    assert_number(source, "undecoded_packets", 0);
    assert_null_member(source, "dropped_packets");
    json_decref(document);
}

static void finding_has_the_schema(void **state)
{
    json_t *document = report(sample_blocked);
    json_t *finding = item(document, "findings", 0);
    json_t *evidence = item(finding, "evidence", 0);

    (void)state;
    assert_keys(finding, "id kind severity confidence category host names port transport "
                         "addresses devices culprit detail count first_seen last_seen periods "
                         "ongoing summary explanation remedy evidence doubt prescriptions "
                         "ladder");
    assert_text(finding, "severity", "critical");
    assert_text(finding, "confidence", "certain");
    assert_number(finding, "port", 5223);
    assert_text(finding, "transport", "tcp");
    assert_string_equal(json_string_value(item(finding, "names", 1)), "27-courier.push.apple.com");
    assert_string_equal(json_string_value(item(finding, "addresses", 1)), "2620:149:a44:1002::4");
    assert_int_equal(json_array_size(json_object_get(finding, "devices")), 3);
    assert_keys(json_object_get(finding, "culprit"), "address role hops");
    assert_text(json_object_get(finding, "culprit"), "address", "10.0.0.1");
    assert_text(json_object_get(finding, "culprit"), "role", "firewall");
    assert_number(json_object_get(finding, "culprit"), "hops", 1);
    assert_text(json_object_get(finding, "detail"), "how", "icmp-prohibited");
    assert_number(finding, "count", 6);
    assert_text(finding, "first_seen", "2026-11-20T08:00:04Z");
    assert_int_equal(json_array_size(json_object_get(finding, "evidence")), 8);
    assert_keys(evidence, "source packet time note");
    assert_number(evidence, "packet", 118);
    assert_text(evidence, "time", "2026-11-20T08:00:04.1Z");
    json_decref(document);
}

static void numbers_are_whole_where_they_can_be(void **state)
{
    json_t *document = report(sample_blocked);
    json_t *finding = item(document, "findings", 1);
    json_t *detail = json_object_get(finding, "detail");

    (void)state;
    assert_number(detail, "idle_seconds", 1800);
    assert_true(json_is_real(json_object_get(detail, "loss_percent")));
    assert_null_member(finding, "port");
    assert_null_member(finding, "transport");
    assert_null_member(json_object_get(finding, "culprit"), "hops");
    assert_int_equal(json_array_size(json_object_get(finding, "addresses")), 0);
    json_decref(document);
}

static void odd_numbers_do_not_lose_the_report(void **state)
{
    static struct sample sample;
    struct report_style style = {false, 80, 0};
    struct text out = {0};
    json_t *document;
    json_t *detail;
    double zero = 0;

    (void)state;
    sample_blocked(&sample);
    sample_add_detail(&sample.findings[0], "nan", NULL, zero / 1 - (1e308 * 10 - 1e308 * 10));
    sample_add_detail(&sample.findings[0], "infinite", NULL, 1e308 * 10);
    sample_add_detail(&sample.findings[0], "huge", NULL, 1e300);
    sample_add_detail(&sample.findings[0], "negative", NULL, -3);
    json_report(&out, &sample.diagnosis, &style);
    document = parse(&out);
    detail = json_object_get(item(document, "findings", 0), "detail");
    assert_null_member(detail, "nan");
    assert_null_member(detail, "infinite");
    assert_true(json_is_real(json_object_get(detail, "huge")));
    assert_number(detail, "negative", -3);
    json_decref(document);
}

static void coverage_and_devices_have_the_schema(void **state)
{
    json_t *document = report(sample_blocked);
    json_t *any_port = item(document, "coverage", 3);

    (void)state;
    assert_int_equal(json_array_size(json_object_get(document, "coverage")), 8);
    assert_keys(any_port, "host port transport category status attempts successes retired "
                          "findings");
    assert_null_member(any_port, "port");
    assert_text(any_port, "status", "partial");
    assert_number(any_port, "attempts", 20);
    assert_number(any_port, "successes", 14);
    assert_string_equal(json_string_value(item(any_port, "findings", 1)), "F2");
    assert_true(json_is_true(json_object_get(item(document, "coverage", 4), "retired")));
    assert_text(item(document, "coverage", 4), "status", "unseen");
    assert_keys(item(document, "devices", 0),
                "address addresses mac private_mac vendor os name role apple_flows "
                "activation push");
    assert_text(item(document, "devices", 0), "mac", "a4:83:e7:00:00:01");
    assert_null_member(item(document, "devices", 1), "mac");
    assert_null_member(item(document, "devices", 1), "name");
    assert_number(item(document, "devices", 0), "apple_flows", 37);
    json_decref(document);
}

static void unknown_is_null_and_never_left_out(void **state)
{
    static const char *const unknown[] = {"id",         "category",  "host",    "port",
                                          "transport",  "culprit",   "summary", "explanation",
                                          "first_seen", "last_seen", "remedy"};
    json_t *document = report(sample_bare);
    json_t *finding = item(document, "findings", 0);
    json_t *source = item(json_object_get(document, "capture"), "sources", 0);
    json_t *culprit = json_object_get(item(document, "findings", 1), "culprit");

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_null_member(finding, unknown[i]);
    assert_keys(json_object_get(finding, "detail"), "");
    assert_null_member(item(finding, "evidence", 0), "packet");
    assert_null_member(item(finding, "evidence", 0), "time");
    assert_null_member(source, "first");
    assert_null_member(source, "name");
    assert_null_member(item(document, "devices", 0), "address");
    assert_null_member(document, "verdict_sentence");
    assert_null_member(culprit, "address");
    assert_text(culprit, "role", "network");
    json_decref(document);
}

static void hostile_text_is_kept_readable(void **state)
{
    struct text out = render(sample_hostile);
    json_t *document;
    json_t *finding;

    (void)state;
    for (size_t i = 0; i < out.length; i++)
        assert_true(out.data[i] == '\n' || (out.data[i] >= ' ' && out.data[i] <= '~'));
    document = parse(&out);
    finding = item(document, "findings", 0);
    assert_text(finding, "host",
                "evil\\x1b[31m\\x0d\\x0a\\xc2\\x9b"
                "2J \\xe2\\x80\\xaetxt \\x80 \\xc0\\xaf "
                "\\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xe2\\x82");
    assert_int_equal(strlen(json_string_value(item(finding, "names", 1))), 253);
    assert_int_equal(json_array_size(json_object_get(document, "devices")), SAMPLE_DEVICES);
    json_decref(document);
}

static void valid_text_comes_back_as_it_was(void **state)
{
    static struct sample sample;
    struct report_style style = {false, 80, 0};
    struct text out = {0};
    const char *name = "Zo\xc3\xab\xe2\x80\x99s iPad \"\\\" \xf0\x9f\x8d\x8f \033[31m";
    json_t *document;

    (void)state;
    sample_healthy(&sample);
    sample.devices[0].name = name;
    json_report(&out, &sample.diagnosis, &style);
    assert_null(strchr(text_content(&out), '\033'));
    document = parse(&out);
    assert_text(item(document, "devices", 0), "name", name);
    json_decref(document);
}

static void every_sample_is_a_document(void **state)
{
    static const char *const verdicts[] = {"blocked", "blocked",      "impaired",
                                           "healthy", "inconclusive", "inconclusive"};

    (void)state;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        struct text out = render(makers[i]);
        json_t *document;

        assert_true(out.length > 1 && out.data[out.length - 1] == '\n');
        assert_int_equal(strncmp(out.data, "{\n  \"schema\"", 12), 0);
        document = parse(&out);
        assert_text(document, "verdict", verdicts[i]);
        json_decref(document);
    }
}

static size_t allocations_left;

static void *failing_malloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(size);
}

/* Wherever memory runs out, the report says so, and nothing leaks. */
static void memory_that_runs_out_is_told(void **state)
{
    bool failed = true;
    size_t limit = 0;

    (void)state;
    json_set_alloc_funcs(failing_malloc, free);
    for (; failed; limit += 1 + limit / 16) {
        struct text out;

        allocations_left = limit;
        out = render(sample_hostile);
        failed = out.failed;
        assert_true(failed || allocations_left > 0 || out.length > 0);
        text_release(&out);
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(limit > 100);
}

static void hosts_have_the_schema(void **state)
{
    struct report_style style = {false, 80, 0};
    struct problem problem = {""};
    struct catalog *catalog = catalog_load(NULL, 0, &problem);
    struct text out = {0};
    json_t *document;
    json_t *host;

    (void)state;
    assert_non_null(catalog);
    json_hosts(&out, catalog, &style);
    document = parse(&out);
    assert_keys(document, "schema hosts");
    assert_text(document, "schema", "applepath-hosts/1");
    assert_int_equal(json_array_size(json_object_get(document, "hosts")), catalog_count(catalog));
    host = item(document, "hosts", 0);
    assert_keys(host, "host port transport category proxy role systems description source "
                      "retired");
    assert_text(host, "host", catalog_service(catalog, 0)->host);
    assert_true(json_is_boolean(json_object_get(host, "retired")));
    json_decref(document);
    catalog_release(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_has_the_schema),
        cmocka_unit_test(finding_has_the_schema),
        cmocka_unit_test(numbers_are_whole_where_they_can_be),
        cmocka_unit_test(odd_numbers_do_not_lose_the_report),
        cmocka_unit_test(coverage_and_devices_have_the_schema),
        cmocka_unit_test(unknown_is_null_and_never_left_out),
        cmocka_unit_test(hostile_text_is_kept_readable),
        cmocka_unit_test(valid_text_comes_back_as_it_was),
        cmocka_unit_test(every_sample_is_a_document),
        cmocka_unit_test(memory_that_runs_out_is_told),
        cmocka_unit_test(hosts_have_the_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
