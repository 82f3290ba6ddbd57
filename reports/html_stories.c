/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far did each device come with setting itself up?  The stories come in; devices
 * whose steps ended alike go out together, those that are stuck first, with what
 * explains it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "reports/html.h"

#define GROUPS_SHOWN 24u
#define DEVICES_NAMED 4u
#define DEVICES_LISTED 150u

/* Devices with the same story. */
struct story_group {
    const struct story *story; /* of the first */
    size_t first;
    size_t count;
};

static const char *const step_titles[STORY_STEP_COUNT] = {
    [STEP_NETWORK] = "Address",
    [STEP_NAMES] = "Names",
    [STEP_PORTAL_CHECK] = "Captive check",
    [STEP_TIME] = "Time",
    [STEP_ACTIVATION] = "Activation",
    [STEP_ATTESTATION] = "Attestation",
    [STEP_ENROLMENT_RECORD] = "Enrolment record",
    [STEP_MANAGEMENT] = "MDM server",
    [STEP_PUSH_SETTINGS] = "Push settings",
    [STEP_PUSH] = "Push",
    [STEP_UPDATES] = "Updates",
    [STEP_STORE] = "App Store",
};

static bool is_same_mark(const struct story_mark *one, const struct story_mark *two)
{
    if (one->state != two->state || one->finding_count != two->finding_count)
        return false;
    for (size_t i = 0; i < one->finding_count; i++)
        if (strcmp(one->findings[i], two->findings[i]) != 0)
            return false;
    return true;
}

static bool is_same_story(const struct story *one, const struct story *two)
{
    if (one->first_missing != two->first_missing)
        return false;
    for (int step = 0; step < STORY_STEP_COUNT; step++)
        if (!is_same_mark(&one->steps[step], &two->steps[step]))
            return false;
    return true;
}

/* Those that are stuck before the others, then the many before the few. */
static int compare_groups(const void *left, const void *right)
{
    const struct story_group *one = left;
    const struct story_group *two = right;
    bool one_stuck = one->story->first_missing < STORY_STEP_COUNT;
    bool two_stuck = two->story->first_missing < STORY_STEP_COUNT;

    if (one_stuck != two_stuck)
        return one_stuck ? -1 : 1;
    if (one->count != two->count)
        return one->count > two->count ? -1 : 1;
    return one->first < two->first ? -1 : one->first > two->first;
}

/* How many groups there are, of which the first GROUPS_SHOWN kinds are kept; `others` are the
 * devices of the rest. */
static size_t group_stories(const struct diagnosis *diagnosis, struct story_group *groups,
                            size_t *others)
{
    size_t count = 0;

    *others = 0;
    for (size_t i = 0; i < diagnosis->device_count; i++) {
        const struct story *story = diagnosis->devices[i].story;
        size_t at = 0;

        if (story == NULL)
            continue;
        while (at < count && !is_same_story(groups[at].story, story))
            at++;
        if (at < count)
            groups[at].count++;
        else if (count < GROUPS_SHOWN)
            groups[count++] = (struct story_group){story, i, 1};
        else
            ++*others;
    }
    qsort(groups, count, sizeof *groups, compare_groups);
    return count;
}

/* The devices of a group from the one of that number on. */
static void add_devices(struct text *out, const struct diagnosis *diagnosis,
                        const struct story_group *group, size_t begin, size_t limit)
{
    size_t number = 0;

    for (size_t i = group->first; i < diagnosis->device_count && number < begin + limit; i++) {
        const struct story *story = diagnosis->devices[i].story;

        if (story == NULL || !is_same_story(story, group->story))
            continue;
        if (number >= begin) {
            text_add(out, number > begin ? ", " : "");
            html_add_device(out, &diagnosis->devices[i]);
        }
        number++;
    }
}

static void add_step(struct text *out, const struct story *story, enum story_step step)
{
    static const char *const marks[] = {"&#183;", "&#10005;", "&#10003;"};
    static const char *const words[] = {"not seen", "tried, not reached", "reached"};
    const struct story_mark *mark = &story->steps[step];
    const char *word = words[mark->state];
    bool open = mark->state == STORY_TRIED && mark->finding_count == 0;

    text_add_format(out, "<li class=\"%s\"><span aria-hidden=\"true\">%s</span> %s",
                    open ? "open" : story_state_word(mark->state), open ? "?" : marks[mark->state],
                    step_titles[step]);
    text_add_format(out, "<span class=\"state\"> %s", word);
    for (size_t i = 0; i < mark->finding_count; i++) {
        text_add(out, i > 0 ? ", " : ": ");
        html_add_finding_link(out, mark->findings[i]);
    }
    text_add(out, "</span></li>\n");
}

static void add_group_title(struct text *out, const struct diagnosis *diagnosis,
                            const struct story_group *group)
{
    const struct story *story = group->story;

    text_add(out, "<h3>");
    if (group->count == 1)
        html_add_device(out, &diagnosis->devices[group->first]);
    else
        html_add_count(out, group->count, "device");
    if (story->first_missing < STORY_STEP_COUNT)
        text_add_format(out, ": stopped at <em>%s</em>", step_titles[story->first_missing]);
    else if (story->last_reached < STORY_STEP_COUNT)
        text_add_format(out, ": came as far as <em>%s</em>", step_titles[story->last_reached]);
    text_add(out, "</h3>\n");
}

/* The times of one device's steps. */
static void add_times(struct text *out, const struct story *story)
{
    bool any = false;

    for (int step = 0; step < STORY_STEP_COUNT; step++) {
        const struct story_mark *mark = &story->steps[step];
        bool reached = mark->state == STORY_REACHED;
        int64_t time = reached ? mark->reached_time : mark->tried_time;

        if (mark->state == STORY_UNSEEN || time == TIMESTAMP_NONE)
            continue;
        text_add(out, any ? "; " : "<p class=\"times\">");
        text_add_format(out, "%s %s ", step_titles[step], reached ? "reached" : "tried");
        html_add_clock(out, time);
        any = true;
    }
    text_add(out, any ? " UTC</p>\n" : "");
}

static void add_group(struct text *out, const struct diagnosis *diagnosis,
                      const struct story_group *group)
{
    text_add(out, "<div class=\"story\">\n");
    add_group_title(out, diagnosis, group);
    text_add(out, "<ol class=\"steps\">\n");
    for (int step = 0; step < STORY_STEP_COUNT; step++)
        add_step(out, group->story, (enum story_step)step);
    text_add(out, "</ol>\n");
    if (group->count == 1) {
        add_times(out, group->story);
    } else {
        text_add(out, "<p>");
        add_devices(out, diagnosis, group, 0, DEVICES_NAMED);
        text_add(out, "</p>\n");
    }
    if (group->count > DEVICES_NAMED) {
        text_add(out, "<details><summary>");
        html_add_count(out, group->count - DEVICES_NAMED, "more device");
        text_add(out, "</summary><p>");
        add_devices(out, diagnosis, group, DEVICES_NAMED, DEVICES_LISTED);
        html_add_rest(out, group->count, DEVICES_NAMED + DEVICES_LISTED);
        text_add(out, "</p></details>\n");
    }
    text_add(out, "</div>\n");
}

void html_stories(struct text *out, const struct diagnosis *diagnosis)
{
    struct story_group groups[GROUPS_SHOWN] = {{0}};
    size_t others;
    size_t count = group_stories(diagnosis, groups, &others);

    text_add(out, "<section aria-labelledby=\"stories\">\n<h2 id=\"stories\">Activation, device by "
                  "device</h2>\n");
    if (count == 0) {
        text_add(out, "<p>No device was seen to set itself up in this capture.</p>\n</section>\n");
        return;
    }
    text_add(out, "<p>The steps of Setup Assistant in their order; devices whose steps ended alike "
                  "stand together. A step that was not seen may not have been due: only what was "
                  "tried, not reached, and explained by a finding counts as missing.</p>\n");
    for (size_t i = 0; i < count; i++)
        add_group(out, diagnosis, &groups[i]);
    if (others > 0) {
        text_add(out, "<p>");
        html_add_count(out, others, "more device");
        text_add(out, " with stories of their own; the JSON report has them all.</p>\n");
    }
    text_add(out, "</section>\n");
}
