/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of port-blocked.
 */
#ifndef APPLEPATH_DIAGNOSIS_PORT_WORDS_H
#define APPLEPATH_DIAGNOSIS_PORT_WORDS_H

#include "diagnosis/builder.h"

/* Sets severity, summary, explanation and remedy of a sorted draft whose first detail
 * is `how`. */
void port_describe(struct builder *builder, struct draft *draft);

#endif
