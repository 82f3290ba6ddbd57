/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which host does a URL name (RFC 3986 section 3.2.2)?
 */
#ifndef APPLEPATH_DIAGNOSIS_URL_HOST_H
#define APPLEPATH_DIAGNOSIS_URL_HOST_H

#include <stdbool.h>

#define URL_HOST_SIZE 256

/* Lower case, without port, user and brackets. False (output undefined) where the text
 * is no URL with a host, as a relative one or a blank. */
bool url_host(const char *url, char host[URL_HOST_SIZE]);

#endif
