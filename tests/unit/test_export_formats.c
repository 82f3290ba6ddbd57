/* SPDX-License-Identifier: Apache-2.0 */
/* Do records of every format hold what facts say, and stay whole whatever a fact says?
 * Each JSON line is read by a real parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "reports/export.h"

#define HOSTILE "=a\t\"\x1b]0;x\x07\n\xff,\\"

static struct endpoint end(const char *address, uint16_t port)
{
    struct endpoint endpoint = {.port = port};
    assert_true(address_parse(address, &endpoint.address));
    return endpoint;
}

static struct fact_flow flow_sample(const char *name)
{
    struct fact_flow flow = {.id = 5,
                             .client = end("10.0.0.20", 50000),
                             .server = end("17.57.144.36", 443),
                             .transport = TRANSPORT_TCP,
                             .first_time = 1000000000,
                             .last_time = 3500000000,
                             .client_packets = 5,
                             .server_packets = 4,
                             .client_bytes = 100,
                             .server_bytes = 200,
                             .server_name = name,
                             .resolved_name = name,
                             .protocol = "tls",
                             .outcome = OUTCOME_CLOSED,
                             .history = "ShADadFf"};
    return flow;
}

/* One fact of each kind, all of whose texts are `text`. */
static size_t samples(struct fact facts[8], const char *text)
{
    static struct dns_record record;
    record = (struct dns_record){
        .section = DNS_ANSWER, .owner = text, .type = 5, .ttl = 60, .data = text};
    facts[0] = (struct fact){.kind = FACT_FLOW, .as.flow = flow_sample(text)};
    facts[1] = (struct fact){.kind = FACT_DNS,
                             .as.dns = {.id = 1,
                                        .flow = 5,
                                        .client = end("10.0.0.20", 5353),
                                        .resolver = end("10.0.0.1", 53),
                                        .transport = TRANSPORT_UDP,
                                        .name = text,
                                        .type = 28,
                                        .query_time = 1000000000,
                                        .queries = 1,
                                        .answered = true,
                                        .answer_time = 1002000000,
                                        .rcode = 3,
                                        .records = &record,
                                        .record_count = 1}};
    facts[2] = (struct fact){.kind = FACT_TLS,
                             .as.tls = {.flow = 5,
                                        .client_hello_time = 1100000000,
                                        .server_name = text,
                                        .server_version = 0x0303,
                                        .cipher = 0xc02f,
                                        .server_alpn = text,
                                        .chain = "ab",
                                        .alert_from = PARTY_CLIENT,
                                        .alert = 48,
                                        .ja4 = text}};
    facts[3] = (struct fact){.kind = FACT_HTTP,
                             .as.http = {.flow = 5,
                                         .client = end("10.0.0.20", 50000),
                                         .server = end("17.57.144.36", 80),
                                         .request_time = 1000000000,
                                         .method = text,
                                         .host = text,
                                         .path = text,
                                         .user_agent = text,
                                         .answered = true,
                                         .status = 302,
                                         .location = text,
                                         .content_type = text,
                                         .content_length = 7}};
    facts[4] = (struct fact){.kind = FACT_NTP,
                             .as.ntp = {.flow = 5,
                                        .client = end("10.0.0.20", 123),
                                        .server = end("17.253.14.251", 123),
                                        .request_time = 1000000000,
                                        .version = 4,
                                        .answered = true,
                                        .answer_time = 1001000000,
                                        .stratum = 0,
                                        .reference = {'R', 'A', 'T', 'E'}}};
    facts[5] = (struct fact){.kind = FACT_CERTIFICATE,
                             .as.certificate = {.sha256 = "ab",
                                                .subject = text,
                                                .issuer = text,
                                                .serial = "0a1b",
                                                .not_before = 0,
                                                .not_after = 1000000000,
                                                .names = text,
                                                .key = "RSA 2048",
                                                .first_time = 1000000000,
                                                .der = {(const uint8_t *)"x", 1}}};
    facts[6] = (struct fact){.kind = FACT_LEASE,
                             .as.lease = {.source = LEASE_DHCPV4,
                                          .client_name = text,
                                          .vendor_class = text,
                                          .first_time = 1000000000}};
    return 7;
}

static const struct fact_certificate *find_certificate(const void *owner, const char *sha256)
{
    assert_string_equal(sha256, "ab");
    return &((const struct fact *)owner)[5].as.certificate;
}

/* The lines that a log of the format makes of the samples, of one kind. */
static void write_kind(struct text *out, const struct export_format *format, enum fact_kind kind,
                       const char *text)
{
    struct fact facts[8];
    size_t count = samples(facts, text);
    struct fact_flow flow = flow_sample(text);
    struct export_run run = {
        .identity = 9, .certificate = find_certificate, .certificate_owner = facts};
    for (size_t i = 0; i < count; i++) {
        struct export_record record = {.fact = &facts[i],
                                       .flow = facts[i].kind == FACT_TLS ? &flow : NULL};
        for (size_t log = 0; log < format->log_count; log++)
            if (facts[i].kind == kind && format->logs[log].kind == kind)
                format->logs[log].write(out, &run, &record);
    }
}

static json_t *eve(enum fact_kind kind, const char *text, size_t line)
{
    struct text out = {0};
    write_kind(&out, &export_eve, kind, text);
    const char *start = text_content(&out);
    for (; line > 0; line--)
        start = strchr(start, '\n') + 1;
    json_t *event = json_loadb(start, strcspn(start, "\n"), 0, NULL);
    assert_non_null(event);
    text_release(&out);
    return event;
}

static const char *member(const json_t *event, const char *object, const char *key)
{
    return json_string_value(json_object_get(json_object_get(event, object), key));
}

static void test_eve(void **state)
{
    (void)state;
    json_t *flow = eve(FACT_FLOW, "x.apple.com", 0);
    assert_string_equal(json_string_value(json_object_get(flow, "proto")), "TCP");
    assert_string_equal(member(flow, "flow", "state"), "closed");
    assert_string_equal(member(flow, "applepath", "conn_state"), "SF");
    json_t *tls = eve(FACT_TLS, "x.apple.com", 0);
    assert_string_equal(member(tls, "tls", "version"), "TLS 1.2");
    assert_string_equal(member(tls, "tls", "serial"), "0A:1B");
    /* SHA-1 of "x" */
    assert_string_equal(member(tls, "tls", "fingerprint"),
                        "11:f6:ad:8e:c5:2a:29:84:ab:aa:fd:7c:3b:51:65:03:78:5c:20:72");
    assert_string_equal(member(tls, "tls", "notafter"), "1970-01-01T00:00:01");
    assert_string_equal(member(tls, "applepath", "alert"), "unknown_ca");
    assert_true(json_equal(json_object_get(flow, "flow_id"), json_object_get(tls, "flow_id")));
    json_t *query = eve(FACT_DNS, "x.apple.com", 0), *answer = eve(FACT_DNS, "x.apple.com", 1);
    assert_string_equal(member(query, "dns", "type"), "query");
    assert_string_equal(member(query, "dns", "rrtype"), "AAAA");
    assert_string_equal(member(answer, "dns", "rcode"), "NXDOMAIN");
    json_decref(flow);
    json_decref(tls);
    json_decref(query);
    json_decref(answer);
}

/* Every line of every kind is JSON, and the name comes back as it was but for what is
 * no text. */
static void test_eve_hostile(void **state)
{
    static const enum fact_kind kinds[] = {FACT_FLOW, FACT_DNS, FACT_TLS,
                                           FACT_HTTP, FACT_NTP, FACT_LEASE};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        json_decref(eve(kinds[i], HOSTILE, 0));
    json_t *tls = eve(FACT_TLS, HOSTILE, 0);
    assert_string_equal(member(tls, "tls", "sni"), "=a\t\"\x1b]0;x\x07\n\xef\xbf\xbd,\\");
    json_decref(tls);
}

static size_t count_of(const char *text, char wanted)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == wanted;
    return count;
}

/* As many columns as the header has, whatever the texts are. */
static void test_zeek_columns(void **state)
{
    static const char *const texts[] = {"x.apple.com", "", "-", HOSTILE, NULL};
    struct export_run run = {0};
    (void)state;
    for (size_t log = 0; log < export_zeek.log_count; log++) {
        struct text header = {0};
        export_zeek.logs[log].begin(&header, &run);
        const char *fields = strstr(text_content(&header), "#fields\t");
        size_t tabs = 0;
        for (const char *place = fields + 8; *place != '\n'; place++)
            tabs += *place == '\t';
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            struct text out = {0};
            write_kind(&out, &export_zeek, export_zeek.logs[log].kind, texts[i]);
            size_t lines = count_of(text_content(&out), '\n');
            assert_true(lines > 0);
            assert_int_equal(count_of(text_content(&out), '\t'), tabs * lines);
            assert_int_equal(count_of(text_content(&out), '\x1b'), 0);
            text_release(&out);
        }
        text_release(&header);
    }
}

static void test_zeek_json(void **state)
{
    (void)state;
    for (size_t log = 0; log < export_zeek_json.log_count; log++) {
        struct text out = {0};
        write_kind(&out, &export_zeek_json, export_zeek_json.logs[log].kind, HOSTILE);
        for (const char *line = text_content(&out); *line != '\0';) {
            size_t length = strcspn(line, "\n");
            json_t *record = json_loadb(line, length, 0, NULL);
            assert_non_null(record);
            assert_true(json_is_real(json_object_get(record, "ts")));
            json_decref(record);
            line += length + 1;
        }
        text_release(&out);
    }
}

static void test_zeek_values(void **state)
{
    struct text out = {0};
    (void)state;
    write_kind(&out, &export_zeek, FACT_FLOW, "x.apple.com");
    assert_non_null(strstr(text_content(&out), "\t10.0.0.20\t50000\t17.57.144.36\t443\ttcp\tssl\t"
                                               "2.500000\t100\t200\tSF\tT\tF\t-\tShADadFf\t5\t-\t"
                                               "4\t-\t-\t6\t-\t1:"));
    write_kind(&out, &export_zeek, FACT_TLS, "x.apple.com");
    assert_non_null(strstr(text_content(&out), "\tTLSv12\tTLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\t-"
                                               "\tx.apple.com\tF\tunknown_ca\t"));
    write_kind(&out, &export_zeek, FACT_NTP, "");
    assert_non_null(strstr(text_content(&out), "\tRATE\t")); /* the kiss code */
    write_kind(&out, &export_zeek, FACT_CERTIFICATE, "a.example,b.example");
    assert_non_null(strstr(text_content(&out), "\trsa\t2048\t-\t-\ta.example,b.example\t"));
    text_release(&out);
}

static void test_csv(void **state)
{
    struct text out = {0};
    struct export_run run = {0};
    (void)state;
    export_csv.logs[0].begin(&out, &run);
    size_t commas = count_of(text_content(&out), ',');
    text_clear(&out);
    write_kind(&out, &export_csv, FACT_FLOW, "x.apple.com");
    assert_int_equal(count_of(text_content(&out), ','), commas);
    text_clear(&out);
    write_kind(&out, &export_csv, FACT_FLOW, "=1+1");
    assert_non_null(strstr(text_content(&out), ",'=1+1,'=1+1,SF,"));
    text_release(&out);
}

static void test_chain(void **state)
{
    char sha256[EXPORT_SHA256_SIZE];
    (void)state;
    assert_true(export_chain_item("aa,bb", 0, sha256));
    assert_string_equal(sha256, "aa");
    assert_true(export_chain_item("aa,bb", 1, sha256));
    assert_string_equal(sha256, "bb");
    assert_false(export_chain_item("aa,bb", 2, sha256));
    assert_false(export_chain_item("", 0, sha256));
    assert_ptr_equal(export_format_find("zeek"), &export_zeek);
    assert_null(export_format_find("text"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eve),          cmocka_unit_test(test_eve_hostile),
        cmocka_unit_test(test_zeek_columns), cmocka_unit_test(test_zeek_json),
        cmocka_unit_test(test_zeek_values),  cmocka_unit_test(test_csv),
        cmocka_unit_test(test_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
