/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that stand for a child's standard output and errors.
 */
#include "tests/faults/child.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void child_redirect(const char *file, int to)
{
    int descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (descriptor < 0 || dup2(descriptor, to) < 0)
        _exit(99);
    close(descriptor);
}

const char *child_content(const char *file, char *buffer)
{
    FILE *stream = fopen(file, "rb");
    size_t length = stream != NULL ? fread(buffer, 1, CHILD_ANSWER_SIZE - 1, stream) : 0;

    buffer[length] = '\0';
    if (stream != NULL)
        fclose(stream);
    return buffer;
}
