/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a store to reports, which are thrown away.
 */
#include "tests/fuzz/report.h"

#include "reports/report.h"

void fuzz_report(struct store *store, const struct catalog *catalog)
{
    static const char *const formats[] = {"text", "json", "html"};
    struct problem problem = {""};
    struct diagnosis_settings settings = {.catalog = catalog};
    struct diagnosis *diagnosis = diagnose(store, &settings, &problem);
    struct report_style style = {.width = 80};
    if (diagnosis == NULL)
        return;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const struct report_format *format = report_format_find(formats[i]);
        struct text text = {0};
        if (format != NULL)
            format->report(&text, diagnosis, &style);
        text_release(&text);
    }
    diagnosis_release(diagnosis);
}
