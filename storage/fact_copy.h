/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fact that outlives what it borrows: copied into memory of the caller's, with its texts,
 * bytes and records.  What the store would cut or leave out (storage/statements.h: texts
 * and bytes that are too long) is cut or left out here.
 */
#ifndef APPLEPATH_STORAGE_FACT_COPY_H
#define APPLEPATH_STORAGE_FACT_COPY_H

#include "base/fact.h"

/* Copies into `memory`, which must be aligned for any type, and sets how much of it is
 * `used`. NULL where `size` bytes are not enough. */
const struct fact *fact_copy(const struct fact *fact, void *memory, size_t size, size_t *used);

#endif
