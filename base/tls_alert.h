/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of TLS alerts.
 */
#ifndef APPLEPATH_BASE_TLS_ALERT_H
#define APPLEPATH_BASE_TLS_ALERT_H

#include <stdint.h>

/* "bad_certificate", or NULL for a number that no specification names. */
const char *tls_alert_name(uint8_t alert);

#endif
