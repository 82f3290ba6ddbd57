/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which formats can a report have?  THE table: a new format is its renderer's
 * file, one line here, and its name in the list below.
 */
#include <string.h>

#include "reports/renderers.h"

static const struct report_format formats[] = {
    {"text", terminal_report, terminal_hosts, terminal_diff, terminal_doctor},
    {"md", markdown_report, markdown_hosts, markdown_diff, markdown_doctor},
    {"csv", csv_report, csv_hosts, csv_diff, csv_doctor},
    {"html", html_report, html_hosts, html_diff, html_doctor},
    {"json", json_report, json_hosts, json_diff, json_doctor},
};

const char *report_format_names(void)
{
    return "text, md, csv, html, json";
}

const struct report_format *report_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
