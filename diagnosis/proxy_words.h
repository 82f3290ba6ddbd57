/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentences of findings about proxies: proxy-refused, proxy-authentication,
 * proxy-unsupported, and cname-squashed by a proxy.
 */
#ifndef APPLEPATH_DIAGNOSIS_PROXY_WORDS_H
#define APPLEPATH_DIAGNOSIS_PROXY_WORDS_H

#include "diagnosis/builder.h"

/* A finding without culprit or names, as where memory is out, is left as it is. */
void proxy_describe(struct builder *builder, struct draft *draft);

#endif
