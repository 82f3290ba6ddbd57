/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: every spelling of every option, what is refused, and that the
 * words that are no options keep their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "program/options.h"

#define WORD_LIMIT 160
#define ALL_OPTIONS (~0u)

struct line {
    char words[WORD_LIMIT][64];
    char *argv[WORD_LIMIT];
    int argc;
    struct options options;
    struct problem problem;
};

static struct line line;

/* Parses words that are separated by spaces; "_" is an empty word. */
static bool parse(unsigned allowed, const char *words)
{
    memset(&line, 0, sizeof line);
    while (*words != '\0') {
        size_t length = strcspn(words, " ");
        char *word = line.words[line.argc];
        assert_true(line.argc < WORD_LIMIT && length < sizeof line.words[0]);
        memcpy(word, words, length);
        if (strcmp(word, "_") == 0)
            word[0] = '\0';
        line.argv[line.argc++] = word;
        words += length + (words[length] == ' ');
    }
    return options_parse(&line.options, allowed, line.argc, line.argv, &line.problem);
}

static void assert_refused(const char *words, const char *says)
{
    assert_false(parse(ALL_OPTIONS, words));
    if (strstr(line.problem.text, says) == NULL)
        fail_msg("'%s': \"%s\" does not say \"%s\"", words, line.problem.text, says);
}

static void test_defaults(void **state)
{
    (void)state;
    assert_true(parse(ALL_OPTIONS, ""));
    assert_null(line.options.database);
    assert_null(line.options.filter);
    assert_null(line.options.output);
    assert_string_equal(line.options.format, "text");
    assert_int_equal(line.options.since, TIMESTAMP_NONE);
    assert_int_equal(line.options.until, TIMESTAMP_NONE);
    assert_false(line.options.all_flows || line.options.fails || line.options.has_device ||
                 line.options.help);
    assert_int_equal(
        line.options.operand_count + line.options.trust_count + line.options.catalog_count, 0);
}

static void test_spellings(void **state)
{
    (void)state;
    static const char *const spellings[] = {"-d a.db", "-da.db", "--database a.db",
                                            "--database=a.db"};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        assert_true(parse(ALL_OPTIONS, spellings[i]));
        assert_string_equal(line.options.database, "a.db");
        assert_int_equal(line.options.operand_count, 0);
    }
}

static void test_vxlan_ports(void **state)
{
    (void)state;
    assert_true(parse(ALL_OPTIONS, "--vxlan-port 5555 --vxlan-port=65535"));
    assert_int_equal(line.options.vxlan_port_count, 2);
    assert_int_equal(line.options.vxlan_ports[0], 5555);
    assert_int_equal(line.options.vxlan_ports[1], 65535);
    assert_refused("--vxlan-port 53", "from 1024");
    assert_refused("--vxlan-port 65536", "from 1024");
    assert_refused("--vxlan-port -5555", "from 1024");
    assert_refused("--vxlan-port 5555x", "'5555x'");
    assert_refused("--vxlan-port _", "from 1024");
    assert_refused("--vxlan-port=2001 --vxlan-port=2002 --vxlan-port=2003 --vxlan-port=2004 "
                   "--vxlan-port=2005 --vxlan-port=2006 --vxlan-port=2007 --vxlan-port=2008 "
                   "--vxlan-port=2009 --vxlan-port=2010 --vxlan-port=2011 --vxlan-port=2012 "
                   "--vxlan-port=2013 --vxlan-port=2014 --vxlan-port=2015 --vxlan-port=2016 "
                   "--vxlan-port=2017",
                   "more than 16");
}

static void test_values(void **state)
{
    (void)state;
    int64_t time;
    assert_true(parse(ALL_OPTIONS, "-f port --format json -o out --all-flows --fail-on warning "
                                   "--since 2026-11-20 --until 2026-11-20T08:00:04.5Z "
                                   "--device 2001:db8::1"));
    assert_string_equal(line.options.filter, "port");
    assert_string_equal(line.options.format, "json");
    assert_string_equal(line.options.output, "out");
    assert_true(line.options.all_flows && line.options.fails && line.options.has_device);
    assert_int_equal(line.options.fail_on, SEVERITY_WARNING);
    assert_true(timestamp_parse("2026-11-20T00:00:00Z", &time));
    assert_int_equal(line.options.since, time);
    assert_true(timestamp_parse("2026-11-20T08:00:04.5Z", &time));
    assert_int_equal(line.options.until, time);
    struct address device;
    assert_true(address_parse("2001:db8::1", &device));
    assert_true(address_equal(&line.options.device, &device));
    assert_true(parse(ALL_OPTIONS, "--fail-on critical"));
    assert_int_equal(line.options.fail_on, SEVERITY_CRITICAL);
}

static void test_the_last_of_several_counts(void **state)
{
    (void)state;
    assert_true(parse(ALL_OPTIONS, "-o one --output two"));
    assert_string_equal(line.options.output, "two");
}

static void test_standard_output_by_name(void **state)
{
    (void)state;
    assert_true(parse(ALL_OPTIONS, "-o -"));
    assert_null(line.options.output);
}

static void test_operands_keep_their_order(void **state)
{
    (void)state;
    assert_true(parse(ALL_OPTIONS, "one -d a.db two --all-flows - three"));
    assert_int_equal(line.options.operand_count, 4);
    assert_string_equal(line.options.operands[0], "one");
    assert_string_equal(line.options.operands[1], "two");
    assert_string_equal(line.options.operands[2], "-");
    assert_string_equal(line.options.operands[3], "three");
    assert_string_equal(line.options.database, "a.db");
}

static void test_after_two_dashes_nothing_is_an_option(void **state)
{
    (void)state;
    assert_true(parse(ALL_OPTIONS, "one -- -d --help --"));
    assert_int_equal(line.options.operand_count, 4);
    assert_string_equal(line.options.operands[1], "-d");
    assert_string_equal(line.options.operands[3], "--");
    assert_null(line.options.database);
    assert_false(line.options.help);
}

static void test_a_value_may_look_like_an_option(void **state)
{
    (void)state;
    assert_true(parse(ALL_OPTIONS, "-d --help"));
    assert_string_equal(line.options.database, "--help");
    assert_false(line.options.help);
}

static void test_help(void **state)
{
    (void)state;
    assert_true(parse(0, "--help"));
    assert_true(line.options.help);
    assert_true(parse(0, "one -h"));
    assert_true(line.options.help);
}

static void test_unknown_options(void **state)
{
    (void)state;
    assert_refused("--bogus", "'--bogus'");
    assert_refused("-x", "'-x'");
    assert_refused("--dat a.db", "'--dat'");
    assert_refused("--databases a.db", "'--databases'");
    assert_refused("--database-name a.db", "'--database-name'");
    assert_false(parse(OPTION_FORMAT, "-d a.db"));
    assert_non_null(strstr(line.problem.text, "'-d'"));
    assert_false(parse(OPTION_FORMAT, "--all-flows"));
}

static void test_missing_and_needless_values(void **state)
{
    (void)state;
    assert_refused("-d", "-d needs a value");
    assert_refused("one --format", "--format needs a value");
    assert_refused("--all-flows=yes", "takes no value");
}

static void test_bad_values(void **state)
{
    (void)state;
    assert_refused("--fail-on note", "'note'");
    assert_refused("--fail-on _", "''");
    assert_refused("--since yesterday", "'yesterday'");
    assert_refused("--until -", "--until");
    assert_refused("--since=", "--since");
    assert_refused("--device my-ipad", "'my-ipad'");
    assert_refused("--device 10.0.0.0/8", "10.0.0.0/8");
}

static void test_repeatable_options_have_a_limit(void **state)
{
    (void)state;
    static const char *const names[] = {"--trust", "--catalog", "--geoip", "--inspection-ca"};
    for (size_t i = 0; i < 4; i++) {
        struct text words = {0};
        for (int j = 0; j < OPTIONS_FILE_LIMIT; j++)
            text_add_format(&words, "%s f%d ", names[i], j);
        assert_true(parse(ALL_OPTIONS, text_content(&words)));
        const char *const *const files[] = {line.options.trust, line.options.catalogs,
                                            line.options.geoip, line.options.inspection};
        size_t counts[] = {line.options.trust_count, line.options.catalog_count,
                           line.options.geoip_count, line.options.inspection_count};
        assert_int_equal(counts[i], OPTIONS_FILE_LIMIT);
        assert_string_equal(files[i][0], "f0");
        assert_string_equal(files[i][OPTIONS_FILE_LIMIT - 1], "f63");
        text_add_format(&words, "%s more", names[i]);
        assert_refused(text_content(&words), names[i]);
        text_release(&words);
    }
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static void test_bounds(void **state)
{
    static const struct {
        const char *words;
        uint64_t size;
    } sizes[] = {{"--max-size 1048576", UINT64_C(1) << 20}, {"--max-size 64M", UINT64_C(64) << 20},
                 {"--max-size 3G", UINT64_C(3) << 30},      {"--max-size=2T", UINT64_C(2) << 40},
                 {"--max-size 2048K", UINT64_C(2) << 20},   {"--max-size 0", 0}};
    (void)state;
    assert_true(parse(OPTION_WATCH, ""));
    assert_int_equal(line.options.keep_days, 30);
    assert_int_equal(line.options.max_size, UINT64_C(2) << 30);
    assert_int_equal(line.options.ring_size, UINT64_C(512) << 20);
    assert_true(line.options.ring == NULL && line.options.user == NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_true(parse(OPTION_WATCH, sizes[i].words));
        assert_int_equal(line.options.max_size, sizes[i].size);
    }
    assert_true(
        parse(OPTION_WATCH | OPTION_LIVE, "--keep-days 0 -w there --ring-size 5M --user me"));
    assert_int_equal(line.options.keep_days, 0);
    assert_string_equal(line.options.ring, "there");
    assert_int_equal(line.options.ring_size, UINT64_C(5) << 20);
    assert_string_equal(line.options.user, "me");
}

static void test_bad_bounds(void **state)
{
    static const char *const sizes[] = {
        "_",         "G",         "-1", "5X", "5MB", "1.5G", "1000", "999K", "9999999999999999999",
        "99999999T", "0x10000000"};
    static const char *const days[] = {"_", "-1", "5d", "36501", "99999999999999999999"};
    char words[80];
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        snprintf(words, sizeof words, "--max-size %s", sizes[i]);
        assert_false(parse(OPTION_WATCH, words));
        assert_non_null(strstr(line.problem.text, "--max-size"));
    }
    /* Without any there is nothing to work with. */
    assert_false(parse(OPTION_WATCH | OPTION_MEMORY, "--max-memory 0"));
    assert_string_equal(line.problem.text,
                        "--max-memory: 0 is too small to hold anything; give 64M or more");
    assert_false(parse(OPTION_WATCH | OPTION_MEMORY, "--max-memory 63M"));
    assert_false(parse(OPTION_WATCH | OPTION_MEMORY, "--ring-size 0"));
    assert_true(parse(OPTION_WATCH | OPTION_MEMORY, "--max-memory 64M"));
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        snprintf(words, sizeof words, "--keep-days %s", days[i]);
        assert_false(parse(OPTION_WATCH, words));
        assert_non_null(strstr(line.problem.text, "--keep-days"));
    }
}

static void test_the_description_names_what_is_allowed(void **state)
{
    (void)state;
    struct text text = {0};
    options_describe(&text, OPTION_DATABASE | OPTION_ALL_FLOWS, false);
    assert_int_equal(count_lines(text_content(&text)), 2);
    assert_non_null(strstr(text_content(&text), "-d, --database DB "));
    assert_non_null(strstr(text_content(&text), "    --all-flows "));
    text_clear(&text);
    options_describe(&text, ALL_OPTIONS, true);
    size_t all = count_lines(text_content(&text));
    assert_non_null(strstr(text_content(&text), "\n      --max-size SIZE "));
    text_clear(&text);
    options_describe(&text, ALL_OPTIONS, false);
    assert_true(count_lines(text_content(&text)) < all);
    assert_null(strstr(text_content(&text), "--max-size SIZE "));
    assert_non_null(strstr(text_content(&text), "--max-size,"));
    text_clear(&text);
    options_describe(&text, 0, true);
    assert_string_equal(text_content(&text), "");
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_vxlan_ports),
        cmocka_unit_test(test_the_last_of_several_counts),
        cmocka_unit_test(test_standard_output_by_name),
        cmocka_unit_test(test_operands_keep_their_order),
        cmocka_unit_test(test_after_two_dashes_nothing_is_an_option),
        cmocka_unit_test(test_a_value_may_look_like_an_option),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_unknown_options),
        cmocka_unit_test(test_missing_and_needless_values),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_repeatable_options_have_a_limit),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_bad_bounds),
        cmocka_unit_test(test_the_description_names_what_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
