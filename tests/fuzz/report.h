/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store diagnosed and reported, in the formats that show most.
 */
#ifndef APPLEPATH_TESTS_FUZZ_REPORT_H
#define APPLEPATH_TESTS_FUZZ_REPORT_H

#include "diagnosis/diagnose.h"

void fuzz_report(struct store *store, const struct catalog *catalog);

#endif
