/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a report goes: standard output, or a file that appears under its name
 * only when it is whole.
 */
#ifndef APPLEPATH_PROGRAM_OUTPUT_H
#define APPLEPATH_PROGRAM_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/problem.h"
#include "base/text.h"

struct output {
    const char *name; /* NULL: standard output */
    FILE *file;
    char place[4096]; /* of a file: where it goes */
    char temporary[4096]; /* "" where there is no temporary file */
};

/* Begins: for a file, a temporary one beside it (mode 0600), so that what cannot be
 * written is refused before any work; devices and pipes are opened as they are, and a
 * symbolic link will be replaced (but /dev/stdout and its like are what they stand for). */
bool output_open(struct output *output, const char *name, struct problem *problem);

/* Writes the text and puts the file in its place: the next two. */
bool output_finish(struct output *output, const struct text *text, struct problem *problem);

/* Writes the text; nothing more can be written. */
bool output_write(struct output *output, const struct text *text, struct problem *problem);

/* Puts the file in its place: after it was written; where there are several, after all
 * were; or while it is still empty, for a process that will have lost the right to. */
bool output_place(struct output *output, struct problem *problem);

/* Leaves nothing behind; harmless after output_finish. */
void output_abandon(struct output *output);

/* Is this output a terminal that may be given colours? (NO_COLOR, TERM.) */
bool output_takes_colour(const struct output *output);

/* Its width in columns: the terminal's within 40 and 100, else 80. */
size_t output_width(const struct output *output);

#endif
