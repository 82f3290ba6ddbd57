/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets behind a finding, as a capture of their own.  The diagnosis is made
 * again as the report makes it, so that its findings have the same names; then the
 * captures that it came from are read for the packets.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diagnosis/diagnose.h"
#include "program/analysis.h"
#include "program/evidence_sources.h"
#include "program/memory.h"
#include "program/sandbox.h"

static const struct finding *find(const struct diagnosis *diagnosis, const char *id)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        if (strcmp(diagnosis->findings[i].id, id) == 0)
            return &diagnosis->findings[i];
    return NULL;
}

/* Says which findings there are. */
static bool explain_findings(const struct diagnosis *diagnosis, const char *id,
                             struct problem *problem)
{
    struct text list = {0};
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        if (list.length > 400) {
            text_add(&list, ", ...");
            break;
        }
        text_add_format(&list, "%s%s %s", i > 0 ? ", " : "", diagnosis->findings[i].id,
                        diagnosis->findings[i].kind);
    }
    if (diagnosis->finding_count == 0)
        problem_set(problem, "there are no findings in this database; see 'applepath report'");
    else if (id == NULL)
        problem_set(problem, "no finding was named; choose one of: %s", text_content(&list));
    else
        problem_set(problem, "there is no finding '%s'; choose one of: %s", id,
                    text_content(&list));
    text_release(&list);
    return false;
}

/* The output must not take the place of what it is made from. */
static bool is_apart(const char *output, const struct evidence_sources *sources,
                     struct problem *problem)
{
    struct stat one, other;
    if (stat(output, &one) != 0)
        return true;
    for (size_t i = 0; i < sources->count; i++)
        if (stat(sources->sources[i].file, &other) == 0 && one.st_dev == other.st_dev &&
            one.st_ino == other.st_ino)
            return problem_set(problem, "%s: is a capture to be read; name another file for -w",
                               output);
    return true;
}

/* The writer closes its own copy of the descriptor; the output puts the file in place. */
static bool write_packets(struct output *output, const struct evidence_order *order,
                          struct evidence_counts *counts, struct problem *problem)
{
    struct text nothing = {0};
    int descriptor = dup(fileno(output->file));
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    if (file == NULL) {
        if (descriptor >= 0)
            close(descriptor);
        return problem_set(problem, "%s: cannot be written; close some programs", output->name);
    }
    return evidence_extract(order, file, counts, problem) &&
           output_finish(output, &nothing, problem);
}

/* From here on strangers' packets are read: those captures are within reach, and what
 * puts the output in its place. */
static void confine(const struct evidence_sources *sources, const struct output *output,
                    const struct options *options)
{
    struct sandbox sandbox = {0};
    if (options->no_sandbox)
        return;
    for (size_t i = 0; i < sources->count; i++)
        sandbox_permit(&sandbox, sources->sources[i].file, SANDBOX_READ);
    sandbox_permit_database(&sandbox, options->database, false);
    if (output->temporary[0] != '\0')
        sandbox_permit_folder_of(&sandbox, output->temporary, SANDBOX_REPLACE);
    (void)sandbox_enter(&sandbox);
}

/* The captures are told by their numbers. */
static struct pseudonyms *hide_sources(const struct evidence_sources *sources,
                                       const struct anonymity *anonymity, struct arena *arena)
{
    for (size_t i = 0; i < sources->count; i++) {
        struct fact_source *source = &sources->sources[i].fact;
        source->name = arena_format(arena, "capture-%u", source->id);
    }
    return anonymity_pseudonyms(anonymity);
}

static bool show(const struct finding *finding, struct diagnosis *diagnosis, struct store *store,
                 struct preparation *preparation, const struct options *options,
                 struct problem *problem)
{
    struct evidence_sources sources = {0};
    struct evidence_counts counts = {0};
    bool done = finding->evidence_count > 0 ||
                problem_set(problem,
                            "%s shows in counts and not in single packets; see 'applepath "
                            "report' for what it says",
                            finding->id);
    done = done &&
           evidence_sources_find(&sources, store, finding, options->captures, options->whole_flows,
                                 problem) &&
           is_apart(options->packets_output, &sources, problem) &&
           output_open(&preparation->output, options->packets_output, problem);
    /* Its packets were found by what was really seen. */
    done = done && analysis_anonymize(preparation, store, diagnosis, problem);
    if (done) {
        struct evidence_order order = {.finding = finding,
                                       .sources = sources.sources,
                                       .source_count = sources.count,
                                       .whole_flows = options->whole_flows,
                                       .others = sources.others,
                                       .other_count = sources.other_count};
        if (preparation->anonymity != NULL)
            order.pseudonyms = hide_sources(&sources, preparation->anonymity, &diagnosis->arena);
        confine(&sources, &preparation->output, options);
        done = write_packets(&preparation->output, &order, &counts, problem) &&
               (order.pseudonyms == NULL || anonymity_check(preparation->anonymity, problem));
    }
    if (done)
        printf("%s %s: %llu packets, %llu of them with a comment, in %s\n", finding->id,
               finding->kind, (unsigned long long)counts.packets,
               (unsigned long long)counts.commented, options->packets_output);
    evidence_sources_release(&sources);
    return done;
}

static bool run(struct preparation *preparation, struct store *store, const struct options *options,
                struct problem *problem)
{
    const char *id = options->operand_count > 0 ? options->operands[0] : NULL;
    struct diagnosis *diagnosis = analysis_diagnose_as_seen(preparation, store, options, problem);
    if (diagnosis == NULL)
        return false;
    const struct finding *finding = id != NULL ? find(diagnosis, id) : NULL;
    bool done = false;
    if (finding == NULL)
        explain_findings(diagnosis, id, problem);
    else if (options->packets_output == NULL)
        problem_set(problem,
                    "evidence needs a file for the packets; name one: applepath evidence "
                    "-d DB %s -w OUT.pcapng",
                    id);
    else
        done = show(finding, diagnosis, store, preparation, options, problem);
    diagnosis_release(diagnosis);
    return done;
}

enum exit_status cmd_evidence(const struct options *options, struct problem *problem)
{
    if (options->database == NULL) {
        problem_set(problem, "evidence needs a database; name the one that 'applepath read -d' "
                             "wrote: applepath evidence -d DB FINDING -w OUT");
        return EXIT_UNABLE;
    }
    struct preparation preparation;
    /* What may not be overwritten by a report may not be by packets either. */
    struct options checked = *options;
    checked.output = options->packets_output;
    checked.operand_count = 0;
    bool done = false;
    memory_limit(0);
    if (preparation_make(&preparation, &checked, problem) &&
        preparation_anonymize(&preparation, options, options->database, false, problem)) {
        struct store *store = store_open_readonly(options->database, problem);
        done = store != NULL && run(&preparation, store, options, problem);
        if (store != NULL)
            store_close(store);
    }
    preparation_release(&preparation);
    return done ? EXIT_RAN : EXIT_UNABLE;
}
