/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue in force, as a list.
 */
#include "program/analysis.h"

enum exit_status cmd_hosts(const struct options *options, struct problem *problem)
{
    struct preparation preparation;
    enum exit_status status = EXIT_UNABLE;
    if (preparation_make(&preparation, options, problem) &&
        output_open(&preparation.output, options->output, problem)) {
        struct text text = {0};
        struct report_style style = preparation_style(&preparation);
        preparation.format->hosts(&text, preparation.catalog, &style);
        if (output_finish(&preparation.output, &text, problem))
            status = EXIT_RAN;
        text_release(&text);
    }
    preparation_release(&preparation);
    return status;
}
