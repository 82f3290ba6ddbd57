/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From stored facts to a diagnosis.  Needs the database alone, never a capture.
 */
#ifndef APPLEPATH_DIAGNOSIS_DIAGNOSE_H
#define APPLEPATH_DIAGNOSIS_DIAGNOSE_H

#include "catalog/hosts.h"
#include "catalog/places.h"
#include "certificates/trust_store.h"
#include "diagnosis/finding.h"
#include "storage/facts.h"

/* What a diagnosis is made with besides the store; all borrowed. */
struct diagnosis_settings {
    const struct catalog *catalog;
    const struct fact_selection *selection; /* NULL: everything */
    const char *category; /* NULL: all */
    bool proofs; /* gather what worked, too: for a comparison */
    const struct places *places; /* NULL: what is stored, and the built-in table */
    struct trust_store *trust; /* NULL: certificates are judged by their names alone */
};

/* Diagnoses what the selection covers. NULL and a problem when the database or
 * memory fails. Released by diagnosis_release. */
struct diagnosis *diagnose(struct store *store, const struct diagnosis_settings *settings,
                           struct problem *problem);
void diagnosis_release(struct diagnosis *diagnosis);

#endif
