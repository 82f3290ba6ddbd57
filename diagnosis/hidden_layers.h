/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What in the capture could not be looked into, and what to do about it.
 */
#ifndef APPLEPATH_DIAGNOSIS_HIDDEN_LAYERS_H
#define APPLEPATH_DIAGNOSIS_HIDDEN_LAYERS_H

#include "diagnosis/builder.h"

/* Reads the layers that no run could read into the diagnosis, added up by name. False
 * and a problem when the database fails. */
bool hidden_layers_fill(struct builder *builder);

/* Says so where they are a part of the capture that counts; needs the totals. */
void hidden_layers_conditions(struct builder *builder);

#endif
