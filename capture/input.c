/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do a capture's bytes come in?  By large reads into a window, or through an
 * unpacker into it.  Files are read, not mapped: one that shrinks while it is read
 * (a ring's) then breaks off instead of killing the process.
 */
#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "capture/unpack.h"

#define MAGIC_LENGTH 4
#define PACKED_SIZE (64u << 10) /* bytes read at a time of what is packed */

struct input_source {
    int descriptor; /* -1: closed */
    char *path; /* NULL: standard input */
    struct input_settings settings;
    struct buffer_pool own_pool;
    struct buffer *window; /* what the input's `buffer` lies in */
    bool regular;
    dev_t device;
    ino_t inode;
    uint64_t size;
    uint64_t position; /* bytes read of the file */
    struct unpacker *unpacker; /* NULL: not packed */
    uint8_t *packed_buffer;
    struct bytes packed; /* read, and not unpacked */
    EVP_MD_CTX *digest; /* of the first bytes; NULL: not being made */
    uint64_t digested;
    char reason[256];
};

static bool explain_open(const char *name, int error, struct problem *problem)
{
    switch (error) {
    case ENOENT:
        return problem_set(problem, "%s: there is no such file; check its name and folder", name);
    case EACCES:
    case EPERM:
        return problem_set(problem,
                           "%s: may not be read; change its permissions, or read it as a "
                           "user who may",
                           name);
    case EMFILE:
    case ENFILE:
        return problem_set(problem,
                           "%s: too many files are open; raise the limit with 'ulimit "
                           "-n', or join the captures with mergecap",
                           name);
    case ENOMEM:
        return problem_set(problem, "%s: " INPUT_MEMORY_OUT "; read fewer files at once", name);
    default:
        return problem_set(problem, "%s: cannot be opened (%s); check the file and its disk", name,
                           strerror(error));
    }
}

static bool set_reason(struct input_source *source, const char *reason)
{
    if (source->reason[0] == '\0')
        snprintf(source->reason, sizeof source->reason, "%s", reason);
    return false;
}

static void close_descriptor(struct input_source *source)
{
    if (source->descriptor >= 0)
        close(source->descriptor);
    source->descriptor = -1;
}

static bool open_descriptor(struct input_source *source, struct stat *status)
{
    /* Standard input: a duplicate, as what was read is closed. */
    source->descriptor = source->path == NULL ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                              : open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return source->descriptor >= 0 && fstat(source->descriptor, status) == 0;
}

/* Opens the file again where it was left. */
static bool reopen(struct input_source *source)
{
    const char *reason = NULL;
    struct stat status;

    if (source->descriptor >= 0)
        return true;
    if (!open_descriptor(source, &status))
        reason = strerror(errno);
    else if (status.st_dev != source->device || status.st_ino != source->inode)
        reason = "another file took its place";
    else if (lseek(source->descriptor, (off_t)source->position, SEEK_SET) < 0)
        reason = strerror(errno);
    if (reason == NULL)
        return true;
    close_descriptor(source);
    return set_reason(source, reason);
}

/* Reads at most `room` bytes of the file; 0 at its end, or where it fails. */
static size_t read_file(struct input_source *source, uint8_t *to, size_t room)
{
    ssize_t length;

    if (!reopen(source))
        return 0;
    do
        length = read(source->descriptor, to, room);
    while (length < 0 && errno == EINTR);
    if (length < 0) {
        set_reason(source, strerror(errno));
        return 0;
    }
    source->position += (uint64_t)length;
    if (source->settings.sparing && source->regular)
        close_descriptor(source);
    return (size_t)length;
}

static size_t read_unpacked(struct input_source *source, uint8_t *to, size_t room)
{
    size_t written = 0;

    for (;;) {
        if (!unpacker_run(source->unpacker, &source->packed, to, room, &written)) {
            set_reason(source, unpacker_reason(source->unpacker));
            return written;
        }
        if (written > 0)
            return written;
        if (!bytes_empty(source->packed))
            continue; /* between two members */
        source->packed =
            bytes_of(source->packed_buffer, read_file(source, source->packed_buffer, PACKED_SIZE));
        if (bytes_empty(source->packed)) {
            if (!unpacker_is_complete(source->unpacker))
                set_reason(source, "its compressed data is incomplete");
            return 0;
        }
    }
}

static void digest(struct input_source *source, const uint8_t *bytes, size_t length)
{
    uint64_t wanted = INPUT_CONTENT_BYTES - source->digested;

    if (source->digest == NULL || wanted == 0)
        return;
    if (length > wanted)
        length = (size_t)wanted;
    if (EVP_DigestUpdate(source->digest, bytes, length) != 1) {
        EVP_MD_CTX_free(source->digest);
        source->digest = NULL;
    }
    source->digested += length;
}

/* What is left goes to the front of another buffer, which holds at least `count` bytes. */
static bool change_window(struct input *input, size_t count)
{
    struct input_source *source = input->source;
    size_t left = input->end - input->begin;
    size_t size = count > source->settings.buffer_size ? count : source->settings.buffer_size;
    struct buffer *window = buffers_take(source->settings.pool, size);

    if (window == NULL)
        return set_reason(source, INPUT_MEMORY_OUT);
    if (left > 0)
        memcpy(window->bytes, input->buffer + input->begin, left);
    buffers_retire(source->settings.pool, source->window);
    source->window = window;
    input->buffer = window->bytes;
    input->capacity = window->size;
    input->begin = 0;
    input->end = left;
    return true;
}

static bool make_room(struct input *input, size_t count)
{
    struct input_source *source = input->source;
    size_t left = input->end - input->begin;

    if (source->settings.pool->keeps ? input->begin + count > input->capacity
                                     : count > input->capacity)
        return change_window(input, count);
    if (source->settings.pool->keeps)
        return true;
    if (input->begin > 0)
        memmove(input->buffer, input->buffer + input->begin, left);
    input->begin = 0;
    input->end = left;
    return true;
}

bool input_fill(struct input *input, size_t count)
{
    struct input_source *source = input->source;

    if (source->reason[0] != '\0' || !make_room(input, count))
        return false;
    while (input_left(input) < count) {
        uint8_t *to = input->buffer + input->end;
        size_t room = input->capacity - input->end, length;

        length = source->unpacker != NULL ? read_unpacked(source, to, room)
                                          : read_file(source, to, room);
        if (length == 0)
            return false;
        digest(source, to, length);
        input->end += length;
    }
    return true;
}

bool input_skip(struct input *input, uint64_t count)
{
    while (count > 0) {
        size_t left = input_left(input);

        if (left == 0 && !input_fill(input, 1))
            return false;
        left = input_left(input);
        if (left > count)
            left = (size_t)count;
        input_take(input, left);
        count -= left;
    }
    return true;
}

/* The window holds the file's first bytes: packed ones go to an unpacker. */
static bool begin_unpacking(struct input *input, enum unpack_format format)
{
    struct input_source *source = input->source;
    size_t length = input_left(input);

    source->unpacker = unpacker_create(format);
    source->packed_buffer = malloc(PACKED_SIZE > length ? PACKED_SIZE : length);
    if (source->unpacker == NULL || source->packed_buffer == NULL)
        return set_reason(source, INPUT_MEMORY_OUT);
    memcpy(source->packed_buffer, input->buffer + input->begin, length);
    source->packed = bytes_of(source->packed_buffer, length);
    input->begin = 0;
    input->end = 0;
    return true;
}

static void begin_digest(struct input_source *source)
{
    source->digested = 0;
    source->digest = EVP_MD_CTX_new();
    if (source->digest != NULL && EVP_DigestInit_ex(source->digest, EVP_sha256(), NULL) == 1)
        return;
    EVP_MD_CTX_free(source->digest);
    source->digest = NULL;
}

/* From the open file to a window over unpacked bytes. */
static bool begin(struct input *input, enum unpack_format *format)
{
    struct input_source *source = input->source;
    struct bytes magic = {NULL, 0};

    if (!change_window(input, source->settings.buffer_size))
        return false;
    if (!input_want(input, MAGIC_LENGTH, &magic))
        magic = bytes_of(input->buffer, input_left(input));
    *format = unpack_recognise(magic);
    if (!unpack_supports(*format)) {
        begin_digest(source);
        digest(source, input->buffer, input_left(input));
        return source->reason[0] == '\0';
    }
    if (!begin_unpacking(input, *format))
        return false;
    begin_digest(source);
    return true;
}

static bool open_file(struct input_source *source)
{
    struct stat status;

    if (!open_descriptor(source, &status))
        return false;
    source->device = status.st_dev;
    source->inode = status.st_ino;
    source->regular = S_ISREG(status.st_mode) && source->path != NULL;
    source->size = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    return true;
}

static bool open_source(struct input *input, const char *path, const char *name,
                        struct problem *problem)
{
    struct input_source *source = input->source;
    struct bytes first;
    enum unpack_format format;
    bool holds;

    if (strcmp(path, "-") != 0 && (source->path = strdup(path)) == NULL)
        return explain_open(name, ENOMEM, problem);
    if (!open_file(source))
        return explain_open(name, errno, problem);
    if (isatty(source->descriptor))
        return problem_set(problem,
                           "%s: is a terminal; name a capture file, or send one through a "
                           "pipe: 'tcpdump -w - | applepath read -'",
                           name);
    if (begin(input, &format) && format == UNPACK_ZSTD && !unpack_supports(format))
        return problem_set(problem,
                           "%s: is compressed by zstd, which this program was built without; "
                           "unpack it first, e.g. 'zstd -dc FILE | applepath read -'",
                           name);
    /* What could not be unpacked is still in the window. */
    holds = input_want(input, 1, &first);
    if (strcmp(source->reason, INPUT_MEMORY_OUT) == 0)
        return explain_open(name, ENOMEM, problem);
    if (holds)
        return true;
    if (source->reason[0] == '\0')
        return problem_set(problem, "%s: is empty; the capture never wrote anything", name);
    return problem_set(problem, "%s: cannot be read (%s); check the file, or copy it again", name,
                       source->reason);
}

struct input *input_open(const char *path, const char *name, struct input_settings settings,
                         struct problem *problem)
{
    struct input *input = calloc(1, sizeof *input);
    struct input_source *source = calloc(1, sizeof *source);

    if (input == NULL || source == NULL) {
        free(input);
        free(source);
        explain_open(name, ENOMEM, problem);
        return NULL;
    }
    input->source = source;
    source->descriptor = -1;
    source->settings = settings;
    if (settings.pool == NULL)
        source->settings.pool = &source->own_pool;
    if (source->settings.buffer_size < MAGIC_LENGTH)
        source->settings.buffer_size = MAGIC_LENGTH;
    if (open_source(input, path, name, problem))
        return input;
    input_close(input);
    return NULL;
}

void input_suspend(struct input *input)
{
    struct input_source *source = input->source;

    unpacker_release(source->unpacker);
    EVP_MD_CTX_free(source->digest);
    free(source->packed_buffer);
    buffers_retire(source->settings.pool, source->window);
    source->unpacker = NULL;
    source->digest = NULL;
    source->packed_buffer = NULL;
    source->packed = bytes_of(NULL, 0);
    source->position = 0;
    source->reason[0] = '\0';
    source->window = NULL;
    input->buffer = NULL;
    input->capacity = 0;
    input->begin = 0;
    input->end = 0;
}

void input_close(struct input *input)
{
    if (input == NULL)
        return;
    input_suspend(input);
    close_descriptor(input->source);
    buffers_release(&input->source->own_pool);
    free(input->source->path);
    free(input->source);
    free(input);
}

bool input_resume(struct input *input)
{
    struct input_source *source = input->source;
    enum unpack_format format;

    if (source->descriptor >= 0 && lseek(source->descriptor, 0, SEEK_SET) != 0)
        return set_reason(source, strerror(errno));
    return begin(input, &format);
}

const char *input_reason(const struct input *input)
{
    return input->source->reason;
}

bool input_is_regular(const struct input *input)
{
    return input->source->regular;
}

uint64_t input_position(const struct input *input)
{
    const struct input_source *source = input->source;

    /* What is in the window has yet to be taken. */
    return source->unpacker != NULL ? source->position - source->packed.length
                                    : source->position - input_left(input);
}

uint64_t input_size(const struct input *input)
{
    return input->source->size;
}

void input_content(struct input *input, char content[INPUT_CONTENT_SIZE])
{
    struct input_source *source = input->source;
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    content[0] = '\0';
    while (source->digest != NULL && source->digested < INPUT_CONTENT_BYTES) {
        input_take(input, input_left(input));
        if (!input_fill(input, 1))
            break;
    }
    if (source->digest != NULL && EVP_DigestFinal_ex(source->digest, value, &length) == 1 &&
        2 * length < INPUT_CONTENT_SIZE)
        text_put_hexadecimal(content, value, length);
    EVP_MD_CTX_free(source->digest);
    source->digest = NULL;
}
