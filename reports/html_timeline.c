/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When did what work?  The diagnosis' timeline comes in; a table goes out with one strip
 * for each category: successes above its line, failures below it, times without capture as
 * blocks.
 */
#include "base/timestamp.h"
#include "reports/html.h"

#define STRIP_HEIGHT 40 /* units; the line stands in the middle */
#define BAR_HIGHEST 18
#define DAY (86400 * NANOSECONDS_PER_SECOND)
#define BAR_LOWEST 3 /* what happened at all is seen */

static uint32_t highest_of(const struct timeline *timeline, const struct timeline_row *row)
{
    uint32_t highest = 1;

    for (size_t i = 0; i < timeline->bucket_count; i++) {
        highest = row->successes[i] > highest ? row->successes[i] : highest;
        highest = row->failures[i] > highest ? row->failures[i] : highest;
    }
    return highest;
}

static int bar_height(uint32_t count, uint32_t highest)
{
    return count == 0 ? 0
                      : BAR_LOWEST + (int)((double)(BAR_HIGHEST - BAR_LOWEST) * count / highest);
}

/* In tenths of a bucket from the beginning. */
static long place_of(const struct timeline *timeline, int64_t time)
{
    double place = ((double)time - (double)timeline->first) * 10 / (double)timeline->step;
    double end = (double)timeline->bucket_count * 10;

    return (long)(place < 0 ? 0 : place > end ? end : place);
}

static void add_gaps(struct text *out, const struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->gap_count; i++) {
        long first = place_of(timeline, timeline->gaps[i].first);
        long last = place_of(timeline, timeline->gaps[i].last);

        if (last > first)
            text_add_format(out,
                            "<rect class=\"gap\" x=\"%ld\" y=\"0\" width=\"%ld\" "
                            "height=\"%d\"/>",
                            first, last - first, STRIP_HEIGHT);
    }
}

static void add_bars(struct text *out, const struct timeline *timeline,
                     const struct timeline_row *row)
{
    uint32_t highest = highest_of(timeline, row);
    int middle = STRIP_HEIGHT / 2;

    for (size_t i = 0; i < timeline->bucket_count; i++) {
        int good = bar_height(row->successes[i], highest);
        int bad = bar_height(row->failures[i], highest);

        if (good > 0)
            text_add_format(out,
                            "<rect class=\"good\" x=\"%zu\" y=\"%d\" width=\"9\" "
                            "height=\"%d\"/>",
                            i * 10, middle - good, good);
        if (bad > 0)
            text_add_format(out,
                            "<rect class=\"bad\" x=\"%zu\" y=\"%d\" width=\"9\" "
                            "height=\"%d\"/>",
                            i * 10, middle + 1, bad);
    }
}

static void add_strip(struct text *out, const struct timeline *timeline,
                      const struct timeline_row *row)
{
    text_add_format(out,
                    "<svg class=\"strip\" viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" "
                    "role=\"img\" aria-label=\"",
                    timeline->bucket_count * 10, STRIP_HEIGHT);
    html_add(out, html_category_title(row->category));
    text_add(out, ": ");
    html_add_count(out, row->success_count, "success");
    text_add(out, row->success_count == 1 ? ", " : "es, ");
    html_add_count(out, row->failure_count, "failure");
    text_add(out, "\">");
    add_gaps(out, timeline);
    text_add_format(out, "<path class=\"axis\" d=\"M0 %d.5H%zu\"/>", STRIP_HEIGHT / 2,
                    timeline->bucket_count * 10);
    add_bars(out, timeline, row);
    text_add(out, "</svg>");
}

/* When the first and the last failure's bucket begin. */
static void add_failure_times(struct text *out, const struct timeline *timeline,
                              const struct timeline_row *row)
{
    bool days = timeline->step * (int64_t)timeline->bucket_count > DAY;
    void (*add)(struct text *, int64_t) = days ? html_add_time : html_add_clock;
    size_t first = timeline->bucket_count;
    size_t last = 0;

    for (size_t i = 0; i < timeline->bucket_count; i++) {
        if (row->failures[i] == 0)
            continue;
        first = first == timeline->bucket_count ? i : first;
        last = i;
    }
    if (first == timeline->bucket_count) {
        text_add(out, "none");
        return;
    }
    add(out, timeline->first + (int64_t)first * timeline->step);
    if (last == first)
        return;
    text_add(out, " to ");
    add(out, timeline->first + (int64_t)(last + 1) * timeline->step);
}

static void add_row(struct text *out, const struct timeline *timeline,
                    const struct timeline_row *row)
{
    text_add(out, "<tr><th scope=\"row\">");
    html_add(out, html_category_title(row->category));
    text_add(out, "</th><td class=\"strip\">");
    add_strip(out, timeline, row);
    text_add(out, "</td><td class=\"count\">");
    html_add_number(out, row->success_count);
    text_add(out, "</td><td class=\"count\">");
    html_add_number(out, row->failure_count);
    text_add(out, "</td><td class=\"span\">");
    add_failure_times(out, timeline, row);
    text_add(out, "</td></tr>\n");
}

static void add_gap_list(struct text *out, const struct timeline *timeline)
{
    if (timeline->gap_count == 0)
        return;
    text_add(out, "<p>Not captured (the grey blocks across the strips), so that nothing can be "
                  "said of it:</p>\n<ul>\n");
    for (size_t i = 0; i < timeline->gap_count; i++) {
        text_add(out, "<li>");
        html_add_range(out, timeline->gaps[i].first, timeline->gaps[i].last);
        text_add(out, " (");
        html_add_duration(out, timeline->gaps[i].last - timeline->gaps[i].first);
        text_add(out, ")</li>\n");
    }
    if (timeline->gaps_left_out > 0) {
        text_add(out, "<li>and ");
        html_add_count(out, timeline->gaps_left_out, "more gap");
        text_add(out, "</li>\n");
    }
    text_add(out, "</ul>\n");
}

void html_timeline(struct text *out, const struct diagnosis *diagnosis)
{
    const struct timeline *timeline = &diagnosis->timeline;
    int64_t end = timeline->first + (int64_t)timeline->bucket_count * timeline->step;

    if (timeline->bucket_count == 0 || timeline->row_count == 0)
        return;
    text_add(out, "<section aria-labelledby=\"timeline\">\n<h2 id=\"timeline\">Timeline</h2>\n"
                  "<p>");
    html_add_range(out, timeline->first, end);
    text_add(out, ". One column is ");
    html_add_duration(out, timeline->step);
    text_add(out, ". <span class=\"legend\"><span class=\"swatch good\" "
                  "aria-hidden=\"true\"></span>above the line: successes</span> "
                  "<span class=\"legend\"><span class=\"swatch bad\" aria-hidden=\"true\"></span>"
                  "below it: failures</span> Each row has its own scale.</p>\n"
                  "<table class=\"timeline\"><caption>Connections, lookups and proxy requests by "
                  "category</caption>\n<thead><tr><th scope=\"col\">Category</th>"
                  "<th scope=\"col\">Over time</th><th scope=\"col\">Good</th>"
                  "<th scope=\"col\">Failed</th><th scope=\"col\">Failures from, to</th></tr>"
                  "</thead>\n<tbody>\n");
    for (size_t i = 0; i < timeline->row_count; i++)
        add_row(out, timeline, &timeline->rows[i]);
    text_add(out, "</tbody></table>\n");
    add_gap_list(out, timeline);
    text_add(out, "</section>\n");
}
