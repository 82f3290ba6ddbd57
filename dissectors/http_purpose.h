/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is this request for, and is this the page that Apple's devices expect of the
 * captive-network probe?  From hosts and paths alone.
 */
#ifndef APPLEPATH_DISSECTORS_HTTP_PURPOSE_H
#define APPLEPATH_DISSECTORS_HTTP_PURPOSE_H

#include "base/fact.h"
#include "dissectors/http_head.h"

enum http_purpose http_purpose_of(const struct http_request *request);

/* May the answer turn out to be a PAC file, though host and path do not say so? */
bool http_may_be_autoconfig(const struct http_request *request);

/* The media type of a PAC file. */
bool http_is_autoconfig(const char *content_type);

/* Cuts the request that an OCSP client writes into the path (RFC 6960 appendix A.1)
 * off: what stays is the same for every certificate. */
void http_ocsp_path_cut(char *path);

enum http_page_verdict { HTTP_PAGE_SUCCESS, HTTP_PAGE_OTHER, HTTP_PAGE_UNDECIDED };

/* `whole`: nothing comes behind `page`. Undecided where more may make it the page. */
enum http_page_verdict http_page_judge(struct bytes page, bool whole);

#endif
