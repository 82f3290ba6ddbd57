/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main job: captures in, a verdict out.  Everything that can be refused is
 * refused before the database is touched.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "program/analysis.h"
#include "program/bystanders.h"
#include "program/confinement.h"
#include "program/crew.h"
#include "program/fact_relay.h"
#include "program/known_captures.h"
#include "program/memory.h"
#include "program/pipeline.h"
#include "program/places_sink.h"
#include "program/progress.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

static void warn_of_breaks(const struct source_set *sources)
{
    for (size_t i = 0; i < source_set_count(sources); i++) {
        struct fact_source source;
        source_set_describe(sources, i, &source);
        if (!source.cut_short)
            continue;
        struct problem warning = {""};
        problem_set(
            &warning, "%s: warning: breaks off after %llu packets (%s); reported up to there",
            source.name, (unsigned long long)source.packets, source_set_break_reason(sources, i));
        fprintf(stderr, "applepath: %s\n", warning.text);
    }
}

static void warn_of_gaps(const struct source_set *sources)
{
    for (size_t i = 0; i < source_set_warning_count(sources); i++) {
        struct problem warning = {""};
        problem_set(&warning, "%s", source_set_warning(sources, i));
        fprintf(stderr, "applepath: %s\n", warning.text);
    }
}

/* More would have nothing to do. */
static unsigned threads_for(const struct options *options)
{
    const unsigned enough = 3;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->threads > 0)
        return options->threads < enough ? options->threads : enough;
    return processors < 1 ? 1 : processors < (long)enough ? (unsigned)processors : enough;
}

static bool observe_with(struct source_set *sources, struct fact_sink sink, struct crew *crew,
                         const struct catalog *catalog, const struct options *options,
                         struct problem *problem)
{
    struct fact_relay *relay = fact_relay_begin(sink, crew, problem);
    if (relay == NULL)
        return false;
    struct progress progress;
    progress_begin(&progress);
    struct pipeline_settings settings = {
        .catalog = catalog,
        .all_flows = options->all_flows,
        .vxlan_ports = options->vxlan_ports,
        .vxlan_port_count = options->vxlan_port_count,
        .crew = crew,
        .max_memory = options->max_memory,
        .progress = progress_show,
        .progress_owner = &progress,
    };
    bool ok = pipeline_run(sources, &settings, fact_relay_sink(relay), problem);
    ok = fact_relay_end(relay, problem) && ok;
    progress_end(&progress);
    return ok;
}

/* This thread follows the packets; others, where there are, read ahead of it and store what
 * it tells. */
static bool observe_into(struct source_set *sources, struct fact_sink sink,
                         const struct catalog *catalog, const struct options *options,
                         struct problem *problem)
{
    unsigned threads = threads_for(options);
    struct crew *crew = threads > 1 ? crew_begin(threads - 1) : NULL;
    bool ok = threads > 1 && crew == NULL
                  ? problem_set(problem, PIPELINE_MEMORY_OUT)
                  : observe_with(sources, sink, crew, catalog, options, problem);
    crew_end(crew);
    return ok;
}

static bool observe_run(struct source_set *sources, struct store *store,
                        const struct preparation *preparation, const struct options *options,
                        struct problem *problem)
{
    struct places_sink *places =
        places_sink_create(preparation->places, preparation->catalog, store_sink(store));
    struct bystanders *bystanders =
        places != NULL ? bystanders_create(places_sink_of(places)) : NULL;
    bool taken_back = false;
    bool ok = bystanders != NULL ? observe_into(sources, bystanders_sink(bystanders),
                                                preparation->catalog, options, problem)
                                 : problem_set(problem, "memory is out; free some and start again");
    bystanders_release(bystanders);
    places_sink_release(places);
    memory_give_back(); /* indexes and diagnosis take as much again */
    if (!ok && store_problem(store)->text[0] != '\0')
        return problem_set(problem, "%s", store_problem(store)->text);
    return ok &&
           known_captures_look_back(sources, store, options->database, &taken_back, problem) &&
           (taken_back || store_finish_run(store, problem));
}

/* With nothing new to read, the report is of what is there. */
static bool observe(struct source_set *sources, struct store *store,
                    const struct preparation *preparation, const struct options *options,
                    struct problem *problem)
{
    int64_t now = (int64_t)time(NULL) * NANOSECONDS_PER_SECOND;
    return known_captures_begin_run(sources, store, options->database, now, PACKAGE_VERSION,
                                    problem) &&
           (source_set_count(sources) == 0 ||
            observe_run(sources, store, preparation, options, problem));
}

static enum exit_status read_into_report(struct preparation *preparation,
                                         const struct options *options, struct problem *problem)
{
    unsigned held = confine_opening(options);
    struct source_set *sources =
        source_set_open(options->operands, options->operand_count, options->filter, problem);
    if (sources == NULL)
        return EXIT_UNABLE;
    enum exit_status status = EXIT_UNABLE;
    struct store *store = NULL;
    /* Its report is of what was in the database before, too. */
    if (options->database != NULL && options->max_memory == 0)
        memory_limit(0);
    if (options->output != NULL && source_set_reads(sources, options->output))
        problem_set(problem, "%s: is a capture to be read; name another file for -o",
                    options->output);
    else if (output_open(&preparation->output, options->output, problem))
        store = store_open(options->database, problem);
    if (store != NULL)
        store_limit_memory(store, memory_share(options->max_memory).store);
    if (store != NULL)
        (void)confine_running(options, &preparation->output, true, held);
    if (store != NULL && observe(sources, store, preparation, options, problem)) {
        warn_of_gaps(sources);
        warn_of_breaks(sources);
        status = analysis_report(preparation, store, options, problem);
    }
    if (store != NULL)
        store_close(store);
    source_set_close(sources);
    return status;
}

enum exit_status cmd_read(const struct options *options, struct problem *problem)
{
    struct preparation preparation;
    enum exit_status status = EXIT_UNABLE;
    if (preparation_make(&preparation, options, problem) &&
        preparation_anonymize(&preparation, options, options->database, true, problem))
        status = read_into_report(&preparation, options, problem);
    preparation_release(&preparation);
    return status;
}
