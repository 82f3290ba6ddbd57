/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By what is a capture known again, before it is read for its packets?  Its first MiB
 * tells nearly all captures apart; one that begins as another does is counted through.
 */
#include "capture/content.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/reader.h"

#define BUFFER_SIZE ((size_t)256 << 10)

/* What cannot be read is told by who reads it; that it was not looked at is told here. */
static bool tell_memory(const char *path, const char *why, struct problem *problem)
{
    return strstr(why, INPUT_MEMORY_OUT) == NULL ||
           problem_set(problem, "%s: " INPUT_MEMORY_OUT "; read fewer files at once", path);
}

static struct input *open_file(const char *path, struct problem *problem)
{
    const struct input_settings settings = {.buffer_size = BUFFER_SIZE};
    struct problem refusal = {""};
    struct input *input;
    struct stat status;

    /* A pipe can be read only once, and that is not now. */
    if (path == NULL || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return NULL;
    input = input_open(path, path, settings, &refusal);
    if (input == NULL)
        tell_memory(path, refusal.text, problem);
    return input;
}

bool content_beginning(const char *path, char beginning[INPUT_CONTENT_SIZE],
                       struct problem *problem)
{
    struct input *input = open_file(path, problem);

    beginning[0] = '\0';
    if (input == NULL)
        return false;
    input_content(input, beginning);
    if (!tell_memory(path, input_reason(input), problem))
        beginning[0] = '\0';
    input_close(input);
    return beginning[0] != '\0';
}

bool content_whole(const char *path, char content[CONTENT_SIZE], struct problem *problem)
{
    struct input *input = open_file(path, problem);
    struct reader_notes notes = {0};
    struct problem refusal = {""};
    struct reader *reader = input != NULL ? reader_open(input, path, &notes, &refusal) : NULL;
    char beginning[INPUT_CONTENT_SIZE] = "";
    struct frame frame;
    uint64_t packets = 0;

    while (reader != NULL && reader_next(reader, &frame) == READER_FRAME)
        packets++;
    if (reader != NULL && tell_memory(path, reader_reason(reader), problem) &&
        tell_memory(path, input_reason(input), problem))
        input_content(input, beginning);
    else if (input != NULL && reader == NULL)
        tell_memory(path, refusal.text, problem);
    content_put(content, beginning, packets);
    reader_close(reader);
    input_close(input);
    reader_notes_clear(&notes);
    return beginning[0] != '\0';
}

void content_put(char content[CONTENT_SIZE], const char *beginning, uint64_t packets)
{
    content[0] = '\0';
    if (beginning[0] != '\0')
        snprintf(content, CONTENT_SIZE, "%s:%" PRIu64, beginning, packets);
}
