/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this SPAN port or capture fit to judge by?  An interface is watched for a while, or
 * captures are read, into a database in memory; its diagnosis and what was counted
 * besides are judged (diagnosis/fitness.h), and the result is printed.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "diagnosis/diagnose.h"
#include "program/analysis.h"
#include "program/confinement.h"
#include "program/doctor_watch.h"
#include "program/pipeline.h"
#include "program/progress.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

static bool check_options(const struct options *options, struct problem *problem)
{
    if (options->interface_count == 0 && options->operand_count == 0)
        return problem_set(problem, "doctor needs an interface or a capture; name one: applepath "
                                    "doctor -i eth1, or applepath doctor site.pcap");
    if (options->interface_count > 0 && options->operand_count > 0)
        return problem_set(problem,
                           "%s: an interface and a capture cannot be looked at together; leave "
                           "one of them out",
                           options->operands[0]);
    if (options->interface_count == 0 && (options->duration > 0 || options->packet_limit > 0 ||
                                          options->buffer_mebibytes > 0 || options->user != NULL))
        return problem_set(problem, "--duration, --count, --buffer and --user are for an "
                                    "interface; name it with -i, or leave them out");
    for (size_t i = 0; i < options->interface_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(options->interfaces[i], options->interfaces[j]) == 0)
                return problem_set(problem, "%s was named twice; name each interface once",
                                   options->interfaces[i]);
    return true;
}

static enum exit_status status_of(const struct fitness *fitness, const struct options *options)
{
    enum fitness_grade least = options->fail_on == SEVERITY_CRITICAL ? FITNESS_BAD : FITNESS_LOOK;
    return options->fails && fitness->verdict >= least ? EXIT_FOUND : EXIT_RAN;
}

/* What the store holds, with what was counted besides, becomes the report. */
static enum exit_status judge(const struct doctor_watch *watch, struct preparation *preparation,
                              const struct options *options, struct problem *problem)
{
    enum exit_status status = EXIT_UNABLE;
    struct fitness *fitness = NULL;
    struct diagnosis *diagnosis = analysis_diagnose(preparation, watch->store, options, problem);
    struct fitness_settings settings = {.diagnosis = diagnosis,
                                        .store = watch->store,
                                        .census = &watch->census.counts,
                                        .interfaces = watch->interfaces,
                                        .interface_count = watch->interface_count,
                                        .watched = watch->watched,
                                        .now = (int64_t)time(NULL) * NANOSECONDS_PER_SECOND};
    if (diagnosis != NULL)
        fitness = fitness_judge(&settings, problem);
    if (fitness != NULL) {
        struct text text = {0};
        struct report_style style = preparation_style(preparation);
        preparation->format->doctor(&text, fitness, &style);
        if (output_finish(&preparation->output, &text, problem))
            status = status_of(fitness, options);
        text_release(&text);
    }
    fitness_release(fitness);
    diagnosis_release(diagnosis);
    return status;
}

static bool observe(struct source_set *sources, struct doctor_watch *watch,
                    const struct preparation *preparation, const struct options *options,
                    struct problem *problem)
{
    struct progress progress;
    struct pipeline_settings settings = {.catalog = preparation->catalog,
                                         .vxlan_ports = options->vxlan_ports,
                                         .vxlan_port_count = options->vxlan_port_count,
                                         .progress = progress_show,
                                         .progress_owner = &progress,
                                         .looked_at = capture_census_frame,
                                         .looked_at_owner = &watch->census};
    if (!store_begin_run(watch->store, PACKAGE_VERSION,
                         (int64_t)time(NULL) * NANOSECONDS_PER_SECOND, problem))
        return false;
    progress_begin(&progress);
    bool ok = pipeline_run(sources, &settings, store_sink(watch->store), problem);
    progress_end(&progress);
    if (!ok && store_problem(watch->store)->text[0] != '\0')
        return problem_set(problem, "%s", store_problem(watch->store)->text);
    return ok && store_finish_run(watch->store, problem);
}

/* As program/cmd_read.c, with the database in memory. */
static bool read_captures(struct doctor_watch *watch, struct preparation *preparation,
                          const struct options *options, struct problem *problem)
{
    unsigned held = confine_opening(options);
    struct source_set *sources =
        source_set_open(options->operands, options->operand_count, options->filter, problem);
    if (sources == NULL)
        return false;
    bool ok = false;
    if (options->output != NULL && source_set_reads(sources, options->output))
        problem_set(problem, "%s: is a capture to be read; name another file for -o",
                    options->output);
    else if (output_open(&preparation->output, options->output, problem))
        watch->store = store_open(NULL, problem);
    if (watch->store != NULL) {
        (void)confine_running(options, &preparation->output, true, held);
        ok = observe(sources, watch, preparation, options, problem);
    }
    source_set_close(sources);
    return ok;
}

enum exit_status cmd_doctor(const struct options *options, struct problem *problem)
{
    struct preparation preparation;
    enum exit_status status = EXIT_UNABLE;
    struct doctor_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        problem_set(problem, "memory is out; end other programs");
        return EXIT_UNABLE;
    }
    if (!check_options(options, problem)) {
        free(watch);
        return EXIT_UNABLE;
    }
    if (preparation_make(&preparation, options, problem) &&
        (options->interface_count > 0 ? doctor_watch_run(watch, &preparation, options, problem)
                                      : read_captures(watch, &preparation, options, problem)))
        status = judge(watch, &preparation, options, problem);
    if (watch->store != NULL)
        store_close(watch->store);
    preparation_release(&preparation);
    free(watch);
    return status;
}
