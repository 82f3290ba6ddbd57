/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever comes from the wire, a report of any format stays a document of that
 * format, and nothing in it becomes markup, a formula, a link or a terminal's command.
 * Every format of the table is checked: one that has no check here fails.
 */
#include <ctype.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "diagnosis/comparison.h"
#include "diagnosis/proofs.h"
#include "reports/report.h"

#define LONG_LENGTH 70000

static const char *const hostile[] = {
    "<evil a=\"b\">text</evil><!-- --><script>evil()</script>",
    "\"><evil onload='evil()' x=\"",
    "</style></script></title><evil>&lt;&#60;evil&#62;",
    "javascript:evil() <a href=\"javascript:evil()\">x</a>",
    "=HYPERLINK(\"http://evil.test\",\"x\")",
    "+evil|' /C calc'!A0",
    "-2+3+evil",
    "@SUM(evil)",
    "\t=evil",
    "\r=evil",
    "a,b;c\"d\"\"e\",\r\n\"F9\",\"evil\"",
    "[evil](http://evil.test) ![evil](https://evil.test/a.png) <http://evil.test>",
    "www.evil.test http://evil.test evil@evil.test #1",
    "# evil\n\n## evil\n- evil\n1. evil\n> evil\n\n    evil\n***\n---\n===\n",
    "| evil | evil |\n|---|---|\n| evil | evil |",
    "`evil` ```evil``` ``` \n```\nevil\n```\n~~~\nevil",
    "**evil** __evil__ *evil* _evil_ ~~evil~~ $evil$ \\evil\\",
    "evil\033[31m\033]0;evil\007\033[2J\x9b"
    "31m\xc2\x9b"
    "2J\x7f\x08\x08\x0e",
    "evil\xe2\x80\xae\xe2\x80\xab\xe2\x81\xa6\xe2\x81\xa7 gpj.evil",
    "\x80\xff\xfe \xc0\xaf \xc3 \xed\xa0\x80 \xf4\x90\x80\x80 \xf0\x80\x80\x80 \xe2\x82",
    "evil\nevil\r\nevil\revil\vevil\fevil\tevil",
    "%s%n%d%1000000d %%evil",
    "\\u003cevil\\u003e \\x3cevil\\x3e \\\"evil\\\"",
    "",
    " ",
};

/* Where every foreign text of a diagnosis is the same hostile one. */
struct sample {
    struct diagnosis diagnosis;
    struct finding findings[2];
    struct culprit culprit;
    struct ladder ladder;
    struct coverage coverage[2];
    struct device devices[2];
    struct story story;
    struct fact_source sources[2];
    struct timeline_row rows[1];
    struct address address;
    const char *names[3];
    const char *ids[1];
    struct proofs proofs;
};

static void fill_prescription(struct finding *finding, const char *text)
{
    struct prescription *rule = &finding->prescriptions[finding->prescription_count++];

    rule->action = "allow";
    rule->at = rule->from = rule->to = rule->ports = rule->transport = rule->text = text;
}

static void fill_ladder(struct sample *sample, const char *text)
{
    struct ladder *ladder = &sample->ladder;

    ladder->party_count = 2;
    ladder->step_count = 2;
    for (size_t i = 0; i < 2; i++) {
        ladder->parties[i].role = text;
        ladder->parties[i].address = text;
        ladder->steps[i].source = ladder->steps[i].label = ladder->steps[i].note = text;
        ladder->steps[i].packet = i;
        ladder->steps[i].from = i;
        ladder->steps[i].to = 1 - i;
    }
}

static void fill_finding(struct sample *sample, size_t index, const char *text)
{
    struct finding *finding = &sample->findings[index];

    finding->id = index == 0 ? "F1" : "F2";
    finding->kind = index == 0 ? "port-blocked" : "certificate-intercepted";
    finding->severity = SEVERITY_CRITICAL;
    finding->category = finding->host = text;
    finding->names = sample->names;
    finding->name_count = 3;
    finding->port = 443;
    finding->transport = TRANSPORT_TCP;
    finding->addresses = finding->devices = &sample->address;
    finding->address_count = finding->device_count = 1;
    finding->culprit = &sample->culprit;
    finding->details[0] = (struct detail){"issuer", text, 0};
    finding->details[1] = (struct detail){"vendor", text, 0};
    finding->detail_count = 2;
    finding->count = 3;
    finding->summary = finding->explanation = finding->remedy = finding->doubt = text;
    finding->ladder = &sample->ladder;
    for (size_t i = 0; i < 3; i++)
        finding->evidence[i] =
            (struct evidence){.source = text, .packet = i, .time = (int64_t)i, .note = text};
    finding->evidence_count = 3;
    fill_prescription(finding, text);
    fill_prescription(finding, text);
}

static void fill_devices(struct sample *sample, const char *text)
{
    for (size_t i = 0; i < 2; i++) {
        struct device *device = &sample->devices[i];

        device->address = sample->address;
        device->addresses = &sample->address;
        device->address_count = 1;
        device->vendor = device->system = device->name = device->role = text;
        device->story = &sample->story;
    }
    for (int step = 0; step < STORY_STEP_COUNT; step++) {
        sample->story.steps[step].state = STORY_TRIED;
        sample->story.steps[step].findings[0] = "F1";
        sample->story.steps[step].finding_count = 1;
    }
    sample->story.last_reached = STORY_STEP_COUNT;
}

static void fill_rows(struct sample *sample, const char *text)
{
    static const enum coverage_status statuses[] = {COVERAGE_FAILING, COVERAGE_UNSEEN};

    for (size_t i = 0; i < 2; i++) {
        struct coverage *row = &sample->coverage[i];

        row->host = row->category = text;
        row->port = 443;
        row->transport = TRANSPORT_TCP;
        row->status = statuses[i];
        row->findings = sample->ids;
        row->finding_count = 1 - i;
    }
    sample->ids[0] = "F1";
    sample->rows[0].category = text;
    sample->rows[0].success_count = sample->rows[0].successes[0] = 1;
    sample->diagnosis.timeline.rows = sample->rows;
    sample->diagnosis.timeline.row_count = 1;
    sample->diagnosis.timeline.bucket_count = 2;
    sample->diagnosis.timeline.step = NANOSECONDS_PER_SECOND;
}

static void fill(struct sample *sample, const char *text)
{
    struct diagnosis *diagnosis = &sample->diagnosis;

    memset(sample, 0, sizeof *sample);
    assert_true(address_parse("10.0.0.20", &sample->address));
    sample->culprit = (struct culprit){true, sample->address, CULPRIT_PROXY, 1};
    for (size_t i = 0; i < 3; i++)
        sample->names[i] = text;
    fill_ladder(sample, text);
    fill_finding(sample, 0, text);
    fill_finding(sample, 1, text);
    fill_devices(sample, text);
    fill_rows(sample, text);
    for (size_t i = 0; i < 2; i++)
        sample->sources[i] = (struct fact_source){
            .name = text, .link_type = text, .undecoded_packets = 1, .packets = 3};
    diagnosis->verdict = VERDICT_BLOCKED;
    diagnosis->verdict_sentence = text;
    diagnosis->selection.category = text;
    diagnosis->findings = sample->findings;
    diagnosis->finding_count = 2;
    diagnosis->coverage = sample->coverage;
    diagnosis->coverage_count = 2;
    diagnosis->devices = sample->devices;
    diagnosis->device_count = 2;
    diagnosis->sources = sample->sources;
    diagnosis->source_count = 2;
    diagnosis->conditions[0] = (struct condition){true, text};
    diagnosis->condition_count = 1;
    diagnosis->proofs = &sample->proofs;
}

/* ---- what each format must be */

/* Printable UTF-8 and line feeds: nothing steers a terminal or turns the writing. */
static void check_characters(const char *document, bool carriage_returns)
{
    for (const char *at = document; *at != '\0';) {
        size_t length = text_printable_length(at);

        if (length == 0 && (*at == '\n' || (*at == '\r' && carriage_returns && at[1] == '\n')))
            length = 1;
        assert_true(length > 0);
        at += length;
    }
}

static void check_text(const char *document)
{
    check_characters(document, false);
}

static bool begins_fence(const char *line)
{
    return strncmp(line + strspn(line, " "), "```", 3) == 0;
}

/* One line outside of fenced blocks: what has a meaning is escaped or ours. */
static void check_markdown_line(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\\') {
            i++;
            continue;
        }
        assert_true(line[i] != '<' && line[i] != '>' && line[i] != '[' && line[i] != ']');
        assert_true(line[i] != '~' && line[i] != '$' && line[i] != '_');
        assert_true(line[i] != '@' || (i > 0 && line[i - 1] == '`' && line[i + 1] == '`'));
        assert_true(line[i] != '`' || line[i + 1] == '@' || (i > 0 && line[i - 1] == '@'));
        assert_false(strncmp(line + i, "://", 3) == 0);
        /* Ours are a line's heading and a label's bold. */
        assert_true(line[i] != '#' || strspn(line, "#") >= i);
        if (line[i] == '*') {
            assert_int_equal(line[i + 1], '*');
            i++;
        }
    }
}

static size_t count_bars(const char *line, size_t length)
{
    size_t bars = 0;

    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\\')
            i++;
        else
            bars += line[i] == '|';
    }
    return bars;
}

static void check_markdown(const char *document)
{
    size_t fence = 0, bars = 0;

    check_characters(document, false);
    for (const char *line = document; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\n");
        size_t ticks = strspn(line + strspn(line, " "), "`");

        if (fence > 0) {
            /* It ends where ours ends it: at a run of ticks as long, alone in its line. */
            if (ticks >= fence && strspn(line, " `") == length)
                fence = 0;
            continue;
        }
        if (begins_fence(line)) {
            assert_int_equal(strspn(line, " `"), length);
            fence = ticks;
            continue;
        }
        check_markdown_line(line, length);
        if (line[0] == '|') {
            assert_true(bars == 0 || bars == count_bars(line, length));
            bars = count_bars(line, length);
        } else {
            assert_int_equal(count_bars(line, length), 0);
            bars = 0;
        }
    }
    assert_int_equal(fence, 0);
}

/* RFC 4180, strictly: reads one cell, gives what follows it. */
static const char *check_cell(const char *at)
{
    if (*at != '"') {
        /* Ours: a number, a time, a heading. */
        size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789:.TZ-");

        assert_true(length == 0 || at[0] != '-');
        return at + length;
    }
    at++;
    assert_true(*at == '\0' || strchr("=+-@\t\r", *at) == NULL);
    for (; *at != '"' || at[1] == '"'; at += *at == '"' ? 2 : 1)
        assert_true(*at != '\0' && *at != '\n' && *at != '\r');
    return at + 1;
}

static void check_csv(const char *document)
{
    size_t columns = 0;

    check_characters(document, true);
    for (const char *at = document; *at != '\0'; at += 2) {
        size_t cells = 1;

        for (at = check_cell(at); *at == ','; cells++)
            at = check_cell(at + 1);
        assert_true(at[0] == '\r' && at[1] == '\n');
        assert_true(columns == 0 || cells == columns);
        columns = cells;
    }
}

static void check_json(const char *document)
{
    json_error_t error;
    json_t *value = json_loads(document, JSON_REJECT_DUPLICATES, &error);

    assert_non_null(value);
    json_decref(value);
    /* DEL need not be escaped (RFC 8259 section 7), and terminals pass over it. */
    for (const char *at = document; *at != '\0'; at++)
        assert_true(*at == '\n' || (*at >= ' ' && *at <= '\x7f'));
}

/* The end of a tag whose attributes are all quoted, and none runs code. */
static const char *check_tag(const char *at)
{
    static const char *const forbidden[] = {"evil", "script", "iframe", "object", "img", "base"};
    const char *name = at + (*at == '/');
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    assert_true(length > 0);
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        assert_false(strlen(forbidden[i]) == length && strncmp(name, forbidden[i], length) == 0);
    for (at = name + length; *at != '>'; at++) {
        assert_true(*at != '\0' && *at != '<');
        assert_false(isspace((unsigned char)*at) && strncmp(at + 1, "on", 2) == 0);
        if (*at == '=') {
            assert_int_equal(at[1], '"');
            at += 2 + strcspn(at + 2, "\"<>");
            assert_int_equal(*at, '"');
        }
    }
    return at;
}

static void check_html(const char *document)
{
    check_characters(document, false);
    assert_null(strstr(document, "javascript:evil() <a"));
    for (const char *at = document; *at != '\0'; at++) {
        if (strncmp(at, "<style>", 7) == 0) { /* ours, as it is */
            at = strstr(at, "</style>");
            assert_non_null(at);
            at += strlen("</style>") - 1;
        } else if (strncmp(at, "<!doctype html>", 15) == 0 ||
                   strncmp(at, "<!DOCTYPE html>", 15) == 0) {
            at += 14;
        } else if (*at == '<') {
            at = check_tag(at + 1);
        }
    }
}

static const struct {
    const char *format;
    void (*check)(const char *document);
} checks[] = {
    {"text", check_text}, {"md", check_markdown}, {"csv", check_csv},
    {"json", check_json}, {"html", check_html},
};

static void check_document(const struct report_format *format, struct text *document)
{
    assert_false(document->failed);
    assert_int_equal(strlen(text_content(document)), document->length);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (strcmp(checks[i].format, format->name) == 0) {
            checks[i].check(text_content(document));
            text_release(document);
            return;
        }
    fail_msg("format %s has no check", format->name);
}

/* ---- every format with every text */

static void for_every_format(void (*make)(const struct report_format *format, const char *text,
                                          struct text *out),
                             const char *text)
{
    char names[128];

    snprintf(names, sizeof names, "%s", report_format_names());
    for (char *name = strtok(names, ", "); name != NULL; name = strtok(NULL, ", ")) {
        const struct report_format *format = report_format_find(name);
        struct text document = {0};

        assert_non_null(format);
        make(format, text, &document);
        check_document(format, &document);
    }
}

static const struct report_style style = {.width = 80, .generated = 0};

static void make_report(const struct report_format *format, const char *text, struct text *out)
{
    struct sample *sample = malloc(sizeof *sample);

    assert_non_null(sample);
    fill(sample, text);
    format->report(out, &sample->diagnosis, &style);
    free(sample);
}

/* One side is hostile, the other empty; and the other way round. */
static void make_diff(const struct report_format *format, const char *text, struct text *out)
{
    struct sample *sample = malloc(sizeof *sample);
    struct sample *other = malloc(sizeof *other);
    struct comparison *comparison;

    assert_non_null(sample);
    assert_non_null(other);
    fill(sample, text);
    fill(other, text);
    other->findings[1].kind = "port-blocked";
    other->diagnosis.finding_count = 1;
    other->diagnosis.device_count = 0;
    comparison = comparison_make(&sample->diagnosis, &other->diagnosis);
    assert_non_null(comparison);
    comparison->before_name = comparison->after_name = text;
    format->diff(out, comparison, &style);
    comparison_release(comparison);
    free(sample);
    free(other);
}

/* A site's own list may describe its hosts as it likes. */
static void make_hosts(const struct report_format *format, const char *text, struct text *out)
{
    char name[] = "/tmp/hostile.XXXXXX";
    const char *files[] = {name};
    struct problem problem = {""};
    int descriptor = mkstemp(name);
    FILE *file = fdopen(descriptor, "w");
    struct catalog *catalog;

    assert_non_null(file);
    fputs("host\tports\ttransport\tcategory\tdescription\nmdm.example.org\t443\ttcp\t", file);
    for (int column = 0; column < 2; column++) {
        for (const char *at = text; *at != '\0'; at++)
            if (strchr("\t\r\n", *at) == NULL)
                fputc(*at, file);
        fputc(column == 0 ? '\t' : '\n', file);
    }
    fclose(file);
    catalog = catalog_load(files, 1, &problem);
    unlink(name);
    if (catalog == NULL) /* refused in one line is as good */
        catalog = catalog_load(NULL, 0, &problem);
    assert_non_null(catalog);
    format->hosts(out, catalog, &style);
    catalog_release(catalog);
}

static void hostile_text_leaves_reports_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        for_every_format(make_report, hostile[i]);
}

static void hostile_text_leaves_diffs_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        for_every_format(make_diff, hostile[i]);
}

static void hostile_text_leaves_hosts_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        for_every_format(make_hosts, hostile[i]);
}

/* As long as nothing in the store is; of each byte once, too. */
static void long_text_and_every_byte(void **state)
{
    static const char mixture[] = "<=`|*\n\"'&,;[]()\\\033x\xe2\x80\xae\xffy";
    char bytes[256];
    char *text = malloc(LONG_LENGTH + 1);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < LONG_LENGTH; i++)
        text[i] = mixture[i % (sizeof mixture - 1)];
    text[LONG_LENGTH] = '\0';
    for_every_format(make_report, text);
    for_every_format(make_diff, text);
    free(text);
    for (int i = 1; i < 256; i++)
        bytes[i - 1] = (char)i;
    bytes[255] = '\0';
    for_every_format(make_report, bytes);
    for (int i = 1; i < 256; i++) {
        bytes[0] = (char)i;
        bytes[1] = '\0';
        for_every_format(make_report, bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text_leaves_reports_whole),
        cmocka_unit_test(hostile_text_leaves_diffs_whole),
        cmocka_unit_test(hostile_text_leaves_hosts_whole),
        cmocka_unit_test(long_text_and_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
