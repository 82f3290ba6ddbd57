/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output as a whole or not at all: a temporary file in the target's folder, and
 * a rename, which replaces a symbolic link and never follows it: where it leads is
 * not what the user named.  What is no file, /dev/null say, is written to in place.
 */
#include "program/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A temporary file beside `place`, the file that it is to become. */
static bool open_beside(struct output *output, const char *place, struct problem *problem)
{
    int length = snprintf(output->place, sizeof output->place, "%s", place);
    if (length >= 0 && (size_t)length < sizeof output->place)
        length = snprintf(output->temporary, sizeof output->temporary, "%s.XXXXXX", place);
    if (length < 0 || (size_t)length >= sizeof output->temporary) {
        output->temporary[0] = '\0';
        return problem_set(problem, "%s: the name is too long; choose a shorter one for -o", place);
    }
    int descriptor = mkstemp(output->temporary);
    if (descriptor < 0) {
        output->temporary[0] = '\0';
        return problem_set(problem, "%s: cannot be written: %s; choose another place for -o",
                           output->name, strerror(errno));
    }
    output->file = fdopen(descriptor, "w");
    if (output->file != NULL)
        return true;
    close(descriptor);
    output_abandon(output);
    return problem_set(problem, "%s: cannot be written: %s; close some programs", output->name,
                       strerror(errno));
}

/* What is no file (a device, a pipe) is written to, and never made or replaced. */
static bool open_in_place(struct output *output, int further_flags, struct problem *problem)
{
    int descriptor = open(output->name, O_WRONLY | O_NOCTTY | O_CLOEXEC | further_flags);
    output->file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (output->file != NULL)
        return true;
    int saved = errno;
    if (descriptor >= 0)
        close(descriptor);
    return problem_set(problem, "%s: cannot be written: %s; choose another place for -o",
                       output->name, strerror(saved));
}

/* The links that the system keeps for what is open: /dev/stdout, /dev/fd/3, /proc/self/fd/1.
 * Everybody may make links in /dev/shm. */
static bool is_of_the_system(const char *name)
{
    return (strncmp(name, "/dev/", strlen("/dev/")) == 0 ||
            strncmp(name, "/proc/", strlen("/proc/")) == 0) &&
           strncmp(name, "/dev/shm/", strlen("/dev/shm/")) != 0 && strstr(name, "..") == NULL;
}

bool output_open(struct output *output, const char *name, struct problem *problem)
{
    memset(output, 0, sizeof *output);
    output->name = name;
    if (name == NULL) {
        output->file = stdout;
        return true;
    }
    if (name[0] == '\0')
        return problem_set(problem, "the name given to -o is empty; name a file");
    struct stat status;
    if (lstat(name, &status) != 0)
        return open_beside(output, name, problem);
    if (S_ISLNK(status.st_mode) && is_of_the_system(name))
        return open_in_place(output, O_APPEND, problem);
    if (S_ISDIR(status.st_mode))
        return problem_set(problem, "%s: is a directory; name a file for -o", name);
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
        return open_in_place(output, O_NOFOLLOW, problem);
    return open_beside(output, name, problem);
}

bool output_write(struct output *output, const struct text *text, struct problem *problem)
{
    const char *name = output->name != NULL ? output->name : "standard output";
    if (text->failed)
        return problem_set(problem, "memory is out while the report is written; limit the report");
    bool written = fwrite(text_content(text), 1, text->length, output->file) == text->length &&
                   fflush(output->file) == 0;
    if (output->name == NULL)
        return written || problem_set(problem,
                                      "%s: cannot be written: %s; free some space or "
                                      "choose another place",
                                      name, strerror(errno));
    /* Devices and pipes have nothing to sync. */
    written = written && (output->temporary[0] == '\0' || fsync(fileno(output->file)) == 0);
    int saved = errno;
    if (fclose(output->file) != 0 && written) {
        saved = errno;
        written = false;
    }
    output->file = NULL;
    if (!written)
        return problem_set(problem,
                           "%s: cannot be written: %s; free some space or choose another "
                           "place for -o",
                           name, strerror(saved));
    return true;
}

bool output_place(struct output *output, struct problem *problem)
{
    if (output->temporary[0] != '\0' && rename(output->temporary, output->place) != 0)
        return problem_set(problem, "%s: cannot be put in place: %s; choose another name for -o",
                           output->name, strerror(errno));
    output->temporary[0] = '\0';
    return true;
}

bool output_finish(struct output *output, const struct text *text, struct problem *problem)
{
    return output_write(output, text, problem) && output_place(output, problem);
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
