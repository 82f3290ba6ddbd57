/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same report again, from what a database holds.
 */
#include "program/analysis.h"
#include "program/confinement.h"
#include "program/memory.h"

enum exit_status cmd_report(const struct options *options, struct problem *problem)
{
    if (options->database == NULL) {
        problem_set(problem,
                    "report needs a database; name the one that 'applepath read -d' wrote: "
                    "applepath report -d DB");
        return EXIT_UNABLE;
    }
    struct preparation preparation;
    enum exit_status status = EXIT_UNABLE;
    memory_limit(options->max_memory);
    if (preparation_make(&preparation, options, problem) &&
        preparation_anonymize(&preparation, options, options->database, false, problem)) {
        unsigned held = confine_opening(options);
        struct store *store = store_open_readonly(options->database, problem);
        if (store != NULL && output_open(&preparation.output, options->output, problem)) {
            (void)confine_running(options, &preparation.output, false, held);
            status = analysis_report(&preparation, store, options, problem);
        }
        if (store != NULL)
            store_close(store);
    }
    preparation_release(&preparation);
    return status;
}
