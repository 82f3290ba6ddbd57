/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is one finding told to an administrator?  A finding comes in; a heading,
 * the sentence to forward and labelled fields go out: what is broken, for whom,
 * since when, by whom, which packets show it, why, and what to do.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "reports/page.h"
#include "reports/sections.h"

#define FIELD_INDENT 2u
#define FIELD_HANG 12u
#define NAMES_SHOWN 5u
#define ADDRESSES_SHOWN 4u
#define DEVICES_NAMED 5u
#define EVIDENCE_SHOWN 6u
#define PERIODS_SHOWN 4u

struct tone {
    const char *word;
    enum page_colour colour;
};

static const struct tone severity_tones[] = {
    [SEVERITY_NOTE] = {"NOTE", PAGE_BOLD},
    [SEVERITY_WARNING] = {"WARNING", PAGE_YELLOW},
    [SEVERITY_CRITICAL] = {"CRITICAL", PAGE_RED},
};

/* Prints the content, if there is any, as a field of a finding. */
static void print_field(struct page *page, const char *label, enum page_colour colour)
{
    page_paragraph(page, label, PAGE_DIM, FIELD_INDENT, FIELD_HANG, colour);
}

/* The same for a field of several lines. */
static void print_item(struct page *page, const char *label, size_t index, enum page_colour colour)
{
    page_item(page, label, index, FIELD_INDENT, FIELD_HANG, colour);
}

static void add_details(struct page *page, const struct finding *finding)
{
    for (size_t i = 0; i < finding->detail_count; i++) {
        const struct detail *detail = &finding->details[i];

        page_add_separator(page, "; ");
        for (const char *letter = detail->name; *letter != '\0'; letter++)
            text_add_bytes(&page->content, *letter == '_' ? " " : letter, 1);
        text_add(&page->content, ": ");
        if (detail->text != NULL)
            page_add_foreign(page, detail->text);
        else if (isnan(detail->number))
            text_add(&page->content, "not known");
        else
            text_add_format(&page->content, "%.10g", detail->number);
    }
}

static void print_what(struct page *page, const struct finding *finding)
{
    for (size_t i = 0; i < finding->name_count && i < NAMES_SHOWN; i++) {
        page_add_separator(page, ", ");
        page_add_foreign(page, finding->names[i]);
    }
    page_add_rest(page, finding->name_count, NAMES_SHOWN);
    if (finding->name_count == 0)
        page_add_foreign(page, finding->host);
    page_add_port(page, finding->port, finding->transport);
    for (size_t i = 0; i < finding->address_count && i < ADDRESSES_SHOWN; i++) {
        page_add_separator(page, i == 0 ? " at " : ", ");
        page_add_address(page, &finding->addresses[i]);
    }
    page_add_rest(page, finding->address_count, ADDRESSES_SHOWN);
    add_details(page, finding);
    print_field(page, "what", PAGE_PLAIN);
}

static const char *device_name(const struct diagnosis *diagnosis, const struct address *address)
{
    for (size_t i = 0; i < diagnosis->device_count; i++) {
        const struct device *device = &diagnosis->devices[i];

        if (address_equal(&device->address, address))
            return device->name;
        for (size_t j = 0; j < device->address_count; j++)
            if (address_equal(&device->addresses[j], address))
                return device->name;
    }
    return NULL;
}

static void print_who(struct page *page, const struct diagnosis *diagnosis,
                      const struct finding *finding)
{
    if (finding->device_count == 0)
        return;
    page_add_count(page, finding_devices(finding), "device");
    for (size_t i = 0; i < finding->device_count && i < DEVICES_NAMED; i++) {
        const char *name = device_name(diagnosis, &finding->devices[i]);

        text_add(&page->content, i == 0 ? ": " : ", ");
        page_add_address(page, &finding->devices[i]);
        if (name != NULL) {
            text_add(&page->content, " (");
            page_add_foreign(page, name);
            text_add(&page->content, ")");
        }
    }
    page_add_rest(page, finding->device_count, DEVICES_NAMED);
    print_field(page, "who", PAGE_PLAIN);
}

/* When it failed, of what works at other times. */
static void print_periods(struct page *page, const struct finding *finding)
{
    for (size_t i = 0; i < finding->period_count && i < PERIODS_SHOWN; i++) {
        page_add_separator(page, "; ");
        page_add_range(page, finding->periods[i].first, finding->periods[i].last);
        text_add(&page->content,
                 finding->periods[i].over ? ", then it worked" : ", and no success after it");
    }
    page_add_rest(page, finding->period_count, PERIODS_SHOWN);
    print_field(page, "failed", PAGE_PLAIN);
}

static void print_since(struct page *page, const struct finding *finding)
{
    page_add_range(page, finding->first_seen, finding->last_seen);
    if (finding->count > 0) {
        text_add(&page->content, ", seen ");
        page_add_count(page, finding->count, "time");
    }
    if (finding->period_count == 0 && finding->ongoing != ONGOING_UNKNOWN)
        text_add(&page->content, finding->ongoing == ONGOING_YES ? "; no success after it"
                                                                 : "; it worked again afterwards");
    print_field(page, "since", PAGE_PLAIN);
    print_periods(page, finding);
}

static void add_culprit(struct page *page, const struct culprit *culprit)
{
    static const char *const nouns[] = {
        [CULPRIT_UNKNOWN] = "something",
        [CULPRIT_FIREWALL] = "the firewall",
        [CULPRIT_RESOLVER] = "the resolver",
        [CULPRIT_PROXY] = "the proxy",
        [CULPRIT_SERVER] = "the server",
        [CULPRIT_DEVICE] = "the device",
        [CULPRIT_NETWORK] = "something on the path",
    };

    text_add(&page->content, nouns[culprit->role]);
    if (culprit->has_address) {
        text_add(&page->content, " at ");
        page_add_address(page, &culprit->address);
    } else {
        text_add(&page->content, " (address not seen)");
    }
    if (culprit->hops > 0) {
        text_add(&page->content, ", ");
        page_add_count(page, (uint64_t)culprit->hops, "hop");
        text_add(&page->content, " away");
    }
}

/* A note about the capture itself has nobody to name, and need not say so. */
static void print_by(struct page *page, const struct finding *finding)
{
    if (finding->culprit != NULL)
        add_culprit(page, finding->culprit);
    else if (finding->severity != SEVERITY_NOTE)
        text_add(&page->content, "not known from this capture");
    print_field(page, "by", PAGE_PLAIN);
}

/* The name of the capture is told where there is more than one. */
static void print_evidence(struct page *page, const struct finding *finding, bool one_source)
{
    size_t count = finding->evidence_count;
    size_t shown = count > EVIDENCE_SHOWN ? EVIDENCE_SHOWN : count;

    for (size_t i = 0; i < shown; i++) {
        const struct evidence *evidence = &finding->evidence[i];

        if (!one_source || evidence->packet == 0)
            page_add_foreign(page, evidence->source);
        page_add_separator(page, " ");
        if (evidence->packet != 0)
            page_add_packet(page, evidence->packet);
        if (evidence->time != TIMESTAMP_NONE) {
            text_add(&page->content, " ");
            if (!page_same_date(evidence->time, finding->first_seen)) {
                page_add_date(page, evidence->time);
                text_add(&page->content, " ");
            }
            page_add_clock(page, evidence->time);
        }
        text_add(&page->content, " ");
        page_add_foreign(page, evidence->note);
        print_item(page, "shown by", i, PAGE_DIM);
    }
    if (count > shown) {
        text_add(&page->content, "and ");
        page_add_count(page, count - shown, "more packet");
        print_item(page, "shown by", shown, PAGE_DIM);
    }
}

/* The same as rules to paste. */
static void print_prescriptions(struct page *page, const struct finding *finding)
{
    for (size_t i = 0; i < finding->prescription_count; i++) {
        const struct prescription *rule = &finding->prescriptions[i];

        if (rule->text == NULL)
            continue;
        text_add(&page->content, "at ");
        page_add_foreign(page, rule->at);
        text_add(&page->content, ":");
        print_field(page, "rule", PAGE_PLAIN);
        page_lines(page, rule->text, FIELD_HANG);
    }
}

void sections_finding(struct page *page, const struct diagnosis *diagnosis,
                      const struct finding *finding)
{
    const struct tone *tone = &severity_tones[finding->severity];
    char label[48];

    snprintf(label, sizeof label, "%s  %s", finding->id != NULL ? finding->id : "-", tone->word);
    page_add_foreign(page, finding->kind);
    text_add(&page->content, finding->host != NULL ? ": " : "");
    page_add_foreign(page, finding->host);
    page_add_port(page, finding->port, finding->transport);
    text_add_format(&page->content, " (%s)", confidence_word(finding->confidence));
    page_title(page, label, tone->colour);
    page_add_foreign(page, finding->summary);
    page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_PLAIN);
    print_what(page, finding);
    print_who(page, diagnosis, finding);
    print_since(page, finding);
    print_by(page, finding);
    print_evidence(page, finding, diagnosis->source_count == 1);
    page_add_foreign(page, finding->explanation);
    print_field(page, "why", PAGE_PLAIN);
    page_add_foreign(page, finding->doubt);
    print_field(page, "doubt", PAGE_PLAIN);
    page_add_foreign(page, finding->remedy);
    print_field(page, "do", PAGE_PLAIN);
    print_prescriptions(page, finding);
}
