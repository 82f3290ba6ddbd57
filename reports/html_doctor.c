/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a SPAN port or capture is fit to judge by, as one HTML page: all in all, then
 * what is to be changed, then what is in order, then what could not be judged.
 */
#include "diagnosis/fitness.h"
#include "reports/html.h"
#include "reports/renderers.h"

#define SOURCES_SHOWN 10u

static const char *verdict_title(enum fitness_grade verdict)
{
    static const char *const titles[] = {[FITNESS_NOT_JUDGED] = "Unknown",
                                         [FITNESS_GOOD] = "Fit to judge by",
                                         [FITNESS_LOOK] = "Fit within limits",
                                         [FITNESS_BAD] = "Not fit to judge by"};

    return titles[verdict];
}

/* The style sheet's class of a verdict as good as that. */
static const char *verdict_class(enum fitness_grade verdict)
{
    static const char *const classes[] = {[FITNESS_NOT_JUDGED] = "inconclusive",
                                          [FITNESS_GOOD] = "healthy",
                                          [FITNESS_LOOK] = "impaired",
                                          [FITNESS_BAD] = "blocked"};

    return classes[verdict];
}

static void add_sources(struct text *out, const struct diagnosis *diagnosis)
{
    size_t count = diagnosis->source_count;

    for (size_t i = 0; i < count && i < SOURCES_SHOWN; i++) {
        text_add(out, i > 0 ? ", " : "");
        html_add(out, diagnosis->sources[i].name);
    }
    html_add_rest(out, count, SOURCES_SHOWN);
}

static void add_header(struct text *out, const struct fitness *fitness)
{
    text_add_format(out,
                    "<header class=\"verdict %s\">\n<p class=\"kicker\">applepath doctor: is this "
                    "%s fit to judge by?</p>\n<h1>%s<span class=\"sentence\"><span "
                    "class=\"apart\">: </span>",
                    verdict_class(fitness->verdict), fitness->live ? "interface" : "capture",
                    verdict_title(fitness->verdict));
    html_add(out, fitness->sentence);
    text_add_format(out, "</span></h1>\n<dl class=\"figures\">\n<div><dt>%s</dt><dd>",
                    fitness->live ? "Interface" : "Capture");
    add_sources(out, fitness->diagnosis);
    text_add(out, "</dd></div>\n<div><dt>Packets</dt><dd>");
    html_add_number(out, fitness->diagnosis->totals.packets);
    text_add(out, "</dd></div>\n");
    if (fitness->live) {
        text_add(out, "<div><dt>Watched</dt><dd>");
        html_add_duration(out, fitness->watched);
        text_add(out, "</dd></div>\n");
    }
    text_add(out, "</dl>\n</header>\n");
}

static void add_title(struct text *out, const struct fitness_check *check)
{
    html_add(out, check->title);
    if (check->subject != NULL) {
        text_add(out, " ");
        html_add_code(out, check->subject);
    }
}

/* One that asks for something. */
static void add_defect(struct text *out, const struct fitness_check *check)
{
    bool bad = check->grade == FITNESS_BAD;

    text_add_format(
        out, "<article class=\"finding %s\">\n<header><span class=\"tag %s\">%s</span> <h3>",
        bad ? "critical" : "warning", bad ? "critical" : "warning", bad ? "Bad" : "Look");
    add_title(out, check);
    text_add(out, "</h3></header>\n<p class=\"lede\">");
    html_add(out, check->seen);
    text_add(out, "</p>\n<dl class=\"fields\">\n<div><dt>Do</dt><dd>");
    html_add(out, check->advice);
    text_add(out, "</dd></div>\n</dl>\n</article>\n");
}

static void begin_section(struct text *out, const char *id, const char *title)
{
    text_add_format(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id,
                    title);
}

static void add_defects(struct text *out, const struct fitness *fitness)
{
    static const enum fitness_grade order[] = {FITNESS_BAD, FITNESS_LOOK};

    if (fitness_count(fitness, FITNESS_BAD) + fitness_count(fitness, FITNESS_LOOK) == 0)
        return;
    begin_section(out, "change", "What to change");
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
        for (size_t i = 0; i < fitness->check_count; i++)
            if (fitness->checks[i].grade == order[k])
                add_defect(out, &fitness->checks[i]);
    text_add(out, "</section>\n");
}

static void add_table(struct text *out, const struct fitness *fitness, enum fitness_grade grade,
                      const char *id, const char *title)
{
    if (fitness_count(fitness, grade) == 0)
        return;
    begin_section(out, id, title);
    text_add_format(out,
                    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
                    "<table>\n<thead><tr><th scope=\"col\">Check</th><th scope=\"col\">Seen</th>"
                    "</tr></thead>\n<tbody>\n",
                    title);
    for (size_t i = 0; i < fitness->check_count; i++) {
        if (fitness->checks[i].grade != grade)
            continue;
        text_add(out, "<tr><th scope=\"row\">");
        add_title(out, &fitness->checks[i]);
        text_add(out, "</th><td>");
        html_add(out, fitness->checks[i].seen);
        text_add(out, "</td></tr>\n");
    }
    text_add(out, "</tbody></table></div>\n</section>\n");
}

void html_doctor(struct text *out, const struct fitness *fitness, const struct report_style *style)
{
    (void)style;
    html_begin(out, "applepath doctor");
    add_header(out, fitness);
    text_add(out, "<main id=\"main\">\n");
    add_defects(out, fitness);
    add_table(out, fitness, FITNESS_GOOD, "order", "In order");
    add_table(out, fitness, FITNESS_NOT_JUDGED, "unjudged", "Not judged");
    text_add(out, "</main>\n</body>\n</html>\n");
}
