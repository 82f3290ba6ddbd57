/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How good are the verdicts?  Captures with labels come in, each NAME.pcap beside
 * its NAME.label; out go tables of what was found and what was raised wrongly, and a PASS:
 * or FAIL: line for each capture, held against what is known to fail (baseline.h).
 *   score [--variants] [--seed N] [--table] [--root PEM] [--baseline FILE]
 *         [--accept [--accept-false]] LABEL...
 * Exits 1 when a capture fails, 2 when it cannot run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baseline.h"
#include "diagnosis/diagnose.h"
#include "program/pipeline.h"
#include "storage/store.h"

#define VARIANT_LIMIT 64
#define USUAL_SEED 1 /* `vary VARIANT 1 IN OUT` makes what is judged here */

struct score {
    bool variants;
    bool table;
    bool accept;
    bool accept_false;
    uint64_t seed;
    const char *baseline_name;
    const char *root_name; /* what a label's `trust` stands for; NULL: nothing */
    char **labels;
    size_t label_count;

    struct baseline baseline;
    struct failures failures;
    struct tally tally;
    struct tally variant_tallies[VARIANT_LIMIT];
    char scratch[512]; /* the file that variants are analysed from; "" while there is none */
    bool failed;
};

/* A capture that is being judged. */
struct subject {
    char name[160];
    struct text capture; /* its file */
    struct label label;
    struct catalog *catalog; /* with the hosts of `option --catalog FILE` */
    struct trust_store *trust;
    struct diagnosis *original;
    size_t first, end; /* its own failures, without those of its variants */
};

static bool observe(const struct catalog *catalog, const char *name, bool all_flows,
                    struct store *store, struct problem *problem)
{
    struct source_set *sources = source_set_open(&name, 1, NULL, problem);
    if (sources == NULL)
        return false;
    struct pipeline_settings settings = {.catalog = catalog, .all_flows = all_flows};
    bool ok = store_begin_run(store, "test", 0, problem) &&
              pipeline_run(sources, &settings, store_sink(store), problem) &&
              store_finish_run(store, problem);
    source_set_close(sources);
    return ok || problem_set(problem, "%s", store_problem(store)->text);
}

/* What the analyser says of a capture file; NULL and a problem when it ends in it. */
static struct diagnosis *analyse(const struct subject *subject, const char *name,
                                 struct problem *problem)
{
    struct fact_selection all = {TIMESTAMP_NONE, TIMESTAMP_NONE, NULL};
    struct diagnosis_settings settings = {
        .catalog = subject->catalog, .selection = &all, .trust = subject->trust};
    struct diagnosis *diagnosis = NULL;
    struct store *store = store_open(NULL, problem);
    if (store != NULL && observe(subject->catalog, name,
                                 label_has_option(&subject->label, "--all-flows"), store, problem))
        diagnosis = diagnose(store, &settings, problem);
    store_close(store);
    return diagnosis;
}

/* Takes over what fails in the variant, but not what fails in the capture as it was made: that
 * is one failure. */
static void inherit(struct score *score, const struct subject *subject, const char *name,
                    const struct failures *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const char *what = found->list[i].text + strlen(name) + 1;
        bool known = false;
        for (size_t j = subject->first; j < subject->end && !known; j++)
            known = strcmp(score->failures.list[j].text + strlen(subject->name) + 1, what) == 0;
        if (!known)
            failures_add(&score->failures, name, found->list[i].accuses, "%s", what);
    }
    score->failures.failed = score->failures.failed || found->failed;
}

static void judge_variant(struct score *score, const struct subject *subject,
                          const struct vary_variant *variant, struct tally *tally)
{
    char name[200];
    snprintf(name, sizeof name, "%s/%s", subject->name, variant->name);
    struct problem problem = {""};
    struct diagnosis *diagnosis = analyse(subject, score->scratch, &problem);
    if (diagnosis == NULL) {
        failures_add(&score->failures, name, false, "analysis failed: %s", problem.text);
        return;
    }
    struct failures found = {.count = 0};
    judge(&subject->label, diagnosis, variant, name, tally, &found);
    inherit(score, subject, name, &found);
    failures_release(&found);
    diagnosis_release(diagnosis);
}

static bool judge_variants(struct score *score, const struct subject *subject,
                           struct problem *problem)
{
    struct trace in = {0};
    const char *reason = "";
    const char *name = text_content(&subject->capture);
    bool ok = trace_read(&in, name, &reason) || problem_set(problem, "%s: %s", name, reason);
    for (size_t i = 0; ok && vary_variants[i].name != NULL && i < VARIANT_LIMIT; i++) {
        struct trace out = {0};
        reason = "memory is out";
        ok = (vary_variants[i].make(&in, score->seed, &out) &&
              trace_write(&out, score->scratch, &reason)) ||
             problem_set(problem, "%s/%s: %s", subject->name, vary_variants[i].name, reason);
        trace_release(&out);
        if (ok)
            judge_variant(score, subject, &vary_variants[i], &score->variant_tallies[i]);
    }
    trace_release(&in);
    return ok;
}

/* Prints what differs from the baseline in failures from `first` on and in its lines that
 * speak of `subject`, and the line that sums it up. */
static void report(struct score *score, const char *subject, bool parts, size_t first)
{
    bool ok = true;
    for (size_t i = first; i < score->failures.count; i++) {
        const char *text = score->failures.list[i].text;
        if (!baseline_speaks_of(text, subject, parts) || baseline_knows(&score->baseline, text))
            continue;
        printf("  new: %s\n", text);
        ok = false;
    }
    for (size_t i = 0; i < score->baseline.count; i++) {
        const struct baseline_line *line = &score->baseline.lines[i];
        if (line->seen || !baseline_speaks_of(line->text, subject, parts))
            continue;
        printf("  improved: remove the line '%s'\n", line->text);
        ok = false;
    }
    printf("%s: lab/%s\n", ok ? "PASS" : "FAIL", subject);
    score->failed = score->failed || !ok;
}

static bool subject_open(struct subject *subject, const char *label_name, struct problem *problem)
{
    const char *slash = strrchr(label_name, '/');
    const char *base = slash == NULL ? label_name : slash + 1;
    size_t length = strlen(base);
    if (length < 7 || strcmp(base + length - 6, ".label") != 0 ||
        length - 6 >= sizeof subject->name)
        return problem_set(problem, "%s: is not called NAME.label", label_name);
    snprintf(subject->name, sizeof subject->name, "%.*s", (int)(length - 6), base);
    text_add_bytes(&subject->capture, label_name, strlen(label_name) - 6);
    text_add(&subject->capture, ".pcap");
    struct text content = {0};
    bool ok = baseline_read_file(&content, label_name, problem) &&
              label_parse(&subject->label, label_name, text_content(&content), problem);
    text_release(&content);
    return ok;
}

static bool judge_subject(struct score *score, struct subject *subject, struct problem *problem)
{
    subject->first = score->failures.count;
    subject->original = analyse(subject, text_content(&subject->capture), problem);
    if (subject->original == NULL)
        return false;
    judge(&subject->label, subject->original, NULL, subject->name, &score->tally, &score->failures);
    subject->end = score->failures.count;
    if (score->variants && !judge_variants(score, subject, problem))
        return false;
    report(score, subject->name, score->variants, subject->first);
    return true;
}

/* The built-in list, and the file beside the label that an option names. */
static bool subject_load_catalog(struct subject *subject, const char *label_name,
                                 struct problem *problem)
{
    static const char option[] = "--catalog ";
    char path[1024];
    const char *paths[1] = {path};
    size_t count = 0;
    const char *slash = strrchr(label_name, '/');
    int folder = slash == NULL ? 0 : (int)(slash - label_name + 1);
    for (size_t i = 0; i < subject->label.option_count && count == 0; i++) {
        const char *text = subject->label.options[i];
        if (strncmp(text, option, sizeof option - 1) != 0)
            continue;
        snprintf(path, sizeof path, "%.*s%s", folder, label_name, text + sizeof option - 1);
        count = 1;
    }
    subject->catalog = catalog_load(paths, count, problem);
    return subject->catalog != NULL;
}

/* The lab's root takes the place of all public ones, so that a verdict does not hang on what
 * this machine trusts. */
static bool subject_load_trust(struct subject *subject, const char *root, struct problem *problem)
{
    struct trust_files files = {.declared = NULL};
    if (root != NULL && subject->label.trust)
        files = (struct trust_files){.declared = &root, .declared_count = 1, .public_bundle = root};
    subject->trust = trust_store_load(&files, problem);
    return subject->trust != NULL;
}

static bool judge_label(struct score *score, const char *label_name, struct problem *problem)
{
    struct subject subject = {.original = NULL};
    bool ok = subject_open(&subject, label_name, problem) &&
              subject_load_catalog(&subject, label_name, problem) &&
              subject_load_trust(&subject, score->root_name, problem) &&
              judge_subject(score, &subject, problem);
    if (subject.original != NULL)
        diagnosis_release(subject.original);
    catalog_release(subject.catalog);
    trust_store_release(subject.trust);
    label_release(&subject.label);
    text_release(&subject.capture);
    return ok;
}

/* In a folder of memory where $TMPDIR names one (score.sh sees to that). */
static bool open_scratch(struct score *score, struct problem *problem)
{
    const char *folder = getenv("TMPDIR");
    snprintf(score->scratch, sizeof score->scratch, "%s/score.XXXXXX",
             folder == NULL || *folder == '\0' ? "/tmp" : folder);
    int file = mkstemp(score->scratch);
    if (file < 0) {
        problem_set(problem, "%s: cannot be made", score->scratch);
        score->scratch[0] = '\0';
        return false;
    }
    close(file);
    return true;
}

/* Was this line's capture not judged in this run, so that nothing is known of it? */
static bool is_untouched(void *owner, const char *text)
{
    const struct score *score = owner;
    if (baseline_speaks_of(text, "*", true))
        return !score->variants;
    for (size_t i = 0; i < score->label_count; i++) {
        const char *slash = strrchr(score->labels[i], '/');
        char name[160];
        snprintf(name, sizeof name, "%s", slash == NULL ? score->labels[i] : slash + 1);
        name[strlen(name) - strlen(".label")] = '\0';
        if (baseline_speaks_of(text, name, true))
            return !score->variants && !baseline_speaks_of(text, name, false);
    }
    return true;
}

static bool accept(struct score *score, struct problem *problem)
{
    size_t accusations = 0;
    for (size_t i = 0; i < score->failures.count; i++) {
        const struct failure *failure = &score->failures.list[i];
        if (!failure->accuses || baseline_knows(&score->baseline, failure->text))
            continue;
        printf("accuses falsely: %s\n", failure->text);
        accusations++;
    }
    if (accusations > 0 && !score->accept_false)
        return problem_set(problem,
                           "%zu false accusations are new; mend them, or say "
                           "--accept-false too",
                           accusations);
    return baseline_write(&score->baseline, score->baseline_name, &score->failures, is_untouched,
                          score, problem);
}

static void print_tables(const struct score *score)
{
    tally_print(&score->tally, score->label_count);
    if (!score->variants)
        return;
    tally_print_variant("variant", NULL);
    tally_print_variant("(as captured)", &score->tally);
    for (size_t i = 0; vary_variants[i].name != NULL && i < VARIANT_LIMIT; i++)
        tally_print_variant(vary_variants[i].name, &score->variant_tallies[i]);
}

static bool run(struct score *score, struct problem *problem)
{
    if ((score->variants && !open_scratch(score, problem)) ||
        (score->baseline_name != NULL &&
         !baseline_load(&score->baseline, score->baseline_name, problem)))
        return false;
    for (size_t i = 0; i < score->label_count; i++)
        if (!judge_label(score, score->labels[i], problem))
            return false;
    if (score->variants)
        report(score, "*", true, 0);
    if (score->table)
        print_tables(score);
    if (score->failures.failed)
        return problem_set(problem, "memory is out");
    return !score->accept || accept(score, problem);
}

static int usage(void)
{
    fputs("usage: score [--variants] [--seed N] [--table] [--root PEM] [--baseline FILE] "
          "[--accept [--accept-false]] LABEL...\n",
          stderr);
    return 2;
}

static bool parse(struct score *score, int argc, char **argv)
{
    int i = 1;
    score->seed = USUAL_SEED;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--variants") == 0)
            score->variants = true;
        else if (strcmp(argv[i], "--table") == 0)
            score->table = true;
        else if (strcmp(argv[i], "--accept") == 0)
            score->accept = true;
        else if (strcmp(argv[i], "--accept-false") == 0)
            score->accept_false = true;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            score->seed = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--baseline") == 0 && i + 1 < argc)
            score->baseline_name = argv[++i];
        else if (strcmp(argv[i], "--root") == 0 && i + 1 < argc)
            score->root_name = argv[++i];
        else
            return false;
    }
    score->labels = argv + i;
    score->label_count = (size_t)(argc - i);
    return i < argc && (!score->accept || score->baseline_name != NULL);
}

int main(int argc, char **argv)
{
    struct score *score = calloc(1, sizeof *score);
    struct problem problem = {""};
    if (score == NULL || !parse(score, argc, argv)) {
        free(score);
        return usage();
    }
    bool ok = run(score, &problem);
    int status = !ok ? 2 : score->failed && !score->accept;
    if (!ok)
        fprintf(stderr, "score: %s\n", problem.text);
    if (score->scratch[0] != '\0')
        unlink(score->scratch);
    failures_release(&score->failures);
    baseline_release(&score->baseline);
    free(score);
    return status;
}
