/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does the page look?  reports/html.css, which the build turns into strings.
 */
#include <stddef.h>

#include "reports/html.h"

static const char *const lines[] = {
#include "reports/html.inc"
};

void html_add_style(struct text *out)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        text_add(out, lines[i]);
        text_add(out, "\n");
    }
}
