/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the packet ladder of a finding look like?  Its parties and steps come in;
 * one SVG drawing goes out, with a title and a description that tell the same in words.
 * SVG 2; WAI-ARIA Graphics: role img with title and desc.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "reports/html.h"

/* In units of the drawing, of which WIDTH make its width. */
#define WIDTH 400
#define LANE_FIRST 96
#define LANE_LAST 356
#define HEAD_HEIGHT 36
#define LINE_HEIGHT 15
#define STEP_HEIGHT 28 /* with its label's first line */
#define LETTER_WIDTH 6.6 /* of the labels' font, on the safe side */
#define LINES_LIMIT 2
#define ROLE_LETTERS 16u

struct drawing {
    struct text *out;
    const struct ladder *ladder;
    int64_t begin; /* of the first step */
    int height;
};

static int lane_of(const struct drawing *drawing, size_t party)
{
    size_t count = drawing->ladder->party_count;

    return count < 2 ? LANE_FIRST
                     : LANE_FIRST + (int)((LANE_LAST - LANE_FIRST) * (int)party / ((int)count - 1));
}

/* How many letters fit, centred there. */
static size_t letters_at(int middle)
{
    int left = middle - 58;
    int right = WIDTH - 4 - middle;

    return (size_t)((double)(2 * (left < right ? left : right)) / LETTER_WIDTH);
}

/* Bytes of the characters that a line of so many letters takes, broken at a space where there
 * is one. */
static size_t line_length(const char *text, size_t letters)
{
    size_t length = 0;
    size_t space = 0;

    for (size_t count = 0; text[length] != '\0'; count++) {
        size_t bytes = text_printable_length(text + length);

        if (count == letters)
            return space > 0 ? space : length;
        if (text[length] == ' ')
            space = length;
        length += bytes > 0 ? bytes : 1;
    }
    return length;
}

static void add_part(struct text *out, const char *text, size_t length)
{
    struct text part = {0};

    text_add_bytes(&part, text, length);
    html_add(out, text_content(&part));
    out->failed = out->failed || part.failed;
    text_release(&part);
}

/* Adds lines of text, the first at `y`; how many there were. What does not fit is cut. */
static int add_lines(struct drawing *drawing, int x, int y, const char *class, const char *text)
{
    size_t letters = letters_at(x);
    int line = 0;

    while (text != NULL && *text != '\0' && line < LINES_LIMIT) {
        bool last = line == LINES_LIMIT - 1;
        size_t length = line_length(text, letters);
        bool cut = last && text[length] != '\0';

        if (cut)
            length = line_length(text, letters > 2 ? letters - 2 : 1);
        text_add_format(drawing->out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x,
                        y + line * LINE_HEIGHT);
        add_part(drawing->out, text, length);
        text_add(drawing->out, cut ? "&#8230;</text>\n" : "</text>\n");
        text += length;
        text += *text == ' ';
        line++;
    }
    return line;
}

static int count_lines(int x, const char *text)
{
    size_t letters = letters_at(x);
    int lines = 0;

    while (text != NULL && *text != '\0' && lines < LINES_LIMIT) {
        text += line_length(text, letters);
        text += *text == ' ';
        lines++;
    }
    return lines;
}

static int middle_of(const struct drawing *drawing, const struct ladder_step *step)
{
    return (lane_of(drawing, step->from) + lane_of(drawing, step->to)) / 2;
}

static int step_height(const struct drawing *drawing, const struct ladder_step *step)
{
    int middle = middle_of(drawing, step);

    return STEP_HEIGHT +
           LINE_HEIGHT * (count_lines(middle, step->label) - 1 + count_lines(middle, step->note)) +
           8;
}

/* How long after the first packet, and which packet. */
static void add_margin(struct drawing *drawing, const struct ladder_step *step, int y)
{
    struct text *out = drawing->out;

    if (step->packet == 0)
        return;
    text_add_format(out, "<text class=\"when\" x=\"0\" y=\"%d\">", y);
    if (step->time == drawing->begin) {
        text_add(out, "0");
    } else {
        text_add(out, "+");
        html_add_duration(out, step->time - drawing->begin);
    }
    text_add_format(out, "</text>\n<text class=\"number\" x=\"0\" y=\"%d\">#%" PRIu64 "</text>\n",
                    y + 13, step->packet);
}

/* An arrow; one that nothing answers is broken, what did not come is dotted. */
static void add_arrow(struct drawing *drawing, const struct ladder_step *step, int y)
{
    struct text *out = drawing->out;
    int from = lane_of(drawing, step->from);
    int to = lane_of(drawing, step->to);
    int side = to > from ? 1 : -1;
    int end = step->answered || step->packet == 0 ? to : from + (to - from) * 7 / 10;

    if (step->packet == 0) {
        text_add_format(out, "<path class=\"nothing\" d=\"M%d %dH%d\"/>\n", from, y, to);
        return;
    }
    text_add_format(out, "<path class=\"arrow%s%s\" d=\"M%d %dH%d\"/>\n",
                    step->answered ? "" : " lost", step->breaks ? " breaks" : "", from, y,
                    end - side * 5);
    if (step->answered)
        text_add_format(out, "<path class=\"tip%s\" d=\"M%d %dl%d -5v10z\"/>\n",
                        step->breaks ? " breaks" : "", end, y, -side * 9);
    else
        text_add_format(out, "<path class=\"cross\" d=\"M%d %dl10 10m0 -10l-10 10\"/>\n", end - 5,
                        y - 5);
}

static void add_step(struct drawing *drawing, const struct ladder_step *step, int y)
{
    int middle = middle_of(drawing, step);
    int lines;

    lines =
        add_lines(drawing, middle, y + 12, step->breaks ? "label breaks" : "label", step->label);
    y += 12 + lines * LINE_HEIGHT - 8;
    add_arrow(drawing, step, y);
    add_margin(drawing, step, y);
    add_lines(drawing, middle, y + 15, "note", step->note);
}

static void add_left_out(struct drawing *drawing, int y)
{
    text_add_format(drawing->out, "<text class=\"note\" x=\"%d\" y=\"%d\">&#8942; ",
                    (LANE_FIRST + LANE_LAST) / 2, y + 14);
    html_add_count(drawing->out, drawing->ladder->left_out, "more packet");
    text_add(drawing->out, "</text>\n");
}

static bool has_left_out(const struct ladder *ladder, size_t step)
{
    return ladder->left_out > 0 && step == ladder->left_out_before;
}

static int total_height(const struct drawing *drawing)
{
    const struct ladder *ladder = drawing->ladder;
    int height = HEAD_HEIGHT + 12;

    for (size_t i = 0; i < ladder->step_count; i++)
        height +=
            step_height(drawing, &ladder->steps[i]) + (has_left_out(ladder, i) ? STEP_HEIGHT : 0);
    return height;
}

/* The middle of a heading of so many letters that stays within the drawing. */
static int heading_at(int x, size_t letters)
{
    int half = (int)((double)letters * LETTER_WIDTH / 2) + 2;

    return x + half > WIDTH ? WIDTH - half : x;
}

/* Its beginning and its end, for a heading that has no room for all of it. */
static void add_shortened(struct text *out, const char *address)
{
    char shortened[32];

    snprintf(shortened, sizeof shortened, "%.9s\xe2\x80\xa6%s", address,
             address + strlen(address) - 5);
    html_add(out, shortened);
}

static void add_lanes(struct drawing *drawing)
{
    const struct ladder *ladder = drawing->ladder;

    for (size_t i = 0; i < ladder->party_count; i++) {
        int x = lane_of(drawing, i);
        const char *address = ladder->parties[i].address;

        text_add_format(drawing->out, "<path class=\"lane\" d=\"M%d %dV%d\"/>\n", x, HEAD_HEIGHT,
                        drawing->height - 4);
        text_add_format(drawing->out, "<text class=\"role\" x=\"%d\" y=\"13\">",
                        heading_at(x, strlen(ladder->parties[i].role)));
        html_add(drawing->out, ladder->parties[i].role);
        text_add(drawing->out, "</text>\n");
        text_add_format(drawing->out, "<text class=\"address\" x=\"%d\" y=\"%d\">", x, 28);
        if (address == NULL)
            text_add(drawing->out, "not seen");
        else if (strlen(address) > ROLE_LETTERS)
            add_shortened(drawing->out, address);
        else
            html_add(drawing->out, address);
        text_add(drawing->out, "</text>\n");
    }
}

/* The drawing in words. */
static void add_description(struct drawing *drawing)
{
    const struct ladder *ladder = drawing->ladder;
    struct text *out = drawing->out;

    for (size_t i = 0; i < ladder->step_count; i++) {
        const struct ladder_step *step = &ladder->steps[i];

        text_add(out, i > 0 ? "; " : "");
        html_add(out, ladder->parties[step->from].role);
        text_add(out, " to ");
        html_add(out, ladder->parties[step->to].role);
        text_add(out, ": ");
        html_add(out, step->label);
        if (step->note != NULL) {
            text_add(out, " (");
            html_add(out, step->note);
            text_add(out, ")");
        }
        if (!step->answered && step->packet != 0)
            text_add(out, ", unanswered");
    }
}

static int64_t first_time(const struct ladder *ladder)
{
    for (size_t i = 0; i < ladder->step_count; i++)
        if (ladder->steps[i].time != TIMESTAMP_NONE)
            return ladder->steps[i].time;
    return TIMESTAMP_NONE;
}

static void add_caption(struct drawing *drawing)
{
    const struct ladder *ladder = drawing->ladder;
    struct text *out = drawing->out;

    text_add(out, "<figcaption>");
    for (size_t i = 0; i < ladder->party_count; i++) {
        text_add(out, i > 0 ? ", " : "");
        html_add(out, ladder->parties[i].role);
        text_add(out, " ");
        if (ladder->parties[i].address != NULL)
            html_add_code(out, ladder->parties[i].address);
        else
            text_add(out, "(address not seen)");
    }
    text_add(out, "; from ");
    html_add_time(out, drawing->begin);
    text_add(out, " UTC</figcaption>\n");
}

void html_ladder(struct text *out, const struct finding *finding)
{
    const struct ladder *ladder = finding->ladder;
    struct drawing drawing = {out, ladder, TIMESTAMP_NONE, 0};
    int y = HEAD_HEIGHT + 4;

    if (ladder == NULL || ladder->step_count == 0)
        return;
    drawing.begin = first_time(ladder);
    drawing.height = total_height(&drawing);
    text_add(out, "<figure class=\"ladder\">\n");
    text_add_format(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"", WIDTH,
                    drawing.height);
    html_add(out, finding->id);
    text_add(out, "-ladder ");
    html_add(out, finding->id);
    text_add(out, "-steps\">\n<title id=\"");
    html_add(out, finding->id);
    text_add(out, "-ladder\">The packets that show ");
    html_add(out, finding->id);
    text_add(out, "</title>\n<desc id=\"");
    html_add(out, finding->id);
    text_add(out, "-steps\">");
    add_description(&drawing);
    text_add(out, "</desc>\n");
    add_lanes(&drawing);
    for (size_t i = 0; i < ladder->step_count; i++) {
        if (has_left_out(ladder, i)) {
            add_left_out(&drawing, y);
            y += STEP_HEIGHT;
        }
        add_step(&drawing, &ladder->steps[i], y);
        y += step_height(&drawing, &ladder->steps[i]);
    }
    text_add(out, "</svg>\n");
    add_caption(&drawing);
    text_add(out, "</figure>\n");
}
