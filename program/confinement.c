/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From options to the sandbox's rules.  Rules add up: each step can only take away.
 */
#include "program/confinement.h"

#include <string.h>

#include "certificates/trust_store.h"
#include "program/privileges.h"
#include "program/sandbox.h"

static void permit_captures(struct sandbox *sandbox, const struct options *options)
{
    for (size_t i = 0; i < options->operand_count; i++)
        if (strcmp(options->operands[i], "-") != 0)
            sandbox_permit(sandbox, options->operands[i], SANDBOX_READ);
}

void confine_permit_roots(struct sandbox *sandbox)
{
    const char *places[TRUST_PLACE_LIMIT];
    size_t count = trust_store_public_places(places);

    for (size_t i = 0; i < count; i++)
        sandbox_permit(sandbox, places[i], SANDBOX_READ);
}

unsigned confine_opening(const struct options *options)
{
    struct sandbox sandbox = {0};

    if (options->no_sandbox || options->filter != NULL)
        return 0;
    permit_captures(&sandbox, options);
    confine_permit_roots(&sandbox);
    if (options->database != NULL) {
        sandbox_permit_folder_of(&sandbox, options->database, SANDBOX_FILL);
        sandbox_permit_database(&sandbox, options->database, true);
    }
    if (options->output != NULL) {
        sandbox_permit(&sandbox, options->output, SANDBOX_CHANGE); /* a device or pipe */
        sandbox_permit_folder_of(&sandbox, options->output, SANDBOX_FILL);
    }
    privileges_drop_for_files();
    return sandbox_enter(&sandbox);
}

unsigned confine_running(const struct options *options, const struct output *output, bool writes,
                         unsigned held)
{
    struct sandbox sandbox = {.held = held};

    if (options->no_sandbox)
        return 0;
    permit_captures(&sandbox, options);
    confine_permit_roots(&sandbox);
    sandbox_permit_database(&sandbox, options->database, writes);
    if (output->temporary[0] != '\0')
        sandbox_permit_folder_of(&sandbox, output->temporary, SANDBOX_REPLACE);
    if (held == 0)
        privileges_drop_for_files();
    return sandbox_enter(&sandbox);
}
