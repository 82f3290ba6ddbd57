/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the findings about TLS handshakes are said.
 */
#ifndef APPLEPATH_DIAGNOSIS_HANDSHAKE_WORDS_H
#define APPLEPATH_DIAGNOSIS_HANDSHAKE_WORDS_H

#include "diagnosis/handshake_results.h"

extern const char handshake_kind_stalled[];
extern const char handshake_kind_rejected[];
extern const char handshake_kind_suspected[];

/* RFC 8446's name of an alert, or "alert_N". */
const char *handshake_alert_word(struct arena *arena, uint8_t alert);

/* The text of a draft's detail; NULL: it has none of that name. */
const char *handshake_detail(const struct draft *draft, const char *name);

/* Completes a finding of one of the three kinds. */
void handshake_describe(struct builder *builder, struct draft *draft);

#endif
