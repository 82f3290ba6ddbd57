/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text report of diagnoses made by hand: what it must say, and that nothing
 * foreign can break its lines or reach the terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reports/renderers.h"
#include "sample_diagnosis.h"

/* Label and indent of the widest kind of paragraph, a finding's heading. */
#define LABEL_COLUMNS 16u

typedef void sample_maker(struct sample *sample);

static sample_maker *const makers[] = {sample_blocked, sample_hostile,      sample_bare,
                                       sample_healthy, sample_inconclusive, sample_empty};

static struct text render(sample_maker *make, bool colour, size_t width)
{
    static struct sample sample;
    struct report_style style = {colour, width, 0};
    struct text out = {0};

    make(&sample);
    terminal_report(&out, &sample.diagnosis, &style);
    assert_false(out.failed);
    return out;
}

static void assert_says(const struct text *out, const char *words)
{
    if (strstr(text_content(out), words) == NULL)
        fail_msg("\"%s\" is missing in:\n%s", words, text_content(out));
}

static void assert_says_not(const struct text *out, const char *words)
{
    if (strstr(text_content(out), words) != NULL)
        fail_msg("\"%s\" should not be in:\n%s", words, text_content(out));
}

static void assert_begins(const struct text *out, const char *words)
{
    assert_ptr_equal(strstr(text_content(out), words), text_content(out));
}

/* Only a word that fits no line may be longer than the page. */
static void assert_line_fits(const char *line, size_t length, size_t width)
{
    size_t columns = 0;
    size_t word = 0;

    for (size_t i = 0; i < length;) {
        size_t bytes = text_printable_length(line + i);

        assert_int_not_equal(bytes, 0);
        columns++;
        word = line[i] == ' ' ? 0 : word + 1;
        i += bytes;
    }
    if (columns > width && word + LABEL_COLUMNS <= width)
        fail_msg("wider than %u: %.*s", (unsigned)width, (int)length, line);
    assert_true(length == 0 || line[length - 1] != ' ');
}

static void assert_fits(const struct text *out, size_t width)
{
    const char *line = text_content(out);

    while (*line != '\0') {
        size_t length = strcspn(line, "\n");

        assert_int_equal(line[length], '\n');
        assert_line_fits(line, length, width);
        line += length + 1;
    }
}

static void every_sample_fits_every_width(void **state)
{
    static const size_t widths[] = {40, 57, 80, 132};

    (void)state;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        for (size_t k = 0; k < sizeof widths / sizeof widths[0]; k++) {
            struct text out = render(makers[i], false, widths[k]);

            assert_fits(&out, widths[k]);
            text_release(&out);
        }
}

/* Takes out the sequences that page.c writes. */
static void strip_colours(struct text *text)
{
    size_t kept = 0;

    for (size_t i = 0; i < text->length;) {
        if (text->data[i] == '\033') {
            i += strcspn(text->data + i, "m") + 1;
            continue;
        }
        text->data[kept++] = text->data[i++];
    }
    text->length = kept;
    text->data[kept] = '\0';
}

static void colours_change_no_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        struct text plain = render(makers[i], false, 80);
        struct text coloured = render(makers[i], true, 80);

        assert_null(strchr(text_content(&plain), '\033'));
        assert_non_null(strchr(text_content(&coloured), '\033'));
        strip_colours(&coloured);
        assert_string_equal(text_content(&coloured), text_content(&plain));
        text_release(&plain);
        text_release(&coloured);
    }
}

static void blocked_tells_the_whole_story(void **state)
{
    struct text out = render(sample_blocked, false, 80);

    (void)state;
    assert_begins(&out, "BLOCKED: 1 critical finding, 1 warning. ");
    assert_says(&out, "site.pcap, 812 packets, 2026-11-20 08:00:00.000 to 08:04:10.500 UTC");
    assert_says(&out, "37 of 214 flows about Apple");
    assert_says(&out, "\nF1  CRITICAL  port-blocked: *.push.apple.com tcp/5223 (certain)\n");
    assert_says(&out, "what      4-courier.push.apple.com, 27-courier.push.apple.com tcp/5223 at");
    assert_says(&out, "2620:149:a44:1002::4");
    assert_says(&out, "how: icmp-prohibited\n");
    assert_says(&out, "who       3 devices: 10.0.0.20 (iPad-Cart-07), 10.0.0.21, 10.0.0.22\n");
    assert_says(&out, "since     2026-11-20 08:00:04.000 to 08:03:40.000 UTC, seen 6 times\n");
    assert_says(&out, "by        the firewall at 10.0.0.1, 1 hop away\n");
    assert_says(&out, "shown by  #118 08:00:04.100 ICMP 3/13 from 10.0.0.1\n");
    assert_says(&out, "            and 2 more packets\n");
    assert_says(&out, "do        On 10.0.0.1 allow tcp/5223");
    assert_says(&out, "\nF2  WARNING  cname-squashed: *.push.apple.com (likely)\n");
    assert_says(&out,
                "what      courier.push.apple.com; rcode: NXDOMAIN; idle seconds: 1800; loss\n"
                "            percent: 0.5\n");
    assert_says(&out, "seen 1 time\n");
    text_release(&out);
}

static void sample_of_two_captures(struct sample *sample)
{
    sample_blocked(sample);
    sample->sources[1] = sample->sources[0];
    sample->sources[1].name = "noon.pcap";
    sample->diagnosis.source_count = 2;
}

static void evidence_names_its_capture_among_several(void **state)
{
    struct text out = render(sample_of_two_captures, false, 80);

    (void)state;
    assert_says(&out, "shown by  site.pcap #118 08:00:04.100 ICMP 3/13 from 10.0.0.1\n");
    text_release(&out);
}

static void coverage_is_counted_by_category(void **state)
{
    struct text out = render(sample_blocked, false, 80);

    (void)state;
    assert_says(&out, "  category                ok  partial  failing   unseen\n"
                      "  device-setup             1        0        0        1\n"
                      "  device-management        0        1        1        1\n");
    assert_says(&out, "failing   *.push.apple.com tcp/5223: 0 of 6 attempts succeeded; see F1\n");
    assert_says(&out, "partial   17.0.0.0/8 tcp: 14 of 20 attempts succeeded; see F1, F2\n");
    assert_says(&out, "not seen in this capture: app-store, software-update (3 rows)\n");
    assert_says_not(&out, "2195");
    text_release(&out);
}

static void devices_are_listed(void **state)
{
    struct text out = render(sample_blocked, false, 80);

    (void)state;
    assert_says(&out, "10.0.0.20  a4:83:e7:00:00:01  device         37  iPad-Cart-07\n");
    assert_says(&out, "10.0.0.21  -                  device         36\n");
    assert_says(&out, "10.0.0.22  a4:83:e7:00:00:01  mdm-server     35\n");
    text_release(&out);
}

/* The first device has two addresses, and a finding that names both. */
static void sample_families(struct sample *sample)
{
    static struct address both[2];

    sample_blocked(sample);
    both[0] = sample_address("10.0.0.20");
    both[1] = sample_address("2001:db8::20");
    sample->devices[0].addresses = both;
    sample->devices[0].address_count = 2;
    sample->devices[0].private_mac = true;
    sample->devices[0].system = "iOS 11.2 (iPad4,1)";
    sample->devices[1].system = "Darwin 17.5.0";
    sample->findings[0].devices = both;
    sample->findings[0].device_count = 2;
    sample->findings[0].repeated_devices = 1;
}

static void a_device_of_two_families(void **state)
{
    struct text out = render(sample_families, false, 120);

    (void)state;
    assert_says(&out, "1 device: 10.0.0.20 (iPad-Cart-07), 2001:db8::20 (iPad-Cart-07)\n");
    assert_says(&out, "  name, system\n");
    assert_says(&out, "10.0.0.20     a4:83:e7:00:00:01 (private)  device         37  iPad-Cart-07, "
                      "iOS 11.2 (iPad4,1)\n  2001:db8::20\n");
    assert_says(&out, "36  Darwin 17.5.0\n");
    text_release(&out);
}

static void long_lists_are_counted(void **state)
{
    struct text out = render(sample_hostile, false, 80);

    (void)state;
    assert_says(&out, "12 devices:");
    assert_says(&out, "and 7 more\n");
    assert_says(&out, "  and 2 more\n");
    assert_says(&out, "evil\\x1b[31m\\x0d\\x0a\\xc2\\x9b2J");
    assert_says(&out, "SERIOUS");
    text_release(&out);
    out = render(sample_hostile, false, 1000);
    assert_says(&out, "3 packets not decoded, 4 packets cut by the snapshot length, "
                      "5 packets seen twice, 6 packets dropped while capturing, and it breaks "
                      "off in the middle of a packet\n");
    text_release(&out);
}

static void what_is_not_known_is_said_or_left_out(void **state)
{
    struct text out = render(sample_bare, false, 80);

    (void)state;
    assert_says(&out, "IMPAIRED: 2 warnings.\n");
    assert_says(&out, "\na capture, 0 packets, 1 device, 0 of 0 flows about Apple\n");
    assert_says(&out, "-  WARNING  dns-unanswered (possible)\n");
    assert_says(&out, "since     time not known\n");
    assert_says(&out, "by        not known from this capture\n");
    assert_says(&out, "by        something on the path (address not seen)\n");
    assert_says_not(&out, "who ");
    assert_says_not(&out, "why ");
    assert_says_not(&out, "null");
    text_release(&out);
}

static void nothing_found_is_said_by_verdict(void **state)
{
    struct text out = render(sample_healthy, false, 80);

    (void)state;
    assert_begins(&out, "HEALTHY: Apple's services work for 1 device.\n");
    assert_says(&out, "No findings.\n");
    assert_says(&out, "no defects noticed\n");
    text_release(&out);
    out = render(sample_inconclusive, false, 80);
    assert_says(&out, "INCONCLUSIVE: No traffic to Apple's services was seen.\n");
    assert_says(&out, "No findings. This is no all-clear");
    assert_says_not(&out, "partial");
    assert_says(&out, "  software-update (8 rows)\n");
    text_release(&out);
    out = render(sample_empty, false, 80);
    assert_says(&out, "INCONCLUSIVE:");
    assert_says(&out, "No capture was read.\n");
    text_release(&out);
}

static void hosts_are_listed_in_eighty_columns(void **state)
{
    struct report_style style = {false, 80, 0};
    struct problem problem = {""};
    struct catalog *catalog = catalog_load(NULL, 0, &problem);
    struct text out = {0};
    size_t retired = 0;
    size_t marked = 0;

    (void)state;
    assert_non_null(catalog);
    terminal_hosts(&out, catalog, &style);
    assert_false(out.failed);
    assert_fits(&out, 80);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        assert_says(&out, catalog_service(catalog, i)->host);
        retired += catalog_service(catalog, i)->retired;
    }
    for (const char *at = text_content(&out); (at = strstr(at, "(retired)")) != NULL; at++)
        marked++;
    assert_int_equal(marked, retired);
    assert_says(&out, " rows\n");
    text_release(&out);
    catalog_release(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_fits_every_width),
        cmocka_unit_test(colours_change_no_word),
        cmocka_unit_test(blocked_tells_the_whole_story),
        cmocka_unit_test(evidence_names_its_capture_among_several),
        cmocka_unit_test(coverage_is_counted_by_category),
        cmocka_unit_test(devices_are_listed),
        cmocka_unit_test(a_device_of_two_families),
        cmocka_unit_test(long_lists_are_counted),
        cmocka_unit_test(what_is_not_known_is_said_or_left_out),
        cmocka_unit_test(nothing_found_is_said_by_verdict),
        cmocka_unit_test(hosts_are_listed_in_eighty_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
