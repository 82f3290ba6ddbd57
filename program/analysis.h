/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The explaining half, wired together: a store in, a report out.
 */
#ifndef APPLEPATH_PROGRAM_ANALYSIS_H
#define APPLEPATH_PROGRAM_ANALYSIS_H

#include "catalog/hosts.h"
#include "catalog/places.h"
#include "program/anonymity.h"
#include "program/commands.h"
#include "program/output.h"
#include "reports/report.h"
#include "storage/facts.h"
#include "storage/store.h"

/* What both halves need before they begin, checked in the order in which a user
 * would want to hear of it. */
struct preparation {
    const struct report_format *format;
    struct catalog *catalog;
    struct places *places;
    struct trust_store *trust;
    struct output output;
    struct anonymity *anonymity; /* NULL: nothing is replaced */
};

bool preparation_make(struct preparation *preparation, const struct options *options,
                      struct problem *problem);
/* Makes ready for --anonymize, with the key beside `database` (NULL: none is kept), unless
 * that is still to be made and `makes` is not set. */
bool preparation_anonymize(struct preparation *preparation, const struct options *options,
                           const char *database, bool makes, struct problem *problem);
void preparation_release(struct preparation *preparation);

/* The style for this output, at this moment. */
struct report_style preparation_style(const struct preparation *preparation);

/* What the options limit facts to; borrows from `options`. */
struct fact_selection analysis_selection(const struct options *options);

/* Diagnoses the store as its report does, so that findings have the same identities.
 * NULL and a problem when it cannot; released by diagnosis_release. */
struct diagnosis *analysis_diagnose(const struct preparation *preparation, struct store *store,
                                    const struct options *options, struct problem *problem);

/* The same before analysis_anonymize, which analysis_diagnose does at once. */
struct diagnosis *analysis_diagnose_as_seen(const struct preparation *preparation,
                                            struct store *store, const struct options *options,
                                            struct problem *problem);

/* Replaces what is the site's in a diagnosis of the store, where that is asked for. */
bool analysis_anonymize(const struct preparation *preparation, struct store *store,
                        struct diagnosis *diagnosis, struct problem *problem);

/* Diagnoses the store and writes the report. */
enum exit_status analysis_report(struct preparation *preparation, struct store *store,
                                 const struct options *options, struct problem *problem);

#endif
