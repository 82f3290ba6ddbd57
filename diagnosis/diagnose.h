/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From stored facts to a diagnosis.  Needs the database alone, never a capture.
 */
#ifndef APPLEPATH_DIAGNOSIS_DIAGNOSE_H
#define APPLEPATH_DIAGNOSIS_DIAGNOSE_H

#include "catalog/hosts.h"
#include "diagnosis/finding.h"
#include "storage/facts.h"

/* Diagnoses what the selection (NULL: all) covers. NULL and a problem when the
 * database or memory fails. Released by diagnosis_release. */
struct diagnosis *diagnose(struct store *store, const struct catalog *catalog,
                           const struct fact_selection *selection, struct problem *problem);
void diagnosis_release(struct diagnosis *diagnosis);

#endif
