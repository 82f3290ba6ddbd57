/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of TLS cipher suites.
 */
#ifndef APPLEPATH_REPORTS_TLS_SUITES_H
#define APPLEPATH_REPORTS_TLS_SUITES_H

#include <stdint.h>

#define TLS_SUITE_SIZE 16 /* for a number that has no name here */

/* "TLS_AES_128_GCM_SHA256"; "unknown-4711", as Zeek says, where none is known. */
const char *tls_suite_name(uint16_t number, char name[TLS_SUITE_SIZE]);

#endif
