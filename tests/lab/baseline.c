/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is the list of known failures read, asked and written?  One failure a line;
 * empty lines and those that begin with '#' mean nothing.
 */
#include "baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
    "# What the fault lab knows to fail, one failure a line.  A failure that is not here breaks\n"
    "# the test, and so does a line here that fails no more.  What fails in a capture is not said\n"
    "# again of its variants.  Made by tests/lab/score.sh --accept.\n";

bool baseline_read_file(struct text *text, const char *name, struct problem *problem)
{
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return problem_set(problem, "%s: cannot be opened", name);
    char piece[4096];
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        text_add_bytes(text, piece, length);
    bool ok = ferror(file) == 0 && !text->failed;
    fclose(file);
    return ok || problem_set(problem, "%s: cannot be read", name);
}

bool baseline_load(struct baseline *baseline, const char *name, struct problem *problem)
{
    if (!baseline_read_file(&baseline->content, name, problem))
        return false;
    char *text = baseline->content.data;
    while (text != NULL && *text != '\0') {
        char *end = text + strcspn(text, "\n");
        char *next = *end == '\0' ? end : end + 1;
        *end = '\0';
        if (*text != '\0' && *text != '#') {
            struct baseline_line *lines =
                realloc(baseline->lines, (baseline->count + 1) * sizeof *lines);
            if (lines == NULL)
                return problem_set(problem, "%s: memory is out", name);
            lines[baseline->count++] = (struct baseline_line){.text = text};
            baseline->lines = lines;
        }
        text = next;
    }
    return true;
}

void baseline_release(struct baseline *baseline)
{
    free(baseline->lines);
    text_release(&baseline->content);
    memset(baseline, 0, sizeof *baseline);
}

bool baseline_knows(struct baseline *baseline, const char *failure)
{
    bool known = false;
    for (size_t i = 0; i < baseline->count; i++)
        if (strcmp(baseline->lines[i].text, failure) == 0)
            known = baseline->lines[i].seen = true;
    return known;
}

bool baseline_speaks_of(const char *text, const char *subject, bool parts)
{
    size_t length = strlen(subject);
    if (strncmp(text, subject, length) != 0)
        return false;
    return text[length] == ' ' || (parts && text[length] == '/');
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool write_sorted(const char *name, const char **texts, size_t count)
{
    qsort(texts, count, sizeof *texts, compare_texts);
    FILE *file = fopen(name, "w");
    if (file == NULL)
        return false;
    bool ok = fputs(head, file) >= 0;
    for (size_t i = 0; i < count; i++)
        ok = fprintf(file, "%s\n", texts[i]) > 0 && ok;
    return fclose(file) == 0 && ok;
}

bool baseline_write(const struct baseline *baseline, const char *name,
                    const struct failures *failures, bool (*keeps)(void *owner, const char *text),
                    void *owner, struct problem *problem)
{
    const char **texts = calloc(baseline->count + failures->count + 1, sizeof *texts);
    if (texts == NULL)
        return problem_set(problem, "%s: memory is out", name);
    size_t count = 0;
    for (size_t i = 0; i < failures->count; i++)
        texts[count++] = failures->list[i].text;
    for (size_t i = 0; i < baseline->count; i++)
        if (keeps(owner, baseline->lines[i].text))
            texts[count++] = baseline->lines[i].text;
    bool ok =
        write_sorted(name, texts, count) || problem_set(problem, "%s: cannot be written", name);
    free(texts);
    return ok;
}
