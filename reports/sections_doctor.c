/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a SPAN port or capture is fit to judge by, for people: all in all, then what
 * is to be changed, then what is in order, then what could not be judged.
 */
#include <string.h>

#include "diagnosis/fitness.h"
#include "reports/page.h"
#include "reports/sections.h"

#define FIELD_INDENT 2u
#define FIELD_HANG 11u

struct tone {
    const char *word;
    enum page_colour colour;
};

static const struct tone verdict_tones[] = {
    [FITNESS_NOT_JUDGED] = {"UNKNOWN:", PAGE_BOLD},
    [FITNESS_GOOD] = {"FIT:", PAGE_GREEN},
    [FITNESS_LOOK] = {"LIMITED:", PAGE_YELLOW},
    [FITNESS_BAD] = {"UNFIT:", PAGE_RED},
};

static const struct tone grade_tones[] = {
    [FITNESS_NOT_JUDGED] = {"unknown", PAGE_DIM},
    [FITNESS_GOOD] = {"good", PAGE_GREEN},
    [FITNESS_LOOK] = {"LOOK", PAGE_YELLOW},
    [FITNESS_BAD] = {"BAD", PAGE_RED},
};

static void add_name(struct page *page, const struct fitness_check *check)
{
    text_add(&page->content, check->title);
    if (check->subject != NULL) {
        text_add(&page->content, " ");
        page_add_foreign(page, check->subject);
    }
}

/* One that asks for something: a part of its own. */
static void print_defect(struct page *page, const struct fitness_check *check)
{
    add_name(page, check);
    page_title(page, grade_tones[check->grade].word, grade_tones[check->grade].colour);
    page_add_foreign(page, check->seen);
    page_paragraph(page, "seen", PAGE_DIM, FIELD_INDENT, FIELD_HANG, PAGE_PLAIN);
    page_add_foreign(page, check->advice);
    page_paragraph(page, "do", PAGE_DIM, FIELD_INDENT, FIELD_HANG, PAGE_PLAIN);
}

static void print_line(struct page *page, const struct fitness_check *check)
{
    add_name(page, check);
    text_add(&page->content, ": ");
    page_add_foreign(page, check->seen);
    page_paragraph(page, grade_tones[check->grade].word, grade_tones[check->grade].colour,
                   FIELD_INDENT, FIELD_HANG, PAGE_PLAIN);
}

static void print_grade(struct page *page, const struct fitness *fitness, enum fitness_grade grade,
                        const char *heading)
{
    if (fitness_count(fitness, grade) == 0)
        return;
    if (heading != NULL)
        page_heading(page, heading);
    for (size_t i = 0; i < fitness->check_count; i++) {
        if (fitness->checks[i].grade != grade)
            continue;
        if (heading == NULL)
            print_defect(page, &fitness->checks[i]);
        else
            print_line(page, &fitness->checks[i]);
    }
}

void sections_doctor(struct page *page, const struct fitness *fitness)
{
    const struct tone *tone = &verdict_tones[fitness->verdict];

    page_add_foreign(page, fitness->sentence);
    page_paragraph(page, tone->word, tone->colour, 0, strlen(tone->word) + 1, PAGE_BOLD);
    sections_add_sources(page, fitness->diagnosis);
    page_paragraph(page, NULL, PAGE_PLAIN, 0, 0, PAGE_DIM);
    print_grade(page, fitness, FITNESS_BAD, NULL);
    print_grade(page, fitness, FITNESS_LOOK, NULL);
    print_grade(page, fitness, FITNESS_GOOD, "In order");
    print_grade(page, fitness, FITNESS_NOT_JUDGED, "Not judged");
}
