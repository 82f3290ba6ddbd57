/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose traffic is it?  The clients that dealt with Apple.
 */
#ifndef APPLEPATH_DIAGNOSIS_DEVICES_H
#define APPLEPATH_DIAGNOSIS_DEVICES_H

#include "diagnosis/builder.h"

/* Fills the diagnosis' devices, by address. False when the database fails. */
bool devices_fill(struct builder *builder);

#endif
