/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the program make of these captures?  All facts of the observing half
 * go into one file, sorted; the diagnosis of them into another (tests/golden/run.sh
 * holds both against what is expected).  The captures are read once to learn what
 * the flows' numbers stand for, once for the facts, and once, always without
 * --all-flows, for the diagnosis.
 *   golden [--all-flows] FACTS-OUT FINDINGS-OUT CAPTURE...
 */
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/diagnose.h"
#include "program/pipeline.h"

struct golden {
    const char *const *captures;
    size_t capture_count;
    bool all_flows;
    struct catalog *catalog;
    struct trust_store *trust;
    struct golden_survey survey;
    char **lines;
    size_t line_count;
};

static void *grown(void *memory, size_t count, size_t size)
{
    memory = realloc(memory, count * size);
    if (memory == NULL) {
        fputs("golden: memory is out\n", stderr);
        exit(2);
    }
    return memory;
}

static void survey_flow(struct golden_survey *survey, const struct fact_flow *flow)
{
    if (flow->id >= survey->flow_count) {
        size_t count = (size_t)flow->id * 2;
        survey->flows = grown(survey->flows, count, sizeof *survey->flows);
        memset(survey->flows + survey->flow_count, 0,
               (count - survey->flow_count) * sizeof *survey->flows);
        survey->flow_count = count;
    }
    survey->flows[flow->id] =
        (struct golden_flow){flow->client, flow->server, flow->transport, flow->first_packet};
}

static bool survey_take(void *owner, const struct fact *fact)
{
    struct golden_survey *survey = owner;
    if (fact->kind == FACT_FLOW)
        survey_flow(survey, &fact->as.flow);
    else if (fact->kind == FACT_SOURCE && fact->as.source.first_time != TIMESTAMP_NONE &&
             (survey->origin == TIMESTAMP_NONE || fact->as.source.first_time < survey->origin))
        survey->origin = fact->as.source.first_time;
    return true;
}

static bool facts_take(void *owner, const struct fact *fact)
{
    struct golden *golden = owner;
    struct text line = {0};
    golden_fact(&line, &golden->survey, fact);
    if (line.failed)
        return false;
    golden->lines = grown(golden->lines, golden->line_count + 1, sizeof *golden->lines);
    golden->lines[golden->line_count++] = line.data;
    return true;
}

static bool observe(const struct golden *golden, bool all_flows, struct fact_sink sink,
                    struct problem *problem)
{
    struct source_set *sources =
        source_set_open(golden->captures, golden->capture_count, NULL, problem);
    if (sources == NULL)
        return false;
    struct pipeline_settings settings = {.catalog = golden->catalog, .all_flows = all_flows};
    bool ok = pipeline_run(sources, &settings, sink, problem);
    source_set_close(sources);
    return ok;
}

static bool write_file(const char *name, const struct text *text, struct problem *problem)
{
    FILE *file = fopen(name, "w");
    if (file == NULL)
        return problem_set(problem, "%s: cannot be written", name);
    bool ok = fputs(text_content(text), file) >= 0;
    ok = fclose(file) == 0 && ok && !text->failed;
    return ok || problem_set(problem, "%s: cannot be written", name);
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool write_facts(struct golden *golden, const char *name, struct problem *problem)
{
    if (!observe(golden, golden->all_flows, (struct fact_sink){survey_take, &golden->survey},
                 problem) ||
        !observe(golden, golden->all_flows, (struct fact_sink){facts_take, golden}, problem))
        return false;
    qsort(golden->lines, golden->line_count, sizeof *golden->lines, compare_lines);
    struct text text = {0};
    if (golden->all_flows)
        text_add(&text, "# all-flows\n");
    for (size_t i = 0; i < golden->line_count; i++)
        text_add_format(&text, "%s\n", golden->lines[i]);
    bool ok = write_file(name, &text, problem);
    text_release(&text);
    return ok;
}

static bool write_findings(struct golden *golden, const char *name, struct problem *problem)
{
    struct store *store = store_open(NULL, problem);
    struct fact_selection all = {TIMESTAMP_NONE, TIMESTAMP_NONE, NULL};
    struct diagnosis_settings settings = {
        .catalog = golden->catalog, .selection = &all, .trust = golden->trust};
    struct diagnosis *diagnosis = NULL;
    if (store != NULL && store_begin_run(store, "test", 0, problem) &&
        observe(golden, false, store_sink(store), problem) && store_finish_run(store, problem))
        diagnosis = diagnose(store, &settings, problem);
    bool ok = false;
    if (diagnosis != NULL) {
        struct text text = {0};
        golden_diagnosis(&text, &golden->survey, diagnosis);
        ok = write_file(name, &text, problem);
        text_release(&text);
        diagnosis_release(diagnosis);
    }
    store_close(store);
    return ok;
}

static void golden_release(struct golden *golden)
{
    for (size_t i = 0; i < golden->line_count; i++)
        free(golden->lines[i]);
    free(golden->lines);
    free(golden->survey.flows);
    catalog_release(golden->catalog);
    trust_store_release(golden->trust);
}

int main(int argc, char **argv)
{
    struct problem problem = {""};
    struct golden golden = {.survey.origin = TIMESTAMP_NONE};
    int first = argc > 1 && strcmp(argv[1], "--all-flows") == 0 ? 2 : 1;
    if (argc < first + 3) {
        fputs("usage: golden [--all-flows] FACTS-OUT FINDINGS-OUT CAPTURE...\n", stderr);
        return 2;
    }
    golden.all_flows = first == 2;
    golden.captures = (const char *const *)argv + first + 2;
    golden.capture_count = (size_t)(argc - first - 2);
    golden.catalog = catalog_load(NULL, 0, &problem);
    golden.trust = trust_store_load(&(struct trust_files){.declared = NULL}, &problem);
    bool ok = golden.catalog != NULL && golden.trust != NULL &&
              write_facts(&golden, argv[first], &problem) &&
              write_findings(&golden, argv[first + 1], &problem);
    if (!ok)
        fprintf(stderr, "golden: %s\n", problem.text);
    golden_release(&golden);
    return ok ? 0 : 2;
}
