/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices were there, and how far did each come that was being set up?
 */
#include <string.h>

#include "base/timestamp.h"
#include "reports/page.h"
#include "reports/sections.h"

#define DEVICES_LISTED 10u
#define STORIES_LISTED 5u
#define FIELD_INDENT 2u
#define FIELD_HANG 14u
#define DEVICE_NAME_COLUMNS 24u
#define PRIVATE_MARK " (private)"

/* The other addresses of a device, in the rows below its own. */
static void print_other_addresses(struct page *page, const struct device *device,
                                  const struct page_column *column)
{
    for (size_t i = 0; i < device->address_count; i++) {
        if (address_equal(&device->addresses[i], &device->address))
            continue;
        page_add_address(page, &device->addresses[i]);
        page_cell(page, column, PAGE_PLAIN);
        page_row_end(page);
    }
}

static void print_device(struct page *page, const struct device *device,
                         const struct page_column *columns)
{
    char mac[MAC_TEXT_SIZE];

    page_add_address(page, &device->address);
    page_cell(page, &columns[0], PAGE_PLAIN);
    text_add(&page->content, device->has_mac ? mac_print(&device->mac, mac) : "-");
    text_add(&page->content, device->private_mac ? PRIVATE_MARK : "");
    page_cell(page, &columns[1], PAGE_PLAIN);
    page_add_foreign(page, device->role != NULL ? device->role : "-");
    page_cell(page, &columns[2], PAGE_PLAIN);
    text_add_format(&page->content, "%llu", (unsigned long long)device->apple_flows);
    page_cell(page, &columns[3], PAGE_PLAIN);
    page_add_foreign(page, device->name);
    page_cut(page, DEVICE_NAME_COLUMNS);
    if (device->system != NULL) {
        page_add_separator(page, device->name != NULL ? ", " : "");
        page_add_foreign(page, device->system);
    }
    page_cell(page, &columns[4], PAGE_PLAIN);
    page_row_end(page);
    print_other_addresses(page, device, &columns[0]);
}

void sections_devices(struct page *page, const struct diagnosis *diagnosis)
{
    struct page_column columns[] = {{"address", 0, false, 0},
                                    {"MAC", MAC_TEXT_SIZE - 1, false, 0},
                                    {"role", 0, false, 0},
                                    {"flows", 0, true, 0},
                                    {"name", 0, false, 0}};
    size_t count = diagnosis->device_count;
    size_t shown = count > DEVICES_LISTED ? DEVICES_LISTED : count;
    bool named = false;
    bool system = false;

    if (count == 0)
        return;
    for (size_t i = 0; i < shown; i++) {
        const struct device *device = &diagnosis->devices[i];
        char printed[ADDRESS_TEXT_SIZE];

        page_widen(&columns[0], strlen(address_print(&device->address, printed)));
        for (size_t j = 0; j < device->address_count; j++)
            page_widen(&columns[0], strlen(address_print(&device->addresses[j], printed)));
        if (device->private_mac)
            page_widen(&columns[1], MAC_TEXT_SIZE - 1 + strlen(PRIVATE_MARK));
        page_widen(&columns[2], page_columns(page, device->role));
        named = named || device->name != NULL;
        system = system || device->system != NULL;
    }
    if (system)
        columns[4].heading = named ? "name, system" : "system";
    page_heading(page, "Devices and their flows about Apple");
    page_place_columns(columns, 5, FIELD_INDENT);
    page_table_head(page, columns, named || system ? 5 : 4);
    for (size_t i = 0; i < shown; i++)
        print_device(page, &diagnosis->devices[i], columns);
    if (count > shown) {
        text_add_format(&page->content, "and %zu more", count - shown);
        page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_DIM);
    }
}

/* "NOT DONE ... since ..., without success (see F1)" where a finding says why; what the
 * capture merely does not show is no fault. */
static void print_step(struct page *page, const struct story *story, enum story_step step)
{
    const struct story_mark *mark = &story->steps[step];
    bool reached = mark->state == STORY_REACHED;
    bool explained = mark->finding_count > 0;
    int64_t time = reached ? mark->reached_time : mark->tried_time;

    if (mark->state == STORY_UNSEEN)
        return;
    text_add(&page->content, story_step_phrase(step));
    if (time != TIMESTAMP_NONE) {
        text_add(&page->content, reached ? " at " : explained ? ": tried since " : ": tried at ");
        page_add_clock(page, time);
    }
    if (!reached)
        text_add(&page->content,
                 explained ? ", without success" : "; the capture shows no success");
    for (size_t i = 0; !reached && i < mark->finding_count; i++) {
        text_add(&page->content, i == 0 ? "; see " : ", ");
        page_add_foreign(page, mark->findings[i]);
    }
    page_paragraph(page,
                   reached     ? "done"
                   : explained ? "NOT DONE"
                               : "open",
                   reached || !explained ? PAGE_DIM : PAGE_RED, FIELD_INDENT, FIELD_HANG,
                   PAGE_PLAIN);
}

static void print_story(struct page *page, const struct device *device)
{
    page_add_address(page, &device->address);
    if (device->name != NULL) {
        text_add(&page->content, " (");
        page_add_foreign(page, device->name);
        text_add(&page->content, ")");
    }
    page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_BOLD);
    for (int step = 0; step < STORY_STEP_COUNT; step++)
        print_step(page, device->story, (enum story_step)step);
}

void sections_stories(struct page *page, const struct diagnosis *diagnosis)
{
    size_t stories = 0;

    for (size_t i = 0; i < diagnosis->device_count; i++) {
        const struct device *device = &diagnosis->devices[i];

        if (device->story == NULL || device->story->first_missing == STORY_STEP_COUNT)
            continue;
        if (stories++ == 0)
            page_heading(page, "Activation that did not come to its end");
        if (stories <= STORIES_LISTED)
            print_story(page, device);
    }
    if (stories > STORIES_LISTED) {
        text_add_format(&page->content, "and %zu more devices", stories - STORIES_LISTED);
        page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_DIM);
    }
}
