/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key that pseudonyms are made with: a file that never leaves the machine.
 */
#ifndef APPLEPATH_PROGRAM_ANONYMITY_KEY_H
#define APPLEPATH_PROGRAM_ANONYMITY_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/problem.h"
#include "reports/pseudonyms.h"

/* Reads the key in the file, which is made (mode 0600, whole or not at all) where it is not
 * there. A link, or a file that others may read, is refused. False and a problem then. */
bool anonymity_key_open(const char *path, uint8_t key[PSEUDONYM_KEY_SIZE], struct problem *problem);

/* A key that is nowhere kept. */
bool anonymity_key_make(uint8_t key[PSEUDONYM_KEY_SIZE], struct problem *problem);

#endif
