/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same capture read twice into one database counts once.  Files are known before they
 * are read: nearly all by their first MiB alone, and what begins as a known one does by
 * its number of packets, too.  What comes through a pipe is known when it has ended.
 */
#include "program/known_captures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capture/content.h"

#define NAMED 10 /* captures in one line */

/* Of each source of a set. */
struct beginnings {
    size_t count;
    char (*contents)[INPUT_CONTENT_SIZE];
    struct capture_beginning *captures; /* borrows from the set and from `contents` */
    bool *known; /* the database has it */
};

static void beginnings_release(struct beginnings *beginnings)
{
    free(beginnings->contents);
    free(beginnings->captures);
    free(beginnings->known);
}

static bool beginnings_make(struct beginnings *beginnings, const struct source_set *sources,
                            struct problem *problem)
{
    size_t count = source_set_count(sources);

    beginnings->count = count;
    beginnings->contents = calloc(count, sizeof *beginnings->contents);
    beginnings->captures = calloc(count, sizeof *beginnings->captures);
    beginnings->known = calloc(count, sizeof *beginnings->known);
    if (beginnings->contents == NULL || beginnings->captures == NULL || beginnings->known == NULL)
        return problem_set(problem, "memory is out; read fewer files at once");
    for (size_t i = 0; i < count; i++) {
        struct fact_source source;

        source_set_describe(sources, i, &source);
        beginnings->captures[i].name = source.name;
        if (content_beginning(source.path, beginnings->contents[i], problem))
            beginnings->captures[i].content = beginnings->contents[i];
        else if (problem->text[0] != '\0')
            return false;
    }
    return true;
}

static bool look_up(const struct source_set *sources, size_t index, struct store *store,
                    struct beginnings *beginnings, struct problem *problem)
{
    const char *beginning = beginnings->captures[index].content;
    char content[CONTENT_SIZE];
    struct fact_source source;
    bool begins_so = false;

    if (beginning == NULL)
        return true;
    if (!store_holds_capture(store, beginning, false, &begins_so, problem))
        return false;
    if (!begins_so)
        return true;
    source_set_describe(sources, index, &source);
    if (!content_whole(source.path, content, problem))
        return problem->text[0] == '\0';
    return store_holds_capture(store, content, true, &beginnings->known[index], problem);
}

static void tell(const char *text)
{
    struct problem line = {""};

    problem_set(&line, "%s", text);
    fprintf(stderr, "applepath: %s\n", line.text);
}

static void tell_known(const struct beginnings *beginnings, const char *database, size_t known)
{
    struct text text = {0};
    size_t named = 0;

    text_add_format(&text, "%s: has ", database);
    for (size_t i = 0; i < beginnings->count && named < NAMED; i++)
        if (beginnings->known[i])
            text_add_format(&text, "%s%s", named++ > 0 ? ", " : "", beginnings->captures[i].name);
    if (known > named)
        text_add_format(&text, " and %zu more", known - named);
    text_add(&text, " already; not stored again (name a new database to read with other options)");
    tell(text_content(&text));
    text_release(&text);
}

/* Keeps, of what was noted, that of the captures that are read. */
static void leave_out(struct beginnings *beginnings, struct source_set *sources,
                      const char *database)
{
    size_t kept = 0;

    for (size_t i = 0; i < beginnings->count; i++)
        kept += !beginnings->known[i];
    if (kept == beginnings->count)
        return;
    tell_known(beginnings, database, beginnings->count - kept);
    source_set_leave_out(sources, beginnings->known);
    kept = 0;
    for (size_t i = 0; i < beginnings->count; i++)
        if (!beginnings->known[i])
            beginnings->captures[kept++] = beginnings->captures[i];
    beginnings->count = kept;
}

static bool begin_run(const struct beginnings *beginnings, struct store *store,
                      const char *database, int64_t now, const char *tool_version,
                      struct problem *problem)
{
    struct problem line = {""};
    size_t removed = 0;

    if (!store_begin_reading(store, tool_version, now, beginnings->captures, beginnings->count,
                             &removed, problem))
        return false;
    if (removed == 0)
        return true;
    problem_set(&line, "%s: what %zu stopped %s had left of %s removed; %s read anew", database,
                removed, removed == 1 ? "run" : "runs",
                beginnings->count == 1 ? "this capture is" : "these captures is",
                beginnings->count == 1 ? "it is" : "they are");
    tell(line.text);
    return true;
}

bool known_captures_begin_run(struct source_set *sources, struct store *store, const char *database,
                              int64_t now, const char *tool_version, struct problem *problem)
{
    struct beginnings beginnings = {0};
    bool ok;

    if (database == NULL)
        return store_begin_run(store, tool_version, now, problem);
    ok = beginnings_make(&beginnings, sources, problem);
    for (size_t i = 0; i < beginnings.count && ok; i++)
        ok = look_up(sources, i, store, &beginnings, problem);
    if (ok) {
        leave_out(&beginnings, sources, database);
        ok = beginnings.count == 0 ||
             begin_run(&beginnings, store, database, now, tool_version, problem);
    }
    beginnings_release(&beginnings);
    return ok;
}

bool known_captures_look_back(const struct source_set *sources, struct store *store,
                              const char *database, bool *taken_back, struct problem *problem)
{
    struct problem line = {""};

    *taken_back = false;
    for (size_t i = 0; i < source_set_count(sources) && database != NULL; i++) {
        struct fact_source source;
        bool holds = false;

        source_set_describe(sources, i, &source);
        if (source.path != NULL || source.content == NULL)
            continue;
        if (!store_holds_capture(store, source.content, true, &holds, problem))
            return false;
        if (!holds)
            continue;
        *taken_back = source_set_count(sources) == 1;
        problem_set(&line,
                    *taken_back
                        ? "%s: has %s already; not stored again"
                        : "%s: has %s already, which counts twice now; read it by itself next time",
                    database, source.name);
        tell(line.text);
    }
    return !*taken_back || store_take_back_run(store, problem);
}
