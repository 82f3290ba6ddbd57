/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files are in a directory?  A path goes in, the paths of its regular files
 * come out, sorted; directories in it are not entered.
 */
#include "capture/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"

bool folder_is_one(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static char *join(const char *folder, const char *name)
{
    size_t length = strlen(folder), size = length + strlen(name) + 2;
    char *path = malloc(size);

    if (path != NULL)
        snprintf(path, size, "%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/",
                 name);
    return path;
}

static int compare(const void *one, const void *other)
{
    const char *const *first = one, *const *second = other;

    return strcmp(*first, *second);
}

static bool is_regular(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Adds `file`, which it takes over; false when there is no memory. */
static bool add(struct folder *folder, size_t *capacity, char *file)
{
    char **grown;

    if (file == NULL)
        return false;
    if (!is_regular(file)) {
        free(file);
        return true;
    }
    grown = array_grow(folder->paths, folder->count, capacity, sizeof *folder->paths);
    if (grown == NULL) {
        free(file);
        return false;
    }
    folder->paths = grown;
    grown[folder->count++] = file;
    return true;
}

bool folder_list(const char *path, size_t limit, struct folder *folder, struct problem *problem)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    size_t capacity = 0;
    bool ok = true;

    folder->paths = NULL;
    folder->count = 0;
    if (directory == NULL)
        return problem_set(problem,
                           "%s: the directory cannot be read (%s); change its permissions, or "
                           "name the captures in it",
                           path, strerror(errno));
    while (ok && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (!add(folder, &capacity, join(path, entry->d_name)))
            ok = problem_set(problem, "%s: memory is out; read fewer files at once", path);
        else if (folder->count > limit)
            ok =
                problem_set(problem, "%s: has more than %zu files; join some of them with mergecap",
                            path, limit);
    }
    closedir(directory);
    if (folder->count > 0)
        qsort(folder->paths, folder->count, sizeof *folder->paths, compare);
    return ok;
}

void folder_release(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        free(folder->paths[i]);
    free(folder->paths);
    folder->paths = NULL;
    folder->count = 0;
}
