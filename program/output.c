/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output as a whole or not at all: a temporary file in the target's folder, and
 * a rename.
 */
#include "program/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

bool output_open(struct output *output, const char *name, struct problem *problem)
{
    memset(output, 0, sizeof *output);
    if (name == NULL) {
        output->file = stdout;
        return true;
    }
    struct stat status;
    if (stat(name, &status) == 0 && S_ISDIR(status.st_mode))
        return problem_set(problem, "%s: is a directory; name a file for -o", name);
    int length = snprintf(output->temporary, sizeof output->temporary, "%s.XXXXXX", name);
    if (length < 0 || (size_t)length >= sizeof output->temporary)
        return problem_set(problem, "%s: the name is too long; choose a shorter one for -o", name);
    int descriptor = mkstemp(output->temporary);
    if (descriptor < 0) {
        output->temporary[0] = '\0';
        return problem_set(problem, "%s: cannot be written: %s; choose another place for -o", name,
                           strerror(errno));
    }
    output->name = name;
    output->file = fdopen(descriptor, "w");
    if (output->file == NULL) {
        close(descriptor);
        output_abandon(output);
        return problem_set(problem, "%s: cannot be written: %s", name, strerror(errno));
    }
    return true;
}

bool output_finish(struct output *output, const struct text *text, struct problem *problem)
{
    const char *name = output->name != NULL ? output->name : "standard output";
    if (text->failed)
        return problem_set(problem, "memory is out while the report is written; limit the report");
    bool written = fwrite(text_content(text), 1, text->length, output->file) == text->length &&
                   fflush(output->file) == 0;
    if (output->name == NULL)
        return written || problem_set(problem, "%s: cannot be written: %s", name, strerror(errno));
    written = written && fsync(fileno(output->file)) == 0;
    int saved = errno;
    written = fclose(output->file) == 0 && written;
    output->file = NULL;
    if (!written)
        return problem_set(problem, "%s: cannot be written: %s; free some space or choose another "
                                    "place for -o", name, strerror(saved));
    if (rename(output->temporary, output->name) != 0)
        return problem_set(problem, "%s: cannot be put in place: %s", name, strerror(errno));
    output->temporary[0] = '\0';
    return true;
}

void output_abandon(struct output *output)
{
    if (output->name != NULL && output->file != NULL)
        fclose(output->file);
    output->file = NULL;
    if (output->temporary[0] != '\0')
        unlink(output->temporary);
    output->temporary[0] = '\0';
}

bool output_takes_colour(const struct output *output)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return output->name == NULL && isatty(STDOUT_FILENO) &&
           (no_colour == NULL || no_colour[0] == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

size_t output_width(const struct output *output)
{
    struct winsize size;
    if (output->name != NULL || !isatty(STDOUT_FILENO) ||
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col < 40 ? 40 : size.ws_col > 100 ? 100 : size.ws_col;
}
