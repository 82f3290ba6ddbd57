/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed between two databases: the proof that a change of the network worked,
 * or how a good network differs from a bad one.
 */
#include <stdio.h>
#include <string.h>

#include "diagnosis/comparison.h"
#include "diagnosis/diagnose.h"
#include "program/analysis.h"
#include "program/memory.h"

/* What the store says to do next is about -d. */
static void name_next_step(struct problem *problem)
{
    char *next = strstr(problem->text, "; ");
    size_t length = next != NULL ? (size_t)(next - problem->text) : strlen(problem->text);
    snprintf(problem->text + length, sizeof problem->text - length,
             "; diff takes databases: make one with 'applepath read -d DB CAPTURE'");
}

static struct diagnosis *diagnose_database(const char *name, const struct preparation *preparation,
                                           const struct options *options, struct problem *problem)
{
    struct fact_selection selection = {
        .since = TIMESTAMP_NONE,
        .until = TIMESTAMP_NONE,
        .device = options->has_device ? &options->device : NULL,
    };
    struct diagnosis_settings settings = {.catalog = preparation->catalog,
                                          .selection = &selection,
                                          .category = options->category,
                                          .proofs = true,
                                          .places = preparation->places,
                                          .trust = preparation->trust};
    struct store *store = store_open_readonly(name, problem);
    if (store == NULL) {
        name_next_step(problem);
        return NULL;
    }
    struct diagnosis *diagnosis = diagnose(store, &settings, problem);
    if (diagnosis != NULL && preparation->anonymity != NULL) {
        pseudonyms_learn_diagnosis(anonymity_pseudonyms(preparation->anonymity), diagnosis);
        if (!anonymity_learn(preparation->anonymity, store, problem)) {
            diagnosis_release(diagnosis);
            diagnosis = NULL;
        }
    }
    store_close(store);
    return diagnosis;
}

/* What is new, or worse, and as bad as that. */
static enum exit_status status_of(const struct comparison *comparison,
                                  const struct options *options)
{
    for (size_t i = 0; options->fails && i < comparison->finding_count; i++) {
        const struct finding_change *change = &comparison->findings[i];
        if ((change->change == CHANGE_NEW || change->change == CHANGE_WORSE) &&
            change->after->severity >= options->fail_on)
            return EXIT_FOUND;
    }
    return EXIT_RAN;
}

/* Both with one key, after they were compared: a device has one pseudonym. */
static bool anonymize(const struct preparation *preparation, struct comparison *comparison,
                      struct diagnosis *before, struct diagnosis *after, struct problem *problem)
{
    if (preparation->anonymity == NULL)
        return true;
    struct pseudonyms *pseudonyms = anonymity_pseudonyms(preparation->anonymity);
    pseudonyms_into_comparison(pseudonyms, comparison);
    pseudonyms_into_diagnosis(pseudonyms, before);
    pseudonyms_into_diagnosis(pseudonyms, after);
    return !(comparison->arena.failed || before->arena.failed || after->arena.failed) ||
           problem_set(problem, "memory is out while names are replaced; limit the comparison");
}

static enum exit_status compare(struct preparation *preparation, const struct options *options,
                                struct diagnosis *before, struct diagnosis *after,
                                struct problem *problem)
{
    struct comparison *comparison = comparison_make(before, after);
    if (comparison == NULL) {
        problem_set(problem, "memory is out; limit the comparison with --device or --category");
        return EXIT_UNABLE;
    }
    comparison->before_name = options->operands[0];
    comparison->after_name = options->operands[1];
    if (!anonymize(preparation, comparison, before, after, problem)) {
        comparison_release(comparison);
        return EXIT_UNABLE;
    }
    struct text text = {0};
    struct report_style style = preparation_style(preparation);
    preparation->format->diff(&text, comparison, &style);
    enum exit_status status = status_of(comparison, options);
    if (!output_finish(&preparation->output, &text, problem))
        status = EXIT_UNABLE;
    text_release(&text);
    comparison_release(comparison);
    return status;
}

enum exit_status cmd_diff(const struct options *options, struct problem *problem)
{
    struct preparation preparation;
    enum exit_status status = EXIT_UNABLE;
    struct diagnosis *before = NULL;
    struct diagnosis *after = NULL;
    memory_limit(options->max_memory);
    if (preparation_make(&preparation, options, problem) &&
        preparation_anonymize(&preparation, options, options->operands[0], false, problem))
        before = diagnose_database(options->operands[0], &preparation, options, problem);
    if (before != NULL)
        after = diagnose_database(options->operands[1], &preparation, options, problem);
    if (after != NULL && output_open(&preparation.output, options->output, problem))
        status = compare(&preparation, options, before, after, problem);
    diagnosis_release(after);
    diagnosis_release(before);
    preparation_release(&preparation);
    return status;
}
