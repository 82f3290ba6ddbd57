/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doctor's words in every format: what asks for something comes first, each check is
 * there once, and nothing foreign breaks out of its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "diagnosis/fitness.h"
#include "reports/renderers.h"
#include "sample_diagnosis.h"

static void sample_fitness(struct fitness *fitness, struct sample *sample)
{
    sample_blocked(sample);
    *fitness =
        (struct fitness){.diagnosis = &sample->diagnosis,
                         .live = true,
                         .watched = 10 * NANOSECONDS_PER_SECOND,
                         .verdict = FITNESS_BAD,
                         .sentence = "This interface is not fit to judge by: Whole packets.",
                         .checks = {{.name = "interface",
                                     .title = "The interface",
                                     .subject = HOSTILE "<b>",
                                     .grade = FITNESS_LOOK,
                                     .seen = "=seen " HOSTILE "<i>",
                                     .advice = "Do " HOSTILE "<script>"},
                                    {.name = "order",
                                     .title = "Packets in their order",
                                     .grade = FITNESS_GOOD,
                                     .seen = "0 of 9."},
                                    {.name = "leases", .title = "DHCP", .seen = "None seen."},
                                    {.name = "snapshot",
                                     .title = "Whole packets",
                                     .grade = FITNESS_BAD,
                                     .seen = "51 of 1000 packets were cut.",
                                     .advice = "Capture whole packets.",
                                     .figures = {{"truncated", 51}},
                                     .figure_count = 1}},
                         .check_count = 4};
}

static struct text render(const char *format)
{
    static struct sample sample;
    static struct fitness fitness;
    struct report_style style = {.width = 80};
    struct text out = {0};

    sample_fitness(&fitness, &sample);
    report_format_find(format)->doctor(&out, &fitness, &style);
    assert_false(out.failed);
    return out;
}

static const char *find(const struct text *out, const char *words)
{
    const char *at = strstr(text_content(out), words);

    if (at == NULL)
        fail_msg("'%s' is missing in:\n%s", words, text_content(out));
    return at;
}

static void what_asks_for_something_comes_first(void **state)
{
    struct text out = render("text");

    (void)state;
    assert_ptr_equal(find(&out, "UNFIT: This interface"), text_content(&out));
    assert_true(find(&out, "BAD  Whole packets") < find(&out, "LOOK  The interface"));
    assert_true(find(&out, "LOOK  The interface") < find(&out, "In order"));
    assert_true(find(&out, "good     Packets in their order: 0 of 9.") <
                find(&out, "unknown  DHCP: None seen."));
    find(&out, "  do       Capture whole packets.");
    text_release(&out);
}

static void nothing_foreign_breaks_out(void **state)
{
    static const char *const formats[] = {"text", "md", "csv", "html", "json"};

    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct text out = render(formats[i]);
        const char *text = text_content(&out);

        assert_null(strchr(text, '\033'));
        assert_null(strstr(text, "\xe2\x80\xae"));
        assert_null(strstr(text, "evil\n"));
        find(&out, "Packets in their order");
        if (strcmp(formats[i], "html") == 0 || strcmp(formats[i], "md") == 0) {
            assert_null(strstr(text, "<script>"));
            assert_null(strstr(text, "<i>"));
        }
        if (strcmp(formats[i], "csv") == 0)
            find(&out, "\"'=seen");
        text_release(&out);
    }
}

static void json_has_each_check(void **state)
{
    struct text out = render("json");

    (void)state;
    find(&out, "\"schema\": \"applepath-doctor/1\"");
    find(&out, "\"verdict\": \"unfit\"");
    find(&out, "\"watched_seconds\": 10");
    find(&out, "\"verdict\": \"not-judged\"");
    find(&out, "\"truncated\": 51");
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_asks_for_something_comes_first),
        cmocka_unit_test(nothing_foreign_breaks_out),
        cmocka_unit_test(json_has_each_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
