/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose traffic is it?  The clients that dealt with Apple, one entry for each device
 * with all its addresses, its name, vendor and system.
 */
#ifndef APPLEPATH_DIAGNOSIS_DEVICE_LIST_H
#define APPLEPATH_DIAGNOSIS_DEVICE_LIST_H

#include "diagnosis/builder.h"

/* Fills the diagnosis' devices, by their first address. False and a problem when the
 * database fails or memory is out. */
bool device_list_fill(struct builder *builder);

#endif
