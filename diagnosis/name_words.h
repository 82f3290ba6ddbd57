/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of dns-unanswered, dns-blocked and cname-squashed.
 */
#ifndef APPLEPATH_DIAGNOSIS_NAME_WORDS_H
#define APPLEPATH_DIAGNOSIS_NAME_WORDS_H

#include "diagnosis/builder.h"

/* A finding's `detail.proof`: the resolver itself had the right answer; or it passed on
 * what another one had told it. */
#define NAME_PROOF_UPSTREAM_HAD_IT "upstream-had-it"
#define NAME_PROOF_UPSTREAM_SAID_IT "upstream-said-it"

/* Sets severity, summary, explanation and remedy of a sorted draft. */
void name_describe(struct builder *builder, struct draft *draft);

#endif
