/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The screen is written anew each time, from its first line on, into the terminal's
 * alternate screen (ECMA-48; xterm's private mode 1049), so that what stood there
 * before comes back.  Its size is asked for at each drawing.
 */
#include "program/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_LEAST 20

void screen_open(struct screen *screen, const char *title)
{
    const char *terminal = getenv("TERM");
    screen->title = title;
    screen->shown = isatty(STDOUT_FILENO) == 1 && terminal != NULL && terminal[0] != '\0' &&
                    strcmp(terminal, "dumb") != 0;
    if (screen->shown) {
        fputs("\033[?1049h\033[?25l\033[2J", stdout);
        fflush(stdout);
    }
}

void screen_close(struct screen *screen)
{
    if (screen->shown) {
        fputs("\033[?25h\033[?1049l", stdout);
        fflush(stdout);
    }
    screen->shown = false;
}

/* Adds a line, cut to the width; counts it. */
static void add_line(struct text *text, const char *line, size_t columns, size_t *left)
{
    size_t shown = 0, length = 0;
    if (*left == 0)
        return;
    while (line[length] != '\0' && shown < columns) {
        size_t step = text_printable_length(line + length);
        length += step > 0 ? step : 1;
        shown++;
    }
    text_add_bytes(text, line, length);
    text_add(text, "\n");
    (*left)--;
}

static const char *status_phrase(enum coverage_status status)
{
    switch (status) {
    case COVERAGE_OK:
        return "works";
    case COVERAGE_PARTIAL:
        return "works in part";
    case COVERAGE_FAILING:
        return "FAILS";
    case COVERAGE_UNSEEN:
        break;
    }
    return "not seen";
}

static void print_rate(char *text, size_t size, double rate, const char *unit)
{
    if (rate >= 1e9)
        snprintf(text, size, "%.2f G%s", rate / 1e9, unit);
    else if (rate >= 1e6)
        snprintf(text, size, "%.1f M%s", rate / 1e6, unit);
    else if (rate >= 1e3)
        snprintf(text, size, "%.1f k%s", rate / 1e3, unit);
    else
        snprintf(text, size, "%.0f %s", rate, unit);
}

static void write_counters(struct text *text, const char *title,
                           const struct watch_counters *counters, size_t columns, size_t *left)
{
    char line[512], packets[32], bits[32];
    long long seconds = (long long)(counters->running / NANOSECONDS_PER_SECOND);
    print_rate(packets, sizeof packets, counters->packets_per_second, "packets/s");
    print_rate(bits, sizeof bits, counters->bits_per_second, "bit/s");
    snprintf(line, sizeof line, "applepath watch %s   %lld:%02lld:%02lld   Ctrl-C ends", title,
             seconds / 3600, seconds / 60 % 60, seconds % 60);
    add_line(text, line, columns, left);
    snprintf(line, sizeof line, "%s, %s; %llu packets, %llu dropped, %u flows open", packets, bits,
             (unsigned long long)counters->packets, (unsigned long long)counters->dropped,
             counters->open_flows);
    add_line(text, line, columns, left);
}

static void write_categories(struct text *text, const struct watch_view *view, size_t columns,
                             size_t *left)
{
    char line[128];
    add_line(text, "", columns, left);
    for (size_t i = 0; i < view->category_count; i++) {
        const struct watch_category *category = &view->categories[i];
        if (category->status == COVERAGE_UNSEEN)
            continue;
        snprintf(line, sizeof line, "  %-16s %-14s %llu of %llu", category->name,
                 status_phrase(category->status), (unsigned long long)category->successes,
                 (unsigned long long)category->attempts);
        add_line(text, line, columns, left);
    }
}

static void write_findings(struct text *text, const struct watch_view *view, size_t columns,
                           size_t *left)
{
    char line[WATCH_TEXT_SIZE + 64], time[TIMESTAMP_TEXT_SIZE];
    add_line(text, "", columns, left);
    for (size_t i = 0; i < view->finding_count; i++) {
        const struct watch_finding *finding = &view->findings[i];
        timestamp_print(finding->last_seen - finding->last_seen % NANOSECONDS_PER_SECOND, time);
        snprintf(line, sizeof line, "  %-8s %s%s  %s",
                 finding->ongoing ? severity_word(finding->severity) : "over", "last ", time,
                 finding->text);
        add_line(text, line, columns, left);
    }
    if (view->finding_total > view->finding_count) {
        snprintf(line, sizeof line, "  and %zu more: see the report",
                 view->finding_total - view->finding_count);
        add_line(text, line, columns, left);
    }
    if (view->known && view->finding_total == 0)
        add_line(text, "  No fault found so far.", columns, left);
}

void screen_write(struct text *text, const char *title, const struct watch_view *view,
                  const struct watch_counters *counters, const char *message, size_t rows,
                  size_t columns)
{
    char line[128];
    size_t left = rows;
    write_counters(text, title, counters, columns, &left);
    snprintf(line, sizeof line, "verdict: %s; %zu %s",
             view->has_verdict ? verdict_word(view->verdict) : "not yet", view->devices,
             view->devices == 1 ? "device" : "devices");
    add_line(text, line, columns, &left);
    if (message != NULL && message[0] != '\0')
        add_line(text, message, columns, &left);
    write_findings(text, view, columns, &left);
    write_categories(text, view, columns, &left);
}

void screen_draw(const struct screen *screen, const struct watch_view *view,
                 const struct watch_counters *counters, const char *message)
{
    struct winsize size;
    struct text text = {0};
    if (!screen->shown)
        return;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
        size.ws_row = 24;
        size.ws_col = 80;
    }
    size_t columns = size.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : size.ws_col;
    /* Not the last row: the line's end there would scroll. */
    screen_write(&text, screen->title, view, counters, message,
                 size.ws_row > 1 ? size.ws_row - 1u : 1u, columns);
    fputs("\033[H", stdout);
    for (const char *at = text_content(&text); *at != '\0'; at++)
        if (*at == '\n')
            fputs("\033[K\r\n", stdout);
        else
            putchar(*at);
    fputs("\033[J", stdout);
    fflush(stdout);
    text_release(&text);
}
