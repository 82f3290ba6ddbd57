/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files in a directory, by name: what a ring of captures consists of.
 */
#ifndef APPLEPATH_CAPTURE_FOLDER_H
#define APPLEPATH_CAPTURE_FOLDER_H

#include "base/problem.h"

#include <stddef.h>

struct folder {
    char **paths; /* with the directory's own before the file's name */
    size_t count;
};

bool folder_is_one(const char *path);

/* Lists the directory's regular files, hidden ones left out, at most `limit`. False
 * and a problem when it cannot be read. `folder` is to be released either way. */
bool folder_list(const char *path, size_t limit, struct folder *folder, struct problem *problem);
void folder_release(struct folder *folder);

#endif
