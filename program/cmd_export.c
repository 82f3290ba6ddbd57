/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is stored, as records that a SIEM takes.  Facts are read one by one and
 * written at once, so that a million flows need no more memory than ten.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "diagnosis/diagnose.h"
#include "program/analysis.h"
#include "program/export_certificates.h"
#include "program/memory.h"
#include "reports/export.h"
#include "reports/pseudonyms_facts.h"
#include "storage/facts.h"

#define CHUNK (64u << 10) /* bytes gathered before they are written */

/* One file of the export. */
struct export_file {
    struct output output;
    struct text text; /* not written yet */
    char name[4096];
};

struct exporter {
    struct store *store;
    const struct export_format *format;
    struct export_run run;
    struct export_file files[EXPORT_LOG_LIMIT]; /* by log where the format has a folder */
    size_t file_count;
    const struct fact_flow *flow; /* whose handshake is being read */
    struct pseudonyms *pseudonyms; /* NULL: nothing is replaced */
    struct arena replaced; /* texts of the record that is being written */
    struct fact_certificate certificate; /* the last that was asked for, likewise */
    struct export_certificates certificates;
    struct problem *problem;
    bool failed;
};

static struct export_file *file_of(struct exporter *exporter, size_t log)
{
    return &exporter->files[exporter->format->folder ? log : 0];
}

static bool file_write(struct export_file *file, struct problem *problem)
{
    struct text *text = &file->text;
    if (text->failed)
        return problem_set(problem, "memory is out while facts are exported; close some programs");
    if (fwrite(text_content(text), 1, text->length, file->output.file) != text->length)
        return problem_set(
            problem, "%s: cannot be written: %s; free some space or choose another place for -o",
            file->output.name != NULL ? file->output.name : "standard output", strerror(errno));
    text_clear(text);
    return true;
}

/* As export_run has it, for records that leave the house. */
static const struct fact_certificate *find_replaced(const void *owner, const char *sha256)
{
    struct exporter *const *place = owner;
    struct exporter *exporter = *place;
    const struct fact_certificate *found =
        export_certificates_find(&exporter->certificates, sha256);
    if (found == NULL)
        return NULL;
    exporter->certificate = *found;
    pseudonyms_into_certificate(exporter->pseudonyms, &exporter->replaced, &exporter->certificate);
    return &exporter->certificate;
}

/* Every log that is made of such facts gets its lines. */
static bool write_record(struct exporter *exporter, const struct export_record *record)
{
    const struct export_format *format = exporter->format;
    for (size_t i = 0; i < format->log_count; i++) {
        struct export_file *file = file_of(exporter, i);
        if (format->logs[i].kind != record->fact->kind)
            continue;
        format->logs[i].write(&file->text, &exporter->run, record);
        if ((file->text.length >= CHUNK || file->text.failed) &&
            !file_write(file, exporter->problem))
            exporter->failed = true;
    }
    return !exporter->failed;
}

static bool take_record(struct exporter *exporter, const struct export_record *record)
{
    struct export_record replaced = {0};
    struct fact fact;
    struct fact_flow flow;
    if (exporter->pseudonyms == NULL)
        return write_record(exporter, record);
    pseudonyms_into_fact(exporter->pseudonyms, &exporter->replaced, record->fact, &fact);
    replaced.fact = &fact;
    if (record->flow != NULL) {
        flow = *record->flow;
        pseudonyms_into_flow(exporter->pseudonyms, &exporter->replaced, &flow);
        replaced.flow = &flow;
    }
    bool written = write_record(exporter, &replaced);
    if (exporter->replaced.failed) {
        problem_set(exporter->problem, "memory is out while names are replaced; limit the export");
        exporter->failed = true;
    }
    arena_release(&exporter->replaced);
    return written && !exporter->failed;
}

static bool has_log_of(const struct export_format *format, enum fact_kind kind)
{
    for (size_t i = 0; i < format->log_count; i++)
        if (format->logs[i].kind == kind)
            return true;
    return false;
}

static bool take_fact(void *owner, const struct fact *fact)
{
    struct export_record record = {.fact = fact};
    return take_record(owner, &record);
}

static bool take_handshake(void *owner, const struct fact *fact)
{
    struct exporter *exporter = owner;
    struct export_record record = {.fact = fact, .flow = exporter->flow};
    return take_record(exporter, &record);
}

/* A flow, and its handshake after it. */
static bool take_flow(void *owner, const struct fact *fact)
{
    struct exporter *exporter = owner;
    if (!take_fact(exporter, fact))
        return false;
    exporter->flow = &fact->as.flow;
    if (has_log_of(exporter->format, FACT_TLS) &&
        !facts_read_tls_of(exporter->store, fact->as.flow.id, take_handshake, exporter,
                           exporter->problem))
        exporter->failed = true;
    exporter->flow = NULL;
    return !exporter->failed;
}

static bool export_facts(struct exporter *exporter, const struct fact_selection *selection)
{
    static const enum fact_kind kinds[] = {FACT_FLOW, FACT_DNS,   FACT_HTTP,
                                           FACT_NTP,  FACT_LEASE, FACT_CERTIFICATE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (has_log_of(exporter->format, kinds[i]) &&
            (!facts_read(exporter->store, kinds[i], selection,
                         kinds[i] == FACT_FLOW ? take_flow : take_fact, exporter,
                         exporter->problem) ||
             exporter->failed))
            return false;
    return true;
}

static bool export_findings(struct exporter *exporter, const struct preparation *preparation,
                            const struct options *options)
{
    if (exporter->format->finding == NULL)
        return true;
    struct diagnosis *diagnosis =
        analysis_diagnose(preparation, exporter->store, options, exporter->problem);
    if (diagnosis == NULL)
        return false;
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        exporter->format->finding(&exporter->files[0].text, &exporter->run,
                                  &diagnosis->findings[i]);
    diagnosis_release(diagnosis);
    return true;
}

/* The first source says which database this is, wherever its file lies. */
static bool take_identity(void *owner, const struct fact *fact)
{
    uint64_t *identity = owner;
    const struct fact_source *source = &fact->as.source;
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)source->first_time; /* FNV-1a */
    for (const char *letter = source->name; letter != NULL && *letter != '\0'; letter++)
        hash = (hash ^ (uint8_t)*letter) * UINT64_C(0x100000001b3);
    *identity = hash;
    return false;
}

/* It is made from the name of a file, which could be guessed. */
static void hide_identity(struct exporter *exporter)
{
    char digits[32] = "", hidden[sizeof exporter->run.identity];
    snprintf(digits, sizeof digits, "%llx", (unsigned long long)exporter->run.identity);
    memset(hidden, 0, sizeof hidden);
    pseudonym_label(exporter->pseudonyms, digits, sizeof hidden, digits, hidden);
    memcpy(&exporter->run.identity, hidden, sizeof hidden);
}

static bool open_folder(const char *name, struct problem *problem)
{
    struct stat status;
    if (mkdir(name, 0700) == 0)
        return true;
    if (errno == EEXIST && stat(name, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    if (errno == EEXIST)
        return problem_set(problem, "%s: is not a folder; name one for -o, it is made if need be",
                           name);
    return problem_set(problem, "%s: cannot be made: %s; choose another folder for -o", name,
                       strerror(errno));
}

static bool open_file(struct export_file *file, const char *folder, const char *name,
                      struct problem *problem)
{
    int length = snprintf(file->name, sizeof file->name, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof file->name)
        return problem_set(problem, "%s: the name is too long; choose a shorter one for -o",
                           folder);
    return output_open(&file->output, file->name, problem);
}

static bool open_files(struct exporter *exporter, const char *output)
{
    const struct export_format *format = exporter->format;
    bool opened = true;
    if (!format->folder) {
        exporter->file_count = 1;
        opened = output_open(&exporter->files[0].output, output, exporter->problem);
    } else if (output == NULL) {
        return problem_set(exporter->problem,
                           "the format %s has several files; name a folder for them with -o",
                           format->name);
    } else {
        opened = open_folder(output, exporter->problem);
        for (; opened && exporter->file_count < format->log_count; exporter->file_count++)
            opened = open_file(&exporter->files[exporter->file_count], output,
                               format->logs[exporter->file_count].name, exporter->problem);
    }
    for (size_t i = 0; opened && i < format->log_count; i++)
        if (format->logs[i].begin != NULL)
            format->logs[i].begin(&file_of(exporter, i)->text, &exporter->run);
    return opened;
}

static bool finish_files(struct exporter *exporter)
{
    const struct export_format *format = exporter->format;
    for (size_t i = 0; i < format->log_count; i++)
        if (format->logs[i].end != NULL)
            format->logs[i].end(&file_of(exporter, i)->text, &exporter->run);
    for (size_t i = 0; i < exporter->file_count; i++)
        if (!output_write(&exporter->files[i].output, &exporter->files[i].text, exporter->problem))
            return false;
    /* All that was asked for, or nothing. */
    for (size_t i = 0; i < exporter->file_count; i++)
        if (!output_place(&exporter->files[i].output, exporter->problem))
            return false;
    return true;
}

static void exporter_release(struct exporter *exporter)
{
    for (size_t i = 0; i < EXPORT_LOG_LIMIT; i++) {
        output_abandon(&exporter->files[i].output);
        text_release(&exporter->files[i].text);
    }
}

static bool export_all(struct exporter *exporter, const struct preparation *preparation,
                       const struct options *options)
{
    struct fact_selection selection = analysis_selection(options);
    bool done =
        facts_read(exporter->store, FACT_SOURCE, NULL, take_identity, &exporter->run.identity,
                   exporter->problem) &&
        export_certificates_load(&exporter->certificates, exporter->store, exporter->problem) &&
        open_files(exporter, options->output);
    exporter->run.certificate = export_certificates_find;
    exporter->run.certificate_owner = &exporter->certificates;
    if (exporter->pseudonyms != NULL) {
        hide_identity(exporter);
        exporter->run.certificate = find_replaced;
        exporter->run.certificate_owner = &exporter;
    }
    done = done && export_facts(exporter, &selection) &&
           export_findings(exporter, preparation, options) && finish_files(exporter);
    export_certificates_release(&exporter->certificates);
    return done;
}

static bool run_export(const struct preparation *preparation, const struct options *options,
                       const struct export_format *format, struct problem *problem)
{
    struct exporter *exporter = calloc(1, sizeof *exporter);
    if (exporter == NULL)
        return problem_set(problem, "memory is out; close some programs");
    exporter->format = format;
    exporter->problem = problem;
    exporter->run.seed = options->community_seed;
    exporter->run.opened = (int64_t)time(NULL) * NANOSECONDS_PER_SECOND;
    exporter->store = store_open_readonly(options->database, problem);
    bool done = exporter->store != NULL;
    if (done && preparation->anonymity != NULL) {
        exporter->pseudonyms = anonymity_pseudonyms(preparation->anonymity);
        done = anonymity_learn(preparation->anonymity, exporter->store, problem);
    }
    done = done && export_all(exporter, preparation, options);
    if (exporter->store != NULL)
        store_close(exporter->store);
    exporter_release(exporter);
    free(exporter);
    return done;
}

enum exit_status cmd_export(const struct options *options, struct problem *problem)
{
    const struct export_format *format = export_format_find(options->export_format);
    if (options->database == NULL)
        problem_set(problem, "export needs a database; name the one that 'applepath read -d' "
                             "wrote: applepath export -d DB");
    else if (format == NULL)
        problem_set(problem, "there is no format '%s'; choose one of: %s", options->export_format,
                    export_format_names());
    if (problem->text[0] != '\0')
        return EXIT_UNABLE;
    struct preparation preparation;
    memory_limit(options->max_memory);
    bool done = preparation_make(&preparation, options, problem) &&
                preparation_anonymize(&preparation, options, options->database, false, problem) &&
                run_export(&preparation, options, format, problem);
    preparation_release(&preparation);
    return done ? EXIT_RAN : EXIT_UNABLE;
}
