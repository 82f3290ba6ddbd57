/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of 64 hexadecimal digits.  A new one is written beside its place, and linked
 * there when it is whole: of two programs that make it at once, one's is taken by both.
 */
#include "program/anonymity_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define LINE_SIZE (2 * PSEUDONYM_KEY_SIZE + 1)

bool anonymity_key_make(uint8_t key[PSEUDONYM_KEY_SIZE], struct problem *problem)
{
    return pseudonym_key_make(key) ||
           problem_set(problem, "the system has no random numbers for a key; try again later");
}

static bool parse(const char *line, size_t length, uint8_t key[PSEUDONYM_KEY_SIZE])
{
    return length == LINE_SIZE && line[LINE_SIZE - 1] == '\n' &&
           text_read_hexadecimal(line, key, PSEUDONYM_KEY_SIZE);
}

/* Whoever may read it can undo the pseudonyms, and whoever may write it can foresee them. */
static bool is_ours_alone(int descriptor, const char *path, struct problem *problem)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return problem_set(problem, "%s: is no file; name another for the key", path);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return problem_set(problem,
                           "%s: others may read or write this key; 'chmod 600' it, or "
                           "remove it if they may have",
                           path);
    if (status.st_uid != geteuid() && status.st_uid != 0 && geteuid() != 0)
        return problem_set(problem, "%s: this key is somebody else's; name another", path);
    return true;
}

static bool read_key(int descriptor, const char *path, uint8_t key[PSEUDONYM_KEY_SIZE],
                     struct problem *problem)
{
    char line[LINE_SIZE + 1];
    size_t length = 0;
    ssize_t got = 1;
    if (!is_ours_alone(descriptor, path, problem))
        return false;
    while (length < sizeof line && got > 0) {
        got = read(descriptor, line + length, sizeof line - length);
        length += got > 0 ? (size_t)got : 0;
    }
    return (got >= 0 && parse(line, length, key)) ||
           problem_set(problem, "%s: is no key of applepath's; name another file", path);
}

static bool write_whole(int descriptor, const char *line)
{
    size_t written = 0;
    while (written < LINE_SIZE) {
        ssize_t count = write(descriptor, line + written, LINE_SIZE - written);
        if (count <= 0)
            return false;
        written += (size_t)count;
    }
    return fsync(descriptor) == 0;
}

/* Puts a new key in the place, unless there is one by now. */
static bool make_file(const char *path, struct problem *problem)
{
    uint8_t key[PSEUDONYM_KEY_SIZE];
    char line[LINE_SIZE + 1];
    struct text name = {0};
    if (!anonymity_key_make(key, problem))
        return false;
    text_put_hexadecimal(line, key, sizeof key);
    line[LINE_SIZE - 1] = '\n';
    text_add_format(&name, "%s.XXXXXX", path);
    int descriptor = name.failed ? -1 : mkstemp(name.data); /* mode 0600 */
    bool made = descriptor >= 0 && write_whole(descriptor, line) &&
                (link(name.data, path) == 0 || errno == EEXIST);
    if (!made)
        problem_set(problem,
                    "%s: the key for pseudonyms cannot be kept: %s; name a file for it "
                    "with --anonymize-key",
                    path, strerror(errno));
    if (descriptor >= 0) {
        close(descriptor);
        unlink(name.data);
    }
    text_release(&name);
    return made;
}

bool anonymity_key_open(const char *path, uint8_t key[PSEUDONYM_KEY_SIZE], struct problem *problem)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int descriptor = open(path, flags);
    if (descriptor < 0 && errno == ENOENT) {
        if (!make_file(path, problem))
            return false;
        descriptor = open(path, flags);
    }
    if (descriptor < 0 && (errno == ELOOP || errno == EMLINK))
        return problem_set(problem, "%s: is a link; a key is a file itself", path);
    if (descriptor < 0)
        return problem_set(problem,
                           "%s: the key for pseudonyms cannot be read: %s; name another "
                           "with --anonymize-key",
                           path, strerror(errno));
    bool read = read_key(descriptor, path, key, problem);
    close(descriptor);
    return read;
}
