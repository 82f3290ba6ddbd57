/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What read and report do, for many captures in one process: each capture named goes
 * into a database file, which is opened anew, diagnosed and printed in every format; the
 * prints are thrown away.  tests/memcheck.sh runs it, since what valgrind and the lists
 * need to begin is longer than a capture takes.
 *   report_each SCRATCH-FOLDER CAPTURE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagnosis/diagnose.h"
#include "program/pipeline.h"
#include "reports/report.h"

struct lists {
    struct catalog *catalog;
    struct trust_store *trust;
};

static bool read_capture(const char *name, const char *database, const struct lists *lists,
                         struct problem *problem)
{
    struct pipeline_settings settings = {.catalog = lists->catalog, .all_flows = true};
    struct source_set *sources = source_set_open(&name, 1, NULL, problem);
    struct store *store = store_open(database, problem);
    bool well = sources != NULL && store != NULL && store_begin_run(store, "test", 0, problem) &&
                pipeline_run(sources, &settings, store_sink(store), problem) &&
                store_finish_run(store, problem);

    store_close(store);
    if (sources != NULL)
        source_set_close(sources);
    return well;
}

static bool print_each_format(const struct diagnosis *diagnosis)
{
    const struct report_style style = {.colour = true, .width = 80};
    char names[128];
    bool well = true;

    snprintf(names, sizeof names, "%s", report_format_names());
    for (char *name = strtok(names, ", "); name != NULL; name = strtok(NULL, ", ")) {
        struct text text = {0};

        report_format_find(name)->report(&text, diagnosis, &style);
        well = well && !text.failed && text.length > 0;
        text_release(&text);
    }
    return well;
}

static bool report(const char *database, const struct lists *lists, struct problem *problem)
{
    struct fact_selection all = {TIMESTAMP_NONE, TIMESTAMP_NONE, NULL};
    struct diagnosis_settings settings = {
        .catalog = lists->catalog, .selection = &all, .trust = lists->trust, .proofs = true};
    struct store *store = store_open_readonly(database, problem);
    struct diagnosis *diagnosis = store == NULL ? NULL : diagnose(store, &settings, problem);
    bool well = diagnosis != NULL && print_each_format(diagnosis);

    diagnosis_release(diagnosis);
    store_close(store);
    return well;
}

int main(int argc, char **argv)
{
    struct problem problem = {""};
    struct lists lists = {.catalog = catalog_load(NULL, 0, &problem),
                          .trust =
                              trust_store_load(&(struct trust_files){.declared = NULL}, &problem)};
    bool well = argc > 2 && lists.catalog != NULL && lists.trust != NULL;
    char database[4096];

    snprintf(database, sizeof database, "%s/%ld.db", argc > 1 ? argv[1] : "", (long)getpid());
    for (int i = 2; i < argc && well; i++) {
        well =
            read_capture(argv[i], database, &lists, &problem) && report(database, &lists, &problem);
        if (!well)
            fprintf(stderr, "report_each: %s: %s\n", argv[i], problem.text);
        unlink(database);
    }
    catalog_release(lists.catalog);
    trust_store_release(lists.trust);
    return well ? 0 : 2;
}
