/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTML report of diagnoses made by hand: what it must say, that its markup is whole,
 * and that nothing foreign becomes markup or turns the direction of writing.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/html.h"
#include "reports/renderers.h"
#include "sample_diagnosis.h"

#define MARKUP "\"'><script>alert(1)</script>&lt;<img src=x onerror=y><!--\xe2\x80\xae"
#define DEPTH_LIMIT 32u

typedef void sample_maker(struct sample *sample);

static struct ladder ladder;

/* Everything that may come from outside is markup. */
static void sample_markup(struct sample *sample)
{
    struct finding *finding = &sample->findings[0];

    sample_hostile(sample);
    for (size_t i = 0; i < SAMPLE_DEVICES; i++)
        sample->devices[i].name = sample->devices[i].system = sample->devices[i].vendor = MARKUP;
    for (size_t i = 0; i < 8; i++)
        sample->names[i] = MARKUP;
    finding->host = finding->category = finding->summary = finding->explanation = MARKUP;
    finding->remedy = finding->doubt = finding->details[0].text = MARKUP;
    finding->prescriptions[0] =
        (struct prescription){"allow", MARKUP, MARKUP, MARKUP, MARKUP, MARKUP, MARKUP};
    finding->prescription_count = 1;
    memset(&ladder, 0, sizeof ladder);
    ladder.party_count = 3;
    for (size_t i = 0; i < 3; i++)
        ladder.parties[i] = (struct ladder_party){MARKUP, i == 1 ? NULL : "10.0.0.1"};
    ladder.step_count = LADDER_STEP_LIMIT;
    for (size_t i = 0; i < LADDER_STEP_LIMIT; i++)
        ladder.steps[i] = (struct ladder_step){
            (int64_t)i, MARKUP, i, i % 3, (i + 1) % 3, MARKUP, MARKUP, i % 2 == 0, i % 3 == 0};
    ladder.left_out = 5;
    ladder.left_out_before = 8;
    finding->ladder = &ladder;
    for (size_t i = 0; i < finding->evidence_count; i++)
        finding->evidence[i].source = finding->evidence[i].note = MARKUP;
    for (size_t i = 0; i < sample->diagnosis.coverage_count; i++)
        sample->coverage[i].host = sample->coverage[i].category = MARKUP;
    sample->sources[0].name = sample->sources[0].link_type = MARKUP;
    sample->diagnosis.verdict_sentence = sample->diagnosis.conditions[0].sentence = MARKUP;
}

static sample_maker *const makers[] = {sample_blocked, sample_hostile, sample_markup,
                                       sample_bare,    sample_healthy, sample_inconclusive,
                                       sample_empty};

static struct text render(sample_maker *make)
{
    static struct sample sample;
    struct report_style style = {false, 80, 0};
    struct text out = {0};

    make(&sample);
    html_report(&out, &sample.diagnosis, &style);
    assert_false(out.failed);
    return out;
}

static void assert_says(const struct text *out, const char *words)
{
    if (strstr(text_content(out), words) == NULL)
        fail_msg("\"%s\" is missing", words);
}

static bool is_void(const char *name)
{
    static const char *const names[] = {"meta", "link", "br", "path", "rect", "circle"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* A reference that we write: "&amp;", "&#39;". */
static void assert_reference(const char *at)
{
    static const char *const ours[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#"};

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strncmp(at, ours[i], strlen(ours[i])) == 0)
            return;
    fail_msg("an ampersand stands alone: %.40s", at);
}

/* Past the tag at `at`; its name and whether it closes. Attributes are in double quotes. */
static const char *read_tag(const char *at, char name[16], bool *closes)
{
    size_t length = 0;
    bool quoted = false;

    at++;
    *closes = *at == '/';
    at += *closes;
    while (isalnum((unsigned char)*at) && length < 15)
        name[length++] = *at++;
    name[length] = '\0';
    if (length == 0)
        fail_msg("no tag: %.40s", at);
    for (; *at != '\0' && (quoted || *at != '>'); at++) {
        quoted = quoted != (*at == '"');
        if (*at == '<' || *at == '\'')
            if (!quoted || *at == '<')
                fail_msg("markup within a tag: %.40s", at);
        if (*at == '&')
            assert_reference(at);
    }
    assert_int_equal(*at, '>');
    if (at[-1] == '/')
        *closes = true;
    return at + 1;
}

/* Every tag is ours, quoted, and closed in its order; text has no characters of markup. */
static void assert_whole(const char *page)
{
    char open[DEPTH_LIMIT][16];
    size_t depth = 0;
    const char *at = page + strlen("<!DOCTYPE html>");

    while (*at != '\0') {
        char name[16];
        bool closes;

        if (*at == '<') {
            const char *next = read_tag(at, name, &closes);
            bool self = closes && at[1] != '/';

            if (at[1] == '/') {
                assert_true(depth > 0);
                assert_string_equal(open[--depth], name);
            } else if (!is_void(name) && !self) {
                assert_true(depth < DEPTH_LIMIT);
                strcpy(open[depth++], name);
            }
            assert_true(strcmp(name, "script") != 0 && strcmp(name, "img") != 0);
            at = strcmp(name, "style") == 0 && !closes ? strstr(next, "</style>") : next;
            continue;
        }
        if (*at == '&')
            assert_reference(at);
        if (*at == '>' || *at == '"')
            fail_msg("markup in text: %.40s", at);
        at++;
    }
    assert_int_equal(depth, 0);
}

static void markup_is_whole_whatever_comes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        struct text out = render(makers[i]);

        assert_whole(text_content(&out));
        for (const char *at = text_content(&out); *at != '\0'; at++)
            assert_true(*at == '\n' || (unsigned char)*at >= 0x20);
        assert_null(strstr(text_content(&out), "\xe2\x80\xae"));
        assert_null(strstr(text_content(&out), "\xc2\x9b"));
        text_release(&out);
    }
}

static void the_report_tells_everything(void **state)
{
    struct text out = render(sample_blocked);

    (void)state;
    assert_says(&out, "<html lang=\"en\">");
    assert_says(&out, "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    assert_says(&out, "Apple push (APNs) does not work for 3 devices.");
    assert_says(&out, "1 critical finding, 1 warning.");
    assert_says(&out, "<article class=\"finding critical\" id=\"F1\">");
    assert_says(&out, "Port blocked");
    assert_says(&out, "iPad-Cart-07");
    assert_says(&out, "frame.number == 118");
    assert_says(&out, "NXDOMAIN came back for a name that exists only as a CNAME.");
    assert_says(&out, "Likely: the signs agree");
    assert_says(&out, "idle seconds: 1800");
    assert_says(&out, "<strong>Unseen</strong>");
    assert_says(&out, "Names are in clear: no encrypted DNS was seen.");
    assert_says(&out, "1970-01-01 00:00:00.000");
    assert_says(&out, "site.pcap");
    text_release(&out);
    out = render(sample_inconclusive);
    assert_says(&out, "This is no all-clear");
    text_release(&out);
}

/* More than a page holds is counted, never dropped in silence. */
static void long_lists_say_their_rest(void **state)
{
    static struct sample sample;
    static struct device devices[1000];
    static struct address affected[1000];
    struct report_style style = {false, 80, 0};
    struct text out = {0};

    (void)state;
    sample_blocked(&sample);
    for (size_t i = 0; i < 1000; i++) {
        devices[i] = sample.devices[1];
        devices[i].address = sample_address("10.1.0.0");
        devices[i].address.octets[14] = (uint8_t)(i / 250);
        devices[i].address.octets[15] = (uint8_t)(i % 250);
        affected[i] = devices[i].address;
    }
    sample.diagnosis.devices = devices;
    sample.diagnosis.device_count = 1000;
    sample.findings[0].devices = affected;
    sample.findings[0].device_count = 1000;
    html_report(&out, &sample.diagnosis, &style);
    assert_whole(text_content(&out));
    assert_says(&out, "<summary>994 more by address</summary>");
    assert_says(&out, ", and 794 more</p>");
    assert_says(&out, "<summary>250 devices of 1,000</summary>");
    assert_says(&out, "750 more; the JSON report has them all.");
    assert_true(out.length < 200000);
    text_release(&out);
}

static void long_text_is_cut_and_says_so(void **state)
{
    char letters[HTML_TEXT_LIMIT + 101];
    struct text out = {0};

    (void)state;
    memset(letters, 'x', sizeof letters - 1);
    letters[sizeof letters - 1] = '\0';
    html_add(&out, letters);
    assert_says(&out, "... (100 bytes more)");
    text_release(&out);
}

static void assert_duration(int64_t milliseconds, const char *expected)
{
    struct text out = {0};

    html_add_duration(&out, milliseconds * NANOSECONDS_PER_MILLISECOND);
    assert_string_equal(text_content(&out), expected);
    text_release(&out);
}

static void durations_are_read_easily(void **state)
{
    (void)state;
    assert_duration(0, "0.0 ms");
    assert_duration(250, "250 ms");
    assert_duration(1500, "1.5 s");
    assert_duration(60000, "1 min");
    assert_duration(250000, "4 min 10 s");
    assert_duration(12000000, "3 h 20 min");
    assert_duration(90000000, "1 d 1 h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markup_is_whole_whatever_comes),
        cmocka_unit_test(the_report_tells_everything),
        cmocka_unit_test(long_lists_say_their_rest),
        cmocka_unit_test(long_text_is_cut_and_says_so),
        cmocka_unit_test(durations_are_read_easily),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
