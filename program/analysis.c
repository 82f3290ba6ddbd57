/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From options to a written report, and from its findings to an exit status.
 */
#include "program/analysis.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "diagnosis/diagnose.h"

/* The same file, or one name for what is not there yet. */
static bool is_same_file(const char *one, const char *two)
{
    struct stat first, second;
    if (stat(one, &first) != 0 || stat(two, &second) != 0)
        return strcmp(one, two) == 0;
    return S_ISREG(first.st_mode) && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static bool is_one_of(const char *name, const char *const *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_same_file(name, files[i]))
            return true;
    return false;
}

/* -o must not put the report in the place of what is read or kept. */
static bool output_is_apart(const struct options *options, struct problem *problem)
{
    const char *output = options->output;
    if (output == NULL)
        return true;
    if (is_one_of(output, options->operands, options->operand_count))
        return problem_set(problem, "%s: is a capture to be read; name another file for -o",
                           output);
    if (options->database != NULL && is_same_file(output, options->database))
        return problem_set(problem, "%s: is the database; name another file for -o", output);
    if (is_one_of(output, options->catalogs, options->catalog_count) ||
        is_one_of(output, options->trust, options->trust_count) ||
        is_one_of(output, options->inspection, options->inspection_count) ||
        is_one_of(output, options->geoip, options->geoip_count))
        return problem_set(problem, "%s: is to be read; name another file for -o", output);
    return true;
}

/* The problem lists the categories that there are, each once. */
static bool category_exists(const struct catalog *catalog, const char *category,
                            struct problem *problem)
{
    struct text names = {0};
    bool exists = false;
    for (size_t i = 0; i < catalog_count(catalog) && !exists; i++) {
        const char *name = catalog_service(catalog, i)->category;
        bool told = false;
        exists = strcmp(name, category) == 0;
        for (size_t j = 0; j < i && !told; j++)
            told = strcmp(catalog_service(catalog, j)->category, name) == 0;
        if (!told)
            text_add_format(&names, "%s%s", i > 0 ? ", " : "", name);
    }
    if (!exists)
        problem_set(problem, "there is no category '%s'; choose one of: %s", category,
                    text_content(&names));
    text_release(&names);
    return exists;
}

bool preparation_make(struct preparation *preparation, const struct options *options,
                      struct problem *problem)
{
    memset(preparation, 0, sizeof *preparation);
    preparation->format = report_format_find(options->format);
    if (preparation->format == NULL)
        return problem_set(problem, "there is no format '%s'; choose one of: %s", options->format,
                           report_format_names());
    struct trust_files trust = {.declared = options->trust,
                                .declared_count = options->trust_count,
                                .inspection = options->inspection,
                                .inspection_count = options->inspection_count};
    if (!output_is_apart(options, problem))
        return false;
    preparation->trust = trust_store_load(&trust, problem);
    if (preparation->trust == NULL)
        return false;
    preparation->catalog = catalog_load(options->catalogs, options->catalog_count, problem);
    if (preparation->catalog == NULL)
        return false;
    if (options->category != NULL &&
        !category_exists(preparation->catalog, options->category, problem))
        return false;
    preparation->places = places_open(options->geoip, options->geoip_count, problem);
    return preparation->places != NULL;
}

bool preparation_anonymize(struct preparation *preparation, const struct options *options,
                           const char *database, bool makes, struct problem *problem)
{
    struct stat status;
    if (!options->anonymize || (database != NULL && !makes && stat(database, &status) != 0))
        return true; /* that the database is not there is told by who opens it */
    preparation->anonymity = anonymity_open(options, database, problem);
    return preparation->anonymity != NULL;
}

void preparation_release(struct preparation *preparation)
{
    output_abandon(&preparation->output);
    anonymity_close(preparation->anonymity);
    places_close(preparation->places);
    catalog_release(preparation->catalog);
    trust_store_release(preparation->trust);
}

/* Reports made for comparison say when by SOURCE_DATE_EPOCH (reproducible-builds.org). */
static int64_t report_time(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    char *end = NULL;
    long long seconds = epoch != NULL ? strtoll(epoch, &end, 10) : 0;
    if (epoch == NULL || *epoch == '\0' || *end != '\0' || seconds < 0 ||
        seconds > INT64_MAX / NANOSECONDS_PER_SECOND)
        return (int64_t)time(NULL) * NANOSECONDS_PER_SECOND;
    return (int64_t)seconds * NANOSECONDS_PER_SECOND;
}

struct report_style preparation_style(const struct preparation *preparation)
{
    struct report_style style = {
        .colour = output_takes_colour(&preparation->output),
        .width = output_width(&preparation->output),
        .generated = report_time(),
    };
    return style;
}

static enum exit_status status_of(const struct diagnosis *diagnosis, const struct options *options)
{
    for (size_t i = 0; options->fails && i < diagnosis->finding_count; i++)
        if (diagnosis->findings[i].severity >= options->fail_on)
            return EXIT_FOUND;
    return EXIT_RAN;
}

struct fact_selection analysis_selection(const struct options *options)
{
    struct fact_selection selection = {
        .since = options->since,
        .until = options->until,
        .device = options->has_device ? &options->device : NULL,
    };
    return selection;
}

struct diagnosis *analysis_diagnose_as_seen(const struct preparation *preparation,
                                            struct store *store, const struct options *options,
                                            struct problem *problem)
{
    struct fact_selection selection = analysis_selection(options);
    struct diagnosis_settings settings = {.catalog = preparation->catalog,
                                          .selection = &selection,
                                          .category = options->category,
                                          .places = preparation->places,
                                          .trust = preparation->trust};
    return diagnose(store, &settings, problem);
}

struct diagnosis *analysis_diagnose(const struct preparation *preparation, struct store *store,
                                    const struct options *options, struct problem *problem)
{
    struct diagnosis *diagnosis = analysis_diagnose_as_seen(preparation, store, options, problem);
    if (diagnosis != NULL && !analysis_anonymize(preparation, store, diagnosis, problem)) {
        diagnosis_release(diagnosis);
        return NULL;
    }
    return diagnosis;
}

bool analysis_anonymize(const struct preparation *preparation, struct store *store,
                        struct diagnosis *diagnosis, struct problem *problem)
{
    if (preparation->anonymity == NULL)
        return true;
    if (!anonymity_learn(preparation->anonymity, store, problem))
        return false;
    struct pseudonyms *pseudonyms = anonymity_pseudonyms(preparation->anonymity);
    pseudonyms_learn_diagnosis(pseudonyms, diagnosis);
    pseudonyms_into_diagnosis(pseudonyms, diagnosis);
    return !diagnosis->arena.failed ||
           problem_set(problem, "memory is out while names are replaced; limit the report");
}

enum exit_status analysis_report(struct preparation *preparation, struct store *store,
                                 const struct options *options, struct problem *problem)
{
    struct diagnosis *diagnosis = analysis_diagnose(preparation, store, options, problem);
    if (diagnosis == NULL)
        return EXIT_UNABLE;
    struct text text = {0};
    struct report_style style = preparation_style(preparation);
    preparation->format->report(&text, diagnosis, &style);
    enum exit_status status = status_of(diagnosis, options);
    if (!output_finish(&preparation->output, &text, problem))
        status = EXIT_UNABLE;
    text_release(&text);
    diagnosis_release(diagnosis);
    return status;
}
