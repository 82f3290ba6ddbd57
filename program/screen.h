/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One screen that stays up to date: what comes in, what the verdict is, how each of
 * Apple's services does, and what was found last.
 */
#ifndef APPLEPATH_PROGRAM_SCREEN_H
#define APPLEPATH_PROGRAM_SCREEN_H

#include "base/text.h"
#include "program/watch_view.h"

struct screen {
    bool shown;
    const char *title; /* the interfaces */
};

/* Takes the terminal over if standard output is one that can be written all over. */
void screen_open(struct screen *screen, const char *title);

/* Gives the terminal back as it was; harmless when it was not taken. */
void screen_close(struct screen *screen);

/* Draws all of it, as large as the terminal is at this moment. */
void screen_draw(const struct screen *screen, const struct watch_view *view,
                 const struct watch_counters *counters, const char *message);

/* The content: at most `rows` lines of at most `columns`, without what moves the cursor. */
void screen_write(struct text *text, const char *title, const struct watch_view *view,
                  const struct watch_counters *counters, const char *message, size_t rows,
                  size_t columns);

#endif
