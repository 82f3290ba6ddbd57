/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the first thing that went wrong?  A format and its parts come in;
 * one line that is safe to print goes out, and stays.
 */
#include "base/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#undef problem_set

bool problem_set(struct problem *problem, const char *format, ...)
{
    va_list arguments;
    int length;

    if (problem->text[0] != '\0')
        return false;
    va_start(arguments, format);
    length = vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
    /* Even a message that cannot be formatted must not look like success. */
    if (length <= 0)
        snprintf(problem->text, sizeof problem->text, "unknown problem");
    for (char *at = problem->text; *at != '\0';) {
        size_t characters = text_printable_length(at);
        if (characters == 0) {
            *at = '?';
            characters = 1;
        }
        at += characters;
    }
    return false;
}
